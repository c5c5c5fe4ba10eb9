package folder

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"io"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
)

// A zipping is a zip that is being made. Photos are in it as they are, since they do not get
// smaller; their bytes are not held: the file that is offered is made of what stands between them
// and of the photos themselves, which the browser reads as it saves it. Only their checksums are
// needed before, which the worker sums up.
type zipping struct {
	writer *zip.Writer
	out    counted
	parts  []outside.Part
	err    error
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

func newZipping() *zipping {
	z := &zipping{}
	z.writer = zip.NewWriter(&z.out)
	return z
}

// photo adds one, of which the sum is known.
func (z *zipping) photo(name string, f *outside.File, sum protocol.Summed) {
	h := &zip.FileHeader{Name: name, Method: zip.Store, CRC32: uint32(sum.CRC32), CompressedSize64: uint64(sum.Bytes), UncompressedSize64: uint64(sum.Bytes)}
	stamp(h, time.UnixMilli(f.Changed))
	w, err := z.writer.CreateRaw(h)
	if err == nil {
		err = z.flush()
	}
	if err == nil {
		z.out.skip = true
		_, err = io.CopyN(w, zeros{}, sum.Bytes)
		if err == nil {
			err = z.writer.Flush()
		}
		z.out.skip = false
		z.parts = append(z.parts, outside.Part{Object: f.Object})
	}
	z.keep(err)
}

// stamp writes when a file was changed into its header, which the writer does but for raw files: as
// MS-DOS has it, to two seconds in the zone of who reads it, and in the extra field 0x5455, in
// seconds since 1970 (APPNOTE 4.4.6 and 4.6.1, and Info-ZIP's extra fields).
func stamp(h *zip.FileHeader, t time.Time) {
	if t.Year() < 1980 || t.Year() > 2107 {
		return
	}
	//lint:ignore SA1019 the writer takes headers of raw files as they are
	h.ModifiedDate = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9)
	//lint:ignore SA1019 the same
	h.ModifiedTime = uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)
	h.Extra = binary.LittleEndian.AppendUint32([]byte{0x55, 0x54, 5, 0, 1}, uint32(t.Unix()))
}

// zeros stand in for what is only counted.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// text adds a sidecar.
func (z *zipping) text(name string, data []byte, now time.Time) {
	w, err := z.writer.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: now})
	if err == nil {
		_, err = w.Write(data)
	}
	z.keep(err)
}

// flush makes a part of what was written.
func (z *zipping) flush() error {
	if err := z.writer.Flush(); err != nil {
		return err
	}
	z.parts = append(z.parts, outside.Part{Data: bytes.Clone(z.out.Bytes())})
	z.out.Reset()
	return nil
}

func (z *zipping) keep(err error) {
	if z.err == nil {
		z.err = err
	}
}

// offer gives the person the zip.
func (z *zipping) offer(t *outside.Turn, name string) {
	z.keep(z.writer.Close())
	z.keep(z.flush())
	if z.err != nil { // of no disk, so of nothing that can be helped
		t.Say("The zip could not be made: " + z.err.Error())
		return
	}
	t.Ask(outside.Offer{Name: name + " by name.zip", Type: "application/zip", Parts: z.parts})
}
