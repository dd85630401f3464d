// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package redactionprocessor

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

// counting judges that a text is itself, and says how often it had to.
func counting() (*verdicts, func() int) {
	var mutex sync.Mutex
	asked := 0
	return newVerdicts(func(text string) verdict {
			mutex.Lock()
			defer mutex.Unlock()
			asked++
			return verdict{masked: text}
		}), func() int {
			mutex.Lock()
			defer mutex.Unlock()
			return asked
		}
}

func TestJudgesATextOnce(t *testing.T) {
	v, asked := counting()
	for range 1000 {
		for _, text := range []string{"", "a", "b"} {
			if got := v.of(text).masked; got != text {
				t.Fatalf("%q became %q", text, got)
			}
		}
	}
	if asked() != 3 {
		t.Fatalf("judged %d times", asked())
	}
}

func TestAFloodOfNewTextsIsForgottenAndWhatIsInUseIsNot(t *testing.T) {
	v, asked := counting()
	for i := range 20 * mostVerdicts {
		v.of("flood " + strconv.Itoa(i))
		v.of("in use")
		if kept := len(v.young) + len(v.old); kept > 2*mostVerdicts {
			t.Fatalf("keeps %d verdicts after %d texts", kept, i)
		}
	}
	if again := asked() - 20*mostVerdicts; again != 1 {
		t.Fatalf("what is in use was judged %d times", again)
	}
}

func TestLongTextsAreNotKept(t *testing.T) {
	v, asked := counting()
	long := strings.Repeat("x", longestText+1)
	for range 3 {
		if v.of(long).masked != long {
			t.Fatal("became another")
		}
	}
	if asked() != 3 || len(v.young) != 0 {
		t.Fatalf("judged %d times, keeps %d", asked(), len(v.young))
	}
}

func TestSeveralSendersAtOnceGetTheirOwnVerdicts(t *testing.T) {
	v, _ := counting()
	var senders sync.WaitGroup
	for sender := range 8 {
		senders.Go(func() {
			for i := range 2 * mostVerdicts {
				text := strconv.Itoa(i % (mostVerdicts + 100*sender))
				if got := v.of(text).masked; got != text {
					t.Errorf("%q became %q", text, got)
					return
				}
			}
		})
	}
	senders.Wait()
}
