package e2e

import (
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"homeroom/core/project"
)

// without runs a Chromium of its own that keeps nothing for any page, as where a person blocks site
// data.
func without(t *testing.T) context.Context {
	t.Helper()
	path, err := findChromium()
	if err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(t.TempDir(), "profile")
	if err := os.MkdirAll(filepath.Join(profile, "Default"), 0o700); err != nil {
		t.Fatal(err)
	}
	const block = `{"profile":{"default_content_setting_values":{"cookies":2}}}`
	if err := os.WriteFile(filepath.Join(profile, "Default", "Preferences"), []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.WindowSize(1280, 900), chromedp.Flag("proxy-server", outgoing.URL), chromedp.Flag("proxy-bypass-list", "<-loopback>"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// worksUnkept teaches two classes where nothing is kept, sees that it is said, and saves the
// project as a file.
func worksUnkept(t *testing.T, p *tab, shot string) {
	t.Helper()
	p.wait("ready")
	p.find("heading", "Nothing is kept here.")
	said := ask[string](p, `document.querySelector("#teach-view [role=alert]").textContent`)
	for _, want := range []string{"gone when this tab is closed", "save the project as a file", "allow site data"} {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
	p.shot(shot)
	p.readOnce()
	p.addClass("Cats")
	p.addClass("Fish")
	p.give("Cats", variants(t, "cat.png", 5, 1)...)
	p.give("Fish", variants(t, "goldfish.jpg", 5, 2)...)
	p.until(`/Version 1/.test(document.querySelector("[aria-label=Learning]")?.textContent)`)
	p.give("Cats", variants(t, "cat.png", 80, 21)...) // more than wait to be written elsewhere
	p.until(`document.querySelector(".class-count").textContent.startsWith("85 photos") && !document.querySelector("[aria-label='Reading photos']")`)
	folder := p.downloads()
	read, err := project.Read("x.homeroom", p.saveAs(folder, "*.homeroom"), project.Limits{})
	if err != nil || len(read.Bank.Photos) != 90 {
		t.Errorf("the file does not hold the project: %v", err)
	}
	// What would be lost is asked about.
	p.openMenu()
	p.click("button", "New project")
	p.find("button", "Leave it without saving")
	if n := ask[int](p, `document.querySelectorAll(".class-count").length`); n != 2 {
		t.Error("the project is gone without a question")
	}
	p.shot(shot + "-new")
	p.click("button", "Leave it without saving")
	p.until(`document.querySelectorAll(".class-count").length === 0`)
}

// Where site data is blocked the page names photos and learns, and says that nothing is kept.
func TestSiteDataBlocked(t *testing.T) {
	all := chromium
	chromium = without(t)
	t.Cleanup(func() { chromium = all })
	s := serve(t)
	p := showIn(t, s, "workers=2", nil)
	p.expect(func(string) bool { return true })
	p.wait("ready")
	if locks := ask[string](p, `navigator.locks.request("x", () => "given").catch((e) => e.name)`); locks == "given" {
		t.Fatal("this browser does not block site data")
	}
	p.drop(file{"one.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)}, file{"two.jpg", "image/jpeg", asJPEG(t, sized(t, 200, 240), 90)})
	for _, c := range p.settle(2) {
		checkNamed(t, c)
	}
	q := showIn(t, s, "workers=1#teach", nil)
	q.expect(func(string) bool { return true })
	worksUnkept(t, q, "blocked")
}

// A database that throws at open or at put does not end the program.
func TestIndexedDBThatThrows(t *testing.T) {
	p := teach(t, "workers=1", `IDBFactory.prototype.open = () => { throw new DOMException("the store is not to be had", "SecurityError"); };`)
	worksUnkept(t, p, "throws")

	q := teach(t, "workers=1", `
		const put = IDBObjectStore.prototype.put;
		IDBObjectStore.prototype.put = function (...args) {
			if (window.throws) throw new DOMException("it cannot be put", "DataCloneError");
			return put.apply(this, args);
		};`)
	q.twoClasses(3)
	q.learnt(1)
	q.saved()
	ask[any](q, "window.throws = true")
	q.addClass("Birds")
	q.find("heading", "The latest changes are not saved.")
	if said := ask[string](q, `document.querySelector("#teach-view [role=alert]").textContent`); !strings.Contains(said, "it cannot be put") {
		t.Errorf("it does not say why: %s", said)
	}
	// "New project" does not lose them: it asks.
	q.openMenu()
	q.click("button", "New project")
	q.find("button", "Leave it without saving")
	q.find("textbox", "Name of the class Birds")
	q.shot("unsaved-new")
	ask[any](q, "window.throws = false")
	q.click("button", "Try again")
	q.saved()
	q.do(chromedp.Reload())
	q.wait("ready")
	q.find("textbox", "Name of the class Birds")
}

// wholeFile makes the page as one file.
func wholeFile(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	whole := filepath.Join(folder, "homeroom.html")
	cmd := exec.Command("go", "run", "./wasm/assemble", "-draft", "-wasm", filepath.Join(dist, "homeroom.wasm"), "-relaxed", filepath.Join(dist, "homeroom-relaxed.wasm"), "-sharing", filepath.Join(dist, "homeroom-sharing.wasm"), "-engine", engineOf(t),
		"-out", filepath.Join(folder, "dist"), "-single", whole)
	cmd.Dir = filepath.Join("..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("assemble: %v\n%s", err, out)
	}
	return whole
}

// A page as one file in a sandboxed frame, which has no origin, starts, names photos and learns.
func TestSandboxedSingleFile(t *testing.T) {
	long(t)
	whole, err := os.ReadFile(wholeFile(t))
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/whole" {
			return false
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "sandbox allow-scripts allow-downloads")
		_, _ = w.Write(whole)
		return true
	})
	p := &tab{t: t, server: s}
	p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
	p.expect(func(string) bool { return true })
	p.do(chromedp.Navigate(s.URL + "/whole?workers=1"))
	if origin := ask[string](p, "self.origin"); origin != "null" {
		t.Fatalf("the frame has the origin %s", origin)
	}
	p.wait("ready")
	p.drop(file{"one.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])
	p.do(chromedp.Navigate(s.URL + "/whole?workers=1#teach"))
	worksUnkept(t, p, "sandboxed")
}

// A page as one file that was cut short says so, wherever that was, and what to do.
func TestSingleFileCutShort(t *testing.T) {
	whole, err := os.ReadFile(wholeFile(t))
	if err != nil {
		t.Fatal(err)
	}
	at := func(mark string) int {
		i := strings.Index(string(whole), mark)
		if i < 0 {
			t.Fatalf("there is no %s in the file", mark)
		}
		return i + len(mark) + 1000
	}
	damaged := []byte(strings.Clone(string(whole)))
	for i := at(`data-part="weights/efficientnet-lite0-compact.pack"`); ; i++ {
		if c := damaged[i]; c >= 'A' && c < 'Z' {
			damaged[i]++
			break
		}
	}
	for _, c := range []struct {
		name string
		data []byte
		says []string
	}{
		{"before the program", whole[:strings.Index(string(whole), `data-part="worker.js"`)], []string{"cut short", "copy it again"}},
		{"in the program", whole[:at(`data-part="homeroom-relaxed.wasm"`)], []string{"cut short", "copy it again"}},
		{"in the list", whole[:at(`data-part="weights/catalog.json"`)-900], []string{"cut short", "list of networks"}},
		{"in the network", whole[:at(`data-part="weights/efficientnet-lite0-compact.pack"`)], []string{"cut short", "efficientnet-lite0-compact.pack", "again"}},
		{"one damaged byte", damaged, []string{"damaged", "efficientnet-lite0-compact.pack", "again"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "cut.html")
			if err := os.WriteFile(path, c.data, 0o600); err != nil {
				t.Fatal(err)
			}
			p := &tab{t: t, server: &server{}}
			p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
			p.expect(func(string) bool { return true })
			p.do(chromedp.Navigate("file://" + path + "?workers=1"))
			p.find("button", "Retry")
			said := ask[string](p, "document.querySelector('#fault').innerText")
			for _, want := range c.says {
				if !strings.Contains(said, want) {
					t.Errorf("it does not say %q: %s", want, said)
				}
			}
			if strings.Contains(said, "404") || strings.Contains(said, "server") {
				t.Errorf("it speaks of a server: %s", said)
			}
			p.shot("cut-" + strings.ReplaceAll(c.name, " ", "-"))
		})
	}
}
