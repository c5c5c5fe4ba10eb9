package postlink

import (
	"fmt"

	. "homeroom/tools/wasmlink/wasmbin"
)

// TraceSize is the number of bytes from address 0 in which a traced program notes what runs; Go
// keeps nothing there (cmd/link/internal/wasm, wasmMinDataAddr).
const TraceSize = 4096

// trace has every function note that it has been entered: bit i%8 of the byte at i/8 for function
// i.
func trace(m *Module) error {
	if m.NumFuncs() > 8*TraceSize {
		return fmt.Errorf("%d functions; %d can be traced", m.NumFuncs(), 8*TraceSize)
	}
	own := m.NumFuncs()
	const i = 0
	note := m.AddFunc(&Func{Type: FuncType{Params: []ValType{I32}}, Code: []Instr{
		get(i), {Op: I32Const, Imm: 3}, {Op: I32ShrU},
		get(i), {Op: I32Const, Imm: 3}, {Op: I32ShrU}, {Op: I32Load8U},
		{Op: I32Const, Imm: 1}, get(i), {Op: I32Const, Imm: 7}, {Op: I32And}, {Op: I32Shl},
		{Op: I32Or}, {Op: I32Store8}, {Op: End},
	}})
	for index := m.ImportedFuncs(); index < own; index++ {
		f, err := m.Func(index)
		if err != nil {
			return err
		}
		f.Code = append([]Instr{{Op: I32Const, Imm: uint64(index)}, {Op: Call, Imm: uint64(note)}}, f.Code...)
		if err := m.ValidateFunc(f); err != nil {
			return fmt.Errorf("%s: %w", m.FuncName(index), err)
		}
		m.SetFunc(index, f)
	}
	return nil
}
