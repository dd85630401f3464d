// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

// Package verdicts keeps what was judged of texts that come again with every export, in bounded memory.
package verdicts

import (
	"strings"
	"sync"
)

const (
	// most bounds how many are kept in either generation.
	most = 4096
	// longest bounds what a verdict is kept of, in bytes. Longer texts are judged each time.
	longest = 256
)

// Verdicts keeps verdicts in two generations: once the young one is full, it becomes the old one, and what is asked for again moves
// back. So it keeps what is in use, forgets in one step, and a flood of new texts costs each of them no more than being added.
type Verdicts[V any] struct {
	judge func(text string) V

	mutex      sync.RWMutex
	young, old map[string]V
}

// New returns none yet; judge makes them and may be called by several goroutines at once.
func New[V any](judge func(text string) V) *Verdicts[V] {
	return &Verdicts[V]{judge: judge, young: map[string]V{}}
}

// Of returns the verdict about a text.
func (v *Verdicts[V]) Of(text string) V {
	if len(text) > longest {
		return v.judge(text)
	}
	v.mutex.RLock()
	judged, isYoung := v.young[text]
	isOld := false
	if !isYoung {
		judged, isOld = v.old[text]
	}
	v.mutex.RUnlock()
	if isYoung {
		return judged
	}
	// The text may be a piece of a whole request, which would stay in memory with it.
	text = strings.Clone(text)
	if !isOld {
		judged = v.judge(text)
	}
	v.keep(text, judged)
	return judged
}

func (v *Verdicts[V]) keep(text string, judged V) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.young) >= most {
		v.old, v.young = v.young, make(map[string]V, most)
	}
	v.young[text] = judged
}
