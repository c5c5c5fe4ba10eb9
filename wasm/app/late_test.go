//go:build !js

package app

import (
	"testing"

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
