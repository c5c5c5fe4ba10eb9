package onnx

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"google.golang.org/protobuf/encoding/protowire"

	"homeroom/tools/checkpoint"
)

const (
	// maxFile is the format's own limit: Protocol Buffers end at 2 GB.
	maxFile = math.MaxInt32
	// maxObjects bounds messages and strings together. A large network has some thousands of nodes.
	maxObjects = 1 << 20
	// maxNumbers bounds what is written as numbers of variable length, which take eight bytes each
	// here.
	maxNumbers = 1 << 26
	// maxDepth bounds graphs within graphs.
	maxDepth = 16
	maxRank  = 32
)

// Open reads a model from a file, as a whole, with the files beside it that hold its tensors'
// elements.
func Open(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s isn't a file of at most 2 GB, as ONNX models are", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return read(filepath.Base(path), data, beside(path))
}

// Read parses a model. Its tensors alias data, which must not be changed while they are in use.
// name is what errors call the file; they also name the node or tensor and what is wrong with it.
// Models with elements in other files are for [Open].
func Read(name string, data []byte) (*Model, error) { return read(name, data, nil) }

func read(name string, data []byte, files *external) (*Model, error) {
	if len(data) > maxFile {
		return nil, fmt.Errorf("%s: %d bytes; an ONNX model has at most %d", name, len(data), maxFile)
	}
	p := &parser{left: maxObjects, numbers: maxNumbers, files: files}
	m, err := p.model(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// parser counts what it makes.
type parser struct {
	left    int // of maxObjects
	numbers int // of maxNumbers
	depth   int // of graphs
	files   *external
}

func (p *parser) count(n int) error {
	if p.left -= n; p.left < 0 {
		return fmt.Errorf("it has more than %d parts; it is damaged or hostile", maxObjects)
	}
	return nil
}

// field is one field of a message: a number of any width, or bytes.
type field struct {
	number protowire.Number
	kind   protowire.Type
	value  uint64
	bytes  []byte
}

var (
	errWire    = errors.New("this isn't an ONNX model, or it is damaged or cut short: download it again")
	errNumbers = fmt.Errorf("it has more than %d numbers of variable length; save its tensors as raw data", maxNumbers)
	errKind    = fmt.Errorf("a field has the wrong type; %w", errWire)
)

// fields calls each for each field of a message.
func fields(b []byte, each func(f field) error) error {
	for len(b) > 0 {
		var f field
		var n int
		f.number, f.kind, n = protowire.ConsumeTag(b)
		if n < 0 {
			return errWire
		}
		b = b[n:]
		switch f.kind {
		case protowire.VarintType:
			f.value, n = protowire.ConsumeVarint(b)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(b)
			f.value = uint64(v)
		case protowire.Fixed64Type:
			f.value, n = protowire.ConsumeFixed64(b)
		case protowire.BytesType:
			f.bytes, n = protowire.ConsumeBytes(b)
		default: // groups, which ONNX has never had
			return errWire
		}
		if n < 0 {
			return errWire
		}
		b = b[n:]
		if err := each(f); err != nil {
			return err
		}
	}
	return nil
}

// message gives the bytes of a field that is a message.
func (f field) message() ([]byte, error) {
	if f.kind != protowire.BytesType {
		return nil, errKind
	}
	return f.bytes, nil
}

func (f field) string(to *string) error {
	if f.kind != protowire.BytesType {
		return errKind
	}
	*to = string(f.bytes)
	return nil
}

func (f field) int(to *int64) error {
	if f.kind != protowire.VarintType {
		return errKind
	}
	*to = int64(f.value)
	return nil
}

// strings appends to a list of strings.
func (p *parser) strings(f field, to *[]string) error {
	var s string
	if err := f.string(&s); err != nil {
		return err
	}
	*to = append(*to, s)
	return p.count(1)
}

// varints appends numbers that may be packed.
func (p *parser) varints(f field, to *[]int64) error {
	if p.numbers--; p.numbers < 0 {
		return errNumbers
	}
	if f.kind == protowire.VarintType {
		*to = append(*to, int64(f.value))
		return nil
	}
	b, err := f.message()
	if err != nil {
		return err
	}
	for len(b) > 0 {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return errWire
		}
		if p.numbers--; p.numbers < 0 {
			return errNumbers
		}
		*to = append(*to, int64(v))
		b = b[n:]
	}
	return nil
}

// fixed appends numbers of size bytes that may be packed, as they are in the file.
func fixed(f field, size int, to *[]byte) error {
	switch {
	case f.kind == protowire.BytesType && len(f.bytes)%size == 0:
		if *to == nil {
			*to = f.bytes[:len(f.bytes):len(f.bytes)] // no copy of what comes in one piece
			return nil
		}
		*to = append(*to, f.bytes...)
	case f.kind == protowire.Fixed32Type && size == 4:
		*to = binary.LittleEndian.AppendUint32(*to, uint32(f.value))
	case f.kind == protowire.Fixed64Type && size == 8:
		*to = binary.LittleEndian.AppendUint64(*to, f.value)
	default:
		return errKind
	}
	return nil
}

func (p *parser) model(b []byte) (*Model, error) {
	m := &Model{Opsets: make(map[string]int64), Metadata: make(map[string]string)}
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.int(&m.IRVersion)
		case 2:
			return f.string(&m.Producer)
		case 3:
			return f.string(&m.ProducerVersion)
		case 7:
			b, err := f.message()
			if err != nil {
				return err
			}
			if m.Graph != nil {
				return errors.New("it has two graphs")
			}
			m.Graph, err = p.graph(b)
			return err
		case 8:
			return p.opset(f, m.Opsets)
		case 14:
			k, v, err := p.pair(f)
			m.Metadata[k] = v
			return err
		case 25:
			b, err := f.message()
			if err != nil {
				return err
			}
			fn, err := p.function(b)
			m.Functions = append(m.Functions, fn)
			return err
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if m.Graph == nil || len(m.Opsets) == 0 {
		return nil, fmt.Errorf("it has no graph or no operator set: %w", errWire)
	}
	return m, nil
}

func (p *parser) opset(f field, to map[string]int64) error {
	b, err := f.message()
	if err != nil {
		return err
	}
	var domain string
	var version int64
	err = fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.string(&domain)
		case 2:
			return f.int(&version)
		}
		return nil
	})
	if domain == "ai.onnx" {
		domain = ""
	}
	to[domain] = version
	if err == nil {
		err = p.count(1)
	}
	return err
}

// pair reads a message of key and value.
func (p *parser) pair(f field) (key, value string, err error) {
	b, err := f.message()
	if err != nil {
		return "", "", err
	}
	err = fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.string(&key)
		case 2:
			return f.string(&value)
		}
		return nil
	})
	if err == nil {
		err = p.count(1)
	}
	return key, value, err
}

func (p *parser) graph(b []byte) (*Graph, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("its graphs are nested too deeply")
	}
	defer func() { p.depth-- }()
	g := new(Graph)
	names := make(map[string]bool)
	err := fields(b, func(f field) error {
		switch f.number {
		case 2:
			return f.string(&g.Name)
		case 1, 5, 11, 12, 13, 15:
		default:
			return nil
		}
		b, err := f.message()
		if err != nil {
			return err
		}
		switch f.number {
		case 1:
			n, err := p.node(b)
			if err != nil {
				return fmt.Errorf("node %d (%s %q): %w", len(g.Nodes), clip(n.Op), clip(n.Name), err)
			}
			g.Nodes = append(g.Nodes, n)
		case 5:
			t, err := p.tensor(b)
			if err == nil && names[t.Name] {
				err = errors.New("it comes twice")
			}
			if err != nil {
				return fmt.Errorf("tensor %q: %w", clip(t.Name), err)
			}
			names[t.Name] = true
			g.Initialisers = append(g.Initialisers, t)
		case 11:
			return p.value(b, &g.Inputs)
		case 12:
			return p.value(b, &g.Outputs)
		case 13:
			return p.value(b, &g.Values)
		case 15:
			return errors.New("it has sparse initialisers, which aren't read here; save the model with dense ones")
		}
		return nil
	})
	if err == nil {
		err = p.count(1)
	}
	return g, err
}

// node returns what it has read beside an error, for the message.
func (p *parser) node(b []byte) (*Node, error) {
	n := &Node{Attributes: make(map[string]*Attribute)}
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return p.strings(f, &n.Inputs)
		case 2:
			return p.strings(f, &n.Outputs)
		case 3:
			return f.string(&n.Name)
		case 4:
			return f.string(&n.Op)
		case 5:
			b, err := f.message()
			if err != nil {
				return err
			}
			a, err := p.attribute(b)
			if err == nil && n.Attributes[a.Name] != nil {
				err = errors.New("it comes twice")
			}
			if err != nil {
				return fmt.Errorf("attribute %q: %w", clip(a.Name), err)
			}
			n.Attributes[a.Name] = a
		case 7:
			return f.string(&n.Domain)
		}
		return nil
	})
	if n.Domain == "ai.onnx" {
		n.Domain = ""
	}
	if err == nil {
		err = p.count(1)
	}
	return n, err
}

// attribute returns what it has read beside an error, for the message.
func (p *parser) attribute(b []byte) (*Attribute, error) {
	a := new(Attribute)
	var kind int64
	var floats []byte
	seen := undefinedYet
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.string(&a.Name)
		case 20:
			return f.int(&kind)
		case 21:
			return f.string(&a.Reference)
		case 2:
			if seen = Float; f.kind != protowire.Fixed32Type {
				return errKind
			}
			a.F = math.Float32frombits(uint32(f.value))
			return nil
		case 3:
			seen = Int
			return f.int(&a.I)
		case 4:
			seen = String
			return f.string(&a.S)
		case 7:
			seen = Floats
			return fixed(f, 4, &floats)
		case 8:
			seen = Ints
			return p.varints(f, &a.Ints)
		case 9:
			seen = Strings
			return p.strings(f, &a.Strings)
		case 14, 15:
			seen = typeKind
			return nil
		case 5, 6, 10, 11, 22, 23:
		default:
			return nil
		}
		b, err := f.message()
		if err != nil {
			return err
		}
		switch f.number {
		case 5:
			seen = TensorKind
			a.Tensor, err = p.tensor(b)
		case 6:
			seen = GraphKind
			a.Graph, err = p.graph(b)
		case 10:
			seen = TensorsKind
			var t *Tensor
			t, err = p.tensor(b)
			a.Tensors = append(a.Tensors, t)
		case 11:
			seen = GraphsKind
			var g *Graph
			g, err = p.graph(b)
			a.Graphs = append(a.Graphs, g)
		case 22, 23:
			err = errors.New("it is a sparse tensor, which isn't read here")
		}
		return err
	})
	if err != nil {
		return a, err
	}
	for i := 0; i < len(floats); i += 4 {
		a.Floats = append(a.Floats, math.Float32frombits(binary.LittleEndian.Uint32(floats[i:])))
	}
	// Models of IR version 1 don't say the kind.
	if a.Kind = Kind(kind); kind == 0 {
		a.Kind = seen
	}
	switch {
	case kind < 0 || kind > int64(typesKind):
		return a, fmt.Errorf("its kind %d isn't known here", kind)
	case a.Kind == TensorKind && a.Tensor == nil && a.Reference == "", a.Kind == GraphKind && a.Graph == nil && a.Reference == "":
		return a, errors.New("its value is missing")
	}
	return a, p.count(1)
}

func (p *parser) value(b []byte, to *[]*Value) error {
	v := new(Value)
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.string(&v.Name)
		case 2:
			b, err := f.message()
			if err != nil {
				return err
			}
			return fields(b, func(f field) error {
				if f.number != 1 { // sequences, maps and others than tensors
					return nil
				}
				b, err := f.message()
				if err != nil {
					return err
				}
				return p.tensorType(b, v)
			})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("value %q: %w", clip(v.Name), err)
	}
	*to = append(*to, v)
	return p.count(1)
}

func (p *parser) tensorType(b []byte, v *Value) error {
	return fields(b, func(f field) error {
		switch f.number {
		case 1:
			var t int64
			err := f.int(&t)
			v.Type = Type(t)
			return err
		case 2:
			b, err := f.message()
			if err != nil {
				return err
			}
			v.Shape = []Dim{}
			return fields(b, func(f field) error {
				if f.number != 1 {
					return nil
				}
				b, err := f.message()
				if err != nil {
					return err
				}
				if len(v.Shape) == maxRank {
					return fmt.Errorf("more than %d axes", maxRank)
				}
				d := Dim{Size: -1}
				err = fields(b, func(f field) error {
					switch f.number {
					case 1:
						return f.int(&d.Size)
					case 2:
						return f.string(&d.Name)
					}
					return nil
				})
				if d.Size < 0 {
					d.Size = -1
				}
				v.Shape = append(v.Shape, d)
				return err
			})
		}
		return nil
	})
}

// tensor returns what it has read beside an error, for the message.
func (p *parser) tensor(b []byte) (*Tensor, error) {
	t := new(Tensor)
	var dims, ints, kind []int64
	var raw, floats, doubles []byte
	strings, location := 0, int64(0)
	var at place
	isExternal := false
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return p.varints(f, &dims)
		case 2:
			return p.varints(f, &kind)
		case 3:
			return errors.New("it comes in segments, which aren't read here")
		case 4:
			return fixed(f, 4, &floats)
		case 5, 7, 11: // int32_data, int64_data, uint64_data: all varints, and types use but one
			return p.varints(f, &ints)
		case 6:
			strings++
			return nil
		case 8:
			return f.string(&t.Name)
		case 9:
			b, err := f.message()
			raw = b[:len(b):len(b)]
			return err
		case 10:
			return fixed(f, 8, &doubles)
		case 13:
			isExternal = true
			k, v, err := p.pair(f)
			at.set(k, v)
			return err
		case 14:
			return f.int(&location)
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	if len(kind) > 0 {
		t.Type = Type(kind[len(kind)-1])
	}
	if len(dims) > maxRank {
		return t, fmt.Errorf("%d axes; at most %d are expected", len(dims), maxRank)
	}
	n := int64(1)
	t.Dims = make([]int, len(dims))
	for i, d := range dims {
		t.Dims[i] = int(d)
		switch {
		case d < 0:
			return t, fmt.Errorf("dims %v: none may be negative", dims)
		case d > maxFile || d > 0 && n > maxFile/d:
			return t, fmt.Errorf("dims %v are more elements than any file holds", dims)
		}
		n *= d
	}
	if err := p.count(1); err != nil {
		return t, err
	}
	k, ok := types[t.Type]
	if !ok {
		return t, nil // strings, or of a type whose elements aren't read; Floats says so
	}
	if isExternal || location != 0 {
		if t.Data, err = p.files.data(at, n*int64(k.dtype.Size())); err != nil {
			return t, err
		}
		return t, nil
	}
	if t.Data, err = elements(k.dtype, n, raw, floats, doubles, ints); err != nil {
		return t, fmt.Errorf("dims %v of %v: %w", dims, t.Type, err)
	}
	return t, nil
}

// elements gives the bytes of n elements, from the raw bytes or else from the list of numbers that
// the type uses.
func elements(d checkpoint.DType, n int64, raw, floats, doubles []byte, ints []int64) ([]byte, error) {
	size := int64(d.Size())
	if len(raw) > 0 {
		if int64(len(raw)) != n*size {
			return nil, fmt.Errorf("they take %d bytes, and it has %d", n*size, len(raw))
		}
		return raw, nil
	}
	list := func(b []byte) ([]byte, error) {
		if int64(len(b)) != n*size {
			return nil, fmt.Errorf("they take %d bytes, and it has %d", n*size, len(b))
		}
		return b, nil
	}
	switch d {
	case checkpoint.Float32, checkpoint.Complex64:
		return list(floats)
	case checkpoint.Float64, checkpoint.Complex128:
		return list(doubles)
	}
	if int64(len(ints)) != n {
		return nil, fmt.Errorf("they are %d numbers, and it has %d", n, len(ints))
	}
	b := make([]byte, 0, n*size)
	for _, v := range ints {
		switch size {
		case 1:
			b = append(b, byte(v))
		case 2:
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		case 4:
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		case 8:
			b = binary.LittleEndian.AppendUint64(b, uint64(v))
		}
	}
	return b, nil
}

func (p *parser) function(b []byte) (*Function, error) {
	fn := &Function{Defaults: make(map[string]*Attribute)}
	err := fields(b, func(f field) error {
		switch f.number {
		case 1:
			return f.string(&fn.Name)
		case 4:
			return p.strings(f, &fn.Inputs)
		case 5:
			return p.strings(f, &fn.Outputs)
		case 6:
			return p.strings(f, &fn.Attributes)
		case 7:
			b, err := f.message()
			if err != nil {
				return err
			}
			n, err := p.node(b)
			if err != nil {
				return fmt.Errorf("node %d (%s %q): %w", len(fn.Nodes), clip(n.Op), clip(n.Name), err)
			}
			fn.Nodes = append(fn.Nodes, n)
		case 10:
			return f.string(&fn.Domain)
		case 11:
			b, err := f.message()
			if err != nil {
				return err
			}
			a, err := p.attribute(b)
			if err != nil {
				return fmt.Errorf("attribute %q: %w", clip(a.Name), err)
			}
			fn.Defaults[a.Name] = a
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("function %q: %w", clip(fn.Name), err)
	}
	return fn, p.count(1)
}
