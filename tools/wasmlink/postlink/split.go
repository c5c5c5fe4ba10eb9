package postlink

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	. "homeroom/tools/wasmlink/wasmbin"
)

// Split asks for a program in two modules: one that starts, and the rest, which it can run without
// for as long as no function of it is called.
//
// Functions of the rest stand in the first module as stubs of a few bytes. The rest imports the
// memory (env.mem) and, from a module "program", the table and the global variables; as soon as it
// is instantiated, its functions take their places in the table, and what the runtime knows of
// them is back in memory. The Go program itself notices nothing.
//
// The host says so by the exported variable "there", 1. A stub that is called before has the host
// bring the rest at once, by the function "program.missing". It cannot wait for it: what the
// browser says meanwhile, such as that a store's version changes, has to be heard when it is said.
type Split struct {
	// First reports whether a function, by its name in the name section, is in the first module.
	// Functions of the runtime and those that call the host always are.
	First func(name string) bool

	// Small is the size in bytes up to which a function is there, too, that one of these calls by
	// name. It isn't worth the wait for the rest.
	Small int
}

// Names of what the two modules share, other than the memory.
const (
	programModule = "program"
	tableName     = "table"
	missingName   = "missing"
	thereName     = "there"
)

// firstSlot is the place of the first function that isn't imported in the program's table
// (cmd/link/internal/wasm, funcValueOffset): PC_F of a function is its place.
const firstSlot = 0x1000

// runtimePackages are those whose functions the runtime may call where nothing can wait: the ones
// that it is made of, and what lets the program and its host call each other.
var runtimePackages = []string{"runtime", "internal/runtime", "internal/abi", "internal/bytealg", "internal/byteorder", "internal/chacha8rand",
	"internal/coverage/rtcov", "internal/cpu", "internal/goarch", "internal/godebugs", "internal/goexperiment", "internal/goos",
	"internal/profilerecord", "internal/stringslite", "internal/trace/tracev2", "internal/strconv", "syscall/js"}

// goType is the type of what Go's compiler makes: the block to start with in, 1 out where the
// caller has to return, too, because the goroutine waits.
var goType = FuncType{Params: []ValType{I32}, Results: []ValType{I32}}

func isGoFunc(t FuncType) bool {
	return slices.Equal(t.Params, goType.Params) && slices.Equal(t.Results, goType.Results)
}

// SplitSection is the custom section that both modules have, with the same text: by it the host
// knows that they belong together.
const SplitSection = "homeroom split"

// split takes the rest out of the module and gives it as one of its own. id is what both are known
// by.
func split(m *Module, s *Split, id string) (rest []byte, functions int, err error) {
	if m.NumGlobals() <= globalG || m.Global(globalSP).Type != I32 || m.Global(globalG).Type != I64 {
		return nil, 0, errors.New("the module's globals aren't those of a Go program")
	}
	if len(m.Elements) != 1 || m.Elements[0].At != firstSlot || len(m.Elements[0].Funcs) != m.NumFuncs()-m.ImportedFuncs() {
		return nil, 0, errors.New("the module's table isn't that of a Go program")
	}
	memory := slices.IndexFunc(m.Imports, func(im Import) bool { return im.Kind == KindMemory })
	if memory < 0 {
		return nil, 0, errors.New("the module has a memory of its own; a program in two modules imports it")
	}
	missing, err := m.ImportFunc(programModule, missingName, FuncType{})
	if err != nil {
		return nil, 0, err
	}

	names, err := movable(m)
	if err != nil {
		return nil, 0, err
	}
	stays := make([]bool, m.NumFuncs())
	for i, name := range names {
		stays[i] = name == "" || s.First(name)
	}
	if err := takeAlong(m, stays, s.Small); err != nil {
		return nil, 0, err
	}
	out := map[int]int{} // functions of the rest, by their index here
	var order []int
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if !stays[i] {
			out[i] = len(order)
			order = append(order, i)
		}
	}
	if len(order) == 0 {
		return nil, 0, errors.New("all functions are in the first module: there is no rest")
	}

	r := New()
	r.Types = slices.Clone(m.Types)
	r.Imports = []Import{m.Imports[memory], {Module: programModule, Name: tableName, Kind: KindTable, Limits: Limits{Min: firstSlot + uint32(m.NumFuncs()-m.ImportedFuncs())}}}
	for i := range m.NumGlobals() {
		g := m.Global(i)
		r.Imports = append(r.Imports, Import{Module: programModule, Name: globalName(i), Kind: KindGlobal, Value: g.Type, Mutable: g.Mutable})
	}
	slot := func(index int) uint32 { return uint32(firstSlot + index - m.ImportedFuncs()) }
	ofGo := m.AddType(goType)
	r.Types = slices.Clone(m.Types)
	there := len(m.Globals)
	m.Globals = append(m.Globals, Global{Type: I32, Mutable: true, Init: []Instr{{Op: I32Const}, {Op: End}}})
	lazy := m.AddFunc(enterRest(there, missing, ofGo))
	for _, index := range order {
		f, err := m.Func(index)
		if err != nil {
			return nil, 0, err
		}
		moveCalls(m, f, out, slot)
		r.AddFunc(f)
		at := slot(index)
		if n := len(r.Elements); n > 0 && r.Elements[n-1].At+uint32(len(r.Elements[n-1].Funcs)) == at {
			r.Elements[n-1].Funcs = append(r.Elements[n-1].Funcs, uint32(out[index]))
		} else {
			r.Elements = append(r.Elements, Element{At: at, Funcs: []uint32{uint32(out[index])}})
		}
		m.SetFunc(index, &Func{Type: goType, Code: []Instr{get(localPC), {Op: I32Const, Imm: uint64(at)}, {Op: Call, Imm: uint64(lazy)}, {Op: End}}})
	}

	m.Exports = append(m.Exports, Export{Name: tableName, Kind: KindTable}, Export{Name: thereName, Kind: KindGlobal, Index: uint32(there)})
	for i := range there {
		m.Exports = append(m.Exports, Export{Name: globalName(i), Kind: KindGlobal, Index: uint32(i)})
	}
	if err := moveTables(m, r, func(name string) bool {
		i, ok := m.FindFunc(linkerName(name))
		_, moved := out[i]
		return ok && moved
	}); err != nil {
		return nil, 0, err
	}
	for _, half := range []*Module{m, r} {
		half.AddCustom(SplitSection, []byte(id))
	}
	return r.Encode(), len(order), nil
}

// takeAlong has functions of at most small bytes stay that are called by name from those that stay:
// which of them run may differ from visit to visit.
func takeAlong(m *Module, stays []bool, small int) error {
	var look []int
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		if stays[i] {
			look = append(look, i)
		}
	}
	for len(look) > 0 {
		f, err := m.Func(look[len(look)-1])
		if err != nil {
			return err
		}
		look = look[:len(look)-1]
		for _, in := range f.Code {
			if in.Op != Call || stays[in.Imm] || m.BodySize(int(in.Imm)) > small {
				continue
			}
			stays[in.Imm] = true
			look = append(look, int(in.Imm))
		}
	}
	return nil
}

// movable gives the name of each function, by its index, that can be in the rest, and "" for the
// others.
func movable(m *Module) ([]string, error) {
	names := make([]string, m.NumFuncs())
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		name := m.FuncName(i)
		if !isGoFunc(m.FuncType(i)) || alwaysFirst(name) {
			continue
		}
		f, err := m.Func(i)
		if err != nil {
			return nil, err
		}
		if !callsHost(m, f) {
			names[i] = name
		}
	}
	return names, nil
}

func globalName(i int) string { return fmt.Sprintf("g%d", i) }

// closure matches what follows a function's name in those of the functions within it.
var closure = regexp.MustCompile(`(\.(func|gowrap|deferwrap)\d+(\.\d+)*|-range\d+|_range\d+|-fm|_fm)+$`)

// Outermost is the name of the function that a function literal, or what the compiler makes of
// one, stands in; that of any other function is its own. Numbers of literals change with every
// edit.
func Outermost(name string) string { return closure.ReplaceAllString(name, "") }

// timerFuncs are what the runtime calls as a clock runs out (time.newTimer).
var timerFuncs = []string{"time.sendTime", "time.goFunc"}

func alwaysFirst(name string) bool {
	if slices.Contains(timerFuncs, name) {
		return true
	}
	for _, p := range runtimePackages {
		if InPackage(name, p) || strings.HasPrefix(name, linkerName(p)+"_") {
			return true
		}
	}
	// Functions without a package are the runtime's entries; those of types compare and hash.
	return !strings.Contains(name, ".") || strings.HasPrefix(name, "type_")
}

// moveCalls makes a function of the rest call others of it by their index there, and those of the
// first module by the table.
func moveCalls(m *Module, f *Func, out map[int]int, slot func(int) uint32) {
	code := make([]Instr, 0, len(f.Code))
	for _, in := range f.Code {
		if in.Op != Call {
			code = append(code, in)
			continue
		}
		to := int(in.Imm)
		if n, ok := out[to]; ok {
			code = append(code, Instr{Op: Call, Imm: uint64(n)})
			continue
		}
		code = append(code, Instr{Op: I32Const, Imm: uint64(slot(to))}, Instr{Op: CallIndirect, Imm: uint64(m.AddType(m.FuncType(to)))})
	}
	f.Code = code
}

func callsHost(m *Module, f *Func) bool {
	return slices.ContainsFunc(f.Code, func(in Instr) bool { return in.Op == Call && int(in.Imm) < m.ImportedFuncs() })
}

// enterRest is what all stubs call, with the block to start with and the function's place in the
// table. It has the host bring the rest where it isn't there, and calls the function.
func enterRest(there, missing int, ofGo uint32) *Func {
	const block, place = 0, 1
	return &Func{Type: FuncType{Params: []ValType{I32, I32}, Results: []ValType{I32}}, Code: []Instr{
		{Op: GlobalGet, Imm: uint64(there)}, {Op: I32Eqz},
		{Op: If, Imm: BlockVoid}, {Op: Call, Imm: uint64(missing)}, {Op: End},
		get(block), get(place), {Op: CallIndirect, Imm: uint64(ofGo)}, {Op: End},
	}}
}

// moveTables takes the tables of the rest's functions (of stack maps, files and lines) out of the
// memory that the module brings, and has the rest bring them.
func moveTables(m, rest *Module, moved func(name string) bool) error {
	before, err := m.ReadData()
	if err != nil {
		return err
	}
	spans, err := forget(m, moved)
	if err != nil {
		return err
	}
	if err := rest.AddData(before, spans); err != nil {
		return err
	}
	_, err = rest.JoinData(0)
	return err
}
