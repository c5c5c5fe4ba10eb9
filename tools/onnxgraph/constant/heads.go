package constant

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// What heads of classifiers are made of besides: no network has them of constants alone, but what a
// network gives is constant where a model is run.

// gemmConstants is α·x·w + β·c (Gemm of the specification), w turned where transB says so.
func gemmConstants(n *onnx.Node, in []*Tensor) (*Tensor, error) {
	x, w := in[0], in[1]
	if n.Int("transA", 0) != 0 || len(x.Dims) != 2 || len(w.Dims) != 2 {
		return nil, fmt.Errorf("a constant of %v times one of %v", x.Dims, w.Dims)
	}
	if n.Int("transB", 0) != 0 {
		k, rows, turned := w.Dims[1], w.Dims[0], w.Vector()
		t := &Tensor{Dims: []int{k, rows}, Floats: make([]float32, len(turned)), Most: w.Most}
		for i, v := range turned {
			t.Floats[i%k*rows+i/k] = v
		}
		w = t
	}
	y, err := matMulConstants(x, w)
	if err != nil {
		return nil, err
	}
	alpha, beta := n.Float("alpha", 1), n.Float("beta", 1)
	for i := range y.Floats {
		y.Floats[i] *= alpha
	}
	if len(in) < 3 || in[2] == nil {
		return y, nil
	}
	c, err := combine("Mul", in[2], &Tensor{Dims: []int{}, Floats: []float32{beta}})
	if err != nil {
		return nil, err
	}
	return combine("Add", y, c)
}

// topK gives the largest elements along the last axis, and where they were, the first of equals
// first.
func topK(n *onnx.Node, x, count *Tensor) ([]*Tensor, error) {
	k, ok := count.Scalar()
	rank := len(x.Dims)
	if rank == 0 || n.Int("largest", 1) == 0 {
		return nil, errors.New("only the largest elements are known here")
	}
	axis, err := ResolveAxis(int(n.Int("axis", -1)), rank)
	if err != nil || axis != rank-1 || !ok || k < 1 || int(k) > x.Dims[axis] {
		return nil, fmt.Errorf("%v of the elements along axis %d of %v", k, axis, x.Dims)
	}
	dims := slices.Clone(x.Dims)
	length := dims[axis]
	dims[axis] = int(k)
	best, at := &Tensor{Dims: dims, Floats: []float32{}, Most: x.Most}, &Tensor{Dims: dims, ints: []int64{}, Most: x.Most}
	all := x.Vector()
	order := make([]int, length)
	for row := 0; row < len(all); row += length {
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(all[row+b], all[row+a]) })
		for _, i := range order[:int(k)] {
			best.Floats, at.ints = append(best.Floats, all[row+i]), append(at.ints, int64(i))
		}
	}
	return []*Tensor{best, at}, nil
}

// softmaxConstant is Softmax along the last axis.
func softmaxConstant(n *onnx.Node, x *Tensor) (*Tensor, error) {
	rank := len(x.Dims)
	if axis, err := ResolveAxis(int(n.Int("axis", -1)), rank); err != nil || axis != rank-1 {
		return nil, errors.New("only along the last axis is it known here")
	}
	out := &Tensor{Dims: slices.Clone(x.Dims), Floats: make([]float32, x.Len()), Most: x.Most}
	all, length := x.Vector(), x.Dims[rank-1]
	for row := 0; row < len(all); row += length {
		most, sum := slices.Max(all[row:row+length]), 0.0
		for _, v := range all[row : row+length] {
			sum += math.Exp(float64(v - most))
		}
		for i, v := range all[row : row+length] {
			out.Floats[row+i] = float32(math.Exp(float64(v-most)) / sum)
		}
	}
	return out, nil
}

// sum adds constants.
func sum(in []*Tensor) (*Tensor, error) {
	all := in[0]
	for i, x := range in[1:] {
		if x == nil {
			return nil, fmt.Errorf("its input %d is missing", i+1)
		}
		var err error
		if all, err = combine("Add", all, x); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// exponents are the largest of what ReduceLogSumExp adds up, which is taken out; nil for other
// reductions.
func exponents(n *onnx.Node, opset int64, x *Tensor, in []*Tensor) ([]float64, error) {
	if n.Op != "ReduceLogSumExp" {
		return nil, nil
	}
	largest := *n
	largest.Op, largest.Attributes = "ReduceMax", maps.Clone(n.Attributes)
	delete(largest.Attributes, "keepdims")
	top, err := reduce(&largest, opset, x, in)
	if err != nil {
		return nil, err
	}
	out := make([]float64, top.Len())
	for i := range out {
		out[i] = top.At(i)
	}
	return out, nil
}
