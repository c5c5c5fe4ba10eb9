package photo

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"

	"github.com/nfnt/resize"
)

const (
	thumbSide  = 320       // pixels on the long side
	thumbBytes = 10 * 1024 // what a thumbnail may weigh: thousands of them stay in the page
)

// thumbQualities are tried from the best on.
var thumbQualities = [...]int{80, 68, 55, 42, 30}

// coarseness is what a quality multiplies the quantisers of a JPEG with, times 100, as the
// Independent JPEG Group's encoder has it. The length of a photo falls with its power of -0.56, and
// hardly more or less steeply (-0.49 to -0.66 in sixty-odd photos), so that qualities that are
// clearly too good need not be tried.
func coarseness(quality int) float64 {
	if quality < 50 {
		return 5000 / float64(quality)
	}
	return 200 - 2*float64(quality)
}

// Thumbnail returns a small JPEG of p, the whole picture, at most thumbBytes long unless even its
// lowest quality is longer.
func Thumbnail(p *Photo) ([]byte, error) {
	var fit image.Image
	if max(p.Width, p.Height) < 2*thumbSide {
		fit = resize.Thumbnail(thumbSide, thumbSide, p.Image(), resize.Bilinear)
	} else {
		fit = shrink(p, thumbSide)
	}
	var out bytes.Buffer
	var first float64 // bytes at the best quality
	for i, quality := range thumbQualities {
		lowest := i == len(thumbQualities)-1
		if i > 0 && !lowest && first*math.Pow(coarseness(quality)/coarseness(thumbQualities[0]), -0.56) > 1.1*thumbBytes {
			continue
		}
		out.Reset()
		if err := jpeg.Encode(&out, fit, &jpeg.Options{Quality: quality}); err != nil {
			return nil, err
		}
		if out.Len() <= thumbBytes {
			break
		}
		if i == 0 {
			first = float64(out.Len())
		}
	}
	return out.Bytes(), nil
}

// shrink resamples a larger photo to a long side of side pixels, in vectors. The library visits
// every source pixel through 16-bit copies of the rows: of a photo that was decoded for a network
// it would take as long as the network.
func shrink(p *Photo, side int) image.Image {
	long := max(p.Width, p.Height)
	w, h := max(1, p.Width*side/long), max(1, p.Height*side/long)
	return (&Photo{Width: w, Height: h, Pix: p.resize(w, h, window{0, 0, w, h}, Bilinear)}).Image()
}
