package export

import (
	"fmt"
	"math"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// tfLayer is a layer on its way into a model of TensorFlow Lite.
type tfLayer struct {
	*tflite
	prefix string
	g      *graph.Graph
	n      *graph.Node
	out    tensor.Shape
}

// tfLayers write the layers of each kind. A function and no variable has them, so that a program
// that does not write this format has none of it.
func tfLayers() map[graph.Op]func(l *tfLayer, in []tfRef) (tfRef, error) {
	return map[graph.Op]func(l *tfLayer, in []tfRef) (tfRef, error){
		graph.Conv: (*tfLayer).conv, graph.Dense: (*tfLayer).denseLayer, graph.BatchNorm: (*tfLayer).batchNorm,
		graph.LayerNorm: (*tfLayer).layerNorm, graph.GroupNorm: (*tfLayer).groupNorm,
		graph.MaxPool: (*tfLayer).maxPool, graph.AvgPool: (*tfLayer).averagePool, graph.AdaptiveAvgPool: (*tfLayer).adaptivePool,
		graph.GAP: tfGlobal(tfMean), graph.GMP: tfGlobal(tfReduceMax),
		graph.Softmax: func(l *tfLayer, in []tfRef) (tfRef, error) {
			return l.unary(tfSoftmax, in[0], option{tfSoftmaxBeta, float32(1)}), nil
		},
		graph.Add: tfPairwise(tfAdd), graph.Mul: tfPairwise(tfMul),
		graph.Flatten: func(l *tfLayer, in []tfRef) (tfRef, error) { return tfRef{l.as(in[0], flat).at, flat, l.out}, nil },
		graph.Concat:  (*tfLayer).concatLayer, graph.Slice: (*tfLayer).sliceLayer, graph.Shuffle: (*tfLayer).shuffle, graph.Upsample: (*tfLayer).upsample,
		graph.Tokens: (*tfLayer).tokens, graph.Attention: (*tfLayer).attention, graph.Token: (*tfLayer).token, graph.DropToken: (*tfLayer).dropToken,
		graph.ReLU: tfElement(tfRelu), graph.ReLU6: tfElement(tfRelu6), graph.Sigmoid: tfElement(tfLogistic), graph.Tanh: tfElement(tfTanh),
		graph.HardSwish: tfElement(tfHardSwish), graph.GELU: tfElement(tfGelu), graph.GELUTanh: tfElement(tfGelu, option{tfGeluTanh, true}),
		graph.HardSigmoid: (*tfLayer).hardSigmoid, graph.Clip: (*tfLayer).clip, graph.SiLU: (*tfLayer).silu, graph.ELU: (*tfLayer).elu,
		graph.LeakyReLU: func(l *tfLayer, in []tfRef) (tfRef, error) {
			return l.unary(tfLeakyRelu, in[0], option{tfLeakyAlpha, float32(l.n.Alpha)}), nil
		},
		graph.Mish: (*tfLayer).mish,
		graph.Sqrt: func(l *tfLayer, in []tfRef) (tfRef, error) { return l.unary(tfSqrt, l.unary(tfRelu, in[0])), nil },
		graph.Reciprocal: func(l *tfLayer, in []tfRef) (tfRef, error) {
			x := in[0]
			return tfRef{l.op(tfDiv, x.layout.dims(x.shape), []int{l.scalar(1), x.at}), x.layout, x.shape}, nil
		},
	}
}

func tfElement(op tfOp, options ...option) func(l *tfLayer, in []tfRef) (tfRef, error) {
	return func(l *tfLayer, in []tfRef) (tfRef, error) { return l.unary(op, in[0], options...), nil }
}

func (l *tfLayer) vectorParam(v []float32) int { return l.floats("", v, len(v)) }

// window pads x with a value where the window's own padding is none that the file's readers know,
// and says which padding is left to them.
func (l *tfLayer) window(x tfRef, w graph.Window, fill float32) (tfRef, int8) {
	dh, dw := (w.KH-1)*w.DH+1, (w.KW-1)*w.DW+1
	down, right := (w.OH-1)*w.SH+dh-x.shape.H, (w.OW-1)*w.SW+dw-x.shape.W
	if max(down, 0) == w.Top+w.Bottom && max(right, 0) == w.Left+w.Right && w.Top == max(down, 0)/2 && w.Left == max(right, 0)/2 &&
		w.OH == (x.shape.H+w.SH-1)/w.SH && w.OW == (x.shape.W+w.SW-1)/w.SW {
		return x, tfSame
	}
	// A last window that is partial reads beyond the padding.
	bottom, rest := max(w.Bottom, down-w.Top), max(w.Right, right-w.Left)
	if w.Top+w.Left+bottom+rest == 0 {
		return x, tfValid
	}
	s := tensor.Shape{H: x.shape.H + w.Top + bottom, W: x.shape.W + w.Left + rest, C: x.shape.C}
	sides := l.ints(0, 0, w.Top, bottom, w.Left, rest, 0, 0)
	l.tensors[sides].dims = []int{4, 2}
	y := l.op(tfPadV2, channelsLast.dims(s), []int{x.at, sides, l.scalar(float64(fill))})
	return tfRef{y, channelsLast, s}, tfValid
}

func (l *tfLayer) conv(in []tfRef) (tfRef, error) {
	x := l.as(in[0], channelsLast)
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	x, padding := l.window(x, w, 0)
	weight, groups, c := l.g.Params[l.n.Weight], max(l.n.Groups, 1), l.out.C
	op, dims, each := tfConv, []int{c, w.KH, w.KW, x.shape.C / groups}, []option(nil)
	// Any number of filters for each channel is depthwise, if in-channels are the groups.
	if depthwise := groups > 1 && groups == x.shape.C; depthwise {
		op, dims = tfDepthwise, []int{1, w.KH, w.KW, c}
		each = []option{{tfDepthMultiplier, int32(c / groups)}}
		if w.DH > 1 || w.DW > 1 {
			each = append(each, option{tfDepthDilationW, int32(w.DW)}, option{tfDepthDilationH, int32(w.DH)})
		}
	} else {
		each = []option{{tfConvDilationW, int32(w.DW)}, {tfConvDilationH, int32(w.DH)}}
	}
	options := append([]option{{tfConvPadding, padding}, {tfConvStrideW, int32(w.SW)}, {tfConvStrideH, int32(w.SH)}}, each...)
	inputs := []int{x.at, l.weight(l.prefix+l.n.Weight, weight, dims, op == tfDepthwise), l.vectorParam(l.g.Floats(l.n.Bias, c, 0))}
	return tfRef{l.op(op, channelsLast.dims(l.out), inputs, options...), channelsLast, l.out}, nil
}

func (l *tfLayer) denseLayer(in []tfRef) (tfRef, error) {
	x, to := in[0], in[0].layout
	weight, bias, c := l.g.Params[l.n.Weight], l.vectorParam(l.g.Floats(l.n.Bias, l.out.C, 0)), l.out.C
	rows := l.op(tfReshape, []int{x.shape.Pixels(), x.shape.C}, []int{x.at, l.ints(x.shape.Pixels(), x.shape.C)})
	at := l.weight(l.prefix+l.n.Weight, weight, []int{c, x.shape.C}, false)
	y := l.op(tfFullyConnected, []int{x.shape.Pixels(), c}, []int{rows, at, bias})
	dims := to.dims(l.out)
	return tfRef{l.op(tfReshape, dims, []int{y, l.ints(dims...)}), to, l.out}, nil
}

func (l *tfLayer) batchNorm(in []tfRef) (tfRef, error) {
	scale, shift := l.g.ScaleShift(l.n)
	x := in[0]
	if x.layout == flat {
		x = l.as(x, channelsLast)
	}
	return l.binary(tfAdd, l.binary(tfMul, x, l.vectorParam(scale)), l.vectorParam(shift)), nil
}

// moments subtracts the mean over axes and divides by the deviation.
func (l *tfLayer) moments(x int, dims, over, left []int) int {
	axes := l.ints(over...)
	mean := l.op(tfMean, left, []int{x, axes}, option{tfReduceKeep, true})
	centred := l.op(tfSub, dims, []int{x, mean})
	variance := l.op(tfMean, left, []int{l.op(tfMul, dims, []int{centred, centred}), axes}, option{tfReduceKeep, true})
	factor := l.op(tfRsqrt, left, []int{l.op(tfAdd, left, []int{variance, l.scalar(l.n.Eps)})})
	return l.op(tfMul, dims, []int{centred, factor})
}

func (l *tfLayer) layerNorm(in []tfRef) (tfRef, error) {
	x := in[0]
	if x.layout == flat {
		x = l.as(x, channelsLast)
	}
	dims := x.layout.dims(x.shape)
	left := append([]int(nil), dims...)
	left[len(left)-1] = 1
	y := tfRef{l.moments(x.at, dims, []int{len(dims) - 1}, left), x.layout, l.out}
	return l.weighted(y), nil
}

// weighted is weight·x + bias by channel.
func (l *tfLayer) weighted(x tfRef) tfRef {
	c := x.shape.C
	return l.binary(tfAdd, l.binary(tfMul, x, l.vectorParam(l.g.Floats(l.n.Weight, c, 1))), l.vectorParam(l.g.Floats(l.n.Bias, c, 0)))
}

func (l *tfLayer) groupNorm(in []tfRef) (tfRef, error) {
	x, g := l.as(in[0], channelsLast), l.n.Groups
	dims := []int{1, x.shape.Pixels(), g, x.shape.C / g}
	y := l.moments(l.op(tfReshape, dims, []int{x.at, l.ints(dims...)}), dims, []int{1, 3}, []int{1, 1, g, 1})
	back := channelsLast.dims(l.out)
	return l.weighted(tfRef{l.op(tfReshape, back, []int{y, l.ints(back...)}), channelsLast, l.out}), nil
}

func (l *tfLayer) pool(op tfOp, x tfRef, padding int8, w graph.Window) tfRef {
	y := l.op(op, channelsLast.dims(l.out), []int{x.at}, option{tfPoolPadding, padding}, option{tfPoolStrideW, int32(w.SW)}, option{tfPoolStrideH, int32(w.SH)},
		option{tfPoolWidth, int32(w.KW)}, option{tfPoolHeight, int32(w.KH)})
	return tfRef{y, channelsLast, l.out}
}

func (l *tfLayer) maxPool(in []tfRef) (tfRef, error) {
	x := l.as(in[0], channelsLast)
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	if w.DH > 1 || w.DW > 1 {
		return x, fmt.Errorf("the largest of a dilated window cannot be said in TensorFlow Lite")
	}
	x, padding := l.window(x, w, -math.MaxFloat32)
	return l.pool(tfMaxPool, x, padding, w), nil
}

// averagePool pads by zeros, and then corrects what was counted, position by position.
func (l *tfLayer) averagePool(in []tfRef) (tfRef, error) {
	x := l.as(in[0], channelsLast)
	w, err := l.n.Window(x.shape)
	if err != nil {
		return x, err
	}
	if w.DH > 1 || w.DW > 1 {
		return x, fmt.Errorf("an average over a dilated window cannot be said in TensorFlow Lite")
	}
	s := x.shape
	padded, padding := l.window(x, w, 0)
	if padding == tfSame && !l.n.CountPad || padded.at == x.at && padding == tfValid {
		return l.pool(tfAveragePool, padded, padding, w), nil
	}
	if padding == tfSame { // its readers do not count padding
		w.OH, w.OW = l.out.H, l.out.W
		sides := l.ints(0, 0, w.Top, w.Bottom, w.Left, w.Right, 0, 0)
		l.tensors[sides].dims = []int{4, 2}
		padded.shape = tensor.Shape{H: s.H + w.Top + w.Bottom, W: s.W + w.Left + w.Right, C: s.C}
		padded.at = l.op(tfPadV2, channelsLast.dims(padded.shape), []int{x.at, sides, l.scalar(0)})
	}
	y := l.pool(tfAveragePool, padded, tfValid, w)
	counted := func(i, k, stride, before, n, after int) int {
		from, to := i*stride-before, i*stride-before+k
		if l.n.CountPad {
			return min(to, n+after) - from
		}
		return min(to, n) - max(from, 0)
	}
	factor, plain := make([]float32, w.OH*w.OW), true
	for r := range w.OH {
		for c := range w.OW {
			n := counted(r, w.KH, w.SH, w.Top, s.H, w.Bottom) * counted(c, w.KW, w.SW, w.Left, s.W, w.Right)
			factor[r*w.OW+c] = float32(w.KH*w.KW) / float32(max(n, 1))
			plain = plain && n == w.KH*w.KW
		}
	}
	if plain {
		return y, nil
	}
	return l.binary(tfMul, y, l.floats("", factor, 1, w.OH, w.OW, 1)), nil
}

func (l *tfLayer) adaptivePool(in []tfRef) (tfRef, error) {
	x := l.as(in[0], channelsLast)
	s := x.shape
	switch {
	case l.out == s:
		return x, nil
	case s.H%l.out.H != 0 || s.W%l.out.W != 0:
		return x, fmt.Errorf("adaptive average pooling of %v to %v cannot be said in TensorFlow Lite, whose windows are all of one size; choose another input size", s, l.out)
	}
	k, m := s.H/l.out.H, s.W/l.out.W
	return l.pool(tfAveragePool, x, tfValid, graph.Window{KH: k, KW: m, SH: k, SW: m}), nil
}

func tfGlobal(op tfOp) func(l *tfLayer, in []tfRef) (tfRef, error) {
	return func(l *tfLayer, in []tfRef) (tfRef, error) {
		x := l.as(in[0], channelsLast)
		return tfRef{l.op(op, channelsLast.dims(l.out), []int{x.at, l.ints(1, 2)}, option{tfReduceKeep, true}), channelsLast, l.out}, nil
	}
}

func tfPairwise(op tfOp) func(l *tfLayer, in []tfRef) (tfRef, error) {
	return func(l *tfLayer, in []tfRef) (tfRef, error) {
		x := in[0]
		return l.binary(op, x, l.as(in[1], x.layout).at), nil
	}
}

func (l *tfLayer) concatLayer(in []tfRef) (tfRef, error) {
	to, all := in[0].layout, make([]int, len(in))
	for i, x := range in {
		all[i] = l.as(x, to).at
	}
	dims := to.dims(l.out)
	return tfRef{l.op(tfConcatenation, dims, all, option{tfConcatAxis, int32(len(dims) - 1)}), to, l.out}, nil
}

// cut takes n elements from one on, along an axis.
func (l *tfLayer) cut(x int, dims []int, axis, from, n int) int {
	begin, size := make([]int, len(dims)), append([]int(nil), dims...)
	begin[axis], size[axis] = from, n
	return l.op(tfSlice, size, []int{x, l.ints(begin...), l.ints(size...)})
}

func (l *tfLayer) sliceLayer(in []tfRef) (tfRef, error) {
	x := in[0]
	if x.layout == flat {
		x = l.as(x, channelsLast)
	}
	dims := x.layout.dims(x.shape)
	return tfRef{l.cut(x.at, dims, len(dims)-1, l.n.Index, l.n.Count), x.layout, l.out}, nil
}

func (l *tfLayer) shuffle(in []tfRef) (tfRef, error) {
	x, g := l.as(in[0], channelsLast), l.n.Groups
	p, c := x.shape.Pixels(), x.shape.C
	y := l.op(tfReshape, []int{1, p, g, c / g}, []int{x.at, l.ints(1, p, g, c/g)})
	y = l.op(tfTranspose, []int{1, p, c / g, g}, []int{y, l.ints(0, 1, 3, 2)})
	dims := channelsLast.dims(l.out)
	return tfRef{l.op(tfReshape, dims, []int{y, l.ints(dims...)}), channelsLast, l.out}, nil
}

func (l *tfLayer) upsample(in []tfRef) (tfRef, error) {
	x := l.as(in[0], channelsLast)
	inputs := []int{x.at, l.ints(l.out.H, l.out.W)}
	if l.n.Linear {
		return tfRef{l.op(tfResizeBilinear, channelsLast.dims(l.out), inputs, option{tfBilinearHalfPixel, true}), channelsLast, l.out}, nil
	}
	return tfRef{l.op(tfResizeNearest, channelsLast.dims(l.out), inputs), channelsLast, l.out}, nil
}

func (l *tfLayer) tokens(in []tfRef) (tfRef, error) {
	x := l.as(in[0], sequence)
	c := x.shape.C
	front, positions := l.g.TokenTable(l.n, x.shape)
	y := l.binary(tfAdd, x, l.floats(l.prefix+l.n.Name+"_positions", positions, 1, len(positions)/c, c))
	if len(front) > 0 {
		table := l.floats(l.prefix+l.n.Name+"_front", front, 1, len(front)/c, c)
		y.at = l.op(tfConcatenation, sequence.dims(l.out), []int{table, y.at}, option{tfConcatAxis, int32(1)})
	}
	return tfRef{y.at, sequence, l.out}, nil
}

func (l *tfLayer) attention(in []tfRef) (tfRef, error) {
	x := l.as(in[0], sequence)
	t, c, heads := x.shape.Pixels(), l.out.C, l.n.Heads
	d := c / heads
	part := func(i int) int { // [1][heads][T][d]
		y := l.cut(x.at, []int{1, t, 3 * c}, 2, i*c, c)
		y = l.op(tfReshape, []int{1, t, heads, d}, []int{y, l.ints(1, t, heads, d)})
		return l.op(tfTranspose, []int{1, heads, t, d}, []int{y, l.ints(0, 2, 1, 3)})
	}
	q := l.op(tfMul, []int{1, heads, t, d}, []int{part(0), l.scalar(1 / math.Sqrt(float64(d)))})
	w := l.op(tfBatchMatMul, []int{1, heads, t, t}, []int{q, part(1)}, option{tfMatMulAdjY, true})
	w = l.op(tfSoftmax, []int{1, heads, t, t}, []int{w}, option{tfSoftmaxBeta, float32(1)})
	z := l.op(tfBatchMatMul, []int{1, heads, t, d}, []int{w, part(2)})
	z = l.op(tfTranspose, []int{1, t, heads, d}, []int{z, l.ints(0, 2, 1, 3)})
	return tfRef{l.op(tfReshape, []int{1, t, c}, []int{z, l.ints(1, t, c)}), sequence, l.out}, nil
}

func (l *tfLayer) token(in []tfRef) (tfRef, error) {
	x := l.as(in[0], sequence)
	return l.as(tfRef{l.cut(x.at, sequence.dims(x.shape), 1, l.n.Index, 1), sequence, l.out}, flat), nil
}

func (l *tfLayer) dropToken(in []tfRef) (tfRef, error) {
	x := l.as(in[0], sequence)
	p := x.shape.Pixels()
	return tfRef{l.cut(x.at, sequence.dims(x.shape), 1, p-l.out.Pixels(), l.out.Pixels()), sequence, l.out}, nil
}

func (l *tfLayer) hardSigmoid(in []tfRef) (tfRef, error) {
	return l.binary(tfMul, l.unary(tfRelu6, l.binary(tfAdd, in[0], l.scalar(3))), l.scalar(1.0/6)), nil
}

func (l *tfLayer) clip(in []tfRef) (tfRef, error) {
	return l.binary(tfMaximum, l.binary(tfMinimum, in[0], l.scalar(l.n.High)), l.scalar(l.n.Low)), nil
}

func (l *tfLayer) silu(in []tfRef) (tfRef, error) {
	return l.binary(tfMul, in[0], l.unary(tfLogistic, in[0]).at), nil
}

// elu is max(x, 0) + α·(exp(min(x, 0)) − 1).
func (l *tfLayer) elu(in []tfRef) (tfRef, error) {
	below := l.unary(tfExp, l.binary(tfMinimum, in[0], l.scalar(0)))
	below = l.binary(tfMul, l.binary(tfSub, below, l.scalar(1)), l.scalar(l.n.Alpha))
	return l.binary(tfAdd, l.unary(tfRelu, in[0]), below.at), nil
}

// mish is x·tanh(max(x, 0) + log(1 + exp(−|x|))).
func (l *tfLayer) mish(in []tfRef) (tfRef, error) {
	small := l.unary(tfExp, l.unary(tfNeg, l.unary(tfAbs, in[0])))
	soft := l.binary(tfAdd, l.unary(tfLog, l.binary(tfAdd, small, l.scalar(1))), l.unary(tfRelu, in[0]).at)
	return l.binary(tfMul, in[0], l.unary(tfTanh, soft).at), nil
}
