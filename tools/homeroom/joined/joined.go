// Package joined carries files behind the end of a program, as a zip archive: the finished page
// with its networks in the program that serves it, so that one file is all that a person needs.
package joined

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// ErrNone says that nothing is joined with a program.
var ErrNone = errors.New("nothing is joined with this program")

// ErrCut says that something was joined with this program and is not there any more, at least not
// its end.
var ErrCut = errors.New("this copy of the program was cut short: the page and the networks that belong behind its end are not all there; copy the program again")

// ErrDamaged says that a file behind a program is not what was joined with it.
var ErrDamaged = errors.New("it is damaged in the program; copy the program again")

// built is "yes" in a program that files are joined with, which the build tells it: of what is
// missing behind its end nothing else can tell.
//
//	go build -ldflags "-X homeroom/tools/homeroom/joined.built=yes"
var built string

// mostBytes bounds a file when it is unpacked.
const mostBytes = 1 << 30

// Files are those behind a program. They are an [fs.FS], whose files can be sought in, each of them
// read as a whole when it is opened for the first time and cached if it was packed. It is safe for
// concurrent use.
type Files struct {
	zip   *zip.ReadCloser
	mu    sync.Mutex
	cache map[string][]byte
}

// Self opens the files behind this program, which is at a path. The error is ErrNone where there
// are none, and ErrCut where there were.
func Self(program string) (*Files, error) {
	files, err := Open(program)
	if errors.Is(err, ErrNone) && built == "yes" {
		return nil, ErrCut
	}
	return files, err
}

// Open opens the files behind a program. The error is ErrNone where there are none.
func Open(program string) (*Files, error) {
	z, err := zip.OpenReader(program)
	if errors.Is(err, zip.ErrFormat) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, fmt.Errorf("the page and the networks in %s cannot be read (%w); copy the program again", program, err)
	}
	return &Files{zip: z, cache: map[string][]byte{}}, nil
}

// Close closes the program's file. Files that are open stay readable.
func (f *Files) Close() error { return f.zip.Close() }

// Damaged returns why each file that cannot be read cannot be.
func (f *Files) Damaged() []error {
	var out []error
	for _, z := range f.zip.File {
		if _, err := unpack(z); err != nil {
			out = append(out, fmt.Errorf("%s: %w (%w)", z.Name, ErrDamaged, err))
		}
	}
	return out
}

// Open implements [fs.FS]. Folders cannot be opened.
func (f *Files) Open(name string) (fs.File, error) {
	at := slices.IndexFunc(f.zip.File, func(z *zip.File) bool { return z.Name == name })
	if at < 0 || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	z := f.zip.File[at]
	f.mu.Lock()
	defer f.mu.Unlock()
	data, ok := f.cache[name]
	if !ok {
		var err error
		if data, err = unpack(z); err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w (%w)", ErrDamaged, err)}
		}
		if z.Method != zip.Store {
			f.cache[name] = data
		}
	}
	return &file{bytes.NewReader(data), z}, nil
}

func unpack(z *zip.File) ([]byte, error) {
	if z.UncompressedSize64 > mostBytes {
		return nil, fmt.Errorf("it has %d bytes", z.UncompressedSize64)
	}
	r, err := z.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	data := make([]byte, z.UncompressedSize64)
	if _, err := io.ReadFull(r, data); err != nil {
		return nil, err
	}
	// Reading on makes the reader compare the checksum.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, zip.ErrChecksum
	}
	return data, nil
}

// file is an open one.
type file struct {
	*bytes.Reader
	zip *zip.File
}

func (f *file) Stat() (fs.FileInfo, error) { return f.zip.FileInfo(), nil }
func (f *file) Close() error               { return nil }

// packed tells whether a file becomes smaller by so much that it is packed.
func packed(name string) bool {
	return !slices.Contains([]string{".pack", ".br", ".gz"}, path.Ext(name))
}

// Join writes a program with files behind it. Left out are those whose names begin with a dot, and
// what is there in gzip for servers of browsers that do not take the smaller brotli. The same
// program and files give the same bytes.
func Join(w io.Writer, program string, files fs.FS) error {
	if had, err := Open(program); err == nil {
		had.Close()
		return fmt.Errorf("%s has files joined with it already; build it anew", program)
	}
	in, err := os.Open(program)
	if err != nil {
		return err
	}
	defer in.Close()
	end, err := io.Copy(w, in)
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	z.SetOffset(end)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.BestCompression) })
	if err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(d.Name(), ".") || path.Ext(name) == ".gz" {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: name, Method: zip.Store}
		if packed(name) {
			h.Method = zip.Deflate
		}
		part, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		_, err = part.Write(data)
		return err
	}); err != nil {
		return err
	}
	return z.Close()
}
