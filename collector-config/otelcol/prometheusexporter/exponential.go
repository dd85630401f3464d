// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"math"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

const (
	// Prometheus' native histograms know these scales; a finer one is coarsened, a coarser one refused.
	finestScale, coarsestScale = 8, -4
	// What upstream and Prometheus' remote write say when the sender told no threshold.
	defaultZeroThreshold = 1e-128
)

// An exponential is the point of an exponential histogram: a native histogram for Prometheus.
type exponential struct {
	scale              int32
	count, zeroCount   uint64
	sum, zeroThreshold float64
	hasSum             bool
	positive, negative buckets
}

// Buckets of one sign. Bucket i counts values in (base^(offset+i), base^(offset+i+1)].
type buckets struct {
	offset int32
	counts []uint64
}

// A native histogram is one series, which takes the place of several when it has many buckets.
func (h *exponential) lines() int {
	return 1 + (len(h.positive.counts)+len(h.negative.counts))/16
}

// Prometheus refuses a histogram the buckets of which do not make up its count.
func (h *exponential) consistent() bool {
	population := h.zeroCount
	for _, side := range []buckets{h.positive, h.negative} {
		for _, count := range side.counts {
			population += count
		}
	}
	if math.IsNaN(h.exposedSum()) {
		return h.scale >= coarsestScale && population <= h.count
	}
	return h.scale >= coarsestScale && population == h.count
}

func (h *exponential) exposedSum() float64 {
	if h.hasSum {
		return h.sum
	}
	return 0
}

func (h *exponential) take(dp pmetric.ExponentialHistogramDataPoint, t *times, temporality pmetric.AggregationTemporality, first bool) verdict {
	switch {
	case first:
	case temporality == pmetric.AggregationTemporalityDelta:
		if dp.StartTimestamp() == t.end {
			if before(dp.Timestamp(), t.end) {
				t.start = dp.StartTimestamp()
			}
			t.end = max(t.end, dp.Timestamp())
			h.add(read(dp))
			return added
		}
		if before(dp.StartTimestamp(), t.end) {
			return ignored // overlaps what is held
		}
	case temporality != pmetric.AggregationTemporalityCumulative, before(dp.Timestamp(), t.end):
		return ignored
	}
	same := !first && t.start == dp.StartTimestamp() && h.says(dp)
	*t = times{start: dp.StartTimestamp(), end: dp.Timestamp()}
	if same {
		return unchanged
	}
	h.scale, h.count, h.zeroCount, h.zeroThreshold = dp.Scale(), dp.Count(), dp.ZeroCount(), dp.ZeroThreshold()
	h.sum, h.hasSum = dp.Sum(), dp.HasSum()
	h.positive.read(dp.Positive())
	h.negative.read(dp.Negative())
	return changed
}

func (h *exponential) says(dp pmetric.ExponentialHistogramDataPoint) bool {
	return h.scale == dp.Scale() && h.count == dp.Count() && h.zeroCount == dp.ZeroCount() && h.zeroThreshold == dp.ZeroThreshold() &&
		h.hasSum == dp.HasSum() && math.Float64bits(h.sum) == math.Float64bits(dp.Sum()) &&
		h.positive.says(dp.Positive()) && h.negative.says(dp.Negative())
}

func read(dp pmetric.ExponentialHistogramDataPoint) *exponential {
	h := &exponential{}
	h.take(dp, &times{}, pmetric.AggregationTemporalityCumulative, true)
	return h
}

func (b *buckets) read(from pmetric.ExponentialHistogramDataPointBuckets) {
	b.offset, b.counts = from.Offset(), appendCounts(b.counts[:0], from.BucketCounts())
}

func (b *buckets) says(other pmetric.ExponentialHistogramDataPointBuckets) bool {
	counts := other.BucketCounts()
	if b.offset != other.Offset() || len(b.counts) != counts.Len() {
		return false
	}
	for i, count := range b.counts {
		if count != counts.At(i) {
			return false
		}
	}
	return true
}

func appendCounts(to []uint64, from pcommon.UInt64Slice) []uint64 {
	for i := range from.Len() {
		to = append(to, from.At(i))
	}
	return to
}

// add merges a later delta: at the coarser scale of both, with the wider zero bucket of both.
func (h *exponential) add(delta *exponential) {
	scale := min(h.scale, delta.scale)
	threshold := max(h.zeroThreshold, delta.zeroThreshold)
	for _, one := range []*exponential{h, delta} {
		for _, side := range []*buckets{&one.positive, &one.negative} {
			side.coarsen(one.scale - scale)
			if threshold > one.zeroThreshold {
				one.zeroCount += side.swallow(scale, threshold)
			}
		}
	}
	h.scale, h.zeroThreshold = scale, threshold
	h.positive.add(delta.positive)
	h.negative.add(delta.negative)
	h.zeroCount += delta.zeroCount
	h.count += delta.count
	if h.hasSum = h.hasSum && delta.hasSum; h.hasSum {
		h.sum += delta.sum
	} else {
		h.sum = 0
	}
}

// coarsen merges each 2^steps neighbours.
func (b *buckets) coarsen(steps int32) {
	if steps <= 0 || len(b.counts) == 0 {
		return
	}
	offset := b.offset >> min(steps, 31)
	counts := make([]uint64, 0, len(b.counts)>>min(steps, 31)+2)
	for i, count := range b.counts {
		at := int((b.offset+int32(i))>>min(steps, 31) - offset)
		for len(counts) <= at {
			counts = append(counts, 0)
		}
		counts[at] += count
	}
	b.offset, b.counts = offset, counts
}

// swallow takes out the buckets that lie within the zero bucket whole, and returns what they counted.
func (b *buckets) swallow(scale int32, threshold float64) (count uint64) {
	n := 0
	for n < len(b.counts) && math.Exp2(math.Ldexp(float64(b.offset)+float64(n)+1, -int(scale))) <= threshold {
		count += b.counts[n]
		n++
	}
	b.offset, b.counts = b.offset+int32(n), slices.Delete(b.counts, 0, n)
	return count
}

func (b *buckets) add(other buckets) {
	if len(other.counts) == 0 {
		return
	}
	if len(b.counts) == 0 {
		*b = other
		return
	}
	first := min(b.offset, other.offset)
	last := max(int64(b.offset)+int64(len(b.counts)), int64(other.offset)+int64(len(other.counts)))
	if last-int64(first) > int64(len(b.counts)+len(other.counts))+maxGap {
		// Offsets that far apart are no histogram of anything: memory for what lies between is not to be had.
		*b = other
		return
	}
	counts := make([]uint64, last-int64(first))
	for _, side := range []buckets{*b, other} {
		for i, count := range side.counts {
			counts[int(side.offset-first)+i] += count
		}
	}
	b.offset, b.counts = first, counts
}

// maxGap is how many empty buckets may lie between those of a histogram and those of a delta that is added to it.
const maxGap = 1 << 16
