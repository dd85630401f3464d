// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusremotewriteexporter

import (
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
)

func TestThePasswordOfAnAddressGoesIntoAHeader(t *testing.T) {
	config := upstream.NewFactory().CreateDefaultConfig().(*upstream.Config)
	config.ClientConfig.Endpoint = "http://prometheus:of%20ours@storage:9090/api/v1/write"
	own, err := withoutPassword(config)
	if err != nil {
		t.Fatal(err)
	}
	if own.ClientConfig.Endpoint != "http://storage:9090/api/v1/write" {
		t.Errorf("the endpoint is %s", own.ClientConfig.Endpoint)
	}
	if header, _ := own.ClientConfig.Headers.Get("Authorization"); string(header) != "Basic cHJvbWV0aGV1czpvZiBvdXJz" {
		t.Errorf("the header is %q", string(header))
	}
}

func TestAnAddressWithoutOneStaysAsItIs(t *testing.T) {
	config := upstream.NewFactory().CreateDefaultConfig().(*upstream.Config)
	if own, err := withoutPassword(config); err != nil || own != config {
		t.Errorf("%v, %v", own, err)
	}
}
