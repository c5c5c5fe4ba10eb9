package rules

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A file names others of its package: by file name, the things that it names there.
type named map[string][]string

// TestFilesOneWay holds the files of each package of wasm/app to an order: a file names what stands
// in files below its own, and nothing of one above it. Functions, types, methods, fields, constants
// and variables count.
func TestFilesOneWay(t *testing.T) {
	for folder, files := range filesOf(t, "homeroom/wasm/app/...") {
		for _, circle := range circles(files) {
			var says strings.Builder
			for _, from := range circle {
				for _, to := range circle {
					if names := files[from][to]; len(names) > 0 {
						fmt.Fprintf(&says, "\n\t%s -> %s: %s", from, to, strings.Join(names, ", "))
					}
				}
			}
			t.Errorf("files of %s name each other in a circle:%s", folder, says.String())
		}
	}
}

// TestCirclesAreFound, also those over several files and beside others.
func TestCirclesAreFound(t *testing.T) {
	to := func(files ...string) named {
		out := named{}
		for _, f := range files {
			out[f] = []string{"name"}
		}
		return out
	}
	files := map[string]named{"a": to("b", "c"), "b": to("d"), "c": to("b"), "d": to("e"), "e": to("b"), "f": to("g", "a"), "g": to("f"), "h": to()}
	got := circles(files)
	if want := [][]string{{"b", "d", "e"}, {"f", "g"}}; !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("circles are %v, want %v", got, want)
	}
}

// A listed package, as go list tells it.
type listed struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	DepOnly                 bool
}

// filesOf reads packages, their types included: what each file names of the other files of its
// package, by folder and file.
func filesOf(t *testing.T, pattern string) map[string]map[string]named {
	t.Helper()
	list := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles,DepOnly", pattern)
	list.Dir, list.Stderr = root, os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	export, packages := map[string]string{}, []listed(nil)
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var one listed
		if err := d.Decode(&one); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if export[one.ImportPath] = one.Export; !one.DepOnly {
			packages = append(packages, one)
		}
	}
	all := map[string]map[string]named{}
	for _, p := range packages {
		all[p.ImportPath] = filesOfPackage(t, p, export)
	}
	return all
}

func filesOfPackage(t *testing.T, p listed, export map[string]string) map[string]named {
	t.Helper()
	set := token.NewFileSet()
	var syntax []*ast.File
	for _, name := range p.GoFiles {
		f, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		syntax = append(syntax, f)
	}
	config := types.Config{Importer: importer.ForCompiler(set, "gc", func(path string) (io.ReadCloser, error) { return os.Open(export[path]) })}
	info := types.Info{Uses: map[*ast.Ident]types.Object{}}
	pkg, err := config.Check(p.ImportPath, set, syntax, &info)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]named{}
	file := func(at token.Pos) string { return filepath.Base(set.Position(at).Filename) }
	for _, f := range syntax {
		files[file(f.Pos())] = named{}
	}
	for ident, of := range info.Uses {
		if of.Pkg() != pkg || !of.Pos().IsValid() {
			continue
		}
		from, to := file(ident.Pos()), file(of.Pos())
		if from != to && !slices.Contains(files[from][to], of.Name()) {
			files[from][to] = append(files[from][to], of.Name())
		}
	}
	return files
}

// circles are the files that reach each other by what they name, a circle a list.
func circles(files map[string]named) [][]string {
	reaches := map[string]map[string]bool{}
	var walk func(from, at string)
	walk = func(from, at string) {
		for to := range files[at] {
			if !reaches[from][to] {
				reaches[from][to] = true
				walk(from, to)
			}
		}
	}
	for from := range files {
		reaches[from] = map[string]bool{}
		walk(from, from)
	}
	var found [][]string
	done := map[string]bool{}
	for _, from := range slices.Sorted(maps.Keys(files)) {
		if done[from] || !reaches[from][from] {
			continue
		}
		var circle []string
		for _, to := range slices.Sorted(maps.Keys(files)) {
			if reaches[from][to] && reaches[to][from] {
				circle, done[to] = append(circle, to), true
			}
		}
		found = append(found, circle)
	}
	return found
}
