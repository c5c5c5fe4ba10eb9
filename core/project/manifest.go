package project

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/training"
)

// manifest is manifest.json.
type manifest struct {
	Format   string          `json:"format"` // formatName
	Version  int             `json:"version"`
	Name     string          `json:"name"`
	Created  int64           `json:"created"`
	Saved    int64           `json:"saved"`
	Networks []Network       `json:"networks"`
	Classes  []string        `json:"classes"`
	Spaces   []space         `json:"spaces"`
	Photos   []photo         `json:"photos"`
	Versions []version       `json:"versions"`
	Current  int             `json:"current"`
	NamesAll bool            `json:"names_all,omitempty"`
	Settings json.RawMessage `json:"settings,omitempty"`
	Parts    map[string]part `json:"parts"`
}

// The versions of the format. Programs that read only the first would take a photo whose class is
// [Unlabelled] for damage, so that a file with some of these is of the second, which they say is
// too new for them; any other file is of the first.
const (
	formatName       = "homeroom project"
	formatVersion    = 1
	formatUnlabelled = 2
	newestVersion    = formatUnlabelled
)

// space is a feature space; Missing lists the places in Photos of those that have no features of
// it.
type space struct {
	bank.Space
	Missing []int32 `json:"missing,omitempty"`
}

type photo struct {
	bank.Photo
	Thumb bool `json:"thumb,omitempty"`
}

// version is a [Taught] and the parts that it has.
type version struct {
	ID       int                  `json:"id"`
	Date     int64                `json:"date"`
	Note     string               `json:"note,omitempty"`
	Seconds  float64              `json:"seconds,omitempty"`
	State    string               `json:"state,omitempty"`
	Valid    *report              `json:"valid,omitempty"`
	Test     *report              `json:"test,omitempty"`
	Tried    []training.Candidate `json:"tried,omitempty"`
	Curve    []training.Progress  `json:"curve,omitempty"`
	HasLast  bool                 `json:"has_last,omitempty"`
	HasQuick bool                 `json:"has_quick,omitempty"`
	Held     int                  `json:"held,omitempty"`
}

func (v *Taught) entry() version {
	return version{
		ID: v.ID, Date: v.Date, Note: v.Note, Seconds: v.Seconds, State: v.State, Valid: (*report)(v.Valid), Test: (*report)(v.Test),
		Tried: v.Tried, Curve: v.Curve, Held: len(v.Held),
	}
}

type part struct {
	Bytes  int64     `json:"bytes"`
	SHA256 bank.Hash `json:"sha256"`
}

// Names of parts.
const (
	manifestName = "manifest.json"
	featuresName = "features.safetensors"
)

func headName(id int) string     { return fmt.Sprintf("heads/%d.safetensors", id) }
func lastName(id int) string     { return fmt.Sprintf("heads/%d.last.safetensors", id) }
func quickName(id int) string    { return fmt.Sprintf("heads/%d.quick.safetensors", id) }
func heldName(id int) string     { return fmt.Sprintf("heads/%d.held.safetensors", id) }
func thumbName(id uint64) string { return fmt.Sprintf("thumbs/%d.jpg", id) }

// A report is written with its confusion matrix in full, whichever way it has it, and read with
// what of it is not 0.
type report evaluation.Report

// Check is that of [evaluation.Report].
func (r *report) Check() error { return (*evaluation.Report)(r).Check() }

// fullMost is with how many classes the matrix is written in full; with more it would be most of
// the file.
const fullMost = 1024

// MarshalJSON writes the matrix in full.
func (r *report) MarshalJSON() ([]byte, error) {
	h := (*evaluation.Report)(r)
	switch many := len(r.Classes) > fullMost; {
	case many && r.Confusion != nil:
		h = h.Compact()
	case !many && r.Confusion == nil:
		full := *h
		if err := full.Expand(); err != nil {
			return nil, err
		}
		h = &full
	}
	return json.Marshal(h)
}

// A stream reads a manifest as it is unpacked, and knows of each piece of it how many bytes that
// may be: what is too large, too deep or too often there is refused before it is in memory.
type stream struct {
	from    io.Reader
	dec     *json.Decoder
	room    int64 // bytes that the piece which is being read may still take
	most    int64 // what room was in the beginning
	depth   int
	quoted  bool
	escaped bool
	err     error // why reading ended
	left    budget
	packed  int64 // bytes that the manifest has in the file
}

// A budget is how much of some kinds there may still be in all of a manifest.
type budget struct {
	texts   int // bytes of names and notes
	missing int // vectors that photos lack
	written int // cells of confusion matrices, with those that are 0
	cells   int // without them
	classes int // in all reports
	steps   int
	tried   int
}

func spend(of *int, n int, what string) error {
	if *of -= n; *of < 0 {
		return fault.Errorf("there are more %s than are read", what)
	}
	return nil
}

// ahead is how far the decoder may read ahead of what it decodes.
const ahead = 16 << 10

// Read gives the decoder some bytes.
func (s *stream) Read(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.from.Read(p[:min(len(p), ahead)])
	if s.room -= int64(n); s.room < 0 {
		s.err = fault.Errorf("a part of it has more than %d KB, the most that is read of one of its kind", s.most>>10)
		return 0, s.err
	}
	for _, c := range p[:n] {
		switch {
		case s.escaped:
			s.escaped = false
		case s.quoted:
			s.escaped, s.quoted = c == '\\', c != '"'
		case c == '"':
			s.quoted = true
		case c == '[' || c == '{':
			if s.depth++; s.depth > maxDepth {
				s.err = fault.Errorf("values lie more than %d deep in each other", maxDepth)
				return 0, s.err
			}
		case c == ']' || c == '}':
			s.depth--
		}
	}
	return n, err
}

// allow sets how many bytes the next piece may take.
func (s *stream) allow(most int64) { s.most, s.room = most, most+2*ahead }

// value decodes a value of at most so many bytes.
func (s *stream) value(into any, most int64) error {
	s.allow(most)
	return s.dec.Decode(into)
}

func (s *stream) token() (json.Token, error) {
	s.allow(elementRoom)
	return s.dec.Token()
}

// each calls one for every element of an array, which may be null.
func (s *stream) each(one func() error) error {
	switch t, err := s.token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('['):
		return errors.New("it is no list")
	}
	for s.more() {
		if err := one(); err != nil {
			return err
		}
	}
	_, err := s.token()
	return err
}

func (s *stream) more() bool {
	s.allow(elementRoom)
	return s.dec.More()
}

// fields calls one for every name of an object, which may be null.
func (s *stream) fields(one func(name string) error) error {
	switch t, err := s.token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('{'):
		return errors.New("it is no object")
	}
	seen := map[string]bool{}
	for s.more() {
		t, err := s.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if len(seen) >= maxFields {
			return errors.New("it says too much")
		}
		if seen[name] {
			return fault.Errorf("it has %q twice", clip(name))
		}
		seen[name] = true
		if err := one(name); err != nil {
			return fault.Errorf("%s: %w", clip(name), err)
		}
	}
	_, err := s.token()
	return err
}

// maxFields is how many names an object may have where each has a meaning.
const maxFields = 256

// A rest is those fields of an object that are decoded as one.
type rest struct{ bytes.Buffer }

func (r *rest) take(s *stream, name string, most int64) error {
	var v json.RawMessage
	if err := s.value(&v, most); err != nil {
		return err
	}
	key, err := json.Marshal(name)
	if err != nil {
		return err
	}
	if r.Len() > 0 {
		r.WriteByte(',')
	}
	r.Write(key)
	r.WriteByte(':')
	r.Write(v)
	return nil
}

func (r *rest) into(v any) error {
	return json.Unmarshal(slices.Concat([]byte{'{'}, r.Bytes(), []byte{'}'}), v)
}

// readManifest reads a manifest that has packed bytes in its file, within limits. What it returns
// is still to be checked.
func readManifest(from io.Reader, packed int64, lim Limits) (*manifest, error) {
	s := &stream{from: from, packed: packed, left: budget{
		texts: int(min(16<<20+20*packed, math.MaxInt32)), missing: maxVectors, written: lim.Cells, cells: 2 << 20, classes: 1 << 18, steps: 1 << 18, tried: 1 << 14,
	}}
	s.dec = json.NewDecoder(s)
	m, err := s.manifest(lim)
	if s.err != nil && err != nil && !errors.Is(err, s.err) {
		return nil, s.err // the decoder may have put it in other words
	}
	return m, err
}

func (s *stream) manifest(lim Limits) (*manifest, error) {
	m := new(manifest)
	err := s.fields(func(name string) error {
		switch name {
		case "format":
			return s.value(&m.Format, elementRoom)
		case "version":
			return s.value(&m.Version, elementRoom)
		case "name":
			return s.value(&m.Name, elementRoom)
		case "created":
			return s.value(&m.Created, elementRoom)
		case "saved":
			return s.value(&m.Saved, elementRoom)
		case "current":
			return s.value(&m.Current, elementRoom)
		case "names_all":
			return s.value(&m.NamesAll, elementRoom)
		case "networks":
			return list(s, &m.Networks, bank.MaxSpaces, "networks", func(n *Network) error { return s.value(n, elementRoom) })
		case "classes":
			return list(s, &m.Classes, bank.MaxClasses, "classes", func(c *string) error {
				if err := s.value(c, elementRoom); err != nil {
					return err
				}
				return spend(&s.left.texts, len(*c), "letters in names")
			})
		case "spaces":
			return list(s, &m.Spaces, bank.MaxSpaces, "kinds of features", func(one *space) error {
				if err := s.value(one, int64(elementRoom+8*lim.Photos)); err != nil {
					return err
				}
				return spend(&s.left.missing, len(one.Missing), "missing vectors")
			})
		case "photos":
			last := uint64(0)
			return list(s, &m.Photos, lim.Photos, "photos", func(p *photo) error {
				if err := s.value(p, elementRoom); err != nil {
					return err
				}
				if p.ID <= last || p.ID > math.MaxInt32 {
					return fault.Errorf("photo %q has the number %d, which is not in order", clip(p.Name), p.ID)
				}
				last = p.ID
				return spend(&s.left.texts, len(p.Name), "letters in names")
			})
		case "versions":
			last := 0
			return list(s, &m.Versions, lim.Versions, "versions", func(v *version) error {
				if err := s.version(v, lim); err != nil {
					return err
				}
				if v.ID <= last {
					return errors.New("its versions are not numbered in order")
				}
				last = v.ID
				return spend(&s.left.texts, len(v.Note), "letters in notes")
			})
		case "settings":
			return s.value(&m.Settings, min(m.settingsRoom(), 16<<20+50*s.packed))
		case "parts":
			return s.parts(m, lim)
		default:
			var other json.RawMessage // of a newer program
			return s.value(&other, 1<<20)
		}
	})
	if err != nil {
		return nil, err
	}
	if _, err := s.token(); err != io.EOF {
		if err != nil {
			return nil, err
		}
		return nil, errors.New("more follows what it says")
	}
	return m, nil
}

// list reads an array of at most so many elements.
func list[T any](s *stream, to *[]T, most int, what string, one func(*T) error) error {
	return s.each(func() error {
		if len(*to) >= most {
			return fault.Errorf("more than %d %s; at most %d are read", most, what, most)
		}
		var v T
		if err := one(&v); err != nil {
			return err
		}
		if len(*to) == cap(*to) {
			*to = slices.Grow(*to, max(16, len(*to))) // by half less would be copied twice as often
		}
		*to = append(*to, v)
		return nil
	})
}

// settingsRoom is how many bytes the page's own part may have: what is known of each version is in
// it, photo by photo.
func (m *manifest) settingsRoom() int64 {
	photos, versions := int64(len(m.Photos)), int64(len(m.Versions))
	return 1<<20 + 128*photos + versions*(1<<20+256*photos)
}

func (s *stream) parts(m *manifest, lim Limits) error {
	most := 1 + lim.Photos + 4*lim.Versions
	m.Parts = make(map[string]part, min(most, len(m.Photos)+4*len(m.Versions)+1))
	switch t, err := s.token(); {
	case err != nil:
		return err
	case t == nil:
		return nil
	case t != json.Delim('{'):
		return errors.New("it is no object")
	}
	for s.more() {
		t, err := s.token()
		if err != nil {
			return err
		}
		name, _ := t.(string)
		if _, twice := m.Parts[name]; twice {
			return fault.Errorf("the part %q is there twice", clip(name))
		}
		if len(m.Parts) >= most || len(name) > 60 {
			return fault.Errorf("it lists the part %q, one that does not belong there or one too many", clip(name))
		}
		var p part
		if err := s.value(&p, elementRoom); err != nil {
			return err
		}
		m.Parts[name] = p
	}
	_, err := s.token()
	return err
}

func (s *stream) version(v *version, lim Limits) error {
	var r rest
	var valid, test *report
	err := s.fields(func(name string) (err error) {
		switch name {
		case "valid":
			valid, err = s.report(lim)
			return err
		case "test":
			test, err = s.report(lim)
			return err
		case "tried":
			return list(s, &v.Tried, maxTried, "ways to learn", func(c *training.Candidate) error {
				if err := s.value(c, elementRoom); err != nil {
					return err
				}
				if n := len(c.Input); n > bank.MaxSpaces || slices.ContainsFunc(c.Input, func(p bank.Part) bool { return len(p) > bank.MaxSpaces }) {
					return errors.New("a way to learn reads too many kinds of features")
				}
				return spend(&s.left.tried, 1, "ways to learn")
			})
		case "curve":
			return list(s, &v.Curve, maxSteps, "steps", func(p *training.Progress) error {
				if err := s.value(p, elementRoom); err != nil {
					return err
				}
				return spend(&s.left.steps, 1, "steps")
			})
		default:
			return r.take(s, name, elementRoom)
		}
	})
	if err != nil {
		return err
	}
	tried, curve := v.Tried, v.Curve
	if err := r.into(v); err != nil {
		return err
	}
	v.Valid, v.Test, v.Tried, v.Curve = valid, test, tried, curve
	return nil
}

// report reads a report, and of its confusion matrix what is not 0.
func (s *stream) report(lim Limits) (*report, error) {
	out := new(report)
	var r rest
	there := false
	var full, given [][3]int
	err := s.fields(func(name string) error {
		there = true
		switch name {
		case "classes":
			return list(s, &out.Classes, bank.MaxClasses, "classes in a report", func(c *evaluation.ClassReport) error {
				if err := s.value(c, elementRoom); err != nil {
					return err
				}
				return errors.Join(spend(&s.left.classes, 1, "classes in reports"), spend(&s.left.texts, len(c.Name), "letters in names"))
			})
		case "reliability":
			return list(s, &out.Reliability, 1000, "bins", func(b *evaluation.Bin) error { return s.value(b, elementRoom) })
		case "confusion":
			var row []int
			i := 0
			return s.each(func() error {
				if i >= bank.MaxClasses {
					return fault.Errorf("a confusion matrix of more than %d classes", bank.MaxClasses)
				}
				row = row[:0]
				if err := s.value(&row, elementRoom); err != nil {
					return err
				}
				if err := spend(&s.left.written, len(row), "cells in reports"); err != nil {
					return err
				}
				before := len(full)
				for k, n := range row {
					if n != 0 {
						full = append(full, [3]int{i, k, n})
					}
				}
				i++
				return spend(&s.left.cells, len(full)-before, "cells in reports")
			})
		case "cells":
			return list(s, &given, lim.Photos, "cells in a report", func(c *[3]int) error {
				if err := s.value(c, elementRoom); err != nil {
					return err
				}
				return spend(&s.left.cells, 1, "cells in reports")
			})
		default:
			return r.take(s, name, elementRoom)
		}
	})
	if err != nil || !there {
		return nil, err
	}
	classes, bins := out.Classes, out.Reliability
	if err := r.into((*evaluation.Report)(out)); err != nil {
		return nil, err
	}
	out.Classes, out.Reliability, out.Cells = classes, bins, full
	if full == nil {
		out.Cells = given
	}
	return out, nil
}
