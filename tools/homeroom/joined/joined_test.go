package joined

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// made joins a program that is none with some files, and returns its path.
func made(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	folder := t.TempDir()
	program := filepath.Join(folder, "program")
	if err := os.WriteFile(program, bytes.Repeat([]byte("code"), 1000), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(program); !errors.Is(err, ErrNone) {
		t.Fatalf("a program with nothing behind it: %v", err)
	}
	var a, b bytes.Buffer
	for _, w := range []io.Writer{&a, &b} {
		if err := Join(w, program, files); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("joined twice it has other bytes")
	}
	whole := filepath.Join(folder, "whole")
	if err := os.WriteFile(whole, a.Bytes(), 0o755); err != nil {
		t.Fatal(err)
	}
	return whole
}

var some = fstest.MapFS{
	"index.html":         {Data: []byte("<!doctype html>" + strings.Repeat(" ", 5000))},
	"weights/small.pack": {Data: bytes.Repeat([]byte{1, 2, 3}, 3000)},
	"weights/.hidden":    {Data: []byte("not this")},
	"empty.txt":          {},
}

func TestFiles(t *testing.T) {
	f, err := Open(made(t, some))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for name, want := range some {
		got, err := fs.ReadFile(f, name)
		if strings.Contains(name, ".hidden") {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is there: %v", name, err)
			}
			continue
		}
		if err != nil || !bytes.Equal(got, want.Data) {
			t.Errorf("%s came back with %d bytes of %d: %v", name, len(got), len(want.Data), err)
		}
		open, err := f.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := open.Stat(); err != nil || info.Size() != int64(len(want.Data)) || !info.Mode().IsRegular() {
			t.Errorf("%s is said to be %v, %v", name, info, err)
		}
		if n, err := open.(io.Seeker).Seek(0, io.SeekEnd); err != nil || n != int64(len(want.Data)) {
			t.Errorf("%s ends at %d: %v", name, n, err)
		}
	}
	for _, name := range []string{"weights", "nowhere", "../whole", "/index.html", ""} {
		if _, err := f.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q opens with %v", name, err)
		}
	}
}

func TestJoinedTwice(t *testing.T) {
	if err := Join(io.Discard, made(t, some), some); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("files were joined with a program that has some: %v", err)
	}
}

func TestDamage(t *testing.T) {
	whole := made(t, some)
	data, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	write := func(data []byte) *Files {
		if err := os.WriteFile(whole, data, 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := Open(whole)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	bad := bytes.Clone(data)
	bad[bytes.Index(bad, []byte{1, 2, 3, 1, 2, 3})+100] ^= 1
	if _, err := write(bad).Open("weights/small.pack"); err == nil || !strings.Contains(err.Error(), "copy the program again") {
		t.Errorf("a damaged file opens with %v", err)
	}
	damaged, err := Open(whole)
	if err != nil {
		t.Fatal(err)
	}
	defer damaged.Close()
	if faults := damaged.Damaged(); len(faults) != 1 || !strings.Contains(faults[0].Error(), "weights/small.pack: it is damaged") {
		t.Errorf("what is damaged is told as %v", faults)
	}
	// Only the build can tell a program that there was something behind it.
	for _, built = range []string{"", "yes"} {
		want := map[string]error{"": ErrNone, "yes": ErrCut}[built]
		for _, end := range []int{len(data) - 1, len(data) - 30, 4500, 4000} {
			if err := os.WriteFile(whole, data[:end], 0o755); err != nil {
				t.Fatal(err)
			}
			if _, err := Self(whole); !errors.Is(err, want) {
				t.Errorf("cut at %d, with %q from the build, it opens with %v, want %v", end, built, err, want)
			}
		}
	}
	built = ""
}

// FuzzOpen: whatever is behind a program, it is refused or read.
func FuzzOpen(f *testing.F) {
	folder := f.TempDir()
	program := filepath.Join(folder, "program")
	if err := os.WriteFile(program, []byte("code"), 0o755); err != nil {
		f.Fatal(err)
	}
	var whole bytes.Buffer
	if err := Join(&whole, program, some); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes())
	f.Add([]byte("PK\x05\x06"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "program")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := Open(path)
		if err != nil {
			return
		}
		defer files.Close()
		for _, z := range files.zip.File {
			if z.UncompressedSize64 > 1<<20 {
				continue
			}
			if open, err := files.Open(z.Name); err == nil {
				if _, err := io.Copy(io.Discard, open); err != nil {
					t.Errorf("%s was opened and is not read: %v", z.Name, err)
				}
			}
		}
	})
}
