package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"homeroom/tools/wasmlink/postlink"
)

// TestRealKernelsAreRewritten links the program of the page as make build does. A new compiler or
// kernel in whose code the passes no longer find what they look for would otherwise be seen in the
// benchmarks only. The numbers are those of the build with vector instructions, less a tenth.
func TestRealKernelsAreRewritten(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok || !slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "GOEXPERIMENT" && strings.Contains(s.Value, "simd")
	}) {
		t.Skip("this build has no vector instructions")
	}
	file := filepath.Join(t.TempDir(), "built.wasm")
	// With the same flags as there, so that what it compiled is there already.
	cmd := exec.Command("go", "build", "-gcflags=homeroom/wasm/...=-l", "-tags=nethttpomithttp2", "-trimpath", "-o", file, "../../wasm")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=simd,nojsonv2")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	in, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out, err := postlink.Link(in, postlink.Options{Packages: packages, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	var sum postlink.Rewritten
	restructured := 0
	for _, f := range out.Functions {
		if !strings.HasPrefix(f.Name, "homeroom_core_kernel.") {
			continue
		}
		if f.Restructured {
			restructured++
		}
		sum.LoadSplats += f.LoadSplats
		sum.Offsets += f.Offsets
		sum.Slots += f.Slots
		sum.Hoisted += f.Hoisted
		sum.Fused += f.Fused
	}
	for _, c := range []struct {
		name       string
		got, least int
	}{
		{"functions restructured", restructured, 86},
		{"loads and splats that became one", sum.LoadSplats, 225},
		{"additions moved into an offset", sum.Offsets, 1224},
		{"slots of the stack that became variables", sum.Slots, 51},
		{"sums brought to their products", sum.Hoisted, 109},
		{"relaxed multiply-adds", sum.Fused, 420},
	} {
		t.Logf("%s: %d", c.name, c.got)
		if c.got < c.least {
			t.Errorf("%s: %d, want %d at least", c.name, c.got, c.least)
		}
	}

	// A package that is gone, or spelt wrong, is told.
	_, err = postlink.Link(in, postlink.Options{Packages: []string{postlink.DefaultPackage, "image/gone"}})
	if err == nil || !strings.Contains(err.Error(), "image/gone") {
		t.Errorf("with a package that matches nothing: %v", err)
	}
}
