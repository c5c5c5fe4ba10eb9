package photofile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"homeroom/core/intake"
	"homeroom/core/photo"
)

// readPacked reads the first bytes of a file in an archive, as many as there are up to most. One
// that has more than its archive says is refused: no more may be taken than there is room for.
func readPacked(f packed, most int64) ([]byte, error) {
	in, err := f.open()
	if err != nil {
		return nil, err
	}
	defer in.Close()
	if size := f.size(); size >= 0 {
		most = min(most, size+1)
	}
	var data bytes.Buffer
	if f.size() >= 0 {
		data.Grow(int(most) + bytes.MinRead) // else it is in memory twice while it is read
	}
	if _, err = data.ReadFrom(io.LimitReader(in, most)); err != nil {
		return data.Bytes(), err
	}
	if size := f.size(); size >= 0 && int64(data.Len()) > size {
		return nil, errors.New("it is longer than its archive says, so the archive is damaged; make it anew")
	}
	return data.Bytes(), nil
}

// zipped is a file in a zip.
type zipped struct{ *zip.File }

func (z zipped) open() (io.ReadCloser, error) {
	if z.Flags&1 != 0 {
		return nil, errors.New("it is encrypted in its zip; unpack it with its password")
	}
	in, err := z.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		err = fmt.Errorf("it is compressed in its zip by a method that is not read (%d); unpack it, or make the zip anew with the usual one, Deflate", z.Method)
	}
	return in, err
}
func (z zipped) changed() time.Time { return z.Modified }
func (z zipped) size() int64        { return int64(min(z.UncompressedSize64, math.MaxInt64-1)) }

// tarred is a file in a tar that is not compressed, which lies in it as a whole.
type tarred struct {
	file      *os.File
	at, bytes int64
	time      time.Time
}

func (t tarred) open() (io.ReadCloser, error) {
	return io.NopCloser(io.NewSectionReader(t.file, t.at, t.bytes)), nil
}
func (t tarred) changed() time.Time { return t.time }
func (t tarred) size() int64        { return t.bytes }

// streamed is a file in a compressed tar, which can be read in one way only, from its beginning to
// its end. Read in another order than they have in it, files take longer.
type streamed struct {
	from  *stream
	index int // among the headers of the tar
	bytes int64
	time  time.Time

	// release is there from when the file is loaded until it is read.
	release func()
	data    []byte
	err     error
}

func (s *streamed) open() (io.ReadCloser, error) {
	data, err := s.from.read(s.index)
	return io.NopCloser(bytes.NewReader(data)), err
}
func (s *streamed) changed() time.Time { return s.time }
func (s *streamed) size() int64        { return s.bytes }
func (s *streamed) load(take func(bytes int64) (release func())) {
	if s.release == nil {
		s.release = take(min(s.bytes, most))
		s.data, s.err = s.from.read(s.index)
	}
}

// absent is a file that an archive names and that can't be read.
type absent struct{ err error }

func (a absent) open() (io.ReadCloser, error) { return nil, a.err }
func (a absent) changed() time.Time           { return time.Time{} }
func (a absent) size() int64                  { return 0 }

// stream reads a compressed tar from its beginning to its end.
type stream struct {
	sync.Mutex
	path string
	file *os.File
	tar  *tar.Reader
	next int
}

func (s *stream) Close() error {
	s.Lock()
	defer s.Unlock()
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// read reads the file that a header stands before. An earlier one than the last has it begin anew.
func (s *stream) read(index int) ([]byte, error) {
	s.Lock()
	defer s.Unlock()
	if s.file == nil || index < s.next {
		if s.file != nil {
			s.file.Close()
		}
		f, err := os.Open(s.path)
		if err != nil {
			return nil, err
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			f.Close()
			return nil, err
		}
		s.file, s.tar, s.next = f, tar.NewReader(z), 0
	}
	for ; ; s.next++ {
		h, err := s.tar.Next()
		if err != nil {
			return nil, fmt.Errorf("the archive can't be read up to it: %w", err)
		}
		if s.next == index {
			s.next++
			var data bytes.Buffer
			data.Grow(int(min(h.Size, most)) + bytes.MinRead)
			_, err := data.ReadFrom(io.LimitReader(s.tar, most))
			return data.Bytes(), err
		}
	}
}

// maxPacked bounds the files of an archive that is looked through.
const maxPacked = 5_000_000

// calledPacked tells whether a file in a folder is called like an archive that [search.archive]
// takes. Many other files are zips by their content, too.
func calledPacked(name string) bool {
	name = strings.ToLower(name)
	return slices.ContainsFunc([]string{".zip", ".tar", ".tar.gz", ".tgz"}, func(end string) bool { return strings.HasSuffix(name, end) })
}

// archiveWithin takes the photos in an archive that lies in a folder, where that is wanted, or
// counts it, with how to have it.
func (s *search) archiveWithin(path string) {
	if !s.sources.Within {
		s.left.File(path, photo.Kind{Format: "zip or tar, read with --archives"})
		return
	}
	before := len(s.found)
	if !s.archive(path) {
		s.found = append(s.found, File{Path: path, Err: errors.New("it is called an archive and is none; it may be damaged")})
	} else if len(s.found) == before+1 && errors.Is(s.found[before].Err, errNoneWithin) {
		s.found = s.found[:before]
		s.left.File(path, photo.Kind{Format: "zip or tar without photos"})
	}
}

// errNoneWithin says that there are no photos in an archive.
var errNoneWithin = errors.New("the archive has no photos in it")

// archive takes the photos in a zip or tar, if path is one by its content.
func (s *search) archive(path string) bool {
	head, err := readHead(path)
	if err != nil {
		return false
	}
	before := len(s.found)
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		err = s.zip(path)
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		err = s.gzippedTar(path)
	case isTar(path):
		err = s.tar(path)
	default:
		return false
	}
	if err != nil {
		s.found = append(s.found, File{Path: path, Err: fmt.Errorf("the archive can't be read to its end (%w); what comes after is not named", err)})
	} else if len(s.found) == before {
		s.found = append(s.found, File{Path: path, Err: errNoneWithin})
	}
	return true
}

// isTar tells a tar by the mark in its first header (POSIX.1-2001, ustar; GNU tar has it too).
func isTar(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	mark := make([]byte, 5)
	_, err = f.ReadAt(mark, 257)
	return err == nil && string(mark) == "ustar"
}

// take takes a file of an archive, if it is a photo by its name or its first bytes.
func (s *search) take(archive, name string, in packed, head func() ([]byte, error)) (taken bool) {
	if err := leadsOut(name); err != nil {
		s.found = append(s.found, File{Path: archive + string(filepath.Separator) + filepath.FromSlash(name), Err: err, in: absent{err}})
		return false
	}
	if name = path.Clean(name); intake.PassedOverPath(name) {
		s.left.Hidden(name[strings.LastIndexByte(name, '/')+1:])
		return false
	}
	f := File{Path: filepath.Join(archive, filepath.FromSlash(name)), in: in}
	if !intake.CalledPhoto(name) {
		first, err := head()
		if kind := photo.KindOf(first); err == nil && !kind.Picture {
			s.left.File(name, kind)
			return false
		}
	}
	s.found = append(s.found, f)
	return true
}

// leadsOut says why a file of an archive is not read whose name leads out of it: no path would be
// its own.
func leadsOut(name string) error {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return errors.New("its name leads out of the archive, so it is not read; make the archive anew with names that have no .. in them")
	}
	return nil
}

// A member is a file of a tar that links later in it may lead to.
type member struct {
	in    packed
	taken bool // as a photo
}

// link takes another name of a file in a tar.
func (s *search) link(archive string, h *tar.Header, members map[string]member) {
	to, there := members[path.Clean(h.Linkname)]
	if in, whole := to.in.(tarred); whole && h.Typeflag == tar.TypeLink {
		s.take(archive, h.Name, in, func() ([]byte, error) { return readPacked(in, photo.KindBytes) })
		return
	}
	var err error
	switch {
	case h.Typeflag == tar.TypeSymlink:
		err = fmt.Errorf("it is a symbolic link to %s, and none is followed in an archive; unpack the archive", h.Linkname)
	case there:
		err = fmt.Errorf("it is another name of %s in a compressed archive; see there, or unpack the archive", h.Linkname)
	default:
		err = fmt.Errorf("it is another name of %s, which the archive does not have before it; make the archive anew", h.Linkname)
	}
	if !intake.CalledPhoto(h.Name) && !to.taken {
		s.left.File(h.Name, photo.Kind{Format: "link"})
	} else if before := len(s.found); s.take(archive, h.Name, absent{err}, func() ([]byte, error) { return nil, err }) {
		s.found[before].Err = err
	}
}

func (s *search) zip(path string) error {
	z, err := zip.OpenReader(path)
	if err != nil {
		return err
	}
	s.sources.opened = append(s.sources.opened, z)
	if len(z.File) > maxPacked {
		return fmt.Errorf("it has %d files, and %d are the most", len(z.File), maxPacked)
	}
	for _, f := range z.File {
		if !f.FileInfo().IsDir() {
			s.take(path, f.Name, zipped{f}, func() ([]byte, error) { return readPacked(zipped{f}, photo.KindBytes) })
		}
	}
	return nil
}

func (s *search) tar(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	s.sources.opened = append(s.sources.opened, f)
	t := tar.NewReader(f)
	return s.headers(t, func(h *tar.Header, _ int) (packed, error) {
		at, err := f.Seek(0, io.SeekCurrent)
		return tarred{f, at, h.Size, h.ModTime}, err
	}, path)
}

func (s *search) gzippedTar(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	from := &stream{path: path}
	s.sources.opened = append(s.sources.opened, from)
	return s.headers(tar.NewReader(z), func(h *tar.Header, index int) (packed, error) {
		return &streamed{from: from, index: index, bytes: h.Size, time: h.ModTime}, nil
	}, path)
}

// headers takes the files of a tar.
func (s *search) headers(t *tar.Reader, at func(h *tar.Header, index int) (packed, error), archive string) error {
	members := map[string]member{}
	for index := range maxPacked {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag == tar.TypeGNUSparse {
			return fmt.Errorf("%s is kept in it with holes; unpack the archive", h.Name)
		}
		if h.Typeflag == tar.TypeLink || h.Typeflag == tar.TypeSymlink {
			s.link(archive, h, members)
			continue
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		for key := range h.PAXRecords {
			if strings.HasPrefix(key, "GNU.sparse.") {
				return fmt.Errorf("%s is kept in it with holes; unpack the archive", h.Name)
			}
		}
		in, err := at(h, index)
		if err != nil {
			return err
		}
		taken := s.take(archive, h.Name, in, func() ([]byte, error) {
			head := make([]byte, photo.KindBytes)
			n, err := io.ReadFull(t, head)
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				err = nil
			}
			return head[:n], err
		})
		members[path.Clean(h.Name)] = member{in, taken}
	}
	return fmt.Errorf("it has more than %d files", maxPacked)
}
