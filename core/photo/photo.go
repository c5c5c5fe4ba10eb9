package photo

import (
	"errors"
	"fmt"
	"image"
	"io"

	"homeroom/core/fault"
	"homeroom/core/photo/jpeg"
)

// A Photo is a decoded picture, upright (its EXIF orientation is applied).
type Photo struct {
	Width, Height int    // in pixels
	Pix           []byte // [Height][Width][3], red, green, blue, 0 to 255, no padding
	Format        string // of the file: "jpeg", "png", "gif", "webp" or "bmp"
	// Damaged says in a few words what is wrong with the file, where what was there could still be
	// decoded: "the data end early". It is "" for a file that is whole.
	Damaged string

	reduction
}

// Limits bound what [Decode] accepts. A field that is zero takes its value from [DefaultLimits].
type Limits struct {
	Bytes  int // the longest file
	Pixels int // the largest width × height, by the file's header
	// Threads is how many threads may decode one photo; 0 is 1. Only JPEGs with restart markers are
	// decoded by more, to the same pixels.
	Threads int
}

// DefaultLimits let through what the largest cameras of today make and stop image bombs. Decoding
// takes at most about nine bytes of memory for each of Pixels, 900 MB by default, a JPEG half of
// that; pictures that need more for a pixel, progressive JPEGs, must have fewer of them. So must
// JPEGs that are stored in more than twenty passes.
var DefaultLimits = Limits{Bytes: 256 << 20, Pixels: 100_000_000}

// What a picture of as many pixels as there may be can take: bytes of memory for each, and passes
// over all of them.
const (
	maxMemory = 9
	maxPasses = 20
)

// pixels is a decoded picture that is not yet RGB nor upright: row(y, dst) writes row y, 0 ≤ y < h,
// as RGB8 into dst[:3*w]. This way no decoder's output is held in full a second time.
type pixels struct {
	w, h        int
	orientation int    // as in EXIF, 1 to 8
	damaged     string // as in Photo
	row         func(y int, dst []byte)
	// after, where it is not nil, says what was damaged of a picture whose rows are decoded as they
	// are asked for: all of them, in their order.
	after func() string
}

// A codec reads one file format.
type codec struct {
	format string
	match  func(data []byte) bool
	// size reads no more than the header.
	size func(data []byte) (w, h int, err error)
	// decode is called when the size is known to be within the limits.
	decode func(data []byte) (pixels, error)
	// memory, where it is not nil, estimates how many bytes decoding takes for each pixel, RGB
	// included. All others need maxMemory at most.
	memory func(data []byte) float64
	// reduced, where it is not nil, gives what decode and memory do, at 1/denominator of the size
	// and on so many threads.
	reduced func(denominator, threads int) (decode func(data []byte) (pixels, error), memory func(data []byte) float64)
}

var codecs = []codec{
	{"jpeg", hasPrefix("\xff\xd8"), jpegSize, nil, nil, jpegAt},
	{"png", hasPrefix(pngMagic), pngSize, nil, nil, averaged(decodePNG, pngMemory)},
	{"gif", hasPrefix("GIF8"), gifSize, nil, nil, averaged(decodeGIF, gifMemory)},
	{"webp", isWebP, webpSize, nil, nil, averaged(decodeWebP, webpMemory)},
	{"bmp", isBMP, bmpSize, nil, nil, averaged(decodeBMP, bmpMemory)},
}

func hasPrefix(magic string) func([]byte) bool {
	return func(data []byte) bool {
		return len(data) >= len(magic) && string(data[:len(magic)]) == magic
	}
}

// Decode reads a JPEG, PNG, GIF (its first frame), WebP (likewise) or BMP file. The format is told
// from the content; the file's name plays no part.
//
// The size in the header is checked against lim before any pixel is decoded. Colours come out as
// Pillow's convert("RGB") gives them: alpha is dropped, not blended (the colours stored under
// transparent pixels show), 16-bit channels keep their high byte, CMYK is turned into RGB without a
// colour profile.
//
// Every error is an [*Error].
func Decode(data []byte, lim Limits) (*Photo, error) {
	return decode(data, lim, func(int, int) int { return 1 })
}

// decode reads a file at the scale that denominator answers for the size that it has, where its
// format can be reduced.
func decode(data []byte, lim Limits, denominator func(w, h int) int) (*Photo, error) {
	if lim.Bytes == 0 {
		lim.Bytes = DefaultLimits.Bytes
	}
	if lim.Pixels == 0 {
		lim.Pixels = DefaultLimits.Pixels
	}
	if len(data) == 0 {
		return nil, &Error{Kind: ErrDamaged, Text: "the file is empty; copy or download it again"}
	}
	if err := tooLong(int64(len(data)), lim.Bytes); err != nil {
		return nil, err
	}
	for _, c := range codecs {
		if c.match(data) {
			return c.read(data, lim, denominator)
		}
	}
	return nil, KindOf(data).refusal()
}

// TooLong says why a file of so many bytes is not decoded by [DefaultLimits], nil where it is, so
// that it need not be read first.
func TooLong(bytes int64) error { return tooLong(bytes, DefaultLimits.Bytes) }

func tooLong(bytes int64, most int) error {
	if bytes <= int64(most) {
		return nil
	}
	return tooLarge("", fault.Errorf("the file has %v bytes, and the most that is read is %v; save it smaller with a picture program",
		fault.Count(bytes), fault.Count(most)))
}

func (c codec) read(data []byte, lim Limits, denominator func(w, h int) int) (p *Photo, err error) {
	// The decoders below are other people's; a file that makes one of them panic must not take the
	// page or the other photos down with it.
	defer func() {
		if fault := recover(); fault != nil {
			cause, ok := fault.(error)
			if !ok {
				cause = fmt.Errorf("%v", fault)
			}
			p, err = nil, damaged(c.format, cause)
		}
	}()
	w, h, err := c.size(data)
	if err == nil && (w <= 0 || h <= 0) {
		err = fault.Errorf("its size is %d × %d", w, h)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	if w > lim.Pixels/h {
		return nil, tooLarge(c.format, fault.Errorf(
			"the %s says it is %v × %v pixels, and the most that is read is %v pixels in all; save it smaller with a picture program",
			title(c.format), fault.Count(w), fault.Count(h), fault.Count(lim.Pixels)))
	}
	by := 1
	if c.reduced != nil {
		by = denominator(w, h)
		c.decode, c.memory = c.reduced(by, lim.Threads)
	}
	if err := c.bounded(data, w*h, lim.Pixels); err != nil {
		return nil, err
	}
	px, err := c.decode(data)
	if err != nil {
		return nil, c.failure(err)
	}
	if px.w != (w+by-1)/by || px.h != (h+by-1)/by {
		return nil, damaged(c.format, errors.New("its header and its content differ in size"))
	}
	p = px.upright()
	p.Format, p.Damaged = c.format, px.damaged
	p.reduced(px, w, h, by)
	if px.after != nil {
		p.Damaged = px.after()
	}
	return p, nil
}

// bounded refuses a picture of so many pixels whose decoding would take more memory or time than
// one of most pixels may.
func (c codec) bounded(data []byte, pixels, most int) error {
	if c.memory != nil {
		if each := c.memory(data); each > maxMemory && float64(pixels) > maxMemory/each*float64(most) {
			return tooLarge(c.format, fault.Errorf(
				"the %s has %v pixels, and of its kind (progressive) the most that is read is %v; save it smaller, or not progressive, with a picture program",
				title(c.format), fault.Count(pixels), fault.Count(maxMemory/each*float64(most))))
		}
	}
	if c.format == "jpeg" {
		if passes := int(int64(maxPasses) * int64(most) / int64(pixels)); jpeg.Scans(data, passes+1) > passes {
			return tooLarge(c.format, fault.Errorf(
				"the JPEG is stored in more than %v passes, the most that is read of %v pixels; save it anew with a picture program", fault.Count(passes), fault.Count(pixels)))
		}
	}
	return nil
}

// failure sorts a decoder's error into damaged or unsupported.
func (c codec) failure(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return damaged(c.format, io.ErrUnexpectedEOF)
	}
	if isUnsupported(err) {
		return unsupported(c.format, err)
	}
	return damaged(c.format, err)
}

// Image gives a copy of p for packages that take an [image.Image], such as those that make
// thumbnails. It is an *image.RGBA, opaque, which they have fast paths for.
func (p *Photo) Image() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
	for s, d := p.Pix, m.Pix; len(s) >= 3 && len(d) >= 4; s, d = s[3:], d[4:] {
		d[0], d[1], d[2], d[3] = s[0], s[1], s[2], 255
	}
	return m
}
