package whole

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func text(text string, err error) func(io.Writer) error {
	return func(w io.Writer) error {
		_, fault := io.WriteString(w, text)
		return errors.Join(fault, err)
	}
}

func want(t *testing.T, path, text string) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("%s has %q, %v, want %q", path, got, err, text)
	}
}

func TestWrite(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "pack")
	if err := Write(path, 0o777, text("first", nil)); err != nil {
		t.Fatal(err)
	}
	stop := errors.New("enough")
	if err := Write(path, 0o666, text("half of the sec", stop)); !errors.Is(err, stop) {
		t.Errorf("it ended with %v", err)
	}
	want(t, path, "first")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o777&^umask() {
		t.Errorf("its mode is %v, %v", info.Mode(), err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 1 {
		t.Errorf("beside it there are %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o604); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, 0o666, text("second", nil)); err != nil {
		t.Fatal(err)
	}
	want(t, path, "second")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o604 {
		t.Errorf("its mode became %v, %v", info.Mode(), err)
	}
}

// A link is what a person made, and /dev/null what the system did.
func TestLinksAndDevicesAreWrittenThrough(t *testing.T) {
	folder := t.TempDir()
	file, link, loose, circle := filepath.Join(folder, "file"), filepath.Join(folder, "link"), filepath.Join(folder, "loose"), filepath.Join(folder, "circle")
	for name, to := range map[string]string{link: "file", loose: filepath.Join(folder, "later"), circle: "circle"} {
		if err := os.Symlink(to, name); err != nil {
			t.Skipf("there are no symbolic links here: %v", err)
		}
	}
	if err := errors.Join(os.WriteFile(file, nil, 0o600), Write(link, 0o666, text("through", nil)), Write(loose, 0o666, text("new", nil))); err != nil {
		t.Fatal(err)
	}
	want(t, file, "through")
	want(t, filepath.Join(folder, "later"), "new")
	for _, name := range []string{link, loose} {
		if info, err := os.Lstat(name); err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Errorf("%s is a link no more: %v", name, err)
		}
	}
	if err := Write(circle, 0o666, text("", nil)); err == nil {
		t.Error("a link to itself was written")
	}
	if err := errors.Join(Check(os.DevNull), Write(os.DevNull, 0o666, text("nothing", nil))); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%s is a file now, %v", os.DevNull, err)
	}
}

func TestCheck(t *testing.T) {
	folder := t.TempDir()
	file, hard, soft := filepath.Join(folder, "a.png"), filepath.Join(folder, "hard"), filepath.Join(folder, "soft")
	if err := errors.Join(os.WriteFile(file, []byte("a photo"), 0o666), os.Link(file, hard), os.Symlink(file, soft)); err != nil {
		t.Skipf("there are no links here: %v", err)
	}
	for _, test := range []struct {
		name, path string
		inputs     []string
		told       string // "" where it is fine
	}{
		{"new", filepath.Join(folder, "b.png"), []string{file}, ""},
		{"an earlier output", hard, nil, ""},
		{"the input", file, []string{file}, "itself"},
		{"the input by another way", filepath.Join(folder, ".", "x", "..", "a.png"), []string{file}, "itself"},
		{"a hard link to it", hard, []string{file}, "itself"},
		{"a symbolic link to it", soft, []string{file}, "itself"},
		{"the input is a link to it", file, []string{soft}, "itself"},
		{"no folder", filepath.Join(folder, "none", "b.png"), nil, "there is no folder"},
		{"a folder", folder, nil, "is a folder"},
		{"an input that is gone", filepath.Join(folder, "b.png"), []string{filepath.Join(folder, "gone")}, ""},
		{"a long name", filepath.Join(folder, strings.Repeat("n", 250)), nil, ""},
	} {
		err := Check(test.path, test.inputs...)
		if (err == nil) != (test.told == "") || err != nil && !strings.Contains(err.Error(), test.told) {
			t.Errorf("%s: %v, want %q", test.name, err, test.told)
		}
	}
	want(t, file, "a photo")
	if left, _ := os.ReadDir(folder); len(left) != 3 {
		t.Errorf("it left %v", left)
	}
	if os.Geteuid() == 0 {
		return // who may do everything
	}
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(folder, 0o700)
	if err := Check(filepath.Join(folder, "b.png")); err == nil || !strings.Contains(err.Error(), "takes no files") {
		t.Errorf("a folder that takes no files: %v", err)
	}
}

// Nothing half-written is left where a program is told to end.
func TestAbandon(t *testing.T) {
	if folder := os.Getenv("HOMEROOM_TEST_ABANDON"); folder != "" {
		Write(filepath.Join(folder, "a"), 0o666, func(w io.Writer) error {
			io.WriteString(w, "half")
			Abandon()
			os.Exit(3)
			return nil
		})
	}
	folder := t.TempDir()
	program := exec.Command(os.Args[0], "-test.run=^TestAbandon$")
	program.Env = append(os.Environ(), "HOMEROOM_TEST_ABANDON="+folder)
	program.Run()
	if program.ProcessState.ExitCode() != 3 {
		t.Fatalf("it ended with %v", program.ProcessState)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}

func TestFolder(t *testing.T) {
	folder := t.TempDir()
	deep := filepath.Join(folder, "a", "b")
	for range 2 { // the second time it is there
		if err := Folder(deep); err != nil {
			t.Fatal(err)
		}
	}
	file, lost := filepath.Join(folder, "file"), filepath.Join(folder, "lost")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(folder, "nowhere", "at", "all"), lost); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		file:                              file + " is a file, and a folder is wanted; name another",
		filepath.Join(file, "x", "y"):     "can't be a folder: " + file + " is a file; name another",
		lost:                              "can't be followed",
		filepath.Join(lost, "x"):          lost + " can't be followed",
		filepath.Join(deep, "no\x00good"): "can't be made",
	} {
		if err := Folder(path); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q gives %v, want %q", path, err, want)
		}
	}
}

// TestLeftByOthers: what a process left that was killed is removed by the next one that writes the
// same file, and what one is at work on stays.
func TestLeftByOthers(t *testing.T) {
	if path := os.Getenv("HOMEROOM_TEST_LEFT"); path != "" {
		Write(path, 0o666, func(w io.Writer) error {
			io.WriteString(w, "theirs")
			fmt.Println("writing")
			io.Copy(io.Discard, os.Stdin)
			return nil
		})
		os.Exit(0)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "table.csv")
	other := write(t, filepath.Join(folder, ".homeroom-new-table.csv-mine"), "a person's")
	type process struct {
		*exec.Cmd
		in io.Closer
	}
	begin := func() process {
		c := exec.Command(os.Args[0], "-test.run=^TestLeftByOthers$")
		c.Env = append(os.Environ(), "HOMEROOM_TEST_LEFT="+path)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(out, make([]byte, len("writing"))); err != nil {
			t.Fatal(err)
		}
		return process{c, in}
	}
	beside := func() []string {
		names, err := filepath.Glob(filepath.Join(folder, ".homeroom-new-table.csv-[0-9]*"))
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	runs := []process{begin(), begin(), begin()}
	if got := beside(); len(got) != 3 {
		t.Fatalf("three processes write %q", got)
	}
	for _, i := range []int{0, 2} {
		if err := runs[i].Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = runs[i].Wait()
	}
	if got := beside(); len(got) != 3 {
		t.Fatalf("two that were killed left %q", got)
	}
	if err := Write(path, 0o666, text("ours", nil)); err != nil {
		t.Fatal(err)
	}
	want(t, path, "ours")
	if got := beside(); len(got) != 1 || !strings.HasSuffix(got[0], "-2") {
		t.Errorf("beside it there are %q", got)
	}
	runs[1].in.Close()
	if err := runs[1].Wait(); err != nil {
		t.Error(err)
	}
	want(t, path, "theirs")
	want(t, other, "a person's")
	if got := beside(); len(got) != 0 {
		t.Errorf("in the end %q are left", got)
	}
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestWritersAtOnce: of several that write one file at once each writes all of it, and one is the
// last.
func TestWritersAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "table")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for range 50 {
				if err := Write(path, 0o666, text(strings.Repeat(strconv.Itoa(i), 5000), nil)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	data, err := os.ReadFile(path)
	if err != nil || len(data) != 5000 || strings.Trim(string(data), string(data[:1])) != "" {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("beside it there are %v, %v", left, err)
	}
}

// TestTake: a lock file is one's at a time, is gone in the end, and one that is another's by then
// stays.
func TestTake(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	f, end, err := Take(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("mine"); err != nil {
		t.Fatal(err)
	}
	want(t, path, "mine")
	if _, _, err := Take(path); !errors.Is(err, ErrHeld) {
		t.Errorf("another is told %v", err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
	if _, end, err = Take(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Skipf("a file that is open can't be removed here: %v", err)
	}
	write(t, path, "theirs")
	if err := end(); err != nil {
		t.Error(err)
	}
	want(t, path, "theirs")

	var all sync.WaitGroup
	var held, times atomic.Int32
	for range 8 {
		all.Go(func() {
			for range 100 {
				_, end, err := Take(path)
				if errors.Is(err, ErrHeld) {
					runtime.Gosched()
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if held.Add(1) != 1 {
					t.Error("two have it")
				}
				times.Add(1)
				held.Add(-1)
				if err := end(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if times.Load() == 0 {
		t.Error("nobody ever had it")
	}
}
