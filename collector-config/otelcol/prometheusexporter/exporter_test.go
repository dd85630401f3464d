// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusexporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

const plainText = "text/plain"

// A pushed metric: one point for each value of the attribute `of`.
func gauge(name string, sender string, of ...string) pmetric.Metrics {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr("service.name", sender)
	m := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	m.SetName(name)
	dps := m.SetEmptyGauge().DataPoints()
	for _, value := range of {
		dp := dps.AppendEmpty()
		dp.SetIntValue(1)
		dp.SetTimestamp(second)
		dp.Attributes().PutStr("of", value)
	}
	return md
}

func counter(name string, sender string, of ...string) pmetric.Metrics {
	md := gauge(name, sender, of...)
	m := only(md)
	dps := pmetric.NewNumberDataPointSlice()
	m.Gauge().DataPoints().CopyTo(dps)
	sum := m.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	dps.CopyTo(sum.DataPoints())
	return md
}

func only(md pmetric.Metrics) pmetric.Metric {
	return md.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0)
}

func withoutScopes(c *Config) { c.WithoutScopeInfo = true }

// samples are the lines that Prometheus gets samples of, sorted.
func (s *side) samples(t testing.TB) []string {
	t.Helper()
	return slices.DeleteFunc(s.held(t, plainText, false), func(line string) bool { return !strings.HasPrefix(line, "{") })
}

func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestSeriesExpireWhenThoseOfUpstreamDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		expiring := func(c *Config) { c.MetricExpiration = 30 * time.Second }
		mine, _ := own(t, expiring)
		theirs := upstreams(t, expiring)
		for second := range 120 {
			if second%25 == 0 {
				mine.push(t, gauge("kept", "a", "x"))
				theirs.push(t, gauge("kept", "a", "x"))
			}
			if second == 10 {
				mine.push(t, gauge("once", "b", "y", "z"))
				theirs.push(t, gauge("once", "b", "y", "z"))
			}
			if second%3 == 0 {
				if held, wanted := mine.held(t, plainText, true), theirs.held(t, plainText, true); !slices.Equal(held, wanted) {
					t.Fatalf("after %d s:\n%s", second, difference(held, wanted))
				}
			}
			time.Sleep(time.Second)
		}
	})
}

func TestWhatNobodyScrapesIsForgottenToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, exporter := own(t, func(c *Config) { c.MetricExpiration = 30 * time.Second })
		exporter.running.Go(exporter.renderAhead)
		exporter.renderer.take(gauge("once", "a", "x"))
		time.Sleep(5 * time.Minute)
		exporter.renderer.mu.Lock()
		if r := &exporter.renderer; len(r.streams)+len(r.targets)+len(r.scopes)+len(r.families)+r.lines != 0 {
			t.Errorf("left: %d streams, %d targets, %d scopes, %d families, %d lines", len(r.streams), len(r.targets), len(r.scopes), len(r.families), r.lines)
		}
		exporter.renderer.mu.Unlock()
		if err := exporter.shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestOfTwoTypesTheFirstIsExposedUntilItsFamilyIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		configure := []func(*Config){withoutScopes, func(c *Config) {
			c.MetricExpiration, c.AddMetricSuffixes = 30*time.Second, false
		}}
		mine, exporter := own(t, configure...)
		theirs := upstreams(t, configure...)
		deciding := false
		both := func(md pmetric.Metrics) {
			mine.push(t, md)
			theirs.push(t, md)
			// Upstream decides when it is scraped, and a scrape later.
			if held, wanted := mine.held(t, plainText, false), theirs.held(t, plainText, false); !slices.Equal(held, wanted) && !deciding {
				t.Fatal(difference(held, wanted))
			}
		}
		both(gauge("jobs", "a", "x"))
		for second := range 100 {
			deciding = second == 61
			both(counter("jobs", "b", "x"))
			both(alive())
			time.Sleep(time.Second)
		}
		expect(t, mine.samples(t), `{__name__="alive"} 1`, `{__name__="jobs", job="b", of="x"} 1`)
		if len(exporter.renderer.families["jobs"].rivals) != 0 {
			t.Error("a rival is held twice")
		}
	})
}

func TestOfTwoSeriesWithTheSameLabelsTheFirstIsExposedAndThenTheOther(t *testing.T) {
	mine, exporter := own(t, withoutScopes)
	first, other := gauge("load", "a", "x"), gauge("load", "a", "x")
	first.ResourceMetrics().At(0).ScopeMetrics().At(0).Scope().SetName("first")
	other.ResourceMetrics().At(0).ScopeMetrics().At(0).Scope().SetName("other")
	only(other).Gauge().DataPoints().At(0).SetIntValue(2)
	mine.push(t, first)
	mine.push(t, other)
	expect(t, mine.samples(t), `{__name__="load", job="a", of="x"} 1`)
	if got := exporter.renderer.take(other); got != (tally{conflicting: 1}) {
		t.Errorf("counted as hidden: %+v", got)
	}
	only(first).Gauge().DataPoints().At(0).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	mine.push(t, first)
	expect(t, mine.samples(t), `{__name__="load", job="a", of="x"} 2`)
}

func TestAMetricNamedLikeAPartOfAHistogramIsNotExposedBesideIt(t *testing.T) {
	mine, _ := own(t, withoutScopes)
	md := gauge("took", "a", "x")
	dp := only(md).SetEmptyHistogram().DataPoints().AppendEmpty()
	dp.SetTimestamp(second)
	mine.push(t, gauge("took_count", "a", "x"))
	expect(t, mine.samples(t), `{__name__="took_count", job="a", of="x"} 1`)
	mine.push(t, md)
	expect(t, mine.samples(t), `{__name__="took_count", job="a", of="x"} 1`)
}

func TestEveryStaleSeriesOfAMetricGoesAndTheLiveOnesAreTakenIn(t *testing.T) {
	mine, exporter := own(t, withoutScopes)
	mine.push(t, gauge("up", "a", "x", "y", "z"))
	md := gauge("up", "a", "x", "y", "z")
	dps := only(md).Gauge().DataPoints()
	dps.At(0).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	dps.At(1).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	dps.At(2).SetIntValue(5)
	mine.push(t, md)
	expect(t, mine.samples(t), `{__name__="up", job="a", of="z"} 5`)
	dps.At(2).SetFlags(pmetric.DefaultDataPointFlags.WithNoRecordedValue(true))
	mine.push(t, md)
	expect(t, mine.samples(t))
	if left := len(exporter.renderer.targets) + len(exporter.renderer.streams); left != 0 {
		t.Errorf("%d left", left)
	}
}

func TestWhatPrometheusWouldRefuseTheWholeScrapeForIsLeftOut(t *testing.T) {
	mine, exporter := own(t, withoutScopes)
	mine.push(t, gauge("fine", "a", "x"))
	for _, spoil := range []func(pmetric.Metric, pcommon.Map){
		func(_ pmetric.Metric, attributes pcommon.Map) {
			attributes.PutStr("a.b", "1")
			attributes.PutStr("a_b", "2")
		},
		func(_ pmetric.Metric, attributes pcommon.Map) { attributes.PutStr("x", "\xff") },
		func(_ pmetric.Metric, attributes pcommon.Map) { attributes.PutStr("__name__", "other") },
		func(_ pmetric.Metric, attributes pcommon.Map) { attributes.PutStr("job", "mine") },
		func(m pmetric.Metric, _ pcommon.Map) { m.SetName("...") },
		func(m pmetric.Metric, _ pcommon.Map) { m.SetName("\xff") },
		func(m pmetric.Metric, _ pcommon.Map) {
			attributes := m.SetEmptyHistogram().DataPoints().AppendEmpty().Attributes()
			attributes.PutStr("le", "1")
		},
	} {
		md := gauge("spoiled", "a", "x")
		spoil(only(md), only(md).Gauge().DataPoints().At(0).Attributes())
		if got := exporter.renderer.take(md); got != (tally{invalid: 1}) {
			t.Errorf("counted as hidden: %+v", got)
		}
		expect(t, mine.samples(t), `{__name__="fine", job="a", of="x"} 1`)
	}
}

func TestAHelpTextThatIsNotUTF8DoesNotSpoilAScrape(t *testing.T) {
	mine, _ := own(t, withoutScopes)
	md := gauge("load", "a", "x")
	only(md).SetDescription("caf\xe9")
	mine.push(t, md)
	expect(t, mine.held(t, plainText, false), "help of load: \"caf\uFFFD\"", "type of load: gauge", `{__name__="load", job="a", of="x"} 1`)
}

func TestALabelWithAColonIsQuotedOrEscaped(t *testing.T) {
	mine, _ := own(t, withoutScopes, func(c *Config) { c.TranslationStrategy = "NoTranslation" })
	md := gauge("load", "a", "x")
	only(md).Gauge().DataPoints().At(0).Attributes().PutStr("a:b", "1")
	mine.push(t, md)
	for escaping, name := range map[string]string{"allow-utf-8": `"a:b"`, "underscores": "a_b"} {
		samples := mine.held(t, plainText+";escaping="+escaping, false)
		expect(t, samples[2:], fmt.Sprintf(`{__name__="load", %s="1", job="a", of="x"} 1`, name))
	}
}

func TestNoMoreSeriesAreHeldThanAllowedAndThoseHeldGoOn(t *testing.T) {
	mine, exporter := own(t, withoutScopes, func(c *Config) { c.MaxSeries = 3 })
	mine.push(t, gauge("load", "a", "1", "2", "3", "4", "5"))
	md := gauge("load", "a", "6", "2")
	only(md).Gauge().DataPoints().At(1).SetIntValue(7)
	if got := exporter.renderer.take(md); got != (tally{overLimit: 1}) {
		t.Errorf("counted as hidden: %+v", got)
	}
	expect(t, mine.samples(t), `{__name__="load", job="a", of="1"} 1`, `{__name__="load", job="a", of="2"} 7`, `{__name__="load", job="a", of="3"} 1`)
}

func TestDeltasOfNativeHistogramsAddUpAtTheCoarserScaleAndTheWiderZeroBucket(t *testing.T) {
	mine, _ := own(t, withoutScopes)
	push := func(start int, scale, offset int32, threshold float64, counts ...uint64) {
		md := gauge("took", "a")
		m := only(md).SetEmptyExponentialHistogram()
		m.SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
		dp := m.DataPoints().AppendEmpty()
		dp.SetStartTimestamp(pcommon.Timestamp(start) * second)
		dp.SetTimestamp(pcommon.Timestamp(start+1) * second)
		dp.SetScale(scale)
		dp.SetZeroThreshold(threshold)
		dp.Positive().SetOffset(offset)
		dp.Positive().BucketCounts().FromRaw(counts)
		for _, count := range counts {
			dp.SetCount(dp.Count() + count)
		}
		mine.push(t, md)
	}
	shown := func() (lines []string) {
		return slices.DeleteFunc(mine.held(t, accepted["protobuf"], false), func(line string) bool { return !strings.HasPrefix(line, "{") })
	}
	// Scale 1: (1, 1.41], (1.41, 2], (2, 2.83]; scale 0: (1, 2], (2, 4].
	push(1, 1, 0, 0, 1, 2, 4)
	push(2, 0, 0, 0, 8, 16)
	expect(t, shown(), `{__name__="took", job="a"} {count:31, sum:0, (1,2]:11, (2,4]:20} schema 0 threshold 1e-128 created 1000`)
	push(3, 0, 1, 2, 32)
	expect(t, shown(), `{__name__="took", job="a"} {count:63, sum:0, [-2,2]:11, (2,4]:52} schema 0 threshold 2 created 1000`)
}

func TestAnAnswerIsReadyBeforeItIsAskedForAndHoldsWhatIsNew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		mine, exporter := own(t, withoutScopes)
		exporter.running.Go(exporter.renderAhead)
		page := &exporter.renderer.pages[0][1]
		mine.push(t, gauge("load", "a", "1"))
		mine.body(t, plainText+";escaping=allow-utf-8", true)
		md := gauge("load", "a", "1")
		only(md).Gauge().DataPoints().At(0).SetIntValue(2)
		mine.push(t, md)
		time.Sleep(2 * gathering)
		if page.body.Load().version != exporter.renderer.version.Load() {
			t.Error("not rendered ahead")
		}
		// Not waited for.
		only(md).Gauge().DataPoints().At(0).SetIntValue(3)
		mine.push(t, md)
		body, _ := mine.body(t, plainText+";escaping=allow-utf-8", true)
		if !bytes.Contains(body, []byte("} 3\n")) {
			t.Errorf("%s", body)
		}
		time.Sleep(2 * disuse)
		if page.body.Load() != nil {
			t.Error("nobody asks any more, and it is kept")
		}
		if err := exporter.shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
}

func TestCompressedAndPlainAreTheSameHoweverManyPiecesChange(t *testing.T) {
	mine, _ := own(t)
	var of []string
	for i := range 3000 {
		of = append(of, fmt.Sprint(i))
	}
	for push := range 4 {
		md := gauge("load", "a", of...)
		for i, dp := range only(md).Gauge().DataPoints().All() {
			if i%(700*push+1) == 0 {
				dp.SetIntValue(int64(push * i))
			}
		}
		mine.push(t, md)
		mine.push(t, counter("requests", "a", of[:push*500]...))
		for format, accept := range accepted {
			plain, _ := mine.body(t, accept, false)
			unzipped, _ := mine.body(t, accept, true)
			if !bytes.Equal(plain, unzipped) {
				t.Fatalf("%s differs after push %d", format, push)
			}
		}
		mine.held(t, accepted["protobuf"], true)
	}
}

func TestFormatAndEncodingAreNegotiatedAsUpstreamDoes(t *testing.T) {
	for _, enabled := range []bool{false, true} {
		configure := func(c *Config) { c.EnableOpenMetrics = enabled }
		mine, _ := own(t, configure)
		theirs := upstreams(t, configure)
		mine.push(t, alive())
		theirs.push(t, alive())
		accepts := []string{
			"", "*/*", "text/html", "text/plain;version=0.0.4;q=0.5,application/openmetrics-text;version=1.0.0",
			"application/openmetrics-text", "application/openmetrics-text;version=0.0.1",
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text",
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text;escaping=dots",
			"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;version=0.0.4;q=0.3;escaping=allow-utf-8",
		}
		for _, accept := range accepts {
			for _, encoding := range []string{"", "gzip", "deflate", "gzip;q=0", "identity;q=0.5, gzip", "gzip, deflate, br, zstd", "*", "identity, gzip;q=0.1"} {
				header := http.Header{"Accept": {accept}, "Accept-Encoding": {encoding}}
				got, want := mine.answer(header), theirs.answer(header)
				for _, name := range []string{"Content-Type", "Content-Encoding"} {
					// What no Prometheus asks for is not compressed.
					uncompressed := name == "Content-Encoding" && strings.Contains(accept, "text;escaping") || strings.HasSuffix(accept, "encoding=text")
					if got.Header.Get(name) != want.Header.Get(name) && !uncompressed {
						t.Errorf("%v is answered with %s %q, by upstream with %q", header, name, got.Header.Get(name), want.Header.Get(name))
					}
				}
			}
			got, want := mine.answer(http.Header{"Accept": {accept}}), theirs.answer(http.Header{"Accept": {accept}})
			ours, _ := io.ReadAll(got.Body)
			others, _ := io.ReadAll(want.Body)
			// Text of protobuf is spaced at random.
			if squeezed := func(b []byte) string { return strings.Join(strings.Fields(string(b)), " ") }; squeezed(ours) != squeezed(others) {
				t.Errorf("%q is answered with\n%s\nby upstream with\n%s", accept, ours, others)
			}
		}
	}
}

func TestEveryKeyOfUpstreamIsOneOfOurs(t *testing.T) {
	keys := func(config any) (keys []string) {
		of := reflect.TypeOf(config).Elem()
		for i := range of.NumField() {
			keys = append(keys, of.Field(i).Name+" "+of.Field(i).Tag.Get("mapstructure"))
		}
		slices.Sort(keys)
		return keys
	}
	ours := slices.DeleteFunc(keys(&Config{}), func(key string) bool { return key == "MaxSeries max_series" })
	expect(t, ours, keys(&upstream.Config{})...)
}

func TestWhatIsNotSupportedIsRefusedByName(t *testing.T) {
	for wanted, spoil := range map[string]func(*Config){
		`translation_strategy: "Shouting" is not one of UnderscoreEscapingWithSuffixes, UnderscoreEscapingWithoutSuffixes, NoUTF8EscapingWithSuffixes, NoTranslation`: func(c *Config) { c.TranslationStrategy = "Shouting" },
		"max_series: 0 is not a number above 0": func(c *Config) { c.MaxSeries = 0 },
	} {
		config := newFactory().CreateDefaultConfig().(*Config)
		spoil(config)
		if err := config.Validate(); err == nil || err.Error() != wanted {
			t.Errorf("got %v, want %s", err, wanted)
		}
	}
	if _, err := newExporter(newFactory().CreateDefaultConfig().(*Config), settings()); err == nil || !strings.HasPrefix(err.Error(), "endpoint: ") {
		t.Errorf("without endpoint: %v", err)
	}
}

func TestTheTimeOfAnswersIsRecordedAndThatOfRefusalsIsNot(t *testing.T) {
	reader := sdk.NewManualReader()
	set := settings()
	set.MeterProvider = sdk.NewMeterProvider(sdk.WithReader(reader))
	own, err := newTelemetry(set)
	if err != nil {
		t.Fatal(err)
	}
	serve := func(status int) {
		s := side{handler: own.timed(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(2 * time.Millisecond)
			w.WriteHeader(status)
		}))}
		s.answer(nil)
	}
	serve(http.StatusOK)
	serve(http.StatusUnauthorized)
	own.hid(context.Background(), tally{overLimit: 3})
	var recorded metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &recorded); err != nil {
		t.Fatal(err)
	}
	found := map[string]metricdata.Aggregation{}
	for _, scope := range recorded.ScopeMetrics {
		for _, metric := range scope.Metrics {
			found[metric.Name] = metric.Data
		}
	}
	times := found["otelcol_exporter_response_duration"].(metricdata.Histogram[float64]).DataPoints[0]
	if times.Count != 1 || times.Sum < 0.002 {
		t.Errorf("%+v", times)
	}
	hidden := map[string]int64{}
	for _, point := range found["otelcol_exporter_hidden_metric_points"].(metricdata.Sum[int64]).DataPoints {
		reason, _ := point.Attributes.Value("reason")
		hidden[reason.AsString()] = point.Value
	}
	if !maps.Equal(hidden, map[string]int64{"limit": 3, "conflict": 0, "invalid": 0}) {
		t.Errorf("%+v", hidden)
	}
}

func TestManyMayPushAndScrapeAtTheSameTime(t *testing.T) {
	mine, exporter := own(t, func(c *Config) { c.MetricExpiration = time.Millisecond })
	exporter.running.Go(exporter.renderAhead)
	var all sync.WaitGroup
	for sender := range 4 {
		all.Go(func() {
			for i := range 100 {
				mine.push(t, gauge("load", fmt.Sprint(sender), fmt.Sprint(i%7), fmt.Sprint(i%11)))
				mine.push(t, counter("load", fmt.Sprint(sender), fmt.Sprint(i%5)))
			}
		})
		all.Go(func() {
			for range 100 {
				mine.held(t, accepted["protobuf"], sender%2 == 0)
			}
		})
	}
	all.Wait()
	if err := exporter.shutdown(context.Background()); err != nil {
		t.Error(err)
	}
}

// What README.md says a series costs, in bytes, with protobuf rendered plain and in gzip.
func TestASeriesCostsNoMoreThanIsSaid(t *testing.T) {
	for name, most := range map[string]int{"counters": 1500, "classic": 4000, "native": 3000} {
		md := loads[name](1)
		mine, exporter := own(t)
		before := heap()
		mine.push(t, md)
		mine.body(t, accepted["protobuf"], true)
		mine.body(t, accepted["protobuf"], false)
		cost := (heap() - before) / md.DataPointCount()
		t.Logf("%s: %d bytes a series", name, cost)
		if cost > most {
			t.Errorf("%s: %d bytes a series", name, cost)
		}
		runtime.KeepAlive(md)
		runtime.KeepAlive(exporter)
	}
}

func heap() int {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}

func FuzzAnyMessage(f *testing.F) {
	marshaler := pmetric.ProtoMarshaler{}
	for _, seed := range seeds(6, 400) {
		from := &source{bytes: seed, clock: 10}
		message, err := marshaler.MarshalMetrics(from.push())
		if err != nil {
			f.Fatal(err)
		}
		f.Add(message, seed[:50])
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		for _, configuration := range []string{"NoTranslation", "with timestamps"} {
			mine, _ := own(t, configurations[configuration], openMetrics)
			for _, message := range [][]byte{first, second, first} {
				md, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(message)
				if err != nil {
					continue
				}
				mine.push(t, md)
				mine.body(t, accepted["protobuf"]+";escaping=allow-utf-8", true)
				mine.body(t, accepted["OpenMetrics"]+";escaping=underscores", true)
				body, contentType := mine.body(t, accepted["text"]+";escaping=allow-utf-8", true)
				// Times before 1970 are none for the text format.
				if configuration == "NoTranslation" {
					if _, err := parse(body, contentType); err != nil {
						t.Fatalf("%v\n%q", err, body)
					}
				}
			}
		}
	})
}
