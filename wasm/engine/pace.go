package engine

import (
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/wasm/protocol"
)

// mostForFrame is how long the views of a head may take at a picture of the camera: ten answers a
// second leave a little for the rest.
const mostForFrame = 80 * time.Millisecond

// mostSlow is how many pictures in a row may take longer: the first do, until the browser has
// optimised the code.
const mostSlow = 5

// pace chooses between the ways to answer that there are, from the most thorough on.
type pace struct {
	ways []int
	at   int // in use
	slow int // pictures, one after another, over which it took too long
}

// newPace lists the ways of a head, with or without a quick one.
func newPace(h *head.Head, quick bool) pace {
	y := pace{ways: []int{protocol.AllViews}}
	if slices.ContainsFunc(h.Spaces, func(s bank.Space) bool { return plainFor(h, s.Name) != s.Name }) {
		y.ways = append(y.ways, protocol.NoMirror)
	}
	if quick {
		y.ways = append(y.ways, protocol.Once)
	}
	return y
}

// way is the one in use.
func (y *pace) way() int { return y.ways[y.at] }

// took tells how long a picture took, and goes on to the next way where it was too long too often.
func (y *pace) took(d time.Duration) {
	if y.slow++; d <= mostForFrame {
		y.slow = 0
	}
	if y.slow >= mostSlow && y.at+1 < len(y.ways) {
		y.at, y.slow = y.at+1, 0
	}
}

// plainFor returns the space of the plain photo that stands in for its mirror image, the space
// itself where that is none or the head does not average the two.
func plainFor(h *head.Head, space feature.Space) feature.Space {
	plain := space.Of(feature.Plain)
	if space.View == feature.Flip && slices.ContainsFunc(h.Input, func(p bank.Part) bool { return slices.Contains(p, space) && slices.Contains(p, plain) }) {
		return plain
	}
	return space
}
