package e2e

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// counted counts the bytes of a body.
type counted struct {
	http.ResponseWriter
	sent *atomic.Int64
}

func (c counted) Write(data []byte) (int, error) {
	n, err := c.ResponseWriter.Write(data)
	c.sent.Add(int64(n))
	return n, err
}

// A host that compresses nothing sends the program as the build compressed it, to the page and for
// use without a connection; what is kept is the program itself.
func TestHostThatCompressesNothing(t *testing.T) {
	s := serve(t)
	files := http.FileServerFS(os.DirFS(dist))
	var mu sync.Mutex
	asked, gone := map[string]int{}, false
	var sent atomic.Int64
	s.set(func(w http.ResponseWriter, r *http.Request) bool {
		mu.Lock()
		asked[r.URL.Path]++
		missing := gone && strings.Contains(r.URL.Path, ".wasm")
		mu.Unlock()
		if missing {
			http.NotFound(w, r)
			return true
		}
		w.Header().Set("Content-Security-Policy", policy)
		files.ServeHTTP(counted{w, &sent}, r)
		return true
	})
	p := show(t, s, "workers=1")
	p.wait("ready")
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])
	t.Logf("%.2f MB until the first name", float64(sent.Load())/1e6)
	p.until(kept)
	mu.Lock()
	if asked["/homeroom-relaxed.wasm.gz"] == 0 || asked["/homeroom-relaxed.wasm"] != 0 {
		t.Errorf("the page asked for %v", asked)
	}
	gone = true
	mu.Unlock()
	p.until("Boolean(navigator.serviceWorker.controller)")
	p.do(chromedp.Reload())
	p.wait("ready")
}
