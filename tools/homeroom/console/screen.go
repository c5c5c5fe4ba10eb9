package console

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Screen passes text on to people. Names of files, labels and what libraries say come from
// outside, and a terminal would carry out what control characters in them ask for; so those come
// out as \x1b or \u009b, as JSON writes them where it may. Line feeds and tabs stay, and so does
// the carriage return before a line feed.
type Screen struct {
	To   io.Writer
	rest []byte // the beginning of a character that is not there as a whole yet
}

// Write implements [io.Writer].
func (s *Screen) Write(data []byte) (int, error) {
	text := append(s.rest, data...)
	s.rest = nil
	clean := make([]byte, 0, len(text))
	for len(text) > 0 {
		if !utf8.FullRune(text) {
			s.rest = append([]byte(nil), text...)
			break
		}
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1:
			clean = fmt.Appendf(clean, `\x%02x`, text[0])
		case r == '\n' || r == '\t' || !unicode.IsControl(r) && !reorders(r):
			clean = append(clean, text[:n]...)
		default:
			clean = fmt.Appendf(clean, `\u%04x`, r)
		}
		text = text[n:]
	}
	if _, err := s.To.Write(clean); err != nil {
		return 0, err
	}
	return len(data), nil
}

// reorders tells whether r makes a terminal show what follows in another order, which can make one
// name look like another (Unicode Standard Annex 9, explicit directional embeddings, overrides and
// isolates).
func reorders(r rune) bool { return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 }

// OnOneLine is a name that comes from outside, for a line of text: what would begin another line or
// column is written as Go writes it. The screen sees to the rest.
func OnOneLine(name string) string {
	return strings.NewReplacer("\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(name)
}
