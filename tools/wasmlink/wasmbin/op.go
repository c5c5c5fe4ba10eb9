package wasmbin

import (
	"fmt"
	"strings"
)

// Op is an instruction's code. One-byte codes are themselves; prefixed ones hold the prefix in the
// upper half: f32x4.add, bytes fd e4 01, is 0xfd<<16 | 0xe4.
type Op uint32

// The instructions that the link passes look for or make. All others are known to the decoder by
// table.
const (
	Unreachable  Op = 0x00
	Nop          Op = 0x01
	Block        Op = 0x02
	Loop         Op = 0x03
	If           Op = 0x04
	Else         Op = 0x05
	End          Op = 0x0b
	Br           Op = 0x0c
	BrIf         Op = 0x0d
	BrTable      Op = 0x0e
	Return       Op = 0x0f
	Call         Op = 0x10
	CallIndirect Op = 0x11
	Drop         Op = 0x1a
	Select       Op = 0x1b

	LocalGet  Op = 0x20
	LocalSet  Op = 0x21
	LocalTee  Op = 0x22
	GlobalGet Op = 0x23
	GlobalSet Op = 0x24

	I32Load    Op = 0x28
	I64Load    Op = 0x29
	F32Load    Op = 0x2a
	F64Load    Op = 0x2b
	I64Load8S  Op = 0x30
	I64Load8U  Op = 0x31
	I64Load16S Op = 0x32
	I64Load16U Op = 0x33
	I64Load32S Op = 0x34
	I64Load32U Op = 0x35
	I32Store   Op = 0x36
	I64Store   Op = 0x37
	F32Store   Op = 0x38
	F64Store   Op = 0x39
	MemoryGrow Op = 0x40

	I32Const Op = 0x41
	I64Const Op = 0x42
	I32Eqz   Op = 0x45
	I32Ne    Op = 0x47
	I32LtU   Op = 0x49
	I32GeU   Op = 0x4f
	I32Add   Op = 0x6a
	I32Sub   Op = 0x6b
	I32Mul   Op = 0x6c
	I64Add   Op = 0x7c

	I32WrapI64    Op = 0xa7
	I64ExtendI32S Op = 0xac
	I32Load8U     Op = 0x2d
	I32Store8     Op = 0x3a
	I32And        Op = 0x71
	I32Or         Op = 0x72
	I32Shl        Op = 0x74
	I32ShrU       Op = 0x76
	I64ExtendI32U Op = 0xad

	V128Load        Op = 0xfd << 16
	V128Load8Splat  Op = 0xfd<<16 | 7
	V128Load16Splat Op = 0xfd<<16 | 8
	V128Load32Splat Op = 0xfd<<16 | 9
	V128Load64Splat Op = 0xfd<<16 | 10
	V128Store       Op = 0xfd<<16 | 11
	V128Const       Op = 0xfd<<16 | 12
	I8x16Splat      Op = 0xfd<<16 | 15
	I16x8Splat      Op = 0xfd<<16 | 16
	I32x4Splat      Op = 0xfd<<16 | 17
	I64x2Splat      Op = 0xfd<<16 | 18
	F32x4Splat      Op = 0xfd<<16 | 19
	F64x2Splat      Op = 0xfd<<16 | 20
	F32x4Add        Op = 0xfd<<16 | 228
	F32x4Sub        Op = 0xfd<<16 | 229
	F32x4Mul        Op = 0xfd<<16 | 230
	F32x4Min        Op = 0xfd<<16 | 232
	F32x4Max        Op = 0xfd<<16 | 233
	F32x4Pmin       Op = 0xfd<<16 | 234
	F32x4Pmax       Op = 0xfd<<16 | 235

	I16x8Add       Op = 0xfd<<16 | 142
	I16x8Mul       Op = 0xfd<<16 | 149
	I32x4Add       Op = 0xfd<<16 | 174
	I32x4Mul       Op = 0xfd<<16 | 181
	I32x4DotI16x8S Op = 0xfd<<16 | 186

	AtomicNotify   Op = 0xfe << 16
	AtomicWait32   Op = 0xfe<<16 | 1
	I32AtomicLoad  Op = 0xfe<<16 | 16
	I32AtomicStore Op = 0xfe<<16 | 23
	I32AtomicAdd   Op = 0xfe<<16 | 30
	I32AtomicSub   Op = 0xfe<<16 | 37

	F32x4RelaxedMadd  Op = 0xfd<<16 | 261
	F32x4RelaxedNmadd Op = 0xfd<<16 | 262
	F32x4RelaxedMin   Op = 0xfd<<16 | 269
	F32x4RelaxedMax   Op = 0xfd<<16 | 270
)

// immKind is what follows an instruction's code.
type immKind uint8

const (
	immNone     immKind = iota
	immBlock            // block type: 0x40, a value type, or a type index as s33
	immLabel            // label depth
	immTable            // vector of label depths, then the default's
	immFunc             // function index
	immIndirect         // type index, table index
	immLocal            // local index
	immGlobal           // global index
	immMem              // alignment exponent, offset
	immMemLane          // alignment exponent, offset, lane
	immZero             // a zero byte: memory 0
	immZeroZero         // two zero bytes
	immI32              // s32
	immI64              // s64
	immF32              // 4 bytes
	immF64              // 8 bytes
	immV128             // 16 bytes
	immLane             // lane
)

type opInfo struct {
	op   Op
	name string
	imm  immKind
	sig  string // operands ":" results, or "*"
}

// info finds an instruction's row of table; the prefixes are dense, so an array each.
var infoPlain, infoFC, infoFD, infoFE = func() (plain, fc, fd, fe [512]*opInfo) {
	for i := range table {
		o := &table[i]
		switch o.op >> 16 {
		case 0:
			plain[o.op] = o
		case 0xfc:
			fc[o.op&0xffff] = o
		case 0xfd:
			fd[o.op&0xffff] = o
		case 0xfe:
			fe[o.op&0xffff] = o
		}
	}
	return
}()

func info(op Op) *opInfo {
	low := op & 0xffff
	if low >= 512 {
		return nil
	}
	switch op >> 16 {
	case 0:
		return infoPlain[low]
	case 0xfc:
		return infoFC[low]
	case 0xfd:
		return infoFD[low]
	case 0xfe:
		return infoFE[low]
	}
	return nil
}

// String is the instruction's name in the specification, or its code in hexadecimal where this
// package doesn't know it.
func (op Op) String() string {
	if o := info(op); o != nil {
		return o.name
	}
	if op>>16 != 0 {
		return fmt.Sprintf("opcode 0x%02x 0x%02x", uint32(op>>16), uint32(op&0xffff))
	}
	return fmt.Sprintf("opcode 0x%02x", uint32(op))
}

// Signature gives the operand and result types of an instruction of one fixed type, one letter
// each: i i32, I i64, f f32, F f64, v v128. It reports false for the others: control, calls,
// locals, globals, drop and select.
func (op Op) Signature() (operands, results string, ok bool) {
	o := info(op)
	if o == nil || o.sig == "*" {
		return "", "", false
	}
	operands, results, _ = strings.Cut(o.sig, ":")
	return operands, results, true
}

// OpensBlock reports whether the instruction begins a block that an end closes.
func (op Op) OpensBlock() bool { return op == Block || op == Loop || op == If }

// HasMemoryOffset reports whether the instruction loads or stores at an address plus Instr.Offset.
func (op Op) HasMemoryOffset() bool {
	o := info(op)
	return o != nil && (o.imm == immMem || o.imm == immMemLane)
}

// IsStore reports whether the instruction writes memory at an address plus Instr.Offset.
func (op Op) IsStore() bool {
	o := info(op)
	return op.HasMemoryOffset() && strings.HasSuffix(o.sig, ":")
}

// AccessSize is the number of bytes that a load or store touches, 0 for other instructions.
func (op Op) AccessSize() int {
	if !op.HasMemoryOffset() {
		return 0
	}
	typ, access, _ := strings.Cut(op.String(), ".")
	digits := strings.TrimPrefix(strings.TrimPrefix(access, "load"), "store")
	switch {
	case op>>16 == 0xfe:
		return 4 // of the atomic ones, those of 32 bits are known
	case digits == "" && typ == "v128":
		return 16
	case digits == "":
		digits = typ[1:] // i32.load
	case strings.Contains(digits, "x"): // 8x8, 16x4, 32x2
		return 8
	}
	bits := 0
	for _, d := range digits {
		if d < '0' || d > '9' {
			break
		}
		bits = bits*10 + int(d-'0')
	}
	return bits / 8
}
