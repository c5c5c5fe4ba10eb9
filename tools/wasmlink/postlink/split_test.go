package postlink

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	. "homeroom/tools/wasmlink/wasmbin"
)

// A program in two modules prints what it prints as one, wherever it is cut, whether its rest is
// there before or comes when it is missing.
func TestSplitKeepsResults(t *testing.T) {
	threads := &Threads{Entry: testEntry, MaxPages: 4096}
	whole := link(t, Options{Threads: threads})
	want := run(t, whole.Main, whole.Helper)
	for _, c := range []struct {
		name  string
		first func(string) bool
	}{
		{"kernels and main", func(name string) bool { return InPackage(name, testPackage) || name == "main.main" }},
		{"only the runtime", func(string) bool { return false }},
		{"all but what is called late", func(name string) bool { return name != "main.late" }},
		{"all but what the host calls in between", func(name string) bool { return name != "main.inner" }},
		{"all but fmt", func(name string) bool { return !InPackage(name, "fmt") }},
		{"all but clocks", func(name string) bool { return !InPackage(name, "time") }},
	} {
		out := link(t, Options{Threads: threads, Split: &Split{First: c.first}})
		if out.Moved == 0 || len(out.Main) > len(whole.Main)+1000 {
			t.Errorf("%s: %d functions are in the rest, and %d bytes in the first of %d", c.name, out.Moved, len(out.Main), len(whole.Main))
		}
		differ(t, c.name+", rest when it is missing", runSplit(t, out, false), want+"asked for the rest 1\n")
		differ(t, c.name+", rest before", runSplit(t, out, true), want+"asked for the rest 0\n")
	}
}

// What is small goes along with what calls it.
func TestSplitTakesSmallFunctionsAlong(t *testing.T) {
	opt := Options{Threads: &Threads{Entry: testEntry, MaxPages: 4096}, Split: &Split{First: func(name string) bool { return name == "main.main" }}}
	alone := link(t, opt)
	opt.Split.Small = 512
	along := link(t, opt)
	opt.Split.Small = 1 << 20
	all := link(t, opt)
	if !(all.Moved < along.Moved && along.Moved < alone.Moved) {
		t.Errorf("%d functions are in the rest; with small ones in the first module %d, with all that are called by name %d", alone.Moved, along.Moved, all.Moved)
	}
}

// What the first module's memory lacks is what the rest brings: both together have the program's.
func TestSplitMovesTables(t *testing.T) {
	threads := &Threads{Entry: testEntry, MaxPages: 4096}
	memory := func(data []byte) []byte {
		m, err := Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		b, err := m.ReadData()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	want := memory(link(t, Options{Threads: threads}).Main)
	out := link(t, Options{Threads: threads, Split: &Split{First: func(string) bool { return false }}})
	first, rest := memory(out.Main), memory(out.Rest)
	moved := 0
	for i := range want {
		at := func(b []byte) byte {
			if i < len(b) {
				return b[i]
			}
			return 0
		}
		if at(first)|at(rest) != want[i] || at(first) != 0 && at(rest) != 0 {
			t.Fatalf("at %d the program has %d, its halves %d and %d", i, want[i], at(first), at(rest))
		}
		if at(rest) != 0 {
			moved++
		}
	}
	if moved < 1000 {
		t.Errorf("only %d bytes are moved", moved)
	}
}

func TestSplitRefuses(t *testing.T) {
	threads := &Threads{Entry: testEntry, MaxPages: 4096}
	some := &Split{First: func(string) bool { return false }}
	for name, c := range map[string]struct {
		opt  Options
		says string
	}{
		"no rest":    {Options{Threads: threads, Split: &Split{First: func(string) bool { return true }}}, "there is no rest"},
		"own memory": {Options{Split: some}, "memory of its own"},
		"names":      {Options{Threads: threads, Split: some, KeepNames: true}, "names can't be kept"},
	} {
		c.opt.Packages = []string{testPackage}
		if _, err := Link(buildProgram(t), c.opt); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOutermost(t *testing.T) {
	for name, want := range map[string]string{
		"main.main": "main.main", "main.main.func1": "main.main", "main.main.func1.2": "main.main", "a.__T_.Do.func2.deferwrap1": "a.__T_.Do",
		"a.Do-range1": "a.Do", "a.init.func7": "a.init", "a.init.3": "a.init.3", "a.__T_.Do-fm": "a.__T_.Do", "a.func1er": "a.func1er",
	} {
		if got := Outermost(name); got != want {
			t.Errorf("%s is within %s, and %s was said", name, want, got)
		}
	}
}

// Functions keep their numbers' meaning when one more is imported.
func TestImportFunc(t *testing.T) {
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	first := m.ImportedFuncs()
	loop, _ := m.FindFunc("wasm_pc_f_loop")
	before := print(t, m, loop)
	calls := func(m *Module, i int) (names []string) {
		f, err := m.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range f.Code {
			if in.Op == Call {
				names = append(names, m.FuncName(int(in.Imm)))
			}
		}
		return names
	}
	main, _ := m.FindFunc("main.main")
	called := calls(m, main)
	index, err := m.ImportFunc("a", "b", FuncType{Results: []ValType{I32}})
	if err != nil || index != first {
		t.Fatalf("it is %d, %v", index, err)
	}
	again, err := Decode(m.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if again.ImportedFuncs() != first+1 || again.FuncType(first).Results[0] != I32 {
		t.Error("the import isn't there")
	}
	if now := print(t, m, loop+1); strings.SplitN(now, "\n", 2)[1] != strings.SplitN(before, "\n", 2)[1] {
		t.Errorf("the loop is\n%s", now)
	}
	if got := calls(m, main+1); !slices.Equal(got, called) {
		t.Errorf("main calls %v, and called %v", got, called)
	}
	for i, e := range again.Exports {
		if e.Kind == KindFunc && m.FuncName(int(e.Index)) != "wasm_export_"+e.Name {
			t.Errorf("export %d, %s, is of %s", i, e.Name, m.FuncName(int(e.Index)))
		}
	}
	if e := again.Elements[0]; e.Funcs[0] != uint32(first+1) {
		t.Errorf("the table begins with function %d", e.Funcs[0])
	}
}

// Of a program that notes what runs, what did run is noted, and what can't have is not.
func TestTrace(t *testing.T) {
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	main, _ := m.FindFunc("main.main")
	threads := &Threads{Entry: testEntry, MaxPages: 4096}
	traced := link(t, Options{Threads: threads, Trace: true})
	want := run(t, link(t, Options{Threads: threads}).Main, link(t, Options{Threads: threads}).Helper)
	got := runSplit(t, traced, false)
	text, ran, _ := strings.Cut(got, "noted ")
	differ(t, "traced", text, want)
	bits := strings.Fields(ran)
	if !slices.Contains(bits, strconv.Itoa(main)) {
		t.Errorf("main.main, function %d, isn't noted: %v", main, bits)
	}
	if way, ok := m.FindFunc(linkerName(testPackage[:strings.LastIndexByte(testPackage, '/')]) + "_unused.way"); !ok || slices.Contains(bits, strconv.Itoa(way)) {
		t.Errorf("unused.way, function %d, is noted: %v", way, bits)
	}
}
