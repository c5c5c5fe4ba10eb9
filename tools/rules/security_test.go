package rules

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Whoever looks for the test that holds a promise finds it.
func TestSecurityNamesTests(t *testing.T) {
	read := func(path string) []byte {
		text, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	there := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Za-z0-9]+)\(`)
	walk(t, func(path string) {
		if strings.HasSuffix(path, "_test.go") {
			for _, found := range declared.FindAllSubmatch(read(path), -1) {
				there[string(found[1])] = true
			}
		}
	})
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9]+)`").FindAllSubmatch(read("SECURITY.md"), -1)
	if len(named) < 50 {
		t.Fatalf("SECURITY.md names %d tests only", len(named))
	}
	for _, name := range named {
		if !there[string(name[1])] {
			t.Errorf("SECURITY.md names %s, and there is no such test", name[1])
		}
	}
}
