// Package constant computes the nodes of an ONNX model that depend on constants alone, as shape
// arithmetic and position embeddings do, and resolves what the operators of shape are given.
package constant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// Tensor is a tensor whose elements are known: floats, or whole numbers, which booleans are as
// well.
type Tensor struct {
	Dims   []int
	Floats []float32 // nil for whole numbers
	ints   []int64
	// Most bounds what is computed from it, in elements; 0 is fewElements.
	Most int
}

// fewElements is more than shapes, class tokens and position embeddings have. Where the file itself
// holds more, so may what is computed of it.
const fewElements = 1 << 22

// Elements is the number of elements of a tensor.
func Elements(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// checkSize says whether a constant of these dims may be made of c.
func (c *Tensor) checkSize(dims []int) error {
	n, most := 1, max(c.Most, fewElements)
	for _, d := range dims {
		if d < 0 || d > 0 && n > most/d {
			return fmt.Errorf("a constant of %v is too large", dims)
		}
		n *= d
	}
	return nil
}

// FromTensor reads a tensor of the model's file.
func FromTensor(t *onnx.Tensor) (*Tensor, error) {
	c := &Tensor{Dims: slices.Clone(t.Dims)}
	switch t.Type.String() {
	case "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16":
		f, err := t.Floats()
		c.Floats = f
		return c, err
	}
	i, err := t.Int64s()
	c.ints = i
	return c, err
}

func ofInts(v ...int64) *Tensor { return &Tensor{Dims: []int{len(v)}, ints: v} }

// IsInt says whether the elements are whole numbers.
func (c *Tensor) IsInt() bool { return c.Floats == nil && c.ints != nil }

// Len is the number of elements.
func (c *Tensor) Len() int { return Elements(c.Dims) }

// Scalar gives the value of a constant of one element.
func (c *Tensor) Scalar() (float64, bool) {
	if c.Len() != 1 {
		return 0, false
	}
	return c.At(0), true
}

// At gives the element of an index in row-major order.
func (c *Tensor) At(i int) float64 {
	if c.IsInt() {
		return float64(c.ints[i])
	}
	return float64(c.Floats[i])
}

// Ints gives whole numbers, such as axes or a shape.
func (c *Tensor) Ints() ([]int, error) {
	out := make([]int, c.Len())
	for i := range out {
		v := c.At(i)
		if v != math.Trunc(v) {
			return nil, fmt.Errorf("%v is no whole number", v)
		}
		// Ends of slices come as the largest number there is.
		out[i] = int(min(max(v, -math.MaxInt32), math.MaxInt32))
	}
	return out, nil
}

// Vector gives the elements as floats.
func (c *Tensor) Vector() []float32 {
	if !c.IsInt() {
		return c.Floats
	}
	out := make([]float32, len(c.ints))
	for i, v := range c.ints {
		out[i] = float32(v)
	}
	return out
}

// like makes a constant of c's type.
func (c *Tensor) like(dims []int) (*Tensor, error) {
	if err := c.checkSize(dims); err != nil {
		return nil, err
	}
	out := &Tensor{Dims: slices.Clone(dims), Most: c.Most}
	if c.IsInt() {
		out.ints = make([]int64, Elements(dims))
	} else {
		out.Floats = make([]float32, Elements(dims))
	}
	return out, nil
}

func (c *Tensor) copyFrom(i int, from *Tensor, k int) {
	if c.IsInt() {
		c.ints[i] = int64(from.At(k))
	} else {
		c.Floats[i] = float32(from.At(k))
	}
}

// Pick makes a constant of dims whose element at index idx is c's at source(idx), idx counting
// through dims in row-major order as coordinates.
func (c *Tensor) Pick(dims []int, source func(at []int) int) (*Tensor, error) {
	out, err := c.like(dims)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(dims))
	for i := range out.Len() {
		out.copyFrom(i, c, source(at))
		for k := len(at) - 1; k >= 0; k-- {
			if at[k]++; at[k] < dims[k] {
				break
			}
			at[k] = 0
		}
	}
	return out, nil
}

// BroadcastStrides gives the strides of dims within a tensor of a rank: those of row-major order, 0
// where a length of 1 is repeated.
func BroadcastStrides(dims []int, rank int) []int {
	out := make([]int, rank)
	n := 1
	for i := len(dims) - 1; i >= 0; i-- {
		if dims[i] != 1 {
			out[rank-len(dims)+i] = n
		}
		n *= dims[i]
	}
	return out
}

// Offset gives the index of coordinates.
func Offset(at, strides []int) int {
	n := 0
	for i := range at {
		n += at[i] * strides[i]
	}
	return n
}

// Broadcast gives the dims that tensors have together.
func Broadcast(all ...[]int) ([]int, error) {
	var out []int
	for _, d := range all {
		for len(out) < len(d) {
			out = append([]int{1}, out...)
		}
	}
	for _, d := range all {
		for i, n := range d {
			o := &out[len(out)-len(d)+i]
			if *o == 1 {
				*o = n
			} else if n != 1 && n != *o {
				return nil, fmt.Errorf("dims %v do not fit together", all)
			}
		}
	}
	return out, nil
}

// ResolveAxis turns a negative axis around and checks it.
func ResolveAxis(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("there is no axis %d among %d", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

var errNotFolded = errors.New("it cannot be computed beforehand")

// reshapeDims resolves what Reshape is given: 0 keeps a length, −1 is what remains.
func reshapeDims(have []int, want []int, allowZero bool) ([]int, error) {
	n, rest := 1, -1
	out := slices.Clone(want)
	for i, d := range out {
		switch {
		case d == 0 && !allowZero:
			if i >= len(have) {
				return nil, fmt.Errorf("shape %v keeps an axis that %v does not have", want, have)
			}
			out[i] = have[i]
		case d == -1 && rest < 0:
			rest = i
			continue
		case d < 0:
			return nil, fmt.Errorf("shape %v is not possible", want)
		}
		if out[i] > 0 && n > math.MaxInt32/out[i] {
			return nil, fmt.Errorf("shape %v is not possible", want)
		}
		n *= out[i]
	}
	total := Elements(have)
	if rest >= 0 {
		if n == 0 || total%n != 0 {
			return nil, fmt.Errorf("%v does not fit shape %v", have, want)
		}
		out[rest] = total / n
		n *= out[rest]
	}
	if n != total {
		return nil, fmt.Errorf("%v does not fit shape %v", have, want)
	}
	return out, nil
}

// Slice is a slice along one axis.
type Slice struct{ Axis, Start, Count, Step int }

// resolveSlice clamps a slice as ONNX does.
func resolveSlice(n, axis, start, end, step int) (Slice, error) {
	if step == 0 {
		return Slice{}, errors.New("a step of 0")
	}
	at := func(v, low, high int) int {
		if v < 0 {
			v += n
		}
		return min(max(v, low), high)
	}
	s := Slice{Axis: axis, Step: step}
	if step > 0 {
		s.Start, end = at(start, 0, n), at(end, 0, n)
		s.Count = max(0, (end-s.Start+step-1)/step)
	} else {
		s.Start, end = at(start, 0, n-1), at(end, -1, n-1)
		s.Count = max(0, (s.Start-end-step-1)/-step)
	}
	return s, nil
}

// Fold computes a node all of whose inputs are constants; an input that is left out is nil.
func Fold(n *onnx.Node, opset int64, in []*Tensor) ([]*Tensor, error) {
	need := func(k int) error {
		for i := range k {
			if i >= len(in) || in[i] == nil {
				return fmt.Errorf("its input %d is missing", i)
			}
		}
		return nil
	}
	least := 1
	switch n.Op {
	case "Constant":
		return one(constantNode(n))
	case "Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Mod", "Max", "Min", "Gather", "Reshape", "Expand", "Tile", "MatMul", "Gemm", "TopK":
		least = 2
	case "GatherND":
		least = 2
	case "Where", "Range", "ScatterND":
		least = 3
	case "CumSum", "DequantizeLinear":
		least = 2
	case "BatchNormalization":
		least = 5
	}
	if err := need(least); err != nil {
		return nil, err
	}
	x := in[0]
	switch n.Op {
	case "Shape":
		return shapeOf(n, x)
	case "Size":
		return []*Tensor{{Dims: []int{}, ints: []int64{int64(x.Len())}}}, nil
	case "Identity", "Dropout":
		return []*Tensor{x}, nil
	case "Cast":
		return cast(n, x)
	case "Neg", "Abs", "Floor", "Ceil", "Round", "Sqrt", "Exp", "Log", "Erf", "Reciprocal", "Not", "Sigmoid", "Tanh", "Relu", "Sign":
		return one(Apply(n.Op, x))
	case "Clip":
		return clamped(n, x, in)
	case "Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Mod", "Max", "Min":
		return one(combine(n.Op, x, in[1]))
	case "Where":
		return where(x, in)
	case "Concat":
		return one(concat(n, in))
	case "Unsqueeze", "Squeeze", "Flatten", "Reshape":
		dims, err := ReshapedDims(n, opset, x.Dims, in)
		if err != nil {
			return nil, err
		}
		return []*Tensor{{Dims: dims, Floats: x.Floats, ints: x.ints}}, nil
	case "Transpose":
		return transposed(n, x)
	case "Slice":
		return sliced(n, opset, x, in)
	case "Split":
		return splitUp(n, opset, x, in)
	case "Gather":
		return one(gather(n, x, in[1]))
	case "ConstantOfShape":
		return one(constantOfShape(n, x))
	case "Expand":
		return expanded(x, in)
	case "Range":
		return rangeOf(x, in)
	case "MatMul":
		return one(matMulConstants(x, in[1]))
	case "GatherND":
		return one(gatherND(n, x, in[1]))
	case "CumSum":
		return one(cumSum(n, x, in))
	case "ScatterND":
		return one(scatter(x, in))
	case "Tile":
		return one(tile(x, in[1]))
	case "BatchNormalization":
		return one(normaliseConstant(n, x, in))
	case "DequantizeLinear":
		return one(dequantise(n, x, in))
	case "Sin", "Cos":
		return one(Apply(n.Op, x))
	case "Gemm":
		return one(gemmConstants(n, in))
	case "TopK":
		return topK(n, x, in[1])
	case "Softmax":
		return one(softmaxConstant(n, x))
	case "Sum":
		return one(sum(in))
	case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean", "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp":
		return one(reduce(n, opset, x, in))
	case "Resize":
		return one(resize(n, in))
	}
	return nil, fmt.Errorf("%w: %s", errNotFolded, n.Op)
}

// one is the result of an operator that gives one constant.
func one(c *Tensor, err error) ([]*Tensor, error) {
	if err != nil {
		return nil, err
	}
	return []*Tensor{c}, nil
}

// shapeOf gives the lengths of the axes, or of some.
func shapeOf(n *onnx.Node, x *Tensor) ([]*Tensor, error) {
	dims := x.Dims
	from, err := resolveSlice(len(dims), 0, int(n.Int("start", 0)), int(n.Int("end", math.MaxInt32)), 1)
	if err != nil {
		return nil, err
	}
	return []*Tensor{shapeConstant(dims[from.Start : from.Start+from.Count])}, nil
}

// cast gives numbers as another type.
func cast(n *onnx.Node, x *Tensor) ([]*Tensor, error) {
	out, err := x.like(x.Dims)
	if err != nil {
		return nil, err
	}
	switch n.Int("to", 0) {
	case 1, 10, 11, 16:
		out.ints, out.Floats = nil, slices.Clone(x.Vector())
		if out.Floats == nil {
			out.Floats = []float32{}
		}
	case 9:
		out.Floats, out.ints = nil, make([]int64, x.Len())
		for i := range out.ints {
			if x.At(i) != 0 {
				out.ints[i] = 1
			}
		}
	default:
		out.Floats, out.ints = nil, make([]int64, x.Len())
		for i := range out.ints {
			out.ints[i] = int64(x.At(i))
		}
	}
	return []*Tensor{out}, nil
}

// clamped gives numbers within limits.
func clamped(n *onnx.Node, x *Tensor, in []*Tensor) ([]*Tensor, error) {
	low, high, err := ClipRange(n, in)
	if err != nil {
		return nil, err
	}
	out, err := x.like(x.Dims)
	if err != nil {
		return nil, err
	}
	for i := range out.Len() {
		if v := min(max(x.At(i), low), high); out.IsInt() {
			out.ints[i] = int64(v)
		} else {
			out.Floats[i] = float32(v)
		}
	}
	return []*Tensor{out}, nil
}

// where gives numbers of one or the other constant.
func where(x *Tensor, in []*Tensor) ([]*Tensor, error) {
	dims, err := Broadcast(x.Dims, in[1].Dims, in[2].Dims)
	if err != nil {
		return nil, err
	}
	a, b, s := BroadcastStrides(in[1].Dims, len(dims)), BroadcastStrides(in[2].Dims, len(dims)), BroadcastStrides(x.Dims, len(dims))
	out, err := in[1].like(dims)
	if err != nil {
		return nil, err
	}
	i := 0
	_, err = x.Pick(dims, func(at []int) int {
		if k := Offset(at, s); x.At(k) != 0 {
			out.copyFrom(i, in[1], Offset(at, a))
		} else {
			out.copyFrom(i, in[2], Offset(at, b))
		}
		i++
		return 0
	})
	return one(out, err)
}

// transposed gives axes in another order.
func transposed(n *onnx.Node, x *Tensor) ([]*Tensor, error) {
	perm, err := Permutation(n, len(x.Dims))
	if err != nil {
		return nil, err
	}
	dims := make([]int, len(perm))
	strides, from := make([]int, len(perm)), BroadcastStrides(x.Dims, len(x.Dims))
	for i, p := range perm {
		dims[i], strides[i] = x.Dims[p], from[p]
	}
	return one(x.Pick(dims, func(at []int) int { return Offset(at, strides) }))
}

// sliced gives a range of some axes.
func sliced(n *onnx.Node, opset int64, x *Tensor, in []*Tensor) ([]*Tensor, error) {
	list, err := Slices(n, opset, x.Dims, in)
	if err != nil {
		return nil, err
	}
	dims, start, strides := slices.Clone(x.Dims), 0, BroadcastStrides(x.Dims, len(x.Dims))
	for _, s := range list {
		start += s.Start * strides[s.Axis]
		strides[s.Axis] *= s.Step
		dims[s.Axis] = s.Count
	}
	return one(x.Pick(dims, func(at []int) int { return start + Offset(at, strides) }))
}

// splitUp gives the parts along an axis.
func splitUp(n *onnx.Node, opset int64, x *Tensor, in []*Tensor) ([]*Tensor, error) {
	list, err := Splits(n, opset, x.Dims, in)
	if err != nil {
		return nil, err
	}
	var out []*Tensor
	for _, s := range list {
		dims, strides := slices.Clone(x.Dims), BroadcastStrides(x.Dims, len(x.Dims))
		dims[s.Axis] = s.Count
		c, err := x.Pick(dims, func(at []int) int { return s.Start*strides[s.Axis] + Offset(at, strides) })
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

// expanded gives numbers repeated along axes.
func expanded(x *Tensor, in []*Tensor) ([]*Tensor, error) {
	want, err := in[1].Ints()
	if err != nil {
		return nil, err
	}
	dims, err := Broadcast(x.Dims, want)
	if err != nil {
		return nil, err
	}
	strides := BroadcastStrides(x.Dims, len(dims))
	return one(x.Pick(dims, func(at []int) int { return Offset(at, strides) }))
}

// rangeOf gives numbers in equal steps.
func rangeOf(x *Tensor, in []*Tensor) ([]*Tensor, error) {
	start, limit, delta := x.At(0), in[1].At(0), in[2].At(0)
	count := math.Ceil((limit - start) / delta)
	if !(count <= fewElements) {
		return nil, fmt.Errorf("a range of %v numbers", count)
	}
	out, err := x.like([]int{int(max(count, 0))})
	if err != nil {
		return nil, err
	}
	for i := range out.Len() {
		if v := start + float64(i)*delta; out.IsInt() {
			out.ints[i] = int64(v)
		} else {
			out.Floats[i] = float32(v)
		}
	}
	return []*Tensor{out}, nil
}

func shapeConstant(dims []int) *Tensor {
	c := &Tensor{Dims: []int{len(dims)}, ints: make([]int64, len(dims))}
	for i, d := range dims {
		c.ints[i] = int64(d)
	}
	return c
}

func constantNode(n *onnx.Node) (*Tensor, error) {
	for name, a := range n.Attributes {
		switch name {
		case "value":
			if a.Tensor != nil {
				return FromTensor(a.Tensor)
			}
		case "value_float":
			return &Tensor{Dims: []int{}, Floats: []float32{a.F}}, nil
		case "value_floats":
			return &Tensor{Dims: []int{len(a.Floats)}, Floats: append([]float32{}, a.Floats...)}, nil
		case "value_int":
			return &Tensor{Dims: []int{}, ints: []int64{a.I}}, nil
		case "value_ints":
			return ofInts(a.Ints...), nil
		}
	}
	return nil, errors.New("it has no value of numbers")
}

func constantOfShape(n *onnx.Node, shape *Tensor) (*Tensor, error) {
	dims, err := shape.Ints()
	if err != nil {
		return nil, err
	}
	value := &Tensor{Dims: []int{1}, Floats: []float32{0}}
	if a := n.Attributes["value"]; a != nil && a.Tensor != nil {
		if value, err = FromTensor(a.Tensor); err != nil {
			return nil, err
		}
		if value.Len() != 1 {
			return nil, errors.New("its value is not one number")
		}
	}
	return value.Pick(dims, func([]int) int { return 0 })
}

// Apply computes an operator on each number for itself.
func Apply(op string, x *Tensor) (*Tensor, error) {
	out, err := x.like(x.Dims)
	if err != nil {
		return nil, err
	}
	for i := range out.Len() {
		v := x.At(i)
		switch op {
		case "Neg":
			v = -v
		case "Abs":
			v = math.Abs(v)
		case "Floor":
			v = math.Floor(v)
		case "Ceil":
			v = math.Ceil(v)
		case "Round":
			v = math.RoundToEven(v)
		case "Sqrt":
			v = math.Sqrt(v)
		case "Exp":
			v = math.Exp(v)
		case "Log":
			v = math.Log(v)
		case "Erf":
			v = math.Erf(v)
		case "Reciprocal":
			v = 1 / v
		case "Sigmoid":
			v = 1 / (1 + math.Exp(-v))
		case "Tanh":
			v = math.Tanh(v)
		case "Sin":
			v = math.Sin(v)
		case "Cos":
			v = math.Cos(v)
		case "Relu":
			v = max(v, 0)
		case "Sign":
			switch {
			case v > 0:
				v = 1
			case v < 0:
				v = -1
			}
		case "Not":
			if v != 0 {
				v = 0
			} else {
				v = 1
			}
		}
		if out.IsInt() {
			out.ints[i] = int64(v)
		} else {
			out.Floats[i] = float32(v)
		}
	}
	return out, nil
}

func combine(op string, x, y *Tensor) (*Tensor, error) {
	dims, err := Broadcast(x.Dims, y.Dims)
	if err != nil {
		return nil, err
	}
	if err := x.checkSize(dims); err != nil {
		return nil, err
	}
	a, b := BroadcastStrides(x.Dims, len(dims)), BroadcastStrides(y.Dims, len(dims))
	whole := x.IsInt() && y.IsInt()
	truth := false
	switch op {
	case "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or":
		truth = true
	}
	out := &Tensor{Dims: dims}
	if whole || truth {
		out.ints = make([]int64, Elements(dims))
	} else {
		out.Floats = make([]float32, Elements(dims))
	}
	i := 0
	var fault error
	_, err = x.Pick(dims, func(at []int) int {
		k := Offset(at, a)
		u, v := x.At(k), y.At(Offset(at, b))
		r, is := 0.0, false
		switch op {
		case "Add":
			r = u + v
		case "Sub":
			r = u - v
		case "Mul":
			r = u * v
		case "Div":
			if r = u / v; whole {
				if v == 0 {
					fault = errors.New("a division by zero")
				}
				r = math.Trunc(r)
			}
		case "Mod":
			if r = math.Mod(u, v); r != 0 && (r < 0) != (v < 0) {
				r += v
			}
		case "Max":
			r = max(u, v)
		case "Min":
			r = min(u, v)
		case "Pow":
			r = math.Pow(u, v)
		case "Equal":
			is = u == v
		case "Greater":
			is = u > v
		case "Less":
			is = u < v
		case "GreaterOrEqual":
			is = u >= v
		case "LessOrEqual":
			is = u <= v
		case "And":
			is = u != 0 && v != 0
		case "Or":
			is = u != 0 || v != 0
		}
		switch {
		case is:
			out.ints[i] = 1
		case truth:
		case whole:
			out.ints[i] = int64(r)
		default:
			out.Floats[i] = float32(r)
		}
		i++
		return k
	})
	if err == nil {
		err = fault
	}
	return out, err
}

func concat(n *onnx.Node, in []*Tensor) (*Tensor, error) {
	for _, c := range in {
		if c == nil {
			return nil, errors.New("an input is missing")
		}
	}
	axis, err := ResolveAxis(int(n.Int("axis", 0)), len(in[0].Dims))
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(in[0].Dims)
	dims[axis] = 0
	whole := true
	for _, c := range in {
		if len(c.Dims) != len(dims) {
			return nil, errors.New("its inputs have different numbers of axes")
		}
		for i := range dims {
			if i != axis && c.Dims[i] != dims[i] {
				return nil, fmt.Errorf("its inputs, of %v and %v, do not fit", in[0].Dims, c.Dims)
			}
		}
		dims[axis] += c.Dims[axis]
		whole = whole && c.IsInt()
	}
	if err := in[0].checkSize(dims); err != nil {
		return nil, err
	}
	out := &Tensor{Dims: dims}
	if whole {
		out.ints = make([]int64, 0, Elements(dims))
	} else {
		out.Floats = make([]float32, 0, Elements(dims))
	}
	outer := Elements(dims[:axis])
	for o := range outer {
		for _, c := range in {
			part := Elements(c.Dims[axis:])
			if whole {
				out.ints = append(out.ints, c.ints[o*part:(o+1)*part]...)
			} else {
				out.Floats = append(out.Floats, c.Vector()[o*part:(o+1)*part]...)
			}
		}
	}
	return out, nil
}

func gather(n *onnx.Node, x, index *Tensor) (*Tensor, error) {
	axis, err := ResolveAxis(int(n.Int("axis", 0)), len(x.Dims))
	if err != nil {
		return nil, err
	}
	list, err := index.Ints()
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		if v < 0 {
			list[i] += x.Dims[axis]
		}
		if list[i] < 0 || list[i] >= x.Dims[axis] {
			return nil, fmt.Errorf("there is no element %d along an axis of %d", v, x.Dims[axis])
		}
	}
	dims := append(append(slices.Clone(x.Dims[:axis]), index.Dims...), x.Dims[axis+1:]...)
	strides, at1 := BroadcastStrides(x.Dims, len(x.Dims)), BroadcastStrides(index.Dims, len(index.Dims))
	k := len(index.Dims)
	return x.Pick(dims, func(at []int) int {
		return Offset(at[:axis], strides[:axis]) + list[Offset(at[axis:axis+k], at1)]*strides[axis] + Offset(at[axis+k:], strides[axis+1:])
	})
}

func reduce(n *onnx.Node, opset int64, x *Tensor, in []*Tensor) (*Tensor, error) {
	axes, keep, err := Reduction(n, len(x.Dims), in)
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(x.Dims)
	for _, a := range axes {
		dims[a] = 1
	}
	out, err := x.like(dims)
	if err != nil {
		return nil, err
	}
	strides := BroadcastStrides(dims, len(dims))
	count := make([]int, out.Len())
	sum := make([]float64, out.Len())
	most, err := exponents(n, opset, x, in)
	if err != nil {
		return nil, err
	}
	i := 0
	if _, err := x.Pick(x.Dims, func(at []int) int {
		o, v := Offset(at, strides), x.At(i)
		switch n.Op {
		case "ReduceL2", "ReduceSumSquare":
			v *= v
		case "ReduceLogSumExp":
			v = math.Exp(v - most[o])
		}
		switch {
		case count[o] == 0:
			sum[o] = v
		case n.Op == "ReduceProd":
			sum[o] *= v
		case n.Op == "ReduceMax":
			sum[o] = max(sum[o], v)
		case n.Op == "ReduceMin":
			sum[o] = min(sum[o], v)
		default:
			sum[o] += v
		}
		count[o]++
		i++
		return 0
	}); err != nil {
		return nil, err
	}
	for o, v := range sum {
		switch {
		case n.Op == "ReduceMean" && count[o] > 0:
			v /= float64(count[o])
		case n.Op == "ReduceL2":
			v = math.Sqrt(v)
		case n.Op == "ReduceLogSumExp":
			v = math.Log(v) + most[o]
		}
		if out.IsInt() {
			out.ints[o] = int64(v)
		} else {
			out.Floats[o] = float32(v)
		}
	}
	if !keep {
		out.Dims = nil
		for i, d := range dims {
			if !slices.Contains(axes, i) {
				out.Dims = append(out.Dims, d)
			}
		}
	}
	return out, nil
}

// ClipRange gives the limits of a Clip.
func ClipRange(n *onnx.Node, in []*Tensor) (low, high float64, err error) {
	low, high = float64(n.Float("min", -math.MaxFloat32)), float64(n.Float("max", math.MaxFloat32))
	for i, to := range []*float64{nil, &low, &high} {
		if to == nil || i >= len(in) || in[i] == nil {
			continue
		}
		v, ok := in[i].Scalar()
		if !ok {
			return 0, 0, errors.New("its limits are no single numbers")
		}
		*to = v
	}
	return low, high, nil
}
