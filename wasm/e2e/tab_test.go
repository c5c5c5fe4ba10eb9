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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
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
	t     *testing.T
	ctx   context.Context
	close func() // lets it go before the test ends
	*server
	mu         sync.Mutex
	complaints []string
	lines      []string // all of the console
	expected   func(complaint string) bool
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
	p.do(chromedp.Navigate(s.URL + "/?" + query))
	return p
}

// start opens the tab, empty.
func (p *tab) start(options []chromedp.ContextOption, scripts ...string) {
	t := p.t
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, append(options, chromedp.WithListener(p.hear))...)
	t.Cleanup(cancel)
	p.ctx, p.close = ctx, cancel
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
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of the first call
		t.Fatal(err)
	}
	p.front() // a new tab may open behind the one before
	for _, script := range scripts {
		call(p, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
	}
}

// hear takes down errors and warnings.
func (p *tab) hear(event any) {
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

func (p *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
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

func evaluate[T any](p *tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

func call[P, R any](p *tab, c cdp.Command[P, R], params P) R {
	p.t.Helper()
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
	tree, err := chromedp.Call(ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		return err.Error()
	}
	var out strings.Builder
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil || n.Name == nil || string(n.Name.Value) == `""` || string(n.Role.Value) == `"InlineTextBox"` {
			continue
		}
		fmt.Fprintf(&out, "%s %s\n", n.Role.Value, n.Name.Value)
	}
	return out.String()
}

// findAll returns the elements with a role and, where not empty, a name, that are not hidden.
func (p *tab) findAll(role, name string) []cdp.BackendNodeID {
	p.t.Helper()
	var out []cdp.BackendNodeID
	for _, n := range call(p, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{}).Nodes {
		if !n.Ignored && n.Role != nil && unquote(n.Role.Value) == role && (name == "" || n.Name != nil && unquote(n.Name.Value) == name) {
			out = append(out, n.BackendDOMNodeID)
		}
	}
	return out
}

// find waits for the one element with a role and a name.
func (p *tab) find(role, name string) cdp.BackendNodeID {
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
func (p *tab) on(node cdp.BackendNodeID, function string, args ...any) json.RawMessage {
	p.t.Helper()
	object := call(p, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: node}).Object
	params := runtime.CallFunctionOnParams{FunctionDeclaration: function, ObjectID: object.ObjectID, ReturnByValue: yes(), AwaitPromise: yes()}
	for _, a := range args {
		value, err := json.Marshal(a)
		if err != nil {
			p.t.Fatal(err)
		}
		params.Arguments = append(params.Arguments, &runtime.CallArgument{Value: value})
	}
	result := call(p, runtime.CallFunctionOn, params)
	if result.ExceptionDetails != nil {
		p.t.Fatalf("%s: %s", function, result.ExceptionDetails.Text)
	}
	return json.RawMessage(result.Result.Value)
}

func yes() *bool { b := true; return &b }

// click presses the mouse on the element with a role and a name.
func (p *tab) click(role, name string) {
	p.t.Helper()
	node := p.find(role, name)
	var at struct{ X, Y float64 }
	if err := json.Unmarshal(p.on(node, `async function () {
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
	p.do(chromedp.MouseClickXY(at.X, at.Y))
}

// press sends a key, with modifiers where wanted.
func (p *tab) press(key string, modifiers ...chromedp.Modifier) {
	p.t.Helper()
	p.do(chromedp.KeyEvent(key, chromedp.KeyModifiers(modifiers...)))
}

// focused is the role and name of the element that has the keyboard.
func (p *tab) focused() string {
	p.t.Helper()
	object := call(p, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.activeElement"}).Result
	part := call(p, accessibility.GetPartialAXTree, accessibility.GetPartialAXTreeParams{ObjectID: object.ObjectID})
	for _, n := range part.Nodes {
		if !n.Ignored && n.Role != nil && n.Name != nil {
			return unquote(n.Role.Value) + " " + unquote(n.Name.Value)
		}
	}
	return ""
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
		document.body.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
		return true;
	})()`)
}

// pick chooses files with a picker, by the picker's label.
func (p *tab) pick(label string, paths ...string) {
	p.t.Helper()
	call(p, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, BackendNodeID: p.find("button", label)})
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
