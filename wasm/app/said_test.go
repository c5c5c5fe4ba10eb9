//go:build !js

package app

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// unsaid are texts that were shown in any test and are in no catalogue, by where.
var unsaid = map[string]map[string]bool{}

// notYet are the parts of the page whose texts are not all in the catalogue.
var notYet = map[string]bool{
	"#inside-play": true, // what tests have a worker describe there
}

// labels are the attributes that people read.
var labels = []string{"aria-label", "aria-valuetext", "aria-roledescription", "title", "alt", "placeholder", "label"}

// readAloud reads all of a page: each text is a message, a number or a name, so that it can be put
// into words of any language, and isolated there.
func readAloud(page markup.Page) {
	listen("title", page.Title)
	for _, s := range page.Slots {
		for _, a := range s.Attrs {
			if slices.Contains(labels, a.Name) && !a.Off {
				listen("#"+s.ID, a.Value)
			}
		}
		for _, n := range s.Kids {
			n.Walk(func(k *markup.Node) {
				if k.Tag == "" {
					listen("#"+s.ID, k.Text)
				}
				for _, a := range k.Attrs {
					if slices.Contains(labels, a.Name) {
						listen("#"+s.ID, a.Value)
					}
				}
			})
		}
	}
}

var marked = text.Marked()

func listen(where, says string) {
	depth := 0
	for _, r := range marked.Words(says) {
		switch {
		case r == '⟦' || r == '⟨':
			depth++
		case r == '⟧' || r == '⟩':
			depth--
		case depth == 0 && unicode.IsLetter(r):
			if unsaid[where] == nil {
				unsaid[where] = map[string]bool{}
			}
			unsaid[where][marked.Words(says)] = true
			return
		}
	}
}

// whatIsUnsaid lists what was shown and is in no catalogue.
func whatIsUnsaid() string {
	var b strings.Builder
	for _, where := range slices.Sorted(maps.Keys(unsaid)) {
		if notYet[where] && os.Getenv("SAID") == "" { // with SAID=1 all are listed
			continue
		}
		for _, says := range slices.Sorted(maps.Keys(unsaid[where])) {
			fmt.Fprintf(&b, "\t%s: %q\n", where, says)
		}
	}
	return b.String()
}

func TestListening(t *testing.T) {
	defer func(before map[string]map[string]bool) { unsaid = before }(unsaid)
	unsaid = map[string]map[string]bool{}
	listen("a", text.Say("{1|# photo|# photos} of {2}", 2, text.List([]string{"x"}))+" · "+text.Percent(0.5))
	listen("b", "x "+text.Say("said"))
	if unsaid["a"] != nil || unsaid["b"] == nil {
		t.Errorf("it hears %v", unsaid)
	}
}

// TestLanguageIsChosen: the page is drawn in the language that a person chooses once its file is
// there, and stays in the one that it was in where the file does not come.
func TestLanguageIsChosen(t *testing.T) {
	w := newWorld(t, 1, "", "")
	w.settle()
	in := func(code string) {
		t.Helper()
		if got := w.state.View().Language; got == nil && code != "en" || got != nil && got.Code != code {
			t.Fatalf("it is in %+v, not in %s", got, code)
		}
		if v := w.slot("language").Attrs[0].Value; v != code {
			t.Errorf("the choice is %s, not %s", v, code)
		}
	}
	in("en")
	w.pick("language", "de")
	in2 := w.state.View().Language
	if in2 != nil {
		t.Errorf("it is in %s before its file is there", in2.Code)
	}
	w.settle()
	in("de")
	w.pick("language", "ar")
	w.pick("language", "fr") // the other is not waited for any more
	w.settle()
	in("fr")
	w.pick("language", "xx")
	w.settle()
	in("fr")
	if said := text.English.Words(w.slot("said").Kids[0].Text); !strings.HasPrefix(said, "The language could not be fetched: ") {
		t.Errorf("it says %q", said)
	}
	w.pick("language", "en")
	w.settle()
	in("en")

	// What did not come with the page is asked for.
	for _, c := range []struct{ words, want string }{{"", "de"}, {"{", "de"}} {
		w.state = New()
		w.send(outside.Began{Now: w.now, Device: outside.Device{Cores: 1}, Language: "de", Words: []byte(c.words)})
		w.settle()
		in(c.want)
	}
}
