package constant

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/tools/checkpoint/onnx"
)

// Ints gives a list that newer operator sets take as an input and older ones as an attribute. ok is
// false where neither is there.
func Ints(n *onnx.Node, name string, in []*Tensor, input int) (list []int, ok bool, err error) {
	if input < len(in) && in[input] != nil {
		list, err = in[input].Ints()
		return list, true, err
	}
	if a := n.Attributes[name]; a != nil && a.Kind == onnx.Ints {
		for _, v := range a.Ints {
			list = append(list, int(min(max(v, -math.MaxInt32), math.MaxInt32)))
		}
		return list, true, nil
	}
	return nil, false, nil
}

// ResolveAxes turns negative axes around and checks that none comes twice.
func ResolveAxes(axes []int, rank int) ([]int, error) {
	out := make([]int, len(axes))
	for i, a := range axes {
		var err error
		if out[i], err = ResolveAxis(a, rank); err != nil {
			return nil, err
		}
		if slices.Contains(out[:i], out[i]) {
			return nil, fmt.Errorf("axis %d is named twice", a)
		}
	}
	return out, nil
}

// Reduction gives the axes of a Reduce operator, all where none are named, and whether they stay
// with a length of 1.
func Reduction(n *onnx.Node, rank int, in []*Tensor) (axes []int, keep bool, err error) {
	axes, ok, err := Ints(n, "axes", in, 1)
	if err != nil {
		return nil, false, err
	}
	if !ok || len(axes) == 0 {
		axes = make([]int, rank)
		for i := range axes {
			axes[i] = i
		}
	}
	axes, err = ResolveAxes(axes, rank)
	return axes, n.Int("keepdims", 1) != 0, err
}

// ReshapedDims gives the dims that Reshape, Flatten, Squeeze or Unsqueeze makes of others.
func ReshapedDims(n *onnx.Node, opset int64, have []int, in []*Tensor) ([]int, error) {
	switch n.Op {
	case "Reshape":
		want, ok, err := Ints(n, "shape", in, 1)
		if err == nil && !ok {
			err = errors.New("its shape is missing")
		}
		if err != nil {
			return nil, err
		}
		return reshapeDims(have, want, n.Int("allowzero", 0) != 0)
	case "Flatten":
		axis := int(n.Int("axis", 1))
		if axis < 0 {
			axis += len(have)
		}
		if axis < 0 || axis > len(have) {
			return nil, fmt.Errorf("there is no axis %d in %v", axis, have)
		}
		return []int{Elements(have[:axis]), Elements(have[axis:])}, nil
	}
	axes, ok, err := Ints(n, "axes", in, 1)
	if err != nil {
		return nil, err
	}
	if n.Op == "Unsqueeze" {
		rank := len(have) + len(axes)
		if axes, err = ResolveAxes(axes, rank); err != nil {
			return nil, err
		}
		out := make([]int, 0, rank)
		next := 0
		for i := range rank {
			if slices.Contains(axes, i) {
				out = append(out, 1)
			} else {
				out = append(out, have[next])
				next++
			}
		}
		return out, nil
	}
	if !ok {
		for i, d := range have {
			if d == 1 {
				axes = append(axes, i)
			}
		}
	}
	if axes, err = ResolveAxes(axes, len(have)); err != nil {
		return nil, err
	}
	out := []int{}
	for i, d := range have {
		if !slices.Contains(axes, i) {
			out = append(out, d)
		} else if d != 1 {
			return nil, fmt.Errorf("axis %d of %v is not 1", i, have)
		}
	}
	return out, nil
}

// Permutation gives what a Transpose is given, or the axes turned around where it is given nothing.
func Permutation(n *onnx.Node, rank int) ([]int, error) {
	perm := make([]int, rank)
	given := n.Ints("perm")
	for i := range perm {
		perm[i] = rank - 1 - i
	}
	if given == nil {
		return perm, nil
	}
	if len(given) != rank {
		return nil, fmt.Errorf("a permutation %v of %d axes", given, rank)
	}
	for i, p := range given {
		perm[i] = int(p)
		if p < 0 || p >= int64(rank) || slices.Contains(perm[:i], perm[i]) {
			return nil, fmt.Errorf("%v is no permutation", given)
		}
	}
	return perm, nil
}

// Slices gives what a Slice takes, one entry an axis.
func Slices(n *onnx.Node, opset int64, dims []int, in []*Tensor) ([]Slice, error) {
	starts, ok1, err1 := Ints(n, "starts", in, 1)
	ends, ok2, err2 := Ints(n, "ends", in, 2)
	axes, ok, err3 := Ints(n, "axes", in, 3)
	steps, stepped, err4 := Ints(n, "steps", in, 4)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return nil, err
	}
	if !ok1 || !ok2 || len(starts) != len(ends) || ok && len(axes) != len(starts) || stepped && len(steps) != len(starts) {
		return nil, errors.New("its starts, ends, axes and steps do not fit")
	}
	if !ok {
		for i := range starts {
			axes = append(axes, i)
		}
	}
	axes, err := ResolveAxes(axes, len(dims))
	if err != nil {
		return nil, err
	}
	var out []Slice
	for i, a := range axes {
		step := 1
		if stepped {
			step = steps[i]
		}
		s, err := resolveSlice(dims[a], a, starts[i], ends[i], step)
		if err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, nil
}

// Splits gives what each output of a Split takes.
func Splits(n *onnx.Node, opset int64, dims []int, in []*Tensor) ([]Slice, error) {
	axis, err := ResolveAxis(int(n.Int("axis", 0)), len(dims))
	if err != nil {
		return nil, err
	}
	parts, ok, err := Ints(n, "split", in, 1)
	if err != nil {
		return nil, err
	}
	if !ok {
		count := len(n.Outputs)
		each := (dims[axis] + count - 1) / max(count, 1)
		for left := dims[axis]; count > 0; count-- {
			parts = append(parts, min(each, left))
			left -= min(each, left)
		}
	}
	if len(parts) != len(n.Outputs) {
		return nil, fmt.Errorf("%d parts for %d outputs", len(parts), len(n.Outputs))
	}
	var out []Slice
	at := 0
	for _, p := range parts {
		if p < 0 || p > dims[axis]-at {
			return nil, fmt.Errorf("parts %v of an axis of %d", parts, dims[axis])
		}
		out = append(out, Slice{axis, at, p, 1})
		at += p
	}
	return out, nil
}
