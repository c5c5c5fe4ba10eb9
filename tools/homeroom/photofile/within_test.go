package photofile

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// told is the path below a folder of each file that was found, with what is wrong with it.
func told(t *testing.T, root string, found []File) (list []string) {
	for _, f := range found {
		path, err := filepath.Rel(root, f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if f.Err != nil {
			path += ": " + f.Err.Error()
		}
		list = append(list, filepath.ToSlash(strings.ReplaceAll(path, root+string(filepath.Separator), "")))
	}
	return list
}

// TestLinksToOneFolder has a line for each link to a folder that is read by another path.
func TestLinksToOneFolder(t *testing.T) {
	root, other := t.TempDir(), t.TempDir()
	for path, text := range map[string]string{filepath.Join(root, "a", "1.jpg"): "1", filepath.Join(other, "2.jpg"): "2"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"b": "a", "c": other, "d": other} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	found, _ := Find([]string{root})
	got := told(t, root, found)
	want := []string{
		"a/1.jpg", "b: it is a link to the folder that is read as a, and each is read once; take the link away, or name it apart",
		"c/2.jpg", "d: it is a link to the folder that is read as c, and each is read once; take the link away, or name it apart",
	}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestArchivesInFolders are read where that is wanted, and else it is said how.
func TestArchivesInFolders(t *testing.T) {
	root := t.TempDir()
	packed := func(names ...string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for _, name := range names {
			w, err := z.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			w.Write([]byte("milk"))
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for name, data := range map[string][]byte{"1.jpg": []byte("1"), "2.zip": packed("x/3.jpg", "notes.txt"), "4.zip": packed("notes.txt"), "5.tar": []byte("torn"), "6.docx": packed("7.jpg")} {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for within, want := range map[bool][]string{false: {"1.jpg"}, true: {"1.jpg", "2.zip/x/3.jpg", "5.tar: it is called an archive and is none; it may be damaged"}} {
		o := (&Finding{Recursive: true, Archives: within}).Sources(nil)
		found, left := o.Find([]string{root})
		got := told(t, root, found)
		if !slices.Equal(got, want) {
			t.Errorf("archives %v: found %q, want %q", within, got, want)
		}
		says := "3 zip or tar, read with --archives"
		if within {
			says = "zip or tar without photos"
		}
		if !strings.Contains(left.String(), says) {
			t.Errorf("archives %v: left out %s", within, left.String())
		}
		if err := o.Close(); err != nil {
			t.Error(err)
		}
	}
}
