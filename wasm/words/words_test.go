package words

import (
	"strings"
	"testing"
	"time"

	"homeroom/wasm/text"
)

func TestRoughly(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                            "about 1 s",
		2900 * time.Millisecond:      "about 3 s",
		31 * time.Second:             "about 35 s",
		70 * time.Second:             "about a minute",
		130 * time.Second:            "about 3 min",
		2*time.Hour + 61*time.Second: "about 2 h 1 min",
	} {
		if got := text.English.Words(Roughly(d)); got != want {
			t.Errorf("Roughly(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPercent(t *testing.T) {
	for score, want := range map[float64]string{
		1: "100%", .99961: "100%", .9987: "99.9%", .992: "99.2%", .874: "87%", .0999: "10%", .0312: "3.1%", .001: "0.1%", 1e-5: "<0.1%", 0: "0%",
	} {
		if got := text.English.Words(Percent(score)); got != want {
			t.Errorf("Percent(%v) = %q, want %q", score, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := text.English.Words(Thousands(n)); got != want {
			t.Errorf("Thousands(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{0: "0 bytes", 999: "999 bytes", 1000: "1 KB", 34_567: "35 KB", 999_499: "999 KB", 999_600: "1.0 MB", 34_560_000: "34.6 MB", 345_600_000: "346 MB", 10_700_000_000: "10.7 GB"} {
		if got := text.English.Words(Bytes(n)); got != strings.ReplaceAll(want, " ", "\u00a0") {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

// TestDamage: what core/photo says of files that are cut short is a message with all that it tells.
func TestDamage(t *testing.T) {
	german := &text.Language{Code: "de", Dir: "ltr", Plural: "one", Group: ".", Grouped: 4, Messages: map[string]string{
		"Damaged: what was there is shown ({1}).": "Beschädigt ({1}).", "{1} of {2} rows could be read ({3})": "{1} von {2} Zeilen ({3})",
		"unexpected EOF": "Dateiende", "its end is missing": "das Ende fehlt",
	}}
	for why, want := range map[string]string{
		"1,200 of 3,024 rows could be read (unexpected EOF)": "Beschädigt (1.200 von 3.024 Zeilen (Dateiende)).",
		"its end is missing.":                                "Beschädigt (das Ende fehlt).",
	} {
		if got := german.Words(Damaged(why)); got != want {
			t.Errorf("%q is said as %q, want %q", why, got, want)
		}
		if got := text.English.Words(Damaged(why)); got != "Damaged: what was there is shown ("+strings.TrimRight(why, ".")+")." {
			t.Errorf("in English %q is said as %q", why, got)
		}
	}
}
