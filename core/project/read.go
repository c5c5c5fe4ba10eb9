package project

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"unicode/utf8"

	"homeroom/core/head"
	"homeroom/core/safetensors"
)

// Read reads a project. name is what errors call the file; limits that are zero
// are those of DefaultLimits. What was read is complete and consistent, and
// shares no memory with data.
//
// An error says which part of which file is wrong and what to do.
func Read(name string, data []byte, lim Limits) (*Project, error) {
	d := DefaultLimits
	if lim.Bytes != 0 {
		d.Bytes = lim.Bytes
	}
	if lim.Manifest != 0 {
		d.Manifest = lim.Manifest
	}
	if lim.Photos != 0 {
		d.Photos = lim.Photos
	}
	if lim.Versions != 0 {
		d.Versions = lim.Versions
	}
	if lim.Thumb != 0 {
		d.Thumb = lim.Thumb
	}
	p, err := read(data, d)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

var errDamaged = errors.New("the file is damaged or was cut short; copy it again, or open an earlier copy")

func read(data []byte, lim Limits) (*Project, error) {
	if len(data) < 4 || string(data[:2]) != "PK" {
		return nil, errors.New("it is no Homeroom project: a .homeroom file is wanted")
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("its table of contents cannot be read (%v): %w", err, errDamaged)
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		if files[f.Name] != nil {
			return nil, fmt.Errorf("it has two parts %q; it was not written by Homeroom", clip(f.Name))
		}
		files[f.Name] = f
	}
	if files[manifestName] == nil {
		return nil, fmt.Errorf("it has no %s: it is no Homeroom project", manifestName)
	}
	left := lim.Bytes
	text, err := unpack(files[manifestName], lim.Manifest, &left)
	if err != nil {
		return nil, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	if err := m.check(lim); err != nil {
		return nil, fmt.Errorf("%s: %w", manifestName, err)
	}
	want := m.names(lim)
	for name := range files {
		if _, ok := want[name]; !ok && name != manifestName {
			return nil, fmt.Errorf("it has a part %q that does not belong there; it was not written by Homeroom", clip(name))
		}
	}
	// Everything that the parts will take is known before the first is read.
	all := int64(0)
	for name, most := range want {
		p, ok := m.Parts[name]
		f := files[name]
		if !ok || f == nil {
			return nil, fmt.Errorf("its part %q is missing: %w", name, errDamaged)
		}
		if p.Bytes < 0 || p.Bytes > most || f.UncompressedSize64 != uint64(p.Bytes) {
			return nil, fmt.Errorf("its part %q has %d bytes where its manifest says %d: %w", name, f.UncompressedSize64, p.Bytes, errDamaged)
		}
		if all += p.Bytes; all > left {
			return nil, fmt.Errorf("it unpacks to more than %d MB, the most that is read", lim.Bytes>>20)
		}
	}
	take := func(name string) ([]byte, error) {
		b, err := unpack(files[name], want[name], &left)
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(b) != m.Parts[name].SHA256 {
			return nil, fmt.Errorf("its part %q has another checksum than its manifest says: %w", name, errDamaged)
		}
		return b, nil
	}
	p := &Project{
		Name: m.Name, Created: m.Created, Saved: m.Saved, Networks: m.Networks, Current: m.Current,
		Settings: m.Settings, Thumbs: map[uint64][]byte{}, Bank: &head.Bank{},
	}
	if err := p.readBank(&m, take); err != nil {
		return nil, err
	}
	for _, v := range m.Versions {
		if err := p.readVersion(v, take); err != nil {
			return nil, err
		}
	}
	for _, q := range m.Photos {
		if !q.Thumb {
			continue
		}
		b, err := take(thumbName(q.ID))
		if err != nil {
			return nil, err
		}
		if len(b) < 2 || b[0] != 0xff || b[1] != 0xd8 {
			return nil, fmt.Errorf("its part %q is no JPEG picture", thumbName(q.ID))
		}
		p.Thumbs[q.ID] = b
	}
	return p, nil
}

// unpack reads a part of at most so many bytes and takes them off left.
func unpack(f *zip.File, most int64, left *int64) ([]byte, error) {
	size := f.UncompressedSize64
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return nil, fmt.Errorf("its part %q is packed in a way that projects are not", clip(f.Name))
	}
	if size > uint64(min(most, *left)) {
		return nil, fmt.Errorf("its part %q unpacks to %d bytes, more than is read", clip(f.Name), size)
	}
	// Deflate cannot shrink further than this (RFC 1951: 258 bytes take two bits at least).
	if size > 1032*(f.CompressedSize64+64) || f.Method == zip.Store && size != f.CompressedSize64 {
		return nil, fmt.Errorf("its part %q cannot unpack to %d bytes: %w", clip(f.Name), size, errDamaged)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("its part %q: %v: %w", clip(f.Name), err, errDamaged)
	}
	defer r.Close()
	out := make([]byte, size)
	if _, err := io.ReadFull(r, out); err != nil {
		return nil, fmt.Errorf("its part %q: %v: %w", clip(f.Name), err, errDamaged)
	}
	// Reading on makes the zip reader compare its checksum, and shows what is too long.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return nil, fmt.Errorf("its part %q is not what its checksum says: %w", clip(f.Name), errDamaged)
	}
	*left -= int64(size)
	return out, nil
}

// clip makes a name from outside fit to print.
func clip(s string) string {
	if len(s) > 60 {
		s = s[:60]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return s
}

func (p *Project) readBank(m *manifest, take func(string) ([]byte, error)) error {
	for _, c := range m.Classes {
		n := len(p.Bank.Classes)
		if i, err := p.Bank.AddClass(c); err != nil || i != n {
			return fmt.Errorf("%s: the class %q is there twice, or has no name", manifestName, c)
		}
	}
	for _, s := range m.Spaces {
		n := len(p.Bank.Spaces)
		if i, err := p.Bank.AddSpace(s.Name, s.Dim); err != nil || i != n {
			return fmt.Errorf("%s: the features %q are there twice, or are not possible", manifestName, s.Name)
		}
	}
	data, err := take(featuresName)
	if err != nil {
		return err
	}
	f, err := safetensors.Read(data)
	if err != nil {
		return fmt.Errorf("%s: %w", featuresName, err)
	}
	if len(f.Tensors) != len(m.Spaces) {
		return fmt.Errorf("%s: %d tensors for %d kinds of features", featuresName, len(f.Tensors), len(m.Spaces))
	}
	features := make([][][]float32, len(m.Photos))
	for i, s := range m.Spaces {
		n := len(m.Photos) - len(s.Missing)
		rows, err := f.Floats(s.Name, n, s.Dim)
		if err != nil {
			return fmt.Errorf("%s: %w", featuresName, err)
		}
		missing := s.Missing
		for k := range m.Photos {
			if len(missing) > 0 && missing[0] == k {
				missing = missing[1:]
				continue
			}
			if features[k] == nil {
				features[k] = make([][]float32, len(m.Spaces))
			}
			features[k][i], rows = rows[:s.Dim:s.Dim], rows[s.Dim:]
		}
	}
	last := uint64(0)
	for k := range m.Photos {
		q := m.Photos[k].Photo
		q.Features = features[k]
		if q.ID <= last || q.ID > math.MaxInt32 {
			return fmt.Errorf("%s: photo %q has the number %d, which is not in order", manifestName, clip(q.Name), q.ID)
		}
		last = q.ID
		if _, err := p.Bank.Add(q); err != nil {
			return fmt.Errorf("%s: %w", manifestName, err)
		}
	}
	return nil
}

func (p *Project) readVersion(v version, take func(string) ([]byte, error)) error {
	load := func(name string) (*head.Head, error) {
		data, err := take(name)
		if err != nil {
			return nil, err
		}
		h := new(head.Head)
		if err := h.UnmarshalBinary(data); err != nil {
			return nil, fmt.Errorf("its part %q: %w", name, err)
		}
		return h, nil
	}
	out := v.Version
	var err error
	if out.Best, err = load(headName(v.ID)); err != nil {
		return err
	}
	out.Last = out.Best
	if v.HasLast {
		if out.Last, err = load(lastName(v.ID)); err != nil {
			return err
		}
	}
	if v.Held > 0 {
		data, err := take(heldName(v.ID))
		if err != nil {
			return err
		}
		if out.Held, err = readHeld(data, v.Held, len(out.Best.Classes)); err != nil {
			return fmt.Errorf("its part %q: %w", heldName(v.ID), err)
		}
	}
	p.Versions = append(p.Versions, out)
	return nil
}

func readHeld(data []byte, n, classes int) ([]head.HeldOut, error) {
	f, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	id, err := f.Ints("photo", n)
	if err != nil {
		return nil, err
	}
	class, err := f.Ints("class", n)
	if err != nil {
		return nil, err
	}
	strange, err := f.Floats("strangeness", n)
	if err != nil {
		return nil, err
	}
	p, err := f.Floats("probabilities", n, classes)
	if err != nil {
		return nil, err
	}
	out := make([]head.HeldOut, n)
	for i := range out {
		if id[i] < 1 || class[i] < -1 || int(class[i]) >= classes {
			return nil, fmt.Errorf("photo %d is of class %d of %d", id[i], class[i], classes)
		}
		h := head.HeldOut{ID: uint64(id[i]), Class: int(class[i]), Strangeness: float64(strange[i])}
		for _, v := range p[i*classes : (i+1)*classes] {
			if !(v >= 0 && v <= 1) {
				return nil, fmt.Errorf("photo %d has a probability of %v", id[i], v)
			}
			h.Probabilities = append(h.Probabilities, float64(v))
		}
		out[i] = h
	}
	return out, nil
}
