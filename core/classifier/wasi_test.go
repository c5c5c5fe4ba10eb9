package classifier_test

import (
	"bytes"
	"context"
	"flag"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

var wasi = flag.Bool("wasi", false, "build the core for wasip1 and run it, which takes a minute")

// Built for wasip1 and run by wazero, the core names photos as it does natively with the portable
// kernels: to the bit where wasip1 has the portable kernels as well, and within 1e-6 with those for
// 128-bit vectors.
func TestWASI(t *testing.T) {
	if !*wasi {
		t.Skip("make wasi runs it")
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	build := func(name string, env ...string) string {
		out := filepath.Join(t.TempDir(), name)
		cmd := exec.Command("go", "build", "-o", out, "./core/classifier/testdata/wasi")
		cmd.Dir, cmd.Env = root, append(os.Environ(), env...)
		if text, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return out
	}
	args := []string{"weights/alexnet-cifar10.pack", "tools/reference/photos/koala.jpg", "tools/reference/photos/cat.png", "tools/reference/photos/puffer-fish.webp"}
	native := exec.Command(build("native", "GOEXPERIMENT=nosimd"), args...)
	native.Dir = root
	want, err := native.Output()
	if err != nil {
		t.Fatal(err)
	}
	portable := inWazero(t, build("portable.wasm", "GOOS=wasip1", "GOARCH=wasm", "GOEXPERIMENT=nosimd"), root, args)
	if portable != string(want) {
		t.Errorf("the portable kernels answer\n%snatively, and in wazero\n%s", want, portable)
	}
	vectors := inWazero(t, build("vectors.wasm", "GOOS=wasip1", "GOARCH=wasm", "GOEXPERIMENT=simd"), root, args)
	a, b := scores(t, string(want)), scores(t, vectors)
	worst := 0.0
	for i := range a {
		for label, v := range a[i] {
			worst = max(worst, math.Abs(v-b[i][label]))
		}
	}
	t.Logf("with vectors the largest difference is %.2g", worst)
	if len(a) != len(b) || worst > 1e-6 {
		t.Errorf("with vectors the largest difference is %.2g, of %d photos and %d", worst, len(a), len(b))
	}
}

// scores reads what the program prints: ten classes a photo.
func scores(t *testing.T, text string) []map[string]float64 {
	var out []map[string]float64
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		label, hex, _ := strings.Cut(line, " ")
		bits, err := strconv.ParseUint(hex, 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		if i%10 == 0 {
			out = append(out, map[string]float64{})
		}
		out[i/10][label] = math.Float64frombits(bits)
	}
	return out
}

// inWazero runs a program in a folder.
func inWazero(t *testing.T, program, folder string, args []string) string {
	ctx := context.Background()
	r := wazero.NewRuntime(ctx)
	defer r.Close(ctx)
	wasi_snapshot_preview1.MustInstantiate(ctx, r)
	code, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	config := wazero.NewModuleConfig().WithArgs(append([]string{"wasi"}, args...)...).WithStdout(&out).WithStderr(&complaints).
		WithFSConfig(wazero.NewFSConfig().WithReadOnlyDirMount(folder, "/")).WithSysWalltime().WithSysNanotime().WithEnv("PWD", "/")
	if _, err := r.InstantiateWithConfig(ctx, code, config); err != nil {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	return out.String()
}
