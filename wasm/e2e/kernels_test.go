package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// runner runs a Go test program and gives its exit status and what it printed.
const runner = `async (which) => {
	let output = "", status = 0;
	const decoder = new TextDecoder();
	globalThis.fs.writeSync = (fd, buf) => { output += decoder.decode(buf); return buf.length; };
	globalThis.fs.write = (fd, buf, offset, length, position, callback) => { output += decoder.decode(buf.subarray(offset, offset + length)); callback(null, length); };
	const go = new Go();
	go.argv = ["kernel.test", "-test.short", "-test.v", "-test.run=" + which];
	go.exit = (code) => { status = code; };
	const { instance } = await WebAssembly.instantiateStreaming(fetch("/test.wasm"), go.importObject);
	await go.run(instance);
	return status + "\n" + output;
}`

// gotool runs the go command in the project's root.
func gotool(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Dir = filepath.Join("..", "..")
	cmd.Env = append(os.Environ(), env...)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, text)
	}
}

// testProgram builds the tests of a package for the browser.
func testProgram(t *testing.T, name string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), strings.ReplaceAll(name, "/", "-")+".wasm")
	// As make build has it, whose libraries are compiled already then.
	env := []string{"GOOS=js", "GOARCH=wasm", "GOEXPERIMENT=simd,nojsonv2"}
	gotool(t, env, "test", "-c", "-vet=off", "-tags=nethttpomithttp2", "-o", path, "./"+name)
	return path
}

// runTests runs the tests of a program in Chromium that match which, and returns what they print.
func runTests(t *testing.T, program, which string) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	serveFile := func(path, file string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	serveFile("/test.wasm", program)
	serveFile("/wasm_exec.js", filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js"))
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `<!doctype html><link rel="icon" href="data:,"><script src="/wasm_exec.js"></script>`)
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	outgoing.open(strings.TrimPrefix(s.URL, "http://"))
	ctx, cancel := chromedp.NewContext(chromium)
	defer cancel()
	ctx, stop := context.WithTimeout(ctx, 4*time.Minute)
	defer stop()
	if _, err := chromedp.Run(ctx, chromedp.Navigate(s.URL)); err != nil {
		t.Fatal(err)
	}
	out, err := chromedp.Run(ctx, chromedp.Evaluate[string](fmt.Sprintf("(%s)(%q)", runner, which), chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, "0\n") || !strings.Contains(out, "PASS") {
		t.Error(out)
	}
	return out
}

// The whole test table of the kernels holds in the browser, for the program as the page runs it:
// rewritten after linking, with and without relaxed SIMD. So does what of the photos' tests needs
// no files; and a map is the same to the last bit.
func TestKernels(t *testing.T) {
	for name, which := range map[string]string{"core/kernel": "^(Test|Fuzz)", "core/graph": "^(Test|Fuzz)", "core/photo": "^TestTwins$", "core/photo/jpeg": "^(TestTwins|TestColoursOfAllLevels)$", "core/embedding": "^TestTheSameEverywhere$"} {
		built := testProgram(t, name)
		for _, flags := range [][]string{{}, {"--relaxed"}} {
			t.Run(name+" "+strings.Join(flags, " "), func(t *testing.T) {
				linked := filepath.Join(t.TempDir(), "linked.wasm")
				gotool(t, nil, append([]string{"run", "./tools/wasmlink", built, "--part", "-o", linked}, flags...)...)
				runTests(t, linked, which)
			})
		}
	}
}

// Every message between the page and its workers, and between other pages and the element's,
// arrives in Chromium as it was sent, both ways, and what is none is an error.
func TestMessages(t *testing.T) {
	runTests(t, testProgram(t, "wasm/element"), ".")
	out := runTests(t, testProgram(t, "wasm/protocol"), ".")
	for line := range strings.Lines(out) {
		if strings.Contains(line, "is encoded in") {
			t.Log(strings.TrimSpace(line))
		}
	}
}
