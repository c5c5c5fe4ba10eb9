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
	small := shrink(p, 2*thumbSide)
	fit := resize.Thumbnail(thumbSide, thumbSide, small, resize.Bilinear)
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

// shrink averages whole blocks of pixels until the long side is below 2·side, so that the
// resampler, which visits every source pixel through an interface and keeps 16-bit copies of the
// rows, has little to do on a large photo.
func shrink(p *Photo, side int) *image.RGBA {
	block := max(1, max(p.Width, p.Height)/side)
	w, h := max(1, p.Width/block), max(1, p.Height/block)
	bw, bh := min(block, p.Width), min(block, p.Height)
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	area := bw * bh
	for y := range h {
		for x := range w {
			var r, g, b int
			for v := range bh {
				at := 3 * ((y*block+v)*p.Width + x*block)
				for end := at + 3*bw; at < end; at += 3 {
					r += int(p.Pix[at])
					g += int(p.Pix[at+1])
					b += int(p.Pix[at+2])
				}
			}
			to := out.PixOffset(x, y)
			out.Pix[to] = uint8((r + area/2) / area)
			out.Pix[to+1] = uint8((g + area/2) / area)
			out.Pix[to+2] = uint8((b + area/2) / area)
			out.Pix[to+3] = 255
		}
	}
	return out
}
