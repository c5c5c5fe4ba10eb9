package photo

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"homeroom/core/tensor"
)

// lite is what EfficientNet-Lite0 was trained with.
var lite = Preprocess{Size: 224, CropFraction: 0.875, Interpolation: Bicubic, Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128}}

// TestCropIsTorchvisions compares with Resize and CenterCrop, whose margins are rounded in their
// own way, and with Resize of both sides.
func TestCropIsTorchvisions(t *testing.T) {
	sources := reference(t, "resize")
	for name, want := range reference(t, "crop") {
		source, rest, _ := strings.Cut(name, "-")
		d := lite
		if _, err := fmt.Sscanf(rest, "%d-%d-%s", &d.Size, &d.Resize, &d.Interpolation); err != nil {
			t.Fatal(name, err)
		}
		got := &Photo{Width: d.Size, Height: d.Size, Pix: d.Crop(sources[source])}
		if worst, _ := compare(t, got, want); worst > 0 {
			t.Errorf("crop of %s differs from torchvision's by %d levels", name, worst)
		}
	}
	for name, want := range reference(t, "squash") {
		source, rest, _ := strings.Cut(name, "-")
		d := lite
		d.Squash = true
		if _, err := fmt.Sscanf(rest, "%d-%s", &d.Size, &d.Interpolation); err != nil {
			t.Fatal(name, err)
		}
		got := &Photo{Width: d.Size, Height: d.Size, Pix: d.Crop(sources[source])}
		if worst, _ := compare(t, got, want); worst > 0 {
			t.Errorf("squash of %s differs from torchvision's by %d levels", name, worst)
		}
	}
}

// TestSquashThenCrop: squashed to more than the input, the centre is that of the whole.
func TestSquashThenCrop(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	p := &Photo{Width: 61, Height: 37, Pix: make([]byte, 61*37*3)}
	for i := range p.Pix {
		p.Pix[i] = byte(r.UintN(256))
	}
	d := lite.At(32)
	d.Squash, d.Resize = true, 40
	whole := d.At(40)
	whole.Resize = 0
	all, got := whole.Crop(p), d.Crop(p)
	for y := range 32 {
		if want := all[((4+y)*40+4)*3:][:32*3]; !bytes.Equal(got[y*32*3:][:32*3], want) {
			t.Fatalf("row %d is not that of the whole", y)
		}
	}
	if got, want := d.String(), "both sides to 40 (bicubic), the centre of 32 × 32, "; !strings.HasPrefix(got, want) {
		t.Errorf("it is told as %q, want %q", got, want)
	}
}

// TestShorter has the sizes that networks are published with.
func TestShorter(t *testing.T) {
	for _, c := range []struct {
		size     int
		fraction float64
		resize   int
		want     int
	}{
		{224, 0.875, 0, 256}, {240, 0.875, 0, 274}, {260, 0.875, 0, 297}, {224, 0.9, 0, 249}, {224, 1, 0, 224}, {32, 1, 0, 32},
		{224, 0.875, 232, 232}, {224, 0, 256, 256},
	} {
		if got := (Preprocess{Size: c.size, CropFraction: c.fraction, Resize: c.resize}).Shorter(); got != c.want {
			t.Errorf("%+v: the shorter side is resized to %d", c, got)
		}
	}
}

func TestAt(t *testing.T) {
	fixed := lite
	fixed.Resize = 232
	for _, c := range []struct {
		from   Preprocess
		size   int
		resize int // field of the result
		short  int
	}{
		{lite, 224, 0, 256}, {lite, 320, 0, 366}, {lite, 32, 0, 37},
		{fixed, 224, 232, 232}, {fixed, 448, 464, 464}, {fixed, 112, 116, 116}, {fixed, 1, 1, 1},
	} {
		got := c.from.At(c.size)
		want := c.from
		want.Size, want.Resize = c.size, c.resize
		if got != want || got.Shorter() != c.short {
			t.Errorf("%+v at %d is %+v with a shorter side of %d, want %d", c.from, c.size, got, got.Shorter(), c.short)
		}
		if err := got.Validate(); err != nil {
			t.Errorf("%+v at %d: %v", c.from, c.size, err)
		}
	}
}

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		name   string
		change func(d *Preprocess)
		fault  string // part of the error, "" for none
	}{
		{"as published", func(d *Preprocess) {}, ""},
		{"bilinear", func(d *Preprocess) { d.Interpolation = Bilinear }, ""},
		{"the smallest", func(d *Preprocess) { d.Size = 1 }, ""},
		{"the largest", func(d *Preprocess) { d.Size = 4096 }, ""},
		{"no crop", func(d *Preprocess) { d.CropFraction = 1 }, ""},
		{"a resize for a fraction", func(d *Preprocess) { d.CropFraction, d.Resize = 0, 256 }, ""},
		{"squashed", func(d *Preprocess) { d.CropFraction, d.Squash = 0, true }, ""},
		{"no size", func(d *Preprocess) { d.Size = 0 }, "an input size of 0"},
		{"a negative size", func(d *Preprocess) { d.Size = -224 }, "an input size of -224"},
		{"too large", func(d *Preprocess) { d.Size = 4097 }, "an input size of 4097 is not from 1 to 4096"},
		{"no fraction", func(d *Preprocess) { d.CropFraction = 0 }, "a crop fraction of 0"},
		{"too much cropped", func(d *Preprocess) { d.CropFraction = 0.1 }, "a crop fraction of 0.1"},
		{"more than all", func(d *Preprocess) { d.CropFraction = 1.001 }, "a crop fraction of 1.001"},
		{"a fraction that is none", func(d *Preprocess) { d.CropFraction = nan }, "a crop fraction of NaN"},
		{"a resize below the size", func(d *Preprocess) { d.Resize = 223 }, "resized to 223 for an input of 224"},
		{"a negative resize", func(d *Preprocess) { d.Resize = -1 }, "resized to -1"},
		{"a huge resize", func(d *Preprocess) { d.Resize = 40961 }, "resized to 40961"},
		{"no interpolation", func(d *Preprocess) { d.Interpolation = "" }, `no interpolation ""`},
		{"another interpolation", func(d *Preprocess) { d.Interpolation = "lanczos" }, `no interpolation "lanczos"; there are bilinear and bicubic`},
		{"a mean that is none", func(d *Preprocess) { d.Mean[1] = nan }, "channel 1 has mean NaN"},
		{"an infinite mean", func(d *Preprocess) { d.Mean[2] = -inf }, "channel 2 has mean -Inf"},
		{"no deviation", func(d *Preprocess) { d.Std[0] = 0 }, "channel 0 has mean 127 and deviation 0"},
		{"a negative deviation", func(d *Preprocess) { d.Std[0] = -128 }, "deviation -128"},
		{"a deviation that is none", func(d *Preprocess) { d.Std[2] = nan }, "deviation NaN"},
		{"an infinite deviation", func(d *Preprocess) { d.Std[2] = inf }, "deviation +Inf"},
	} {
		d := lite
		c.change(&d)
		err := d.Validate()
		switch {
		case c.fault == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.fault != "" && (err == nil || !strings.HasPrefix(err.Error(), "preprocessing: ") || !strings.Contains(err.Error(), c.fault)):
			t.Errorf("%s: %v, want %q", c.name, err, c.fault)
		}
	}
}

func TestNormalise(t *testing.T) {
	d := Preprocess{Mean: [3]float64{127, 123.675, 0}, Std: [3]float64{128, 58.395, 1}}
	x := tensor.New(1, 2, 3)
	d.Normalise(x, []byte{0, 0, 0, 255, 255, 255})
	want := []float32{-127.0 / 128, -123.675 / 58.395, 0, 1, (255 - 123.675) / 58.395, 255}
	for i, w := range want {
		if x.Data[i] != w {
			t.Errorf("number %d is %v, want %v", i, x.Data[i], w)
		}
	}
}

// TestApply: the input is the normalised crop, of extreme photos too.
func TestApply(t *testing.T) {
	d := lite.At(16)
	x := tensor.New(16, 16, 3)
	for _, size := range [][2]int{{1, 1}, {1, 3000}, {3000, 1}, {16, 16}, {19, 500}} {
		p := &Photo{Width: size[0], Height: size[1], Pix: make([]byte, 3*size[0]*size[1])}
		for i := range p.Pix {
			p.Pix[i] = 255
		}
		d.Apply(x, p)
		for i, v := range x.Data {
			if v != 1 {
				t.Fatalf("%v: number %d is %v, want 1", size, i, v)
			}
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a tensor of another shape did not panic")
		}
	}()
	lite.Apply(x, &Photo{Width: 1, Height: 1, Pix: make([]byte, 3)})
}
