package postlink

import (
	"fmt"
	"strings"

	. "homeroom/tools/wasmlink/wasmbin"
)

// leafRuntime are functions outside of the kernel packages that a kernel may call: they call
// nothing, allocate nothing and know no goroutine.
var leafRuntime = map[string]bool{
	"runtime.memmove":              true,
	"runtime.memclrNoHeapPointers": true,
	"runtime.memequal":             true,
	"runtime.wasmDiv":              true,
	"runtime.wasmTruncS":           true,
	"runtime.wasmTruncU":           true,
	"memeqbody":                    true,
	"cmpbody":                      true,
	"memcmp":                       true,
}

// leaf is a function that needs no runtime, with everything it calls.
type leaf struct {
	funcs []int        // in order of discovery, the entry first
	traps map[int]bool // called only where it panics or would grow the stack
	stack int          // bytes of Go stack that a call of the entry takes at most
}

// findLeaf follows the calls from the entry. It returns an error that names the way of calls to
// whatever a thread without a Go runtime may not do: call a function of the runtime other than
// leafRuntime, call through a pointer, recurse, grow the memory, or use the goroutine for anything
// but the check of the stack's limit. Panics and the growth of the stack are let through: they
// become traps.
func findLeaf(m *Module, entry int, packages []string) (*leaf, error) {
	l := &leaf{traps: map[int]bool{}}
	depth := map[int]int{} // bytes of stack, of functions that are done
	var path []string
	var visit func(index int) (int, error)
	visit = func(index int) (int, error) {
		name := m.FuncName(index)
		path = append(path, name)
		defer func() { path = path[:len(path)-1] }()
		refuse := func(format string, a ...any) error {
			return fmt.Errorf("%s can't run without the Go runtime: it %s", strings.Join(path, " → "), fmt.Sprintf(format, a...))
		}
		if d, ok := depth[index]; ok {
			if d < 0 {
				return 0, refuse("calls itself")
			}
			return d, nil
		}
		if index < m.ImportedFuncs() {
			return 0, refuse("is given by the host")
		}
		ours := leafRuntime[name]
		for _, p := range packages {
			ours = ours || InPackage(name, p)
		}
		if !ours {
			return 0, refuse("is outside of %s", strings.Join(packages, ", "))
		}
		depth[index] = -1
		l.funcs = append(l.funcs, index)
		f, err := m.Func(index)
		if err != nil {
			return 0, err
		}
		frame, callee := 0, 0
		c := f.Code
		for i, in := range c {
			switch in.Op {
			case CallIndirect:
				return 0, refuse("calls through a pointer; write a switch of direct calls")
			case MemoryGrow:
				return 0, refuse("grows the memory")
			case GlobalSet:
				if in.Imm != globalSP && in.Imm != globalContext { // both are an instance's own
					return 0, refuse("sets global %d", in.Imm)
				}
			case GlobalGet:
				limit := i+2 < len(c) && c[i+1].Op == I32WrapI64 && c[i+2].Op == I32Load
				if in.Imm != globalSP && !(in.Imm == globalG && limit) {
					return 0, refuse("reads global %d", in.Imm)
				}
			case LocalTee:
				if in.Imm == localSP && i >= 3 && c[i-1].Op == I32Sub && c[i-2].Op == I32Const && c[i-3].Op == LocalGet && !pushesReturn(c, i-3) {
					frame = max(frame, int(c[i-2].Int()))
				}
			case Call:
				to := int(in.Imm)
				if n := m.FuncName(to); growsStack(n) || neverReturns(n) {
					l.traps[to] = true
					continue
				}
				d, err := visit(to)
				if err != nil {
					return 0, err
				}
				callee = max(callee, d)
			}
		}
		depth[index] = 8 + frame + callee // a call pushes 8 bytes of return address
		return depth[index], nil
	}
	var err error
	l.stack, err = visit(entry)
	return l, err
}
