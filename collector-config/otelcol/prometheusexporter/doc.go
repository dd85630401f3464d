// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package prometheusexporter serves metrics to Prometheus from answers that are rendered when data arrives.
//
// It has the type and the configuration keys of upstream's exporter of the same name, so that one configuration runs with either.
// Series are the same for Prometheus, but where upstream is at fault; README.md says where.
package prometheusexporter

import (
	"context"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/resourcetotelemetry"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/exporter/exporterhelper"
)

func newFactory() exporter.Factory {
	return exporter.NewFactory(
		component.MustNewType("prometheus"),
		func() component.Config {
			return &Config{
				ServerConfig:      confighttp.NewDefaultServerConfig(),
				MetricExpiration:  5 * time.Minute,
				AddMetricSuffixes: true,
				MaxSeries:         50_000,
			}
		},
		exporter.WithMetrics(create, component.StabilityLevelBeta),
	)
}

func create(ctx context.Context, settings exporter.Settings, config component.Config) (exporter.Metrics, error) {
	own, err := newExporter(config.(*Config), settings)
	if err != nil {
		return nil, err
	}
	return own.wrapped(ctx)
}

// wrapped adds what all exporters have in common: the queue, and telemetry of what was sent.
func (e *ownExporter) wrapped(ctx context.Context) (exporter.Metrics, error) {
	helped, err := exporterhelper.NewMetrics(ctx, e.settings, e.config, e.consume,
		exporterhelper.WithStart(e.start),
		exporterhelper.WithShutdown(e.shutdown),
		exporterhelper.WithQueue(e.config.QueueBatchConfig),
		exporterhelper.WithCapabilities(consumer.Capabilities{MutatesData: false}),
	)
	if err != nil {
		return nil, err
	}
	// Changes the data, and says so, if it is enabled.
	return resourcetotelemetry.WrapMetricsExporter(e.config.ResourceToTelemetrySettings, helped), nil
}
