// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

//go:build !upstream_components

package prometheusremotewriteexporter

import "go.opentelemetry.io/collector/exporter"

// NewFactory returns the factory of this exporter.
func NewFactory() exporter.Factory { return newFactory() }
