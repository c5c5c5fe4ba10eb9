package postlink

import . "homeroom/tools/wasmlink/wasmbin"

// dropNops removes nop. Go marks with it where inlined code begins; the marks have done their work
// once the tables of line numbers are written.
func dropNops(f *Func) int {
	e := newEdit(f)
	for i, in := range f.Code {
		if in.Op == Nop {
			e.replace(i)
		}
	}
	e.apply()
	return len(e.changed)
}

// branchIf turns "if; br d; end" into "br_if d-1": the same branch, without the block.
func branchIf(f *Func) int {
	e := newEdit(f)
	for i := 0; i+2 < len(f.Code); i++ {
		c := f.Code[i : i+3]
		if c[0].Op == If && c[0].Imm == BlockVoid && c[1].Op == Br && c[1].Imm > 0 && c[2].Op == End {
			e.replace(i, Instr{Op: BrIf, Imm: c[1].Imm - 1})
			e.replace(i + 1)
			e.replace(i + 2)
		}
	}
	e.apply()
	return len(e.changed) / 3
}

// splats says what a load followed by a splat of what it loaded is. The splat takes the low bits of
// an integer, so it doesn't matter how the load extends it.
var splats = map[[2]Op]Op{
	{F32Load, F32x4Splat}:    V128Load32Splat,
	{F64Load, F64x2Splat}:    V128Load64Splat,
	{I64Load, I64x2Splat}:    V128Load64Splat,
	{I64Load32S, I32x4Splat}: V128Load32Splat,
	{I64Load32U, I32x4Splat}: V128Load32Splat,
	{I64Load16S, I16x8Splat}: V128Load16Splat,
	{I64Load16U, I16x8Splat}: V128Load16Splat,
	{I64Load8S, I8x16Splat}:  V128Load8Splat,
	{I64Load8U, I8x16Splat}:  V128Load8Splat,
}

// loadSplat turns a load whose value is repeated in every lane into the load that does so itself.
// Between the two there may be the i32.wrap_i64 that a 64-bit integer needs.
func loadSplat(f *Func) int {
	e := newEdit(f)
	n := 0
	for i := 0; i+1 < len(f.Code); i++ {
		load, j := f.Code[i], i+1
		if f.Code[j].Op == I32WrapI64 && j+1 < len(f.Code) && f.Code[j+1].Op != I64x2Splat {
			j++
		}
		op, ok := splats[[2]Op{load.Op, f.Code[j].Op}]
		if !ok {
			continue
		}
		n++
		load.Op = op
		e.replace(i, load)
		for k := i + 1; k <= j; k++ {
			e.replace(k)
		}
	}
	e.apply()
	return n
}

// selections are the instructions for a minimum and a maximum that compare and select.
var selections = map[bool]map[Op]Op{
	false: {F32x4Min: F32x4Pmin, F32x4Max: F32x4Pmax},
	true:  {F32x4Min: F32x4RelaxedMin, F32x4Max: F32x4RelaxedMax},
}

// selectMinMax turns a minimum or maximum of floats into a comparison that selects:
//
//	a b f32x4.max → a b f32x4.pmax, which is a < b ? b : a
//
// It is one instruction on amd64 instead of seven, and the very choice that kernels make in
// portable code. The two differ where zeros of both signs meet, and where b is NaN and a is not:
// then the answer is a. The relaxed one may be either.
func selectMinMax(f *Func, relaxed bool) {
	for i, in := range f.Code {
		if op, ok := selections[relaxed][in.Op]; ok {
			f.Code[i].Op = op
		}
	}
}

// maxFolded bounds the constant that foldOffset adds to an address. It is below 12 KiB, which the
// linker leaves free at the start of the memory (wasmMinDataAddr): the heap and the stacks follow
// the data, so that no Go program keeps a variable there.
const maxFolded = 8192

// foldOffset turns an address p + k, k a constant, into p with k in the offset of the load or
// store. Go does so itself for 64-bit integers only:
//
//	i64.const k; i64.add; i32.wrap_i64; …; v128.load o   →   i32.wrap_i64; …; v128.load o+k
//
// The left side accesses ((p+k) mod 2³²) + o, the right side (p mod 2³²) + o + k; both trap at 2³²
// and above. They differ only where p mod 2³² + k reaches 2³², that is, where (p+k) mod 2³² is
// below k. With k and o together below maxFolded, the left side's access is then below maxFolded
// plus a vector, where there is no Go variable: no valid program gets there.
func foldOffset(f *Func) int {
	n := 0
	for { // p + k + l is folded in two rounds
		made := producers(f)
		e := newEdit(f)
		for i, in := range f.Code {
			if !in.Op.HasMemoryOffset() || made[i][0] < 2 {
				continue
			}
			w := made[i][0]
			c := f.Code[w-2 : w+1]
			if c[0].Op != I64Const || c[1].Op != I64Add || c[2].Op != I32WrapI64 {
				continue
			}
			k := c[0].Int()
			if k < 0 || k >= maxFolded || uint64(k)+in.Imm >= maxFolded || e.touched(w-2, w-1) {
				continue
			}
			in.Imm += uint64(k)
			e.replace(i, in)
			e.replace(w - 2)
			e.replace(w - 1)
		}
		if len(e.changed) == 0 {
			return n
		}
		n += len(e.changed) / 3
		e.apply()
	}
}
