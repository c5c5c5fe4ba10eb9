package photofile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// Links that lead in circles have a pattern find each photo once, and end.
func TestPatternWithLinksInCircles(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if err := os.Mkdir(below, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "a.jpg"), filepath.Join(below, "b.jpg")} {
		if err := os.WriteFile(path, []byte("a photo"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"one", "two"} {
		if err := os.Symlink(dir, filepath.Join(below, name)); err != nil {
			t.Skip(err)
		}
	}
	linked := filepath.Join(t.TempDir(), "linked")
	if err := os.Symlink(dir, linked); err != nil {
		t.Fatal(err)
	}
	for pattern, want := range map[string][]string{
		filepath.Join(dir, "**", "*.jpg"):       {filepath.Join(dir, "a.jpg"), filepath.Join(below, "b.jpg")},
		filepath.Join(linked, "**", "b.jpg"):    {filepath.Join(linked, "below", "b.jpg")},
		filepath.Join(below, "o*", "a.jpg"):     {filepath.Join(below, "one", "a.jpg")},
		filepath.Join(dir, "**", "nothing.jpg"): {filepath.Join(dir, "**", "nothing.jpg")},
	} {
		found, _ := new(Sources).Find([]string{pattern})
		got := map[string]bool{}
		for _, f := range found {
			got[f.Path] = true
		}
		for _, path := range want {
			if !got[path] {
				t.Errorf("%s does not find %s", pattern, path)
			}
		}
		if len(found) != len(want) {
			t.Errorf("%s finds %d files, want %d: %v", pattern, len(found), len(want), got)
		}
	}
}

// TestLinksToFoldersAbove has a line for each link that leads back, and each photo once.
func TestLinksToFoldersAbove(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "below")
	if err := errors.Join(os.Mkdir(below, 0o755), os.WriteFile(filepath.Join(below, "b.jpg"), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{"..", "."} {
		if err := os.Symlink(to, filepath.Join(below, "to"+to)); err != nil {
			t.Skip(err)
		}
	}
	found, _ := Find([]string{dir})
	if len(found) != 3 || found[0].Err != nil || found[1].Path != filepath.Join(below, "to.") || found[1].Err == nil || found[2].Err == nil {
		t.Errorf("found %v", found)
	}
}
