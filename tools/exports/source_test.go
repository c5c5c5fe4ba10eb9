package exports

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/classifier"
	"homeroom/core/export"
	"homeroom/core/photo"
	"homeroom/core/project"
)

const lite = "efficientnet-lite0"

// pictured is how many photos have a small picture.
const pictured = 2

// taught is a project of clothes, with small pictures, and the pack of its network.
func taught(t *testing.T) (file, pack []byte) {
	t.Helper()
	pack, err := os.ReadFile("../../weights/" + lite + ".pack")
	if err != nil {
		t.Fatal(err)
	}
	network, err := classifier.Load(pack)
	if err != nil {
		t.Fatal(err)
	}
	defer network.Close()
	paths, err := filepath.Glob("../homeroom/testdata/clothing/train/*/*.jpg")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	var examples []classifier.Example
	var thumbs [][]byte
	for i, path := range paths {
		if i%2 == 1 { // as many do
			continue
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		p, err := photo.Decode(data, photo.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		small, err := photo.Thumbnail(p)
		if err != nil {
			t.Fatal(err)
		}
		examples, thumbs = append(examples, classifier.Example{Class: filepath.Base(filepath.Dir(path)), File: data}), append(thumbs, small)
	}
	stages := map[string]bool{}
	c, err := network.TeachTelling(context.Background(), examples, func(stage string, share float64) {
		if stages[stage] = true; !(share >= 0 && share <= 1) {
			t.Errorf("%s is done by %v", stage, share)
		}
	})
	if err != nil || !stages["read"] || len(stages) < 2 {
		t.Fatal(stages, err)
	}
	defer c.Close()
	var saved, whole bytes.Buffer
	if err := c.Save(&saved, "Clothes"); err != nil {
		t.Fatal(err)
	}
	f, err := project.Read("clothes", saved.Bytes(), project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range pictured {
		f.Thumbs[f.Bank.Photos[i].ID] = thumbs[i]
	}
	if err := project.Write(&whole, f); err != nil {
		t.Fatal(err)
	}
	return whole.Bytes(), pack
}

// Every form is weighed, made and checked; what is offered has the length that was told.
func TestSource(t *testing.T) {
	file, pack := taught(t)
	s, err := Open("clothes", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range s.Offers() { // without its networks there is no classifier
		if o.Refused == "" && o.Format != Homeroom && o.Format != CSV {
			t.Errorf("%s is offered without a network", o.Format)
		}
	}
	if !slices.Equal(s.Networks(), []string{lite}) {
		t.Fatal(s.Networks())
	}
	if err := s.Supply(map[string][]byte{lite: pack}); err != nil {
		t.Fatal(err)
	}
	element := map[string][]byte{}
	for _, name := range []string{"homeroom.js", "element.js", "worker.js", "standalone.css"} {
		if element[name], err = os.ReadFile("../../element/" + name); err != nil {
			t.Fatal(err)
		}
	}
	element["engine.bin"] = []byte("an engine")
	made := 0
	for _, o := range s.Offers() {
		if o.Refused != "" {
			if o.Format != TeachableMachine { // whose layers may not say the head that was chosen
				t.Errorf("%s %s is refused: %s", o.Format, o.Weights, o.Refused)
			}
			continue
		}
		var out bytes.Buffer
		told := 0
		d, err := s.Export(&out, Choice{Format: o.Format, Weights: o.Weights, Quick: o.Quick, Element: element}, func(done, of int) { told = of })
		if err != nil {
			t.Errorf("%s %s: %v", o.Format, o.Weights, err)
			continue
		}
		made++
		runs := slices.ContainsFunc(Formats, func(f Format) bool { return f.Name == o.Format })
		switch {
		case !o.Parts && int64(out.Len()) != o.Bytes:
			t.Errorf("%s %s has %d bytes, %d were told", o.Format, o.Weights, out.Len(), o.Bytes)
		case runs && (d.Photos != pictured || told != pictured || o.Weights == export.F32 && d.Largest > export.Tolerance):
			t.Errorf("%s %s: %+v, told of %d", o.Format, o.Weights, d, told)
		}
	}
	if made < 9 {
		t.Errorf("%d files were made", made)
	}
	if _, err := s.Export(new(bytes.Buffer), Choice{Format: HTML, Element: map[string][]byte{}}, nil); err == nil || !strings.Contains(err.Error(), "homeroom.js") {
		t.Errorf("a page without scripts: %v", err)
	}
	if err := Write(new(bytes.Buffer), s.classifier, Choice{Format: ONNX, Weights: export.F16}); err == nil || !strings.Contains(err.Error(), "f32 or int8") {
		t.Error(err)
	}
}

// A sample is spread over all files, however many there are.
func TestSample(t *testing.T) {
	for _, n := range []int{0, 1, 20, 21, 80, 81, 1000, 12345} {
		var s sample
		for i := range n {
			if err := s.take(0, []byte{byte(i), byte(i >> 8)}); err != nil {
				t.Fatal(err)
			}
		}
		got := s.of(export.ComparedPhotos)
		if len(got) != min(n, export.ComparedPhotos) || len(s.files) > sampled {
			t.Errorf("of %d files %d are taken, and %d kept", n, len(got), len(s.files))
		}
		if n > 100 {
			last := got[len(got)-1]
			if at := int(last[0]) + int(last[1])<<8; at < n*3/4 {
				t.Errorf("of %d files the last taken is %d", n, at)
			}
		}
	}
}
