package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/host"
)

// finished makes a folder that looks like the finished page.
func finished(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	write(t, []byte("<!doctype html><title>Homeroom</title>"), folder, "index.html")
	write(t, []byte("\x00asm"), folder, "homeroom.wasm")
	return folder
}

// served runs serve until the test is over, and returns the address it prints.
func served(t *testing.T, args ...string) (address string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	reader, writer := io.Pipe()
	var complaints bytes.Buffer
	status := make(chan int, 1)
	go func() {
		status <- run(&console.Console{Context: ctx, Out: writer, Err: &complaints}, append([]string{"serve"}, args...))
		writer.Close()
	}()
	first, err := bufio.NewReader(reader).ReadString('\n')
	go io.Copy(io.Discard, reader)
	t.Cleanup(func() {
		stop()
		if s := <-status; s != 0 || complaints.Len() > 0 {
			t.Errorf("serve ended with %d: %s", s, complaints.String())
		}
	})
	_, rest, ok := strings.Cut(first, "http://")
	if err != nil || !ok {
		t.Fatalf("serve printed %q: %v", first, err)
	}
	address, _, _ = strings.Cut(rest, "/")
	return address
}

// occupy takes an address if nobody has it yet.
func occupy(t *testing.T, address string) {
	t.Helper()
	if l, err := net.Listen("tcp", address); err == nil {
		t.Cleanup(func() { l.Close() })
	}
}

func TestServe(t *testing.T) {
	occupy(t, host.DefaultAddr)
	address := served(t, "--dist", finished(t))
	name, port, err := net.SplitHostPort(address)
	if err != nil || name != "127.0.0.1" || port == "8080" {
		t.Fatalf("it serves on %s, and 127.0.0.1:8080 is taken (%v)", address, err)
	}
	for path, want := range map[string]string{"/": "text/html; charset=utf-8", "/homeroom.wasm": "application/wasm"} {
		answer, err := http.Get("http://" + address + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if got := answer.Header.Get("Content-Type"); answer.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: status %d, type %q, want %q", path, answer.StatusCode, got, want)
		}
		if answer.Header.Get("Content-Security-Policy") != host.Policy {
			t.Errorf("%s has another policy", path)
		}
	}

	// An address that was asked for is that one or none.
	fail(t, 1, []string{"serve", "--dist", finished(t), "--addr", address}, address+" is taken")
}

// TestServeFindsThePage: the folder may be named by the environment.
func TestServeFindsThePage(t *testing.T) {
	t.Setenv("HOMEROOM_DIST", finished(t))
	served(t, "--addr", "127.0.0.1:0")
	t.Setenv("HOMEROOM_DIST", t.TempDir())
	fail(t, 1, []string{"serve"}, "page was not found", "make build", "--dist")
	fail(t, 1, []string{"serve", "--dist", t.TempDir()}, "not the finished page", "make build")
}
