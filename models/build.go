package models

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/pack"
)

// builder makes a graph out of a checkpoint, layer by layer. Layers are named after the modules of
// the checkpoint. After its first error it does nothing any more, so that a family can be written
// as its paper's table is.
type builder struct {
	src  Source
	g    *graph.Graph
	opt  Options
	used map[string]bool
	err  error

	at      *located        // where the tensors are in the checkpoint
	asked   map[string]bool // modules of the checkpoint that were looked at
	notes   []string        // for [Network.Notes]
	assumed []string        // for [Network.Assumed]
	named   bool            // the variant was asked for by its name
	usual   []string        // for [Network.Assumed], unless the network is one for CIFAR-10, with its head
	ownHead bool            // the head is somebody's own
	gated   bool            // a network that was saved as a whole ends in a sigmoid

	// tf is set for the variants that were ported from TensorFlow, whose checkpoints look like the
	// others: padding is TensorFlow's "SAME".
	tf bool
}

func newBuilder(at *located, opt Options) *builder {
	return &builder{
		src: at, at: at, opt: opt, g: &graph.Graph{Params: map[string]*pack.Tensor{}}, used: map[string]bool{}, asked: map[string]bool{},
	}
}

func (b *builder) fail(format string, args ...any) {
	if b.err == nil {
		b.err = fmt.Errorf(format, args...)
	}
}

// has says whether the checkpoint has a tensor.
func (b *builder) has(name string) bool { return b.src.Dims(name) != nil }

// first returns the first of some modules that has weights in the checkpoint, or the first of all
// where none has.
func (b *builder) first(modules ...string) string { return firstModule(b.src, modules...) }

func firstModule(src Source, modules ...string) string {
	for _, m := range modules {
		if src.Dims(m+".weight") != nil {
			return m
		}
	}
	return modules[0]
}

// extent returns the extent of an axis of a tensor, or 0 where there is none.
func extent(src Source, name string, axis int) int {
	if d := src.Dims(name); axis < len(d) {
		return d[axis]
	}
	return 0
}

// dims returns the extents of a tensor that must have so many axes, zeros where it has not.
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

// param takes a tensor into the graph.
func (b *builder) param(name string, dims ...int) string {
	return b.put(name, b.floats(name, dims...), dims...)
}

// put adds a parameter, whose elements become the graph's.
func (b *builder) put(name string, w []float32, dims ...int) string {
	if b.err == nil {
		b.g.Params[name] = pack.Keep(name, dims, w)
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
	if product(have) < 1 {
		b.fail("its tensor %q is %v, which holds nothing", name, have)
		return nil
	}
	b.used[name] = true
	w, err := b.src.Floats(name)
	if err != nil {
		b.fail("%w", err)
		return nil
	}
	if n := product(dims); n != len(w) {
		b.fail("its tensor %q has %d elements, where %v needs %d", name, len(w), dims, n)
		return nil
	}
	if i := notFinite(w); i >= 0 {
		b.fail("its tensor %q has the value %v, as element %d; the checkpoint is of a training that failed", name, w[i], i)
		return nil
	}
	return w
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		if d < 0 || d > 0 && n > pack.MaxElements/d {
			return -1
		}
		n *= d
	}
	return n
}

// notFinite returns the index of the first NaN or infinity, or −1.
func notFinite(w []float32) int {
	for i, v := range w {
		if v-v != 0 {
			return i
		}
	}
	return -1
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

// layer adds a layer without parameters.
func (b *builder) layer(op graph.Op, name string, in ...string) string {
	return b.add(graph.Node{Name: name, Op: op, In: in})
}

// half stands for padding by half the kernel, which keeps the extent at stride 1 for odd kernels.
var half = [4]int{-1, -1, -1, -1}

// window is the stride and padding of the networks here: SAME where they were ported from
// TensorFlow, else half the kernel.
func (b *builder) window(stride int) graph.Node {
	n := graph.Node{Stride: [2]int{stride, stride}}
	if b.tf {
		n.Same = true
	} else {
		n.Pad = half
	}
	return n
}

// conv adds a convolution whose weights [out][in/groups][KH][KW] the checkpoint keeps as
// prefix.weight. Its channels, kernel and groups are those of the tensor; n has the rest. It
// returns the layer's name and number of channels.
func (b *builder) conv(in, prefix string, channels int, n graph.Node) (string, int) {
	d := b.dims(prefix+".weight", 4)
	if b.err != nil {
		return in, channels
	}
	out, cg, kh, kw := d[0], d[1], d[2], d[3]
	if cg < 1 || channels%cg != 0 {
		b.fail("its tensor %q is %v, which does not fit %d channels", prefix+".weight", d, channels)
		return in, channels
	}
	w := b.floats(prefix+".weight", d...)
	if b.err != nil {
		return in, channels
	}
	if cg > 1 && kh*kw > 1 {
		turned := make([]float32, len(w)) // [out][KH][KW][in]
		for o := range out {
			for c := range cg {
				for k := range kh * kw {
					turned[(o*kh*kw+k)*cg+c] = w[(o*cg+c)*kh*kw+k]
				}
			}
		}
		w = turned
	}
	n.Name, n.Op, n.In = prefix, graph.Conv, []string{in}
	n.Kernel = [2]int{kh, kw}
	if n.Pad == half {
		n.Pad = [4]int{kh / 2, kw / 2, kh / 2, kw / 2}
	}
	if channels > cg {
		n.Groups = channels / cg
	}
	b.convAsSaved(&n, prefix)
	n.Weight = b.put(prefix+".weight", w, out, kh, kw, cg)
	n.Bias = b.optional(prefix+".bias", out)
	return b.add(n), out
}

// norm adds a batch norm.
func (b *builder) norm(in, prefix string, channels int, eps float64) string {
	n := graph.Node{
		Name: prefix, Op: graph.BatchNorm, In: []string{in}, Eps: b.epsAsSaved(prefix, eps, "BatchNorm2d", "BatchNorm1d", "SyncBatchNorm", "BatchNormAct2d", "FrozenBatchNorm2d"),
		Weight: b.optional(prefix+".weight", channels), Bias: b.optional(prefix+".bias", channels),
		Mean: b.param(prefix+".running_mean", channels),
	}
	variance := b.floats(prefix+".running_var", channels)
	for i, v := range variance {
		if v < 0 {
			b.fail("its tensor %q, a variance, has the negative value %v, as element %d", prefix+".running_var", v, i)
			break
		}
	}
	n.Var = b.put(prefix+".running_var", variance, channels)
	return b.add(n)
}

// convNorm adds a convolution, a batch norm and, unless act is "", an activation.
func (b *builder) convNorm(in, conv, norm string, channels int, n graph.Node, eps float64, act graph.Op, name string) (string, int) {
	x, c := b.conv(in, conv, channels, n)
	x = b.norm(x, norm, c, eps)
	if act != "" {
		x = b.layer(act, name, x)
	}
	return x, c
}

// dense adds a fully connected layer, whose weights are [out][in], or [out][in][1][1] where it was
// a convolution.
func (b *builder) dense(in, prefix string, channels int) (string, int) {
	d := b.src.Dims(prefix + ".weight")
	if len(d) < 2 {
		b.fail("its tensor %q is missing or has fewer than two axes", prefix+".weight")
		return in, channels
	}
	b.expect(prefix, "Linear", "NonDynamicallyQuantizableLinear", "Conv2d")
	n := graph.Node{Name: prefix, Op: graph.Dense, In: []string{in}}
	n.Weight = b.param(prefix+".weight", d[0], channels)
	n.Bias = b.optional(prefix+".bias", d[0])
	return b.add(n), d[0]
}

// squeeze adds squeeze-and-excitation (Hu et al. 2017, arXiv 1709.01507, section 3): GAP, two small
// layers, gate, and each channel scaled.
func (b *builder) squeeze(x, name, reduce, expand string, channels int, act, gate graph.Op) string {
	s := b.layer(graph.GAP, name+".squeeze", x)
	s, c := b.dense(s, reduce, channels)
	s = b.layer(act, name+".squeeze.act", s)
	s, _ = b.dense(s, expand, c)
	s = b.layer(gate, name+".excite", s)
	return b.layer(graph.Mul, name+".scale", x, s)
}

// leaveOut says that the tensors of a module are not needed.
func (b *builder) leaveOut(module string) {
	for _, name := range b.src.Names() {
		if strings.HasPrefix(name, module+".") {
			b.used[name] = true
		}
	}
}

// leftOver refuses a checkpoint with tensors that the variant has no use for: it would be another
// network. Counts of training steps are no weights.
func (b *builder) leftOver() error {
	var left []string
	for _, name := range b.src.Names() {
		if !b.used[name] && !isCounter(name) && !ofTraining(name) {
			left = append(left, name)
		}
	}
	if len(left) == 0 {
		return nil
	}
	slices.Sort(left)
	return fmt.Errorf("%d of its tensors have no place in this network, %q the first of them", len(left), left[0])
}

// ofTraining tells by its name whether a tensor is of a loss or of a measure, which a network is
// trained with.
func ofTraining(name string) bool {
	first, rest, _ := strings.Cut(name, ".")
	for _, part := range strings.Split(strings.ToLower(first), "_") {
		switch part {
		case "loss", "losses", "criterion", "metric", "metrics", "acc", "accuracy", "auroc", "f1", "precision", "recall", "confusion", "confmat":
			return rest != ""
		}
	}
	return false
}

// finite refuses parameters that merging batch norms made infinite.
func (b *builder) finite() error {
	for i := range b.g.Nodes {
		n := &b.g.Nodes[i]
		if n.Op != graph.Conv && n.Op != graph.Dense {
			continue
		}
		for _, name := range []string{n.Weight, n.Bias} {
			t := b.g.Params[name]
			if t == nil {
				continue
			}
			if k := notFinite(t.View()); k >= 0 {
				return fmt.Errorf("element %d of %q is not finite once its batch norm is merged into it", k, name)
			}
		}
	}
	return nil
}

// levels turns means or deviations on a scale of 0 to 1 into levels.
func levels(v [3]float64) [3]float64 {
	for i := range v {
		v[i] = math.Round(v[i]*255*1e6) / 1e6
	}
	return v
}
