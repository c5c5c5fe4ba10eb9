package wasmbin

import (
	"fmt"
	"io"
	"strings"
)

// LocalGroup is a run of local variables of one type.
type LocalGroup struct {
	Count uint32
	Type  ValType
}

// Func is the body of a function. Local variables are numbered with the parameters first.
type Func struct {
	Type   FuncType
	Locals []LocalGroup
	Code   []Instr // the last is the end that closes the body
}

// maxLocals is what engines allow a function.
const maxLocals = 50000

// NumLocals is the number of local variables, parameters included.
func (f *Func) NumLocals() int {
	n := len(f.Type.Params)
	for _, g := range f.Locals {
		n += int(g.Count)
	}
	return n
}

// LocalType is the type of a local variable.
func (f *Func) LocalType(index int) ValType {
	if index < len(f.Type.Params) {
		return f.Type.Params[index]
	}
	index -= len(f.Type.Params)
	for _, g := range f.Locals {
		if index < int(g.Count) {
			return g.Type
		}
		index -= int(g.Count)
	}
	panic("wasmbin: no such local")
}

// AddLocal declares one more local variable and gives its index.
func (f *Func) AddLocal(t ValType) int {
	index := f.NumLocals()
	if n := len(f.Locals); n > 0 && f.Locals[n-1].Type == t {
		f.Locals[n-1].Count++
	} else {
		f.Locals = append(f.Locals, LocalGroup{1, t})
	}
	return index
}

// Func decodes the body of a function that isn't imported.
func (m *Module) Func(index int) (*Func, error) {
	i := index - m.ImportedFuncs()
	r := &reader{b: m.bodies[i], base: m.at[i]}
	f := m.readFunc(r, i, true)
	return f, r.err
}

// BodySize is the size in bytes of the body of a function that isn't imported.
func (m *Module) BodySize(index int) int { return len(m.bodies[index-m.ImportedFuncs()]) }

// SetFunc replaces the body of a function that isn't imported; its type stays.
func (m *Module) SetFunc(index int, f *Func) {
	m.bodies[index-m.ImportedFuncs()] = f.encode()
}

// AddType gives the index of a function type, adding it where the module lacks it.
func (m *Module) AddType(t FuncType) uint32 {
	for i, have := range m.Types {
		if string(appendFuncType(nil, have)) == string(appendFuncType(nil, t)) {
			return uint32(i)
		}
	}
	m.Types = append(m.Types, t)
	return uint32(len(m.Types) - 1)
}

func appendFuncType(b []byte, t FuncType) []byte {
	return appendValTypes(appendValTypes(b, t.Params), t.Results)
}

// AddFunc adds a function and gives its index. Imports must be complete before.
func (m *Module) AddFunc(f *Func) int {
	m.FuncTypes = append(m.FuncTypes, m.AddType(f.Type))
	m.bodies = append(m.bodies, f.encode())
	m.at = append(m.at, 0)
	return m.NumFuncs() - 1
}

func (f *Func) encode() []byte {
	b := appendU32(nil, uint32(len(f.Locals)))
	for _, g := range f.Locals {
		b = append(appendU32(b, g.Count), byte(g.Type))
	}
	for _, in := range f.Code {
		b = appendInstr(b, in)
	}
	return b
}

// readFunc reads a body and checks that blocks close and every index exists. Without keep it only
// checks.
func (m *Module) readFunc(r *reader, i int, keep bool) *Func {
	f := &Func{Type: m.Types[m.FuncTypes[i]]}
	total := len(f.Type.Params)
	f.Locals = make([]LocalGroup, r.count("groups of locals"))
	for j := range f.Locals {
		at := r.p
		f.Locals[j] = LocalGroup{r.u32(), r.valType()}
		if f.Locals[j].Count > maxLocals || total > maxLocals {
			r.fail(at, "more than %d locals", maxLocals)
			return f
		}
		total += int(f.Locals[j].Count)
	}
	funcs := m.NumFuncs()
	var open []Op // blocks that wait for their end
	if keep {
		f.Code = make([]Instr, 0, len(r.b)/2)
	}
	for {
		at := r.p
		in := r.instr()
		if r.err != nil {
			return f
		}
		limit := -1
		switch info(in.Op).imm {
		case immLocal:
			limit = total
		case immGlobal:
			limit = m.NumGlobals()
		case immFunc:
			limit = funcs
		case immIndirect:
			limit = len(m.Types)
		case immLabel:
			limit = len(open) + 1
		case immBlock:
			if int64(in.Imm) >= 0 {
				limit = len(m.Types)
			}
		case immTable:
			for _, t := range in.Targets {
				if int(t) > len(open) {
					r.fail(at, "br_table to depth %d in %d blocks", t, len(open))
				}
			}
		}
		if limit >= 0 && in.Imm >= uint64(limit) {
			r.fail(at, "%v: there are %d", in, limit)
			return f
		}
		if keep {
			f.Code = append(f.Code, in)
		}
		switch {
		case in.Op.OpensBlock():
			open = append(open, in.Op)
		case in.Op == Else:
			if len(open) == 0 || open[len(open)-1] != If {
				r.fail(at, "else without if")
				return f
			}
			open[len(open)-1] = Else
		case in.Op == End:
			if len(open) == 0 {
				if r.p != len(r.b) {
					r.fail(r.p, "%d bytes after the end of the function", len(r.b)-r.p)
				}
				return f
			}
			open = open[:len(open)-1]
		}
	}
}

// Print writes a function in the shape of the text format, one instruction a line, indented by
// block, with the names of the functions it calls.
func (m *Module) Print(w io.Writer, index int, f *Func) error {
	var s strings.Builder
	fmt.Fprintf(&s, "func %d %s %v -> %v\n", index, m.FuncName(index), f.Type.Params, f.Type.Results)
	next := len(f.Type.Params)
	for _, g := range f.Locals {
		fmt.Fprintf(&s, "  local %d..%d %v\n", next, next+int(g.Count)-1, g.Type)
		next += int(g.Count)
	}
	depth := 1
	for _, in := range f.Code {
		if in.Op == End || in.Op == Else {
			depth--
		}
		fmt.Fprintf(&s, "%s%v", strings.Repeat("  ", depth), in)
		if in.Op == Call {
			fmt.Fprintf(&s, " ;; %s", m.FuncName(int(in.Imm)))
		}
		s.WriteByte('\n')
		if in.Op.OpensBlock() || in.Op == Else {
			depth++
		}
	}
	_, err := io.WriteString(w, s.String())
	return err
}
