// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"cmp"
	"math"
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A point is the last value of a series, added up if it came as deltas.
type point interface {
	// lines is how many series it is for Prometheus.
	lines() int
	// consistent tells whether Prometheus would take it.
	consistent() bool
}

// times are those of the last data point of a series.
type times struct{ start, end pcommon.Timestamp }

// created is when the series began, if its sender told.
func (t times) created() (pcommon.Timestamp, bool) {
	return t.start, int64(t.start) >= int64(time.Second)
}

// A verdict is what became of a data point.
type verdict int

const (
	// ignored: older than what is held, or not to be added to it.
	ignored verdict = iota
	// unchanged: it says what is exposed already.
	unchanged
	changed
	// added: a delta of a histogram, the exemplars of which upstream does not expose.
	added
)

func before(a, b pcommon.Timestamp) bool { return int64(a) < int64(b) }

// A number is the point of a gauge or a sum. A delta adds to that of its own kind, integer or not, as upstream does.
type number struct {
	float     float64
	integer   int64
	isInteger bool
}

func (n *number) lines() int       { return 1 }
func (n *number) consistent() bool { return true }

func (n *number) exposed() float64 {
	if n.isInteger {
		return float64(n.integer)
	}
	return n.float
}

func (n *number) take(dp pmetric.NumberDataPoint, t *times, delta, first bool) verdict {
	if !first && before(dp.Timestamp(), t.end) {
		return ignored
	}
	was, began := n.exposed(), t.start
	if !first && delta && dp.StartTimestamp() == t.end {
		t.end = dp.Timestamp()
	} else {
		*t = times{start: dp.StartTimestamp(), end: dp.Timestamp()}
		delta = false
	}
	var next number
	switch dp.ValueType() {
	case pmetric.NumberDataPointValueTypeInt:
		next = number{integer: dp.IntValue(), isInteger: true}
		if delta {
			next.integer += n.integer
		}
	case pmetric.NumberDataPointValueTypeDouble:
		next = number{float: dp.DoubleValue()}
		if delta {
			next.float += n.float
		}
	}
	*n = next
	if !first && began == t.start && math.Float64bits(was) == math.Float64bits(n.exposed()) {
		return unchanged
	}
	return changed
}

// Bounds of a histogram, with what is written for each; shared by the series that have them.
type bounds struct {
	// raw is what the sender told, values are in order, each once.
	raw, values []float64
	// text and openMetrics are `le="…"` for each bound and, last, for +Inf.
	text, openMetrics [][]byte
}

func newBounds(raw []float64) *bounds {
	b := &bounds{raw: raw, values: slices.DeleteFunc(slices.Clone(raw), math.IsNaN)}
	slices.Sort(b.values)
	b.values = slices.Compact(b.values)
	for _, value := range append(slices.Clip(b.values), math.Inf(1)) {
		b.text = append(b.text, append(appendFloat([]byte(`le="`), value), '"'))
		b.openMetrics = append(b.openMetrics, append(appendOpenMetricsFloat([]byte(`le="`), value), '"'))
	}
	return b
}

func (b *bounds) are(explicit pcommon.Float64Slice) bool {
	if b == nil || len(b.raw) != explicit.Len() {
		return false
	}
	for i, bound := range b.raw {
		if bound != explicit.At(i) {
			return false
		}
	}
	return true
}

// A classic is the point of a histogram with explicit bounds.
type classic struct {
	bounds *bounds
	// counts of the buckets that have a bound, not added up.
	counts []uint64
	count  uint64
	sum    float64
}

func (h *classic) lines() int       { return len(h.counts) + 3 }
func (h *classic) consistent() bool { return true }

func (h *classic) take(dp pmetric.HistogramDataPoint, known *bounds, t *times, temporality pmetric.AggregationTemporality, first bool) verdict {
	delta := !first && temporality == pmetric.AggregationTemporalityDelta
	aligned := delta && dp.StartTimestamp() == t.end
	switch {
	case first, aligned:
	case delta:
		if before(dp.StartTimestamp(), t.end) {
			return ignored // overlaps what is held
		}
	case temporality != pmetric.AggregationTemporalityCumulative, before(dp.Timestamp(), t.end):
		return ignored
	}
	bounded := h.bounds.are(dp.ExplicitBounds())
	switch {
	case bounded:
	case known.are(dp.ExplicitBounds()):
		h.bounds = known
	default:
		h.bounds = newBounds(dp.ExplicitBounds().AsRaw())
	}
	add := aligned && bounded
	same := !first && !aligned && bounded && t.start == dp.StartTimestamp() && h.count == dp.Count() &&
		math.Float64bits(h.sum) == math.Float64bits(dp.Sum())
	if !bounded || len(h.counts) != len(h.bounds.values) {
		h.counts = make([]uint64, len(h.bounds.values))
	}
	for i := range h.counts {
		count := h.bounds.count(i, dp.BucketCounts())
		if add {
			count += h.counts[i]
		}
		same = same && h.counts[i] == count
		h.counts[i] = count
	}
	h.count, h.sum = dp.Count()+keep(add, h.count), dp.Sum()+keep(add, h.sum)
	if aligned {
		t.end = max(t.end, dp.Timestamp())
		return added
	}
	*t = times{start: dp.StartTimestamp(), end: dp.Timestamp()}
	if same {
		return unchanged
	}
	return changed
}

func keep[T uint64 | float64](kept bool, value T) T {
	if kept {
		return value
	}
	return 0
}

// count is that of the bucket below a bound; a sender may tell fewer counts than bounds.
func (b *bounds) count(i int, counts pcommon.UInt64Slice) uint64 {
	if len(b.values) != len(b.raw) || b.values[i] != b.raw[i] {
		i = slices.Index(b.raw, b.values[i])
	}
	if i < counts.Len() {
		return counts.At(i)
	}
	return 0
}

// A summary is the point of a summary.
type summary struct {
	quantiles []quantile
	count     uint64
	sum       float64
}

type quantile struct{ rank, value float64 }

func (s *summary) lines() int       { return len(s.quantiles) + 2 }
func (s *summary) consistent() bool { return true }

func (s *summary) take(dp pmetric.SummaryDataPoint, t *times, first bool) verdict {
	if !first && before(dp.Timestamp(), t.end) {
		return ignored
	}
	*t = times{start: dp.StartTimestamp(), end: dp.Timestamp()}
	s.count, s.sum = dp.Count(), dp.Sum()
	s.quantiles = s.quantiles[:0]
	for _, q := range dp.QuantileValues().All() {
		if math.IsNaN(q.Quantile()) {
			continue
		}
		next := quantile{rank: q.Quantile(), value: q.Value()}
		i, found := slices.BinarySearchFunc(s.quantiles, next, func(a, b quantile) int { return cmp.Compare(a.rank, b.rank) })
		if found {
			s.quantiles[i] = next
		} else {
			s.quantiles = slices.Insert(s.quantiles, i, next)
		}
	}
	return changed
}

// endless tells whether its last bound is +Inf already.
func (h *classic) endless() bool {
	n := len(h.bounds.values)
	return n > 0 && math.IsInf(h.bounds.values[n-1], 1)
}
