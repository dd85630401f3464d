// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const second = pcommon.Timestamp(1e9)

// heard has a process say something, and returns whether it is shown for itself, and how much others said was shown in place of a twin's.
// Times are in seconds.
func heard(t *testing.T, by *twins, start, at pcommon.Timestamp) (apart bool, overwritten int64) {
	t.Helper()
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "workers")
	all := resource.ScopeMetrics().AppendEmpty().Metrics()
	younger := all.AppendEmpty()
	younger.SetName("requests")
	for _, metric := range []pmetric.Metric{younger, all.AppendEmpty()} {
		sum := metric.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		point := sum.DataPoints().AppendEmpty()
		point.SetStartTimestamp(start * second)
		point.SetTimestamp(at * second)
	}
	younger.Sum().DataPoints().At(0).SetStartTimestamp((start + 3) * second)
	overwritten, _ = by.process(metrics)
	when, apart := metrics.ResourceMetrics().At(0).Resource().Attributes().Get(began)
	if apart && when.Int() != int64(start*second) {
		t.Fatalf("began at %d, not at %d", when.Int(), start)
	}
	return apart, overwritten
}

type saying struct {
	start, at pcommon.Timestamp
	apart     bool
}

func TestTwins(t *testing.T) {
	for name, sayings := range map[string][]saying{
		"one that is started anew is the same":                 {{10, 20, false}, {10, 30, false}, {31, 40, false}, {31, 50, false}},
		"one that begins while another speaks is shown apart":  {{10, 20, false}, {10, 30, false}, {25, 35, true}, {10, 40, false}, {25, 45, true}},
		"so are those that were there before the collector":    {{10, 90, false}, {25, 91, false}, {10, 100, false}, {25, 101, true}, {10, 110, false}},
		"in whatever order they are heard":                     {{25, 91, false}, {10, 92, false}, {25, 101, true}, {10, 102, false}},
		"and one that is started anew while another goes on":   {{10, 20, false}, {10, 30, false}, {25, 35, true}, {41, 50, true}, {10, 50, false}},
		"it stays so after the other has gone":                 {{10, 20, false}, {10, 30, false}, {25, 35, true}, {25, 95, true}, {96, 99, true}},
		"what arrives late of one that has ended is no twin":   {{10, 20, false}, {10, 30, false}, {31, 40, false}, {10, 30, false}, {31, 50, false}},
		"nor is a sender of which all begins with each export": {{10, 20, false}, {20, 30, false}, {30, 40, false}, {35, 50, false}, {40, 60, false}},
	} {
		t.Run(name, func(t *testing.T) {
			by := newTwins()
			for i, each := range sayings {
				if apart, _ := heard(t, by, each.start, each.at); apart != each.apart {
					t.Fatalf("saying %d, %v: apart is %v", i, each, apart)
				}
			}
		})
	}
}

func TestCountsWhatIsShownInPlaceOfATwins(t *testing.T) {
	const points = 2 // that a process says each time
	for name, each := range map[string]struct {
		sayings     [][2]pcommon.Timestamp
		overwritten int64
	}{
		"the first export of twins that were there before":     {[][2]pcommon.Timestamp{{10, 90}, {25, 91}, {10, 100}, {25, 101}, {10, 110}, {25, 111}}, points},
		"in whatever order they are heard":                     {[][2]pcommon.Timestamp{{25, 91}, {10, 92}, {25, 101}, {10, 102}, {25, 111}}, points},
		"of each of them":                                      {[][2]pcommon.Timestamp{{10, 90}, {25, 91}, {26, 92}, {10, 100}, {25, 101}, {26, 102}}, 2 * points},
		"also of one that is heard once":                       {[][2]pcommon.Timestamp{{10, 90}, {25, 91}, {10, 100}, {10, 110}}, points},
		"nothing of one that begins while another speaks":      {[][2]pcommon.Timestamp{{10, 20}, {10, 30}, {25, 35}, {10, 40}, {25, 45}}, 0},
		"nor of one that is started anew":                      {[][2]pcommon.Timestamp{{10, 20}, {10, 30}, {31, 40}, {31, 50}}, 0},
		"nor of a sender of which all begins with each export": {[][2]pcommon.Timestamp{{10, 20}, {20, 30}, {30, 40}, {35, 50}, {40, 60}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			by, overwritten := newTwins(), int64(0)
			for _, saying := range each.sayings {
				_, more := heard(t, by, saying[0], saying[1])
				overwritten += more
			}
			if overwritten != each.overwritten {
				t.Errorf("%d points", overwritten)
			}
		})
	}
}

func TestHoldsNoMoreTwinsThanItsBound(t *testing.T) {
	by := newTwins()
	for start := range pcommon.Timestamp(3 * mostLives) {
		heard(t, by, 10+start, 1000)
	}
	for _, of := range by.known {
		if len(of.lives) > mostLives {
			t.Errorf("%d lives", len(of.lives))
		}
	}
}
