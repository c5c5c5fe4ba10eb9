package onnxgraph_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph"
)

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

// fill gives an initialiser the floats that tools/reference/onnx_networks.py gave it.
func fill(t *onnx.Tensor) {
	if t.Type.String() != "FLOAT" || t.Len() < 16 {
		return
	}
	scale, shift := float32(0.5), float32(-0.25)
	switch {
	case len(t.Dims) >= 2 && t.Dims[0] > 1:
		fan := 1
		for _, d := range t.Dims[1:] {
			fan *= d
		}
		if len(t.Dims) == 2 {
			fan = max(t.Dims[0], t.Dims[1])
		}
		bound := float32(math.Sqrt(3 / float64(fan)))
		scale, shift = 2*bound, -bound
	case strings.HasSuffix(t.Name, "var"):
		scale, shift = 1, 0.5
	case strings.HasSuffix(t.Name, "weight"):
		shift = 0.5
	}
	t.Data = make([]byte, 4*t.Len())
	for i, u := range uniform(t.Name, t.Len()) {
		binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(float32(u*scale)+shift))
	}
}

func readNetwork(t testing.TB, name string) *onnx.Model {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name+".onnx.gz"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	data, err = io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	m, err := onnx.Read(name, data)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range m.Graph.Initialisers {
		fill(x)
	}
	return m
}

func readJSON(t *testing.T, name string, to any) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err == nil {
		err = json.Unmarshal(data, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// run computes a network on the photo of the formula.
func run(t *testing.T, r *onnxgraph.Result, size int) []float32 {
	t.Helper()
	packed, err := graph.Pack(r.Graph, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	p, err := packed.Compile(tensor.Shape{H: size, W: size, C: 3}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	planes := uniform("input", 3*size*size)
	for i := range p.Input().Data {
		p.Input().Data[i] = planes[i%3*size*size+i/3]*4 - 2
	}
	p.Run()
	return p.Output().Data
}

// differ is the largest difference over the deviation of what is wanted.
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

// tolerance is far above rounding, which comes to 1e-5, and far below what a wrong layer does.
const tolerance = 1e-3

// Networks as PyTorch's exporters write them answer as in ONNX Runtime.
func TestNetworks(t *testing.T) {
	var want map[string]struct {
		Size, Classes int
		Opset         int64
		Logits        []float64
	}
	readJSON(t, "networks.json", &want)
	opsets := map[int64]bool{}
	for name, w := range want {
		opsets[w.Opset] = true
		t.Run(name, func(t *testing.T) {
			m := readNetwork(t, name)
			if m.Opsets[""] != w.Opset {
				t.Errorf("operator set %d, want %d", m.Opsets[""], w.Opset)
			}
			r, err := onnxgraph.Import(m, onnxgraph.Options{})
			if err != nil {
				t.Fatal(err)
			}
			classes := w.Classes
			if strings.HasPrefix(name, "dinov2") { // it has no head, and is a backbone
				classes = 0
			}
			if r.Size != w.Size || r.Classes != classes {
				t.Errorf("%d classes at %d, want %d at %d", r.Classes, r.Size, classes, w.Size)
			}
			got := run(t, r, w.Size)
			if d := differ(got, w.Logits); !(d <= tolerance) {
				t.Errorf("differs from ONNX Runtime by %.2g", d)
			}
			for _, n := range r.Graph.Nodes {
				if kind, _, _ := strings.Cut(name, "_"); n.Op == graph.BatchNorm && !slices.Contains([]string{"gates", "dinov2", "leaky", "deit"}, kind) {
					t.Errorf("layer %q is a batch norm that was not folded", n.Name)
				}
			}
			if r.Graph.Feature == "" {
				t.Error("there is no feature vector")
			}
			// Without its classes the network is a backbone; convolutions take any size then, and
			// transformers resample their position embeddings.
			gap, err := onnxgraph.Import(m, onnxgraph.Options{GAP: true})
			if err != nil {
				t.Fatal(err)
			}
			if gap.Classes != 0 || gap.Graph.FixedSize != 0 || classes > 0 && len(run(t, gap, w.Size)) == classes {
				t.Errorf("as a backbone it has %d classes and the fixed size %d", gap.Classes, gap.Graph.FixedSize)
			}
			run(t, gap, w.Size*3/2)
		})
	}
	for _, o := range []int64{9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21} {
		if !opsets[o] {
			t.Errorf("no network of operator set %d is tested", o)
		}
	}
}

// Models that others made answer as in ONNX Runtime. They are too large to lie here: `homeroom
// weights --samples` fetches them to HOMEROOM_CACHE or the user's cache.
func TestOthers(t *testing.T) {
	cache := os.Getenv("HOMEROOM_CACHE")
	if cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			t.Skip(err)
		}
		cache = filepath.Join(dir, "homeroom")
	}
	var want map[string]struct {
		Output string
		Values []float64
	}
	readJSON(t, "others.json", &want)
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(cache, name+".onnx")
			if _, err := os.Stat(path); err != nil {
				t.Skipf("%s is not there; \"bin/homeroom weights --samples\" fetches it", path)
			}
			m, err := onnx.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			r, err := onnxgraph.Import(m, onnxgraph.Options{Output: w.Output})
			if err != nil {
				t.Fatal(err)
			}
			if got := run(t, r, 224); len(got) != len(w.Values) || !(differ(got, w.Values) <= tolerance) {
				t.Errorf("%d values, of %d, differ from ONNX Runtime's by %.2g", len(got), len(w.Values), differ(got, w.Values))
			}
		})
	}
}

// Hostile models and those beyond what is known are refused with the name of the node.
func TestRefuses(t *testing.T) {
	cases := []struct {
		name string
		edit func(*onnx.Model)
		says string
	}{
		{"operator set", func(m *onnx.Model) { m.Opsets[""] = 8 }, "from 9 to 25"},
		{"newer operator set", func(m *onnx.Model) { m.Opsets[""] = 26 }, "opset_version=20"},
		{"operator", func(m *onnx.Model) { m.Graph.Nodes[0].Op = "Warp" }, "(Warp"},
		{"domain", func(m *onnx.Model) { m.Graph.Nodes[0].Domain = "com.example" }, "com.example"},
		{"no output", func(m *onnx.Model) { m.Graph.Outputs = nil }, "no output"},
		{"input", func(m *onnx.Model) { m.Graph.Inputs[0].Shape = m.Graph.Inputs[0].Shape[:3] }, "batch of photos"},
		{"not square", func(m *onnx.Model) { m.Graph.Inputs[0].Shape[2].Size = 31 }, "not square"},
		{"huge", func(m *onnx.Model) {
			m.Graph.Inputs[0].Shape[2].Size, m.Graph.Inputs[0].Shape[3].Size = 1<<40, 1<<40
		}, "not possible"},
		{"a cycle", func(m *onnx.Model) { m.Graph.Nodes[0].Inputs[0] = m.Graph.Nodes[1].Outputs[0] }, "depends on itself"},
		{"nothing makes it", func(m *onnx.Model) { m.Graph.Nodes[0].Inputs[0] = "nowhere" }, "nowhere"},
		{"two make it", func(m *onnx.Model) { m.Graph.Nodes[1].Outputs = m.Graph.Nodes[0].Outputs }, "two nodes"},
		{"weights", func(m *onnx.Model) {
			w := m.Graph.Initialiser(m.Graph.Nodes[0].Inputs[1])
			w.Dims = []int{w.Len()}
		}, "weights of"},
		{"groups", func(m *onnx.Model) { m.Graph.Nodes[0].Attributes["group"].I = 1 << 62 }, "do not fit"},
		{"padding", func(m *onnx.Model) { m.Graph.Nodes[0].Attributes["pads"].Ints[0] = 1 << 40 }, "padding"},
		{"strides", func(m *onnx.Model) { m.Graph.Nodes[0].Attributes["strides"].Ints[0] = -1 }, "strides"},
		{"the value wanted", func(m *onnx.Model) { m.Graph.Outputs[0].Name = "none" }, "none"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := readNetwork(t, "vgg_cifar")
			c.edit(m)
			_, err := onnxgraph.Import(m, onnxgraph.Options{})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}

// Tokens are put in front of patches as they are known to be, or the model is refused.
func TestRefusesTokens(t *testing.T) {
	cases := []struct {
		name, network string
		edit          func(*onnx.Model)
		says          string
	}{
		{"of other channels", "dinov2_registers_19", func(m *onnx.Model) {
			for _, x := range m.Graph.Initialisers {
				if x.Name == "reg_token" {
					x.Dims[1], x.Dims[2] = x.Dims[2], x.Dims[1]
				}
			}
		}, "is no token"},
		{"between others", "registers_18", func(m *onnx.Model) {
			var swapped []*onnx.Node
			for _, n := range m.Graph.Nodes {
				if n.Op == "Concat" && len(n.Inputs) == 3 {
					n.Inputs[0], n.Inputs[2] = n.Inputs[2], n.Inputs[0]
					swapped = append(swapped, n)
				}
			}
			if len(swapped) != 1 {
				t.Errorf("%d joints of three", len(swapped))
			}
		}, "are not the class token and the patches"},
		{"GELU of another kind", "leaky_20", func(m *onnx.Model) {
			for _, n := range m.Graph.Nodes {
				if n.Op == "Gelu" {
					n.Attributes["approximate"].S = "sinh"
				}
			}
		}, `GELU by "sinh"`},
		{"slopes that do not fit", "leaky_20", func(m *onnx.Model) {
			for _, n := range m.Graph.Nodes {
				if n.Op == "PRelu" {
					m.Graph.Initialiser(n.Inputs[1]).Dims = []int{1, m.Graph.Initialiser(n.Inputs[1]).Len(), 1}
					return
				}
			}
		}, "not one for each channel"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := readNetwork(t, c.network)
			c.edit(m)
			_, err := onnxgraph.Import(m, onnxgraph.Options{})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want an error that says %q", err, c.says)
			}
		})
	}
}

func ExampleImport() {
	z, err := os.Open("testdata/alexnet_cifar.onnx.gz")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer z.Close()
	unzipped, err := gzip.NewReader(z)
	if err != nil {
		fmt.Println(err)
		return
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		fmt.Println(err)
		return
	}
	m, err := onnx.Read("alexnet_cifar.onnx", data)
	if err != nil {
		fmt.Println(err)
		return
	}
	r, err := onnxgraph.Import(m, onnxgraph.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(r.Size, "pixels,", r.Classes, "classes,", len(r.Graph.Nodes), "layers, feature vector from", r.Graph.Feature)
	// Output: 32 pixels, 10 classes, 19 layers, feature vector from classifier/classifier.5/Relu_output_0
}
