package exports

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"homeroom/core/classifier"
	"homeroom/core/export"
	"homeroom/core/head"
	"homeroom/core/matrix"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/project"
)

const lite = "efficientnet-lite0"

// pictured is how many photos have a small picture.
const pictured = 2

var (
	teaching     sync.Once
	clothes, net []byte
)

// taught is a project of clothes, with small pictures, and the pack of its network.
func taught(t *testing.T) (file, pack []byte) {
	t.Helper()
	teaching.Do(func() { clothes, net = teach(t) })
	if clothes == nil {
		t.Fatal("nothing was taught")
	}
	return clothes, net
}

func teach(t *testing.T) (file, pack []byte) {
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
	element := elementFiles(t)
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
		runs := o.Format != CSV
		switch {
		case !o.Parts && int64(out.Len()) != o.Bytes:
			t.Errorf("%s %s has %d bytes, %d were told", o.Format, o.Weights, out.Len(), o.Bytes)
		case runs && (d.Photos != pictured || told != pictured || (o.Weights == export.F32 || o.Weights == "") && !(d.Largest <= export.Tolerance)):
			t.Errorf("%s %s: %+v, told of %d", o.Format, o.Weights, d, told)
		case (o.Format == Homeroom || o.Format == Folder) && d.Largest+d.Strangeness != 0: // nothing is lost
			t.Errorf("%s: %+v", o.Format, d)
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

// elementFiles are those of the element, with something for an engine.
func elementFiles(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"engine.bin": []byte("an engine")}
	for _, name := range []string{"homeroom.js", "element.js", "worker.js", "standalone.css"} {
		data, err := os.ReadFile("../../element/" + name)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = data
	}
	return out
}

// A file that was damaged, or that answers otherwise, is refused in every form that names photos.
func TestChangedFilesAreRefused(t *testing.T) {
	file, pack := taught(t)
	s, err := Open("clothes", bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Supply(map[string][]byte{lite: pack}); err != nil {
		t.Fatal(err)
	}
	s.taught.Element = elementFiles(t)
	photos := s.photos()
	for _, format := range []string{Homeroom, HTML, Folder} {
		made, d, err := s.taught.Make(format, photos, model.Options{}, nil)
		if err != nil || d.Photos != pictured {
			t.Fatalf("%s: %+v, %v", format, d, err)
		}
		refused := func(what string, file []byte) {
			t.Helper()
			if _, err := s.taught.check(s.classifier, format, file, photos, model.Options{}, nil); err == nil {
				t.Errorf("%s: %s is offered", format, what)
			} else {
				t.Logf("%s: %s: %v", format, what, err)
			}
		}
		refused("one that is cut short", made[:len(made)*9/10])
		for i := 1; i < 8; i++ { // somewhere in the engine, the head, the network
			changed := slices.Clone(made)
			changed[len(changed)*i/8] ^= 4
			refused(fmt.Sprintf("one with a bit changed at %d of 8", i), changed)
		}
		// What is whole, and of another head: its sums are right, its answers are not.
		other := *s.taught
		h := *other.Head
		h.Temperature *= 1.01
		h.Pack()
		other.Head = &h
		if made, err = other.write(format, false); err != nil {
			t.Fatal(err)
		}
		refused("one of another head", made)
	}
	for _, f := range Formats {
		as := Choice{Format: f.Name, Weights: export.F32}
		made, _, err := Make(s.classifier, as, photos, model.Options{}, nil)
		if err != nil {
			if f.Name != TeachableMachine { // whose layers may not say the head that was chosen
				t.Errorf("%s: %v", f.Name, err)
			}
			continue
		}
		for what, file := range map[string][]byte{"one that is cut short": made[:len(made)/2], "one with its middle gone": slices.Concat(made[:len(made)/3], make([]byte, len(made)/3), made[len(made)*2/3:])} {
			if _, err := check(s.classifier, as, file, photos, model.Options{}, nil); err == nil {
				t.Errorf("%s: %s is offered", f.Name, what)
			}
		}
	}
}

// A page of one file with a head that looks for the nearest of 600 photos has at most 9 MB with
// Lite0, whose pack is not coded, and an engine, and answers as the exact head does.
func TestPageIsSmall(t *testing.T) {
	file, data := taught(t)
	f, err := project.Read("clothes", file, project.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	const photos = 600
	h := *f.Head()
	dim := len(h.Scale.Mean)
	h.Layers, h.Memory = nil, &head.Memory{K: 5, Dim: dim, Rows: make([]float32, photos*dim), Class: make([]int, photos)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range h.Memory.Class {
		row := h.Memory.Rows[i*dim : (i+1)*dim]
		for j := range row {
			row[j] = float32(r.NormFloat64())
		}
		matrix.Normalise(row)
		h.Memory.Class[i] = i % len(h.Classes)
	}
	h.Pack()
	plain, err := pack.Read("plain", data)
	if err != nil {
		t.Fatal(err)
	}
	var stored bytes.Buffer
	plain.Coded = false
	if _, err := plain.WriteTo(&stored); err != nil {
		t.Fatal(err)
	}
	element := elementFiles(t)
	element["engine.bin"] = make([]byte, 2_000_000)
	for i := range element["engine.bin"] {
		element["engine.bin"][i] = byte(r.Uint32())
	}
	s := &Source{thumbs: sample{}}
	for _, small := range f.Thumbs {
		s.thumbs.take(0, small)
	}
	t1 := Taught{File: f, Head: &h, Packs: map[string][]byte{lite: stored.Bytes()}, Element: element}
	made, d, err := t1.Make(HTML, s.photos(), model.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes with a pack of %d that was %d, differing by %.2g", len(made), len(t1.small[lite]), stored.Len(), d.Largest)
	if len(made) > 9_000_000 || d.Photos == 0 || d.Largest == 0 {
		t.Errorf("it has %d bytes, and differs by %g on %d photos", len(made), d.Largest, d.Photos)
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
