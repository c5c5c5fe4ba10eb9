package text

import (
	"slices"
	"strings"
	"testing"
	"unicode"
)

// labels are those of the catalogue's networks.
func labels(t *testing.T) []string {
	var out []string
	for _, file := range []string{"imagenet.txt", "cifar10.txt"} {
		out = append(out, strings.Split(strings.TrimSpace(read(t, "../../weights/"+file)), "\n")...)
	}
	return out
}

// TestLabelsHaveNames: nearly every label of the networks has a name in every language, in its
// script, and no two have the same; names are of nothing but labels.
func TestLabelsHaveNames(t *testing.T) {
	all := labels(t)
	scripts := map[string]*unicode.RangeTable{"ar": unicode.Arabic, "zh-Hans": unicode.Han}
	for _, code := range append(languages(t), "en") {
		l := English
		names := english()
		if code != "en" {
			l = language(t, code)
			names = l.Labels
			if n := len(names); n < len(all)-10 {
				t.Errorf("%s has names for %d labels of %d", code, n, len(all))
			}
		}
		for label := range names {
			if !slices.Contains(all, label) {
				t.Errorf("%s has a name for %q, which is no label", code, label)
			}
		}
		of := map[string]string{}
		for _, label := range all {
			name := l.Word(label)
			if other, twice := of[strings.ToLower(name)]; twice {
				t.Errorf("%s: %q and %q are both called %q", code, other, label, name)
			}
			of[strings.ToLower(name)] = label
			switch script := scripts[code]; {
			case name != strings.TrimSpace(name) || strings.ContainsAny(name, "\"\\|{}#_\t") || strings.Contains(name, "  "):
				t.Errorf("%s: %q is called %q", code, label, name)
			case script != nil && l.Labels[label] != "" && !strings.ContainsFunc(name, func(r rune) bool { return unicode.Is(script, r) }):
				t.Errorf("%s: the name %q of %q is not in its script", code, name, label)
			case code == "de" && !unicode.IsUpper([]rune(name)[0]) && name != "iPod":
				t.Errorf("de: %q is no noun's name", name)
			}
		}
	}
	if lines := strings.Split(strings.TrimSpace(plainer), "\n"); !slices.IsSorted(lines) || len(lines) != len(english()) {
		t.Error("english.txt is not sorted, or has a label twice")
	}
}

// TestLabelsAreNamed: a label is said in the language, in plain English where there is no name, and
// then marked; a name that a person gave is never another.
func TestLabelsAreNamed(t *testing.T) {
	german, arabic := language(t, "de"), language(t, "ar")
	for _, c := range []struct {
		language        *Language
		label, want, in string
	}{
		{german, "ice bear", "Eisbär", ""}, {nil, "ice bear", "polar bear", ""}, {nil, "purse", "purse", ""},
		{arabic, "bluetick", "bluetick coonhound", "en"}, {german, "my own", "my own", "en"},
	} {
		pieces := c.language.Pieces(Label(c.label))
		if len(pieces) != 1 || pieces[0].Text != c.want || pieces[0].Lang != c.in {
			t.Errorf("%q is said as %+v, want %q in %q", c.label, pieces, c.want, c.in)
		}
	}
	if got := german.Words(Name("ice bear")); got != "ice bear" {
		t.Errorf("a class that a person called ice bear is shown as %q", got)
	}
}
