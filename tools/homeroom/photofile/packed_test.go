package photofile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"hash/crc32"
	"maps"
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

// TestZipsThatAreNotRead: a photo in a zip that is encrypted, or compressed by another method, says
// so and what to do, and the one beside it is read.
func TestZipsThatAreNotRead(t *testing.T) {
	var data bytes.Buffer
	w := zip.NewWriter(&data)
	for name, h := range map[string]zip.FileHeader{"bz.jpg": {Method: 12}, "locked.jpg": {Flags: 1}, "read.jpg": {}} {
		h.Name, h.CompressedSize64, h.UncompressedSize64, h.CRC32 = name, 3, 3, crc32.ChecksumIEEE([]byte("abc"))
		in, err := w.CreateRaw(&h)
		if err == nil {
			_, err = in.Write([]byte("abc"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.zip")
	if err := os.WriteFile(path, data.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	o := &Sources{Archives: true}
	defer o.Close()
	found, _ := o.Find([]string{path})
	says := map[string]string{}
	for _, f := range found {
		data, err := f.Read()
		if says[filepath.Base(f.Path)] = string(data); err != nil {
			says[filepath.Base(f.Path)] = err.Error()
		}
	}
	want := map[string]string{
		"bz.jpg":     "it is compressed in its zip by a method that is not read (12); unpack it, or make the zip anew with the usual one, Deflate",
		"locked.jpg": "it is encrypted in its zip; unpack it with its password",
		"read.jpg":   "abc",
	}
	if !maps.Equal(says, want) {
		t.Errorf("they say %q, want %q", says, want)
	}
}
