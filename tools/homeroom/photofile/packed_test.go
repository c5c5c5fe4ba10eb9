package photofile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"testing"
)

// FuzzPacked looks through any archive: every file that it finds can be read or says why not, in
// any order.
func FuzzPacked(f *testing.F) {
	var z, plain, gz bytes.Buffer
	zw, tw, gw := zip.NewWriter(&z), tar.NewWriter(&plain), gzip.NewWriter(&gz)
	w, err := zw.Create("a/b.jpg")
	if err == nil {
		_, err = w.Write([]byte("\xff\xd8\xff"))
	}
	if err != nil {
		f.Fatal(err)
	}
	if err := tw.WriteHeader(&tar.Header{Name: "a/b.jpg", Size: 3, Mode: 0o644}); err != nil {
		f.Fatal(err)
	}
	tw.Write([]byte("\xff\xd8\xff"))
	zw.Close()
	tw.Close()
	gw.Write(plain.Bytes())
	gw.Close()
	for _, data := range [][]byte{z.Bytes(), plain.Bytes(), gz.Bytes()} {
		f.Add(data)
		f.Add(data[:len(data)*2/3])
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		path := filepath.Join(t.TempDir(), "archive")
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		o := &Sources{Archives: true}
		found, left := o.Find([]string{path})
		if len(found) == 0 && left.Files() == 0 {
			t.Fatal("nothing is said of the archive")
		}
		for i := len(found) - 1; i >= 0 && i > len(found)-20; i-- {
			if found[i].Err == nil && found[i].Packed() {
				_, _ = readPacked(found[i].in, 1<<16)
			}
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
	})
}
