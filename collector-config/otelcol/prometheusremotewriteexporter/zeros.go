// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusremotewriteexporter

import (
	"sync"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// young is how old a series may be when it is sent for the first time: what is older was sent before, to another gateway or before this one
// started again. Longer than a sender or storage is retried, and within the time for which storage takes late samples (30 minutes).
const young = 10 * time.Minute

type series struct {
	resource, attributes [16]byte
	name                 string
}

// begun holds what was sent of young series.
type begun struct {
	mutex sync.Mutex
	last  map[series]sending
	swept time.Time
}

type sending struct {
	// By the clock of the sender.
	of pcommon.Timestamp
	// By ours.
	at time.Time
}

// A point that counts from its start on.
type point interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
	StartTimestamp() pcommon.Timestamp
	Flags() pmetric.DataPointFlags
}

// addZeros puts a zero at its start before each point of a young series of which nothing was sent since, and returns the young ones.
func (b *begun) addZeros(metrics pmetric.Metrics) map[series]pcommon.Timestamp {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	sent := map[series]pcommon.Timestamp{}
	for _, resource := range metrics.ResourceMetrics().All() {
		of := identity{of: resource.Resource().Attributes()}
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				isNew := func(p point) bool { return b.isNew(p, metric.Name(), &of, sent) }
				addZerosTo(metric, isNew)
			}
		}
	}
	return sent
}

func addZerosTo(metric pmetric.Metric, isNew func(point) bool) {
	switch metric.Type() {
	case pmetric.MetricTypeSum:
		sum := metric.Sum()
		if !sum.IsMonotonic() || sum.AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
			return
		}
		points := sum.DataPoints()
		for i := range points.Len() {
			if isNew(points.At(i)) {
				zero(points.AppendEmpty(), points.At(i)).SetIntValue(0)
			}
		}
	case pmetric.MetricTypeHistogram:
		if metric.Histogram().AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
			return
		}
		points := metric.Histogram().DataPoints()
		for i := range points.Len() {
			if isNew(points.At(i)) {
				first := points.At(i)
				empty := zero(points.AppendEmpty(), first)
				empty.SetSum(0)
				empty.ExplicitBounds().FromRaw(first.ExplicitBounds().AsRaw())
				empty.BucketCounts().FromRaw(make([]uint64, first.BucketCounts().Len()))
			}
		}
	case pmetric.MetricTypeExponentialHistogram:
		if metric.ExponentialHistogram().AggregationTemporality() != pmetric.AggregationTemporalityCumulative {
			return
		}
		points := metric.ExponentialHistogram().DataPoints()
		for i := range points.Len() {
			if isNew(points.At(i)) {
				empty := zero(points.AppendEmpty(), points.At(i))
				empty.SetSum(0)
				empty.SetScale(points.At(i).Scale())
			}
		}
	}
}

// zero gives an empty point the labels of another, at the time at which that one began.
func zero[P interface {
	point
	SetTimestamp(pcommon.Timestamp)
	SetStartTimestamp(pcommon.Timestamp)
}](empty, first P) P {
	first.Attributes().CopyTo(empty.Attributes())
	empty.SetStartTimestamp(first.StartTimestamp())
	empty.SetTimestamp(first.StartTimestamp())
	return empty
}

func (b *begun) isNew(p point, name string, of *identity, sent map[series]pcommon.Timestamp) bool {
	start, at := p.StartTimestamp(), p.Timestamp()
	if start == 0 || start >= at || p.Flags().NoRecordedValue() || at.AsTime().Sub(start.AsTime()) > young {
		return false
	}
	key := series{resource: of.hash(), attributes: pdatautil.MapHash(p.Attributes()), name: name}
	sent[key] = max(sent[key], at)
	return start > b.last[key].of
}

// remember keeps when the series were sent, and forgets those that are young no more.
func (b *begun) remember(sent map[series]pcommon.Timestamp) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	now := time.Now()
	if b.last == nil {
		b.last = map[series]sending{}
	}
	for key, of := range sent {
		b.last[key] = sending{of: max(b.last[key].of, of), at: now}
	}
	if now.Sub(b.swept) < time.Minute {
		return
	}
	b.swept = now
	for key, last := range b.last {
		if now.Sub(last.at) > young {
			delete(b.last, key)
		}
	}
}

// identity hashes the labels of a resource once, if at all.
type identity struct {
	of    pcommon.Map
	known bool
	value [16]byte
}

func (i *identity) hash() [16]byte {
	if !i.known {
		i.known, i.value = true, pdatautil.MapHash(i.of)
	}
	return i.value
}
