package onnxgraph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// concat joins maps or vectors by their channels, tokens by their rows, and learnt tokens in front
// of others.
func (im *importer) concat(n *onnx.Node, in []*value) (view, error) {
	if len(in) == 0 || slices.Contains(in, nil) {
		return view{}, errors.New("an input is missing")
	}
	if len(in) == 1 {
		return in[0].view, nil
	}
	if last := in[len(in)-1]; last.constant == nil && slices.ContainsFunc(in, func(v *value) bool { return v.constant != nil }) {
		return im.frontTokens(n, in)
	}
	var views []view
	for _, x := range in {
		if x.constant != nil {
			return view{}, errors.New("a constant joined behind others is not known here")
		}
		views = append(views, x.view)
	}
	rank := len(views[0].axes)
	axis, err := constant.ResolveAxis(int(n.Int("axis", 0)), rank)
	if err != nil {
		return view{}, err
	}
	for _, v := range views {
		dims := v.dims()
		if len(dims) == rank {
			dims[axis] = views[0].dims()[axis]
		}
		if !slices.Equal(dims, views[0].dims()) {
			return view{}, fmt.Errorf("%v and %v do not fit", views[0].dims(), v.dims())
		}
	}
	if whole, ok := rejoined(views, axis); ok {
		return whole, nil
	}
	// Tokens are put under one another where the axis is theirs in all inputs.
	if rank == 3 && axis == 1 {
		if v, ok, err := im.concatRows(n.Outputs[0], views); ok || err != nil {
			return v, err
		}
	}
	var names []string
	positions := [][]atom{}
	for i, v := range views {
		if views[i], err = im.settleOn(v, axis); err != nil {
			return v, err
		}
		names = append(names, views[i].node)
		if p := views[i].positions(axis); i == 0 {
			positions = p
		} else if views[i].shape.H != views[0].shape.H || views[i].shape.W != views[0].shape.W || !slices.EqualFunc(p, positions, slices.Equal) {
			// They lie in different orders: copies lie in the same.
			return im.concatCopies(n.Outputs[0], views, axis)
		}
	}
	name, err := im.add(graph.Node{Name: n.Outputs[0], Op: graph.Concat, In: names})
	if err != nil {
		return view{}, err
	}
	return im.onPositions(name, positions, axis), nil
}

// positions are the axes of a settled view but one, with their steps counted in positions.
func (v view) positions(channel int) [][]atom {
	out := make([][]atom, len(v.axes))
	for i, a := range v.axes {
		if i == channel {
			continue
		}
		for _, x := range a {
			out[i] = append(out[i], atom{x.n, x.step / v.shape.C})
		}
	}
	return out
}

// onPositions is the view of a layer whose positions lie like those of another's.
func (im *importer) onPositions(name string, positions [][]atom, channel int) view {
	s := im.shapes[name]
	axes := make([][]atom, len(positions))
	for i, a := range positions {
		for _, x := range a {
			axes[i] = append(axes[i], atom{x.n, x.step * s.C})
		}
	}
	axes[channel] = channels(s)
	return newView(name, s, axes...)
}

func (im *importer) concatCopies(name string, views []view, axis int) (view, error) {
	var names []string
	for i, v := range views {
		var err error
		if views[i], err = im.arrange(v, axis); err != nil {
			return v, err
		}
		names = append(names, views[i].node)
	}
	name, err := im.add(graph.Node{Name: name, Op: graph.Concat, In: names})
	if err != nil {
		return view{}, err
	}
	return im.onPositions(name, views[0].positions(axis), axis), nil
}

// rejoined puts slices of one layer that follow one another together again.
func rejoined(views []view, axis int) (view, bool) {
	first := views[0]
	count := 0
	for _, v := range views {
		a, b := first.axes[axis], v.axes[axis]
		if v.node != first.node || v.scale != first.scale || v.padded != first.padded || len(a) != 1 || len(b) != 1 || a[0].step != b[0].step || v.start != first.start+count*a[0].step {
			return view{}, false
		}
		for i := range v.axes {
			if i != axis && !slices.Equal(v.axes[i], first.axes[i]) {
				return view{}, false
			}
		}
		count += b[0].n
	}
	first.axes = slices.Clone(first.axes)
	first.axes[axis] = []atom{{count, first.axes[axis][0].step}}
	return first, true
}

// concatRows joins [1][N][C] by their tokens.
func (im *importer) concatRows(name string, views []view) (view, bool, error) {
	var names []string
	for _, v := range views {
		if v.dims()[0] != 1 {
			return view{}, false, nil
		}
		v, err := im.settleOn(v, 2)
		if err != nil {
			return v, false, err
		}
		if s := v.shape; s.W != 1 || !v.has(1, rows(s)) {
			if v, err = im.copied(v, slices.Concat(v.axes[1], v.axes[2]), tensor.Shape{H: length(v.axes[1]), W: 1, C: s.C}, []int{0, 1, 2}); err != nil {
				return v, false, err
			}
		}
		names = append(names, v.node)
	}
	name, err := im.add(graph.Node{Name: name, Op: graph.ConcatRows, In: names})
	if err != nil {
		return view{}, false, err
	}
	s := im.shapes[name]
	return newView(name, s, nil, rows(s), channels(s)), true, nil
}

// pair adds, subtracts or multiplies two activations, each repeated along what axes the other has
// alone.
func (im *importer) pair(n *onnx.Node, a, b view) (view, error) {
	op := map[string]graph.Op{"Add": graph.Add, "Sub": graph.Add, "Mul": graph.Mul, "Div": graph.Mul}[n.Op]
	switch n.Op {
	case "Sub":
		b.scale = -b.scale
	case "Div":
		var err error
		if b, err = im.activate(&onnx.Node{Outputs: []string{n.Outputs[0] + ".reciprocal"}}, b, graph.Reciprocal); err != nil {
			return b, err
		}
	}
	dims, err := constant.Broadcast(a.dims(), b.dims())
	if err != nil {
		return a, err
	}
	if a, err = im.padAxes(a.once(), len(dims)); err != nil {
		return a, err
	}
	if b, err = im.padAxes(b.once(), len(dims)); err != nil {
		return b, err
	}
	if constant.Elements(b.dims()) > constant.Elements(a.dims()) {
		a, b = b, a
	}
	if !slices.Equal(a.dims(), dims) { // each has an axis alone, or both were repeated
		if a, err = a.expanded(dims); err != nil {
			return a, err
		}
	}
	if a, err = im.settle(a); err != nil {
		return a, err
	}
	channel := a.channelAxis()
	if channel < 0 {
		if a, err = im.arrange(a, len(dims)-1); err != nil {
			return a, err
		}
		channel = len(dims) - 1
	}
	if b, err = im.fitted(a, b, channel); err != nil {
		return b, err
	}
	made, err := im.add(graph.Node{Name: n.Outputs[0], Op: op, In: []string{a.node, b.node}})
	return a.on(made), err
}

// padAxes adds axes of length 1 in front.
func (im *importer) padAxes(v view, rank int) (view, error) {
	if _, err := v.unpadded(v, nil); err != nil {
		return v, err
	}
	axes := make([][]atom, rank)
	copy(axes[rank-len(v.axes):], v.axes)
	v.axes = axes
	return v, nil
}

// fitted gives b in the order of the layer of a, or as a single position where it has no more.
func (im *importer) fitted(a, b view, channel int) (view, error) {
	if s, ok, err := im.settled(b); err != nil {
		return b, err
	} else if ok && s.shape == a.shape && slices.EqualFunc(s.axes, a.axes, slices.Equal) {
		return s, nil
	} else if ok {
		b = s
	}
	if length(b.axes[channel]) == constant.Elements(b.dims()) && length(b.axes[channel]) == a.shape.C {
		if b.shape == (tensor.Shape{H: 1, W: 1, C: a.shape.C}) && b.start == 0 && b.has(channel, channels(b.shape)) {
			return im.unscaled(b)
		}
		return im.arrange(b, channel)
	}
	b, err := b.expanded(a.dims())
	if err != nil {
		return b, err
	}
	if b, err = im.unscaled(b); err != nil {
		return b, err
	}
	// In the order in which a walks through its layer.
	type place struct{ axis, at, step int }
	var order []place
	for i, axis := range a.axes {
		for k, x := range axis {
			order = append(order, place{i, k, x.step})
		}
	}
	slices.SortFunc(order, func(p, q place) int { return q.step - p.step })
	var walk []atom
	parts := make([][]atom, len(b.axes))
	for i := range b.axes {
		if parts[i], err = split(b.axes[i], a.axes[i]); err != nil {
			return b, err
		}
	}
	// split may cut finer than a does: so many parts of b for each of a.
	for _, p := range order {
		n, from := a.axes[p.axis][p.at].n, parts[p.axis]
		skip := 1
		for _, x := range a.axes[p.axis][:p.at] {
			skip *= x.n
		}
		for len(from) > 0 && skip > 1 {
			skip /= from[0].n
			from = from[1:]
		}
		for n > 1 && len(from) > 0 {
			walk = append(walk, from[0])
			n /= from[0].n
			from = from[1:]
		}
	}
	var all []int
	for i := range b.axes {
		all = append(all, i)
	}
	out, err := im.copied(b, walk, a.shape, all)
	if err != nil {
		return b, err
	}
	return a.on(out.node), nil
}

// split cuts the steps of one axis where those of another end.
func split(list, like []atom) ([]atom, error) {
	rest := slices.Clone(list)
	var out []atom
	for _, l := range like {
		for d := l.n; d > 1; {
			if len(rest) == 0 {
				return nil, errors.New("axes of different lengths")
			}
			a := &rest[0]
			switch {
			case d%a.n == 0:
				out = append(out, *a)
				d /= a.n
				rest = rest[1:]
			case a.n%d == 0:
				inner := a.n / d
				out = append(out, atom{d, a.step * inner})
				a.n, d = inner, 1
			default:
				return nil, fmt.Errorf("axes of %v and %v, which cut one another, do not fit", list, like)
			}
		}
	}
	return out, nil
}

// bias adds a constant to every position, in turn where it has fewer axes or axes of length 1 in
// front.
func (im *importer) bias(name string, v view, c *constant.Tensor) (view, error) {
	dims, rank := v.dims(), len(v.axes)
	if all, err := constant.Broadcast(dims, c.Dims); err != nil || !slices.Equal(all, dims) {
		return v, fmt.Errorf("a constant of %v does not fit %v", c.Dims, dims)
	}
	v, err := im.arrange(v, rank-1)
	if err != nil {
		return v, err
	}
	// From the first axis on that the constant has more than once, it is written out.
	have := make([]int, rank)
	for i := range have {
		if have[i] = 1; i >= rank-len(c.Dims) {
			have[i] = c.Dims[i-(rank-len(c.Dims))]
		}
	}
	first := 0
	for first < rank-1 && have[first] == 1 {
		first++
	}
	full := slices.Clone(dims[first:])
	strides := constant.BroadcastStrides(c.Dims, rank)[first:]
	source := &constant.Tensor{Dims: c.Dims, Floats: c.Vector(), Most: c.Most}
	out, err := source.Pick(full, func(at []int) int { return constant.Offset(at, strides) })
	if err != nil {
		return v, err
	}
	if err := im.spend(out.Len()); err != nil {
		return v, err
	}
	c2 := full[len(full)-1]
	n := graph.Node{Name: name, Op: graph.Bias, In: []string{v.node}}
	n.Weight = im.param(name+".bias", out.Floats, out.Len()/c2, c2)
	made, err := im.add(n)
	return v.on(made), err
}

// product multiplies two activations as batches of matrices.
func (im *importer) product(name string, a, b view) (view, error) {
	rank := max(len(a.axes), len(b.axes))
	if min(len(a.axes), len(b.axes)) < 2 {
		return a, errors.New("a product of activations that are no matrices")
	}
	var err error
	if a, err = im.padAxes(a, rank); err != nil {
		return a, err
	}
	if b, err = im.padAxes(b, rank); err != nil {
		return b, err
	}
	if a, err = im.matrix(a, rank-1); err != nil {
		return a, err
	}
	if b, err = im.matrix(b, rank-1); err != nil {
		return b, err
	}
	m, k, columns := length(a.axes[rank-2]), length(a.axes[rank-1]), length(b.axes[rank-1])
	if length(b.axes[rank-2]) != k {
		return a, fmt.Errorf("matrices of %v and %v do not fit", a.dims(), b.dims())
	}
	batch, err := constant.Broadcast(a.dims()[:rank-2], b.dims()[:rank-2])
	if err != nil {
		return a, err
	}
	matrices := func(v view, rows, cols []atom) *graph.Matrices {
		out := &graph.Matrices{Count: v.shape.Len(), Index: v.start, Down: step(rows), Right: step(cols)}
		var walk []atom
		for i, d := range batch {
			if of := v.axes[i]; length(of) == d {
				walk = append(walk, of...)
			} else {
				walk = append(walk, atom{d, 0})
			}
		}
		for _, x := range joined(walk) {
			out.Walk = append(out.Walk, graph.Stride{x.n, x.step})
		}
		return out
	}
	n := graph.Node{Name: name, Op: graph.MatMul, In: []string{a.node, b.node}, Rows: m, Depth: k, Columns: columns, Alpha: a.scale * b.scale}
	n.Left, n.Right = matrices(a, a.axes[rank-2], a.axes[rank-1]), matrices(b, b.axes[rank-2], b.axes[rank-1])
	if name, err = im.add(n); err != nil {
		return a, err
	}
	axes := make([][]atom, rank)
	at := m * columns
	for i, d := range slices.Backward(batch) {
		axes[i] = atoms(d, at)
		at *= d
	}
	axes[rank-2], axes[rank-1] = atoms(m, columns), atoms(columns, 1)
	return newView(name, im.shapes[name], axes...), nil
}

// matrix sees to it that each of the last two axes goes by one step.
func (im *importer) matrix(v view, last int) (view, error) {
	if len(v.axes[last]) <= 1 && len(v.axes[last-1]) <= 1 {
		return v, nil
	}
	return im.arrange(v, last)
}

func step(axis []atom) int {
	if len(axis) == 0 {
		return 1
	}
	return axis[0].step
}

// einsum multiplies two activations by an equation that is a batch of matrix products.
func (im *importer) einsum(n *onnx.Node, a, b view) (view, error) {
	equation := strings.ReplaceAll(n.String("equation", ""), " ", "")
	sides := strings.Split(equation, "->")
	unknown := fmt.Errorf("the equation %q is no batch of matrix products as they are known here", clip(equation))
	if len(sides) != 2 || strings.Contains(equation, ".") {
		return a, unknown
	}
	in := strings.Split(sides[0], ",")
	if len(in) != 2 || len(in[0]) != len(a.axes) || len(in[1]) != len(b.axes) {
		return a, unknown
	}
	out := sides[1]
	var batch, left, right, sum []byte
	for i := range len(in[0]) {
		switch c := in[0][i]; {
		case strings.Count(in[0], string(c)) != 1:
			return a, unknown
		case strings.IndexByte(in[1], c) < 0:
			left = append(left, c)
		case strings.IndexByte(out, c) < 0:
			sum = append(sum, c)
		default:
			batch = append(batch, c)
		}
	}
	for i := range len(in[1]) {
		if c := in[1][i]; strings.IndexByte(in[0], c) < 0 {
			right = append(right, c)
		} else if strings.Count(in[1], string(c)) != 1 {
			return a, unknown
		}
	}
	made := slices.Concat(batch, left, right)
	if len(left) != 1 || len(right) != 1 || len(sum) != 1 || len(made) != len(out) {
		return a, unknown
	}
	order := func(of string, want ...[]byte) []int {
		var perm []int
		for _, c := range slices.Concat(want...) {
			perm = append(perm, strings.IndexByte(of, c))
		}
		return perm
	}
	back := make([]int, len(out))
	for i := range len(out) {
		if back[i] = slices.Index(made, out[i]); back[i] < 0 {
			return a, unknown
		}
	}
	v, err := im.product(n.Outputs[0], a.transpose(order(in[0], batch, left, sum)), b.transpose(order(in[1], batch, sum, right)))
	if err != nil {
		return v, err
	}
	return v.transpose(back), nil
}
