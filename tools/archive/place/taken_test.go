package place

import (
	"os"
	"path/filepath"
	"testing"
	"time"
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
