// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

const (
	// forget is after how long a series that no request has is forgotten, and after how long what a part of a counter was can no longer grow.
	forget = time.Hour
	// silent is after how long a gauge that no request has is none: three exports of an SDK.
	silent = 3 * time.Minute
	// most bounds how many parts are known, about 0.6 kB each. A series beyond is what the last request says.
	most = 100_000
)

// totals know the last value of each part of a series. They are for processes that send the parts in several requests: two scopes that
// export for themselves, or a gateway that splits an export, when points lose the label which told them apart. A request then gets the
// parts that it lacks, so that all are added up as if they had come together.
//
// As long as each request brings all parts of a series, its sum is taken as it came, also after a reset. From the first request on that
// has no part of the one before, parts are kept. The value of a counter before a reset then stays in the total, as in Prometheus, and the
// total never falls.
type totals struct {
	mutex      sync.Mutex
	young, old map[uint64]*total
	// turned is when the old ones were forgotten.
	turned time.Time
	now    time.Time
	// request is the number of the one that is completed now.
	request uint64
	parts   int
	// overwritten is how many parts the requests before were shown without, of those that are completed now.
	overwritten int64
	// Reused from request to request.
	touched []*total
	bounds  []float64
}

func newTotals() *totals { return &totals{young: map[uint64]*total{}, turned: time.Now()} }

// A total is a series and its parts, by where they come from.
type total struct {
	parts map[series.Origin]*part
	// split tells whether requests lack parts.
	split bool
	// gone is the sum of parts before they were reset.
	gone *part
	// last is the number of the request before that had it.
	last uint64
	// request and points are those that it has now.
	request uint64
	points  []located
}

type located struct {
	origin series.Origin
	at     int
}

// complete adds to each series of a request the parts that it lacks, and unmarks all points. It returns how many parts earlier requests
// were shown without before it was known that they lacked any.
func (t *totals) complete(metrics pmetric.Metrics) (overwritten int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.request++
	t.overwritten = 0
	t.now = time.Now()
	if t.now.Sub(t.turned) > forget {
		for _, gone := range t.old {
			t.parts -= len(gone.parts)
		}
		t.old, t.young, t.turned = t.young, map[uint64]*total{}, t.now
	}
	for _, resource := range metrics.ResourceMetrics().All() {
		of := series.Hash(resource.Resource().Attributes())
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				stream := series.StreamOf(metric)
				of := of*31 + stream.Hash()
				switch stream.Type {
				case pmetric.MetricTypeGauge:
					completeAll(t, metric.Gauge().DataPoints(), of, number)
				case pmetric.MetricTypeSum:
					completeAll(t, metric.Sum().DataPoints(), of, number)
				case pmetric.MetricTypeHistogram:
					completeAll(t, metric.Histogram().DataPoints(), of, histogram)
				}
			}
		}
	}
	return t.overwritten
}

// A kept point is one that parts are read from and written to.
type kept interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
	SetTimestamp(pcommon.Timestamp)
	StartTimestamp() pcommon.Timestamp
	SetStartTimestamp(pcommon.Timestamp)
	Flags() pmetric.DataPointFlags
	SetFlags(pmetric.DataPointFlags)
}

type slice[P kept] interface {
	Len() int
	At(at int) P
	AppendEmpty() P
}

func completeAll[P kept](t *totals, all slice[P], of uint64, values form[P]) {
	t.touched = t.touched[:0]
	for at := range all.Len() {
		point := all.At(at)
		origin := series.OriginOf(point.Flags())
		if origin == 0 {
			continue
		}
		point.SetFlags(series.Unmarked(point.Flags()))
		if known := t.of(of*31 + series.Hash(point.Attributes())); known != nil {
			known.points = append(known.points, located{origin, at})
		}
	}
	for _, each := range t.touched {
		completeOne(t, all, each, values)
	}
}

// of returns a series, nil if there is no room for another.
func (t *totals) of(hash uint64) *total {
	known, found := t.young[hash]
	if !found {
		if known, found = t.old[hash]; found {
			delete(t.old, hash)
		} else if t.parts < most {
			known = &total{parts: map[series.Origin]*part{}}
		} else {
			return nil
		}
		t.young[hash] = known
	}
	if known.request != t.request {
		known.last, known.request, known.points = known.request, t.request, known.points[:0]
		t.touched = append(t.touched, known)
	}
	return known
}

func completeOne[P kept](t *totals, all slice[P], of *total, values form[P]) {
	more, again := of.news()
	counts := of.points[0].origin.CountsOn()
	// A counter cannot leave out what it counted before. Others may, and are in several requests only if what was left out comes back.
	if !of.split && of.last > 0 && more && (counts || again) {
		of.split = true
		t.overwritten += of.leftOut()
	}
	for _, point := range of.points {
		of.take(t, point.origin, func(into *part, known bool) {
			before := *into
			if of.split {
				into.counts = nil
			}
			values.read(all.At(point.at), into, t)
			if of.split && counts && known && into.less(before) {
				of.gone = before.and(of.gone)
			}
		})
	}
	first := all.At(of.points[0].at)
	complete := func(missing *part) {
		point := all.AppendEmpty()
		first.Attributes().CopyTo(point.Attributes())
		point.SetTimestamp(first.Timestamp())
		point.SetStartTimestamp(missing.start)
		values.write(missing, point)
	}
	for origin, each := range of.parts {
		switch age := t.now.Sub(each.seen); {
		case each.request == t.request:
		case !of.split && (!more || counts), !counts && age > silent:
			of.forget(t, origin)
		case of.split && age > forget:
			of.gone = each.and(of.gone)
			of.forget(t, origin)
		case of.split:
			complete(each)
		}
	}
	if of.gone != nil {
		complete(of.gone)
	}
}

// news tells whether nothing in this request was in the one before, and whether something was in an earlier one.
func (of *total) news() (more, again bool) {
	more = true
	for _, point := range of.points {
		if known := of.parts[point.origin]; known != nil {
			again = true
			more = more && known.request != of.last
		}
	}
	return more, again
}

// leftOut counts the parts that the request before lacked: shown it was without them.
func (of *total) leftOut() (parts int64) {
	for _, each := range of.parts {
		if each.request < of.last {
			parts++
		}
	}
	return parts
}

// take has a part read. Two instruments of one name and scope are two parts.
func (of *total) take(t *totals, origin series.Origin, read func(into *part, known bool)) {
	into, known := of.parts[origin]
	for known && into.request == t.request {
		origin = origin.Next()
		into, known = of.parts[origin]
	}
	if !known {
		if t.parts >= most {
			return
		}
		into = &part{}
		of.parts[origin] = into
		t.parts++
	}
	into.request, into.seen = t.request, t.now
	read(into, known)
}

func (of *total) forget(t *totals, origin series.Origin) {
	delete(of.parts, origin)
	t.parts--
}
