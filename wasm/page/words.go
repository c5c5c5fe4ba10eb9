package page

import (
	"fmt"
	"strconv"
	"strings"
)

// percent writes a score between 0 and 1 for reading: whole percents, with one decimal near either end.
func percent(score float64) string {
	switch p := score * 100; {
	case p >= 99.95:
		return "100%"
	case p >= 99 || p < 9.95 && p >= 0.1:
		return strconv.FormatFloat(p, 'f', 1, 64) + "%"
	case p >= 9.95:
		return strconv.FormatFloat(p, 'f', 0, 64) + "%"
	default:
		return "<0.1%"
	}
}

// photos counts photos: "1 photo", "64 photos".
func photos(n int) string { return plural(n, "photo", "photos") }

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return thousands(n) + " " + many
}

// thousands writes a count with a comma between each three digits.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// megabytes writes a size in bytes in units of 1,000,000.
func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }

// milliseconds writes a time for reading.
func milliseconds(ms float64) string {
	switch {
	case ms >= 9950:
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	default:
		return fmt.Sprintf("%.0f ms", ms)
	}
}

// tally says how the photos of the page stand.
func tally(c Counts) string {
	parts := []string{thousands(c.Named) + " named"}
	if c.Failed > 0 {
		parts = append(parts, thousands(c.Failed)+" could not be named")
	}
	if c.Stopped > 0 {
		parts = append(parts, thousands(c.Stopped)+" stopped")
	}
	if n := c.Left(); n > 0 {
		parts = append(parts, thousands(n)+" to go")
	}
	return strings.Join(parts, " · ")
}

// said is what a screen reader is told when a batch is finished.
func said(c Counts, done int) string {
	s := "Named " + photos(c.Named) + "."
	if done < c.Total {
		s = "Finished " + photos(done) + ". " + thousands(c.Named) + " named in all."
	}
	if c.Failed > 0 {
		s += " " + photos(c.Failed) + " could not be named; the cards say why."
	}
	return s
}
