package exports

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"homeroom/core/export"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
)

// Taught is a head of a project that is written with what it needs: as a project without photos, or
// as a web page of its own.
type Taught struct {
	File    *project.File
	Head    *head.Head
	Quick   *head.Head        // that stands in for it in a project, nil for none
	Packs   map[string][]byte // of the networks that it reads, by name
	Element map[string][]byte // files of the element, for pages; those of package wasm/element/files

	small map[string][]byte // the packs as pages have them
}

// alone is the project of what is written. In a page of one file the photos that a head looks for
// the nearest of are rounded, unless exact is set.
func (t *Taught) alone(format string, exact bool) *project.File {
	h := t.Head
	if format == HTML && h.Memory != nil && !exact {
		rounded := *h
		rounded.Memory = h.Memory.Rounded()
		rounded.Pack()
		h = &rounded
	}
	if format != Homeroom {
		return t.File.ClassifierOf(h, nil) // pages never ask for it
	}
	return t.File.ClassifierOf(h, t.Quick)
}

// page is what pages are made of.
func (t *Taught) page(format string, exact bool) (*export.Page, error) {
	var taught bytes.Buffer
	if err := project.Write(&taught, t.alone(format, exact)); err != nil {
		return nil, err
	}
	p := &export.Page{Title: t.File.Name, Labels: t.Head.Classes, Element: t.Element, Project: taught.Bytes(), Packs: map[string][]byte{}}
	if t.small == nil {
		t.small = map[string][]byte{}
	}
	for _, space := range t.Head.Spaces {
		name := space.Name.Network
		if t.Packs[name] == nil {
			return nil, fmt.Errorf("the network %s that it was taught on is missing", name)
		}
		if t.small[name] == nil {
			small, err := smallest(name, t.Packs[name])
			if err != nil {
				return nil, err
			}
			t.small[name] = small
		}
		p.Packs[name] = t.small[name]
	}
	return p, nil
}

// smallest is a pack without the classes that the network came with, its weights entropy coded.
// Features are the same.
func smallest(name string, data []byte) ([]byte, error) {
	m, err := model.Read(name, data)
	if err != nil {
		return nil, err
	}
	m = m.Backbone()
	m.Coded = true
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// write writes it.
func (t *Taught) write(format string, exact bool) ([]byte, error) {
	out := new(buffer)
	if format == Homeroom {
		err := project.Write(out, t.alone(format, exact))
		return out.data, err
	}
	p, err := t.page(format, exact)
	if err != nil {
		return nil, err
	}
	if format == Folder {
		err = p.Folder(out)
	} else {
		err = p.Single(out)
	}
	return out.data, err
}

// Card says what is carried.
func (t *Taught) Card() (export.Card, error) {
	c, err := taughtOf(t.File.Name, t.Head, t.Packs)
	if err != nil {
		return export.Card{}, err
	}
	return c.Card(), nil
}

// Make writes it, reads what was written, and runs that on photos, like [Source.Export]. Without
// photos it is read alone.
func (t *Taught) Make(format string, photos []*photo.Photo, opt model.Options, tell func(done, of int)) (file []byte, d export.Difference, err error) {
	c, err := taughtOf(t.File.Name, t.Head, t.Packs)
	if err != nil {
		return nil, d, err
	}
	for _, exact := range []bool{false, true} {
		if file, err = t.write(format, exact); err != nil {
			return nil, d, err
		}
		if d, err = t.check(c, format, file, photos, opt, tell); err == nil || t.Head.Memory == nil || format != HTML {
			break // else rounding may be too much
		}
	}
	if err != nil {
		return nil, d, err
	}
	return file, d, nil
}

// check reads a file and runs it.
func (t *Taught) check(c *export.Classifier, format string, file []byte, photos []*photo.Photo, opt model.Options, tell func(done, of int)) (export.Difference, error) {
	read, err := t.read(format, file)
	if err != nil {
		return export.Difference{}, fmt.Errorf("what was to be written cannot be read back: %w", err)
	}
	d, err := c.CompareTo(read, photos, opt, tell)
	if err == nil {
		err = d.Check(export.F32)
	}
	return d, err
}

// read reads what was written.
func (t *Taught) read(format string, file []byte) (*export.Classifier, error) {
	packs, taught := t.Packs, file
	if format != Homeroom {
		read := export.ReadSingle
		if format == Folder {
			read = export.ReadFolder
		}
		p, err := read(file)
		if err != nil {
			return nil, err
		}
		for name, data := range p.Element {
			if !bytes.Equal(data, t.Element[name]) {
				return nil, fmt.Errorf("%s is another file than the element's", name)
			}
		}
		packs, taught = p.Packs, p.Project
	}
	f, err := project.Read("the classifier", taught, project.Limits{})
	if err != nil {
		return nil, err
	}
	if len(f.Bank.Photos) > 0 || len(f.Thumbs) > 0 {
		return nil, errors.New("there are photos in it")
	}
	return taughtOf(f.Name, f.Head(), packs)
}

// taughtOf is a head as what is exported, with the networks that it reads.
func taughtOf(name string, h *head.Head, packs map[string][]byte) (*export.Classifier, error) {
	networks := map[string]*model.Model{}
	for _, n := range slices.Sorted(maps.Keys(packs)) {
		m, err := model.Read(n, packs[n])
		if err != nil {
			return nil, err
		}
		networks[n] = m
	}
	return export.Taught(name, h, networks)
}
