package project

import (
	"archive/zip"
	"compress/flate"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"math"
	"slices"
	"sort"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/head"
	"homeroom/core/safetensors"
)

// Write writes a project. Parts go out one after another: no second copy of the features is made.
// An error is one of w, or says what of the project cannot be saved.
func Write(w io.Writer, p *File) error {
	return WriteWith(w, p, func(id uint64) ([]byte, error) { return p.Thumbs[id], nil })
}

// WriteWith is Write with thumbnails that thumb gives when they are written, in the order of the
// photos; a photo for which it gives nothing has none.
func WriteWith(w io.Writer, p *File, thumb func(id uint64) ([]byte, error)) error {
	z := zip.NewWriter(w)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	photos, version := p.Bank.Photos, formatVersion
	if len(p.Unlabelled) > 0 {
		version = formatUnlabelled
		photos = slices.Concat(photos, p.Unlabelled)
		sort.SliceStable(photos, func(i, k int) bool { return photos[i].ID < photos[k].ID })
	}
	m := manifest{
		Format: formatName, Version: version, Name: p.Name, Created: p.Created, Saved: p.Saved,
		Networks: p.Networks, Classes: p.Bank.Classes, Current: p.Current, NamesAll: p.NamesAll, Settings: p.Settings,
		Parts: map[string]part{}, Photos: make([]photo, 0, len(photos)),
	}
	a := &archive{zip: z, parts: m.Parts}
	features := &safetensors.File{}
	for i, s := range p.Bank.Spaces {
		one := space{Space: s}
		var rows [][]float32
		for k := range photos {
			f := photos[k].Features
			if i < len(f) && f[i] != nil {
				rows = append(rows, f[i])
			} else {
				one.Missing = append(one.Missing, int32(k))
			}
		}
		m.Spaces = append(m.Spaces, one)
		features.Tensors = append(features.Tensors, safetensors.Tensor{Name: s.Name.String(), Dims: []int{len(rows), s.Dim}, Rows: rows})
	}
	if err := a.add(featuresName, func(w io.Writer) error { _, err := features.WriteTo(w); return err }); err != nil {
		return err
	}
	for i := range p.Versions {
		v := &p.Versions[i]
		if v.Best == nil {
			return fault.Errorf("version %d has no head", v.ID)
		}
		if err := a.head(headName(v.ID), v.Best); err != nil {
			return err
		}
		one := v.entry()
		if v.Last != nil && v.Last != v.Best {
			one.HasLast = true
			if err := a.head(lastName(v.ID), v.Last); err != nil {
				return err
			}
		}
		if v.Quick != nil {
			one.HasQuick = true
			if err := a.head(quickName(v.ID), v.Quick); err != nil {
				return err
			}
		}
		if len(v.Held) > 0 {
			f, err := held(v.Held, len(v.Best.Classes))
			if err != nil {
				return fault.Errorf("version %d: %w", v.ID, err)
			}
			if err := a.add(heldName(v.ID), func(w io.Writer) error { _, err := f.WriteTo(w); return err }); err != nil {
				return err
			}
		}
		m.Versions = append(m.Versions, one)
	}
	for _, q := range photos {
		small, err := thumb(q.ID)
		if err != nil {
			return err
		}
		m.Photos = append(m.Photos, photo{Photo: q, Thumb: len(small) > 0})
		if len(small) == 0 {
			continue
		}
		if err := a.add(thumbName(q.ID), func(w io.Writer) error { _, err := w.Write(small); return err }); err != nil {
			return err
		}
	}
	if err := m.check(DefaultLimits); err != nil {
		return fault.Errorf("the project %q cannot be saved: %w", p.Name, err)
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	part, err := z.CreateHeader(&zip.FileHeader{Name: manifestName, Method: zip.Deflate})
	if err != nil {
		return err
	}
	if _, err := part.Write(text); err != nil {
		return err
	}
	return z.Close()
}

// archive adds parts and notes their sizes and sums.
type archive struct {
	zip   *zip.Writer
	parts map[string]part
}

type summer struct {
	w io.Writer
	h hash.Hash
	n int64
}

func (s *summer) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	s.h.Write(p[:n])
	s.n += int64(n)
	return n, err
}

func (a *archive) add(name string, write func(io.Writer) error) error {
	w, err := a.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
	if err != nil {
		return err
	}
	s := &summer{w: w, h: sha256.New()}
	if err := write(s); err != nil {
		return err
	}
	a.parts[name] = part{s.n, bank.Hash(s.h.Sum(nil))}
	return nil
}

func (a *archive) head(name string, h *head.Head) error {
	data, err := h.MarshalBinary()
	if err != nil {
		return err
	}
	return a.add(name, func(w io.Writer) error { _, err := w.Write(data); return err })
}

// held makes the tensors of answers to held-out photos. Numbers of photos are given out one by one,
// so that they fit.
func held(list []evaluation.HeldOut, classes int) (*safetensors.File, error) {
	n := len(list)
	id, class := make([]int32, n), make([]int32, n)
	p, strange := make([]float32, 0, n*classes), make([]float32, n)
	for i, h := range list {
		if h.ID > math.MaxInt32 || len(h.Probabilities) != classes {
			return nil, errors.New("its answers to held-out photos are not those of its head")
		}
		id[i], class[i], strange[i] = int32(h.ID), int32(h.Class), float32(h.Strangeness)
		for _, v := range h.Probabilities {
			p = append(p, float32(v))
		}
	}
	return &safetensors.File{Tensors: []safetensors.Tensor{
		{Name: "photo", Dims: []int{n}, I32: id}, {Name: "class", Dims: []int{n}, I32: class},
		{Name: "strangeness", Dims: []int{n}, F32: strange}, {Name: "probabilities", Dims: []int{n, classes}, F32: p},
	}}, nil
}
