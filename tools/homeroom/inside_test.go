package main

import (
	"bytes"
	"encoding/json"
	"image/png"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/model"
	"homeroom/core/safetensors"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint"
)

// converted opens a checkpoint of testdata, converted.
func converted(t *testing.T, name string, opt func(*model.Model) model.Options) *model.Classifier {
	t.Helper()
	folder := t.TempDir()
	out := filepath.Join(folder, "out.pack")
	if status, _, fault := execute(t, "convert", "--dtype", "f32", unzipped(t, folder, name), "-o", out); status != 0 {
		t.Fatal(fault)
	}
	c := opened(t, out, opt)
	x := tensor.New(c.Size(), c.Size(), 3)
	for i, u := range uniform("photo", x.Len()) {
		x.Data[i] = 4*u - 2
	}
	c.RunTensor(x)
	return c
}

// The scales of each squeeze-and-excitation are what its block's channels are multiplied by.
func TestLookingAtExcitations(t *testing.T) {
	blocks := []string{"layer1.0", "layer1.1", "layer1.2", "layer2.0", "layer2.1", "layer2.2", "layer3.0", "layer3.1", "layer3.2"}
	c := converted(t, "se_resnet20_cifar10.pt", func(m *model.Model) model.Options {
		keep := m.Graph.Excitations()
		for _, b := range blocks {
			keep = append(keep, b+".conv2", b+".se.scale")
		}
		return model.Options{Keep: keep}
	})
	names := c.Model.Graph.Excitations()
	if len(names) != len(blocks) {
		t.Fatalf("excitations %v, want one for each of %v", names, blocks)
	}
	value := func(name string) tensor.Tensor {
		t.Helper()
		v, err := c.Program().Value(name)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for i, b := range blocks {
		scales, before, after := value(names[i]), value(b+".conv2"), value(b+".se.scale")
		if (scales.Shape != tensor.Shape{H: 1, W: 1, C: before.C}) {
			t.Fatalf("%s: scales of %v for %v", b, scales.Shape, before.Shape)
		}
		for k, v := range after.Data[:after.Len()] {
			s := scales.Data[k%scales.C]
			if s < 0 || s > 1 || math.Abs(float64(v-s*before.Data[k])) > 1e-5*(1+math.Abs(float64(v))) {
				t.Fatalf("%s, element %d: %v is not %v times %v", b, k, v, before.Data[k], s)
			}
		}
	}
}

// Each head of a transformer shares out one whole for every token.
func TestLookingAtAttention(t *testing.T) {
	c := converted(t, "vit_cifar10.pt", func(*model.Model) model.Options { return model.Options{Attention: true} })
	names := c.Model.Graph.Attentions()
	if len(names) != 6 {
		t.Fatalf("attention in %v, want 6 blocks", names)
	}
	for _, name := range names {
		a, err := c.Program().Attention(name)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Shape != tensor.Shape{H: 3, W: 65, C: 65}) {
			t.Fatalf("%s: weights of %v, want 3 heads over 65 tokens", name, a.Shape)
		}
		for row := range a.H * a.W {
			sum := 0.0
			for _, v := range a.Data[row*a.C : (row+1)*a.C] {
				sum += float64(v)
			}
			if math.Abs(sum-1) > 1e-5 {
				t.Fatalf("%s, row %d adds up to %v", name, row, sum)
			}
		}
	}
}

// inspect tells what a network made of a photo: for people, as JSON, and the maps of one layer as
// files.
func TestInspectPhoto(t *testing.T) {
	folder := t.TempDir()
	koala := filepath.Join(photoFolder, "koala.jpg")
	squeezes, transformer := unzipped(t, folder, "se_resnet20_cifar10.pt"), unzipped(t, folder, "vit_cifar10.pt")
	out := succeed(t, "inspect", squeezes, "--photo", koala)
	for _, want := range []string{"koala.jpg, 420 × 560, seen at 32 × 32, named ", "\nlayer3.2.act             relu     8×8×64 ", "\nlayer3.2.se.excite            64  0.306  0.506  0.660 "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	out = succeed(t, "inspect", transformer, "--photo", koala, "--size", "48")
	for _, want := range []string{"Attention of 12 × 12 patches, 4 pixels apart, behind 1 token", "\nblocks.5.attention     2 "} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}

	var told struct {
		Layers []struct {
			Name  string
			Zeros *float64
		}
		Excitations []struct {
			Layer  string
			Scales []float32
		}
		Patches   struct{ Rows, Prefix int }
		Attention []struct{ Distance, Entropy, Prefix float64 }
	}
	parse := func(args ...string) {
		t.Helper()
		told.Layers, told.Excitations, told.Attention = nil, nil, nil
		if err := json.Unmarshal([]byte(succeed(t, append([]string{"inspect", "--json"}, args...)...)), &told); err != nil {
			t.Fatal(err)
		}
	}
	if parse(squeezes, "--photo", koala); len(told.Excitations) != 9 || len(told.Excitations[8].Scales) != 64 || told.Layers[0].Zeros == nil {
		t.Errorf("JSON has %+v", told)
	}
	if parse(transformer, "--photo", koala); len(told.Attention) != 18 || told.Patches.Rows != 8 || told.Patches.Prefix != 1 {
		t.Errorf("JSON has %+v", told)
	}
	for i, h := range told.Attention {
		if !(h.Distance > 0 && h.Distance < 4*8*math.Sqrt2 && h.Entropy > 0 && h.Entropy <= math.Log2(65)+1e-6 && h.Prefix > 0 && h.Prefix < 1) {
			t.Errorf("head %d: %+v", i, h)
		}
	}
	if parse(squeezes); len(told.Layers) == 0 || told.Layers[0].Zeros != nil || told.Excitations != nil {
		t.Errorf("without a photo JSON has %+v", told)
	}

	for name, c := range map[string]struct{ args, says []string }{
		"maps.png":         {[]string{squeezes, "--layer", "layer1.2.act"}, []string{"16 maps of 32 × 32"}},
		"heads.png":        {[]string{transformer, "--layer", "blocks.2.attention"}, []string{"3 maps of 8 × 8"}},
		"maps.npy":         {[]string{squeezes, "--layer", "layer1.2.act"}, []string{"[32 32 16]", "[rows][columns][channels]"}},
		"heads.npy":        {[]string{transformer, "--layer", "blocks.2.attention"}, []string{"[3 65 65]", "[heads][to][from]"}},
		"maps.safetensors": {[]string{squeezes, "--layer", "layer1.2.act"}, []string{"[32 32 16]"}},
	} {
		path := filepath.Join(folder, name)
		out := succeed(t, append([]string{"inspect", "--photo", koala, "-o", path}, c.args...)...)
		for _, want := range c.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
	}
	sheet, err := png.Decode(bytes.NewReader(read(t, filepath.Join(folder, "maps.png"))))
	if err != nil || sheet.Bounds().Dx() != 4*65+1 {
		t.Errorf("the sheet is %v (%v)", sheet, err)
	}
	file, err := safetensors.Read(read(t, filepath.Join(folder, "maps.safetensors")))
	if err != nil {
		t.Fatal(err)
	}
	want, err := file.Floats("layer1.2.act", 32, 32, 16)
	if err != nil {
		t.Fatal(err)
	}
	array, err := checkpoint.Open(filepath.Join(folder, "maps.npy"))
	if err != nil {
		t.Fatal(err)
	}
	defer array.Close()
	if got, err := array.Tensors[0].Floats(); err != nil || !slices.Equal(got, want) || !slices.Equal(array.Tensors[0].Dims, []int{32, 32, 16}) {
		t.Errorf("the .npy file differs from the .safetensors file (%v)", err)
	}

	fail(t, 1, []string{"inspect", squeezes, "--photo", koala, "--layer", "none", "-o", filepath.Join(folder, "x.png")}, `no layer "none"`)
	for _, c := range []struct{ says, args string }{
		{"go together", "--photo PHOTO --layer conv1"}, {"needs a --photo", "--layer conv1 -o x.png"}, {".npy", "--photo PHOTO --layer conv1 -o x.gif"},
		{"--tensors", "--tensors --photo PHOTO"}, {"--stages", "--stages --json"},
	} {
		fail(t, 2, append([]string{"inspect", squeezes}, strings.Fields(strings.ReplaceAll(c.args, "PHOTO", koala))...), c.says)
	}
	text := write(t, []byte("no photo"), folder, "text.jpg")
	fail(t, 1, []string{"inspect", squeezes, "--photo", text}, "text.jpg: ")
}
