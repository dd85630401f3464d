// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"math"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

func TestDeltasThatAreNoNumberAreLeftOutAndCounted(t *testing.T) {
	metrics := pmetric.NewMetrics()
	all := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics()
	sums := map[pmetric.AggregationTemporality]pmetric.NumberDataPointSlice{}
	for _, temporality := range []pmetric.AggregationTemporality{pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityCumulative} {
		sum := all.AppendEmpty().SetEmptySum()
		sum.SetAggregationTemporality(temporality)
		sums[temporality] = sum.DataPoints()
		for place, value := range []float64{math.NaN(), 5, math.Inf(1), math.Inf(-1)} {
			point := sum.DataPoints().AppendEmpty()
			point.SetDoubleValue(value)
			point.Attributes().PutInt("place", int64(place))
		}
		sum.DataPoints().AppendEmpty().SetIntValue(7)
	}
	histogram := all.AppendEmpty().SetEmptyHistogram()
	histogram.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	counted := histogram.DataPoints().AppendEmpty()
	counted.SetCount(3)
	counted.SetSum(math.NaN())
	_, removed := newTwins().process(metrics)
	if deltas := sums[pmetric.AggregationTemporalityDelta].Len(); deltas != 2 {
		t.Errorf("%d deltas", deltas)
	}
	if totals := sums[pmetric.AggregationTemporalityCumulative].Len(); totals != 5 {
		t.Errorf("%d totals", totals)
	}
	if counted.Count() != 3 || counted.Sum() != 0 || removed != 4 {
		t.Errorf("%d values, %v together, %d left out", counted.Count(), counted.Sum(), removed)
	}
}
