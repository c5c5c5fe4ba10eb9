//go:build !js

package app

import (
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/classify/live"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
)

// slot is the element of the page with an ID, as it is described.
func (w *world) slot(id string) *markup.Slot {
	for _, s := range w.state.View().Slots {
		if s.ID == id {
			return &s
		}
	}
	w.fail("the page does not describe %s", id)
	return nil
}

// TestPhotosThatThePageOpensOn: pressed at any moment of the start, they are named here as well,
// the one that was pressed is looked at closer, and what a person adds has their place.
func TestPhotosThatThePageOpensOn(t *testing.T) {
	hidden := func(w *world) bool { return !w.slot("first").Attrs[0].Off }
	faults := map[string]bool{}
	for steps := range 40 {
		w := newWorld(t, uint64(100+steps), "", "")
		for range steps {
			w.step()
		}
		if hidden(w) {
			w.fail("they are not shown")
		}
		w.send(w.slot("first-2").On[0].Make(markup.Input{}))
		w.send(w.slot("first-3").On[0].Make(markup.Input{}))
		w.settle()
		if _, why, failed := strings.Cut(w.slot("said").Kids[0].Words(), "The photo could not be fetched: "); failed {
			if hidden(w) || why != "there is no connection" && why != "the server answered 404" {
				w.fail("they are gone, since %s", why)
			}
			faults[why] = true
			continue
		}
		if !hidden(w) || len(w.slot("photos").Kids) != 3 || w.state.classify.Place() != "3" {
			w.fail("there are %d photos, and %q is open", len(w.slot("photos").Kids), w.state.classify.Place())
		}
		w.travel(-1)
		w.send(classify.Clear{})
		if hidden(w) {
			w.fail("they do not come back")
		}
		w.drop(w.folder("Things", 2)...)
		if !hidden(w) {
			w.fail("they stand beside a person's own")
		}
	}

	if len(faults) != 2 {
		t.Errorf("only %v went wrong", faults)
	}

	// Photos that a person adds before their files come keep them out.
	w := newWorld(t, 3, "", "")
	w.send(w.slot("first-1").On[0].Make(markup.Input{}))
	w.drop(w.folder("Things", 2)...)
	w.settle()
	if n := len(w.slot("photos").Kids); n != 2 {
		w.fail("there are %d photos", n)
	}
}

// TestCameraOfClassify: what it takes is named, and it closes on the way back.
func TestCameraOfClassify(t *testing.T) {
	took := 0
	for seed := range uint64(12) {
		w := newWorld(t, seed, "", "")
		w.send(w.slot("use-camera").On[0].Make(markup.Input{}))
		if !w.shows("data-modal", "camera") || w.history[w.at] != "#classify/camera" {
			w.fail("the camera is not shown at %s", w.history[w.at])
		}
		w.steps(80)
		w.send(live.TakePhoto{})
		w.steps(80)
		if w.says("There is no camera") {
			if len(w.slot("photos").Kids) != 0 {
				w.fail("a photo was taken without a camera")
			}
		} else {
			took++
			if n := len(w.slot("photos").Kids); n != 1 {
				w.fail("it took %d photos", n)
			}
		}
		closed := w.asks(outside.Went{Place: "#classify"})
		if w.shows("data-modal", "camera") || !contains(closed, outside.CloseCamera{}) {
			w.fail("the camera is still on")
		}
	}
	if took == 0 {
		t.Error("no camera opened")
	}
}

// steps has so many things happen: while the camera is on, nothing comes to rest.
func (w *world) steps(n int) {
	for range n {
		if !w.step() {
			w.now = w.now.Add(50 * time.Millisecond)
			w.send(outside.Drawn{})
		}
	}
}

// dark switches whatever camera is on off.
func (w *world) dark() {
	w.click("live-stop")
	if w.with("camera-live") != nil {
		w.send(live.CloseCamera{})
	}
}

// with is the element with an ID, nil where there is none.
func (w *world) with(id string) *markup.Node {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if found := n.Find("id", id); found != nil {
				return found
			}
		}
	}
	return nil
}

// presses presses the element with an ID.
func (w *world) presses(id string) {
	w.t.Helper()
	n := w.with(id)
	if n == nil || n.Handler("click") == nil {
		w.fail("there is no %s to press", id)
	}
	w.send(n.Handler("click")(markup.Input{}))
}

// TestCameraNamesAsItComes: what the camera sees is named by any network, those too that are still
// to be fetched, which can be called off; a frozen picture has its heat map and can be kept; the
// dialogue has an address to which a reload comes back, with the camera off.
func TestCameraNamesAsItComes(t *testing.T) {
	ran := 0
	for seed := range uint64(12) {
		w := newWorld(t, seed, "", "")
		w.settle()
		w.send(w.slot("use-camera").On[0].Make(markup.Input{}))
		w.steps(120)
		if w.says("There is no camera") {
			continue
		}
		ran++
		if !w.shows("data-score", "0.7") && w.with("camera-live").Find("class", "answer") == nil {
			w.fail("nothing is named")
		}
		given := len(w.given)
		w.steps(60)
		if len(w.given) < given+5 {
			w.fail("it named %d pictures", len(w.given)-given)
		}

		if w.with("camera-other") != nil {
			w.presses("camera-other")
			if w.steps(120); w.says("There is no camera") { // that one did not open
				w.presses("camera-again")
				w.steps(120)
			}
			if w.says("There is no camera") {
				continue
			}
		}

		// Another network is fetched; it is called off, and the first answers again.
		first, other := w.state.list.Naming[0].Name, w.state.list.Naming[1].Name
		w.send(w.with("camera-model").Handler("change")(markup.Input{Value: other}))
		if w.with("camera-cancel") == nil || w.with("camera-bar") == nil || w.state.classify.Chosen() != other {
			w.fail("nothing is said to be fetched for %s", other)
		}
		w.presses("camera-cancel")
		w.steps(120)
		if w.state.classify.Chosen() != first || !w.state.classify.Ready() || w.with("camera-live").Find("class", "answer") == nil {
			w.fail("called off, %s answers", w.state.classify.Chosen())
		}
		w.send(w.with("camera-model").Handler("change")(markup.Input{Value: other}))
		w.steps(160)
		if w.state.classify.Chosen() != other || w.with("camera-bar") != nil || w.with("camera-live").Find("class", "answer") == nil {
			w.fail("%s does not name what is seen", other)
		}

		// It fills the screen, and Escape leads back, by the browser or by the dialogue.
		asked := w.asks(w.with("camera-fill").Handler("click")(markup.Input{}))
		if !contains(asked, outside.FillScreen{Selector: "#camera-live"}) || !w.shows("data-large", "") {
			w.fail("it does not fill the screen: %v", asked)
		}
		w.send(outside.ScreenFilled{})
		if w.shows("data-large", "") {
			w.fail("it still fills the window")
		}

		w.presses("camera-freeze")
		w.steps(60)
		if w.with("camera-go-on") == nil || w.with("camera-live").Find("class", "answer") == nil {
			w.fail("the picture is not frozen, or not named")
		}
		w.sends("live.FrozenHeat", markup.Input{})
		w.steps(60)
		if w.with("camera-live").Find("class", "heat") == nil {
			w.fail("there is no heat map")
		}
		w.sends("live.FrozenPlain", markup.Input{})
		if w.with("camera-live").Find("class", "heat") != nil {
			w.fail("the heat map stays")
		}
		w.presses("camera-go-on")
		w.sends("live.Mirror", markup.Input{})
		w.steps(60)
		w.presses("camera-freeze")
		w.steps(60)
		w.presses("camera-keep")
		w.steps(60)
		if n := len(w.slot("photos").Kids); n != 1 || w.with("camera-go-on") != nil {
			w.fail("%d photos were kept", n)
		}

		w.open("", "#classify/camera")
		w.settle()
		if !w.shows("data-modal", "camera") || w.with("camera-start") == nil || w.history[w.at] != "#classify/camera" {
			w.fail("a reload does not come back to the camera")
		}
		w.send(outside.Went{Place: "#classify"})
		w.settle()
		w.checkRest()
	}
	if ran == 0 {
		t.Error("no camera opened")
	}
}

func contains(effects []any, effect any) bool {
	for _, e := range effects {
		if e == effect {
			return true
		}
	}
	return false
}
