package safetensors

import (
	"bytes"
	"encoding/binary"
	"reflect"
	"strings"
	"testing"
)

func sample() *File {
	return &File{
		Meta: map[string]string{"what": "a test"},
		Tensors: []Tensor{
			{Name: "a", Dims: []int{2, 3}, F32: []float32{1, 2, 3, 4, 5, 6}},
			{Name: "b", Dims: []int{2}, I32: []int32{-7, 8}},
			{Name: "none", Dims: []int{0, 5}, F32: []float32{}},
		},
	}
}

func TestRoundTrip(t *testing.T) {
	var out, rows bytes.Buffer
	if _, err := sample().WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	got, err := Read(out.Bytes())
	if err != nil || !reflect.DeepEqual(got, sample()) {
		t.Fatalf("%+v, %v", got, err)
	}
	// Values in pieces give the same bytes.
	f := sample()
	f.Tensors[0].F32, f.Tensors[0].Rows = nil, [][]float32{{1, 2, 3}, {4, 5, 6}}
	if _, err := f.WriteTo(&rows); err != nil || !bytes.Equal(out.Bytes(), rows.Bytes()) {
		t.Errorf("rows gave other bytes (%v)", err)
	}
}

// file makes a file of a header and some bytes.
func file(header string, body int) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), make([]byte, body)...)
}

func TestReadRefuses(t *testing.T) {
	one := func(name, dtype, shape, at string) string {
		return `"` + name + `":{"dtype":"` + dtype + `","shape":` + shape + `,"data_offsets":` + at + `}`
	}
	a := one("a", "F32", "[2]", "[0,8]")
	for _, c := range []struct {
		what string
		data []byte
		want string
	}{
		{"nothing", nil, "cut short"},
		{"a long header", binary.LittleEndian.AppendUint64(nil, 1<<60), "claims"},
		{"a header past the end", file("{}", 0)[:9], "cut short"},
		{"no JSON", file("xx", 0), "no JSON object"},
		{"a hole", file("{"+one("a", "F32", "[1]", "[4,8]")+"}", 8), "do not follow"},
		{"an overlap", file("{"+a+","+one("b", "F32", "[1]", "[4,8]")+"}", 8), "do not follow"},
		{"past the end", file("{"+a+"}", 4), "past the end"},
		{"bytes left over", file("{"+a+"}", 12), "belong to no tensor"},
		{"a name twice", file("{"+a+","+a+"}", 8), "comes twice"},
		{"another type", file("{"+one("a", "F16", "[4]", "[0,16]")+"}", 16), "not expected"},
		{"other extents", file("{"+one("a", "F32", "[3]", "[0,8]")+"}", 8), "takes 12"},
		{"a product that overflows", file("{"+one("a", "F32", "[2147483647,2147483647,2147483647]", "[0,8]")+"}", 8), "extents"},
		{"a negative extent", file("{"+one("a", "F32", "[-2]", "[0,8]")+"}", 8), "extents"},
	} {
		if _, err := Read(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q in it", c.what, err, c.want)
		}
	}
}

// FuzzRead looks for a panic, and for what was read and is written otherwise.
func FuzzRead(f *testing.F) {
	var out bytes.Buffer
	sample().WriteTo(&out)
	f.Add(out.Bytes())
	f.Add(file(`{"a":{"dtype":"I32","shape":[1],"data_offsets":[0,4]}}`, 4))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := Read(data)
		if err != nil {
			return
		}
		var b bytes.Buffer
		if _, err := got.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(b.Bytes()); err != nil {
			t.Fatal(err)
		}
	})
}
