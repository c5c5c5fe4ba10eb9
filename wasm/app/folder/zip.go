package folder

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"strings"
	"time"
	"unicode/utf8"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// A zipping is a zip that is being made. Photos are in it as they are, since they do not get
// smaller; their bytes are not held: the file that is offered is made of what stands between them
// and of the photos themselves, which the browser reads as it saves it. Only their checksums are
// needed before, which the worker sums up.
type zipping struct{ files []zipped }

// A zipped is a file of a zip.
type zipped struct {
	header zip.FileHeader
	photo  outside.Object // nil where there is data
	data   []byte         // which goes in deflated
}

// photo adds one, of which the sum is known.
func (z *zipping) photo(name string, f *outside.File, sum protocol.Summed) {
	h := headed(name, zip.Store, time.UnixMilli(f.Changed))
	h.CRC32, h.CompressedSize64, h.UncompressedSize64 = uint32(sum.CRC32), uint64(sum.Bytes), uint64(sum.Bytes)
	z.files = append(z.files, zipped{header: h, photo: f.Object})
}

// text adds a sidecar.
func (z *zipping) text(name string, data []byte, now time.Time) {
	h := headed(name, zip.Deflate, now)
	h.CRC32, h.UncompressedSize64 = crc32.ChecksumIEEE(data), uint64(len(data))
	z.files = append(z.files, zipped{header: h, data: data})
}

// headed is the beginning of a header, as the writer makes it but for files that it is given raw:
// that the name is UTF-8 (flag 0x800), and when the file was changed, as MS-DOS has it, to two
// seconds in the zone of who reads it, and in the extra field 0x5455, in seconds since 1970
// (APPNOTE 4.4.4, 4.4.6 and 4.6.1, and Info-ZIP's extra fields).
func headed(name string, method uint16, t time.Time) zip.FileHeader {
	h := zip.FileHeader{Name: name, Method: method}
	if strings.ContainsFunc(name, func(r rune) bool { return r >= 0x80 }) && utf8.ValidString(name) {
		h.Flags |= 0x800
	}
	if t.Year() < 1980 || t.Year() > 2107 {
		return h
	}
	//lint:ignore SA1019 the writer takes headers of raw files as they are
	h.ModifiedDate = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9)
	//lint:ignore SA1019 the same
	h.ModifiedTime = uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
	h.Extra = binary.LittleEndian.AppendUint32([]byte{0x55, 0x54, 5, 0, 1}, uint32(t.Unix()))
	return h
}

// counted takes what the writer writes, but not the bytes of photos, which are only counted there.
type counted struct {
	bytes.Buffer
	skip bool
}

func (c *counted) Write(p []byte) (int, error) {
	if c.skip {
		return len(p), nil
	}
	return c.Buffer.Write(p)
}

// parts is the whole file.
func (z *zipping) parts() (parts []outside.Part, err error) {
	var out counted
	w := zip.NewWriter(&out)
	flush := func() {
		err = errors.Join(err, w.Flush())
		parts = append(parts, outside.Part{Data: bytes.Clone(out.Bytes())})
		out.Reset()
	}
	zeros := make([]byte, 1<<20)
	var small bytes.Buffer
	deflater, err := flate.NewWriter(&small, flate.BestSpeed) // which forgets the file before in no time
	for i := range z.files {
		f := &z.files[i]
		if f.photo == nil {
			small.Reset()
			deflater.Reset(&small)
			_, fault := deflater.Write(f.data)
			err = errors.Join(err, fault, deflater.Close())
			f.header.CompressedSize64 = uint64(small.Len())
		}
		body, fault := w.CreateRaw(&f.header)
		if fault != nil {
			return nil, fault
		}
		if f.photo == nil {
			_, fault = body.Write(small.Bytes())
			err = errors.Join(err, fault)
			continue
		}
		flush()
		out.skip = true
		for left := f.header.CompressedSize64; left > 0 && fault == nil; left -= min(left, uint64(len(zeros))) {
			_, fault = body.Write(zeros[:min(left, uint64(len(zeros)))])
		}
		err = errors.Join(err, fault, w.Flush())
		out.skip = false
		parts = append(parts, outside.Part{Object: f.photo})
	}
	err = errors.Join(err, w.Close())
	flush()
	return parts, err
}

// offer gives the person the zip.
func (z *zipping) offer(t *outside.Turn, name string) {
	parts, err := z.parts()
	if err != nil { // of no disk, so of nothing that can be helped
		t.Say(text.Say("The zip could not be made: {1}", text.Of(err)))
		return
	}
	t.Ask(outside.Offer{Name: name + " by name.zip", Type: "application/zip", Parts: parts})
}
