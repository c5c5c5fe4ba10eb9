package models_test

import (
	"compress/gzip"
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/models"
)

// ownHead is what PyTorch says of a network with a head of somebody's own:
// tools/reference/head_fixtures.py.
type ownHead struct {
	Name, Arch, Assumed string
	Size                int
	Logits              []float64
	Tensors             []struct {
		Name string
		Dims []int
	}
}

func ownHeads(t testing.TB) []ownHead {
	t.Helper()
	f, err := os.Open("testdata/heads.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []ownHead
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (h ownHead) source() formula {
	f := formula{dims: map[string][]int{}}
	for _, x := range h.Tensors {
		f.names = append(f.names, x.Name)
		f.dims[x.Name] = append([]int{}, x.Dims...)
	}
	return f
}

// run computes a network's output on the photo of the formula.
func run(t *testing.T, n *models.Network, size int) []float32 {
	t.Helper()
	packed, err := graph.Pack(n.Graph, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	program, err := packed.Compile(tensor.Shape{H: size, W: size, C: 3}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	copy(program.Input().Data, photoOf(size))
	program.Run()
	return slices.Clone(program.Output().Data[:program.Output().Len()])
}

// TestPoint3LargestAtAnySize: a head over average and maximum, as fastai makes it, takes photos of
// any size.
func TestPoint3LargestAtAnySize(t *testing.T) {
	tried := 0
	for _, h := range ownHeads(t) {
		n, err := models.Build("", h.source())
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(n.Graph.Nodes, func(x graph.Node) bool { return x.Name == "maximum" }) {
			continue
		}
		tried++
		for _, size := range []int{96, 128, 160, 224, 320} {
			if n.Graph.FixedSize != 0 {
				t.Fatalf("%s takes photos of %d only", h.Name, n.Graph.FixedSize)
			}
			shapes, err := n.Graph.Shapes(tensor.Shape{H: size, W: size, C: 3})
			if err != nil || shapes[n.Graph.Output].C != n.Classes {
				t.Errorf("%s at %d: %v", h.Name, size, err)
			}
		}
	}
	if tried == 0 {
		t.Error("no head reads a maximum")
	}
}

// TestPoint3HeadsAndPrefixes: networks of every family with the heads of transfer learning, under
// prefixes of any depth, beside counters, answer as PyTorch does, whatever the order of their
// tensors, and what does not show is said.
func TestPoint3HeadsAndPrefixes(t *testing.T) {
	for _, h := range ownHeads(t) {
		t.Run(h.Name, func(t *testing.T) {
			t.Parallel()
			src := h.source()
			n, err := models.Build("", src)
			if err != nil {
				t.Fatal(err)
			}
			if n.Arch != h.Arch {
				t.Errorf("built as %s, not %s", n.Arch, h.Arch)
			}
			assumed := strings.Join(n.Assumed, "; ")
			if (assumed != "") != (h.Assumed != "") || !strings.Contains(assumed, h.Assumed) {
				t.Errorf("assumed: %q, want %q", assumed, h.Assumed)
			}
			if n.Published {
				t.Error("taken for a head that was published")
			}
			want, scale := h.Logits, 1.0
			if n.Binary != (len(want) == 1) {
				t.Errorf("binary: %v with %d outputs", n.Binary, len(want))
			}
			if len(want) == 1 {
				want = []float64{0, want[0]}
			}
			got := run(t, n, h.Size)
			if len(got) != len(want) || n.Classes != len(want) {
				t.Fatalf("%d outputs, %d classes, want %d", len(got), n.Classes, len(want))
			}
			for _, v := range want {
				scale = max(scale, math.Abs(v))
			}
			for i, v := range want {
				if d := math.Abs(float64(got[i]) - v); !(d <= 1e-4*scale) {
					t.Errorf("output %d is %v, PyTorch's %v", i, got[i], v)
				}
			}
			slices.Sort(src.names)
			again, err := models.Build("", zeros{src})
			if err != nil || len(again.Graph.Nodes) != len(n.Graph.Nodes) {
				t.Errorf("sorted by name: %v", err)
			}
		})
	}
}
