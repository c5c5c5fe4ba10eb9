package photo

import (
	"fmt"
	"math"

	"homeroom/core/fault"
	"homeroom/core/tensor"
)

// Preprocess is what turns a photo into a network's input: the shorter side is resized, the centre
// cut out, and every channel normalised, as a pack says.
type Preprocess struct {
	// Size is the side of the square input, in pixels.
	Size int `json:"size"`
	// CropFraction is Size divided by what the shorter side is resized to.
	CropFraction float64 `json:"crop_fraction"`
	// Resize, where not 0, is what the shorter side is resized to at Size.
	Resize        int           `json:"resize,omitempty"`
	Interpolation Interpolation `json:"interpolation"`
	// Squash resizes both sides alike, whatever the photo's proportions: to Resize, or where that
	// is 0 to Size, so that nothing is cropped.
	Squash bool `json:"squash,omitempty"`
	// Mean and Std are in levels, 0 to 255: the input is (level−Mean)/Std.
	Mean [3]float64 `json:"mean"`
	Std  [3]float64 `json:"std"`
	// Finest, where it is larger than what the shorter side is resized to, is what decides in its
	// place at which scale a photo is decoded (see [Photo.For]).
	Finest int `json:"-"`
}

// maxInput is the largest side of an input.
const maxInput = 4096

// Validate says what is wrong with a description that came from a file.
func (d Preprocess) Validate() error {
	switch {
	case d.Size < 1 || d.Size > maxInput:
		return fault.Errorf("preprocessing: an input size of %d is not from 1 to %d", d.Size, maxInput)
	case !(d.CropFraction > 0.1 && d.CropFraction <= 1) && !d.Squash && d.Resize == 0:
		return fault.Errorf("preprocessing: a crop fraction of %v is not between 0.1 and 1", d.CropFraction)
	case d.Resize != 0 && (d.Resize < d.Size || d.Resize > 10*maxInput):
		return fault.Errorf("preprocessing: photos cannot be resized to %d for an input of %d", d.Resize, d.Size)
	case d.Interpolation != Bilinear && d.Interpolation != Bicubic:
		return fault.Errorf("preprocessing: there is no interpolation %q; there are bilinear and bicubic", d.Interpolation)
	}
	for c := range 3 {
		if math.IsNaN(d.Mean[c]) || math.Abs(d.Mean[c]) > 1e6 || !(d.Std[c] > 1e-6 && d.Std[c] < 1e6) {
			return fault.Errorf("preprocessing: channel %d has mean %v and deviation %v, which is not possible", c, d.Mean[c], d.Std[c])
		}
	}
	return nil
}

// String tells what is done, for people.
func (d Preprocess) String() string {
	how := fmt.Sprintf("shorter side to %d (%s)", d.Shorter(), d.Interpolation)
	if d.Squash {
		how = fmt.Sprintf("both sides to %d (%s)", d.Shorter(), d.Interpolation)
	}
	if !d.Squash || d.Shorter() != d.Size {
		how += fmt.Sprintf(", the centre of %d × %d", d.Size, d.Size)
	}
	return fmt.Sprintf("%s, levels minus %v over %v", how, d.Mean, d.Std)
}

// At returns the same preprocessing for another input size, the crop in proportion.
func (d Preprocess) At(size int) Preprocess {
	if size != d.Size && d.Resize != 0 {
		d.Resize = max(size, int(math.Round(float64(d.Resize)*float64(size)/float64(d.Size))))
	}
	d.Size = size
	return d
}

// Shorter returns what the shorter side is resized to.
func (d Preprocess) Shorter() int {
	switch {
	case d.Resize != 0:
		return d.Resize
	case d.Squash:
		return d.Size
	}
	return max(d.Size, int(math.Round(float64(d.Size)/d.CropFraction)))
}

// Apply writes the network's input to dst, Size×Size×3. It panics if dst has another shape.
func (d Preprocess) Apply(dst tensor.Tensor, p *Photo) {
	if dst.Shape != (tensor.Shape{H: d.Size, W: d.Size, C: 3}) {
		panic(fmt.Sprintf("photo: preprocessing to %d × %d given a tensor of %v", d.Size, d.Size, dst.Shape))
	}
	d.Normalise(dst, d.Crop(p))
}

// Crop returns the resized and cropped pixels, Size×Size×3, before normalisation: what the network
// sees, for people to look at.
//
// The rules are torchvision's: the longer side keeps the proportion rounded down, and an odd pixel
// of margin goes where Python's round puts it.
func (d Preprocess) Crop(p *Photo) []byte {
	p = p.For(max(d.Shorter(), d.Finest))
	w, h, x, y := d.place(p.Size())
	return p.resize(w, h, window{x, y, d.Size, d.Size}, d.Interpolation)
}

// place returns the size to which a photo is resized, and where the cut begins.
func (d Preprocess) place(width, height int) (w, h, x, y int) {
	s := d.Shorter()
	w, h = s, s
	switch {
	case d.Squash:
	case width <= height:
		h = int(float64(s) * float64(height) / float64(width))
	default:
		w = int(float64(s) * float64(width) / float64(height))
	}
	x = int(math.RoundToEven(float64(w-d.Size) / 2))
	y = int(math.RoundToEven(float64(h-d.Size) / 2))
	return w, h, x, y
}

// Part is a part of a photo: from its left and top edge, in shares of its width and height.
type Part struct{ Left, Top, Right, Bottom float64 }

// Seen returns the part of a photo of width × height pixels that reaches the network.
func (d Preprocess) Seen(width, height int) Part {
	w, h, x, y := d.place(width, height)
	return Part{
		float64(x) / float64(w), float64(y) / float64(h),
		float64(x+d.Size) / float64(w), float64(y+d.Size) / float64(h),
	}
}

// Normalise writes (level−Mean)/Std of RGB8 pixels to dst, as many as it has.
func (d Preprocess) Normalise(dst tensor.Tensor, pix []byte) {
	var table [3][256]float32
	for c := range 3 {
		for v := range 256 {
			table[c][v] = float32((float64(v) - d.Mean[c]) / d.Std[c])
		}
	}
	out := dst.Data[:dst.Len()]
	for i := 0; i+2 < len(out); i += 3 {
		out[i] = table[0][pix[i]]
		out[i+1] = table[1][pix[i+1]]
		out[i+2] = table[2][pix[i+2]]
	}
}
