package host

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"homeroom/tools/homeroom/joined"
)

// Policy is the Content-Security-Policy of every answer: the page may run its own scripts and its
// own WebAssembly, and talk to nobody but its origin.
const Policy = "default-src 'none'; connect-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; " +
	"img-src 'self' blob: data:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
	"frame-ancestors 'none'"

// headers go with every answer, errors included.
var headers = map[string]string{
	"Content-Security-Policy":      Policy,
	"Cross-Origin-Opener-Policy":   "same-origin",
	"Cross-Origin-Embedder-Policy": "require-corp",
	"Cross-Origin-Resource-Policy": "same-origin",
	"Permissions-Policy":           "camera=(self), microphone=(), geolocation=()",
	"Referrer-Policy":              "no-referrer",
	"X-Content-Type-Options":       "nosniff",
}

// types has the media type of each kind of file that the page consists of. The system's own table
// is not asked: it differs from machine to machine, and WebAssembly compiles while it streams in
// only under its right type.
var types = map[string]string{
	"":             "text/plain; charset=utf-8", // LICENSE, NOTICE
	".css":         "text/css; charset=utf-8",
	".gz":          "application/gzip",
	".html":        "text/html; charset=utf-8",
	".ico":         "image/x-icon",
	".jpg":         "image/jpeg",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".md":          "text/markdown; charset=utf-8",
	".pack":        "application/octet-stream",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
}

// A Handler serves the files of the finished page. It is safe for concurrent use.
type Handler struct {
	files fs.FS
	close func() error

	mu   sync.Mutex
	sums map[string]sum
}

// A sum is the checksum of a file as it was.
type sum struct {
	size   int64
	change time.Time
	sha256 string // in hexadecimal
}

// Open returns a handler for the finished page in a folder. The error says what is missing from it
// and how to make it.
func Open(folder string) (*Handler, error) {
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, fmt.Errorf("the page's folder can't be opened: %w; make it with \"make build\"", err)
	}
	h, err := New(root.FS())
	if err != nil {
		root.Close()
		return nil, fmt.Errorf("%s %w; make it with \"make build\"", folder, err)
	}
	h.close = root.Close
	return h, nil
}

// New returns a handler for the finished page in files that can be sought in. The error says what
// is missing.
func New(files fs.FS) (*Handler, error) {
	for _, name := range []string{"index.html", "homeroom.wasm"} {
		_, err := fs.Stat(files, name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("cannot be read: %w", err)
		}
		if err != nil {
			return nil, fmt.Errorf("is not the finished page, it has no %s", name)
		}
	}
	return &Handler{files: files, close: func() error { return nil }, sums: make(map[string]sum)}, nil
}

// Close lets the folder go.
func (h *Handler) Close() error { return h.close() }

// ServeHTTP answers GET and HEAD for the files of the folder; a folder's own address gives its
// index.html. Hidden files are not there, and neither is what a symbolic link leads out to.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	for name, value := range headers {
		w.Header().Set(name, value)
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "This server only hands out files.", http.StatusMethodNotAllowed)
		return
	}
	name, ok := file(r.URL.Path)
	if !ok {
		h.missing(w)
		return
	}
	f, err := h.files.Open(name)
	if errors.Is(err, joined.ErrDamaged) {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "This file cannot be handed out: "+err.Error()+".", http.StatusInternalServerError)
		return
	}
	if err != nil {
		h.missing(w)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		h.missing(w)
		return
	}
	content, ok := f.(io.ReadSeeker)
	if !ok {
		panic(fmt.Sprintf("host: %s is served from files that cannot be sought in", name))
	}
	hash, err := h.sum(name, content, info)
	if err != nil {
		w.Header().Set("Cache-Control", "no-store")
		http.Error(w, "The file could not be read.", http.StatusInternalServerError)
		return
	}
	kind, ok := types[path.Ext(name)]
	if !ok {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", caching(r.URL.Query().Get("sum"), hash))
	packed := h.packed(w, r, name)
	if packed != nil {
		defer packed.Close()
		if info, err = packed.Stat(); err == nil {
			hash, err = h.sum(name+packed.suffix, packed, info)
		}
		if err == nil {
			w.Header().Set("Content-Encoding", packed.name)
			// ServeContent leaves the length of what is encoded to its caller.
			w.Header().Set("Content-Length", strconv.FormatInt(info.Size(), 10))
			content = packed
		}
	}
	// The tag is that of the bytes that are sent, so that it is another one for each encoding.
	w.Header().Set("ETag", `"`+hash[:32]+`"`)
	// Without a time of change: checkouts and builds set it anew for files that are the same.
	http.ServeContent(w, r, name, time.Time{}, content)
}

// file turns the path of an address into that of a file.
func file(address string) (name string, ok bool) {
	if strings.HasSuffix(address, "/") {
		address += "index.html"
	}
	name = strings.TrimPrefix(address, "/")
	if !fs.ValidPath(name) {
		return "", false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, ".") {
			return "", false
		}
	}
	return name, true
}

// leastSum is how much of a checksum an address must hold to stand for one content alone.
const leastSum = 16

// caching returns the Cache-Control of an answer. An address that holds the beginning of the
// content's checksum can never mean anything else, so a browser may keep the answer; any other is
// asked for again every time, which the entity tag makes cheap.
func caching(asked, hash string) string {
	if len(asked) >= leastSum && strings.HasPrefix(hash, asked) {
		return "public, max-age=31536000, immutable"
	}
	return "no-cache"
}

func (h *Handler) missing(w http.ResponseWriter) {
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, "There is no such file.", http.StatusNotFound)
}

// sum returns the SHA-256 of a file, computed anew when its size or time of change is another.
func (h *Handler) sum(name string, f io.ReadSeeker, info fs.FileInfo) (string, error) {
	h.mu.Lock()
	known, ok := h.sums[name]
	h.mu.Unlock()
	if ok && known.size == info.Size() && known.change.Equal(info.ModTime()) {
		return known.sha256, nil
	}
	hash := sha256.New()
	n, err := io.Copy(hash, f)
	if err != nil {
		return "", err
	}
	if n != info.Size() {
		return "", errors.New("the file changed while it was read")
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return "", err
	}
	known = sum{info.Size(), info.ModTime(), hex.EncodeToString(hash.Sum(nil))}
	h.mu.Lock()
	h.sums[name] = known
	h.mu.Unlock()
	return known.sha256, nil
}
