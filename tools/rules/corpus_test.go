package rules

import (
	"go/ast"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"
)

// TestFuzzTestsHaveCorpora: inputs that fuzzing found lie beside each fuzz test, where every run of
// the tests tries them.
func TestFuzzTestsHaveCorpora(t *testing.T) {
	tests := 0
	walkGo(t, func(name string, _ []byte, _ *token.FileSet, f *ast.File) {
		for _, d := range f.Decls {
			fn, is := d.(*ast.FuncDecl)
			if !is || fn.Recv != nil || !strings.HasSuffix(name, "_test.go") || !strings.HasPrefix(fn.Name.Name, "Fuzz") {
				continue
			}
			tests++
			corpus := path.Join(path.Dir(name), "testdata", "fuzz", fn.Name.Name)
			if inputs, err := os.ReadDir(filepath.Join(root, corpus)); err != nil || len(inputs) == 0 {
				t.Errorf("%s: %s has no inputs in %s (%v); run it by go test -fuzz, and keep some of what it found", name, fn.Name.Name, corpus, err)
			}
		}
	})
	if tests < 30 {
		t.Errorf("only %d fuzz tests were looked at", tests)
	}
}
