// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package prometheusremotewriteexporter is upstream's exporter of the same name, which is given a zero where a new series began, and no
// password to show.
//
// Remote write says nothing of beginnings: what a series had counted before its first sample would be missing from `rate` and `increase`.
// Upstream's exporter knows the beginning and drops it, in version 2 of the protocol too. A sample of zero at that time is understood by
// every store, and is what Prometheus itself writes for a scraped series (`created-timestamp-zero-ingestion`).
package prometheusremotewriteexporter

import (
	"context"
	"encoding/base64"
	"errors"
	"net/url"
	"slices"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configopaque"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// withoutPassword moves user and password from the address into a header: upstream's exporter shows its address in its log and as a label.
func withoutPassword(config *upstream.Config) (*upstream.Config, error) {
	address, err := url.Parse(config.ClientConfig.Endpoint)
	if err != nil {
		return nil, errors.New("endpoint is not an address")
	}
	if address.User == nil {
		return config, nil
	}
	password, _ := address.User.Password()
	known := base64.StdEncoding.EncodeToString([]byte(address.User.Username() + ":" + password))
	address.User = nil
	own := *config
	own.ClientConfig.Endpoint = address.String()
	own.ClientConfig.Headers = slices.Clone(config.ClientConfig.Headers)
	own.ClientConfig.Headers.Set("Authorization", configopaque.String("Basic "+known))
	return &own, nil
}

func newFactory() exporter.Factory {
	theirs := upstream.NewFactory()
	create := func(ctx context.Context, settings exporter.Settings, config component.Config) (exporter.Metrics, error) {
		config, err := withoutPassword(config.(*upstream.Config))
		if err != nil {
			return nil, err
		}
		writes, err := theirs.CreateMetrics(ctx, settings, config)
		if err != nil {
			return nil, err
		}
		return &withZeros{Metrics: writes}, nil
	}
	return exporter.NewFactory(theirs.Type(), theirs.CreateDefaultConfig, exporter.WithMetrics(create, theirs.MetricsStability()))
}

type withZeros struct {
	exporter.Metrics
	begun begun
}

func (e *withZeros) Capabilities() consumer.Capabilities {
	return consumer.Capabilities{MutatesData: true}
}

// ConsumeMetrics answers what upstream's answers. What it refuses has to be sent again, with the same zeros.
func (e *withZeros) ConsumeMetrics(ctx context.Context, metrics pmetric.Metrics) error {
	sent := e.begun.addZeros(metrics)
	err := e.Metrics.ConsumeMetrics(ctx, metrics)
	if err == nil {
		e.begun.remember(sent)
	}
	return err
}
