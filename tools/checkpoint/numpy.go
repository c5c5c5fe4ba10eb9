package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

const (
	npyMagic = "\x93NUMPY"
	// maxNPYHeader bounds the header of an array: its type, order and shape as text.
	maxNPYHeader = 64 << 10
	// maxCompressedObjects bounds the pickle of an array of objects in a compressed archive.
	maxCompressedObjects = 64 << 20
)

// readNPY reads a .npy file: one array, called array, or an array of objects that may hold many.
func readNPY(f *finder, r io.ReaderAt, size int64) error {
	f.out.Format = "npy"
	return readArray(f, "array", section{r, 0, size})
}

// readNPZ reads an archive of .npy files, compressed or not.
func readNPZ(f *finder, a *archive) error {
	for _, file := range a.files {
		name, ok := strings.CutSuffix(file.Name, ".npy")
		if !ok {
			continue
		}
		s, err := a.store(file)
		if err != nil {
			return err
		}
		if err := readArray(f, name, s); err != nil {
			return fmt.Errorf("%s: %w", clip(file.Name), err)
		}
	}
	return nil
}

// readArray reads the array in a .npy file (numpy/lib/format.py: magic, version, length and text of
// the header, elements).
func readArray(f *finder, name string, s store) error {
	r, err := s.open(0, s.size())
	if err != nil {
		return err
	}
	h, at, err := readNPYHeader(r)
	r.Close()
	if err != nil {
		return err
	}
	d, order, isObject, err := parseDescr(h.descr)
	if err != nil {
		return err
	}
	if isObject {
		return readObjects(f, name, part{s, at})
	}
	t := newArray(h.shape, d, order, h.fortran)
	t.data = part{s, at}
	if need := wholeBytes(h.shape, d); need > t.data.size() {
		return fmt.Errorf("it is cut short: shape %v of %v takes %d bytes, and %d are there; download it again", h.shape, d, need, t.data.size())
	}
	if err := t.check(); err != nil {
		return err
	}
	return f.add(name, t)
}

// readObjects reads an array of objects, which is a pickle. Those of a file by itself aren't called
// after it.
func readObjects(f *finder, name string, s part) error {
	var r io.ReaderAt
	size := s.size()
	switch of := s.of.(type) {
	case section:
		r = io.NewSectionReader(of.r, of.off+s.after, size)
		name = ""
	case member:
		if of.file.Method == zip.Store {
			start, err := of.file.DataOffset()
			if err != nil {
				return err
			}
			r = io.NewSectionReader(of.r, start+s.after, size)
			break
		}
		text, err := readAll(s, maxCompressedObjects)
		if err != nil {
			return err
		}
		r, size = bytes.NewReader(text), int64(len(text))
	}
	v, err := pickle.NewReader(r, size).Read(pickle.Options{Allow: allow})
	if err != nil {
		return err
	}
	return f.collect(name, v)
}

type npyHeader struct {
	descr   string
	fortran bool
	shape   []int64
}

// readNPYHeader returns the header and how many bytes it takes with what precedes it.
func readNPYHeader(r io.Reader) (*npyHeader, int64, error) {
	var fixed [8]byte
	if _, err := io.ReadFull(r, fixed[:]); err != nil {
		return nil, 0, fmt.Errorf("a numpy array's header is cut short (%w); download it again", err)
	}
	if string(fixed[:6]) != npyMagic {
		return nil, 0, errors.New("it isn't a numpy array: the magic is missing")
	}
	size := 4 // of the length
	switch fixed[6] {
	case 1:
		size = 2
	case 2, 3:
	default:
		return nil, 0, fmt.Errorf("version %d of numpy's format isn't known here", fixed[6])
	}
	length := make([]byte, 4)
	if _, err := io.ReadFull(r, length[:size]); err != nil {
		return nil, 0, fmt.Errorf("a numpy array's header is cut short (%w); download it again", err)
	}
	n := binary.LittleEndian.Uint32(length)
	if n > maxNPYHeader {
		return nil, 0, fmt.Errorf("a numpy array's header of %d bytes; at most %d are expected", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return nil, 0, fmt.Errorf("a numpy array's header is cut short (%w); download it again", err)
	}
	h, err := parseNPYHeader(string(text))
	if err != nil {
		return nil, 0, fmt.Errorf("a numpy array's header: %w", err)
	}
	return h, int64(8+size) + int64(n), nil
}

// parseNPYHeader reads the text of a Python dict such as {'descr': '<f4', 'fortran_order': False,
// 'shape': (2, 3), }.
func parseNPYHeader(text string) (*npyHeader, error) {
	h := new(npyHeader)
	seen := make(map[string]bool)
	s := &scanner{text: text}
	s.take("{")
	for s.err == nil && !s.try("}") {
		key := s.quoted()
		s.take(":")
		if seen[key] {
			return nil, fmt.Errorf("%q is there twice", clip(key))
		}
		seen[key] = true
		switch key {
		case "descr":
			if s.peek("[") {
				return nil, errors.New("its elements are records of several fields; save each field as an array of its own")
			}
			h.descr = s.quoted()
		case "fortran_order":
			if h.fortran = s.try("True"); !h.fortran {
				s.take("False")
			}
		case "shape":
			s.take("(")
			for s.err == nil && !s.try(")") {
				h.shape = append(h.shape, s.number())
				if len(h.shape) > maxRank {
					return nil, fmt.Errorf("more than %d axes", maxRank)
				}
				if !s.try(",") {
					s.take(")")
					break
				}
			}
		default:
			if s.err == nil {
				return nil, fmt.Errorf("%q isn't expected there", clip(key))
			}
		}
		if !s.try(",") {
			s.take("}")
			break
		}
	}
	if s.err == nil && strings.TrimSpace(s.text) != "" {
		s.err = errors.New("more follows it")
	}
	if s.err == nil && len(seen) != 3 {
		s.err = errors.New("descr, fortran_order and shape must all be there")
	}
	return h, s.err
}

// scanner reads tokens, with white space between them, until the first that isn't as expected.
type scanner struct {
	text string
	err  error
}

func (s *scanner) peek(token string) bool {
	s.text = strings.TrimLeft(s.text, " \t\r\n")
	return s.err == nil && strings.HasPrefix(s.text, token)
}

func (s *scanner) try(token string) bool {
	if s.peek(token) {
		s.text = s.text[len(token):]
		return true
	}
	return false
}

func (s *scanner) take(token string) {
	if !s.try(token) {
		s.fail(strconv.Quote(token))
	}
}

func (s *scanner) fail(want string) {
	if s.err == nil {
		s.err = fmt.Errorf("%s is expected at %q", want, s.text[:min(len(s.text), 20)])
	}
}

func (s *scanner) quoted() string {
	for _, quote := range []string{"'", `"`} {
		if s.try(quote) {
			if v, rest, ok := strings.Cut(s.text, quote); ok && !strings.Contains(v, `\`) {
				s.text = rest
				return v
			}
			break
		}
	}
	s.fail("a string")
	return ""
}

func (s *scanner) number() int64 {
	s.peek("")
	n := 0
	for n < len(s.text) && s.text[n] >= '0' && s.text[n] <= '9' {
		n++
	}
	v, err := strconv.ParseInt(s.text[:n], 10, 64)
	if err != nil {
		s.fail("a length")
		return 0
	}
	s.text = strings.TrimPrefix(s.text[n:], "L") // of Python 2
	return v
}
