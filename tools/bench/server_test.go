package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPages(t *testing.T) {
	dir := t.TempDir()
	p := pages{peers: filepath.Join(dir, "peers"), models: dir, engine: dir}
	for _, pin := range tarballs {
		if pin.folder != "litertjs-core" {
			continue
		}
		dist := filepath.Join(pin.unpacked(p.peers), "dist")
		if err := os.MkdirAll(dist, 0o755); err != nil {
			t.Fatal(err)
		}
		text := `import { createWasmLib } from "@litertjs/wasm-utils";`
		if err := os.WriteFile(filepath.Join(dist, "index.js"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	handler := p.handler()
	for _, c := range []struct {
		path     string
		isolated bool
		kind     string
		holds    string
	}{
		{"/isolated/", true, "text/html; charset=utf-8", "bench.js"},
		{"/plain/", false, "text/html; charset=utf-8", "bench.js"},
		{"/isolated/engine.js", true, "text/javascript", "onmessage"},
		{"/peers/litertjs-core/dist/index.js", true, "text/javascript", `from "/peers/litertjs-wasm-utils/dist/bundle.js"`},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.path, nil))
		h := w.Result().Header
		if w.Code != http.StatusOK || h.Get("Content-Type") != c.kind || !strings.Contains(w.Body.String(), c.holds) {
			t.Errorf("%s: %d, %s, %.80q", c.path, w.Code, h.Get("Content-Type"), w.Body.String())
		}
		if got := h.Get("Cross-Origin-Embedder-Policy") == "require-corp" && h.Get("Cross-Origin-Opener-Policy") == "same-origin"; got != c.isolated {
			t.Errorf("%s: isolation headers %t", c.path, got)
		}
	}
}
