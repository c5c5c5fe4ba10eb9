package folder

import (
	"archive/zip"
	"fmt"
	"hash/crc32"
	"io"
	"sort"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
)

// parted reads parts one after the other; those that are photos are zeros.
type parted struct {
	parts  []outside.Part
	starts []int64
	size   int64
}

func newParted(parts []outside.Part, photo int64) *parted {
	p := &parted{parts: parts}
	for _, one := range parts {
		p.starts = append(p.starts, p.size)
		if one.Object != nil {
			p.size += photo
		} else {
			p.size += int64(len(one.Data))
		}
	}
	return p
}

func (p *parted) ReadAt(b []byte, at int64) (n int, err error) {
	for n < len(b) {
		if at >= p.size {
			return n, io.EOF
		}
		i := sort.Search(len(p.starts), func(i int) bool { return p.starts[i] > at }) - 1
		end := p.size
		if i+1 < len(p.starts) {
			end = p.starts[i+1]
		}
		k := int(min(int64(len(b)-n), end-at))
		if p.parts[i].Object != nil {
			clear(b[n : n+k])
		} else {
			copy(b[n:n+k], p.parts[i].Data[at-p.starts[i]:])
		}
		n, at = n+k, at+int64(k)
	}
	return n, nil
}

// TestZipHoldsNoPhotos makes a zip of ten thousand photos of 5 MB: what the page holds of it has
// nothing of their bytes, and all 50 GB can be read.
func TestZipHoldsNoPhotos(t *testing.T) {
	const photos, each = 10_000, 5_000_000
	zeros := make([]byte, each)
	sum := protocol.Summed{CRC32: int(crc32.ChecksumIEEE(zeros)), Bytes: each}
	z := &zipping{}
	changed := time.Date(2025, 6, 7, 8, 9, 10, 0, time.UTC)
	for i := range photos {
		z.photo(fmt.Sprintf("koala/IMG_%05d.jpg", i), &outside.File{Object: &protocol.Handle{}, Bytes: each, Changed: changed.UnixMilli()}, sum)
		z.text(fmt.Sprintf("koala/IMG_%05d.jpg.xmp", i), []byte("names"), changed)
	}
	parts, err := z.parts()
	if err != nil {
		t.Fatal(err)
	}
	held := 0
	for _, p := range parts {
		held += len(p.Data)
	}
	if held > 600*photos {
		t.Errorf("the page holds %d bytes for %d photos", held, photos)
	}
	whole := newParted(parts, each)
	in, err := zip.NewReader(whole, whole.size)
	if err != nil || len(in.File) != 2*photos {
		t.Fatalf("%d of %d files can be read: %v", len(in.File), 2*photos, err)
	}
	for _, i := range []int{0, 1, 2*photos - 2, 2*photos - 1} { // the last lie beyond 4 GB
		r, err := in.File[i].Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil || i%2 == 0 && len(data) != each || i%2 == 1 && string(data) != "names" {
			t.Errorf("%s has %d bytes: %v", in.File[i].Name, len(data), err)
		}
		if got := in.File[i].Modified; !got.Equal(changed) {
			t.Errorf("%s is of %v, want %v", in.File[i].Name, got, changed)
		}
	}
}

// TestNamesInZipsAreUTF8: without the flag that says so, other programs take the names of photos
// and sidecars for those of an IBM PC.
func TestNamesInZipsAreUTF8(t *testing.T) {
	z := &zipping{}
	z.photo("Löwe/1.jpg", &outside.File{Object: &protocol.Handle{}, Bytes: 4}, protocol.Summed{CRC32: int(crc32.ChecksumIEEE(make([]byte, 4))), Bytes: 4})
	z.text("Löwe/1.jpg.xmp", []byte("names"), time.Unix(9, 0))
	parts, err := z.parts()
	if err != nil {
		t.Fatal(err)
	}
	whole := newParted(parts, 4)
	in, err := zip.NewReader(whole, whole.size)
	if err != nil || len(in.File) != 2 || in.File[0].NonUTF8 || in.File[1].NonUTF8 || in.File[0].Flags&0x800 == 0 {
		t.Errorf("%+v %v", in.File, err)
	}
}
