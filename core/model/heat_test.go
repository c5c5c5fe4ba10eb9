package model

import (
	"math"
	"math/rand/v2"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
	"homeroom/core/training"
)

// small is a network of one convolution with the layers behind it, for photos of 32 × 32 pixels.
func small(t *testing.T, r *rand.Rand, g *graph.Graph, behind func(put func(name string, dims ...int) string) []graph.Node) *Classifier {
	t.Helper()
	g.Params = map[string]*pack.Tensor{}
	put := func(name string, dims ...int) string {
		n := 1
		for _, d := range dims {
			n *= d
		}
		values := make([]float32, n)
		for i := range values {
			values[i] = float32(r.NormFloat64()) / 4
		}
		g.Params[name] = pack.Keep(name, dims, values)
		return name
	}
	g.Nodes = append([]graph.Node{
		{Name: "conv", Op: graph.Conv, In: []string{graph.Input}, Weight: put("conv.w", 8, 4, 4, 3), Kernel: [2]int{4, 4}, Stride: [2]int{4, 4}},
		{Name: "conv.act", Op: graph.ReLU, In: []string{"conv"}},
	}, behind(put)...)
	g.Output = g.Nodes[len(g.Nodes)-1].Name
	m := &Model{
		Name: "small", Labels: []string{"a", "b", "c"}, Graph: g,
		Preprocess: photo.Preprocess{Size: 32, CropFraction: 1, Interpolation: photo.Bilinear, Std: [3]float64{64, 64, 64}},
	}
	c, err := NewClassifier(m, Options{Heat: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func noise(r *rand.Rand, side int) *photo.Photo {
	p := &photo.Photo{Width: side, Height: side, Pix: make([]byte, 3*side*side)}
	for i := range p.Pix {
		p.Pix[i] = byte(r.IntN(256))
	}
	return p
}

// TestHeatMapOfOneLinearLayer: the mean of the map and the bias make the logit, above the mean of
// all.
func TestHeatMapOfOneLinearLayer(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	g := &graph.Graph{Feature: "pool", Map: "conv.act"}
	c := small(t, r, g, func(put func(string, ...int) string) []graph.Node {
		return []graph.Node{
			{Name: "pool", Op: graph.GAP, In: []string{"conv.act"}},
			{Name: "fc", Op: graph.Dense, In: []string{"pool"}, Weight: put("fc.w", 3, 8), Bias: put("fc.b", 3)},
		}
	})
	logits := c.Run(noise(r, 32))
	bias := make([]float32, 3)
	g.Params["fc.b"].Floats(bias)
	above := func(x []float32, k int) float64 { return float64(x[k]) - float64(x[0]+x[1]+x[2])/3 }
	for k := range 3 {
		m, err := c.HeatMap(k)
		if err != nil {
			t.Fatal(err)
		}
		if m.Shape != (tensor.Shape{H: 8, W: 8, C: 1}) {
			t.Fatalf("the map is %v", m.Shape)
		}
		mean := 0.0
		for _, v := range m.Data[:64] {
			mean += float64(v) / 64
		}
		if want := above(logits, k) - above(bias, k); math.Abs(mean-want) > 1e-4 {
			t.Errorf("class %d: the mean of the map is %v, want %v", k, mean, want)
		}
	}
	if _, err := c.HeatMap(3); err == nil {
		t.Error("a heat map was made for a class that is not there")
	}
}

// TestHeatMapThroughAHead compares maps with the logits of photos whose last feature map is a
// little stronger: what all positions add together is the slope along the map. Layers are those of
// AlexNet's head and of MobileNetV3's.
func TestHeatMapThroughAHead(t *testing.T) {
	for name, behind := range map[string]func(put func(string, ...int) string) []graph.Node{
		"flattened": func(put func(string, ...int) string) []graph.Node {
			return []graph.Node{
				{Name: "max", Op: graph.MaxPool, In: []string{"conv.act"}, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}},
				{Name: "avg", Op: graph.AdaptiveAvgPool, In: []string{"max"}, Kernel: [2]int{2, 2}},
				{Name: "flat", Op: graph.Flatten, In: []string{"avg"}},
				{Name: "fc1", Op: graph.Dense, In: []string{"flat"}, Weight: put("fc1.w", 6, 32), Bias: put("fc1.b", 6)},
				{Name: "act", Op: graph.ReLU, In: []string{"fc1"}},
				{Name: "fc2", Op: graph.Dense, In: []string{"act"}, Weight: put("fc2.w", 3, 6)},
			}
		},
		"hidden": func(put func(string, ...int) string) []graph.Node {
			return []graph.Node{
				{Name: "pool", Op: graph.GAP, In: []string{"conv.act"}},
				{Name: "fc1", Op: graph.Dense, In: []string{"pool"}, Weight: put("fc1.w", 6, 8), Bias: put("fc1.b", 6)},
				{Name: "act", Op: graph.HardSwish, In: []string{"fc1"}},
				{Name: "fc2", Op: graph.Dense, In: []string{"act"}, Weight: put("fc2.w", 3, 6)},
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(5, 6))
			c := small(t, r, &graph.Graph{}, behind)
			c.Run(noise(r, 32))
			at, nodes, err := c.Model.tail()
			if err != nil || at != "conv.act" {
				t.Fatalf("the last feature map is that of %q, error %v", at, err)
			}
			m, err := c.program.Value(at)
			if err != nil {
				t.Fatal(err)
			}
			logits := func(gain float32) tensor.Tensor {
				x := tensor.New(m.H, m.W, m.C)
				for i, v := range m.Data {
					x.Data[i] = v * gain
				}
				for _, n := range nodes {
					if x, err = c.Model.Graph.Forward(n, x); err != nil {
						t.Fatal(err)
					}
				}
				return x
			}
			for i, v := range c.program.Output().Data {
				if math.Abs(float64(v-logits(1).Data[i])) > 1e-4 {
					t.Errorf("logit %d is %v, the tail gives %v", i, v, logits(1).Data[i])
				}
			}
			const d = 0.01
			up, down := logits(1+d), logits(1-d)
			slope := func(k int) float64 { return float64(up.Data[k]-down.Data[k]) / (2 * d) }
			for k := range 3 {
				heat, err := c.HeatMap(k)
				if err != nil {
					t.Fatal(err)
				}
				mean := 0.0
				for _, v := range heat.Data[:heat.Len()] {
					mean += float64(v) / float64(heat.Len())
				}
				want := slope(k) - (slope(0)+slope(1)+slope(2))/3
				if math.Abs(mean-want) > 2e-3*(1+math.Abs(want)) {
					t.Errorf("class %d: the mean of the map is %v, want %v", k, mean, want)
				}
			}
		})
	}
}

// TestHeatMapsOfAHead: what all maps of a linear head tell together is what its logits differ by
// from photo to photo, over two networks of different size, the mean of a photo and its mirror
// image, and the whole photo.
func TestHeatMapsOfAHead(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 9))
	networks := map[feature.Space]*Classifier{}
	for _, size := range []int{32, 48} {
		c := small(t, r, &graph.Graph{Feature: "pool", Map: "conv.act"}, func(func(string, ...int) string) []graph.Node {
			return []graph.Node{{Name: "pool", Op: graph.GAP, In: []string{"conv.act"}}}
		})
		c, err := NewClassifier(c.Model, Options{Size: size, Heat: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		networks[c.Space(feature.Plain)] = c
	}
	open := func(space feature.Space) (*Classifier, error) { return networks[space], nil }
	a, c := feature.Space{Network: "small", Size: 32}, feature.Space{Network: "small", Size: 48}
	in := bank.Input{{a, a.Of(feature.Flip)}, {c.Of(feature.Wide)}, {c}}
	b := new(bank.Builder)
	for _, name := range in.Spaces() {
		if _, err := b.AddSpace(name, 8); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a", "b", "c"} {
		if _, err := b.AddClass(name); err != nil {
			t.Fatal(err)
		}
	}
	see := func(p *photo.Photo) (rows [][]float32) {
		for _, name := range in.Spaces() {
			got, err := networks[name.Of(feature.Plain)].Features(p, name.View)
			if err != nil {
				t.Fatal(err)
			}
			rows = append(rows, got[0])
		}
		return rows
	}
	scene := func() *photo.Photo {
		p := noise(r, 60)
		p.Width, p.Height = 40, 90
		for i := range p.Pix { // light and dark, so that photos differ as a whole too
			p.Pix[i] = byte(int(p.Pix[i]) * (i / 3 % 40) / 40)
		}
		return p
	}
	for i := range 30 {
		if _, err := b.Add(bank.Photo{Name: "photo", Class: i % 3, Features: see(scene())}); err != nil {
			t.Fatal(err)
		}
	}
	got, err := training.Fit(t.Context(), b.Bank(), training.Config{Kind: training.Linear, Input: in, L2: 0.1})
	if err != nil {
		t.Fatal(err)
	}
	h := got.Best
	var first [3]float64
	for i := range 4 {
		p := scene()
		vectors := see(p)
		a, err := h.Answer(vectors)
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for _, q := range a.Probabilities {
			mean += math.Log(q) / 3
		}
		for class := range 3 {
			maps, rollout, err := HeatMaps(h, class, p, vectors, open)
			if err != nil || rollout || len(maps) != 4 {
				t.Fatalf("%d maps, rolled out %v, error %v", len(maps), rollout, err)
			}
			if maps[2].Seen != (photo.Part{Right: 1, Bottom: 1}) || maps[0].Seen == maps[2].Seen {
				t.Errorf("the maps are of %v and %v of the photo", maps[0].Seen, maps[2].Seen)
			}
			told := 0.0
			for _, m := range maps {
				for _, v := range m.Map.Data[:m.Map.Len()] {
					told += float64(v) / float64(m.Map.Len())
				}
			}
			rest := h.Temperature*(math.Log(a.Probabilities[class])-mean) - told
			if i == 0 {
				first[class] = rest
			} else if math.Abs(rest-first[class]) > 1e-4 {
				t.Errorf("class %d: beside what the maps tell the logit has %v, and with another photo %v", class, rest, first[class])
			}
		}
	}
}
