package text

import (
	"errors"
	"fmt"
	"io"
	"os"
	"testing"

	"homeroom/core/fault"
	"homeroom/core/photo"
	"homeroom/core/project"
)

func TestErrors(t *testing.T) {
	german := language(t, "de")
	_, heic := photo.Decode([]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), photo.Limits{})
	_, raw := photo.Decode([]byte("IIU\x00 and so on"), photo.Limits{})
	_, large := photo.Decode(make([]byte, 5000), photo.Limits{Bytes: 1234})
	_, noProject := project.Read("a.zip", []byte("abc"), project.Limits{})
	for _, c := range []struct {
		err             error
		english, german string
	}{
		{heic, heic.Error(), "HEIC-Bilder lassen sich hier nicht lesen; speichere es mit einem Bildprogramm als JPEG oder PNG, oder stell die Kamera auf JPEG"},
		{raw, raw.Error(), "Rohbilder von Kameras (RW2) lassen sich hier nicht lesen; entwickle es mit dem Programm des Kameraherstellers zu JPEG, oder stell die Kamera auf JPEG"},
		{large, large.Error(), "die Datei hat 5.000 Bytes, und höchstens 1.234 werden gelesen; speichere sie mit einem Bildprogramm kleiner"},
		{noProject, noProject.Error(), "a.zip: es ist kein Homeroom-Projekt: gebraucht wird eine .homeroom-Datei"},
		{fault.Errorf("bank: photo %q: %w", "a {1}%.jpg", fault.Errorf("there is no filter %d", 7)), `photo "a {1}%.jpg": there is no filter 7`, "Foto „a {1}%.jpg“: es gibt keinen Filter 7"},
		{fault.Errorf("it was learnt with the setting %v", 0.25), "it was learnt with the setting 0.25", "es wurde mit der Einstellung 0.25 gelernt"},
		{io.ErrUnexpectedEOF, "unexpected EOF", "unerwartetes Dateiende"},
		{fmt.Errorf("it says {1} and %w", io.EOF), "it says {1} and EOF", "it says {1} and EOF"},
		{errors.New(Say("it was stopped")), "it was stopped", "es wurde angehalten"},
		{nil, "", ""},
	} {
		if got := English.Words(Of(c.err)); got != c.english {
			t.Errorf("English: %q, want %q", got, c.english)
		}
		if got := german.Words(Of(c.err)); got != c.german {
			t.Errorf("German: %q, want %q", got, c.german)
		}
	}
	if p := german.Pieces(Of(os.ErrInvalid)); len(p) != 1 || p[0].Lang != "en" {
		t.Errorf("an error that nobody translated is not said to be English: %+v", p)
	}
}

// FuzzErrors: whatever a format and its arguments are, an error becomes a message that says it.
func FuzzErrors(f *testing.F) {
	f.Add("bank: photo %q: %w", "a.jpg", 3)
	f.Add("%", "", 0)
	f.Add("100 %% of %d{1}", "\x02", -1)
	f.Add("%[1]q %-3", "{", 1)
	f.Fuzz(func(t *testing.T, format, name string, n int) {
		err := fault.Errorf(format, name, n, errors.New(name))
		for _, l := range []*Language{nil, lao, Marked()} {
			_ = l.Words(Of(err))
		}
	})
}
