// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// A point of any type.
type point interface {
	Attributes() pcommon.Map
	Flags() pmetric.DataPointFlags
	SetFlags(pmetric.DataPointFlags)
}

// mark says of each point which series of its sender it is of, for whatever comes after its labels have gone. Deltas need none, and a
// series that ends is not to be told from others that do.
func mark(metrics pmetric.Metrics) {
	for _, resource := range metrics.ResourceMetrics().All() {
		of := series.Hash(resource.Resource().Attributes())
		for _, scope := range resource.ScopeMetrics().All() {
			ofScope := of*31 + hashOf(scope)
			for _, metric := range scope.Metrics().All() {
				stream := series.StreamOf(metric)
				markAll(metric, ofScope*31+stream.Hash(), stream)
			}
		}
	}
}

func markAll(metric pmetric.Metric, of uint64, stream series.Stream) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, point := range metric.Gauge().DataPoints().All() {
			markOne(point, of, stream)
		}
	case pmetric.MetricTypeSum:
		for _, point := range metric.Sum().DataPoints().All() {
			markOne(point, of, stream)
		}
	case pmetric.MetricTypeHistogram:
		for _, point := range metric.Histogram().DataPoints().All() {
			markOne(point, of, stream)
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, point := range metric.ExponentialHistogram().DataPoints().All() {
			markOne(point, of, stream)
		}
	case pmetric.MetricTypeSummary:
		for _, point := range metric.Summary().DataPoints().All() {
			markOne(point, of, stream)
		}
	}
}

func markOne[P point](point P, of uint64, stream series.Stream) {
	flags := series.Unmarked(point.Flags())
	if !stream.IsDelta() && !flags.NoRecordedValue() {
		flags = series.Marked(flags, of*31+series.Hash(point.Attributes()), stream.CountsOn())
	}
	if flags != point.Flags() {
		point.SetFlags(flags)
	}
}
