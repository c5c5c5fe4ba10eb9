package postlink

import . "homeroom/tools/wasmlink/wasmbin"

// products are the operations whose results kernels sum up, sums what they sum up with.
var (
	products = map[Op]bool{F32x4Mul: true, I32x4Mul: true, I16x8Mul: true, I32x4DotI16x8S: true}
	sums     = map[Op]bool{F32x4Add: true, F32x4Sub: true, I32x4Add: true, I16x8Add: true}
)

// hoistSums adds each product to its sum right where the product is made:
//
//	a; b; mul; local.set t; …; local.get t; local.get c; add  →  a; b; mul; local.get c; add; local.set t; …; local.get t
//
// Go's compiler makes the products of a whole step of a loop first and sums them up later, so that
// products and sums are alive together and don't fit the 16 registers that most machines have.
// Engines keep the order they are given.
//
// It expects renameRuns to have been there: a variable that is written in a run is written once,
// before its reads. A sum moves only to after the place where its other operand c is known, and
// only if nothing but the sum reads the product.
func hoistSums(f *Func) int {
	made := producers(f)
	e := newEdit(f)
	n := 0
	for start := 0; start < len(f.Code); start++ {
		end := start
		for end < len(f.Code) && !isControl(f.Code[end].Op) {
			end++
		}
		n += hoistInRun(f, made, e, start, end)
		start = end
	}
	e.apply()
	return n
}

func hoistInRun(f *Func, made [][]int, e *edit, start, end int) int {
	written := map[uint64]int{}
	reads := map[uint64][]int{}
	user := map[int]int{} // of what an instruction makes, by the instruction
	for i := start; i < end; i++ {
		switch in := f.Code[i]; in.Op {
		case LocalSet, LocalTee:
			written[in.Imm] = i
		case LocalGet:
			reads[in.Imm] = append(reads[in.Imm], i)
		}
		for _, p := range made[i] {
			user[p] = i
		}
	}
	same := map[uint64]uint64{} // variables that only take over a sum, by the sum's variable
	n := 0
	for i := start + 1; i < end; i++ {
		product := f.Code[i]
		if product.Op != LocalSet || made[i][0] != i-1 || !products[f.Code[i-1].Op] || len(reads[product.Imm]) != 1 {
			continue
		}
		r := reads[product.Imm][0]
		q, ok := user[r]
		if !ok || !sums[f.Code[q].Op] || e.touched(i, i-1, r, q) {
			continue
		}
		k := 0
		if made[q][1] == r {
			k = 1
		}
		p := made[q][1-k]
		if p == unknown || f.Code[p].Op != LocalGet || e.touched(p) {
			continue
		}
		other := f.Code[p].Imm
		if s, ok := same[other]; ok {
			other = s
		}
		if w, ok := written[other]; ok && w < p && w > i {
			continue // not known yet where the product is made
		}
		if f.Code[q].Op == F32x4Sub && k == 1 {
			t := product.Imm // c − product: the product goes on top
			e.replace(i, set(t), get(other), get(t), f.Code[q], set(t))
		} else {
			e.replace(i, get(other), f.Code[q], product)
		}
		e.replace(r)
		e.replace(p)
		e.replace(q, get(product.Imm))
		if q+1 < end && f.Code[q+1].Op == LocalSet && made[q+1][0] == q {
			same[f.Code[q+1].Imm] = product.Imm
		}
		n++
	}
	return n
}
