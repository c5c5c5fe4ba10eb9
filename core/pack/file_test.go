package pack

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"hash/crc32"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func sample() *File {
	return &File{
		Manifest: json.RawMessage(`{"name":"lite","labels":["<cat>","dog & co"]}`),
		Tensors: []*Tensor{
			Encode("stem.weight", []int{4, 3, 3, 3}, weights(1, 108), I8),
			Encode("stem.bias", []int{4}, weights(2, 4), F32),
			Encode("odd", []int{3, 7}, weights(3, 21), I8),
			Encode("half", []int{5, 5}, weights(4, 25), F16),
			Encode("scalar", []int{}, []float32{2.5}, F32),
		},
	}
}

func written(t testing.TB, f *File) []byte {
	var b bytes.Buffer
	n, err := f.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo: %d of %d bytes, %v", n, b.Len(), err)
	}
	return b.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for name, f := range map[string]*File{
		"sample":              sample(),
		"empty":               {Tensors: []*Tensor{}},
		"manifest":            {Manifest: json.RawMessage(`[1,2,3]`), Tensors: []*Tensor{}},
		"one byte":            {Tensors: []*Tensor{{Name: "b", DType: I8, Dims: []int{1, 1}, Data: []byte{5}, Scale: []float32{1}}}},
		"coded":               codedSample(),
		"coded, none smaller": {Coded: true, Tensors: []*Tensor{Encode("a", []int{1}, []float32{1}, F32)}},
		"coded, empty":        {Coded: true, Tensors: []*Tensor{}},
		"long name":           {Tensors: []*Tensor{Encode(strings.Repeat("é\n\"", 500), []int{1}, []float32{1}, F32)}},
	} {
		data := written(t, f)
		got, err := Read(name, data)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !reflect.DeepEqual(got, f) {
			t.Errorf("%s: read %+v, wrote %+v", name, got, f)
		}
		if !bytes.Equal(written(t, got), data) {
			t.Errorf("%s: written again, the bytes differ", name)
		}
	}
}

func TestLayout(t *testing.T) {
	data := written(t, sample())
	f, err := Read("x", data)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range f.Tensors {
		at := bytes.Index(data, x.Data)
		if at%64 != 0 || &data[at] != &x.Data[0] {
			t.Errorf("%s lies at %d, or is a copy", x.Name, at)
		}
	}
	if f.Tensor("odd") != f.Tensors[2] || f.Tensor("even") != nil {
		t.Error("Tensor finds the wrong one")
	}
}

// The bytes of a pack are a promise to every pack already out there.
func TestGolden(t *testing.T) {
	for name, f := range map[string]*File{"sample.pack": sample(), "coded.pack": codedSample()} {
		golden := filepath.Join("testdata", name)
		data := written(t, f)
		if os.Getenv("UPDATE_GOLDEN") != "" {
			if err := os.WriteFile(golden, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(data, want) {
			t.Errorf("the sample no longer gives the bytes of %s; what was written must stay readable and reproducible", golden)
		}
		if got, err := Read(name, want); err != nil || !reflect.DeepEqual(got, f) {
			t.Errorf("%s reads as %+v, %v", golden, got, err)
		}
	}
}

func TestManifestIsCompacted(t *testing.T) {
	a := written(t, &File{Manifest: json.RawMessage(`{"a": [1, 2]}`)})
	b := written(t, &File{Manifest: json.RawMessage("{\n\t\"a\":[1,2]\n}")})
	if !bytes.Equal(a, b) {
		t.Error("white space of the manifest changes the pack")
	}
}

// sealed builds a pack around any header and data, with right checksums in the preamble, as a liar
// would.
func sealed(header string, data []byte) []byte { return sealedAs(plainVersion, header, data) }

// sealedAs is sealed for any version of the format.
func sealedAs(version uint32, header string, data []byte) []byte {
	b := []byte(magic)
	le := binary.LittleEndian
	start := roundUp(int64(preambleSize+len(header)), alignment(version))
	b = le.AppendUint32(b, version)
	b = le.AppendUint32(b, uint32(len(header)))
	b = le.AppendUint64(b, uint64(start)+uint64(len(data)))
	b = le.AppendUint32(b, crc32.Checksum([]byte(header), castagnoli))
	b = le.AppendUint32(b, crc32.Checksum(b, castagnoli))
	b = append(b, header...)
	b = append(b, make([]byte, start-int64(len(b)))...)
	return append(b, data...)
}

// resealed changes bytes of the preamble and sets its checksum right again.
func resealed(data []byte, at int, with ...byte) []byte {
	b := bytes.Clone(data)
	copy(b[at:], with)
	binary.LittleEndian.PutUint32(b[28:], crc32.Checksum(b[:28], castagnoli))
	return b
}

func TestReadRefuses(t *testing.T) {
	good := written(t, sample())
	tensors := func(s string) string { return `{"manifest":null,"tensors":[` + s + `]}` }
	sum := func(b []byte) string { return string(json.RawMessage(mustJSON(crc32.Checksum(b, castagnoli)))) }
	four := make([]byte, 4)
	nan := binary.LittleEndian.AppendUint32(make([]byte, 4), math.Float32bits(float32(math.NaN())))
	inf := binary.LittleEndian.AppendUint32(make([]byte, 4), math.Float32bits(float32(math.Inf(1))))
	minus := binary.LittleEndian.AppendUint32(make([]byte, 4), math.Float32bits(-1))
	okA := `{"name":"a","dtype":"f32","dims":[1],"offset":0,"bytes":4,"crc":` + sum(four) + `}`
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "x.pack is empty; download it again"},
		{"text", []byte("<!doctype html>"), "isn't a pack: it begins with \"<!doctyp\""},
		{"magic only", good[:8], "is cut short: 8 bytes"},
		{"preamble cut", good[:31], "is cut short: 31 bytes"},
		{"header cut", good[:100], "is cut short: 100 of "},
		{"data cut", good[:len(good)-1], "download it again"},
		{"too long", append(bytes.Clone(good), 0), "too long: 1 bytes follow"},
		{"version", resealed(good, 8, 9), "pack of version 9"},
		{"length flipped", append(bytes.Clone(good[:16]), append([]byte{good[16] ^ 1}, good[17:]...)...), "preamble is damaged"},
		{"header longer than the file", resealed(good, 12, 0, 0, 0xff, 0), "doesn't fit"},
		{"header over the limit", resealed(good, 12, 0xff, 0xff, 0xff, 0xff), "more than a pack may have"},
		{"header checksum", resealed(good, 24, good[24]^1), "the header is damaged"},
		{"not JSON", sealed("{", nil), "the header: unexpected EOF"},
		{"two values", sealed("{} {}", nil), "more than one JSON value"},
		{"unknown field", sealed(`{"tensor":[]}`, nil), "unknown field"},
		{"deep", sealed(strings.Repeat("[", 100000), nil), "the header: "},
		{"dtype", sealed(tensors(`{"name":"a","dtype":"f64","dims":[1]}`), nil), `tensor 0 ("a"): unknown element type "f64"`},
		{"no name", sealed(tensors(`{"dtype":"f32","dims":[1]}`), nil), "names must be unique"},
		{"same name", sealed(tensors(okA+","+okA), four), `tensor 1 ("a"): names must be unique`},
		{"zero dim", sealed(tensors(`{"name":"a","dtype":"f32","dims":[0]}`), nil), "dims [0]: each must be at least 1"},
		{"negative dims", sealed(tensors(`{"name":"a","dtype":"f32","dims":[-1,-1],"bytes":4}`), four), "each must be at least 1"},
		{"product", sealed(tensors(`{"name":"a","dtype":"f32","dims":[65536,65536]}`), nil), "product at most"},
		{"product overflow", sealed(tensors(`{"name":"a","dtype":"f32","dims":[4294967296,4294967296]}`), nil), "product at most"},
		{"rank", sealed(tensors(`{"name":"a","dtype":"f32","dims":[1,1,1,1,1,1,1,1,1]}`), nil), "9 axes"},
		{"i8 scalar", sealed(tensors(`{"name":"a","dtype":"i8","dims":[]}`), nil), "no axis"},
		{"bytes", sealed(tensors(`{"name":"a","dtype":"f32","dims":[2],"bytes":4}`), four), "4 bytes where [2] of f32 take 8"},
		{"past the end", sealed(tensors(`{"name":"a","dtype":"f32","dims":[2147483648],"bytes":8589934592}`), four), "pass the end of the 4 bytes"},
		{"overlap", sealed(tensors(okA+`,{"name":"b","dtype":"f32","dims":[1],"offset":0,"bytes":4}`), four), `("b"): at offset 0 it overlaps`},
		{"hole", sealed(tensors(`{"name":"a","dtype":"f32","dims":[1],"offset":64,"bytes":4}`), make([]byte, 68)), "where 0 is the only right one"},
		{"huge offset", sealed(tensors(`{"name":"a","dtype":"f32","dims":[1],"offset":9223372036854775807,"bytes":4}`), four), "only right one"},
		{"negative offset", sealed(tensors(`{"name":"a","dtype":"f32","dims":[1],"offset":-64,"bytes":4}`), four), "overlaps"},
		{"tensor checksum", sealed(tensors(`{"name":"a","dtype":"f32","dims":[1],"offset":0,"bytes":4,"crc":1}`), four), "its bytes are damaged"},
		{"gap", sealed(tensors(okA+`,{"name":"b","dtype":"f32","dims":[1],"offset":64,"bytes":4}`), append(append(four[:4:4], bytes.Repeat([]byte{1}, 60)...), four...)), "gap before it isn't zero"},
		{"second past the end", sealed(tensors(okA+`,{"name":"b","dtype":"f32","dims":[1],"offset":64,"bytes":4}`), four), "pass the end"},
		{"left over", sealed(tensors(okA), make([]byte, 8)), "4 bytes that belong to no tensor"},
		{"NaN scale", sealed(tensors(`{"name":"a","dtype":"i8","dims":[1,4],"bytes":8,"crc":`+sum(nan)+`}`), nan), "scale 0 is NaN"},
		{"infinite scale", sealed(tensors(`{"name":"a","dtype":"i8","dims":[1,4],"bytes":8,"crc":`+sum(inf)+`}`), inf), "scale 0 is +Inf"},
		{"negative scale", sealed(tensors(`{"name":"a","dtype":"i8","dims":[1,4],"bytes":8,"crc":`+sum(minus)+`}`), minus), "scale 0 is -1"},
	} {
		f, err := Read("x.pack", c.data)
		if err == nil {
			t.Errorf("%s: read as %+v", c.name, f)
			continue
		}
		if !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "x.pack") {
			t.Errorf("%s: %q doesn't say %q", c.name, err, c.want)
		}
	}
}

func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return b
}

// Whichever byte of a pack changes, and wherever it is cut, Read notices.
func TestEveryByteIsCovered(t *testing.T) {
	for _, good := range [][]byte{written(t, sample()), written(t, codedSample())} {
		for i := range good {
			bad := bytes.Clone(good)
			bad[i] ^= 0x10
			if _, err := Read("x", bad); err == nil {
				t.Errorf("byte %d of %d may change unnoticed", i, len(good))
			}
			if _, err := Read("x", good[:i]); err == nil {
				t.Errorf("the file may end after %d of %d bytes", i, len(good))
			}
		}
	}
}

func TestWriteToRefuses(t *testing.T) {
	ok := Encode("a", []int{1}, []float32{1}, F32)
	for name, f := range map[string]*File{
		"same name":    {Tensors: []*Tensor{ok, ok}},
		"no name":      {Tensors: []*Tensor{Encode("", []int{1}, []float32{1}, F32)}},
		"not UTF-8":    {Tensors: []*Tensor{Encode("\xff", []int{1}, []float32{1}, F32)}},
		"dtype":        {Tensors: []*Tensor{{Name: "a", DType: 9, Dims: []int{1}, Data: []byte{1}}}},
		"length":       {Tensors: []*Tensor{{Name: "a", Dims: []int{2}, Data: make([]byte, 4)}}},
		"no scale":     {Tensors: []*Tensor{{Name: "a", DType: I8, Dims: []int{1, 4}, Data: make([]byte, 4)}}},
		"NaN scale":    {Tensors: []*Tensor{{Name: "a", DType: I8, Dims: []int{1, 4}, Data: make([]byte, 4), Scale: []float32{float32(math.NaN())}}}},
		"stray scale":  {Tensors: []*Tensor{{Name: "a", Dims: []int{1}, Data: make([]byte, 4), Scale: []float32{1}}}},
		"bad manifest": {Manifest: json.RawMessage("{")},
	} {
		var b bytes.Buffer
		if n, err := f.WriteTo(&b); err == nil || n != 0 || b.Len() != 0 {
			t.Errorf("%s: %d bytes, %v", name, n, err)
		}
	}
}

type full struct{ room int }

var errFull = errors.New("full")

func (w *full) Write(p []byte) (int, error) {
	if len(p) > w.room {
		n := w.room
		w.room = 0
		return n, errFull
	}
	w.room -= len(p)
	return len(p), nil
}

func TestWriteToReportsTheWriter(t *testing.T) {
	all := len(written(t, sample()))
	for _, room := range []int{0, 31, 200, all - 1} {
		if n, err := sample().WriteTo(&full{room}); n != int64(room) || err != errFull {
			t.Errorf("room for %d: wrote %d, %v", room, n, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(written(f, sample()))
	f.Add(written(f, &File{}))
	f.Add(written(f, codedSample()))
	f.Fuzz(func(t *testing.T, data []byte) {
		// Set the preamble right, so that what changes in the header and beyond is reached.
		if len(data) >= preambleSize {
			h := int(min(binary.LittleEndian.Uint32(data[12:]), uint32(len(data)-preambleSize)))
			data = bytes.Clone(data)
			binary.LittleEndian.PutUint64(data[16:], uint64(len(data)))
			binary.LittleEndian.PutUint32(data[24:], crc32.Checksum(data[preambleSize:preambleSize+h], castagnoli))
			data = resealed(data, 0, data[:28]...)
		}
		got, err := Read("x", data)
		if arrived, other := drain(bytes.NewReader(data)); (other == nil) != (err == nil) || err == nil && len(arrived.Tensors) != len(got.Tensors) {
			t.Fatalf("Read says %v, Reader %v", err, other)
		}
		if err != nil {
			return
		}
		for _, x := range got.Tensors {
			x.Floats(make([]float32, x.Len()))
		}
		again, err := Read("again", written(t, got))
		if err != nil {
			t.Fatalf("what was read can't be read again: %v", err)
		}
		if len(again.Tensors) != len(got.Tensors) {
			t.Fatalf("%d tensors became %d", len(got.Tensors), len(again.Tensors))
		}
	})
}
