package postlink

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// initOf matches what follows a package's name in the names of its initialisers.
var initOf = regexp.MustCompile(`^\.init(\.\d+)?$`)

// leaveOut takes the code out of packages that the program never enters, and which the Go linker
// keeps because package initialisers and method tables lead there. Their initialisers return at
// once, and every other function of theirs traps. What the runtime knows of the latter goes, too.
// It is an error if other code of the program calls one of these functions by name, or if a package
// has none.
func leaveOut(m *Module, packages []string) error {
	if len(packages) == 0 {
		return nil
	}
	if len(m.Globals) <= globalSP || m.Globals[globalSP].Type != I32 {
		return errors.New("the module's globals aren't those of a Go program")
	}
	of := func(i int) int {
		return slices.IndexFunc(packages, func(p string) bool { return InPackage(m.FuncName(i), p) })
	}
	out := make([]bool, m.NumFuncs())
	found := make([]bool, len(packages))
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if k := of(i); k >= 0 {
			out[i], found[k] = true, true
		}
	}
	var wrong []error
	for k, p := range packages {
		if !found[k] {
			wrong = append(wrong, fmt.Errorf("the module has no function of the package %s, which was to be left out", p))
		}
	}
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if out[i] {
			continue
		}
		f, err := m.Func(i)
		if err != nil {
			return err
		}
		for _, in := range f.Code {
			if in.Op == Call && out[in.Imm] {
				wrong = append(wrong, fmt.Errorf("%s calls %s, of a package that was to be left out", m.FuncName(i), m.FuncName(int(in.Imm))))
			}
		}
	}
	if wrong != nil {
		return errors.Join(wrong...)
	}
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if !out[i] {
			continue
		}
		f := &Func{Type: m.FuncType(i), Code: []Instr{{Op: Unreachable}, {Op: End}}}
		if initOf.MatchString(m.FuncName(i)[len(linkerName(packages[of(i)])):]) {
			// As Go returns: the return address goes from the stack, and 0 says that nothing waits.
			f.Code = []Instr{{Op: GlobalGet, Imm: globalSP}, {Op: I32Const, Imm: 8}, {Op: I32Add}, {Op: GlobalSet, Imm: globalSP}, {Op: I32Const}, {Op: End}}
		}
		if err := m.ValidateFunc(f); err != nil {
			return fmt.Errorf("%s, left out: %w", m.FuncName(i), err)
		}
		m.SetFunc(i, f)
	}
	_, err := forget(m, func(name string) bool {
		name = linkerName(name)
		k := slices.IndexFunc(packages, func(p string) bool { return InPackage(name, p) })
		return k >= 0 && !initOf.MatchString(name[len(linkerName(packages[k])):])
	})
	return err
}
