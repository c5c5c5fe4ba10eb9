package export

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

	"google.golang.org/protobuf/encoding/protowire"

	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// Numbers of the fields of onnx.proto3 (ONNX 1.12, IR version 8), and of its types.
const (
	modelIR, modelProducer, modelGraph, modelOpset, modelMetadata                           = 1, 2, 7, 8, 14
	graphNode, graphName, graphInitializer, graphInput, graphOutput                         = 1, 2, 5, 11, 12
	nodeInput, nodeOutput, nodeName, nodeType, nodeAttribute                                = 1, 2, 3, 4, 5
	attributeName, attributeF, attributeI, attributeS, attributeInts, attributeType         = 1, 2, 3, 4, 8, 20
	attributeIsF, attributeIsI, attributeIsS, attributeIsInts                               = 1, 2, 3, 7
	tensorDims, tensorType, tensorName, tensorRaw                                           = 1, 2, 8, 9
	onnxFloat, onnxInt8, onnxInt64, onnxFloat16                                             = 1, 3, 7, 10
	valueName, valueType, typeTensor, tensorElem, tensorShape, shapeDim, dimValue, dimParam = 1, 2, 1, 1, 2, 1, 1, 2
	entryKey, entryValue, opsetVersion                                                      = 1, 2, 2
	onnxIR, onnxOpset                                                                       = 8, 17
)

// Weights says how a file stores the weights of convolutions and dense layers.
type Weights string

// The kinds of weights.
const (
	F32 Weights = "f32"
	// F16 keeps weights as halves.
	F16 Weights = "f16"
	// Int8 keeps weights as bytes with a scale for each out-channel.
	Int8 Weights = "int8"
)

// WeightsList writes kinds of weights in a row: "f32 or int8".
func WeightsList(list []Weights) string {
	text := ""
	for i, w := range list {
		switch {
		case i > 0 && i == len(list)-1:
			text += " or "
		case i > 0:
			text += ", "
		}
		text += string(w)
	}
	return text
}

// ONNX writes a classifier as a model of ONNX, operator set 17. The inputs are the classifier's
// pictures, float32 [N][Size][Size][3], levels from 0 to 255, red first; the outputs are
// [Probabilities], or [Features] of a backbone, and [Strangeness] where the head knows the unknown.
// The metadata tell labels and how photos are resized and cut; see [Card].
func (c *Classifier) ONNX(w io.Writer, weights Weights) error {
	if weights == F16 {
		return errors.New("weights are written to ONNX as f32 or int8")
	}
	o := &onnx{weights: weights, names: map[string]bool{}}
	if err := c.walk(o); err != nil {
		return err
	}
	card, err := json.Marshal(c.Card())
	if err != nil {
		return err
	}
	graph := appendText(nil, graphName, c.Name)
	graph = append(append(append(append(graph, o.nodes...), o.initializers...), o.inputs...), o.outputs...)
	var file []byte
	file = appendInt(file, modelIR, onnxIR)
	file = appendText(file, modelProducer, "Homeroom")
	file = appendMessage(file, modelOpset, appendInt(nil, opsetVersion, onnxOpset))
	for _, e := range [][2]string{{"homeroom", string(card)}, {"labels", lines(c.Labels)}} {
		file = appendMessage(file, modelMetadata, appendText(appendText(nil, entryKey, e[0]), entryValue, e[1]))
	}
	file = appendMessage(file, modelGraph, graph)
	_, err = w.Write(file)
	return err
}

// onnx is the sink of ONNX. Maps are [N][C][H][W] there, tokens [N][T][C], vectors [N][C].
type onnx struct {
	weights                              Weights
	nodes, initializers, inputs, outputs []byte
	names                                map[string]bool
}

// onnxRef is a tensor of the model.
type onnxRef struct {
	name   string
	layout layout
	shape  tensor.Shape
}

type layout int

const (
	channelsFirst layout = iota // [N][C][H][W]
	channelsLast                // [N][H][W][C]
	sequence                    // [N][H][C], W = 1
	flat                        // [N][H·W·C]
)

func appendInt(b []byte, field protowire.Number, v int64) []byte {
	return protowire.AppendVarint(protowire.AppendTag(b, field, protowire.VarintType), uint64(v))
}

func appendText(b []byte, field protowire.Number, v string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), v)
}

func appendMessage(b []byte, field protowire.Number, v []byte) []byte {
	return protowire.AppendBytes(protowire.AppendTag(b, field, protowire.BytesType), v)
}

// unique returns a name that no other tensor has.
func (o *onnx) unique(name string) string {
	out := name
	for n := 2; o.names[out]; n++ {
		out = fmt.Sprintf("%s_%d", name, n)
	}
	o.names[out] = true
	return out
}

// attribute is one of a node: int, float64, string or []int.
type attribute struct {
	name  string
	value any
}

func (a attribute) message() []byte {
	b := appendText(nil, attributeName, a.name)
	switch v := a.value.(type) {
	case int:
		return appendInt(appendInt(b, attributeI, int64(v)), attributeType, attributeIsI)
	case float64:
		b = protowire.AppendFixed32(protowire.AppendTag(b, attributeF, protowire.Fixed32Type), math.Float32bits(float32(v)))
		return appendInt(b, attributeType, attributeIsF)
	case string:
		return appendInt(appendText(b, attributeS, v), attributeType, attributeIsS)
	case []int:
		for _, i := range v {
			b = appendInt(b, attributeInts, int64(i))
		}
		return appendInt(b, attributeType, attributeIsInts)
	}
	panic(fmt.Sprintf("export: an attribute of %T", a.value))
}

// node appends an operator with one output, and returns its name. The name of the node is that of
// the output.
func (o *onnx) node(name, op string, in []string, attributes ...attribute) string {
	return o.nodeOf(name, op, in, 1, attributes...)[0]
}

func (o *onnx) nodeOf(name, op string, in []string, outputs int, attributes ...attribute) []string {
	var b []byte
	for _, x := range in {
		b = appendText(b, nodeInput, x)
	}
	var out []string
	for range outputs {
		out = append(out, o.unique(name))
		b = appendText(b, nodeOutput, out[len(out)-1])
	}
	b = appendText(appendText(b, nodeName, out[0]), nodeType, op)
	for _, a := range attributes {
		b = appendMessage(b, nodeAttribute, a.message())
	}
	o.nodes = appendMessage(o.nodes, graphNode, b)
	return out
}

// constant appends a tensor and returns its name.
func (o *onnx) constant(name string, kind int, dims []int, raw []byte) string {
	name = o.unique(name)
	var packed []byte
	for _, d := range dims {
		packed = protowire.AppendVarint(packed, uint64(d))
	}
	b := appendMessage(nil, tensorDims, packed)
	b = appendInt(b, tensorType, int64(kind))
	b = appendMessage(appendText(b, tensorName, name), tensorRaw, raw)
	o.initializers = appendMessage(o.initializers, graphInitializer, b)
	return name
}

func (o *onnx) floats(name string, dims []int, v []float32) string {
	return o.constant(name, onnxFloat, dims, rawFloats(v))
}

func rawFloats(v []float32) []byte {
	raw := make([]byte, 4*len(v))
	for i, x := range v {
		binary.LittleEndian.PutUint32(raw[4*i:], math.Float32bits(x))
	}
	return raw
}

func (o *onnx) ints(name string, v ...int) string {
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x))
	}
	return o.constant(name, onnxInt64, []int{len(v)}, raw)
}

// scalar is a constant number.
func (o *onnx) scalar(name string, v float64) string {
	return o.floats(name, nil, []float32{float32(v)})
}

// weight appends the weights of a layer, [out][k…][in], with the axis of in-channels brought behind
// that of out-channels where there are others, as ONNX has it.
func (o *onnx) weight(name string, t *pack.Tensor) string {
	dims, positions, in := []int{t.Dims[0], t.Dims[len(t.Dims)-1]}, 1, t.Dims[len(t.Dims)-1]
	for _, d := range t.Dims[1 : len(t.Dims)-1] {
		dims = append(dims, d)
		positions *= d
	}
	turn := func(each int, data []byte) []byte {
		out := make([]byte, 0, len(data))
		row := positions * in * each
		for r := 0; r < len(data); r += row {
			for c := range in {
				for p := range positions {
					at := r + (p*in+c)*each
					out = append(out, data[at:at+each]...)
				}
			}
		}
		return out
	}
	if o.weights != Int8 {
		v := make([]float32, t.Len())
		t.Floats(v)
		return o.constant(name, onnxFloat, dims, turn(4, rawFloats(v)))
	}
	if t.DType != pack.I8 {
		v := make([]float32, t.Len())
		t.Floats(v)
		t = pack.Encode(t.Name, t.Dims, v, pack.I8)
	}
	q := o.constant(name+"_int8", onnxInt8, dims, turn(1, t.Data))
	scale := o.floats(name+"_scale", []int{t.Dims[0]}, t.Scale)
	return o.node(name, "DequantizeLinear", []string{q, scale, o.zeros(t.Dims[0])}, attribute{"axis", 0})
}

// zeros is the zero point of so many channels.
func (o *onnx) zeros(n int) string {
	return o.constant("zero", onnxInt8, []int{n}, make([]byte, n))
}

// as returns x in another layout.
func (o *onnx) as(x onnxRef, to layout) onnxRef {
	if x.layout == to {
		return x
	}
	s := x.shape
	turned := func(perm ...int) onnxRef {
		return onnxRef{o.node(x.name+"_t", "Transpose", []string{x.name}, attribute{"perm", perm}), to, s}
	}
	shaped := func(dims ...int) onnxRef {
		return onnxRef{o.node(x.name+"_r", "Reshape", []string{x.name, o.ints("shape", dims...)}), to, s}
	}
	switch {
	case x.layout == channelsFirst && to == channelsLast:
		return turned(0, 2, 3, 1)
	case x.layout == channelsLast && to == channelsFirst:
		return turned(0, 3, 1, 2)
	case to == flat && (x.layout != channelsFirst || s.Pixels() == 1):
		return shaped(0, s.Len())
	case x.layout == channelsFirst:
		return o.as(o.as(x, channelsLast), to)
	case to == channelsLast:
		return shaped(0, s.H, s.W, s.C)
	case to == sequence:
		return shaped(0, s.Pixels(), s.C)
	case s.Pixels() == 1:
		return shaped(0, s.C, 1, 1)
	}
	return o.as(o.as(x, channelsLast), to)
}

func (o *onnx) picture(p Picture) ref {
	s := tensor.Shape{H: p.Size, W: p.Size, C: 3}
	o.names[p.Name] = true
	o.inputs = appendMessage(o.inputs, graphInput, describe(p.Name, s.H, s.W, s.C))
	return onnxRef{p.Name, channelsLast, s}
}

// describe is the ValueInfo of float32 numbers, the batch before the dims.
func describe(name string, dims ...int) []byte {
	shape := appendMessage(nil, shapeDim, appendText(nil, dimParam, "N"))
	for _, d := range dims {
		shape = appendMessage(shape, shapeDim, appendInt(nil, dimValue, int64(d)))
	}
	kind := appendMessage(appendInt(nil, tensorElem, onnxFloat), tensorShape, shape)
	return appendMessage(appendText(nil, valueName, name), valueType, appendMessage(nil, typeTensor, kind))
}

func (o *onnx) output(name string, x ref, n int) {
	o.node(name, "Identity", []string{x.(onnxRef).name})
	o.outputs = appendMessage(o.outputs, graphOutput, describe(name, n))
}

func (o *onnx) normalise(x ref, mean, std [3]float64) ref {
	v := x.(onnxRef)
	triple := func(name string, t [3]float64) string {
		return o.floats(name, []int{3}, []float32{float32(t[0]), float32(t[1]), float32(t[2])})
	}
	y := o.node("centred", "Sub", []string{v.name, triple("mean", mean)})
	y = o.node("normalised", "Div", []string{y, triple("std", std)})
	return o.as(onnxRef{y, channelsLast, v.shape}, channelsFirst)
}

func (o *onnx) mirror(x ref) ref {
	v := x.(onnxRef)
	y := o.node("mirrored", "Slice", []string{v.name, o.ints("from", -1), o.ints("to", math.MinInt32), o.ints("axis", 2), o.ints("step", -1)})
	return onnxRef{y, v.layout, v.shape}
}

func (o *onnx) vector(x ref, s tensor.Shape) ref { return o.as(x.(onnxRef), flat) }

func vectorRef(name string, n int) onnxRef {
	return onnxRef{name, flat, tensor.Shape{H: 1, W: 1, C: n}}
}

func (o *onnx) mean(xs []ref) ref {
	names := make([]string, len(xs))
	for i, x := range xs {
		names[i] = x.(onnxRef).name
	}
	sum := o.node("sum", "Sum", names)
	return vectorRef(o.node("mean", "Div", []string{sum, o.scalar("views", float64(len(xs)))}), xs[0].(onnxRef).shape.Len())
}

func (o *onnx) concat(xs []ref) ref {
	n := 0
	names := make([]string, len(xs))
	for i, x := range xs {
		names[i] = x.(onnxRef).name
		n += x.(onnxRef).shape.Len()
	}
	return vectorRef(o.node("features", "Concat", names, attribute{"axis", 1}), n)
}

func (o *onnx) root(x ref, parts []int) (ref, error) {
	v := x.(onnxRef)
	pieces := []string{v.name}
	if len(parts) > 1 {
		pieces = o.nodeOf("part", "Split", []string{v.name, o.ints("parts", parts...)}, len(parts), attribute{"axis", 1})
	}
	for i, p := range pieces {
		size := o.node("size", "Abs", []string{p})
		sum := o.node("sum", "ReduceSum", []string{size, o.ints("axes", 1)}, attribute{"keepdims", 1})
		sum = o.node("sum", "Max", []string{sum, o.scalar("least", 1e-30)}) // the share of nothing
		share := o.node("root", "Sqrt", []string{o.node("share", "Div", []string{size, sum})})
		pieces[i] = o.node("root", "Mul", []string{share, o.node("sign", "Sign", []string{p})})
	}
	if len(pieces) == 1 {
		return vectorRef(pieces[0], v.shape.Len()), nil
	}
	return vectorRef(o.node("roots", "Concat", pieces, attribute{"axis", 1}), v.shape.Len()), nil
}

func (o *onnx) affine(x ref, mean, factor []float32) ref {
	y := o.node("centred", "Sub", []string{x.(onnxRef).name, o.floats("feature_mean", []int{len(mean)}, mean)})
	return vectorRef(o.node("standardised", "Mul", []string{y, o.floats("feature_factor", []int{len(factor)}, factor)}), len(mean))
}

func (o *onnx) dense(x ref, w, b []float32, out int, rectified bool) ref {
	y := o.node("dense", "Gemm", []string{x.(onnxRef).name, o.floats("head_weight", []int{out, len(w) / out}, w), o.floats("head_bias", []int{out}, b)}, attribute{"transB", 1})
	if rectified {
		y = o.node("relu", "Relu", []string{y})
	}
	return vectorRef(y, out)
}

func (o *onnx) votes(x ref, m *head.Memory, classes int) (ref, error) {
	sharpness, floor := m.Rule()
	n, k := len(m.Class), min(m.K, len(m.Class))
	v := x.(onnxRef).name
	length := o.node("length", "ReduceL2", []string{v}, attribute{"axes", []int{1}}, attribute{"keepdims", 1})
	length = o.node("length", "Max", []string{length, o.scalar("least", 1e-30)})
	unit := o.node("unit", "Div", []string{v, length})
	cosines := o.node("cosines", "Gemm", []string{unit, o.floats("photos", []int{n, m.Dim}, m.Rows)}, attribute{"transB", 1})
	best := o.nodeOf("nearest", "TopK", []string{cosines, o.ints("k", k)}, 2, attribute{"axis", 1})
	gave := o.node("vote", "Exp", []string{o.node("vote", "Mul", []string{best[0], o.scalar("sharpness", sharpness)})})
	member := make([]float32, n*classes)
	for i, c := range m.Class {
		member[i*classes+c] = 1
	}
	// [N][k][classes]: which class each neighbour is of.
	of := o.node("classes", "Gather", []string{o.floats("photo_classes", []int{n, classes}, member), best[1]}, attribute{"axis", 0})
	row := o.node("votes", "Unsqueeze", []string{gave, o.ints("axes", 1)})
	sum := o.node("votes", "Squeeze", []string{o.node("votes", "MatMul", []string{row, of}), o.ints("axes", 1)})
	sum = o.node("votes", "Add", []string{sum, o.scalar("floor", floor)})
	return vectorRef(o.node("logits", "Log", []string{sum}), classes), nil
}

func (o *onnx) softmax(logits ref, temperature float64) ref {
	v := logits.(onnxRef)
	name := v.name
	if temperature != 1 {
		name = o.node("tempered", "Div", []string{name, o.scalar("temperature", temperature)})
	}
	return vectorRef(o.node("softmax", "Softmax", []string{name}, attribute{"axis", 1}), v.shape.Len())
}

func (o *onnx) strangeness(x, logits ref, u *head.Unknown) (ref, error) {
	s := strange(u)
	n := len(s.squares)
	d := len(s.rows) / n
	tempered := o.node("tempered", "Div", []string{logits.(onnxRef).name, o.scalar("temperature", s.temperature)})
	energy := o.node("energy", "Neg", []string{o.node("energy", "ReduceLogSumExp", []string{tempered}, attribute{"axes", []int{1}}, attribute{"keepdims", 1})})
	own := o.node("square", "ReduceSumSquare", []string{x.(onnxRef).name}, attribute{"axes", []int{1}}, attribute{"keepdims", 1})
	to := o.node("distances", "Gemm", []string{x.(onnxRef).name, o.floats("centres", []int{n, d}, s.rows), o.floats("centre_squares", []int{n}, s.squares)},
		attribute{"transB", 1}, attribute{"alpha", -2.0})
	near := o.node("distance", "ReduceMin", []string{to}, attribute{"axes", []int{1}}, attribute{"keepdims", 1})
	near = o.node("distance", "Relu", []string{o.node("distance", "Add", []string{near, own})})
	e := o.node("strange", "Mul", []string{energy, o.scalar("energy_factor", s.energy)})
	f := o.node("strange", "Mul", []string{near, o.scalar("distance_factor", s.distance)})
	sum := o.node("strange", "Add", []string{o.node("strange", "Add", []string{e, f}), o.scalar("strange_shift", s.shift)})
	return vectorRef(sum, 1), nil
}

// breaks makes one line of a name that a folder brought, so that it shifts none of those behind it.
var breaks = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

func lines(labels []string) string {
	out := ""
	for _, l := range labels {
		out += breaks.Replace(l) + "\n"
	}
	return out
}

func (o *onnx) layer(prefix string, g *graph.Graph, n *graph.Node, in []ref, shapes map[string]tensor.Shape) (ref, error) {
	xs := make([]onnxRef, len(in))
	for i := range in {
		xs[i] = in[i].(onnxRef)
	}
	write, ok := onnxLayers()[n.Op]
	if !ok {
		return nil, fmt.Errorf("ONNX export knows no layers of the kind %q", n.Op)
	}
	return write(&onnxLayer{onnx: o, prefix: prefix, g: g, n: n, shapes: shapes, out: shapes[n.Name]}, xs)
}
