package export

import (
	"fmt"
	"math"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// onnxLayer is a layer on its way into a model.
type onnxLayer struct {
	*onnx
	prefix string
	g      *graph.Graph
	n      *graph.Node
	shapes map[string]tensor.Shape
	out    tensor.Shape
}

// onnxLayers write the layers of each kind. A function and no variable has them, so that a program
// that does not write this format has none of it.
func onnxLayers() map[graph.Op]func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return map[graph.Op]func(l *onnxLayer, in []onnxRef) (onnxRef, error){
		graph.Conv: conv, graph.Dense: denseLayer, graph.BatchNorm: batchNorm, graph.LayerNorm: layerNorm, graph.GroupNorm: groupNorm,
		graph.MaxPool: windowPool("MaxPool"), graph.AvgPool: windowPool("AveragePool"), graph.AdaptiveAvgPool: adaptivePool,
		graph.GAP: globalPool("GlobalAveragePool"), graph.GMP: globalPool("GlobalMaxPool"),
		graph.Softmax: softmaxLayer, graph.Add: pairwise("Add"), graph.Mul: pairwise("Mul"),
		graph.Flatten: flatten, graph.Concat: concatLayer, graph.Slice: sliceLayer, graph.Shuffle: shuffle, graph.Upsample: upsample,
		graph.Tokens: tokens, graph.Attention: attention, graph.Token: token, graph.DropToken: dropToken,
		graph.ReLU: element("Relu"), graph.Sigmoid: element("Sigmoid"), graph.HardSwish: element("HardSwish"), graph.Tanh: element("Tanh"),
		graph.HardSigmoid: element("HardSigmoid", attribute{"alpha", 1.0 / 6}, attribute{"beta", 0.5}),
		graph.ReLU6:       clip, graph.Clip: clip, graph.SiLU: silu, graph.GELU: gelu, graph.GELUTanh: geluTanh, graph.ELU: sloped("Elu"), graph.LeakyReLU: sloped("LeakyRelu"), graph.Mish: mish,
		graph.Sqrt: root, graph.Reciprocal: element("Reciprocal"),
	}
}

// add appends a node named after the layer.
func (l *onnxLayer) add(op string, in []string, attributes ...attribute) string {
	return l.node(l.prefix+l.n.Name, op, in, attributes...)
}

func (l *onnxLayer) param(name string) string { return l.prefix + name }

// vectorParam is a parameter of a number a channel, in one form for maps and one for all else.
func (l *onnxLayer) vectorParam(name string, v []float32, x onnxRef) string {
	if x.layout == channelsFirst {
		return l.floats(l.param(name), []int{len(v), 1, 1}, v)
	}
	return l.floats(l.param(name), []int{len(v)}, v)
}

// like is a tensor of the layer's shape that lies as x does.
func (l *onnxLayer) like(x onnxRef, name string) onnxRef { return onnxRef{name, x.layout, l.out} }

func conv(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], channelsFirst)
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	weight := l.weight(l.param(l.n.Weight), l.g.Params[l.n.Weight])
	inputs := []string{x.name, weight}
	if l.n.Bias != "" {
		inputs = append(inputs, l.floats(l.param(l.n.Bias), []int{l.out.C}, l.g.Floats(l.n.Bias, l.out.C, 0)))
	}
	y := l.add("Conv", inputs,
		attribute{"kernel_shape", []int{w.KH, w.KW}}, attribute{"strides", []int{w.SH, w.SW}}, attribute{"dilations", []int{w.DH, w.DW}},
		attribute{"pads", []int{w.Top, w.Left, w.Bottom, w.Right}}, attribute{"group", max(l.n.Groups, 1)})
	return onnxRef{y, channelsFirst, l.out}, nil
}

func denseLayer(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	bias := l.floats(l.param(l.n.Bias+"_bias"), []int{l.out.C}, l.g.Floats(l.n.Bias, l.out.C, 0))
	weight := l.weight(l.param(l.n.Weight), l.g.Params[l.n.Weight])
	if x.shape.Pixels() == 1 && x.layout != sequence {
		x = l.as(x, flat)
		return onnxRef{l.add("Gemm", []string{x.name, weight, bias}, attribute{"transB", 1}), flat, l.out}, nil
	}
	if x.layout == channelsFirst {
		x = l.as(x, channelsLast)
	}
	turned := l.add("Transpose", []string{weight}, attribute{"perm", []int{1, 0}})
	y := l.add("MatMul", []string{x.name, turned})
	return l.like(x, l.add("Add", []string{y, bias})), nil
}

func batchNorm(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x, n := in[0], l.n
	scale, shift := l.g.ScaleShift(n)
	y := l.add("Mul", []string{x.name, l.vectorParam(n.Name+"_scale", scale, x)})
	return l.like(x, l.add("Add", []string{y, l.vectorParam(n.Name+"_shift", shift, x)})), nil
}

func layerNorm(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	if x.layout == channelsFirst {
		x = l.as(x, channelsLast)
	}
	c := x.shape.C
	weight := l.floats(l.param(l.n.Name+"_weight"), []int{c}, l.g.Floats(l.n.Weight, c, 1))
	bias := l.floats(l.param(l.n.Name+"_bias"), []int{c}, l.g.Floats(l.n.Bias, c, 0))
	return l.like(x, l.add("LayerNormalization", []string{x.name, weight, bias}, attribute{"axis", -1}, attribute{"epsilon", l.n.Eps})), nil
}

func groupNorm(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], channelsFirst)
	s, groups := x.shape, l.n.Groups
	one := make([]float32, groups)
	for i := range one {
		one[i] = 1
	}
	y := l.add("Reshape", []string{x.name, l.ints("shape", 0, groups, -1)})
	y = l.add("InstanceNormalization", []string{y, l.floats("one", []int{groups}, one), l.floats("none", []int{groups}, make([]float32, groups))}, attribute{"epsilon", l.n.Eps})
	y = l.add("Reshape", []string{y, l.ints("shape", 0, s.C, s.H, s.W)})
	y = l.add("Mul", []string{y, l.vectorParam(l.n.Name+"_weight", l.g.Floats(l.n.Weight, s.C, 1), x)})
	return l.like(x, l.add("Add", []string{y, l.vectorParam(l.n.Name+"_bias", l.g.Floats(l.n.Bias, s.C, 0), x)})), nil
}

func windowPool(op string) func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
		x := l.as(in[0], channelsFirst)
		w, err := l.n.Window(x.shape)
		if err != nil {
			return x, err
		}
		if op == "AveragePool" && (w.DH > 1 || w.DW > 1) {
			return x, fmt.Errorf("an average over a dilated window cannot be said in operator set %d of ONNX", onnxOpset)
		}
		attributes := []attribute{
			{"kernel_shape", []int{w.KH, w.KW}}, {"strides", []int{w.SH, w.SW}}, {"pads", []int{w.Top, w.Left, w.Bottom, w.Right}},
		}
		if op == "MaxPool" {
			attributes = append(attributes, attribute{"dilations", []int{w.DH, w.DW}})
		} else if l.n.CountPad {
			attributes = append(attributes, attribute{"count_include_pad", 1})
		}
		if l.n.Ceil {
			if op == "AveragePool" && l.n.CountPad {
				return x, fmt.Errorf("a partial window that counts its padding is computed in different ways by readers of ONNX")
			}
			attributes = append(attributes, attribute{"ceil_mode", 1})
		}
		return onnxRef{l.add(op, []string{x.name}, attributes...), channelsFirst, l.out}, nil
	}
}

func globalPool(op string) func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
		x := in[0]
		if x.layout == sequence {
			axis := "ReduceMean"
			if op == "GlobalMaxPool" {
				axis = "ReduceMax"
			}
			return onnxRef{l.add(axis, []string{x.name}, attribute{"axes", []int{1}}, attribute{"keepdims", 0}), flat, l.out}, nil
		}
		x = l.as(x, channelsFirst)
		return onnxRef{l.add(op, []string{x.name}), channelsFirst, l.out}, nil
	}
}

func adaptivePool(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], channelsFirst)
	s := x.shape
	switch {
	case l.out == s:
		return x, nil
	case l.out.H == 1 && l.out.W == 1:
		return globalPool("GlobalAveragePool")(l, in)
	case s.H%l.out.H != 0 || s.W%l.out.W != 0:
		return x, fmt.Errorf("adaptive average pooling of %v to %v cannot be said in ONNX, whose windows are all of one size; choose another input size", s, l.out)
	}
	k := []int{s.H / l.out.H, s.W / l.out.W}
	return onnxRef{l.add("AveragePool", []string{x.name}, attribute{"kernel_shape", k}, attribute{"strides", k}), channelsFirst, l.out}, nil
}

func softmaxLayer(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	axis := -1
	if x.layout == channelsFirst {
		axis = 1
	}
	return l.like(x, l.add("Softmax", []string{x.name}, attribute{"axis", axis})), nil
}

func pairwise(op string) func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
		x, r := in[0], in[1]
		if r.layout != x.layout || r.shape.Pixels() == 1 {
			r = l.as(r, x.layout)
		}
		return l.like(x, l.add(op, []string{x.name, r.name})), nil
	}
}

func flatten(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], flat)
	return onnxRef{x.name, flat, l.out}, nil
}

func concatLayer(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	names := make([]string, len(in))
	to := in[0].layout
	for i, x := range in {
		names[i] = l.as(x, to).name
	}
	axis := -1
	if to == channelsFirst {
		axis = 1
	}
	return onnxRef{l.add("Concat", names, attribute{"axis", axis}), to, l.out}, nil
}

// cut takes from, …, to−1 along an axis.
func (l *onnxLayer) cut(x onnxRef, axis, from, to int) string {
	return l.add("Slice", []string{x.name, l.ints("from", from), l.ints("to", to), l.ints("axis", axis)})
}

func sliceLayer(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	axis := map[layout]int{channelsFirst: 1, channelsLast: 3, sequence: 2, flat: 1}[x.layout]
	return l.like(x, l.cut(x, axis, l.n.Index, l.n.Index+l.n.Count)), nil
}

func shuffle(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], channelsFirst)
	s, groups := x.shape, l.n.Groups
	y := l.add("Reshape", []string{x.name, l.ints("shape", 0, groups, s.C/groups, s.Pixels())})
	y = l.add("Transpose", []string{y}, attribute{"perm", []int{0, 2, 1, 3}})
	return l.like(x, l.add("Reshape", []string{y, l.ints("shape", 0, s.C, s.H, s.W)})), nil
}

func upsample(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], channelsFirst)
	mode, where, nearest := "nearest", "asymmetric", "floor"
	if l.n.Linear {
		mode, where = "linear", "half_pixel"
	}
	scales := l.floats("scales", []int{4}, []float32{1, 1, float32(l.n.Scale[0]), float32(l.n.Scale[1])})
	y := l.add("Resize", []string{x.name, "", scales}, attribute{"mode", mode}, attribute{"coordinate_transformation_mode", where}, attribute{"nearest_mode", nearest})
	return l.like(x, y), nil
}

func tokens(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	s := in[0].shape
	x := l.as(in[0], sequence)
	front, positions := l.g.TokenTable(l.n, s)
	y := l.add("Add", []string{x.name, l.floats(l.param(l.n.Name+"_positions"), []int{1, s.Pixels(), s.C}, positions)})
	if len(front) == 0 {
		return onnxRef{y, sequence, l.out}, nil
	}
	table := l.floats(l.param(l.n.Name+"_front"), []int{1, len(front) / s.C, s.C}, front)
	batch := l.add("Shape", []string{y}, attribute{"start", 0}, attribute{"end", 1})
	dims := l.add("Concat", []string{batch, l.ints("front", len(front)/s.C, s.C)}, attribute{"axis", 0})
	before := l.add("Expand", []string{table, dims})
	return onnxRef{l.add("Concat", []string{before, y}, attribute{"axis", 1}), sequence, l.out}, nil
}

func attention(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], sequence)
	t, heads := x.shape.H, l.n.Heads
	d := l.out.C / heads
	y := l.add("Reshape", []string{x.name, l.ints("shape", 0, t, 3, heads, d)})
	y = l.add("Transpose", []string{y}, attribute{"perm", []int{2, 0, 3, 1, 4}}) // [3][N][heads][T][d]
	part := func(i int) string {
		one := l.add("Gather", []string{y, l.constant("part", onnxInt64, nil, []byte{byte(i), 0, 0, 0, 0, 0, 0, 0})}, attribute{"axis", 0})
		return one
	}
	q, k, v := part(0), part(1), part(2)
	q = l.add("Mul", []string{q, l.scalar("scale", 1/math.Sqrt(float64(d)))})
	k = l.add("Transpose", []string{k}, attribute{"perm", []int{0, 1, 3, 2}})
	w := l.add("Softmax", []string{l.add("MatMul", []string{q, k})}, attribute{"axis", -1})
	z := l.add("Transpose", []string{l.add("MatMul", []string{w, v})}, attribute{"perm", []int{0, 2, 1, 3}})
	return onnxRef{l.add("Reshape", []string{z, l.ints("shape", 0, t, l.out.C)}), sequence, l.out}, nil
}

func token(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], sequence)
	y := onnxRef{l.cut(x, 1, l.n.Index, l.n.Index+1), sequence, l.out}
	return l.as(y, flat), nil
}

func dropToken(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := l.as(in[0], sequence)
	return onnxRef{l.cut(x, 1, x.shape.H-l.out.H, x.shape.H), sequence, l.out}, nil
}

func element(op string, attributes ...attribute) func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
		return l.like(in[0], l.add(op, []string{in[0].name}, attributes...)), nil
	}
}

func sloped(op string) func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	return func(l *onnxLayer, in []onnxRef) (onnxRef, error) {
		return element(op, attribute{"alpha", l.n.Alpha})(l, in)
	}
}

func clip(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	low, high := l.n.Low, l.n.High
	if l.n.Op == graph.ReLU6 {
		low, high = 0, 6
	}
	return l.like(in[0], l.add("Clip", []string{in[0].name, l.scalar("low", low), l.scalar("high", high)})), nil
}

func silu(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	return l.like(x, l.add("Mul", []string{x.name, l.add("Sigmoid", []string{x.name})})), nil
}

// gelu is x·(1 + erf(x/√2))/2.
func gelu(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	y := l.add("Erf", []string{l.add("Div", []string{x.name, l.scalar("root2", math.Sqrt2)})})
	y = l.add("Mul", []string{x.name, l.add("Add", []string{y, l.scalar("one", 1)})})
	return l.like(x, l.add("Mul", []string{y, l.scalar("half", 0.5)})), nil
}

// geluTanh is x·sigmoid(2·√(2/π)·(x + 0.044715·x³)).
func geluTanh(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	square := l.add("Mul", []string{x.name, x.name})
	inner := l.add("Add", []string{l.add("Mul", []string{square, l.scalar("cubic", 2*math.Sqrt(2/math.Pi)*0.044715)}), l.scalar("linear", 2*math.Sqrt(2/math.Pi))})
	return l.like(x, l.add("Mul", []string{x.name, l.add("Sigmoid", []string{l.add("Mul", []string{x.name, inner})})})), nil
}

// root is √max(x, 0).
func root(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	return l.like(x, l.add("Sqrt", []string{l.add("Relu", []string{x.name})})), nil
}

func mish(l *onnxLayer, in []onnxRef) (onnxRef, error) {
	x := in[0]
	return l.like(x, l.add("Mul", []string{x.name, l.add("Tanh", []string{l.add("Softplus", []string{x.name})})})), nil
}
