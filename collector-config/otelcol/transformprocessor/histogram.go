// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"slices"

	"go.opentelemetry.io/collector/pdata/pmetric"
)

func histograms(histogram pmetric.Histogram) {
	points := histogram.DataPoints()
	if points.Len() < 2 {
		return
	}
	known := newEquals[pmetric.HistogramDataPoint](points.Len(), histogram.AggregationTemporality() == pmetric.AggregationTemporalityDelta)
	points.RemoveIf(func(point pmetric.HistogramDataPoint) bool {
		first, found := known.first(point)
		if found {
			add(first, point)
		}
		return found
	})
}

// add keeps the boundaries that both have: how many values were at most each of them is known of the sum. Where they share none, what is
// left is the count and the sum.
func add(into, point pmetric.HistogramDataPoint) {
	into.SetStartTimestamp(min(into.StartTimestamp(), point.StartTimestamp()))
	switch {
	case point.Flags().NoRecordedValue():
		return
	case into.Flags().NoRecordedValue():
		point.CopyTo(into)
		return
	}
	addBuckets(into, point)
	into.SetCount(into.Count() + point.Count())
	if into.HasSum() && point.HasSum() {
		into.SetSum(into.Sum() + point.Sum())
	} else {
		into.RemoveSum()
	}
	if into.HasMin() && point.HasMin() {
		into.SetMin(min(into.Min(), point.Min()))
	} else {
		into.RemoveMin()
	}
	if into.HasMax() && point.HasMax() {
		into.SetMax(max(into.Max(), point.Max()))
	} else {
		into.RemoveMax()
	}
	point.Exemplars().MoveAndAppendTo(into.Exemplars())
}

func addBuckets(into, point pmetric.HistogramDataPoint) {
	bounds, otherBounds := into.ExplicitBounds(), point.ExplicitBounds()
	if hasBuckets(into) && hasBuckets(point) && bounds.Equal(otherBounds) {
		counts, more := into.BucketCounts(), point.BucketCounts()
		for i := range counts.Len() {
			counts.SetAt(i, counts.At(i)+more.At(i))
		}
		return
	}
	if !hasBuckets(into) || !hasBuckets(point) {
		bounds.FromRaw(nil)
		into.BucketCounts().FromRaw(nil)
		return
	}
	shared := slices.DeleteFunc(bounds.AsRaw(), func(bound float64) bool {
		_, found := slices.BinarySearch(otherBounds.AsRaw(), bound)
		return !found
	})
	counts, more := within(into, shared), within(point, shared)
	for i := range counts {
		counts[i] += more[i]
	}
	bounds.FromRaw(shared)
	into.BucketCounts().FromRaw(counts)
}

// hasBuckets is false for a histogram that is a count and a sum only, which is allowed, and for one that contradicts itself.
func hasBuckets(point pmetric.HistogramDataPoint) bool {
	return point.BucketCounts().Len() == point.ExplicitBounds().Len()+1
}

// within counts the values of a point in the buckets of fewer boundaries, each of which the point has.
func within(point pmetric.HistogramDataPoint, shared []float64) []uint64 {
	counts := make([]uint64, len(shared)+1)
	bucket := 0
	for i := range point.BucketCounts().Len() {
		counts[bucket] += point.BucketCounts().At(i)
		if i < point.ExplicitBounds().Len() && bucket < len(shared) && point.ExplicitBounds().At(i) == shared[bucket] {
			bucket++
		}
	}
	return counts
}
