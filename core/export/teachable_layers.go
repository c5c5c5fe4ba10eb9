package export

import (
	"fmt"
	"math"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// oneLayer is a layer on its way into a layers model.
type oneLayer struct {
	*layersModel
	name string
	g    *graph.Graph
	n    *graph.Node
	out  tensor.Shape
}

// layersOf write the layers of each kind. A function and no variable has them, so that a program
// that does not write this format has none of it.
func layersOf() map[graph.Op]func(l *oneLayer, in []layersRef) (layersRef, error) {
	return map[graph.Op]func(l *oneLayer, in []layersRef) (layersRef, error){
		graph.Conv: (*oneLayer).conv, graph.Dense: (*oneLayer).denseLayer, graph.BatchNorm: (*oneLayer).batchNorm,
		graph.MaxPool: (*oneLayer).maxPool, graph.AvgPool: (*oneLayer).averagePool, graph.AdaptiveAvgPool: (*oneLayer).adaptivePool,
		graph.GAP: layersGlobal("GlobalAveragePooling2D"), graph.GMP: layersGlobal("GlobalMaxPooling2D"),
		graph.Add: layersPairwise("Add"), graph.Mul: layersPairwise("Multiply"), graph.Concat: (*oneLayer).concatLayer,
		graph.Flatten: func(l *oneLayer, in []layersRef) (layersRef, error) {
			x := l.flat(in[0])
			x.shape = l.out
			return x, nil
		},
		graph.ReLU: layersElement("ReLU", 0, nil), graph.ReLU6: layersElement("ReLU", 0, map[string]any{"max_value": 6}),
		graph.Sigmoid: layersActivation("sigmoid", 0), graph.Tanh: layersActivation("tanh", -1), graph.Softmax: layersActivation("softmax", 0),
		graph.LeakyReLU: func(l *oneLayer, in []layersRef) (layersRef, error) {
			return layersElement("LeakyReLU", unbounded, map[string]any{"alpha": l.n.Alpha})(l, in)
		},
		graph.ELU: func(l *oneLayer, in []layersRef) (layersRef, error) {
			return layersElement("ELU", unbounded, map[string]any{"alpha": l.n.Alpha})(l, in)
		},
		graph.SiLU: (*oneLayer).silu, graph.HardSigmoid: (*oneLayer).hardSigmoid, graph.HardSwish: (*oneLayer).hardSwish,
	}
}

// as is the output of a layer of a class that reads x.
func (l *oneLayer) as(class string, x layersRef, atLeast float64, config map[string]any, weights ...layerWeight) layersRef {
	return layersRef{l.add(l.name, class, []layersRef{x}, config, weights...), x.vector, l.out, atLeast}
}

func layersElement(class string, atLeast float64, config map[string]any) func(l *oneLayer, in []layersRef) (layersRef, error) {
	return func(l *oneLayer, in []layersRef) (layersRef, error) {
		own := map[string]any{}
		for k, v := range config {
			own[k] = v
		}
		return l.as(class, in[0], atLeast, own), nil
	}
}

func layersActivation(kind string, atLeast float64) func(l *oneLayer, in []layersRef) (layersRef, error) {
	return layersElement("Activation", atLeast, map[string]any{"activation": kind})
}

// window pads x by zeros where the padding is none that layers models know, and says which is left
// to them.
func (l *oneLayer) window(x layersRef, w graph.Window) (layersRef, string) {
	down, right := (w.OH-1)*w.SH+(w.KH-1)*w.DH+1-x.shape.H, (w.OW-1)*w.SW+(w.KW-1)*w.DW+1-x.shape.W
	if max(down, 0) == w.Top+w.Bottom && max(right, 0) == w.Left+w.Right && w.Top == max(down, 0)/2 && w.Left == max(right, 0)/2 &&
		w.OH == (x.shape.H+w.SH-1)/w.SH && w.OW == (x.shape.W+w.SW-1)/w.SW {
		return x, "same"
	}
	bottom, rest := max(w.Bottom, down-w.Top), max(w.Right, right-w.Left)
	if w.Top+w.Left+bottom+rest == 0 {
		return x, "valid"
	}
	x.name = l.add(l.name+"_pad", "ZeroPadding2D", []layersRef{x}, map[string]any{"padding": [][]int{{w.Top, bottom}, {w.Left, rest}}, "data_format": "channels_last"})
	x.shape.H, x.shape.W = x.shape.H+w.Top+bottom, x.shape.W+w.Left+rest
	return x, "valid"
}

func (l *oneLayer) conv(in []layersRef) (layersRef, error) {
	x := l.plane(in[0])
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	groups, c, inside := max(l.n.Groups, 1), l.out.C, x.shape.C
	if (w.SH > 1 || w.SW > 1) && (w.DH > 1 || w.DW > 1) {
		return x, errLayers("a convolution with both a stride and a dilation")
	}
	x, padding := l.window(x, w)
	config := map[string]any{
		"kernel_size": []int{w.KH, w.KW}, "strides": []int{w.SH, w.SW}, "dilation_rate": []int{w.DH, w.DW}, "padding": padding,
		"data_format": "channels_last", "activation": "linear", "use_bias": true,
	}
	v, bias := l.g.Floats(l.n.Weight, 0, 0), layerWeight{Name: "bias", Shape: []int{c}, v: l.g.Floats(l.n.Bias, c, 0)}
	switch groups {
	case 1:
		// [out][KH][KW][in] → [KH][KW][in][out]
		kernel := turn(v, c)
		config["filters"] = c
		return l.as("Conv2D", x, unbounded, config, layerWeight{Name: "kernel", Shape: []int{w.KH, w.KW, inside, c}, v: kernel}, bias), nil
	case inside:
		// [in·m][KH][KW][1] → [KH][KW][in][m]
		kernel := turn(v, c)
		config["depth_multiplier"] = c / inside
		return l.as("DepthwiseConv2D", x, unbounded, config, layerWeight{Name: "depthwise_kernel", Shape: []int{w.KH, w.KW, inside, c / inside}, v: kernel}, bias), nil
	}
	return x, errLayers(fmt.Sprintf("a convolution in %d groups", groups))
}

// turn transposes [n][…] to […][n].
func turn(v []float32, n int) []float32 {
	out, row := make([]float32, len(v)), len(v)/n
	for r := range n {
		for i, x := range v[r*row : (r+1)*row] {
			out[i*n+r] = x
		}
	}
	return out
}

func (l *oneLayer) denseLayer(in []layersRef) (layersRef, error) {
	x := in[0]
	v := l.g.Floats(l.n.Weight, 0, 0)
	return l.product(l.name, x, v, l.g.Floats(l.n.Bias, l.out.C, 0), l.out.C, false), nil
}

func (l *oneLayer) batchNorm(in []layersRef) (layersRef, error) {
	scale, shift := l.g.ScaleShift(l.n)
	return l.scaled(l.name, in[0], scale, shift, nil), nil
}

func (l *oneLayer) pool(class string, x layersRef, padding string, w graph.Window, atLeast float64) layersRef {
	return l.as(class, x, atLeast, map[string]any{"pool_size": []int{w.KH, w.KW}, "strides": []int{w.SH, w.SW}, "padding": padding, "data_format": "channels_last"})
}

// maxPool pads by zeros only what is nowhere less.
func (l *oneLayer) maxPool(in []layersRef) (layersRef, error) {
	x := l.plane(in[0])
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	padded, padding := l.window(x, w)
	if w.DH > 1 || w.DW > 1 || padded.name != x.name && x.atLeast < 0 {
		return x, errLayers("the largest of a window that is dilated, or padded where numbers are below 0,")
	}
	return l.pool("MaxPooling2D", padded, padding, w, x.atLeast), nil
}

func (l *oneLayer) averagePool(in []layersRef) (layersRef, error) {
	x := l.plane(in[0])
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	pads := w.Top+w.Left+w.Bottom+w.Right > 0
	beyond := (w.OH-1)*w.SH+w.KH > x.shape.H+w.Top+w.Bottom || (w.OW-1)*w.SW+w.KW > x.shape.W+w.Left+w.Right
	padded, padding := l.window(x, w)
	counts := padding == "valid" && (!pads || l.n.CountPad) && !beyond
	if w.DH > 1 || w.DW > 1 || !counts && !(padding == "same" && (!l.n.CountPad || !pads)) {
		return x, errLayers("an average over windows that are dilated or partly outside")
	}
	return l.pool("AveragePooling2D", padded, padding, w, x.atLeast), nil
}

func (l *oneLayer) adaptivePool(in []layersRef) (layersRef, error) {
	x := l.plane(in[0])
	s := x.shape
	switch {
	case l.out == s:
		return x, nil
	case s.H%l.out.H != 0 || s.W%l.out.W != 0:
		return x, errLayers(fmt.Sprintf("adaptive average pooling of %v to %v", s, l.out))
	}
	k, m := s.H/l.out.H, s.W/l.out.W
	return l.pool("AveragePooling2D", x, "valid", graph.Window{KH: k, KW: m, SH: k, SW: m}, x.atLeast), nil
}

func layersGlobal(class string) func(l *oneLayer, in []layersRef) (layersRef, error) {
	return func(l *oneLayer, in []layersRef) (layersRef, error) {
		x := l.as(class, l.plane(in[0]), in[0].atLeast, map[string]any{"data_format": "channels_last"})
		x.vector = true
		return x, nil
	}
}

func layersPairwise(class string) func(l *oneLayer, in []layersRef) (layersRef, error) {
	return func(l *oneLayer, in []layersRef) (layersRef, error) {
		a, b := in[0], in[1]
		if a.vector != b.vector {
			a, b = l.plane(a), l.plane(b)
		}
		atLeast := unbounded
		if a.atLeast >= 0 && b.atLeast >= 0 {
			atLeast = 0
		}
		return layersRef{l.add(l.name, class, []layersRef{a, b}, nil), a.vector, l.out, atLeast}, nil
	}
}

func (l *oneLayer) concatLayer(in []layersRef) (layersRef, error) {
	all, atLeast := make([]layersRef, len(in)), math.Inf(1)
	for i, x := range in {
		all[i] = l.plane(x)
		atLeast = min(atLeast, x.atLeast)
	}
	return layersRef{l.add(l.name, "Concatenate", all, map[string]any{"axis": -1}), false, l.out, atLeast}, nil
}

func (l *oneLayer) silu(in []layersRef) (layersRef, error) {
	gate := l.as("Activation", in[0], 0, map[string]any{"activation": "sigmoid"})
	return layersRef{l.add(l.name, "Multiply", []layersRef{in[0], gate}, nil), in[0].vector, l.out, unbounded}, nil
}

// hardSigmoid is min(max(x + 3, 0), 6)/6: that of layers models has another slope.
func (l *oneLayer) hardSigmoid(in []layersRef) (layersRef, error) {
	all := func(v float32) []float32 {
		out := make([]float32, l.out.C)
		for i := range out {
			out[i] = v
		}
		return out
	}
	x := l.scaled(l.name, in[0], all(1), all(3), nil)
	x = l.as("ReLU", x, 0, map[string]any{"max_value": 6})
	x = l.scaled(l.name, x, all(1.0/6), nil, nil)
	x.atLeast = 0
	return x, nil
}

func (l *oneLayer) hardSwish(in []layersRef) (layersRef, error) {
	gate, err := l.hardSigmoid(in)
	return layersRef{l.add(l.name, "Multiply", []layersRef{in[0], gate}, nil), in[0].vector, l.out, unbounded}, err
}
