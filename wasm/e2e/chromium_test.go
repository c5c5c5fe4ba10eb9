package e2e

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// What all tests share.
var (
	scratch  string          // folder that is removed in the end
	dist     string          // folder with the finished page
	chromium context.Context // a running Chromium
	outgoing *border
)

// long leaves out a test of about a minute or more but in make e2e, so that make test stays short.
func long(t *testing.T) {
	if os.Getenv("HOMEROOM_E2E") != "all" {
		t.Skip("make e2e runs it")
	}
}

func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.list").Value.String() != "" {
		os.Exit(m.Run()) // this needs no Chromium
	}
	os.Exit(run(m))
}

// runShared runs the tests, or, where HOMEROOM_E2E_QUEUE names a folder, those that no other
// process with the same folder has taken yet, one after the other: processes with a Chromium each
// share them so that none is done long before the others.
func runShared(m *testing.M) int {
	queue := os.Getenv("HOMEROOM_E2E_QUEUE")
	which := flag.Lookup("test.run")
	if firefox != nil && which.Value.String() == "" {
		if err := which.Value.Set("^(" + strings.Join(flows, "|") + ")$"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	if queue == "" {
		return m.Run()
	}
	pattern := cmp.Or(which.Value.String(), ".")
	list, err := exec.Command(os.Args[0], "-test.list", pattern).Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	names := strings.Fields(string(list))
	for _, name := range slices.Concat(longest, waiting) {
		if pattern == "." && !slices.Contains(names, name) {
			fmt.Fprintln(os.Stderr, "there is no test "+name+", which should take long")
			return 1
		}
	}
	if os.Getenv("HOMEROOM_E2E_WAITING") != "" {
		names = waiting
	}
	failed := 0
	for _, name := range slices.SortedStableFunc(slices.Values(names), lengthy) {
		// The file is there as soon as somebody has taken the test.
		f, err := os.OpenFile(filepath.Join(queue, name), os.O_CREATE|os.O_EXCL, 0o600)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err == nil {
			err = errors.Join(f.Close(), which.Value.Set("^"+name+"$"))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		start := time.Now()
		failed |= m.Run()
		fmt.Printf("%s: %.0f s\n", name, time.Since(start).Seconds())
	}
	return failed
}

// longest are tests that take long. They come first, so that none is left for the end.
var longest = []string{
	"TestKernels", "TestProgramsProjectInThePage", "TestFilesAddedWhileLoadingAreNamed",
	"TestProgramAlone", "TestHeatMapSizesAndSettings", "TestPagesProjectInTheProgram",
}

// waiting are tests that wait for a minute and hardly work. A process with HOMEROOM_E2E_WAITING
// takes them alone, while others run; these come to them last.
var waiting = []string{"TestStalledDownloadsAreTold", "TestDownloadsThatGoWrong"}

// lengthy puts those first that take long, and those last that wait.
func lengthy(a, b string) int {
	rank := func(name string) int {
		if i := slices.Index(longest, name); i >= 0 {
			return i
		}
		if slices.Contains(waiting, name) {
			return len(longest) + 1
		}
		return len(longest)
	}
	return rank(a) - rank(b)
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "homeroom-e2e")
	if err != nil {
		return 1
	}
	defer removeAll(dir)
	scratch = dir
	if dist, err = finishedPage(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	outgoing = newBorder()
	defer outgoing.Close()
	switch name := os.Getenv("HOMEROOM_BROWSER"); name {
	case "", "chromium":
	case "firefox":
		if firefox, err = startFirefox(filepath.Join(dir, "firefox"), outgoing.URL); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer firefox.stop()
		return runShared(m)
	default:
		fmt.Fprintf(os.Stderr, "HOMEROOM_BROWSER names %s, and the tests know chromium and firefox\n", name)
		return 1
	}
	path, err := findChromium()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}

	profile := filepath.Join(dir, "profile")
	if *smallDisk != "" {
		profile = filepath.Join(*smallDisk, "profile")
		defer removeAll(profile)
	}
	// All of Chromium's traffic goes through the border, that of loopback addresses too.
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.NoSandbox,
		chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("use-fake-device-for-media-stream", "device-count=2"),
		chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.Flag("disable-component-update", true),
		chromedp.Flag("proxy-server", outgoing.URL),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"),
		chromedp.Env("GOOGLE_API_KEY=no"),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	defer stop()
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		fmt.Fprintf(os.Stderr, "Chromium at %s did not start: %v\n", path, err)
		return 1
	}
	chromium = ctx
	return runShared(m)
}

// removeAll removes a folder that a browser may still be writing to for a moment.
func removeAll(dir string) {
	for range 50 {
		if os.RemoveAll(dir) == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func findChromium() (string, error) {
	if path := os.Getenv("HOMEROOM_CHROMIUM"); path != "" {
		return exec.LookPath(path)
	}
	for _, name := range []string{
		"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell",
		"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
	} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("The tests of the page need Chromium: install it (for example: apt-get install chromium), or name one in HOMEROOM_CHROMIUM.")
}

// finishedPage returns the folder to serve. It builds the page with the toolchain that runs this
// test.
func finishedPage(dir string) (string, error) {
	if path := os.Getenv("HOMEROOM_DIST"); path != "" {
		_, err := os.Stat(filepath.Join(path, "homeroom.wasm"))
		return path, err
	}
	out := filepath.Join(dir, "dist")
	built, linked, relaxed := filepath.Join(dir, "built.wasm"), filepath.Join(dir, "homeroom.wasm"), filepath.Join(dir, "homeroom-relaxed.wasm")
	shares, sharing := filepath.Join(dir, "shares.wasm"), filepath.Join(dir, "homeroom-sharing.wasm")
	element, engine := filepath.Join(dir, "element.wasm"), filepath.Join(dir, "engine.wasm")
	named := filepath.Join(dir, "named.jsonl")
	for _, step := range []struct {
		wasm bool
		args []string
	}{
		{true, []string{"build", "-trimpath", "-o", built, "./wasm"}},
		{false, []string{"run", "./tools/wasmlink", built, "--threads", "--first", "wasm/first.txt", "--rest", filepath.Join(dir, "homeroom-rest.wasm"), "-o", linked}},
		{false, []string{"run", "./tools/wasmlink", built, "--threads", "--first", "wasm/first.txt", "--rest", filepath.Join(dir, "homeroom-relaxed-rest.wasm"), "--relaxed", "-o", relaxed}},
		{true, []string{"build", "-trimpath", "-o", shares, "./wasm/share"}},
		{false, []string{"run", "./tools/wasmlink", shares, "--threads", "--part", "-o", sharing}},
		{true, []string{"build", "-trimpath", "-o", element, "./wasm/element"}},
		{false, []string{"run", "./tools/wasmlink", element, "--part", "-o", engine}},
		{false, []string{"run", "./tools/homeroom", "classify", "--top", "1", "--jsonl", named, "site/first"}},
		{false, []string{"run", "./wasm/assemble", "-named", named, "-wasm", linked, "-relaxed", relaxed, "-sharing", sharing, "-engine", engine, "-out", out}},
	} {
		cmd := exec.Command("go", step.args...)
		cmd.Dir = filepath.Join("..", "..")
		if step.wasm {
			cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		} else {
			cmd.Env = append(os.Environ(), "HOMEROOM_WEIGHTS=weights")
		}
		if text, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("go %s: %v\n%s", strings.Join(step.args, " "), err, text)
		}
	}
	return out, nil
}

// chatter lists the hosts that the browsers themselves call on, whatever page is open.
var chatter = map[string]bool{
	"accounts.google.com": true, "clients2.google.com": true, "update.googleapis.com": true, "edgedl.me.gvt1.com": true,
	"optimizationguide-pa.googleapis.com": true, "content-autofill.googleapis.com": true, "redirector.gvt1.com": true,
	"safebrowsingohttpgateway.googleapis.com": true, "android.clients.google.com": true, "www.google.com": true, "mtalk.google.com": true,
	"firefox.settings.services.mozilla.com": true, "content-signature-2.cdn.mozilla.net": true, "push.services.mozilla.com": true, "location.services.mozilla.com": true,
}

// A border is a proxy that lets through what goes to the servers of the tests, and takes down
// everything else.
type border struct {
	*httptest.Server
	mu      sync.Mutex
	known   map[string]bool // host:port
	crossed []string
}

func newBorder() *border {
	b := &border{known: make(map[string]bool)}
	through := &httputil.ReverseProxy{
		Rewrite: func(*httputil.ProxyRequest) {},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			// The server of a test is gone: to the browser that must look like a failed connection.
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				conn.Close()
			}
		},
		Transport: &http.Transport{DisableCompression: true, DialContext: (&net.Dialer{Timeout: 5 * time.Second}).DialContext},
	}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.mu.Lock()
		ok := b.known[r.Host] && r.Method != http.MethodConnect
		if !ok && !chatter[r.URL.Hostname()] {
			b.crossed = append(b.crossed, r.Method+" "+r.URL.String())
		}
		b.mu.Unlock()
		if !ok {
			http.Error(w, "no way out", http.StatusForbidden)
			return
		}
		through.ServeHTTP(w, r)
	}))
	return b
}

func (b *border) open(host string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.known[host] = true
}

// take returns what tried to leave since the last call.
func (b *border) take() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := b.crossed
	b.crossed = nil
	return out
}
