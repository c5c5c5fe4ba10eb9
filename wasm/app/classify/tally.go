package classify

import (
	"strings"

	"homeroom/wasm/app/queue"
	"homeroom/wasm/words"
)

// tally says how the photos of the page stand.
func tally(c queue.Counts) string {
	parts := []string{words.Thousands(c.Named) + " named"}
	if c.Failed > 0 {
		parts = append(parts, words.Thousands(c.Failed)+" could not be named")
	}
	if c.Stopped > 0 {
		parts = append(parts, words.Thousands(c.Stopped)+" stopped")
	}
	if c.Absent > 0 {
		parts = append(parts, words.Thousands(c.Absent)+" without a file")
	}
	if n := c.Left(); n > 0 {
		parts = append(parts, words.Thousands(n)+" to go")
	}
	return strings.Join(parts, " · ")
}

// said is what a screen reader is told when a batch is finished.
func said(c queue.Counts, done int) string {
	s := "Named " + words.Photos(c.Named) + "."
	if done < c.Total {
		s = "Finished " + words.Photos(done) + ". " + words.Thousands(c.Named) + " named in all."
	}
	if c.Failed > 0 {
		s += " " + words.Photos(c.Failed) + " could not be named; the cards say why."
	}
	return s
}
