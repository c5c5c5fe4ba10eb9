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
