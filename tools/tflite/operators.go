package tflite

import (
	"errors"
	"fmt"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// op is an operator on its way into the model.
type op struct {
	*reader
	called  string
	in, out []int
	options table
}

// operators by their numbers in the schema (BuiltinOperator of schema.fbs, version 3).
var operators map[int]struct {
	name string
	make func(o *op) error
}

func init() {
	type known = struct {
		name string
		make func(o *op) error
	}
	operators = map[int]known{
		0: {"ADD", pairwise("Add", 0)}, 1: {"AVERAGE_POOL_2D", pool("AveragePool")}, 2: {"CONCATENATION", (*op).concat}, 3: {"CONV_2D", (*op).conv},
		4: {"DEPTHWISE_CONV_2D", (*op).depthwise}, 6: {"DEQUANTIZE", (*op).same}, 9: {"FULLY_CONNECTED", (*op).dense}, 14: {"LOGISTIC", unary("Sigmoid", nil)},
		17: {"MAX_POOL_2D", pool("MaxPool")}, 18: {"MUL", pairwise("Mul", 0)}, 19: {"RELU", unary("Relu", nil)}, 20: {"RELU_N1_TO_1", limits(-1, 1)},
		21: {"RELU6", limits(0, 6)}, 22: {"RESHAPE", (*op).reshape}, 23: {"RESIZE_BILINEAR", (*op).bilinear}, 25: {"SOFTMAX", (*op).softmax}, 28: {"TANH", unary("Tanh", nil)},
		34: {"PAD", (*op).pad}, 36: {"GATHER", (*op).gather}, 39: {"TRANSPOSE", (*op).transpose}, 40: {"MEAN", reduction("ReduceMean")}, 41: {"SUB", pairwise("Sub", 0)},
		42: {"DIV", pairwise("Div", 0)}, 43: {"SQUEEZE", (*op).reshape}, 47: {"EXP", unary("Exp", nil)}, 48: {"TOPK_V2", (*op).topK}, 50: {"LOG_SOFTMAX", unary("LogSoftmax", onnx.With{"axis": -1})},
		53: {"CAST", (*op).same}, 54: {"PRELU", pairwise("PRelu", -1)}, 55: {"MAXIMUM", pairwise("Max", -1)}, 57: {"MINIMUM", pairwise("Min", -1)}, 59: {"NEG", unary("Neg", nil)},
		60: {"PADV2", (*op).pad}, 65: {"SLICE", (*op).slice}, 70: {"EXPAND_DIMS", (*op).reshape}, 73: {"LOG", unary("Log", nil)}, 74: {"SUM", reduction("ReduceSum")},
		75: {"SQRT", unary("Sqrt", nil)}, 76: {"RSQRT", (*op).rsqrt}, 82: {"REDUCE_MAX", reduction("ReduceMax")}, 89: {"REDUCE_MIN", reduction("ReduceMin")},
		97: {"RESIZE_NEAREST_NEIGHBOR", (*op).nearest}, 98: {"LEAKY_RELU", (*op).leaky}, 101: {"ABS", unary("Abs", nil)}, 105: {"REVERSE_V2", (*op).reverse},
		111: {"ELU", unary("Elu", nil)}, 114: {"QUANTIZE", (*op).same}, 117: {"HARD_SWISH", unary("HardSwish", nil)}, 126: {"BATCH_MATMUL", (*op).product}, 150: {"GELU", (*op).gelu},
	}
}

// operator reads operator i.
func (r *reader) operator(i int, t table, codes []table) error {
	at, number := t.int(0, 0), 0
	if at < 0 || at >= len(codes) {
		return fmt.Errorf("operator %d has no code", i)
	}
	number = max(int(int8(codes[at].byte(0))), codes[at].int(3, 0))
	if name := codes[at].text(1); number == 32 {
		return fmt.Errorf("operator %d is %q, which is not of TensorFlow Lite itself and not known here", i, clip(name))
	}
	known, ok := operators[number]
	if !ok {
		return fmt.Errorf("operator %d is of the kind %d (BuiltinOperator of schema.fbs), which is not known here; layers of convolutional networks and vision transformers are", i, number)
	}
	o := &op{reader: r, in: t.ints(1), out: t.ints(2), options: t.table(4)}
	fail := func(err error) error { return fmt.Errorf("operator %d (%s): %w", i, known.name, err) }
	if r.flat.err != nil {
		return r.flat.err
	}
	if len(o.in) == 0 || len(o.out) == 0 {
		return fail(errors.New("it has no input or no output"))
	}
	for _, k := range slices.Concat(o.in, o.out) {
		if k >= len(r.tensors) || k < -1 {
			return fail(fmt.Errorf("there is no tensor %d", k))
		}
	}
	if slices.Contains(o.out, -1) || o.in[0] < 0 {
		return fail(errors.New("its input or output is left out"))
	}
	for _, k := range o.out {
		if x := &r.tensors[k]; x.at != "" || x.first != "" || x.data != nil {
			return fail(fmt.Errorf("it writes %q, which is there already", clip(x.name)))
		}
	}
	o.called = r.tensors[o.out[0]].name
	if err := known.make(o); err != nil {
		return fail(err)
	}
	return nil
}

var errNothing = errors.New("an input is made by no operator before it")

// value gives a tensor's name in the model, "" where nothing made it yet.
func (r *reader) value(i int) string {
	if i < 0 || i >= len(r.tensors) {
		return ""
	}
	t := &r.tensors[i]
	switch {
	case t.at != "":
	case t.first != "":
		t.at = r.Add(t.name, "Transpose", onnx.With{"perm": []int{0, 2, 3, 1}}, t.first)
	case t.data != nil && (t.kind == kindInt32 || t.kind == kindInt64) && len(t.scale) == 0:
		if v, err := r.constants(i); err == nil {
			t.at = r.Ints(v...)
		}
	case t.data != nil:
		if v, err := r.floats(t); err == nil {
			t.at = r.Floats(v, t.dims...)
		}
	}
	return t.at
}

// maps gives a tensor as [N][C][H][W].
func (r *reader) maps(i int) (string, error) {
	t := &r.tensors[i]
	if len(t.dims) != 4 {
		return "", fmt.Errorf("%q of %v is no feature map", clip(t.name), t.dims)
	}
	if t.first == "" {
		at := r.value(i)
		if at == "" {
			return "", errNothing
		}
		t.first = r.Add(t.name, "Transpose", onnx.With{"perm": []int{0, 3, 1, 2}}, at)
	}
	return t.first, nil
}

// values gives those of the first n inputs, of all where n is 0.
func (o *op) values(n int) ([]string, error) {
	if n == 0 {
		n = len(o.in)
	}
	if len(o.in) < n {
		return nil, fmt.Errorf("it has %d inputs, and takes %d", len(o.in), n)
	}
	var out []string
	for _, i := range o.in[:n] {
		at := o.value(i)
		if at == "" {
			return nil, errNothing
		}
		out = append(out, at)
	}
	return out, nil
}

func (o *op) tensor(k int) *tensor { return &o.tensors[o.in[k]] }

// set says what the output is, after the activation that is joined to the operator by a number in a
// slot of its options, −1 for none; first says that channels come before rows and columns.
func (o *op) set(at string, slot int, first bool) error {
	kind := 0
	if slot >= 0 {
		kind = o.options.byte(slot)
	}
	switch kind {
	case 0:
	case 1:
		at = o.Add(o.called, "Relu", nil, at)
	case 2:
		at = o.Add(o.called, "Clip", nil, at, o.Scalar(-1), o.Scalar(1))
	case 3:
		at = o.Add(o.called, "Clip", nil, at, o.Scalar(0), o.Scalar(6))
	case 4:
		at = o.Add(o.called, "Tanh", nil, at)
	default:
		return fmt.Errorf("the activation %d is not known here", kind)
	}
	if t := &o.tensors[o.out[0]]; first {
		t.first = at
	} else {
		t.at = at
	}
	return nil
}

func pairwise(name string, slot int) func(o *op) error {
	return func(o *op) error {
		in, err := o.values(2)
		if err != nil {
			return err
		}
		return o.set(o.Add(o.called, name, nil, in...), slot, false)
	}
}

func unary(name string, with onnx.With) func(o *op) error {
	return func(o *op) error {
		// What goes element by element leaves channels where they are.
		if t := o.tensor(0); t.first != "" && t.at == "" && name != "LogSoftmax" {
			return o.set(o.Add(o.called, name, with, t.first), -1, true)
		}
		in, err := o.values(1)
		if err != nil {
			return err
		}
		return o.set(o.Add(o.called, name, with, in...), -1, false)
	}
}

func limits(low, high float64) func(o *op) error {
	return func(o *op) error {
		if t := o.tensor(0); t.first != "" && t.at == "" {
			return o.set(o.Add(o.called, "Clip", nil, t.first, o.Scalar(low), o.Scalar(high)), -1, true)
		}
		in, err := o.values(1)
		if err != nil {
			return err
		}
		return o.set(o.Add(o.called, "Clip", nil, in[0], o.Scalar(low), o.Scalar(high)), -1, false)
	}
}

// same is what changes the type alone, which is float32 here throughout.
func (o *op) same() error {
	if t := o.tensor(0); t.data != nil && t.at == "" {
		v, err := o.floats(t)
		if err != nil {
			return err
		}
		to := &o.tensors[o.out[0]]
		n := 1
		for _, d := range to.dims {
			n *= d
		}
		if n != len(v) {
			return fmt.Errorf("it makes %v of %d numbers", to.dims, len(v))
		}
		// Constants stay constants, as weights are read.
		to.data, to.kind, to.scale, to.zero, to.axis = t.data, t.kind, t.scale, t.zero, t.axis
		return nil
	}
	in, err := o.values(1)
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Identity", nil, in...), -1, false)
}

// window gives the attributes of a window's steps and padding.
func (o *op) window(with onnx.With) onnx.With {
	with["strides"] = []int{o.options.int(2, 0), o.options.int(1, 0)}
	with["auto_pad"] = "SAME_UPPER"
	if o.options.byte(0) == 1 {
		with["auto_pad"] = "VALID"
	}
	return with
}

// filters reads the weights of a convolution, whose last axis is that of in-channels, or with
// depthwise of out-channels, as [out][in][rows][columns].
func (o *op) filters(depthwise bool) (w []float32, out, rows, columns, in int, err error) {
	if len(o.in) < 2 || o.in[1] < 0 {
		return nil, 0, 0, 0, 0, errors.New("it has no weights")
	}
	t := o.tensor(1)
	if len(t.dims) != 4 {
		return nil, 0, 0, 0, 0, fmt.Errorf("weights of %v", t.dims)
	}
	v, err := o.floats(t)
	if err != nil {
		return nil, 0, 0, 0, 0, err
	}
	w, out, rows, columns, in = make([]float32, len(v)), t.dims[0], t.dims[1], t.dims[2], t.dims[3]
	if depthwise {
		out, in = in, out
	}
	if len(v) == 0 || depthwise && in != 1 {
		return nil, 0, 0, 0, 0, fmt.Errorf("weights of %v", t.dims)
	}
	place := rows * columns
	for i, x := range v {
		if depthwise {
			w[i%out*place+i/out] = x
			continue
		}
		w[(i/(place*in)*in+i%in)*place+i/in%place] = x
	}
	return w, out, rows, columns, in, nil
}

// bias is the third input, where there is one.
func (o *op) bias(out int) ([]string, error) {
	if len(o.in) < 3 || o.in[2] < 0 {
		return nil, nil
	}
	v, err := o.floats(o.tensor(2))
	if err == nil && len(v) != out {
		err = fmt.Errorf("%d numbers to add to %d channels", len(v), out)
	}
	if err != nil {
		return nil, err
	}
	return []string{o.Floats(v, out)}, nil
}

func (o *op) convolve(depthwise bool, fused, across int) error {
	x, err := o.maps(o.in[0])
	if err != nil {
		return err
	}
	w, out, rows, columns, in, err := o.filters(depthwise)
	if err != nil {
		return err
	}
	bias, err := o.bias(out)
	if err != nil {
		return err
	}
	c := o.tensor(0).dims[3]
	if depthwise && (c == 0 || out%c != 0) || !depthwise && c%in != 0 {
		return fmt.Errorf("weights for %d channels, and there are %d", in, c)
	}
	groups := c
	if !depthwise {
		groups = c / in
	}
	with := o.window(onnx.With{"kernel_shape": []int{rows, columns}, "group": groups, "dilations": []int{o.options.int(across+1, 1), o.options.int(across, 1)}})
	inputs := append([]string{x, o.Floats(w, out, in, rows, columns)}, bias...)
	return o.set(o.Add(o.called, "Conv", with, inputs...), fused, true)
}

func (o *op) conv() error      { return o.convolve(false, 3, 4) }
func (o *op) depthwise() error { return o.convolve(true, 4, 5) }

func pool(name string) func(o *op) error {
	return func(o *op) error {
		x, err := o.maps(o.in[0])
		if err != nil {
			return err
		}
		with := o.window(onnx.With{"kernel_shape": []int{o.options.int(4, 0), o.options.int(3, 0)}})
		return o.set(o.Add(o.called, name, with, x), 5, true)
	}
}

func (o *op) dense() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	if len(o.in) < 2 || o.in[1] < 0 || len(o.tensor(1).dims) != 2 {
		return errors.New("its weights are no matrix")
	}
	if f := o.options.byte(1); f != 0 {
		return fmt.Errorf("weights in the order %d are not known here", f)
	}
	v, err := o.floats(o.tensor(1))
	if err != nil {
		return err
	}
	rows, columns := o.tensor(1).dims[0], o.tensor(1).dims[1]
	bias, err := o.bias(rows)
	if err != nil {
		return err
	}
	x := o.Add(o.called, "Reshape", nil, in[0], o.Ints(-1, columns))
	y := o.Add(o.called, "Gemm", onnx.With{"transB": 1}, append([]string{x, o.Floats(v, rows, columns)}, bias...)...)
	if dims := o.tensors[o.out[0]].dims; len(dims) != 2 {
		y = o.Add(o.called, "Reshape", nil, y, o.Ints(dims...))
	}
	return o.set(y, 0, false)
}

func (o *op) concat() error {
	in, err := o.values(0)
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Concat", onnx.With{"axis": o.options.int(0, 0)}, in...), 1, false)
}

// reshape goes by the output's own dims, of a batch of one.
func (o *op) reshape() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Reshape", nil, in[0], o.Ints(o.tensors[o.out[0]].dims...)), -1, false)
}

func (o *op) softmax() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	x := in[0]
	if beta := o.options.float(0); beta != 1 {
		x = o.Add(o.called, "Mul", nil, x, o.Scalar(beta))
	}
	return o.set(o.Add(o.called, "Softmax", onnx.With{"axis": -1}, x), -1, false)
}

// whole reads an input of whole numbers, n of them where n is not 0.
func (o *op) whole(k, n int) ([]int, error) {
	if k >= len(o.in) {
		return nil, fmt.Errorf("its input %d is missing", k)
	}
	v, err := o.constants(o.in[k])
	if err == nil && n != 0 && len(v) != n {
		err = fmt.Errorf("%d numbers as its input %d, in place of %d", len(v), k, n)
	}
	return v, err
}

func (o *op) pad() error {
	rank := len(o.tensor(0).dims)
	sides, err := o.whole(1, 2*rank)
	if err != nil {
		return err
	}
	fill := 0.0
	if len(o.in) > 2 {
		v, err := o.floats(o.tensor(2))
		if err != nil || len(v) != 1 {
			return errors.New("what it pads with is no constant number")
		}
		fill = float64(v[0])
	}
	order := make([]int, rank)
	for i := range order {
		order[i] = i
	}
	first := rank == 4
	var x string
	if first {
		order = []int{0, 3, 1, 2}
		x, err = o.maps(o.in[0])
	} else if x = o.value(o.in[0]); x == "" {
		err = errNothing
	}
	if err != nil {
		return err
	}
	pads := make([]int, 2*rank)
	for i, axis := range order {
		pads[i], pads[rank+i] = sides[2*axis], sides[2*axis+1]
	}
	return o.set(o.Add(o.called, "Pad", nil, x, o.Ints(pads...), o.Scalar(fill)), -1, first)
}

func (o *op) gather() error {
	in, err := o.values(2)
	if err != nil {
		return err
	}
	if o.options.int(1, 0) != 0 {
		return errors.New("indices for each of a batch are not known here")
	}
	return o.set(o.Add(o.called, "Gather", onnx.With{"axis": o.options.int(0, 0)}, in...), -1, false)
}

func (o *op) transpose() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	perm, err := o.whole(1, len(o.tensor(0).dims))
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Transpose", onnx.With{"perm": perm}, in[0]), -1, false)
}

func reduction(name string) func(o *op) error {
	return func(o *op) error {
		in, err := o.values(1)
		if err != nil {
			return err
		}
		axes, err := o.whole(1, 0)
		if err != nil {
			return err
		}
		return o.set(o.Add(o.called, name, onnx.With{"keepdims": o.options.byte(0)}, in[0], o.Ints(axes...)), -1, false)
	}
}

func (o *op) rsqrt() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Reciprocal", nil, o.Add(o.called, "Sqrt", nil, in[0])), -1, false)
}

func (o *op) topK() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	k, err := o.whole(1, 1)
	if err != nil {
		return err
	}
	if len(o.out) != 2 {
		return errors.New("it has two outputs")
	}
	best, at := &o.tensors[o.out[0]], &o.tensors[o.out[1]]
	best.at, at.at = fmt.Sprintf("best %d", o.out[0]), fmt.Sprintf("best %d", o.out[1])
	o.AddTo(o.called, "TopK", onnx.With{"axis": -1}, []string{in[0], o.Ints(k...)}, best.at, at.at)
	return nil
}

func (o *op) slice() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	rank := len(o.tensor(0).dims)
	begin, err := o.whole(1, rank)
	if err != nil {
		return err
	}
	size, err := o.whole(2, rank)
	if err != nil {
		return err
	}
	end, axes := make([]int, rank), make([]int, rank)
	for i := range end {
		axes[i], end[i] = i, begin[i]+size[i]
		if size[i] < 0 {
			end[i] = o.tensor(0).dims[i]
		}
	}
	return o.set(o.Add(o.called, "Slice", nil, in[0], o.Ints(begin...), o.Ints(end...), o.Ints(axes...)), -1, false)
}

func (o *op) reverse() error {
	in, err := o.values(1)
	if err != nil {
		return err
	}
	axes, err := o.whole(1, 1)
	if err != nil {
		return err
	}
	return o.set(o.Add(o.called, "Slice", nil, in[0], o.Ints(-1), o.Ints(-1<<31), o.Ints(axes...), o.Ints(-1)), -1, false)
}

func (o *op) resize(with onnx.With) error {
	x, err := o.maps(o.in[0])
	if err != nil {
		return err
	}
	size, err := o.whole(1, 2)
	if err != nil {
		return err
	}
	d := o.tensor(0).dims
	return o.set(o.Add(o.called, "Resize", with, x, "", "", o.Ints(d[0], d[3], size[0], size[1])), -1, true)
}

func (o *op) bilinear() error {
	with := onnx.With{"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
	switch {
	case o.options.byte(2) != 0:
		with["coordinate_transformation_mode"] = "align_corners"
	case o.options.byte(3) != 0:
		with["coordinate_transformation_mode"] = "half_pixel"
	}
	return o.resize(with)
}

func (o *op) nearest() error {
	if o.options.byte(0) != 0 {
		return errors.New("aligned corners are not known here")
	}
	with := onnx.With{"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
	if o.options.byte(1) != 0 {
		with["coordinate_transformation_mode"] = "half_pixel"
	}
	return o.resize(with)
}

func (o *op) leaky() error { return unary("LeakyRelu", onnx.With{"alpha": o.options.float(0)})(o) }

func (o *op) gelu() error {
	kind := "none"
	if o.options.byte(0) != 0 {
		kind = "tanh"
	}
	return unary("Gelu", onnx.With{"approximate": kind})(o)
}

func (o *op) product() error {
	in, err := o.values(2)
	if err != nil {
		return err
	}
	for k := range 2 {
		if o.options.byte(k) == 0 {
			continue
		}
		rank := len(o.tensor(k).dims)
		if rank < 2 {
			return fmt.Errorf("%v is no matrix", o.tensor(k).dims)
		}
		perm := make([]int, rank)
		for i := range perm {
			perm[i] = i
		}
		perm[rank-1], perm[rank-2] = rank-2, rank-1
		in[k] = o.Add(o.called, "Transpose", onnx.With{"perm": perm}, in[k])
	}
	return o.set(o.Add(o.called, "MatMul", nil, in...), -1, false)
}
