package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// page is a page and its service worker as far as photos go into them.
func page() map[string][]byte {
	return map[string][]byte{
		"index.html": []byte("<main><!-- photos of its own --></main><dialog><!-- their credits --></dialog>"),
		"sw.js":      []byte("const files = [\n...[], // photos that the page opens on\n];"),
		"first/photos.json": []byte(`[{"file":"a.jpg","title":"A & B","author":"Somebody","licence":"CC0 1.0","address":"https://example.org/a"},
			{"file":"b.jpg","title":"B","author":"Nobody","licence":"public domain","address":"https://example.org/b"}]`),
		"first/a.jpg": []byte("picture a"), "first/b.jpg": []byte("picture b"),
	}
}

// TestPhotosStandInThePage: with their names, how sure the network was, and their credits; and
// where there are no names, none of it is there.
func TestPhotosStandInThePage(t *testing.T) {
	named := filepath.Join(t.TempDir(), "named.jsonl")
	write := func(text string) {
		if err := os.WriteFile(named, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const a = `{"file":"site/first/a.jpg","results":[{"label":"<cat>","score":0.976},{"label":"dog","score":0.01}]}` + "\n"
	write(a + `{"file":"site/first/b.jpg","results":[{"label":"dog","score":0.5}]}` + "\n")
	files := page()
	if err := putPhotos(files, named); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`id="first-1" data-early><img src="first/a.jpg" data-file="a.jpg"`, `&lt;cat&gt;</span> <span class="first-sure">98%`, `id="first-2"`, "<strong>A &amp; B</strong>Somebody, CC0 1.0. <a href=\"https://example.org/a\"",
	} {
		if !strings.Contains(string(files["index.html"]), want) {
			t.Errorf("the page has no %s:\n%s", want, files["index.html"])
		}
	}
	if want := `"first/a.jpg", "first/b.jpg", `; !strings.Contains(string(files["sw.js"]), want) {
		t.Errorf("the service worker keeps %s", files["sw.js"])
	}
	if _, there := files["first/photos.json"]; there {
		t.Error("the list of photos is part of the page")
	}
	if whole := withPictures(files["index.html"], files); !strings.Contains(string(whole), "data:image/jpeg;base64,cGljdHVyZSBh") || strings.Contains(string(whole), `src="first/`) {
		t.Errorf("the page as one file has no pictures: %s", whole)
	}

	none := page()
	if err := putPhotos(none, ""); err != nil {
		t.Fatal(err)
	}
	if got := string(none["index.html"]); got != "<main></main><dialog></dialog>" || none["first/a.jpg"] != nil {
		t.Errorf("without names the page is %s", got)
	}

	for what, text := range map[string]string{"a photo without a name": a, "one that could not be named": a + `{"file":"b.jpg","error":"it is cut short"}`, "nonsense": "{"} {
		write(text)
		if err := putPhotos(page(), named); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	large := page()
	large["first/a.jpg"] = make([]byte, mostPhotos)
	write(a + `{"file":"b.jpg","results":[{"label":"dog","score":0.5}]}`)
	if err := putPhotos(large, named); err == nil || !strings.Contains(err.Error(), "400000") {
		t.Errorf("too many bytes are taken: %v", err)
	}
}

// TestLessonCredits: whoever made the photos of the lesson stands in the page, and the list itself
// is no part of it.
func TestLessonCredits(t *testing.T) {
	lesson := func(size int) map[string][]byte {
		return map[string][]byte{
			"index.html":         []byte("<dialog><!-- credits of the lesson --></dialog>"),
			"lesson/photos.json": []byte(`[{"file":"a.jpg","title":"A & B","author":"Somebody","licence":"CC0 1.0","address":"https://example.org/a"}]`),
			"lesson/a.jpg":       make([]byte, size),
		}
	}
	files := lesson(9)
	if err := putLesson(files); err != nil {
		t.Fatal(err)
	}
	if got := string(files["index.html"]); !strings.Contains(got, "<strong>A &amp; B</strong>Somebody, CC0 1.0. <a href=\"https://example.org/a\"") || files["lesson/photos.json"] != nil || files["lesson/a.jpg"] == nil {
		t.Errorf("the page is %s, with %d files", got, len(files))
	}
	if err := putLesson(lesson(mostPhotos + 1)); err == nil || !strings.Contains(err.Error(), "400000") {
		t.Errorf("too many bytes are taken: %v", err)
	}
	files = lesson(9)
	delete(files, "lesson/a.jpg")
	if err := putLesson(files); err == nil || !strings.Contains(err.Error(), "lesson/a.jpg") {
		t.Errorf("a photo that is not there is credited: %v", err)
	}
}
