package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
)

// Numbers of types, as the format has them.
const (
	TypeFloat Type = 1
	TypeUint8 Type = 2
	TypeInt64 Type = 7
)

// A Builder makes a model of another format's, node by node. Names that are made begin with "+".
type Builder struct {
	Model Model
	made  int
}

// builtOpset is the version of the operators that are built with.
const builtOpset = 20

// NewBuilder begins a model.
func NewBuilder() *Builder {
	return &Builder{Model: Model{Opsets: map[string]int64{"": builtOpset}, Metadata: map[string]string{}, Graph: &Graph{}}}
}

func (b *Builder) name() string {
	b.made++
	return "+" + strconv.Itoa(b.made)
}

// Input adds a photo to be given, of size × size levels, [1][size][size][3].
func (b *Builder) Input(name string, t Type, dims ...int) {
	v := &Value{Name: name, Type: t}
	for _, d := range dims {
		v.Shape = append(v.Shape, Dim{Size: int64(d)})
	}
	b.Model.Graph.Inputs = append(b.Model.Graph.Inputs, v)
}

// Output names a value that is an output.
func (b *Builder) Output(name string) {
	b.Model.Graph.Outputs = append(b.Model.Graph.Outputs, &Value{Name: name, Type: TypeFloat})
}

// Floats adds a constant of float32, and returns its name. There must be as many numbers as the
// dims say.
func (b *Builder) Floats(v []float32, dims ...int) string {
	raw := make([]byte, 0, 4*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(x))
	}
	return b.constant(TypeFloat, raw, len(v), dims)
}

// Scalar adds a constant of one number.
func (b *Builder) Scalar(v float64) string { return b.Floats([]float32{float32(v)}) }

// Ints adds a list of whole numbers.
func (b *Builder) Ints(v ...int) string {
	raw := make([]byte, 0, 8*len(v))
	for _, x := range v {
		raw = binary.LittleEndian.AppendUint64(raw, uint64(x))
	}
	return b.constant(TypeInt64, raw, len(v), []int{len(v)})
}

// Int adds a constant of one whole number.
func (b *Builder) Int(v int) string {
	return b.constant(TypeInt64, binary.LittleEndian.AppendUint64(nil, uint64(v)), 1, nil)
}

func (b *Builder) constant(t Type, raw []byte, n int, dims []int) string {
	count := 1
	for _, d := range dims {
		count *= d
	}
	if count != n {
		panic(fmt.Sprintf("onnx: %d numbers for a constant of %v", n, dims))
	}
	name := b.name()
	b.Model.Graph.Initialisers = append(b.Model.Graph.Initialisers, &Tensor{Name: name, Type: t, Dims: dims, Data: raw})
	return name
}

// With are the attributes of a node: int, []int, float64 or string.
type With map[string]any

// Add adds a node with one output, and returns its name. called is what errors call it.
func (b *Builder) Add(called, op string, with With, in ...string) string {
	out := b.name()
	b.AddTo(called, op, with, in, out)
	return out
}

// AddTo adds a node whose outputs have names.
func (b *Builder) AddTo(called, op string, with With, in []string, out ...string) {
	n := &Node{Name: called, Op: op, Inputs: in, Outputs: out, Attributes: map[string]*Attribute{}}
	for name, v := range with {
		a := &Attribute{Name: name}
		switch v := v.(type) {
		case int:
			a.Kind, a.I = Int, int64(v)
		case []int:
			a.Kind, a.Ints = Ints, []int64{}
			for _, x := range v {
				a.Ints = append(a.Ints, int64(x))
			}
		case float64:
			a.Kind, a.F = Float, float32(v)
		case string:
			a.Kind, a.S = String, v
		default:
			panic(fmt.Sprintf("onnx: an attribute of %T", v))
		}
		n.Attributes[name] = a
	}
	b.Model.Graph.Nodes = append(b.Model.Graph.Nodes, n)
}
