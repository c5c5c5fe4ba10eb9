package postlink

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// DefaultPackage holds the kernels.
const DefaultPackage = "homeroom/core/kernel"

// nearData is how many zero bytes there may be between pieces of initial memory that become one.
// The Go linker cuts wherever there are eight, up to 100,000 times. With 16 the page's program has
// 18 KB more, and brotli makes 30 KB less of it; with 18 it has 870 KB more and is 90 KB less.
const nearData = 16

// Options says what Link makes.
type Options struct {
	// Packages are the import paths whose functions are rewritten; none means DefaultPackage.
	// Packages inside of these are not meant. It is an error if the module has no function of one:
	// its path is wrong, or the program stopped using it.
	Packages []string
	Part     bool // the program is a part of the whole: no package has to match

	// Relaxed fuses multiplications and additions into relaxed SIMD instructions. The module then
	// needs an engine with relaxed SIMD, and results differ in the last bits from machine to
	// machine.
	Relaxed bool

	// Threads, if not nil, makes a module for a shared memory, and its helper.
	Threads *Threads

	// Unused are packages whose functions the program never enters, though the Go linker keeps
	// them: their code is taken out. Each must be there, and nothing else may call into them by
	// name.
	Unused []string

	// Split, if not nil, makes two modules of the program. It needs Threads.
	Split *Split

	// Trace has every function of the program note that it has run, bit i of the memory from
	// address 0 on for function i, and gives what Split needs to know of each.
	Trace bool

	// KeepNames leaves the functions' names in the module. They help with profiles and cost about a
	// tenth of its size. Go's own stack traces don't need them. They can't be kept with Split.
	KeepNames bool
}

// Output is what Link made.
type Output struct {
	Main   []byte // the program
	Helper []byte // the helper's module; nil without Options.Threads
	Stack  int    // bytes of Go stack that a call of the helper's export takes at most
	Rest   []byte // the rest of the program; nil without Options.Split
	Moved  int    // functions in the rest

	// Movable are the names of all functions with Options.Trace, by their index; "" of those that
	// Split always leaves in the first module.
	Movable []string

	Functions []Rewritten
}

// Rewritten counts what was done to a function.
type Rewritten struct {
	Name         string // as in the name section
	Restructured bool   // loops are loops again
	LoadSplats   int    // loads and splats that became one
	Offsets      int    // additions that moved into an offset
	Slots        int    // places on the Go stack that became variables
	Hoisted      int    // sums brought to their products
	Fused        int    // relaxed multiply-adds
}

// Link rewrites a program that the Go linker made for GOOS=js GOARCH=wasm. The program must have
// its name section: it may not be linked with -s.
//
// Each rewritten function is validated. An error means that the input isn't such a program, holds
// something Link doesn't know, or that Options.Threads.Entry needs the Go runtime.
func Link(in []byte, opt Options) (Output, error) {
	if len(opt.Packages) == 0 {
		opt.Packages = []string{DefaultPackage}
	}
	m, err := Decode(in)
	if err != nil {
		return Output{}, err
	}
	if !m.HasNames() {
		return Output{}, errors.New("the module doesn't name its functions; link it without -s")
	}
	if err := leaveOut(m, opt.Unused); err != nil {
		return Output{}, err
	}
	var out Output
	found := make([]bool, len(opt.Packages))
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		ours := false
		for k, p := range opt.Packages {
			if InPackage(m.FuncName(i), p) {
				ours, found[k] = true, true
			}
		}
		if !ours {
			continue
		}
		r, err := rewrite(m, i, opt.Relaxed)
		if err != nil {
			return Output{}, fmt.Errorf("%s: %w", m.FuncName(i), err)
		}
		out.Functions = append(out.Functions, r)
	}
	if k := slices.Index(found, false); k >= 0 && !opt.Part {
		return Output{}, fmt.Errorf("the module has no function of the package %s, which was to be rewritten", opt.Packages[k])
	}
	if t := opt.Threads; t != nil {
		if err := out.addHelper(m, *t, opt.Packages); err != nil {
			return Output{}, err
		}
	}
	if opt.Trace {
		if out.Movable, err = movable(m); err != nil {
			return Output{}, err
		}
		if err := trace(m); err != nil {
			return Output{}, fmt.Errorf("tracing: %w", err)
		}
	}
	if opt.Split != nil {
		if opt.KeepNames {
			return Output{}, errors.New("names can't be kept in a program of two modules")
		}
		if out.Rest, out.Moved, err = split(m, opt.Split, fmt.Sprintf("%x relaxed %t", sha256.Sum256(in), opt.Relaxed)); err != nil {
			return Output{}, fmt.Errorf("splitting: %w", err)
		}
	}
	if _, err := m.JoinData(nearData); err != nil {
		return Output{}, fmt.Errorf("the data: %w", err)
	}
	if !opt.KeepNames {
		m.DropCustom("name")
	}
	out.Main = m.Encode()
	return out, nil
}

// rewrite does all there is to do to one function.
func rewrite(m *Module, index int, relaxed bool) (Rewritten, error) {
	r := Rewritten{Name: m.FuncName(index)}
	f, err := m.Func(index)
	if err != nil {
		return r, err
	}
	if err := m.ValidateFunc(f); err != nil {
		return r, fmt.Errorf("not valid as it came: %w", err)
	}
	dropNops(f)
	r.Restructured = restructure(m, index, f)
	branchIf(f)
	selectMinMax(f, relaxed)
	r.LoadSplats = loadSplat(f)
	r.Offsets = foldOffset(f)
	r.Slots = keepSlots(m, f)
	renameRuns(f)
	r.LoadSplats += sinkLoads(f)
	r.Hoisted = hoistSums(f)
	renameRuns(f)
	if relaxed {
		r.Fused = fuseMultiplyAdd(f)
	}
	if err := m.ValidateFunc(f); err != nil {
		return r, fmt.Errorf("not valid after rewriting: %w", err)
	}
	m.SetFunc(index, f)
	return r, nil
}

func (out *Output) addHelper(m *Module, t Threads, packages []string) error {
	if t.Export == "" {
		t.Export = "run"
	}
	entry, ok := m.FindFunc(linkerName(t.Entry))
	if !ok {
		return fmt.Errorf("the module has no function %s; the linker leaves out what the program doesn't call", t.Entry)
	}
	if len(m.Globals) <= globalG || m.Globals[globalSP].Type != I32 || m.Globals[globalG].Type != I64 {
		return errors.New("the module's globals aren't those of a Go program")
	}
	l, err := findLeaf(m, entry, packages)
	if err != nil {
		return err
	}
	out.Stack = l.stack + 24 // and the arguments
	if t.MaxStack != 0 && out.Stack > t.MaxStack {
		return fmt.Errorf("%s takes up to %d bytes of stack, and %d are there", t.Entry, out.Stack, t.MaxStack)
	}
	if out.Helper, err = helper(m, l, t.Export, t.MaxPages); err != nil {
		return err
	}
	least := m.Memories[0].Min
	if err := m.ImportMemory(memoryModule, memoryName, t.MaxPages); err != nil {
		return err
	}
	content := binary.LittleEndian.AppendUint32(nil, least)
	content = binary.LittleEndian.AppendUint32(content, t.MaxPages)
	m.AddCustom(HelperSection, append(content, out.Helper...))
	return nil
}
