// Package rules holds the whole tree to rules that no compiler knows.
package rules

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the folder of the project.
const root = "../.."

// walk visits the files of the tree, by their path from its root. What is built or fetched is left
// out.
func walk(t *testing.T, visit func(path string)) {
	t.Helper()
	built := []string{".git", ".cache", "bin", "dist", "weights/large"}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case d.IsDir() && (slices.Contains(built, name) || d.Name() == "__pycache__" || d.Name() == "node_modules"):
			return fs.SkipDir
		case d.Type().IsRegular():
			visit(name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// registries are the hosts of package registries and of stores of models. Their names are put
// together here, so that this file holds none.
func registries() [][]byte {
	var out [][]byte
	for _, parts := range [][]string{
		{"pypi", "org"}, {"pypi", "python", "org"}, {"pythonhosted", "org"}, {"npmjs", "org"}, {"npmjs", "com"}, {"yarnpkg", "com"},
		{"unpkg", "com"}, {"jsdelivr", "net"}, {"huggingface", "co"}, {"hf", "co/"}, {"kaggle", "com"}, {"proxy", "golang", "org"},
		{"sum", "golang", "org"}, {"anaconda", "org"}, {"crates", "io"}, {"deb", "debian", "org"}, {"docker", "io"}, {"ghcr", "io"},
		{"storage", "googleapis", "com"}, {"download", "pytorch", "org"}, {"tfhub", "dev"},
	} {
		out = append(out, []byte(strings.Join(parts, ".")))
	}
	return out
}

// TestNoAddressOfARegistry looks for one in all files, packs too. Packages are named with their
// version and fetched by pip, npm and go as those are set up, which may be to a mirror, and checked
// against pinned checksums.
func TestNoAddressOfARegistry(t *testing.T) {
	hosts, files := registries(), 0
	walk(t, func(path string) {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		files++
		for _, host := range hosts {
			if at := bytes.Index(data, host); at >= 0 {
				t.Errorf("%s has %q in it: %q", path, host, data[max(0, at-40):min(len(data), at+60)])
			}
		}
		// What the weights' lists say of a network's source is a package or a program, not a place.
		if strings.HasPrefix(path, "weights/") && (bytes.Contains(data, []byte("http://")) || bytes.Contains(data, []byte("https://"))) {
			t.Errorf("%s has an address in it; name the package and its version", path)
		}
	})
	if files < 500 {
		t.Errorf("only %d files were looked through", files)
	}
}
