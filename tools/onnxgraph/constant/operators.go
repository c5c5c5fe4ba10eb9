package constant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// dequantise gives (x − zero point)·scale, one scale for all or one for each element of an axis
// (DequantizeLinear of the specification): how quantised weights are kept.
func dequantise(n *onnx.Node, x *Tensor, in []*Tensor) (*Tensor, error) {
	scale := in[1]
	if scale.IsInt() {
		return nil, errors.New("its scale is no float")
	}
	if n.Int("block_size", 0) != 0 {
		return nil, errors.New("scales for blocks of elements are not known here, only one for all and one for each element of an axis")
	}
	axis, each := 0, 1
	if scale.Len() != 1 {
		var err error
		if axis, err = ResolveAxis(int(n.Int("axis", 1)), len(x.Dims)); err != nil {
			return nil, err
		}
		if scale.Len() != x.Dims[axis] || len(scale.Dims) != 1 {
			return nil, fmt.Errorf("scales of %v for axis %d of %v", scale.Dims, axis, x.Dims)
		}
		each = Elements(x.Dims[axis+1:])
	}
	var zero *Tensor
	if len(in) > 2 && in[2] != nil {
		if zero = in[2]; zero.Len() != scale.Len() {
			return nil, fmt.Errorf("zero points of %v for scales of %v", zero.Dims, scale.Dims)
		}
	}
	out := &Tensor{Dims: slices.Clone(x.Dims), Floats: make([]float32, x.Len()), Most: x.Most}
	for i := range out.Floats {
		k := i / each % scale.Len()
		v := x.At(i)
		if zero != nil {
			v -= zero.At(k)
		}
		out.Floats[i] = float32(v) * scale.Floats[k]
	}
	return out, nil
}

// cumSum adds the elements of an axis up (CumSum of the specification).
func cumSum(n *onnx.Node, x *Tensor, in []*Tensor) (*Tensor, error) {
	a, ok := in[1].Scalar()
	if !ok || n.Int("exclusive", 0) != 0 || n.Int("reverse", 0) != 0 {
		return nil, errors.New("only sums of all elements up to each are known here")
	}
	axis, err := ResolveAxis(int(a), len(x.Dims))
	if err != nil {
		return nil, err
	}
	out, err := x.like(x.Dims)
	if err != nil {
		return nil, err
	}
	each := Elements(x.Dims[axis+1:])
	for i := range out.Len() {
		v := x.At(i)
		if i/each%x.Dims[axis] > 0 {
			v += out.At(i - each)
		}
		if out.IsInt() {
			out.ints[i] = int64(v)
		} else {
			out.Floats[i] = float32(v)
		}
	}
	return out, nil
}

// scatter puts slices in the place of others (ScatterND of the specification).
func scatter(x *Tensor, in []*Tensor) (*Tensor, error) {
	index, updates := in[1], in[2]
	rank := len(index.Dims)
	if rank == 0 {
		return nil, errors.New("its indices have no axes")
	}
	depth := index.Dims[rank-1]
	if depth < 1 || depth > len(x.Dims) {
		return nil, fmt.Errorf("indices of %v into %v", index.Dims, x.Dims)
	}
	count, each := Elements(index.Dims[:rank-1]), Elements(x.Dims[depth:])
	if updates.Len() != count*each {
		return nil, fmt.Errorf("%v in the place of %d slices of %v", updates.Dims, count, x.Dims[depth:])
	}
	list, err := index.Ints()
	if err != nil {
		return nil, err
	}
	out, err := x.Pick(x.Dims, counter())
	if err != nil {
		return nil, err
	}
	for i := range count {
		at := 0
		for k := range depth {
			v := list[i*depth+k]
			if v < 0 {
				v += x.Dims[k]
			}
			if v < 0 || v >= x.Dims[k] {
				return nil, fmt.Errorf("there is no element %d along an axis of %d", v, x.Dims[k])
			}
			at = at*x.Dims[k] + v
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
func tile(x, repeats *Tensor) (*Tensor, error) {
	times, err := repeats.Ints()
	if err != nil || len(times) != len(x.Dims) {
		return nil, fmt.Errorf("%v is repeated by %v", x.Dims, times)
	}
	dims := slices.Clone(x.Dims)
	for i, t := range times {
		if t < 0 || t > fewElements || dims[i] > fewElements {
			return nil, fmt.Errorf("%v is repeated by %v", x.Dims, times)
		}
		dims[i] *= t
	}
	strides := BroadcastStrides(x.Dims, len(x.Dims))
	return x.Pick(dims, func(at []int) int {
		n := 0
		for i := range at {
			n += at[i] % x.Dims[i] * strides[i]
		}
		return n
	})
}

// normaliseConstant is batch normalisation of a constant, such as weights that are standardised: by
// its own statistics where it is said to be in training, else by those given.
func normaliseConstant(n *onnx.Node, x *Tensor, in []*Tensor) (*Tensor, error) {
	if len(x.Dims) < 2 || x.IsInt() {
		return nil, fmt.Errorf("%v has no channels", x.Dims)
	}
	c, each := x.Dims[1], Elements(x.Dims[2:])
	for i := 1; i < 5; i++ {
		if in[i].Len() != c || in[i].IsInt() {
			return nil, fmt.Errorf("its input %d does not fit %d channels", i, c)
		}
	}
	out, err := x.like(x.Dims)
	if err != nil {
		return nil, err
	}
	mean, variance := make([]float64, c), make([]float64, c)
	for k := range c {
		mean[k], variance[k] = in[3].At(k), in[4].At(k)
	}
	if n.Int("training_mode", 0) != 0 {
		count := float64(x.Dims[0] * each)
		clear(mean)
		clear(variance)
		for i, v := range x.Floats {
			mean[i/each%c] += float64(v) / count
		}
		for i, v := range x.Floats {
			d := float64(v) - mean[i/each%c]
			variance[i/each%c] += d * d / count
		}
	}
	eps := float64(n.Float("epsilon", 1e-5))
	for i, v := range x.Floats {
		k := i / each % c
		out.Floats[i] = float32((float64(v)-mean[k])/math.Sqrt(variance[k]+eps)*in[1].At(k) + in[2].At(k))
	}
	return out, nil
}

// maxFolded bounds the multiply-adds of a product of constants.
const maxFolded = 1 << 26

// matMulConstants multiplies a constant by a matrix, as in networks that make their position biases
// by layers, or by as many matrices as it has itself.
func matMulConstants(x, w *Tensor) (*Tensor, error) {
	rank, of := len(x.Dims), len(w.Dims)
	if rank < 2 || of < 2 || of > 2 && (of != rank || !slices.Equal(x.Dims[:rank-2], w.Dims[:of-2])) || x.Dims[rank-1] != w.Dims[of-2] {
		return nil, fmt.Errorf("a constant of %v times one of %v", x.Dims, w.Dims)
	}
	k, n := w.Dims[of-2], w.Dims[of-1]
	dims := append(slices.Clone(x.Dims[:rank-1]), n)
	if err := x.checkSize(dims); err != nil {
		return nil, err
	}
	rows, each := Elements(x.Dims[:rank-1]), x.Dims[rank-2]
	if rows > 0 && k > 0 && n > 0 && rows*n > maxFolded/k {
		return nil, fmt.Errorf("a constant of %v times one of %v is too much", x.Dims, w.Dims)
	}
	out := &Tensor{Dims: dims, Floats: make([]float32, rows*n), Most: x.Most}
	a, b := x.Vector(), w.Vector()
	sum := make([]float64, n)
	for r := range rows {
		clear(sum)
		y := b
		if of > 2 {
			y = b[r/each*k*n:]
		}
		for i, v := range a[r*k : (r+1)*k] {
			for c, u := range y[i*n : (i+1)*n] {
				sum[c] += float64(v) * float64(u)
			}
		}
		for c, v := range sum {
			out.Floats[r*n+c] = float32(v)
		}
	}
	return out, nil
}

// gatherND takes slices by lists of indices (GatherND of the specification, without batches).
func gatherND(n *onnx.Node, x, index *Tensor) (*Tensor, error) {
	rank := len(index.Dims)
	if rank == 0 || n.Int("batch_dims", 0) != 0 {
		return nil, errors.New("only indices without batches are known here")
	}
	depth := index.Dims[rank-1]
	if depth < 1 || depth > len(x.Dims) {
		return nil, fmt.Errorf("indices of %v into %v", index.Dims, x.Dims)
	}
	list, err := index.Ints()
	if err != nil {
		return nil, err
	}
	each := Elements(x.Dims[depth:])
	starts := make([]int, len(list)/depth)
	for i := range starts {
		for k, d := range x.Dims[:depth] {
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
	return x.Pick(slices.Concat(index.Dims[:rank-1], x.Dims[depth:]), func([]int) int {
		i := next(nil)
		return starts[i/each]*each + i%each
	})
}
