// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package series tells which points and metrics are the same, as Prometheus will see them.
package series

import (
	"hash/maphash"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A Stream is what tells metrics of one scope apart, but for their labels.
type Stream struct {
	Name, Unit  string
	Type        pmetric.MetricType
	Monotonic   bool
	Temporality pmetric.AggregationTemporality
}

// StreamOf returns that of a metric.
func StreamOf(metric pmetric.Metric) Stream {
	of := Stream{Name: metric.Name(), Unit: metric.Unit(), Type: metric.Type()}
	switch of.Type {
	case pmetric.MetricTypeSum:
		of.Monotonic, of.Temporality = metric.Sum().IsMonotonic(), metric.Sum().AggregationTemporality()
	case pmetric.MetricTypeHistogram:
		of.Temporality = metric.Histogram().AggregationTemporality()
	case pmetric.MetricTypeExponentialHistogram:
		of.Temporality = metric.ExponentialHistogram().AggregationTemporality()
	}
	return of
}

// IsDelta tells whether its points are what is new, and so replace no others.
func (s Stream) IsDelta() bool { return s.Temporality == pmetric.AggregationTemporalityDelta }

// CountsOn tells whether its points are totals that do not fall. Who does not say whether it sends deltas sends none.
func (s Stream) CountsOn() bool {
	return !s.IsDelta() && s.Type != pmetric.MetricTypeGauge && (s.Type != pmetric.MetricTypeSum || s.Monotonic)
}

// Hash is that of everything a stream is.
func (s Stream) Hash() uint64 { return maphash.Comparable(seed, s) }

// move appends the points of a metric to those of another of the same stream, and leaves it without any.
func move(from, to pmetric.Metric) {
	switch from.Type() {
	case pmetric.MetricTypeGauge:
		from.Gauge().DataPoints().MoveAndAppendTo(to.Gauge().DataPoints())
	case pmetric.MetricTypeSum:
		from.Sum().DataPoints().MoveAndAppendTo(to.Sum().DataPoints())
	case pmetric.MetricTypeHistogram:
		from.Histogram().DataPoints().MoveAndAppendTo(to.Histogram().DataPoints())
	case pmetric.MetricTypeExponentialHistogram:
		from.ExponentialHistogram().DataPoints().MoveAndAppendTo(to.ExponentialHistogram().DataPoints())
	case pmetric.MetricTypeSummary:
		from.Summary().DataPoints().MoveAndAppendTo(to.Summary().DataPoints())
	}
}

// Join moves points of metrics of a known stream to the metric that is known, and leaves the other metrics, which are known from then on.
func Join(metrics pmetric.MetricSlice, known map[Stream]pmetric.Metric) {
	metrics.RemoveIf(func(metric pmetric.Metric) bool {
		of := StreamOf(metric)
		first, again := known[of]
		if again {
			move(metric, first)
		} else {
			known[of] = metric
		}
		return again
	})
}

// Equal tells whether two points have the same labels: a number is its text.
func Equal(a, b pcommon.Map) bool {
	if a.Len() != b.Len() {
		return false
	}
	for key, value := range a.All() {
		if other, found := b.Get(key); !found || !equalText(value, other) {
			return false
		}
	}
	return true
}

func equalText(a, b pcommon.Value) bool {
	if a.Type() == pcommon.ValueTypeStr && b.Type() == pcommon.ValueTypeStr {
		return a.Str() == b.Str()
	}
	return a.AsString() == b.AsString()
}

var seed = maphash.MakeSeed()

// Hash is the same in whatever order the labels are.
func Hash(attributes pcommon.Map) (sum uint64) {
	var digits [20]byte
	for key, value := range attributes.All() {
		var text uint64
		switch value.Type() {
		case pcommon.ValueTypeStr:
			text = maphash.String(seed, value.Str())
		case pcommon.ValueTypeInt:
			text = maphash.Bytes(seed, strconv.AppendInt(digits[:0], value.Int(), 10))
		default:
			text = maphash.String(seed, value.AsString())
		}
		// Odd, so that a label whose key and value are exchanged is another.
		sum += maphash.String(seed, key) * (text | 1)
	}
	return sum
}
