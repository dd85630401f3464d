// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package hidden counts data points that are taken in and shown nowhere.
package hidden

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// Reasons that processors have.
const (
	// Overwritten are points whose place others took before it was known that both were there.
	Overwritten = "overwritten"
	// Endless are deltas that are no number.
	Endless = "endless"
)

// Points counts those of one component.
type Points struct {
	counter metric.Int64Counter
	by      attribute.KeyValue
}

// Of returns the points that a component hides: `exporter="prometheus/suna"`. Those of these reasons are counted from 0 on, so that a single
// loss is seen as a growth.
func Of(settings component.TelemetrySettings, kind string, id component.ID, reasons ...string) (*Points, error) {
	counter, err := settings.MeterProvider.Meter("onyx-metrics/otelcol/hidden").Int64Counter("otelcol_exporter_hidden_metric_points",
		metric.WithUnit("{datapoints}"),
		metric.WithDescription("Data points that are not exposed: no room for another series (limit), a series of that name has "+
			"another type or the same labels (conflict), a name Prometheus does not take (invalid), others took their place before "+
			"the collector knew of both (overwritten), or deltas that are no number (endless)."),
	)
	if err != nil {
		return nil, err
	}
	points := &Points{counter, attribute.String(kind, id.String())}
	for _, reason := range reasons {
		points.count(context.Background(), reason, 0)
	}
	return points, nil
}

// Add counts some, if there are any: most requests hide none.
func (p *Points) Add(ctx context.Context, reason string, points int64) {
	if points > 0 {
		p.count(ctx, reason, points)
	}
}

func (p *Points) count(ctx context.Context, reason string, points int64) {
	p.counter.Add(ctx, points, metric.WithAttributeSet(attribute.NewSet(p.by, attribute.String("reason", reason))))
}
