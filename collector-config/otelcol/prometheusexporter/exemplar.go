// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package prometheusexporter

import (
	"encoding/hex"
	"sort"

	"github.com/prometheus/otlptranslator"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
)

// An exemplar is one recorded value and the span that it was recorded in.
type exemplar struct {
	value float64
	time  pcommon.Timestamp
	trace pcommon.TraceID
	span  pcommon.SpanID
}

func readExemplars(from pmetric.ExemplarSlice) []exemplar {
	if from.Len() == 0 {
		return nil
	}
	exemplars := make([]exemplar, from.Len())
	for i := range exemplars {
		e := from.At(i)
		exemplars[i] = exemplar{time: e.Timestamp(), trace: e.TraceID(), span: e.SpanID()}
		switch e.ValueType() {
		case pmetric.ExemplarValueTypeInt:
			exemplars[i].value = float64(e.IntValue())
		case pmetric.ExemplarValueTypeDouble:
			exemplars[i].value = e.DoubleValue()
		}
	}
	return exemplars
}

func (e *exemplar) labelled() bool { return !e.trace.IsEmpty() || !e.span.IsEmpty() }

func (e *exemplar) labels() (labels []label) {
	if !e.span.IsEmpty() {
		labels = append(labels, label{otlptranslator.ExemplarSpanIDKey, hex.EncodeToString(e.span[:])})
	}
	if !e.trace.IsEmpty() {
		labels = append(labels, label{otlptranslator.ExemplarTraceIDKey, hex.EncodeToString(e.trace[:])})
	}
	return labels
}

func (e *exemplar) text() []byte {
	var set labelSet
	for _, l := range e.labels() {
		set = appendPair(set, 1, l.name, l.value)
	}
	return set.text()
}

// exemplarOf returns the last one that falls into a bucket, if any; the bucket after the last bound is that of +Inf.
func exemplarOf(exemplars []exemplar, bounds []float64, bucket int) (found *exemplar) {
	for i := range exemplars {
		if sort.Search(len(bounds), func(at int) bool { return bounds[at] >= exemplars[i].value }) == bucket {
			found = &exemplars[i]
		}
	}
	return found
}
