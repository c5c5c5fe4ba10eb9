package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestSingle(t *testing.T) {
	weights, folder := t.TempDir(), t.TempDir()
	program := filepath.Join(folder, "p.wasm")
	for path, text := range map[string]string{
		program: "program", filepath.Join(weights, "a.pack"): "a's numbers", filepath.Join(weights, "a.txt"): "cat\ndog", filepath.Join(weights, "b.pack"): "b's",
		filepath.Join(weights, "catalog.json"): `[{"name":"a","file":"a.pack","labels":"a.txt","classes":2,"bytes":11,"sha256":"0123456789abcdef0123"},{"name":"b","file":"b.pack","bytes":9000000}]`,
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	build := func() string {
		whole, out := filepath.Join(t.TempDir(), "new", "whole.html"), t.TempDir()
		if err := assemble(sources{"../../site", weights, program, program, program, program, "../../element", "", "../text"}, out, whole, false, 1); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(out, "single.js")); err == nil {
			t.Error("the page of many files has a script of the page that is one")
		}
		text, err := os.ReadFile(whole)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	page := build()
	if build() != page {
		t.Error("made twice, it has other bytes")
	}

	if strings.Contains(page, "After the first visit") || strings.Contains(page, "this site's data") || !strings.Contains(page, "share one store") {
		t.Error("what it says about where it lives is true of the hosted page only")
	}
	policy := regexp.MustCompile(`http-equiv="Content-Security-Policy" content="([^"]+)"`).FindStringSubmatch(page)
	if policy == nil || strings.Contains(policy[1], "http") || strings.Contains(policy[1], "'self'") || strings.Contains(policy[1], "unsafe-inline") || !strings.Contains(policy[1], "default-src 'none'") {
		t.Fatalf("its policy is %q", policy)
	}
	scripts := regexp.MustCompile(`(?s)<script>(.*?)</script>`).FindAllStringSubmatch(page, -1)
	if len(scripts) != 4 {
		t.Errorf("it has %d scripts", len(scripts))
	}
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(page)
	for _, code := range append(scripts, style) {
		if code == nil || !strings.Contains(policy[1], "'sha256-"+checksum([]byte(code[1]))+"'") {
			t.Errorf("its policy does not allow what begins with %.60q", code)
		}
	}
	if loads := regexp.MustCompile(`(?i)<(link|script|img|iframe)[^>]*\b(src|href)="(?:[^d#]|d[^a])[^"]*"`).FindAllString(page, -1); len(loads) > 0 {
		t.Errorf("it loads %q", loads)
	}

	parts := map[string][]byte{}
	for _, m := range regexp.MustCompile(`<script type="text/plain" data-part="([^"]+)" data-type="[^"]+"( data-packed)?>([^<]*)</script>`).FindAllStringSubmatch(page, -1) {
		data, err := base64.StdEncoding.DecodeString(m[3])
		if err != nil {
			t.Fatal(err)
		}
		if m[2] != "" {
			r, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			if data, err = io.ReadAll(r); err != nil {
				t.Fatal(err)
			}
		}
		parts[html.UnescapeString(m[1])] = data
	}
	for name, want := range map[string]string{"homeroom.wasm": "program", "homeroom-relaxed.wasm": "program", "weights/a.pack": "a's numbers", "weights/a.txt": "cat\ndog"} {
		if string(parts[name]) != want {
			t.Errorf("%s is %q", name, parts[name])
		}
	}
	var listed []struct{ Name string }
	if err := json.Unmarshal(parts["weights/catalog.json"], &listed); err != nil || len(listed) != 1 || listed[0].Name != "a" {
		t.Errorf("its catalogue lists %v: %v", listed, err)
	}
	if len(parts) != 18 || len(parts["element/engine.bin"]) == 0 || parts["weights/b.pack"] != nil || len(parts["worker.js"]) == 0 || !bytes.Contains(parts["licences.txt"], []byte("Homeroom")) {
		t.Errorf("it has %d parts", len(parts))
	}
}
