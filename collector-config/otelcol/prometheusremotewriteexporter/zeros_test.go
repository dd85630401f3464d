// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusremotewriteexporter

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// written is what a store would be told, in order, as minutes and values; or it refuses.
type written struct {
	exporter.Metrics
	refuses bool
	points  [][2]int
}

func (w *written) ConsumeMetrics(_ context.Context, metrics pmetric.Metrics) error {
	if w.refuses {
		return errors.New("no room")
	}
	for _, point := range metrics.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum().DataPoints().All() {
		w.points = append(w.points, [2]int{minutes(point.Timestamp()), int(point.IntValue())})
	}
	return nil
}

var noon = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

func at(minute int) pcommon.Timestamp {
	return pcommon.NewTimestampFromTime(noon.Add(time.Duration(minute) * time.Minute))
}

func minutes(of pcommon.Timestamp) int { return int(of.AsTime().Sub(noon) / time.Minute) }

func metric() (pmetric.Metrics, pmetric.Metric) {
	all := pmetric.NewMetrics()
	resource := all.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.instance.id", "a")
	one := resource.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	one.SetName("chats_total")
	return all, one
}

// counted is an export of a counter that began at a minute.
func counted(start, minute, value int) pmetric.Metrics {
	all, one := metric()
	sum := one.SetEmptySum()
	sum.SetIsMonotonic(true)
	sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	point := sum.DataPoints().AppendEmpty()
	point.Attributes().PutStr("model", "gpt-4o")
	point.SetStartTimestamp(at(start))
	point.SetTimestamp(at(minute))
	point.SetIntValue(int64(value))
	return all
}

func TestANewSeriesBeginsWithAZero(t *testing.T) {
	for name, test := range map[string]struct {
		exports [][3]int // start, minute, value
		points  [][2]int // minute, value
	}{
		"once":                             {[][3]int{{0, 1, 7}, {0, 2, 8}}, [][2]int{{1, 7}, {0, 0}, {2, 8}}},
		"again when the sender is another": {[][3]int{{0, 1, 7}, {2, 3, 7}}, [][2]int{{1, 7}, {0, 0}, {3, 7}, {2, 0}}},
		"not when its start only moves on": {[][3]int{{0, 1, 7}, {1, 2, 8}}, [][2]int{{1, 7}, {0, 0}, {2, 8}}},
		"not when it is old":               {[][3]int{{0, 11, 7}}, [][2]int{{11, 7}}},
		"not when it has not begun before": {[][3]int{{1, 1, 7}}, [][2]int{{1, 7}}},
	} {
		t.Run(name, func(t *testing.T) {
			store := &written{}
			writes := &withZeros{Metrics: store}
			for _, export := range test.exports {
				if err := writes.ConsumeMetrics(context.Background(), counted(export[0], export[1], export[2])); err != nil {
					t.Fatal(err)
				}
			}
			if !reflect.DeepEqual(store.points, test.points) {
				t.Errorf("wrote %v, expected %v", store.points, test.points)
			}
		})
	}
}

func TestWhatWasRefusedIsSentAgainWithItsZero(t *testing.T) {
	store := &written{refuses: true}
	writes := &withZeros{Metrics: store}
	if err := writes.ConsumeMetrics(context.Background(), counted(0, 1, 7)); err == nil {
		t.Fatal("nobody was told that it was refused")
	}
	store.refuses = false
	_ = writes.ConsumeMetrics(context.Background(), counted(0, 2, 8))
	if expected := [][2]int{{2, 8}, {0, 0}}; !reflect.DeepEqual(store.points, expected) {
		t.Errorf("wrote %v, expected %v", store.points, expected)
	}
}

func TestAHistogramBeginsWithEmptyBuckets(t *testing.T) {
	all, one := metric()
	histogram := one.SetEmptyHistogram()
	histogram.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	first := histogram.DataPoints().AppendEmpty()
	first.SetStartTimestamp(at(0))
	first.SetTimestamp(at(1))
	first.SetCount(6)
	first.SetSum(9)
	first.ExplicitBounds().FromRaw([]float64{0.5, 1})
	first.BucketCounts().FromRaw([]uint64{1, 2, 3})
	(&begun{}).addZeros(all)
	if histogram.DataPoints().Len() != 2 {
		t.Fatalf("%d points", histogram.DataPoints().Len())
	}
	zero := histogram.DataPoints().At(1)
	if zero.Count() != 0 || !zero.HasSum() || zero.Sum() != 0 || zero.Timestamp() != at(0) {
		t.Errorf("count %d, sum %v at %v", zero.Count(), zero.Sum(), zero.Timestamp())
	}
	if !reflect.DeepEqual(zero.BucketCounts().AsRaw(), []uint64{0, 0, 0}) ||
		!reflect.DeepEqual(zero.ExplicitBounds().AsRaw(), []float64{0.5, 1}) {
		t.Errorf("buckets %v of %v", zero.BucketCounts().AsRaw(), zero.ExplicitBounds().AsRaw())
	}
}

func TestWhatGoesUpAndDownAndWhatIsNewEachTimeHaveNoZero(t *testing.T) {
	for name, change := range map[string]func(pmetric.Sum){
		"up and down":   func(sum pmetric.Sum) { sum.SetIsMonotonic(false) },
		"new each time": func(sum pmetric.Sum) { sum.SetAggregationTemporality(pmetric.AggregationTemporalityDelta) },
	} {
		all := counted(0, 1, 7)
		sum := all.ResourceMetrics().At(0).ScopeMetrics().At(0).Metrics().At(0).Sum()
		change(sum)
		(&begun{}).addZeros(all)
		if sum.DataPoints().Len() != 1 {
			t.Errorf("%s: %d points", name, sum.DataPoints().Len())
		}
	}
}
