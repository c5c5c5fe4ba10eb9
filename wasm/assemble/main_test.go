package main

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

func TestAssemble(t *testing.T) {
	weights := t.TempDir()
	program := filepath.Join(t.TempDir(), "p.wasm")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(program, "program")
	// A pack that is too large for the repository may be there or not.
	write(filepath.Join(weights, "catalog.json"), `[{"name":"a","file":"a.pack","labels":"a.txt","classes":10,"sha256":"0123456789abcdef0123"},{"name":"b","file":"b.pack","large":true},{"name":"c","file":"c.pack","large":true}]`)
	for _, name := range []string{"a.pack", "a.txt", "sources.json", "large/b.pack"} {
		if err := os.MkdirAll(filepath.Join(weights, "large"), 0o755); err != nil {
			t.Fatal(err)
		}
		write(filepath.Join(weights, name), name)
	}
	build := func() string {
		t.Helper()
		out := t.TempDir()
		if err := assemble(sources{"../../site", weights, program, program, program, program, "../../element", "", "../text"}, out, "", false, 1); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"index.html", "homeroom.wasm", "wasm_exec.js", "weights/catalog.json", "licences.txt"} {
			if _, err := os.Stat(filepath.Join(out, path)); err != nil {
				t.Error(err)
			}
		}
		for path, there := range map[string]bool{"a.pack": true, "a.txt": true, "b.pack": true, "c.pack": false, "large": false, "sources.json": false} {
			if _, err := os.Stat(filepath.Join(out, "weights", path)); (err == nil) != there {
				t.Errorf("weights/%s: there is %v, want %v", path, err == nil, there)
			}
		}
		listed, err := os.ReadFile(filepath.Join(out, "weights", "catalog.json"))
		if err != nil || strings.Contains(string(listed), `"c"`) || !strings.Contains(string(listed), `"b"`) {
			t.Errorf("the catalogue does not list what is there: %s, %v", listed, err)
		}
		// Files that become smaller lie there compressed, too, and others do not.
		css, err := os.ReadFile(filepath.Join(out, "style.css"))
		if err != nil {
			t.Fatal(err)
		}
		for suffix, reader := range map[string]func(io.Reader) (io.Reader, error){
			".br": func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
			".gz": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
		} {
			small, err := os.ReadFile(filepath.Join(out, "style.css"+suffix))
			if err != nil {
				t.Fatal(err)
			}
			r, err := reader(bytes.NewReader(small))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, css) || len(small) > len(css)/2 {
				t.Errorf("style.css%s has %d bytes for %d, and is another file: %v, %v", suffix, len(small), len(css), !bytes.Equal(got, css), err)
			}
			for _, path := range []string{"weights/a.pack", "homeroom.wasm"} { // the latter is too short here
				if _, err := os.Stat(filepath.Join(out, path+suffix)); err == nil {
					t.Errorf("%s%s is there", path, suffix)
				}
			}
		}
		page, err := os.ReadFile(filepath.Join(out, "index.html"))
		if want := `data-first="weights/a.pack?sum=0123456789abcdef"`; err != nil || !strings.Contains(string(page), want) {
			t.Errorf("the page has no %s: %v", want, err)
		}
		script, err := os.ReadFile(filepath.Join(out, "sw.js"))
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(`const build = "([0-9a-f]{16})";`).FindSubmatch(script)
		if m == nil {
			t.Fatal("the service worker is not stamped")
		}
		// Everything that it keeps for offline use must be there.
		list := regexp.MustCompile(`(?s)const files = \[(.*?)\]`).FindStringSubmatch(string(script))
		if list == nil {
			t.Fatal("the service worker has no list of files")
		}
		for _, file := range regexp.MustCompile(`"([^"]+)"`).FindAllStringSubmatch(list[1], -1) {
			path := strings.TrimPrefix(file[1], "./")
			if _, err := os.Stat(filepath.Join(out, path)); err != nil {
				t.Errorf("the service worker keeps a file that is not there: %v", err)
			}
		}
		return string(m[1])
	}
	first := build()
	if second := build(); second != first {
		t.Errorf("the same files give the builds %s and %s", first, second)
	}
	write(program, "another program")
	if third := build(); third == first {
		t.Error("another program gives the same build")
	}
}

func TestFitKnowsItsPlaces(t *testing.T) {
	var whole string
	for _, f := range fits {
		whole += "\t" + f[0] + "\n"
	}
	got, err := fit([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fits {
		if strings.Contains(string(got), f[0]) || !strings.Contains(string(got), f[1]) {
			t.Errorf("%q is not replaced in\n%s", f[0], got)
		}
	}
	for _, script := range []string{"", whole + whole} {
		if _, err := fit([]byte(script)); err == nil {
			t.Errorf("another script is taken: %q", script)
		}
	}
}
