// Package words writes numbers, counts and times the way people read them.
package words

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Percent writes a score between 0 and 1 for reading: whole percents, with one decimal near either
// end.
func Percent(score float64) string {
	switch p := score * 100; {
	case p == 0:
		return "0%"
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

// Photos counts photos: "1 photo", "64 photos".
func Photos(n int) string { return Plural(n, "photo", "photos") }

// Damaged says of a photo whose file is damaged that what was there of it is shown, and what is
// wrong.
func Damaged(why string) string {
	return "Damaged: what was there is shown (" + strings.TrimRight(why, ".") + ")."
}

func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Thousands(n) + " " + many
}

// Thousands writes a count with a comma between each three digits.
func Thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Megabytes writes a size in bytes in units of 1,000,000.
func Megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }

// Bytes writes a size for reading, in units of 1,000, with no break before the unit.
func Bytes(n int64) string {
	f := float64(n)
	switch {
	case f < 999.5:
		return strconv.FormatInt(n, 10) + "\u00a0bytes"
	case f < 999.5e3:
		return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "\u00a0KB"
	case f < 99.95e6:
		return strconv.FormatFloat(f/1e6, 'f', 1, 64) + "\u00a0MB"
	case f < 999.5e6:
		return strconv.FormatFloat(f/1e6, 'f', 0, 64) + "\u00a0MB"
	default:
		return strconv.FormatFloat(f/1e9, 'f', 1, 64) + "\u00a0GB"
	}
}

// Milliseconds writes a time for reading.
func Milliseconds(ms float64) string {
	switch {
	case ms >= 9950:
		return fmt.Sprintf("%.0f s", ms/1000)
	case ms >= 1000:
		return fmt.Sprintf("%.1f s", ms/1000)
	default:
		return fmt.Sprintf("%.0f ms", ms)
	}
}

// Roughly says a time as a person would: no finer than anyone can use.
func Roughly(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1.5:
		return "about 1 s"
	case s < 20:
		return fmt.Sprintf("about %.0f s", math.Ceil(s))
	case s < 55:
		return fmt.Sprintf("about %.0f s", math.Ceil(s/5)*5)
	case s < 90:
		return "about a minute"
	case s < 3600:
		return fmt.Sprintf("about %.0f min", math.Ceil(s/60))
	default:
		h := int(s) / 3600
		return fmt.Sprintf("about %d h %d min", h, (int(s)-h*3600)/60)
	}
}

// Sentence makes an error's text into one.
func Sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	return strings.ToUpper(s[:1]) + strings.TrimRight(s[1:], ".") + "."
}
