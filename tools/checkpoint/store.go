package checkpoint

import (
	"archive/zip"
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
)

// store is a run of raw bytes in the file, the storage of one or more tensors.
type store interface {
	// open reads n bytes from byte off on. The caller has compared them with size.
	open(off, n int64) (io.ReadCloser, error)
	size() int64
}

// section is bytes as they lie in the file.
type section struct {
	r      io.ReaderAt
	off, n int64
}

func (s section) size() int64 { return s.n }

func (s section) open(off, n int64) (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(s.r, s.off+off, n)), nil
}

// part is a store without its first bytes.
type part struct {
	of    store
	after int64
}

func (p part) size() int64 { return p.of.size() - p.after }

func (p part) open(off, n int64) (io.ReadCloser, error) { return p.of.open(p.after+off, n) }

// member is a file in a zip archive.
type member struct {
	file *zip.File
	r    io.ReaderAt // of the archive
}

func (m member) size() int64 { return int64(m.file.UncompressedSize64) }

func (m member) open(off, n int64) (io.ReadCloser, error) {
	const few = 64 << 10 // such as a numpy header
	if m.file.Method == zip.Store && (off > few || off+n != m.size()) {
		start, err := m.file.DataOffset()
		return io.NopCloser(io.NewSectionReader(m.r, start+off, n)), err
	}
	// Read from its beginning to its end, its checksum is verified.
	r, err := m.file.Open()
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(io.Discard, r, off); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// latin1 is bytes that Python 3 has written as text for protocol 2, each as the character of its
// number.
type latin1 struct {
	text section
	n    int64 // bytes that it should give
}

func (l latin1) size() int64 { return l.n }

func (l latin1) open(off, n int64) (io.ReadCloser, error) {
	r := &latin1Reader{bufio.NewReader(io.NewSectionReader(l.text.r, l.text.off, l.text.n))}
	_, err := io.CopyN(io.Discard, r, off)
	return io.NopCloser(r), err
}

type latin1Reader struct{ r *bufio.Reader }

func (l *latin1Reader) Read(p []byte) (int, error) {
	for i := range p {
		c, _, err := l.r.ReadRune()
		if err != nil {
			return i, err
		}
		if c > math.MaxUint8 {
			return i, errors.New("bytes kept as text hold a character beyond Latin-1")
		}
		p[i] = byte(c)
	}
	return len(p), nil
}

// maxDirectory bounds a zip archive's table of contents. PyTorch needs about 150 bytes a storage.
const maxDirectory = 16 << 20

// archive is an open zip file.
type archive struct {
	r     io.ReaderAt
	size  int64
	files []*zip.File
	named map[string]*zip.File
}

// openZip reads the table of contents.
func openZip(r io.ReaderAt, size int64) (*archive, error) {
	limited := &limitedReaderAt{r: r, left: maxDirectory}
	z, err := zip.NewReader(limited, size)
	if err != nil {
		if limited.left < 0 {
			return nil, fmt.Errorf("its table of contents is larger than %d bytes", maxDirectory)
		}
		return nil, fmt.Errorf("the zip archive can't be read: %w; it may be cut short: download it again", err)
	}
	limited.left = math.MaxInt64
	a := &archive{r: r, size: size, files: z.File, named: make(map[string]*zip.File, len(z.File))}
	for _, f := range z.File {
		if a.named[f.Name] != nil {
			return nil, fmt.Errorf("the zip archive holds %q twice", clip(f.Name))
		}
		a.named[f.Name] = f
	}
	return a, nil
}

// store gives a member's bytes, if they can be as many as it claims.
func (a *archive) store(f *zip.File) (store, error) {
	if f.Flags&1 != 0 {
		return nil, fmt.Errorf("%q is encrypted", clip(f.Name))
	}
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("%q is compressed in a way (%d) that isn't known here", clip(f.Name), f.Method)
	}
	start, err := f.DataOffset()
	if err != nil {
		return nil, fmt.Errorf("%q: %w", clip(f.Name), err)
	}
	if start > a.size || f.CompressedSize64 > uint64(a.size-start) {
		return nil, fmt.Errorf("%q claims %d bytes, and %d are left; the file is cut short: download it again", clip(f.Name), f.CompressedSize64, max(a.size-start, 0))
	}
	if most := max(f.CompressedSize64, unremarkable); f.Method == zip.Store && f.UncompressedSize64 != f.CompressedSize64 ||
		f.Method == zip.Deflate && f.UncompressedSize64/likelyRatio > most {
		return nil, fmt.Errorf("%q claims to be %d bytes made from %d, which no weights are", clip(f.Name), f.UncompressedSize64, f.CompressedSize64)
	}
	return member{f, a.r}, nil
}

const (
	// Weights compress to nine tenths, all zeros to a thousandth. What is compressed further than
	// likelyRatio is taken only up to unremarkable × likelyRatio bytes.
	likelyRatio  = 64
	unremarkable = 1 << 20
)

// readAll reads a store that must be small.
func readAll(s store, most int64) ([]byte, error) {
	if s.size() > most {
		return nil, fmt.Errorf("%d bytes where at most %d are expected", s.size(), most)
	}
	r, err := s.open(0, s.size())
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, most))
}

// limitedReaderAt refuses to read more than a number of bytes in all.
type limitedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (l *limitedReaderAt) ReadAt(p []byte, off int64) (int, error) {
	if l.left -= int64(len(p)); l.left < 0 {
		return 0, errors.New("too much to read")
	}
	return l.r.ReadAt(p, off)
}
