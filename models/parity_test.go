package models_test

import (
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/models"
)

var update = flag.Bool("update", false, "write PARITY.md anew")

// tolerance is the largest difference from PyTorch's numbers that is taken for rounding, relative
// to the standard deviation of a network's logits or of its feature vector. Deep networks come to
// 1e-5; a padding, epsilon or activation that is not the right one, to 1e-2 and more.
const tolerance = 1e-3

// reference is what PyTorch says of a network: tools/reference/parity.py.
type reference struct {
	Whose, Name, Arch string
	Parameters        int64
	MACs              int64 `json:"macs"` // at the first size
	Tensors           []struct {
		Name string
		Dims []int
	}
	Answers []answer
}

type answer struct {
	Size            int
	GAP             bool `json:"gap"`
	Logits, Feature []float64
}

func references(t *testing.T) []reference {
	t.Helper()
	f, err := os.Open("testdata/parity.json.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all []reference
	if err := json.NewDecoder(z).Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// formula is a checkpoint whose every element is a function of the tensor's name and the element's
// index, the same as in parity.py.
type formula struct {
	names []string
	dims  map[string][]int
}

func newFormula(r reference) formula {
	f := formula{dims: map[string][]int{}}
	for _, x := range r.Tensors {
		f.names = append(f.names, x.Name)
		f.dims[x.Name] = append([]int{}, x.Dims...)
	}
	return f
}

func (f formula) Names() []string        { return f.names }
func (f formula) Dims(name string) []int { return f.dims[name] }
func (f formula) Floats(name string) ([]float32, error) {
	dims := f.dims[name]
	n, fan := 1, 1
	for i, d := range dims {
		n *= d
		if i > 0 {
			fan *= d
		}
	}
	scale, shift := float32(0.5), float32(-0.25)
	switch {
	case len(dims) >= 2 && dims[0] > 1: // weights: variance 2/fan
		bound := float32(math.Sqrt(6 / float64(fan)))
		return uniform(name, n, func(u float32) float32 { return (u*2 - 1) * bound }), nil
	case strings.HasSuffix(name, "running_var"):
		scale, shift = 1, 0.5
	case strings.HasSuffix(name, ".weight"), strings.HasSuffix(name, ".gamma"):
		shift = 0.25
	}
	return uniform(name, n, func(u float32) float32 { return float32(u*scale) + shift }), nil
}

// uniform returns n numbers from 0 to 1, each given to f, that depend on name and on nothing else:
// the index, mixed with the name's FNV-1a hash.
func uniform(name string, n int, f func(float32) float32) []float32 {
	h := uint32(2166136261)
	for _, c := range []byte(name) {
		h = (h ^ uint32(c)) * 16777619
	}
	out := make([]float32, n)
	const part = 1 << 20
	var all sync.WaitGroup
	for from := 0; from < n; from += part {
		all.Go(func() {
			for i := from; i < min(from+part, n); i++ {
				x := uint32(i)*2654435761 ^ h
				x = (x ^ x>>16) * 0x45d9f3b
				x = (x ^ x>>16) * 0x45d9f3b
				x ^= x >> 16
				out[i] = f(float32(x>>8) / (1 << 24))
			}
		})
	}
	all.Wait()
	return out
}

// photoOf is the input at a size.
func photoOf(size int) []float32 {
	planes := uniform("input", 3*size*size, func(u float32) float32 { return u*4 - 2 })
	x := make([]float32, len(planes))
	for i := range x {
		x[i] = planes[i%3*size*size+i/3]
	}
	return x
}

// deviation compares every so many-th element with what PyTorch has there.
func deviation(got []float32, want []float64) (float64, error) {
	step := (len(got) + 49) / 50
	if len(want) != (len(got)+step-1)/step {
		return 0, fmt.Errorf("%d elements, of which PyTorch's %d are no sample", len(got), len(want))
	}
	mean, spread, worst := 0.0, 0.0, 0.0
	for _, v := range want {
		mean += v / float64(len(want))
	}
	for i, v := range want {
		spread += (v - mean) * (v - mean) / float64(len(want))
		d := math.Abs(float64(got[i*step]) - v)
		if !(d <= worst) { // NaN, too
			worst = d
		}
	}
	return worst / math.Sqrt(spread), nil
}

// Every variant, under the names of everyone who publishes weights of it, gives PyTorch's logits
// and feature vectors.
func TestParity(t *testing.T) {
	rows := []string{
		"# Parity with PyTorch",
		"",
		"Every network with the same weights, filled in by a formula, on the same input in PyTorch and here: the largest",
		"difference among a sample of logits and of the feature vector, over the standard deviation of that sample.",
		"Parameters are those that are trained; multiply-adds are those of convolutions, dense layers and attention at",
		"224 × 224, or 32 × 32 for the networks of CIFAR-10. Sizes marked GAP were run without the flattened head, which",
		"takes one size only. Position embeddings are resampled without smoothing, as DeiT and DINOv2 do it and timm, when it",
		"makes their grid smaller, does not. Made by `go test ./models -run TestParity -update`.",
		"",
		"| variant | names of | parameters | multiply-adds | compared at | worst difference |",
		"|---|---|--:|--:|---|--:|",
	}
	known := map[string]bool{}
	all := references(t)
	measured := make([]string, len(all))
	t.Run("network", func(t *testing.T) {
		for i, r := range all {
			known[plainArch(r.Arch)], known[r.Arch] = true, true
			t.Run(r.Whose+"/"+r.Name, func(t *testing.T) {
				t.Parallel()
				measured[i] = testNetwork(t, r)
			})
		}
	})
	for _, row := range measured {
		if row != "" {
			rows = append(rows, row)
		}
	}
	for _, arch := range models.Arches() {
		if !known[arch] {
			t.Errorf("%s is compared with nothing", arch)
		}
	}
	checkTable(t, rows)
}

// testNetwork holds one network against what PyTorch says of it and returns its row of the table,
// or "" where it tests names alone.
func testNetwork(t *testing.T, r reference) string {
	src := newFormula(r)
	arch, err := models.Detect(src)
	if want := plainArch(r.Arch); err != nil || arch != want {
		t.Errorf("taken for %q (%v), not %q", arch, err, want)
	}
	if r.Answers == nil {
		if r.Parameters > 50e6 {
			return "" // built like the smaller ones of the family
		}
		n, err := models.Build(r.Arch, zeros{src})
		if err != nil {
			t.Fatal(err)
		}
		if n.Arch != r.Arch {
			t.Errorf("built as %q, not %q", n.Arch, r.Arch)
		}
		return ""
	}
	row, err := compare(t, r, src)
	if err != nil {
		t.Fatal(err)
	}
	return row
}

// plainArch is the variant that a checkpoint shows: what TensorFlow's padding and DeiT's training
// change is not in it, unless that left a second head.
func plainArch(arch string) string {
	arch = strings.TrimPrefix(arch, "tf-")
	if rest, ok := strings.CutPrefix(arch, "deit"); ok && !strings.Contains(arch, "distilled") {
		arch = "vit" + rest
	}
	return arch
}

// zeros is a checkpoint of zeros, for tests of names.
type zeros struct{ formula }

func (z zeros) Floats(name string) ([]float32, error) {
	n := 1
	for _, d := range z.dims[name] {
		n *= d
	}
	return make([]float32, n), nil
}

// ran are the functions that run a network at a size, by what there is of both.
var ran sync.Map

// deviates runs a network and returns by how much its answers differ from PyTorch's.
func deviates(packed *graph.Packed, feature string, a answer) (float64, error) {
	program, err := packed.Compile(tensor.Shape{H: a.Size, W: a.Size, C: 3}, graph.Options{})
	if err != nil {
		return 0, err
	}
	copy(program.Input().Data, photoOf(a.Size))
	program.Run()
	vector, err := program.Value(feature)
	if err != nil {
		return 0, err
	}
	worst, err := deviation(vector.Data, a.Feature)
	if err != nil {
		return 0, fmt.Errorf("feature vector: %w", err)
	}
	if a.GAP {
		return worst, nil
	}
	d, err := deviation(program.Output().Data, a.Logits)
	if err != nil {
		return 0, fmt.Errorf("logits: %w", err)
	}
	if !(d <= worst) { // NaN, too
		worst = d
	}
	return worst, nil
}

// compare runs a network at all its sizes and returns its row of the table.
func compare(t *testing.T, r reference, src formula) (string, error) {
	side := 224
	if strings.HasSuffix(r.Arch, "-cifar10") {
		side = 32
	}
	var n *models.Network
	var made []byte // the graph
	var pack func() (*graph.Packed, error)
	var sizes []string
	var macs int64 // at side
	worst, gap := 0.0, false
	for i, a := range r.Answers {
		var err error
		if i == 0 || a.GAP != gap {
			gap = a.GAP
			if n, err = models.BuildWith(r.Arch, src, models.Options{GAP: gap}); err != nil {
				return "", err
			}
			if made, err = json.Marshal(n.Graph); err != nil {
				return "", err
			}
			pack = sync.OnceValues(func() (*graph.Packed, error) { return graph.Pack(n.Graph, kernel.Best()) })
		}
		in := tensor.Shape{H: a.Size, W: a.Size, C: 3}
		if i == 0 {
			first, err := multiplyAdds(n.Graph, in)
			if err != nil || first != r.MACs {
				t.Errorf("%d multiply-adds at %d (%v), not PyTorch's %d", first, a.Size, err, r.MACs)
			}
			if macs, err = multiplyAdds(n.Graph, tensor.Shape{H: side, W: side, C: 3}); err != nil {
				return "", err
			}
		}
		// Some networks are others under another name, down to the last weight.
		key := fmt.Sprintf("%s %v %v", made, r.Tensors, a)
		run, _ := ran.LoadOrStore(sha256.Sum256([]byte(key)), sync.OnceValues(func() (float64, error) {
			packed, err := pack()
			if err != nil {
				return 0, err
			}
			return deviates(packed, n.Graph.Feature, a)
		}))
		d, err := run.(func() (float64, error))()
		if err != nil {
			return "", fmt.Errorf("at %d: %w", a.Size, err)
		}
		if !(d <= tolerance) {
			t.Errorf("at %d: differs by %.2g", a.Size, d)
		}
		worst = max(worst, d)
		size := fmt.Sprint(a.Size)
		if a.GAP {
			size += " GAP"
		}
		sizes = append(sizes, size)
	}
	var parameters int64
	for name, dims := range src.dims {
		if strings.Contains(name, "running_") {
			continue
		}
		n := int64(1)
		for _, d := range dims {
			n *= int64(d)
		}
		parameters += n
	}
	if parameters != r.Parameters {
		t.Errorf("%d parameters, not PyTorch's %d", parameters, r.Parameters)
	}
	return fmt.Sprintf("| %s | %s %s | %s | %s | %s | %.1g |", n.Arch, r.Whose, r.Name, inMillions(parameters), inMillions(macs), strings.Join(sizes, ", "), worst), nil
}

func inMillions(n int64) string { return fmt.Sprintf("%.2f M", float64(n)/1e6) }

func multiplyAdds(g *graph.Graph, in tensor.Shape) (int64, error) {
	costs, err := g.Costs(in)
	var sum int64
	for _, c := range costs {
		sum += c.MACs
	}
	return sum, err
}

// checkTable holds PARITY.md against the rows, the measured differences aside, which are not the
// same on every machine.
func checkTable(t *testing.T, rows []string) {
	t.Helper()
	const name = "PARITY.md"
	if *update {
		if err := os.WriteFile(name, []byte(strings.Join(rows, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	cut := func(lines []string) []string {
		lines = slices.Clone(lines)
		for i, l := range lines {
			if at := strings.LastIndex(strings.TrimSuffix(l, " |"), "|"); strings.HasPrefix(l, "|") {
				lines[i] = l[:at]
			}
		}
		return lines
	}
	if have := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n"); !slices.Equal(cut(have), cut(rows)) {
		t.Errorf("%s is not what this test gives; write it anew with -update", name)
	}
}
