package postlink

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// The engine that runs modules in these tests is Node where there is one, else Chromium.
// WASM_ENGINE=chromium asks for the latter.

// goRoot is where the toolchain keeps wasm_exec.js.
var goRoot = sync.OnceValue(func() string {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		panic(err)
	}
	return strings.TrimSpace(string(out))
})

func wasmExec() string { return filepath.Join(goRoot(), "lib", "wasm", "wasm_exec.js") }

// program is the test program as go build made it.
var program = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "wasmlink")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "program.wasm")
	cmd := exec.Command("go", "build", "-o", file, "./testdata/program")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return os.ReadFile(file)
})

func buildProgram(t testing.TB) []byte {
	t.Helper()
	b, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run runs a program and gives what it printed. helper may be nil.
func run(t *testing.T, main, helper []byte) string {
	t.Helper()
	return runSplit(t, Output{Main: main, Helper: helper}, false)
}

// runSplit is run for a program that may be in two modules, and gets its rest before it begins or
// when it is missing.
func runSplit(t *testing.T, out Output, before bool) string {
	t.Helper()
	main, helper := out.Main, out.Helper
	node, err := exec.LookPath("node")
	if err != nil || os.Getenv("WASM_ENGINE") == "chromium" {
		return runInChromium(t, out, before)
	}
	dir := t.TempDir()
	args := []string{"testdata/node.js", wasmExec()}
	if relaxedFlag(node) {
		args = append([]string{"--experimental-wasm-relaxed-simd"}, args...)
	}
	for name, b := range map[string][]byte{"1main.wasm": main, "2helper.wasm": helper, "3rest.wasm": out.Rest} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	args = append(args, filepath.Join(dir, "1main.wasm"))
	if helper != nil {
		args = append(args, filepath.Join(dir, "2helper.wasm"))
	}
	if out.Rest != nil { // it has a helper, too
		args = append(args, filepath.Join(dir, "3rest.wasm"))
	}
	if before {
		args = append(args, "before")
	}
	var stderr strings.Builder
	cmd := exec.Command(node, args...)
	cmd.Stderr = &stderr
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s%s", err, text, stderr.String())
	}
	return string(text)
}

// relaxedFlag reports whether Node is one that has relaxed SIMD behind a flag; later ones don't
// know the flag.
func relaxedFlag(node string) bool {
	return exec.Command(node, "--experimental-wasm-relaxed-simd", "-e", "0").Run() == nil
}

func runInChromium(t *testing.T, out Output, before bool) string {
	t.Helper()
	mux := http.NewServeMux()
	file := func(name string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }
	}
	bytes := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { w.Write(b) }
	}
	mux.HandleFunc("/wasm_exec.js", file(wasmExec()))
	mux.HandleFunc("/threads.js", file("../../../site/threads.js"))
	mux.HandleFunc("/harness.js", file("testdata/harness.js"))
	mux.HandleFunc("/main.wasm", bytes(out.Main))
	mux.HandleFunc("/helper.wasm", bytes(out.Helper))
	mux.HandleFunc("/rest.wasm", bytes(out.Rest))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		// Shared memory needs a cross-origin isolated page.
		w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
		w.Header().Set("Cross-Origin-Embedder-Policy", "require-corp")
		fmt.Fprint(w, `<!doctype html><script src="/wasm_exec.js"></script><script src="/threads.js"></script><script src="/harness.js"></script>`)
	})
	server := httptest.NewServer(mux)
	defer server.Close()

	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)...)
	defer cancel()
	ctx, cancel = chromedp.NewContext(ctx)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatalf("neither node nor Chromium to run WebAssembly with: install one of them: %v", err)
	}
	files := `["/main.wasm"]`
	switch {
	case out.Rest != nil:
		files = `["/main.wasm", "/helper.wasm", "/rest.wasm"]`
	case out.Helper != nil:
		files = `["/main.wasm", "/helper.wasm"]`
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](
		`Promise.all(`+files+`.map(async (f) => (await fetch(f)).arrayBuffer())).then((bs) => runProgram(bs[0], bs[1], bs[2], `+strconv.FormatBool(before)+`))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("Chromium: %v", err)
	}
	return text
}
