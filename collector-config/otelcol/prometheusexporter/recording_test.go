// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"math"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A source makes recordings: a sequence of pushes, decided by bytes.
type source struct {
	bytes []byte
	// clock is the time of the last point, in seconds.
	clock uint64
}

func (s *source) next(below int) int {
	if len(s.bytes) == 0 {
		return 0
	}
	first := s.bytes[0]
	s.bytes = s.bytes[1:]
	return int(first) % below
}

func pick[T any](s *source, values ...T) T { return values[s.next(len(values))] }

const second = pcommon.Timestamp(1e9)

// Some name for each type, because what a conflict ends in is another test.
var names = map[pmetric.MetricType][]string{
	pmetric.MetricTypeGauge:                {"queue.depth", "queue depth ratio", "cpu_ratio", "9lives", "größe", "a:b"},
	pmetric.MetricTypeSum:                  {"http.requests", "requests_total", "total.of.totals", "bytes.sent"},
	pmetric.MetricTypeHistogram:            {"http.server.duration", "latency_seconds", "größen.verteilung"},
	pmetric.MetricTypeExponentialHistogram: {"native.duration", "native_size"},
	pmetric.MetricTypeSummary:              {"gc.pause", "rpc_summary"},
}

// push makes one, of points one second after those of the push before.
func (s *source) push() pmetric.Metrics {
	md := pmetric.NewMetrics()
	s.clock++
	for range 1 + s.next(2) {
		rm := md.ResourceMetrics().AppendEmpty()
		attributes := rm.Resource().Attributes()
		if s.next(8) > 0 {
			attributes.PutStr("service.name", pick(s, "suna", "onyx", `quo"te\back`))
		}
		if s.next(4) > 0 {
			attributes.PutStr("service.instance.id", pick(s, "1", "2"))
		}
		if s.next(4) == 0 {
			attributes.PutStr("service.namespace", "shop")
		}
		for range 1 + s.next(2) {
			s.metrics(rm.ScopeMetrics().AppendEmpty())
		}
	}
	return md
}

func (s *source) metrics(sm pmetric.ScopeMetrics) {
	sm.Scope().SetName("library")
	sm.Scope().SetVersion("1.0")
	sm.SetSchemaUrl("https://schema")
	sm.Scope().Attributes().PutStr("kind", "test")
	for range 1 + s.next(3) {
		s.metric(sm.Metrics().AppendEmpty())
	}
}

func (s *source) metric(metric pmetric.Metric) {
	kind := pick(s, pmetric.MetricTypeGauge, pmetric.MetricTypeSum, pmetric.MetricTypeHistogram, pmetric.MetricTypeExponentialHistogram, pmetric.MetricTypeSummary)
	at := s.next(len(names[kind]))
	metric.SetName(names[kind][at])
	metric.SetDescription("Help of \"" + names[kind][at] + "\",\nwith a \\.")
	// The same each time, or one metric would have two names.
	metric.SetUnit([]string{"", "s", "By", "1", "{request}", "m/s"}[at])
	points := 1 + s.next(4)
	switch kind {
	case pmetric.MetricTypeGauge:
		s.numbers(metric.SetEmptyGauge().DataPoints(), points)
	case pmetric.MetricTypeSum:
		sum := metric.SetEmptySum()
		// One that only goes up, one that does not.
		sum.SetIsMonotonic(at != 3)
		sum.SetAggregationTemporality(s.temporality(at))
		s.numbers(sum.DataPoints(), points)
	case pmetric.MetricTypeHistogram:
		histogram := metric.SetEmptyHistogram()
		histogram.SetAggregationTemporality(s.temporality(at))
		for i := range points {
			s.classic(histogram.DataPoints().AppendEmpty(), i, points)
		}
	case pmetric.MetricTypeExponentialHistogram:
		histogram := metric.SetEmptyExponentialHistogram()
		histogram.SetAggregationTemporality(s.temporality(at))
		for i := range points {
			s.exponential(histogram.DataPoints().AppendEmpty(), at, i, points)
		}
	case pmetric.MetricTypeSummary:
		summary := metric.SetEmptySummary()
		for i := range points {
			dp := summary.DataPoints().AppendEmpty()
			s.attributes(dp.Attributes(), i)
			start, end := s.times()
			dp.SetStartTimestamp(start)
			dp.SetTimestamp(end)
			dp.SetCount(uint64(s.next(200)))
			dp.SetSum(s.float())
			for _, rank := range []float64{0.5, 0.99, 0.5, 1}[:s.next(5)] {
				quantile := dp.QuantileValues().AppendEmpty()
				quantile.SetQuantile(rank)
				quantile.SetValue(s.float())
			}
			dp.SetFlags(s.flags(i, points))
		}
	}
}

func (s *source) temporality(at int) pmetric.AggregationTemporality {
	if at%2 == 1 {
		return pmetric.AggregationTemporalityCumulative
	}
	return pick(s, pmetric.AggregationTemporalityCumulative, pmetric.AggregationTemporalityDelta,
		pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityDelta, pmetric.AggregationTemporalityUnspecified)
}

// attributes differ from point to point of a metric, in order and type too.
func (s *source) attributes(attributes pcommon.Map, i int) {
	set := []func(){
		func() { attributes.PutInt("point", int64(i)) },
		func() { attributes.PutStr("http.route", pick(s, "/", "/a b", `"`, "\n", "ü", "")) },
		func() { attributes.PutBool("9ok", true) },
		func() { attributes.PutDouble("ratio", 0.25) },
		func() { attributes.PutEmptySlice("list").AppendEmpty().SetStr("x") },
		func() { attributes.PutStr("größe", "xl") },
	}
	set = set[:1+s.next(len(set))]
	from := s.next(len(set))
	for i := range set {
		set[(from+i)%len(set)]()
	}
}

// times follow on those of the push before, mostly.
func (s *source) times() (start, end pcommon.Timestamp) {
	end = pcommon.Timestamp(s.clock)*second + 5e8
	switch s.next(8) {
	case 0:
		return 0, end
	case 1:
		return end - 3*second, end - 2*second // late
	case 2:
		return end - second/2, end // a gap
	default:
		return end - second, end
	}
}

// flags mark the last point of a metric only: upstream would leave out the points after it.
func (s *source) flags(i, points int) pmetric.DataPointFlags {
	return pmetric.DefaultDataPointFlags.WithNoRecordedValue(i == points-1 && s.next(8) == 7)
}

func (s *source) float() float64 {
	return pick(s, 0, 1, -1, 0.1, 2.5, 1e6, 999999, 1234567, 1e21, 1e-7, math.Inf(1), math.NaN(), 100)
}

func (s *source) numbers(dps pmetric.NumberDataPointSlice, points int) {
	for i := range points {
		dp := dps.AppendEmpty()
		s.attributes(dp.Attributes(), i)
		start, end := s.times()
		dp.SetStartTimestamp(start)
		dp.SetTimestamp(end)
		if s.next(2) == 0 {
			dp.SetIntValue(int64(s.next(256)) * 4099)
		} else {
			dp.SetDoubleValue(s.float())
		}
		s.exemplars(dp.Exemplars())
		dp.SetFlags(s.flags(i, points))
	}
}

func (s *source) exemplars(exemplars pmetric.ExemplarSlice) {
	for range s.next(8) / 3 {
		e := exemplars.AppendEmpty()
		e.SetTimestamp(pcommon.Timestamp(s.clock) * second)
		e.SetDoubleValue(pick(s, 0.3, 1, 7, 1e9))
		e.SetTraceID(pcommon.TraceID{byte(s.next(3)), 2})
		e.SetSpanID(pcommon.SpanID{byte(s.next(2))})
	}
}

func (s *source) classic(dp pmetric.HistogramDataPoint, i, points int) {
	s.attributes(dp.Attributes(), i)
	start, end := s.times()
	dp.SetStartTimestamp(start)
	dp.SetTimestamp(end)
	bounds := pick(s, []float64{0.5, 2, 10}, []float64{1, 1000000}, []float64{}, []float64{10, 0.5, 2}, []float64{1, math.Inf(1)}, []float64{0.1, 0.1, 3})
	dp.ExplicitBounds().FromRaw(bounds)
	total := uint64(0)
	for range len(bounds) + 1 {
		count := uint64(s.next(256)) * 997
		total += count
		dp.BucketCounts().Append(count)
	}
	dp.SetCount(total)
	if s.next(8) > 0 {
		dp.SetSum(s.float())
	}
	s.exemplars(dp.Exemplars())
	dp.SetFlags(s.flags(i, points))
}

func (s *source) exponential(dp pmetric.ExponentialHistogramDataPoint, at, i, points int) {
	s.attributes(dp.Attributes(), i)
	start, end := s.times()
	dp.SetStartTimestamp(start)
	dp.SetTimestamp(end)
	if at == 0 {
		dp.SetScale(3) // of deltas: upstream adds those of different scales up wrong
	} else {
		dp.SetScale(int32(s.next(16)) - 5)
		dp.SetZeroThreshold(pick(s, 0, 1e-3))
	}
	total := uint64(s.next(3))
	dp.SetZeroCount(total)
	for _, side := range []pmetric.ExponentialHistogramDataPointBuckets{dp.Positive(), dp.Negative()} {
		side.SetOffset(int32(s.next(40)) - 20)
		for range s.next(12) {
			count := uint64(s.next(40))
			total += count
			side.BucketCounts().Append(count)
		}
	}
	dp.SetCount(total + uint64(s.next(16)/15)) // now and then wrong
	dp.SetSum(s.float())
	s.exemplars(dp.Exemplars())
	dp.SetFlags(s.flags(i, points))
}

// alive is in every recording, because upstream answers with an error when it has nothing.
func alive() pmetric.Metrics {
	md := pmetric.NewMetrics()
	metric := md.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName("alive")
	dp := metric.SetEmptyGauge().DataPoints().AppendEmpty()
	dp.SetIntValue(1)
	dp.SetTimestamp(1)
	return md
}

// seeds are recordings that are always tried: noise, but the same each time.
func seeds(count, size int) [][]byte {
	seeds := make([][]byte, count)
	state := uint32(1)
	for i := range seeds {
		for range size {
			state ^= state << 13
			state ^= state >> 17
			state ^= state << 5
			seeds[i] = append(seeds[i], byte(state>>8))
		}
	}
	return seeds
}
