package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// firstPack is the file of the first network in the catalogue.
func firstPack(t *testing.T) (path string, data []byte) {
	t.Helper()
	catalog, err := os.ReadFile(filepath.Join(dist, "weights", "catalog.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct{ File string }
	if err := json.Unmarshal(catalog, &list); err != nil {
		t.Fatal(err)
	}
	data, err = os.ReadFile(filepath.Join(dist, "weights", list[0].File))
	if err != nil {
		t.Fatal(err)
	}
	return "/weights/" + list[0].File, data
}

// Whatever goes wrong with a download, the page says what, why and what to do, and Retry gets it
// going again.
func TestDownloadsThatGoWrong(t *testing.T) {
	pack, data := firstPack(t)
	spoilt := bytes.Clone(data)
	spoilt[len(spoilt)/2] ^= 1
	for _, c := range []struct {
		name, path string
		answer     func(w http.ResponseWriter)
		says       []string
	}{
		{"missing pack", pack, func(w http.ResponseWriter) { http.Error(w, "no such file", http.StatusNotFound) },
			[]string{"could not be fetched", "404", strings.TrimPrefix(pack, "/")}},
		{"pack cut short", pack, func(w http.ResponseWriter) { _, _ = w.Write(data[:len(data)/3]) },
			[]string{"incomplete", "Press Retry"}},
		{"connection lost", pack, func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:len(data)/2])
			panic(http.ErrAbortHandler)
			// Whether some of it had arrived when the program asked is a matter of chance.
		}, []string{strings.TrimPrefix(pack, "/"), "ress Retry"}},
		{"damaged pack", pack, func(w http.ResponseWriter) { _, _ = w.Write(spoilt) },
			[]string{"damaged", "checksum"}},
		{"pack that goes on", pack, func(w http.ResponseWriter) { _, _ = w.Write(append(bytes.Clone(data), "more"...)) },
			[]string{"damaged", "checksum"}},
		{"missing list", "/weights/catalog.json", func(w http.ResponseWriter) { http.Error(w, "no such file", http.StatusNotFound) },
			[]string{"list of networks", "404"}},
		{"list that is none", "/weights/catalog.json", func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) },
			[]string{"list of networks", "not what it should be"}},
		{"missing program", "/homeroom-relaxed.wasm", func(w http.ResponseWriter) { http.Error(w, "no such file", http.StatusNotFound) },
			[]string{"could not start", "404"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t)
			var broken atomic.Bool
			var asked atomic.Int32 // how often the file was asked for while it was wrong
			broken.Store(true)
			s.set(func(w http.ResponseWriter, r *http.Request) bool {
				if r.URL.Path != c.path || !broken.Load() {
					return false
				}
				asked.Add(1)
				c.answer(w)
				return true
			})
			p := show(t, s, "workers=1")
			p.expect(func(complaint string) bool {
				return strings.Contains(complaint, "Failed to load resource") && strings.Contains(complaint, c.path)
			})
			retry := p.find("button", "Retry")
			alert := string(p.on(p.findAll("alert", "")[0], "function () { return this.innerText; }"))
			for _, want := range c.says {
				if !strings.Contains(alert, want) {
					t.Errorf("the message is %s, without %q", alert, want)
				}
			}
			if state := ask[string](p, "document.documentElement.dataset.state + ' ' + ('error' in document.documentElement.dataset)"); state != "loading true" {
				t.Errorf("the page's state is %s, want loading with an error", state)
			}
			// It stays wrong for as long as it is wrong.
			before := asked.Load()
			p.on(retry, "function () { this.click(); }")
			for deadline := time.Now().Add(patience); asked.Load() == before && time.Now().Before(deadline); {
				time.Sleep(20 * time.Millisecond)
			}
			p.find("button", "Retry")
			broken.Store(false)
			p.click("button", "Retry")
			p.wait("ready")
			if n := len(p.findAll("alert", "")); n != 0 {
				t.Error("the message is still there")
			}
			p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
			checkNamed(t, p.settle(1)[0])
		})
	}
}

func TestOldBrowsersAreTold(t *testing.T) {
	for _, c := range []struct{ script, want string }{
		{"WebAssembly.validate = () => false;", "WebAssembly SIMD"},
		{"delete window.WebAssembly;", "WebAssembly"},
		{"delete window.Worker;", "Web Workers"},
	} {
		p := show(t, serve(t), "", c.script)
		p.find("heading", "This browser cannot run Homeroom.")
		if text := ask[string](p, "document.querySelector('[role=alert]').innerText"); !strings.Contains(text, "no "+c.want+".") {
			t.Errorf("without %s the page says %q", c.want, text)
		}
		if n := len(p.findAll("button", "Retry")); n != 0 {
			t.Error("trying again is offered where it cannot help")
		}
	}
}

func TestOptionsInTheAddress(t *testing.T) {
	p := show(t, serve(t), "size=160&workers=1", workersSeen)
	p.wait("ready")
	if n := ask[int](p, "workersSeen.length"); n != 1 {
		t.Errorf("workers=1 gives %d workers", n)
	}
	if size := ask[string](p, "document.querySelector('#size').value"); size != "160" {
		t.Errorf("size=160 gives %s", size)
	}
	if text := ask[string](p, "document.querySelector('footer').innerText"); !strings.Contains(text, "1 worker,") || !strings.Contains(text, "SIMD on") {
		t.Errorf("the footer says %q", text)
	}
	q := open(t, "model=nonsense&size=-7&workers=lots")
	q.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 64, 64), 90)})
	checkNamed(t, q.settle(1)[0])
}

// Another network or another input size names the photos again.
func TestChoosingNetworkAndSize(t *testing.T) {
	p := open(t, "")
	p.pick("Use my photos", photoPaths(t)[:2]...)
	before := p.settle(2)
	choose := func(label, value string) []card {
		p.on(p.find("combobox", label), `function (value) {
			this.value = value;
			this.dispatchEvent(new Event("change", {bubbles: true}));
		}`, value)
		p.wait("loading")
		return p.settle(2)
	}
	small := choose("Input size", "128")
	if small[0].Score == before[0].Score {
		t.Error("another input size gives the very same score")
	}
	if !strings.Contains(ask[string](p, "location.search"), "size=128") {
		t.Error("the size is not in the address")
	}
	if again := choose("Input size", "224"); again[0].Score != before[0].Score {
		t.Errorf("back at the first size the score is %s, it was %s", again[0].Score, before[0].Score)
	}
	names := ask[[]string](p, "[...document.querySelector('#model').options].map((o) => o.value)")
	if len(names) < 2 {
		t.Fatalf("the networks to choose from are %q", names)
	}
	other := choose("Network", names[1])
	checkNamed(t, other[0])
	if other[0].Score == before[0].Score {
		t.Error("another network gives the very same score")
	}
	if !strings.Contains(ask[string](p, "location.search"), "model="+names[1]) {
		t.Error("the network is not in the address")
	}
}

func TestWorksOffline(t *testing.T) {
	s := serve(t)
	p := show(t, s, "workers=1")
	p.wait("ready")
	ask[bool](p, "navigator.serviceWorker.ready.then(() => true)")
	p.until("navigator.serviceWorker.controller")
	pack, _ := firstPack(t)
	for !ask[bool](p, fmt.Sprintf("caches.match(%q, {ignoreSearch: true}).then(Boolean)", pack)) {
	}
	s.Close()
	p.expect(func(complaint string) bool { return strings.Contains(complaint, "sw.js") }) // the browser looks for a newer one
	p.reloads()
	p.wait("ready")
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])
	if !ask[bool](p, "crossOriginIsolated") {
		t.Error("the service worker did not make the page cross-origin isolated")
	}
}

func TestPolicyIsStrict(t *testing.T) {
	p := open(t, "")
	meta := ask[string](p, "document.querySelector('meta[http-equiv=Content-Security-Policy]').content")
	if want := strings.TrimSuffix(policy, "; frame-ancestors 'none'"); meta != want {
		t.Errorf("the page's policy is\n%s\nwant\n%s", meta, want)
	}
	html, err := os.ReadFile(filepath.Join(dist, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	for _, inline := range []string{`<script>`, `<style`, ` style="`, ` onclick=`, ` onload=`, `javascript:`, `http://`, `//cdn`} {
		if bytes.Contains(html, []byte(inline)) {
			t.Errorf("index.html contains %s", inline)
		}
	}
	// The border of these tests does hold, and the policy holds before it.
	p.expect(func(complaint string) bool { return strings.Contains(complaint, "elsewhere.example") })
	if got := ask[string](p, "fetch('http://elsewhere.example/').then(() => 'sent', () => 'held')"); got != "held" {
		t.Errorf("a request to another origin was %s", got)
	}
}

// A page of another origin shows that the border sees what leaves: without that, silence would
// prove nothing.
func TestBorderSeesWhatLeaves(t *testing.T) {
	s := serve(t)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/leak" {
			return false
		}
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(`<img src="http://elsewhere.example/pixel.gif">`))
		return true
	})
	p := show(t, s, "")
	p.wait("ready")
	p.expect(func(string) bool { return true })
	p.navigate(s.URL + "/leak")
	crossed := strings.Join(outgoing.take(), " ")
	if !strings.Contains(crossed, "elsewhere.example/pixel.gif") {
		t.Errorf("the border saw %q", crossed)
	}
}

func TestNothingIsWiderThanAPhone(t *testing.T) {
	p := open(t, "")
	p.window(320, 640)
	p.pick("Use my photos", photoPaths(t)[0])
	p.drop(file{strings.Repeat("a long name ", 12) + ".jpg", "image/jpeg", nil})
	p.settle(2)
	if wide := ask[int](p, "document.documentElement.scrollWidth"); wide > 320 {
		t.Errorf("at 320 pixels the page is %d wide", wide)
	}
	small := ask[[]string](p, `[...document.querySelectorAll("button, label.button, select")]
		.filter((e) => e.offsetParent && Math.min(e.getBoundingClientRect().width, e.getBoundingClientRect().height) < 24)
		.map((e) => e.outerHTML.slice(0, 80))`)
	if len(small) > 0 {
		t.Errorf("too small to touch: %q", small)
	}
}

// Text stands out from what is behind it as WCAG 2.2 AA asks: 4.5 to 1, and 3 to 1 for the edges of
// controls.
func TestColoursHaveContrast(t *testing.T) {
	css, err := os.ReadFile(filepath.Join(dist, "style.css"))
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`(?s):root \{(.*?)\}`).FindAllSubmatch(css, 2)
	if len(roots) != 2 {
		t.Fatalf("style.css has %d sets of colours, want a light and a dark one", len(roots))
	}
	for i, name := range []string{"light", "dark"} {
		colours := make(map[string]float64)
		for _, m := range regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`).FindAllSubmatch(roots[i][1], -1) {
			v, err := strconv.ParseUint(string(m[2]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			channel := func(shift int) float64 {
				c := float64(v>>shift&255) / 255
				if c <= 0.04045 {
					return c / 12.92
				}
				return math.Pow((c+0.055)/1.055, 2.4)
			}
			colours[string(m[1])] = 0.2126*channel(16) + 0.7152*channel(8) + 0.0722*channel(0)
		}
		for _, pair := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "paper", 4.5}, {"ink", "card", 4.5}, {"ink", "well", 4.5}, {"ink", "best", 4.5}, {"ink", "rest", 4.5}, {"ink", "bad-back", 4.5},
			{"soft", "paper", 4.5}, {"soft", "card", 4.5}, {"soft", "well", 4.5}, {"on-accent", "accent", 4.5}, {"on-accent", "accent-strong", 4.5},
			{"accent", "paper", 4.5}, {"accent", "card", 4.5}, {"bad", "card", 4.5}, {"bad", "bad-back", 4.5}, {"paper", "ink", 4.5},
			{"edge", "paper", 3}, {"edge", "well", 3}, {"edge", "card", 3}, {"accent", "rest", 3},
		} {
			a, b := colours[pair.front], colours[pair.back]
			if _, ok := colours[pair.front]; !ok {
				t.Fatalf("there is no colour --%s in the %s set", pair.front, name)
			}
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < pair.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", name, pair.front, pair.back, ratio, pair.least)
			}
		}
	}
}
