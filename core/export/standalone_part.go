package export

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// A part is a file that lies in a page of one file.
//
// It stands there as text, seven bits a letter, so that it takes an eighth more than its bytes and
// not a third as by base64: a page is UTF-8, whatever servers say of it, and a letter below 128 is
// one byte of that. Three of them mean something to browsers. In their place stands a letter of two
// bytes, from 128 on, which says which of the three it is and has the next seven bits, too.
type part struct {
	name string
	data []byte
	// planes, where not 0, says that it is gzipped, after its bytes were put in another order:
	// those at places 0, planes, 2·planes and so on first. In numbers of so many bytes the signs
	// and exponents come together then, which is what can be packed of them.
	planes int
}

// special are the letters that browsers read otherwise: one that is none, the end of a line, the
// start of a tag.
var special = []byte{0, '\r', '<'}

// packName begins the name of a part that is a network's pack.
const packName = "pack "

// parts are the files of a page, the project and packs the last. What is packed already stays as it
// is.
func (p *Page) parts() []part {
	out := []part{{"worker.js", p.Element["worker.js"], 1}, {"engine.bin", p.Element["engine.bin"], 0}, {"project", p.Project, 4}}
	for _, name := range slices.Sorted(maps.Keys(p.Packs)) {
		out = append(out, part{packName + name, p.Packs[name], 0})
	}
	return out
}

// SingleBytes is how long the project and the packs of the page are in one file.
func (p *Page) SingleBytes() (n int64) {
	for _, one := range p.parts()[2:] {
		n += int64(lettersOf(len(one.packed())))
	}
	return n
}

// FolderBytes is how long they are in a folder, zipped.
func (p *Page) FolderBytes() (n int64) {
	var project lengthOf
	z, err := flate.NewWriter(&project, flate.DefaultCompression)
	if err == nil {
		_, err = z.Write(p.Project)
	}
	if err = errors.Join(err, z.Close()); err != nil {
		panic(err) // a counter takes all
	}
	n = int64(project)
	for _, data := range p.Packs {
		n += int64(len(data))
	}
	return n
}

// lengthOf counts what is written.
type lengthOf int64

func (n *lengthOf) Write(p []byte) (int, error) { *n += lengthOf(len(p)); return len(p), nil }

// lettersOf is about how many bytes so many are as text.
func lettersOf(n int) int { return (8*n + 6) / 7 }

// packedLevel is the level of compression: of planes of numbers the highest makes a hundredth less,
// in fifty times the time.
const packedLevel = 3

func (p *part) packed() []byte {
	if p.planes == 0 {
		return p.data
	}
	flat := make([]byte, 0, len(p.data))
	for k := range p.planes {
		for i := k; i < len(p.data); i += p.planes {
			flat = append(flat, p.data[i])
		}
	}
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, packedLevel)
	if err == nil {
		_, err = z.Write(flat)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // a buffer takes all
	}
	return out.Bytes()
}

func (p *part) write(w *strings.Builder) {
	data := p.packed()
	fmt.Fprintf(w, `<script type="text/plain" data-part="%s" data-bytes="%d" data-planes="%d">`, html.EscapeString(p.name), len(data), p.planes)
	w.Write(letters(data))
	w.WriteString("</script>\n")
}

// letters writes bytes as text.
func letters(data []byte) []byte {
	out := make([]byte, 0, lettersOf(len(data))+2)
	at := 0 // in bits
	next := func() byte {
		two := 0
		for i := at / 8; i < at/8+2; i++ {
			if two <<= 8; i < len(data) {
				two |= int(data[i])
			}
		}
		seven := two >> (9 - at%8) & 127
		at += 7
		return byte(seven)
	}
	for at < 8*len(data) {
		seven := next()
		if k := bytes.IndexByte(special, seven); k >= 0 {
			out = utf8.AppendRune(out, rune(k+1)<<7|rune(next()))
		} else {
			out = append(out, seven)
		}
	}
	return out
}

// bytesOf reads n bytes that letters wrote.
func bytesOf(text []byte, n int) ([]byte, error) {
	if n < 0 || n > len(text) {
		return nil, fmt.Errorf("it is said to have %d bytes, of a text of %d", n, len(text))
	}
	out := make([]byte, 0, n+2)
	held, bits := 0, 0
	take := func(seven int) {
		held, bits = (held<<7|seven)&(1<<15-1), bits+7
		if bits > 7 {
			bits -= 8
			out = append(out, byte(held>>bits))
		}
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		text = text[size:]
		k := int(r >> 7)
		switch {
		case k > len(special) || r == utf8.RuneError || k == 0 && bytes.IndexByte(special, byte(r)) >= 0:
			return nil, fmt.Errorf("there is the letter %q in it", r)
		case k > 0:
			take(int(special[k-1]))
		}
		take(int(r & 127))
	}
	if len(out) < n {
		return nil, errors.New("it is cut short")
	}
	return out[:n], nil
}

// unpacked is what packed made smaller. At most limit bytes come of it.
func unpacked(data []byte, planes, limit int) ([]byte, error) {
	z, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	flat, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case err != nil:
		return nil, err
	case len(flat) > limit:
		return nil, fmt.Errorf("more than %d bytes come of it", limit)
	}
	out := make([]byte, len(flat))
	from := 0
	for k := range planes {
		for i := k; i < len(out); i += planes {
			out[i] = flat[from]
			from++
		}
	}
	return out, nil
}
