package main

import (
	"encoding/json"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// warmth reads a heat map that was written, and returns how much more red than blue its middle has
// than its upper left ninth.
func warmth(t *testing.T, path string) float64 {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	m, err := png.Decode(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	mean := func(column, row int) float64 {
		w, h := m.Bounds().Dx()/3, m.Bounds().Dy()/3
		sum := 0.0
		for y := range h {
			for x := range w {
				r, _, b, _ := m.At(column*w+x, row*h+y).RGBA()
				sum += (float64(r) - float64(b)) / 65535
			}
		}
		return sum / float64(w*h)
	}
	return mean(1, 1) - mean(0, 0)
}

// TestHeatMapsReplaceHeatMapsOnly: in a folder, where the program chooses the names, a heat map
// takes the place of an earlier one, and of nothing else.
func TestHeatMapsReplaceHeatMapsOnly(t *testing.T) {
	folder := t.TempDir()
	koala := write(t, read(t, filepath.Join(photoFolder, "koala.jpg")), folder, "own.jpg")
	for range 2 { // the second run finds the heat map of the first
		succeed(t, "classify", "--model", "resnet20-cifar10", "--heat", folder, koala)
	}
	own := write(t, read(t, koala), folder, "own.png") // a photo of the person's, whatever its name says
	fail(t, 1, []string{"classify", "--model", "resnet20-cifar10", "--heat", folder, koala}, own+" is there already and is no heat map")
	if string(read(t, own)) != string(read(t, koala)) {
		t.Error("the photo is gone")
	}
}

func TestClassifyHeat(t *testing.T) {
	folder := t.TempDir()
	one, many := filepath.Join(folder, "one.PNG"), filepath.Join(folder, "maps")
	koala, fish := filepath.Join(photoFolder, "koala.jpg"), filepath.Join(photoFolder, "goldfish.jpg")

	// The same photo for its class and for another.
	succeed(t, "classify", "--heat", one, koala)
	own := warmth(t, one)
	succeed(t, "classify", "--heat", one, "--heat-for", "Barrel", koala)
	if other := warmth(t, one); own < other+0.1 {
		t.Errorf("the koala is %.2f warmer than the edge for its class, %.2f for another", own, other)
	}

	// A network with a flattened head, and two photos of one name.
	twin := write(t, read(t, koala), folder, "goldfish.jpg")
	out := succeed(t, "classify", "--model", "alexnet-cifar10", "--json", "--heat", many, fish, twin)
	for i, text := range strings.Split(strings.TrimSpace(out), "\n") {
		var l struct{ Heat string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		if want := filepath.Join(many, []string{"goldfish.png", "goldfish-2.png"}[i]); l.Heat != want {
			t.Errorf("line %d has the heat map %q, want %q", i+1, l.Heat, want)
		}
		warmth(t, l.Heat)
	}

	fail(t, 1, []string{"classify", "--heat", one, "--heat-for", "nothing of the kind", koala}, "there is no class of that name")
	fail(t, 1, []string{"classify", "--heat", one, koala, fish}, "name a folder")
	fail(t, 2, []string{"classify", "--heat-for", "koala", koala}, "--heat")
	// What is no folder, and no picture of the kind that is written.
	fail(t, 1, []string{"classify", "--heat", twin, koala}, "heat maps are PNG; name a file that ends in .png, or a folder")
	fail(t, 1, []string{"classify", "--heat", filepath.Join(folder, "new.jpeg"), koala}, "heat maps are PNG")
	notes := write(t, []byte("milk"), folder, "notes")
	fail(t, 1, []string{"classify", "--heat", notes, koala}, "notes is a file, and a folder is wanted; name another")
	fail(t, 1, []string{"classify", "--heat", filepath.Join(notes, "maps"), koala}, "maps can't be a folder", "notes is a file")
	if got := read(t, notes); string(got) != "milk" {
		t.Errorf("the notes became %q", got)
	}
}

func TestClassifyHeatOfTaughtClasses(t *testing.T) {
	path, _ := teach(t, "--head", "means")
	shoes := filepath.Join(clothing, "test", "shoes")
	folder := t.TempDir()
	succeed(t, "classify", "--head", path, "--heat", folder, shoes)
	maps, err := filepath.Glob(filepath.Join(folder, "*.png"))
	if err != nil || len(maps) != 3 {
		t.Fatalf("there are %d heat maps of 3 photos, error %v", len(maps), err)
	}
	for _, m := range maps {
		warmth(t, m)
	}
}
