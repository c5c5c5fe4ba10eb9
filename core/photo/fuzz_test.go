package photo

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// FuzzDecode reads any bytes with small limits, and resizes what it gets.
func FuzzDecode(f *testing.F) {
	names, err := filepath.Glob(filepath.Join("testdata", "pictures", "*"))
	if err != nil || len(names) == 0 {
		f.Fatal("no pictures ", err)
	}
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	limits := Limits{Bytes: 1 << 15, Pixels: 1 << 14}
	d := lite.At(8)
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		p, err := Decode(data, limits)
		if !bytes.Equal(data, before) {
			t.Fatal("the file was written to")
		}
		if fault := check(t, p, err); fault != nil {
			var panicked runtime.Error
			if errors.As(fault.Cause, &panicked) {
				t.Fatalf("reading panicked: %v", panicked)
			}
			return
		}
		if p.Width*p.Height > limits.Pixels || len(data) > limits.Bytes {
			t.Fatalf("%d × %d pixels of %d bytes are over the limits", p.Width, p.Height, len(data))
		}
		if n := len(d.Crop(p)); n != 3*8*8 {
			t.Fatalf("the crop has %d levels", n)
		}
	})
}
