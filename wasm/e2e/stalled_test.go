package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// impatient has the page wait for so many seconds only before it says that nothing comes.
func impatient(w http.ResponseWriter, r *http.Request, index []byte, seconds int) bool {
	if r.URL.Path != "/" {
		return false
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(bytes.Replace(index, []byte(`data-patience="20"`), []byte(`data-patience="`+strconv.Itoa(seconds)+`"`), 1))
	return true
}

// Whatever stalls, the page says so after a while and offers Retry, which gets on; and where it
// comes after all, the page goes on by itself.
func TestStalledDownloadsAreTold(t *testing.T) {
	pack, _ := firstPack(t)
	index := served(t, "index.html")
	for _, c := range []struct {
		path, says string
		half       bool // half of it comes
		resumes    bool // the rest of it comes after all
	}{
		{path: "/homeroom-relaxed.wasm", says: "homeroom-relaxed.wasm"},
		{path: "/homeroom-relaxed.wasm", says: "homeroom-relaxed.wasm", half: true},
		{path: "/homeroom-relaxed.wasm", says: "homeroom-relaxed.wasm", half: true, resumes: true},
		{path: "/wasm_exec.js", says: "its scripts"},
		{path: "/worker.js", says: "worker.js"},
		{path: "/weights/catalog.json", says: "weights/catalog.json"},
		{path: pack, says: strings.TrimPrefix(pack, "/")},
		{path: pack, says: strings.TrimPrefix(pack, "/"), half: true},
		{path: pack, says: strings.TrimPrefix(pack, "/"), half: true, resumes: true},
	} {
		name := c.path
		if c.half {
			name += ", half of it"
		}
		if c.resumes {
			name += ", and the rest later"
		}
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			whole := served(t, c.path[1:])
			stuck := make(chan struct{})
			var once sync.Once
			free := func() { once.Do(func() { close(stuck) }) }
			t.Cleanup(free)
			var mu sync.Mutex
			first := true
			s.set(func(w http.ResponseWriter, r *http.Request) bool {
				if impatient(w, r, index, 5) {
					return true
				}
				mu.Lock()
				mine := r.URL.Path == c.path && first
				if mine {
					first = false
				}
				mu.Unlock()
				if !mine {
					return false
				}
				if c.half {
					if strings.HasSuffix(c.path, ".wasm") {
						w.Header().Set("Content-Type", "application/wasm")
					}
					w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
					_, _ = w.Write(whole[:len(whole)/2])
					w.(http.Flusher).Flush()
				}
				select {
				case <-stuck:
				case <-r.Context().Done():
				}
				if c.resumes {
					_, _ = w.Write(whole[len(whole)/2:])
				}
				return true
			})
			p := &tab{t: t, server: s}
			p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
			p.expect(func(string) bool { return true })
			// Without waiting for all of it, which does not come.
			call(p, page.Navigate, page.NavigateParams{URL: s.URL + "/?workers=1"})
			p.find("button", "Retry")
			said := ask[string](p, "document.querySelector('#fault').innerText")
			if !strings.Contains(said, c.says) || !strings.Contains(said, "arrived for") {
				t.Errorf("it says %q", said)
			}
			p.shot("stalled" + strings.NewReplacer("/", "-", ".", "-").Replace(c.path))
			if c.resumes {
				free()
				for end := time.Now().Add(patience); ask[bool](p, "'error' in document.documentElement.dataset"); time.Sleep(20 * time.Millisecond) {
					if time.Now().After(end) {
						t.Fatal("the message is not taken back")
					}
				}
			} else {
				p.click("button", "Retry")
			}
			p.wait("ready")
			if len(p.findAll("alert", "")) != 0 {
				t.Error("the message is still there")
			}
			p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
			checkNamed(t, p.settle(1)[0])
		})
	}
}

// TestBrokenDownloadGoesOn breaks the connection on which a network comes, once before its first
// byte and twice later: the page goes on by itself, by parts where the host sends parts.
func TestBrokenDownloadGoesOn(t *testing.T) {
	for _, parts := range []bool{true, false} {
		s := serve(t)
		pack, _ := firstPack(t)
		whole := served(t, pack[1:])
		var mu sync.Mutex
		var asked []string
		s.set(func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != pack {
				return false
			}
			mu.Lock()
			asked = append(asked, r.Header.Get("Range"))
			n := len(asked) - 1
			mu.Unlock()
			if n == 0 { // behind the headers: a browser by itself asks again where not even these came
				w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
				w.(http.Flusher).Flush()
				panic(http.ErrAbortHandler)
			}
			from, status := 0, http.StatusOK
			if at, is := strings.CutPrefix(r.Header.Get("Range"), "bytes="); is && parts {
				from, _ = strconv.Atoi(strings.TrimSuffix(at, "-"))
				status = http.StatusPartialContent
				w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(whole)-1, len(whole)))
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(whole)-from))
			w.WriteHeader(status)
			if n < 3 {
				_, _ = w.Write(whole[from : len(whole)*n/3])
				w.(http.Flusher).Flush()
				// What the page has not read yet is dropped, and its program may still be starting.
				time.Sleep(time.Duration(9-4*n) * time.Second)
				panic(http.ErrAbortHandler)
			}
			_, _ = w.Write(whole[from:])
			return true
		})
		p := &tab{t: t, server: s}
		p.start([]chromedp.ContextOption{chromedp.WithNewBrowserContext()})
		p.expect(func(string) bool { return true })
		call(p, page.Navigate, page.NavigateParams{URL: s.URL + "/?workers=1"})
		p.wait("ready")
		mu.Lock()
		if len(asked) != 4 || asked[0] != "" || asked[1] != "" || !strings.HasPrefix(asked[2], "bytes=") || !strings.HasPrefix(asked[3], "bytes=") || asked[2] == asked[3] {
			t.Errorf("parts %v: it asked for %q", parts, asked)
		}
		mu.Unlock()
		p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
		checkNamed(t, p.settle(1)[0])
	}
}
