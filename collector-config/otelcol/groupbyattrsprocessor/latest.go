// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// A part is one of those that a metric comes in.
type part struct {
	// scope is the place of the scope it is of.
	scope  int
	metric pmetric.Metric
}

// keepLatest leaves the latest point of each series: several are what it was at several times. Deltas all count.
func keepLatest(scopes pmetric.ScopeMetricsSlice) {
	type key struct {
		scope uint64
		series.Stream
	}
	parts := map[key][]part{}
	for at, scope := range scopes.All() {
		hash := hashOf(scope)
		for _, metric := range scope.Metrics().All() {
			of := key{hash, series.StreamOf(metric)}
			if !of.IsDelta() {
				parts[of] = append(parts[of], part{at, metric})
			}
		}
	}
	for _, of := range parts {
		keepLatestOf(of)
	}
}

// A place is where the latest point of a series is.
type place struct {
	time        pcommon.Timestamp
	scope, part int
	position    int
}

// keepLatestOf leaves that of each series of a metric. Of points of the same time the last counts, as a message that was sent again has
// them. Two metrics of one name that a scope has side by side are two instruments, which both count.
func keepLatestOf(parts []part) {
	var hashes []uint64
	latest := map[uint64]place{}
	for at, part := range parts {
		if len(parts) == 1 && pointsOf(part.metric) < 2 {
			return
		}
		keep(part.metric, func(attributes pcommon.Map, time pcommon.Timestamp) bool {
			hash := series.Hash(attributes)
			if was, found := latest[hash]; !found || time >= was.time {
				latest[hash] = place{time, part.scope, at, len(hashes)}
			}
			hashes = append(hashes, hash)
			return true
		})
	}
	if len(latest) == len(hashes) {
		return
	}
	position := -1
	for at, part := range parts {
		keep(part.metric, func(_ pcommon.Map, time pcommon.Timestamp) bool {
			position++
			wins := latest[hashes[position]]
			return position == wins.position || time == wins.time && part.scope == wins.scope && at != wins.part
		})
	}
}

func pointsOf(metric pmetric.Metric) int {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		return metric.Gauge().DataPoints().Len()
	case pmetric.MetricTypeSum:
		return metric.Sum().DataPoints().Len()
	case pmetric.MetricTypeHistogram:
		return metric.Histogram().DataPoints().Len()
	case pmetric.MetricTypeExponentialHistogram:
		return metric.ExponentialHistogram().DataPoints().Len()
	case pmetric.MetricTypeSummary:
		return metric.Summary().DataPoints().Len()
	}
	return 0
}

// keep leaves the points of a metric that are wanted, asked in order.
func keep(metric pmetric.Metric, wanted func(pcommon.Map, pcommon.Timestamp) bool) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		metric.Gauge().DataPoints().RemoveIf(func(of pmetric.NumberDataPoint) bool { return !wanted(of.Attributes(), of.Timestamp()) })
	case pmetric.MetricTypeSum:
		metric.Sum().DataPoints().RemoveIf(func(of pmetric.NumberDataPoint) bool { return !wanted(of.Attributes(), of.Timestamp()) })
	case pmetric.MetricTypeHistogram:
		metric.Histogram().DataPoints().RemoveIf(func(of pmetric.HistogramDataPoint) bool { return !wanted(of.Attributes(), of.Timestamp()) })
	case pmetric.MetricTypeExponentialHistogram:
		metric.ExponentialHistogram().DataPoints().RemoveIf(func(of pmetric.ExponentialHistogramDataPoint) bool {
			return !wanted(of.Attributes(), of.Timestamp())
		})
	case pmetric.MetricTypeSummary:
		metric.Summary().DataPoints().RemoveIf(func(of pmetric.SummaryDataPoint) bool { return !wanted(of.Attributes(), of.Timestamp()) })
	}
}
