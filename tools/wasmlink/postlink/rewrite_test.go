package postlink

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	. "homeroom/tools/wasmlink/wasmbin"
)

// ops finds instructions by name.
var ops = func() map[string]Op {
	ops := map[string]Op{}
	for low := range Op(512) {
		for _, op := range []Op{low, 0xfc<<16 | low, 0xfd<<16 | low} {
			if name := op.String(); !strings.HasPrefix(name, "opcode") {
				ops[name] = op
			}
		}
	}
	return ops
}()

// assemble reads instructions as Instr.String writes them, separated by semicolons.
func assemble(t testing.TB, text string) []Instr {
	t.Helper()
	var code []Instr
	for line := range strings.SplitSeq(text, ";") {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		op, ok := ops[words[0]]
		if !ok {
			t.Fatalf("no instruction %q", words[0])
		}
		in := Instr{Op: op}
		if op.OpensBlock() {
			in.Imm = BlockVoid
		}
		for _, w := range words[1:] {
			n, err := strconv.ParseInt(strings.TrimPrefix(w, "offset="), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			if op == BrTable {
				in.Targets = append(in.Targets, uint32(n))
			}
			in.Imm = uint64(n)
		}
		if op == BrTable {
			in.Imm = 0
		}
		code = append(code, in)
	}
	return code
}

func disassemble(code []Instr) string {
	var s []string
	for _, in := range code {
		s = append(s, in.String())
	}
	return strings.Join(s, "; ")
}

// The functions of these tests: local 0 is PC_B, 1 the stack pointer, 2 and 3 i64, 4 to 9 v128, and
// whatever a pass adds comes after.
func testFunc(t testing.TB, text string) *Func {
	return &Func{
		Type:   FuncType{Params: []ValType{I32}, Results: []ValType{I32}},
		Locals: []LocalGroup{{Count: 1, Type: I32}, {Count: 2, Type: I64}, {Count: 6, Type: V128}},
		Code:   assemble(t, text),
	}
}

// testModule has Go's globals, and functions of these names, all from i32 to i32.
func testModule(names ...string) *Module {
	m := New()
	for _, t := range []ValType{I32, I64, I64} {
		init := Instr{Op: I32Const}
		if t == I64 {
			init.Op = I64Const
		}
		m.Globals = append(m.Globals, Global{Type: t, Mutable: true, Init: []Instr{init, {Op: End}}})
	}
	for _, name := range names {
		f := &Func{Type: FuncType{Params: []ValType{I32}, Results: []ValType{I32}}, Code: []Instr{{Op: Unreachable}, {Op: End}}}
		m.NameFunc(m.AddFunc(f), name)
	}
	return m
}

func TestRewrites(t *testing.T) {
	for _, tt := range rewrites {
		t.Run(tt.name, func(t *testing.T) {
			if tt.untouched {
				tt.to = tt.from
			}
			f := testFunc(t, tt.from)
			tt.pass(f)
			if got := disassemble(f.Code); got != tt.to {
				t.Errorf("\n got %s\nwant %s", got, tt.to)
			}
		})
	}
}

var (
	splatPass = func(f *Func) { loadSplat(f) }
	foldPass  = func(f *Func) { foldOffset(f) }
	fusePass  = func(f *Func) { fuseMultiplyAdd(f) }
	hoistPass = func(f *Func) { hoistSums(f) }
	sinkPass  = func(f *Func) { f.AddLocal(F32); sinkLoads(f) } // local 10
)

// rewrites are passes with what they make of code.
var rewrites = []struct {
	name      string
	pass      func(*Func)
	from, to  string
	untouched bool
}{
	{name: "nops go", pass: func(f *Func) { dropNops(f) },
		from: "nop; local.get 2; nop; local.set 3; nop", to: "local.get 2; local.set 3"},
	{name: "if and branch", pass: func(f *Func) { branchIf(f) },
		from: "block; i32.const 1; if; br 1; end; end", to: "block; i32.const 1; br_if 0; end"},
	{name: "if that branches to its own end", pass: func(f *Func) { branchIf(f) },
		from: "i32.const 1; if; br 0; end", untouched: true},
	{name: "if with more", pass: func(f *Func) { branchIf(f) },
		from: "block; i32.const 1; if; local.get 2; local.set 3; br 1; end; end", untouched: true},

	{name: "float splat", pass: splatPass,
		from: "local.get 2; i32.wrap_i64; f32.load offset=8; f32x4.splat; local.set 4",
		to:   "local.get 2; i32.wrap_i64; v128.load32_splat offset=8; local.set 4"},
	{name: "integer splat", pass: splatPass,
		from: "local.get 1; i64.load32_s; i32.wrap_i64; i32x4.splat; local.set 4; local.get 1; i64.load8_u; i32.wrap_i64; i8x16.splat; local.set 4; local.get 1; i64.load; i64x2.splat; local.set 4",
		to:   "local.get 1; v128.load32_splat; local.set 4; local.get 1; v128.load8_splat; local.set 4; local.get 1; v128.load64_splat; local.set 4"},
	{name: "splat of a narrower load", pass: splatPass,
		from: "local.get 1; i64.load8_u; i32.wrap_i64; i32x4.splat; local.set 4", untouched: true},
	{name: "splat of the value as float", pass: splatPass,
		from: "local.get 1; f64.load; f32.demote_f64; f32x4.splat; local.set 4", untouched: true},

	{name: "offset of a load", pass: foldPass,
		from: "local.get 2; i64.const 48; i64.add; i32.wrap_i64; v128.load offset=16; local.set 4",
		to:   "local.get 2; i32.wrap_i64; v128.load offset=64; local.set 4"},
	{name: "offset of a store, with its value between", pass: foldPass,
		from: "local.get 2; i64.const 4; i64.add; i32.wrap_i64; local.get 3; i64.const 8; i64.add; i32.wrap_i64; v128.load; v128.store",
		to:   "local.get 2; i32.wrap_i64; local.get 3; i32.wrap_i64; v128.load offset=8; v128.store offset=4"},
	{name: "two additions", pass: foldPass,
		from: "local.get 2; i64.const 4; i64.add; i64.const 8; i64.add; i32.wrap_i64; f32.load; drop",
		to:   "local.get 2; i32.wrap_i64; f32.load offset=12; drop"},
	{name: "negative", pass: foldPass,
		from: "local.get 2; i64.const -4; i64.add; i32.wrap_i64; f32.load; drop", untouched: true},
	{name: "as large as low memory", pass: foldPass,
		from: "local.get 2; i64.const 8192; i64.add; i32.wrap_i64; f32.load; drop", untouched: true},
	{name: "large with the offset", pass: foldPass,
		from: "local.get 2; i64.const 8000; i64.add; i32.wrap_i64; f32.load offset=200; drop", untouched: true},
	{name: "address for other use, too", pass: foldPass,
		from: "local.get 2; i64.const 4; i64.add; local.tee 2; i32.wrap_i64; f32.load; drop", untouched: true},
	{name: "product with a constant", pass: foldPass,
		from: "local.get 2; i64.const 4; i64.mul; i32.wrap_i64; f32.load; drop", untouched: true},
	{name: "not across a block", pass: foldPass,
		from: "local.get 2; i64.const 4; i64.add; i32.wrap_i64; block; end; f32.load; drop", untouched: true},

	{name: "multiply-add", pass: fusePass,
		from: "local.get 4; local.get 5; f32x4.mul; local.get 6; f32x4.add; local.set 6",
		to:   "local.get 4; local.get 5; local.get 6; f32x4.relaxed_madd; local.set 6"},
	{name: "multiply-add, sum first", pass: fusePass,
		from: "local.get 6; local.get 4; local.get 5; f32x4.mul; f32x4.add; local.set 6",
		to:   "local.get 6; local.set 10; local.get 4; local.get 5; local.get 10; f32x4.relaxed_madd; local.set 6"},
	{name: "multiply-subtract", pass: fusePass,
		from: "local.get 6; local.get 4; local.get 5; f32x4.mul; f32x4.sub; local.set 6",
		to:   "local.get 6; local.set 10; local.get 4; local.get 5; local.get 10; f32x4.relaxed_nmadd; local.set 6"},
	{name: "product minus something", pass: fusePass,
		from: "local.get 4; local.get 5; f32x4.mul; local.get 6; f32x4.sub; local.set 6", untouched: true},
	{name: "product kept for the sum", pass: fusePass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 8; local.set 4; local.get 7; local.get 6; f32x4.add; local.set 6; i32.const 0; return",
		to:   "local.get 4; local.get 5; local.set 11; local.set 10; local.get 8; local.set 4; local.get 10; local.get 11; local.get 6; f32x4.relaxed_madd; local.set 6; i32.const 0; return"},
	{name: "product that is read twice", pass: fusePass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 7; local.get 6; f32x4.add; local.get 7; f32x4.add; local.set 6; i32.const 0; return", untouched: true},
	{name: "product that is read behind a branch", pass: fusePass,
		from: "block; local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 7; local.get 6; f32x4.add; local.set 6; br 0; end; local.get 7; local.set 8", untouched: true},
	{name: "sum of sums", pass: fusePass,
		from: "local.get 4; local.get 5; f32x4.add; local.get 6; f32x4.add; local.set 6", untouched: true},

	{name: "load to its splat", pass: sinkPass,
		from: "local.get 2; i32.wrap_i64; f32.load offset=4; local.set 10; local.get 1; v128.load; local.set 5; local.get 10; f32x4.splat; local.get 5; f32x4.mul; local.set 4; i32.const 0; return",
		to:   "local.get 1; v128.load; local.set 5; local.get 2; i32.wrap_i64; v128.load32_splat offset=4; local.get 5; f32x4.mul; local.set 4; i32.const 0; return"},
	{name: "load with a sum for its address", pass: sinkPass,
		from: "local.get 2; local.get 3; i64.add; i32.wrap_i64; f32.load; local.set 10; local.get 1; v128.load; local.set 5; local.get 10; f32x4.splat; local.set 4; i32.const 0; return",
		to:   "local.get 1; v128.load; local.set 5; local.get 2; local.get 3; i64.add; i32.wrap_i64; v128.load32_splat; local.set 4; i32.const 0; return"},
	{name: "load whose address is kept", pass: sinkPass,
		from: "local.get 2; local.get 3; i64.add; local.tee 3; i32.wrap_i64; f32.load; local.set 10; local.get 1; v128.load; local.set 5; local.get 10; f32x4.splat; local.set 4; i32.const 0; return",
		to:   "local.get 2; local.get 3; i64.add; local.set 3; local.get 1; v128.load; local.set 5; local.get 3; i32.wrap_i64; v128.load32_splat; local.set 4; i32.const 0; return"},
	{name: "load past a store", pass: sinkPass,
		from: "local.get 2; i32.wrap_i64; f32.load; local.set 10; local.get 1; local.get 5; v128.store; local.get 10; f32x4.splat; local.set 4; i32.const 0; return", untouched: true},
	{name: "load whose address moves on", pass: sinkPass,
		from: "local.get 2; i32.wrap_i64; f32.load; local.set 10; local.get 3; local.set 2; local.get 10; f32x4.splat; local.set 4; i32.const 0; return", untouched: true},
	{name: "load that is read twice", pass: sinkPass,
		from: "local.get 2; i32.wrap_i64; f32.load; local.set 10; local.get 10; f32x4.splat; local.set 4; local.get 10; f32x4.splat; local.set 5; i32.const 0; return", untouched: true},
	{name: "load that is read as it is", pass: sinkPass,
		from: "local.get 2; i32.wrap_i64; f32.load; local.set 10; local.get 10; f32.neg; f32x4.splat; local.set 4; i32.const 0; return", untouched: true},

	{name: "sum to its product", pass: hoistPass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 2; local.set 3; local.get 7; local.get 6; f32x4.add; local.set 8",
		to:   "local.get 4; local.get 5; f32x4.mul; local.get 6; f32x4.add; local.set 7; local.get 2; local.set 3; local.get 7; local.set 8"},
	{name: "difference to its product", pass: hoistPass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 2; local.set 3; local.get 6; local.get 7; f32x4.sub; local.set 8",
		to:   "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 6; local.get 7; f32x4.sub; local.set 7; local.get 2; local.set 3; local.get 7; local.set 8"},
	{name: "a chain of sums", pass: hoistPass,
		from: "local.get 4; local.get 4; f32x4.mul; local.set 5; local.get 4; local.get 4; f32x4.mul; local.set 6; local.get 5; local.get 9; f32x4.add; local.set 7; local.get 6; local.get 7; f32x4.add; local.set 8",
		to:   "local.get 4; local.get 4; f32x4.mul; local.get 9; f32x4.add; local.set 5; local.get 4; local.get 4; f32x4.mul; local.get 5; f32x4.add; local.set 6; local.get 5; local.set 7; local.get 6; local.set 8"},
	{name: "other operand not known yet", pass: hoistPass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 4; local.get 4; f32x4.add; local.set 6; local.get 7; local.get 6; f32x4.add; local.set 8", untouched: true},
	{name: "product read twice", pass: hoistPass,
		from: "local.get 4; local.get 5; f32x4.mul; local.set 7; local.get 7; local.get 6; f32x4.add; local.get 7; f32x4.add; local.set 8", untouched: true},

	{name: "variables of their own", pass: renameRuns,
		from: "local.get 4; local.get 5; f32x4.add; local.set 4; local.get 4; local.get 4; f32x4.mul; local.set 4; block; end; local.get 4; local.set 9; i32.const 0; return",
		to:   "local.get 4; local.get 5; f32x4.add; local.set 10; local.get 10; local.get 10; f32x4.mul; local.set 11; local.get 11; local.set 4; block; end; i32.const 0; return"},
	{name: "swapped variables", pass: renameRuns,
		from: "loop; local.get 4; local.set 6; local.get 5; local.set 4; local.get 6; local.set 5; br 0; end",
		to:   "loop; local.get 5; local.get 4; local.set 5; local.set 4; br 0; end"},
	{name: "swapped variables that are read", pass: renameRuns,
		from: "loop; local.get 4; local.set 6; local.get 5; local.set 4; local.get 6; local.set 5; local.get 1; local.get 4; v128.store; br 0; end",
		to:   "loop; local.get 1; local.get 5; v128.store; local.get 5; local.get 4; local.set 5; local.set 4; br 0; end"},
}

// goFrame wraps code in a Go function with a frame of 32 bytes.
func goFrame(body string) string {
	return "global.get 0; local.set 1; local.get 1; i32.const 32; i32.sub; local.tee 1; global.set 0; " + body +
		"; local.get 1; i32.const 32; i32.add; local.tee 1; global.set 0; local.get 1; i32.const 8; i32.add; local.tee 1; global.set 0; i32.const 0; return; end"
}

func TestKeepSlots(t *testing.T) {
	const spill = "local.get 1; local.get 4; v128.store offset=16; local.get 1; v128.load offset=16; local.set 5"
	call := func(index int) string {
		return fmt.Sprintf("local.get 1; i32.const 8; i32.sub; local.tee 1; global.set 0; local.get 1; i64.const 268435456; i64.store; i32.const 0; call %d; global.get 0; local.set 1; drop", index)
	}
	for _, tt := range []struct {
		name, body, want string // want "" is: as it was
	}{
		{"spilled", spill, "local.get 4; local.set 10; local.get 10; local.set 5"},
		{"spilled before a panic", spill + "; " + call(0), "local.get 4; local.set 10; local.get 10; local.set 5; " + call(0)},
		{"spilled beside a result", spill + "; local.get 1; i64.extend_i32_u; i32.wrap_i64; local.get 2; i64.store offset=56", "local.get 4; local.set 10; local.get 10; local.set 5; local.get 1; i64.extend_i32_u; i32.wrap_i64; local.get 2; i64.store offset=56"},
		{"spilled where a panic's argument is", spill + "; local.get 1; i64.extend_i32_u; i32.wrap_i64; local.get 2; i64.store offset=24; " + call(2), ""},
		{"the first argument of a panic", "local.get 1; local.get 4; f64.store; " + spill + "; " + call(2), "local.get 1; local.get 4; f64.store; local.get 4; local.set 10; local.get 10; local.set 5; " + call(2)},
		{"spilled before a call", spill + "; " + call(1), ""},
		{"of two types", spill + "; local.get 1; f64.load offset=24; drop", ""},
		{"half", "local.get 1; local.get 4; v128.store offset=16; local.get 1; v128.load offset=8; local.set 5", ""},
		{"half a value", "local.get 1; local.get 2; i64.store; local.get 1; i64.load32_u; local.set 3", ""},
		{"argument", "local.get 1; v128.load offset=40; local.set 4", ""},
		{"across the frame's end", "local.get 1; v128.load offset=24; local.set 4", ""},
		{"address taken", spill + "; local.get 1; i64.extend_i32_u; local.set 2", ""},
		{"stack pointer stored", spill + "; local.get 1; local.get 1; i32.store", ""},
		{"stack pointer moved", spill + "; local.get 1; local.set 1", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := testModule("runtime.sigpanic", "homeroom_core_kernel.Other", "runtime.goPanicIndex")
			f := testFunc(t, goFrame(tt.body))
			if tt.want == "" {
				tt.want = tt.body
			}
			keepSlots(m, f)
			if got, want := disassemble(f.Code), disassemble(assemble(t, goFrame(tt.want))); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
}

func TestRestructure(t *testing.T) {
	// for local 2 > 0 { local 2-- }, as Go lays it out: start, body, test, return.
	const loop = "global.get 0; local.set 1; loop; block; block; block; block; local.get 0; br_table 0 1 2 3; end; " +
		"i32.const 2; local.set 0; br 3; end; " +
		"local.get 2; i64.const -1; i64.add; local.set 2; end; " +
		"local.get 2; i64.eqz; i32.eqz; if; i32.const 1; local.set 0; br 2; end; end; " +
		"i32.const 0; return; end; unreachable; end"
	for _, tt := range []struct{ name, from, to string }{
		{"loop", loop,
			"global.get 0; local.set 1; block; end; block; block; " +
				"local.get 2; i64.eqz; i32.eqz; if; br 1; end; br 1; end; " +
				"loop; local.get 2; i64.const -1; i64.add; local.set 2; " +
				"local.get 2; i64.eqz; i32.eqz; if; br 1; end; br 1; end; end; " +
				"i32.const 0; return; unreachable; end"},
		{"jump elsewhere than by PC_B", strings.Replace(loop, "i32.const 2; local.set 0; br 3", "local.get 1; local.set 0; br 3", 1), ""},
		{"branch to a segment", strings.Replace(loop, "i32.const 2; local.set 0; br 3", "br 1", 1), ""},
		{"more after the loop", strings.Replace(loop, "unreachable; end", "i32.const 0; return; end", 1), ""},
		{"no dispatch", "global.get 0; local.set 1; i32.const 0; end", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := testModule("f")
			f := testFunc(t, tt.from)
			ok := restructure(m, 0, f)
			if ok != (tt.to != "") {
				t.Errorf("restructured: %t", ok)
			}
			if tt.to == "" {
				tt.to = tt.from
			}
			if got, want := disassemble(f.Code), disassemble(assemble(t, tt.to)); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
			if err := m.ValidateFunc(f); ok && err != nil {
				t.Error(err)
			}
		})
	}
}

// Every small graph is either structured so that it runs through the same nodes, or found to be
// irreducible by the definition: a loop that can be entered at two nodes.
func TestDominators(t *testing.T) {
	for _, tt := range []struct {
		name string
		succ [][]int
		ok   bool
	}{
		{"line", [][]int{{1}, {2}, {}}, true},
		{"diamond", [][]int{{1, 2}, {3}, {3}, {}}, true},
		{"loop", [][]int{{1}, {1, 2}, {}}, true},
		{"nested loops", [][]int{{1}, {2, 4}, {2, 3}, {1}, {}}, true},
		{"loop with two entries", [][]int{{1, 2}, {2}, {1}}, false},
		{"node that is never reached", [][]int{{2}, {2}, {}}, true},
	} {
		tree, ok := dominators(tt.succ)
		if ok != tt.ok {
			t.Errorf("%s: reducible %t", tt.name, ok)
		}
		if !ok {
			continue
		}
		for v := range tt.succ { // a dominates v if v can't be reached without a
			for a := range tt.succ {
				if tree.order[v] < 0 || tree.order[a] < 0 {
					continue
				}
				if want := a == v || !reaches(tt.succ, v, a); tree.dominates(a, v) != want {
					t.Errorf("%s: %d dominates %d: %t", tt.name, a, v, !want)
				}
			}
		}
	}
}

// reaches reports whether there is a way from node 0 to v that avoids a node.
func reaches(succ [][]int, v, avoid int) bool {
	seen := map[int]bool{avoid: true}
	work := []int{0}
	for len(work) > 0 {
		n := work[0]
		work = work[1:]
		if seen[n] {
			continue
		}
		if n == v {
			return true
		}
		seen[n] = true
		work = append(work, succ[n]...)
	}
	return false
}

func TestLinkerName(t *testing.T) {
	if got := linkerName("homeroom/core/kernel.(*Job).run[go.shape.int]"); got != "homeroom_core_kernel.__Job_.run_go.shape.int_" {
		t.Error(got)
	}
	for name, want := range map[string]bool{
		"homeroom_core_kernel.Run":      true,
		"homeroom_core_kernel_gen.Run":  false,
		"homeroom_core_kernels.Run":     false,
		"type_.eq.homeroom_core_kernel": false,
	} {
		if InPackage(name, DefaultPackage) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}
