// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	upstream "github.com/open-telemetry/opentelemetry-collector-contrib/processor/groupbyattrsprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/processor"
)

// processed returns what a processor makes of a message.
func processed(t *testing.T, factory processor.Factory, metrics pmetric.Metrics) pmetric.Metrics {
	t.Helper()
	var sink consumertest.MetricsSink
	settings := processor.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	made, err := factory.CreateMetrics(context.Background(), settings, factory.CreateDefaultConfig(), &sink)
	if err != nil {
		t.Fatal(err)
	}
	copied := pmetric.NewMetrics()
	metrics.CopyTo(copied)
	if err := made.ConsumeMetrics(context.Background(), copied); err != nil {
		t.Fatal(err)
	}
	return sink.AllMetrics()[0]
}

// A ledger knows the value of each series at its latest time, by what tells series apart.
type ledger map[string]struct {
	at    pcommon.Timestamp
	value int64
}

// random is a message in parts. If each series is in it once, upstream's processor joins the same.
func random(seed uint64, once bool) (pmetric.Metrics, ledger) {
	chance := rand.New(rand.NewPCG(seed, 3))
	metrics, known := pmetric.NewMetrics(), ledger{}
	for part := range 12 {
		resource := metrics.ResourceMetrics().AppendEmpty()
		process := chance.IntN(3)
		for at := range 3 {
			resource.Resource().Attributes().PutInt([]string{"a", "b", "c"}[(at+part)%3], int64(process))
		}
		for range chance.IntN(3) {
			scope := resource.ScopeMetrics().AppendEmpty()
			library := chance.IntN(2)
			scope.Scope().SetName(fmt.Sprint("library", library))
			for range chance.IntN(3) {
				metric := scope.Metrics().AppendEmpty()
				kind := chance.IntN(2)
				metric.SetName(fmt.Sprint("kind", kind))
				points := metric.SetEmptyGauge().DataPoints()
				if kind == 1 {
					metric.SetEmptySum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
					points = metric.Sum().DataPoints()
				}
				for range chance.IntN(3) {
					label, when, value := chance.IntN(3), pcommon.Timestamp(chance.Int64N(1<<40)), chance.Int64()
					key := fmt.Sprintf("%d%d%d%d", process, library, kind, label)
					last, found := known[key]
					if found && once {
						continue
					}
					point := points.AppendEmpty()
					point.Attributes().PutInt("label", int64(label))
					point.SetTimestamp(when)
					point.SetIntValue(value)
					if !found || when > last.at {
						known[key] = struct {
							at    pcommon.Timestamp
							value int64
						}{when, value}
					}
				}
			}
		}
	}
	return metrics, known
}

func numbers(metric pmetric.Metric) pmetric.NumberDataPointSlice {
	if metric.Type() == pmetric.MetricTypeSum {
		return metric.Sum().DataPoints()
	}
	return metric.Gauge().DataPoints()
}

// said is what a message says, with each resource, scope and metric where a point is in it.
func said(metrics pmetric.Metrics) (all []string) {
	for r, resource := range metrics.ResourceMetrics().All() {
		process, _ := resource.Resource().Attributes().Get("a")
		for s, scope := range resource.ScopeMetrics().All() {
			for m, metric := range scope.Metrics().All() {
				for _, point := range numbers(metric).All() {
					label, _ := point.Attributes().Get("label")
					all = append(all, fmt.Sprintf("%d%s%d%d@%d=%d in %d/%d/%d", process.Int(), scope.Scope().Name()[len("library"):],
						metric.Name()[len("kind")]-'0', label.Int(), point.Timestamp(), point.IntValue(), r, s, m))
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// withoutPlaces leaves out where points are.
func withoutPlaces(all []string) (points []string) {
	for _, each := range all {
		var point, place string
		_, _ = fmt.Sscanf(each, "%s in %s", &point, &place)
		points = append(points, point)
	}
	return points
}

func TestJoinsWhatUpstreamJoinsWhereEachSeriesIsOnce(t *testing.T) {
	for seed := range uint64(300) {
		metrics, _ := random(seed, true)
		ours, theirs := said(processed(t, newFactory(), metrics)), said(processed(t, upstream.NewFactory(), metrics))
		if !slices.Equal(withoutPlaces(ours), withoutPlaces(theirs)) {
			t.Fatalf("seed %d:\nours   %v\ntheirs %v", seed, ours, theirs)
		}
	}
}

func TestKeepsTheLatestPointOfEachSeries(t *testing.T) {
	for seed := range uint64(300) {
		metrics, right := random(seed, false)
		var expected []string
		for key, last := range right {
			expected = append(expected, fmt.Sprintf("%s@%d=%d", key, last.at, last.value))
		}
		slices.Sort(expected)
		out := processed(t, newFactory(), metrics)
		if left := withoutPlaces(said(out)); !slices.Equal(left, expected) {
			t.Fatalf("seed %d:\nleft  %v\nright %v", seed, left, expected)
		}
		if all := out.ResourceMetrics().Len(); all > 3 {
			t.Fatalf("seed %d: three processes in %d resources", seed, all)
		}
	}
}

func TestRefusesKeysToGroupBy(t *testing.T) {
	factory := newFactory()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(map[string]any{"keys": []any{"host.name"}}).Unmarshal(config); err != nil {
		t.Fatal(err)
	}
	settings := processor.Settings{ID: component.NewID(factory.Type()), TelemetrySettings: componenttest.NewNopTelemetrySettings()}
	if _, err := factory.CreateMetrics(context.Background(), settings, config, consumertest.NewNop()); err == nil {
		t.Fatal("keys are not refused")
	}
}
