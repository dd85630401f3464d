// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

//go:build upstream_components

package prometheusremotewriteexporter

import (
	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
	"go.opentelemetry.io/collector/exporter"
)

// NewFactory returns upstream's, for a collector that this one is compared with.
func NewFactory() exporter.Factory { return upstream.NewFactory() }
