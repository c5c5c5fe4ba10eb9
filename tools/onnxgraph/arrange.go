package onnxgraph

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/tensor"
	"homeroom/tools/onnxgraph/constant"
)

// settle gives a view of a layer's whole output, unscaled. What the view leaves out or has in
// another order becomes a layer: tokens that were picked, a range of channels, shuffled channels,
// or else a copy, which is for one size only.
func (im *importer) settle(v view) (view, error) {
	out, ok, err := im.settled(v)
	if err != nil || ok {
		return out, err
	}
	// What lies together stays together.
	inner := len(out.axes) - 1
	for i, a := range out.axes {
		if len(a) > 0 && a[len(a)-1].step == 1 {
			inner = i
		}
	}
	return im.arrange(out, inner)
}

// settleOn is settle with one axis of the model's tensor as the channels.
func (im *importer) settleOn(v view, axis int) (view, error) {
	out, ok, err := im.settled(v)
	if err != nil || ok && out.channelAxis() == axis {
		return out, err
	}
	return im.arrange(out, axis)
}

// settled is settle for what is no copy; ok is false where only that would do.
func (im *importer) settled(v view) (out view, ok bool, err error) {
	if v, err = im.around(v); err != nil {
		return v, false, err
	}
	if v, err = im.unscaled(v); err != nil || v.whole() && v.channelAxis() >= 0 {
		return v, err == nil, err
	}
	whole := v.whole() // though in another order
	s := v.shape
	if !whole && s.W == 1 && v.start%s.C == 0 {
		count := length(flat(v.axes)) / s.C
		first := v.start / s.C
		n := graph.Node{Name: fmt.Sprintf("%s.token%d", v.node, first), Op: graph.Token, In: []string{v.node}, Index: first}
		if count > 1 && first+count == s.H {
			n.Name, n.Op = v.node+".rest", graph.DropToken
		}
		if count > 0 && length(flat(v.axes)) == count*s.C && v.channelAxis() >= 0 && (count == 1 || n.Op == graph.DropToken) && !v.repeats() {
			return im.viewOn(v, n, nil)
		}
	}
	at, rest := v.channelRange()
	if at == nil || !coversPositions(rest, s) {
		return v, whole, nil
	}
	switch {
	case len(at) <= 1 && v.start+length(at) <= s.C:
		return im.viewOn(v, graph.Node{Name: v.node + ".slice", Op: graph.Slice, In: []string{v.node}, Index: v.start, Count: length(at)}, at)
	case len(at) == 2 && v.start == 0 && at[0] == (atom{at[0].n, 1}) && at[1] == (atom{s.C / at[0].n, at[0].n}):
		return im.viewOn(v, graph.Node{Name: v.node + ".shuffled", Op: graph.Shuffle, In: []string{v.node}, Groups: at[1].n}, at)
	}
	return v, whole, nil
}

// viewOn adds a layer that gives the elements of a view, position by position; of is the axis of v
// that is its channels, or nil where they stay as they are.
func (im *importer) viewOn(v view, n graph.Node, of []atom) (view, bool, error) {
	name, err := im.add(n)
	if err != nil {
		return v, false, err
	}
	to, from := im.shapes[name], v.shape
	axes := make([][]atom, len(v.axes))
	for i, a := range v.axes {
		switch {
		case len(a) > 0 && of != nil && slices.Equal(a, of):
			axes[i] = channels(to)
		default:
			for _, x := range a {
				if x.step >= from.C && to.Pixels() > 1 {
					x.step = x.step / from.C * to.C
				}
				axes[i] = append(axes[i], x)
			}
		}
	}
	return newView(name, to, axes...), true, nil
}

// unscaled makes a layer of a scale that waits.
func (im *importer) unscaled(v view) (view, error) {
	if _, err := v.unpadded(v, nil); err != nil || v.scale == 1 {
		return v, err
	}
	node, err := im.affine(v.node, v.node+".scaled", repeat(v.scale, v.shape.C), nil)
	return v.on(node), err
}

// around makes a layer of zeros that wait around a map.
func (im *importer) around(v view) (view, error) {
	if v.padded == [4]int{} {
		return v, nil
	}
	pads := v.padded
	v.padded = [4]int{}
	v, err := im.asMap(v)
	if err != nil {
		return v, err
	}
	name, err := im.add(graph.Node{Name: v.node + ".padded", Op: graph.Pad, In: []string{v.node}, Pad: pads})
	if err != nil {
		return v, err
	}
	return im.mapOf(name), nil
}

// repeats says whether elements come several times.
func (v view) repeats() bool {
	return slices.ContainsFunc(flat(v.axes), func(a atom) bool { return a.step == 0 })
}

// channelRange finds the axis whose steps stay within a position, and the steps of the others; at
// is nil where there is no such single axis, and empty where one channel of each position is taken.
func (v view) channelRange() (at, rest []atom) {
	at = []atom{}
	for _, a := range v.axes {
		within := 0
		for _, x := range a {
			if x.step < v.shape.C {
				within++
			}
		}
		switch {
		case within == 0:
			rest = append(rest, a...)
		case within < len(a) || len(at) > 0:
			return nil, nil
		default:
			at = a
		}
	}
	for _, a := range at {
		if a.step == 0 {
			return nil, nil
		}
	}
	if len(at) == 1 && at[0].step != 1 || v.start >= v.shape.C {
		return nil, nil
	}
	return at, rest
}

// coversPositions says whether steps, in whatever order, meet every position of a layer once.
func coversPositions(list []atom, s tensor.Shape) bool {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b atom) int { return cmp.Compare(b.step, a.step) })
	return slices.Equal(joined(list), joined([]atom{{s.Pixels(), s.C}}))
}

// arrange copies a view to a layer whose channels are one of its axes, and whose positions are the
// others in their order. Nothing is copied where they lie so already.
func (im *importer) arrange(v view, axis int) (view, error) {
	var positions []int
	for i := range v.axes {
		if i != axis {
			positions = append(positions, i)
		}
	}
	return im.arranged(v, positions, []int{axis})
}

func (im *importer) arranged(v view, positions, chans []int) (view, error) {
	v, err := im.unscaled(v)
	if err != nil {
		return v, err
	}
	dims := v.dims()
	var walk []atom
	var grid []int
	for _, i := range positions {
		walk = append(walk, v.axes[i]...)
		if dims[i] > 1 {
			grid = append(grid, dims[i])
		}
	}
	c := 1
	for _, i := range chans {
		walk = append(walk, v.axes[i]...)
		c *= dims[i]
	}
	s := tensor.Shape{H: 1, W: 1, C: c}
	switch len(grid) {
	case 0:
	case 2:
		s.H, s.W = grid[0], grid[1]
	default:
		s.H = constant.Elements(grid)
	}
	return im.copied(v, walk, s, slices.Concat(positions, chans))
}

// copied adds a layer of some shape with the elements of a walk; order are the axes of v as the
// walk has them.
func (im *importer) copied(v view, walk []atom, s tensor.Shape, order []int) (view, error) {
	dims := v.dims()
	axes := make([][]atom, len(v.axes))
	step := 1
	for _, i := range slices.Backward(order) {
		axes[i] = atoms(dims[i], step)
		step *= dims[i]
	}
	walk = joined(walk)
	if v.start == 0 && s == v.shape && slices.Equal(walk, joined([]atom{{s.Len(), 1}})) {
		return newView(v.node, s, axes...), nil
	}
	n := graph.Node{Name: v.node + ".arranged", Op: graph.Rearrange, In: []string{v.node}, Index: v.start, Count: v.shape.Len(), Grid: [2]int{s.H, s.W}}
	for _, a := range walk {
		n.Walk = append(n.Walk, graph.Stride{a.n, a.step})
	}
	if err := im.spend(s.Len()); err != nil {
		return v, err
	}
	name, err := im.add(n)
	if err != nil {
		return v, err
	}
	return newView(name, im.shapes[name], axes...), nil
}

// asMap gives a view whose axes are batch, channels, rows and columns.
func (im *importer) asMap(v view) (view, error) {
	padded := v.padded
	v.padded = [4]int{}
	if len(v.axes) != 4 {
		return v, fmt.Errorf("its input %v is no feature map", v.dims())
	}
	out, ok, err := im.settled(v)
	if err != nil {
		return v, err
	}
	if s := out.shape; !ok || !out.is(nil, channels(s), rows(s), cols(s)) {
		dims := out.dims()
		if dims[0] != 1 {
			return v, fmt.Errorf("its input %v is a batch of several maps, which is not known here", dims)
		}
		walk := slices.Concat(out.axes[2], out.axes[3], out.axes[1])
		if out, err = im.copied(out, walk, tensor.Shape{H: dims[2], W: dims[3], C: dims[1]}, []int{0, 2, 3, 1}); err != nil {
			return v, err
		}
		out = im.mapOf(out.node)
	}
	out.padded = padded
	return out, nil
}

// sliced takes a part of an axis, of what may have to be copied first.
func (im *importer) sliced(v view, s constant.Slice) (view, error) {
	out, err := v.slice(s)
	if err == nil || s.Count < 1 || s.Step < 1 {
		return out, err
	}
	if v, err = im.settle(v); err != nil {
		return v, err
	}
	if out, err = v.slice(s); err == nil {
		return out, nil
	}
	if v, err = im.arrange(v, s.Axis); err != nil {
		return v, err
	}
	return v.slice(s)
}

// reshaped regroups the axes of a view; what mixes axes that do not lie together is copied first.
func (im *importer) reshaped(v view, dims []int) (view, error) {
	out, err := v.unpadded(v.reshape(dims))
	if err == nil || constant.Elements(dims) != constant.Elements(v.dims()) || v.padded != [4]int{} {
		return out, err
	}
	var all []int
	for i := range v.axes {
		all = append(all, i)
	}
	if v, err = im.arranged(v, nil, all); err != nil {
		return v, err
	}
	return v.reshape(dims)
}

// expanded repeats axes of length 1.
func (v view) expanded(dims []int) (view, error) {
	if len(dims) < len(v.axes) {
		return v, errors.New("it is repeated to fewer axes")
	}
	axes := make([][]atom, len(dims))
	copy(axes[len(dims)-len(v.axes):], v.axes)
	for i, d := range dims {
		switch n := length(axes[i]); {
		case n == d:
		case n == 1:
			axes[i] = []atom{{d, 0}}
		default:
			return v, fmt.Errorf("%v cannot be repeated to %v", v.dims(), dims)
		}
	}
	v.axes = axes
	return v, nil
}

// once leaves out what repeats elements.
func (v view) once() view {
	v.axes = slices.Clone(v.axes)
	for i, a := range v.axes {
		v.axes[i] = slices.DeleteFunc(slices.Clone(a), func(x atom) bool { return x.step == 0 })
	}
	return v
}
