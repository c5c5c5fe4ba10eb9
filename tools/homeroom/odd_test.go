//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestOddFiles has every kind of odd file: each has one line, which names it or says why not.
func TestOddFiles(t *testing.T) {
	dir := t.TempDir()
	small := read(t, smallPhoto)
	want := map[string]string{} // by name: what the error says, "" where it is named
	add := func(name, says string, make func(path string) error) {
		t.Helper()
		if err := make(filepath.Join(dir, name)); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		want[name] = says
	}
	photo := func(path string) error { return os.WriteFile(path, small, 0o644) }
	for _, name := range []string{"line\nend.jpg", "tab\tand\x1b[31mred.jpg", "bytes\xff\xfe.jpg", strings.Repeat("a", 251) + ".jpg", "CON.jpg", "a:b?.jpg", "dot..jpg", "é.jpg", "e\u0301.jpg", "É.jpg", "-dash.jpg", "=sum.jpg", " space .jpg", "*.jpg"} {
		add(name, "", photo)
	}
	add("gone.jpg", "no such file", func(path string) error { return os.Symlink("nowhere", path) })
	add("loop.jpg", "too many", func(path string) error { return os.Symlink("loop.jpg", path) })
	add("fails.jpg", "input/output error", func(path string) error { return os.Symlink("/proc/self/mem", path) })
	add("pipe.jpg", "a pipe", func(path string) error { return syscall.Mkfifo(path, 0o644) })
	add("device.jpg", "a device", func(path string) error { return os.Symlink("/dev/zero", path) })
	add("socket.jpg", "a socket", func(path string) error { return syscall.Mknod(path, syscall.S_IFSOCK|0o644, 0) })
	if os.Getuid() != 0 {
		add("closed.jpg", "permission denied", func(path string) error { return os.WriteFile(path, small, 0) })
	}
	add("locked.jpg", "", func(path string) error {
		f, err := os.Create(path)
		if err == nil {
			t.Cleanup(func() { f.Close() })
			_, err = f.Write(small)
		}
		return errors.Join(err, syscall.Flock(int(f.Fd()), syscall.LOCK_EX))
	})
	add("huge.jpg", "the most that is read", func(path string) error { return errors.Join(photo(path), os.Truncate(path, 1<<33)) })
	add("changing.jpg", "it changed while it was read", func(path string) error {
		if err := errors.Join(photo(path), os.Truncate(path, 90<<20)); err != nil {
			return err
		}
		end := make(chan struct{})
		t.Cleanup(func() { close(end) })
		go func() {
			for at := int64(1); ; at++ {
				select {
				case <-end:
					return
				case <-time.After(time.Millisecond / 4):
					_ = os.Chtimes(path, time.Time{}, time.Unix(at, 0))
				}
			}
		}()
		return nil
	})
	add("round", "leads back to a folder above it", func(path string) error { return os.Symlink(".", path) })
	status, out, says := execute(t, quick("--json", "--top", "1", dir)...)
	if status != 1 || says != "" {
		t.Errorf("status %d, it says %s", status, says)
	}
	seen := map[string]int{}
	for text := range strings.Lines(out) {
		var l struct {
			File  string `json:"file"`
			Bytes []byte `json:"file_bytes"`
			Error string `json:"error"`
		}
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if l.Bytes != nil {
			l.File = string(l.Bytes)
		}
		name := filepath.Base(l.File)
		seen[name]++
		if says, there := want[name]; !there || (says == "") != (l.Error == "") || !strings.Contains(l.Error, says) {
			t.Errorf("%q: %q, want %q", name, l.Error, says)
		}
	}
	for name := range want {
		if seen[name] != 1 {
			t.Errorf("%q has %d lines", name, seen[name])
		}
	}
	// What is shown to people is on one line and sends a terminal nothing.
	_, _, says = execute(t, quick("--sort-into", filepath.Join(t.TempDir(), "sorted"), "--by", "copy", "--min-score", "0", dir)...)
	for text := range strings.Lines(says) {
		if !strings.HasPrefix(text, "homeroom: ") || strings.ContainsRune(text, 0x1b) {
			t.Errorf("it says %q", text)
		}
	}
}

// TestFullDisk: where the disk takes no more the work ends, and what was named so far is kept, in
// whole lines; once there is room it goes on. With the table alone on that disk, the journal has
// what the table has; with both there, what the journal has is a matter of who took the last block.
func TestFullDisk(t *testing.T) {
	photos := filepath.Join(t.TempDir(), "photos")
	small := read(t, smallPhoto)
	for i := range 900 {
		write(t, append(small[:len(small):len(small)], fmt.Sprint(i)...), photos, fmt.Sprintf("%03d.jpg", i))
	}
	for _, c := range []struct {
		name, size string
		journal    bool // is on the disk, too
	}{{"table", "64k", false}, {"table and journal", "256k", true}} {
		t.Run(c.name, func(t *testing.T) {
			disk, journal := t.TempDir(), t.TempDir()
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size="+c.size); err != nil {
				t.Skipf("a small disk can't be made here: %v", err)
			}
			t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
			if c.journal {
				journal = disk
			}
			table := filepath.Join(disk, "names.jsonl")
			args := []string{"classify", "--size", "32", "--journal", filepath.Join(journal, "a.journal"), "--jsonl", table, photos}
			fail(t, 1, args, "disk is full")
			left := read(t, table)
			whole := strings.Count(string(left), "\n")
			if whole == 0 || whole == 900 || left[len(left)-1] != '\n' {
				t.Fatalf("%d whole lines are left of 900, of %d bytes", whole, len(left))
			}
			for text := range strings.Lines(string(left)) {
				var v map[string]any
				if err := json.Unmarshal([]byte(text), &v); err != nil {
					t.Errorf("%v in %q", err, text)
				}
			}
			if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=16m"); err != nil {
				t.Fatal(err)
			}
			succeed(t, args...)
			all := string(read(t, table))
			if lines := strings.Count(all, "\n"); lines != 900 {
				t.Errorf("there are %d lines in the end", lines)
			}
			if kept := strings.Count(all, `"ms":0}`); kept == 900 || !c.journal && kept < whole {
				t.Errorf("the journal had %d photos of 900, the table %d", kept, whole)
			}
		})
	}
}
