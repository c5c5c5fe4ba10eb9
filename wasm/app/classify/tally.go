package classify

import (
	"strings"

	"homeroom/wasm/app/queue"
)

// tally says how the photos of the page stand.
func tally(c queue.Counts) string {
	parts := []string{say("{1} named", c.Named)}
	if c.Failed > 0 {
		parts = append(parts, say("{1} could not be named", c.Failed))
	}
	if c.Stopped > 0 {
		parts = append(parts, say("{1} stopped", c.Stopped))
	}
	if c.Absent > 0 {
		parts = append(parts, say("{1} without a file", c.Absent))
	}
	if n := c.Left(); n > 0 {
		parts = append(parts, say("{1} to go", n))
	}
	return strings.Join(parts, " · ")
}

// said is what a screen reader is told when a batch is finished.
func said(c queue.Counts, done int) string {
	s := say("Named {1|# photo|# photos}.", c.Named)
	if done < c.Total {
		s = say("Finished {1|# photo|# photos}. {2} named in all.", done, c.Named)
	}
	if c.Failed > 0 {
		s += " " + say("{1|# photo|# photos} could not be named; the cards say why.", c.Failed)
	}
	return s
}
