// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"go.opentelemetry.io/collector/pdata/pcommon"

	"onyx-metrics/otelcol/series"
)

// A point of any type.
type point interface {
	Attributes() pcommon.Map
	Timestamp() pcommon.Timestamp
	StartTimestamp() pcommon.Timestamp
}

// equals finds the first point with the same labels, as Prometheus will see them, and the same time; of deltas, with the same start too.
type equals[P point] struct {
	delta bool
	known map[uint64]P
	// Those whose hash another has, which as good as never happens.
	further map[uint64][]P
}

func newEquals[P point](points int, delta bool) *equals[P] {
	return &equals[P]{delta: delta, known: make(map[uint64]P, points)}
}

// first returns the point that equals this one and was there before, if there is any.
func (e *equals[P]) first(this P) (P, bool) {
	hash := series.Hash(this.Attributes())
	other, found := e.known[hash]
	if !found {
		e.known[hash] = this
		return this, false
	}
	if e.equal(other, this) {
		return other, true
	}
	for _, other := range e.further[hash] {
		if e.equal(other, this) {
			return other, true
		}
	}
	if e.further == nil {
		e.further = map[uint64][]P{}
	}
	e.further[hash] = append(e.further[hash], this)
	return this, false
}

func (e *equals[P]) equal(a, b P) bool {
	return a.Timestamp() == b.Timestamp() && (!e.delta || a.StartTimestamp() == b.StartTimestamp()) &&
		series.Equal(a.Attributes(), b.Attributes())
}
