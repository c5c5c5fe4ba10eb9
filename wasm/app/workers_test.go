//go:build !js

package app

import (
	"maps"
	"slices"
	"testing"

	"homeroom/wasm/markup"
)

// TestWorkersEndWithTheirProject leaves a project while it is read, while it is learnt, while its
// sizes are tried, while a file of it is made and while it is shared: all workers that it had are
// ended.
func TestWorkersEndWithTheirProject(t *testing.T) {
	add := func(w *world) { w.drop(append(w.folder("Ants", 3), w.folder("Bees", 3)...)...) }
	for what, begin := range map[string]func(*world){
		"at rest": func(*world) {},
		"read":    add,
		"learnt":  func(w *world) { w.click("learn") },
		"sized":   func(w *world) { w.tab("settings"); w.click("sizes") },
		"tried": func(w *world) {
			w.tab("try")
			w.send(w.node("try-pick").Handler("files")(markup.Input{Files: w.folder("Other", 3)}))
		},
		"filed":  func(w *world) { w.click("project-save") },
		"shared": func(w *world) { w.click("share") },
	} {
		for steps := 0; steps < 60; steps += 1 + 60/runs(4) {
			w := taught(t, uint64(steps))
			begin(w)
			for range steps {
				w.step()
			}
			had := map[int]bool{}
			for id := range w.workers {
				had[id] = true
			}
			first := w.state.teach.Open().ID
			w.click("project-new")
			w.settle()
			if w.state.teach.Open().ID == first {
				w.fail("%s, after %d steps: the project is still open", what, steps)
			}
			for _, id := range slices.Sorted(maps.Keys(w.workers)) {
				if had[id] {
					w.fail("%s, after %d steps: worker %d of the project before is still there", what, steps, id)
				}
			}
			add(w)
			w.settle()
			w.checkSaved()
			w.checkRest()
		}
	}
}
