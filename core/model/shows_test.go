package model

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"homeroom/core/photo"
)

// TestDistinct: maps are worth as many pictures as they are different.
func TestDistinct(t *testing.T) {
	one := []float32{0, 0, 0, 1, 1, 1, 0, 0, 0}
	other := []float32{0, 1, 0, 0, 1, 0, 0, 1, 0}
	double := []float32{3, 3, 3, 5, 5, 5, 3, 3, 3}
	flat := slices.Repeat([]float32{7}, 9)
	for _, c := range []struct {
		planes [][]float32
		want   float64
	}{
		{[][]float32{one}, 1},
		{[][]float32{one, one, one, double}, 1}, // one picture, four times
		{[][]float32{one, other}, 2},
		{[][]float32{one, other, flat, flat}, 2}, // what does not vary is no picture
		{[][]float32{one, one, one, other, other, other}, 2},
		{[][]float32{one, double}, 1},
		{[][]float32{flat, flat}, 0},
	} {
		if got := (Maps{Rows: 3, Columns: 3, Planes: c.planes}).Distinct(); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v are worth %v pictures, not %v", c.planes, got, c.want)
		}
	}

	// More maps than places, and fine maps of few places, count as the definition says.
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][3]int{{2, 2, 9}, {4, 3, 5}, {56, 84, 3}} {
		m := Maps{Rows: size[0], Columns: size[1]}
		coarse := Maps{Rows: min(size[0], 28), Columns: min(size[1], 28)}
		for range size[2] {
			plane := make([]float32, coarse.Rows*coarse.Columns)
			for i := range plane {
				plane[i] = r.Float32()
			}
			coarse.Planes = append(coarse.Planes, plane)
			fine := make([]float32, m.Rows*m.Columns)
			for i := range fine {
				fine[i] = plane[i/m.Columns*coarse.Rows/m.Rows*coarse.Columns+i%m.Columns*coarse.Columns/m.Columns]
			}
			m.Planes = append(m.Planes, fine)
		}
		if got, want := m.Distinct(), byCovariance(coarse); math.Abs(got/want-1) > 1e-4 {
			t.Errorf("%v: %v pictures, not %v", size, got, want)
		}
	}
}

// byCovariance is Distinct by the covariance of the maps: trace² / (sum of the squares).
func byCovariance(m Maps) float64 {
	n := float64(m.Rows * m.Columns)
	mean := make([]float64, len(m.Planes))
	for k, plane := range m.Planes {
		for _, v := range plane {
			mean[k] += float64(v) / n
		}
	}
	trace, squares := 0.0, 0.0
	for a := range m.Planes {
		for b := range m.Planes {
			sum := 0.0
			for i := range m.Planes[a] {
				sum += (float64(m.Planes[a][i]) - mean[a]) * (float64(m.Planes[b][i]) - mean[b])
			}
			if squares += sum * sum; a == b {
				trace += sum
			}
		}
	}
	return trace * trace / squares
}

// TestShowsMost: on photos, real networks show most in the middle, where there are many maps that
// are not yet coarse; never in the first size and never in the last.
func TestShowsMost(t *testing.T) {
	files, err := filepath.Glob("../../tools/reference/photos/*.jpg")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d photos, %v", len(files), err)
	}
	for _, c := range []struct {
		pack  string
		views []string
		most  []string // of these, by the photo
	}{
		{"efficientnet-lite0", []string{"_blocks.1.expand", "_blocks.2.add", "_blocks.4.add", "_blocks.10.add", "_blocks.14.add"}, []string{"_blocks.10.add"}},
		{"alexnet-cifar10", []string{"features.1", "features.4", "features.11", "avgpool"}, []string{"features.4"}},
		{"vgg-cifar10", []string{"features.5", "features.12", "features.19", "features.26", "features.27"}, []string{"features.12"}},
		{"resnet20-cifar10", []string{"layer1.2.act", "layer2.2.act", "layer3.2.act"}, []string{"layer2.2.act"}},
		{"vit-cifar10", []string{"blocks.0.attention", "blocks.1.attention", "blocks.2.attention", "blocks.3.attention", "blocks.4.attention", "blocks.5.attention"}, nil},
	} {
		data, err := os.ReadFile("../../weights/" + c.pack + ".pack")
		if err != nil {
			t.Fatal(err)
		}
		m, err := Read(c.pack, data)
		if err != nil {
			t.Fatal(err)
		}
		views, err := m.Views(0)
		if err != nil || !slices.Equal(views, c.views) {
			t.Errorf("%s: %v, %v", c.pack, views, err)
			continue
		}
		open, err := NewClassifier(m, Options{Keep: views, Attention: m.Attends()})
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files[:5] {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p, err := photo.Decode(data, photo.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			open.Run(p)
			layer, pictures, err := open.ShowsMost(views)
			if err != nil || c.most != nil && !slices.Contains(c.most, layer) || pictures <= 1 {
				t.Errorf("%s, %s: %s is worth %v pictures, %v", c.pack, filepath.Base(file), layer, pictures, err)
			}
		}
		open.Close()
	}
}

// TestKinds: AlexNet's layers are called as those who looked at them found them.
func TestKinds(t *testing.T) {
	data, err := os.ReadFile("../../weights/alexnet-cifar10.pack")
	if err != nil {
		t.Fatal(err)
	}
	m, err := Read("alexnet-cifar10", data)
	if err != nil {
		t.Fatal(err)
	}
	kinds := m.Kinds()
	for layer, want := range map[string]Kind{"features.1": Edges, "features.4": Textures, "features.7": Parts, "features.9": Parts, "features.11": Things} {
		if kinds[layer] != want {
			t.Errorf("%s is said to answer to %q, not %q", layer, kinds[layer], want)
		}
	}
	if kinds[m.Graph.Output] != "" {
		t.Errorf("the answer itself is said to answer to %q", kinds[m.Graph.Output])
	}
}
