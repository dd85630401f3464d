// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"context"
	"math"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/ottl/contexts/ottlmetric"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// An addition is how two numbers become one. Histograms are always added up.
type addition struct {
	ints   func(a, b int64) int64
	floats func(a, b float64) float64
}

var additions = map[string]addition{
	"sum": {func(a, b int64) int64 { return a + b }, func(a, b float64) float64 { return a + b }},
	"max": {func(a, b int64) int64 { return max(a, b) }, math.Max},
}

func (a addition) function(fallback ottl.ExprFunc[*ottlmetric.TransformContext]) ottl.ExprFunc[*ottlmetric.TransformContext] {
	return func(ctx context.Context, of *ottlmetric.TransformContext) (any, error) {
		switch metric := of.GetMetric(); metric.Type() {
		case pmetric.MetricTypeGauge:
			a.numbers(metric.Gauge().DataPoints(), false)
		case pmetric.MetricTypeSum:
			a.numbers(metric.Sum().DataPoints(), metric.Sum().AggregationTemporality() == pmetric.AggregationTemporalityDelta)
		case pmetric.MetricTypeHistogram:
			histograms(metric.Histogram())
		default:
			return fallback(ctx, of)
		}
		return nil, nil
	}
}

func (a addition) numbers(points pmetric.NumberDataPointSlice, delta bool) {
	if points.Len() < 2 {
		return
	}
	known := newEquals[pmetric.NumberDataPoint](points.Len(), delta)
	points.RemoveIf(func(point pmetric.NumberDataPoint) bool {
		first, found := known.first(point)
		if found {
			a.number(first, point)
		}
		return found
	})
}

func (a addition) number(into, point pmetric.NumberDataPoint) {
	into.SetStartTimestamp(min(into.StartTimestamp(), point.StartTimestamp()))
	switch {
	case hasNone(point):
	case hasNone(into):
		point.CopyTo(into)
	case into.ValueType() == pmetric.NumberDataPointValueTypeInt && point.ValueType() == pmetric.NumberDataPointValueTypeInt:
		into.SetIntValue(a.ints(into.IntValue(), point.IntValue()))
	default:
		into.SetDoubleValue(a.floats(float(into), float(point)))
	}
}

// hasNone tells whether a point has no value, or one that is no number: of several points the others count.
func hasNone(point pmetric.NumberDataPoint) bool {
	return point.Flags().NoRecordedValue() || math.IsNaN(point.DoubleValue())
}

func float(point pmetric.NumberDataPoint) float64 {
	if point.ValueType() == pmetric.NumberDataPointValueTypeInt {
		return float64(point.IntValue())
	}
	return point.DoubleValue()
}
