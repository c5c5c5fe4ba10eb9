//go:build !js

package outside

import (
	"archive/zip"
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"homeroom/wasm/protocol"
)

// zipOf is a zip with files of these names, each of two bytes.
func zipOf(t testing.TB, names ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, name := range names {
		f, err := w.CreateHeader(&zip.FileHeader{Name: name}) // stored: to deflate thousands takes long
		if err == nil && !strings.HasSuffix(name, "/") {
			_, err = f.Write([]byte("ab"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestUnpack(t *testing.T) {
	data := zipOf(t, "cats/", "cats/1.jpg", "dogs/.hidden/2.jpg", "manifest.json", ".dog-!-7", "red/blue-!-8")
	got, err := Unpack(File{Name: "my.pets.zip", Changed: 5}, bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got {
		lines = append(lines, fmt.Sprint(p.Path, " ", p.Name, " ", p.Bytes, " ", p.Changed, " ", p.Entry != nil))
	}
	want := []string{
		"my.pets/cats/1.jpg 1.jpg 2 5 true", "my.pets/dogs/.hidden/2.jpg 2.jpg 2 5 false",
		"my.pets/.dog/7 7 2 5 true", "my.pets/red∕blue/8 8 2 5 true", // a class of Teachable Machine is called whatever it is called
	}
	if !slices.Equal(lines, want) {
		t.Errorf("%q, want %q", lines, want)
	}
}

// TestUnpackRefuses has zips that are none, or hold too much.
func TestUnpackRefuses(t *testing.T) {
	many := make([]string, maxArchived+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	large := zipOf(t, "a.jpg", "b.jpg")
	// The list at the end of a zip says what each holds, 24 bytes from where its entry begins.
	for at := range large {
		if bytes.HasPrefix(large[at:], []byte("PK\x01\x02")) {
			copy(large[at+24:], []byte{0, 0, 0, 0x70})
		}
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{[]byte("PK no more"), "it is no zip"},
		{nil, "it is no zip"},
		{zipOf(t, many...), "it holds 20001 files; at most 20000 are expected"},
		{large, "it unpacks to more than 2 GB"},
	} {
		if _, err := Unpack(File{Name: "a.zip"}, bytes.NewReader(c.data), int64(len(c.data))); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q", err, c.want)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add(zipOf(f, "cats/", "cats/1.jpg", ".hidden/2.jpg", "manifest.json", "red/blue-!-8", "../up.jpg", "/root.jpg", "a\\b.jpg", ""))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Unpack(File{Name: "a.zip"}, bytes.NewReader(data), int64(len(data)))
		if err != nil && got != nil {
			t.Error("files and an error")
		}
		for _, p := range got {
			if !strings.HasPrefix(p.Path, "a/") || p.Object != nil {
				t.Errorf("%q", p.Path)
			}
		}
	})
}

func TestIsArchive(t *testing.T) {
	for _, c := range []struct {
		f    File
		want bool
	}{
		{File{Name: "a.zip"}, true}, {File{Name: "A.TM"}, true}, {File{Name: "a.jpg"}, false},
		{File{Name: "a.zip", Path: "folder/a.zip"}, false}, // it lies about beside photos
	} {
		if got := c.f.IsArchive(); got != c.want {
			t.Errorf("%+v: %v", c.f, got)
		}
	}
}

func TestFolderIsListed(t *testing.T) {
	var l FolderListed
	for _, c := range []struct {
		above, name string
		file, into  bool
	}{
		{"", "a.jpg", true, false}, {"", ".git", false, false}, {"", "Thumbs.db", true, false}, {"", "cats", false, true},
		{"cats/", "b.jpg", true, false}, {"cats/", "@eaDir", false, false}, {"cats/", "old", false, true},
	} {
		if into := l.Found(c.above, c.name, c.file); into != c.into {
			t.Errorf("%s%s is gone into: %v", c.above, c.name, into)
		}
	}
	l.NotRead("cats", Denied)
	l.NotRead("cats/old", Gone)
	want := FolderListed{Files: []string{"a.jpg", "cats/b.jpg"}, Folders: []string{"cats", "cats/old"}, Unread: []string{"cats"}}
	if !reflect.DeepEqual(l, want) {
		t.Errorf("%+v, want %+v", l, want)
	}
}

func TestPackCame(t *testing.T) {
	e := GetPack{Bytes: 100, SHA256: "right"}
	pack := &protocol.Handle{Name: "pack"}
	for _, c := range []struct {
		bytes      int64
		fault, sum string
		want       GotPack
	}{
		{100, "", "right", GotPack{Pack: pack, Bytes: 100}},
		{100, "it broke", "right", GotPack{Pack: pack, Bytes: 100}},
		{100, "", "wrong", GotPack{Wrong: true, Bytes: 100}},
		{101, "", "right", GotPack{Wrong: true, Bytes: 101}},
		{99, "", "right", GotPack{Part: pack, Bytes: 99}},
		{99, "it broke", "right", GotPack{Error: "it broke", Part: pack, Bytes: 99}},
		{0, "it broke", "right", GotPack{Error: "it broke", Part: pack}},
	} {
		got := e.Came(pack, c.bytes, c.fault, func() string {
			if c.bytes != e.Bytes {
				t.Errorf("%d bytes are summed up", c.bytes)
			}
			return c.sum
		})
		if got != c.want {
			t.Errorf("%d bytes of sum %s: %+v, want %+v", c.bytes, c.sum, got, c.want)
		}
	}
}

func TestPacksAreDropped(t *testing.T) {
	e := KeepPack{Wanted: []string{"weights/a.pack", "weights/b.pack"}}
	for address, want := range map[string]bool{
		"https://photos.example/weights/a.pack":           false,
		"https://photos.example/home/weights/b.pack":      false,
		"https://photos.example/weights/weights/a.pack":   false,
		"https://photos.example/weights/old.pack":         true,
		"https://photos.example/weights/a.pack?version=2": true,
		"https://photos.example/a.pack":                   true,
	} {
		if got := e.Drops(address); got != want {
			t.Errorf("%s is dropped: %v", address, got)
		}
	}
}
