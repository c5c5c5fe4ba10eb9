package wasmbin

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// every is a module whose one function holds every instruction there is, in an order that reads
// well but doesn't compute anything.
func every(t testing.TB) []byte {
	t.Helper()
	m := New()
	m.Globals = []Global{{Type: I64, Mutable: true, Init: []Instr{{Op: I64Const, Imm: 1 << 40}, {Op: End}}},
		{Type: F64, Init: []Instr{{Op: 0x44, Imm: 1}, {Op: End}}}}
	f := &Func{Type: FuncType{Params: []ValType{I32, I64}, Results: []ValType{F32}},
		Locals: []LocalGroup{{200, V128}, {1, F64}}}
	for _, o := range table {
		in := Instr{Op: o.op}
		switch o.imm {
		case immBlock:
			in.Imm = BlockVoid
		case immTable:
			in.Targets = []uint32{0, 0, 0}
		case immLocal:
			in.Imm = 150
		case immMem, immMemLane:
			in.Align, in.Imm, in.Lane = 0, 70000, 1
		case immI32:
			in.Imm = 1<<64 - 1<<31
		case immI64:
			in.Imm = 1 << 63
		case immF32:
			in.Imm = 0x7fc00001
		case immF64:
			in.Imm = 0x7ff8000000000001
		case immV128:
			in.Vec = &[16]byte{1, 2, 3, 15: 31}
		case immLane:
			in.Lane = 1
		}
		if o.op == Else || o.op == End {
			continue // block, loop and if are closed below
		}
		f.Code = append(f.Code, in)
	}
	f.Code = append(f.Code, Instr{Op: Else}, Instr{Op: End}, Instr{Op: End}, Instr{Op: End}, Instr{Op: End})
	m.AddFunc(f)
	m.Exports = []Export{{"every", KindFunc, 0}}
	return m.Encode()
}

func TestEveryInstruction(t *testing.T) {
	data := every(t)
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.Encode(), data) {
		t.Error("encoding gives other bytes")
	}
	f, err := m.Func(0)
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Code) != len(table)+3 {
		t.Errorf("%d instructions of %d", len(f.Code), len(table)+3)
	}
	m.SetFunc(0, f)
	if !bytes.Equal(m.Encode(), data) {
		t.Error("encoding a function gives other bytes")
	}
	var s strings.Builder
	if err := m.Print(&s, 0, f); err != nil || !strings.Contains(s.String(), "f32x4.relaxed_madd") {
		t.Errorf("printed %v %s", err, s.String())
	}
}

// goProgram is a program of the Go linker's.
func goProgram(t *testing.T) []byte {
	t.Helper()
	dir := t.TempDir()
	source := filepath.Join(dir, "main.go")
	if err := os.WriteFile(source, []byte("package main\n\nfunc main() { println(len([]string{\"a\"})) }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "main.wasm")
	cmd := exec.Command("go", "build", "-o", file, source)
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestRoundTripOfGoProgram(t *testing.T) {
	data := goProgram(t)
	m, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.Encode(), data) {
		t.Error("encoding gives other bytes")
	}
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		f, err := m.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.ValidateFunc(f); err != nil {
			t.Errorf("%s: %v", m.FuncName(i), err)
		}
		m.SetFunc(i, f)
	}
	if !bytes.Equal(m.Encode(), data) {
		t.Error("encoding every function gives other bytes")
	}
	if i, ok := m.FindFunc("main.main"); !ok || m.FuncName(i) != "main.main" {
		t.Error("no main.main")
	}
	m.DropCustom("name")
	if small := m.Encode(); len(small) >= len(data) {
		t.Error("dropping the names doesn't make it smaller")
	} else if m, err := Decode(small); err != nil || m.HasNames() {
		t.Errorf("without names: %v", err)
	}
}

// body is a module with one function, without parameters and results, of these bytes.
func body(code ...byte) []byte {
	b := append([]byte(nil), magic...)
	b = append(b, secType, 4, 1, 0x60, 0, 0, secFunction, 2, 1, 0)
	f := append([]byte{0}, code...)
	b = append(b, secCode, byte(len(f)+2), 1, byte(len(f)))
	return append(b, f...)
}

func TestDecodeRefuses(t *testing.T) {
	head := string(magic)
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", "not a WebAssembly module"},
		{"component", "\x00asm\x0d\x00\x01\x00", "not a WebAssembly module of version 1"},
		{"section cut short", head + "\x01\x05\x01", "wasm offset 0xa: cut short: 5 bytes announced, 1 left"},
		{"unknown section", head + "\x0d\x00", "unknown section 13"},
		{"order", head + "\x03\x01\x00\x01\x01\x00", "section 1 after section 3"},
		{"left over", head + "\x01\x02\x00\x00", "1 bytes left over"},
		{"many types", head + "\x01\x05\xff\xff\xff\xff\x0f", "4294967295 types announced"},
		{"long number", head + "\x01\x02\x80\x00", "in 2 bytes where 1 do"},
		{"unknown form", head + "\x01\x02\x01\x50", "unknown form 0x50"},
		{"unknown value", head + "\x01\x04\x01\x60\x01\x70", "type 0x70"},
		{"imported table of others", head + "\x02\x07\x01\x00\x00\x01\x6f\x00\x01", "unknown values 0x6f"},
		{"imported tag", head + "\x02\x05\x01\x00\x00\x04\x00", "unknown kind 4"},
		{"imported global that may or may not change", head + "\x02\x06\x01\x00\x00\x03\x7f\x02", "unknown mutability 2"},
		{"element of another kind", head + "\x09\x02\x01\x01", "unknown kind 1"},
		{"element without a place", head + "\x09\x06\x01\x00\x01\x0b\x00\x00", "no constant place"},
		{"element of no function", head + "\x09\x07\x01\x00\x41\x00\x0b\x01\x00", "function 0 of 0"},
		{"memory64", head + "\x05\x03\x01\x04\x01", "unknown kind 0x04"},
		{"no bodies", head + "\x01\x04\x01\x60\x00\x00\x03\x02\x01\x00", "1 functions declared and 0 bodies"},
		{"function of unknown type", head + "\x03\x02\x01\x00", "there are 0 types"},
		{"unknown instruction", string(body(0x06, 0x0b)), "unknown instruction, opcode 0x06"},
		{"tail call", string(body(0x12, 0, 0x0b)), "wasm offset 0x17: unknown instruction, opcode 0x12"},
		{"atomics of 8 bits", string(body(0xfe, 0x12, 0, 0, 0x0b)), "opcode 0xfe"},
		{"unknown prefixed", string(body(0xfc, 0x09, 0, 0x0b)), "opcode 0xfc 0x09"},
		{"unknown SIMD", string(body(0xfd, 0x9a, 0x01, 0x0b)), "opcode 0xfd 0x9a"},
		{"SIMD far out", string(body(0xfd, 0xff, 0xff, 0xff, 0x0f, 0x0b)), "unknown instruction, prefix 0xfd"},
		{"no end", string(body(0x01)), "cut short"},
		{"two ends", string(body(0x0b, 0x0b)), "1 bytes after the end"},
		{"else without if", string(body(0x02, 0x40, 0x05, 0x0b, 0x0b)), "else without if"},
		{"two elses", string(body(0x41, 0, 0x04, 0x40, 0x05, 0x05, 0x0b, 0x0b)), "else without if"},
		{"branch too far", string(body(0x0c, 1, 0x0b)), "br 1: there are 1"},
		{"table too far", string(body(0x41, 0, 0x0e, 1, 0, 5, 0x0b)), "br_table to depth 5"},
		{"huge table", string(body(0x0e, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x0b)), "br_table of 4294967295 labels"},
		{"no such local", string(body(0x20, 0, 0x0b)), "local.get 0: there are 0"},
		{"no such global", string(body(0x23, 3, 0x0b)), "global.get 3: there are 0"},
		{"no such function", string(body(0x10, 7, 0x0b)), "call 7: there are 1"},
		{"block of unknown type", string(body(0x02, 0x70, 0x0b, 0x0b)), "unknown block type 0x70"},
		{"second memory", string(body(0x3f, 1, 0x0b)), "memory.size: index 1"},
		{"alignment", string(body(0x41, 0, 0x28, 9, 0, 0x0b)), "alignment 2^9"},
		{"lane", string(body(0xfd, 0x15, 16, 0x0b)), "lane 16"},
		{"i32 out of range", string(body(0x41, 0x80, 0x80, 0x80, 0x80, 0x08, 0x0b)), "signed number out of 32 bits"},
		{"i64 out of range", string(body(0x42, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x0b)), "signed number out of 64 bits"},
	} {
		_, err := Decode([]byte(tt.in))
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
	locals := []byte{2, 0xff, 0xff, 0x03, 0x7f, 0xff, 0xff, 0x03, 0x7f, 0x0b}
	many := append(body(), locals...)
	many[len(body())-4], many[len(body())-2], many = byte(len(locals)+2), byte(len(locals)), append(many[:len(body())-1], locals...)
	if _, err := Decode(many); err == nil || !strings.Contains(err.Error(), "more than 50000 locals") {
		t.Errorf("many locals: %v", err)
	}
}

func TestLEB128(t *testing.T) {
	for _, v := range []int64{0, 1, -1, 63, 64, -64, -65, 127, 128, 1 << 31, -1 << 31, 1<<31 - 1, 1 << 62, -1 << 63, 1<<63 - 1} {
		b := appendSLEB(nil, v)
		r := &reader{b: b}
		if got := r.sleb(64); got != v || r.err != nil || len(b) != slebLen(v) {
			t.Errorf("%d: %d, %v, %d bytes", v, got, r.err, len(b))
		}
	}
	for _, v := range []uint32{0, 127, 128, 1<<14 - 1, 1 << 14, 1<<32 - 1} {
		for width := uint8(1); width <= 5; width++ {
			r := &reader{b: appendULEB(nil, v, width)}
			got, w := r.uleb()
			if got != v || w != max(width, ulebLen(v)) || r.err != nil {
				t.Errorf("%d in %d bytes: %d in %d, %v", v, width, got, w, r.err)
			}
		}
	}
}

func TestAccessSize(t *testing.T) {
	want := map[string]int{
		"i32.load": 4, "i64.load": 8, "f32.store": 4, "f64.store": 8, "i64.load16_s": 2, "i32.store8": 1, "i64.store32": 4,
		"v128.load": 16, "v128.store": 16, "v128.load8x8_u": 8, "v128.load16x4_s": 8, "v128.load32x2_u": 8,
		"v128.load8_splat": 1, "v128.load64_splat": 8, "v128.load32_zero": 4, "v128.load16_lane": 2, "v128.store64_lane": 8,
		"i32.add": 0, "local.get": 0,
	}
	for _, o := range table {
		if size, ok := want[o.name]; ok && o.op.AccessSize() != size {
			t.Errorf("%s: %d bytes", o.name, o.op.AccessSize())
		}
		if o.op.HasMemoryOffset() && o.op.AccessSize() == 0 {
			t.Errorf("%s touches nothing", o.name)
		}
		if o.op.IsStore() != strings.Contains(o.name, ".store") {
			t.Errorf("%s: store %t", o.name, o.op.IsStore())
		}
	}
}

func TestValidateRefuses(t *testing.T) {
	i32, drop, end := Instr{Op: I32Const}, Instr{Op: Drop}, Instr{Op: End}
	block := func(op Op) Instr { return Instr{Op: op, Imm: BlockVoid} }
	for _, tt := range []struct {
		name string
		code []Instr
		want string // "" is: valid
	}{
		{"empty", []Instr{end}, ""},
		{"left over", []Instr{i32, end}, "1 values left over"},
		{"nothing there", []Instr{drop, end}, "finds nothing"},
		{"wrong type", []Instr{i32, {Op: I64Const}, {Op: I32Add}, drop, end}, "needs i32 and finds i64"},
		{"after unreachable", []Instr{{Op: Unreachable}, {Op: I32Add}, drop, end}, ""},
		{"across a block's start", []Instr{i32, block(Block), drop, end, end}, "finds nothing"},
		{"if without condition", []Instr{block(If), end, end}, "finds nothing"},
		{"if with a result without else", []Instr{i32, {Op: If, Imm: 1<<64 - 1}, i32, end, drop, end}, "without else"},
		{"branch without the result", []Instr{{Op: Block, Imm: 1<<64 - 1}, {Op: Br}, end, drop, end}, "finds nothing"},
		{"branch with the result", []Instr{{Op: Block, Imm: 1<<64 - 1}, i32, {Op: Br}, end, drop, end}, ""},
		{"branch out", []Instr{{Op: Br, Imm: 2}, end}, "branches out"},
		{"no such local", []Instr{{Op: LocalGet, Imm: 9}, drop, end}, "there are"},
		{"no end", []Instr{block(Block), end}, "no end"},
		{"behind the end", []Instr{end, end}, "behind the end"},
		{"constant global", []Instr{i32, {Op: GlobalSet}, end}, "constant"},
		{"select of two types", []Instr{i32, {Op: I64Const}, i32, {Op: Select}, drop, end}, "needs i64 and finds i32"},
		{"alignment", []Instr{i32, {Op: I32Load, Align: 3}, drop, end}, "alignment"},
		{"lane", []Instr{{Op: V128Const, Vec: new([16]byte)}, {Op: 0xfd<<16 | 31, Lane: 4}, drop, end}, "there are 4 lanes"},
		{"shuffle", []Instr{{Op: V128Const, Vec: new([16]byte)}, {Op: V128Const, Vec: new([16]byte)}, {Op: 0xfd<<16 | 13, Vec: &[16]byte{32}}, drop, end}, "32 lanes"},
	} {
		m := New()
		m.Globals = []Global{{Type: I32, Init: []Instr{i32, end}}}
		err := m.ValidateFunc(&Func{Code: tt.code})
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestImportMemory(t *testing.T) {
	m, err := Decode(append(append([]byte(nil), magic...), "\x02\x01\x00\x05\x03\x01\x00\x11"...))
	if err != nil {
		t.Fatal(err)
	}
	if err := m.ImportMemory("env", "mem", 16); err == nil {
		t.Error("a maximum below the minimum is taken")
	}
	if err := m.ImportMemory("env", "mem", 100); err != nil {
		t.Fatal(err)
	}
	m, err = Decode(m.Encode())
	if err != nil {
		t.Fatal(err)
	}
	want := Import{Module: "env", Name: "mem", Kind: KindMemory, Limits: Limits{17, 100, true, true}}
	if len(m.Memories) != 0 || len(m.Imports) != 1 || m.Imports[0] != want {
		t.Errorf("%+v %+v", m.Memories, m.Imports)
	}
	if err := m.ImportMemory("env", "mem", 100); err == nil {
		t.Error("a memory is imported twice")
	}
}

// FuzzDecode: whatever is read is written back as it was, and never panics on the way.
func FuzzDecode(f *testing.F) {
	f.Add(every(f))
	f.Add(body(0x0b))
	f.Add(body(0x41, 0, 0x04, 0x40, 0x05, 0x0b, 0x10, 0x80, 0x00, 0x0b))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		m, err := Decode(data)
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) || format.Offset < 0 || format.Offset > len(data) {
				t.Fatalf("error without place: %v", err)
			}
			return
		}
		if !bytes.Equal(m.Encode(), data) {
			t.Fatal("encoding gives other bytes")
		}
		for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
			fn, err := m.Func(i)
			if err != nil {
				t.Fatal(err)
			}
			m.SetFunc(i, fn)
			_ = m.ValidateFunc(fn) // either answer will do
		}
		if !bytes.Equal(m.Encode(), data) {
			t.Fatal("encoding every function gives other bytes")
		}
	})
}

// What a module imports besides functions, what it puts into a table and what into memory is read
// as it was written.
func TestHalfAProgram(t *testing.T) {
	m := New()
	m.Imports = []Import{{Module: "env", Name: "mem", Kind: KindMemory, Limits: Limits{Min: 1, Max: 9, HasMax: true, Shared: true}},
		{Module: "program", Name: "table", Kind: KindTable, Limits: Limits{Min: 5000}},
		{Module: "program", Name: "g0", Kind: KindGlobal, Value: I32, Mutable: true}, {Module: "program", Name: "g1", Kind: KindGlobal, Value: I64}}
	for range 3 {
		m.AddFunc(&Func{Type: FuncType{Results: []ValType{I32}}, Code: []Instr{{Op: GlobalGet}, {Op: End}}})
	}
	m.Elements = []Element{{At: 4096, Funcs: []uint32{2}}, {At: 4099, Funcs: []uint32{0, 1}}}
	memory := []byte("some bytes of memory")
	if err := m.AddData(memory, []Span{{5, 5}, {14, 6}}); err != nil {
		t.Fatal(err)
	}
	data := m.Encode()
	got, err := Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got.Imports, m.Imports) || !reflect.DeepEqual(got.Elements, m.Elements) || got.NumGlobals() != 2 || got.Global(1).Type != I64 || !got.Global(0).Mutable || got.Global(1).Mutable {
		t.Errorf("read: %+v, %+v, %d globals", got.Imports, got.Elements, got.NumGlobals())
	}
	if b, err := got.ReadData(); err != nil || string(b) != "\x00\x00\x00\x00\x00bytes\x00\x00\x00\x00memory" {
		t.Errorf("memory %q, %v", b, err)
	}
	if !bytes.Equal(got.Encode(), data) {
		t.Error("encoding gives other bytes")
	}
}
