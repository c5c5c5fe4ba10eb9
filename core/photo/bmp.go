package photo

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"

	"homeroom/core/fault"
)

// BMP: Microsoft, Bitmap Storage; IBM, OS/2 Presentation Manager, bitmap file format. x/image/bmp
// reads four of the kinds there are; this reads what Pillow and browsers do: every header since
// OS/2 1.x, 1 to 32 bits, any bit fields, run lengths, and files that end early.

// What biCompression says.
const (
	bmpRGB       = 0
	bmpRLE8      = 1
	bmpRLE4      = 2
	bmpFields    = 3 // in OS/2's header: Huffman 1D
	bmpJPEG      = 4 // in OS/2's header: RLE24
	bmpPNG       = 5
	bmpAlpha     = 6 // bit fields with alpha, of Windows CE
	bmpRLE24     = 100
	bmpHuffman1D = 101
)

// bmpHeader is what comes before the pixels.
type bmpHeader struct {
	w, h        int
	topDown     bool
	bits        int // a pixel has
	compression int
	masks       [3]uint32 // of red, green and blue, for 16 and 32 bits
	colours     [256][3]byte
	pixels      []byte
}

// bmpInfo returns where the header behind the file header begins: at 0 in a DIB, which has none.
func bmpInfo(data []byte) (at int, ok bool) {
	if len(data) < 2 {
		return 0, false
	}
	if string(data[:2]) == "BM" {
		at = 14
	}
	if len(data) < at+12 {
		return 0, false
	}
	size := binary.LittleEndian.Uint32(data[at:])
	switch {
	case size == 12:
		return at, binary.LittleEndian.Uint16(data[at+8:]) == 1
	case size == 16, size == 40, size == 52, size == 56, size == 64, size == 108, size == 124:
		return at, at == 14 || len(data) >= 16 && binary.LittleEndian.Uint16(data[12:]) == 1
	}
	// OS/2 2.x may cut its header short after any field.
	return at, at == 14 && size > 16 && size < 64
}

func isBMP(data []byte) bool {
	_, ok := bmpInfo(data)
	return ok
}

func readBMP(data []byte) (b bmpHeader, err error) {
	at, ok := bmpInfo(data)
	if !ok {
		return b, io.ErrUnexpectedEOF
	}
	size := int(binary.LittleEndian.Uint32(data[at:]))
	if len(data) < at+size {
		return b, io.ErrUnexpectedEOF
	}
	head := data[at:][:size]
	u16 := func(i int) int { return int(binary.LittleEndian.Uint16(head[i:])) }
	u32 := func(i int) uint32 {
		if i+4 > len(head) {
			return 0
		}
		return binary.LittleEndian.Uint32(head[i:])
	}
	colours, entry := 0, 4 // of the palette, and the bytes of each
	if size == 12 {
		b.w, b.h, b.bits, entry = u16(4), u16(6), u16(10), 3
	} else {
		b.w, b.h, b.bits = int(int32(u32(4))), int(int32(u32(8))), u16(14)
		b.compression, colours = int(u32(16)), int(u32(32))
		if b.h < 0 {
			b.h, b.topDown = -b.h, true
		}
		if size < 40 || size == 64 { // OS/2 numbers them otherwise
			switch b.compression {
			case bmpFields:
				if b.bits == 1 {
					b.compression = bmpHuffman1D
				}
			case bmpJPEG:
				b.compression = bmpRLE24
			}
		}
	}
	rest := at + size // of the header: masks, palette
	switch b.bits {
	case 1, 2, 4, 8, 24:
	case 16:
		b.masks = [3]uint32{0x7c00, 0x3e0, 0x1f}
	case 32:
		b.masks = [3]uint32{0xff0000, 0xff00, 0xff}
	default:
		if b.compression == bmpJPEG || b.compression == bmpPNG {
			break
		}
		return b, errUnsupportedPart(fmt.Sprintf("%d bits a pixel", b.bits))
	}
	switch b.compression {
	case bmpRGB:
	case bmpFields, bmpAlpha:
		var masks [3]uint32
		for i := range masks {
			if size >= 52 {
				masks[i] = u32(40 + 4*i)
				continue
			}
			if len(data) < rest+4 {
				return b, io.ErrUnexpectedEOF
			}
			masks[i] = binary.LittleEndian.Uint32(data[rest:])
			rest += 4
		}
		if b.compression == bmpAlpha && size < 52 {
			rest += 4
		}
		if b.bits != 16 && b.bits != 32 && (b.bits != 24 || masks != [3]uint32{0xff0000, 0xff00, 0xff}) {
			return b, errUnsupportedPart(fmt.Sprintf("bit fields of %d bits", b.bits))
		}
		if masks != [3]uint32{} { // none at all are the usual ones
			b.masks = masks
		}
	case bmpRLE8, bmpRLE4, bmpRLE24:
		want := map[int]int{bmpRLE8: 8, bmpRLE4: 4, bmpRLE24: 24}[b.compression]
		if b.bits != want {
			return b, errUnsupportedPart(fmt.Sprintf("run lengths of %d bits", b.bits))
		}
	case bmpJPEG:
		return b, errUnsupportedPart("a JPEG within")
	case bmpPNG:
		return b, errUnsupportedPart("a PNG within")
	case bmpHuffman1D:
		return b, errUnsupportedPart("Huffman codes as of a fax")
	default:
		return b, errUnsupportedPart(fmt.Sprintf("compression %d", b.compression))
	}
	b.readPixels(data, at, rest, size, colours, entry)
	return b, nil
}

// readPixels takes the palette, which begins at rest, and finds the pixels. at and size are those
// of the header.
func (b *bmpHeader) readPixels(data []byte, at, rest, size, colours, entry int) {
	if b.bits <= 8 {
		if colours <= 0 || colours > 65536 {
			colours = 1 << b.bits
		}
		for i := range min(colours, 256) {
			if p := rest + entry*i; p+3 <= len(data) {
				b.colours[i] = [3]byte{data[p+2], data[p+1], data[p]}
			}
		}
		if b.bits == 1 && colours == 1 && b.colours[0] == [3]byte{} {
			b.colours[1] = [3]byte{255, 255, 255} // black alone goes with white
		}
		rest += entry * colours
	}
	start := rest
	if at == 14 {
		// A file that says that its pixels begin where its palette does means the place after it.
		if offset := binary.LittleEndian.Uint32(data[10:]); offset != 0 && !(b.bits <= 8 && int(offset) == at+size) {
			start = int(min(offset, uint32(len(data))))
		}
	}
	b.pixels = data[min(start, len(data)):]
}

func bmpSize(data []byte) (w, h int, err error) {
	b, err := readBMP(data)
	return b.w, b.h, err
}

// bmpMemory estimates what decoding takes for each pixel beside the photo itself: the samples of
// what is coded in run lengths.
func bmpMemory(data []byte) float64 {
	b, err := readBMP(data)
	switch {
	case err != nil || b.compression == bmpRGB || b.compression == bmpFields:
		return 0
	case b.compression == bmpRLE24:
		return 3
	}
	return 1
}

func decodeBMP(data []byte) (pixels, error) {
	b, err := readBMP(data)
	if err != nil {
		return pixels{}, err
	}
	if len(b.pixels) == 0 {
		return pixels{}, io.ErrUnexpectedEOF
	}
	px := pixels{w: b.w, h: b.h, orientation: 1}
	switch b.compression {
	case bmpRLE4, bmpRLE8, bmpRLE24:
		all, wrong := b.runLengths()
		px.row = func(y int, dst []byte) {
			if !b.topDown {
				y = b.h - 1 - y
			}
			if b.compression == bmpRLE24 {
				swapRow(dst, all[3*y*b.w:])
				return
			}
			for x, index := range all[y*b.w:][:b.w] {
				copy(dst[3*x:3*x+3], b.colours[index][:])
			}
		}
		px.after = func() string {
			if wrong != nil {
				return wrong.Error()
			}
			return ""
		}
		return px, nil
	}
	length, stride := (b.w*b.bits+7)/8, (b.w*b.bits+31)/32*4
	sound := min(b.h, len(b.pixels)/stride)
	if sound < b.h && len(b.pixels)-sound*stride >= length {
		sound++ // the last one may lack what fills it up to four bytes
	}
	if sound == 0 {
		return pixels{}, io.ErrUnexpectedEOF
	}
	line, blank := b.rowReader(), make([]byte, length)
	px.row = func(y int, dst []byte) {
		if !b.topDown {
			y = b.h - 1 - y
		}
		if y >= sound {
			line(dst, blank)
			return
		}
		line(dst, b.pixels[y*stride:][:length])
	}
	px.after = func() string {
		if sound < b.h {
			return fmt.Sprintf("%s of %s rows could be read (unexpected EOF)", grouped(sound), grouped(b.h))
		}
		return ""
	}
	return px, nil
}

// rowReader returns what turns a row of the file into RGB8.
func (b *bmpHeader) rowReader() func(dst, row []byte) {
	switch b.bits {
	case 24:
		return swapRow
	case 16, 32:
		return b.fieldReader()
	}
	depth := b.bits
	mask := byte(1<<depth - 1)
	return func(dst, row []byte) {
		for x := range len(dst) / 3 {
			index := row[x*depth/8] >> (8 - depth - x*depth%8) & mask
			copy(dst[3*x:3*x+3], b.colours[index][:])
		}
	}
}

// swapRow turns blue, green, red into red, green, blue.
func swapRow(dst, row []byte) {
	for i := 0; i+3 <= len(dst); i += 3 {
		from, to := row[i:][:3], dst[i:][:3]
		to[0], to[1], to[2] = from[2], from[1], from[0]
	}
}

// fieldReader reads pixels of 16 or 32 bits by their masks.
func (b *bmpHeader) fieldReader() func(dst, row []byte) {
	if b.bits == 32 && b.masks == [3]uint32{0xff0000, 0xff00, 0xff} {
		return func(dst, row []byte) {
			for i := range len(dst) / 3 {
				from, to := row[4*i:][:4], dst[3*i:][:3]
				to[0], to[1], to[2] = from[2], from[1], from[0]
			}
		}
	}
	var shift [3]int
	var most [3]uint64
	for c, m := range b.masks {
		shift[c] = bits.TrailingZeros32(m)
		most[c] = uint64(m) >> shift[c]
	}
	return func(dst, row []byte) {
		for i := range len(dst) / 3 {
			var v uint32
			if b.bits == 16 {
				v = uint32(binary.LittleEndian.Uint16(row[2*i:]))
			} else {
				v = binary.LittleEndian.Uint32(row[4*i:])
			}
			for c, m := range b.masks {
				if most[c] == 0 {
					dst[3*i+c] = 0
				} else {
					dst[3*i+c] = byte(uint64(v&m) >> shift[c] * 255 / most[c])
				}
			}
		}
	}
}

// runLengths decodes what is coded in run lengths: indices, or for 24 bits blue, green, red; the
// first row is the first of the file. wrong says why the rest is missing, where it is.
func (b *bmpHeader) runLengths() (all []byte, wrong error) {
	each := 1 // bytes a pixel has
	if b.compression == bmpRLE24 {
		each = 3
	}
	all = make([]byte, each*b.w*b.h)
	data := b.pixels
	x, y := 0, 0
	set := func(pixel []byte) { // what is past the end of a row is left out
		if x < b.w && y < b.h {
			copy(all[each*(y*b.w+x):][:each], pixel)
		}
		x++
	}
	cut := func() error {
		// Some writers leave out the mark at the end.
		if y >= b.h || y == b.h-1 && x >= b.w {
			return nil
		}
		return fault.Errorf("%v of %v rows could be read (unexpected EOF)", fault.Count(y), fault.Count(b.h))
	}
	for y < b.h {
		if len(data) < 2 {
			return all, cut()
		}
		n, v := int(data[0]), data[1]
		data = data[2:]
		if n > 0 { // a run
			switch b.compression {
			case bmpRLE4:
				for i := range n {
					set([]byte{v >> (4 * byte(1-i&1)) & 15})
				}
			case bmpRLE24:
				if len(data) < 2 {
					return all, cut()
				}
				for range n {
					set([]byte{v, data[0], data[1]})
				}
				data = data[2:]
			default:
				for range n {
					set([]byte{v})
				}
			}
			continue
		}
		switch v {
		case 0: // end of the row
			x, y = 0, y+1
		case 1: // end of the picture
			return all, nil
		case 2: // onwards
			if len(data) < 2 {
				return all, cut()
			}
			x, y = x+int(data[0]), y+int(data[1])
			data = data[2:]
		default: // pixels as they are
			n, length := int(v), int(v)*each
			if b.compression == bmpRLE4 {
				length = (n + 1) / 2
			}
			some := data[:min(length, len(data))]
			for i := range n {
				if b.compression == bmpRLE4 {
					if i/2 < len(some) {
						set([]byte{some[i/2] >> (4 * byte(1-i&1)) & 15})
					}
				} else if each*(i+1) <= len(some) {
					set(some[each*i:][:each])
				}
			}
			if len(some) < length {
				return all, cut()
			}
			data = data[min(length+length&1, len(data)):]
		}
	}
	return all, nil
}
