// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
)

// started returns what a processor with one statement makes of a message.
func started(t testing.TB, factory processor.Factory, statement string) func(pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	return startedWith(t, factory, []any{grouped(nil, statement)})
}

// startedWith is the same with groups of statements.
func startedWith(t testing.TB, factory processor.Factory, groups []any) func(pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	var out pmetric.Metrics
	next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
		out = metrics
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	config := factory.CreateDefaultConfig()
	keys := map[string]any{"error_mode": "propagate", "metric_statements": groups}
	if err := confmap.NewFromStringMap(keys).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	settings := processor.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	in, err := factory.CreateMetrics(context.Background(), settings, config, next)
	if err != nil {
		t.Fatal(err)
	}
	return func(metrics pmetric.Metrics) pmetric.Metrics {
		copied := pmetric.NewMetrics()
		metrics.CopyTo(copied)
		if err := in.ConsumeMetrics(context.Background(), copied); err != nil {
			t.Fatal(err)
		}
		return out
	}
}

const statement = `aggregate_on_attributes("%s") where metric.name != ""`

func metricOf(fill func(pmetric.Metric)) pmetric.Metrics {
	metrics := pmetric.NewMetrics()
	metric := metrics.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName("m")
	fill(metric)
	return metrics
}

// points are those of the only metric as text, sorted, so that the order of points and labels means nothing.
func points(metrics pmetric.Metrics) (all []string) {
	metric := metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
	add := func(attributes pcommon.Map, start, at pcommon.Timestamp, flags pmetric.DataPointFlags, exemplars int, rest ...any) {
		all = append(all, fmt.Sprint(attributes.AsRaw(), start, at, flags, exemplars, rest))
	}
	number := func(dp pmetric.NumberDataPoint) {
		add(dp.Attributes(), dp.StartTimestamp(), dp.Timestamp(), dp.Flags(), 0, dp.ValueType(), float(dp))
	}
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, dp := range metric.Gauge().DataPoints().All() {
			number(dp)
		}
	case pmetric.MetricTypeSum:
		for _, dp := range metric.Sum().DataPoints().All() {
			number(dp)
		}
	case pmetric.MetricTypeHistogram:
		for _, dp := range metric.Histogram().DataPoints().All() {
			add(dp.Attributes(), dp.StartTimestamp(), dp.Timestamp(), dp.Flags(), dp.Exemplars().Len(),
				dp.Count(), dp.Sum(), dp.ExplicitBounds().AsRaw(), dp.BucketCounts().AsRaw(), dp.HasMin(), dp.Min(), dp.HasMax(), dp.Max())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, dp := range metric.ExponentialHistogram().DataPoints().All() {
			add(dp.Attributes(), dp.StartTimestamp(), dp.Timestamp(), dp.Flags(), dp.Exemplars().Len(), dp.Scale(), dp.Count(), dp.Sum(), dp.ZeroCount())
		}
	}
	slices.Sort(all)
	return all
}

func labels(chance *rand.Rand, attributes pcommon.Map) {
	for _, at := range chance.Perm(3)[:chance.IntN(4)] {
		switch at {
		case 0:
			attributes.PutStr("route", []string{"/", "/a", "ü"}[chance.IntN(3)])
		case 1:
			attributes.PutInt("code", int64(200+chance.IntN(2)))
		case 2:
			attributes.PutBool("ok", true)
		}
	}
}

// random is a metric of which upstream's function makes what is right.
func random(seed uint64) pmetric.Metrics {
	chance := rand.New(rand.NewPCG(seed, 7))
	return metricOf(func(metric pmetric.Metric) {
		temporality := pmetric.AggregationTemporality(1 + chance.IntN(2))
		times := func() (pcommon.Timestamp, pcommon.Timestamp) {
			return pcommon.Timestamp(5 + chance.IntN(2)), pcommon.Timestamp(9 + chance.IntN(2))
		}
		count, whole := chance.IntN(12), chance.IntN(2) == 0
		number := func(dp pmetric.NumberDataPoint) {
			labels(chance, dp.Attributes())
			start, at := times()
			dp.SetStartTimestamp(start)
			dp.SetTimestamp(at)
			if whole {
				dp.SetIntValue(chance.Int64N(100) - 50)
			} else {
				dp.SetDoubleValue(float64(chance.IntN(100)) / 4)
			}
		}
		switch chance.IntN(4) {
		case 0:
			gauge := metric.SetEmptyGauge()
			for range count {
				number(gauge.DataPoints().AppendEmpty())
			}
		case 1:
			sum := metric.SetEmptySum()
			sum.SetAggregationTemporality(temporality)
			for range count {
				number(sum.DataPoints().AppendEmpty())
			}
		case 2:
			histogram := metric.SetEmptyHistogram()
			histogram.SetAggregationTemporality(temporality)
			for range count {
				dp := histogram.DataPoints().AppendEmpty()
				labels(chance, dp.Attributes())
				start, at := times()
				dp.SetStartTimestamp(start)
				dp.SetTimestamp(at)
				dp.ExplicitBounds().FromRaw([]float64{1, 2, 5})
				dp.BucketCounts().FromRaw([]uint64{1 + chance.Uint64N(3), chance.Uint64N(3), 0, 1})
				dp.SetCount(2 + chance.Uint64N(9))
				dp.SetSum(float64(chance.IntN(40)))
				dp.SetMin(float64(chance.IntN(3)))
				dp.SetMax(float64(5 + chance.IntN(3)))
				dp.Exemplars().AppendEmpty()
			}
		default:
			histogram := metric.SetEmptyExponentialHistogram()
			histogram.SetAggregationTemporality(temporality)
			for range count {
				dp := histogram.DataPoints().AppendEmpty()
				labels(chance, dp.Attributes())
				dp.SetScale(3)
				dp.Positive().BucketCounts().FromRaw([]uint64{1, 2})
				dp.SetCount(3)
				dp.SetSum(4)
			}
		}
	})
}

func TestAddsUpAsUpstreamDoesWhereUpstreamIsRight(t *testing.T) {
	for _, function := range []string{"sum", "max", "mean", "min"} {
		ours := started(t, newFactory(), fmt.Sprintf(statement, function))
		theirs := started(t, upstream.NewFactory(), fmt.Sprintf(statement, function))
		for seed := range uint64(1000) {
			metrics := random(seed)
			if got, wanted := points(ours(metrics)), points(theirs(metrics)); !slices.Equal(got, wanted) {
				t.Fatalf("%s, seed %d\nours:     %s\nupstream: %s", function, seed, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
			}
		}
	}
}

func TestLeavesAListOfAttributesToUpstream(t *testing.T) {
	const listed = `aggregate_on_attributes("sum", ["route"]) where metric.name != ""`
	ours, theirs := started(t, newFactory(), listed), started(t, upstream.NewFactory(), listed)
	for seed := range uint64(100) {
		metrics := random(seed)
		if got, wanted := points(ours(metrics)), points(theirs(metrics)); !slices.Equal(got, wanted) {
			t.Fatalf("seed %d\nours:     %s\nupstream: %s", seed, got, wanted)
		}
	}
}

type bucketed struct {
	bounds []float64
	counts []uint64
}

func summed(t *testing.T, given ...bucketed) pmetric.HistogramDataPointSlice {
	t.Helper()
	metrics := started(t, newFactory(), fmt.Sprintf(statement, "sum"))(metricOf(func(metric pmetric.Metric) {
		histogram := metric.SetEmptyHistogram()
		histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		for _, each := range given {
			dp := histogram.DataPoints().AppendEmpty()
			dp.ExplicitBounds().FromRaw(each.bounds)
			dp.BucketCounts().FromRaw(each.counts)
			dp.SetCount(10)
			dp.SetSum(2.5)
		}
	}))
	return metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Histogram().DataPoints()
}

func TestHistogramsKeepTheBoundariesThatAllOfThemHave(t *testing.T) {
	for name, c := range map[string]struct {
		given  []bucketed
		wanted bucketed
	}{
		"the same":        {[]bucketed{{[]float64{1, 2}, []uint64{1, 2, 7}}, {[]float64{1, 2}, []uint64{3, 3, 4}}}, bucketed{[]float64{1, 2}, []uint64{4, 5, 11}}},
		"some":            {[]bucketed{{[]float64{1, 2, 5}, []uint64{1, 2, 3, 4}}, {[]float64{1, 3, 5}, []uint64{4, 3, 2, 1}}}, bucketed{[]float64{1, 5}, []uint64{5, 10, 5}}},
		"none":            {[]bucketed{{[]float64{1}, []uint64{4, 6}}, {[]float64{2}, []uint64{3, 7}}}, bucketed{nil, []uint64{20}}},
		"of three":        {[]bucketed{{[]float64{1, 2, 3}, []uint64{1, 2, 3, 4}}, {[]float64{2, 3}, []uint64{3, 3, 4}}, {[]float64{3}, []uint64{5, 5}}}, bucketed{[]float64{3}, []uint64{17, 13}}},
		"without buckets": {[]bucketed{{nil, nil}, {nil, []uint64{10}}}, bucketed{nil, nil}},
		"one without":     {[]bucketed{{[]float64{1}, []uint64{4, 6}}, {nil, nil}}, bucketed{nil, nil}},
		"contradicting":   {[]bucketed{{[]float64{1, 2}, []uint64{1}}, {[]float64{1, 2}, []uint64{1, 2, 7}}}, bucketed{nil, nil}},
	} {
		t.Run(name, func(t *testing.T) {
			points := summed(t, c.given...)
			if points.Len() != 1 {
				t.Fatalf("%d points", points.Len())
			}
			dp := points.At(0)
			if got := dp.ExplicitBounds().AsRaw(); !slices.Equal(got, c.wanted.bounds) {
				t.Errorf("boundaries %v", got)
			}
			if got := dp.BucketCounts().AsRaw(); !slices.Equal(got, c.wanted.counts) {
				t.Errorf("counts %v", got)
			}
			if n := len(c.given); dp.Count() != uint64(10*n) || dp.Sum() != 2.5*float64(n) {
				t.Errorf("count %d, sum %v", dp.Count(), dp.Sum())
			}
		})
	}
}

func numbers(fill func(pmetric.NumberDataPointSlice)) pmetric.Metrics {
	return metricOf(func(metric pmetric.Metric) {
		sum := metric.SetEmptySum()
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		fill(sum.DataPoints())
	})
}

func TestAddsWholeNumbersAndOthersUp(t *testing.T) {
	for _, first := range []int{0, 1} {
		metrics := started(t, newFactory(), fmt.Sprintf(statement, "sum"))(numbers(func(points pmetric.NumberDataPointSlice) {
			for i := range 2 {
				if i == first {
					points.AppendEmpty().SetIntValue(3)
				} else {
					points.AppendEmpty().SetDoubleValue(4.5)
				}
			}
		}))
		if got := points(metrics); len(got) != 1 || !strings.HasSuffix(got[0], "[Double 7.5]") {
			t.Errorf("%v", got)
		}
	}
}

func TestWhatOneNoLongerRecordsAnotherMay(t *testing.T) {
	for _, stale := range []int{0, 1} {
		metrics := started(t, newFactory(), fmt.Sprintf(statement, "sum"))(numbers(func(points pmetric.NumberDataPointSlice) {
			for i := range 2 {
				dp := points.AppendEmpty()
				if i == stale {
					dp.SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
				} else {
					dp.SetIntValue(3)
				}
			}
		}))
		if got := points(metrics); len(got) != 1 || !strings.Contains(got[0], " 0 0 [Int 3]") {
			t.Errorf("%v", got)
		}
	}
}

func TestLabelsThatPrometheusSeesAsEqualAreEqual(t *testing.T) {
	metrics := started(t, newFactory(), fmt.Sprintf(statement, "sum"))(numbers(func(points pmetric.NumberDataPointSlice) {
		text, number := points.AppendEmpty(), points.AppendEmpty()
		text.Attributes().PutStr("code", "200")
		text.SetIntValue(1)
		number.Attributes().PutInt("code", 200)
		number.SetIntValue(2)
	}))
	if got := points(metrics); len(got) != 1 || !strings.Contains(got[0], "[Int 3]") {
		t.Errorf("%v", got)
	}
}

func TestAPointThatIsNoNumberHidesNoOther(t *testing.T) {
	for function, values := range map[string][]float64{"max": {math.NaN(), 5, 4}, "sum": {2, math.NaN(), 3}} {
		shown := started(t, newFactory(), fmt.Sprintf(statement, function))(metricOf(func(metric pmetric.Metric) {
			points := metric.SetEmptyGauge().DataPoints()
			for _, value := range values {
				points.AppendEmpty().SetDoubleValue(value)
			}
		}))
		points := shown.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Gauge().DataPoints()
		if points.Len() != 1 || points.At(0).DoubleValue() != 5 {
			t.Errorf("%s: %d points, of %v", function, points.Len(), points.At(0).DoubleValue())
		}
	}
}
