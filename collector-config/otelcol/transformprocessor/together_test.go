// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

// counted appends a counter with one point to a scope.
func counted(scope pmetric.ScopeMetrics, name string, value int64) {
	metric := scope.Metrics().AppendEmpty()
	metric.SetName(name)
	sum := metric.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	sum.DataPoints().AppendEmpty().SetIntValue(value)
}

func TestAddsUpWhatScopesOfOneResourceCount(t *testing.T) {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	first, second, third := resource.ScopeMetrics().AppendEmpty(), resource.ScopeMetrics().AppendEmpty(), resource.ScopeMetrics().AppendEmpty()
	counted(first, "m", 1)
	counted(first, "own", 8)
	// Renamed to what there is already: it is the same said twice.
	counted(second, "m", 2)
	counted(second, "m", 2)
	counted(third, "m", 4)
	out := started(t, newFactory(), `aggregate_on_attributes("sum") where metric.name != ""`)(metrics)
	scopes := out.ResourceMetrics().At(0).ScopeMetrics()
	if scopes.Len() != 1 || scopes.At(0).Metrics().Len() != 2 {
		t.Fatalf("%d scopes, %d metrics", scopes.Len(), scopes.At(0).Metrics().Len())
	}
	for _, metric := range scopes.At(0).Metrics().All() {
		want := map[string]int64{"m": 7, "own": 8}[metric.Name()]
		if points := metric.Sum().DataPoints(); points.Len() != 1 || points.At(0).IntValue() != want {
			t.Errorf("%s: %d points, of %d", metric.Name(), points.Len(), points.At(0).IntValue())
		}
	}
}

func TestLeavesScopesApartWhereNothingAddsUp(t *testing.T) {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	counted(resource.ScopeMetrics().AppendEmpty(), "m", 1)
	counted(resource.ScopeMetrics().AppendEmpty(), "m", 2)
	out := started(t, newFactory(), `aggregate_on_attributes("sum", ["state"]) where metric.name != ""`)(metrics)
	if scopes := out.ResourceMetrics().At(0).ScopeMetrics().Len(); scopes != 2 {
		t.Errorf("%d scopes", scopes)
	}
}
