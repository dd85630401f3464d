// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"slices"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// A part is what one of the series was last that are one here.
type part struct {
	request uint64
	seen    time.Time
	start   pcommon.Timestamp
	// Of a number; sum is that of a histogram, too, if it has one.
	isInteger, hasSum bool
	integer           int64
	sum               float64
	// Of a histogram.
	count  uint64
	counts []uint64
	bounds []float64
}

// less tells whether a counter was reset.
func (p *part) less(before part) bool {
	return p.count < before.count || p.count == 0 && p.value() < before.value()
}

func (p *part) value() float64 { return p.sum + float64(p.integer) }

// and adds another, if there is any, and leaves both unchanged.
func (p *part) and(other *part) *part {
	into := *p
	into.counts = slices.Clone(p.counts)
	if other == nil {
		return &into
	}
	into.start = min(p.start, other.start)
	into.isInteger, into.hasSum = p.isInteger && other.isInteger, p.hasSum && other.hasSum
	into.integer, into.sum, into.count = p.integer+other.integer, p.sum+other.sum, p.count+other.count
	if !slices.Equal(p.bounds, other.bounds) {
		into.bounds, into.counts = nil, nil
	}
	for i := range into.counts {
		into.counts[i] += other.counts[i]
	}
	return &into
}

// A form is how a part is read from points of one type, and written to them.
type form[P any] struct {
	read  func(from P, into *part, shared *totals)
	write func(from *part, to P)
}

var number = form[pmetric.NumberDataPoint]{
	read: func(from pmetric.NumberDataPoint, into *part, _ *totals) {
		into.start, into.integer, into.sum = from.StartTimestamp(), 0, 0
		into.isInteger = from.ValueType() == pmetric.NumberDataPointValueTypeInt
		if into.isInteger {
			into.integer = from.IntValue()
		} else {
			into.sum = from.DoubleValue()
		}
	},
	write: func(from *part, to pmetric.NumberDataPoint) {
		if from.isInteger {
			to.SetIntValue(from.integer)
		} else {
			to.SetDoubleValue(from.value())
		}
	},
}

var histogram = form[pmetric.HistogramDataPoint]{
	read: func(from pmetric.HistogramDataPoint, into *part, shared *totals) {
		into.start, into.count = from.StartTimestamp(), from.Count()
		into.sum, into.hasSum = from.Sum(), from.HasSum()
		into.bounds, into.counts = nil, into.counts[:0]
		if !hasBuckets(from) {
			return
		}
		into.bounds = shared.boundsOf(from.ExplicitBounds())
		for _, count := range from.BucketCounts().All() {
			into.counts = append(into.counts, count)
		}
	},
	write: func(from *part, to pmetric.HistogramDataPoint) {
		to.SetCount(from.count)
		if from.hasSum {
			to.SetSum(from.sum)
		}
		if len(from.counts) > 0 {
			to.ExplicitBounds().FromRaw(from.bounds)
			to.BucketCounts().FromRaw(from.counts)
		}
	},
}

// boundsOf returns the boundaries that were asked for last, if they are the same: most series share theirs.
func (t *totals) boundsOf(bounds pcommon.Float64Slice) []float64 {
	same := t.bounds != nil && len(t.bounds) == bounds.Len()
	// AsRaw would copy them for each point.
	for i := 0; same && i < len(t.bounds); i++ {
		same = t.bounds[i] == bounds.At(i)
	}
	if !same {
		t.bounds = bounds.AsRaw()
	}
	return t.bounds
}
