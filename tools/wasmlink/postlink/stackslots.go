package postlink

import . "homeroom/tools/wasmlink/wasmbin"

// slot is a piece of a function's frame on the Go stack, by its distance from the stack pointer at
// the function's entry, in bytes.
type slot struct {
	at   int64
	size int64
}

// access is an instruction that loads from or stores to a slot.
type access struct {
	slot
	instr int // the load or store
	base  int // the local.get of the stack pointer
	typ   ValType
	store bool
	whole bool // of a type whose loads and stores change no bits
}

// keepSlots turns the variables that Go, which has 16 registers of a kind, keeps in the frame of a
// function into local variables, which the engine places as it sees fit.
//
// It does so in leaf functions only: those that call nothing, or only what grows the stack on entry
// or raises a panic and never comes back. Nobody but the function itself can then see its frame, as
// long as it uses the stack pointer for nothing but loads, stores, the adjustment of the stack
// pointer, and the comparison with the stack's limit. Slots that are accessed with one type at one
// place, wholly inside the frame, become variables; arguments and results, which lie above the
// frame, stay, and so do the arguments of panics at its lower end.
func keepSlots(m *Module, f *Func) int {
	for _, in := range f.Code {
		if in.Op == CallIndirect || in.Op == Call && !growsStack(m.FuncName(int(in.Imm))) && !neverReturns(m.FuncName(int(in.Imm))) {
			return 0
		}
	}
	sp, frame, ok := stackPointer(f)
	if !ok {
		return 0
	}
	arguments := -frame // where those of panics end
	for _, in := range f.Code {
		if in.Op == Call && takesArguments(m.FuncName(int(in.Imm))) {
			arguments = -frame + 8
		}
	}
	made := producers(f)
	var all []access
	explained := make([]bool, len(f.Code)) // uses of the stack pointer that are understood
	for i, in := range f.Code {
		switch {
		case in.Op.HasMemoryOffset():
			base := made[i][0]
			for k, p := range made[i] {
				if k > 0 && p != unknown && f.Code[p].Op == LocalGet && f.Code[p].Imm == localSP {
					return 0 // the stack pointer is stored away
				}
			}
			if base >= 2 && base != unknown && f.Code[base].Op == I32WrapI64 && f.Code[base-1].Op == I64ExtendI32U && f.Code[base-2].Op == LocalGet && f.Code[base-2].Imm == localSP {
				if sp[base] != sp[i] || sp[base] == mixed {
					return 0
				}
				// So Go has the address of an argument or a result, but for the first argument.
				explained[base-2] = true
				if at := sp[base] + int64(in.Imm); sp[base] != unreached && at < 0 {
					arguments = max(arguments, at+int64(in.Op.AccessSize()))
				}
				continue
			}
			if base == unknown || f.Code[base].Op != LocalGet || f.Code[base].Imm != localSP {
				continue
			}
			if base >= 5 && pushesReturn(f.Code, base-5) {
				// A return address goes below the frame, or, before there is a frame, to where
				// nothing has been kept yet.
				explained[base] = true
				continue
			}
			typ, whole := wholeValue(in.Op)
			if sp[base] != sp[i] || sp[base] == mixed {
				return 0
			}
			explained[base] = true
			if sp[base] == unreached {
				continue
			}
			all = append(all, access{slot{sp[base] + int64(in.Imm), int64(in.Op.AccessSize())}, i, base, typ, in.Op.IsStore(), whole})
		case in.Op == LocalTee && in.Imm == localSP:
			if sp[i] == unreached {
				return 0
			}
			explained[i-3] = true // stackPointer has checked the shape
		case in.Op == LocalGet && in.Imm == localSP && i+4 < len(f.Code) && f.Code[i+1].Op == GlobalGet && f.Code[i+1].Imm == globalG &&
			f.Code[i+2].Op == I32WrapI64 && f.Code[i+3].Op == I32Load:
			explained[i] = true // the stack's limit
		}
	}
	for i, in := range f.Code {
		if in.Op == LocalGet && in.Imm == localSP && !explained[i] {
			return 0
		}
	}

	slots := map[slot]ValType{}
	for _, a := range all {
		if a.whole && a.at >= arguments && a.at+a.size <= 0 {
			slots[a.slot] = a.typ
		}
	}
	for _, a := range all {
		for s, typ := range slots {
			overlap := a.at < s.at+s.size && s.at < a.at+a.size
			if overlap && (a.slot != s || a.typ != typ || !a.whole) {
				delete(slots, s)
			}
		}
	}
	locals := map[slot]uint64{}
	e := newEdit(f)
	for _, a := range all {
		typ, ok := slots[a.slot]
		if !ok {
			continue
		}
		if _, ok := locals[a.slot]; !ok {
			locals[a.slot] = uint64(f.AddLocal(typ))
		}
		e.replace(a.base)
		if a.store {
			e.replace(a.instr, set(locals[a.slot]))
		} else {
			e.replace(a.instr, get(locals[a.slot]))
		}
	}
	e.apply()
	return len(locals)
}

// wholeValue gives the type of a load or store that moves a whole value of it.
func wholeValue(op Op) (ValType, bool) {
	switch op {
	case I32Load, I32Store:
		return I32, true
	case F32Load, F32Store:
		return F32, true
	case I64Load, I64Store:
		return I64, true
	case F64Load, F64Store:
		return F64, true
	case V128Load, V128Store:
		return V128, true
	}
	return 0, false
}

// Distances of the stack pointer that aren't known: of code that is never run, and of code reached
// with more than one, such as the way out of a function that is unwound.
const (
	unreached = 1<<62 + iota
	mixed
)

// stackPointer follows the stack pointer through the function: for each instruction the distance of
// local 1 from its value at entry, and the size of the frame. It reports false where the stack
// pointer is changed otherwise than Go does on entry, on return and around a call.
func stackPointer(f *Func) (at []int64, frame int64, ok bool) {
	c := f.Code
	at = make([]int64, len(c))
	for i := range at {
		at[i] = unreached
	}
	next := flow(c)
	at[0] = 0
	for work := []int{0}; len(work) > 0; {
		i := work[len(work)-1]
		work = work[:len(work)-1]
		after := at[i]
		in := c[i]
		move := func(n int64) {
			if after != mixed {
				after += n
			}
		}
		switch {
		case in.Imm == localSP && in.Op == LocalTee:
			// local.get 1; i32.const n; i32.add or sub; local.tee 1; global.set 0
			if i < 3 || i+1 >= len(c) || c[i-3].Op != LocalGet || c[i-3].Imm != localSP || c[i-2].Op != I32Const ||
				c[i+1].Op != GlobalSet || c[i+1].Imm != globalSP {
				return nil, 0, false
			}
			switch c[i-1].Op {
			case I32Add:
				move(c[i-2].Int())
			case I32Sub:
				move(-c[i-2].Int())
			default:
				return nil, 0, false
			}
			if after != mixed && !pushesReturn(c, i-3) {
				frame = max(frame, -after)
			}
		case in.Imm == localSP && in.Op == LocalSet:
			// global.get 0; local.set 1, at the start, and after a call, which has taken its return
			// address off.
			if i < 1 || c[i-1].Op != GlobalGet || c[i-1].Imm != globalSP {
				return nil, 0, false
			}
			if i != 1 {
				if c[i-2].Op != Call {
					return nil, 0, false
				}
				move(8)
			}
		case in.Imm == globalSP && in.Op == GlobalSet:
			if i < 1 || c[i-1].Op != LocalTee || c[i-1].Imm != localSP {
				return nil, 0, false
			}
		}
		for _, n := range next[i] {
			switch {
			case at[n] == unreached:
				at[n] = after
			case at[n] != after && at[n] != mixed:
				at[n] = mixed
			default:
				continue
			}
			work = append(work, n)
		}
	}
	return at, frame, true
}

// pushesReturn reports whether the code at i pushes the return address of a call.
func pushesReturn(c []Instr, i int) bool {
	want := []Instr{get(localSP), {Op: I32Const, Imm: 8}, {Op: I32Sub}, {Op: LocalTee, Imm: localSP},
		{Op: GlobalSet, Imm: globalSP}, get(localSP), {Op: I64Const}, {Op: I64Store}}
	if i < 0 || i+len(want) > len(c) {
		return false
	}
	for k, w := range want {
		if c[i+k].Op != w.Op || c[i+k].Imm != w.Imm && w.Op != I64Const {
			return false
		}
	}
	return true
}
