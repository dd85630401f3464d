// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// Loads of about 10,000 lines, or 1,000 native histograms.
var loads = map[string]func(push int) pmetric.Metrics{
	"counters": func(push int) pmetric.Metrics {
		return load(10_000, func(m pmetric.Metric) func(i int) pcommon.Map {
			m.SetName("requests")
			sum := m.SetEmptySum()
			sum.SetIsMonotonic(true)
			sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			return func(i int) pcommon.Map {
				dp := sum.DataPoints().AppendEmpty()
				dp.SetStartTimestamp(second)
				dp.SetTimestamp(pcommon.Timestamp(push+2) * second)
				dp.SetDoubleValue(float64(i*push) + 0.5)
				return dp.Attributes()
			}
		})
	},
	"classic": func(push int) pmetric.Metrics {
		return load(1_000, func(m pmetric.Metric) func(i int) pcommon.Map {
			m.SetName("duration")
			histogram := m.SetEmptyHistogram()
			histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			return func(i int) pcommon.Map {
				dp := histogram.DataPoints().AppendEmpty()
				dp.SetStartTimestamp(second)
				dp.SetTimestamp(pcommon.Timestamp(push+2) * second)
				dp.ExplicitBounds().FromRaw([]float64{0.1, 0.5, 1, 1.5, 2, 5, 10})
				for at := range 8 {
					dp.BucketCounts().Append(uint64(push * at))
				}
				dp.SetCount(uint64(28 * push))
				dp.SetSum(float64(push) * 1.7)
				return dp.Attributes()
			}
		})
	},
	"native": func(push int) pmetric.Metrics {
		random := rand.New(rand.NewPCG(1, 2))
		return load(1_000, func(m pmetric.Metric) func(i int) pcommon.Map {
			m.SetName("native")
			histogram := m.SetEmptyExponentialHistogram()
			histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
			return func(i int) pcommon.Map {
				dp := histogram.DataPoints().AppendEmpty()
				dp.SetStartTimestamp(second)
				dp.SetTimestamp(pcommon.Timestamp(push+2) * second)
				dp.SetScale(3)
				total := uint64(0)
				for range 32 {
					count := uint64(random.IntN(50) + push)
					total += count
					dp.Positive().BucketCounts().Append(count)
				}
				dp.SetCount(total)
				dp.SetSum(float64(push) * 1.7)
				return dp.Attributes()
			}
		})
	},
}

func load(points int, metric func(pmetric.Metric) func(i int) pcommon.Map) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", "suna")
	rm.Resource().Attributes().PutStr("service.instance.id", "a-1")
	add := metric(rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty())
	for i := range points {
		attributes := add(i)
		attributes.PutStr("http.request.method", "GET")
		attributes.PutStr("http.route", fmt.Sprintf("/api/route-%d", i))
		attributes.PutInt("http.response.status_code", 200)
	}
	return md
}

// BenchmarkPush takes in and renders, for Prometheus' protobuf in gzip.
func BenchmarkPush(b *testing.B) {
	for name, load := range loads {
		pushes := make([]pmetric.Metrics, 20)
		for push := range pushes {
			pushes[push] = load(push)
		}
		for _, which := range []string{"upstream", "own", "own and rendered"} {
			b.Run(name+"/"+which, func(b *testing.B) {
				var s *side
				prepare := func() {}
				if which == "upstream" {
					s = upstreams(b)
				} else {
					var exporter *ownExporter
					s, exporter = own(b)
					if which == "own and rendered" {
						prepare = exporter.renderer.prepare
						s.push(b, pushes[0])
						s.answer(http.Header{"Accept": {accepted["protobuf"]}, "Accept-Encoding": {"gzip"}})
					}
				}
				points := 0
				for i := 0; b.Loop(); i++ {
					md := pushes[i%len(pushes)]
					if i >= len(pushes) {
						later(md, i)
					}
					points += md.DataPointCount()
					_ = s.ConsumeMetrics(context.Background(), md)
					prepare()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(points), "ns/point")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

// later makes a push look like a new one.
func later(md pmetric.Metrics, push int) {
	m := md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
	at := pcommon.Timestamp(push+2) * second
	switch m.Type() {
	case pmetric.MetricTypeSum:
		for _, dp := range m.Sum().DataPoints().All() {
			dp.SetTimestamp(at)
		}
	case pmetric.MetricTypeHistogram:
		for _, dp := range m.Histogram().DataPoints().All() {
			dp.SetTimestamp(at)
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, dp := range m.ExponentialHistogram().DataPoints().All() {
			dp.SetTimestamp(at)
		}
	}
}

func BenchmarkScrape(b *testing.B) {
	for name, load := range loads {
		for format, accept := range accepted {
			for _, encoding := range []string{"identity", "gzip"} {
				for _, which := range []string{"upstream", "own", "own unprepared"} {
					b.Run(name+"/"+format+"/"+encoding+"/"+which, func(b *testing.B) {
						s := upstreams(b, openMetrics)
						var exporter *ownExporter
						if which != "upstream" {
							s, exporter = own(b, openMetrics)
						}
						md := load(1)
						_ = s.ConsumeMetrics(context.Background(), md)
						header := http.Header{"Accept": {accept}, "Accept-Encoding": {encoding}}
						s.answer(header)
						for i := 0; b.Loop(); i++ {
							if which == "own unprepared" {
								exporter.renderer.version.Add(1)
								for _, f := range exporter.renderer.families {
									for _, c := range f.chunks {
										c.version++
										for at := range c.renditions {
											c.renditions[at].pressed = false
										}
									}
								}
							}
							s.answer(header)
						}
					})
				}
			}
		}
	}
}
