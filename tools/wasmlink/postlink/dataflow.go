package postlink

import (
	"slices"

	. "homeroom/tools/wasmlink/wasmbin"
)

// isControl reports whether the instruction begins, ends, leaves or suspends a straight run of
// instructions.
func isControl(op Op) bool {
	switch op {
	case Unreachable, Block, Loop, If, Else, End, Br, BrIf, BrTable, Return, Call, CallIndirect:
		return true
	}
	return false
}

// unknown stands for an operand made outside of the straight run.
const unknown = -1

// producers gives for every instruction of f the instructions that made its operands, first operand
// first, as indices of f.Code. An operand that was there when the straight run began is unknown.
// Operands of control instructions are left out.
func producers(f *Func) [][]int {
	made := make([][]int, len(f.Code))
	var stack []int
	for i, in := range f.Code {
		if isControl(in.Op) {
			stack = stack[:0]
			continue
		}
		pops, pushes := 0, 0
		switch in.Op {
		case LocalGet, GlobalGet:
			pushes = 1
		case LocalSet, GlobalSet, Drop:
			pops = 1
		case LocalTee:
			pops, pushes = 1, 1
		case Select:
			pops, pushes = 3, 1
		default:
			operands, results, ok := in.Op.Signature()
			if !ok {
				panic("postlink: no signature: " + in.Op.String())
			}
			pops, pushes = len(operands), len(results)
		}
		made[i] = make([]int, pops)
		for k := pops - 1; k >= 0; k-- {
			made[i][k] = unknown
			if n := len(stack); n > 0 {
				made[i][k] = stack[n-1]
				stack = stack[:n-1]
			}
		}
		if pushes == 1 {
			stack = append(stack, i)
		}
	}
	return made
}

// flow gives for every instruction those that may run next.
func flow(code []Instr) [][]int {
	type open struct{ start, otherwise int }
	end := make([]int, len(code))       // of the block that starts here
	otherwise := make([]int, len(code)) // the else of the if that starts here, or 0
	var stack []open
	for i, in := range code {
		switch {
		case in.Op.OpensBlock():
			stack = append(stack, open{i, 0})
		case in.Op == Else:
			stack[len(stack)-1].otherwise = i
		case in.Op == End && len(stack) > 0:
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			end[top.start], otherwise[top.start] = i, top.otherwise
			if top.otherwise != 0 {
				end[top.otherwise] = i
			}
		}
	}
	next := make([][]int, len(code))
	var starts []int
	target := func(depth int) []int {
		if depth >= len(starts) {
			return nil // leaves the function
		}
		s := starts[len(starts)-1-depth]
		if code[s].Op == Loop {
			return []int{s}
		}
		return []int{end[s]}
	}
	for i, in := range code {
		var after []int
		if i+1 < len(code) {
			after = []int{i + 1}
		}
		switch in.Op {
		case Return, Unreachable:
			after = nil
		case Br:
			after = target(int(in.Imm))
		case BrIf:
			after = append(after, target(int(in.Imm))...)
		case BrTable:
			after = nil
			for _, t := range in.Targets {
				after = append(after, target(int(t))...)
			}
		case If:
			starts = append(starts, i)
			if otherwise[i] != 0 {
				after = append(after, otherwise[i]+1)
			} else {
				after = append(after, end[i])
			}
		case Else:
			after = []int{end[i]}
		case Block, Loop:
			starts = append(starts, i)
		case End:
			if len(starts) > 0 {
				starts = starts[:len(starts)-1]
			}
		}
		next[i] = after
	}
	return next
}

// bits is a set of local variables.
type bits []uint64

func (b bits) has(i uint64) bool { return b[i/64]>>(i%64)&1 != 0 }

// liveAfter gives for every instruction the local variables that may be read after it before they
// are written.
func liveAfter(f *Func) []bits {
	words := (f.NumLocals() + 63) / 64
	next := flow(f.Code)
	before := make([]bits, len(f.Code))
	after := make([]bits, len(f.Code))
	store := make(bits, 2*words*len(f.Code))
	for i := range f.Code {
		before[i] = store[2*i*words : (2*i+1)*words]
		after[i] = store[(2*i+1)*words : (2*i+2)*words]
	}
	set := make(bits, words)
	for changed := true; changed; {
		changed = false
		for i, in := range slices.Backward(f.Code) {
			for _, n := range next[i] {
				for w := range words {
					after[i][w] |= before[n][w]
				}
			}
			copy(set, after[i])
			switch in.Op {
			case LocalSet, LocalTee:
				set[in.Imm/64] &^= 1 << (in.Imm % 64)
			case LocalGet:
				set[in.Imm/64] |= 1 << (in.Imm % 64)
			}
			if !slices.Equal(set, before[i]) {
				copy(before[i], set)
				changed = true
			}
		}
	}
	return after
}
