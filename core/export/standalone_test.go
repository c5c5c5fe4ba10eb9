package export

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// Bytes come back from text, whatever they are, and the text is an eighth longer.
func TestLetters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(r.Uint32())
			if n%3 == 0 {
				data[i] &= byte(r.Uint32() & 0x11) // zeros, which are special
			}
		}
		text := letters(data)
		if !utf8.Valid(text) || bytes.ContainsAny(text, "\x00\r<") || len(text) < lettersOf(n) || len(text) > lettersOf(n)+1 {
			t.Fatalf("%d bytes are %d as text", n, len(text))
		}
		if back, err := bytesOf(text, n); err != nil || !bytes.Equal(back, data) {
			t.Fatalf("%d bytes: %x in place of %x, %v", n, back, data, err)
		}
		if n > 0 {
			if _, err := bytesOf(text[:len(text)-1], n); err == nil {
				t.Errorf("%d bytes that are cut short are taken", n)
			}
		}
		for _, planes := range []int{1, 4} {
			p := part{"a", data, planes}
			if back, err := unpacked(p.packed(), planes, n); err != nil || !bytes.Equal(back, data) {
				t.Fatalf("%d bytes in %d planes: %v", n, planes, err)
			}
			if _, err := unpacked(p.packed(), planes, n-1); n > 0 && err == nil {
				t.Error("more is unpacked than may be")
			}
		}
	}
}

// page is a small one.
func page() *Page {
	p := &Page{Title: `A "page" <b>`, Labels: []string{"cat", "dog"}, Element: map[string][]byte{}, Project: bytes.Repeat([]byte("project "), 99), Packs: map[string][]byte{`a "pack"`: []byte("weights\r\n\x00<"), "b": {1}}}
	for _, name := range elementFiles {
		p.Element[name] = []byte(strings.Repeat("/* "+name+" */\n", 9))
	}
	return p
}

// What is written is read back, and what was changed on its way is not.
func TestPagesAreReadBack(t *testing.T) {
	for _, format := range []struct {
		name  string
		write func(*Page, *bytes.Buffer) error
		read  func([]byte) (*Page, error)
	}{
		{"single", func(p *Page, w *bytes.Buffer) error { return p.Single(w) }, ReadSingle},
		{"folder", func(p *Page, w *bytes.Buffer) error { return p.Folder(w) }, ReadFolder},
	} {
		p := page()
		var out bytes.Buffer
		if err := format.write(p, &out); err != nil {
			t.Fatal(err)
		}
		back, err := format.read(out.Bytes())
		if err != nil {
			t.Fatal(format.name, err)
		}
		same := func(back *Page) bool {
			for name, data := range back.Element {
				if !bytes.Equal(data, p.Element[name]) {
					return false
				}
			}
			for name, data := range p.Packs {
				if !bytes.Equal(data, back.Packs[name]) {
					return false
				}
			}
			return len(back.Packs) == len(p.Packs) && bytes.Equal(back.Project, p.Project)
		}
		if !same(back) {
			t.Errorf("%s: %q", format.name, back)
		}
		for _, n := range []int{0, 1, out.Len() / 2, out.Len() - 40} {
			if _, err := format.read(out.Bytes()[:n]); err == nil {
				t.Errorf("%s: %d bytes of %d are taken", format.name, n, out.Len())
			}
		}
		for _, old := range []string{"/* element.js */", "sha256-", "standalone.css", "data-bytes", "index.html"} {
			changed := bytes.Replace(out.Bytes(), []byte(old), []byte(strings.ToUpper(old)), 1)
			if back, err := format.read(changed); !bytes.Equal(changed, out.Bytes()) && err == nil && same(back) && format.name == "single" {
				t.Errorf("%s without %s is taken", format.name, old)
			}
		}
	}
}

// What was not written here is refused, in good time.
func FuzzReadPage(f *testing.F) {
	p := page()
	var single, folder bytes.Buffer
	if err := p.Single(&single); err != nil {
		f.Fatal(err)
	}
	if err := p.Folder(&folder); err != nil {
		f.Fatal(err)
	}
	f.Add(single.Bytes())
	f.Add(folder.Bytes())
	f.Add([]byte(`<script type="text/plain" data-part="project" data-bytes="99999999" data-planes="4">A</script>` + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ReadSingle(data); err == nil && len(p.Element) == 0 {
			t.Error("a page of nothing")
		}
		if p, err := ReadFolder(data); err == nil && len(p.Element) == 0 {
			t.Error("a folder of nothing")
		}
	})
}
