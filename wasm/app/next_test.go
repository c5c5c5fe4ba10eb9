//go:build !js

package app

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// strike presses a key that no element takes.
func (w *world) strike(in markup.Input) {
	w.t.Helper()
	for _, h := range w.state.View().On {
		if h.Event == "keydown" {
			w.send(h.Make(in))
		}
	}
	w.settle()
}

// tray are the numbers of the photos that are asked about, in their order.
func (w *world) tray() (ids []string) {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			n.Walk(func(n *markup.Node) {
				if id, is := n.Get("data-asked"); is {
					ids = append(ids, id)
				}
			})
		}
	}
	return ids
}

// question is the photo that is asked about.
func (w *world) question() string {
	w.t.Helper()
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			found := ""
			n.Walk(func(n *markup.Node) {
				if does, _ := n.Get("data-do"); does == "ask-about" {
					if on, _ := n.Get("aria-pressed"); on == "true" {
						found, _ = n.Get("data-photo")
					}
				}
			})
			if found != "" {
				return found
			}
		}
	}
	return ""
}

// TestAskMeNext: of photos without a class twelve are asked about; a key answers, and undo takes
// the answer back; each answer is learnt from, and the next twelve are chosen by then.
func TestAskMeNext(t *testing.T) {
	w := taught(t, 1)
	p := w.state.teach.Open()
	versions := len(p.Versions)
	w.tab("next")
	w.settle()
	w.drop(w.folder("Unsorted", 30)...)
	w.settle()
	if n := len(p.Members(project.Unlabelled)); n != 30 || p.Count() != 8 || len(p.Versions) != versions {
		t.Fatalf("%d photos have no class, %d have one, and there are %d versions", n, p.Count(), len(p.Versions))
	}
	tray := w.tray()
	if len(tray) != 12 || w.question() != tray[0] || !w.says("It cannot tell Cats from Dogs here.") {
		t.Fatalf("it asks about %v, first %s", tray, w.question())
	}
	w.strike(markup.Input{Key: "2"})
	first, _ := strconv.Atoi(tray[0])
	if c := p.Photo(first).Class; c != p.Classes[1].ID || w.question() != tray[1] || len(w.tray()) != 11 {
		t.Fatalf("after the key 2 the photo is of class %d, and it asks about %s of %d", c, w.question(), len(w.tray()))
	}
	if len(p.Versions) == versions || !w.says("when you began to answer") {
		t.Errorf("after an answer there are %d versions, as before", len(p.Versions))
	}
	for _, in := range []markup.Input{{Key: "3"}, {Key: "0"}, {Key: "1", Field: true}, {Key: "1", Held: true}} {
		if w.strike(in); w.question() != tray[1] {
			t.Errorf("%+v answers", in)
		}
	}
	w.strike(markup.Input{Key: "Control+z"})
	if w.question() != tray[0] || p.Photo(first).Class != project.Unlabelled {
		t.Errorf("undo has it ask about %s, and the photo is of class %d", w.question(), p.Photo(first).Class)
	}
	w.strike(markup.Input{Key: "Control+y"})
	if len(w.tray()) != 11 || p.Photo(first).Class != p.Classes[1].ID {
		t.Errorf("it is done again, and the tray has %d photos", len(w.tray()))
	}

	// Not now, another one, and out.
	w.uses("ask-skip", markup.Input{})
	if got := w.tray(); got[10] != tray[1] || w.question() != tray[2] {
		t.Errorf("after one was put off the tray is %v, and it asks about %s", got, w.question())
	}
	w.uses("ask-about", markup.Input{})
	w.uses("ask-about", markup.Input{Key: "ArrowRight"})
	var next *markup.Node
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if found := n.Find("data-asked", tray[2]); found != nil {
				next = found.Kids[0]
			}
		}
	}
	w.send(next.Handler("keydown")(markup.Input{Key: "ArrowRight"}))
	w.settle()
	if w.question() != tray[3] {
		t.Errorf("an arrow leads to %s, not %s", w.question(), tray[3])
	}
	w.sends("ask.UnshownAsked", markup.Input{})
	out, _ := strconv.Atoi(w.question())
	w.uses("ask-remove", markup.Input{})
	if p.Photo(out).Class != 0 || len(w.tray()) != 10 {
		t.Errorf("the photo that was taken out is of class %d, and the tray has %d", p.Photo(out).Class, len(w.tray()))
	}
	for len(w.tray()) > 1 {
		w.strike(markup.Input{Key: "1"})
	}
	w.strike(markup.Input{Key: "1"})
	if got := w.tray(); len(got) != 12 || slices.ContainsFunc(got, func(id string) bool { return slices.Contains(tray, id) && id != tray[1] }) {
		t.Errorf("the next tray is %v", got)
	}
	w.uses("ask-choose", markup.Input{})
	if len(w.tray()) != 12 {
		t.Errorf("another choice has %d photos", len(w.tray()))
	}
	w.checkSaved()
	w.uses("project-save", markup.Input{})
	loose := 0
	for _, m := range w.given {
		if m, is := m.(protocol.WriteFile); is {
			for _, text := range m.Photos {
				loose += strings.Count(string(text), `"class":-1`)
			}
		}
	}
	if loose != 18 || w.says("not in the file") {
		t.Errorf("of 18 photos without a class, %d go into the file", loose)
	}

	// They are there after a reload, in the tab that was open.
	w.open("", "#teach/next")
	w.settle()
	p = w.state.teach.Open()
	if n := len(p.Members(project.Unlabelled)); n != 30-12 || len(w.tray()) != 12 {
		t.Errorf("after a reload %d photos have no class, and %d are asked about", n, len(w.tray()))
	}
	w.uses("ask-clear", markup.Input{})
	if len(p.Members(project.Unlabelled)) != 0 || len(w.tray()) != 0 {
		t.Error("all were removed, and are there")
	}
	w.strike(markup.Input{Key: "Control+z"})
	if len(p.Members(project.Unlabelled)) != 18 || len(w.tray()) != 12 {
		t.Error("they do not come back")
	}
	w.checkSaved()
	w.checkRest()
}

// TestAskBeforeAnythingIsLearnt: with two empty classes, varied photos are asked about.
func TestAskBeforeAnythingIsLearnt(t *testing.T) {
	w := newWorld(t, 2, "", "#teach/next")
	w.settle()
	w.tab("photos")
	for _, name := range []string{"Cats", "Dogs"} {
		w.sends("teach.AddClass", markup.Input{})
		p := w.state.teach.Open()
		if len(p.Classes) == 0 {
			w.fail("there is no class %s", name)
		}
	}
	w.settle()
	w.tab("next")
	w.drop(w.folder("Unsorted", 5)...)
	w.settle()
	if len(w.tray()) != 5 || !w.says("it has no guess") {
		t.Fatalf("it asks about %v", w.tray())
	}
	// One that has a class already is not asked about.
	w.strike(markup.Input{Key: "1"})
	w.settle()
	twin := outside.File{Object: object("file %d", 1), Name: "again.jpg", Bytes: 5}
	w.drop(twin)
	w.settle()
	if n := len(w.tray()); n != 4 && n != 5 {
		t.Errorf("%d are asked about", n)
	}
	if strings.Join(w.tray(), "") == "" || !w.shows("data-saved", "saved") {
		t.Error("nothing is asked or saved")
	}
}

// TestAnsweredPhotosAreSeenAsTheOthers: where the version in use sees more of photos, one that gets
// a class is looked at so before it is learnt from, and one version comes of it.
func TestAnsweredPhotosAreSeenAsTheOthers(t *testing.T) {
	w := newWorld(t, 4, "", "#teach")
	w.views = true
	w.settle()
	w.drop(append(w.folder("Cats", 4), w.folder("Dogs", 4)...)...)
	w.settle()
	p := w.state.teach.Open()
	versions := len(p.Versions)
	w.tab("next")
	w.uses("ask-pick", markup.Input{Files: w.folder("Unsorted", 14)})
	id, _ := strconv.Atoi(w.question())
	if n := len(p.Photo(id).Spaces); n != 1 {
		t.Fatalf("a photo without a class was read in %d ways", n)
	}
	w.strike(markup.Input{Key: "1"})
	if got, want := len(p.Photo(id).Spaces), len(p.Members(p.Classes[1].ID)[0].Spaces); got != want || want < 2 || len(p.Versions) != versions+1 {
		t.Errorf("after an answer the photo was read in %d ways, others in %d, and there are %d versions more", got, want, len(p.Versions)-versions)
	}
	w.checkSaved()
}

// TestReadingGoesOn after it was paused, and sizes are not tried to the end.
func TestReadingGoesOn(t *testing.T) {
	w := taught(t, 5)
	w.tab("next")
	w.drop(w.folder("Unsorted", 20)...)
	for !w.click("reading-pause") {
		w.step()
	}
	w.settle()
	if !w.paused() {
		t.Fatal("it is not paused")
	}
	w.uses("reading-continue", markup.Input{})
	if n := len(w.tray()); n != 12 {
		t.Errorf("%d are asked about", n)
	}
	w.tab("settings")
	w.click("sizes")
	for range 5 {
		w.step()
	}
	w.sends("learn.StopSizes", markup.Input{})
	w.settle()
	w.tab("photos")
	w.click("camera-open")
	for seed := range 50 {
		if w.settle(); w.node("camera-selfie") != nil {
			break
		}
		w.click("camera-again")
		if seed == 49 {
			t.Fatal("the camera does not open")
		}
	}
	w.sends("ask.SetRate", markup.Input{Value: "12"})
	w.sends("ask.SetSeconds", markup.Input{Value: "5"})
	w.sends("ask.SetDelay", markup.Input{Value: "0"})
	if w.uses("camera-selfie", markup.Input{}); w.state.teach.Open().Settings.Selfie {
		t.Error("the camera still shows a mirror image")
	}
	w.checkSaved()
	w.checkRest()
}
