package postlink

import . "homeroom/tools/wasmlink/wasmbin"

// fuseMultiplyAdd turns a product that is added to, or subtracted from, another value into a
// relaxed multiply-add, which rounds once where the machine can and twice where it can't:
//
//	a·b + c → f32x4.relaxed_madd(a, b, c)
//	c − a·b → f32x4.relaxed_nmadd(a, b, c)
//
// Go's compiler likes to compute several products into variables first and to add them later. A
// product that is read only once, by the addition, is brought to it before.
func fuseMultiplyAdd(f *Func) int {
	sinkProducts(f)
	made := producers(f)
	e := newEdit(f)
	n := 0
	for i, in := range f.Code {
		if in.Op != F32x4Add && in.Op != F32x4Sub {
			continue
		}
		left, right := made[i][0], made[i][1]
		fused := Instr{Op: F32x4RelaxedMadd}
		if in.Op == F32x4Sub {
			fused.Op = F32x4RelaxedNmadd
		}
		switch {
		case in.Op == F32x4Add && left != unknown && f.Code[left].Op == F32x4Mul && !e.touched(left):
			// a b mul … c add: a and b wait below c just as the product did.
			e.replace(left)
			e.replace(i, fused)
		case left != unknown && right != unknown && f.Code[right].Op == F32x4Mul && !e.touched(left, right):
			// c … a b mul add: c must come last, by way of a new variable.
			c := uint64(f.AddLocal(V128))
			e.replace(left, f.Code[left], set(c))
			e.replace(right)
			e.replace(i, get(c), fused)
		default:
			continue
		}
		n++
	}
	e.apply()
	return n
}

// sinkProducts moves a product to the addition or subtraction that is its only reader: its factors
// are kept in new variables instead.
func sinkProducts(f *Func) {
	made := producers(f)
	live := liveAfter(f)
	e := newEdit(f)
	for i, in := range f.Code {
		if in.Op != LocalSet || i == 0 || made[i][0] != i-1 || f.Code[i-1].Op != F32x4Mul {
			continue
		}
		reader, ok := onlyReader(f, i, live)
		if !ok || !addsIt(f, made, reader) {
			continue
		}
		a, b := uint64(f.AddLocal(V128)), uint64(f.AddLocal(V128))
		e.replace(i-1, set(b))
		e.replace(i, set(a))
		e.replace(reader, get(a), get(b), Instr{Op: F32x4Mul})
	}
	e.apply()
}

// onlyReader finds the one local.get that reads what the local.set at i writes, if it stands in the
// same straight run and there is no other anywhere.
func onlyReader(f *Func, i int, live []bits) (int, bool) {
	local := f.Code[i].Imm
	reader := -1
	for j := i + 1; j < len(f.Code); j++ {
		in := f.Code[j]
		if isControl(in.Op) {
			return reader, reader >= 0 && !live[j-1].has(local)
		}
		if in.Imm != local {
			continue
		}
		switch in.Op {
		case LocalGet:
			if reader >= 0 {
				return -1, false
			}
			reader = j
		case LocalSet, LocalTee:
			return reader, reader >= 0
		}
	}
	return -1, false
}

// addsIt reports whether the value that the local.get at i reads is added or is the subtrahend.
func addsIt(f *Func, made [][]int, i int) bool {
	for j := i + 1; j < len(f.Code) && !isControl(f.Code[j].Op); j++ {
		for k, p := range made[j] {
			if p == i {
				return f.Code[j].Op == F32x4Add || f.Code[j].Op == F32x4Sub && k == 1
			}
		}
	}
	return false
}
