package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pressed returns a tarball of files.
func pressed(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for name, text := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(text)), Typeflag: tar.TypeReg}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	to := filepath.Join(dir, "peer")
	if err := unpack(pressed(t, map[string]string{"package/dist/a.js": "a", "package/b.json": "{}"}), to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"dist/a.js": "a", "b.json": "{}"} {
		if got, err := os.ReadFile(filepath.Join(to, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestUnpackStaysInside(t *testing.T) {
	for _, name := range []string{"package/../../outside", "package/../../../outside", "/package//x/../../../outside"} {
		dir := t.TempDir()
		peer := filepath.Join(dir, "in", "peer")
		err := unpack(pressed(t, map[string]string{"package/fine": "", name: "x"}), peer)
		for _, outside := range []string{filepath.Join(dir, "outside"), filepath.Join(dir, "in", "outside")} {
			if _, err := os.Stat(outside); err == nil {
				t.Errorf("%s was written to %s", name, outside)
			}
		}
		if _, half := os.Stat(peer); err != nil && half == nil {
			t.Errorf("%s: refused, but there is half a peer", name)
		}
	}
	if err := unpack(pressed(t, map[string]string{"package/../../../outside": "x"}), filepath.Join(t.TempDir(), "peer")); err == nil {
		t.Error("a path that leads out was accepted")
	}
	if err := unpack([]byte("no archive"), filepath.Join(t.TempDir(), "peer")); err == nil {
		t.Error("what is no archive was unpacked")
	}
}

func TestCheck(t *testing.T) {
	sum := sha512.Sum512([]byte("data"))
	pinned := tarball{name: "peer", version: "1.0.0", integrity: "sha512-" + base64.StdEncoding.EncodeToString(sum[:])}
	if err := pinned.check([]byte("data")); err != nil {
		t.Error(err)
	}
	if err := pinned.check([]byte("date")); err == nil {
		t.Error("other data passed")
	}
	pinned.integrity = "sha1-x"
	if err := pinned.check([]byte("data")); err == nil {
		t.Error("a weak checksum passed")
	}
}

func TestPins(t *testing.T) {
	for _, p := range tarballs {
		raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(p.integrity, "sha512-"))
		if err != nil || len(raw) != sha512.Size {
			t.Errorf("%s: %d bytes, %v", p.name, len(raw), err)
		}
	}
}

// TestFetch has a program in npm's place that says what it was asked for.
func TestFetch(t *testing.T) {
	bin := t.TempDir()
	write := func(text string) {
		if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	pin := tarball{name: "@scope/peer", version: "1.2.3"}
	write(`printf '%s %s' "$1" "$6" > "$5/scope-peer-1.2.3.tgz"`)
	if data, err := pin.fetch(t.Context()); err != nil || string(data) != "pack @scope/peer@1.2.3" {
		t.Errorf("%q, %v", data, err)
	}
	write("exit 0")
	if _, err := pin.fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "0 files") {
		t.Errorf("without a file: %v", err)
	}
	write("echo no such version >&2; exit 1")
	if _, err := pin.fetch(t.Context()); err == nil || !strings.Contains(err.Error(), "no such version") {
		t.Errorf("a failure: %v", err)
	}
}
