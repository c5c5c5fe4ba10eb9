package xmp

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var koala = []Name{{"koala", 0.91492, "efficientnet-lite0"}}

// keywords are the entries of a sidecar's lists.
func keywords(t *testing.T, data []byte) (subject, tree, marks []string) {
	t.Helper()
	root, err := parse(data)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	s, err := open(data, root)
	if err != nil {
		t.Fatalf("%v in\n%s", err, data)
	}
	for _, li := range s.subject.items() {
		subject = append(subject, li.text)
	}
	for _, li := range s.tree.items() {
		tree = append(tree, li.text)
	}
	for _, li := range s.marks.items() {
		marks = append(marks, li.field(spaceHomeroom, "label")+" "+li.field(spaceHomeroom, "confidence")+" "+li.field(spaceHomeroom, "keyword"))
	}
	return subject, tree, marks
}

func same(t *testing.T, data []byte, subject, tree, marks string) {
	t.Helper()
	s, h, m := keywords(t, data)
	if got := strings.Join(s, ","); got != subject {
		t.Errorf("the keywords are %q, want %q", got, subject)
	}
	if got := strings.Join(h, ","); got != tree {
		t.Errorf("the tree is %q, want %q", got, tree)
	}
	if got := strings.Join(m, ","); got != marks {
		t.Errorf("the marks are %q, want %q", got, marks)
	}
}

func merged(t *testing.T, old []byte, names ...Name) []byte {
	t.Helper()
	out, err := Merge(old, names)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Merge(out, names)
	if err != nil || !bytes.Equal(again, out) {
		t.Fatalf("a second time gives (%v)\n%s\nafter\n%s", err, again, out)
	}
	return out
}

// TestLife follows a sidecar: made, named otherwise, and corrected by a person.
func TestLife(t *testing.T) {
	first := merged(t, nil, koala...)
	same(t, first, "koala", "Homeroom|koala", "koala 0.9149 written")

	bear := Name{"brown bear", 0.5, "other"}
	second := merged(t, first, bear)
	same(t, second, "brown bear", "Homeroom|brown bear", "brown bear 0.5000 written")

	// A person takes the name out and writes one of their own.
	own := bytes.Replace(second, []byte("<rdf:li>brown bear</rdf:li>"), []byte("<rdf:li>Teddy</rdf:li>"), 1)
	third := merged(t, own, bear)
	same(t, third, "Teddy", "Homeroom|brown bear", "brown bear 0.5000 refused")
	fourth := merged(t, third, koala...)
	same(t, fourth, "Teddy,koala", "Homeroom|brown bear,Homeroom|koala", "koala 0.9149 written,brown bear 0.5000 refused")
	same(t, merged(t, fourth, bear), "Teddy", "Homeroom|brown bear", "brown bear 0.5000 refused")

	// What a person wrote stays, in their spelling, when a machine says the same and then another.
	fifth := merged(t, fourth, Name{"teddy", 0.7, "other"})
	same(t, fifth, "Teddy", "Homeroom|brown bear", "teddy 0.7000 found,brown bear 0.5000 refused")
	same(t, merged(t, fifth), "Teddy", "Homeroom|brown bear", "brown bear 0.5000 refused")
}

// TestForms has the ways in which a sidecar may be written.
func TestForms(t *testing.T) {
	const head, foot = `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`, `</rdf:RDF></x:xmpmeta>`
	const dc = ` xmlns:dc="http://purl.org/dc/elements/1.1/"`
	for name, c := range map[string]struct{ old, subject string }{
		"nothing":          {"", "koala"},
		"white space":      {"\ufeff \r\n", "koala"},
		"no description":   {head + foot, "koala"},
		"RDF self-closing": {`<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" />`, "koala"},
		"self-closing":     {head + `<rdf:Description rdf:about=""` + dc + ` dc:format="image/jpeg" />` + foot, "koala"},
		"other prefix":     {head + `<rdf:Description rdf:about="" xmlns:d="http://purl.org/dc/elements/1.1/"><d:subject><rdf:Seq><rdf:li>tree</rdf:li></rdf:Seq></d:subject></rdf:Description>` + foot, "tree,koala"},
		"prefix taken":     {head + `<rdf:Description rdf:about="" xmlns:dc="urn:another"><dc:subject>mine</dc:subject></rdf:Description>` + foot, "koala"},
		"no prefix":        {`<RDF xmlns="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><Description` + dc + `><dc:subject><Bag><li>tree</li></Bag></dc:subject></Description></RDF>`, "tree,koala"},
		"empty bag":        {head + `<rdf:Description` + dc + `><dc:subject><rdf:Bag/></dc:subject></rdf:Description>` + foot, "koala"},
		"empty property":   {head + `<rdf:Description` + dc + `><dc:subject/></rdf:Description>` + foot, "koala"},
		"two descriptions": {head + `<rdf:Description/><rdf:Description` + dc + `><dc:subject><rdf:Bag><rdf:li>a</rdf:li></rdf:Bag></dc:subject></rdf:Description>` + foot, "a,koala"},
		"lines":            {"<?xpacket begin='\ufeff' id='W5M0MpCehiHzreSzNTczkc9d'?>\r\n" + head + "\r\n <rdf:Description>\r\n </rdf:Description>\r\n" + foot + "\r\n\r\n<?xpacket end='w'?>", "koala"},
	} {
		t.Run(name, func(t *testing.T) {
			out := merged(t, []byte(c.old), koala...)
			subject, tree, _ := keywords(t, out)
			if got := strings.Join(subject, ","); got != c.subject || !slices.Equal(tree, []string{"Homeroom|koala"}) {
				t.Errorf("%q and %q in\n%s", got, tree, out)
			}
			if strings.Contains(c.old, "\r\n <") && strings.Count(string(out), "\n") != strings.Count(string(out), "\r\n") {
				t.Errorf("its line ends are mixed:\n%q", out)
			}
		})
	}
}

// TestLabels has labels of every sort.
func TestLabels(t *testing.T) {
	out := merged(t, nil, Name{"salt & <pepper>", 1, "a|b"}, Name{"cat|dog", 0, ""}, Name{"50% \x01off\nnow", 0.25, "%s"}, Name{" ", 1, ""}, Name{"Salt &  <Pepper>", 0.1, ""})
	same(t, out, "salt & <pepper>,cat|dog,50% off now", "Homeroom|salt & <pepper>,Homeroom|cat∣dog,Homeroom|50% off now",
		"salt & <pepper> 1.0000 written,cat|dog 0.0000 written,50% off now 0.2500 written")
	if _, err := Merge(nil, []Name{{"a", 1.5, ""}}); err == nil {
		t.Error("a confidence of 1.5 is taken")
	}
}

// TestRefused has files that are left as they are.
func TestRefused(t *testing.T) {
	const rdf = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/">`
	for data, want := range map[string]string{
		"milk, eggs":                         "no XMP",
		"<a><b></a>":                         "closes what was not opened",
		"<a>":                                "cut short",
		"<a:b/>":                             "the prefix a of a:b is not declared",
		"<html></html>":                      "no rdf:RDF",
		"\xff\xfe<\x00":                      "UTF-16",
		`<!DOCTYPE x [<!ENTITY a "b">]><x/>`: "document type",
		`<?xml version="1.0" encoding="ISO-8859-1"?><x/>`:                               "no XML",
		strings.Repeat("<a>", 200):                                                      "deep",
		rdf + `<rdf:Description dc:subject="tree"/></rdf:RDF>`:                          "is one text",
		rdf + `<rdf:Description><dc:subject>a</dc:subject></rdf:Description></rdf:RDF>`: "not one list",
		rdf + `<rdf:Description><dc:subject/><dc:subject/></rdf:Description></rdf:RDF>`: "twice",
	} {
		if out, err := Merge([]byte(data), koala); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60s: %v, want %q; it gave\n%s", data, err, want, out)
		}
	}
}

// TestOthers has sidecars in the shape that darktable and digiKam give them. They come through with
// all they had: what is taken out again leaves them as they were, but for a bag that was not there.
func TestOthers(t *testing.T) {
	for _, name := range []string{"darktable.xmp", "digikam.xmp", "lightroom.xmp"} {
		old, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		out := merged(t, old, koala...)
		subject, _, _ := keywords(t, out)
		before, _, _ := keywords(t, old)
		if !slices.Equal(subject, append(before, "koala")) {
			t.Errorf("%s: the keywords were %q and are %q", name, before, subject)
		}
		// Every line that was there is there, in its order.
		rest := string(out)
		for line := range strings.SplitSeq(string(old), "\n") {
			_, after, ok := strings.Cut(rest, line)
			if !ok {
				t.Errorf("%s: the line %q is gone", name, line)
				break
			}
			rest = after
		}
		sameToPeers(t, old, out)
	}
	sameToPeers(t, nil, merged(t, nil, koala...))
}

// sameToPeers has exiftool and exiv2 read a sidecar: all it had is there as before, and what was
// added is where they look for it.
func sameToPeers(t *testing.T, old, out []byte) {
	t.Helper()
	before, after := map[string]any{}, exiftool(t, out)
	if old != nil {
		before = exiftool(t, old)
	}
	for key, value := range before {
		switch key {
		case "XMP-dc:Subject", "XMP-lr:HierarchicalSubject":
			continue
		case "XMP-digiKam:TagsList":
			value = append(value.([]any), "Homeroom/koala")
		}
		a, _ := json.Marshal(value)
		b, _ := json.Marshal(after[key])
		if !bytes.Equal(a, b) {
			t.Errorf("exiftool: %s was %s and is %s", key, a, b)
		}
	}
	added := 0
	for key := range after {
		if _, was := before[key]; !was {
			added++
		}
	}
	if old != nil && added > 3 {
		t.Errorf("exiftool sees %d new tags: %v", added, after)
	}
	text, err := json.Marshal(after)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"koala"`, `"Homeroom|koala"`, `"by":"machine"`, `"confidence":0.9149`} {
		if !strings.Contains(strings.ReplaceAll(strings.ToLower(string(text)), "homeroom|", "Homeroom|"), want) {
			t.Errorf("exiftool does not see %s in %s", want, text)
		}
	}
	path := filepath.Join(t.TempDir(), "a.xmp")
	if err := os.WriteFile(path, out, 0o644); err != nil {
		t.Fatal(err)
	}
	seen, err := exec.Command(program(t, "exiv2"), "-q", "-Pkt", "-px", path).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Xmp.dc.subject", "koala", "Xmp.lr.hierarchicalSubject", "Homeroom|koala"} {
		if !strings.Contains(string(seen), want) {
			t.Errorf("exiv2 does not see %q in\n%s", want, seen)
		}
	}
}

// program finds a program that tools/setup installs.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Fatalf("there is no %s: go run ./tools/setup installs it", name)
	}
	return path
}

func exiftool(t *testing.T, data []byte) map[string]any {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.xmp")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command(program(t, "exiftool"), "-j", "-G1", "-struct", "-XMP:all", path).Output()
	if err != nil {
		var exit *exec.ExitError
		errors.As(err, &exit)
		t.Fatalf("exiftool: %v\n%s", err, exit.Stderr)
	}
	var all []map[string]any
	if err := json.Unmarshal(text, &all); err != nil || len(all) != 1 {
		t.Fatalf("%v in %s", err, text)
	}
	delete(all[0], "SourceFile")
	return all[0]
}

// FuzzMerge merges into any bytes. What comes out merges to itself, has the keyword or had it
// refused, and keeps all bytes but those of marked entries.
func FuzzMerge(f *testing.F) {
	for _, name := range []string{"darktable.xmp", "digikam.xmp", "lightroom.xmp"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "koala")
	}
	first, err := Merge(nil, koala)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first, "brown bear")
	f.Add([]byte("<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'/>"), "a&b")
	f.Fuzz(func(t *testing.T, old []byte, label string) {
		if len(old) > 1<<16 {
			return
		}
		names := []Name{{label, 0.5, "n"}}
		out, err := Merge(old, names)
		if err != nil {
			return
		}
		again, err := Merge(out, names)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%v: a second time gives\n%s\nafter\n%s", err, again, out)
		}
		if plain(label) == "" {
			return
		}
		if _, _, marks := keywords(t, out); len(marks) == 0 {
			t.Fatalf("there is no mark in\n%s", out)
		}
	})
}
