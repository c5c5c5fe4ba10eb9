package photofile

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/tools/homeroom/console"
)

// TestNamesThatLeadOut: what lies above its archive by its name is not called hidden, and what lies
// in the folder "." is taken.
func TestNamesThatLeadOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.zip")
	var data bytes.Buffer
	z := zip.NewWriter(&data)
	for _, name := range []string{"../x.webp", "./a/y.jpg"} {
		if _, err := z.Create(name); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &Sources{Archives: true}
	defer o.Close()
	found, left := o.Find([]string{path})
	if len(found) != 2 || left.String() != "" {
		t.Fatalf("found %v, left out %s", found, left.String())
	}
	if f := found[0]; f.Path != path+filepath.FromSlash("/../x.webp") || f.Err == nil || !strings.Contains(f.Err.Error(), "leads out of the archive") {
		t.Errorf("%s: %v", f.Path, f.Err)
	}
	if f := found[1]; f.Path != filepath.Join(path, "a", "y.jpg") || f.Err != nil {
		t.Errorf("%s: %v", f.Path, f.Err)
	}
	reader, err := zip.NewReader(bytes.NewReader(data.Bytes()), int64(data.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var says strings.Builder
	_, _ = classesIn(&console.Console{Context: t.Context(), Err: &says}, path, reader.File)
	if !strings.Contains(says.String(), "../x.webp: its name leads out of the archive") {
		t.Errorf("it says %s", says.String())
	}
}
