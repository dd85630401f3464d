// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package groupbyattrsprocessor joins what one process says in several parts of a message, for metrics, and keeps the latest point of
// each series.
//
// It has the type and the configuration of upstream's processor of the same name, which joins likewise and keeps every point.
// README.md says what differs.
package groupbyattrsprocessor

import (
	"context"
	"errors"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/groupbyattrsprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
	"go.opentelemetry.io/collector/processor/processorhelper"

	"onyx-metrics/otelcol/hidden"
)

func newFactory() processor.Factory {
	theirs := upstream.NewFactory()
	return processor.NewFactory(theirs.Type(), theirs.CreateDefaultConfig, processor.WithMetrics(create, theirs.MetricsStability()))
}

func create(ctx context.Context, settings processor.Settings, config component.Config, next consumer.Metrics) (processor.Metrics, error) {
	if len(config.(*upstream.Config).GroupByKeys) > 0 {
		return nil, errors.New("keys: not supported by this distribution's groupbyattrs, which joins what has the same resource. Leave them out")
	}
	points, err := hidden.Of(settings.TelemetrySettings, "processor", settings.ID, hidden.Overwritten)
	if err != nil {
		return nil, err
	}
	known := newTwins()
	return processorhelper.NewMetrics(ctx, settings, config, next,
		func(ctx context.Context, metrics pmetric.Metrics) (pmetric.Metrics, error) {
			overwritten, endless := known.process(metrics)
			points.Add(ctx, hidden.Overwritten, overwritten)
			points.Add(ctx, hidden.Endless, endless)
			return metrics, nil
		},
		processorhelper.WithCapabilities(consumer.Capabilities{MutatesData: true}))
}
