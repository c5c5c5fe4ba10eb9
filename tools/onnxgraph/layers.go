package onnxgraph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// layer makes what a node gives that reads at least one view. in and constants have the same
// inputs; where constants has nil the input is a view, or left out.
func (im *importer) layer(n *onnx.Node, in []*value, constants []*constant.Tensor) error {
	set := func(v view, err error) error {
		if err == nil {
			im.known[n.Outputs[0]] = &value{view: v}
		}
		return err
	}
	if len(in) == 0 || in[0] == nil {
		return errors.New("its first input is missing")
	}
	switch n.Op {
	case "Add", "Sub", "Mul", "Div":
		if len(in) != 2 || in[1] == nil {
			return errors.New("it takes two inputs")
		}
		return set(im.arithmetic(n, in[0], in[1]))
	case "MatMul":
		if len(in) != 2 || in[1] == nil || constants[0] != nil {
			return errors.New("a constant times an activation is not known here")
		}
		if constants[1] == nil {
			return set(im.product(n.Outputs[0], in[0].view, in[1].view))
		}
		return set(im.matmul(n, in[0].view, constants[1]))
	case "Einsum":
		if len(in) != 2 || in[1] == nil || constants[0] != nil || constants[1] != nil {
			return errors.New("an equation of other than two activations is not known here")
		}
		return set(im.einsum(n, in[0].view, in[1].view))
	case "Concat":
		return set(im.concat(n, in))
	}
	if constants[0] != nil {
		return errors.New("its first input is a constant, and another is not")
	}
	if n.Op == "Split" {
		list, err := constant.Splits(n, im.opset, in[0].view.dims(), constants)
		if err != nil {
			return err
		}
		for i, s := range list {
			part, err := im.sliced(in[0].view, s)
			if err != nil {
				return err
			}
			im.known[n.Outputs[i]] = &value{view: part}
		}
		return nil
	}
	return set(im.layerOf(n, in, constants))
}

// layerOf makes what a node gives whose first input is a view, and of the others at most constants
// matter.
func (im *importer) layerOf(n *onnx.Node, in []*value, constants []*constant.Tensor) (view, error) {
	v := in[0].view
	switch n.Op {
	case "Conv":
		return im.conv(n, v, constants)
	case "Gemm":
		return im.gemm(n, v, constants)
	case "BatchNormalization":
		return im.batchNorm(n, v, constants)
	case "LayerNormalization":
		return im.layerNorm(n, v, constants)
	case "MaxPool", "AveragePool":
		return im.pool(n, v)
	case "GlobalAveragePool", "GlobalMaxPool":
		var axes []int
		for i := 2; i < len(v.axes); i++ {
			axes = append(axes, i)
		}
		return im.global(n, v, axes, true)
	case "InstanceNormalization":
		return im.instanceNorm(n, v, constants)
	case "GroupNormalization":
		if len(v.axes) < 3 {
			return view{}, fmt.Errorf("%v is no feature map to normalise", v.dims())
		}
		v, err := im.settleOn(v, 1)
		if err != nil {
			return view{}, err
		}
		return im.groupNorm(n, v, int(min(n.Int("num_groups", 0), maxNodes)), constants)
	case "ReduceMean", "ReduceMax", "ReduceSum", "ReduceL2":
		axes, keep, err := constant.Reduction(n, len(v.axes), constants)
		if err != nil {
			return view{}, err
		}
		return im.global(n, v, axes, keep)
	case "Resize", "Upsample":
		return im.upsample(n, v, constants)
	case "Pad":
		return im.pad(n, v, constants)
	case "Reshape", "Flatten", "Squeeze", "Unsqueeze":
		dims, err := constant.ReshapedDims(n, im.opset, v.dims(), constants)
		if err != nil {
			return view{}, err
		}
		return im.reshaped(v, dims)
	case "Transpose":
		perm, err := constant.Permutation(n, len(v.axes))
		if err != nil {
			return view{}, err
		}
		return v.unpadded(v.transpose(perm), nil)
	case "Expand":
		if len(constants) < 2 || constants[1] == nil {
			return view{}, errors.New("its shape is missing")
		}
		want, err := constants[1].Ints()
		if err != nil {
			return view{}, err
		}
		dims, err := constant.Broadcast(v.dims(), want)
		if err != nil {
			return view{}, err
		}
		if constant.Elements(dims) > 1<<28 {
			return view{}, fmt.Errorf("%v is repeated to %v, which is too large", v.dims(), dims)
		}
		return v.unpadded(v.expanded(dims))
	case "Slice":
		list, err := constant.Slices(n, im.opset, v.dims(), constants)
		if err != nil {
			return view{}, err
		}
		for _, s := range list {
			if v, err = im.sliced(v, s); err != nil {
				return view{}, err
			}
		}
		return v.unpadded(v, nil)
	case "Gather":
		return im.gather(n, v, constants)
	}
	return im.elementwise(n, in, constants)
}

// elementwise makes activations and what else takes each number for itself, and softmax.
func (im *importer) elementwise(n *onnx.Node, in []*value, constants []*constant.Tensor) (view, error) {
	v := in[0].view
	switch n.Op {
	case "Relu":
		return im.activate(n, v, graph.ReLU)
	case "Sigmoid":
		return im.activate(n, v, graph.Sigmoid)
	case "Tanh":
		return im.activate(n, v, graph.Tanh)
	case "HardSwish":
		return im.activate(n, v, graph.HardSwish)
	case "HardSigmoid":
		if !near(float64(n.Float("alpha", 0.2)), 1.0/6, 1e-3) || !near(float64(n.Float("beta", 0.5)), 0.5, 1e-3) {
			return view{}, fmt.Errorf("a slope of %v; 1/6 is known here", n.Float("alpha", 0.2))
		}
		return im.activate(n, v, graph.HardSigmoid)
	case "Gelu":
		switch kind := n.String("approximate", "none"); kind {
		case "none":
			return im.activate(n, v, graph.GELU)
		case "tanh":
			return im.activate(n, v, graph.GELUTanh)
		default:
			return view{}, fmt.Errorf("GELU by %q is not known here, the exact one and that by tanh are", clip(kind))
		}
	case "LeakyRelu":
		return im.activateBy(n, v, graph.Node{Op: graph.LeakyReLU, Alpha: float64(n.Float("alpha", 0.01))})
	case "PRelu":
		if len(constants) < 2 || constants[1] == nil || constants[1].IsInt() {
			return view{}, errors.New("its slopes are no constant")
		}
		v, err := im.settle(v)
		if err != nil {
			return view{}, err
		}
		slope, ok := perChannel(v, constants[1])
		if !ok {
			return view{}, fmt.Errorf("slopes of %v for %v, which is not one for each channel", constants[1].Dims, v.dims())
		}
		return im.leaky(n.Outputs[0], v, slope)
	case "Elu":
		return im.activateBy(n, v, graph.Node{Op: graph.ELU, Alpha: float64(n.Float("alpha", 1))})
	case "Celu":
		if n.Float("alpha", 1) != 1 {
			return view{}, fmt.Errorf("a slope of %v; 1 is known here", n.Float("alpha", 1))
		}
		return im.activateBy(n, v, graph.Node{Op: graph.ELU, Alpha: 1})
	case "Selu":
		out, err := im.activateBy(n, v, graph.Node{Op: graph.ELU, Alpha: float64(n.Float("alpha", 1.67326319217681884765625))})
		out.scale = float64(n.Float("gamma", 1.05070102214813232421875))
		return out, err
	case "Mish":
		return im.activate(n, v, graph.Mish)
	case "Swish":
		if n.Float("alpha", 1) != 1 {
			return view{}, fmt.Errorf("a slope of %v; 1 is known here", n.Float("alpha", 1))
		}
		return im.activate(n, v, graph.SiLU)
	case "Clip":
		return im.clip(n, v, constants)
	case "Softmax":
		return im.softmax(n, v)
	case "Neg":
		v.scale = -v.scale
		return v, nil
	case "Sqrt":
		return im.activate(n, v, graph.Sqrt)
	case "Reciprocal":
		return im.activate(n, v, graph.Reciprocal)
	case "Pow":
		e, ok := 0.0, len(constants) > 1 && constants[1] != nil
		if ok {
			e, ok = constants[1].Scalar()
		}
		switch {
		case ok && e == 2:
			return im.pair(&onnx.Node{Op: "Mul", Outputs: n.Outputs}, v, v)
		case ok && e == 0.5:
			return im.activate(n, v, graph.Sqrt)
		}
		return view{}, errors.New("only squares and square roots are known here")
	case "Max", "Min":
		if len(in) != 2 || constants[1] == nil {
			return view{}, errors.New("the larger of two activations is not known here")
		}
		x, ok := constants[1].Scalar()
		if !ok {
			return view{}, errors.New("its limit is no single number")
		}
		limits := graph.Node{Op: graph.Clip, Low: x, High: math.MaxFloat32}
		if n.Op == "Min" {
			limits.Low, limits.High = -math.MaxFloat32, x
		}
		return im.activateBy(n, v, limits)
	}
	return view{}, errors.New("this operator is not known here; the layers of convolutional networks and vision transformers are")
}

// unpadded gives a view whose origin v has no padding waiting.
func (v view) unpadded(out view, err error) (view, error) {
	if err == nil && v.padded != [4]int{} {
		err = errors.New("padding by itself is not known here, only before a convolution or average pooling")
	}
	return out, err
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*math.Max(1, math.Abs(b)) }

func flat(axes [][]atom) []atom {
	var all []atom
	for _, a := range axes {
		all = append(all, a...)
	}
	return all
}

// affine adds scale·x + shift for each channel of a layer, nil standing for 1 and 0. Dense layers
// and norms take it into their own parameters; after convolutions [graph.Graph.Fold] does that.
func (im *importer) affine(layer, name string, scale, shift []float32) (string, error) {
	if of := im.node(layer); of != nil {
		switch of.Op {
		case graph.Dense:
			return im.denseAffine(*of, name, scale, shift)
		case graph.LayerNorm:
			n := *of
			n.Name = name
			c := im.shapes[layer].C
			if scale != nil {
				n.Weight = im.param(name+".weight", product(im.g.Floats(of.Weight, c, 1), scale), c)
			}
			b := im.g.Floats(of.Bias, c, 0)
			if scale != nil {
				b = product(b, scale)
			}
			if of.Bias != "" || shift != nil {
				n.Bias = im.param(name+".bias", sum(b, shift), c)
			}
			return im.add(n)
		}
	}
	return im.scaleShift(layer, name, scale, shift)
}

// scaleShift is affine as a layer of its own.
func (im *importer) scaleShift(layer, name string, scale, shift []float32) (string, error) {
	c := im.shapes[layer].C
	ones, zeros := make([]float32, c), make([]float32, c)
	for i := range ones {
		ones[i] = 1
	}
	n := graph.Node{Name: name, Op: graph.BatchNorm, In: []string{layer}}
	n.Mean, n.Var = im.param(name+".mean", zeros, c), im.param(name+".var", ones, c)
	if scale != nil {
		n.Weight = im.param(name+".weight", scale, c)
	}
	if shift != nil {
		n.Bias = im.param(name+".bias", shift, c)
	}
	return im.add(n)
}

func (im *importer) denseAffine(n graph.Node, name string, scale, shift []float32) (string, error) {
	c := im.shapes[n.Name].C
	b := im.g.Floats(n.Bias, c, 0)
	if scale != nil {
		w := im.g.Floats(n.Weight, 0, 0)
		row := len(w) / c
		for o, s := range scale {
			for i := o * row; i < (o+1)*row; i++ {
				w[i] *= s
			}
		}
		n.Weight = im.param(name+".weight", w, c, row)
		b = product(b, scale)
	}
	if n.Bias != "" || shift != nil {
		n.Bias = im.param(name+".bias", sum(b, shift), c)
	}
	n.Name = name
	return im.add(n)
}

func product(a, b []float32) []float32 {
	for i := range a {
		a[i] *= b[i]
	}
	return a
}

func sum(a, b []float32) []float32 {
	for i := range b {
		a[i] += b[i]
	}
	return a
}

// mapOf is a layer's output as the model sees a feature map.
func (im *importer) mapOf(name string) view {
	s := im.shapes[name]
	return newView(name, s, nil, channels(s), rows(s), cols(s))
}

// window reads kernel, strides, dilations and padding.
func (im *importer) window(n *onnx.Node, v view, node *graph.Node) error {
	pair := func(name string, to *[2]int) error {
		list := n.Ints(name)
		if list == nil {
			*to = [2]int{1, 1}
			return nil
		}
		if len(list) != 2 || min(list[0], list[1]) < 1 || max(list[0], list[1]) > maxSize {
			return fmt.Errorf("%s of %v", name, list)
		}
		*to = [2]int{int(list[0]), int(list[1])}
		return nil
	}
	if node.Op != graph.Conv || n.Ints("kernel_shape") != nil {
		if err := pair("kernel_shape", &node.Kernel); err != nil {
			return err
		}
	}
	if err := errors.Join(pair("strides", &node.Stride), pair("dilations", &node.Dilation)); err != nil {
		return err
	}
	switch auto := n.String("auto_pad", "NOTSET"); auto {
	case "NOTSET", "":
		if pads := n.Ints("pads"); pads != nil {
			if len(pads) != 4 {
				return fmt.Errorf("padding of %v", pads)
			}
			for i, p := range pads {
				if p < 0 || p > maxSize {
					return fmt.Errorf("padding of %v", pads)
				}
				node.Pad[i] = int(p)
			}
		}
	case "VALID":
	case "SAME_UPPER":
		node.Same = true
	case "SAME_LOWER":
		// As SAME_UPPER where nothing is odd.
		node.Same = true
		if w, err := node.Window(v.shape); err != nil || w.Top != w.Bottom || w.Left != w.Right {
			return errors.New("an odd padding above and to the left is not known here")
		}
	default:
		return fmt.Errorf("padding by %q is not known here", auto)
	}
	if v.padded != [4]int{} {
		if node.Same {
			return errors.New("padding before padding of the same extent")
		}
		for i, p := range v.padded {
			node.Pad[i] += p
		}
	}
	return nil
}

func (im *importer) conv(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	if len(in) < 2 || in[1] == nil || in[1].IsInt() {
		return v, errors.New("its weights are no constant floats")
	}
	w := in[1]
	if len(w.Dims) == 3 && len(v.axes) == 3 {
		return im.conv1(n, v, in)
	}
	if len(w.Dims) != 4 || len(v.axes) != 4 {
		return v, fmt.Errorf("weights of %v for an input of %v; two dimensions are known here", w.Dims, v.dims())
	}
	v, err := im.asMap(v)
	if err != nil {
		return v, err
	}
	out, cg, kh, kw := w.Dims[0], w.Dims[1], w.Dims[2], w.Dims[3]
	groups := n.Int("group", 1)
	if groups < 1 || int64(cg)*groups != int64(v.shape.C) || out < 1 || kh < 1 || kw < 1 {
		return v, fmt.Errorf("weights of %v in %d groups do not fit %d channels", w.Dims, groups, v.shape.C)
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.Conv, In: []string{v.node}, Kernel: [2]int{kh, kw}}
	if groups > 1 {
		node.Groups = int(groups)
	}
	if err := im.window(n, v, &node); err != nil {
		return v, err
	}
	if node.Kernel != [2]int{kh, kw} {
		return v, fmt.Errorf("weights of %v for a kernel of %v", w.Dims, node.Kernel)
	}
	turned := w.Floats // only read here
	if cg > 1 && kh*kw > 1 {
		turned = make([]float32, len(w.Floats)) // [out][KH][KW][in]
		for o := range out {
			for c := range cg {
				for k := range kh * kw {
					turned[(o*kh*kw+k)*cg+c] = w.Floats[(o*cg+c)*kh*kw+k]
				}
			}
		}
	}
	node.Weight = im.param(n.Inputs[1], turned, out, kh, kw, cg)
	if len(in) > 2 && in[2] != nil {
		if in[2].Len() != out {
			return v, fmt.Errorf("a bias of %v for %d channels", in[2].Dims, out)
		}
		node.Bias = im.param(n.Inputs[2], in[2].Vector(), out)
	}
	name, err := im.add(node)
	if err != nil {
		return v, err
	}
	return im.mapOf(name), nil
}

// conv1 is a convolution of one dimension: two with columns of 1.
func (im *importer) conv1(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	flat := *n
	flat.Attributes = map[string]*onnx.Attribute{}
	for name, a := range n.Attributes {
		flat.Attributes[name] = a
		if a.Kind != onnx.Ints {
			continue
		}
		b := *a
		switch {
		case name == "pads" && len(a.Ints) == 2:
			b.Ints = []int64{a.Ints[0], 0, a.Ints[1], 0}
		case len(a.Ints) == 1:
			b.Ints = []int64{a.Ints[0], 1}
		}
		flat.Attributes[name] = &b
	}
	w := *in[1]
	w.Dims = append(slices.Clone(w.Dims), 1)
	in = slices.Clone(in)
	in[1] = &w
	v.axes = append(slices.Clone(v.axes), nil)
	out, err := im.conv(&flat, v, in)
	if err != nil {
		return v, err
	}
	out.axes = out.axes[:3]
	return out, nil
}

// dense adds a fully connected layer with weights [out][in] on the last axis of a view. It keeps w
// and changes it.
func (im *importer) dense(name, param string, v view, w []float32, out int) (view, error) {
	last := len(v.axes) - 1
	if out < 1 || last < 0 || length(v.axes[last]) != len(w)/out {
		return v, fmt.Errorf("weights for %d numbers do not fit %v", len(w)/max(out, 1), v.dims())
	}
	settled, ok, err := im.settled(v)
	switch {
	case err != nil:
		return v, err
	case ok && (settled.has(last, channels(settled.shape)) && settled.channelAxis() == last || length(settled.axes[last]) == settled.shape.Len()):
		v = settled
	default:
		if v, err = im.arrange(settled, last); err != nil {
			return v, err
		}
	}
	s := v.shape
	node := graph.Node{Name: name, Op: graph.Dense, In: []string{v.node}}
	switch {
	case v.has(last, channels(s)) && v.channelAxis() == last:
		node.Weight = im.param(param, w, out, s.C)
	case length(v.axes[last]) == s.Len():
		// The whole map, flattened in the order of the model's axes.
		order := offsets(v.axes[last])
		from := make([]float32, len(order))
		for o := range out {
			to := w[o*len(order):][:len(order)]
			copy(from, to)
			for i, at := range order {
				to[at] = from[i]
			}
		}
		if s.Pixels() > 1 {
			flat, err := im.add(graph.Node{Name: name + ".flatten", Op: graph.Flatten, In: []string{v.node}})
			if err != nil {
				return v, err
			}
			node.In[0] = flat
			im.g.FixedSize = im.size
		}
		node.Weight = im.param(param, w, out, s.Len())
	default:
		return v, fmt.Errorf("its last axis, of %v, is not the channels", v.dims())
	}
	made, err := im.add(node)
	if err != nil {
		return v, err
	}
	to := im.shapes[made]
	axes := make([][]atom, len(v.axes))
	for i, a := range v.axes[:last] {
		for _, x := range a {
			// Positions lie as before, but as far apart as there are channels now.
			if node.Op == graph.Dense && to.Pixels() > 1 {
				axes[i] = append(axes[i], atom{x.n, x.step / s.C * to.C})
			}
		}
	}
	axes[last] = channels(to)
	return newView(made, to, axes...), nil
}

func (im *importer) matmul(n *onnx.Node, v view, w *constant.Tensor) (view, error) {
	if len(w.Dims) != 2 || w.IsInt() {
		return v, fmt.Errorf("weights of %v; a matrix is known here", w.Dims)
	}
	rows, out := w.Dims[0], w.Dims[1]
	turned := make([]float32, len(w.Floats))
	for k := range rows {
		for o := range out {
			turned[o*rows+k] = w.Floats[k*out+o]
		}
	}
	return im.dense(n.Outputs[0], n.Inputs[1], v, turned, out)
}

func (im *importer) gemm(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	if len(in) < 2 || in[1] == nil || len(in[1].Dims) != 2 || in[1].IsInt() || n.Int("transA", 0) != 0 {
		return v, errors.New("its weights are no constant matrix")
	}
	w := in[1]
	var err error
	if n.Int("transB", 0) != 0 {
		weights := w.Floats
		if !im.own(n.Inputs[1]) {
			weights = slices.Clone(weights)
		}
		v, err = im.dense(n.Outputs[0], n.Inputs[1], v, weights, w.Dims[0])
	} else {
		v, err = im.matmul(n, v, w)
	}
	if err != nil {
		return v, err
	}
	v.scale = float64(n.Float("alpha", 1))
	if len(in) < 3 || in[2] == nil {
		return v, nil
	}
	shift := in[2].Vector()
	if beta := n.Float("beta", 1); beta != 1 {
		scaled := make([]float32, len(shift))
		for i, x := range shift {
			scaled[i] = beta * x
		}
		shift = scaled
	}
	return im.shift(n.Outputs[0], v, &constant.Tensor{Dims: in[2].Dims, Floats: shift})
}

func (im *importer) batchNorm(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	if len(v.axes) < 2 {
		return v, fmt.Errorf("%v has no second axis, of the channels", v.dims())
	}
	v, err := im.settleOn(v, 1)
	if err != nil {
		return v, err
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.BatchNorm, In: []string{v.node}, Eps: float64(n.Float("epsilon", 1e-5))}
	for i, to := range []*string{nil, &node.Weight, &node.Bias, &node.Mean, &node.Var} {
		if to == nil {
			continue
		}
		if i >= len(in) || in[i] == nil || in[i].Len() != v.shape.C {
			return v, fmt.Errorf("its input %d does not fit %d channels", i, v.shape.C)
		}
		*to = im.param(n.Inputs[i], in[i].Vector(), v.shape.C)
	}
	name, err := im.add(node)
	return v.on(name), err
}

func (im *importer) layerNorm(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	v, err := im.normalise(n.Outputs[0], v, int(n.Int("axis", -1)), float64(n.Float("epsilon", 1e-5)))
	if err != nil {
		return v, err
	}
	scaled := [2][]float32{}
	for i := range scaled {
		if i+1 < len(in) && in[i+1] != nil {
			if in[i+1].Len() != v.shape.C {
				return v, fmt.Errorf("its input %d does not fit %d channels", i+1, v.shape.C)
			}
			scaled[i] = in[i+1].Vector()
		}
	}
	node := im.node(v.node)
	if scaled[0] != nil {
		node.Weight = im.param(n.Inputs[1], scaled[0], v.shape.C)
	}
	if scaled[1] != nil {
		node.Bias = im.param(n.Inputs[2], scaled[1], v.shape.C)
	}
	return v, nil
}

// normalise adds a layer norm without parameters.
func (im *importer) normalise(name string, v view, axis int, eps float64) (view, error) {
	axis, err := constant.ResolveAxis(axis, len(v.axes))
	if err != nil {
		return v, err
	}
	for _, a := range v.axes[axis+1:] {
		if length(a) > 1 {
			return v, fmt.Errorf("the axes from %d of %v on together are not known here, only the channels", axis, v.dims())
		}
	}
	if v, err = im.settleOn(v, axis); err != nil {
		return v, err
	}
	name, err = im.add(graph.Node{Name: name, Op: graph.LayerNorm, In: []string{v.node}, Eps: eps})
	return v.on(name), err
}

func (im *importer) pool(n *onnx.Node, v view) (view, error) {
	if len(v.axes) != 4 {
		return v, fmt.Errorf("pooling over %v; two dimensions are known here", v.dims())
	}
	v, err := im.asMap(v)
	if err != nil {
		return v, err
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.MaxPool, In: []string{v.node}, Ceil: n.Int("ceil_mode", 0) != 0}
	if n.Op == "AveragePool" {
		node.Op, node.CountPad = graph.AvgPool, n.Int("count_include_pad", 0) != 0
	}
	if v.padded != [4]int{} {
		// What was padded before counts; zeros are least only where nothing is negative.
		if of := im.node(v.node); node.Op == graph.MaxPool && (of == nil || of.Op != graph.ReLU && of.Op != graph.ReLU6) {
			return v, errors.New("zeros around what may be negative, before max pooling, are not known here")
		}
		if n.Ints("pads") != nil && !node.CountPad {
			return v, errors.New("padding twice before average pooling is not known here")
		}
		node.CountPad = node.Op == graph.AvgPool
	}
	if err := im.window(n, v, &node); err != nil {
		return v, err
	}
	if len(n.Outputs) > 1 && n.Outputs[1] != "" {
		for _, other := range im.model.Graph.Nodes {
			for _, name := range other.Inputs {
				if name == n.Outputs[1] {
					return v, errors.New("the places of the largest values are not known here")
				}
			}
		}
	}
	if s := v.shape; node.Kernel == [2]int{s.H, s.W} && node.Pad == [4]int{} && (!node.Same || s.H == 1 && s.W == 1) {
		// Over the whole map it is GAP or GMP, which fit any input size.
		global := map[graph.Op]graph.Op{graph.AvgPool: graph.GAP, graph.MaxPool: graph.GMP}[node.Op]
		node = graph.Node{Name: node.Name, Op: global, In: node.In}
	}
	name, err := im.add(node)
	if err != nil {
		return v, err
	}
	return im.mapOf(name), nil
}

// activate adds an activation, which works on any part of a layer alike.
func (im *importer) activate(n *onnx.Node, v view, op graph.Op) (view, error) {
	return im.activateBy(n, v, graph.Node{Op: op})
}

// activateBy is activate for one that has numbers of its own.
func (im *importer) activateBy(n *onnx.Node, v view, node graph.Node) (view, error) {
	if _, err := v.unpadded(v, nil); err != nil {
		return v, err
	}
	if v.scale != 1 {
		part := v
		part.start, part.axes = 0, [][]atom{joined([]atom{{v.shape.Len(), 1}})}
		all, err := im.settle(part)
		if err != nil {
			return v, err
		}
		v = v.on(all.node)
	}
	node.Name, node.In = n.Outputs[0], []string{v.node}
	name, err := im.add(node)
	return v.on(name), err
}

// clip is ReLU or ReLU6 by its range.
func (im *importer) clip(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	low, high, err := constant.ClipRange(n, in)
	if err != nil {
		return v, err
	}
	switch {
	case low == 0 && high == 6:
		return im.activate(n, v, graph.ReLU6)
	case low == 0 && high >= math.MaxFloat32:
		return im.activate(n, v, graph.ReLU)
	}
	limit := func(x float64) float64 { return min(max(x, -math.MaxFloat32), math.MaxFloat32) }
	return im.activateBy(n, v, graph.Node{Op: graph.Clip, Low: limit(low), High: limit(high)})
}

func (im *importer) softmax(n *onnx.Node, v view) (view, error) {
	axis, err := constant.ResolveAxis(int(n.Int("axis", -1)), len(v.axes))
	if err != nil {
		return v, err
	}
	if n.Attributes["axis"] == nil && im.opset < 13 {
		axis = min(1, len(v.axes)-1)
	}
	if im.opset < 13 && length(flat(v.axes[axis:])) != length(v.axes[axis]) {
		return v, fmt.Errorf("softmax over all axes of %v from %d on is not known here", v.dims(), axis)
	}
	if v, err = im.settleOn(v, axis); err != nil {
		return v, err
	}
	name, err := im.add(graph.Node{Name: n.Outputs[0], Op: graph.Softmax, In: []string{v.node}})
	return v.on(name), err
}

// pad puts rows and columns around a map. Zeros wait for the convolution or average pooling that
// reads them, where those are all that do.
func (im *importer) pad(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	pads, ok, err := constant.Ints(n, "pads", in, 1)
	if err != nil {
		return v, err
	}
	rank := len(v.axes)
	node := graph.Node{Name: n.Outputs[0], Op: graph.Pad, Fill: float64(n.Float("value", 0))}
	if len(in) > 2 && in[2] != nil && in[2].Len() == 1 {
		node.Fill = in[2].At(0)
	}
	switch mode := n.String("mode", "constant"); mode {
	case "constant":
		node.Fill = min(max(node.Fill, -math.MaxFloat32), math.MaxFloat32)
	case "reflect", "edge":
		node.Border, node.Fill = mode, 0
	default:
		return v, fmt.Errorf("padding by %q is not known here", clip(mode))
	}
	if len(in) > 3 && in[3] != nil {
		axes, err := in[3].Ints()
		if err == nil {
			axes, err = constant.ResolveAxes(axes, rank)
		}
		if err != nil {
			return v, err
		}
		all := make([]int, 2*rank)
		for i, a := range axes {
			if len(pads) != 2*len(axes) {
				break
			}
			all[a], all[rank+a] = pads[i], pads[len(axes)+i]
		}
		pads, ok = all, ok && len(pads) == 2*len(axes)
	}
	if !ok || len(pads) != 2*rank {
		return v, fmt.Errorf("padding of %v for %v", pads, v.dims())
	}
	var padded []int // axes
	for i := range rank {
		if pads[i] != 0 || pads[rank+i] != 0 {
			padded = append(padded, i)
		}
		if min(pads[i], pads[rank+i]) < 0 || max(pads[i], pads[rank+i]) > maxSize {
			return v, fmt.Errorf("padding of %v", pads)
		}
	}
	if len(padded) == 0 {
		return v, nil
	}
	s := v.shape
	if rank == 4 && v.is(nil, channels(s), rows(s), cols(s)) && padded[0] > 1 && node.Border == "" && node.Fill == 0 && im.takesPadding(n.Outputs[0]) {
		for i, p := range []int{pads[2], pads[3], pads[rank+2], pads[rank+3]} {
			v.padded[i] += p
		}
		return v, nil
	}
	if len(padded) > 2 || rank < 2 {
		return v, fmt.Errorf("padding of the axes %v of %v is not known here", padded, v.dims())
	}
	// Two axes become rows and columns, all others the channels.
	if len(padded) == 1 {
		other := 0
		if rank == 4 && padded[0] > 1 {
			other = 5 - padded[0] // rows and columns of a map
		} else if padded[0] == 0 {
			other = 1
		}
		padded = []int{padded[0], other}
		slices.Sort(padded)
	}
	if v, err = im.around(v); err != nil {
		return v, err
	}
	if v, err = im.unscaled(v); err != nil {
		return v, err
	}
	dims := v.dims()
	var rest []int
	var walk []atom
	for i := range rank {
		if !slices.Contains(padded, i) {
			rest = append(rest, i)
			walk = append(walk, v.axes[i]...)
		}
	}
	walk = slices.Concat(v.axes[padded[0]], v.axes[padded[1]], walk)
	order := slices.Concat(padded, rest)
	to := tensor.Shape{H: dims[padded[0]], W: dims[padded[1]], C: constant.Elements(dims) / dims[padded[0]] / dims[padded[1]]}
	if v, err = im.copied(v, walk, to, order); err != nil {
		return v, err
	}
	node.In = []string{v.node}
	node.Pad = [4]int{pads[padded[0]], pads[padded[1]], pads[rank+padded[0]], pads[rank+padded[1]]}
	name, err := im.add(node)
	if err != nil {
		return v, err
	}
	axes := make([][]atom, rank)
	step := 1
	for _, i := range slices.Backward(order) {
		n := dims[i] + pads[i] + pads[rank+i]
		axes[i] = atoms(n, step)
		step *= n
	}
	return newView(name, im.shapes[name], axes...), nil
}

// takesPadding says whether all that reads a value pads by zeros itself.
func (im *importer) takesPadding(name string) bool {
	found := false
	for _, n := range im.model.Graph.Nodes {
		if slices.Contains(n.Inputs, name) {
			weights := len(n.Inputs) > 1 && im.inits[n.Inputs[1]] != nil && len(im.inits[n.Inputs[1]].Dims) == 4
			if n.Inputs[0] != name || !(n.Op == "Conv" && weights || n.Op == "AveragePool" && n.Ints("pads") == nil) {
				return false
			}
			found = true
		}
	}
	return found
}

// gather takes elements of an axis that follow one another.
func (im *importer) gather(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	if len(in) < 2 || in[1] == nil || in[1].Len() < 1 {
		return v, errors.New("its indices are no constant")
	}
	axis, err := constant.ResolveAxis(int(n.Int("axis", 0)), len(v.axes))
	if err != nil {
		return v, err
	}
	list, err := in[1].Ints()
	if err != nil {
		return v, err
	}
	size, step := length(v.axes[axis]), 1
	for i := range list {
		if list[i] < 0 {
			list[i] += size
		}
		if i == 1 {
			step = list[1] - list[0]
		}
		if list[i] < 0 || list[i] >= size || step < 1 || i > 0 && list[i] != list[i-1]+step {
			return v, fmt.Errorf("elements %v of an axis of %d, which do not follow one another, are not known to be taken here", list[:min(len(list), 8)], size)
		}
	}
	part, err := im.sliced(v, constant.Slice{Axis: axis, Start: list[0], Count: len(list), Step: step})
	if err != nil {
		return v, err
	}
	dims := part.dims()
	if len(in[1].Dims) == 1 {
		return v.unpadded(part, nil)
	}
	return im.reshaped(part, slices.Concat(dims[:axis], in[1].Dims, dims[axis+1:]))
}

// arithmetic adds, subtracts, multiplies and divides.
func (im *importer) arithmetic(n *onnx.Node, a, b *value) (view, error) {
	op := n.Op
	if a.constant == nil && b.constant == nil {
		return im.pair(n, a.view, b.view)
	}
	c, v, swapped := b.constant, a.view, false
	if a.constant != nil {
		c, v, swapped = a.constant, b.view, true
	}
	if swapped && op == "Div" {
		var err error
		if v, err = im.activate(&onnx.Node{Outputs: []string{n.Outputs[0] + ".reciprocal"}}, v, graph.Reciprocal); err != nil {
			return v, err
		}
		op, swapped = "Mul", false
	}
	if x, ok := c.Scalar(); ok && len(c.Dims) <= len(v.axes) && (op == "Mul" || op == "Div") {
		if op == "Div" {
			x = 1 / x
		}
		v.scale *= x
		return v, nil
	}
	if x, ok := c.Scalar(); ok && x == 0 && (op == "Add" || op == "Sub" && !swapped) && len(c.Dims) <= len(v.axes) {
		return v, nil
	}
	switch op {
	case "Mul", "Div":
		factor := c
		if op == "Div" {
			var err error
			if factor, err = constant.Apply("Reciprocal", &constant.Tensor{Dims: c.Dims, Floats: c.Vector()}); err != nil {
				return v, err
			}
		}
		return im.times(n.Outputs[0], v, factor)
	case "Sub":
		if swapped {
			v.scale = -v.scale
		} else {
			var err error
			if c, err = constant.Apply("Neg", &constant.Tensor{Dims: c.Dims, Floats: c.Vector()}); err != nil {
				return v, err
			}
		}
	}
	return im.shift(n.Outputs[0], v, c)
}

// perChannel spreads a constant over the channels of a view, if it is one number for each, or for
// all.
func perChannel(v view, c *constant.Tensor) ([]float32, bool) {
	axis := v.channelAxis()
	if axis < 0 || len(c.Dims) > len(v.axes) {
		return nil, false
	}
	values := c.Vector()
	out := make([]float32, v.shape.C)
	if c.Len() == 1 {
		for i := range out {
			out[i] = values[0]
		}
		return out, true
	}
	shift := len(v.axes) - len(c.Dims)
	if axis < shift || c.Dims[axis-shift] != v.shape.C || c.Len() != v.shape.C {
		return nil, false
	}
	copy(out, values)
	return out, true
}

func (im *importer) times(name string, v view, c *constant.Tensor) (view, error) {
	v, err := im.settle(v)
	if err != nil {
		return v, err
	}
	factors, ok := perChannel(v, c)
	if !ok {
		// Numbers along one axis become one a channel where that axis is.
		for i := range c.Dims {
			axis := len(v.axes) - len(c.Dims) + i
			if c.Dims[i] != c.Len() || axis < 0 || length(v.axes[axis]) != c.Len() {
				continue
			}
			if v, err = im.arrange(v, axis); err != nil {
				return v, err
			}
			factors, ok = perChannel(v, c)
			break
		}
	}
	if !ok {
		return v, fmt.Errorf("a constant of %v times %v, which is not one number a channel", c.Dims, v.dims())
	}
	made, err := im.affine(v.node, name, factors, nil)
	return v.on(made), err
}

// shift adds a constant: one number for each channel, or position embeddings.
func (im *importer) shift(name string, v view, c *constant.Tensor) (view, error) {
	if wider, err := constant.Broadcast(v.dims(), c.Dims); err == nil && len(wider) > len(v.axes) && constant.Elements(wider) == constant.Elements(v.dims()) {
		if v, err = im.padAxes(v, len(wider)); err != nil { // the constant has axes of length 1 in front
			return v, err
		}
	}
	v, err := im.settle(v)
	if err != nil {
		return v, err
	}
	if shift, ok := perChannel(v, c); ok {
		made, err := im.affine(v.node, name, nil, shift)
		return v.on(made), err
	}
	if out, err := im.positions(name, v, c); err == nil {
		return out, nil
	}
	return im.bias(name, v, c)
}
