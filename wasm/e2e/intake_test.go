package e2e

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"

	"homeroom/wasm/text"
)

// checkNamed fails where a card lacks anything that a named photo's card has.
func checkNamed(t *testing.T, c card) {
	t.Helper()
	score, err := strconv.ParseFloat(c.Score, 64)
	switch {
	case c.Error != "":
		t.Errorf("%s was not named: %s", c.File, c.Error)
	case c.Label == "" || err != nil || score <= 0 || score > 1:
		t.Errorf("%s is called %q with the score %q", c.File, c.Label, c.Score)
	case c.Rows != 5:
		t.Errorf("%s has %d answers, want 5", c.File, c.Rows)
	case !c.Picture || c.Alt != text.English.Word(c.Label)+": "+c.File:
		t.Errorf("%s has no thumbnail (%v), or one described as %q", c.File, !c.Picture, c.Alt)
	case !strings.Contains(c.Text, "Named in "):
		t.Errorf("%s does not say how long it took: %s", c.File, c.Text)
	}
}

func TestDropPickAndPaste(t *testing.T) {
	p := open(t, "")
	paths := photoPaths(t)
	dropped := load(t, paths[0], paths[1])
	p.drop(dropped...)
	p.settle(2)
	p.pick("Use my photos", paths[1], paths[2])
	p.settle(4)
	p.paste(file{"pasted.png", "image/png", asPNG(t, sized(t, 300, 200))})
	cards := p.settle(5)
	want := []string{dropped[0].name, dropped[1].name, filepath.Base(paths[1]), filepath.Base(paths[2]), "pasted.png"}
	for i, c := range cards {
		if c.File != want[i] {
			t.Errorf("card %d is of %s, want %s", i, c.File, want[i])
		}
		checkNamed(t, c)
	}
	if cards[1].Label != cards[2].Label || cards[1].Score != cards[2].Score {
		t.Errorf("the same photo dropped and picked is %s %s and %s %s", cards[1].Label, cards[1].Score, cards[2].Label, cards[2].Score)
	}
}

func TestFolders(t *testing.T) {
	p := open(t, "")
	folder := filepath.Join(t.TempDir(), "holiday")
	inner, helper := filepath.Join(folder, "beach"), filepath.Join(folder, "@eaDir")
	for _, f := range []string{inner, helper} {
		if err := os.MkdirAll(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	one := asJPEG(t, sized(t, 64, 48), 80)
	for path, data := range map[string][]byte{
		filepath.Join(folder, "a.jpg"): one, filepath.Join(inner, "b.jpg"): one, filepath.Join(folder, "c.jpg"): one,
		filepath.Join(folder, ".hidden.jpg"): one, filepath.Join(folder, "notes.txt"): []byte("milk"), filepath.Join(inner, "Thumbs.db"): one,
		filepath.Join(folder, "none"): one, filepath.Join(folder, "wrong.txt"): one, filepath.Join(helper, "thumb.jpg"): one,
	} {
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []input.DispatchDragEventType{"dragEnter", "dragOver", "drop"} {
		call(p, input.DispatchDragEvent, input.DispatchDragEventParams{
			Type: kind, X: 400, Y: 300, Data: &input.DragData{Items: []*input.DragDataItem{}, Files: []string{folder}, DragOperationsMask: 1},
		})
	}
	var files []string
	for _, c := range p.settle(5) {
		files = append(files, c.File)
		checkNamed(t, c)
	}
	if got := strings.Join(files, " "); got != "a.jpg b.jpg c.jpg none wrong.txt" {
		t.Errorf("of the dropped folder came %s", got)
	}
	if said := ask[string](p, "document.querySelector('[data-path*=beach] .file').textContent"); said != "holiday/beach/b.jpg" {
		t.Errorf("the card of a file in a folder says %q", said)
	}
	p.pick("Add a folder", folder)
	p.settle(10)
}

func TestBadFilesAreNamedAndTheOthersGoOn(t *testing.T) {
	p := open(t, "")
	good := load(t, photoPaths(t)[0])[0]
	files := []file{
		{"corrupt.jpg", "image/jpeg", corrupt(t)},
		{"start.jpg", "image/jpeg", cut(t)[:100]},
		{"letter.jpg", "image/jpeg", []byte("Dear Sir or Madam,\nthis is not a photo.\n")},
		{"empty.jpg", "image/jpeg", nil},
		{"enormous.png", "image/png", bomb()},
		good,
		{"moving.gif", "image/gif", moving(t)},
		{"browser.ico", "image/x-icon", icon(t)},
		{"half.jpg", "image/jpeg", cut(t)},
	}
	p.drop(files...)
	cards := p.settle(len(files))
	// Each of the bad ones says what is wrong with it.
	for i, words := range [][]string{{"damaged"}, {"damaged"}, {"not a picture", "no picture", "not known", "can't be read", "cannot be read"}, {"empty"}, {"50,000"}} {
		c := cards[i]
		said := false
		for _, word := range words {
			said = said || strings.Contains(c.Error, word)
		}
		if !said || c.Label != "" {
			t.Errorf("%s is called %q with the error %q, want one with any of %q", c.File, c.Label, c.Error, words)
		}
		if !strings.Contains(c.Text, "Could not be named") {
			t.Errorf("the card of %s says %q", c.File, c.Text)
		}
	}
	for _, c := range cards[5:] {
		checkNamed(t, c)
	}
	// Of a photo that is cut short, what was there is named and shown, and the card says so.
	half := cards[8]
	if why := ask[string](p, `document.querySelector('[data-file="half.jpg"]').dataset.damaged || ""`); why == "" || half.Label == "" ||
		!half.Picture || !strings.Contains(half.Text, "Damaged: what was there is shown (its data end early).") {
		t.Errorf("half.jpg is named %q, with %q wrong; its card says %q", half.Label, why, half.Text)
	}
	// The same picture through the browser's decoder is the same picture.
	p.drop(file{"same.png", "image/png", asPNG(t, sized(t, 256, 256))})
	same := p.settle(len(files) + 1)[len(files)]
	if got := cards[7]; got.Label != same.Label || math.Abs(number(t, got.Score)-number(t, same.Score)) > 0.01 {
		t.Errorf("by the browser's decoder it is %s %s, by ours %s %s", got.Label, got.Score, same.Label, same.Score)
	}
	// The animation is named by its first frame, which is nearly the photo; its other frames are
	// black.
	if !cards[6].Picture {
		t.Error("the animation has no thumbnail")
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestHugePhoto(t *testing.T) {
	p := open(t, "workers=1")
	path := filepath.Join(t.TempDir(), "48 megapixels.jpg")
	if err := os.WriteFile(path, asJPEG(t, sized(t, 8000, 6000), 85), 0o644); err != nil {
		t.Fatal(err)
	}
	p.pick("Use my photos", path)
	huge := p.settle(1)[0]
	checkNamed(t, huge)
	if !strings.Contains(huge.Text, "8,000 × 6,000") {
		t.Errorf("the card does not give the size: %s", huge.Text)
	}
	// The next photo comes as well, whatever became of the worker that did the first.
	p.drop(file{"small.jpg", "image/jpeg", asJPEG(t, sized(t, 800, 600), 90)})
	small := p.settle(2)[1]
	checkNamed(t, small)
	if huge.Label != small.Label {
		t.Errorf("at 48 megapixels the photo is %s, smaller it is %s", huge.Label, small.Label)
	}
}

func TestEveryOrientationGivesTheSameAnswer(t *testing.T) {
	p := open(t, "")
	var files []file
	for o := 1; o <= 8; o++ {
		files = append(files, file{fmt.Sprintf("orientation %d.jpg", o), "image/jpeg", turned(t, o)})
	}
	p.drop(files...)
	cards := p.settle(8)
	for _, c := range cards {
		checkNamed(t, c)
		if c.Label != cards[0].Label || math.Abs(number(t, c.Score)-number(t, cards[0].Score)) > 0.02 {
			t.Errorf("%s is %s %s, upright it is %s %s", c.File, c.Label, c.Score, cards[0].Label, cards[0].Score)
		}
	}
	// Thumbnails are upright too.
	wide := ask[int](p, `(async () => {
		let wide = 0;
		for (const img of document.querySelectorAll("li[data-file] img")) {
			await img.decode();
			wide += img.naturalWidth > img.naturalHeight;
		}
		return wide;
	})()`)
	if wide != 8 {
		t.Errorf("%d thumbnails of 8 lie as the photo does", wide)
	}
}
