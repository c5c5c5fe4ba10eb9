package wasmbin

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
)

// Instr is one instruction with its immediates. Which fields hold something depends on Op.
type Instr struct {
	Op    Op
	Align uint8 // loads and stores: log2 of the alignment hinted at
	Lane  uint8 // lane operations
	Width uint8 // bytes the index of a call takes at least; 0 is as few as do

	// Imm is the index of a local, global, function or type; the depth of a label; the offset of a
	// load or store; the block type; the value of i32.const and i64.const, sign-extended; or the
	// bits of f32.const and f64.const.
	Imm uint64

	Vec     *[16]byte // v128.const, i8x16.shuffle
	Targets []uint32  // br_table: label depths, the default's last
}

// BlockVoid is the Imm of a block, loop or if without result.
const BlockVoid = ^uint64(0x3f) // -64, the byte 0x40 read as a signed number

// Int is the value of an i32.const or i64.const.
func (in Instr) Int() int64 { return int64(in.Imm) }

// Offset is the constant part of a load's or store's address, in bytes.
func (in Instr) Offset() uint32 { return uint32(in.Imm) }

// String is the instruction as the text format writes it, without folding.
func (in Instr) String() string {
	var s strings.Builder
	s.WriteString(in.Op.String())
	o := info(in.Op)
	if o == nil {
		return s.String()
	}
	switch o.imm {
	case immBlock:
		if in.Imm != BlockVoid {
			if int64(in.Imm) < 0 {
				fmt.Fprintf(&s, " (result %v)", ValType(in.Imm&0x7f))
			} else {
				fmt.Fprintf(&s, " (type %d)", in.Imm)
			}
		}
	case immLabel, immFunc, immLocal, immGlobal, immIndirect:
		fmt.Fprintf(&s, " %d", in.Imm)
	case immTable:
		for _, t := range in.Targets {
			fmt.Fprintf(&s, " %d", t)
		}
	case immMem, immMemLane:
		if in.Imm != 0 {
			fmt.Fprintf(&s, " offset=%d", in.Imm)
		}
		if o.imm == immMemLane {
			fmt.Fprintf(&s, " %d", in.Lane)
		}
	case immI32, immI64:
		fmt.Fprintf(&s, " %d", in.Int())
	case immF32:
		fmt.Fprintf(&s, " %v", math.Float32frombits(uint32(in.Imm)))
	case immF64:
		fmt.Fprintf(&s, " %v", math.Float64frombits(in.Imm))
	case immV128:
		if in.Vec != nil {
			fmt.Fprintf(&s, " %x", in.Vec[:])
		}
	case immLane:
		fmt.Fprintf(&s, " %d", in.Lane)
	}
	return s.String()
}

// maxTargets caps a br_table before anything is allocated for it.
const maxTargets = 1 << 16

// instr reads one instruction.
func (r *reader) instr() Instr {
	at := r.p
	var in Instr
	in.Op = Op(r.byte())
	if in.Op == 0xfc || in.Op == 0xfd || in.Op == 0xfe {
		sub := r.u32()
		if sub > 0xffff {
			r.fail(at, "unknown instruction, prefix 0x%02x, code 0x%x", uint32(in.Op), sub)
			return in
		}
		in.Op = in.Op<<16 | Op(sub)
	}
	if r.err != nil {
		return in
	}
	o := info(in.Op)
	if o == nil {
		r.fail(at, "unknown instruction, %v", in.Op)
		return in
	}
	switch o.imm {
	case immBlock:
		v := r.sleb(33)
		if v < 0 && v != -64 && !ValType(v&0x7f).known() {
			r.fail(at, "%s: unknown block type 0x%02x", o.name, v&0x7f)
		}
		in.Imm = uint64(v)
	case immLabel, immLocal, immGlobal:
		in.Imm = uint64(r.u32())
	case immFunc:
		// The linker writes the index as a signed number: 64 takes two bytes.
		v, w := r.uleb()
		if w != ulebLen(v) {
			in.Width = w
		}
		in.Imm = uint64(v)
	case immIndirect:
		in.Imm = uint64(r.u32())
		r.zero(at, o.name)
	case immTable:
		n := r.u32()
		if n > maxTargets || int(n) > len(r.b)-r.p {
			r.fail(at, "br_table of %d labels", n)
			return in
		}
		in.Targets = make([]uint32, n+1)
		for i := range in.Targets {
			in.Targets[i] = r.u32()
		}
	case immMem, immMemLane:
		align := r.u32()
		if align > 4 {
			r.fail(at, "%s: alignment 2^%d", o.name, align)
		}
		in.Align = uint8(align)
		in.Imm = uint64(r.u32())
		if o.imm == immMemLane {
			in.Lane = r.lane(at, o.name)
		}
	case immZero:
		r.zero(at, o.name)
	case immZeroZero:
		r.zero(at, o.name)
		r.zero(at, o.name)
	case immI32:
		in.Imm = uint64(r.sleb(32))
	case immI64:
		in.Imm = uint64(r.sleb(64))
	case immF32:
		if b := r.bytes(4); b != nil {
			in.Imm = uint64(binary.LittleEndian.Uint32(b))
		}
	case immF64:
		if b := r.bytes(8); b != nil {
			in.Imm = binary.LittleEndian.Uint64(b)
		}
	case immV128:
		if b := r.bytes(16); b != nil {
			in.Vec = new([16]byte)
			copy(in.Vec[:], b)
		}
	case immLane:
		in.Lane = r.lane(at, o.name)
	}
	return in
}

func (r *reader) zero(at int, name string) {
	if x := r.byte(); x != 0 {
		r.fail(at, "%s: index %d where only 0 exists", name, x)
	}
}

func (r *reader) lane(at int, name string) uint8 {
	x := r.byte()
	if x > 15 {
		r.fail(at, "%s: lane %d", name, x)
	}
	return x
}

// appendInstr writes one instruction. It panics on an Op that isn't in the table.
func appendInstr(b []byte, in Instr) []byte {
	o := info(in.Op)
	if o == nil {
		panic("wasmbin: encoding " + in.Op.String())
	}
	if in.Op>>16 != 0 {
		b = appendU32(append(b, byte(in.Op>>16)), uint32(in.Op&0xffff))
	} else {
		b = append(b, byte(in.Op))
	}
	switch o.imm {
	case immBlock, immI32, immI64:
		b = appendSLEB(b, int64(in.Imm))
	case immLabel, immLocal, immGlobal:
		b = appendU32(b, uint32(in.Imm))
	case immFunc:
		b = appendULEB(b, uint32(in.Imm), in.Width)
	case immIndirect:
		b = append(appendU32(b, uint32(in.Imm)), 0)
	case immTable:
		b = appendU32(b, uint32(len(in.Targets)-1))
		for _, t := range in.Targets {
			b = appendU32(b, t)
		}
	case immMem, immMemLane:
		b = appendU32(appendU32(b, uint32(in.Align)), uint32(in.Imm))
		if o.imm == immMemLane {
			b = append(b, in.Lane)
		}
	case immZero:
		b = append(b, 0)
	case immZeroZero:
		b = append(b, 0, 0)
	case immF32:
		b = binary.LittleEndian.AppendUint32(b, uint32(in.Imm))
	case immF64:
		b = binary.LittleEndian.AppendUint64(b, in.Imm)
	case immV128:
		b = append(b, in.Vec[:]...)
	case immLane:
		b = append(b, in.Lane)
	}
	return b
}
