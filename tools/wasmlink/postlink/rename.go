package postlink

import (
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// renameRuns gives every value that a straight run of instructions keeps in a variable a variable
// of its own, which is written once in the run, before it is read. The variables that were there
// before keep the values they had when the run began until its very end, where those that are read
// later take over their new values. Copies from variable to variable disappear. The passes that
// move instructions about within a run rely on this.
//
// The block number and the stack pointer are left as they are.
func renameRuns(f *Func) {
	live := liveAfter(f)
	made := producers(f)
	types := make([]ValType, f.NumLocals())
	for i := range types {
		types[i] = f.LocalType(i)
	}
	fresh := map[ValType][]uint64{} // variables for runs to use, each from the first on
	used := map[ValType]int{}
	variable := func(t ValType) uint64 {
		if used[t] == len(fresh[t]) {
			fresh[t] = append(fresh[t], uint64(f.AddLocal(t)))
		}
		used[t]++
		return fresh[t][used[t]-1]
	}

	code := make([]Instr, 0, len(f.Code))
	now := map[uint64]uint64{} // where a variable's value is, if not in itself
	reads := func(local uint64) uint64 {
		if v, ok := now[local]; ok {
			return v
		}
		return local
	}
	// finish writes the values back that are read after position i.
	finish := func(i int) {
		var written []uint64
		for local, v := range now {
			if v != local && i >= 0 && live[i].has(local) {
				written = append(written, local)
			}
		}
		slices.Sort(written)
		for _, local := range written { // all are read before any is written
			code = append(code, get(now[local]))
		}
		for _, local := range slices.Backward(written) {
			code = append(code, set(local))
		}
		clear(now)
		clear(used)
	}
	for i, in := range f.Code {
		if isControl(in.Op) {
			finish(i - 1)
			code = append(code, in)
			continue
		}
		isLocal := in.Op == LocalGet || in.Op == LocalSet || in.Op == LocalTee
		if !isLocal || in.Imm == localPC || in.Imm == localSP {
			code = append(code, in)
			continue
		}
		if in.Op == LocalGet {
			code = append(code, get(reads(in.Imm)))
			continue
		}
		from := made[i][0]
		if from == i-1 && i > 0 && f.Code[from].Op == LocalGet && f.Code[from].Imm != localPC && f.Code[from].Imm != localSP {
			// A copy: the variable is another name of the value.
			now[in.Imm] = reads(f.Code[from].Imm)
			if in.Op == LocalSet {
				code = code[:len(code)-1]
			}
			continue
		}
		v := variable(types[in.Imm])
		now[in.Imm] = v
		code = append(code, Instr{Op: in.Op, Imm: v})
	}
	f.Code = code
}
