package e2e

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a test waits for the page to come to a state. It is no measure of speed: the
// machine may be busy, and the program may be built without SIMD.
const patience = 90 * time.Second

// policy is what the page must live with; the server of the tests sends it too.
const policy = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' blob: data:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// A server serves the finished page on an origin of its own.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	change func(w http.ResponseWriter, r *http.Request) bool // answers a request in place of the page's file
}

func serve(t *testing.T) *server {
	t.Helper()
	s := new(server)
	files := http.FileServerFS(os.DirFS(dist))
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		change := s.change
		s.mu.Unlock()
		if change != nil && change(w, r) {
			return
		}
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Cache-Control", "no-cache")
		// As a host that compresses, by which the page knows that it need not unpack the program
		// itself.
		if data, err := os.ReadFile(filepath.Join(dist, "boot.js.gz")); err == nil && r.URL.Path == "/boot.js" {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("Content-Type", "text/javascript")
			_, _ = w.Write(data)
			return
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	outgoing.open(strings.TrimPrefix(s.URL, "http://"))
	return s
}

func (s *server) set(change func(w http.ResponseWriter, r *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.change = change
}

// A tab is one open page and what it said.
type tab struct {
	t       *testing.T
	browser driver
	ctx     context.Context // Chromium's, for what it alone can do
	close   func()          // lets it go before the test ends
	*server
	mu         sync.Mutex
	complaints []string
	lines      []string // all of the console
	expected   func(complaint string) bool
	trace      []traceEvent
	traceEnded chan struct{}
}

// open shows the page in a fresh browser profile and waits until it is ready. The query has no
// question mark.
func open(t *testing.T, query string) *tab {
	t.Helper()
	p := show(t, serve(t), query)
	p.wait("ready")
	return p
}

// show opens the page without waiting for it. Scripts run in the page before its own.
func show(t *testing.T, s *server, query string, scripts ...string) *tab {
	t.Helper()
	return showIn(t, s, query, []chromedp.ContextOption{chromedp.WithNewBrowserContext()}, scripts...)
}

// showIn opens the page in a browser profile that the options make; without, in the one that all
// tests share.
func showIn(t *testing.T, s *server, query string, options []chromedp.ContextOption, scripts ...string) *tab {
	t.Helper()
	p := &tab{t: t, server: s}
	p.start(options, scripts...)
	p.navigate(s.URL + "/?" + query)
	return p
}

// start opens the tab, empty.
func (p *tab) start(options []chromedp.ContextOption, scripts ...string) {
	t := p.t
	t.Helper()
	if firefox != nil {
		b, err := firefox.tab(p.complain)
		if err != nil {
			t.Fatal(err)
		}
		p.browser, p.ctx, p.close = b, context.Background(), b.close
		t.Cleanup(b.close)
	} else {
		ctx, cancel := chromedp.NewContext(chromium, append(options, chromedp.WithListener(p.hear))...)
		t.Cleanup(cancel)
		p.browser, p.ctx, p.close = chromiumTab{}, ctx, cancel
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the page at the end:\n%s", p.tree())
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if t.Failed() {
			t.Logf("the console:\n%s", strings.Join(p.lines, "\n"))
		}
		for _, c := range p.complaints {
			if p.expected == nil || !p.expected(c) {
				t.Errorf("in the console: %s", c)
			}
		}
		for _, request := range outgoing.take() {
			t.Errorf("left the origin: %s", request)
		}
	})
	if firefox == nil {
		if err := chromedp.Do(p.ctx); err != nil { // the tab lives as long as the context of the first call
			t.Fatal(err)
		}
	}
	p.front() // a new tab may open behind the one before
	for _, script := range scripts {
		p.must(func(ctx context.Context) error { return p.browser.start(ctx, script) })
	}
}

// must does a step of the browser's, which is not to fail.
func (p *tab) must(step func(ctx context.Context) error) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := step(ctx); err != nil {
		p.t.Fatal(err)
	}
}

// navigate opens an address, reloads loads the page again, and window sets the window's size.
func (p *tab) navigate(url string) {
	p.t.Helper()
	p.must(func(ctx context.Context) error { return p.browser.navigate(ctx, url) })
}

func (p *tab) reloads() {
	p.t.Helper()
	p.must(p.browser.reload)
}

func (p *tab) window(width, height int64) {
	p.t.Helper()
	p.must(func(ctx context.Context) error { return p.browser.window(ctx, width, height) })
}

// complain takes down a line of the console, and whether it is an error or a warning.
func (p *tab) complain(line string, bad bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line)
	if bad {
		p.complaints = append(p.complaints, line)
	}
}

// hear takes down errors and warnings.
func (p *tab) hear(event any) {
	p.hearTrace(event)
	complaint := ""
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		line := ""
		for _, a := range e.Args {
			line += fmt.Sprintf("%s %s ", a.Value, a.Description)
		}
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
		if e.Type == "error" || e.Type == "warning" || e.Type == "assert" {
			complaint = line
		}
	case *runtime.EventExceptionThrown:
		complaint = e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			complaint += " " + e.ExceptionDetails.Exception.Description
		}
	case *log.EventEntryAdded:
		// What was fetched ahead is used once the program runs, which a busy machine begins late.
		late := strings.Contains(e.Entry.Text, "preloaded using link preload but not used within a few seconds")
		if (e.Entry.Level == "error" || e.Entry.Level == "warning") && !late {
			complaint = e.Entry.Text + " " + e.Entry.URL
		}
	}
	if complaint != "" {
		p.mu.Lock()
		p.complaints = append(p.complaints, complaint)
		p.mu.Unlock()
	}
}

// expect says which complaints belong to the test.
func (p *tab) expect(which func(complaint string) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = which
}

// do takes steps that Chromium alone knows.
func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	p.chromiumOnly()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatal(err)
	}
}

// ask evaluates an expression in the page; it may be a promise.
func ask[T any](p *tab, expression string) T {
	p.t.Helper()
	v, err := evaluate[T](p, expression)
	if err != nil {
		p.t.Fatalf("%v, asking %.200s", err, expression)
	}
	return v
}

func evaluate[T any](p *tab, expression string) (v T, err error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	data, err := p.browser.evaluate(ctx, expression)
	if err != nil {
		return v, err
	}
	if len(data) == 0 || string(data) == "null" {
		switch reflect.TypeFor[T]().Kind() {
		case reflect.Interface, reflect.Map, reflect.Pointer, reflect.Slice:
			return v, nil
		}
		return v, fmt.Errorf("there is no value in place of a %T", v)
	}
	return v, json.Unmarshal(data, &v)
}

// chromiumOnly ends a test that is not for the browser that runs.
func (p *tab) chromiumOnly() {
	p.t.Helper()
	if firefox != nil {
		p.t.Fatal("this test does what only Chromium's protocol can")
	}
}

// call gives Chromium a command of its protocol.
func call[P, R any](p *tab, c cdp.Command[P, R], params P) R {
	p.t.Helper()
	p.chromiumOnly()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	r, err := chromedp.Call(ctx, c, params)
	if err != nil {
		p.t.Fatalf("%s: %v", c.Method, err)
	}
	return r
}

// until waits for an expression to be true. Between two documents, as when the page loads itself
// again, there is nothing to ask, which counts as not yet.
func (p *tab) until(expression string) {
	p.t.Helper()
	p.untilWithin(patience, expression)
}

// untilWithin is until with a patience of its own.
func (p *tab) untilWithin(patience time.Duration, expression string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		is, err := evaluate[bool](p, "Promise.resolve("+expression+").then(Boolean)")
		if is && err == nil {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("the page never came to: %s\nthe last answer was %v, error %v; data-state is %s, data-error %s", expression, is, err,
				ask[string](p, "document.documentElement.dataset.state"), ask[string](p, "document.documentElement.dataset.error || 'none'"))
		}
		if failed, err := evaluate[string](p, "document.documentElement.dataset.error || ''"); err == nil && failed != "" {
			p.t.Fatalf("the page stopped with %q before it came to: %s", failed, expression)
		}
	}
}

// wait waits for the page's state.
func (p *tab) wait(state string) {
	p.t.Helper()
	p.until(fmt.Sprintf("document.documentElement.dataset.state === %q", state))
}

// tree is the page as assistive software sees it.
func (p *tab) tree() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	return p.browser.tree(ctx)
}

// findAll returns the elements with a role and, where not empty, a name, that are not hidden.
func (p *tab) findAll(role, name string) (found []node) {
	p.t.Helper()
	p.must(func(ctx context.Context) (err error) {
		found, err = p.browser.findAll(ctx, role, name)
		return err
	})
	return found
}

// find waits for the one element with a role and a name.
func (p *tab) find(role, name string) node {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		found := p.findAll(role, name)
		if len(found) == 1 {
			return found[0]
		}
		if time.Now().After(end) {
			p.t.Fatalf("there are %d elements with the role %s and the name %q", len(found), role, name)
		}
	}
}

// on calls a function of the page on an element.
func (p *tab) on(n node, function string, args ...any) (result json.RawMessage) {
	p.t.Helper()
	given := make([]json.RawMessage, len(args))
	for i, a := range args {
		var err error
		if given[i], err = json.Marshal(a); err != nil {
			p.t.Fatal(err)
		}
	}
	p.must(func(ctx context.Context) (err error) {
		result, err = p.browser.call(ctx, n, function, given)
		return err
	})
	return result
}

// click presses the mouse on the element with a role and a name.
func (p *tab) click(role, name string) {
	p.t.Helper()
	var at struct{ X, Y float64 }
	if err := json.Unmarshal(p.on(p.find(role, name), `async function () {
		let box, last;
		do { // cards that come into view may move what is below them
			last = box;
			this.scrollIntoView({block: "center", behavior: "instant"});
			await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
			box = this.getBoundingClientRect();
		} while (!last || last.x !== box.x || last.y !== box.y);
		return {X: box.x + box.width / 2, Y: box.y + box.height / 2};
	}`), &at); err != nil {
		p.t.Fatal(err)
	}
	p.must(func(ctx context.Context) error { return p.browser.click(ctx, at.X, at.Y) })
}

// press sends a key, with modifiers where wanted.
func (p *tab) press(key string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.must(func(ctx context.Context) error { return p.browser.press(ctx, key, modifiers...) })
}

// focused is the role and name of the element that has the keyboard.
func (p *tab) focused() (what string) {
	p.t.Helper()
	p.must(func(ctx context.Context) error {
		role, name, err := p.browser.focused(ctx)
		if what = role + " " + name; role == "" {
			what = ""
		}
		return err
	})
	return what
}

func unquote[S ~[]byte](value S) string {
	var s string
	if json.Unmarshal(value, &s) != nil {
		return string(value)
	}
	return s
}

// A file is something to give to the page.
type file struct {
	name string
	kind string // media type
	data []byte
}

// inPage is JavaScript that makes the files, as an array called files.
func inPage(files []file) string {
	var out strings.Builder
	out.WriteString("const files = [];\n")
	for _, f := range files {
		fmt.Fprintf(&out, "files.push(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], %q, {type: %q}));\n",
			base64.StdEncoding.EncodeToString(f.data), f.name, f.kind)
	}
	return out.String()
}

// drop lets files go over the page.
func (p *tab) drop(files ...file) {
	p.t.Helper()
	ask[bool](p, `(() => {
		`+inPage(files)+`
		const dataTransfer = new DataTransfer();
		for (const f of files) dataTransfer.items.add(f);
		const target = document.querySelector("main");
		for (const kind of ["dragenter", "dragover", "drop"]) {
			const event = new DragEvent(kind, {dataTransfer, bubbles: true, cancelable: true});
			target.dispatchEvent(event);
			if (kind !== "dragenter" && !event.defaultPrevented) throw new Error(kind + " was left to the browser");
		}
		return true;
	})()`)
}

// paste pastes files into the page.
func (p *tab) paste(files ...file) {
	p.t.Helper()
	ask[bool](p, `(() => {
		`+inPage(files)+`
		const clipboardData = new DataTransfer();
		for (const f of files) clipboardData.items.add(f);
		const event = new ClipboardEvent("paste", {bubbles: true, cancelable: true});
		Object.defineProperty(event, "clipboardData", {value: clipboardData}); // which Firefox does not take from scripts
		document.body.dispatchEvent(event);
		return true;
	})()`)
}

// pick chooses files with a picker, by the picker's label.
func (p *tab) pick(label string, paths ...string) {
	p.t.Helper()
	n := p.find("button", label)
	p.must(func(ctx context.Context) error { return p.browser.choose(ctx, n, paths) })
}

// A card is what a photo's list item says.
type card struct {
	File, Label, Score, Error, Text, Alt string
	Rows                                 int
	Picture                              bool // its thumbnail shows
}

// cards are the items of the list called Photos, in order.
func (p *tab) cards() []card {
	p.t.Helper()
	if len(p.findAll("list", "Photos")) == 0 {
		return nil
	}
	var out []card
	if err := json.Unmarshal(p.on(p.find("list", "Photos"), `function () {
		return [...this.children].map((li) => ({
			File: li.dataset.file, Label: li.dataset.label || "", Score: li.dataset.score || "", Error: li.dataset.error || "",
			Text: li.textContent, Alt: li.querySelector("img")?.alt ?? "", Rows: li.querySelectorAll("dt:not(.others dt)").length,
			Picture: li.querySelector("img")?.hidden === false,
		}));
	}`), &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// settle waits until n cards are there and the page is ready again, and returns them.
func (p *tab) settle(n int) []card {
	p.t.Helper()
	p.until(fmt.Sprintf("document.querySelectorAll('li[data-file]').length === %d && document.documentElement.dataset.state === 'ready'", n))
	return p.cards()
}
