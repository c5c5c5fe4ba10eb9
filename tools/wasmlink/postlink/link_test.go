package postlink

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	. "homeroom/tools/wasmlink/wasmbin"
)

const (
	testPackage = "homeroom/tools/wasmlink/postlink/testdata/program/kernel"
	testEntry   = testPackage + ".RunRange"
)

func link(t *testing.T, opt Options) Output {
	t.Helper()
	opt.Packages = []string{testPackage}
	out, err := Link(buildProgram(t), opt)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// differ shows the first lines that aren't the same.
func differ(t *testing.T, what, got, want string) {
	t.Helper()
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range max(len(g), len(w)) {
		a, b := "", ""
		if i < len(g) {
			a = g[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if a != b {
			t.Errorf("%s, line %d:\n got %s\nwant %s", what, i+1, a, b)
			return
		}
	}
}

func TestLinkKeepsResults(t *testing.T) {
	want := run(t, buildProgram(t), nil)
	if !strings.Contains(want, "bounds: runtime error: index out of range [64] with length 64\nnil: runtime error: invalid memory address") {
		t.Fatalf("the program itself says\n%s", want)
	}
	differ(t, "plain", run(t, link(t, Options{}).Main, nil), want)

	// The rest of the program is a larger test than kernels are.
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	// Of some of these the linker leaves no function, as it inlines them.
	packages := slices.DeleteFunc([]string{testPackage, "main", "fmt", "strconv", "reflect", "sync", "os", "errors",
		"io", "slices", "sort", "strings", "time", "syscall/js", "internal/poll", "internal/fmtsort", "internal/reflectlite", "unicode/utf8", "math"},
		func(p string) bool {
			for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
				if InPackage(m.FuncName(i), p) {
					return false
				}
			}
			return true
		})
	all, err := Link(buildProgram(t), Options{Packages: packages})
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Functions) < 200 {
		t.Errorf("only %d functions of other packages are rewritten", len(all.Functions))
	}
	differ(t, "everything", run(t, all.Main, nil), want)

	threads := link(t, Options{Threads: &Threads{Entry: testEntry, MaxPages: 4096}})
	withHelper := strings.Replace(want, "helper runs 0", "helper runs 1", 1)
	differ(t, "threads", run(t, threads.Main, threads.Helper), withHelper)

	// Relaxed results may differ in the sums, but in nothing else, and not from thread to thread.
	relaxed := run(t, link(t, Options{Relaxed: true}).Main, nil)
	lines := func(s string) string {
		return strings.Join(slices.DeleteFunc(strings.Split(s, "\n"), func(l string) bool {
			return strings.HasPrefix(l, "product") || strings.HasPrefix(l, "ranges") || strings.HasPrefix(l, "spill") || strings.HasPrefix(l, "dots")
		}), "\n")
	}
	differ(t, "relaxed", lines(relaxed), lines(want))
	threads = link(t, Options{Relaxed: true, Threads: &Threads{Entry: testEntry, MaxPages: 4096}})
	differ(t, "relaxed threads", run(t, threads.Main, threads.Helper), strings.Replace(relaxed, "helper runs 0", "helper runs 1", 1))
}

func TestLinkTouchesOnlyThePackage(t *testing.T) {
	in := buildProgram(t)
	out := link(t, Options{KeepNames: true})
	a, err := Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Decode(out.Main)
	if err != nil {
		t.Fatal(err)
	}
	changed := 0
	for i := a.ImportedFuncs(); i < a.NumFuncs(); i++ {
		if same := print(t, a, i) == print(t, b, i); InPackage(a.FuncName(i), testPackage) {
			if !same {
				changed++
			}
		} else if !same {
			t.Errorf("%s is changed", a.FuncName(i))
		}
	}
	if changed < 10 {
		t.Errorf("only %d functions of the package are changed", changed)
	}
	if again := link(t, Options{KeepNames: true}); !bytes.Equal(again.Main, out.Main) {
		t.Error("a second run makes another module")
	}
	if stripped := link(t, Options{}); len(stripped.Main) >= len(out.Main) {
		t.Error("without names the module isn't smaller")
	}
}

func print(t *testing.T, m *Module, i int) string {
	t.Helper()
	f, err := m.Func(i)
	if err != nil {
		t.Fatal(err)
	}
	var s strings.Builder
	if err := m.Print(&s, i, f); err != nil {
		t.Fatal(err)
	}
	return s.String()
}

// What the compiler makes of the test's kernels changes with its version; the passes must find
// their patterns in it all the same.
func TestLinkFindsWork(t *testing.T) {
	byName := map[string]Rewritten{}
	for _, r := range link(t, Options{Relaxed: true}).Functions {
		byName[r.Name[strings.LastIndex(r.Name, ".")+1:]] = r
	}
	for _, name := range []string{"Classify", "Collatz", "Primes", "Search", "At", "SumList", "Callback", "Spill", "row"} {
		if !byName[name].Restructured {
			t.Errorf("%s isn't restructured", name)
		}
	}
	for _, name := range []string{"RunRange", "Goto", "Deferred"} {
		if r, ok := byName[name]; !ok || r.Restructured {
			t.Errorf("%s is restructured: %v", name, r)
		}
	}
	if hasSIMD(t) {
		if p := byName["Product"]; p.Slots == 0 || p.Hoisted == 0 || p.LoadSplats < 6 || p.Fused != 12 {
			t.Errorf("Product: %+v", p)
		}
	}
}

// hasSIMD reports whether the toolchain compiled the program's SIMD kernels.
func hasSIMD(t *testing.T) bool {
	t.Helper()
	m, err := Decode(buildProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	i, ok := m.FindFunc(linkerName(testPackage) + ".Product")
	return ok && strings.Contains(print(t, m, i), "v128.load")
}

func TestLinkRefuses(t *testing.T) {
	in := buildProgram(t)
	m, err := Decode(in)
	if err != nil {
		t.Fatal(err)
	}
	m.DropCustom("name")
	threads := func(name string, pages uint32) Options {
		return Options{Packages: []string{testPackage}, Threads: &Threads{Entry: testPackage + "." + name, MaxPages: pages}}
	}
	for _, tt := range []struct {
		name string
		in   []byte
		opt  Options
		want string
	}{
		{"not wasm", []byte("GIF89a"), Options{}, "not a WebAssembly module"},
		{"cut short", in[:len(in)/2], Options{}, "cut short"},
		{"no names", m.Encode(), Options{}, "without -s"},
		{"no entry", in, threads("Nobody", 4096), "has no function"},
		{"pages", in, threads("RunRange", 3), "at most 3 pages"},
		{"stack", in, Options{Packages: []string{testPackage}, Threads: &Threads{Entry: testEntry, MaxPages: 4096, MaxStack: 8}}, "8 are there"},
		{"too many pages", in, threads("RunRange", 1<<17), "131072 pages"},
		{"pointer", in, threads("Callback", 4096), "kernel.Callback can't run without the Go runtime: it calls through a pointer"},
		{"recursion", in, threads("Deep", 4096), "kernel.Deep → homeroom_tools_wasmlink_postlink_testdata_program_kernel.Deep can't run without the Go runtime: it calls itself"},
		{"runtime", in, threads("Deferred", 4096), "Deferred"},
	} {
		if _, err := Link(tt.in, tt.opt); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

// Code that nothing enters goes, and the program does as before; what is called is not left out.
func TestLinkLeavesOut(t *testing.T) {
	const unused = "homeroom/tools/wasmlink/postlink/testdata/program/unused"
	out := link(t, Options{Unused: []string{unused}, KeepNames: true})
	differ(t, "without the package", run(t, out.Main, nil), run(t, buildProgram(t), nil))
	m, err := Decode(out.Main)
	if err != nil {
		t.Fatal(err)
	}
	entered, initialised := false, false
	for i := m.ImportedFuncs(); i < m.NumFuncs(); i++ {
		name, ok := strings.CutPrefix(m.FuncName(i), linkerName(unused)+".")
		if !ok {
			continue
		}
		f, err := m.Func(i)
		if err != nil {
			t.Fatal(err)
		}
		if init := initOf.MatchString("." + name); init == (f.Code[0].Op == Unreachable) || len(f.Code) > 6 {
			t.Errorf("%s is left with %d instructions", name, len(f.Code))
		} else if init {
			initialised = true
		} else {
			entered = true
		}
	}
	if !entered || !initialised {
		t.Errorf("a function: %t, an initialiser: %t", entered, initialised)
	}
	for _, c := range []struct {
		packages []string
		want     string
	}{
		{[]string{"strconv"}, "calls strconv."},
		{[]string{unused, "net/gone"}, "no function of the package net/gone"},
	} {
		if _, err := Link(buildProgram(t), Options{Packages: []string{testPackage}, Unused: c.packages}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("without %v: %v", c.packages, err)
		}
	}
}

func TestHelperIsSmall(t *testing.T) {
	out := link(t, Options{Threads: &Threads{Entry: testEntry, MaxPages: 4096}})
	if len(out.Helper) > 4096 {
		t.Errorf("a helper of %d bytes for two small functions", len(out.Helper))
	}
	if out.Stack < 32 || out.Stack > 4096 {
		t.Errorf("%d bytes of stack", out.Stack)
	}
	h, err := Decode(out.Helper)
	if err != nil {
		t.Fatal(err)
	}
	if len(h.Imports) != 1 || h.Imports[0].Module != "env" || !h.Imports[0].Limits.Shared || len(h.Exports) != 3 || h.Exports[0].Name != "run" {
		t.Errorf("imports %v, exports %v", h.Imports, h.Exports)
	}
}
