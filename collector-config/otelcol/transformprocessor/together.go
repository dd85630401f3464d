// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"regexp"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// Statements that add up points whatever labels they lost, and so whichever scope counted them: no label says which.
var addsUp = regexp.MustCompile(`^aggregate_on_attributes\("\w+"\)`)

// together makes one scope of those of a resource, and one metric of those of one name.
func together(metrics pmetric.Metrics) {
	for _, resource := range metrics.ResourceMetrics().All() {
		scopes := resource.ScopeMetrics()
		if scopes.Len() == 0 {
			continue
		}
		all := pmetric.NewScopeMetrics()
		if scopes.Len() == 1 {
			scopes.At(0).Metrics().MoveAndAppendTo(all.Metrics())
		} else {
			known := map[series.Stream]pmetric.Metric{}
			for _, scope := range scopes.All() {
				withoutFormer(scope.Metrics())
				series.Join(scope.Metrics(), known)
				scope.Metrics().MoveAndAppendTo(all.Metrics())
			}
		}
		scopes.RemoveIf(func(pmetric.ScopeMetrics) bool { return true })
		all.MoveTo(scopes.AppendEmpty())
	}
}

// withoutFormer leaves the last of the metrics that have one name since one was renamed: what a library that follows the conventions of
// before and of today counts twice.
func withoutFormer(metrics pmetric.MetricSlice) {
	left := map[series.Stream]int{}
	for _, metric := range metrics.All() {
		left[series.StreamOf(metric)]++
	}
	metrics.RemoveIf(func(metric pmetric.Metric) bool {
		of := series.StreamOf(metric)
		left[of]--
		return left[of] > 0
	})
}
