package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWeights makes packs and their catalogue by a table whose checkpoints lie
// beside it, and tells what is not as the table says.
func TestWeights(t *testing.T) {
	folder := t.TempDir()
	smallNetwork(t, filepath.Join(folder, "small.safetensors"))
	row := func(name, more string) string {
		return `{"name": "` + name + `", "title": "Small", "dtype": "i8", "labels": "cifar10", "checkpoint": "small.safetensors", "trained_on": "nothing", "licence": "CC0-1.0", "source": "a formula"` + more + `}`
	}
	write(t, []byte("["+row("one", "")+","+row("two", `, "large": true`)+"]"), folder, "sources.json")
	weights := func(more ...string) []string { return append([]string{"weights", "--dir", folder}, more...) }

	fail(t, 1, weights("--check"), "one.pack is missing", "catalog.json is missing", "make weights")
	succeed(t, weights()...)
	if out := succeed(t, weights("--check")...); !strings.Contains(out, "byte for byte") {
		t.Errorf("--check prints %q", out)
	}
	succeed(t, weights("--check", "--only", "two")...)

	// What was made is what classify opens.
	t.Setenv("HOMEROOM_WEIGHTS", folder)
	for _, name := range []string{"one", "two"} {
		var out strings.Builder
		if status := run(&console{ctx: t.Context(), out: &out, err: &out}, []string{"classify", "--model", name, "../../core/photo/testdata/pictures/444.jpg"}); status != 0 || strings.Count(out.String(), "%") != 5 {
			t.Errorf("%s: status %d:\n%s", name, status, out.String())
		}
	}

	// A large pack is not in the repository: without it, all is well.
	if err := os.Remove(filepath.Join(folder, "large", "two.pack")); err != nil {
		t.Fatal(err)
	}
	succeed(t, weights("--check")...)

	write(t, []byte("other"), folder, "one.pack")
	write(t, []byte("old"), folder, "three.pack")
	fail(t, 1, weights("--check"), "one.pack differs", "three.pack is in no row")
	if string(read(t, filepath.Join(folder, "one.pack"))) != "other" {
		t.Error("--check wrote a file")
	}
	fail(t, 1, weights("--only", "four"), `no row named "four"`)
	fail(t, 1, []string{"weights", "--dir", t.TempDir()}, "sources.json")
}
