package wasmbin

import (
	"fmt"
	"slices"
	"strings"
)

// ValidateFunc checks the types of a function body as an engine would before it runs it
// (WebAssembly core specification, appendix "Validation Algorithm"): every instruction finds
// operands of its types, every block leaves what it declares.
func (m *Module) ValidateFunc(f *Func) error {
	v := validator{m: m, f: f}
	for i := range f.NumLocals() {
		v.locals = append(v.locals, f.LocalType(i))
	}
	v.push(Block, nil, f.Type.Results)
	for i, in := range f.Code {
		if len(v.frames) == 0 {
			return fmt.Errorf("instruction %d, %v: behind the end of the function", i, in)
		}
		v.step(in)
		if v.err != "" {
			return fmt.Errorf("instruction %d, %v: %s", i, in, v.err)
		}
	}
	if len(v.frames) != 0 {
		return fmt.Errorf("the function has no end")
	}
	return nil
}

// anyType stands for the type of a value that unreachable code would have made.
const anyType ValType = 0

type frame struct {
	op         Op
	start, end []ValType
	height     int
	dead       bool
}

type validator struct {
	m      *Module
	f      *Func
	locals []ValType
	stack  []ValType
	frames []frame
	err    string
}

func (v *validator) fail(format string, a ...any) {
	if v.err == "" {
		v.err = fmt.Sprintf(format, a...)
	}
}

func (v *validator) pop(want ValType) ValType {
	top := &v.frames[len(v.frames)-1]
	if len(v.stack) == top.height {
		if !top.dead {
			v.fail("needs %v and finds nothing", want)
		}
		return want
	}
	have := v.stack[len(v.stack)-1]
	v.stack = v.stack[:len(v.stack)-1]
	if want != anyType && have != anyType && want != have {
		v.fail("needs %v and finds %v", want, have)
	}
	return have
}

func (v *validator) popAll(ts []ValType) {
	for _, t := range slices.Backward(ts) {
		v.pop(t)
	}
}

func (v *validator) push(op Op, start, end []ValType) {
	v.frames = append(v.frames, frame{op: op, start: start, end: end, height: len(v.stack)})
	v.stack = append(v.stack, start...)
}

func (v *validator) leave() frame {
	top := v.frames[len(v.frames)-1]
	v.popAll(top.end)
	if len(v.stack) != top.height {
		v.fail("%d values left over at the end of the block", len(v.stack)-top.height)
		v.stack = v.stack[:min(top.height, len(v.stack))]
	}
	v.frames = v.frames[:len(v.frames)-1]
	return top
}

func (v *validator) dead() {
	top := &v.frames[len(v.frames)-1]
	v.stack = v.stack[:top.height]
	top.dead = true
}

// label gives the types that a branch to the depth hands over.
func (v *validator) label(depth uint64) []ValType {
	if depth >= uint64(len(v.frames)) {
		v.fail("branches out of the function")
		return nil
	}
	fr := v.frames[uint64(len(v.frames))-1-depth]
	if fr.op == Loop {
		return fr.start
	}
	return fr.end
}

func (v *validator) blockType(imm uint64) FuncType {
	switch {
	case imm == BlockVoid:
		return FuncType{}
	case int64(imm) < 0:
		return FuncType{Results: []ValType{ValType(imm & 0x7f)}}
	}
	return v.m.Types[imm]
}

var letterTypes = map[byte]ValType{'i': I32, 'I': I64, 'f': F32, 'F': F64, 'v': V128}

// lanes is the number of lanes of the shapes that begin a lane instruction's name.
var lanes = map[string]uint8{"i8x16": 16, "i16x8": 8, "i32x4": 4, "i64x2": 2, "f32x4": 4, "f64x2": 2}

func (v *validator) step(in Instr) {
	switch in.Op {
	case Unreachable:
		v.dead()
	case Block, Loop, If:
		if in.Op == If {
			v.pop(I32)
		}
		t := v.blockType(in.Imm)
		v.popAll(t.Params)
		v.push(in.Op, t.Params, t.Results)
	case Else:
		if v.frames[len(v.frames)-1].op != If {
			v.fail("no if before it")
			return
		}
		fr := v.leave()
		v.push(Else, fr.start, fr.end)
	case End:
		fr := v.leave()
		if fr.op == If && !slices.Equal(fr.start, fr.end) {
			v.fail("an if without else changes the stack")
		}
		v.stack = append(v.stack, fr.end...)
	case Br:
		v.popAll(v.label(in.Imm))
		v.dead()
	case BrIf:
		v.pop(I32)
		ts := v.label(in.Imm)
		v.popAll(ts)
		v.stack = append(v.stack, ts...)
	case BrTable:
		v.pop(I32)
		last := v.label(uint64(in.Targets[len(in.Targets)-1]))
		for _, t := range in.Targets {
			if !slices.Equal(v.label(uint64(t)), last) {
				v.fail("labels of different types")
			}
		}
		v.popAll(last)
		v.dead()
	case Return:
		v.popAll(v.f.Type.Results)
		v.dead()
	case Call, CallIndirect:
		var t FuncType
		if in.Op == Call {
			t = v.m.FuncType(int(in.Imm))
		} else {
			v.pop(I32)
			t = v.m.Types[in.Imm]
		}
		v.popAll(t.Params)
		v.stack = append(v.stack, t.Results...)
	case Drop:
		v.pop(anyType)
	case Select:
		v.pop(I32)
		a := v.pop(anyType)
		b := v.pop(a)
		if a == V128 && b == V128 || a == anyType {
			a = b
		}
		v.stack = append(v.stack, a)
	case LocalGet, LocalSet, LocalTee:
		if in.Imm >= uint64(len(v.locals)) {
			v.fail("there are %d locals", len(v.locals))
			return
		}
		t := v.locals[in.Imm]
		if in.Op != LocalGet {
			v.pop(t)
		}
		if in.Op != LocalSet {
			v.stack = append(v.stack, t)
		}
	case GlobalGet:
		v.stack = append(v.stack, v.m.Global(int(in.Imm)).Type)
	case GlobalSet:
		g := v.m.Global(int(in.Imm))
		if !g.Mutable {
			v.fail("the global is a constant")
		}
		v.pop(g.Type)
	default:
		operands, results, _ := in.Op.Signature()
		for i := range len(operands) {
			v.pop(letterTypes[operands[len(operands)-1-i]])
		}
		for i := range len(results) {
			v.stack = append(v.stack, letterTypes[results[i]])
		}
		v.immediates(in)
	}
}

// immediates checks alignment and lanes.
func (v *validator) immediates(in Instr) {
	size := in.Op.AccessSize()
	if size > 0 && 1<<in.Align > size {
		v.fail("alignment of %d bytes for %d", 1<<in.Align, size)
	}
	if in.Op>>16 == 0xfe && 1<<in.Align != size {
		v.fail("an atomic access is aligned to its size")
	}
	switch info(in.Op).imm {
	case immMemLane:
		if int(in.Lane) >= 16/size {
			v.fail("there are %d lanes", 16/size)
		}
	case immLane:
		shape, _, _ := strings.Cut(in.Op.String(), ".")
		if in.Lane >= lanes[shape] {
			v.fail("there are %d lanes", lanes[shape])
		}
	case immV128:
		if in.Op == V128Const {
			break
		}
		for _, l := range in.Vec { // i8x16.shuffle takes from two vectors
			if l > 31 {
				v.fail("there are 32 lanes")
			}
		}
	}
}
