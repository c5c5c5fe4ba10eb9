package e2e

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"homeroom/tools/wasmlink/postlink"
)

// kinds are photos of each kind whose first name comes without the rest of the program.
func kinds(t *testing.T) (files []file) {
	t.Helper()
	for _, name := range []string{"koala.jpg", "jaguar-turned.jpg", "cat.png", "puffer-fish.webp"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "tools", "reference", "photos", name))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file{name, http.DetectContentType(data), data})
	}
	return append(files, file{"progressive.jpg", "image/jpeg", progressive(t)})
}

// progressive is a photo of the page's own, which are progressive.
func progressive(t *testing.T) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "site", "first", "dam.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// slowly sends a pack as a slow line does, in some two seconds.
func slowly(t *testing.T, w http.ResponseWriter, r *http.Request) bool {
	t.Helper()
	if !strings.HasSuffix(r.URL.Path, ".pack") {
		return false
	}
	data := served(t, r.URL.Path[1:])
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(data)))
	for part := range slices.Chunk(data, len(data)/40+1) {
		if _, err := w.Write(part); err != nil {
			return true
		}
		w.(http.Flusher).Flush()
		time.Sleep(50 * time.Millisecond)
	}
	return true
}

// A first visit has its photos named while the rest of the program is still on its way. What needs
// it waits for it and says so, and what is added meanwhile is kept.
func TestPhotosAreNamedWithoutTheRest(t *testing.T) {
	s := serve(t)
	held := make(chan struct{})
	free := sync.OnceFunc(func() { close(held) })
	t.Cleanup(free)
	var asked atomic.Int32
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if strings.Contains(r.URL.Path, "-rest.wasm") {
			asked.Add(1)
			<-held
		}
		return slowly(t, w, r)
	})
	p := show(t, s, "workers=2")
	files := kinds(t)
	p.until(`document.querySelector("#early")`)
	p.drop(files[0]) // before the program is there
	p.until(`document.querySelector("#photos [data-label]")`)
	if asked.Load() > 0 {
		t.Error("the rest of the program was asked for before the first photo was named: make first finds out anew what a first visit runs")
	}
	p.wait("ready")
	p.drop(files[1:]...)
	p.until(fmt.Sprintf(`document.querySelectorAll("#photos [data-label]").length === %d`, len(files)))
	for range 100 {
		if asked.Load() > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if asked.Load() == 0 {
		t.Fatal("the rest isn't asked for where there is nothing to do")
	}
	p.click("link", "Teach")
	p.until(`/part of Homeroom is being fetched/.test(document.querySelector("#early").innerText)`)
	p.shot("rest")
	free()
	p.until(`document.querySelector("#teach-view h1, #teach-view h2")`)
	p.until(`!/being fetched/.test(document.querySelector("#early").innerText) || document.querySelector("#early").hidden`)
	if rest := ask[bool](p, "homeroom.threads.halves.whole"); !rest {
		t.Error("the rest isn't there")
	}
}

// Where the rest does not come, what needs it says so and tries again, and nothing is lost.
func TestRestThatDoesNotCome(t *testing.T) {
	s := serve(t)
	var gone atomic.Bool
	gone.Store(true)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if gone.Load() && strings.Contains(r.URL.Path, "-rest.wasm") {
			http.Error(w, "no such file", http.StatusNotFound)
			return true
		}
		return false
	})
	p := show(t, s, "workers=1")
	p.expect(func(c string) bool { return strings.Contains(c, "404") })
	p.wait("ready")
	p.drop(kinds(t)[0])
	p.until(`document.querySelector("#photos [data-label]")`)
	p.click("link", "Teach")
	p.untilError("-rest.wasm")
	if says := ask[string](p, `document.querySelector("#fault").innerText`); !strings.Contains(says, "A part of Homeroom did not come.") || !strings.Contains(says, "404") {
		t.Errorf("it says %q", says)
	}
	p.shot("rest-gone")
	p.click("button", "Retry") // again in vain
	p.untilError("-rest.wasm")
	gone.Store(false)
	p.click("button", "Retry")
	p.until(`document.querySelector("#teach-view h1, #teach-view h2")`)
	p.until(`document.querySelector("#fault").hidden && document.querySelector("#load").hidden`)
	p.click("link", "Classify")
	p.until(`document.querySelector("#photos [data-label]")`)
}

// untilError waits until the page says that something went wrong.
func (p *tab) untilError(with string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if failed, err := evaluate[string](p, "document.documentElement.dataset.error || ''"); err == nil && strings.Contains(failed, with) {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("the page never said %q", with)
		}
	}
}

var firstNames = flag.String("first", "", "names of a traced program's functions, as wasmlink --trace writes them: then those that run until the first names are written to wasm/first.txt")

// TestWhatAFirstVisitRuns finds out which functions of the program run until photos are named, on a
// first visit and on a later one, in page and workers.
func TestWhatAFirstVisitRuns(t *testing.T) {
	if *firstNames == "" {
		return // make first, which has a traced program served
	}
	names, err := os.ReadFile(*firstNames)
	if err != nil {
		t.Fatal(err)
	}
	const tell = `; { const traced = new BroadcastChannel("traced"); traced.onmessage = ({ data }) => data === "tell" &&
		traced.postMessage(btoa(String.fromCharCode(...new Uint8Array(homeroom.threads.memory.buffer).slice(0, 4096)))); }`
	s := serve(t)
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/worker.js" {
			return slowly(t, w, r)
		}
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(append(bytes.Clone(served(t, "worker.js")), tell...))
		return true
	})
	ran := make([]byte, postlink.TraceSize)
	p := show(t, s, "workers=2")
	p.expect(func(c string) bool { return strings.Contains(c, "404") && strings.Contains(c, ".gz") }) // a page that is only tried has none
	p.until(`document.querySelector("#early")`)
	p.drop(kinds(t)[0]) // before the program is there
	p.until(`document.querySelector("#photos [data-label]")`)
	for range 2 {
		p.wait("ready")
		files, kept := kinds(t), ask[int](p, `document.querySelectorAll("#photos [data-label]").length`) // from before, when the page was loaded again
		for i := range files {                                                                           // one after the other, since each may be the first
			p.drop(files[i])
			p.until(fmt.Sprintf(`document.querySelectorAll("#photos [data-label]").length === %d`, kept+i+1))
		}
		p.drop(files...) // and all at once
		p.until(fmt.Sprintf(`document.querySelectorAll("#photos [data-label]").length === %d`, kept+2*len(files)))
		time.Sleep(3 * time.Second) // what comes behind the first names, such as copies for later visits, may come at once
		for _, text := range ask[[]string](p, `(async () => {
			const traced = new BroadcastChannel("traced"), got = [btoa(String.fromCharCode(...new Uint8Array(homeroom.threads.memory.buffer).slice(0, 4096)))];
			traced.onmessage = ({ data }) => got.push(data);
			traced.postMessage("tell");
			await new Promise((all) => setTimeout(all, 2000));
			return got;
		})()`) {
			bits, err := base64.StdEncoding.DecodeString(text)
			if err != nil {
				t.Fatal(err)
			}
			for i, b := range bits {
				ran[i] |= b
			}
		}
		p.do(chromedp.Reload())
	}
	var first []string
	lines := bufio.NewScanner(bytes.NewReader(names))
	for i := 0; lines.Scan(); i++ {
		if name := lines.Text(); name != "" && ran[i/8]>>(i%8)&1 != 0 {
			first = append(first, postlink.Outermost(name))
		}
	}
	slices.Sort(first)
	first = slices.Compact(first)
	if len(first) < 500 {
		t.Fatalf("only %d functions ran", len(first))
	}
	text := "# Functions of the page's program that run until a first visit has its photos named, less those that are there in any case:\n" +
		"# what the first of its two modules holds (tools/wasmlink --first). Made by make first.\n" + strings.Join(first, "\n") + "\n"
	if err := os.WriteFile(filepath.Join("..", "first.txt"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d functions", len(first))
}
