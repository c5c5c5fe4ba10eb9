package postlink

import . "homeroom/tools/wasmlink/wasmbin"

// edit collects changes to a function's code by the positions of the code as it stands, and makes
// them all at once.
type edit struct {
	f       *Func
	changed map[int][]Instr
}

func newEdit(f *Func) *edit { return &edit{f, map[int][]Instr{}} }

// replace puts instructions, or none, where the one at i stands.
func (e *edit) replace(i int, with ...Instr) { e.changed[i] = with }

// touched reports whether a change to any of these positions is already collected.
func (e *edit) touched(at ...int) bool {
	for _, i := range at {
		if _, ok := e.changed[i]; ok {
			return true
		}
	}
	return false
}

// apply makes the changes.
func (e *edit) apply() {
	if len(e.changed) == 0 {
		return
	}
	code := make([]Instr, 0, len(e.f.Code)+len(e.changed))
	for i, in := range e.f.Code {
		if with, ok := e.changed[i]; ok {
			code = append(code, with...)
		} else {
			code = append(code, in)
		}
	}
	e.f.Code = code
}

func get(local uint64) Instr { return Instr{Op: LocalGet, Imm: local} }
func set(local uint64) Instr { return Instr{Op: LocalSet, Imm: local} }
