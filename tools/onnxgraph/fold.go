package onnxgraph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// dequantise gives (x − zero point)·scale, one scale for all or one for each element of an axis (DequantizeLinear of the
// specification): how quantised weights are kept.
func dequantise(n *onnx.Node, x *constant, in []*constant) (*constant, error) {
	scale := in[1]
	if scale.isInt() {
		return nil, errors.New("its scale is no float")
	}
	if n.Int("block_size", 0) != 0 {
		return nil, errors.New("scales for blocks of elements are not known here, only one for all and one for each element of an axis")
	}
	axis, each := 0, 1
	if scale.len() != 1 {
		var err error
		if axis, err = resolveAxis(int(n.Int("axis", 1)), len(x.dims)); err != nil {
			return nil, err
		}
		if scale.len() != x.dims[axis] || len(scale.dims) != 1 {
			return nil, fmt.Errorf("scales of %v for axis %d of %v", scale.dims, axis, x.dims)
		}
		each = elements(x.dims[axis+1:])
	}
	var zero *constant
	if len(in) > 2 && in[2] != nil {
		if zero = in[2]; zero.len() != scale.len() {
			return nil, fmt.Errorf("zero points of %v for scales of %v", zero.dims, scale.dims)
		}
	}
	out := &constant{dims: slices.Clone(x.dims), floats: make([]float32, x.len()), most: x.most}
	for i := range out.floats {
		k := i / each % scale.len()
		v := x.at(i)
		if zero != nil {
			v -= zero.at(k)
		}
		out.floats[i] = float32(v) * scale.floats[k]
	}
	return out, nil
}

// cumSum adds the elements of an axis up (CumSum of the specification).
func cumSum(n *onnx.Node, x *constant, in []*constant) (*constant, error) {
	a, ok := in[1].scalar()
	if !ok || n.Int("exclusive", 0) != 0 || n.Int("reverse", 0) != 0 {
		return nil, errors.New("only sums of all elements up to each are known here")
	}
	axis, err := resolveAxis(int(a), len(x.dims))
	if err != nil {
		return nil, err
	}
	out, err := x.like(x.dims)
	if err != nil {
		return nil, err
	}
	each := elements(x.dims[axis+1:])
	for i := range out.len() {
		v := x.at(i)
		if i/each%x.dims[axis] > 0 {
			v += out.at(i - each)
		}
		if out.isInt() {
			out.ints[i] = int64(v)
		} else {
			out.floats[i] = float32(v)
		}
	}
	return out, nil
}

// scatter puts slices in the place of others (ScatterND of the specification).
func scatter(x *constant, in []*constant) (*constant, error) {
	index, updates := in[1], in[2]
	rank := len(index.dims)
	if rank == 0 {
		return nil, errors.New("its indices have no axes")
	}
	depth := index.dims[rank-1]
	if depth < 1 || depth > len(x.dims) {
		return nil, fmt.Errorf("indices of %v into %v", index.dims, x.dims)
	}
	count, each := elements(index.dims[:rank-1]), elements(x.dims[depth:])
	if updates.len() != count*each {
		return nil, fmt.Errorf("%v in the place of %d slices of %v", updates.dims, count, x.dims[depth:])
	}
	list, err := index.list()
	if err != nil {
		return nil, err
	}
	out, err := x.pick(x.dims, counter())
	if err != nil {
		return nil, err
	}
	for i := range count {
		at := 0
		for k := range depth {
			v := list[i*depth+k]
			if v < 0 {
				v += x.dims[k]
			}
			if v < 0 || v >= x.dims[k] {
				return nil, fmt.Errorf("there is no element %d along an axis of %d", v, x.dims[k])
			}
			at = at*x.dims[k] + v
		}
		for k := range each {
			out.copyFrom(at*each+k, updates, i*each+k)
		}
	}
	return out, nil
}

// counter picks elements in their order.
func counter() func([]int) int {
	i := -1
	return func([]int) int { i++; return i }
}

// tile repeats a constant along its axes.
func tile(x, repeats *constant) (*constant, error) {
	times, err := repeats.list()
	if err != nil || len(times) != len(x.dims) {
		return nil, fmt.Errorf("%v is repeated by %v", x.dims, times)
	}
	dims := slices.Clone(x.dims)
	for i, t := range times {
		if t < 0 || t > fewElements || dims[i] > fewElements {
			return nil, fmt.Errorf("%v is repeated by %v", x.dims, times)
		}
		dims[i] *= t
	}
	strides := broadcastStrides(x.dims, len(x.dims))
	return x.pick(dims, func(at []int) int {
		n := 0
		for i := range at {
			n += at[i] % x.dims[i] * strides[i]
		}
		return n
	})
}

// normaliseConstant is batch normalisation of a constant, such as weights that are standardised: by its own statistics
// where it is said to be in training, else by those given.
func normaliseConstant(n *onnx.Node, x *constant, in []*constant) (*constant, error) {
	if len(x.dims) < 2 || x.isInt() {
		return nil, fmt.Errorf("%v has no channels", x.dims)
	}
	c, each := x.dims[1], elements(x.dims[2:])
	for i := 1; i < 5; i++ {
		if in[i].len() != c || in[i].isInt() {
			return nil, fmt.Errorf("its input %d does not fit %d channels", i, c)
		}
	}
	out, err := x.like(x.dims)
	if err != nil {
		return nil, err
	}
	mean, variance := make([]float64, c), make([]float64, c)
	for k := range c {
		mean[k], variance[k] = in[3].at(k), in[4].at(k)
	}
	if n.Int("training_mode", 0) != 0 {
		count := float64(x.dims[0] * each)
		clear(mean)
		clear(variance)
		for i, v := range x.floats {
			mean[i/each%c] += float64(v) / count
		}
		for i, v := range x.floats {
			d := float64(v) - mean[i/each%c]
			variance[i/each%c] += d * d / count
		}
	}
	eps := float64(n.Float("epsilon", 1e-5))
	for i, v := range x.floats {
		k := i / each % c
		out.floats[i] = float32((float64(v)-mean[k])/math.Sqrt(variance[k]+eps)*in[1].at(k) + in[2].at(k))
	}
	return out, nil
}

// maxFolded bounds the multiply-adds of a product of constants.
const maxFolded = 1 << 26

// matMulConstants multiplies a constant by a matrix, as in networks that make their position biases by layers.
func matMulConstants(x, w *constant) (*constant, error) {
	rank := len(x.dims)
	if rank < 2 || len(w.dims) != 2 || x.dims[rank-1] != w.dims[0] {
		return nil, fmt.Errorf("a constant of %v times one of %v", x.dims, w.dims)
	}
	k, n := w.dims[0], w.dims[1]
	dims := append(slices.Clone(x.dims[:rank-1]), n)
	if err := x.checkSize(dims); err != nil {
		return nil, err
	}
	rows := elements(x.dims[:rank-1])
	if rows > 0 && k > 0 && n > 0 && rows*n > maxFolded/k {
		return nil, fmt.Errorf("a constant of %v times one of %v is too much", x.dims, w.dims)
	}
	out := &constant{dims: dims, floats: make([]float32, rows*n), most: x.most}
	a, b := x.vector(), w.vector()
	sum := make([]float64, n)
	for r := range rows {
		clear(sum)
		for i, v := range a[r*k : (r+1)*k] {
			for c, y := range b[i*n : (i+1)*n] {
				sum[c] += float64(v) * float64(y)
			}
		}
		for c, v := range sum {
			out.floats[r*n+c] = float32(v)
		}
	}
	return out, nil
}

// gatherND takes slices by lists of indices (GatherND of the specification, without batches).
func gatherND(n *onnx.Node, x, index *constant) (*constant, error) {
	rank := len(index.dims)
	if rank == 0 || n.Int("batch_dims", 0) != 0 {
		return nil, errors.New("only indices without batches are known here")
	}
	depth := index.dims[rank-1]
	if depth < 1 || depth > len(x.dims) {
		return nil, fmt.Errorf("indices of %v into %v", index.dims, x.dims)
	}
	list, err := index.list()
	if err != nil {
		return nil, err
	}
	each := elements(x.dims[depth:])
	starts := make([]int, len(list)/depth)
	for i := range starts {
		for k, d := range x.dims[:depth] {
			v := list[i*depth+k]
			if v < 0 {
				v += d
			}
			if v < 0 || v >= d {
				return nil, fmt.Errorf("there is no element %d along an axis of %d", v, d)
			}
			starts[i] = starts[i]*d + v
		}
	}
	next := counter()
	return x.pick(slices.Concat(index.dims[:rank-1], x.dims[depth:]), func([]int) int {
		i := next(nil)
		return starts[i/each]*each + i%each
	})
}
