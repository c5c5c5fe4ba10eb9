//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"homeroom/core/feature"
	"homeroom/core/photo"
)

var (
	archiveFiles = flag.Int("archive", 0, "files of TestArchive; make archive has 20,000")
	archivePeer  = flag.String("archive-peer", "", "Python with onnxruntime and Pillow, which TestArchive compares the speed with")
)

// asProgram has the test binary be the program.
const asProgram = "HOMEROOM_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is a command line of the program as a process of its own.
func program(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(os.Args[0], args...)
	c.Env = append(os.Environ(), asProgram+"=yes", "HOMEROOM_WEIGHTS=../../weights")
	return c
}

// breakages are the ways in which files of the archive are broken.
var breakages = []func(path string, whole []byte) error{
	func(path string, _ []byte) error { return os.WriteFile(path, nil, 0o644) },
	func(path string, whole []byte) error { return os.WriteFile(path, whole[:100], 0o644) },
	func(path string, _ []byte) error { return os.WriteFile(path, []byte("milk, eggs\n"), 0o644) },
	func(path string, _ []byte) error { return os.WriteFile(path, make([]byte, 5000), 0o644) },
	func(path string, _ []byte) error {
		return os.WriteFile(path, []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), 0o644)
	},
	func(path string, _ []byte) error { return os.Symlink("nowhere", path) },
	func(path string, _ []byte) error { return os.Symlink(filepath.Base(path), path) },
	func(path string, _ []byte) error { return syscall.Mkfifo(path, 0o644) },
	func(path string, _ []byte) error { // a PNG of 100,000 × 100,000 pixels
		return os.WriteFile(path, []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x02\x00\x00\x00\x45\x3a\x98\x3d"), 0o644)
	},
	func(path string, _ []byte) error { return os.WriteFile(path, []byte("%PDF-1.7\n"), 0o644) },
}

// manyFiles makes an archive of real photos under other names, each of bytes of its own, one in
// fifty of them broken. It returns which are broken, by path.
func manyFiles(t *testing.T, dir string, n int) map[string]bool {
	t.Helper()
	var sources [][]byte
	for _, pattern := range []string{"../reference/photos/*.jpg", "testdata/clothing/*/*/*.jpg"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			data := read(t, path)
			if p, err := photo.Decode(data, photo.Limits{}); err == nil && p.Damaged == "" {
				sources = append(sources, data)
			}
		}
	}
	if len(sources) < 20 {
		t.Fatalf("there are only %d photos to make an archive of", len(sources))
	}
	broken := map[string]bool{}
	for i := range n {
		folder := filepath.Join(dir, fmt.Sprintf("%03d", i/500))
		if err := os.MkdirAll(folder, 0o755); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(folder, fmt.Sprintf("IMG_%05d.jpg", i))
		data := append(bytes.Clone(sources[i%len(sources)]), fmt.Sprintf("photo %d", i)...)
		if broken[path] = i%50 == 7; broken[path] {
			if err := breakages[i/50%len(breakages)](path, data); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return broken
}

// TestArchive names an archive with a journal, is killed at random moments, goes on, and has every
// file in the result exactly once.
func TestArchive(t *testing.T) {
	n, kills := *archiveFiles, 10
	if n == 0 {
		n, kills = 500, 3
	}
	if testing.Short() {
		t.Skip("it names hundreds of photos")
	}
	dir, to := filepath.Join(t.TempDir(), "photos"), t.TempDir()
	broken := manyFiles(t, dir, n)
	out := filepath.Join(to, "names.jsonl")
	args := []string{"classify", "--top", "1", "--journal", filepath.Join(to, "names.journal"), "--jsonl", out, dir}
	random := rand.New(rand.NewPCG(18, uint64(n)))
	peak, start := int64(0), time.Now()
	for range kills {
		c := program(t, args...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		done := make(chan error)
		go func() { done <- c.Wait() }()
		select {
		case <-time.After(time.Duration(random.Float64() * float64(n) * float64(12*time.Millisecond) / float64(kills))):
			if err := c.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
				t.Fatal(err)
			}
			<-done
		case <-done:
		}
		peak = max(peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
		if left, err := filepath.Glob(filepath.Join(to, "*.jsonl")); err != nil || len(left) > 0 && !sameCount(t, out, n) {
			t.Fatalf("a run that was killed left %q (%v)", left, err)
		}
	}
	c := program(t, args...)
	complaints, err := c.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Fatalf("the last run ended with %v:\n%.2000s", err, complaints)
	}
	took := time.Since(start)
	peak = max(peak, c.ProcessState.SysUsage().(*syscall.Rusage).Maxrss)
	checkArchive(t, read(t, out), broken)
	if left, err := filepath.Glob(filepath.Join(to, ".homeroom-new-*")); err != nil || len(left) > 0 {
		t.Errorf("the runs that were killed left %q (%v)", left, err)
	}
	t.Logf("%d files after %d kills, %.0f s in all, at most %d MB", n, kills, took.Seconds(), peak>>10)
	if peak > 400<<10 {
		t.Errorf("it took %d MB, and 400 are the most", peak>>10)
	}
	if *archivePeer != "" {
		comparePeer(t, dir, to, n)
	}
}

// sameCount tells whether a table has as many lines as there are files.
func sameCount(t *testing.T, path string, n int) bool {
	t.Helper()
	return bytes.Count(read(t, path), []byte("\n")) == n
}

// checkArchive says which files are not in the result once, or not as they should be.
func checkArchive(t *testing.T, lines []byte, broken map[string]bool) {
	t.Helper()
	seen := map[string]int{}
	for text := range bytes.Lines(lines) {
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		seen[l.File]++
		if is, there := broken[l.File]; !there || is != (l.Error != "") || !is && len(l.Results) != 1 {
			t.Errorf("%s, which is broken: %v, has the line %s", l.File, is, text)
		}
	}
	for path := range broken {
		if seen[path] != 1 {
			t.Errorf("%s is in the result %d times", path, seen[path])
		}
	}
}

// comparePeer measures photos a second of this program and of ONNX Runtime with Pillow, one after
// the other, by the same number of threads, on the same files. What is broken both pass over.
func comparePeer(t *testing.T, dir, to string, n int) {
	t.Helper()
	network := filepath.Join(to, "lite0.onnx")
	if out, err := program(t, "export", feature.Network, "--as", "onnx", "-o", network).CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	const threads = "2"
	for turn := range 2 {
		start := time.Now()
		c := program(t, "classify", "--top", "1", "--threads", threads, "--jsonl", filepath.Join(to, "again.jsonl"), dir)
		if out, err := c.CombinedOutput(); err != nil && !strings.Contains(err.Error(), "exit status 1") {
			t.Fatalf("%v:\n%s", err, out)
		}
		ours := float64(n) / time.Since(start).Seconds()
		out, err := exec.Command(*archivePeer, "../reference/archive_speed.py", network, dir, threads).CombinedOutput()
		if err != nil {
			t.Fatalf("%v:\n%s", err, out)
		}
		var theirs struct {
			Photos  int     `json:"photos"`
			Seconds float64 `json:"seconds"`
		}
		if err := json.Unmarshal(out, &theirs); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
		rate := float64(theirs.Photos) / theirs.Seconds
		t.Logf("turn %d: %.1f photos a second, ONNX Runtime with Pillow %.1f: %.2f of it", turn+1, ours, rate, ours/rate)
	}
}
