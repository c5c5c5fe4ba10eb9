package export

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	flatbuffers "github.com/google/flatbuffers/go"

	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// Slots of the tables of TensorFlow Lite's schema (schema.fbs, version 3, file identifier TFL3).
const (
	tfModelVersion, tfModelCodes, tfModelGraphs, tfModelDescription, tfModelBuffers, tfModelMetadata, tfModelSignatures, tfModelSlots = 0, 1, 2, 3, 4, 6, 7, 8
	tfGraphTensors, tfGraphInputs, tfGraphOutputs, tfGraphOperators, tfGraphName, tfGraphSlots                                        = 0, 1, 2, 3, 4, 5
	tfTensorShape, tfTensorType, tfTensorBuffer, tfTensorName, tfTensorQuantisation, tfTensorSlots                                    = 0, 1, 2, 3, 4, 5
	tfQuantScale, tfQuantZero, tfQuantAxis, tfQuantSlots                                                                              = 2, 3, 6, 7
	tfOpCode, tfOpInputs, tfOpOutputs, tfOpOptionsType, tfOpOptions, tfOpSlots                                                        = 0, 1, 2, 3, 4, 5
	tfCodeOld, tfCodeVersion, tfCodeBuiltin, tfCodeSlots                                                                              = 0, 2, 3, 4
	tfSignatureInputs, tfSignatureOutputs, tfSignatureKey, tfSignatureSlots                                                           = 0, 1, 2, 5
)

// A tfKind is the type of a tensor's elements.
type tfKind int8

const (
	tfFloat32 tfKind = 0
	tfFloat16 tfKind = 1
	tfInt32   tfKind = 2
	tfUint8   tfKind = 3
	tfInt8    tfKind = 9
)

// A tfOp is an operator, by its number in the schema.
type tfOp int32

const (
	tfAdd            tfOp = 0
	tfAveragePool    tfOp = 1
	tfConcatenation  tfOp = 2
	tfConv           tfOp = 3
	tfDepthwise      tfOp = 4
	tfDequantize     tfOp = 6
	tfFullyConnected tfOp = 9
	tfLogistic       tfOp = 14
	tfMaxPool        tfOp = 17
	tfMul            tfOp = 18
	tfRelu           tfOp = 19
	tfRelu6          tfOp = 21
	tfReshape        tfOp = 22
	tfResizeBilinear tfOp = 23
	tfSoftmax        tfOp = 25
	tfTanh           tfOp = 28
	tfGather         tfOp = 36
	tfTranspose      tfOp = 39
	tfMean           tfOp = 40
	tfSub            tfOp = 41
	tfDiv            tfOp = 42
	tfExp            tfOp = 47
	tfTopK           tfOp = 48
	tfCast           tfOp = 53
	tfMaximum        tfOp = 55
	tfMinimum        tfOp = 57
	tfNeg            tfOp = 59
	tfPadV2          tfOp = 60
	tfSlice          tfOp = 65
	tfLog            tfOp = 73
	tfSum            tfOp = 74
	tfSqrt           tfOp = 75
	tfRsqrt          tfOp = 76
	tfReduceMax      tfOp = 82
	tfReduceMin      tfOp = 89
	tfResizeNearest  tfOp = 97
	tfLeakyRelu      tfOp = 98
	tfAbs            tfOp = 101
	tfReverse        tfOp = 105
	tfElu            tfOp = 111
	tfHardSwish      tfOp = 117
	tfBatchMatMul    tfOp = 126
	tfGelu           tfOp = 150
)

// tfOptions says which table of options an operator has, by its number in the union BuiltinOptions.
var tfOptions = map[tfOp]byte{
	tfAdd: 11, tfAveragePool: 5, tfConcatenation: 10, tfConv: 1, tfDepthwise: 2, tfDequantize: 38, tfFullyConnected: 8, tfMaxPool: 5, tfMul: 21,
	tfReshape: 17, tfResizeBilinear: 15, tfSoftmax: 9, tfGather: 23, tfTranspose: 26, tfMean: 27, tfSub: 28, tfDiv: 29, tfExp: 33, tfTopK: 34, tfCast: 37,
	tfMaximum: 39, tfMinimum: 39, tfNeg: 42, tfPadV2: 43, tfSlice: 48, tfSum: 27, tfReduceMax: 27, tfReduceMin: 27, tfResizeNearest: 74,
	tfLeakyRelu: 75, tfAbs: 78, tfReverse: 81, tfHardSwish: 91, tfBatchMatMul: 101, tfGelu: 116,
}

// Slots of options.
const (
	tfConvPadding, tfConvStrideW, tfConvStrideH, tfConvDilationW, tfConvDilationH                   = 0, 1, 2, 4, 5
	tfDepthMultiplier, tfDepthDilationW, tfDepthDilationH                                           = 3, 5, 6
	tfPoolPadding, tfPoolStrideW, tfPoolStrideH, tfPoolWidth, tfPoolHeight                          = 0, 1, 2, 3, 4
	tfSoftmaxBeta, tfConcatAxis, tfReduceKeep, tfGatherAxis, tfLeakyAlpha, tfGeluTanh, tfMatMulAdjY = 0, 0, 0, 0, 0, 0, 1
	tfCastFrom, tfCastTo                                                                            = 0, 1
	tfBilinearHalfPixel                                                                             = 3
	tfSame, tfValid                                                                                 = 0, 1 // paddings
)

type tfTensor struct {
	name  string
	dims  []int
	kind  tfKind
	data  []byte    // of a constant, little endian
	scale []float32 // of int8, one for each slice along axis
	axis  int
}

type tfOperator struct {
	op      tfOp
	in, out []int
	options []option
}

// tflite is the sink of TensorFlow Lite. Maps are [1][H][W][C] there, tokens [1][T][C], vectors
// [1][C].
type tflite struct {
	weights         Weights
	bytes           bool // the input is of uint8
	tensors         []tfTensor
	operators       []tfOperator
	inputs, outputs []int
}

// tfRef is a tensor of the file; shape is what package graph says of it.
type tfRef struct {
	at     int
	layout layout
	shape  tensor.Shape
}

// TFLite writes a classifier as a model of TensorFlow Lite, with one input, float32
// [1][Size][Size][3], levels from 0 to 255, red first, and the outputs of [Classifier.ONNX]. The
// metadata, labels among them, are those that MediaPipe's and LiteRT's image classifiers read.
// Their normalisation changes nothing (mean 0, deviation 1): the network normalises by itself. With
// F16 and Int8 the weights lie behind an operator that makes float32 of them, by which the readers
// compute.
func (c *Classifier) TFLite(w io.Writer, weights Weights) error {
	return c.tflite(w, &tflite{weights: weights})
}

// TFLiteOfBytes is TFLite with an input of uint8, which some programs give.
func (c *Classifier) TFLiteOfBytes(w io.Writer, weights Weights) error {
	return c.tflite(w, &tflite{weights: weights, bytes: true})
}

func (c *Classifier) tflite(w io.Writer, t *tflite) error {
	if err := c.single("TensorFlow Lite"); err != nil {
		return err
	}
	if err := c.walk(t); err != nil {
		return err
	}
	return t.write(w, c)
}

// single refuses what reads a photo in more than one way, for formats whose readers give one input.
func (c *Classifier) single(format string) error {
	if len(c.Pictures) < 2 {
		return nil
	}
	sizes := ""
	for i, l := range c.branches {
		if i > 0 {
			sizes += ", "
		}
		sizes += l.space.String()
	}
	return fmt.Errorf("what was taught reads a photo in %d cuts (%s), and image classifiers in %s are given one; "+
		"export its quick head, which reads one, or learn on one network without views, or export as onnx, which takes several", len(c.Pictures), sizes, format)
}

func (t *tflite) tensor(x tfTensor) int {
	t.tensors = append(t.tensors, x)
	return len(t.tensors) - 1
}

// op appends an operator with one output of float32.
func (t *tflite) op(op tfOp, dims []int, in []int, options ...option) int {
	out := t.tensor(tfTensor{dims: dims})
	t.operators = append(t.operators, tfOperator{op, in, []int{out}, options})
	return out
}

func (t *tflite) floats(name string, v []float32, dims ...int) int {
	return t.tensor(tfTensor{name: name, dims: dims, data: rawFloats(v)})
}

func (t *tflite) scalar(v float64) int { return t.floats("", []float32{float32(v)}, 1) }

func (t *tflite) ints(v ...int) int {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, uint32(int32(x)))
	}
	return t.tensor(tfTensor{dims: []int{len(v)}, kind: tfInt32, data: raw})
}

// weight appends the weights of a layer as they come, [out][k…][in], or where last is set with
// out-channels behind all else, as depthwise convolutions have them.
func (t *tflite) weight(name string, p *pack.Tensor, dims []int, last bool) int {
	rows := p.Dims[0]
	turn := func(each int, data []byte) []byte {
		if !last {
			return data
		}
		out, row := make([]byte, 0, len(data)), len(data)/rows
		for at := 0; at < row; at += each {
			for r := range rows {
				out = append(out, data[r*row+at:r*row+at+each]...)
			}
		}
		return out
	}
	v := func() []float32 {
		v := make([]float32, p.Len())
		p.Floats(v)
		return v
	}
	axis := 0
	if last {
		axis = len(dims) - 1
	}
	switch t.weights {
	case Int8:
		if p.DType != pack.I8 {
			p = pack.Encode(p.Name, p.Dims, v(), pack.I8)
		}
		scale := append([]float32(nil), p.Scale...)
		for i, s := range scale {
			if s == 0 {
				scale[i] = math.SmallestNonzeroFloat32 * (1 << 24) // of zeros; readers refuse a scale of 0
			}
		}
		// Readers that find bytes as weights round what goes into the layer as well; behind this
		// operator they compute in float32, by the very numbers that the bytes stand for.
		return t.op(tfDequantize, dims, []int{t.tensor(tfTensor{name: name, dims: dims, kind: tfInt8, data: turn(1, p.Data), scale: scale, axis: axis})})
	case F16:
		half := t.tensor(tfTensor{name: name, dims: dims, kind: tfFloat16, data: turn(2, pack.Encode(p.Name, p.Dims, v(), pack.F16).Data)})
		return t.op(tfDequantize, dims, []int{half})
	}
	return t.tensor(tfTensor{name: name, dims: dims, data: turn(4, rawFloats(v()))})
}

// dims of a tensor of a layout.
func (l layout) dims(s tensor.Shape) []int {
	switch l {
	case channelsLast:
		return []int{1, s.H, s.W, s.C}
	case sequence:
		return []int{1, s.Pixels(), s.C}
	}
	return []int{1, s.Len()}
}

// as returns x in another layout: the elements lie alike in all of them.
func (t *tflite) as(x tfRef, to layout) tfRef {
	if x.layout == to {
		return x
	}
	dims := to.dims(x.shape)
	return tfRef{t.op(tfReshape, dims, []int{x.at, t.ints(dims...)}), to, x.shape}
}

// binary appends an element-wise operator of x and a constant or a tensor that it can be stretched
// to.
func (t *tflite) binary(op tfOp, x tfRef, y int) tfRef {
	return tfRef{t.op(op, x.layout.dims(x.shape), []int{x.at, y}), x.layout, x.shape}
}

func (t *tflite) unary(op tfOp, x tfRef, options ...option) tfRef {
	return tfRef{t.op(op, x.layout.dims(x.shape), []int{x.at}, options...), x.layout, x.shape}
}

// reduce appends a reduction of all elements of a vector to one.
func (t *tflite) reduce(op tfOp, x tfRef) tfRef {
	y := t.op(op, []int{1, 1}, []int{x.at, t.ints(1)}, option{tfReduceKeep, true})
	return vectorOf(y, 1)
}

func vectorOf(at, n int) tfRef { return tfRef{at, flat, tensor.Shape{H: 1, W: 1, C: n}} }

func (t *tflite) picture(p Picture) ref {
	s := tensor.Shape{H: p.Size, W: p.Size, C: 3}
	at := t.tensor(tfTensor{name: p.Name, dims: channelsLast.dims(s)})
	t.inputs = append(t.inputs, at)
	if t.bytes {
		t.tensors[at].kind = tfUint8
		at = t.op(tfCast, channelsLast.dims(s), []int{at}, option{tfCastFrom, int8(tfUint8)}, option{tfCastTo, int8(tfFloat32)})
	}
	return tfRef{at, channelsLast, s}
}

func (t *tflite) output(name string, x ref, n int) {
	// A reshape gives the output a tensor of its own, whatever else reads x.
	v := x.(tfRef)
	at := t.op(tfReshape, []int{1, n}, []int{v.at, t.ints(1, n)})
	t.tensors[at].name = name
	t.outputs = append(t.outputs, at)
}

func (t *tflite) normalise(x ref, mean, std [3]float64) ref {
	triple := func(v [3]float64) int {
		return t.floats("", []float32{float32(v[0]), float32(v[1]), float32(v[2])}, 3)
	}
	return t.binary(tfDiv, t.binary(tfSub, x.(tfRef), triple(mean)), triple(std))
}

func (t *tflite) mirror(x ref) ref { return t.binary(tfReverse, x.(tfRef), t.ints(2)) }

func (t *tflite) vector(x ref, _ tensor.Shape) ref { return t.as(x.(tfRef), flat) }

func (t *tflite) mean(xs []ref) ref {
	sum := xs[0].(tfRef)
	for _, x := range xs[1:] {
		sum = t.binary(tfAdd, sum, x.(tfRef).at)
	}
	return t.binary(tfMul, sum, t.scalar(1/float64(len(xs))))
}

func (t *tflite) concat(xs []ref) ref {
	n, in := 0, make([]int, len(xs))
	for i, x := range xs {
		in[i] = x.(tfRef).at
		n += x.(tfRef).shape.Len()
	}
	return vectorOf(t.op(tfConcatenation, []int{1, n}, in, option{tfConcatAxis, int32(1)}), n)
}

func (t *tflite) root(x ref, parts []int) (ref, error) {
	v := x.(tfRef)
	var pieces []ref
	from := 0
	for _, n := range parts {
		p := v
		if len(parts) > 1 {
			p = vectorOf(t.op(tfSlice, []int{1, n}, []int{v.at, t.ints(0, from), t.ints(1, n)}), n)
		}
		from += n
		size := t.unary(tfAbs, p)
		// x/√(|x|·Σ|x|) is the same, and needs no sign.
		product := t.binary(tfMul, size, t.reduce(tfSum, size).at)
		pieces = append(pieces, t.binary(tfDiv, p, t.unary(tfSqrt, t.binary(tfMaximum, product, t.scalar(1e-30))).at))
	}
	if len(pieces) == 1 {
		return pieces[0], nil
	}
	return t.concat(pieces), nil
}

func (t *tflite) affine(x ref, mean, factor []float32) ref {
	y := t.binary(tfSub, x.(tfRef), t.floats("feature_mean", mean, len(mean)))
	return t.binary(tfMul, y, t.floats("feature_factor", factor, len(factor)))
}

func (t *tflite) dense(x ref, w, b []float32, out int, rectified bool) ref {
	in := []int{x.(tfRef).at, t.floats("head_weight", w, out, len(w)/out), t.floats("head_bias", b, out)}
	y := vectorOf(t.op(tfFullyConnected, []int{1, out}, in), out)
	if rectified {
		return t.unary(tfRelu, y)
	}
	return y
}

func (t *tflite) votes(x ref, m *head.Memory, classes int) (ref, error) {
	sharpness, floor := m.Rule()
	n, k, v := len(m.Class), min(m.K, len(m.Class)), x.(tfRef)
	length := t.unary(tfSqrt, t.reduce(tfSum, t.binary(tfMul, v, v.at)))
	unit := t.binary(tfDiv, v, t.binary(tfMaximum, length, t.scalar(1e-30)).at)
	cosines := t.dense(unit, m.Rows, make([]float32, n), n, false).(tfRef)
	best, which := t.tensor(tfTensor{dims: []int{1, k}}), t.tensor(tfTensor{dims: []int{1, k}, kind: tfInt32})
	number := t.tensor(tfTensor{kind: tfInt32, data: []byte{byte(k), byte(k >> 8), byte(k >> 16), byte(k >> 24)}})
	t.operators = append(t.operators, tfOperator{tfTopK, []int{cosines.at, number}, []int{best, which}, nil})
	gave := t.unary(tfExp, t.binary(tfMul, vectorOf(best, k), t.scalar(sharpness)))
	member := make([]float32, n*classes)
	for i, c := range m.Class {
		member[i*classes+c] = 1
	}
	// [1][k][classes]: which class each neighbour is of.
	of := t.op(tfGather, []int{1, k, classes}, []int{t.floats("photo_classes", member, n, classes), which}, option{tfGatherAxis, int32(0)})
	column := t.op(tfReshape, []int{1, k, 1}, []int{gave.at, t.ints(1, k, 1)})
	votes := t.op(tfSum, []int{1, classes}, []int{t.op(tfMul, []int{1, k, classes}, []int{of, column}), t.ints(1)}, option{tfReduceKeep, false})
	return t.unary(tfLog, t.binary(tfAdd, vectorOf(votes, classes), t.scalar(floor))), nil
}

func (t *tflite) softmax(logits ref, temperature float64) ref {
	v := logits.(tfRef)
	if temperature != 1 {
		v = t.binary(tfMul, v, t.scalar(1/temperature))
	}
	return t.unary(tfSoftmax, v, option{tfSoftmaxBeta, float32(1)})
}

func (t *tflite) strangeness(x, logits ref, u *head.Unknown) (ref, error) {
	s := strange(u)
	tempered := t.binary(tfMul, logits.(tfRef), t.scalar(1/s.temperature))
	// The energy is −log Σ exp, the largest taken out first.
	most := t.reduce(tfReduceMax, tempered)
	sum := t.reduce(tfSum, t.unary(tfExp, t.binary(tfSub, tempered, most.at)))
	energy := t.unary(tfNeg, t.binary(tfAdd, t.unary(tfLog, sum), most.at))
	v := x.(tfRef)
	own := t.reduce(tfSum, t.binary(tfMul, v, v.at))
	double := make([]float32, len(s.rows))
	for i, r := range s.rows {
		double[i] = -2 * r
	}
	near := t.reduce(tfReduceMin, t.dense(v, double, s.squares, len(s.squares), false).(tfRef))
	near = t.unary(tfRelu, t.binary(tfAdd, near, own.at))
	sum = t.binary(tfAdd, t.binary(tfMul, energy, t.scalar(s.energy)), t.binary(tfMul, near, t.scalar(s.distance)).at)
	return t.binary(tfAdd, sum, t.scalar(s.shift)), nil
}

func (t *tflite) layer(prefix string, g *graph.Graph, n *graph.Node, in []ref, shapes map[string]tensor.Shape) (ref, error) {
	xs := make([]tfRef, len(in))
	for i := range in {
		xs[i] = in[i].(tfRef)
	}
	write, ok := tfLayers()[n.Op]
	if !ok {
		return nil, fmt.Errorf("TensorFlow Lite export knows no layers of the kind %q", n.Op)
	}
	return write(&tfLayer{t, prefix, g, n, shapes[n.Name]}, xs)
}

// write builds the file.
func (t *tflite) write(w io.Writer, c *Classifier) error {
	info, err := t.metadata(c)
	if err != nil {
		return err
	}
	b := flatbuffers.NewBuilder(1 << 20)
	blob := func(data []byte) flatbuffers.UOffsetT {
		b.Prep(16, len(data)) // constants begin at multiples of 16 bytes
		return table(b, 1, option{0, b.CreateByteVector(data)})
	}
	buffers := []flatbuffers.UOffsetT{table(b, 1)} // the first is empty, for what is no constant
	var tensors []flatbuffers.UOffsetT
	total := 0
	for i := range t.tensors {
		x := &t.tensors[i]
		if total += len(x.data); total > 1<<31-1<<24 {
			return fmt.Errorf("TensorFlow Lite holds no more than 2 GB")
		}
		at := 0
		if x.data != nil {
			at = len(buffers)
			buffers = append(buffers, blob(x.data))
		}
		tensors = append(tensors, x.write(b, i, at))
	}
	codes, graph := t.writeGraph(b, tensors)
	signature := t.writeSignature(b)
	buffers = append(buffers, blob(info))
	metadata := table(b, 2, option{0, b.CreateString("TFLITE_METADATA")}, option{1, uint32(len(buffers) - 1)})
	b.FinishWithFileIdentifier(table(b, tfModelSlots,
		option{tfModelVersion, uint32(3)}, option{tfModelCodes, codes}, option{tfModelGraphs, tables(b, graph)}, option{tfModelDescription, b.CreateString("Homeroom")},
		option{tfModelBuffers, tables(b, buffers...)}, option{tfModelMetadata, tables(b, metadata)}, option{tfModelSignatures, signature}), []byte("TFL3"))
	file := b.FinishedBytes()
	if _, err := w.Write(file); err != nil {
		return err
	}
	return appendFiles(w, len(file), c)
}

func (x *tfTensor) write(b *flatbuffers.Builder, i, buffer int) flatbuffers.UOffsetT {
	name := x.name
	if name == "" {
		name = fmt.Sprintf("t%d", i)
	}
	var quant flatbuffers.UOffsetT
	if x.scale != nil {
		b.StartVector(8, len(x.scale), 8)
		for range x.scale {
			b.PrependInt64(0)
		}
		zero := b.EndVector(len(x.scale))
		quant = table(b, tfQuantSlots, option{tfQuantScale, floatVector(b, x.scale...)}, option{tfQuantZero, zero}, option{tfQuantAxis, int32(x.axis)})
	}
	return table(b, tfTensorSlots, option{tfTensorShape, intVector(b, x.dims)}, option{tfTensorType, int8(x.kind)}, option{tfTensorBuffer, uint32(buffer)},
		option{tfTensorName, b.CreateString(name)}, option{tfTensorQuantisation, quant})
}

// version is that of an operator which its readers need: of the types and options that are used.
func (t *tflite) version(o *tfOperator) int32 {
	in := func(i int) tfKind { return t.tensors[o.in[i]].kind }
	switch {
	case o.op == tfDequantize && in(0) == tfInt8: // with a scale a channel
		return 5
	case o.op == tfDequantize && in(0) == tfFloat16:
		return 3
	case o.op == tfDepthwise && len(o.options) > 4:
		return 2
	}
	return 1
}

// writeGraph writes the operators with the codes that they name.
func (t *tflite) writeGraph(b *flatbuffers.Builder, tensors []flatbuffers.UOffsetT) (codes, graph flatbuffers.UOffsetT) {
	type code struct {
		op      tfOp
		version int32
	}
	var known []code
	var operators []flatbuffers.UOffsetT
	for i := range t.operators {
		o := &t.operators[i]
		want, at := code{o.op, t.version(o)}, -1
		for k, c := range known {
			if c == want {
				at = k
			}
		}
		if at < 0 {
			at = len(known)
			known = append(known, want)
		}
		var options flatbuffers.UOffsetT
		kind := tfOptions[o.op]
		if kind != 0 {
			options = table(b, 8, o.options...)
		}
		operators = append(operators, table(b, tfOpSlots, option{tfOpCode, uint32(at)}, option{tfOpInputs, intVector(b, o.in)}, option{tfOpOutputs, intVector(b, o.out)},
			option{tfOpOptionsType, kind}, option{tfOpOptions, options}))
	}
	var list []flatbuffers.UOffsetT
	for _, c := range known {
		list = append(list, table(b, tfCodeSlots, option{tfCodeOld, int8(min(c.op, 127))}, option{tfCodeVersion, c.version}, option{tfCodeBuiltin, int32(c.op)}))
	}
	graph = table(b, tfGraphSlots, option{tfGraphTensors, tables(b, tensors...)}, option{tfGraphInputs, intVector(b, t.inputs)}, option{tfGraphOutputs, intVector(b, t.outputs)},
		option{tfGraphOperators, tables(b, operators...)}, option{tfGraphName, b.CreateString("main")})
	return tables(b, list...), graph
}

// writeSignature names inputs and outputs for those who ask by name.
func (t *tflite) writeSignature(b *flatbuffers.Builder) flatbuffers.UOffsetT {
	ends := func(list []int) flatbuffers.UOffsetT {
		var all []flatbuffers.UOffsetT
		for _, at := range list {
			all = append(all, table(b, 2, option{0, b.CreateString(t.tensors[at].name)}, option{1, uint32(at)}))
		}
		return tables(b, all...)
	}
	return tables(b, table(b, tfSignatureSlots, option{tfSignatureInputs, ends(t.inputs)}, option{tfSignatureOutputs, ends(t.outputs)}, option{tfSignatureKey, b.CreateString("serving_default")}))
}
