package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"image"
	"image/draw"
	"image/jpeg"
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/photo"
	"homeroom/core/tensor"
)

const (
	packs  = "../../weights"
	photos = "../../tools/reference/photos"
)

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func open(t testing.TB, name string, opt Options) *Classifier {
	t.Helper()
	path := filepath.Join(packs, name+".pack")
	m, err := Read(path, readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewClassifier(m, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// pixelsOf reads a PNG of photos as resized and cropped by Pillow.
func pixelsOf(t *testing.T, path string) []byte {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(readFile(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			r, g, b, _ := m.At(x, y).RGBA()
			out = append(out, byte(r>>8), byte(g>>8), byte(b>>8))
		}
	}
	return out
}

// TestLogitsArePyTorchs gives the network the pixels that PyTorch got, and compares all logits with
// those of PyTorch with the pack's weights.
func TestLogitsArePyTorchs(t *testing.T) {
	for _, opt := range []Options{{}, {Threads: 3}, {Portable: true}} {
		c := open(t, "efficientnet-lite0", opt)
		for _, name := range []string{"cat", "panda", "puffer-fish"} {
			x := tensor.New(224, 224, 3)
			c.Model.Preprocess.Normalise(x, pixelsOf(t, filepath.Join("testdata", name+".png")))
			got := c.RunTensor(x)
			want := readFile(t, filepath.Join("testdata", name+".f32"))
			for i, g := range got {
				w := math.Float32frombits(binary.LittleEndian.Uint32(want[4*i:]))
				if d := math.Abs(float64(g - w)); !(d <= 1e-3) {
					t.Fatalf("%s, %+v, logit %d: got %v, want %v", name, opt, i, g, w)
				}
			}
		}
	}
}

// TestPixelsArePillows compares what a network sees with what Pillow makes of a photo without loss.
func TestPixelsArePillows(t *testing.T) {
	c := open(t, "efficientnet-lite0", Options{})
	p, err := photo.Decode(readFile(t, filepath.Join(photos, "cat.png")), photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := pixelsOf(t, "testdata/cat.png")
	for i, g := range c.Model.Preprocess.Crop(p) {
		if d := int(g) - int(want[i]); d < -1 || d > 1 {
			t.Fatalf("level %d is %d, Pillow's %d", i, g, want[i])
		}
	}
}

// TestAnswersArePyTorchs goes from the files of photos to the best answer, and compares it with
// PyTorch's from the same files, read by Pillow.
func TestAnswersArePyTorchs(t *testing.T) {
	var want []struct {
		Network, Photo string
		Pack           struct {
			Index []int
			Score float64
		}
	}
	if err := json.Unmarshal(readFile(t, "testdata/lite.json"), &want); err != nil {
		t.Fatal(err)
	}
	classifiers := map[string]*Classifier{}
	for _, w := range want {
		c := classifiers[w.Network]
		if c == nil {
			c = open(t, w.Network, Options{Threads: 2})
			classifiers[w.Network] = c
		}
		a, err := c.Classify(readFile(t, filepath.Join(photos, w.Photo)), 5)
		if err != nil {
			t.Errorf("%s: %v", w.Photo, err)
			continue
		}
		if a.Results[0].Index != w.Pack.Index[0] || math.Abs(a.Results[0].Score-w.Pack.Score) > 0.01 {
			t.Errorf("%s, %s: got %+v, want %d with %.4f", w.Network, w.Photo, a.Results[0], w.Pack.Index[0], w.Pack.Score)
		}
	}
	if len(classifiers) != 3 {
		t.Errorf("%d networks were compared, want 3", len(classifiers))
	}
}

// turned returns a JPEG of m as stored by a camera held so that orientation o puts it right.
func turned(t *testing.T, m image.Image, o int) []byte {
	t.Helper()
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	if o > 4 {
		w, h = h, w
	}
	stored := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range b.Dy() {
		for x := range b.Dx() {
			u, v := x, y
			switch o {
			case 2:
				u = b.Dx() - 1 - x
			case 3:
				u, v = b.Dx()-1-x, b.Dy()-1-y
			case 4:
				v = b.Dy() - 1 - y
			case 5:
				u, v = y, x
			case 6:
				u, v = y, b.Dx()-1-x
			case 7:
				u, v = b.Dy()-1-y, b.Dx()-1-x
			case 8:
				u, v = b.Dy()-1-y, x
			}
			stored.Set(u, v, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, stored, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	exif := []byte("\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00" + string(rune(o)) + "\x00\x00\x00\x00\x00\x00")
	data := buf.Bytes()
	return append(append(append([]byte{}, data[:2]...), exif...), data[2:]...)
}

func TestOrientationsGiveOneAnswer(t *testing.T) {
	c := open(t, "efficientnet-lite0", Options{Threads: 2})
	m, _, err := image.Decode(bytes.NewReader(readFile(t, filepath.Join(photos, "panda.jpg"))))
	if err != nil {
		t.Fatal(err)
	}
	// A multiple of 16, so that blocks of the JPEG lie alike however it is turned.
	small := image.NewRGBA(image.Rect(0, 0, 320, 256))
	draw.Draw(small, small.Bounds(), m, image.Pt(150, 80), draw.Src)
	var first Answer
	for o := 1; o <= 8; o++ {
		a, err := c.Classify(turned(t, small, o), 1)
		if err != nil {
			t.Fatalf("orientation %d: %v", o, err)
		}
		if a.Width != 320 || a.Height != 256 {
			t.Errorf("orientation %d: %d × %d", o, a.Width, a.Height)
		}
		if o == 1 {
			first = a
		} else if a.Results[0].Index != first.Results[0].Index || math.Abs(a.Results[0].Score-first.Results[0].Score) > 0.02 {
			t.Errorf("orientation %d: got %+v, upright %+v", o, a.Results[0], first.Results[0])
		}
	}
}

func TestAnySize(t *testing.T) {
	path := filepath.Join(photos, "panda.jpg")
	for _, size := range []int{128, 193, 288} {
		c := open(t, "efficientnet-lite0", Options{Size: size, Threads: 2})
		a, err := c.Classify(readFile(t, path), 1)
		if err != nil {
			t.Fatal(err)
		}
		if a.Results[0].Label != "giant panda" || c.Size() != size {
			t.Errorf("at %d: %+v", size, a.Results[0])
		}
	}
	path = filepath.Join(packs, "efficientnet-lite0.pack")
	m, err := Read(path, readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, -5, 1 << 20} {
		if _, err := NewClassifier(m, Options{Size: size}); err == nil || !strings.Contains(err.Error(), "from 32 to") {
			t.Errorf("size %d: %v", size, err)
		}
	}
}

// TestWriteToIsTheInverseOfRead also shows that packs are reproduced byte for byte.
func TestWriteToIsTheInverseOfRead(t *testing.T) {
	path := filepath.Join(packs, "efficientnet-lite0.pack")
	data := readFile(t, path)
	m, err := Read(path, data)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), data) {
		t.Error("writing what was read gives another file")
	}
	m.Labels = m.Labels[:7]
	if _, err := m.WriteTo(&out); err == nil || !strings.Contains(err.Error(), "7 labels for 1000 outputs") {
		t.Errorf("labels that do not fit: %v", err)
	}
}

func TestReadRefusesWhatIsNoModel(t *testing.T) {
	path := filepath.Join(packs, "efficientnet-lite0.pack")
	whole := readFile(t, path)
	for name, data := range map[string][]byte{"empty": nil, "text": []byte("hello, world, this is no pack at all"), "cut": whole[:len(whole)/2]} {
		if _, err := Read("a.pack", data); err == nil || !strings.HasPrefix(err.Error(), "a.pack") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAnswersDoNotAllocateMuch(t *testing.T) {
	c := open(t, "efficientnet-lite0", Options{})
	if n := testing.AllocsPerRun(3, c.Program().Run); n != 0 {
		t.Errorf("%v allocations a run", n)
	}
	// The target for a worker is 48 MB in all: weights as stored, packed, and the arena.
	if n := 4 * c.Program().ArenaLen(); n > 8<<20 {
		t.Errorf("the arena has %d bytes", n)
	}
}

func FuzzRead(f *testing.F) {
	path := filepath.Join(packs, "efficientnet-lite0.pack")
	whole := readFile(f, path)
	f.Add(whole[:4096])
	m, err := Read(path, whole)
	if err != nil {
		f.Fatal(err)
	}
	m.Graph.Nodes = m.Graph.Nodes[:1]
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Read("fuzz.pack", data)
		in, other := ReadFrom("fuzz.pack", bytes.NewReader(data))
		if other == nil {
			_, other = in.All()
		}
		if err != nil && other == nil {
			t.Fatalf("what comes is taken, and what is there is not: %v", err)
		}
		if err != nil {
			return
		}
		// What was accepted can be compiled and run, if it is small.
		if m.Preprocess.Size <= 64 {
			if c, err := NewClassifier(m, Options{}); err == nil {
				c.Answer(&photo.Photo{Width: 1, Height: 1, Pix: []byte{1, 2, 3}}, 1)
			}
		}
	})
}

func TestSoftmax(t *testing.T) {
	got := make([]float64, 3)
	Softmax(got, []float32{1000, 1000, -1000})
	if got[0] != 0.5 || got[1] != 0.5 || got[2] != 0 {
		t.Errorf("got %v", got)
	}
}

func TestProfile(t *testing.T) {
	c := open(t, "efficientnet-lite0", Options{Size: 64, Threads: 2})
	p := c.Profile(2, 0, true)
	costs, err := c.Model.Graph.Costs(c.Program().Input().Shape)
	if err != nil {
		t.Fatal(err)
	}
	macs := int64(0)
	for _, k := range costs {
		macs += k.MACs
	}
	if p.Sum() != macs {
		t.Errorf("the layers have %d multiply-adds, the network %d", p.Sum(), macs)
	}
	if p.Runs < 2 || p.One <= 0 || p.All <= 0 || p.Peak <= 0 || p.Layers[p.Slowest()].Time <= 0 {
		t.Errorf("%d runs of %v and %v, a peak of %v", p.Runs, p.One, p.All, p.Peak)
	}
	if c.Program().Alone {
		t.Error("the program runs on one thread afterwards")
	}
}

// A pack that is entropy coded is the same network: its fingerprint says so, and tells other
// weights.
func TestFingerprint(t *testing.T) {
	data, err := os.ReadFile("../../weights/resnet20-cifar10.pack")
	if err != nil {
		t.Fatal(err)
	}
	prints := map[[32]byte]string{}
	for _, c := range []struct {
		name   string
		change func(m *Model)
		same   bool
	}{
		{"as it is", func(*Model) {}, true},
		{"not coded", func(m *Model) { m.Coded = !m.Coded }, true},
		{"another title and source", func(m *Model) { m.Title, m.Source, m.Licence = "T", "S", "L" }, true},
		{"another weight", func(m *Model) { m.tensors()[0].Data[5]++ }, false},
		{"another scale", func(m *Model) { m.tensors()[0].Scale[1] *= 2 }, false},
		{"another mean", func(m *Model) { m.Preprocess.Mean[0]++ }, false},
		{"another stride", func(m *Model) { m.Graph.Nodes[1].Stride[0]++ }, false},
	} {
		m, err := Read("resnet20", bytes.Clone(data))
		if err != nil {
			t.Fatal(err)
		}
		before := len(prints)
		c.change(m)
		print, err := m.Fingerprint()
		if err != nil {
			t.Fatal(err)
		}
		if prints[print] = c.name; (len(prints) == before) != (c.same && before > 0) {
			t.Errorf("%s: one more fingerprint is %t", c.name, len(prints) > before)
		}
		var out bytes.Buffer
		if _, err := m.WriteTo(&out); err != nil {
			continue // another stride may not fit
		}
		again, err := Read("again", out.Bytes())
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if p, err := again.Fingerprint(); err != nil || p != print {
			t.Errorf("%s: written and read it has another fingerprint (%v)", c.name, err)
		}
	}
}
