package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// kept is JavaScript: whether an own copy of the page is kept for use without a connection.
const kept = `caches.keys().then((names) => names.some((n) => n.startsWith("homeroom-") && n !== "homeroom-weights"))`

// served reads a file of the finished page.
func served(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dist, filepath.FromSlash(path)))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A program that was answered wrongly once, on the very first visit, is not kept: the page says so,
// nothing is stored, and Retry gets the right one.
func TestDamagedProgramIsNotKept(t *testing.T) {
	program := served(t, "homeroom-relaxed.wasm")
	damaged := bytes.Clone(program)
	damaged[bytes.Index(damaged, []byte("Fetching the list of networks"))] ^= 0x20 // compiles as well as the right one
	for _, c := range []struct {
		name string
		data []byte
		says string
	}{{"damaged", damaged, "damaged, or of another version"}, {"cut short", program[:len(program)/2], "could not start"}} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			var once atomic.Bool
			s.set(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != "/homeroom-relaxed.wasm" || once.Swap(true) {
					return false
				}
				w.Header().Set("Content-Type", "application/wasm")
				w.Header().Set("Cache-Control", "max-age=31536000, immutable") // the browser's own cache has it for good
				_, _ = w.Write(c.data)
				return true
			})
			p := show(t, s, "workers=1")
			p.expect(func(string) bool { return true })
			p.find("button", "Retry")
			if said := ask[string](p, "document.querySelector('#fault').innerText"); !strings.Contains(said, c.says) {
				t.Errorf("it says %q", said)
			}
			p.shot("program-" + c.name)
			if ask[bool](p, kept) || ask[bool](p, "navigator.serviceWorker.getRegistration().then(Boolean)") {
				t.Error("something of it is kept")
			}
			p.click("button", "Retry")
			p.wait("ready")
			p.until(kept)
			p.do(chromedp.Reload())
			p.wait("ready")
		})
	}
}

// What the service worker itself is answered wrongly is not kept either, the list of networks
// included.
func TestServiceWorkerChecksWhatItKeeps(t *testing.T) {
	for _, path := range []string{"/homeroom-relaxed.wasm", "/weights/catalog.json", "/worker.js"} {
		s := serve(t)
		var wrong, ready atomic.Bool
		wrong.Store(true)
		s.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != path || !ready.Load() || !wrong.Load() {
				return false
			}
			_, _ = w.Write([]byte("please sign in to this network"))
			return true
		})
		p := show(t, s, "workers=1", `new MutationObserver((_, o) => {
			if (document.documentElement?.dataset.state === "ready") { o.disconnect(); fetch("/ready-now"); }
		}).observe(document, {attributes: true, subtree: true, attributeFilter: ["data-state"]});
		const register = navigator.serviceWorker.register;
		navigator.serviceWorker.register = async function (...args) { await new Promise((later) => { window.goOn = later; }); return register.apply(this, args); };`)
		p.expect(func(string) bool { return true })
		p.wait("ready")
		p.until("Boolean(window.goOn)") // it registers once ready, and not before
		ready.Store(true)
		ask[any](p, "window.goOn()")
		p.until(`/offline use off \(its files did not arrive as they should\)/.test(document.querySelector("#engine").textContent)`)
		if ask[bool](p, kept) || ask[bool](p, "navigator.serviceWorker.getRegistration().then((r) => Boolean(r?.active))") {
			t.Errorf("with a wrong %s something is kept", path)
		}
		p.shot("not-kept")
		wrong.Store(false)
		p.do(chromedp.Reload())
		p.wait("ready")
		p.until("Boolean(window.goOn)")
		ask[any](p, "window.goOn()")
		p.until(kept)
	}
}

// otherBuild puts the page together once more, with another style and a worker that tells of
// itself.
func otherBuild(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	site := filepath.Join(folder, "site")
	if err := os.CopyFS(site, os.DirFS(filepath.Join("..", "..", "site"))); err != nil {
		t.Fatal(err)
	}
	worker, err := os.ReadFile(filepath.Join(site, "worker.js"))
	if err == nil {
		err = os.WriteFile(filepath.Join(site, "worker.js"), append(worker, "\n// the other build\n"...), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(folder, "dist")
	cmd := exec.Command("go", "run", "./wasm/assemble", "-draft", "-site", site, "-wasm", filepath.Join(dist, "homeroom.wasm"), "-relaxed", filepath.Join(dist, "homeroom-relaxed.wasm"), "-sharing", filepath.Join(dist, "homeroom-sharing.wasm"), "-engine", engineOf(t), "-out", out)
	cmd.Dir = filepath.Join("..", "..")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("assemble: %v\n%s", err, text)
	}
	return out
}

// With two tabs open, a newer build waits: each tab ends with the build that it began with. Once
// one is left, that takes the newer one when it is loaded again.
func TestTabStaysOnItsBuild(t *testing.T) {
	newer := http.FileServerFS(os.DirFS(otherBuild(t)))
	s := serve(t)
	first := showIn(t, s, "workers=1", nil)
	first.wait("ready")
	first.until("navigator.serviceWorker.controller")
	build := ask[string](first, "document.documentElement.dataset.build")
	var later atomic.Bool
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if later.Load() {
			w.Header().Set("Cache-Control", "no-cache")
			newer.ServeHTTP(w, r)
		}
		return later.Load()
	})
	later.Store(true)
	second := showIn(t, s, "workers=1", nil)
	second.wait("ready")
	ask[any](second, "navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true)")
	second.until("navigator.serviceWorker.getRegistration().then((r) => r.waiting)")
	second.do(chromedp.Reload())
	second.wait("ready")
	if got := ask[string](second, "document.documentElement.dataset.build"); got != build {
		t.Error("the newer build took over although another tab is on the older one")
	}
	// The tab that was there first still gets its own worker.
	if ask[bool](first, `fetch("worker.js").then((r) => r.text()).then((t) => t.includes("the other build"))`) {
		t.Error("the first tab is answered from the newer build")
	}
	first.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, first.settle(1)[0])
	first.do(chromedp.Navigate("about:blank"))
	for range 5 { // the tab that was left may still be there for a moment
		second.do(chromedp.Reload())
		second.wait("ready")
		if ask[string](second, "document.documentElement.dataset.build") != build {
			break
		}
	}
	second.wait("ready")
	if !ask[bool](second, `fetch("worker.js").then((r) => r.text()).then((t) => t.includes("the other build"))`) {
		t.Error("after that it is not the newer build")
	}
	second.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, second.settle(1)[0])
}

// A tab that is loaded while another drops the build which it began with starts anew, whole, on the
// newer one.
func TestTabWhoseBuildIsDroppedStartsAnew(t *testing.T) {
	long(t)
	newer := http.FileServerFS(os.DirFS(otherBuild(t)))
	s := serve(t)
	var later atomic.Bool
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if later.Load() {
			w.Header().Set("Cache-Control", "no-cache")
			newer.ServeHTTP(w, r)
		}
		return later.Load()
	})
	first := showIn(t, s, "workers=1", nil)
	first.wait("ready")
	first.until("navigator.serviceWorker.controller")
	build := ask[string](first, "document.documentElement.dataset.build")
	later.Store(true)
	ask[any](first, "navigator.serviceWorker.getRegistration().then((r) => r.update()).then(() => true)")
	first.until("navigator.serviceWorker.getRegistration().then((r) => r.waiting)")
	second := showIn(t, s, "workers=1", nil, `const request = navigator.locks.request;
		navigator.locks.request = async function (name, ...args) {
			if (name.startsWith("homeroom tabs ") && args[0].mode === "shared" && !sessionStorage.held) {
				sessionStorage.held = "yes";
				await new Promise((later) => { window.goOn = later; });
			}
			return request.call(this, name, ...args);
		};`)
	second.until("Boolean(window.goOn)")
	if got := ask[string](second, "document.documentElement.dataset.build"); got != build {
		t.Fatal("the second tab does not begin with the build that the first is on")
	}
	first.do(chromedp.Navigate("about:blank"))
	third := showIn(t, s, "workers=1", nil)
	for range 5 { // the tab that was left may still be there for a moment
		third.wait("ready")
		if ask[string](third, "document.documentElement.dataset.build") != build {
			break
		}
		third.do(chromedp.Reload())
	}
	ask[any](second, "window.goOn()")
	second.until(fmt.Sprintf("document.documentElement.dataset.build !== %q", build))
	second.wait("ready")
	if !ask[bool](second, `fetch("worker.js").then((r) => r.text()).then((t) => t.includes("the other build"))`) {
		t.Error("after that it is not the newer build")
	}
	second.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, second.settle(1)[0])
}
