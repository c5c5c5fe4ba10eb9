package text

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
)

// A Language is how messages are put into words. The zero value and nil are English.
type Language struct {
	Code string `json:"code"` // as in BCP 47
	Name string `json:"name"` // its own
	Dir  string `json:"dir"`  // ltr or rtl
	// Plural is the rule by which a whole number has its form:
	// one, zero-one, arabic or none; see CLDR.
	Plural  string `json:"plural"`
	Digits  string `json:"digits"` // from 0 to 9, where they are others
	Decimal string `json:"decimal"`
	Group   string `json:"group"`   // between each three digits
	Grouped int    `json:"grouped"` // from how many digits on there are groups
	Percent string `json:"percent"` // {1} is the number
	Less    string `json:"less"`    // less than {1}
	Comma   string `json:"comma"`   // of lists
	Stop    string `json:"stop"`    // at the end of a sentence
	// Date, Day and Week are layouts: {y} {m} {d} {h} {min}; {month} and {weekday} are names.
	Date     string   `json:"date"`
	Day      string   `json:"day"`
	Week     string   `json:"week"`
	Months   []string `json:"months"`
	Weekdays []string `json:"weekdays"` // from Sunday on

	Messages map[string]string `json:"messages"`
	Labels   map[string]string `json:"labels"` // of networks; none in most languages

	marks bool // what is translated, and what is not, is marked
}

// English is the language of the program itself.
var English = &Language{
	Code: "en", Name: "English", Dir: "ltr", Plural: "one", Decimal: ".", Group: ",", Grouped: 4, Percent: "{1}%", Less: "<{1}", Comma: ", ", Stop: ".",
	Date: "{d} {month} {y}, {h}:{min}", Day: "{d} {month}", Week: "{weekday}, {d} {month} {y}",
	Weekdays: []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	Months:   []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
}

// Marked is English in which everything that is put into words stands in ⟦⟧, and names, and what is
// English in any language, in ⟨⟩. Tests find what is in neither.
func Marked() *Language {
	l := *English
	l.marks = true
	return &l
}

// Parse reads the file of a language.
func Parse(data []byte) (*Language, error) {
	var l Language
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("the file of the language is not what it should be: %w", err)
	}
	if l.Code == "" || rules[l.Plural].forms == 0 || len(l.Months) != 12 || len(l.Weekdays) != 7 || l.Grouped == 0 || l.Digits != "" && len([]rune(l.Digits)) != 10 {
		return nil, fmt.Errorf("the file of the language %q is incomplete; load the page again", l.Code)
	}
	return &l, nil
}

// A rule gives the form for a whole number, of so many.
type rule struct {
	forms int
	of    func(n int) int
}

// rules are those of CLDR for whole numbers, as far as the languages here need them. French and
// Spanish have a form of their own for whole millions besides, which no count of this page reaches.
var rules = map[string]rule{
	"none": {1, func(int) int { return 0 }},
	"one": {2, func(n int) int {
		if n == 1 {
			return 0
		}
		return 1
	}},
	"zero-one": {2, func(n int) int {
		if n == 0 || n == 1 {
			return 0
		}
		return 1
	}},
	"arabic": {6, func(n int) int {
		switch m := n % 100; {
		case n >= 0 && n <= 2:
			return n
		case m >= 3 && m <= 10:
			return 3
		case m >= 11:
			return 4
		}
		return 5
	}},
}

// Forms is how many forms of a word there are after numbers.
func (l *Language) Forms() int { return rules[l.orEnglish().Plural].forms }

func (l *Language) orEnglish() *Language {
	if l == nil || l.Code == "" {
		return English
	}
	return l
}

// number writes digits as the language does.
func (l *Language) number(s string) string {
	s, power, _ := strings.Cut(s, "e")
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "\u2212", s[1:]
	}
	before, after, broken := strings.Cut(s, ".")
	if len(before) >= l.Grouped {
		for i := len(before) - 3; i > 0; i -= 3 {
			before = before[:i] + l.Group + before[i:]
		}
	}
	if broken {
		before += l.Decimal + after
	}
	before = l.digits(before)
	if power != "" {
		before += "e" + l.digits(power)
	}
	return sign + before
}

// digits writes digits in others where the language has others.
func (l *Language) digits(s string) string {
	if l.Digits == "" {
		return s
	}
	ten := []rune(l.Digits)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return ten[r-'0']
		}
		return r
	}, s)
}

// percent writes a score.
func (l *Language) percent(score float64) string {
	in := func(s string) string { return strings.Replace(l.Percent, "{1}", l.number(s), 1) }
	switch p := score * 100; {
	case p == 0:
		return in("0")
	case p >= 99.95:
		return in("100")
	case p >= 99 || p < 9.95 && p >= 0.1:
		return in(fixed(p, 1))
	case p >= 9.95:
		return in(fixed(p, 0))
	}
	return strings.Replace(l.Less, "{1}", in("0.1"), 1)
}

// date writes a time that is given as time.DateTime.
func (l *Language) date(at, layout string) string {
	t, err := time.Parse(time.DateTime, at)
	if err != nil {
		return at
	}
	how, weekday := l.Date, ""
	switch layout {
	case "day":
		how = l.Day
	case "week":
		how, weekday = l.Week, l.Weekdays[t.Weekday()]
	}
	return strings.NewReplacer("{weekday}", weekday,
		"{y}", l.digits(t.Format("2006")), "{m}", l.digits(t.Format("1")), "{month}", l.Months[t.Month()-1], "{d}", l.digits(t.Format("2")),
		"{h}", l.digits(t.Format("15")), "{min}", l.digits(t.Format("04"))).Replace(how)
}

// strays tells whether a text goes the other way in part, so that it is to be isolated.
func (l *Language) strays(s string) bool {
	if l.Dir == "rtl" {
		return true
	}
	for _, r := range s {
		if r >= 0x590 && unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko) || r >= 0x200e && r <= 0x202e && unicode.Is(unicode.Bidi_Control, r) || r >= 0x2066 && r <= 0x2069 {
			return true
		}
	}
	return false
}

// english.txt has the labels of networks that are no plain English, each with what people say.
//
//go:embed english.txt
var plainer string

var inEnglish struct {
	once  sync.Once
	words map[string]string
}

// english are the words of english.txt, read when the first label is said.
func english() map[string]string {
	inEnglish.once.Do(func() {
		inEnglish.words = map[string]string{}
		line, rest := "", plainer
		for rest != "" {
			line, rest, _ = strings.Cut(rest, "\n")
			label, word, _ := strings.Cut(line, "\t")
			inEnglish.words[label] = word
		}
	})
	return inEnglish.words
}

// Word is a label of a network's as people read it: in the language where it has a word for it, or
// else in plain English.
func (l *Language) Word(label string) string {
	if word := l.orEnglish().Labels[label]; word != "" {
		return word
	}
	if word := english()[label]; word != "" {
		return word
	}
	return label
}
