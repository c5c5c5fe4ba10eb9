//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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

// unprivileged gives a copy of the program and its weights that anybody may run, and runs it as
// somebody who may not do everything. files are made theirs.
func unprivileged(t *testing.T, dir string) (run func(args ...string) (status int, out, says string)) {
	t.Helper()
	place := t.TempDir()
	for at := place; at != os.TempDir() && at != filepath.Dir(at); at = filepath.Dir(at) {
		if err := os.Chmod(at, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"catalog.json", "alexnet-cifar10.pack"} {
		write(t, read(t, filepath.Join("../../weights", name)), place, name)
	}
	self := write(t, read(t, os.Args[0]), place, "homeroom")
	if err := os.Chmod(self, 0o755); err != nil {
		t.Fatal(err)
	}
	var as *syscall.SysProcAttr
	if os.Getuid() == 0 {
		const nobody = 65534
		as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(path, nobody, nobody))
		})
		if err = errors.Join(err, os.Chmod(filepath.Dir(dir), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	return func(args ...string) (int, string, string) {
		t.Helper()
		c := exec.Command(self, args...)
		c.Dir, c.SysProcAttr = dir, as
		c.Env = append(os.Environ(), asProgram+"=yes", "HOMEROOM_WEIGHTS="+place)
		var out, says strings.Builder
		c.Stdout, c.Stderr = &out, &says
		var exit *exec.ExitError
		if err := c.Run(); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		return c.ProcessState.ExitCode(), out.String(), says.String()
	}
}

// TestPermissions: what may not be read or written has a line that says so, and the others go on.
func TestPermissions(t *testing.T) {
	dir, small := t.TempDir(), read(t, smallPhoto)
	for _, name := range []string{"a.jpg", "closed.jpg", "shut/b.jpg", "unlisted/c.jpg", "listed/d.jpg", "fixed/e.jpg", "open/f.jpg", "open/g.jpg"} {
		write(t, append(small[:len(small):len(small)], name...), dir, "photos", name)
	}
	sidecar := []byte(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"></rdf:RDF></x:xmpmeta>`)
	write(t, sidecar, dir, "photos", "open", "f.jpg.xmp")
	write(t, sidecar, dir, "photos", "open", "g.jpg.xmp")
	for _, name := range []string{"into", "full", "out/closed"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run := unprivileged(t, dir)
	modes := map[string]fs.FileMode{"photos/closed.jpg": 0, "photos/open/f.jpg.xmp": 0, "photos/open/g.jpg.xmp": 0o444, "photos/shut": 0, "photos/unlisted": 0o311, "photos/listed": 0o444, "photos/fixed": 0o555, "full": 0o555}
	for name, mode := range modes {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() {
		for name := range modes {
			_ = os.Chmod(filepath.Join(dir, name), 0o755)
		}
	})
	// expect runs a command and wants so many lines of standard error and some texts in them.
	expect := func(status, lines int, args []string, texts ...string) (out string) {
		t.Helper()
		got, out, says := run(append([]string{"classify", "--model", "alexnet-cifar10", "--min-score", "0"}, args...)...)
		if got != status || strings.Count(says, "\n") != lines {
			t.Errorf("%q: status %d, it says\n%s", args, got, says)
		}
		for _, text := range texts {
			if !strings.Contains(says, text) {
				t.Errorf("%q: it says\n%s, want %q", args, says, text)
			}
		}
		return out
	}
	out := expect(1, 0, []string{"--json", "photos", "photos/shut/*.jpg", "photos/*/[a-d].jpg"}) // nothing of the sidecars beside photos
	counted := map[string]int{}
	for text := range strings.Lines(out) {
		var l struct{ File, Error string }
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		counted[l.File]++
		want := map[string]string{"photos/closed.jpg": "the file can't be read (permission denied)", "photos/listed/d.jpg": "the file can't be read (permission denied)", "photos/shut": "the folder can't be read (permission denied)",
			"photos/unlisted": "the folder can't be read (permission denied)", "photos/open/f.jpg.xmp": "the file can't be read (permission denied)", "photos/shut/*.jpg": "the file can't be read (permission denied)"}[l.File]
		if l.Error != want {
			t.Errorf("%s: %q, want %q", l.File, l.Error, want)
		}
	}
	if fmt.Sprint(counted) != "map[photos/a.jpg:1 photos/closed.jpg:1 photos/fixed/e.jpg:1 photos/listed/d.jpg:2 photos/open/f.jpg:1 photos/open/f.jpg.xmp:1 photos/open/g.jpg:1 photos/shut:2 photos/shut/*.jpg:1 photos/unlisted:2]" {
		t.Errorf("in the result are %v", counted)
	}
	named := []string{"--json", "photos/a.jpg", "photos/fixed", "photos/open/f.jpg", "photos/open/g.jpg"}
	expect(1, 3, append(named, "--xmp"), "fixed/e.jpg: its sidecar is left as it is", "f.jpg: its sidecar is left as it is", "g.jpg: its sidecar is left as it is", "permission denied")
	if got := read(t, filepath.Join(dir, "photos/open/g.jpg.xmp")); string(got) != string(sidecar) {
		t.Errorf("a sidecar that may not be written is %s", got)
	}
	read(t, filepath.Join(dir, "photos/a.jpg.xmp"))
	expect(1, 1, append(named, "--csv", "full/t.csv"), "the folder full takes no files (permission denied)")
	expect(1, 1, append(named, "--journal", "full/j"), "the journal full/j can't be made", "permission denied")
	expect(1, 1, append(named, "--sort-into", "full"), "the undo file can't be made", "permission denied; 4 photos were not sorted")
	write(t, []byte("folder,deploymentID,latitude,longitude\nphotos,one,1,1\n"), dir, "d.csv")
	expect(1, 5, append(named, "--camtrap-dp", "full", "--deployments", "d.csv"), "permission denied", "does not say when it was taken")
	expect(1, 1, append(named, "--sort-into", "into", "--by", "move", "--undo-file", "into/undo"), "e.jpg: it is left where it is: its folder does not let it go (permission denied)")
	read(t, filepath.Join(dir, "photos/fixed/e.jpg"))
	for _, name := range []string{"photos/a.jpg", "photos/open/g.jpg", "photos/open/g.jpg.xmp"} {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s was not moved", name)
		}
	}
	label, err := filepath.Glob(filepath.Join(dir, "into", "*", "a.jpg"))
	if err != nil || len(label) != 1 {
		t.Fatalf("a.jpg is at %q, %v", label, err)
	}
	modes["into/undo"], modes["photos/open"] = 0o444, 0o555
	for _, name := range []string{"into/undo", "photos/open"} {
		if err := os.Chmod(filepath.Join(dir, name), modes[name]); err != nil {
			t.Fatal(err)
		}
	}
	if status, _, says := run("undo", "into/undo"); status != 1 || !strings.Contains(says, "into/undo: permission denied") {
		t.Errorf("an undo file that may not be written: status %d, %s", status, says)
	}
	if err := os.Chmod(filepath.Join(dir, "into/undo"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, out, says := run("undo", "into/undo"); status != 1 || !strings.Contains(out, "2 files taken back, 4 left as they are") || strings.Count(says, "permission denied") != 4 {
		t.Errorf("the undo: status %d, %s%s", status, out, says)
	}
	if err := os.Chmod(filepath.Join(dir, "photos/open"), 0o755); err != nil {
		t.Fatal(err)
	}
	if status, out, says := run("undo", "into/undo"); status != 0 || !strings.Contains(out, "4 files taken back, 0 left as they are") {
		t.Errorf("the second undo: status %d, %s%s", status, out, says)
	}
	expect(1, 1, append(named, "--sort-into", "out", "--template", "closed/{name}", "--undo-file", "full/undo"), "the undo file can't be made")
	modes["out/closed"] = 0o555
	if err := os.Chmod(filepath.Join(dir, "out/closed"), 0o555); err != nil {
		t.Fatal(err)
	}
	expect(1, 4, append(named, "--sort-into", "out", "--template", "closed/{name}"), "a.jpg: it is left where it is", "permission denied")
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

// TestSidecarsOnAFullDisk: the first sidecar that does not fit ends the work.
func TestSidecarsOnAFullDisk(t *testing.T) {
	disk, small := t.TempDir(), read(t, smallPhoto)
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=96k"); err != nil {
		t.Skipf("a small disk can't be made here: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	for i := range 16 {
		write(t, append(small[:len(small):len(small)], fmt.Sprint(i)...), disk, fmt.Sprintf("%02d.jpg", i))
	}
	table := filepath.Join(t.TempDir(), "names.jsonl")
	status, _, says := execute(t, "classify", "--model", "alexnet-cifar10", "--min-score", "0", "--xmp", "--jobs", "1", "--jsonl", table, disk)
	written, err := filepath.Glob(filepath.Join(disk, "*.xmp"))
	if err != nil || status != 1 || strings.Count(says, "\n") != 1 || !strings.Contains(says, "its sidecar can't be written: the disk is full") {
		t.Errorf("status %d, it says %s (%v)", status, says, err)
	}
	if lines := strings.Count(string(read(t, table)), "\n"); lines != len(written)+1 || len(written) == 0 || len(written) == 16 {
		t.Errorf("%d sidecars are written, and %d photos in the table", len(written), lines)
	}
	if left, err := filepath.Glob(filepath.Join(disk, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left are %q, %v", left, err)
	}
}
