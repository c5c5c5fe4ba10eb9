package onnxgraph

import (
	"fmt"
	"slices"

	"homeroom/core/tensor"
	"homeroom/tools/onnxgraph/constant"
)

// atom is one stride through a layer's output: n elements, step apart.
type atom struct{ n, step int }

// view is a tensor of the model, seen as a walk through the output of a layer of the graph,
// [H][W][C].
type view struct {
	node   string
	shape  tensor.Shape // of the layer's output
	start  int          // of the first element
	axes   [][]atom     // for each axis of the model's tensor, outer steps first; lengths of 1 have none
	scale  float64      // by which the layer's output is yet to be multiplied
	padded [4]int       // zeros around it: top, left, bottom, right
}

// rows, cols and channels are how a layer's output lies in memory.
func rows(s tensor.Shape) []atom     { return atoms(s.H, s.W*s.C) }
func cols(s tensor.Shape) []atom     { return atoms(s.W, s.C) }
func channels(s tensor.Shape) []atom { return atoms(s.C, 1) }

func atoms(n, step int) []atom {
	if n == 1 {
		return nil
	}
	return []atom{{n, step}}
}

// joined merges steps that walk on where the one inside them ends.
func joined(list []atom) []atom {
	var out []atom
	for _, a := range list {
		if k := len(out) - 1; k >= 0 && out[k].step == a.step*a.n {
			out[k] = atom{out[k].n * a.n, a.step}
		} else if a.n != 1 {
			out = append(out, a)
		}
	}
	return out
}

// newView is a layer's whole output, one axis of the model for each list of steps.
func newView(node string, s tensor.Shape, axes ...[]atom) view {
	for i := range axes {
		axes[i] = joined(axes[i])
	}
	return view{node: node, shape: s, axes: axes, scale: 1}
}

// on moves a view to another layer, whose output has the same shape.
func (v view) on(node string) view {
	v.node, v.scale = node, 1
	return v
}

func length(axis []atom) int {
	n := 1
	for _, a := range axis {
		n *= a.n
	}
	return n
}

func (v view) dims() []int {
	out := make([]int, len(v.axes))
	for i, a := range v.axes {
		out[i] = length(a)
	}
	return out
}

// has says whether axis i is exactly these steps.
func (v view) has(i int, want ...[]atom) bool {
	return i >= 0 && i < len(v.axes) && slices.Equal(v.axes[i], joined(slices.Concat(want...)))
}

// is says whether the view is the whole of its layer, with these axes.
func (v view) is(axes ...[]atom) bool {
	if v.start != 0 || len(v.axes) != len(axes) {
		return false
	}
	for i, a := range axes {
		if !v.has(i, a) {
			return false
		}
	}
	return true
}

// whole says whether the view covers its layer, in whatever order.
func (v view) whole() bool {
	return v.start == 0 && length(slices.Concat(v.axes...)) == v.shape.Len() && !v.repeats()
}

// channelAxis finds the axis that is all channels of each position, or −1. A layer of one channel
// has any axis of length 1 for that; the last is taken, or the second of four.
func (v view) channelAxis() int {
	if v.shape.C > 1 {
		for i := range v.axes {
			if v.has(i, channels(v.shape)) {
				return i
			}
		}
		return -1
	}
	if len(v.axes) == 4 && v.has(1) {
		return 1
	}
	if k := len(v.axes) - 1; v.has(k) {
		return k
	}
	return -1
}

// reshape regroups the axes without moving anything.
func (v view) reshape(dims []int) (view, error) {
	rest := joined(slices.Concat(v.axes...))
	out := v
	out.axes = make([][]atom, len(dims))
	for i, d := range dims {
		for d > 1 {
			if len(rest) == 0 {
				return v, fmt.Errorf("%v does not fit shape %v", v.dims(), dims)
			}
			a := &rest[0]
			switch {
			case d%a.n == 0:
				out.axes[i] = append(out.axes[i], *a)
				d /= a.n
				rest = rest[1:]
			case a.n%d == 0:
				inner := a.n / d
				out.axes[i] = append(out.axes[i], atom{d, a.step * inner})
				a.n, d = inner, 1
			default:
				return v, fmt.Errorf("shape %v mixes the axes of %v", dims, v.dims())
			}
		}
		out.axes[i] = joined(out.axes[i])
	}
	if len(rest) > 0 {
		return v, fmt.Errorf("%v does not fit shape %v", v.dims(), dims)
	}
	return out, nil
}

func (v view) transpose(perm []int) view {
	axes := make([][]atom, len(perm))
	for i, p := range perm {
		axes[i] = v.axes[p]
	}
	v.axes = axes
	return v
}

// slice takes a part of one axis.
func (v view) slice(s constant.Slice) (view, error) {
	axis := v.axes[s.Axis]
	if s.Start == 0 && s.Step == 1 && s.Count == length(axis) {
		return v, nil
	}
	if len(axis) > 1 || s.Count < 1 || s.Step < 1 {
		return v, fmt.Errorf("elements %d to %d of axis %d of %v cannot be taken", s.Start, s.Start+s.Count*s.Step, s.Axis, v.dims())
	}
	v.axes = slices.Clone(v.axes)
	step := 0
	if len(axis) == 1 {
		step = axis[0].step
	}
	v.start += s.Start * step
	v.axes[s.Axis] = atoms(s.Count, s.Step*step)
	return v, nil
}

// offsets lists where the elements of an axis lie, from its first on.
func offsets(axis []atom) []int {
	out := []int{0}
	for _, a := range axis {
		next := make([]int, 0, len(out)*a.n)
		for _, o := range out {
			for i := range a.n {
				next = append(next, o+i*a.step)
			}
		}
		out = next
	}
	return out
}
