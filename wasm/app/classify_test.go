//go:build !js

package app

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"homeroom/wasm/app/classify"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// labels are the names of the photos that are shown.
func (w *world) labels() (out []string) {
	for _, s := range w.state.View().Slots {
		if s.ID == "photos" {
			for _, li := range s.Kids {
				v, _ := li.Get("data-label")
				out = append(out, v)
			}
		}
	}
	return out
}

// pick chooses from one of the lists that the page always has.
func (w *world) pick(slot, value string) {
	for _, s := range w.state.View().Slots {
		if s.ID == slot {
			w.send(s.On[0].Make(markup.Input{Value: value}))
			return
		}
	}
	w.fail("there is no list %s", slot)
}

// TestTaughtHeadsNamePhotos in place of a network, with the address saying so, and say why where
// they cannot.
func TestTaughtHeadsNamePhotos(t *testing.T) {
	w := taught(t, 5)
	id := w.state.teach.Open().ID
	w.send(outside.Went{})
	w.settle()
	w.pick("model", "project:"+id)
	w.drop(w.file(""), w.file(""))
	w.settle()
	for _, label := range w.labels() {
		if label != "Cats" && label != "Dogs" {
			w.fail("a photo is named %q", label)
		}
	}
	w.checkRest()
	if s := text.English.Words(w.state.classify.Status()); s != "My classes, taught here, at 224 px" {
		t.Errorf("the state is %q", s)
	}
	w.send(classify.ChooseSize{Size: 192}) // to which it is not bound
	w.send(classify.OpenPhoto{Photo: 1})
	w.send(classify.HeatFor{Class: "Cats"})
	w.settle()
	if !w.says("Cats") {
		t.Error("the dialogue does not show the answer")
	}
	w.pick("model", "efficientnet-lite2")
	w.settle()
	if got := w.labels(); got[0] != "koala" {
		t.Errorf("of the network they are named %q", got)
	}

	// The address names it, before it is known that there is one.
	w.open("?model=project:"+id, "")
	w.drop(w.file(""))
	w.settle()
	if got := w.labels(); got[0] != "Cats" && got[0] != "Dogs" {
		t.Errorf("with the address it is named %q", got)
	}

	for kind, want := range map[string]string{"projects": "is not in this browser any more", "heads": "head is missing"} {
		w := taught(t, 6)
		id := w.state.teach.Open().ID
		w.send(outside.Went{})
		w.settle()
		delete(w.store, kind)
		w.pick("model", "project:"+id)
		w.settle()
		if trouble := w.state.classify.Trouble(); trouble == "" || !strings.Contains(trouble, want) {
			t.Errorf("without %s the trouble is %q", kind, trouble)
		}
		w.send(classify.Retry{})
		w.settle()
		w.pick("model", "efficientnet-lite0")
		w.settle()
		if w.state.classify.Trouble() != "" {
			t.Errorf("the network is in trouble too: %s", w.state.classify.Trouble())
		}
	}
}

// TestAPhotoIsLookedAt goes through all that the dialogue with a photo has.
func TestAPhotoIsLookedAt(t *testing.T) {
	w := newWorld(t, 3, "", "")
	w.settle()
	w.drop(w.file(""), w.file(""), w.file(""))
	w.settle()
	title := func() string {
		for _, s := range w.state.View().Slots {
			if s.ID == "photo-dialog" && len(s.Kids) > 0 {
				return s.Kids[0].Words()
			}
		}
		return ""
	}
	w.send(classify.OpenPhoto{Photo: 2})
	if !strings.Contains(title(), "2.jpg") {
		t.Errorf("it shows %q", title())
	}
	w.send(classify.HeatFor{Class: "koala"})
	w.settle()
	w.send(classify.StepPhoto{By: 1}) // another is asked for
	w.settle()
	w.send(classify.HeatOff{})
	w.send(classify.InsideToggle{})
	w.settle()
	w.send(classify.InsideLayer{Layer: "l"})
	w.settle()
	if w.with("inside-map-0") == nil || !w.shows("class", "laid") || !w.says("worth 2 pictures") || !w.says("edges and colours") {
		t.Error("no map lies over the photo, or nothing is said of the layer")
	}
	for _, key := range []string{"ArrowRight", "ArrowDown"} { // from map 0 to 1 and on to 4, of three in a row
		for i := range 6 {
			if on := w.with("inside-map-" + strconv.Itoa(i)); on != nil && on.Find("tabindex", "0") != nil {
				w.send(on.Handler("keydown")(markup.Input{Key: key}))
				break
			}
		}
		w.settle()
	}
	if on := w.with("inside-map-4"); on == nil || on.Find("aria-pressed", "true") == nil || !w.says("Map 5 of 6") || !w.says("worth 2 pictures") {
		t.Error("the arrows do not lead to the map below the second")
	}
	w.presses("inside-map-2")
	w.send(classify.InsideMap{Map: 9})
	w.settle()
	if !w.says("Map 3 of 6") {
		t.Error("another map than the one that was pressed is shown")
	}
	w.send(classify.Unshown{Photo: 3})
	w.send(classify.HeatFor{Class: "a class that it has not"})
	w.settle()
	if !strings.Contains(title(), "does not name it so") {
		t.Errorf("it shows %q", title())
	}
	w.send(classify.HeatFor{Class: "koala"})
	w.pick("model", "efficientnet-lite2") // while the heat map is made
	w.settle()
	w.send(classify.StepPhoto{By: 1})
	if !strings.Contains(title(), "1.jpg") {
		t.Errorf("after the last it shows %q", title())
	}
	w.send(classify.RemovePhoto{})
	if !strings.Contains(title(), "2.jpg") || len(w.labels()) != 2 {
		t.Errorf("after the first is removed it shows %q", title())
	}
	w.send(classify.ClosePhoto{})
	if title() != "" {
		t.Errorf("closed, it shows %q", title())
	}
	w.send(classify.Save{Form: classify.CSV})
	w.send(classify.Save{Form: classify.JSON})
	w.checkRest()
}

// TestTheNetworkIsMeasured where the address asks for it, also while the engine is at work and
// while it is ended.
func TestTheNetworkIsMeasured(t *testing.T) {
	w := newWorld(t, 4, "?bench", "")
	w.send(classify.Measure{}) // nothing is open yet
	w.settle()
	w.drop(w.file(""))
	w.send(classify.Measure{})
	w.settle()
	w.send(classify.Measure{})
	w.pick("size", "192") // it is ended, and not measured
	w.settle()
	if w.says("GFLOP/s of a peak") {
		t.Error("what was ended was measured")
	}
	w.send(classify.Measure{})
	w.settle()
	if !w.says("Lite 0 at 192 px: 5.00 ms on one thread, 5.0 GFLOP/s of a peak of 10.0") {
		t.Error("it was not measured")
	}
	w.checkRest()
}

// TestPhotosAreDecodedInFull where a person or the address asks for that, but not for a head, which
// learnt from photos as they are read otherwise.
func TestPhotosAreDecodedInFull(t *testing.T) {
	w := newWorld(t, 7, "", "")
	exact := func() bool {
		w.settle()
		for _, m := range slices.Backward(w.given) {
			if m, is := m.(protocol.Open); is {
				return m.Exact
			}
		}
		w.fail("no worker opened a network")
		return false
	}
	w.drop(w.file(""))
	if exact() {
		t.Error("photos are decoded in full by themselves")
	}
	w.pick("decoding", "exact")
	if !exact() {
		t.Error("photos are not decoded in full")
	}
	w.pick("model", "efficientnet-lite2")
	if !exact() {
		t.Error("another network does not decode them in full")
	}
	w.pick("decoding", "scaled")
	if exact() {
		t.Error("photos are decoded in full after all")
	}
	w.open("?exact=yes", "")
	w.drop(w.file(""))
	if !exact() {
		t.Error("the address does not have photos decoded in full")
	}

	w = taught(t, 8)
	w.send(outside.Went{})
	w.settle()
	w.pick("decoding", "exact")
	w.pick("model", "project:"+w.state.teach.Open().ID)
	w.drop(w.file(""))
	if exact() {
		t.Error("a head is given features of another kind")
	}
}
