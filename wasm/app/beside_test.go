//go:build !js

package app

import (
	"testing"

	"homeroom/wasm/markup"
)

// TestBesideTheClasses: photos that are dropped into the column are named there, and again once it
// has learnt anew; the camera names there too, and stops when another tab is shown.
func TestBesideTheClasses(t *testing.T) {
	w := taught(t, 9)
	if !w.shows("aria-label", "Named as they come") || w.shows("data-last", "Dogs") {
		t.Fatal("there is no column beside the classes")
	}
	w.uses("last-pick", markup.Input{Files: w.folder("", 2)})
	if !w.shows("data-last", "Dogs") {
		t.Error("what was dropped there is not named")
	}
	if n := w.state.teach.Open().Count(); n != 8 {
		t.Errorf("%d photos are taught", n)
	}
	w.uses("last-open", markup.Input{})
	if !w.shows("data-modal", "photo") {
		t.Error("a photo of the column does not open")
	}
	w.strike(markup.Input{Key: "Escape"})
	w.click("live-start")
	for range 60 {
		w.step()
	}
	if w.node("live-stop") == nil && !w.says("Start the camera") {
		t.Error("the camera neither runs nor can be started")
	}
	w.tab("results")
	w.settle()
	w.tab("photos")
	if w.node("live-stop") != nil {
		t.Error("the camera runs on when another tab is shown")
	}
	w.checkSaved()
	w.checkRest()
}

// TestCameraLookedAtCloser: the answer fills the window and goes back by Escape, the other camera
// opens, and a frozen picture is looked at closer, with the camera off.
func TestCameraLookedAtCloser(t *testing.T) {
	for seed := uint64(1); ; seed++ { // some have no camera
		w := taught(t, seed)
		w.tab("try")
		w.click("live-start")
		for range 60 {
			w.step()
		}
		if w.node("live-freeze") == nil {
			continue
		}
		w.click("live-large")
		if !w.shows("data-large", "") {
			t.Error("the answer does not fill the window")
		}
		if !w.sends("ask.Large", markup.Input{Key: "Escape"}) || w.shows("data-large", "") {
			t.Error("the page does not come back")
		}
		if !w.click("live-other") { // there is one
			continue
		}
		for range 60 {
			w.step()
		}
		if w.node("live-freeze") == nil { // the other one did not open
			continue
		}
		w.click("live-freeze")
		w.settle()
		if w.node("live-stop") != nil || !w.shows("data-modal", "photo") || !w.shows("data-stage", "named") {
			t.Error("the picture is not looked at, or the camera runs on")
		}
		w.checkRest()
		return
	}
}
