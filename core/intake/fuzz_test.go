package intake

import (
	"strings"
	"testing"
)

// FuzzByFolder sorts any paths, a line each: every file in a folder has a class, and no two classes
// have one key.
func FuzzByFolder(f *testing.F) {
	f.Add("cats/1.jpg\nCats/2.jpg\ndogs/deep/er/3.jpg\n4.jpg")
	f.Add("a/b/c\na/b\n/x\nx/\n//\ne\u0301/1\n\u00e9/2")
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 1<<12 {
			return
		}
		paths := strings.Split(text, "\n")
		names, class := ByFolder(paths)
		keys := map[string]bool{}
		for _, name := range names {
			if keys[ClassKey(name)] {
				t.Fatalf("%q is there twice among %q", name, names)
			}
			keys[ClassKey(name)] = true
			if ClassKey(ClassKey(name)) != ClassKey(name) {
				t.Fatalf("the key of %q has another key", name)
			}
		}
		for i, path := range paths {
			if (class[i] < 0) != !strings.Contains(path, "/") || class[i] >= len(names) {
				t.Fatalf("%q is of class %d of %d", path, class[i], len(names))
			}
		}
	})
}
