//go:build !js

package app

import (
	"strings"
	"testing"

	"homeroom/wasm/app/classify"
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
		w.settle()
		w.send(classify.TakePhoto{})
		w.settle()
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

func contains(effects []any, effect any) bool {
	for _, e := range effects {
		if e == effect {
			return true
		}
	}
	return false
}
