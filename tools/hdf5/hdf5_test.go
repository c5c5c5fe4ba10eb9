package hdf5_test

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"homeroom/tools/checkpoint/checkpointtest"
	"homeroom/tools/hdf5"
)

func read(t testing.TB, path string) []byte {
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A file of every kind of array that h5py writes is read as it was written.
func TestKinds(t *testing.T) {
	g, err := hdf5.Read(read(t, "testdata/kinds.h5"))
	if err != nil {
		t.Fatal(err)
	}
	if a := g.Attributes; !slices.Equal(a["fixed"].Text, []string{"one"}) || !slices.Equal(a["list"].Text, []string{"two", "three"}) || a["number"].Text != nil {
		t.Errorf("attributes %v", a)
	}
	for name, d := range g.Groups["in"].Data {
		from := float32(-3)
		if name == "u1" {
			from = 0
		}
		for i, v := range d.Floats {
			if v != from+float32(i) {
				t.Errorf("%s: %v", name, d.Floats)
				break
			}
		}
	}
	if n := len(g.Groups["in"].Data); n != 6 {
		t.Errorf("%d arrays", n)
	}
	for _, name := range []string{"chunks", "packed"} {
		d := g.Data[name]
		if d == nil || !slices.Equal(d.Dims, []int{7, 9, 2}) {
			t.Fatalf("%s: %v", name, d)
		}
		for i, v := range d.Floats {
			if v != float32(i) {
				t.Fatalf("%s: element %d is %v", name, i, v)
			}
		}
	}
	if d := g.Data["scalar"]; d == nil || len(d.Dims) != 0 || d.Floats[0] != 0.5 {
		t.Errorf("scalar %v", d)
	}
	if g.Data["text"] != nil {
		t.Error("text became numbers")
	}
	for i := range 60 {
		if d := g.Groups["many"].Data[strconv.Itoa(i)]; d == nil || d.Floats[0] != float32(i) {
			t.Errorf("array %d of many: %v", i, d)
		}
	}
}

// Whatever the bytes, there is an error or a group, in bounded time and memory.
func FuzzRead(f *testing.F) {
	f.Add(read(f, "testdata/kinds.h5"))
	f.Add(read(f, "../keras/testdata/keras2.h5"))
	f.Fuzz(func(t *testing.T, data []byte) {
		checkpointtest.Bounded(t, len(data), func() { hdf5.Read(data) })
	})
}
