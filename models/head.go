package models

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/pack"
)

// headInput is what a head may read of a backbone.
type headInput struct {
	fmap     string // the last feature map, H×W×channels, or ""
	pooled   string // the feature vector, or "" where it is made of fmap when it is needed
	channels int
	grid     int // side of the map that the family's flattened head reads, or 0
	size     int // input size
}

// knownHead are the linear layers of the head that a family is published with, and what lies
// between them.
type knownHead struct {
	layers []string
	act    graph.Op
}

// pooled ends a network in its last feature map, GAP and a head: one linear layer, or one of
// somebody's own. Without a head in the checkpoint the feature vector is the output.
func (b *builder) pooled(x, head string, channels int) {
	b.g.Map = x
	b.expectPool("avgpool", "global_pool", "global_pool.pool")
	x, fmap := b.layer(graph.GAP, "pool", x), x
	b.g.Feature = x
	b.head(headInput{fmap: fmap, pooled: x, channels: channels}, knownHead{layers: []string{head}})
}

// linear ends a network in a head on a feature vector.
func (b *builder) linear(x string, channels int, known knownHead) {
	b.head(headInput{pooled: x, channels: channels}, known)
}

// flattened ends a network in a flattened head, whose first layer reads a grid × grid map: average
// pooling to that grid, as torchvision does at other sizes, and fully connected layers with ReLU
// between them. The feature vector is what the last layer reads, and there is no heat map, since
// positions mean nothing to such a head. With [Options.GAP], or a checkpoint without a head, the
// network ends in GAP.
func (b *builder) flattened(x string, channels, grid, size int, layers ...string) {
	b.head(headInput{fmap: x, channels: channels, grid: grid, size: size}, knownHead{layers, graph.ReLU})
}

// headLayer is a layer of a head as the checkpoint has it.
type headLayer struct {
	name string // of its module, as shown
	real string // in the checkpoint
	kind graph.Op
	in   int
	out  int
}

// head ends a network in what the backbone left of the checkpoint: linear layers, batch norms and
// layer norms, in their order, with what lies between them. The order is that of the checkpoint, in
// which each layer reads what the one before it gives.
func (b *builder) head(in headInput, known knownHead) {
	if b.err != nil {
		return
	}
	layers := b.headLayers()
	if len(layers) == 0 || layers[0].in != in.channels && !b.readsMap(layers[0], in) {
		// Whatever is left has no place in this network, which [builder.leftOver] says.
		b.endIn(b.feature(in))
		return
	}
	if b.opt.GAP {
		for _, l := range layers {
			b.leaveOut(l.name)
		}
		b.endIn(b.feature(in))
		return
	}
	b.ownHead = len(layers) > len(known.layers)
	for i, l := range layers {
		b.ownHead = b.ownHead || l.name != known.layers[i]
	}
	h := &headBuilder{builder: b}
	h.begin(in, layers[0])
	for _, op := range b.before(layers[0]) {
		h.activate(op, layers[0].name+".before")
	}
	acts := b.activations(layers, known)
	last := 0
	for i, l := range layers {
		if l.kind == graph.Dense {
			last = i
		}
	}
	for i, l := range layers {
		if i == last && b.g.Feature == "" {
			b.g.Feature = h.settle()
		}
		h.add(l)
		for k, op := range acts[i] {
			name := l.name + ".act"
			if k > 0 {
				name += strconv.Itoa(k)
			}
			h.activate(op, name)
		}
	}
	b.endIn(h.settle())
}

// feature is the feature vector, the average of the last feature map.
func (b *builder) feature(in headInput) string {
	if in.pooled == "" {
		b.g.Map = in.fmap
		in.pooled = b.layer(graph.GAP, "pool", in.fmap)
	}
	b.g.Feature = in.pooled
	return in.pooled
}

func (b *builder) endIn(x string) {
	if b.err == nil {
		b.g.Output = x
	}
}

// readsMap tells whether a layer reads more of the last feature map than its average: all of a
// square of it, or its largest and its average.
func (b *builder) readsMap(l headLayer, in headInput) bool {
	if in.fmap == "" || in.channels == 0 || l.in%in.channels != 0 {
		return false
	}
	n := l.in / in.channels
	side := int(math.Round(math.Sqrt(float64(n))))
	return n == 2 || side > 1 && side <= maxGrid && side*side == n
}

// maxGrid is more than the side of any map that a flattened head reads.
const maxGrid = 64

// headLayers lists what is left of the checkpoint as the layers of a head, or nothing where it is
// no such chain.
func (b *builder) headLayers() []headLayer {
	var all []headLayer
	for _, name := range b.src.Names() {
		if b.used[name] || ofTraining(name) || isCounter(name) {
			continue
		}
		module := name[:max(strings.LastIndexByte(name, '.'), 0)]
		if module == "" {
			return nil
		}
		if slices.ContainsFunc(all, func(l headLayer) bool { return l.name == module }) {
			continue
		}
		l := headLayer{name: module, real: b.at.module(module)}
		d := b.src.Dims(module + ".weight")
		n := extent(b.src, module+".running_mean", 0)
		switch {
		case n > 0 && len(d) <= 1:
			l.kind, l.in, l.out = graph.BatchNorm, n, n
		case len(d) == 1 && b.has(module+".bias") && d[0] > 1:
			l.kind, l.in, l.out = graph.LayerNorm, d[0], d[0]
		case len(d) == 2 || len(d) == 4:
			if n := product(d[1:]); n > 0 {
				l.kind, l.in, l.out = graph.Dense, n, d[0]
			}
		}
		if l.kind == "" {
			return nil
		}
		all = append(all, l)
	}
	return chained(all)
}

// chained puts layers in an order in which each reads as many numbers as the one before it gives;
// nil where there is none. Layers of one container come in the order of their numbers, others in
// that of the checkpoint.
func chained(all []headLayer) []headLayer {
	slices.SortStableFunc(all, func(x, y headLayer) int {
		i, j, ok := siblings(x.real, y.real)
		if !ok {
			return 0
		}
		return i - j
	})
	var out []headLayer
	used := make([]bool, len(all))
	// A head begins with a layer that none before it leads to: the first of all that gives a whole
	// chain.
	for start := range min(len(all), 4) {
		clear(used)
		out = append(out[:0], all[start])
		used[start] = true
		for len(out) < len(all) {
			at := slices.IndexFunc(all, func(l headLayer) bool { return l.in == out[len(out)-1].out && !used[slices.Index(all, l)] })
			if at < 0 {
				break
			}
			used[at] = true
			out = append(out, all[at])
		}
		if len(out) == len(all) {
			return out
		}
	}
	return nil
}

// siblings compares the numbers that two modules have in the container that they share, or that the
// containers around them have; ok is false where names that are no numbers tell them apart.
func siblings(x, y string) (i, j int, ok bool) {
	a, b := strings.Split(x, "."), strings.Split(y, ".")
	for k := 0; k < len(a) && k < len(b); k++ {
		if a[k] == b[k] {
			continue
		}
		i, err1 := strconv.Atoi(a[k])
		j, err2 := strconv.Atoi(b[k])
		return i, j, err1 == nil && err2 == nil
	}
	return 0, 0, false
}

// activations tells what follows each layer of a head: what is known of the family, what a network
// that was saved as a whole says, or, where numbers leave room between two layers, what is usual.
func (b *builder) activations(layers []headLayer, known knownHead) [][]graph.Op {
	acts := make([][]graph.Op, len(layers))
	for from := 0; from < len(layers); {
		to := from + 1 // the next linear layer
		for to < len(layers) && layers[to].kind != graph.Dense {
			to++
		}
		if layers[from].kind == graph.Dense && to < len(layers) || b.opt.Modules != nil {
			b.between(layers, from, min(to, len(layers)), acts, known)
		}
		from = to
	}
	if b.opt.Modules != nil {
		acts[len(layers)-1] = append(acts[len(layers)-1], b.after(layers[len(layers)-1])...)
	}
	return acts
}

// between sets what follows the layers from from to before to.
func (b *builder) between(layers []headLayer, from, to int, acts [][]graph.Op, known knownHead) {
	for i, name := range known.layers[:len(known.layers)-1] {
		if to < len(layers) && layers[from].name == name && (layers[to].name == known.layers[i+1] || strings.HasPrefix(layers[to].name, known.layers[i+1]+".")) && known.act != "" {
			acts[from] = []graph.Op{known.act}
			return
		}
	}
	shown, room, unsure := true, -1, -1
	for i := from; i < to && i+1 < len(layers); i++ {
		m, n, ok := siblings(layers[i].real, layers[i+1].real)
		if ops, saved := b.saved(layers[i].real, layers[i+1].real); saved {
			acts[i] = ops
			continue
		}
		shown = false
		switch {
		case !ok:
			unsure = i
		case n-m > 1 && room < 0:
			room = i
		}
	}
	if shown || layers[from].kind != graph.Dense || to >= len(layers) {
		return
	}
	at := room
	if at < 0 {
		at = unsure
	}
	if at < 0 {
		return // nothing can lie between neighbours
	}
	op, said := graph.ReLU, b.opt.Activation
	if said != "" {
		known, ok := activationNames[said]
		if !ok {
			b.fail("there is no activation %q; there are %s, none", said, strings.Join(slices.Sorted(maps.Keys(activationNames)), ", "))
		}
		op = known
		if said == "none" {
			return
		}
	}
	x, y := layers[from].real, layers[to].real
	inside := func(real string) bool { return strings.HasPrefix(real, b.at.prefix) && b.at.prefix != "" }
	if room < 0 && inside(x) != inside(y) && said == "" {
		b.fail("what lies between its layers %q and %q does not show in the checkpoint; say which activation is meant, relu or none", x, y)
	}
	if said == "" {
		b.assumed = append(b.assumed, fmt.Sprintf("ReLU between %s and %s, which the checkpoint does not show (another activation can be named)", x, y))
	}
	acts[at] = []graph.Op{op}
}

// activationNames are the values of [Options.Activation] but none.
var activationNames = map[string]graph.Op{
	"relu": graph.ReLU, "relu6": graph.ReLU6, "silu": graph.SiLU, "hardswish": graph.HardSwish, "gelu": graph.GELU, "tanh": graph.Tanh,
	"sigmoid": graph.Sigmoid, "hardsigmoid": graph.HardSigmoid, "none": "",
}

// headBuilder adds the layers of a head. A batch norm is merged into the linear layer behind it or
// before it.
type headBuilder struct {
	*builder
	x        string // what the next layer reads
	channels int
	both     [2]string // the largest and the average, where they are read side by side
	flat     int       // rows and columns of the map that is flattened, or 0
	scale    []float64 // a batch norm that is not applied yet, or nil
	shift    []float64
	last     string // the module of a batch norm that is not applied yet
}

// begin makes what the first layer reads.
func (h *headBuilder) begin(in headInput, first headLayer) {
	h.channels = first.in
	if first.in == in.channels {
		h.x = h.feature(in)
		return
	}
	n := first.in / in.channels
	if n == 2 {
		h.x = h.feature(in)
		h.both = [2]string{h.add0(graph.Node{Name: "maximum", Op: graph.GMP, In: []string{in.fmap}}), h.x}
		// fastai's layer has the largest first, timm's the average.
		if !strings.HasPrefix(first.real, "1.") && !strings.Contains(first.real, ".1.") {
			h.both[0], h.both[1] = h.both[1], h.both[0]
			h.assumed = append(h.assumed, fmt.Sprintf("average before maximum in what %s reads, which the checkpoint does not show", first.real))
		}
		return
	}
	h.flat = int(math.Round(math.Sqrt(float64(n))))
	h.g.FixedSize = in.size
	h.g.Map, h.g.Feature = "", ""
	h.expectPool("avgpool")
	h.x = h.add0(graph.Node{Name: "avgpool", Op: graph.AdaptiveAvgPool, In: []string{in.fmap}, Kernel: [2]int{h.flat, h.flat}})
}

func (h *headBuilder) add0(n graph.Node) string { return h.builder.add(n) }

// settle applies what is left to apply and returns what was made last.
func (h *headBuilder) settle() string {
	if h.scale == nil {
		return h.x
	}
	n := len(h.scale)
	one, zero := make([]float32, n), make([]float32, n)
	scale, shift := make([]float32, n), make([]float32, n)
	for i := range n {
		one[i], scale[i], shift[i] = 1, float32(h.scale[i]), float32(h.shift[i])
	}
	node := graph.Node{Name: h.last, Op: graph.BatchNorm, In: []string{h.x}}
	for _, p := range []struct {
		to   *string
		name string
		w    []float32
	}{{&node.Weight, ".weight", scale}, {&node.Bias, ".bias", shift}, {&node.Mean, ".running_mean", zero}, {&node.Var, ".running_var", one}} {
		*p.to = h.put(h.last+p.name, p.w, n)
	}
	h.scale, h.shift = nil, nil
	h.x = h.add0(node)
	return h.x
}

func (h *headBuilder) activate(op graph.Op, name string) { h.x = h.layer(op, name, h.settle()) }

// add adds a layer.
func (h *headBuilder) add(l headLayer) {
	if h.err != nil {
		return
	}
	switch l.kind {
	case graph.BatchNorm:
		h.norm(l)
	case graph.LayerNorm:
		if h.both[0] != "" || h.flat > 0 {
			h.fail("its layer %q normalises what is read side by side, which is not done here", l.real)
			return
		}
		x := h.settle()
		if b := h.builder; b.opt.Modules == nil {
			b.assumed = append(b.assumed, fmt.Sprintf("an epsilon of 1e-5 in %s, as nn.LayerNorm has it", l.real))
		}
		h.x = h.add0(graph.Node{
			Name: l.name, Op: graph.LayerNorm, In: []string{x}, Eps: h.epsAsSaved(l.name, 1e-5, "LayerNorm"),
			Weight: h.param(l.name+".weight", l.in), Bias: h.param(l.name+".bias", l.in),
		})
	default:
		h.dense(l)
	}
}

// norm keeps a batch norm for the layer behind it.
func (h *headBuilder) norm(l headLayer) {
	eps := h.epsAsSaved(l.name, 1e-5, "BatchNorm1d", "SyncBatchNorm", "BatchNorm2d")
	mean, variance := h.floats(l.name+".running_mean", l.in), h.floats(l.name+".running_var", l.in)
	var gamma, beta []float32
	if h.has(l.name + ".weight") {
		gamma = h.floats(l.name+".weight", l.in)
	}
	if h.has(l.name + ".bias") {
		beta = h.floats(l.name+".bias", l.in)
	}
	if h.err != nil {
		return
	}
	if h.scale == nil {
		h.scale, h.shift = make([]float64, l.in), make([]float64, l.in)
		for i := range h.scale {
			h.scale[i] = 1
		}
	}
	h.last = l.name
	for i := range l.in {
		if variance[i] < 0 {
			h.fail("its tensor %q, a variance, has the negative value %v, as element %d", l.name+".running_var", variance[i], i)
			return
		}
		s := 1 / math.Sqrt(float64(variance[i])+eps)
		t := -float64(mean[i]) * s
		if gamma != nil {
			s, t = s*float64(gamma[i]), t*float64(gamma[i])
		}
		if beta != nil {
			t += float64(beta[i])
		}
		h.scale[i], h.shift[i] = h.scale[i]*s, h.shift[i]*s+t
	}
}

// dense adds a linear layer, with the batch norm before it merged into it.
func (h *headBuilder) dense(l headLayer) {
	h.expect(l.name, "Linear", "NonDynamicallyQuantizableLinear", "Conv2d", "LazyLinear")
	w := h.floats(l.name+".weight", h.src.Dims(l.name+".weight")...)
	var bias []float32
	if h.has(l.name + ".bias") {
		bias = h.floats(l.name+".bias", l.out)
	}
	if h.err != nil {
		return
	}
	if h.scale != nil {
		if bias == nil {
			bias = make([]float32, l.out)
		}
		for o := range l.out {
			row, sum := w[o*l.in:(o+1)*l.in], float64(bias[o])
			for i := range row {
				sum += float64(row[i]) * h.shift[i]
				row[i] = float32(float64(row[i]) * h.scale[i])
			}
			bias[o] = float32(sum)
		}
		h.scale, h.shift = nil, nil
	}
	n := graph.Node{Name: l.name, Op: graph.Dense, In: []string{h.x}}
	if bias != nil {
		n.Bias = h.put(l.name+".bias", bias, l.out)
	}
	switch {
	case h.both[0] != "":
		half := l.in / 2
		parts := [2][]float32{make([]float32, l.out*half), make([]float32, l.out*half)}
		for o := range l.out {
			copy(parts[0][o*half:], w[o*l.in:o*l.in+half])
			copy(parts[1][o*half:], w[o*l.in+half:(o+1)*l.in])
		}
		other := graph.Node{Name: l.name + ".first", Op: graph.Dense, In: []string{h.both[0]}, Weight: h.put(l.name+".first.weight", parts[0], l.out, half)}
		n.Name, n.In, n.Weight = l.name+".second", []string{h.both[1]}, h.put(l.name+".weight", parts[1], l.out, half)
		h.x = h.layer(graph.Add, l.name, h.add0(other), h.add0(n))
		h.both = [2]string{}
		return
	case h.flat > 0:
		n.In[0] = h.layer(graph.Flatten, "flatten", h.x)
		turnFlat(w, l.out, h.flat*h.flat)
		h.flat = 0
	}
	n.Weight = h.put(l.name+".weight", w, l.out, l.in)
	h.x = h.add0(n)
}

// turnFlat turns rows of [channels][positions] to the order of Flatten, [positions][channels].
func turnFlat(w []float32, rows, positions int) {
	n := len(w) / max(rows, 1)
	channels := n / positions
	row := make([]float32, n)
	for o := range rows {
		at := w[o*n : (o+1)*n]
		copy(row, at)
		for c := range channels {
			for p := range positions {
				at[p*channels+c] = row[c*positions+p]
			}
		}
	}
}

// TwoOutputs gives a network with one output, the logit of a yes (whose probability is its
// sigmoid), two outputs: 0 and that logit. Their softmax is that probability and what is left of 1,
// so that everything that names photos by several classes names them by yes and no.
func (n *Network) TwoOutputs() error {
	g := n.Graph
	at := slices.IndexFunc(g.Nodes, func(x graph.Node) bool { return x.Name == g.Output })
	if at >= 0 && g.Nodes[at].Op == graph.Sigmoid {
		// It ends in the probability itself.
		g.Output = g.Nodes[at].In[0]
		g.Nodes = slices.Delete(g.Nodes, at, at+1)
		at = slices.IndexFunc(g.Nodes, func(x graph.Node) bool { return x.Name == g.Output })
	}
	if at < 0 {
		return fmt.Errorf("its one output is not that of a layer")
	}
	n.Binary, n.Classes = true, 2
	last := &g.Nodes[at]
	w := g.Params[last.Weight]
	shared := 0
	for i := range g.Nodes {
		for _, in := range g.Nodes[i].In {
			if in == last.Name {
				shared++
			}
		}
	}
	if last.Op != graph.Dense || w == nil || w.DType != pack.F32 || len(w.Dims) != 2 || shared > 0 {
		name := "yes"
		for slices.ContainsFunc(g.Nodes, func(x graph.Node) bool { return x.Name == name }) || g.Params[name+".weight"] != nil {
			name += "'"
		}
		g.Params[name+".weight"] = pack.Keep(name+".weight", []int{2, 1}, []float32{0, 1})
		g.Nodes = append(g.Nodes, graph.Node{Name: name, Op: graph.Dense, In: []string{g.Output}, Weight: name + ".weight"})
		g.Output = name
		return nil
	}
	rows := append(make([]float32, w.Dims[1]), w.View()...)
	g.Params[last.Weight] = pack.Keep(last.Weight, []int{2, w.Dims[1]}, rows)
	if bias := g.Params[last.Bias]; last.Bias != "" && bias != nil {
		g.Params[last.Bias] = pack.Keep(last.Bias, []int{2}, []float32{0, bias.View()[0]})
	}
	return nil
}
