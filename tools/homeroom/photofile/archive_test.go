package photofile

import (
	"archive/zip"
	"bytes"
	"testing"

	"homeroom/tools/homeroom/console"
)

// Whatever the bytes, there is an error or a list of photos, in bounded time and memory.
func FuzzArchive(f *testing.F) {
	var seed bytes.Buffer
	z := zip.NewWriter(&seed)
	for _, file := range [][2]string{{"a-!-0.png", "\x89PNG\r\n\x1a\n"}, {"b/../d/2.jpg", "\xff\xd8\xff"}, {"b/c/1.jpg", "\xff\xd8\xff"}, {"manifest.json", "{}"}} {
		w, err := z.Create(file[0])
		if err == nil {
			_, err = w.Write([]byte(file[1]))
		}
		if err != nil {
			f.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(seed.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		con := &console.Console{Context: t.Context(), Out: &bytes.Buffer{}, Err: &bytes.Buffer{}}
		classes, err := classesIn(con, "fuzz.tm", z.File)
		for _, c := range classes {
			if c.Name == "" && err == nil {
				t.Error("a class without a name")
			}
			for _, p := range c.Files {
				_, _ = readPacked(p.in, 1<<16)
			}
		}
	})
}
