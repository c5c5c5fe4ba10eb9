package project

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/head"
	"homeroom/core/safetensors"
)

// Read reads a project. name is what errors call the file; limits that are zero are those of
// DefaultLimits. What was read is complete and consistent, and shares no memory with data.
//
// An error says which part of which file is wrong and what to do.
func Read(name string, data []byte, lim Limits) (*File, error) {
	return ReadFrom(name, bytes.NewReader(data), int64(len(data)), lim, nil)
}

// ReadFrom is Read of a file of size bytes, of which it reads one part after the other, so that it
// takes little more memory than the project. Where thumb is not nil it is given the thumbnails, in
// the order of the photos, in place of the project; what it returns ends the reading. Only when
// ReadFrom returns is it known that all of the file is sound.
func ReadFrom(name string, r io.ReaderAt, size int64, lim Limits, thumb func(id uint64, jpeg []byte) error) (*File, error) {
	p, err := readSafely(r, size, lim.or(DefaultLimits), thumb)
	if err != nil {
		return nil, fault.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// readSafely is read, with a fault of the program that a file brings about as an error of the file.
func readSafely(r io.ReaderAt, size int64, lim Limits, thumb func(id uint64, jpeg []byte) error) (p *File, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			p, err = nil, fault.Errorf("its content is in no order that this program can read (%v): %w", cause, errDamaged)
		}
	}()
	return read(r, size, lim, thumb)
}

// Verify reads a file of size bytes and says whether every part is there as its manifest says: it
// is quicker than ReadFrom, and makes nothing of what it reads. It is for what was just written.
func Verify(r io.ReaderAt, size int64) error {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return fault.Errorf("its table of contents cannot be read: %w", err)
	}
	files := map[string]*zip.File{}
	for _, f := range z.File {
		files[f.Name] = f
	}
	left := int64(math.MaxInt64)
	if files[manifestName] == nil {
		return fault.Errorf("it has no %s", manifestName)
	}
	text, err := unpack(files[manifestName], math.MaxInt64, &left)
	if err != nil {
		return err
	}
	var m struct {
		Parts map[string]part `json:"parts"`
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return fault.Errorf("%s: %w", manifestName, err)
	}
	if len(files) != len(m.Parts)+1 {
		return fault.Errorf("it has %d parts, not %d", len(files), len(m.Parts)+1)
	}
	for _, f := range z.File { // in the order of their bytes
		p, ok := m.Parts[f.Name]
		if f.Name == manifestName {
			continue
		}
		if !ok || f.UncompressedSize64 != uint64(p.Bytes) {
			return fault.Errorf("its part %q is not what its manifest says", clip(f.Name))
		}
		sum := sha256.New()
		if err := open(f, math.MaxInt64, &left, func(r io.Reader) error { _, err := io.CopyN(sum, r, p.Bytes); return err }); err != nil {
			return err
		}
		if bank.Hash(sum.Sum(nil)) != p.SHA256 {
			return otherSum(clip(f.Name))
		}
	}
	return nil
}

var errDamaged = errors.New("the file is damaged or was cut short; copy it again, or open an earlier copy")

func read(r io.ReaderAt, size int64, lim Limits, thumb func(id uint64, jpeg []byte) error) (*File, error) {
	first := make([]byte, 2)
	if n, err := r.ReadAt(first, 0); n < 2 && err != io.EOF && err != nil {
		return nil, err
	}
	if size < 4 || string(first) != "PK" {
		return nil, errors.New("it is no Homeroom project: a .homeroom file is wanted")
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fault.Errorf("its table of contents cannot be read (%v): %w", err, errDamaged)
	}
	if most := 2 + lim.Photos + 4*lim.Versions; len(z.File) > most {
		return nil, fault.Errorf("it has %d parts, and at most %d are read", len(z.File), most)
	}
	files := make(map[string]*zip.File, len(z.File))
	packed := uint64(0)
	for _, f := range z.File {
		if files[f.Name] != nil {
			return nil, fault.Errorf("it has two parts %q; it was not written by Homeroom", clip(f.Name))
		}
		files[f.Name] = f
		// Parts that lie over one another would make much of little.
		if packed += f.CompressedSize64; f.CompressedSize64 > uint64(size) || packed > uint64(size) {
			return nil, fault.Errorf("its parts take more bytes than it has: %w", errDamaged)
		}
		if f.Name != manifestName && f.UncompressedSize64 > 1<<20 && f.UncompressedSize64/partRatio > f.CompressedSize64 {
			return nil, fault.Errorf("its part %q would unpack to %d bytes from %d; it was not written by Homeroom", clip(f.Name), f.UncompressedSize64, f.CompressedSize64)
		}
	}
	if files[manifestName] == nil {
		return nil, fault.Errorf("it has no %s: it is no Homeroom project", manifestName)
	}
	lim.Versions = min(lim.Versions, len(z.File)) // each has a part
	left := lim.Bytes
	var m *manifest
	if err := open(files[manifestName], lim.Manifest, &left, func(r io.Reader) (err error) {
		if m, err = readManifest(r, int64(files[manifestName].CompressedSize64), lim); err != nil {
			err = fault.Errorf("%s: %w", manifestName, err)
		}
		return err
	}); err != nil {
		return nil, err
	}
	if err := m.check(lim); err != nil {
		return nil, fault.Errorf("%s: %w", manifestName, err)
	}
	want := m.names(lim)
	for name := range files {
		if _, ok := want[name]; !ok && name != manifestName {
			return nil, fault.Errorf("it has a part %q that does not belong there; it was not written by Homeroom", clip(name))
		}
	}
	// Everything that the parts will take is known before the first is read.
	all := int64(0)
	for name, most := range want {
		p, ok := m.Parts[name]
		f := files[name]
		if !ok || f == nil {
			return nil, fault.Errorf("its part %q is missing: %w", name, errDamaged)
		}
		if p.Bytes < 0 || p.Bytes > most || f.UncompressedSize64 != uint64(p.Bytes) {
			return nil, fault.Errorf("its part %q has %d bytes where its manifest says %d: %w", name, f.UncompressedSize64, p.Bytes, errDamaged)
		}
		if all += p.Bytes; all > left {
			return nil, fault.Errorf("it unpacks to more than %d MB, the most that is read", lim.Bytes>>20)
		}
	}
	take := func(name string) ([]byte, error) {
		b, err := unpack(files[name], want[name], &left)
		if err != nil {
			return nil, err
		}
		if sha256.Sum256(b) != m.Parts[name].SHA256 {
			return nil, otherSum(name)
		}
		return b, nil
	}
	p := &File{
		Name: m.Name, Created: m.Created, Saved: m.Saved, Networks: m.Networks, Current: m.Current, NamesAll: m.NamesAll,
		Settings: m.Settings, Thumbs: map[uint64][]byte{},
	}
	features, err := readFeatures(files[featuresName], want[featuresName], &left, m.Parts[featuresName].SHA256)
	if err != nil {
		return nil, err
	}
	if err := p.readBank(m, features); err != nil {
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
			return nil, fault.Errorf("its part %q is no JPEG picture", thumbName(q.ID))
		}
		if thumb == nil {
			p.Thumbs[q.ID] = b
		} else if err := thumb(q.ID, b); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// unpack reads a part of at most so many bytes and takes them off left.
func unpack(f *zip.File, most int64, left *int64) (out []byte, err error) {
	err = open(f, most, left, func(r io.Reader) error {
		out = make([]byte, f.UncompressedSize64)
		if _, err := io.ReadFull(r, out); err != nil {
			return fault.Errorf("its part %q: %v: %w", clip(f.Name), err, errDamaged)
		}
		return nil
	})
	return out, err
}

// readFeatures reads the features as they are unpacked, so that they are in memory once.
func readFeatures(f *zip.File, most int64, left *int64, sum bank.Hash) (features *safetensors.File, err error) {
	sound := sha256.New()
	err = open(f, most, left, func(r io.Reader) error {
		features, err = safetensors.ReadFrom(io.TeeReader(r, sound), int64(f.UncompressedSize64))
		if err != nil {
			return fault.Errorf("%s: %w", featuresName, err)
		}
		return nil
	})
	if err == nil && bank.Hash(sound.Sum(nil)) != sum {
		err = otherSum(featuresName)
	}
	return features, err
}

func otherSum(name string) error {
	return fault.Errorf("its part %q has another checksum than its manifest says: %w", name, errDamaged)
}

// open lets read read a part of at most so many bytes, all of it, and takes them off left.
func open(f *zip.File, most int64, left *int64, read func(io.Reader) error) error {
	size := f.UncompressedSize64
	if f.Method != zip.Store && f.Method != zip.Deflate {
		return fault.Errorf("its part %q is packed in a way that projects are not", clip(f.Name))
	}
	if size > uint64(min(most, *left)) {
		return fault.Errorf("its part %q unpacks to %d bytes, more than is read", clip(f.Name), size)
	}
	// Deflate cannot shrink further than this (RFC 1951: 258 bytes take two bits at least).
	if size > 1032*(f.CompressedSize64+64) || f.Method == zip.Store && size != f.CompressedSize64 {
		return fault.Errorf("its part %q cannot unpack to %d bytes: %w", clip(f.Name), size, errDamaged)
	}
	r, err := f.Open()
	if err != nil {
		return fault.Errorf("its part %q: %v: %w", clip(f.Name), err, errDamaged)
	}
	defer r.Close()
	if err := read(r); err != nil {
		return err
	}
	// Reading on makes the zip reader compare its checksum, and shows what is too long.
	if n, err := r.Read(make([]byte, 1)); n != 0 || err != io.EOF {
		return fault.Errorf("its part %q is not what its checksum says: %w", clip(f.Name), errDamaged)
	}
	*left -= int64(size)
	return nil
}

func (p *File) readBank(m *manifest, f *safetensors.File) error {
	b := new(bank.Builder)
	for n, c := range m.Classes {
		if i, err := b.AddClass(c); err != nil || i != n {
			return fault.Errorf("%s: the class %q is there twice, or has no name", manifestName, c)
		}
	}
	for n, s := range m.Spaces {
		if i, err := b.AddSpace(s.Name, s.Dim); err != nil || i != n {
			return fault.Errorf("%s: the features %q are there twice, or are not possible", manifestName, s.Name)
		}
	}
	if len(f.Tensors) != len(m.Spaces) {
		return fault.Errorf("%s: %d tensors for %d kinds of features", featuresName, len(f.Tensors), len(m.Spaces))
	}
	features := make([][][]float32, len(m.Photos))
	for i, s := range m.Spaces {
		n := len(m.Photos) - len(s.Missing)
		rows, err := f.Floats(s.Name.String(), n, s.Dim)
		if err != nil {
			return fault.Errorf("%s: %w", featuresName, err)
		}
		missing := s.Missing
		for k := range m.Photos {
			if len(missing) > 0 && int(missing[0]) == k {
				missing = missing[1:]
				continue
			}
			if features[k] == nil {
				features[k] = make([][]float32, len(m.Spaces))
			}
			features[k][i], rows = rows[:s.Dim:s.Dim], rows[s.Dim:]
		}
	}
	for k := range m.Photos {
		q := m.Photos[k].Photo
		q.Features = features[k]
		if q.Class == Unlabelled {
			p.Unlabelled = append(p.Unlabelled, q)
			continue
		}
		if _, err := b.Add(q); err != nil {
			return fault.Errorf("%s: %w", manifestName, err)
		}
	}
	p.Bank = b.Bank()
	return nil
}

func (p *File) readVersion(v version, take func(string) ([]byte, error)) error {
	load := func(name string) (*head.Head, error) {
		data, err := take(name)
		if err != nil {
			return nil, err
		}
		h := new(head.Head)
		if err := h.UnmarshalBinary(data); err != nil {
			return nil, fault.Errorf("its part %q: %w", name, err)
		}
		return h, nil
	}
	out := Taught{
		ID: v.ID, Date: v.Date, Note: v.Note, Seconds: v.Seconds, State: v.State, Valid: (*evaluation.Report)(v.Valid), Test: (*evaluation.Report)(v.Test),
		Tried: v.Tried, Curve: v.Curve,
	}
	var err error
	if out.Best, err = load(headName(v.ID)); err != nil {
		return err
	}
	out.Last = out.Best
	for _, r := range []*evaluation.Report{out.Valid, out.Test} {
		if r != nil && len(r.Classes) != len(out.Best.Classes) {
			return fault.Errorf("%s: version %d knows %d classes, and a report of it has %d", manifestName, v.ID, len(out.Best.Classes), len(r.Classes))
		}
	}
	if v.HasLast {
		if out.Last, err = load(lastName(v.ID)); err != nil {
			return err
		}
	}
	if v.HasQuick {
		if out.Quick, err = load(quickName(v.ID)); err != nil {
			return err
		}
		if !slices.Equal(out.Quick.Classes, out.Best.Classes) {
			return fault.Errorf("its part %q knows other classes than the head that it stands in for", quickName(v.ID))
		}
	}
	if v.Held > 0 {
		data, err := take(heldName(v.ID))
		if err != nil {
			return err
		}
		if out.Held, err = readHeld(data, v.Held, len(out.Best.Classes)); err != nil {
			return fault.Errorf("its part %q: %w", heldName(v.ID), err)
		}
	}
	p.Versions = append(p.Versions, out)
	return nil
}

func readHeld(data []byte, n, classes int) ([]evaluation.HeldOut, error) {
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
	out := make([]evaluation.HeldOut, n)
	for i := range out {
		if id[i] < 1 || class[i] < -1 || int(class[i]) >= classes {
			return nil, fault.Errorf("photo %d is of class %d of %d", id[i], class[i], classes)
		}
		if math.IsNaN(float64(strange[i])) || math.IsInf(float64(strange[i]), 0) {
			return nil, fault.Errorf("photo %d has a strangeness that is not a finite number", id[i])
		}
		h := evaluation.HeldOut{ID: uint64(id[i]), Class: int(class[i]), Strangeness: float64(strange[i])}
		for _, v := range p[i*classes : (i+1)*classes] {
			if !(v >= 0 && v <= 1) {
				return nil, fault.Errorf("photo %d has a probability of %v", id[i], v)
			}
			h.Probabilities = append(h.Probabilities, float64(v))
		}
		out[i] = h
	}
	return out, nil
}
