//go:build !js

package app

import (
	"slices"
	"strings"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
)

// do does what some button shows.
func do(w *world, what any) {
	w.t.Helper()
	for _, h := range w.handlers() {
		if h.Make == nil || h.Event != "click" {
			continue
		}
		event := h.Make(markup.Input{})
		if in, is := event.(base.InProject); event == what || is && in.Event == what {
			w.send(event)
			return
		}
	}
	w.fail("nothing does %#v", what)
}

// TestPlacesOfTeach: the address names the tab and the photo that is open, back and forward lead
// through them, and whoever loads the page again is where they were.
func TestPlacesOfTeach(t *testing.T) {
	w := taught(t, 11)
	open := func() bool { return strings.Contains(w.state.teach.Place(), "/photo-") }
	at := func(place string) {
		t.Helper()
		if got := w.history[w.at]; got != place {
			w.fail("the address is %s and not %s, in %q", got, place, w.history)
		}
	}
	at("#teach/photos")
	w.tab("results")
	at("#teach/results")
	w.tab("photos")
	if !w.click("photo-open") {
		w.fail("there is no photo")
	}
	photo := w.history[w.at]
	if !open() {
		w.fail("no photo is open at %s", photo)
	}
	do(w, ask.StepPhoto{By: 1})
	if w.history[w.at] == photo {
		w.fail("another photo has the place of the first")
	}
	if want := []string{"#teach/photos", "#teach/results", "#teach/photos", w.history[w.at]}; !slices.Equal(w.history[len(w.history)-4:], want) {
		w.fail("the history is %q and should end with %q", w.history, want)
	}
	w.travel(-1)
	if at("#teach/photos"); open() {
		w.fail("the photo is still open")
	}
	w.travel(-1)
	if at("#teach/results"); !w.shows("aria-labelledby", "tab-results") {
		w.fail("the results are not shown")
	}
	w.travel(1)
	w.travel(1)
	if !open() {
		w.fail("going forward does not open the photo again")
	}
	here := w.history[w.at]
	w.settle()
	w.open("", here)
	w.settle()
	if at(here); !open() {
		w.fail("the photo is not open after loading the page again")
	}
	do(w, ask.ClosePhoto{})
	at("#teach/photos")

	// A place that is none leaves the tab as it is, and the view keeps its tab meanwhile.
	w.tab("settings")
	w.visit("#teach/photos/photo-99999")
	at("#teach/photos")
	w.visit("#teach/nothing")
	at("#teach/photos")
	w.tab("versions")
	w.visit("#classify")
	at("#classify")
	w.visit("#teach")
	at("#teach/versions")
}

// TestPlacesOfOrders: what is searched for and how photos lie is in the address, with the photo
// that is open, and back leads out of it.
func TestPlacesOfOrders(t *testing.T) {
	w := newWorld(t, 4, "", "")
	w.settle()
	w.drop(w.folder("Things", 3)...)
	w.settle()
	at := func(place string) {
		t.Helper()
		if got := w.history[w.at]; got != place {
			w.fail("the address is %s and not %s, in %q", got, place, w.history)
		}
	}
	w.pick("find-photos", "2")
	at("#classify/find=2")
	w.pick("find-photos", "2.jp")
	at("#classify/find=2.jp")
	if n := len(w.labels()); n != 1 || w.at != 1 {
		w.fail("%d photos are shown, and the history is %q", n, w.history)
	}
	w.pick("by-photos", "unsure")
	at("#classify/by=unsure&find=2.jp")
	do(w, classify.OpenPhoto{Photo: 2})
	at("#classify/by=unsure&find=2.jp/2")
	w.travel(-1)
	at("#classify/by=unsure&find=2.jp")
	w.travel(-1)
	if n := len(w.labels()); n != 3 {
		w.fail("back from the search, %d photos are shown", n)
	}
	w.open("", "#classify/find=a%2Fb&only=unsure")
	w.settle()
	at("#classify/find=a%2Fb&only=unsure")
}

// TestPlacesOfClassify does the same there, where photos come back after loading again; another tab
// has none.
func TestPlacesOfClassify(t *testing.T) {
	w := newWorld(t, 4, "", "")
	w.settle()
	if w.history[0] != "" || len(w.history) != 1 {
		w.fail("the history is %q before anything was done", w.history)
	}
	w.drop(w.folder("Things", 3)...)
	w.settle()
	do(w, classify.OpenPhoto{Photo: 1})
	if got := w.history; len(got) != 2 || got[1] == "#classify" {
		w.fail("the history is %q with a photo open", got)
	}
	place := w.history[1]
	w.travel(-1)
	if w.state.classify.Place() != "" {
		w.fail("the photo is still open")
	}
	w.travel(1)
	if "#classify/"+w.state.classify.Place() != place {
		w.fail("the photo is not open again")
	}
	w.open("", place)
	w.settle()
	if w.history[0] != place || !w.shows("data-modal", "photo") {
		w.fail("after loading the page again, the address is %s", w.history[0])
	}
	w.another("", place)
	w.settle()
	if w.history[0] != "#classify" {
		w.fail("the address is %s without any photo", w.history[0])
	}
}

// TestPlacesOfDialogues: going back closes each of them, and the address names what is looked for
// and what is compared, so that loading the page again comes back to it.
func TestPlacesOfDialogues(t *testing.T) {
	w := taught(t, 12)
	at := func(place string) {
		t.Helper()
		if got := w.history[w.at]; got != place {
			w.fail("the address is %s and not %s, in %q", got, place, w.history)
		}
	}
	w.send(About{true})
	at("#teach/photos/about")
	w.travel(-1)
	if at("#teach/photos"); w.state.about {
		w.fail("the dialogue about the page is still open")
	}
	w.travel(1)
	if at("#teach/photos/about"); !w.state.about {
		w.fail("going forward does not open it again")
	}
	w.send(About{})
	at("#teach/photos")
	w.click("share")
	at("#teach/photos/share")
	w.travel(-1)
	if w.shows("data-modal", "share") || !w.shows("data-do", "share") {
		w.fail("sharing is still open")
	}
	w.click("camera-open")
	if !strings.HasPrefix(w.history[w.at], "#teach/photos/camera-") {
		w.fail("the address is %s with the camera on", w.history[w.at])
	}
	w.travel(-1)
	if w.shows("data-modal", "camera") {
		w.fail("the camera is still on")
	}

	again := func() {
		t.Helper()
		here := w.history[w.at]
		w.settle()
		w.open("", here)
		w.settle()
		at(here)
	}
	w.tab("results")
	if !w.click("cell") {
		w.fail("there is no cell")
	}
	if !strings.HasPrefix(w.history[w.at], "#teach/results/figures/cell-") {
		w.fail("the address is %s with a cell open", w.history[w.at])
	}
	if again(); !w.shows("id", "cell") {
		w.fail("the cell is not open after loading the page again")
	}
	w.travel(-1)
	w.visit("#teach/results/cell-90-1")
	if at("#teach/results/figures"); w.shows("id", "cell") {
		w.fail("a cell that is none is open")
	}
	w.visit("#teach/photos/find=do%2Fg/class-2")
	again()
	if !w.shows("id", "open-title") {
		w.fail("the class is not open")
	}
	w.click("class-close")
	at("#teach/photos/find=do%2Fg")
	w.visit("#teach/versions/compare-1-7")
	at("#teach/versions/compare-1-0")
}
