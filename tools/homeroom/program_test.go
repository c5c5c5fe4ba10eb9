package main

import (
	"bytes"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
)

// What a person typed wrongly must not take the machine down.
func TestNumbersHaveLimits(t *testing.T) {
	koala := photoFolder + "/koala.jpg"
	for _, args := range [][]string{
		{"classify", "--threads", "1000000", koala},
		{"classify", "--threads", "-1", koala},
		{"classify", "--memory", "1", koala},
		{"classify", "--top", "0", koala},
		{"bench", "--runs", "2000000000"},
		{"bench", "--threads", "1000000"},
		{"eval", "--threads", "1000000", "--cifar10", t.TempDir()},
		{"finetune", "--threads", "1000000", "--train", t.TempDir(), "-o", "a.homeroom"},
	} {
		status, _, told := execute(t, args...)
		if flag := args[1]; status == 0 || !strings.Contains(told, flag) {
			t.Errorf("%q ended with %d: %s", args, status, told)
		}
	}
}

// No output takes the place of what a person gave.
func TestOutputNeverReplacesAnInput(t *testing.T) {
	koala, err := os.ReadFile(photoFolder + "/koala.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p, err := photo.Decode(koala, photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var picture bytes.Buffer
	if err := png.Encode(&picture, p.Image()); err != nil {
		t.Fatal(err)
	}
	lite, err := os.ReadFile("../../weights/resnet20-cifar10.pack")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	photo := write(t, picture.Bytes(), folder, "koala.png")
	other := write(t, koala, folder, "koala.jpg")
	network := write(t, lite, folder, "network.pt")
	before := map[string][]byte{photo: picture.Bytes(), other: koala, network: lite}
	for _, args := range [][]string{
		{"classify", "--heat", photo, photo},
		{"classify", "--heat", folder, photo},
		{"classify", "--heat", folder, photo, other},
		{"convert", network, "-o", network},
		{"convert", network, "-o", filepath.Join(folder, "..", filepath.Base(folder), "network.pt")},
		{"inspect", "--photo", photo, "--layer", "stem", "-o", photo, network},
	} {
		fail(t, 1, args, "itself")
		for path, data := range before {
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, data) {
				t.Fatalf("%q changed %s, %v", args, path, err)
			}
		}
	}
	// Again into a folder of heat maps is fine.
	maps := filepath.Join(folder, "maps")
	for range 2 {
		succeed(t, "classify", "--heat", maps, photo, other)
	}
	if all, err := os.ReadDir(maps); err != nil || len(all) != 2 {
		t.Errorf("there are %v, %v", all, err)
	}
}

// A person should not wait for what cannot be written in the end.
func TestOutputIsTriedBeforeTheWork(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), "none", "a.homeroom")
	fail(t, 1, []string{"finetune", "--train", t.TempDir(), "-o", nowhere}, "there is no folder")
	fail(t, 1, []string{"convert", "../../weights/resnet20-cifar10.pack", "-o", filepath.Join(t.TempDir(), "none", "a.pack")}, "there is no folder")
}

// A pack of a few bytes can ask for gigabytes.
func TestHugeNetworkIsRefused(t *testing.T) {
	g := &graph.Graph{
		Params: map[string]*pack.Tensor{"weight": {Name: "weight", DType: pack.F32, Dims: []int{4000, 1, 1, 3}, Data: make([]byte, 4*3*4000)}},
		Nodes: []graph.Node{
			{Name: "wide", Op: graph.Conv, In: []string{graph.Input}, Kernel: [2]int{1, 1}, Weight: "weight"},
			{Name: "pool", Op: graph.GAP, In: []string{"wide"}},
		},
		Output: "pool", Feature: "pool", Map: "wide",
	}
	m := &model.Model{Name: "wide", Arch: "wide", Graph: g, Preprocess: photo.Preprocess{
		Size: 224, CropFraction: 1, Interpolation: photo.Bilinear, Std: [3]float64{1, 1, 1},
	}}
	for _, size := range []int{224, 2048} {
		_, err := model.NewClassifier(m, model.Options{Size: size, Memory: 256 << 20})
		if err == nil || !strings.Contains(err.Error(), "MB") && !strings.Contains(err.Error(), "too large") {
			t.Errorf("at %d: %v", size, err)
		}
	}
}
