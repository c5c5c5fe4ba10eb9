package text

import (
	"strconv"
	"strings"
	"time"
)

// What a message is made of: begin, the letter of its kind, its fields with next between them, end.
// No field has these characters but in whole messages.
const (
	begin = '\x02'
	next  = '\x1f'
	end   = '\x03'
)

// Kinds of messages.
const (
	sentence = 'm' // its English, and its arguments
	figure   = 'n' // a number in digits, with a point
	share    = '%' // a score from 0 to 1
	name     = 'i'
	foreign  = 'e'
	label    = 'w'
	date     = 'd' // as time.DateTime has it, and a layout
	list     = 'l' // messages
	whole    = 's' // a message that begins and ends as a sentence
)

func made(kind byte, fields ...string) string {
	return string(begin) + string(kind) + strings.Join(fields, string(next)) + string(end)
}

// Is tells whether a string has a message in it.
func Is(s string) bool { return strings.IndexByte(s, begin) >= 0 }

// plain is a string without the characters of messages.
func plain(s string) string {
	if !strings.ContainsAny(s, "\x02\x1f\x03") {
		return s
	}
	return strings.NewReplacer(string(begin), "\uFFFD", string(next), "\uFFFD", string(end), "\uFFFD").Replace(s)
}

// Say makes a message of an English sentence, which the catalogue has, and its arguments: numbers,
// messages, and plain strings, which are names.
func Say(english string, args ...any) string {
	fields := make([]string, 1, 1+len(args))
	fields[0] = english
	for _, a := range args {
		switch a := a.(type) {
		case string:
			if !Is(a) {
				a = Name(a)
			}
			fields = append(fields, a)
		case int:
			fields = append(fields, Number(a))
		case int64:
			fields = append(fields, Number(int(a)))
		default:
			panic("text: an argument that is neither a number nor a text")
		}
	}
	return made(sentence, fields...)
}

// Known makes a message of an English sentence that was written down, which the catalogue may have;
// what it does not have is English in any language.
func Known(english string) string {
	if english == "" {
		return ""
	}
	return made(sentence, plain(english))
}

// Number is a whole number.
func Number(n int) string { return made(figure, strconv.Itoa(n)) }

// Fixed is a number with so many decimals.
func Fixed(x float64, decimals int) string {
	return made(figure, strconv.FormatFloat(x, 'f', decimals, 64))
}

// Rounded is a number with so many digits that count, large and small ones with a power of ten.
func Rounded(x float64, digits int) string {
	return made(figure, strconv.FormatFloat(x, 'g', digits, 64))
}

// Percent is a score between 0 and 1 for reading: whole percents, with one decimal near either end.
func Percent(score float64) string {
	return made(share, strconv.FormatFloat(score, 'g', -1, 64))
}

// Name is what a person called something: a file, a class, a project. It is in no language, and its
// direction is its own.
func Name(s string) string {
	if s == "" {
		return ""
	}
	return made(name, plain(s))
}

// Foreign is a text that there is in English only, such as an error of core; a message stays what
// it is.
func Foreign(s string) string {
	if s == "" || Is(s) {
		return s
	}
	return made(foreign, s)
}

// Label is a label of a network's, English unless the language has a word for it.
func Label(s string) string {
	if s == "" {
		return ""
	}
	return made(label, plain(s))
}

// Date is a day with its year and a time of that day, Day a day of about this year.
func Date(t time.Time) string { return made(date, t.Format(time.DateTime), "date") }

// Weekday is a day with its year and the day of the week.
func Weekday(t time.Time) string { return made(date, t.Format(time.DateTime), "week") }

// Day is explained with Date.
func Day(t time.Time) string { return made(date, t.Format(time.DateTime), "day") }

// List is messages and names one after the other.
func List(items []string) string {
	fields := make([]string, len(items))
	for i, item := range items {
		if fields[i] = item; !Is(item) {
			fields[i] = Name(item)
		}
	}
	return made(list, fields...)
}

// Sentence makes what says why something went wrong into a sentence of its own. What is no message
// is English.
func Sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	return made(whole, Foreign(s))
}
