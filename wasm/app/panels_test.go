//go:build !js

package app

import (
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// taught is a page with two classes that were learnt.
func taught(t *testing.T, seed uint64) *world {
	w := newWorld(t, seed, "", "#teach")
	w.settle()
	w.drop(append(w.folder("Cats", 4), w.folder("Dogs", 4)...)...)
	w.settle()
	w.checkSaved()
	return w
}

// says tells whether the page shows a text.
func (w *world) says(text string) bool {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if strings.Contains(n.Words(), text) {
				return true
			}
		}
	}
	return false
}

// tab opens a tab.
func (w *world) tab(id string) {
	w.t.Helper()
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if tab := n.Find("id", "tab-"+id); tab != nil {
				w.send(tab.Handler("click")(markup.Input{}))
				return
			}
		}
	}
	w.fail("there is no tab %s", id)
}

// TestSizesAreTried reads and learns at every size, and changes nothing that is set.
func TestSizesAreTried(t *testing.T) {
	w := taught(t, 3)
	w.tab("settings")
	if !w.click("sizes") {
		t.Fatal("there is no button")
	}
	if !w.shows("id", "size-bar") {
		t.Error("it does not say how far it is")
	}
	if !w.click("sizes-stop") || w.shows("id", "size-bar") || !w.click("sizes") {
		t.Error("it cannot be stopped and begun again")
	}
	w.settle()
	if w.shows("id", "size-bar") || !w.says("(best)") || !w.says("256 px") {
		w.fail("the search ended without a table: %s", w.state.teach.Waits())
	}
	if p := w.state.teach.Open(); p.Settings.Size != 0 || len(p.Versions) == 0 {
		t.Errorf("the size is set to %d", p.Settings.Size)
	}
	w.checkSaved()
	if !w.click("size-use") {
		t.Fatal("no size can be used")
	}
	w.settle()
	if p := w.state.teach.Open(); p.Settings.Size == 0 {
		t.Error("the size was not set")
	}
	w.checkSaved()
}

// TestSearchForASizeEndsWithItsProject opens another project at every moment of the search: it is
// read with its own network at its own size, nothing of the search is left, and nothing hangs.
func TestSearchForASizeEndsWithItsProject(t *testing.T) {
	for steps := 0; ; steps += 1 + 60/runs(6) {
		w := taught(t, 4)
		first := w.state.teach.Open().ID
		w.tab("settings")
		w.click("sizes")
		n := 0
		for n < steps && w.shows("id", "size-bar") {
			if !w.step() {
				w.now = w.now.Add(100 * time.Millisecond)
				w.send(outside.Tick{Now: w.now})
				w.send(outside.Drawn{})
			}
			n++
		}
		if n < steps { // it was over
			if steps < 30 {
				t.Fatalf("the search took %d steps only", steps)
			}
			return
		}
		w.click("project-new")
		w.settle()
		p := w.state.teach.Open()
		if p.ID == first || p.Settings.Size != 0 {
			w.fail("the new project %s is read at %d", p.ID, p.Settings.Size)
		}
		w.drop(append(w.folder("Apples", 2), w.folder("Pears", 2)...)...)
		w.settle()
		w.checkSaved()
		w.checkRest()
		for _, c := range p.Classes {
			for _, ph := range p.Members(c.ID) {
				if len(ph.Spaces) == 0 || ph.Spaces[0].String() != "efficientnet-lite0@224" {
					w.fail("a photo of the new project was read as %v", ph.Spaces)
				}
			}
		}
		w.tab("settings")
		if w.shows("id", "size-bar") || w.says("(best)") {
			w.fail("the new project shows the search")
		}
		if !w.click("sizes") {
			w.fail("the new project cannot be searched")
		}
		w.settle()
		if !w.says("(best)") {
			w.fail("the search of the new project hangs: %s", w.state.teach.Waits())
		}
	}
}

// TestAFullStoreLosesNothing has the store full for a while: what is not saved is told of, stays,
// and is saved as soon as it can be.
func TestAFullStoreLosesNothing(t *testing.T) {
	w := taught(t, 5)
	w.full = true
	w.drop(w.folder("Fish", 3)...)
	w.settle()
	if !w.shows("data-saved", "failed") || !w.says("The latest changes are not saved.") {
		t.Error("a full store is not told of")
	}
	if !w.state.Leaving() {
		t.Error("the page would be left without a question")
	}
	w.click("project-new")
	w.settle()
	if p := w.state.teach.Open(); len(p.Classes) != 3 {
		t.Fatalf("what was not saved was given up for another project: %d classes", len(p.Classes))
	}
	w.full = false
	for range 40 {
		w.now = w.now.Add(2 * time.Second)
		w.send(outside.Tick{Now: w.now})
		w.settle()
	}
	if !w.shows("data-saved", "saved") {
		w.fail("it does not go on by itself: %s", w.state.teach.Waits())
	}
	w.checkSaved()
}

// TestProjectsSideBySide deletes a project and brings it back, and opens files.
func TestProjectsSideBySide(t *testing.T) {
	w := taught(t, 6)
	first := w.state.teach.Open().ID
	w.click("project-new")
	w.settle()
	if w.state.teach.Open().ID == first || w.state.teach.Open().Name != "My classes 2" {
		t.Fatalf("the new project is called %s", w.state.teach.Open().Name)
	}
	w.click("project-delete")
	w.settle()
	if w.state.teach.Open().ID != first || !w.says("Deleted the project My classes 2.") {
		w.fail("after deleting, the project %s is open", w.state.teach.Open().Name)
	}
	w.click("notice")
	w.settle()
	if w.state.teach.Open().Name != "My classes 2" {
		w.fail("it was not brought back: %s", w.state.teach.Open().Name)
	}
	w.click("project-open")
	w.settle()
	if w.state.teach.Open().ID != first || w.state.teach.Open().Count() != 8 {
		w.fail("the first project was not opened again")
	}
	w.click("project-save")
	w.settle()
	n := w.node("project-file")
	w.send(n.Handler("files")(markup.Input{Files: []outside.File{{Object: object("file"), Name: "p.homeroom"}}}))
	w.settle()
	if w.state.teach.Open().Name != "From a file" {
		w.fail("the file was not opened: %s", w.state.teach.Waits())
	}
	w.checkRest()
	w.checkSaved()
}

// TestCameraTakesABurst records for a while and names what it sees.
func TestCameraTakesABurst(t *testing.T) {
	for seed := range uint64(8) { // some cameras do not open
		w := taught(t, seed)
		w.tab("photos")
		w.click("camera-open")
		w.settle()
		if w.says("There is no camera") {
			w.click("camera-close")
			continue
		}
		before := w.state.teach.Open().Count()
		if !w.click("camera-timed") {
			w.fail("there is no button to record")
		}
		for range 100 {
			w.now = w.now.Add(100 * time.Millisecond)
			w.send(outside.Tick{Now: w.now})
			for w.step() {
			}
		}
		w.click("camera-close")
		w.settle()
		if n := w.state.teach.Open().Count() - before; n < 10 {
			t.Errorf("a burst of three seconds at eight a second has %d photos", n)
		}
		w.checkSaved()
		return
	}
	t.Fatal("no camera opened")
}

// TestTimeIsAskedForOnlyAhead: whatever waits for a time is dealt with when it comes, and not asked
// for again and again.
func TestTimeIsAskedForOnlyAhead(t *testing.T) {
	w := taught(t, 9)
	w.send(outside.Tick{Now: w.now})
	if at := w.state.Wake(); !at.IsZero() && !at.After(w.now) {
		t.Errorf("at %v it wants to be woken at %v", w.now, at)
	}
}
