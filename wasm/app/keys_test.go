//go:build !js

package app

import (
	"slices"
	"strings"
	"testing"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
	"homeroom/wasm/markup"
)

// asks sends an event and returns what is asked of the browser for it.
func (w *world) asks(event any) []any {
	w.t.Helper()
	effects, _ := w.state.Update(event)
	if len(effects) > 0 {
		reached[teach.KindOf(event)] = true
	}
	for _, e := range effects {
		if line := w.lineOf(e); !strings.HasPrefix(line, "alone") {
			w.lines[line] = append(w.lines[line], e)
		}
	}
	return effects
}

// pageEvent is what the page makes of something that no element takes.
func (w *world) pageEvent(kind string, in markup.Input) any {
	for _, h := range w.state.View().On {
		if h.Event == kind {
			if e := h.Make(in); e != nil {
				return e
			}
		}
	}
	return nil
}

// focused is the element that the last of some effects brings the keyboard to.
func focused(effects []any) string {
	at := ""
	for _, e := range effects {
		if f, is := e.(outside.Focus); is {
			at = f.Selector
		}
	}
	return at
}

// TestMenuOfProjectsCloses: Escape closes it and goes back to its button, and so does a press
// beside it, which leaves the keyboard where it was pressed.
func TestMenuOfProjectsCloses(t *testing.T) {
	w := taught(t, 21)
	menu := func() *markup.Node {
		for _, s := range w.state.View().Slots {
			for _, n := range s.Kids {
				if found := n.Find("data-menu", "project"); found != nil {
					return found
				}
			}
		}
		w.fail("there is no menu")
		return nil
	}
	closes := func(event any) []any {
		t.Helper()
		effects := w.asks(event)
		if !slices.Contains(effects, any(outside.Fold{Selector: "details[data-menu]"})) {
			w.fail("%#v does not close the menu: %v", event, effects)
		}
		if w.state.teach.MenuOpen() {
			w.fail("the menu counts as open after %#v", event)
		}
		return effects
	}
	if w.pageEvent("keydown", markup.Input{Key: "Escape"}) != nil || w.pageEvent("press", markup.Input{}) != nil {
		t.Error("with the menu closed, Escape and presses are taken from the browser")
	}
	w.send(menu().Handler("toggle")(markup.Input{Checked: true}))
	if in := menu().Handler("press"); in == nil || in(markup.Input{}) != nil {
		t.Error("a press within the menu is not the menu's own")
	}
	if at := focused(closes(w.pageEvent("keydown", markup.Input{Key: "Escape"}))); at != "details[data-menu] summary" {
		t.Errorf("Escape brings the keyboard to %q", at)
	}
	w.send(menu().Handler("toggle")(markup.Input{Checked: true}))
	if at := focused(closes(w.pageEvent("press", markup.Input{}))); at != "" {
		t.Errorf("a press beside it brings the keyboard to %q", at)
	}
	w.send(menu().Handler("toggle")(markup.Input{Checked: true}))
	if at := focused(closes(w.node("project-new").Handler("click")(markup.Input{}))); at == "" {
		t.Error("after a choice from the menu the keyboard is nowhere")
	}
}

// stops are the photos of a list that the Tab key leads to.
func (w *world) stops(list *markup.Node) []string {
	var out []string
	list.Walk(func(n *markup.Node) {
		if does, _ := n.Get("data-do"); does == "photo-open" {
			if _, off := n.Get("tabindex"); !off {
				id, _ := n.Get("data-photo")
				out = append(out, id)
			}
		}
	})
	return out
}

// TestGridsAreOneStop: the Tab key leads to one photo of a list, arrows lead on from it, and Delete
// removes it and leaves the keyboard on the next.
func TestGridsAreOneStop(t *testing.T) {
	w := taught(t, 22)
	list := func() *markup.Node {
		for _, s := range w.state.View().Slots {
			for _, n := range s.Kids {
				if found := n.Find("aria-label", "Photos of Cats"); found != nil {
					return found
				}
			}
		}
		w.fail("there is no list")
		return nil
	}
	photo := func(id string) *markup.Node { return list().Find("data-photo", id).Kids[0] }
	ids := func() []string {
		var out []string
		for _, li := range list().Kids {
			id, _ := li.Get("data-photo")
			out = append(out, id)
		}
		return out
	}
	all := ids()
	if got := w.stops(list()); !slices.Equal(got, all[:1]) {
		t.Fatalf("the Tab key leads to %v of %v", got, all)
	}
	press := func(id, key string) string {
		t.Helper()
		e := photo(id).Handler("keydown")(markup.Input{Key: key})
		if e == nil {
			w.fail("%s does nothing", key)
		}
		return focused(w.asks(e))
	}
	for _, c := range []struct{ from, key, to string }{
		{all[0], "ArrowRight", all[1]}, {all[1], "ArrowLeft", all[0]}, {all[1], "End", all[3]}, {all[3], "Home", all[0]},
	} {
		if got, want := press(c.from, c.key), `[data-photo="`+c.to+`"] button`; got != want {
			t.Errorf("%s on photo %s leads to %s, want %s", c.key, c.from, got, want)
		}
	}
	if got := press(all[3], "ArrowRight"); got != "" {
		t.Errorf("the arrow leads out of the list, to %s", got)
	}
	if e := photo(all[0]).Handler("keydown")(markup.Input{Key: "ArrowDown"}); !slices.Contains(w.asks(e), any(outside.Step{Selector: `[data-photo="` + all[0] + `"]`})) {
		t.Error("the arrow down asks for nothing")
	}
	w.send(photo(all[2]).Handler("focus")(markup.Input{}))
	if got := w.stops(list()); !slices.Equal(got, all[2:3]) {
		t.Errorf("with the keyboard on photo %s, the Tab key leads to %v", all[2], got)
	}
	if got, want := press(all[2], "Delete"), `[data-photo="`+all[3]+`"] button`; got != want || len(ids()) != 3 {
		t.Errorf("Delete leaves %d photos and the keyboard on %s, want %s", len(ids()), got, want)
	}
}

// TestKeyboardAfterRemoving: what removes a class or photos that are picked leaves the keyboard on
// what comes next.
func TestKeyboardAfterRemoving(t *testing.T) {
	w := taught(t, 23)
	p := w.state.teach.Open()
	cats, dogs := p.Classes[0].ID, p.Classes[1].ID
	w.click("class-open") // none: too few photos
	remove := func() string { return focused(w.asks(w.node("class-remove").Handler("click")(markup.Input{}))) }
	if got := remove(); !strings.Contains(got, `class-remove`) || p.Class(cats) != nil || p.Class(dogs) == nil {
		t.Errorf("after a class the keyboard is at %s", got)
	}
	if got := remove(); got != "#new-class-start" {
		t.Errorf("after the last class the keyboard is at %s", got)
	}
}

// TestLabelsBeginWithWhatIsWritten: who speaks to the page says what is written on a control.
func TestLabelsBeginWithWhatIsWritten(t *testing.T) {
	w := taught(t, 24)
	seen := 0
	check := func() {
		for _, s := range w.state.View().Slots {
			for _, n := range s.Kids {
				n.Walk(func(k *markup.Node) {
					label, is := k.Get("aria-label")
					written := strings.Join(strings.Fields(k.Words()), " ")
					if role, _ := k.Get("role"); !is || written == "" || k.Tag != "button" && role != "button" && role != "tab" {
						return
					}
					seen++
					if !strings.HasPrefix(strings.ToLower(label), strings.ToLower(written)) {
						t.Errorf("what is written %q is called %q", written, label)
					}
				})
			}
		}
	}
	for _, tab := range []string{"photos", "results", "try", "versions", "settings"} {
		w.tab(tab)
		check()
	}
	if seen < 12 {
		t.Errorf("only %d controls were looked at", seen)
	}
}

// TestTheLabelIsRight: what a person says of a mistake takes it out of those that mislead, leaves
// the keyboard on the next, is undone, and is saved.
func TestTheLabelIsRight(t *testing.T) {
	for seed := uint64(31); ; seed++ {
		w := taught(t, seed)
		w.tab("results")
		first := w.node("right")
		if first == nil {
			continue // nothing was taken for another class
		}
		count := func() int {
			n := 0
			for _, s := range w.state.View().Slots {
				for _, k := range s.Kids {
					if list := k.Find("aria-label", "Photos that mislead it"); list != nil {
						n = len(list.Kids)
					}
				}
			}
			return n
		}
		before := count()
		if at := focused(w.asks(first.Handler("click")(markup.Input{}))); at == "" {
			t.Error("the keyboard is nowhere")
		}
		if count() != before-1 {
			w.fail("of %d photos, %d mislead it", before, count())
		}
		w.settle()
		w.checkSaved()
		w.click("undo")
		if count() != before {
			w.fail("after undoing, of %d photos %d mislead it", before, count())
		}
		if !w.says("It named ") || !w.click("next") {
			w.fail("the results do not begin with what is next")
		}
		return
	}
}

// TestNoPercentagesFromFewPhotos: eight photos are counted and not made into percentages. How sure
// it was of a single photo is no share of anything.
func TestNoPercentagesFromFewPhotos(t *testing.T) {
	w := taught(t, 40)
	for _, tab := range []string{"photos", "results", "versions"} {
		w.tab(tab)
		for _, s := range w.state.View().Slots {
			if s.ID != "teach-view" {
				continue
			}
			for _, n := range s.Kids {
				var look func(k *markup.Node)
				look = func(k *markup.Node) {
					class, _ := k.Get("class")
					if class == "suspects" {
						return
					}
					if k.Tag == "" && strings.Contains(k.Text, "%") {
						t.Errorf("%s says %q", tab, k.Text)
					}
					for _, kid := range k.Kids {
						look(kid)
					}
				}
				look(n)
			}
		}
	}
	if w.tab("results"); !w.says("too few to say how good it is") {
		t.Error("it does not say that they are too few")
	}
}
