package answers

import (
	"strings"

	"homeroom/wasm/app/queue"
	"homeroom/wasm/text"
)

// Tally says how the photos of the page stand.
func Tally(c queue.Counts) string {
	parts := []string{text.Say("{1} named", c.Named)}
	if c.Failed > 0 {
		parts = append(parts, text.Say("{1} could not be named", c.Failed))
	}
	if c.Stopped > 0 {
		parts = append(parts, text.Say("{1} stopped", c.Stopped))
	}
	if c.Absent > 0 {
		parts = append(parts, text.Say("{1} without a file", c.Absent))
	}
	if n := c.Left(); n > 0 {
		parts = append(parts, text.Say("{1} to go", n))
	}
	return strings.Join(parts, " · ")
}

// Said is what a screen reader is told when a batch is finished.
func Said(c queue.Counts, done int) string {
	s := text.Say("Named {1|# photo|# photos}.", c.Named)
	if done < c.Total {
		s = text.Say("Finished {1|# photo|# photos}. {2} named in all.", done, c.Named)
	}
	if c.Failed > 0 {
		s += " " + text.Say("{1|# photo|# photos} could not be named; the cards say why.", c.Failed)
	}
	return s
}
