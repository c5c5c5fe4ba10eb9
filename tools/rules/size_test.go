package rules

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

const (
	mostFunction = 120  // lines of a function, from func to its last brace
	mostPackage  = 4000 // lines of a package without its tests
	mostBrowser  = 2600 // lines of wasm/browser, which decides nothing
)

// TestSizes bounds functions and packages. What is generated is not counted, as most of core/kernel
// is: what it is generated from, core/kernel/gen, counts.
func TestSizes(t *testing.T) {
	lines := map[string]int{}
	walkGo(t, func(name string, data []byte, files *token.FileSet, f *ast.File) {
		folder := path.Dir(name)
		for _, d := range f.Decls {
			if fn, is := d.(*ast.FuncDecl); is {
				if n := files.Position(fn.End()).Line - files.Position(fn.Pos()).Line + 1; n > mostFunction {
					t.Errorf("%s: %s has %d lines, more than %d", name, fn.Name.Name, n, mostFunction)
				}
			}
		}
		if !strings.HasSuffix(name, "_test.go") {
			lines[folder] += bytes.Count(data, []byte("\n"))
		}
	})
	for folder, n := range lines {
		if n > mostPackage {
			t.Errorf("%s has %d lines, more than %d", folder, n, mostPackage)
		}
	}
	if n := lines["wasm/browser"]; n == 0 || n >= mostBrowser {
		t.Errorf("wasm/browser has %d lines, not under %d: what decides goes to wasm/app", n, mostBrowser)
	}
	if len(lines) < 30 {
		t.Errorf("only %d packages were looked through", len(lines))
	}
}

// walkGo calls f with each Go file that is written by hand: its bytes and its syntax.
func walkGo(t *testing.T, f func(name string, data []byte, files *token.FileSet, syntax *ast.File)) {
	t.Helper()
	walk(t, func(name string) {
		if !strings.HasSuffix(name, ".go") {
			return
		}
		data, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		files := token.NewFileSet()
		syntax, err := parser.ParseFile(files, name, data, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		if !ast.IsGenerated(syntax) {
			f(name, data, files, syntax)
		}
	})
}
