// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package groupbyattrsprocessor

import (
	"iter"
	"slices"
	"sync"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"onyx-metrics/otelcol/series"
)

// began is the attribute of the resource of a process that another would be taken for: when it began, in nanoseconds.
const began = "onyx.began"

const (
	// over is after how long a process that says nothing is none.
	over = time.Hour
	// mostResources and mostLives bound how many resources, and processes of each, are known: about 0.3 kB and 0.1 kB each.
	mostResources, mostLives = 10_000, 64
	// alive is by how much two processes overlap at least, because clocks are set now and then.
	alive = pcommon.Timestamp(time.Second)
)

// twins tell processes apart that say the same of themselves, such as workers without `service.instance.id`, or replicas that were all
// given one. Each series of a process says when it began: one that began while another of the same resource still spoke is not that one
// after a restart.
type twins struct {
	mutex sync.Mutex
	known map[uint64]*namesakes
}

// namesakes are processes of one resource.
type namesakes struct {
	// What is looked at in each request: a series that began as early as any.
	scope  uint64
	stream series.Stream
	labels uint64
	lives  []*life
}

// A life is a process.
type life struct {
	start pcommon.Timestamp
	// said is the time of its last point by its own clock, seen by ours.
	said pcommon.Timestamp
	seen time.Time
	// again tells whether it has been heard twice: a sender whose series restart with each request is one process.
	again bool
	// apart tells whether it is shown for itself. It stays so.
	apart bool
	// replacing is how many points it said last while it was not.
	replacing int64
}

// outlived tells whether a process is another one that began while this one still spoke.
func (l *life) outlived(by *life) bool {
	return l.start < by.start && l.said > by.start+alive && (l.again || by.again)
}

func newTwins() *twins { return &twins{known: map[uint64]*namesakes{}} }

// tellApart writes when it began into each resource of a process that has a twin which is older. It returns how many points were shown in
// place of a twin's before.
func (t *twins) tellApart(metrics pmetric.Metrics) (overwritten int64) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	now := time.Now()
	for _, resource := range metrics.ResourceMetrics().All() {
		of, this := t.lifeOf(resource, now)
		if this == nil {
			continue
		}
		if this.apart {
			resource.Resource().Attributes().PutInt(began, int64(this.start))
		} else {
			this.replacing = replacing(resource)
		}
		overwritten += of.replaced(this)
	}
	return overwritten
}

// replaced forgets and returns how many points were shown in place of a twin's, as is known now that a process was heard.
func (of *namesakes) replaced(this *life) (points int64) {
	for _, other := range of.lives {
		if this.outlived(other) {
			points += other.replacing
			other.replacing = 0
		} else if other.outlived(this) {
			points += this.replacing
			this.replacing = 0
		}
	}
	return points
}

func (t *twins) lifeOf(resource pmetric.ResourceMetrics, now time.Time) (*namesakes, *life) {
	hash := series.Hash(resource.Resource().Attributes())
	of := t.known[hash]
	if of == nil {
		made, found := witness(resource)
		if !found {
			return nil, nil
		}
		if len(t.known) >= mostResources {
			t.forget(now)
		}
		of = &made
		t.known[hash] = of
	}
	start, said, found := of.look(resource)
	if !found {
		return nil, nil
	}
	return of, of.heard(start, said, now)
}

// forget makes room: for the resources of which nothing was heard lately, or else of all.
func (t *twins) forget(now time.Time) {
	for hash, of := range t.known {
		if len(of.lives) == 0 || now.Sub(of.lives[len(of.lives)-1].seen) > over {
			delete(t.known, hash)
		}
	}
	if len(t.known) >= mostResources {
		clear(t.known)
	}
}

// heard returns the process that began then.
func (of *namesakes) heard(start, said pcommon.Timestamp, now time.Time) *life {
	this := &life{start: start}
	of.lives = slices.DeleteFunc(of.lives, func(each *life) bool {
		if each.start == start {
			this = each
			this.again = true
		}
		return each.start == start || now.Sub(each.seen) > over
	})
	if len(of.lives) >= mostLives {
		of.lives = slices.Delete(of.lives, 0, 1)
	}
	this.said, this.seen = said, now
	// Where there are twins, what begins is shown apart at once. The oldest is not: it was there when nothing told of another.
	this.apart = this.apart || slices.ContainsFunc(of.lives, func(other *life) bool {
		return other.apart && !this.again || other.outlived(this)
	})
	// In the order in which they were heard last.
	of.lives = append(of.lives, this)
	return this
}

// witness is a series that a process is known by: of those that count on, one that began first.
func witness(resource pmetric.ResourceMetrics) (of namesakes, found bool) {
	first := pcommon.Timestamp(0)
	for each := range counts(resource) {
		if start := each.point.StartTimestamp(); start > 0 && (!found || start < first) {
			first, found = start, true
			of = namesakes{scope: each.scope, stream: each.stream, labels: series.Hash(each.point.Attributes())}
		}
	}
	return of, found
}

// look returns when the process of a request began, if that has the series it is known by.
func (of *namesakes) look(resource pmetric.ResourceMetrics) (start, said pcommon.Timestamp, found bool) {
	for each := range counts(resource) {
		if each.scope == of.scope && each.stream == of.stream && series.Hash(each.point.Attributes()) == of.labels {
			return each.point.StartTimestamp(), each.point.Timestamp(), true
		}
	}
	return 0, 0, false
}

// A count is a point of a series that counts on.
type count struct {
	scope  uint64
	stream series.Stream
	point  timed
}

type timed interface {
	Attributes() pcommon.Map
	StartTimestamp() pcommon.Timestamp
	Timestamp() pcommon.Timestamp
}

func counts(resource pmetric.ResourceMetrics) iter.Seq[count] {
	return func(yield func(count) bool) {
		for _, scope := range resource.ScopeMetrics().All() {
			hash := hashOf(scope)
			for _, metric := range scope.Metrics().All() {
				stream := series.StreamOf(metric)
				see := func(point timed) bool { return yield(count{hash, stream, point}) }
				if stream.CountsOn() && !eachOf(metric, see) {
					return
				}
			}
		}
	}
}

// eachOf visits the points of a metric that is no gauge, until told to stop, and returns whether it was not.
func eachOf(metric pmetric.Metric, see func(timed) bool) (on bool) {
	switch metric.Type() {
	case pmetric.MetricTypeSum:
		return visit(metric.Sum().DataPoints().All(), see)
	case pmetric.MetricTypeHistogram:
		return visit(metric.Histogram().DataPoints().All(), see)
	case pmetric.MetricTypeExponentialHistogram:
		return visit(metric.ExponentialHistogram().DataPoints().All(), see)
	case pmetric.MetricTypeSummary:
		return visit(metric.Summary().DataPoints().All(), see)
	}
	return true
}

func visit[P timed](points iter.Seq2[int, P], see func(timed) bool) (on bool) {
	for _, point := range points {
		if !see(point) {
			return false
		}
	}
	return true
}

// replacing counts the points of a resource that replace others of their series: all but deltas.
func replacing(resource pmetric.ResourceMetrics) (points int64) {
	for _, scope := range resource.ScopeMetrics().All() {
		for _, metric := range scope.Metrics().All() {
			if !series.StreamOf(metric).IsDelta() {
				points += int64(pointsOf(metric))
			}
		}
	}
	return points
}
