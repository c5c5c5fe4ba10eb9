package exports

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"homeroom/core/export"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
)

// A Source is a project that is exported.
type Source struct {
	file       *project.File
	head       *head.Head // that answers, nil where nothing was taught
	thumbs     sample
	classifier *export.Classifier
	packs      map[string][]byte
	quick      *export.Classifier // of the head that looks once; nil where the head itself does
}

// Open reads a project of size bytes. name is what errors call it.
func Open(name string, r io.ReaderAt, size int64) (*Source, error) {
	s := new(Source)
	file, err := project.ReadFrom(name, r, size, project.Limits{}, s.thumbs.take)
	if err != nil {
		return nil, err
	}
	s.file, s.head = file, file.Head()
	return s, nil
}

// Networks lists the networks that the head reads, by name.
func (s *Source) Networks() []string {
	var out []string
	seen := map[string]bool{}
	if s.head == nil {
		return nil
	}
	for _, one := range s.head.Spaces {
		if n := one.Name.Network; !seen[n] {
			seen[n], out = true, append(out, n)
		}
	}
	return out
}

// Supply gives the packs of networks, by their names.
func (s *Source) Supply(packs map[string][]byte) error {
	networks := map[string]*model.Model{}
	for name, data := range packs {
		m, err := model.Read(name, data)
		if err != nil {
			return err
		}
		networks[name] = m
	}
	c, err := export.Taught(s.file.Name, s.head, networks)
	if err != nil {
		return err
	}
	s.classifier, s.packs = c, packs
	if h := s.file.Version(s.file.Current).Quick; h != nil {
		s.quick, err = export.Taught(s.file.Name, h, networks)
	}
	return err
}

// An Offer is what is known of a form before a file of it is made.
type Offer struct {
	Format  string         `json:"format"`
	Weights export.Weights `json:"weights,omitempty"`
	Parts   bool           `json:"parts,omitempty"`   // the element's files come to that
	Quick   bool           `json:"quick,omitempty"`   // of the head that looks once, where the other cannot be said
	Bytes   int64          `json:"bytes"`             // of the file
	Refused string         `json:"refused,omitempty"` // why there can be none
	Carries []string       `json:"carries,omitempty"` // as [export.Card] has it
	Notes   []string       `json:"notes,omitempty"`   // what readers do otherwise
}

// Offers weighs a file of each form.
func (s *Source) Offers() []Offer {
	none := "nothing is learnt yet"
	alone := Offer{Format: Homeroom, Refused: none}
	var out []Offer
	for _, f := range Formats {
		for _, w := range f.Weights {
			o := Offer{Format: f.Name, Weights: w, Refused: none}
			if s.classifier != nil {
				o.weigh(s.classifier)
			}
			out = append(out, o)
			if s.quick != nil && o.Refused != "" {
				q := Offer{Format: f.Name, Weights: w, Quick: true}
				if q.weigh(s.quick); q.Refused == "" {
					out = append(out, q)
				}
			}
		}
	}
	if f := s.file.ClassifierOnly(); f != nil {
		var n counter
		alone.Refused = ""
		if err := project.Write(&n, f); err != nil {
			alone.Refused = err.Error()
		}
		alone.Bytes = int64(n)
		if s.classifier != nil {
			alone.Carries = s.classifier.Card().Carries
			whole := alone.Bytes
			for _, name := range s.Networks() {
				whole += int64(len(s.packs[name]))
			}
			out = append(out, Offer{Format: HTML, Parts: true, Bytes: (whole + 2) / 3 * 4, Carries: alone.Carries}, Offer{Format: Folder, Parts: true, Bytes: whole, Carries: alone.Carries})
		}
	}
	table := Offer{Format: CSV}
	var n counter
	if err := export.CSV(&n, s.file.Bank); err != nil {
		table.Refused = err.Error()
	}
	table.Bytes = int64(n)
	return append(append([]Offer{alone}, out...), table)
}

// weigh writes a file for its length.
func (o *Offer) weigh(c *export.Classifier) {
	var n counter
	o.Refused = ""
	if err := Write(&n, c, Choice{Format: o.Format, Weights: o.Weights}); err != nil {
		o.Refused = err.Error()
		return
	}
	card := Card(c, o.Format)
	o.Bytes, o.Carries, o.Notes = int64(n), card.Carries, card.Notes
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// Export writes the project in a form. What names photos is run on some of the project's first, and
// is refused where it answers otherwise than Homeroom does; tell is told how many of how many
// photos are done.
func (s *Source) Export(w io.Writer, as Choice, tell func(done, of int)) (export.Difference, error) {
	var none export.Difference
	switch as.Format {
	case CSV:
		return none, export.CSV(w, s.file.Bank)
	case Homeroom:
		f := s.file.ClassifierOnly()
		if f == nil {
			return none, errors.New("nothing was taught in it yet")
		}
		return none, project.Write(w, f)
	}
	c := s.classifier
	if as.Quick {
		c = s.quick
	}
	if as.Format == HTML || as.Format == Folder {
		return none, s.page(w, as)
	}
	if c == nil {
		return none, errors.New("nothing was taught in it yet, or its networks are missing")
	}
	file := new(buffer)
	if err := Write(file, c, as); err != nil {
		return none, err
	}
	photos := s.photos()
	if len(photos) == 0 {
		return none, errors.New("the project has no picture on which the file could be run; add a photo, and export again")
	}
	run, err := Read(as.Format, file.data)
	if err != nil {
		return none, fmt.Errorf("what was to be written cannot be read back: %w", err)
	}
	defer run.Close()
	d, err := c.Compare(run, photos, model.Options{}, tell)
	if err == nil {
		err = d.Check(as.Weights)
	}
	if err == nil {
		_, err = w.Write(file.data)
	}
	return d, err
}

// page writes what was taught as a web page.
func (s *Source) page(w io.Writer, as Choice) error {
	if s.classifier == nil {
		return errors.New("nothing was taught in it yet, or its networks are missing")
	}
	return Page(w, as.Format, s.file, s.packs, as.Element)
}

// Page writes a project without its photos as a web page: HTML or Folder. The element's files are
// those of package wasm/element/files.
func Page(w io.Writer, format string, file *project.File, packs, element map[string][]byte) error {
	alone := file.ClassifierOnly()
	if alone == nil {
		return errors.New("nothing was taught in it yet")
	}
	var taught bytes.Buffer
	if err := project.Write(&taught, alone); err != nil {
		return err
	}
	p := export.Page{Title: file.Name, Labels: alone.Head().Classes, Element: element, Project: taught.Bytes(), Packs: map[string][]byte{}}
	for _, space := range alone.Head().Spaces {
		name := space.Name.Network
		if p.Packs[name] = packs[name]; packs[name] == nil {
			return fmt.Errorf("the network %s that it was taught on is missing", name)
		}
	}
	if format == Folder {
		return p.Folder(w)
	}
	return p.Single(w)
}

// buffer keeps what is written once, without the doubling of bytes.Buffer: files have tens of
// megabytes, and come in one piece.
type buffer struct{ data []byte }

func (b *buffer) Write(p []byte) (int, error) {
	if b.data == nil {
		b.data = make([]byte, 0, len(p))
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// photos are those that files are run on.
func (s *Source) photos() []*photo.Photo {
	var out []*photo.Photo
	for _, file := range s.thumbs.of(export.ComparedPhotos) {
		if p, err := photo.Decode(file, photo.Limits{}); err == nil { // others do as well
			out = append(out, p)
		}
	}
	return out
}

// sample takes some of many files, spread over all of them: every one at first, and half as many
// whenever there are too many.
type sample struct {
	files [][]byte
	step  int
	seen  int
}

// sampled is how many files are kept at most.
const sampled = 4 * export.ComparedPhotos

func (s *sample) take(_ uint64, file []byte) error {
	s.step = max(s.step, 1)
	if s.seen%s.step == 0 {
		s.files = append(s.files, append([]byte(nil), file...))
	}
	s.seen++
	if len(s.files) > sampled {
		half := s.files[:0]
		for i := 0; i < len(s.files); i += 2 {
			half = append(half, s.files[i])
		}
		s.files, s.step = half, 2*s.step
	}
	return nil
}

// of returns n of the files at most, evenly.
func (s *sample) of(n int) [][]byte {
	if len(s.files) <= n {
		return s.files
	}
	out := make([][]byte, n)
	for i := range out {
		out[i] = s.files[i*len(s.files)/n]
	}
	return out
}
