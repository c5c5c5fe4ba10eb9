// Command join writes a program with the finished page and its networks behind it, which then needs no file beside it.
//
//	go run ./tools/join -program homeroom -files dist -out bin/homeroom
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"homeroom/tools/homeroom/joined"
)

func main() {
	program := flag.String("program", "", "the program as it was built")
	files := flag.String("files", "dist", "folder of what is joined with it")
	out := flag.String("out", "", "file to write")
	flag.Parse()
	if err := join(*program, *files, *out); err != nil {
		fmt.Fprintln(os.Stderr, "join:", err)
		os.Exit(1)
	}
}

// join writes beside its place first: the program that is there may be running.
func join(program, files, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	w, err := os.CreateTemp(filepath.Dir(out), ".homeroom-*")
	if err != nil {
		return err
	}
	defer os.Remove(w.Name())
	if err := joined.Join(w, program, os.DirFS(files)); err != nil {
		w.Close()
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := os.Chmod(w.Name(), 0o755); err != nil {
		return err
	}
	return os.Rename(w.Name(), out)
}
