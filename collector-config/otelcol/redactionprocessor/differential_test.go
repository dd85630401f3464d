// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
)

// committed is the configuration of a processor in collector.yaml.
func committed(t testing.TB, name string) map[string]any {
	t.Helper()
	retrieved, err := fileprovider.NewFactory().Create(confmap.ProviderSettings{}).
		Retrieve(context.Background(), "file:../../collector.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := retrieved.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	processors, err := whole.Sub("processors")
	if err != nil {
		t.Fatal(err)
	}
	own, ok := processors.Get(name).(map[string]any)
	if !ok {
		t.Fatalf("collector.yaml has no processor %s", name)
	}
	return single(own).(map[string]any)
}

// single makes one dollar of two, as the collector does.
func single(value any) any {
	switch value := value.(type) {
	case map[string]any:
		all := map[string]any{}
		for key, each := range value {
			all[key] = single(each)
		}
		return all
	case []any:
		all := make([]any, len(value))
		for i, each := range value {
			all[i] = single(each)
		}
		return all
	case string:
		return strings.ReplaceAll(value, "$$", "$")
	default:
		return value
	}
}

func configured(t testing.TB, factory processor.Factory, keys map[string]any) component.Config {
	t.Helper()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(keys).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	return config
}

// a part is a processor, and what has come out of it last.
type part struct {
	in  processor.Metrics
	out pmetric.Metrics
}

func started(t testing.TB, factory processor.Factory, keys map[string]any) *part {
	t.Helper()
	p := &part{}
	next, err := consumer.NewMetrics(func(_ context.Context, metrics pmetric.Metrics) error {
		p.out = metrics
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	settings := processor.Settings{
		ID:                component.NewID(factory.Type()),
		TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
	p.in, err = factory.CreateMetrics(context.Background(), settings, configured(t, factory, keys), next)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *part) made(t testing.TB, metrics pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	copied := pmetric.NewMetrics()
	metrics.CopyTo(copied)
	if err := p.in.ConsumeMetrics(context.Background(), copied); err != nil {
		t.Fatal(err)
	}
	return p.out
}

// pair is both processors with one configuration.
type pair struct{ ours, theirs *part }

func pairOf(t testing.TB, keys map[string]any) pair {
	t.Helper()
	return pair{started(t, newFactory(), keys), started(t, upstream.NewFactory(), keys)}
}

func (p pair) agree(t testing.TB, metrics pmetric.Metrics) {
	t.Helper()
	ours, theirs := attributesOf(p.ours.made(t, metrics)), attributesOf(p.theirs.made(t, metrics))
	if len(ours) != len(theirs) {
		t.Fatalf("%d maps of attributes beside %d", len(ours), len(theirs))
	}
	for i := range ours {
		if !reflect.DeepEqual(ours[i], theirs[i]) {
			t.Fatalf("differs\nours:     %q\nupstream: %q", ours[i], theirs[i])
		}
	}
}

// attributesOf are those of resources, scopes and points, in order; the order of attributes means nothing.
func attributesOf(metrics pmetric.Metrics) []map[string]any {
	var all []map[string]any
	for _, resource := range metrics.ResourceMetrics().All() {
		all = append(all, resource.Resource().Attributes().AsRaw())
		for _, scope := range resource.ScopeMetrics().All() {
			all = append(all, scope.Scope().Attributes().AsRaw())
			for _, metric := range scope.Metrics().All() {
				all = append(all, pointsOf(metric)...)
			}
		}
	}
	return all
}

func pointsOf(metric pmetric.Metric) (all []map[string]any) {
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, point := range metric.Gauge().DataPoints().All() {
			all = append(all, point.Attributes().AsRaw())
		}
	case pmetric.MetricTypeSum:
		for _, point := range metric.Sum().DataPoints().All() {
			all = append(all, point.Attributes().AsRaw())
		}
	case pmetric.MetricTypeHistogram:
		for _, point := range metric.Histogram().DataPoints().All() {
			all = append(all, point.Attributes().AsRaw())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, point := range metric.ExponentialHistogram().DataPoints().All() {
			all = append(all, point.Attributes().AsRaw())
		}
	case pmetric.MetricTypeSummary:
		for _, point := range metric.Summary().DataPoints().All() {
			all = append(all, point.Attributes().AsRaw())
		}
	case pmetric.MetricTypeEmpty:
	}
	return all
}

// message has each type of metric with one point of these attributes, which the resource and the scope have too.
func message(attributes func(pcommon.Map)) pmetric.Metrics {
	metrics := pmetric.NewMetrics()
	resource := metrics.ResourceMetrics().AppendEmpty()
	attributes(resource.Resource().Attributes())
	scope := resource.ScopeMetrics().AppendEmpty()
	attributes(scope.Scope().Attributes())
	attributes(scope.Metrics().AppendEmpty().SetEmptyGauge().DataPoints().AppendEmpty().Attributes())
	attributes(scope.Metrics().AppendEmpty().SetEmptySum().DataPoints().AppendEmpty().Attributes())
	attributes(scope.Metrics().AppendEmpty().SetEmptyHistogram().DataPoints().AppendEmpty().Attributes())
	attributes(scope.Metrics().AppendEmpty().SetEmptyExponentialHistogram().DataPoints().AppendEmpty().Attributes())
	attributes(scope.Metrics().AppendEmpty().SetEmptySummary().DataPoints().AppendEmpty().Attributes())
	scope.Metrics().AppendEmpty()
	return metrics
}

var keys = []string{
	"service.name", "service.instance.id", "http.route", "model", "user_id", "status", "unlisted", "email", "a,b", "", "größe",
	"redaction.masked.keys", "redaction.masked.count", "redaction.redacted.keys", "redaction.redacted.count",
	"redaction.allowed.keys", "redaction.ignored.count",
}

var texts = []string{
	"", "****", "/chats/:id", "gpt-4o-2024-08-06", "ann@example.com", "+46 70 174 06 12", "850709-9805", "192.0.2.7",
	"2001:db8::17", "u_0123456789ab", "c_7", "other", "line\nann@example.com\nline", "\xff\xfe", "größe", "secret", "a secret b secret",
	strings.Repeat("x", 300), strings.Repeat("x", 300) + "ann@example.com", "sk-live-0123456789abcdef",
}

// random fills in attributes of every type but bytes, which upstream shows; the same for the same seed.
func random(seed uint64) func(pcommon.Map) {
	return func(attributes pcommon.Map) {
		chance := rand.New(rand.NewPCG(seed, 1))
		for range chance.IntN(8) {
			key, text := keys[chance.IntN(len(keys))], texts[chance.IntN(len(texts))]
			switch chance.IntN(9) {
			case 0:
				attributes.PutInt(key, chance.Int64N(1e12))
			case 1:
				attributes.PutDouble(key, chance.Float64())
			case 2:
				attributes.PutBool(key, true)
			case 3:
				attributes.PutEmptySlice(key).AppendEmpty().SetStr(text)
			case 4:
				attributes.PutEmptyMap(key).PutStr(text, text)
			case 5:
				attributes.PutEmpty(key)
			default:
				attributes.PutStr(key, text)
			}
		}
	}
}

func configurations(t testing.TB) map[string]map[string]any {
	return map[string]map[string]any{
		"nothing allowed":  {},
		"all keys":         {"allow_all_keys": true, "blocked_values": []any{"secret"}, "summary": "info"},
		"part of a value":  {"allow_all_keys": true, "blocked_values": []any{"secret"}, "summary": "debug"},
		"strings only":     {"allow_all_keys": true, "blocked_values": []any{"[0-9]"}, "summary": "debug"},
		"empty matches":    {"allow_all_keys": true, "blocked_values": []any{"z*"}, "redact_all_types": true},
		"blocked keys":     {"allow_all_keys": true, "blocked_key_patterns": []any{"^user", "ß"}, "summary": "debug"},
		"ignored keys":     {"ignored_keys": []any{"email"}, "ignored_key_patterns": []any{"^http"}, "summary": "debug"},
		"allowed values":   {"allow_all_keys": true, "allowed_values": []any{"^a"}, "blocked_values": []any{"secret"}, "summary": "debug"},
		"another summary":  {"allowed_keys": []any{"model"}, "summary": "loud"},
		"committed suna":   committed(t, "redaction/suna"),
		"committed onyx":   committed(t, "redaction/onyx"),
		"committed apps":   committed(t, "redaction/apps"),
		"committed qdrant": committed(t, "redaction/qdrant"),
	}
}

func TestMakesOfEveryMessageWhatUpstreamMakes(t *testing.T) {
	for name, keys := range configurations(t) {
		t.Run(name, func(t *testing.T) {
			both := pairOf(t, keys)
			for seed := range uint64(400) {
				both.agree(t, message(random(seed)))
			}
		})
	}
}

func TestSaysWhatAnotherSaidBeforeAsUpstreamDoes(t *testing.T) {
	both := pairOf(t, committed(t, "redaction/apps"))
	for seed := range uint64(100) {
		both.agree(t, both.theirs.made(t, message(random(seed))))
	}
}

// The values that are personal and harmless by how they were made, which the tests of the preload write. See test/collector.
func TestJudgesTheCorpusAsUpstreamDoes(t *testing.T) {
	path := os.Getenv("ONYX_CORPUS")
	if path == "" {
		t.Skip("ONYX_CORPUS names no file with a list of values")
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	if err := json.Unmarshal(content, &values); err != nil {
		t.Fatal(err)
	}
	if len(values) < 5500 {
		t.Fatalf("%d values are no corpus", len(values))
	}
	both := pairOf(t, committed(t, "redaction/apps"))
	for range 2 { // judged, and known
		for first := 0; first < len(values); first += 100 {
			batch := pmetric.NewMetrics()
			points := batch.ResourceMetrics().AppendEmpty().ScopeMetrics().AppendEmpty().Metrics().AppendEmpty().SetEmptyGauge().DataPoints()
			for _, value := range values[first:min(first+100, len(values))] {
				points.AppendEmpty().Attributes().PutStr("model", value)
			}
			both.agree(t, batch)
		}
	}
}

func FuzzAnyText(f *testing.F) {
	for i, text := range texts {
		f.Add(keys[i%len(keys)], text, int64(i))
	}
	both := pairOf(f, committed(f, "redaction/apps"))
	f.Fuzz(func(t *testing.T, key, text string, number int64) {
		both.agree(t, message(func(attributes pcommon.Map) {
			attributes.PutStr(key, text)
			attributes.PutStr("model", text)
			attributes.PutStr("http.route", fmt.Sprint(text, number))
			attributes.PutInt("status", number)
		}))
	})
}
