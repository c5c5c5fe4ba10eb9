package app

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// A speech is the language that the page is in. What is said is put into words only where the page
// is drawn; here is which language, and whether another is on its way.
type speech struct {
	language *text.Language // nil for English
	wanted   string         // the code of one that is on its way, "" for none
	ticket   int
}

// English is the code of the language that needs no file.
const English = "en"

// Speak has the page in a language, by its code.
type Speak struct{ Code string }

// begin takes the language that the page began in.
func (s *speech) begin(t *outside.Turn, e outside.Began) {
	*s = speech{}
	if e.Language == "" || e.Language == English {
		return
	}
	if l, err := text.Parse(e.Words); err == nil && len(e.Words) > 0 {
		s.language, t.Language = l, l
	} else { // it did not come with the page
		s.ask(t, e.Language)
	}
}

func (s *speech) ask(t *outside.Turn, code string) {
	s.wanted, s.ticket = code, t.Ticket()
	t.Ask(outside.GetLanguage{Ticket: s.ticket, Code: code})
}

// speak has the page in a language that a person chose.
func (s *speech) speak(t *outside.Turn, code string) {
	if code == s.code() && s.wanted == "" {
		return
	}
	if code == English {
		s.wanted, s.ticket, s.language = "", 0, nil
		s.tell(t, code, nil)
		return
	}
	s.ask(t, code)
}

// take takes the file of a language.
func (s *speech) take(t *outside.Turn, got outside.GotLanguage) {
	if got.Ticket != s.ticket || s.wanted == "" {
		return
	}
	code := s.wanted
	s.wanted, s.ticket = "", 0
	l, err := (*text.Language)(nil), error(nil)
	if got.Error == "" {
		l, err = text.Parse(got.Data)
	}
	switch {
	case got.Error != "":
		t.Say(text.Say("The language could not be fetched: {1}.", text.Foreign(got.Error)))
	case err != nil:
		t.Say(text.Say("The language could not be fetched: {1}.", text.Of(err)))
	default:
		s.language = l
		s.tell(t, code, got.Data)
		return
	}
	t.Soon()
	t.Ask(outside.SetValue{Selector: "#language", Value: s.code()})
}

// tell has the rest of the page in it, and the next visit.
func (s *speech) tell(t *outside.Turn, code string, words []byte) {
	t.Ask(outside.Speak{Code: code, Words: words})
	t.Ask(outside.SetAddress{Parameters: [][2]string{{"lang", code}}})
	t.Soon()
}

// code is that of the language.
func (s *speech) code() string {
	if s.language == nil {
		return English
	}
	return s.language.Code
}

// view is the choice of it.
func (s *speech) view() markup.Slot {
	chosen := s.code()
	if s.wanted != "" {
		chosen = s.wanted
	}
	return markup.Slot{ID: "language", Attrs: []markup.Attr{markup.A("value", chosen)}, On: []markup.Handler{markup.Value(func(code string) any { return Speak{code} })}}
}
