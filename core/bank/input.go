package bank

import (
	"errors"
	"slices"
	"strings"

	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/matrix"
)

// ErrNoFeatures says that there is nothing to learn from.
var ErrNoFeatures = errors.New("bank: there is no kind of features that every photo has; read the photos that lack some again")

// Input says which features of a photo a head reads. Each part is the mean of the vectors of one or
// more spaces of equal dimension, such as a photo and its mirror image; parts follow one another,
// as do two sizes or two backbones that are joined.
type Input []Part

// Part is the spaces that one part of an input is the mean of.
type Part []feature.Space

// String returns the input in one line: "a + a/flip, b".
func (in Input) String() string {
	var parts []string
	for _, p := range in {
		var names []string
		for _, s := range p {
			names = append(names, s.String())
		}
		parts = append(parts, strings.Join(names, " + "))
	}
	return strings.Join(parts, ", ")
}

// ParseInput reads what String writes.
func ParseInput(text string) (Input, error) {
	var in Input
	for _, part := range strings.Split(text, ", ") {
		var p Part
		for _, name := range strings.Split(part, " + ") {
			s, err := feature.Parse(name)
			if err != nil {
				return nil, err
			}
			p = append(p, s)
		}
		in = append(in, p)
	}
	return in, nil
}

// Spaces returns all spaces that the input reads.
func (in Input) Spaces() []feature.Space {
	var names []feature.Space
	for _, p := range in {
		for _, s := range p {
			if !slices.Contains(names, s) {
				names = append(names, s)
			}
		}
	}
	return names
}

// through returns the input with a view in place of the plain photo. Parts that average views
// already stay as they are.
func (in Input) through(v feature.View) Input {
	var out Input
	for _, p := range in {
		if len(p) == 1 && p[0].View == feature.Plain {
			p = Part{p[0].Of(v)}
		}
		out = append(out, p)
	}
	return out
}

// Inputs lists the inputs that the bank's spaces allow, cheapest first. Each backbone and size, and
// all of them joined, come as they are, averaged with the mirror image, and that joined with the
// view of the whole photo. Only spaces for which every photo has features count.
func (b *Bank) Inputs() []Input {
	have := map[feature.Space]bool{}
	var bases []feature.Space
	for i, s := range b.Spaces {
		if len(b.Photos) == 0 || slices.ContainsFunc(b.Photos, func(p Photo) bool { return len(p.Features) <= i || p.Features[i] == nil }) {
			continue
		}
		have[s.Name] = true
		if s.Name.View == feature.Plain {
			bases = append(bases, s.Name)
		}
	}
	all := func(of func(base feature.Space) Input) []Input {
		var each []Input
		var joined Input
		for _, base := range bases {
			if in := of(base); in != nil {
				each = append(each, in)
				joined = append(joined, in...)
			}
		}
		if len(each) > 1 {
			each = append(each, joined)
		}
		return each
	}
	plain := all(func(base feature.Space) Input { return Input{{base}} })
	flipped := all(func(base feature.Space) Input {
		if !have[base.Of(feature.Flip)] {
			return nil
		}
		return Input{{base, base.Of(feature.Flip)}}
	})
	whole := all(func(base feature.Space) Input {
		switch {
		case !have[base.Of(feature.Wide)]:
			return nil
		case !have[base.Of(feature.Flip)]:
			return Input{{base}, {base.Of(feature.Wide)}}
		}
		return Input{{base, base.Of(feature.Flip)}, {base.Of(feature.Wide)}}
	})
	return slices.Concat(plain, flipped, whole)
}

// Reader gathers the input of photos into vectors.
type Reader struct {
	parts [][]int // indices of spaces
	Dims  []int   // of the parts
	Dim   int     // of the whole
	name  func(space int) feature.Space
}

// Reader resolves the names of the input in a list of spaces.
func (in Input) Reader(spaces []Space) (*Reader, error) {
	if len(in) == 0 {
		return nil, fault.Errorf("bank: the input names no features")
	}
	r := &Reader{name: func(i int) feature.Space { return spaces[i].Name }}
	for _, part := range in {
		var p []int
		for _, name := range part {
			i := slices.IndexFunc(spaces, func(s Space) bool { return s.Name == name })
			if i < 0 {
				return nil, fault.Errorf("bank: features %q are needed and not there", name)
			}
			if len(p) > 0 && spaces[i].Dim != spaces[p[0]].Dim {
				return nil, fault.Errorf("bank: features %q and %q cannot be averaged: %d and %d values", name, part[0], spaces[i].Dim, spaces[p[0]].Dim)
			}
			p = append(p, i)
		}
		if len(p) == 0 {
			return nil, fault.Errorf("bank: a part of the input names no features")
		}
		r.parts = append(r.parts, p)
		r.Dims = append(r.Dims, spaces[p[0]].Dim)
		r.Dim += spaces[p[0]].Dim
	}
	return r, nil
}

// check says which features of a photo are missing.
func (r *Reader) check(features [][]float32) error {
	for i, part := range r.parts {
		for _, s := range part {
			if s >= len(features) || len(features[s]) != r.Dims[i] {
				return fault.Errorf("features %q are missing; read the photo again", r.name(s))
			}
		}
	}
	return nil
}

// Read writes the input of a photo with the given features into dst, [dim].
func (r *Reader) Read(dst []float32, features [][]float32) error {
	if err := r.check(features); err != nil {
		return err
	}
	for i, part := range r.parts {
		d := dst[:r.Dims[i]]
		dst = dst[r.Dims[i]:]
		for k, s := range part {
			if k == 0 {
				copy(d, features[s])
				continue
			}
			for j, v := range features[s] {
				d[j] += v
			}
		}
		if n := float32(len(part)); n > 1 {
			for j := range d {
				d[j] /= n
			}
		}
	}
	return nil
}

// Table is the inputs of the photos at rows, and after them, for each view, those of the same
// photos with that view in place of the plain one. It checks that every photo has what it takes,
// and returns the lengths of the input's parts, too.
func (b *Bank) Table(rows []int, views []feature.View, in Input) (t matrix.Table, parts []int, err error) {
	readers := make([]*Reader, 1+len(views))
	for k := range readers {
		seen := in
		if k > 0 {
			seen = in.through(views[k-1])
		}
		r, err := seen.Reader(b.Spaces)
		if err != nil {
			return t, nil, err
		}
		readers[k] = r
	}
	for _, r := range readers {
		if r.Dim != readers[0].Dim {
			return t, nil, fault.Errorf("bank: features of %v and of its views differ in length", in)
		}
		for _, row := range rows {
			if err := r.check(b.Photos[row].Features); err != nil {
				return t, nil, fault.Errorf("bank: photo %q: %w", b.Photos[row].Name, err)
			}
		}
	}
	n := len(rows)
	return matrix.Table{N: n * len(readers), D: readers[0].Dim, Read: func(dst []float32, i int) {
		if err := readers[i/n].Read(dst, b.Photos[rows[i%n]].Features); err != nil {
			panic(err) // it was checked
		}
	}}, readers[0].Dims, nil
}
