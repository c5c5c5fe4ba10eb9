package project

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"reflect"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/training"
)

var net = feature.Space{Network: "net", Size: 32}

// sample is a small project with everything in it.
func sample(t testing.TB, kind head.Kind) *File {
	r := rand.New(rand.NewPCG(1, 2))
	b := new(bank.Builder)
	b.AddSpace(net, 6)
	b.AddSpace(net.Of(feature.Flip), 6)
	p := &File{
		Name: "Leaves", Created: 1700000000000, Saved: 1700000001000, Thumbs: map[uint64][]byte{},
		Networks: []Network{{Name: "net", SHA256: bank.Hash{1, 2}}}, Settings: []byte(`{"theme":"dark"}`),
	}
	for c, name := range []string{"oak", "beech", "ash"} {
		b.AddClass(name)
		for i := range 12 {
			x := make([]float32, 6)
			for j := range x {
				x[j] = float32(r.NormFloat64())
			}
			x[c] += 3
			q := bank.Photo{Name: name + ".jpg", Class: c, Hash: bank.Hash{byte(c + 1), byte(i + 1)}, Taken: int64(1e12 + i*1e7), Features: [][]float32{x}}
			if i == 3 {
				q.Split = bank.Valid
			}
			if i > 8 {
				q.Features = append(q.Features, x)
			}
			id, err := b.Add(q)
			if err != nil {
				t.Fatal(err)
			}
			if i%2 == 0 {
				p.Thumbs[id] = []byte{0xff, 0xd8, byte(i)}
			}
		}
	}
	p.Bank = b.Bank()
	got, err := training.Fit(context.Background(), p.Bank, training.Config{Kind: kind, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	last := *got.Best
	last.Temperature *= 2 // as after many steps
	if kind == training.MLP {
		got.Last, p.NamesAll = &last, true
	}
	p.Versions = []Taught{{ID: 1, Date: 1700000000500, Note: "first", Best: got.Best, Last: got.Last, Valid: got.Valid, Held: got.Held, Tried: got.Tried, Curve: got.Curve, Seconds: 1}}
	p.Current = 1
	if kind != training.Linear {
		p.Versions[0].Quick = &last
	}
	return p
}

func TestQuickHead(t *testing.T) {
	p := sample(t, training.Means)
	var file bytes.Buffer
	if err := Write(&file, p); err != nil {
		t.Fatal(err)
	}
	got, err := Read("leaves.homeroom", file.Bytes(), Limits{})
	if err != nil || got.Versions[0].Quick == nil || got.Versions[0].Quick.Temperature != p.Versions[0].Quick.Temperature {
		t.Errorf("the quick head did not come back: %v", err)
	}
	other := *p.Versions[0].Quick
	other.Classes = []string{"oak", "beech", "elm"}
	p.Versions[0].Quick = &other
	file.Reset()
	if err := Write(&file, p); err != nil {
		t.Fatal(err)
	}
	if _, err := Read("leaves.homeroom", file.Bytes(), Limits{}); err == nil || !strings.Contains(err.Error(), "1.quick.safetensors") {
		t.Errorf("a quick head of other classes was read: %v", err)
	}
}

func TestRoundTrip(t *testing.T) {
	for _, kind := range training.Kinds {
		p := sample(t, kind)
		var a, c bytes.Buffer
		if err := Write(&a, p); err != nil {
			t.Fatal(err)
		}
		got, err := Read("leaves.homeroom", a.Bytes(), Limits{})
		if err != nil {
			t.Fatal(kind, err)
		}
		if err := Write(&c, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: what was read is written in other bytes", kind)
		}
		if !reflect.DeepEqual(p.Bank.Photos[20].Features[0], got.Bank.Photos[20].Features[0]) || got.Bank.Photos[20].Hash != p.Bank.Photos[20].Hash {
			t.Errorf("%s: photos differ", kind)
		}
		if got.NamesAll != p.NamesAll {
			t.Errorf("%s: that all photos are named came back as %v", kind, got.NamesAll)
		}
		rows := p.Bank.Rows(bank.Train)
		want, _ := p.Head().AnswerRows(p.Bank, rows)
		have, err := got.Head().AnswerRows(got.Bank, rows)
		if err != nil || !reflect.DeepEqual(want, have) {
			t.Errorf("%s: answers differ: %v", kind, err)
		}
	}
}

// TestParts reads and writes with thumbnails apart.
func TestParts(t *testing.T) {
	p := sample(t, training.Linear)
	var whole, parts bytes.Buffer
	if err := Write(&whole, p); err != nil {
		t.Fatal(err)
	}
	thumbs := map[uint64][]byte{}
	last := uint64(0)
	q, err := ReadFrom("leaves.homeroom", bytes.NewReader(whole.Bytes()), int64(whole.Len()), Limits{}, func(id uint64, jpeg []byte) error {
		if id <= last {
			t.Errorf("photo %d comes after %d", id, last)
		}
		last, thumbs[id] = id, jpeg
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(q.Thumbs) != 0 || !reflect.DeepEqual(thumbs, p.Thumbs) {
		t.Errorf("of %d thumbnails %d came apart and %d with the project", len(p.Thumbs), len(thumbs), len(q.Thumbs))
	}
	if err := WriteWith(&parts, q, func(id uint64) ([]byte, error) { return thumbs[id], nil }); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(whole.Bytes(), parts.Bytes()) {
		t.Error("the bytes are others")
	}
	stop := errors.New("enough")
	if _, err := ReadFrom("x", bytes.NewReader(whole.Bytes()), int64(whole.Len()), Limits{}, func(uint64, []byte) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("reading ends with %v", err)
	}
}

func TestVerify(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample(t, training.MLP)); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	verify := func(data []byte) error { return Verify(bytes.NewReader(data), int64(len(data))) }
	if err := verify(good); err != nil {
		t.Fatal(err)
	}
	for at := 0; at < len(good); at += len(good)/60 + 1 {
		bad := bytes.Clone(good)
		bad[at] ^= 0x55
		_, err := Read("x", bad, Limits{})
		if err != nil && verify(bad) == nil {
			t.Errorf("byte %d is another, and only Read finds it: %v", at, err)
		}
		if verify(good[:at]) == nil {
			t.Errorf("the first %d bytes do", at)
		}
	}
}

// TestStates answers in the state that was chosen, and in the one that is asked for.
func TestStates(t *testing.T) {
	p := sample(t, training.MLP)
	p.Versions[0].State = Last
	var out bytes.Buffer
	if err := Write(&out, p); err != nil {
		t.Fatal(err)
	}
	got, err := Read("leaves.homeroom", out.Bytes(), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	best, last := got.Versions[0].Best.Temperature, got.Versions[0].Last.Temperature
	if best == last {
		t.Fatal("the states are the same")
	}
	for _, c := range []struct {
		state string
		want  float64
	}{{Best, best}, {Last, last}, {"", best}} {
		if h := got.HeadIn(c.state); h.Temperature != c.want || !h.Unknown.Never {
			t.Errorf("in the state %q it answers with temperature %v, want %v; never unknown: %v", c.state, h.Temperature, c.want, h.Unknown.Never)
		}
	}
	if got.Head().Temperature != last {
		t.Error("it does not answer in the state that was chosen")
	}
}

var update = flag.Bool("update", false, "write testdata/leaves.homeroom anew")

// TestGolden opens a file that an earlier version of the program wrote.
func TestGolden(t *testing.T) {
	const path = "testdata/leaves.homeroom"
	if *update {
		var out bytes.Buffer
		if err := Write(&out, sample(t, training.Linear)); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Read(path, data, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if p.Name != "Leaves" || len(p.Bank.Photos) != 36 || len(p.Thumbs) != 18 || p.Versions[0].Note != "first" || string(p.Settings) != `{"theme":"dark"}` {
		t.Errorf("it holds %q, %d photos, %d thumbnails", p.Name, len(p.Bank.Photos), len(p.Thumbs))
	}
	e, err := evaluation.Evaluate(p.Head(), p.Bank, p.Bank.Rows(bank.Valid))
	if err != nil || e.Correct != 3 {
		t.Errorf("its head answers %v of 3 photos: %v", e, err)
	}
}

// repack writes a project's archive again, changed.
func repack(t *testing.T, data []byte, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	return repackAs(t, data, -1, change)
}

// repackAs is repack with the parts packed by a method of their own; −1 leaves each as it was.
func repackAs(t *testing.T, data []byte, method int, change func(name string, content []byte) (string, []byte)) []byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		name, content := change(f.Name, content)
		if name == "" {
			continue
		}
		as := f.Method
		if method >= 0 {
			as = uint16(method)
		}
		part, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: as})
		if err == nil {
			_, err = part.Write(content)
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

func TestReadRefuses(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample(t, training.Linear)); err != nil {
		t.Fatal(err)
	}
	good := b.Bytes()
	same := func(name string, c []byte) (string, []byte) { return name, c }
	in := func(part, from, to string) []byte {
		return repack(t, good, func(name string, c []byte) (string, []byte) {
			if name == part {
				if !bytes.Contains(c, []byte(from)) {
					t.Fatalf("%s does not hold %q", part, from)
				}
				c = bytes.Replace(c, []byte(from), []byte(to), 1)
			}
			return name, c
		})
	}
	flipped := bytes.Clone(good)
	flipped[bytes.Index(flipped, []byte("net@32"))+300] ^= 1
	bomb := func() []byte {
		var out bytes.Buffer
		w := zip.NewWriter(&out)
		part, _ := w.Create(manifestName)
		zeros := make([]byte, 1<<20)
		for range 300 {
			part.Write(zeros)
		}
		w.Close()
		return out.Bytes()
	}
	if _, err := Read("x", repack(t, good, same), Limits{}); err != nil {
		t.Fatalf("repacking alone breaks it: %v", err)
	}
	for _, c := range []struct {
		what string
		data []byte
		lim  Limits
		want string
	}{
		{"nothing", nil, Limits{}, "no Homeroom project"},
		{"a photo", []byte("\xff\xd8\xff\xe0, a photo"), Limits{}, "no Homeroom project"},
		{"the first half", good[:len(good)/2], Limits{}, "damaged or was cut short"},
		{"a bit of the features turned", flipped, Limits{}, "damaged"},
		{"a bomb", bomb(), Limits{}, "more than is read"},
		{"a part that says it is longer", func() []byte {
			out := bytes.Clone(good)
			at := bytes.LastIndex(out, []byte("PK\x01\x02"))
			out[at+24] ^= 0x10 // uncompressed size in the table of contents
			return out
		}(), Limits{}, "manifest.json"},
		{"a path out of the archive", repack(t, good, func(n string, c []byte) (string, []byte) {
			if n == "thumbs/1.jpg" {
				n = "../../etc/passwd"
			}
			return n, c
		}), Limits{}, "does not belong there"},
		{"a missing part", repack(t, good, func(n string, c []byte) (string, []byte) {
			if n == "thumbs/1.jpg" {
				n = ""
			}
			return n, c
		}), Limits{}, "thumbs/1.jpg\" is missing"},
		{"another version", in(manifestName, `"version":1,"name"`, `"version":9,"name"`), Limits{}, "newer version"},
		{"another format", in(manifestName, formatName, "something else"), Limits{}, "no Homeroom project"},
		{"a class twice", in(manifestName, `"beech"`, `"oak"`), Limits{}, "twice"},
		{"a photo of no class", in(manifestName, `"class":2`, `"class":7`), Limits{}, "class 7 of 3"},
		{"photos out of order", in(manifestName, `"id":2,`, `"id":1,`), Limits{}, "number 1"},
		{"a version that is not there", in(manifestName, `"current":1`, `"current":5`), Limits{}, "no version 5"},
		{"a state that there is not", in(manifestName, `"note":"first"`, `"note":"first","state":"worst"`), Limits{}, "worst"},
		{"a huge space", in(manifestName, `"dim":6`, `"dim":99999999`), Limits{}, "not possible"},
		{"too many photos", good, Limits{Photos: 10}, "at most 10"},
		{"too many bytes", good, Limits{Bytes: 3000}, "more than"},
		{"a large thumbnail", good, Limits{Thumb: 2}, "thumbs/"},
	} {
		_, err := Read("leaves.homeroom", c.data, c.lim)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "leaves.homeroom: ") {
			t.Errorf("%s: got %v, want %q in it", c.what, err, c.want)
		}
	}
}
