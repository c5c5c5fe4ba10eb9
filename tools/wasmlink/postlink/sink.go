package postlink

import (
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// sinkLoads brings a load to the splat that alone reads it, and makes the two one:
//
//	local.get p; local.get i; i64.add; i32.wrap_i64; f32.load o; local.set t; …; local.get t; f32x4.splat
//	→ …; local.get p; local.get i; i64.add; i32.wrap_i64; v128.load32_splat o
//
// Go's compiler loads all the numbers that a step of a loop needs at its start, so that each stays
// in a register until it is spread over one. A load moves down only past instructions that don't
// write to memory or to its address.
//
// It expects renameRuns to have been there.
func sinkLoads(f *Func) int {
	made := producers(f)
	live := liveAfter(f)
	e := newEdit(f)
	n := 0
	for i, in := range f.Code {
		if in.Op != LocalSet || i == 0 || made[i][0] != i-1 || !f.Code[i-1].Op.HasMemoryOffset() || f.Code[i-1].Op.IsStore() {
			continue
		}
		load := i - 1
		from, ok := addressStart(f, load)
		if !ok {
			continue
		}
		address := f.Code[from:load]
		if in := f.Code[from]; in.Op == LocalTee {
			// The address is kept for other loads: it stays, and is read again.
			address = append([]Instr{get(in.Imm)}, address[1:]...)
		}
		r, ok := onlyReader(f, i, live)
		if !ok || r+1 == len(f.Code) {
			continue
		}
		op, ok := splats[[2]Op{f.Code[load].Op, f.Code[r+1].Op}]
		if !ok || e.touched(r, r+1) {
			continue
		}
		for _, between := range f.Code[i:r] {
			_, results, known := between.Op.Signature()
			ok = ok && !(known && len(results) == 0) // writes to memory
			if between.Op == LocalSet || between.Op == LocalTee {
				for _, in := range address {
					ok = ok && !(in.Op == LocalGet && in.Imm == between.Imm)
				}
			}
		}
		if !ok {
			continue
		}
		splat := f.Code[load]
		splat.Op = op
		e.replace(r, append(slices.Clone(address), splat)...)
		e.replace(r + 1)
		for k := from; k <= i; k++ {
			e.replace(k)
		}
		if in := f.Code[from]; in.Op == LocalTee {
			e.replace(from, set(in.Imm))
		}
		n++
	}
	e.apply()
	return n
}

// addressStart finds where the computation of a load's address begins, if it is nothing but
// variables, constants and additions right before the load, or where it is kept in a variable.
func addressStart(f *Func, load int) (int, bool) {
	need := 1
	for i := load - 1; i >= 0; i-- {
		switch f.Code[i].Op {
		case LocalTee:
			return i, need == 1
		case LocalGet, I64Const, I32Const:
			if need--; need == 0 {
				return i, true
			}
		case I64Add, I32Add:
			need++
		case I32WrapI64:
		default:
			return 0, false
		}
	}
	return 0, false
}
