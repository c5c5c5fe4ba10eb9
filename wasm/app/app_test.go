//go:build !js

package app

import (
	"os"
	"strconv"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach"
)

// drop gives files to the page.
func (w *world) drop(files ...outside.File) {
	w.send(w.state.View().On[0].Make(input(files)))
}

func TestPhotosAreNamed(t *testing.T) {
	w := newWorld(t, 1, "", "")
	w.settle()
	w.drop(w.file(""), w.file(""), w.file(""))
	if s := w.state.Root()[0].Value; s != "busy" {
		t.Errorf("with photos to name the page is %s", s)
	}
	w.settle()
	n := 0
	for _, s := range w.state.View().Slots {
		if s.ID == "photos" {
			for _, li := range s.Kids {
				if v, _ := li.Get("data-label"); v == "koala" {
					n++
				}
			}
		}
	}
	if n != 3 {
		t.Errorf("%d of 3 photos are named", n)
	}
	w.checkRest()
	w.send(classify.Clear{})
	w.send(classify.Undo{})
	w.settle()
}

func TestClassesAreTaught(t *testing.T) {
	w := newWorld(t, 2, "", "#teach")
	w.settle()
	w.drop(w.folder("cats", 4)...)
	w.drop(w.folder("dogs", 3)...)
	w.settle()
	w.checkSaved()
	w.checkRest()
	p := w.state.teach.Open()
	if len(p.Classes) != 2 || p.Count() != 7 || len(p.Versions) == 0 || p.Current == 0 {
		t.Fatalf("it has %d classes, %d photos and %d versions", len(p.Classes), p.Count(), len(p.Versions))
	}
	w.send(teach.Undo{})
	w.settle()
	if n := w.state.teach.Open().Count(); n != 4 {
		t.Errorf("after undoing there are %d photos", n)
	}
	w.open("", "#teach")
	w.settle()
	w.checkSaved()
	q := w.state.teach.Open()
	if q == p || q.ID != p.ID || shapeOf(q) != shapeOf(p) {
		t.Errorf("after a reload it is\n%s\nwas\n%s", shapeOf(q), shapeOf(p))
	}
	if !w.shows("data-learning", "done") {
		t.Error("after a reload it does not say what was learnt")
	}
}

func (w *world) folder(name string, n int) []outside.File {
	var out []outside.File
	for range n {
		f := w.file(name + "/")
		f.Object = object("file %s", f.Name)
		out = append(out, f)
	}
	return out
}

// TestWhateverHappens does what a person might, in any order, while what is asked of the browser is
// done in any order, late, twice or never, projects are switched, the page is loaded again, tabs
// are opened, looked at and closed, and site data is cleared, at any moment.
func TestWhateverHappens(t *testing.T) {
	for seed := range uint64(runs(5)) {
		if n, err := strconv.ParseUint(os.Getenv("HOMEROOM_SEED"), 10, 64); err == nil && seed != n {
			continue
		}
		w := newWorld(t, seed, []string{"", "?bench", "?size=192&workers=2"}[seed%3], []string{"#teach", "#teach", ""}[seed%3])
		w.nolocks = seed%11 == 7
		if seed%13 == 6 {
			w.none = true
			w.open("", "#teach")
		}
		if seed%3 != 2 && seed%4 != 0 { // with something to work on
			w.settle()
			w.drop(append(w.folder("Cats", 3), w.folder("Dogs", 10)...)...)
			w.settle()
		}
		w.faults, w.late = seed%2 == 1, true
		for range 150 {
			switch k := w.r.IntN(20); {
			case k < 9:
				w.use()
			case k < 17:
				w.step()
			case k == 17:
				w.now = w.now.Add(randomTime(w))
				w.send(outside.Tick{Now: w.now})
				w.send(outside.Drawn{})
			case k == 18 && w.r.IntN(4) == 0:
				w.open("", "#teach")
			case k == 18 && w.r.IntN(3) == 0:
				w.full = !w.full
			case k == 18 && w.r.IntN(3) == 0 && seed%5 < 2:
				w.clear()
			case k == 19 && seed%3 != 1 && w.r.IntN(3) == 0:
				w.tabs()
			case k == 18:
				w.broken = w.r.IntN(4) == 0
			case k == 19 && w.r.IntN(3) == 0:
				w.send(outside.Went{Place: []string{"#teach", ""}[w.r.IntN(2)]})
			}
			w.each(w.checkSaved)
			w.each(w.checkAnswers)
		}
		w.faults, w.full, w.broken = false, false, false
		w.each(func() {
			w.dark() // else the camera goes on and on
			w.send(outside.Seen{})
		})
		w.settle()
		w.each(w.checkSaved)
		w.each(w.checkRest)
		w.checkOne()
	}
}

// tabs opens another tab, or looks at another, or closes this one.
func (w *world) tabs() {
	switch {
	case len(w.pages) == 1:
		w.another("", "#teach")
	case w.r.IntN(4) > 0:
		w.look(w.r.IntN(len(w.pages)))
	default:
		w.close()
	}
}

// checkOne sees to it that no project is changed in two tabs.
func (w *world) checkOne() {
	w.t.Helper()
	by := map[string]int{}
	w.each(func() {
		if p := w.state.teach.Open(); p != nil && w.shows("data-saved", "saved") {
			by[p.ID]++
		}
	})
	for id, n := range by {
		if n > 1 && !w.nolocks {
			w.fail("%d tabs work on the project %s", n, id)
		}
	}
}
