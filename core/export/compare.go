package export

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
)

// A Runner runs a file that was written: it takes the pictures by the names of its inputs,
// [Size][Size][3] levels from 0 to 255, red first, and gives its outputs by their names.
type Runner interface {
	Run(pictures map[string][]float32) (map[string][]float32, error)
}

// A Difference is that between what a file answers and what Homeroom does, on the same pictures.
type Difference struct {
	Photos int
	// Largest is that of a probability; of a feature, where there are no classes, in units of the
	// largest feature of the photo.
	Largest float64
	// Strangeness is the largest difference of it, in units of its threshold.
	Strangeness float64
	Same        int // photos whose best name is the same
}

// Limits of what may be written.
const (
	Tolerance        = 1e-4 // of probabilities, with weights of f32
	CoarseTolerance  = 0.02 // with weights of f16 or int8
	StrangeTolerance = 0.01 // of the strangeness, with weights of f32
	CoarseStrange    = 0.1  // with weights of f16 or int8
	ComparedPhotos   = 20   // as many are compared at most
)

// Check says what is wrong with a file by its difference.
func (d Difference) Check(weights Weights) error {
	most, strange := Tolerance, StrangeTolerance
	if weights == F16 || weights == Int8 {
		most, strange = CoarseTolerance, CoarseStrange
	}
	switch {
	case !(d.Largest <= most):
		return fmt.Errorf("run on %d photos the file answers otherwise than Homeroom: a score differs by %.2g, more than %g; it is not written, please report that", d.Photos, d.Largest, most)
	case !(d.Strangeness <= strange):
		return fmt.Errorf("run on %d photos the file tells strangers otherwise than Homeroom: strangeness differs by %.2g, more than %g; it is not written, please report that", d.Photos, d.Strangeness, strange)
	}
	return nil
}

// Own answers photos as Homeroom does. It is for one goroutine at a time.
type Own struct {
	c        *Classifier
	branches *model.Extractor  // of what has a feature vector
	names    *model.Classifier // of a network that names by itself
}

// Own lays out the networks of a classifier.
func (c *Classifier) Own(opt model.Options) (*Own, error) {
	if l := c.branches[0]; c.head == nil && len(c.Labels) > 0 {
		opt.Size = l.space.Size
		k, err := model.NewClassifier(l.model, opt)
		return &Own{c: c, names: k}, err
	}
	networks, spaces := map[string]*model.Model{}, []feature.Space{}
	for _, l := range c.branches {
		networks[l.space.Network], spaces = l.model, append(spaces, l.space)
	}
	l, err := model.NewExtractor(spaces, networks, opt)
	return &Own{c: c, branches: l}, err
}

// Close lets the threads of the networks end.
func (o *Own) Close() {
	if o.names != nil {
		o.names.Close()
		return
	}
	o.branches.Close()
}

// Inputs returns a photo as the classifier's inputs.
func (c *Classifier) Inputs(p *photo.Photo) map[string][]float32 {
	out := map[string][]float32{}
	for _, x := range c.Pictures {
		pix := x.Preprocess.Crop(p)
		v := make([]float32, len(pix))
		for i, level := range pix {
			v[i] = float32(level)
		}
		out[x.Name] = v
	}
	return out
}

// Answer returns what Homeroom says of a photo: probabilities, or features where there are no
// classes.
func (o *Own) Answer(p *photo.Photo) (head.Answer, error) {
	if o.names != nil {
		logits := o.names.Run(p)
		a := head.Answer{Probabilities: make([]float64, len(logits))}
		model.Softmax(a.Probabilities, logits)
		return a, nil
	}
	v, err := o.branches.Read(p)
	if err != nil {
		return head.Answer{}, err
	}
	if o.c.head != nil {
		return o.c.head.Answer(v)
	}
	a := head.Answer{}
	for _, x := range v[0] {
		a.Probabilities = append(a.Probabilities, float64(x))
	}
	return a, nil
}

// Compare runs a file and Homeroom on the same pictures of photos. tell, where it is not nil, is
// told after each how many of how many are done.
func (c *Classifier) Compare(file Runner, photos []*photo.Photo, opt model.Options, tell func(done, of int)) (Difference, error) {
	return c.compare(func(p *photo.Photo) (head.Answer, error) {
		out, err := file.Run(c.Inputs(p))
		if err != nil {
			return head.Answer{}, fmt.Errorf("the file does not run: %w", err)
		}
		return c.answerOf(out), nil
	}, photos, opt, tell)
}

// CompareTo is [Classifier.Compare] for a file that Homeroom reads itself: read is what was read
// back of it.
func (c *Classifier) CompareTo(read *Classifier, photos []*photo.Photo, opt model.Options, tell func(done, of int)) (Difference, error) {
	if !slices.Equal(read.Labels, c.Labels) {
		return Difference{}, fmt.Errorf("the file has other classes: %q", read.Labels)
	}
	if read.Unknown() != c.Unknown() {
		return Difference{}, errors.New("the file says otherwise whether photos may be answered \"unknown\"")
	}
	own, err := read.Own(opt)
	if err != nil {
		return Difference{}, err
	}
	defer own.Close()
	return c.compare(own.Answer, photos, opt, tell)
}

// answerOf is what outputs say. A strangeness that is not among them is NaN in a format that names
// no outputs and so has none; in any other it is missing, and infinite.
func (c *Classifier) answerOf(out map[string][]float32) head.Answer {
	name := Probabilities
	if len(c.Labels) == 0 {
		name = Features
	}
	p, ok := out[name]
	if !ok && len(out) == 1 { // of a format that names no output
		for _, p = range out {
		}
	}
	a := head.Answer{Strangeness: math.NaN()}
	if ok && c.Unknown() {
		a.Strangeness = math.Inf(1)
	}
	for _, v := range p {
		a.Probabilities = append(a.Probabilities, float64(v))
	}
	if s := out[Strangeness]; len(s) == 1 {
		if a.Strangeness = float64(s[0]); math.IsNaN(a.Strangeness) {
			a.Strangeness = math.Inf(1)
		}
	}
	return a
}

// compare runs what answers photos in place of Homeroom.
func (c *Classifier) compare(run func(*photo.Photo) (head.Answer, error), photos []*photo.Photo, opt model.Options, tell func(done, of int)) (Difference, error) {
	own, err := c.Own(opt)
	if err != nil {
		return Difference{}, err
	}
	defer own.Close()
	var d Difference
	for _, p := range photos {
		want, err := own.Answer(p)
		if err != nil {
			return d, err
		}
		got, err := run(p)
		if err != nil {
			return d, err
		}
		if err := d.add(c, want, got); err != nil {
			return d, err
		}
		if tell != nil {
			tell(d.Photos, len(photos))
		}
	}
	return d, nil
}

func (d *Difference) add(c *Classifier, want, got head.Answer) error {
	unit := 1.0
	if len(c.Labels) == 0 {
		unit = 1e-30
		for _, v := range want.Probabilities {
			unit = max(unit, math.Abs(v))
		}
	}
	p := got.Probabilities
	if len(p) != len(want.Probabilities) {
		return fmt.Errorf("the file gives %d numbers in place of %d", len(p), len(want.Probabilities))
	}
	best, own := 0, 0
	for i, v := range p {
		x := math.Abs(v-want.Probabilities[i]) / unit
		if !(x <= d.Largest) { // what is no number counts as well
			d.Largest = x
		}
		if v > p[best] {
			best = i
		}
		if want.Probabilities[i] > want.Probabilities[own] {
			own = i
		}
	}
	if best == own {
		d.Same++
	}
	if x := math.Abs(got.Strangeness - want.Strangeness); x > d.Strangeness {
		d.Strangeness = x
	}
	d.Photos++
	return nil
}
