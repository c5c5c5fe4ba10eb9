package engine

import (
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/wasm/protocol"
)

// TestPaceOfTheCamera: a head that is too slow for the camera leaves out mirror images, and then
// lets another answer.
func TestPaceOfTheCamera(t *testing.T) {
	a, b := feature.Space{Network: "a", Size: 32}, feature.Space{Network: "b", Size: 32}
	h := &head.Head{Input: bank.Input{{a, a.Of(feature.Flip)}, {b}}, Spaces: []bank.Space{{Name: a}, {Name: a.Of(feature.Flip)}, {Name: b}}}
	y := newPace(h, true)
	for i, c := range []struct {
		took time.Duration
		want int
	}{
		{200, protocol.AllViews}, {200, protocol.AllViews}, {200, protocol.AllViews}, {200, protocol.AllViews}, {50, protocol.AllViews}, // quick again
		{200, protocol.AllViews}, {200, protocol.AllViews}, {200, protocol.AllViews}, {200, protocol.AllViews}, {200, protocol.NoMirror},
		{90, protocol.NoMirror}, {90, protocol.NoMirror}, {90, protocol.NoMirror}, {90, protocol.NoMirror}, {90, protocol.Once},
		{300, protocol.Once}, {300, protocol.Once}, {300, protocol.Once}, {300, protocol.Once}, {300, protocol.Once}, {300, protocol.Once},
	} {
		if y.took(c.took * time.Millisecond); y.way() != c.want {
			t.Fatalf("after picture %d it reads in way %d, want %d", i+1, y.way(), c.want)
		}
	}
	plain := newPace(&head.Head{Input: bank.Input{{a}}, Spaces: []bank.Space{{Name: a}}}, false)
	for range 9 {
		plain.took(time.Second)
	}
	if plain.way() != protocol.AllViews {
		t.Error("a head that reads one view reads less")
	}
}
