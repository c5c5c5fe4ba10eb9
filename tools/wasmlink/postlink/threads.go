package postlink

import (
	"fmt"
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// Threads asks for two modules that work on one shared memory: the program itself, and a small
// helper with nothing but a kernel, which further threads instantiate.
type Threads struct {
	// Entry is the Go function that helpers run, as "import/path.Name". It has the form
	//
	//	func(job *T, from, to int)
	//
	// and neither it nor what it calls needs the Go runtime.
	Entry string

	// Export is the name the helper exports it by; the default is "run". The function has five i32
	// parameters:
	//
	//	sp    the upper end of a piece of memory for the stack, a multiple of 16; a call
	//	      takes Output.Stack bytes below it
	//	g     the address of 64 zero bytes, which stand for a goroutine whose stack has
	//	      no limit
	//	job, from, to
	//
	// Both pieces belong to one helper alone and stay where they are: memory that Go's collector
	// doesn't move and knows to be in use.
	Export string

	// MaxPages is the most the shared memory may grow to, in pages of 64 KiB. The host creates it
	// with this maximum and imports it into both modules as env.mem.
	MaxPages uint32

	// MaxStack, if not 0, is the most stack that a call may take: Link refuses a kernel that takes
	// more than the host has set aside.
	MaxStack int
}

// HelperSection is the custom section of the program in which the helper's module lies, so that
// whoever has the one has the other: the least and the most pages of the shared memory, u32
// little-endian each, then the module.
const HelperSection = "homeroom helper"

// Names of the shared memory's import.
const (
	memoryModule = "env"
	memoryName   = "mem"
)

// helper makes the helper's module: the leaf's functions, without data, tables or imports other
// than the memory. Where a kernel would panic or grow its stack, the helper traps.
func helper(m *Module, l *leaf, export string, max uint32) ([]byte, error) {
	h := New()
	h.Types = slices.Clone(m.Types)
	h.Globals = m.Globals[:globalG+1]
	min := uint32(0)
	for _, mem := range m.Memories {
		min = mem.Min
	}
	h.Imports = []Import{{Module: memoryModule, Name: memoryName, Kind: KindMemory,
		Limits: Limits{Min: min, Max: max, HasMax: true, Shared: true}}}

	renumber := map[int]int{}
	for i, index := range l.funcs {
		renumber[index] = i
	}
	traps := map[int]*Func{} // by new index
	next := len(l.funcs)
	for _, index := range l.funcs {
		f, err := m.Func(index)
		if err != nil {
			return nil, err
		}
		for i, in := range f.Code {
			if in.Op != Call {
				continue
			}
			to := int(in.Imm)
			if _, ok := renumber[to]; !ok { // a panic
				renumber[to] = next
				traps[next] = &Func{Type: m.FuncType(to), Code: []Instr{{Op: Unreachable}, {Op: End}}}
				next++
			}
			f.Code[i] = Instr{Op: Call, Imm: uint64(renumber[to])}
		}
		h.AddFunc(f)
	}
	for i := len(l.funcs); i < next; i++ {
		h.AddFunc(traps[i])
	}
	run := h.AddFunc(trampoline())
	part := h.AddFunc(takePart(run))
	h.Exports = []Export{
		{Name: export, Kind: KindFunc, Index: uint32(run)},
		{Name: "lead", Kind: KindFunc, Index: uint32(h.AddFunc(lead(part)))},
		{Name: "follow", Kind: KindFunc, Index: uint32(h.AddFunc(follow(part)))},
	}
	for i := range h.NumFuncs() {
		f, err := h.Func(i)
		if err != nil {
			return nil, err
		}
		if err := h.ValidateFunc(f); err != nil {
			return nil, fmt.Errorf("function %d of the helper: %w", i, err)
		}
	}
	return h.Encode(), nil
}

// trampoline enters function 0 the way Go calls: arguments on the Go stack, above a return address,
// and the block to start with as parameter.
func trampoline() *Func {
	f := &Func{Type: FuncType{Params: []ValType{I32, I32, I32, I32, I32}}}
	const sp, g, job, from, to = 0, 1, 2, 3, 4
	const words = 4 // return address and three arguments
	code := []Instr{
		get(sp), {Op: I32Const, Imm: words * 8}, {Op: I32Sub}, {Op: LocalTee, Imm: sp}, {Op: GlobalSet, Imm: globalSP},
		get(g), {Op: I64ExtendI32U}, {Op: GlobalSet, Imm: globalG},
		get(sp), {Op: I64Const}, {Op: I64Store, Align: 3},
	}
	for i, arg := range []uint64{job, from, to} {
		code = append(code, get(sp), get(arg), Instr{Op: I64ExtendI32U}, Instr{Op: I64Store, Align: 3, Imm: uint64(i+1) * 8})
	}
	f.Code = append(code, Instr{Op: I32Const}, Instr{Op: Call}, Instr{Op: Drop}, Instr{Op: End})
	return f
}
