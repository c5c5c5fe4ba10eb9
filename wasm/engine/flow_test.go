package engine

import (
	"bytes"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// TestFlow reads what comes in pieces, at any time, up to the end; what is to be done meanwhile is
// done where nothing comes for a while, and not else.
func TestFlow(t *testing.T) {
	for _, pause := range []time.Duration{0, patience / 4, 3 * patience} {
		synctest.Test(t, func(t *testing.T) {
			f, idle := newFlow(), 0
			f.idle = func() { idle++ }
			go func() {
				for _, piece := range []string{"a", "", "bcd", "ef"} {
					time.Sleep(pause)
					f.put([]byte(piece))
				}
				time.Sleep(pause)
				f.end()
			}()
			got, err := io.ReadAll(io.MultiReader(io.LimitReader(f, 2), f))
			if err != nil || !bytes.Equal(got, []byte("abcdef")) || (idle > 0) != (pause > patience) {
				t.Errorf("pauses of %v: %q, %v, idle %d times", pause, got, err, idle)
			}
			if n, err := f.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("after the end: %d, %v", n, err)
			}
		})
	}
}

func TestRehearsals(t *testing.T) {
	now := time.Unix(0, 0)
	for _, c := range []struct {
		what string
		each time.Duration // for a hundredth
		want int
	}{{"slow", 100 * time.Millisecond, 3}, {"faster", 10 * time.Millisecond, 2}, {"at once", time.Millisecond, 0}} {
		r, n := rehearsals{began: now}, 0
		for got := range int64(101) {
			if r.due(now.Add(time.Duration(got)*c.each), got, 100) {
				n++
			}
		}
		if n != c.want {
			t.Errorf("%s: %d rehearsals, want %d", c.what, n, c.want)
		}
	}
}
