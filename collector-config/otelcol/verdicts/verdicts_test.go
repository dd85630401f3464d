// Copyright ONYX metrics authors. SPDX-License-Identifier: Apache-2.0

package verdicts

import (
	"strconv"
	"strings"
	"sync"
	"testing"
)

// counting judges that a text is itself, and says how often it had to.
func counting() (*Verdicts[string], func() int) {
	var mutex sync.Mutex
	asked := 0
	return New(func(text string) string {
			mutex.Lock()
			defer mutex.Unlock()
			asked++
			return text
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
			if got := v.Of(text); got != text {
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
	for i := range 20 * most {
		v.Of("flood " + strconv.Itoa(i))
		v.Of("in use")
		if kept := len(v.young) + len(v.old); kept > 2*most {
			t.Fatalf("keeps %d verdicts after %d texts", kept, i)
		}
	}
	if again := asked() - 20*most; again != 1 {
		t.Fatalf("what is in use was judged %d times", again)
	}
}

func TestLongTextsAreNotKept(t *testing.T) {
	v, asked := counting()
	long := strings.Repeat("x", longest+1)
	for range 3 {
		if v.Of(long) != long {
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
			for i := range 2 * most {
				text := strconv.Itoa(i % (most + 100*sender))
				if got := v.Of(text); got != text {
					t.Errorf("%q became %q", text, got)
					return
				}
			}
		})
	}
	senders.Wait()
}
