package pack

import (
	"bytes"
	"encoding/json"
	"hash/crc32"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
)

// codedSample has tensors of all types with bytes that can be made smaller, and one whose can't.
func codedSample() *File {
	half := Encode("half", []int{8, 50}, weights(4, 400), F16)
	return &File{
		Manifest: json.RawMessage(`{"name":"coded"}`),
		Coded:    true,
		Tensors: []*Tensor{
			{Name: "narrow", DType: I8, Dims: []int{6, 11, 3}, Data: gaussian(5, 198, 6), Scale: []float32{0.5, 0.25, 1, 1, 0, 2}},
			half,
			{Name: "wide", DType: I8, Dims: []int{4, 101}, Data: gaussian(6, 404, 25), Scale: []float32{1, 2, 3, 4}},
			Encode("bias", []int{3}, []float32{1.5, -2.25, 1e-3}, F32),
			{Name: "zero", DType: I8, Dims: []int{2, 7}, Data: make([]byte, 14), Scale: []float32{1, 1}},
			Encode("level", []int{100}, make([]float32, 100), F32),
		},
	}
}

// gaussian makes n int8 with a deviation.
func gaussian(seed uint64, n int, deviation float64) []byte {
	r := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(int8(min(max(math.Round(r.NormFloat64()*deviation), -127), 127)))
	}
	return b
}

func TestCodedIsSmaller(t *testing.T) {
	for deviation, most := range map[float64]float64{0.5: 1.7, 3: 3.75, 30: 7.05} {
		n := 400_000
		f := &File{Coded: true, Tensors: []*Tensor{{Name: "w", DType: I8, Dims: []int{400, n / 400}, Data: gaussian(1, n, deviation), Scale: make([]float32, 400)}}}
		data := written(t, f)
		got, err := Read("x", data)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Tensors[0].Data, f.Tensors[0].Data) {
			t.Errorf("deviation %v: other elements", deviation)
		}
		if bits := 8 * float64(len(data)) / float64(n); bits > most {
			t.Errorf("deviation %v: %.3f bits an element, more than %v", deviation, bits, most)
		}
	}
}

// The four states serve runs of any length, one after the other.
func TestRunsOfAnyLength(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	var counts [2][256]float64
	var list []run
	for n := range 70 {
		k := n % 2
		b := gaussian(uint64(n), n, []float64{2, 40}[k])
		for _, v := range b {
			counts[k][v]++
		}
		list = append(list, run{b, uint8(k)})
	}
	r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	tables := []frequencies{scaled(&counts[0]), scaled(&counts[1])}
	laid := make([]table, 2)
	for i := range tables {
		if err := tables[i].check(); err != nil {
			t.Fatal(err)
		}
		laid[i].lay(&tables[i])
	}
	parsed, err := parseTables(tables[1].appendTo(tables[0].appendTo(nil)), 2)
	if err != nil || parsed[0] != tables[0] || parsed[1] != tables[1] {
		t.Fatalf("stored tables come back otherwise (%v)", err)
	}
	data := encode(list, tables)
	d, err := newDecoder(data)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range list {
		got := make([]byte, len(want.bytes))
		if err := d.run(got, &laid[want.table]); err != nil || !bytes.Equal(got, want.bytes) {
			t.Fatalf("run %d of %d bytes: %v, %v", i, len(got), got, err)
		}
	}
	if err := d.end(); err != nil {
		t.Error(err)
	}
	for cut := statesLen; cut < len(data); cut += 2 {
		d, _ := newDecoder(data[:cut])
		err := error(nil)
		for _, want := range list {
			if err = d.run(make([]byte, len(want.bytes)), &laid[want.table]); err != nil {
				break
			}
		}
		if err == nil && d.end() == nil {
			t.Errorf("%d of %d bytes are enough", cut, len(data))
		}
	}
}

// scaled keeps what occurred, however seldom, and adds up.
func TestScaled(t *testing.T) {
	var one, rare, even [256]float64
	one[9] = 5
	for i := range even {
		even[i], rare[i] = 3, 1
	}
	rare[0] = 1e9
	for name, c := range map[string]*[256]float64{"nothing": {}, "one": &one, "rare": &rare, "even": &even} {
		f := scaled(c)
		if err := f.check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for b, n := range c {
			if n > 0 && f[b] == 0 {
				t.Errorf("%s: byte %d is lost", name, b)
			}
		}
	}
}

// lie writes a pack of version 2 with right checksums around any tables and tensor.
func lie(tables []byte, count int, tensor string, coded []byte) []byte {
	sum := func(b []byte) string { return string(mustJSON(crc32.Checksum(b, castagnoli))) }
	number := func(n int) string { return string(mustJSON(n)) }
	head := `{"manifest":null,"tables":{"count":` + number(count) + `,"bytes":` + number(len(tables)) + `,"crc":` + sum(tables) + `},"tensors":[{"name":"a",` + tensor +
		`,"offset":` + number(int(roundUp(int64(len(tables)), 4))) + `,"bytes":` + number(len(coded)) + `,"crc":` + sum(coded) + `}]}`
	data := append([]byte{}, tables...)
	data = append(data, make([]byte, roundUp(int64(len(data)), 4)-int64(len(data)))...)
	return sealedAs(codedVersion, head, append(data, coded...))
}

func TestReadRefusesCoded(t *testing.T) {
	even := bytes.Repeat([]byte{16}, 256)
	good := append([]byte{0, 255}, even...)
	sparse := []byte{128, 129, 0x80 | 15, 255, 1} // 0 in 4095 of 4096, 1 in one
	states := bytes.Repeat([]byte{0, 0, 1, 0}, 4)
	list, err := parseTables(sparse, 1)
	if err != nil {
		t.Fatal(err)
	}
	ends := encode([]run{{make([]byte, 5+30+4), 0}}, list)
	other := encode([]run{{[]byte{1, 1, 1, 1, 1, 0}, 0}}, list)
	i8 := `"dtype":"i8","coding":"rans","dims":`
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"other coding", lie(good, 1, `"dtype":"i8","coding":"lzma","dims":[4,100]`, states), `its coding "lzma" is unknown`},
		{"no tables", lie(nil, 0, i8+`[4,100]`, states), "there are no tables"},
		{"too many tables", lie(good, 65, i8+`[4,100]`, states), "65 tables"},
		{"missing table", lie(good, 2, i8+`[4,100]`, states), "table 1 of 2"},
		{"tables cut", lie(good[:100], 1, i8+`[4,100]`, states), "table 0 of 1 is cut short"},
		{"bytes after tables", lie(append(good[:258:258], 0), 1, i8+`[4,100]`, states), "1 bytes follow the last table"},
		{"sum", lie(append(bytes.Clone(good[:257]), 17), 1, i8+`[4,100]`, states), "add up to 4097"},
		{"long form", lie([]byte{128, 129, 0x80, 5, 1}, 1, i8+`[4,100]`, states), "the frequency 5 takes two bytes"},
		{"whole sum", lie([]byte{128, 128, 0x90, 0}, 1, i8+`[4,100]`, states), "has the frequency 4096"},
		{"zero at the end", lie([]byte{128, 130, 0x8f, 255, 1, 0}, 1, i8+`[4,100]`, states), "does not occur"},
		{"first after last", lie([]byte{130, 128, 1, 1}, 1, i8+`[4,100]`, states), "missing or wrong"},
		{"too few bytes", lie(good, 1, i8+`[4,100]`, states[:14]), "14 coded bytes"},
		{"odd bytes", lie(good, 1, i8+`[4,10]`, append(states[:16:16], 1)), "17 coded bytes"},
		{"low state", lie(good, 1, i8+`[4,10]`, make([]byte, 16)), "state 0 is 0"},
		{"not smaller", lie(good, 1, i8+`[1,8]`, states), "take 12 without"},
		{"expands too much", lie(sparse, 1, i8+`[1,1000]`, states), "more than 16 times"},
		{"expands far too much", lie(sparse, 1, i8+`[1,2147483648]`, states), "more than 16 times"},
		{"words missing", lie(good, 1, i8+`[4,10]`, states), "end too early"},
		{"words left", lie(sparse, 1, i8+`[1,30]`, append(ends, 1, 2)), "do not end where"},
		{"no such table", lie(sparse, 1, i8+`[1,30]`, other), "coded by table 1 of 1"},
		{"version 1", sealed(`{"manifest":null,"tensors":[{"name":"a","dtype":"i8","coding":"rans","dims":[4,10],"offset":0,"bytes":16,"crc":0}]}`, states), `its coding "rans" is unknown`},
		{"tables in version 1", sealed(`{"manifest":null,"tables":{"count":0,"bytes":0,"crc":0},"tensors":[]}`, nil), "and only those"},
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

// What is coded is decoded in a time and a memory that the file's length bounds.
func TestHostileCodeIsCheap(t *testing.T) {
	sparse := []byte{128, 129, 0x80 | 15, 255, 1}
	coded := append(bytes.Repeat([]byte{0, 0, 1, 0}, 4), make([]byte, 1<<20)...)
	start := time.Now()
	allocated := testing.AllocsPerRun(1, func() {
		if _, err := Read("x", lie(sparse, 1, `"dtype":"i8","coding":"rans","dims":[1,16777000]`, coded)); err == nil {
			t.Error("it is read")
		}
	})
	if took := time.Since(start); took > 5*time.Second || allocated > 1000 {
		t.Errorf("%v and %v allocations", took, allocated)
	}
}

func BenchmarkDecode(b *testing.B) {
	n := 1 << 20
	f := &File{Coded: true, Tensors: []*Tensor{{Name: "w", DType: I8, Dims: []int{1024, n / 1024}, Data: gaussian(1, n, 30), Scale: make([]float32, 1024)}}}
	var out bytes.Buffer
	if _, err := f.WriteTo(&out); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(n))
	for b.Loop() {
		if _, err := Read("x", out.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}

// What is read of a coded pack needs the file no more, small tensors that aren't coded included.
func TestCodedIsCopied(t *testing.T) {
	data := written(t, codedSample())
	f, err := Read("x", data)
	if err != nil {
		t.Fatal(err)
	}
	clear(data)
	if !reflect.DeepEqual(f, codedSample()) {
		t.Error("it changes with the file's bytes")
	}
}
