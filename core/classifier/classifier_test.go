package classifier_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/classifier"
	"homeroom/core/photo"
)

const small = "../../weights/alexnet-cifar10.pack"

// squares are pictures of one colour, and a little more.
func squares(class color.NRGBA, n int) []classifier.Example {
	var out []classifier.Example
	name := "red"
	if class.B > class.R {
		name = "blue"
	}
	for i := range n {
		m := image.NewNRGBA(image.Rect(0, 0, 40+i, 40))
		for y := range 40 {
			for x := range 40 + i {
				c := class
				c.G = byte(x*y + 31*i)
				m.SetNRGBA(x, y, c)
			}
		}
		out = append(out, classifier.Example{Class: name, Image: m})
	}
	return out
}

func taught(t *testing.T) *classifier.Classifier {
	c, err := classifier.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	examples := append(squares(color.NRGBA{R: 230, A: 255}, 8), squares(color.NRGBA{B: 230, A: 255}, 8)...)
	out, err := c.Teach(context.Background(), examples)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// What is saved and opened again, with its pack beside it, answers to the last bit alike; every
// format of it is written or refused by name.
func TestSaveOpenExport(t *testing.T) {
	c := taught(t)
	defer c.Close()
	folder := t.TempDir()
	var file bytes.Buffer
	if err := c.Save(&file, "colours"); err != nil {
		t.Fatal(err)
	}
	pack, err := os.ReadFile(small)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "colours.homeroom")
	if err := errors.Join(os.WriteFile(path, file.Bytes(), 0o666)); err != nil {
		t.Fatal(err)
	}
	if _, err := classifier.Open(path); err == nil || !strings.Contains(err.Error(), "alexnet-cifar10, whose pack is missing") {
		t.Errorf("without its pack: %v", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "alexnet-cifar10.pack"), pack, 0o666); err != nil {
		t.Fatal(err)
	}
	again, err := classifier.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for _, e := range squares(color.NRGBA{R: 200, B: 30, A: 255}, 2) {
		want, err := c.Classify(e.Image)
		if err != nil {
			t.Fatal(err)
		}
		got, err := again.Classify(e.Image)
		if err != nil || want.Results[0] != got.Results[0] || want.Results[0].Label != "red" {
			t.Errorf("%v, %v, %v", want, got, err)
		}
	}
	for _, format := range []classifier.Format{classifier.ONNX, classifier.TFLite, classifier.Safetensors, "caffe"} {
		var out bytes.Buffer
		err := again.Export(&out, format)
		if (err == nil) != (format != "caffe") || (out.Len() == 0) != (err != nil) {
			t.Errorf("%s: %d bytes, %v", format, out.Len(), err)
		}
	}
}

// A picture and its file, of a format without loss, answer alike.
func TestImageAsFile(t *testing.T) {
	c, err := classifier.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := squares(color.NRGBA{R: 90, A: 255}, 1)[0].Image
	var file bytes.Buffer
	if err := png.Encode(&file, m); err != nil {
		t.Fatal(err)
	}
	a, err := c.Classify(m)
	if err != nil {
		t.Fatal(err)
	}
	b, err := c.ClassifyFile(file.Bytes())
	if err != nil || a.Results[0] != b.Results[0] {
		t.Errorf("%v, %v, %v", a.Results[0], b.Results[0], err)
	}
	// Whatever kind of image it comes as.
	other := image.NewRGBA64(m.Bounds().Add(image.Pt(-3, 5)))
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			other.Set(x-3, y+5, m.At(x, y))
		}
	}
	if d, err := c.Classify(other); err != nil || d.Results[0] != a.Results[0] {
		t.Errorf("%v, %v", d.Results[0], err)
	}
	sum := 0.0
	for _, r := range a.Results {
		sum += r.Score
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("the scores add up to %v", sum)
	}
}

func TestRefuses(t *testing.T) {
	c, err := classifier.Open(small)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.ClassifyFile([]byte("no photo")); err == nil {
		t.Error("text was named")
	}
	var wrong *photo.Error
	if _, err := c.Classify(image.NewNRGBA(image.Rect(0, 0, 0, 4))); !errors.As(err, &wrong) {
		t.Errorf("a picture without pixels: %v", err)
	}
	if err := c.Save(&bytes.Buffer{}, "x"); err == nil {
		t.Error("a network was saved as a project")
	}
	if _, err := c.Teach(context.Background(), squares(color.NRGBA{R: 9, A: 255}, 3)); err == nil {
		t.Error("one class was taught")
	}
	if _, err := c.Teach(context.Background(), []classifier.Example{{Class: "x"}}); err == nil || !strings.Contains(err.Error(), `example 0, of "x"`) {
		t.Errorf("an example of nothing: %v", err)
	}
	ended, end := context.WithCancel(context.Background())
	end()
	if _, err := c.Teach(ended, squares(color.NRGBA{R: 9, A: 255}, 3)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if _, err := classifier.Load([]byte("PK\x03\x04")); err == nil {
		t.Error("a zip of nothing was opened")
	}
	if _, err := classifier.Load(nil); err == nil {
		t.Error("nothing was opened")
	}
}
