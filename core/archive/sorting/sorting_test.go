package sorting

import (
	"fmt"
	"path"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

func planner(t *testing.T, template string) *Planner {
	t.Helper()
	parsed, err := Parse(template)
	if err != nil {
		t.Fatal(err)
	}
	return &Planner{Template: parsed}
}

// TestPlaces has photos and where they go.
func TestPlaces(t *testing.T) {
	day := time.Date(2024, 5, 7, 23, 59, 0, 0, time.UTC)
	for _, c := range []struct {
		template string
		photo    Photo
		want     string
	}{
		{Default, Photo{"in/IMG_1.JPG", "koala", day}, "koala/IMG_1.JPG"},
		{"{label}/{year}/{name}", Photo{"in/IMG_1.JPG", "koala", day}, "koala/2024/IMG_1.JPG"},
		{"{label}/{year}/{name}", Photo{"in/IMG_1.JPG", "koala", time.Time{}}, "koala/undated/IMG_1.JPG"},
		{"{year}-{month}-{day} {label}/{stem} ({folder}){ending}", Photo{"a/b/c.jpg", "", day}, "2024-05-07 unsure/c (b).jpg"},
		{Default, Photo{`C:\photos\x.jpg`, "a/b\\c", day}, "a∕b∖c/x.jpg"},
		{Default, Photo{"x/con.jpg", "AUX", day}, "_AUX/_con.jpg"},
		{Default, Photo{"x/.hidden", "..", day}, "_/_.hidden"},
		{Default, Photo{"x/a:b?.jpg", "q*", day}, "q_/a_b_.jpg"},
		{Default, Photo{"x/a\nb\xff.jpg", "tail. ", day}, "tail/a_b�.jpg"},
		{Default, Photo{"x/{label}.jpg", "{year}", day}, "{year}/{label}.jpg"},
		{Default, Photo{"x/" + strings.Repeat("ä", 120) + ".jpeg", "l", day}, "l/" + strings.Repeat("ä", 117) + ".jpeg"},
		{"{date}/{name}", Photo{"noending", "l", day}, "2024-05-07/noending"},
	} {
		s, err := planner(t, c.template).Place(c.photo, nil)
		if err != nil || s.To != c.want {
			t.Errorf("%s of %q goes to %q (%v), want %q", c.template, c.photo.Path, s.To, err, c.want)
		}
	}
}

// TestTemplates has templates that are refused.
func TestTemplates(t *testing.T) {
	for template, want := range map[string]string{
		"": "part", "{name": "there are {label}", "{nam}": "there are {label}", "/{name}": "begins with /", "../{name}": `".."`, "a//{name}": `""`,
		"{label}": "needs {name}", `{label}\{name}`: "backslash", "}{name}": "closes a brace", "{name}/": "part", "{name}/{label}": "needs {name}",
	} {
		if _, err := Parse(template); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", template, err, want)
		}
	}
}

// TestClashes has names that one file system or another takes for one.
func TestClashes(t *testing.T) {
	p := planner(t, Default)
	p.Taken = func(to, from string) bool { return to == "l/there.jpg" }
	var got []string
	for _, from := range []string{"1/a.jpg", "2/a.jpg", "3/A.JPG", "4/\u00e9.jpg", "5/e\u0301.jpg", "6/there.jpg", "7/a-2.jpg"} {
		s, err := p.Place(Photo{Path: from, Label: "l"}, []string{from + ".xmp", strings.TrimSuffix(from, path.Ext(from)) + ".xmp"})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s.To, s.Beside[0].To, s.Beside[1].To)
	}
	want := "l/a.jpg l/a.jpg.xmp l/a.xmp l/a-2.jpg l/a-2.jpg.xmp l/a-2.xmp l/A-3.JPG l/A-3.JPG.xmp l/A-3.xmp l/é.jpg l/é.jpg.xmp l/é.xmp " +
		"l/e\u0301-2.jpg l/e\u0301-2.jpg.xmp l/e\u0301-2.xmp l/there-2.jpg l/there-2.jpg.xmp l/there-2.xmp l/a-2-2.jpg l/a-2-2.jpg.xmp l/a-2-2.xmp"
	if strings.Join(got, " ") != want {
		t.Errorf("they go to\n%s, want\n%s", strings.Join(got, " "), want)
	}
}

// TestKeys: what any file system takes for one has one key, by the whole table of Unicode.
func TestKeys(t *testing.T) {
	first := map[string]string{}
	for r := range rune(unicode.MaxRune + 1) {
		if !unicode.IsGraphic(r) {
			continue
		}
		for _, text := range []string{string(r), norm.NFC.String(string(r)), norm.NFD.String(string(r)), strings.ToUpper(string(r)), strings.ToLower(string(r))} {
			same := cases.Fold().String(norm.NFD.String(text))
			if was, there := first[same]; !there {
				first[same] = Key(text)
			} else if Key(text) != was {
				t.Fatalf("%+q has the key %+q, and what is the same %+q", text, Key(text), was)
			}
		}
	}
}

// FuzzPlace places two photos of any names: the paths are apart, of as many parts as the template,
// and every part can be a name on every system.
func FuzzPlace(f *testing.F) {
	f.Add(Default, "a/b.jpg", "A/B.JPG", "koala")
	f.Add("{label}/{year}/{stem}x{ending}", "con", "\xff\n.", "..")
	f.Add("x{name}{ending}", strings.Repeat("a", 300), "a."+strings.Repeat("b", 300), "aux.")
	f.Fuzz(func(t *testing.T, template, one, two, label string) {
		parsed, err := Parse(template)
		if err != nil || len(template)+len(one)+len(two)+len(label) > 1<<12 {
			return
		}
		p := &Planner{Template: parsed}
		seen := map[string]bool{}
		for _, from := range []string{one, two, one} {
			s, err := p.Place(Photo{Path: from, Label: label}, []string{from + ".xmp"})
			if err != nil {
				t.Fatal(err)
			}
			for _, to := range []string{s.To, s.Beside[0].To} {
				if k := strings.ToLower(norm.NFC.String(to)); seen[k] {
					t.Fatalf("%q is given twice", to)
				} else {
					seen[k] = true
				}
				if err := sound(to); err != nil || strings.Count(to, "/") != strings.Count(template, "/") {
					t.Fatalf("%q by %q of %q: %v", to, template, from, err)
				}
			}
		}
	})
}

// sound tells what is wrong with a path.
func sound(to string) error {
	if !utf8.ValidString(to) {
		return fmt.Errorf("it is not UTF-8")
	}
	for part := range strings.SplitSeq(to, "/") {
		first, _, _ := strings.Cut(part, ".")
		switch {
		case part == "" || len(part) > 255:
			return fmt.Errorf("a part of %d bytes", len(part))
		case strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || strings.HasPrefix(part, "."):
			return fmt.Errorf("the part %q", part)
		case strings.ContainsAny(part, "<>:\"\\|?*\x00\n"):
			return fmt.Errorf("the part %q", part)
		case strings.EqualFold(first, "con") || strings.EqualFold(first, "com1"):
			return fmt.Errorf("the device %q", part)
		}
	}
	return nil
}
