package onnxgraph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/graph"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// composed recognises a node that ends what exporters write for one layer: layer norm, GELU, SiLU,
// hard-swish, hard-sigmoid, attention. ok is false where it is none of these.
func (im *importer) composed(n *onnx.Node) (v view, ok bool, err error) {
	switch n.Op {
	case "Div":
		return im.normalised(n)
	case "Mul":
		if v, ok, err = im.normalised(n); ok || err != nil {
			return v, ok, err
		}
		return im.gated(n)
	case "MatMul":
		return im.attention(n)
	}
	return view{}, false, nil
}

// maker gives the node that makes a value, past nodes that only pass it on.
func (im *importer) maker(name string) *onnx.Node {
	for range maxNodes {
		n := im.from[name]
		if n == nil || !passes(n) || len(n.Inputs) == 0 {
			return n
		}
		name = n.Inputs[0]
	}
	return nil
}

// origin gives the name under which a value was made.
func (im *importer) origin(name string) string {
	for range maxNodes {
		n := im.from[name]
		if n == nil || !passes(n) || len(n.Inputs) == 0 {
			return name
		}
		name = n.Inputs[0]
	}
	return name
}

// makes is maker for one operator with so many inputs.
func (im *importer) makes(name, op string, inputs int) *onnx.Node {
	if n := im.maker(name); n != nil && n.Op == op && len(n.Inputs) >= inputs && n.Domain == "" {
		return n
	}
	return nil
}

// number gives the value of a constant of one number.
func (im *importer) number(name string) (float64, bool) {
	if name == "" || !im.isConstant(name, 0) {
		return 0, false
	}
	v, err := im.value(name)
	if err != nil || v.constant == nil {
		return 0, false
	}
	return v.constant.Scalar()
}

// isConstant says whether a value surely is one, without following what depends on the photo.
func (im *importer) isConstant(name string, depth int) bool {
	if v := im.known[name]; v != nil {
		return v.constant != nil
	}
	if im.inits[name] != nil {
		return true
	}
	n := im.from[name]
	if n == nil || depth > 8 {
		return false
	}
	if n.Op == "Shape" {
		return false // it may be one, but that depends on the photo
	}
	for _, in := range n.Inputs {
		if in != "" && !im.isConstant(in, depth+1) {
			return false
		}
	}
	return true
}

// withNumber splits the two inputs of a node into a value and a constant number.
func (im *importer) withNumber(n *onnx.Node) (name string, x float64, ok bool) {
	if n == nil || len(n.Inputs) != 2 {
		return "", 0, false
	}
	if x, ok = im.number(n.Inputs[1]); ok {
		return n.Inputs[0], x, true
	}
	if n.Op == "Add" || n.Op == "Mul" {
		if x, ok = im.number(n.Inputs[0]); ok {
			return n.Inputs[1], x, true
		}
	}
	return "", 0, false
}

// normalised recognises (x − mean) / √(variance + ε), the middle of a layer norm; what scales and
// shifts it follows.
func (im *importer) normalised(n *onnx.Node) (view, bool, error) {
	none := func() (view, bool, error) { return view{}, false, nil }
	if len(n.Inputs) != 2 {
		return none()
	}
	over, under := n.Inputs[0], n.Inputs[1]
	if n.Op == "Mul" { // times 1/√…
		r := im.makes(under, "Reciprocal", 1)
		if r == nil {
			over, under = under, over
			r = im.makes(under, "Reciprocal", 1)
		}
		if r == nil {
			return none()
		}
		under = r.Inputs[0]
	}
	sub := im.makes(over, "Sub", 2)
	root := im.makes(under, "Sqrt", 1)
	if sub == nil || root == nil {
		return none()
	}
	variance, eps, ok := im.withNumber(im.makes(root.Inputs[0], "Add", 2))
	mean := im.makes(sub.Inputs[1], "ReduceMean", 1)
	if !ok || mean == nil || im.origin(mean.Inputs[0]) != im.origin(sub.Inputs[0]) {
		return none()
	}
	square := im.makes(variance, "ReduceMean", 1)
	if square == nil {
		return none()
	}
	deviation := im.origin(over)
	switch of := im.maker(square.Inputs[0]); {
	case of == nil:
		return none()
	case of.Op == "Pow" && len(of.Inputs) == 2:
		if e, ok := im.number(of.Inputs[1]); !ok || e != 2 || !im.sameDeviation(of.Inputs[0], deviation) {
			return none()
		}
	case of.Op == "Mul" && len(of.Inputs) == 2:
		if !im.sameDeviation(of.Inputs[0], deviation) || !im.sameDeviation(of.Inputs[1], deviation) {
			return none()
		}
	default:
		return none()
	}
	v, err := im.value(sub.Inputs[0])
	if err != nil {
		return view{}, false, err
	}
	if v.constant != nil {
		return none()
	}
	for _, m := range []*onnx.Node{mean, square} {
		in := make([]*constant.Tensor, len(m.Inputs))
		for i := 1; i < len(m.Inputs); i++ {
			if m.Inputs[i] == "" {
				continue
			}
			a, err := im.value(m.Inputs[i])
			if err != nil {
				return view{}, false, err
			}
			in[i] = a.constant
		}
		axes, keep, err := constant.Reduction(m, len(v.view.axes), in)
		if err != nil || !keep || len(axes) != 1 || axes[0] != v.view.channelAxis() {
			return none()
		}
	}
	out, err := im.normalise(n.Outputs[0], v.view, v.view.channelAxis(), eps)
	return out, err == nil, err
}

// sameDeviation says whether a value is x − mean, be it computed a second time.
func (im *importer) sameDeviation(name, deviation string) bool {
	name = im.origin(name)
	if name == deviation {
		return true
	}
	a, b := im.makes(name, "Sub", 2), im.makes(deviation, "Sub", 2)
	return a != nil && b != nil && im.origin(a.Inputs[0]) == im.origin(b.Inputs[0]) && im.makes(a.Inputs[1], "ReduceMean", 1) != nil
}

// maxProduct is how deep products are taken apart.
const maxProduct = 4

// factors takes a product apart, so many levels deep: what is multiplied, and the numbers together.
func (im *importer) factors(name string, levels int) (list []string, number float64) {
	n := im.maker(name)
	if n == nil || levels == 0 || len(n.Inputs) != 2 || n.Domain != "" {
		return []string{im.origin(name)}, 1
	}
	switch n.Op {
	case "Div":
		if x, ok := im.number(n.Inputs[1]); ok && x != 0 {
			list, number = im.factors(n.Inputs[0], levels-1)
			return list, number / x
		}
	case "Mul":
		number = 1
		for _, in := range n.Inputs {
			if x, ok := im.number(in); ok {
				number *= x
				continue
			}
			more, x := im.factors(in, levels-1)
			list = append(list, more...)
			number *= x
		}
		return list, number
	}
	return []string{im.origin(name)}, 1
}

// gated recognises x·Φ(x) and its kin.
func (im *importer) gated(n *onnx.Node) (view, bool, error) {
	for levels := 1; levels <= maxProduct; levels++ {
		list, number := im.factors(n.Outputs[0], levels)
		if v, ok, err := im.gate(n, list, number); ok || err != nil {
			return v, ok, err
		}
	}
	return view{}, false, nil
}

func (im *importer) gate(n *onnx.Node, list []string, number float64) (view, bool, error) {
	make1 := func(x string, op graph.Op, scale float64) (view, bool, error) {
		v, err := im.value(x)
		if err != nil {
			return view{}, false, err
		}
		if v.constant != nil {
			return view{}, false, nil
		}
		out, err := im.activate(n, v.view, op)
		out.scale *= scale
		return out, err == nil, err
	}
	switch len(list) {
	case 1:
		if x, ok := im.shiftedClip(list[0]); ok && near(number, 1.0/6, 1e-3) {
			return make1(x, graph.HardSigmoid, 1)
		}
	case 2:
		for i := range list {
			x, gate := list[i], list[1-i]
			if g := im.makes(gate, "Sigmoid", 1); g != nil && im.origin(g.Inputs[0]) == x {
				return make1(x, graph.SiLU, number)
			}
			if g := im.makes(gate, "HardSigmoid", 1); g != nil && im.origin(g.Inputs[0]) == x && near(float64(g.Float("alpha", 0.2)), 1.0/6, 1e-3) && near(float64(g.Float("beta", 0.5)), 0.5, 1e-3) {
				return make1(x, graph.HardSwish, number)
			}
			if t := im.makes(gate, "Tanh", 1); t != nil {
				if p := im.makes(t.Inputs[0], "Softplus", 1); p != nil && im.origin(p.Inputs[0]) == x {
					return make1(x, graph.Mish, number)
				}
			}
			if y, ok := im.shiftedClip(gate); ok && y == x {
				return make1(x, graph.HardSwish, number*6)
			}
			// x·(1 + erf(x/√2))/2
			inner, one, ok := im.withNumber(im.makes(gate, "Add", 2))
			if !ok || one != 1 {
				continue
			}
			erf := im.makes(inner, "Erf", 1)
			if erf == nil {
				if im.cubic(inner, x) {
					return make1(x, graph.GELUTanh, number*2)
				}
				continue
			}
			if of, c := im.factors(erf.Inputs[0], 1); len(of) == 1 && of[0] == x && near(c, math.Sqrt2/2, 1e-5) {
				return make1(x, graph.GELU, number*2)
			}
		}
	}
	return view{}, false, nil
}

// cubic recognises tanh(√(2/π)·(x + 0.044715·x³)), of GELU by tanh (Hendrycks and Gimpel 2016,
// arXiv 1606.08415, section 2).
func (im *importer) cubic(name, x string) bool {
	tanh := im.makes(name, "Tanh", 1)
	if tanh == nil {
		return false
	}
	of, factor := im.factors(tanh.Inputs[0], 1)
	if len(of) != 1 || !near(factor, math.Sqrt(2/math.Pi), 1e-5) {
		return false
	}
	add := im.makes(of[0], "Add", 2)
	if add == nil {
		return false
	}
	for i := range 2 {
		if im.origin(add.Inputs[i]) != x {
			continue
		}
		list, factor := im.factors(add.Inputs[1-i], maxProduct)
		if len(list) == 1 {
			if pow := im.makes(list[0], "Pow", 2); pow != nil {
				if e, ok := im.number(pow.Inputs[1]); ok && e == 3 {
					base := im.origin(pow.Inputs[0])
					list = []string{base, base, base}
				}
			}
		}
		if slices.Equal(list, []string{x, x, x}) && near(factor, gelu3, 1e-6) {
			return true
		}
	}
	return false
}

// gelu3 is the factor of the third power in GELU by tanh.
const gelu3 = 0.044715

// leaky adds a ReLU that lets through a part of what is negative, another of each channel: slope·x
// + (1 − slope)·max(x, 0).
func (im *importer) leaky(name string, v view, slope []float32) (view, error) {
	v, err := im.settle(v)
	if err != nil {
		return v, err
	}
	rest := make([]float32, len(slope))
	for i, s := range slope {
		rest[i] = 1 - s
	}
	positive, err := im.add(graph.Node{Name: name + ".positive", Op: graph.ReLU, In: []string{v.node}})
	if err == nil {
		positive, err = im.scaleShift(positive, name+".rest", rest, nil)
	}
	if err != nil {
		return v, err
	}
	all, err := im.scaleShift(v.node, name+".slope", slope, nil)
	if err == nil {
		all, err = im.add(graph.Node{Name: name, Op: graph.Add, In: []string{all, positive}})
	}
	return v.on(all), err
}

func repeat(x float64, n int) []float32 {
	out := make([]float32, n)
	for i := range out {
		out[i] = float32(x)
	}
	return out
}

// shiftedClip recognises clip(x + 3, 0, 6).
func (im *importer) shiftedClip(name string) (x string, ok bool) {
	clip := im.makes(name, "Clip", 1)
	if clip == nil {
		return "", false
	}
	in := make([]*constant.Tensor, len(clip.Inputs))
	for i := 1; i < len(in); i++ {
		if v, ok := im.number(clip.Inputs[i]); ok {
			in[i] = &constant.Tensor{Dims: []int{}, Floats: []float32{float32(v)}}
		}
	}
	low, high, err := constant.ClipRange(clip, in)
	if err != nil || low != 0 || high != 6 {
		return "", false
	}
	x, three, ok := im.withNumber(im.makes(clip.Inputs[0], "Add", 2))
	return im.origin(x), ok && three == 3
}

// attention recognises softmax(s·Q·Kᵀ)·V for every head (Vaswani et al. 2017, arXiv 1706.03762,
// equation 1). Queries, keys and values may come from one dense layer or from three, on the same
// tokens; they become one.
func (im *importer) attention(n *onnx.Node) (view, bool, error) {
	if len(n.Inputs) != 2 {
		return view{}, false, nil
	}
	soft := im.makes(n.Inputs[0], "Softmax", 1)
	if soft == nil {
		return view{}, false, nil
	}
	scores, number := im.factors(soft.Inputs[0], maxProduct)
	if len(scores) != 1 {
		return view{}, false, nil
	}
	product := im.makes(scores[0], "MatMul", 2)
	if product == nil {
		return view{}, false, nil
	}
	var parts [3]view
	for i, name := range []string{product.Inputs[0], product.Inputs[1], n.Inputs[1]} {
		v, err := im.value(name)
		if err != nil {
			return view{}, false, err
		}
		if v.constant != nil {
			return view{}, false, nil
		}
		parts[i] = v.view
	}
	q, k, value := parts[0], parts[1], parts[2]
	rank := len(q.axes)
	if rank < 2 || len(k.axes) != rank || len(value.axes) != rank {
		return view{}, false, nil
	}
	if axis, err := constant.ResolveAxis(int(soft.Int("axis", -1)), rank); err != nil || axis != rank-1 {
		return view{}, false, nil // products and a softmax then
	}
	k.axes = append(append([][]atom{}, k.axes[:rank-2]...), k.axes[rank-1], k.axes[rank-2]) // Kᵀ to K
	heads, depth, tokens := length(flat(q.axes[:rank-2])), length(q.axes[rank-1]), length(q.axes[rank-2])
	if length(value.axes[rank-1]) != depth || length(k.axes[rank-1]) != depth {
		return view{}, false, nil // products and a softmax then
	}
	scale := number * q.scale * k.scale * math.Sqrt(float64(depth))
	q.scale, k.scale = scale, 1
	joint, err := im.projections(n.Outputs[0], [3]view{q, k, value}, heads, depth, tokens)
	if err != nil {
		return view{}, false, nil
	}
	node, err := im.add(graph.Node{Name: n.Outputs[0], Op: graph.Attention, In: []string{joint}, Heads: heads})
	if err != nil {
		return view{}, false, err
	}
	s := im.shapes[node]
	axes := make([][]atom, rank)
	for i := range rank - 2 {
		if length(value.axes[i]) == heads {
			axes[i] = atoms(heads, depth)
		} else if len(value.axes[i]) > 0 {
			return view{}, false, nil // products and a softmax then
		}
		if heads == 1 {
			axes[i] = nil
		}
	}
	axes[rank-2], axes[rank-1] = rows(s), atoms(depth, 1)
	return newView(node, s, axes...), true, nil
}

// projections makes one dense layer of queries, keys and values, [3·heads·depth] for each token.
func (im *importer) projections(name string, parts [3]view, heads, depth, tokens int) (string, error) {
	var weights, biases []float32
	source, biased := "", false
	width := 0
	for _, v := range parts {
		of := im.node(v.node)
		if of == nil || of.Op != graph.Dense || v.padded != [4]int{} {
			return "", fmt.Errorf("queries, keys and values that are not made by dense layers (%q)", clip(v.node))
		}
		if source != "" && of.In[0] != source {
			return "", errors.New("attention between different tokens is not known here")
		}
		source = of.In[0]
		rank, s := len(v.axes), v.shape
		if s.W != 1 || !v.has(rank-2, rows(s)) || s.H != tokens {
			return "", fmt.Errorf("attention over %v, whose tokens are not those of %v", v.dims(), s)
		}
		if length(flat(v.axes[:rank-2])) != heads || length(v.axes[rank-1]) != depth || heads*depth > s.C {
			return "", errors.New("queries, keys and values of different numbers of heads")
		}
		outer, inner := offsets(flat(v.axes[:rank-2])), offsets(v.axes[rank-1])
		w := im.g.Floats(of.Weight, 0, 0)
		b := im.g.Floats(of.Bias, s.C, 0)
		biased = biased || of.Bias != ""
		width = len(w) / s.C
		factor := float32(v.scale)
		if near(v.scale, 1, 1e-6) {
			factor = 1
		}
		for _, h := range outer {
			for _, d := range inner {
				row := v.start + h + d
				if row >= s.C {
					return "", errors.New("queries, keys and values that reach beyond a token")
				}
				for _, x := range w[row*width : (row+1)*width] {
					weights = append(weights, x*factor)
				}
				biases = append(biases, b[row]*factor)
			}
		}
	}
	n := graph.Node{Name: name + ".qkv", Op: graph.Dense, In: []string{source}}
	n.Weight = im.param(n.Name+".weight", weights, 3*heads*depth, width)
	if biased {
		n.Bias = im.param(n.Name+".bias", biases, 3*heads*depth)
	}
	return im.add(n)
}

// frontTokens puts learnt tokens in front of tokens or of the patches of a map, or registers
// between the class token and the patches once they have their positions.
func (im *importer) frontTokens(n *onnx.Node, in []*value) (view, error) {
	unknown := errors.New("of constants only a class token and registers are known to be put in front of patches")
	last, token := in[len(in)-1], in[0]
	axis, err := constant.ResolveAxis(int(n.Int("axis", 0)), len(last.view.axes))
	if err != nil {
		return view{}, err
	}
	first := 0 // of the constants
	if token.constant == nil {
		first = 1
	}
	c := constant.Elements(last.view.dims()) / length(last.view.axes[axis])
	var front []float32
	for _, x := range in[first : len(in)-1] {
		if x.constant == nil {
			return view{}, unknown
		}
		t := x.constant
		if len(t.Dims) != len(last.view.axes) || t.Len() == 0 || t.Len() != t.Dims[axis]*c || t.Dims[len(t.Dims)-1] != c && t.Dims[axis] > 1 {
			return view{}, fmt.Errorf("a constant of %v in front of %v is no token", t.Dims, last.view.dims())
		}
		front = append(front, t.Vector()...)
	}
	if first == 1 {
		return im.registers(n, token.view, front, last.view, axis)
	}
	v, err := im.settle(last.view)
	if err != nil {
		return v, err
	}
	s := v.shape
	if rank := len(v.axes); rank == 3 && axis == 1 && (!v.has(axis, rows(s), cols(s)) || v.channelAxis() != 2) {
		if v, err = im.arrange(v, 2); err != nil {
			return v, err
		}
		s = v.shape
	}
	if !v.has(axis, rows(s), cols(s)) || v.channelAxis() < 0 {
		return v, fmt.Errorf("tokens of %v in front of %v, whose axis %d is not the patches", in[0].constant.Dims, v.dims(), axis)
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.Tokens, In: []string{v.node}}
	if of := im.node(v.node); of != nil && of.Op == graph.Tokens && of.Token == "" {
		node = *of // positions were added before
		node.Name = n.Outputs[0]
	}
	node.Token = im.tokens(n.Inputs[0], front, s.C)
	return im.addTokens(node, v, axis)
}

// tokens adds the parameter of learnt tokens of so many channels.
func (im *importer) tokens(name string, front []float32, channels int) string {
	if len(front) == channels {
		return im.param(name, front, channels)
	}
	return im.param(name, front, len(front)/channels, channels)
}

// addTokens adds a layer of tokens for the patches of a view along an axis.
func (im *importer) addTokens(node graph.Node, v view, axis int) (view, error) {
	name, err := im.add(node)
	if err != nil {
		return v, err
	}
	to := im.shapes[name]
	axes := append([][]atom{}, v.axes...)
	axes[axis], axes[v.channelAxis()] = rows(to), channels(to)
	return newView(name, to, axes...), nil
}

// registers puts learnt tokens between the class token and the patches of a layer that has both,
// with positions.
func (im *importer) registers(n *onnx.Node, class view, front []float32, patches view, axis int) (view, error) {
	of := im.node(patches.node)
	if of == nil || of.Op != graph.Tokens || of.Token == "" || class.node != patches.node || len(front) == 0 ||
		class.scale != 1 || patches.scale != 1 || len(class.axes) != len(patches.axes) || class.padded != patches.padded {
		return view{}, errors.New("tokens are known to be put between the class token and the patches alone")
	}
	token := im.g.Floats(of.Token, 0, 0)
	s := patches.shape
	before := len(token) / s.C
	whole := patches
	whole.start, whole.axes = 0, slices.Clone(patches.axes)
	whole.axes[axis] = rows(s)
	if class.start != 0 || !(length(class.axes[axis]) == before) || patches.start != len(token) || length(patches.axes[axis]) != s.H-before || !whole.whole() || whole.channelAxis() < 0 {
		return view{}, fmt.Errorf("%v and %v, with tokens between, are not the class token and the patches", class.dims(), patches.dims())
	}
	node := *of
	node.Name = n.Outputs[0]
	node.Token = im.tokens(of.Token, append(token, front...), s.C)
	return im.addTokens(node, whole, axis)
}

// positions adds position embeddings to tokens, or to the patches of a map.
func (im *importer) positions(name string, v view, c *constant.Tensor) (view, error) {
	s := v.shape
	channel := v.channelAxis()
	wrong := fmt.Errorf("a constant of %v added to %v is neither one number a channel nor position embeddings", c.Dims, v.dims())
	if channel < 0 || c.Len() != s.Len() || len(c.Dims) > len(v.axes) {
		return v, wrong
	}
	for i, d := range c.Dims {
		if length(v.axes[len(v.axes)-len(c.Dims)+i]) != d {
			return v, wrong
		}
	}
	// To [token][channel], in the order of the layer's positions.
	w := make([]float32, s.Len())
	values := c.Vector()
	for i, at := range offsets(flat(v.axes)) {
		w[at] = values[i]
	}
	of := im.node(v.node)
	node := graph.Node{Name: name, Op: graph.Tokens, In: []string{v.node}, Grid: [2]int{s.H, s.W}}
	if of != nil && of.Op == graph.Tokens && of.Weight == "" {
		// The tokens in front were put there before.
		grid := im.shapes[of.In[0]]
		node = *of
		node.Name, node.Grid, node.Prefix = name, [2]int{grid.H, grid.W}, s.H-grid.Pixels()
	} else if s.W == 1 && s.H > 1 {
		return v, wrong
	}
	node.Weight = im.param(name+".positions", w, s.Pixels(), s.C)
	made, err := im.add(node)
	if err != nil {
		return v, err
	}
	to := im.shapes[made]
	if to == s {
		return v.on(made), nil
	}
	axes := make([][]atom, len(v.axes))
	for i := range v.axes {
		switch {
		case i == channel:
			axes[i] = channels(to)
		case v.has(i, rows(s), cols(s)):
			axes[i] = rows(to)
		case len(v.axes[i]) > 0:
			return v, wrong
		}
	}
	return newView(made, to, axes...), nil
}
