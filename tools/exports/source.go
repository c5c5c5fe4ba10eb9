package exports

import (
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
	taught     *Taught
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
	c, err := taughtOf(s.file.Name, s.head, packs)
	if err != nil {
		return err
	}
	quick := s.file.QuickHead()
	s.classifier, s.taught = c, &Taught{File: s.file, Head: s.head, Quick: quick, Packs: packs}
	if quick != nil {
		s.quick, err = taughtOf(s.file.Name, quick, packs)
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
			out = append(out, s.pages(alone.Carries)...)
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

// pages weighs those without the element's files.
func (s *Source) pages(carries []string) []Offer {
	var out []Offer
	for _, format := range []string{HTML, Folder} {
		o := Offer{Format: format, Parts: true, Carries: carries}
		p, err := s.taught.page(format, false)
		switch {
		case err != nil:
			o.Refused = err.Error()
		case format == HTML:
			o.Bytes = p.SingleBytes()
		default:
			o.Bytes = p.FolderBytes()
		}
		out = append(out, o)
	}
	return out
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

// Export writes the project in a form. What names photos is read back and run on some of the
// project's first, and is refused where it answers otherwise than Homeroom does; tell is told how
// many of how many photos are done.
func (s *Source) Export(w io.Writer, as Choice, tell func(done, of int)) (export.Difference, error) {
	var none export.Difference
	if as.Format == CSV {
		return none, export.CSV(w, s.file.Bank)
	}
	c := s.classifier
	if as.Quick {
		c = s.quick
	}
	if c == nil {
		return none, errors.New("nothing was taught in it yet, or its networks are missing")
	}
	var file []byte
	var d export.Difference
	var err error
	photos := s.photos()
	switch as.Format {
	case Homeroom, HTML, Folder:
		t := s.taught
		if as.Quick {
			t = &Taught{File: s.file, Head: t.Quick, Packs: t.Packs, small: t.small}
		}
		t.Element = as.Element
		file, d, err = t.Make(as.Format, photos, model.Options{}, tell)
	default:
		if len(photos) == 0 {
			return none, errors.New("the project has no picture on which the file could be run; add a photo, and export again")
		}
		file, d, err = Make(c, as, photos, model.Options{}, tell)
	}
	if err == nil {
		_, err = w.Write(file)
	}
	return d, err
}

// Make writes a classifier and runs what it wrote on photos, like [Source.Export].
func Make(c *export.Classifier, as Choice, photos []*photo.Photo, opt model.Options, tell func(done, of int)) ([]byte, export.Difference, error) {
	file := new(buffer)
	if err := Write(file, c, as); err != nil {
		return nil, export.Difference{}, err
	}
	d, err := check(c, as, file.data, photos, opt, tell)
	return file.data, d, err
}

// check reads a file back and runs it.
func check(c *export.Classifier, as Choice, file []byte, photos []*photo.Photo, opt model.Options, tell func(done, of int)) (export.Difference, error) {
	run, err := Read(as.Format, file)
	if err != nil {
		return export.Difference{}, fmt.Errorf("what was to be written cannot be read back: %w", err)
	}
	defer run.Close()
	d, err := c.Compare(run, photos, opt, tell)
	if err == nil {
		err = d.Check(as.Weights)
	}
	return d, err
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
