package onnxgraph

import (
	"errors"
	"fmt"
	"slices"

	"homeroom/core/graph"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// global averages, sums or takes the largest over axes.
func (im *importer) global(n *onnx.Node, v view, axes []int, keep bool) (view, error) {
	op, scale := graph.GAP, 1.0
	switch n.Op {
	case "ReduceMax", "GlobalMaxPool":
		op = graph.GMP
	case "ReduceL2":
		var err error
		if v, err = im.pair(&onnx.Node{Op: "Mul", Outputs: []string{n.Outputs[0] + ".square"}}, v, v); err != nil {
			return v, err
		}
		sum := *n
		sum.Op, sum.Outputs = "ReduceSum", []string{n.Outputs[0] + ".sum"}
		if v, err = im.global(&sum, v, axes, keep); err != nil {
			return v, err
		}
		return im.activate(n, v, graph.Sqrt)
	case "ReduceSum":
		for _, a := range axes {
			if a < len(v.axes) {
				scale *= float64(length(v.axes[a]))
			}
		}
	}
	over := make([]bool, len(v.axes))
	covered := 1
	for _, a := range axes {
		if a < 0 || a >= len(v.axes) {
			return v, fmt.Errorf("there is no axis %d in %v", a, v.dims())
		}
		over[a] = true
		covered *= length(v.axes[a])
	}
	var kept []int
	for i := range v.axes {
		if !over[i] {
			kept = append(kept, i)
		}
	}
	out, ok, err := im.settled(v)
	if err != nil {
		return v, err
	}
	if c := out.channelAxis(); !ok || c < 0 || over[c] || covered != out.shape.Pixels() {
		if out, err = im.arranged(out, slices.Clone(axes), kept); err != nil {
			return v, err
		}
	}
	if covered == 1 {
		name := out.node
		return im.reduced(name, v, kept, over, keep, scale), nil
	}
	name, err := im.add(graph.Node{Name: n.Outputs[0], Op: op, In: []string{out.node}})
	if err != nil {
		return v, err
	}
	return im.reduced(name, v, kept, over, keep, scale), nil
}

// reduced is the view of what is left of v in a single position.
func (im *importer) reduced(name string, v view, kept []int, over []bool, keep bool, scale float64) view {
	all := make([][]atom, len(v.axes))
	step := 1
	for _, i := range slices.Backward(kept) {
		n := length(v.axes[i])
		all[i] = atoms(n, step)
		step *= n
	}
	var axes [][]atom
	for i := range all {
		if keep || !over[i] {
			axes = append(axes, all[i])
		}
	}
	out := newView(name, im.shapes[name], axes...)
	out.scale = scale
	return out
}

// instanceNorm normalises each element of the second axis over all that follow. Groups of channels
// are put there by exporters that have no operator for group normalisation.
func (im *importer) instanceNorm(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	if len(v.axes) < 3 || length(v.axes[0]) != 1 {
		return v, fmt.Errorf("%v is no feature map to normalise", v.dims())
	}
	groups := length(v.axes[1])
	v, err := im.settle(v)
	if err != nil {
		return v, err
	}
	s := v.shape
	if groups > s.C || s.C%max(groups, 1) != 0 || !v.has(1, atoms(groups, s.C/groups)) {
		// Only where the groups are not those of the layer's channels.
		if v, err = im.arrange(v, 1); err != nil {
			return v, err
		}
		s = v.shape
	}
	return im.groupNorm(n, v, groups, in)
}

// groupNorm adds the layer; scale and shift are one number for each group or for each channel.
func (im *importer) groupNorm(n *onnx.Node, v view, groups int, in []*constant.Tensor) (view, error) {
	c := v.shape.C
	if groups < 1 || c%groups != 0 {
		return v, fmt.Errorf("%d channels cannot be cut into %d groups", c, groups)
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.GroupNorm, In: []string{v.node}, Groups: groups, Eps: float64(n.Float("epsilon", 1e-5))}
	for i, to := range []*string{nil, &node.Weight, &node.Bias} {
		if to == nil {
			continue
		}
		if i >= len(in) || in[i] == nil || in[i].IsInt() || in[i].Len() != groups && in[i].Len() != c {
			return v, fmt.Errorf("its input %d does not fit %d channels in %d groups", i, c, groups)
		}
		values := in[i].Vector()
		if len(values) != c {
			wide := make([]float32, c)
			for k := range wide {
				wide[k] = values[k/(c/groups)]
			}
			values = wide
		}
		*to = im.param(n.Inputs[i], values, c)
	}
	name, err := im.add(node)
	return v.on(name), err
}

// resize makes a map larger by whole factors.
func (im *importer) upsample(n *onnx.Node, v view, in []*constant.Tensor) (view, error) {
	v, err := im.asMap(v)
	if err != nil {
		return v, err
	}
	if _, err := v.unpadded(v, nil); err != nil {
		return v, err
	}
	dims := v.dims()
	sizes := slices.Clone(dims)
	switch {
	case len(in) > 3 && in[3] != nil:
		if sizes, err = in[3].Ints(); err != nil {
			return v, err
		}
	case len(in) > 2 && in[2] != nil && in[2].Len() == 4:
		for i := range sizes {
			sizes[i] = int(float64(dims[i]) * in[2].At(i))
		}
	case n.Op == "Upsample" && len(in) > 1 && in[1] != nil && in[1].Len() == 4:
		for i := range sizes {
			sizes[i] = int(float64(dims[i]) * in[1].At(i))
		}
	default:
		return v, errors.New("its sizes are missing")
	}
	if slices.Equal(sizes, dims) {
		return v, nil
	}
	if len(sizes) != 4 || sizes[0] != 1 || sizes[1] != dims[1] || sizes[2] < 1 || sizes[3] < 1 || sizes[2]%dims[2] != 0 || sizes[3]%dims[3] != 0 {
		return v, fmt.Errorf("from %v to %v, which is not larger by whole factors", dims, sizes)
	}
	node := graph.Node{Name: n.Outputs[0], Op: graph.Upsample, In: []string{v.node}, Scale: [2]int{sizes[2] / dims[2], sizes[3] / dims[3]}}
	how := n.String("coordinate_transformation_mode", "half_pixel")
	switch mode := n.String("mode", "nearest"); {
	case mode == "nearest" && (how == "asymmetric" && n.String("nearest_mode", "round_prefer_floor") == "floor" || how == "half_pixel" || n.Op == "Upsample"):
	case mode == "linear" && (how == "half_pixel" || how == "pytorch_half_pixel" && sizes[2] > 1 && sizes[3] > 1) && n.Op == "Resize":
		node.Linear = true
	default:
		return v, fmt.Errorf("resizing by %q with coordinates by %q is not known here", clip(mode), clip(how))
	}
	name, err := im.add(node)
	if err != nil {
		return v, err
	}
	return im.mapOf(name), nil
}
