package text

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/feature/plural"
	xlanguage "golang.org/x/text/language"
	xmessage "golang.org/x/text/message"
	"golang.org/x/text/number"
)

// lao is a language that says things the other way round, right to left, with forms of its own.
var lao = &Language{
	Code: "xx", Dir: "rtl", Plural: "arabic", Digits: "٠١٢٣٤٥٦٧٨٩", Decimal: "٫", Group: "٬", Grouped: 4, Percent: "{1}٪", Less: "<{1}", Comma: "، ", Stop: "۔",
	Date: "{y}/{m}/{d} {h}:{min}", Day: "{month} {d}", Months: strings.Fields("a b c d e f g h i j k l"), Week: "{weekday} {d}", Weekdays: strings.Fields("A B C D E F G"),
	Messages: map[string]string{
		"{1|# photo|# photos} moved into {2}.": "{2}: {1|Z|O|T|F#|M#|X#}!",
		"it was stopped":                       "ستوپ",
	},
	Labels: map[string]string{"cat": "قط"},
}

func TestMessages(t *testing.T) {
	moved := Say("{1|# photo|# photos} moved into {2}.", 3, "beds")
	for _, c := range []struct{ message, english, other string }{
		{"as it is", "as it is", "as it is"},
		{moved, "3 photos moved into beds.", "\u2068beds\u2069: F٣!"},
		{Say("{1|# photo|# photos} moved into {2}.", 1, "beds"), "1 photo moved into beds.", "\u2068beds\u2069: O!"},
		{Say("{1|# photo|# photos} moved into {2}.", 1234, "x"), "1,234 photos moved into x.", "\u2068x\u2069: M١٬٢٣٤!"},
		{Say("Not there"), "Not there", "\u2068Not there\u2069"},
		{Sentence(Say("it was stopped")), "It was stopped.", "ستوپ۔"},
		{Sentence("the file ends early."), "The file ends early.", "\u2068The file ends early.\u2069"},
		{Label("cat"), "cat", "قط"},
		{Label("dog"), "dog", "\u2068dog\u2069"},
		{List([]string{"a", Number(2)}), "a, 2", "\u2068a\u2069، ٢"},
		{Date(time.Date(2026, 2, 3, 14, 5, 0, 0, time.UTC)), "3 February 2026, 14:05", "٢٠٢٦/٢/٣ ١٤:٠٥"},
		{Day(time.Date(2026, 2, 3, 14, 5, 0, 0, time.UTC)), "3 February", "b ٣"},
		{Weekday(time.Date(2026, 2, 3, 14, 5, 0, 0, time.UTC)), "Tuesday, 3 February 2026", "C ٣"},
		{Rounded(1.25e-7, 3), "1.25e-07", "١٫٢٥e-٠٧"},
		{Fixed(-3.5, 1), "\u22123.5", "\u2212٣٫٥"},
		{Name("שלום"), "\u2068שלום\u2069", "\u2068שלום\u2069"},
		{"before " + moved + " after", "before 3 photos moved into beds. after", "before \u2068beds\u2069: F٣! after"},
		{Say("It says {1}.", Say("it was stopped")), "It says it was stopped.", "\u2068It says it was stopped.\u2069"},
	} {
		if got := English.Words(c.message); got != c.english {
			t.Errorf("English: %q, want %q", got, c.english)
		}
		if got := lao.Words(c.message); got != c.other {
			t.Errorf("the other: %q, want %q", got, c.other)
		}
	}
	if got := Marked().Words("raw " + moved); got != "raw ⟦⟦3⟧ photos moved into ⟨beds⟩.⟧" {
		t.Errorf("marked: %q", got)
	}
	if p := (&Language{Code: "xx", Dir: "ltr", Plural: "one"}).Pieces(Say("Not there")); len(p) != 1 || p[0].Lang != "en" {
		t.Errorf("what is not translated is not said to be English: %+v", p)
	}
}

// TestNumbersAreThoseOfTheField: forms of words, numbers and percents are those of
// golang.org/x/text, but for which spaces are between digits.
func TestNumbersAreThoseOfTheField(t *testing.T) {
	spaces := strings.NewReplacer("\u202f", "\u00a0", "\u061c", "", "\u200e", "")
	for _, code := range append(languages(t), "en") {
		l := English
		if code != "en" {
			l = language(t, code)
		}
		tag := xlanguage.MustParse(code)
		forms := map[plural.Form]int{}
		for n := range 2000 {
			want := plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)
			got := rules[l.Plural].of(n)
			if known, is := forms[want]; is && known != got {
				t.Fatalf("%s: %d has the form %d, where others of its kind have %d", code, n, got, known)
			}
			forms[want] = got
		}
		if len(forms) != l.Forms() {
			t.Errorf("%s has %d forms, where there are %d", code, l.Forms(), len(forms))
		}
		p := xmessage.NewPrinter(tag)
		for _, n := range []int{0, 7, 999, 1000, 1234, 9999, 12345, 1234567} {
			if want := spaces.Replace(p.Sprint(number.Decimal(n))); spaces.Replace(l.Words(Number(n))) != want && (code != "es" || n > 9999 || n < 1000) {
				t.Errorf("%s writes %d as %q, want %q", code, n, l.Words(Number(n)), want)
			}
		}
		if want := spaces.Replace(p.Sprint(number.Decimal(12345.5, number.Scale(1)))); spaces.Replace(l.Words(Fixed(12345.5, 1))) != want {
			t.Errorf("%s writes 12345.5 as %q, want %q", code, l.Words(Fixed(12345.5, 1)), want)
		}
		if want := spaces.Replace(p.Sprint(number.Percent(0.42))); spaces.Replace(l.Words(Percent(0.42))) != want {
			t.Errorf("%s writes 42%% as %q, want %q", code, l.Words(Percent(0.42)), want)
		}
	}
}

// FuzzWords: whatever is in a text, a file name or what a worker sends, it is put into words, and
// nothing of how messages are made is seen.
func FuzzWords(f *testing.F) {
	f.Add(Say("{1|# photo|# photos} moved into {2}.", 3, "beds"))
	f.Add("\x02m{1|a}\x1f\x02n9\x03\x03")
	f.Add("\x02\x03\x02d\x03\x02l\x1f\x03\x02s\x02e\x03\x03")
	f.Add("\x02m{9}{x}{1|}{\x03")
	f.Add(Weekday(time.Date(2026, 2, 3, 14, 5, 0, 0, time.UTC)) + Day(time.Time{}) + Label("cat") + List([]string{"a", "b"}) + Sentence("so"))
	f.Add("\x02n\x03\x02%x\x03\x1f\x03")
	f.Fuzz(func(t *testing.T, s string) {
		for _, l := range []*Language{nil, English, lao, Marked()} {
			if got := l.Words(s); strings.ContainsAny(got, "\x02\x1f\x03") && Is(s) {
				t.Errorf("%q is put into %q", s, got)
			}
		}
	})
}

func Example() {
	german := &Language{Code: "de", Dir: "ltr", Plural: "one", Decimal: ",", Group: ".", Grouped: 4, Messages: map[string]string{
		"{1|# photo|# photos} moved into {2}.": "{1|# Foto|# Fotos} nach {2} verschoben.",
	}}
	moved := Say("{1|# photo|# photos} moved into {2}.", 1200, "beds")
	fmt.Println(English.Words(moved))
	fmt.Println(german.Words(moved))
	// Output:
	// 1,200 photos moved into beds.
	// 1.200 Fotos nach beds verschoben.
}
