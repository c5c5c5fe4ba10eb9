package wasmbin

import (
	"bytes"
	"fmt"
)

// MaxSize is the largest module Decode takes, in bytes.
const MaxSize = 256 << 20

// Section ids, in the order a module must have them.
const (
	secCustom   = 0
	secType     = 1
	secImport   = 2
	secFunction = 3
	secTable    = 4
	secMemory   = 5
	secGlobal   = 6
	secExport   = 7
	secStart    = 8
	secElement  = 9
	secCode     = 10
	secData     = 11
)

// ValType is the type of a value.
type ValType byte

const (
	I32  ValType = 0x7f
	I64  ValType = 0x7e
	F32  ValType = 0x7d
	F64  ValType = 0x7c
	V128 ValType = 0x7b
)

func (t ValType) known() bool { return t >= V128 && t <= I32 }

func (t ValType) String() string {
	switch t {
	case I32:
		return "i32"
	case I64:
		return "i64"
	case F32:
		return "f32"
	case F64:
		return "f64"
	case V128:
		return "v128"
	}
	return fmt.Sprintf("type 0x%02x", byte(t))
}

// FuncType is a function's parameters and results.
type FuncType struct{ Params, Results []ValType }

// Kind says what an import or export is.
type Kind byte

const (
	KindFunc   Kind = 0
	KindTable  Kind = 1
	KindMemory Kind = 2
	KindGlobal Kind = 3
)

// Limits bound a memory, in pages of 64 KiB. A shared memory has a maximum.
type Limits struct {
	Min, Max uint32
	HasMax   bool
	Shared   bool
}

// Import is a function (Type is its index in Module.Types), a memory or a table of functions
// (Limits), or a global variable (of type Value) that the host gives.
type Import struct {
	Module, Name string
	Kind         Kind
	Type         uint32
	Limits       Limits
	Value        ValType
	Mutable      bool
}

// Export gives an index of the given kind a name for the host.
type Export struct {
	Name  string
	Kind  Kind
	Index uint32
}

// Global is a global variable.
type Global struct {
	Type    ValType
	Mutable bool
	Init    []Instr // a constant, then end
}

// Element is functions that go into the table from the place At on.
type Element struct {
	At    uint32
	Funcs []uint32
}

// Module is a WebAssembly module. Functions are numbered with the imported ones first.
type Module struct {
	Types     []FuncType
	Imports   []Import
	FuncTypes []uint32 // of each function that isn't imported: its index in Types
	Memories  []Limits
	Globals   []Global
	Exports   []Export
	Elements  []Element // all of them of table 0, at constant places

	bodies [][]byte // parallel to FuncTypes: locals and code, encoded
	at     []int    // parallel to bodies: offset in the decoded file
	names  map[uint32]string
	layout []section
}

// section is one section as it stood in the file. Those that Module holds decoded have no data
// here.
type section struct {
	id    byte
	width uint8 // bytes of the section's size
	data  []byte
}

var magic = []byte("\x00asm\x01\x00\x00\x00")

// maxCount caps every count before it sizes an allocation. A vector's count is also held against
// the bytes that are left.
const maxCount = 1 << 20

func (r *reader) count(what string) int {
	at := r.p
	n := r.u32()
	if n > maxCount || int(n) > len(r.b)-r.p {
		r.fail(at, "%d %s announced in %d bytes", n, what, len(r.b)-r.p)
		return 0
	}
	return int(n)
}

// Decode reads a module, every instruction included. It keeps slices of data, which must not change
// afterwards. Errors are of type *FormatError.
func Decode(data []byte) (*Module, error) {
	if len(data) > MaxSize {
		return nil, &FormatError{0, fmt.Sprintf("module of %d bytes; at most %d are read", len(data), MaxSize)}
	}
	if !bytes.HasPrefix(data, magic) {
		return nil, &FormatError{0, "not a WebAssembly module of version 1"}
	}
	m := &Module{}
	r := &reader{b: data, p: len(magic)}
	last := byte(0)
	for r.more() {
		at := r.p
		id := r.byte()
		size, width := r.uleb()
		start := r.p
		body := r.bytes(int(size))
		if r.err != nil {
			break
		}
		if id != secCustom {
			if id > secData {
				r.fail(at, "unknown section %d", id)
				break
			}
			if id <= last {
				r.fail(at, "section %d after section %d", id, last)
				break
			}
			last = id
		}
		s := section{id: id, width: width}
		sr := &reader{b: body, base: start}
		switch id {
		case secType:
			m.readTypes(sr)
		case secImport:
			m.readImports(sr)
		case secFunction:
			m.FuncTypes = make([]uint32, sr.count("functions"))
			for i := range m.FuncTypes {
				m.FuncTypes[i] = sr.u32()
				if int(m.FuncTypes[i]) >= len(m.Types) {
					sr.fail(sr.p, "function of type %d; there are %d types", m.FuncTypes[i], len(m.Types))
				}
			}
		case secMemory:
			m.Memories = make([]Limits, sr.count("memories"))
			for i := range m.Memories {
				m.Memories[i] = sr.limits()
			}
			if len(m.Memories) > 1 {
				sr.fail(0, "%d memories; one is all Go makes", len(m.Memories))
			}
		case secGlobal:
			m.readGlobals(sr)
		case secExport:
			m.Exports = make([]Export, sr.count("exports"))
			for i := range m.Exports {
				m.Exports[i] = Export{sr.name(), Kind(sr.byte()), sr.u32()}
				if m.Exports[i].Kind > KindGlobal {
					sr.fail(sr.p, "export of unknown kind %d", m.Exports[i].Kind)
				}
			}
		case secElement:
			m.readElements(sr)
		case secCode:
			m.readCode(sr)
		default:
			s.data = body
			if id == secCustom {
				m.readNames(body)
			}
			sr.p = len(body)
		}
		if sr.err == nil && sr.p != len(body) {
			sr.fail(sr.p, "%d bytes left over at the end of section %d", len(body)-sr.p, id)
		}
		if sr.err != nil {
			return nil, sr.err
		}
		m.layout = append(m.layout, s)
	}
	if r.err == nil && len(m.bodies) != len(m.FuncTypes) {
		r.fail(r.p, "%d functions declared and %d bodies", len(m.FuncTypes), len(m.bodies))
	}
	if r.err != nil {
		return nil, r.err
	}
	return m, nil
}

func (r *reader) valTypes() []ValType {
	n := r.count("types")
	ts := make([]ValType, n)
	for i := range ts {
		ts[i] = r.valType()
	}
	return ts
}

func (r *reader) valType() ValType {
	t := ValType(r.byte())
	if r.err == nil && !t.known() {
		r.fail(r.p-1, "unknown value %v", t)
	}
	return t
}

func (r *reader) limits() Limits {
	at := r.p
	flags := r.byte()
	if flags > 3 || flags == 2 {
		r.fail(at, "memory limits of unknown kind 0x%02x", flags)
	}
	l := Limits{Min: r.u32(), HasMax: flags&1 != 0, Shared: flags&2 != 0}
	if l.HasMax {
		l.Max = r.u32()
	}
	return l
}

func (m *Module) readTypes(r *reader) {
	m.Types = make([]FuncType, r.count("types"))
	for i := range m.Types {
		if form := r.byte(); form != 0x60 {
			r.fail(r.p-1, "type %d of unknown form 0x%02x", i, form)
		}
		m.Types[i] = FuncType{r.valTypes(), r.valTypes()}
	}
}

func (m *Module) readImports(r *reader) {
	m.Imports = make([]Import, r.count("imports"))
	for i := range m.Imports {
		im := Import{Module: r.name(), Name: r.name(), Kind: Kind(r.byte())}
		switch im.Kind {
		case KindFunc:
			im.Type = r.u32()
			if int(im.Type) >= len(m.Types) {
				r.fail(r.p, "import %s.%s of type %d; there are %d types", im.Module, im.Name, im.Type, len(m.Types))
			}
		case KindTable:
			if t := r.byte(); t != funcRef {
				r.fail(r.p-1, "import %s.%s: a table of unknown values 0x%02x", im.Module, im.Name, t)
			}
			im.Limits = r.limits()
		case KindMemory:
			im.Limits = r.limits()
		case KindGlobal:
			im.Value, im.Mutable = r.global()
		default:
			r.fail(r.p, "import %s.%s of unknown kind %d", im.Module, im.Name, im.Kind)
		}
		m.Imports[i] = im
	}
}

// global reads a variable's type.
func (r *reader) global() (t ValType, mutable bool) {
	t = r.valType()
	m := r.byte()
	if m > 1 {
		r.fail(r.p-1, "global of unknown mutability %d", m)
	}
	return t, m == 1
}

// funcRef is the type of what a table of functions holds.
const funcRef = 0x70

func (m *Module) readElements(r *reader) {
	m.Elements = make([]Element, r.count("elements"))
	for i := range m.Elements {
		if kind := r.u32(); kind != 0 {
			r.fail(r.p, "element of unknown kind %d", kind)
		}
		at := r.p
		place, end := r.instr(), r.instr()
		if r.err == nil && (place.Op != I32Const || end.Op != End) {
			r.fail(at, "element %d has no constant place", i)
		}
		m.Elements[i] = Element{uint32(place.Imm), make([]uint32, r.count("functions of an element"))}
		for j := range m.Elements[i].Funcs {
			at, f := r.p, r.u32()
			if r.err == nil && int(f) >= m.NumFuncs() {
				r.fail(at, "element has function %d of %d", f, m.NumFuncs())
			}
			m.Elements[i].Funcs[j] = f
		}
	}
}

func (m *Module) readGlobals(r *reader) {
	m.Globals = make([]Global, r.count("globals"))
	for i := range m.Globals {
		var g Global
		g.Type, g.Mutable = r.global()
		at := r.p
		g.Init = []Instr{r.instr(), r.instr()}
		if r.err == nil && (g.Init[0].Op < I32Const || g.Init[0].Op > 0x44 || g.Init[1].Op != End) {
			r.fail(at, "global %d doesn't begin as a constant", i)
		}
		m.Globals[i] = g
	}
}

func (m *Module) readCode(r *reader) {
	n := r.count("function bodies")
	if r.err == nil && n != len(m.FuncTypes) {
		r.fail(0, "%d functions declared and %d bodies", len(m.FuncTypes), n)
		return
	}
	m.bodies, m.at = make([][]byte, n), make([]int, n)
	for i := range m.bodies {
		size := r.u32()
		m.at[i] = r.base + r.p
		m.bodies[i] = r.bytes(int(size))
		if r.err != nil {
			return
		}
		br := &reader{b: m.bodies[i], base: m.at[i]}
		if m.readFunc(br, i, false); br.err != nil {
			r.err = br.err
			return
		}
	}
}

// readNames takes function names from a name section. Other custom sections, and a name section
// that can't be read, hold no names: they are not part of the program.
func (m *Module) readNames(body []byte) {
	r := &reader{b: body}
	if r.name() != "name" {
		return
	}
	for r.more() {
		id := r.byte()
		size, _ := r.uleb()
		sub := &reader{b: r.bytes(int(size))}
		if id != 1 {
			continue
		}
		names := map[uint32]string{}
		for range sub.count("names") {
			index := sub.u32()
			names[index] = sub.name()
		}
		if sub.err == nil {
			m.names = names
		}
	}
}

// Encode writes the module.
func (m *Module) Encode() []byte {
	b := bytes.Clone(magic)
	for _, s := range m.layout {
		data := s.data
		switch s.id {
		case secType:
			data = appendU32(nil, uint32(len(m.Types)))
			for _, t := range m.Types {
				data = append(data, 0x60)
				data = appendValTypes(data, t.Params)
				data = appendValTypes(data, t.Results)
			}
		case secImport:
			data = appendU32(nil, uint32(len(m.Imports)))
			for _, im := range m.Imports {
				data = append(appendName(appendName(data, im.Module), im.Name), byte(im.Kind))
				switch im.Kind {
				case KindFunc:
					data = appendU32(data, im.Type)
				case KindTable:
					data = appendLimits(append(data, funcRef), im.Limits)
				case KindMemory:
					data = appendLimits(data, im.Limits)
				case KindGlobal:
					data = appendGlobal(data, im.Value, im.Mutable)
				}
			}
		case secFunction:
			data = appendU32(nil, uint32(len(m.FuncTypes)))
			for _, t := range m.FuncTypes {
				data = appendU32(data, t)
			}
		case secMemory:
			if len(m.Memories) == 0 {
				continue
			}
			data = appendU32(nil, uint32(len(m.Memories)))
			for _, l := range m.Memories {
				data = appendLimits(data, l)
			}
		case secGlobal:
			data = appendU32(nil, uint32(len(m.Globals)))
			for _, g := range m.Globals {
				data = appendGlobal(data, g.Type, g.Mutable)
				for _, in := range g.Init {
					data = appendInstr(data, in)
				}
			}
		case secExport:
			data = appendU32(nil, uint32(len(m.Exports)))
			for _, e := range m.Exports {
				data = appendU32(append(appendName(data, e.Name), byte(e.Kind)), e.Index)
			}
		case secElement:
			data = appendU32(nil, uint32(len(m.Elements)))
			for _, e := range m.Elements {
				data = appendInstr(append(data, 0), Instr{Op: I32Const, Imm: uint64(int64(int32(e.At)))})
				data = appendU32(appendInstr(data, Instr{Op: End}), uint32(len(e.Funcs)))
				for _, f := range e.Funcs {
					data = appendU32(data, f)
				}
			}
		case secCode:
			data = appendU32(nil, uint32(len(m.bodies)))
			for _, body := range m.bodies {
				data = append(appendU32(data, uint32(len(body))), body...)
			}
		}
		b = append(appendULEB(append(b, s.id), uint32(len(data)), s.width), data...)
	}
	return b
}

func appendGlobal(b []byte, t ValType, mutable bool) []byte {
	if mutable {
		return append(b, byte(t), 1)
	}
	return append(b, byte(t), 0)
}

func appendValTypes(b []byte, ts []ValType) []byte {
	b = appendU32(b, uint32(len(ts)))
	for _, t := range ts {
		b = append(b, byte(t))
	}
	return b
}

func appendLimits(b []byte, l Limits) []byte {
	flags := byte(0)
	if l.HasMax {
		flags |= 1
	}
	if l.Shared {
		flags |= 2
	}
	b = appendU32(append(b, flags), l.Min)
	if l.HasMax {
		b = appendU32(b, l.Max)
	}
	return b
}

// New is an empty module, which Encode writes with types, imports, functions, globals, exports,
// elements and code.
func New() *Module {
	m := &Module{}
	for _, id := range []byte{secType, secImport, secFunction, secMemory, secGlobal, secExport, secElement, secCode} {
		m.layout = append(m.layout, section{id: id, width: 1})
	}
	return m
}

// DropCustom leaves out the custom sections of these names. Names of functions that were read stay
// known.
func (m *Module) DropCustom(names ...string) {
	kept := m.layout[:0:0]
	for _, s := range m.layout {
		drop := false
		if s.id == secCustom {
			title := (&reader{b: s.data}).name()
			for _, n := range names {
				drop = drop || n == title
			}
		}
		if !drop {
			kept = append(kept, s)
		}
	}
	m.layout = kept
}

// AddCustom appends a custom section, which engines hand out by its name and otherwise ignore.
func (m *Module) AddCustom(name string, content []byte) {
	data := append(appendName(nil, name), content...)
	m.layout = append(m.layout, section{id: secCustom, width: 1, data: data})
}

// ImportedFuncs is the number of imported functions: the index of the first other one.
func (m *Module) ImportedFuncs() int {
	n := 0
	for _, im := range m.Imports {
		if im.Kind == KindFunc {
			n++
		}
	}
	return n
}

// NumGlobals is the number of global variables, imported ones included, which are the first.
func (m *Module) NumGlobals() int {
	n := len(m.Globals)
	for _, im := range m.Imports {
		if im.Kind == KindGlobal {
			n++
		}
	}
	return n
}

// Global is a global variable; one that is imported has no Init here.
func (m *Module) Global(index int) Global {
	for _, im := range m.Imports {
		if im.Kind != KindGlobal {
			continue
		}
		if index == 0 {
			return Global{Type: im.Value, Mutable: im.Mutable}
		}
		index--
	}
	return m.Globals[index]
}

// NumFuncs is the number of functions, imported ones included.
func (m *Module) NumFuncs() int { return m.ImportedFuncs() + len(m.FuncTypes) }

// FuncType is the type of a function, imported or not.
func (m *Module) FuncType(index int) FuncType {
	for _, im := range m.Imports {
		if im.Kind != KindFunc {
			continue
		}
		if index == 0 {
			return m.Types[im.Type]
		}
		index--
	}
	return m.Types[m.FuncTypes[index]]
}

// HasNames reports whether the module names its functions; one linked with -s doesn't.
func (m *Module) HasNames() bool { return m.names != nil }

// FuncName is a function's name in the module's name section, "" if it has none.
func (m *Module) FuncName(index int) string { return m.names[uint32(index)] }

// FindFunc gives the index of the function of this name.
func (m *Module) FindFunc(name string) (int, bool) {
	first := m.ImportedFuncs()
	for i := range m.FuncTypes {
		if m.names[uint32(first+i)] == name {
			return first + i, true
		}
	}
	return 0, false
}

// NameFunc gives a function a name to be found by. Encode doesn't write it.
func (m *Module) NameFunc(index int, name string) {
	if m.names == nil {
		m.names = map[uint32]string{}
	}
	m.names[uint32(index)] = name
}
