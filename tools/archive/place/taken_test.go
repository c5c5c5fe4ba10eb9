package place

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"homeroom/core/archive/undo"
)

// TestTaken has a place that was free when it was announced taken by the same photo of another
// folder, as by another run: neither is lost.
func TestTaken(t *testing.T) {
	for _, mode := range []string{"move", "copy"} {
		dir := t.TempDir()
		to := filepath.Join(dir, "to", "a.jpg")
		var steps []Step
		for _, folder := range []string{"one", "two"} {
			from := filepath.Join(dir, folder, "a.jpg")
			at := time.Unix(1_600_000_000, 0)
			for _, err := range []error{os.Mkdir(filepath.Dir(from), 0o755), os.WriteFile(from, []byte("photo"), 0o644), os.Chtimes(from, at, at)} {
				if err != nil {
					t.Fatal(err)
				}
			}
			steps = append(steps, Step{From: from, To: to, Size: -1})
		}
		m := Move
		if mode == "copy" {
			m = Copy
		}
		r, err := Do(t.Context(), Work{Disk: OS{}, Mode: m, Steps: steps, Undo: filepath.Join(dir, "undo"), Told: func(Step, string, error) {}})
		if err != nil || r.Placed != 1 || r.Failed != 1 {
			t.Errorf("%s: %+v, %v", mode, r, err)
		}
		for _, path := range []string{to, steps[1].From} {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s: %v", mode, err)
			}
		}
	}
}

// TestUndoBesideAnotherRun kills a run at every call, has another put the same photos at the same
// places, from where they are or from copies of them, and undoes the first and then the second: the
// first undo leaves what the second run put there, and after both all is as it was.
func TestUndoBesideAnotherRun(t *testing.T) {
	modes := []undo.Mode{Copy, Link, Move}
	for kind := range 36 {
		first, second := modes[kind%3], modes[kind/3%3]
		twins, apart := kind/9%2 == 1, kind/18 == 1
		if apart && (first == Link || second == Link) {
			continue
		}
		for calls := 0; ; calls++ {
			what := fmt.Sprintf("%s, then %s, of twins %v, on another disk %v, killed at call %d", first, second, twins, apart, calls)
			root := t.TempDir()
			one, two := sameSteps(t, root, twins)
			before := snapshot(t, filepath.Join(root, "tree"))
			undoOne, undoTwo := filepath.Join(root, "one"), filepath.Join(root, "two")
			ended := runKilled(t, &flaky{left: -1, off: calls, apart: apart}, Work{Mode: first, Steps: one, Undo: undoOne})
			put := map[string]bool{}
			if _, err := Do(t.Context(), Work{Disk: &flaky{left: -1, off: -1, apart: apart}, Mode: second, Steps: two, Undo: undoTwo, Told: func(s Step, skipped string, err error) {
				put[s.To] = skipped == "" && err == nil
			}}); err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			now := snapshot(t, filepath.Join(root, "tree"))
			undone(t, what, undoOne)
			after := snapshot(t, filepath.Join(root, "tree"))
			for to := range put {
				if put[to] && after[to] != now[to] {
					t.Errorf("%s: the second run put %v at %s, and after the first is undone there is %v", what, now[to], to, after[to])
				}
			}
			undone(t, what, undoTwo)
			undone(t, what, undoOne) // removes the folder that it made, in which the second's photos were
			if after := snapshot(t, filepath.Join(root, "tree")); !maps.Equal(after, before) {
				t.Errorf("%s: there was %v, and there is %v", what, before, after)
			}
			if t.Failed() {
				return
			}
			if ended {
				break
			}
		}
	}
}

// sameSteps are two runs' steps of the same photos, or of copies, to the same places.
func sameSteps(t *testing.T, root string, twins bool) (one, two []Step) {
	t.Helper()
	at := time.Unix(1_600_000_000, 0)
	for _, name := range []string{"a.jpg", "b.jpg"} {
		var from [2]string
		for i, dir := range []string{"x", "y"} {
			from[i] = filepath.Join(root, "tree", dir, name)
			if err := errors.Join(os.MkdirAll(filepath.Dir(from[i]), 0o755), os.WriteFile(from[i], []byte(name), 0o644), os.Chtimes(from[i], at, at)); err != nil {
				t.Fatal(err)
			}
		}
		to := filepath.Join(root, "tree", "out", name)
		one = append(one, Step{From: from[0], To: to, Size: -1})
		if !twins {
			from[1] = from[0]
		}
		two = append(two, Step{From: from[1], To: to, Size: -1})
	}
	for _, dir := range []string{"x", "y", "."} {
		if err := os.Chtimes(filepath.Join(root, "tree", dir), at, at); err != nil {
			t.Fatal(err)
		}
	}
	return one, two
}

// runKilled carries out work on a disk that kills it, or tells that it ended before.
func runKilled(t *testing.T, d *flaky, w Work) (ended bool) {
	t.Helper()
	defer func() {
		if fault := recover(); fault != nil && fault != (killed{}) {
			panic(fault)
		}
	}()
	w.Disk, w.Told = d, func(Step, string, error) {}
	if _, err := Do(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return true
}

// undone takes a run back, if it had begun.
func undone(t *testing.T, what, path string) {
	t.Helper()
	if _, err := Undo(t.Context(), OS{}, path, func(_, _ string, err error) {
		if err != nil {
			t.Logf("%s: %v", what, err)
		}
	}); err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, undo.ErrNoUndo) {
		t.Errorf("%s: %v", what, err)
	}
}
