package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Piece of a text in words.
type Piece struct {
	Text string
	// Apart is for what has a direction of its own.
	Apart bool
	// Lang is the language that it is in where that is not the text's.
	Lang string
}

// Words puts what messages a text has into words. What has a direction of its own is isolated by
// the characters that Unicode has for that.
func (l *Language) Words(s string) string {
	if !Is(s) {
		return s
	}
	var b strings.Builder
	for _, p := range l.Pieces(s) {
		if p.Apart {
			b.WriteString("\u2068" + p.Text + "\u2069")
		} else {
			b.WriteString(p.Text)
		}
	}
	return b.String()
}

// Pieces puts a text into words, in pieces: what has another language or direction is one of its
// own.
func (l *Language) Pieces(s string) []Piece {
	w := writer{Language: l.orEnglish()}
	w.text(s)
	return w.out
}

// A writer puts texts into words.
type writer struct {
	*Language
	out []Piece
}

// put adds a piece, to the one before where they are alike.
func (w *writer) put(p Piece) {
	if p.Text = plain(p.Text); p.Text == "" {
		return
	}
	if last := len(w.out) - 1; last >= 0 && !p.Apart && !w.out[last].Apart && w.out[last].Lang == p.Lang {
		w.out[last].Text += p.Text
		return
	}
	w.out = append(w.out, p)
}

// own adds words of the language itself.
func (w *writer) own(s string) { w.put(Piece{Text: s}) }

// english adds what is English in any language.
func (w *writer) english(s string) {
	switch {
	case w.marks:
		w.own("⟨" + s + "⟩")
	case w.Language == English:
		w.own(s)
	default:
		w.put(Piece{Text: s, Apart: w.Dir == "rtl", Lang: "en"})
	}
}

// text adds a text, with messages in it or not.
func (w *writer) text(s string) {
	for {
		at := strings.IndexByte(s, begin)
		if at < 0 {
			w.own(s)
			return
		}
		w.own(s[:at])
		fields, rest, is := open(s[at:])
		if !is {
			w.own(s[at:])
			return
		}
		w.message(fields)
		s = rest
	}
}

// open takes the fields of the message that a text begins with, and what is behind it. It tells
// whether there is a whole one.
func open(s string) (fields []string, rest string, is bool) {
	depth, from := 0, 1
	for i := range len(s) {
		switch s[i] {
		case begin:
			depth++
		case next:
			if depth == 1 {
				fields, from = append(fields, s[from:i]), i+1
			}
		case end:
			if depth--; depth == 0 {
				fields = append(fields, s[from:i])
				return fields, s[i+1:], fields[0] != ""
			}
		}
	}
	return nil, "", false
}

func (w *writer) message(fields []string) {
	kind, first := fields[0][0], fields[0][1:]
	switch kind {
	case sentence:
		w.sentence(first, fields[1:])
	case figure:
		w.figure(w.number(first))
	case share:
		score, _ := strconv.ParseFloat(first, 64)
		w.figure(w.percent(score))
	case name:
		switch {
		case w.marks:
			w.own("⟨" + first + "⟩")
		default:
			w.put(Piece{Text: first, Apart: w.strays(first)})
		}
	case foreign:
		w.english(first)
	case label:
		switch word := w.Labels[first]; {
		case word != "":
			w.own(word)
		default:
			w.english(English.Word(first))
		}
	case date:
		layout := ""
		if len(fields) > 1 {
			layout = fields[1]
		}
		w.figure(w.date(first, layout))
	case list:
		w.text(first)
		for _, f := range fields[1:] {
			w.figure(w.Comma)
			w.text(f)
		}
	case whole:
		w.whole(first)
	default:
		w.own(first)
	}
}

// figure adds what the language writes in its own way.
func (w *writer) figure(s string) {
	if w.marks {
		s = "⟦" + s + "⟧"
	}
	w.own(s)
}

// sentence adds a message of the catalogue.
func (w *writer) sentence(english string, args []string) {
	format := w.Messages[english]
	switch {
	case format == "" && w.Code != English.Code && !mere(english): // no translation
		e := writer{Language: English}
		e.fill(english, args)
		var b strings.Builder
		for _, p := range e.out {
			b.WriteString(p.Text)
		}
		w.english(b.String())
		return
	case format == "":
		format = english
	}
	sub := &writer{Language: w.Language}
	sub.fill(format, args)
	if w.marks {
		w.own("⟦")
		defer w.own("⟧")
	}
	w.add(sub.out)
}

// mere tells whether a sentence is nothing but places and what stands between them in any language.
func mere(english string) bool {
	for {
		before, after, is := strings.Cut(english, "{")
		if strings.ContainsFunc(before, unicode.IsLetter) {
			return false
		}
		if !is {
			return true
		}
		_, english, _ = strings.Cut(after, "}")
	}
}

func (w *writer) add(pieces []Piece) {
	for _, p := range pieces {
		w.put(p)
	}
}

// fill adds a format with what stands in its places.
func (w *writer) fill(format string, args []string) {
	for {
		before, after, is := strings.Cut(format, "{")
		w.own(before)
		if !is {
			return
		}
		place, rest, _ := strings.Cut(after, "}")
		format = rest
		number, forms, chosen := strings.Cut(place, "|")
		at, err := strconv.Atoi(number)
		if err != nil || at < 1 || at > len(args) {
			continue
		}
		arg := args[at-1]
		if !chosen {
			w.text(arg)
			continue
		}
		all := strings.Split(forms, "|")
		form := min(rules[w.Plural].of(count(arg)), len(all)-1)
		before, after, is = strings.Cut(all[form], "#")
		w.own(before)
		if is {
			w.text(arg)
			w.own(after)
		}
	}
}

// count is the whole number that an argument is; what is none has the form of many.
func count(arg string) int {
	fields, _, is := open(arg)
	if !is || fields[0][0] != figure {
		return 2
	}
	n, err := strconv.Atoi(fields[0][1:])
	if err != nil {
		return 2
	}
	return n
}

// whole adds a text as a sentence.
func (w *writer) whole(s string) {
	sub := &writer{Language: w.Language}
	sub.text(s)
	if len(sub.out) == 0 {
		return
	}
	first, last := &sub.out[0], &sub.out[len(sub.out)-1]
	marks := first.Text[:len(first.Text)-len(strings.TrimLeft(first.Text, "⟦⟨"))]
	r, size := utf8.DecodeRuneInString(first.Text[len(marks):])
	first.Text = marks + string(unicode.ToUpper(r)) + first.Text[len(marks)+size:]
	stop := w.Stop
	if last.Lang == "en" {
		stop = English.Stop
	}
	tail := last.Text[len(strings.TrimRight(last.Text, "⟧⟩")):]
	body := strings.TrimSuffix(last.Text, tail)
	if !strings.HasSuffix(body, stop) {
		body = strings.TrimRight(body, ".") + stop
	}
	last.Text = body + tail
	w.add(sub.out)
}

func fixed(x float64, decimals int) string { return strconv.FormatFloat(x, 'f', decimals, 64) }
