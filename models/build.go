package models

import (
	"fmt"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Source gives the tensors of a checkpoint by name.
type Source interface {
	// Names returns the names of all tensors.
	Names() []string
	// Dims returns a tensor's extents, outermost first, or nil where there is
	// no tensor of that name.
	Dims(name string) []int
	// Floats returns a tensor's elements in row-major order.
	Floats(name string) ([]float32, error)
}

// Network is a network that was built from a checkpoint.
type Network struct {
	Arch       string       // the variant, "efficientnet-lite0"
	Title      string       // for people
	Graph      *graph.Graph // float32 parameters, batch norms folded
	Preprocess photo.Preprocess
	Classes    int
}

// family is a file of this package.
type family struct {
	arches []string
	// detect returns the variant of a checkpoint, or "" where it is of another
	// family.
	detect func(Source) string
	build  func(b *builder, arch string) (photo.Preprocess, string)
}

var families []family

func register(f family) { families = append(families, f) }

// Arches returns the names of all variants, sorted.
func Arches() []string {
	var all []string
	for _, f := range families {
		all = append(all, f.arches...)
	}
	slices.Sort(all)
	return all
}

// Detect returns the variant of a checkpoint, judging by the names and shapes
// of its tensors.
func Detect(src Source) (string, error) {
	for _, f := range families {
		if arch := f.detect(src); arch != "" {
			return arch, nil
		}
	}
	return "", fmt.Errorf("the names of its tensors are those of no network that is known here; name the variant with --arch: %s", strings.Join(Arches(), ", "))
}

// Build makes the network of a variant from a checkpoint; arch "" stands for
// what Detect says. An error names the tensor that is missing, of another
// shape, or left over.
func Build(arch string, src Source) (*Network, error) {
	if arch == "" {
		var err error
		if arch, err = Detect(src); err != nil {
			return nil, err
		}
	}
	for _, f := range families {
		if !slices.Contains(f.arches, arch) {
			continue
		}
		b := &builder{src: src, g: &graph.Graph{Params: map[string]*pack.Tensor{}}, used: map[string]bool{}}
		prep, title := f.build(b, arch)
		if b.err == nil {
			b.err = b.leftOver()
		}
		if b.err != nil {
			return nil, fmt.Errorf("as %s: %w", arch, b.err)
		}
		b.g.Fold()
		shapes, err := b.g.Shapes(tensor.Shape{H: prep.Size, W: prep.Size, C: 3})
		if err != nil {
			return nil, fmt.Errorf("as %s: %w", arch, err)
		}
		return &Network{arch, title, b.g, prep, shapes[b.g.Output].C}, nil
	}
	return nil, fmt.Errorf("there is no variant %q; there are %s", arch, strings.Join(Arches(), ", "))
}

// Quantise stores the weights of convolutions and dense layers as d; biases,
// norms and position embeddings stay float32, since they are small and the
// answers depend much on them.
func (n *Network) Quantise(d pack.DType) {
	for _, node := range n.Graph.Nodes {
		if node.Op != graph.Conv && node.Op != graph.Dense {
			continue
		}
		t := n.Graph.Params[node.Weight]
		w := make([]float32, t.Len())
		t.Floats(w)
		n.Graph.Params[node.Weight] = pack.Encode(t.Name, t.Dims, w, d)
	}
}

// builder makes a graph, layer by layer. After its first error it does nothing
// any more.
type builder struct {
	src  Source
	g    *graph.Graph
	used map[string]bool
	err  error
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// has says whether the checkpoint has a tensor.
func (b *builder) has(name string) bool { return b.src.Dims(name) != nil }

// dims returns the extents of a tensor that must have so many axes, zeros where
// it has not.
func (b *builder) dims(name string, axes int) []int {
	d := b.src.Dims(name)
	if d == nil {
		b.fail("its tensor %q is missing", name)
	} else if len(d) != axes {
		b.fail("its tensor %q is %v, where %d axes are needed", name, d, axes)
	}
	if b.err != nil {
		return make([]int, axes)
	}
	return d
}

// param copies a tensor into the graph.
func (b *builder) param(name string, dims ...int) string {
	return b.put(name, b.floats(name, dims...), dims...)
}

// put adds a parameter.
func (b *builder) put(name string, w []float32, dims ...int) string {
	if b.err == nil {
		b.g.Params[name] = pack.Encode(name, dims, w, pack.F32)
	}
	return name
}

// floats reads a tensor that must have these extents, those of 1 aside.
func (b *builder) floats(name string, dims ...int) []float32 {
	have := b.dims(name, len(b.src.Dims(name)))
	if b.err != nil {
		return nil
	}
	without := func(d []int) []int { return slices.DeleteFunc(slices.Clone(d), func(n int) bool { return n == 1 }) }
	if !slices.Equal(without(have), without(dims)) {
		b.fail("its tensor %q is %v, where %v is needed", name, have, dims)
		return nil
	}
	b.used[name] = true
	w, err := b.src.Floats(name)
	if err != nil {
		b.fail("%w", err)
	}
	return w
}

// optional returns name if the checkpoint has it, and reads it.
func (b *builder) optional(name string, dims ...int) string {
	if !b.has(name) {
		return ""
	}
	return b.param(name, dims...)
}

func (b *builder) add(n graph.Node) string {
	b.g.Nodes = append(b.g.Nodes, n)
	return n.Name
}

// conv adds a convolution whose weights [out][in/groups][KH][KW] the checkpoint
// keeps as prefix.weight. Its channels, kernel and groups are those of the
// tensor; n has the rest.
func (b *builder) conv(in, prefix string, channels int, n graph.Node) (string, int) {
	d := b.dims(prefix+".weight", 4)
	if b.err != nil {
		return in, channels
	}
	if d[1] == 0 || channels%d[1] != 0 {
		b.fail("its tensor %q is %v, which does not fit %d channels", prefix+".weight", d, channels)
		return in, channels
	}
	out, cg, kh, kw := d[0], d[1], d[2], d[3]
	w := b.floats(prefix+".weight", d...)
	if b.err != nil {
		return in, channels
	}
	turned := make([]float32, len(w)) // [out][KH][KW][in]
	for o := range out {
		for c := range cg {
			for k := range kh * kw {
				turned[(o*kh*kw+k)*cg+c] = w[(o*cg+c)*kh*kw+k]
			}
		}
	}
	n.Name, n.Op, n.In = prefix, graph.Conv, []string{in}
	n.Kernel, n.Groups = [2]int{kh, kw}, channels/cg
	if n.Groups == 1 {
		n.Groups = 0
	}
	n.Weight = b.put(prefix+".weight", turned, out, kh, kw, cg)
	n.Bias = b.optional(prefix+".bias", out)
	return b.add(n), out
}

// norm adds a batch norm.
func (b *builder) norm(in, prefix string, channels int, eps float64) string {
	b.used[prefix+".num_batches_tracked"] = true
	return b.add(graph.Node{
		Name: prefix, Op: graph.BatchNorm, In: []string{in}, Eps: eps,
		Weight: b.optional(prefix+".weight", channels), Bias: b.optional(prefix+".bias", channels),
		Mean: b.param(prefix+".running_mean", channels), Var: b.param(prefix+".running_var", channels),
	})
}

// dense adds a fully connected layer, whose weights are [out][in], or
// [out][in][1][1] where it was a convolution.
func (b *builder) dense(in, prefix string, channels int) (string, int) {
	d := b.src.Dims(prefix + ".weight")
	if len(d) < 2 {
		b.fail("its tensor %q is missing or has fewer than two axes", prefix+".weight")
		return in, channels
	}
	n := graph.Node{Name: prefix, Op: graph.Dense, In: []string{in}}
	n.Weight = b.param(prefix+".weight", d[0], channels)
	n.Bias = b.optional(prefix+".bias", d[0])
	return b.add(n), d[0]
}

// layer adds a layer without parameters.
func (b *builder) layer(op graph.Op, name string, in ...string) string {
	return b.add(graph.Node{Name: name, Op: op, In: in})
}

// leftOver refuses a checkpoint with tensors that the variant has no use for:
// it would be another network.
func (b *builder) leftOver() error {
	var left []string
	for _, name := range b.src.Names() {
		if !b.used[name] {
			left = append(left, name)
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return fmt.Errorf("%d of its tensors have no place in this network, %q the first of them", len(left), left[0])
}

// MapSource is a Source held in memory.
type MapSource map[string]MapTensor

// MapTensor is a tensor of a MapSource, row-major.
type MapTensor struct {
	Dims []int
	Data []float32
}

// Names returns the names of all tensors, sorted.
func (m MapSource) Names() []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// Dims returns a tensor's extents, or nil.
func (m MapSource) Dims(name string) []int { return m[name].Dims }

// Floats returns a tensor's elements.
func (m MapSource) Floats(name string) ([]float32, error) { return m[name].Data, nil }
