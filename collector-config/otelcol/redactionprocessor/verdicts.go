// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"strings"
	"sync"
)

const (
	// mostVerdicts bounds how many are kept in either generation.
	mostVerdicts = 4096
	// longestText bounds what a verdict is kept of, in bytes. Longer texts are judged each time.
	longestText = 256
)

// verdict is what becomes of a value.
type verdict struct {
	// allowed says that an allowed pattern matched.
	allowed bool
	// masked is the text with what must not be seen replaced. It is the text itself if there is nothing of that kind.
	masked string
}

// verdicts keeps what was judged, in two generations: once the young one is full, it becomes the old one, and what is asked for again
// moves back. So it keeps what is in use, forgets in one step, and a flood of new texts costs each of them no more than being added.
type verdicts struct {
	judge func(text string) verdict

	mutex      sync.RWMutex
	young, old map[string]verdict
}

func newVerdicts(judge func(string) verdict) *verdicts {
	return &verdicts{judge: judge, young: map[string]verdict{}}
}

func (v *verdicts) of(text string) verdict {
	if len(text) > longestText {
		return v.judge(text)
	}
	v.mutex.RLock()
	known, found := v.young[text]
	aged, foundOld := verdict{}, false
	if !found {
		aged, foundOld = v.old[text]
	}
	v.mutex.RUnlock()
	if found {
		return known
	}
	if !foundOld {
		// The text may be a piece of a whole request, which would stay in memory with it.
		text = strings.Clone(text)
		aged = v.judge(text)
	}
	v.keep(text, aged)
	return aged
}

func (v *verdicts) keep(text string, judged verdict) {
	v.mutex.Lock()
	defer v.mutex.Unlock()
	if len(v.young) >= mostVerdicts {
		v.old, v.young = v.young, make(map[string]verdict, mostVerdicts)
	}
	v.young[text] = judged
}
