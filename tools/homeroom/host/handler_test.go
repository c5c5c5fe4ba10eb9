package host

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"homeroom/tools/homeroom/joined"
)

// page writes a small page and returns its folder and a server for it.
func page(t *testing.T, more map[string]string) (string, *httptest.Server) {
	t.Helper()
	folder := t.TempDir()
	files := map[string]string{"index.html": "<!doctype html>", "homeroom.wasm": "\x00asm"}
	for name, text := range more {
		files[name] = text
	}
	for name, text := range files {
		to := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	h, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(func() {
		s.Close()
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return folder, s
}

// ask sends a request as it stands: the client does not clean its path.
func ask(t *testing.T, s *httptest.Server, method, address string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, s.URL+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(address, "?")
	r.URL.Opaque = strings.TrimPrefix(s.URL, "http:") + path
	r.URL.RawQuery = query
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

func TestTypes(t *testing.T) {
	_, s := page(t, map[string]string{
		"style.css": "a{}", "boot.js": "1", "manifest.webmanifest": "{}", "icon.svg": "<svg/>", "weights/catalog.json": "[]",
		"weights/lite.pack": "\x89HRP", "weights/LICENSE": "Apache", "weights/list.txt": "a", "odd.xyz": "?",
	})
	for address, want := range map[string]string{
		"/":                     "text/html; charset=utf-8",
		"/index.html":           "text/html; charset=utf-8",
		"/homeroom.wasm":        "application/wasm",
		"/style.css":            "text/css; charset=utf-8",
		"/boot.js":              "text/javascript; charset=utf-8",
		"/manifest.webmanifest": "application/manifest+json",
		"/icon.svg":             "image/svg+xml",
		"/weights/catalog.json": "application/json",
		"/weights/lite.pack":    "application/octet-stream",
		"/weights/LICENSE":      "text/plain; charset=utf-8",
		"/weights/list.txt":     "text/plain; charset=utf-8",
		"/odd.xyz":              "application/octet-stream",
	} {
		answer, _ := ask(t, s, "GET", address)
		if answer.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", address, answer.StatusCode)
		}
		if got := answer.Header.Get("Content-Type"); got != want {
			t.Errorf("%s: type %q, want %q", address, got, want)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	_, s := page(t, nil)
	for _, c := range []struct {
		method, address string
		status          int
	}{{"GET", "/", 200}, {"HEAD", "/homeroom.wasm", 200}, {"GET", "/nothing", 404}, {"POST", "/", 405}} {
		answer, _ := ask(t, s, c.method, c.address)
		if answer.StatusCode != c.status {
			t.Errorf("%s %s: status %d, want %d", c.method, c.address, answer.StatusCode, c.status)
		}
		for name, want := range headers {
			if got := answer.Header.Get(name); got != want {
				t.Errorf("%s %s: %s is %q, want %q", c.method, c.address, name, got, want)
			}
		}
	}
}

// The page's own policy, which holds on every host, is the one that is sent, but for what only a
// header can say.
func TestPolicyIsThePages(t *testing.T) {
	html, err := os.ReadFile("../../../site/index.html")
	if err != nil {
		t.Fatal(err)
	}
	want := `content="` + strings.TrimSuffix(Policy, "; frame-ancestors 'none'") + `"`
	if !strings.Contains(string(html), want) {
		t.Errorf("index.html does not have the policy %s", want)
	}
}

func TestOnlyFilesOfThePage(t *testing.T) {
	folder, s := page(t, map[string]string{"weights/a.txt": "a", ".git/config": "secret", "weights/.hidden": "secret"})
	outside := filepath.Join(t.TempDir(), "outside.txt")
	if err := os.WriteFile(outside, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(folder, "link.txt")); err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"/nothing", "/weights", "/weights/", "/.git/config", "/weights/.hidden", "/link.txt", "/../" + filepath.Base(folder) + "/index.html",
		"/weights/../index.html", "/%2e%2e/index.html", "//index.html", "/weights//a.txt", "/index.html/", `/weights\a.txt`, "/a%00b",
	} {
		answer, body := ask(t, s, "GET", address)
		if answer.StatusCode != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", address, answer.StatusCode)
		}
		if strings.Contains(body, "secret") {
			t.Errorf("%s gives away what is not of the page", address)
		}
		if got := answer.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: a missing file is cached: %q", address, got)
		}
	}
}

func TestCaching(t *testing.T) {
	const text = "weights"
	folder, s := page(t, map[string]string{"weights/a.pack": text})
	digest := sha256.Sum256([]byte(text))
	hash := hex.EncodeToString(digest[:])
	const always, never = "public, max-age=31536000, immutable", "no-cache"
	for query, want := range map[string]string{
		"":                        never,
		"?sum=" + hash[:16]:       always,
		"?sum=" + hash:            always,
		"?sum=" + hash[:15]:       never,
		"?sum=" + hash + "0":      never,
		"?sum=0123456789abcdef":   never,
		"?other=" + hash[:16]:     never,
		"?sum=&sum=" + hash[:16]:  never,
		"?sum=" + hash[:16] + "%": never,
	} {
		answer, body := ask(t, s, "GET", "/weights/a.pack"+query)
		if answer.StatusCode != http.StatusOK || body != text {
			t.Errorf("%s: status %d, body %q", query, answer.StatusCode, body)
		}
		if got := answer.Header.Get("Cache-Control"); got != want {
			t.Errorf("%s: caching %q, want %q", query, got, want)
		}
	}

	first, _ := ask(t, s, "GET", "/weights/a.pack")
	tag := first.Header.Get("ETag")
	if tag == "" {
		t.Fatal("no entity tag")
	}
	if again, body := ask(t, s, "GET", "/weights/a.pack", "If-None-Match", tag); again.StatusCode != http.StatusNotModified || body != "" {
		t.Errorf("the same file again: status %d, %d bytes", again.StatusCode, len(body))
	}
	if part, body := ask(t, s, "GET", "/weights/a.pack", "Range", "bytes=2-4"); part.StatusCode != http.StatusPartialContent || body != text[2:5] {
		t.Errorf("a range: status %d, body %q", part.StatusCode, body)
	}
	if head, body := ask(t, s, "HEAD", "/weights/a.pack"); head.ContentLength != int64(len(text)) || body != "" {
		t.Errorf("HEAD: length %d, body %q", head.ContentLength, body)
	}

	path := filepath.Join(folder, "weights", "a.pack")
	if err := os.WriteFile(path, []byte("WEIGHTS"), 0o644); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
	if changed, body := ask(t, s, "GET", "/weights/a.pack", "If-None-Match", tag); changed.StatusCode != http.StatusOK || body != "WEIGHTS" {
		t.Errorf("another content: status %d, body %q", changed.StatusCode, body)
	}
}

func TestOpenNeedsThePage(t *testing.T) {
	empty := t.TempDir()
	for _, folder := range []string{empty, filepath.Join(empty, "nothing")} {
		h, err := Open(folder)
		if err == nil {
			h.Close()
			t.Fatalf("%s opens as a page", folder)
		}
		if !strings.Contains(err.Error(), "make build") || !strings.Contains(err.Error(), filepath.Base(folder)) {
			t.Errorf("the error is %q", err)
		}
	}
}

// One damaged byte in what is joined with the program is told of as that, and not as a file that is
// missing.
func TestDamagedInTheProgram(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	if err := os.WriteFile(program, []byte("code"), 0o755); err != nil {
		t.Fatal(err)
	}
	var whole bytes.Buffer
	if err := joined.Join(&whole, program, fstest.MapFS{
		"index.html": {Data: []byte("<!doctype html>")}, "homeroom.wasm": {Data: []byte("wasm")}, "weights/one.pack": {Data: []byte("numbers of one network")},
	}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ byteOf, path, says string }{{"numbers of", "/weights/one.pack", "damaged in the program"}, {"", "/nothing.pack", ""}} {
		data := bytes.Clone(whole.Bytes())
		if c.byteOf != "" {
			data[bytes.Index(data, []byte(c.byteOf))] ^= 1
		}
		if err := os.WriteFile(program, data, 0o755); err != nil {
			t.Fatal(err)
		}
		files, err := joined.Open(program)
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		h, err := New(files)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		want := map[bool]int{true: http.StatusInternalServerError, false: http.StatusNotFound}[c.says != ""]
		if w.Code != want || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s is answered with %d: %s", c.path, w.Code, w.Body)
		}
	}
}
