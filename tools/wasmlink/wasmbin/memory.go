package wasmbin

import "fmt"

// maxPages is the most memory that 32-bit addresses reach.
const maxPages = 1 << 16

// ImportMemory makes the module take its memory from the host, as a shared one of at most the given
// pages of 64 KiB, instead of having its own.
func (m *Module) ImportMemory(module, name string, max uint32) error {
	if len(m.Memories) != 1 {
		return fmt.Errorf("the module has %d memories of its own; one is needed to import it", len(m.Memories))
	}
	own := m.Memories[0]
	if max < own.Min || max > maxPages {
		return fmt.Errorf("a memory of at most %d pages for a module that starts with %d and can have %d", max, own.Min, maxPages)
	}
	hasImports := false
	for _, s := range m.layout {
		hasImports = hasImports || s.id == secImport
	}
	if !hasImports {
		return fmt.Errorf("the module has no import section")
	}
	m.Imports = append(m.Imports, Import{Module: module, Name: name, Kind: KindMemory,
		Limits: Limits{Min: own.Min, Max: max, HasMax: true, Shared: true}})
	m.Memories = nil
	return nil
}

// ImportFunc makes the module take one more function from the host, and gives its index. The
// functions that aren't imported have an index higher by one from then on, everywhere.
func (m *Module) ImportFunc(module, name string, t FuncType) (int, error) {
	index := m.ImportedFuncs()
	moved := func(i uint32) uint32 {
		if int(i) >= index {
			i++
		}
		return i
	}
	funcs := make([]*Func, len(m.bodies))
	for i := range m.bodies {
		f, err := m.Func(index + i)
		if err != nil {
			return 0, err
		}
		for k, in := range f.Code {
			if in.Op == Call {
				f.Code[k].Imm = uint64(moved(uint32(in.Imm)))
			}
		}
		funcs[i] = f
	}
	m.Imports = append(m.Imports, Import{Module: module, Name: name, Kind: KindFunc, Type: m.AddType(t)})
	for i, f := range funcs {
		m.SetFunc(index+1+i, f)
	}
	for _, e := range m.Elements {
		for i, f := range e.Funcs {
			e.Funcs[i] = moved(f)
		}
	}
	for i, e := range m.Exports {
		if e.Kind == KindFunc {
			m.Exports[i].Index = moved(e.Index)
		}
	}
	names := make(map[uint32]string, len(m.names))
	for i, name := range m.names {
		names[moved(i)] = name
	}
	m.names = names
	return index, nil
}
