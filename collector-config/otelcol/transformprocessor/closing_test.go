// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/fileprovider"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

func closingOf(label, pattern string) string {
	attribute := `datapoint.attributes["` + label + `"]`
	return `set(` + attribute + `, "other") where ` + attribute + ` != nil and not IsMatch(` + attribute + `, "` + pattern + `")`
}

func grouped(conditions []any, statements ...any) map[string]any {
	group := map[string]any{"statements": statements}
	if conditions != nil {
		group["conditions"] = conditions
	}
	return group
}

var closings = map[string][]any{
	"of every metric":   {grouped(nil, closingOf("status", "^(?:ok|error|\\\\d{3}|other)$"), closingOf("code", "^[1-5]"))},
	"of some metrics":   {grouped([]any{`metric.metadata["known"] != nil`}, closingOf("status", "^ok$")), grouped([]any{`metric.metadata["known"] == nil`}, closingOf("status", "^[a-z]+$"))},
	"of some resources": {grouped([]any{`resource.attributes["endpoint"] == "apps"`}, closingOf("status", "^ok$"), closingOf("model", "^a"))},
	"between others": {
		grouped(nil, `set(datapoint.attributes["status"], "set")`),
		grouped(nil, closingOf("status", "^(?:set)$"), closingOf("model", "^b")),
		grouped(nil, `set(datapoint.attributes["model"], "end") where datapoint.attributes["model"] == "other"`),
		grouped(nil, closingOf("model", "^b")),
	},
	"patterns of a label": {
		grouped(nil, `replace_pattern(datapoint.attributes["status"], "o(k)", "$1-$1")`, `replace_pattern(datapoint.attributes["status"], "^k-", "\\.")`),
		grouped([]any{`datapoint.attributes["model"] != nil`}, `replace_pattern(datapoint.attributes["model"], "a", "")`),
	},
	"patterns of two labels": {grouped(nil, `replace_pattern(datapoint.attributes["status"], "o", "0")`, `replace_pattern(datapoint.attributes["model"], "o", "0")`)},
	"removed by a pattern":   {grouped(nil, `delete_matching_keys(datapoint.attributes, "^(?:st|co)")`), grouped([]any{`metric.metadata["known"] != nil`}, `delete_matching_keys(datapoint.attributes, "^mod\\\\w+$")`)},
	"in another form":        {grouped(nil, closingOf("status", "^ok$"), `set(datapoint.attributes["a"], "b") where datapoint.attributes["c"] == nil`)},
	"of what no pattern is":  {grouped([]any{`metric.name == "m"`}, closingOf("status", "^ok$")), grouped([]any{`metric.name == "m"`, `metric.name == "n"`}, closingOf("model", "^b"))},
}

// open is a message with labels of every type.
func open(seed uint64) pmetric.Metrics {
	chance := rand.New(rand.NewPCG(seed, 3))
	metrics := random(seed)
	resource := metrics.ResourceMetrics().At(0)
	if chance.IntN(2) == 0 {
		resource.Resource().Attributes().PutStr("endpoint", []string{"apps", "suna"}[chance.IntN(2)])
	}
	metric := resource.ScopeMetrics().At(0).Metrics().At(0)
	switch chance.IntN(3) {
	case 0:
		metric.Metadata().PutBool("known", true)
	case 1:
		metric.Metadata().PutEmpty("known")
	}
	label := func(attributes pcommon.Map) {
		for _, key := range []string{"status", "code", "model"} {
			switch chance.IntN(8) {
			case 0:
				attributes.PutInt(key, chance.Int64N(700))
			case 1:
				attributes.PutBool(key, true)
			case 2:
				attributes.PutDouble(key, 1.5)
			case 3:
				attributes.PutEmptyBytes(key).FromRaw([]byte("ok"))
			case 4:
				attributes.PutEmptySlice(key).AppendEmpty().SetStr("ok")
			case 5:
				attributes.PutEmpty(key)
			default:
				attributes.PutStr(key, []string{"ok", "", "other", "ann", "a\nok", "200", "set"}[chance.IntN(7)])
			}
		}
	}
	switch metric.Type() {
	case pmetric.MetricTypeGauge:
		for _, dp := range metric.Gauge().DataPoints().All() {
			label(dp.Attributes())
		}
	case pmetric.MetricTypeSum:
		for _, dp := range metric.Sum().DataPoints().All() {
			label(dp.Attributes())
		}
	case pmetric.MetricTypeHistogram:
		for _, dp := range metric.Histogram().DataPoints().All() {
			label(dp.Attributes())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, dp := range metric.ExponentialHistogram().DataPoints().All() {
			label(dp.Attributes())
		}
	}
	return metrics
}

func TestClosesLabelsAsUpstreamDoes(t *testing.T) {
	for name, groups := range closings {
		t.Run(name, func(t *testing.T) {
			ours, theirs := startedWith(t, newFactory(), groups), startedWith(t, upstream.NewFactory(), groups)
			for seed := range uint64(500) {
				metrics := open(seed)
				if got, wanted := points(ours(metrics)), points(theirs(metrics)); !slices.Equal(got, wanted) {
					t.Fatalf("seed %d\nours:     %s\nupstream: %s", seed, strings.Join(got, "\n"), strings.Join(wanted, "\n"))
				}
			}
		})
	}
}

// What is written in another way is right too, and slow: nothing but this test would tell.
func TestUnderstandsTheGroupsOfTheCommittedConfiguration(t *testing.T) {
	retrieved, err := fileprovider.NewFactory().Create(confmap.ProviderSettings{}).
		Retrieve(context.Background(), "file:../../collector.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	whole, err := retrieved.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	understood := 0
	for _, name := range []string{"senders", "merge"} {
		for _, given := range whole.Get("processors::transform/" + name + "::metric_statements").([]any) {
			keys, isGroup := given.(map[string]any)
			if !isGroup {
				continue
			}
			statements := texts(keys["statements"])
			if _, all := read(texts(keys["conditions"]), statements); all {
				understood += len(statements)
			} else if slices.ContainsFunc(statements, removesLabels) && len(keys) == 1 {
				t.Errorf("of each point labels are looked at again and again: %s", statements)
			}
		}
	}
	if understood < 47 {
		t.Errorf("%d statements are executed at once", understood)
	}
}

func removesLabels(statement string) bool {
	return strings.HasPrefix(statement, "delete_matching_keys(datapoint.attributes")
}

func texts(list any) (all []string) {
	values, _ := list.([]any)
	for _, value := range values {
		all = append(all, strings.ReplaceAll(value.(string), "$$", "$"))
	}
	return all
}
