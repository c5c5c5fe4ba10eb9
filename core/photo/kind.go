package photo

import (
	"bytes"
	"encoding/binary"
	"math"
	"strings"
	"unicode/utf8"

	"homeroom/core/fault"
)

// KindBytes is how much of the beginning of a file [KindOf] looks at.
const KindBytes = 4096

// A Kind is what a file is by its content.
type Kind struct {
	Format  string       // "jpeg", "heic", "pdf" and so on; "" where it is not known
	Picture bool         // a picture, though it may be of a kind that is not read here
	Read    bool         // of a kind that [Decode] reads
	name    fault.Phrase // as people call it, for the kinds that are not read
	advice  fault.Phrase // what to do about it, where that is not the usual
	maker   string       // the format of a camera maker's own pictures
}

const (
	saveAsJPEG  fault.Phrase = "save it as JPEG or PNG with a picture program"
	saveOrSet   fault.Phrase = "save it as JPEG or PNG with a picture program, or set the camera to JPEG"
	chooseOther fault.Phrase = "choose a JPEG, PNG, GIF, WebP or BMP file"
)

// magics are the beginnings by which kinds are told that are not read here.
var magics = []struct {
	start string
	Kind
}{
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", jxlKind}, {"\xff\x0a", jxlKind},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", jp2Kind}, {"\xff\x4f\xff\x51", jp2Kind},
	{"II*\x00\x10\x00\x00\x00CR\x02", raw("CR2")},
	{"IIU\x00", raw("RW2")}, {"IIRO", raw("ORF")}, {"IIRS", raw("ORF")}, {"MMOR", raw("ORF")}, {"FUJIFILMCCD-RAW", raw("RAF")}, {"FOVb", raw("X3F")}, {"\x00MRM", raw("MRW")}, {"II\x1a\x00\x00\x00HEAPCCDR", raw("CRW")},
	{"II*\x00", tiffKind}, {"MM\x00*", tiffKind}, {"II+\x00", tiffKind}, {"MM\x00+", tiffKind},
	{"II\xbc\x01", still("jxr", "JPEG XR pictures")},
	{"8BPS", still("psd", "Photoshop documents")}, {"gimp xcf ", still("xcf", "GIMP documents")},
	{"\x00\x00\x01\x00", still("ico", "icons")}, {"\x00\x00\x02\x00", still("cur", "cursors")},
	{"DDS ", still("dds", "DDS textures")}, {"#?RADIANCE", still("hdr", "Radiance HDR pictures")},
	{"qoif", still("qoi", "QOI pictures")}, {"farbfeld", still("ff", "farbfeld pictures")}, {"\x8aMNG\r\n\x1a\n", still("mng", "MNG animations")}, {"\x8bJNG\r\n\x1a\n", still("jng", "JNG pictures")},
	{"\x76\x2f\x31\x01", still("exr", "OpenEXR pictures")}, {"FORM", still("iff", "IFF pictures")}, {"\x0a\x05\x01", still("pcx", "PCX pictures")}, {"\x97JB2\r\n\x1a\n", still("jbig2", "JBIG2 pictures")},
	{"%PDF-", document("pdf", "a PDF document")}, {"%!PS", document("ps", "a PostScript document")}, {"\xc5\xd0\xd3\xc6", document("eps", "a PostScript document")},
	{"PK\x03\x04", archive("zip", "a ZIP archive")}, {"PK\x05\x06", archive("zip", "an empty ZIP archive")}, {"Rar!\x1a\x07", archive("rar", "a RAR archive")}, {"7z\xbc\xaf\x27\x1c", archive("7z", "a 7-Zip archive")},
	{"\x1f\x8b", archive("gzip", "a file compressed with gzip")}, {"BZh", archive("bzip2", "a file compressed with bzip2")}, {"\xfd7zXZ\x00", archive("xz", "a file compressed with xz")}, {"\x28\xb5\x2f\xfd", archive("zstd", "a file compressed with Zstandard")},
	{"\x1aE\xdf\xa3", film("a Matroska or WebM film")}, {"\x00\x00\x01\xba", film("an MPEG film")}, {"\x00\x00\x01\xb3", film("an MPEG film")}, {"FLV\x01", film("a Flash film")}, {"0&\xb2u\x8ef\xcf\x11", film("a Windows Media film")},
	{"ID3", sound}, {"OggS", sound}, {"fLaC", sound}, {"\xff\xfb", sound},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", document("ole", "a Microsoft Office document")}, {"{\\rtf", document("rtf", "a text document")},
	{"SQLite format 3\x00", other("sqlite", "a database")}, {"\x7fELF", other("elf", "a program")}, {"MZ", other("exe", "a Windows program")}, {"\x00asm", other("wasm", "a WebAssembly program")},
	{"GGUF", other("gguf", "a language model")}, {"\x93NUMPY", other("npy", "an array of numbers")}, {"bplist", other("plist", "a property list")},
}

var (
	heicKind = Kind{Format: "heic", Picture: true, name: "HEIC pictures"}
	avifKind = Kind{Format: "avif", Picture: true, name: "AVIF pictures"}
	jxlKind  = Kind{Format: "jxl", Picture: true, name: "JPEG XL pictures"}
	jp2Kind  = Kind{Format: "jp2", Picture: true, name: "JPEG 2000 pictures"}
	tiffKind = Kind{Format: "tiff", Picture: true, name: "TIFF pictures"}
	svgKind  = Kind{Format: "svg", Picture: true, name: "SVG drawings", advice: "export it as PNG from a drawing program or a browser"}
	sound    = Kind{Format: "sound", name: "a sound recording"}
)

func still(format string, name fault.Phrase) Kind {
	return Kind{Format: format, Picture: true, name: name}
}

func raw(format string) Kind {
	return Kind{Format: strings.ToLower(format), Picture: true, name: "raw camera pictures", maker: format,
		advice: "develop it to JPEG with the camera maker's program, or set the camera to JPEG"}
}

func other(format string, name fault.Phrase) Kind { return Kind{Format: format, name: name} }

func document(format string, name fault.Phrase) Kind {
	return Kind{Format: format, name: name, advice: "save the pictures in it as JPEG or PNG"}
}

func archive(format string, name fault.Phrase) Kind {
	return Kind{Format: format, name: name, advice: "unpack it and choose the photos in it"}
}

func film(name fault.Phrase) Kind {
	return Kind{Format: "film", name: name, advice: "save a frame of it as JPEG or PNG"}
}

// KindOf tells from the first [KindBytes] of a file, or all of it, what it is. Its name plays no
// part.
func KindOf(head []byte) Kind {
	for _, c := range codecs {
		if c.match(head) {
			return Kind{Format: c.format, Picture: true, Read: true}
		}
	}
	if len(head) >= 12 && string(head[4:8]) == "ftyp" {
		return boxKind(head)
	}
	if len(head) >= 12 && string(head[:4]) == "RIFF" {
		switch string(head[8:12]) {
		case "AVI ":
			return film("an AVI film")
		case "WAVE":
			return sound
		}
	}
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.start)) {
			if m.Format == "tiff" {
				return tiffOrRaw(head)
			}
			return m.Kind
		}
	}
	if len(head) >= 262 && string(head[257:262]) == "ustar" {
		return archive("tar", "a tar archive")
	}
	if len(head) >= 3 && head[0] == 'P' && '1' <= head[1] && head[1] <= '7' && strings.IndexByte(" \t\r\n#", head[2]) >= 0 {
		return still("pnm", "PBM, PGM and PPM pictures")
	}
	return textKind(head)
}

// boxKind tells the kinds of the ISO base media file format by their brands (ISO/IEC 14496-12,
// section 4.3). A container's own brand says less than those that it is compatible with.
func boxKind(head []byte) Kind {
	size := min(uint64(binary.BigEndian.Uint32(head)), uint64(len(head)), 512)
	brands := []string{string(head[8:12])}
	for at := uint64(16); at+4 <= size; at += 4 {
		brands = append(brands, string(head[at:at+4]))
	}
	stills := false
	for _, brand := range brands {
		switch brand {
		case "avif", "avis":
			return avifKind
		case "heic", "heix", "hevc", "hevx", "heim", "heis":
			return heicKind
		case "crx ":
			return raw("CR3")
		case "jxl ":
			return jxlKind
		case "jp2 ", "jpx ":
			return jp2Kind
		case "mif1", "msf1":
			stills = true
		}
	}
	switch {
	case stills:
		return heicKind
	case brands[0] == "M4A ":
		return sound
	}
	return film("a film (MP4 or QuickTime)")
}

// Claimed returns the largest size, in pixels, that a HEIC or AVIF file gives a picture in it, 0 ×
// 0 for other files: what another decoder may take memory for before anything else is known of it.
// The property is that of ISO/IEC 23008-12, section 6.5.3.
func Claimed(data []byte) (w, h int) {
	switch KindOf(data[:min(len(data), KindBytes)]).Format {
	case "heic", "avif":
	default:
		return 0, 0
	}
	const box = "\x00\x00\x00\x14ispe\x00\x00\x00\x00" // its length, name, version and flags
	for {
		i := bytes.Index(data, []byte(box))
		if i < 0 || len(data) < i+len(box)+8 {
			return w, h
		}
		data = data[i+len(box):]
		u, v := int64(binary.BigEndian.Uint32(data)), int64(binary.BigEndian.Uint32(data[4:]))
		u, v = min(u, math.MaxInt32), min(v, math.MaxInt32)
		if u*v > int64(w)*int64(h) {
			w, h = int(u), int(v)
		}
	}
}

// tiffOrRaw tells camera makers' files, which are TIFF in form, by what stands in them near the
// beginning.
func tiffOrRaw(head []byte) Kind {
	for _, maker := range []struct{ name, format string }{{"NIKON", "NEF"}, {"SONY", "ARW"}, {"PENTAX", "PEF"}, {"SAMSUNG", "SRW"}} {
		if bytes.Contains(head[:min(len(head), 1024)], []byte(maker.name)) && !bytes.Contains(head, []byte("Adobe")) {
			return raw(maker.format)
		}
	}
	return tiffKind
}

// textKind tells SVG, web pages and plain text.
func textKind(head []byte) Kind {
	if len(head) == 0 {
		return Kind{}
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return other("text", "text")
	}
	text := head[:min(len(head), KindBytes)]
	for n := 0; n < utf8.UTFMax && len(text) > 0 && !utf8.Valid(text); n++ {
		text = text[:len(text)-1] // a character may be cut in two
	}
	if !utf8.Valid(text) || len(text) == 0 || len(head)-len(text) >= utf8.UTFMax {
		return Kind{}
	}
	for _, c := range text {
		if c < ' ' && strings.IndexByte("\t\n\r\f\x1b", c) < 0 {
			return Kind{}
		}
	}
	lower := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(text), "\ufeff"), " \t\r\n"))
	switch {
	case strings.HasPrefix(lower, "<svg"), strings.HasPrefix(lower, "<?xml") && strings.Contains(lower, "<svg"), strings.HasPrefix(lower, "<!doctype svg"):
		return svgKind
	case strings.HasPrefix(lower, "<!doctype html"), strings.HasPrefix(lower, "<html"):
		return Kind{Format: "html", name: "a web page", advice: "save the picture itself, not the page that shows it"}
	case strings.HasPrefix(lower, "version https://git-lfs"):
		return Kind{Format: "lfs", name: "a pointer of Git LFS", advice: "fetch the file itself with git lfs pull"}
	}
	return other("text", "text")
}

// refusal is the error for a file of a kind that is not read here.
func (k Kind) refusal() *Error {
	e := &Error{Kind: ErrUnsupported, Format: k.Format}
	switch {
	case k.Picture:
		advice := k.advice
		if advice == "" {
			advice = saveOrSet
		}
		e.said = fault.Errorf("%s can't be read here; %s", k.name, advice)
		if k.maker != "" {
			e.said = fault.Errorf("%s (%s) can't be read here; %s", k.name, k.maker, advice)
		}
	case k.name != "":
		advice := k.advice
		if advice == "" {
			advice = chooseOther
		}
		e.said = fault.Errorf("the file is %s and not a picture, whatever its name says; %s", k.name, advice)
	default:
		e.said = fault.Errorf("the file is not a picture that can be read here, whatever its name says; %s", chooseOther)
	}
	e.Text = e.said.Error()
	return e
}
