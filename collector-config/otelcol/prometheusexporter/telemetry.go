// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"context"
	"errors"
	"net/http"
	"time"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"onyx-metrics/otelcol/hidden"
)

const scopeName = "onyx-metrics/otelcol/prometheusexporter"

// Reasons why a point is hidden.
const (
	overLimit   = "limit"
	conflicting = "conflict"
	invalid     = "invalid"
)

// A telemetry tells how an exporter does, by its id: `exporter="prometheus/suna"`.
type telemetry struct {
	responses metric.Float64Histogram
	hidden    *hidden.Points
	id        attribute.KeyValue
}

func newTelemetry(settings exporter.Settings) (*telemetry, error) {
	meter := settings.MeterProvider.Meter(scopeName)
	responses, err := meter.Float64Histogram("otelcol_exporter_response_duration",
		metric.WithUnit("s"),
		metric.WithDescription("Time from a scrape's request until its answer was written whole."),
		metric.WithExplicitBucketBoundaries(0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.5),
	)
	points, failed := hidden.Of(settings.TelemetrySettings, "exporter", settings.ID, overLimit, conflicting, invalid)
	return &telemetry{responses: responses, hidden: points, id: attribute.String("exporter", settings.ID.String())}, errors.Join(err, failed)
}

// timed records how long answers take that were not refused.
func (t *telemetry) timed(handler http.Handler) http.Handler {
	attributes := metric.WithAttributeSet(attribute.NewSet(t.id))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := &answer{ResponseWriter: w}
		handler.ServeHTTP(answer, r)
		if answer.status >= http.StatusBadRequest {
			return
		}
		// What is left in a buffer is part of what the client waits for.
		_ = http.NewResponseController(w).Flush()
		t.responses.Record(context.WithoutCancel(r.Context()), time.Since(began).Seconds(), attributes)
	})
}

// An answer remembers its status.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController through.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (t *telemetry) hid(ctx context.Context, points tally) {
	t.hidden.Add(ctx, overLimit, points.overLimit)
	t.hidden.Add(ctx, conflicting, points.conflicting)
	t.hidden.Add(ctx, invalid, points.invalid)
}
