package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"

	"homeroom/tools/checkpoint"
)

// Model is an ONNX model.
type Model struct {
	IRVersion       int64
	Producer        string // the program that wrote it, and its version
	ProducerVersion string
	// Opsets are the versions of the operator sets by domain; that of the standard operators is "".
	Opsets    map[string]int64
	Metadata  map[string]string
	Graph     *Graph
	Functions []*Function // operators of the model's own, defined by nodes
}

// Graph is a graph of nodes, in an order in which they can be computed.
type Graph struct {
	Name         string
	Nodes        []*Node
	Initialisers []*Tensor // constants by name, all different
	Inputs       []*Value  // before IR version 4 with the initialisers among them
	Outputs      []*Value
	Values       []*Value // types and shapes that are known of values in between
}

// Initialiser finds a constant by name, or returns nil.
func (g *Graph) Initialiser(name string) *Tensor {
	for _, t := range g.Initialisers {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Feeds are the inputs that have no initialiser, so must be given.
func (g *Graph) Feeds() []*Value {
	constant := make(map[string]bool, len(g.Initialisers))
	for _, t := range g.Initialisers {
		constant[t.Name] = true
	}
	var feeds []*Value
	for _, v := range g.Inputs {
		if !constant[v.Name] {
			feeds = append(feeds, v)
		}
	}
	return feeds
}

// Node is one operation.
type Node struct {
	Name    string // may be empty
	Op      string
	Domain  string   // "" for the standard operators
	Inputs  []string // "" where an optional input is left out
	Outputs []string

	Attributes map[string]*Attribute
}

// Int gives an int attribute, or otherwise if there is none.
func (n *Node) Int(name string, otherwise int64) int64 {
	if a := n.Attributes[name]; a != nil && a.Kind == Int {
		return a.I
	}
	return otherwise
}

// Float gives a float attribute, or otherwise if there is none.
func (n *Node) Float(name string, otherwise float32) float32 {
	if a := n.Attributes[name]; a != nil && a.Kind == Float {
		return a.F
	}
	return otherwise
}

// Ints gives an attribute that is a list of ints, or nil.
func (n *Node) Ints(name string) []int64 {
	if a := n.Attributes[name]; a != nil && a.Kind == Ints {
		return a.Ints
	}
	return nil
}

// String gives a string attribute, or otherwise if there is none.
func (n *Node) String(name, otherwise string) string {
	if a := n.Attributes[name]; a != nil && a.Kind == String {
		return a.S
	}
	return otherwise
}

// Kind says which field of an attribute is in use.
type Kind uint8

// The numbers are those of the format.
const (
	Float        Kind = 1
	Int          Kind = 2
	String       Kind = 3
	TensorKind   Kind = 4
	GraphKind    Kind = 5
	Floats       Kind = 6
	Ints         Kind = 7
	Strings      Kind = 8
	TensorsKind  Kind = 9
	GraphsKind   Kind = 10
	sparseKind   Kind = 11
	sparsesKind  Kind = 12
	typeKind     Kind = 13
	typesKind    Kind = 14
	undefinedYet Kind = 0
)

// Attribute is a fixed property of a node. Kind says which of the fields counts.
type Attribute struct {
	Name    string
	Kind    Kind
	F       float32
	I       int64
	S       string
	Tensor  *Tensor
	Graph   *Graph
	Floats  []float32
	Ints    []int64
	Strings []string
	Tensors []*Tensor
	Graphs  []*Graph
	// Reference, inside a function, is the function's attribute that gives the value.
	Reference string
}

// Value is the type of an input, an output or what lies between nodes.
type Value struct {
	Name string
	Type Type
	// Shape is nil where nothing is known, and empty for a scalar.
	Shape []Dim
}

// Dim is the length of an axis.
type Dim struct {
	Size int64  // -1 where it isn't fixed
	Name string // of a length that isn't fixed, such as batch; may be empty
}

// Function is an operator that the model defines itself.
type Function struct {
	Domain, Name    string
	Inputs, Outputs []string
	Attributes      []string              // that a node must give
	Defaults        map[string]*Attribute // those that have a default
	Nodes           []*Node
}

// Type is the type of a tensor's elements, by the numbers of the format.
type Type int32

var types = map[Type]struct {
	name  string
	dtype checkpoint.DType
}{
	1: {"FLOAT", checkpoint.Float32}, 2: {"UINT8", checkpoint.UInt8}, 3: {"INT8", checkpoint.Int8}, 4: {"UINT16", checkpoint.UInt16},
	5: {"INT16", checkpoint.Int16}, 6: {"INT32", checkpoint.Int32}, 7: {"INT64", checkpoint.Int64}, 9: {"BOOL", checkpoint.Bool},
	10: {"FLOAT16", checkpoint.Float16}, 11: {"DOUBLE", checkpoint.Float64}, 12: {"UINT32", checkpoint.UInt32}, 13: {"UINT64", checkpoint.UInt64},
	14: {"COMPLEX64", checkpoint.Complex64}, 15: {"COMPLEX128", checkpoint.Complex128}, 16: {"BFLOAT16", checkpoint.BFloat16},
	17: {"FLOAT8E4M3FN", checkpoint.Float8E4M3FN}, 18: {"FLOAT8E4M3FNUZ", checkpoint.Float8E4M3FNUZ},
	19: {"FLOAT8E5M2", checkpoint.Float8E5M2}, 20: {"FLOAT8E5M2FNUZ", checkpoint.Float8E5M2FNUZ},
}

// String gives the name in the specification, such as FLOAT.
func (t Type) String() string {
	if k, ok := types[t]; ok {
		return k.name
	}
	if t == typeString {
		return "STRING"
	}
	return fmt.Sprintf("Type(%d)", int32(t))
}

const typeString Type = 8

// Tensor is a constant.
type Tensor struct {
	Name string
	Type Type
	Dims []int // outermost first; a scalar has none
	// Data are the elements in row-major order, little endian; it may alias the file. Types of less
	// than a byte and strings have none.
	Data []byte
}

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// Floats converts the elements, wider types rounding to nearest. It fails if they are no single
// numbers.
func (t *Tensor) Floats() ([]float32, error) {
	k, ok := types[t.Type]
	if !ok || k.dtype == checkpoint.Complex64 || k.dtype == checkpoint.Complex128 {
		return nil, fmt.Errorf("tensor %q: its elements are %v, which are not plain numbers", clip(t.Name), t.Type)
	}
	dst := make([]float32, t.Len())
	k.dtype.ToFloats(dst, t.Data, binary.LittleEndian)
	return dst, nil
}

var errNotInts = errors.New("its elements are not whole numbers")

// Int64s gives the elements of an integer type, exactly.
func (t *Tensor) Int64s() ([]int64, error) {
	if t.width() == 0 {
		return nil, fmt.Errorf("tensor %q of %v: %w", clip(t.Name), t.Type, errNotInts)
	}
	dst := make([]int64, len(t.Data)/max(t.width(), 1))
	le := binary.LittleEndian
	for i := range dst {
		switch t.Type {
		case 2, 9:
			dst[i] = int64(t.Data[i])
		case 3:
			dst[i] = int64(int8(t.Data[i]))
		case 4:
			dst[i] = int64(le.Uint16(t.Data[2*i:]))
		case 5:
			dst[i] = int64(int16(le.Uint16(t.Data[2*i:])))
		case 6:
			dst[i] = int64(int32(le.Uint32(t.Data[4*i:])))
		case 7:
			dst[i] = int64(le.Uint64(t.Data[8*i:]))
		case 12:
			dst[i] = int64(le.Uint32(t.Data[4*i:]))
		default:
			return nil, fmt.Errorf("tensor %q of %v: %w", clip(t.Name), t.Type, errNotInts)
		}
	}
	return dst, nil
}

// width is the length of an element in bytes, 0 for types without Data.
func (t *Tensor) width() int {
	if k, ok := types[t.Type]; ok {
		return k.dtype.Size()
	}
	return 0
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
