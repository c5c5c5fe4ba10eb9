// Command npm puts together the folder of the package for npm: the element, the module with its
// types, and the engine. `npm pack` takes it.
//
//	go run ./wasm/npm -engine engine.wasm -out bin/npm
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"homeroom/core/export"
	"homeroom/wasm/element/files"
)

func main() {
	folder := flag.String("element", "element", "folder with the element's own files")
	program := flag.String("engine", "engine.wasm", "the engine, built for js/wasm")
	out := flag.String("out", "bin/npm", "folder to write")
	flag.Parse()
	if err := put(*folder, *program, *out); err != nil {
		fmt.Fprintln(os.Stderr, "npm:", err)
		os.Exit(1)
	}
}

func put(folder, program, out string) error {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("asking go for its root: %w", err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	all, err := files.Of(folder, strings.TrimSpace(string(root)), data)
	if err != nil {
		return err
	}
	delete(all, "standalone.css")
	all["plain.js"] = export.Plain(all)
	for name, from := range map[string]string{
		"package.json": filepath.Join(folder, "package.json"), "README.md": filepath.Join(folder, "README.md"), "homeroom.d.ts": filepath.Join(folder, "homeroom.d.ts"),
		"element.d.ts": filepath.Join(folder, "element.d.ts"), "LICENSE": "LICENSE", "LICENSE-Go": filepath.Join(strings.TrimSpace(string(root)), "LICENSE"),
	} {
		if all[name], err = os.ReadFile(from); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	for name, data := range all {
		if err := os.WriteFile(filepath.Join(out, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
