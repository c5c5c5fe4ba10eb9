//go:build !js

package app

import (
	"strings"
	"testing"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
)

// TestHandlersOfAnotherProjectDoNothing uses whatever a project showed once another is open.
func TestHandlersOfAnotherProjectDoNothing(t *testing.T) {
	w := taught(t, 31)
	var late []any
	for _, tab := range []string{"photos", "results", "try", "versions", "settings"} {
		w.tab(tab)
		for _, h := range w.handlers() {
			if h.Make == nil || h.Event == "drag" {
				continue
			}
			if e, is := h.Make(w.input(h)).(base.InProject); is {
				late = append(late, e)
			}
		}
	}
	w.click("project-new")
	w.settle()
	w.send(w.state.View().On[0].Make(markup.Input{Files: append(w.folder("Cats", 3), w.folder("Dogs", 3)...)}))
	w.settle()
	if len(late) < 50 || w.state.teach.Open().Count() != 6 {
		t.Fatalf("%d events are late, and the other project has %d photos", len(late), w.state.teach.Open().Count())
	}
	before := shapeOf(w.state.teach.Open())
	for _, e := range late {
		w.send(e)
		w.settle()
		if after := shapeOf(w.state.teach.Open()); after != before {
			w.fail("%+v changed\n%s\nto\n%s", e, before, after)
		}
	}
}

// TestLateWordOfAnotherProject leaves a project while its photos are read, for a new one with other
// photos: what the workers of the first said comes late, and is of no photo of the second. That it
// could be, by its number, happens in one run of a hundred: make coverage and make lots run more.
func TestLateWordOfAnotherProject(t *testing.T) {
	most := runs(10)
	if most > 10 {
		most = max(300, most)
	}
	for seed := range uint64(most) {
		w := newWorld(t, seed, "", "#teach")
		w.late = true
		w.settle()
		for range 3 {
			was := w.state.teach.Open().ID
			w.drop(append(w.folder("Ants", 3), w.folder("Bees", 3)...)...)
			for range w.r.IntN(60) {
				w.step()
			}
			w.click("project-new")
			for n := 0; w.state.teach.Open().ID == was && n < 10_000; n++ {
				if !w.step() {
					w.now = w.now.Add(randomTime(w))
					w.send(outside.Tick{Now: w.now})
				}
			}
		}
		w.drop(append(w.folder("Cats", 3), w.folder("Dogs", 3)...)...)
		w.settle()
		w.checkSaved()
		w.checkRest()
		p, n := w.state.teach.Open(), 0
		for _, c := range p.Classes {
			for _, ph := range p.Members(c.ID) {
				for _, s := range ph.Spaces {
					n++
					r := w.store["features"][keyText([]any{p.ID, s.String(), ph.ID})]
					if got := r.Value.(outside.Object).Name; !strings.HasSuffix(got, " of file "+ph.Name) {
						w.fail("photo %s has the features %q", ph.Name, got)
					}
				}
			}
		}
		if p.Count() != 6 || n < 6 {
			w.fail("6 photos are %d, with %d features", p.Count(), n)
		}
	}
}
