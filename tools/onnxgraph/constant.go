package onnxgraph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// constant is a tensor whose elements are known: floats, or whole numbers, which booleans are as well.
type constant struct {
	dims   []int
	floats []float32 // nil for whole numbers
	ints   []int64
	// most bounds what is computed from it, in elements; 0 is fewElements.
	most int
}

// fewElements is more than shapes, class tokens and position embeddings have. Where the file itself holds more, so may
// what is computed of it.
const fewElements = 1 << 22

func elements(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

// checkSize says whether a constant of these dims may be made of c.
func (c *constant) checkSize(dims []int) error {
	n, most := 1, max(c.most, fewElements)
	for _, d := range dims {
		if d < 0 || d > 0 && n > most/d {
			return fmt.Errorf("a constant of %v is too large", dims)
		}
		n *= d
	}
	return nil
}

func fromTensor(t *onnx.Tensor) (*constant, error) {
	c := &constant{dims: slices.Clone(t.Dims)}
	switch t.Type.String() {
	case "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16":
		f, err := t.Floats()
		c.floats = f
		return c, err
	}
	i, err := t.Int64s()
	c.ints = i
	return c, err
}

func ofInts(v ...int64) *constant { return &constant{dims: []int{len(v)}, ints: v} }

func (c *constant) isInt() bool { return c.floats == nil && c.ints != nil }
func (c *constant) len() int    { return elements(c.dims) }

// scalar gives the value of a constant of one element.
func (c *constant) scalar() (float64, bool) {
	if c.len() != 1 {
		return 0, false
	}
	return c.at(0), true
}

func (c *constant) at(i int) float64 {
	if c.isInt() {
		return float64(c.ints[i])
	}
	return float64(c.floats[i])
}

// list gives whole numbers, such as axes or a shape.
func (c *constant) list() ([]int, error) {
	out := make([]int, c.len())
	for i := range out {
		v := c.at(i)
		if v != math.Trunc(v) {
			return nil, fmt.Errorf("%v is no whole number", v)
		}
		// Ends of slices come as the largest number there is.
		out[i] = int(min(max(v, -math.MaxInt32), math.MaxInt32))
	}
	return out, nil
}

// vector gives the elements as floats.
func (c *constant) vector() []float32 {
	if !c.isInt() {
		return c.floats
	}
	out := make([]float32, len(c.ints))
	for i, v := range c.ints {
		out[i] = float32(v)
	}
	return out
}

// like makes a constant of c's type.
func (c *constant) like(dims []int) (*constant, error) {
	if err := c.checkSize(dims); err != nil {
		return nil, err
	}
	out := &constant{dims: slices.Clone(dims), most: c.most}
	if c.isInt() {
		out.ints = make([]int64, elements(dims))
	} else {
		out.floats = make([]float32, elements(dims))
	}
	return out, nil
}

func (c *constant) copyFrom(i int, from *constant, k int) {
	if c.isInt() {
		c.ints[i] = int64(from.at(k))
	} else {
		c.floats[i] = float32(from.at(k))
	}
}

// pick makes a constant of dims whose element at index idx is c's at source(idx), idx counting through dims in
// row-major order as coordinates.
func (c *constant) pick(dims []int, source func(at []int) int) (*constant, error) {
	out, err := c.like(dims)
	if err != nil {
		return nil, err
	}
	at := make([]int, len(dims))
	for i := range out.len() {
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

// strides are those of row-major order, 0 where a length of 1 is repeated.
func broadcastStrides(dims []int, rank int) []int {
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

func offset(at, strides []int) int {
	n := 0
	for i := range at {
		n += at[i] * strides[i]
	}
	return n
}

// broadcast gives the dims that tensors have together.
func broadcast(all ...[]int) ([]int, error) {
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

// resolveAxis turns a negative axis around and checks it.
func resolveAxis(axis, rank int) (int, error) {
	if axis < -rank || axis >= rank {
		return 0, fmt.Errorf("there is no axis %d among %d", axis, rank)
	}
	if axis < 0 {
		axis += rank
	}
	return axis, nil
}

var errNotFolded = errors.New("it cannot be computed beforehand")

// shapeOf resolves what Reshape is given: 0 keeps a length, −1 is what remains.
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
	total := elements(have)
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

// sliceOf is a slice along one axis.
type sliceOf struct{ axis, start, count, step int }

// resolveSlice clamps a slice as ONNX does.
func resolveSlice(n, axis, start, end, step int) (sliceOf, error) {
	if step == 0 {
		return sliceOf{}, errors.New("a step of 0")
	}
	at := func(v, low, high int) int {
		if v < 0 {
			v += n
		}
		return min(max(v, low), high)
	}
	s := sliceOf{axis: axis, step: step}
	if step > 0 {
		s.start, end = at(start, 0, n), at(end, 0, n)
		s.count = max(0, (end-s.start+step-1)/step)
	} else {
		s.start, end = at(start, 0, n-1), at(end, -1, n-1)
		s.count = max(0, (s.start-end-step-1)/-step)
	}
	return s, nil
}

// fold computes a node all of whose inputs are constants; an input that is left out is nil.
func fold(n *onnx.Node, opset int64, in []*constant) ([]*constant, error) {
	one := func(c *constant, err error) ([]*constant, error) {
		if err != nil {
			return nil, err
		}
		return []*constant{c}, nil
	}
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
	case "Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Mod", "Max", "Min", "Gather", "Reshape", "Expand", "Tile", "MatMul":
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
		dims := x.dims
		from, err := resolveSlice(len(dims), 0, int(n.Int("start", 0)), int(n.Int("end", math.MaxInt32)), 1)
		if err != nil {
			return nil, err
		}
		return []*constant{shapeConstant(dims[from.start : from.start+from.count])}, nil
	case "Size":
		return []*constant{{dims: []int{}, ints: []int64{int64(x.len())}}}, nil
	case "Identity", "Dropout":
		return []*constant{x}, nil
	case "Cast":
		out, err := x.like(x.dims)
		if err != nil {
			return nil, err
		}
		switch n.Int("to", 0) {
		case 1, 10, 11, 16:
			out.ints, out.floats = nil, slices.Clone(x.vector())
			if out.floats == nil {
				out.floats = []float32{}
			}
		case 9:
			out.floats, out.ints = nil, make([]int64, x.len())
			for i := range out.ints {
				if x.at(i) != 0 {
					out.ints[i] = 1
				}
			}
		default:
			out.floats, out.ints = nil, make([]int64, x.len())
			for i := range out.ints {
				out.ints[i] = int64(x.at(i))
			}
		}
		return []*constant{out}, nil
	case "Neg", "Abs", "Floor", "Ceil", "Round", "Sqrt", "Exp", "Log", "Erf", "Reciprocal", "Not", "Sigmoid", "Tanh", "Relu":
		return one(each(n.Op, x))
	case "Clip":
		low, high, err := clipRange(n, in)
		if err != nil {
			return nil, err
		}
		out, err := x.like(x.dims)
		if err != nil {
			return nil, err
		}
		for i := range out.len() {
			if v := min(max(x.at(i), low), high); out.isInt() {
				out.ints[i] = int64(v)
			} else {
				out.floats[i] = float32(v)
			}
		}
		return []*constant{out}, nil
	case "Add", "Sub", "Mul", "Div", "Pow", "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or", "Mod", "Max", "Min":
		return one(combine(n.Op, x, in[1]))
	case "Where":
		dims, err := broadcast(x.dims, in[1].dims, in[2].dims)
		if err != nil {
			return nil, err
		}
		a, b, s := broadcastStrides(in[1].dims, len(dims)), broadcastStrides(in[2].dims, len(dims)), broadcastStrides(x.dims, len(dims))
		out, err := in[1].like(dims)
		if err != nil {
			return nil, err
		}
		i := 0
		_, err = x.pick(dims, func(at []int) int {
			if k := offset(at, s); x.at(k) != 0 {
				out.copyFrom(i, in[1], offset(at, a))
			} else {
				out.copyFrom(i, in[2], offset(at, b))
			}
			i++
			return 0
		})
		return one(out, err)
	case "Concat":
		return one(concat(n, in))
	case "Unsqueeze", "Squeeze", "Flatten", "Reshape":
		dims, err := newDims(n, opset, x.dims, in)
		if err != nil {
			return nil, err
		}
		return []*constant{{dims: dims, floats: x.floats, ints: x.ints}}, nil
	case "Transpose":
		perm, err := permutation(n, len(x.dims))
		if err != nil {
			return nil, err
		}
		dims := make([]int, len(perm))
		strides, from := make([]int, len(perm)), broadcastStrides(x.dims, len(x.dims))
		for i, p := range perm {
			dims[i], strides[i] = x.dims[p], from[p]
		}
		return one(x.pick(dims, func(at []int) int { return offset(at, strides) }))
	case "Slice":
		list, err := slices2(n, opset, x.dims, in)
		if err != nil {
			return nil, err
		}
		dims, start, strides := slices.Clone(x.dims), 0, broadcastStrides(x.dims, len(x.dims))
		for _, s := range list {
			start += s.start * strides[s.axis]
			strides[s.axis] *= s.step
			dims[s.axis] = s.count
		}
		return one(x.pick(dims, func(at []int) int { return start + offset(at, strides) }))
	case "Split":
		list, err := splits(n, opset, x.dims, in)
		if err != nil {
			return nil, err
		}
		var out []*constant
		for _, s := range list {
			dims, strides := slices.Clone(x.dims), broadcastStrides(x.dims, len(x.dims))
			dims[s.axis] = s.count
			c, err := x.pick(dims, func(at []int) int { return s.start*strides[s.axis] + offset(at, strides) })
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		return out, nil
	case "Gather":
		return one(gather(n, x, in[1]))
	case "ConstantOfShape":
		return one(constantOfShape(n, x))
	case "Expand":
		want, err := in[1].list()
		if err != nil {
			return nil, err
		}
		dims, err := broadcast(x.dims, want)
		if err != nil {
			return nil, err
		}
		strides := broadcastStrides(x.dims, len(dims))
		return one(x.pick(dims, func(at []int) int { return offset(at, strides) }))
	case "Range":
		start, limit, delta := x.at(0), in[1].at(0), in[2].at(0)
		count := math.Ceil((limit - start) / delta)
		if !(count <= fewElements) {
			return nil, fmt.Errorf("a range of %v numbers", count)
		}
		out, err := x.like([]int{int(max(count, 0))})
		if err != nil {
			return nil, err
		}
		for i := range out.len() {
			if v := start + float64(i)*delta; out.isInt() {
				out.ints[i] = int64(v)
			} else {
				out.floats[i] = float32(v)
			}
		}
		return []*constant{out}, nil
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
		return one(each(n.Op, x))
	case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceMean":
		return one(reduce(n, opset, x, in))
	case "Resize":
		return one(resize(n, in))
	}
	return nil, fmt.Errorf("%w: %s", errNotFolded, n.Op)
}

func shapeConstant(dims []int) *constant {
	c := &constant{dims: []int{len(dims)}, ints: make([]int64, len(dims))}
	for i, d := range dims {
		c.ints[i] = int64(d)
	}
	return c
}

func constantNode(n *onnx.Node) (*constant, error) {
	for name, a := range n.Attributes {
		switch name {
		case "value":
			if a.Tensor != nil {
				return fromTensor(a.Tensor)
			}
		case "value_float":
			return &constant{dims: []int{}, floats: []float32{a.F}}, nil
		case "value_floats":
			return &constant{dims: []int{len(a.Floats)}, floats: append([]float32{}, a.Floats...)}, nil
		case "value_int":
			return &constant{dims: []int{}, ints: []int64{a.I}}, nil
		case "value_ints":
			return ofInts(a.Ints...), nil
		}
	}
	return nil, errors.New("it has no value of numbers")
}

func constantOfShape(n *onnx.Node, shape *constant) (*constant, error) {
	dims, err := shape.list()
	if err != nil {
		return nil, err
	}
	value := &constant{dims: []int{1}, floats: []float32{0}}
	if a := n.Attributes["value"]; a != nil && a.Tensor != nil {
		if value, err = fromTensor(a.Tensor); err != nil {
			return nil, err
		}
		if value.len() != 1 {
			return nil, errors.New("its value is not one number")
		}
	}
	return value.pick(dims, func([]int) int { return 0 })
}

func each(op string, x *constant) (*constant, error) {
	out, err := x.like(x.dims)
	if err != nil {
		return nil, err
	}
	for i := range out.len() {
		v := x.at(i)
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
		case "Not":
			if v != 0 {
				v = 0
			} else {
				v = 1
			}
		}
		if out.isInt() {
			out.ints[i] = int64(v)
		} else {
			out.floats[i] = float32(v)
		}
	}
	return out, nil
}

func combine(op string, x, y *constant) (*constant, error) {
	dims, err := broadcast(x.dims, y.dims)
	if err != nil {
		return nil, err
	}
	if err := x.checkSize(dims); err != nil {
		return nil, err
	}
	a, b := broadcastStrides(x.dims, len(dims)), broadcastStrides(y.dims, len(dims))
	whole := x.isInt() && y.isInt()
	truth := false
	switch op {
	case "Equal", "Greater", "Less", "GreaterOrEqual", "LessOrEqual", "And", "Or":
		truth = true
	}
	out := &constant{dims: dims}
	if whole || truth {
		out.ints = make([]int64, elements(dims))
	} else {
		out.floats = make([]float32, elements(dims))
	}
	i := 0
	var fault error
	_, err = x.pick(dims, func(at []int) int {
		k := offset(at, a)
		u, v := x.at(k), y.at(offset(at, b))
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
			out.floats[i] = float32(r)
		}
		i++
		return k
	})
	if err == nil {
		err = fault
	}
	return out, err
}

func concat(n *onnx.Node, in []*constant) (*constant, error) {
	for _, c := range in {
		if c == nil {
			return nil, errors.New("an input is missing")
		}
	}
	axis, err := resolveAxis(int(n.Int("axis", 0)), len(in[0].dims))
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(in[0].dims)
	dims[axis] = 0
	whole := true
	for _, c := range in {
		if len(c.dims) != len(dims) {
			return nil, errors.New("its inputs have different numbers of axes")
		}
		for i := range dims {
			if i != axis && c.dims[i] != dims[i] {
				return nil, fmt.Errorf("its inputs, of %v and %v, do not fit", in[0].dims, c.dims)
			}
		}
		dims[axis] += c.dims[axis]
		whole = whole && c.isInt()
	}
	if err := in[0].checkSize(dims); err != nil {
		return nil, err
	}
	out := &constant{dims: dims}
	if whole {
		out.ints = make([]int64, 0, elements(dims))
	} else {
		out.floats = make([]float32, 0, elements(dims))
	}
	outer := elements(dims[:axis])
	for o := range outer {
		for _, c := range in {
			part := elements(c.dims[axis:])
			if whole {
				out.ints = append(out.ints, c.ints[o*part:(o+1)*part]...)
			} else {
				out.floats = append(out.floats, c.vector()[o*part:(o+1)*part]...)
			}
		}
	}
	return out, nil
}

func gather(n *onnx.Node, x, index *constant) (*constant, error) {
	axis, err := resolveAxis(int(n.Int("axis", 0)), len(x.dims))
	if err != nil {
		return nil, err
	}
	list, err := index.list()
	if err != nil {
		return nil, err
	}
	for i, v := range list {
		if v < 0 {
			list[i] += x.dims[axis]
		}
		if list[i] < 0 || list[i] >= x.dims[axis] {
			return nil, fmt.Errorf("there is no element %d along an axis of %d", v, x.dims[axis])
		}
	}
	dims := append(append(slices.Clone(x.dims[:axis]), index.dims...), x.dims[axis+1:]...)
	strides, at1 := broadcastStrides(x.dims, len(x.dims)), broadcastStrides(index.dims, len(index.dims))
	k := len(index.dims)
	return x.pick(dims, func(at []int) int {
		return offset(at[:axis], strides[:axis]) + list[offset(at[axis:axis+k], at1)]*strides[axis] + offset(at[axis+k:], strides[axis+1:])
	})
}

func reduce(n *onnx.Node, opset int64, x *constant, in []*constant) (*constant, error) {
	axes, keep, err := reduction(n, len(x.dims), in)
	if err != nil {
		return nil, err
	}
	dims := slices.Clone(x.dims)
	for _, a := range axes {
		dims[a] = 1
	}
	out, err := x.like(dims)
	if err != nil {
		return nil, err
	}
	strides := broadcastStrides(dims, len(dims))
	count := make([]int, out.len())
	sum := make([]float64, out.len())
	i := 0
	if _, err := x.pick(x.dims, func(at []int) int {
		o, v := offset(at, strides), x.at(i)
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
		if n.Op == "ReduceMean" && count[o] > 0 {
			v /= float64(count[o])
		}
		if out.isInt() {
			out.ints[o] = int64(v)
		} else {
			out.floats[o] = float32(v)
		}
	}
	if !keep {
		out.dims = nil
		for i, d := range dims {
			if !slices.Contains(axes, i) {
				out.dims = append(out.dims, d)
			}
		}
	}
	return out, nil
}
