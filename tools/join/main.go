// Command join writes a program with the finished page and its networks behind it, which then needs
// no file beside it.
//
//	go run ./tools/join -program homeroom -files dist -out bin/homeroom
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"homeroom/tools/homeroom/joined"
	"homeroom/tools/whole"
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

func join(program, files, out string) error {
	if err := whole.Folder(filepath.Dir(out)); err != nil {
		return err
	}
	// The program that is there may be running.
	return whole.Write(out, 0o777, func(w io.Writer) error { return joined.Join(w, program, os.DirFS(files)) })
}
