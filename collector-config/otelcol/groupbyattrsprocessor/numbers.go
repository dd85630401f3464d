// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// withoutEndless removes deltas that are no number or endless, and sums of histograms that are: what they were added to would be none for
// as long as it lives. It returns of how many points.
func withoutEndless(metrics pmetric.Metrics) (removed int64) {
	sum := func(point summed) {
		if !isFinite(point.Sum()) {
			point.SetSum(0)
			removed++
		}
	}
	for _, resource := range metrics.ResourceMetrics().All() {
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				if !series.StreamOf(metric).IsDelta() {
					continue
				}
				switch metric.Type() {
				case pmetric.MetricTypeSum:
					metric.Sum().DataPoints().RemoveIf(func(point pmetric.NumberDataPoint) bool {
						endless := !isFinite(point.DoubleValue())
						if endless {
							removed++
						}
						return endless
					})
				case pmetric.MetricTypeHistogram:
					for _, point := range metric.Histogram().DataPoints().All() {
						sum(point)
					}
				case pmetric.MetricTypeExponentialHistogram:
					for _, point := range metric.ExponentialHistogram().DataPoints().All() {
						sum(point)
					}
				}
			}
		}
	}
	return removed
}

type summed interface {
	Sum() float64
	SetSum(float64)
}

func isFinite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }
