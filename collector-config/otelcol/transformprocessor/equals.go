// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package transformprocessor

import (
	"hash/maphash"
	"strconv"

	"go.opentelemetry.io/collector/pdata/pcommon"
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
	hash := hashOf(this.Attributes())
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
		equalLabels(a.Attributes(), b.Attributes())
}

func equalLabels(a, b pcommon.Map) bool {
	if a.Len() != b.Len() {
		return false
	}
	for key, value := range a.All() {
		if other, found := b.Get(key); !found || !equalText(value, other) {
			return false
		}
	}
	return true
}

func equalText(a, b pcommon.Value) bool {
	if a.Type() == pcommon.ValueTypeStr && b.Type() == pcommon.ValueTypeStr {
		return a.Str() == b.Str()
	}
	return a.AsString() == b.AsString()
}

var seed = maphash.MakeSeed()

// hashOf is the same in whatever order the labels are.
func hashOf(attributes pcommon.Map) (sum uint64) {
	var digits [20]byte
	for key, value := range attributes.All() {
		var text uint64
		switch value.Type() {
		case pcommon.ValueTypeStr:
			text = maphash.String(seed, value.Str())
		case pcommon.ValueTypeInt:
			text = maphash.Bytes(seed, strconv.AppendInt(digits[:0], value.Int(), 10))
		default:
			text = maphash.String(seed, value.AsString())
		}
		// Odd, so that a label whose key and value are exchanged is another.
		sum += maphash.String(seed, key) * (text | 1)
	}
	return sum
}
