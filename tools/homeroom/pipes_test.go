//go:build unix

package main

import (
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestPipesAndDevicesAreNotRead has them under the names of photos, in a folder and named
// themselves. None is waited for.
func TestPipesAndDevicesAreNotRead(t *testing.T) {
	folder := t.TempDir()
	small := write(t, read(t, "../../core/photo/testdata/pictures/420.jpg"), folder, "z.jpg")
	pipe, plain, socket := filepath.Join(folder, "p.jpg"), filepath.Join(folder, "pipe"), filepath.Join(folder, "s.jpg")
	for _, path := range []string{pipe, plain} {
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			t.Skip(err)
		}
	}
	listener, err := net.Listen("unix", socket)
	if err != nil {
		t.Skip(err)
	}
	defer listener.Close()
	done := make(chan bool)
	go func() {
		defer close(done)
		status, out, complaints := execute(t, "classify", "--json", "--size", "64", folder, pipe, "/dev/zero")
		if status != 1 {
			t.Errorf("status %d", status)
		}
		for _, l := range parse(t, out) {
			want := map[string]string{pipe: "it is a pipe and not a file", socket: "it is a socket and not a file", "/dev/zero": "it is a device and not a file", small: ""}[l.File]
			if !strings.HasPrefix(l.Error, want) || (want == "") != (l.Error == "") {
				t.Errorf("%s: %q, want %q", l.File, l.Error, want)
			}
		}
		if strings.Count(out, "\n") != 5 || !strings.Contains(complaints, "left out: 1 file that is not a picture (pipe or device)") {
			t.Errorf("%s%s", out, complaints)
		}
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("it waits for a pipe")
	}
}
