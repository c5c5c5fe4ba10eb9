// Package words makes messages of numbers, counts, sizes and times, as people read them.
package words

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"homeroom/core/guess"
	"homeroom/wasm/text"
)

// Percent is a score between 0 and 1 for reading: whole percents, with one decimal near either end.
func Percent(score float64) string { return text.Percent(score) }

// Photos counts photos: "1 photo", "64 photos".
func Photos(n int) string { return text.Say("{1|# photo|# photos}", n) }

// Damaged says of a photo whose file is damaged that what was there of it is shown, and what is
// wrong.
func Damaged(why string) string {
	return text.Say("Damaged: what was there is shown ({1}).", damage(strings.TrimRight(why, ".")))
}

// damage makes a message of what core/photo says of a damaged file.
func damage(why string) string {
	rows, cause, cut := strings.Cut(why, " rows could be read (")
	sound, all, is := strings.Cut(rows, " of ")
	got, err := strconv.Atoi(strings.ReplaceAll(sound, ",", ""))
	of, other := strconv.Atoi(strings.ReplaceAll(all, ",", ""))
	if !cut || !is || err != nil || other != nil {
		return text.Of(errors.New(why))
	}
	return text.Say("{1} of {2} rows could be read ({3})", got, of, text.Of(errors.New(strings.TrimSuffix(cause, ")"))))
}

// Plural counts things. The catalogue has the message {1|# one|# many}.
func Plural(n int, one, many string) string { return text.Say("{1|# "+one+"|# "+many+"}", n) }

// Guess is a name as it is said of a photo, by how sure it is: a message, like the name.
func Guess(sure guess.Step, name string) string {
	switch sure {
	case guess.Sure:
		return name
	case guess.Probably:
		return text.Say("probably {1}", name)
	case guess.Perhaps:
		return text.Say("perhaps {1}", name)
	}
	return text.Say("hard to say: {1}", name)
}

// Thousands is a count.
func Thousands(n int) string { return text.Number(n) }

// Megabytes is a size in bytes in units of 1,000,000.
func Megabytes(n int64) string { return text.Fixed(float64(n)/1e6, 1) }

// Bytes is a size for reading, in units of 1,000, with no break before the unit.
func Bytes(n int64) string {
	f := float64(n)
	switch {
	case f < 999.5:
		return text.Say("{1|#\u00a0byte|#\u00a0bytes}", n)
	case f < 999.5e3:
		return text.Say("{1}\u00a0KB", text.Fixed(f/1e3, 0))
	case f < 99.95e6:
		return text.Say("{1}\u00a0MB", text.Fixed(f/1e6, 1))
	case f < 999.5e6:
		return text.Say("{1}\u00a0MB", text.Fixed(f/1e6, 0))
	default:
		return text.Say("{1}\u00a0GB", text.Fixed(f/1e9, 1))
	}
}

// Milliseconds is a time for reading.
func Milliseconds(ms float64) string {
	switch {
	case ms >= 9950:
		return text.Say("{1} s", text.Fixed(ms/1000, 0))
	case ms >= 1000:
		return text.Say("{1} s", text.Fixed(ms/1000, 1))
	default:
		return text.Say("{1} ms", text.Fixed(ms, 0))
	}
}

// Roughly says a time as a person would: no finer than anyone can use.
func Roughly(d time.Duration) string {
	switch s := d.Seconds(); {
	case s < 1.5:
		return text.Say("about {1} s", 1)
	case s < 20:
		return text.Say("about {1} s", int(math.Ceil(s)))
	case s < 55:
		return text.Say("about {1} s", int(math.Ceil(s/5)*5))
	case s < 90:
		return text.Say("about a minute")
	case s < 3600:
		return text.Say("about {1} min", int(math.Ceil(s/60)))
	default:
		h := int(s) / 3600
		return text.Say("about {1} h {2} min", h, (int(s)-h*3600)/60)
	}
}

// Sentence makes what says why something went wrong into a sentence.
func Sentence(s string) string { return text.Sentence(s) }
