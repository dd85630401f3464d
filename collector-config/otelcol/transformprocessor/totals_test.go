// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// A told part is what a process says of one of the series that are one here.
type told struct {
	origin uint64
	value  uint64
}

// A said is what becomes of requests: the value that is shown after each.
type said func(parts ...told) uint64

// kinds are the types of which parts add up, in requests of one process.
var kinds = map[string]func(t *testing.T) said{
	"counter": func(t *testing.T) said {
		out := started(t, newFactory(), fmt.Sprintf(statement, "sum"))
		return func(parts ...told) uint64 {
			shown := out(metricOf(func(metric pmetric.Metric) {
				sum := metric.SetEmptySum()
				sum.SetIsMonotonic(true)
				sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
				for _, part := range parts {
					point := sum.DataPoints().AppendEmpty()
					point.SetIntValue(int64(part.value))
					point.SetFlags(series.Marked(0, part.origin<<8, true))
				}
			}))
			points := shown.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints()
			if points.Len() != 1 || points.At(0).Flags() != 0 {
				t.Fatalf("%d points, of flags %d", points.Len(), points.At(0).Flags())
			}
			return uint64(points.At(0).IntValue())
		}
	},
	"histogram": func(t *testing.T) said {
		out := started(t, newFactory(), fmt.Sprintf(statement, "sum"))
		return func(parts ...told) uint64 {
			shown := out(metricOf(func(metric pmetric.Metric) {
				histogram := metric.SetEmptyHistogram()
				histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
				for _, part := range parts {
					point := histogram.DataPoints().AppendEmpty()
					point.SetCount(part.value)
					point.SetSum(float64(part.value) / 4)
					point.ExplicitBounds().FromRaw([]float64{0.1, 1})
					point.BucketCounts().FromRaw([]uint64{part.value / 2, part.value - part.value/2, 0})
					point.SetFlags(series.Marked(0, part.origin<<8, true))
				}
			}))
			points := shown.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Histogram().DataPoints()
			point := points.At(0)
			buckets := uint64(0)
			for _, count := range point.BucketCounts().All() {
				buckets += count
			}
			if points.Len() != 1 || buckets != point.Count() || point.Sum() != float64(point.Count())/4 {
				t.Fatalf("%d points, of %d, %d in buckets, %v together", points.Len(), point.Count(), buckets, point.Sum())
			}
			return point.Count()
		}
	},
	"summary": func(t *testing.T) said {
		convert := func(what string) string {
			return "convert_summary_" + what + `_val_to_sum("cumulative", false) where metric.type == METRIC_DATA_TYPE_SUMMARY`
		}
		out := startedWith(t, newFactory(), []any{
			grouped(nil, convert("count"), convert("sum")),
			grouped(nil, `aggregate_on_attributes("sum") where metric.type == METRIC_DATA_TYPE_SUM`),
		})
		return func(parts ...told) uint64 {
			shown := out(metricOf(func(metric pmetric.Metric) {
				points := metric.SetEmptySummary().DataPoints()
				for _, part := range parts {
					point := points.AppendEmpty()
					point.SetCount(part.value)
					point.SetSum(float64(part.value) / 4)
					point.SetFlags(series.Marked(0, part.origin<<8, true))
				}
			}))
			metrics := shown.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics()
			counts, sums := metrics.At(1).Sum().DataPoints(), metrics.At(2).Sum().DataPoints()
			count, sum := counts.At(0).IntValue(), sums.At(0).DoubleValue()
			if metrics.Len() != 3 || counts.Len() != 1 || sums.Len() != 1 || sum != float64(count)/4 || counts.At(0).Flags() != 0 {
				t.Fatalf("%d metrics, %d and %d points, of %d, %v together", metrics.Len(), counts.Len(), sums.Len(), count, sum)
			}
			return uint64(count)
		}
	},
}

// cut makes requests of an export, in any order and cut anywhere.
func cut(chance *rand.Rand, parts []told) (requests [][]told) {
	chance.Shuffle(len(parts), func(a, b int) { parts[a], parts[b] = parts[b], parts[a] })
	for len(parts) > 0 {
		size := 1 + chance.IntN(len(parts))
		requests = append(requests, parts[:size])
		parts = parts[size:]
	}
	return requests
}

func TestTotalsAreThoseOfALedgerHoweverExportsAreSplit(t *testing.T) {
	for kind, begin := range kinds {
		for seed := range uint64(100) {
			chance := rand.New(rand.NewPCG(seed, 5))
			say := begin(t)
			var ledger [6]uint64
			for export := range 20 {
				var parts []told
				for origin := range ledger {
					ledger[origin] += chance.Uint64N(9)
					parts = append(parts, told{uint64(origin + 1), ledger[origin]})
				}
				var shown, right uint64
				requests := cut(chance, parts)
				if export == 0 {
					// One that was split at once, or what a process said first is what it had.
					requests = [][]told{parts[:3], parts[3:]}
				}
				for _, request := range requests {
					shown = say(request...)
				}
				for _, value := range ledger {
					right += value
				}
				if shown != right {
					t.Fatalf("%s, seed %d, export %d: shown %d, right %d", kind, seed, export, shown, right)
				}
			}
		}
	}
}

func TestNothingCountsTwiceWhenAProcessThatSplitsStartsAnew(t *testing.T) {
	for kind, begin := range kinds {
		for seed := range uint64(100) {
			chance := rand.New(rand.NewPCG(seed, 7))
			say := begin(t)
			var ledger [4]uint64
			var right, increase, before uint64
			for export := range 30 {
				if export%10 == 9 {
					ledger = [4]uint64{}
				}
				var parts []told
				for origin := range ledger {
					grown := 1 + chance.Uint64N(3)
					ledger[origin] += grown
					right += grown
					parts = append(parts, told{uint64(origin + 1), ledger[origin]})
				}
				requests := cut(chance, parts)
				if export == 0 {
					requests = [][]told{parts[:2], parts[2:]}
				}
				for _, request := range requests {
					// As Prometheus counts.
					shown := say(request...)
					if shown < before {
						t.Fatalf("%s, seed %d, export %d: %d after %d", kind, seed, export, shown, before)
					}
					increase += shown - before
					before = shown
				}
			}
			if increase != right {
				t.Fatalf("%s, seed %d: increased by %d, right is %d", kind, seed, increase, right)
			}
		}
	}
}

func TestAProcessThatSaysEverythingAtOnceIsTakenAtItsWord(t *testing.T) {
	for kind, begin := range kinds {
		say := begin(t)
		for _, step := range []struct {
			parts []told
			shown uint64
		}{
			{[]told{{1, 5}, {2, 7}}, 12},
			{[]told{{1, 6}, {2, 7}, {3, 1}}, 14},
			{[]told{{1, 2}}, 2}, // it has restarted
			{[]told{{1, 3}, {2, 1}}, 4},
		} {
			if shown := say(step.parts...); shown != step.shown {
				t.Errorf("%s: %v shows %d, not %d", kind, step.parts, shown, step.shown)
			}
		}
	}
}

// gaugeOf is one with a point for each part.
func gaugeOf(parts ...told) pmetric.Metrics {
	return metricOf(func(metric pmetric.Metric) {
		points := metric.SetEmptyGauge().DataPoints()
		for _, part := range parts {
			point := points.AppendEmpty()
			point.SetIntValue(int64(part.value))
			point.SetFlags(series.Marked(0, part.origin<<8, false))
		}
	})
}

// sayGauges returns what is shown of a gauge, of several the highest.
func sayGauges(t *testing.T) said {
	out := started(t, newFactory(), fmt.Sprintf(statement, "max"))
	return func(parts ...told) uint64 {
		shown := out(gaugeOf(parts...))
		return uint64(shown.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints().At(0).IntValue())
	}
}

func TestOfAGaugeInSeveralRequestsAllCountOnceOneComesBack(t *testing.T) {
	say := sayGauges(t)
	for _, step := range []struct{ part, shown told }{
		{told{1, 9}, told{value: 9}},
		{told{2, 4}, told{value: 4}}, // the others may be gone
		{told{3, 1}, told{value: 1}},
		{told{1, 8}, told{value: 8}},
		{told{2, 4}, told{value: 8}},
		{told{3, 2}, told{value: 8}},
	} {
		if shown := say(step.part); shown != step.shown.value {
			t.Errorf("%v shows %d, not %d", step.part, shown, step.shown.value)
		}
	}
}

func TestCountsTheGaugesThatRequestsLackedBeforeOneCameBack(t *testing.T) {
	say := newTotals()
	for request, step := range []struct {
		part        uint64
		overwritten int64
	}{{1, 0}, {2, 0}, {3, 0}, {1, 2}, {2, 0}, {3, 0}} {
		if overwritten := say.complete(gaugeOf(told{step.part, 5})); overwritten != step.overwritten {
			t.Errorf("request %d: %d points", request, overwritten)
		}
	}
}

func TestAGaugeWhoseLabelChangesShowsWhatItIs(t *testing.T) {
	say := sayGauges(t)
	for _, value := range []uint64{9, 4, 7, 1} {
		if shown := say(told{value, value}); shown != value {
			t.Errorf("%d shows %d", value, shown)
		}
	}
}
