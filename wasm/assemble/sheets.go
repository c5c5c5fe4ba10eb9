package main

import (
	"bytes"
	"fmt"
	"html"
	"path"
	"regexp"
	"strings"

	"homeroom/wasm/text"
)

// sheet is the page to print for the class. It has no program that could put it into words, so that
// there is one in each language.
const sheet = lessonFolder + "class.html"

// putSheets writes the page to print in each language, as the message that names it says.
func putSheets(files map[string][]byte) error {
	for name, data := range files {
		if path.Dir(name) != "text" || path.Ext(name) != ".json" {
			continue
		}
		l, err := text.Parse(data)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		to := l.Messages[sheet]
		if to == "" || files[to] != nil {
			return fmt.Errorf("%s: %q cannot be what %s is called", name, to, sheet)
		}
		if files[to], err = inLanguage(files[sheet], l); err != nil {
			return fmt.Errorf("%s: %w", to, err)
		}
	}
	return nil
}

// between is what stands between two tags.
var between = regexp.MustCompile(`>([^<>]+)<`)

// inLanguage puts a page into a language whose elements have either a text or other elements.
func inLanguage(page []byte, l *text.Language) ([]byte, error) {
	var missing []string
	out := between.ReplaceAllFunc(page, func(all []byte) []byte {
		says := strings.Join(strings.Fields(html.UnescapeString(string(all[1:len(all)-1]))), " ")
		if says == "" {
			return all
		}
		told := l.Messages[says]
		if told == "" {
			missing = append(missing, says)
		}
		return []byte(">" + html.EscapeString(told) + "<")
	})
	if missing != nil {
		return nil, fmt.Errorf("%s has no words for %q", l.Name, missing)
	}
	old := []byte(`<html lang="en-GB">`)
	if !bytes.Contains(out, old) {
		return nil, fmt.Errorf("it does not begin with %s", old)
	}
	return bytes.Replace(out, old, fmt.Appendf(nil, `<html lang="%s" dir="%s">`, l.Code, l.Dir), 1), nil
}
