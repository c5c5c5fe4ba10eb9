package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// zippedFiles is a zip of files, every other one stored as it is.
func zippedFiles(t *testing.T, files []file) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for i, f := range files {
		w, err := z.CreateHeader(&zip.FileHeader{Name: f.name, Method: []uint16{zip.Store, zip.Deflate}[i%2]})
		if err == nil {
			_, err = w.Write(f.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestTeachableProject gives a project of Teachable Machine, whose photos are called
// CLASS-!-NUMBER, and zips to Teach and to Classify.
func TestTeachableProject(t *testing.T) {
	files := []file{{"manifest.json", "", []byte(`{"type":"image"}`)}}
	for i, f := range variants(t, "cat.png", 6, 1) {
		files = append(files, file{"Cats/kittens-!-" + string(rune('0'+i)) + ".jpg", "", f.data})
	}
	for i, f := range variants(t, "goldfish.jpg", 6, 2) {
		files = append(files, file{"Fish-!-" + string(rune('0'+i)) + ".jpg", "", f.data})
	}
	whole := zippedFiles(t, files)
	path := filepath.Join(t.TempDir(), "pets.tm")
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	p := teach(t, "")
	if *shots != "" {
		p.shoot("teach-start")
		p.do(chromedp.EmulateViewport(390, 844))
		p.shoot("teach-start-phone")
	}
	p.drop(file{"broken.tm", "application/octet-stream", whole[:len(whole)/2]})
	p.until(`/broken\.tm could not be read: it is no zip, as projects of Teachable Machine/.test(document.body.textContent)`)
	p.pick("Add a zip or .tm", path)
	p.learnt(1)
	for class, n := range map[string]int{"Cats∕kittens": 6, "Fish": 6} {
		if got := p.photosOf(class); len(got) != n || !slices.Contains(got, "0.jpg") {
			t.Errorf("%s has %q", class, got)
		}
	}

	q := open(t, "")
	q.drop(file{"pets.zip", "application/zip", zippedFiles(t, []file{{"a.png", "", asPNG(t, sized(t, 64, 48))}, {"in/b.png", "", asPNG(t, sized(t, 48, 64))}, {"__MACOSX/c.png", "", []byte("no photo")}})})
	var names []string
	for _, c := range q.settle(2) {
		checkNamed(t, c)
		names = append(names, c.File)
	}
	if got := strings.Join(names, " "); got != "a.png b.png" {
		t.Errorf("of the zip came %s", got)
	}
}
