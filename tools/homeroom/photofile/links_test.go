package photofile

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestLinksInTar: another name of a photo in a tar is that photo, or it is said why it is not read.
func TestLinksInTar(t *testing.T) {
	var plain, packed bytes.Buffer
	w, z := tar.NewWriter(&plain), gzip.NewWriter(&packed)
	for _, h := range []tar.Header{
		{Name: "a.jpg", Size: 3}, {Name: "notes"},
		{Typeflag: tar.TypeLink, Name: "b.jpg", Linkname: "a.jpg"}, {Typeflag: tar.TypeLink, Name: "more", Linkname: "notes"},
		{Typeflag: tar.TypeLink, Name: "c.jpg", Linkname: "gone.jpg"}, {Typeflag: tar.TypeSymlink, Name: "d.jpg", Linkname: "a.jpg"},
	} {
		h.Mode = 0o644
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		w.Write([]byte("\xff\xd8\xff")[:h.Size])
	}
	w.Close()
	z.Write(plain.Bytes())
	z.Close()
	for name, data := range map[string][]byte{"t.tar": plain.Bytes(), "t.tar.gz": packed.Bytes()} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		o := &Sources{Archives: true}
		defer o.Close()
		found, _ := o.Find([]string{path})
		got := map[string]string{}
		for i := range found {
			data, err := found[i].Read()
			if found[i].Err != nil {
				err = found[i].Err
			}
			says := string(data)
			if err != nil {
				says = err.Error()
			}
			got[filepath.Base(found[i].Path)] = says
		}
		want := map[string]string{"a.jpg": "\xff\xd8\xff", "b.jpg": "\xff\xd8\xff", "c.jpg": "gone.jpg, which the archive does not have", "d.jpg": "a symbolic link to a.jpg"}
		if name == "t.tar.gz" {
			want["b.jpg"] = "another name of a.jpg in a compressed archive"
		}
		for photo, says := range want {
			if !strings.Contains(got[photo], says) {
				t.Errorf("%s in %s: %q, want %q", photo, name, got[photo], says)
			}
		}
	}
}
