package main

import (
	"math"
	"os"
	"path/filepath"
	"testing"

	"homeroom/core/model"
	"homeroom/core/tensor"
)

// converted opens a checkpoint of testdata, converted.
func converted(t *testing.T, name string, opt func(*model.Model) model.Options) *model.Classifier {
	t.Helper()
	folder := t.TempDir()
	out := filepath.Join(folder, "out.pack")
	if status, _, fault := execute(t, "convert", "--dtype", "f32", unzipped(t, folder, name), "-o", out); status != 0 {
		t.Fatal(fault)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Read(out, data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, opt(m))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
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
