// Package classifier is Homeroom for programs: it loads a network's pack or a project that was
// taught, names photos, gives their feature vectors, teaches classes of a program's own, and
// exports them.
//
// It answers as the page and the program homeroom do. What is beneath is in the packages beside
// this one.
package classifier

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/export"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/project"
	"homeroom/core/training"
)

// A Classifier names photos: a network with classes of its own, or a head that was taught over one
// or several networks. It is for one goroutine at a time; Close it when it is no longer used.
type Classifier struct {
	name      string
	networks  map[string]network
	names     *model.Classifier // of a network that names by itself, else nil
	head      *head.Head        // that was taught, else nil
	bank      *bank.Bank        // what it was taught
	extractor *model.Extractor  // that the head reads
	plain     *model.Classifier // that Embed reads and Teach teaches on
}

// network is one that is known, with the checksum of its pack.
type network struct {
	*model.Model
	sum bank.Hash
}

// An Answer is what a classifier says of a photo.
type Answer struct {
	Results []Result // best first
	// Unknown says that the photo shows none of the classes, which only what was taught can say;
	// Results are then what it is most like.
	Unknown bool
	// Strangeness is how unlike the taught photos it is; above 1 is unknown.
	Strangeness float64
	// Damaged says what is wrong with the photo's file, where what was there of it was named.
	Damaged string
}

// A Result is a label with its score, from 0 to 1; all scores add up to 1.
type Result struct {
	Label string
	Score float64
}

// Best returns the likeliest label, "" for a photo that is unknown.
func (a Answer) Best() string {
	if a.Unknown || len(a.Results) == 0 {
		return ""
	}
	return a.Results[0].Label
}

// Open loads a file: a network's pack (.pack), or a project (.homeroom) with the packs of the
// networks that it was taught on. A pack that is not given is looked for beside the project, as
// NETWORK.pack.
func Open(path string, packs ...string) (*Classifier, error) {
	file, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	given := make([][]byte, len(packs))
	for i, p := range packs {
		if given[i], err = os.ReadFile(p); err != nil {
			return nil, err
		}
	}
	return load(path, file, given, func(network string) ([]byte, error) {
		if network != filepath.Base(network) {
			return nil, os.ErrNotExist // what a project names is no path
		}
		return os.ReadFile(filepath.Join(filepath.Dir(path), network+".pack"))
	})
}

// Load is Open for files that are in memory. The packs must not be changed while the classifier is
// in use.
func Load(file []byte, packs ...[]byte) (*Classifier, error) {
	return load("the file", file, packs, func(string) ([]byte, error) { return nil, os.ErrNotExist })
}

func load(name string, file []byte, packs [][]byte, find func(network string) ([]byte, error)) (*Classifier, error) {
	c := &Classifier{networks: map[string]network{}}
	if len(file) < 4 || string(file[:4]) != zipMark {
		if err := c.add(name, file); err != nil {
			return nil, err
		}
		for n, m := range c.networks {
			c.name = n
			return c, c.open(m.Model)
		}
	}
	p, err := project.Read(name, file, project.Limits{})
	if err != nil {
		return nil, err
	}
	if c.head = p.Head(); c.head == nil {
		return nil, fault.Errorf("%s: %w", name, errNoHead)
	}
	c.name, c.bank = p.Name, p.Bank
	for i, pack := range packs {
		if err := c.add(fmt.Sprintf("pack %d", i+1), pack); err != nil {
			return nil, err
		}
	}
	for _, s := range c.head.Spaces {
		n := s.Name.Network
		if _, ok := c.networks[n]; ok {
			continue
		}
		pack, err := find(n)
		if err != nil {
			return nil, fault.Errorf("%s was taught on the network %s, whose pack is missing (%w): give it as well", name, n, err)
		}
		if err := c.add(n+".pack", pack); err != nil {
			return nil, err
		}
	}
	return c, c.openHead()
}

// add reads a pack.
func (c *Classifier) add(name string, pack []byte) error {
	m, err := model.Read(name, pack)
	if err != nil {
		return err
	}
	c.networks[m.Name] = network{m, sha256.Sum256(pack)}
	return nil
}

// open lays out a network that names by itself, or a backbone.
func (c *Classifier) open(m *model.Model) error {
	k, err := model.NewClassifier(m, model.Options{})
	if err != nil {
		return err
	}
	if c.plain = k; len(m.Labels) > 0 {
		c.names = k
	}
	return nil
}

// openHead lays out what a head reads.
func (c *Classifier) openHead() error {
	var spaces []feature.Space
	for _, s := range c.head.Spaces {
		spaces = append(spaces, s.Name)
	}
	var err error
	if c.extractor, err = model.NewExtractor(spaces, c.models(), model.Options{}); err != nil {
		return err
	}
	for i, s := range c.head.Spaces {
		if d := c.extractor.Dim(i); d != s.Dim {
			c.Close()
			return fault.Errorf("%q gives %d features here, and the head takes %d: it was taught on another network", s.Name, d, s.Dim)
		}
	}
	return nil
}

func (c *Classifier) models() map[string]*model.Model {
	out := map[string]*model.Model{}
	for name, n := range c.networks {
		out[name] = n.Model
	}
	return out
}

// Close lets threads end and frees what is no longer needed.
func (c *Classifier) Close() {
	if c.extractor != nil {
		c.extractor.Close()
	}
	if c.plain != nil {
		c.plain.Close()
	}
}

// Name is that of the network or project.
func (c *Classifier) Name() string { return c.name }

// Needs returns the networks that a file of a project was taught on, whose packs Load wants with
// it: none for a pack.
func Needs(file []byte) ([]string, error) {
	if len(file) < 4 || string(file[:4]) != zipMark {
		return nil, nil
	}
	p, err := project.Read("the file", file, project.Limits{})
	if err != nil {
		return nil, err
	}
	h := p.Head()
	if h == nil {
		return nil, errNoHead
	}
	var out []string
	for _, s := range h.Spaces {
		if !slices.Contains(out, s.Name.Network) {
			out = append(out, s.Name.Network)
		}
	}
	return out, nil
}

// zipMark begins a zip, which a project is.
const zipMark = "PK\x03\x04"

var errNoHead = errors.New("it has no head yet: nothing was taught in it")

// Labels returns the names of the classes, none for a backbone.
func (c *Classifier) Labels() []string {
	switch {
	case c.head != nil:
		return slices.Clone(c.head.Classes)
	case c.names != nil:
		return slices.Clone(c.names.Model.Labels)
	}
	return nil
}

// ClassifyFile names a photo by the bytes of its file: JPEG, PNG, WebP, GIF or BMP. The errors are
// those of [photo.Decode].
func (c *Classifier) ClassifyFile(file []byte) (Answer, error) {
	p, err := c.decode(file)
	if err != nil {
		return Answer{}, err
	}
	return c.classify(p)
}

// Classify names a picture that was decoded elsewhere. The levels of other decoders differ a
// little, and so do scores; ClassifyFile answers as the page does.
func (c *Classifier) Classify(m image.Image) (Answer, error) {
	p, err := photo.FromImage(m)
	if err != nil {
		return Answer{}, err
	}
	return c.classify(p)
}

func (c *Classifier) decode(file []byte) (*photo.Photo, error) {
	if c.extractor != nil {
		return c.extractor.Decode(file)
	}
	return c.plain.Decode(file)
}

func (c *Classifier) classify(p *photo.Photo) (Answer, error) {
	a := Answer{Damaged: p.Damaged}
	if c.head == nil {
		if c.names == nil {
			return a, fault.Errorf("%s is a backbone without classes of its own, so it has no names to give; teach it some first", c.name)
		}
		for _, r := range c.names.Answer(p, len(c.names.Model.Labels)).Results {
			a.Results = append(a.Results, Result{r.Label, r.Score})
		}
		return a, nil
	}
	v, err := c.extractor.Read(p)
	if err != nil {
		return a, err
	}
	own, err := c.head.Answer(v)
	if err != nil {
		return a, err
	}
	for i, score := range own.Probabilities {
		a.Results = append(a.Results, Result{c.head.Classes[i], score})
	}
	slices.SortStableFunc(a.Results, func(x, y Result) int { return cmp.Compare(y.Score, x.Score) })
	a.Unknown, a.Strangeness = own.Unknown, own.Strangeness
	return a, nil
}

// Embed returns the feature vector of a photo's file, by the network or, of what was taught, by the
// first one it reads.
func (c *Classifier) Embed(file []byte) ([]float32, error) {
	if err := c.openPlain(); err != nil {
		return nil, err
	}
	p, err := c.plain.Decode(file)
	if err != nil {
		return nil, err
	}
	return c.embed(p)
}

// EmbedImage is Embed of a picture that was decoded elsewhere.
func (c *Classifier) EmbedImage(m image.Image) ([]float32, error) {
	if err := c.openPlain(); err != nil {
		return nil, err
	}
	p, err := photo.FromImage(m)
	if err != nil {
		return nil, err
	}
	return c.embed(p)
}

func (c *Classifier) embed(p *photo.Photo) ([]float32, error) {
	v, err := c.plain.Features(p, feature.Plain)
	if err != nil {
		return nil, err
	}
	return v[0], nil
}

// openPlain lays out the first network that a head reads, once.
func (c *Classifier) openPlain() error {
	if c.plain != nil {
		return nil
	}
	s := c.head.Spaces[0].Name
	var err error
	c.plain, err = model.NewClassifier(c.networks[s.Network].Model, model.Options{Size: s.Size})
	return err
}

// An Example is a photo to learn from.
type Example struct {
	Class string
	File  []byte      // JPEG, PNG, WebP, GIF or BMP
	Image image.Image // in place of a file
}

// Teach learns classes from examples and returns the classifier that names them, on the network of
// c; c stays as it is. Two classes or more are needed. The kind of head is chosen on photos that
// are held out in turn. What is kept of a photo is its feature vector.
func (c *Classifier) Teach(ctx context.Context, examples []Example) (*Classifier, error) {
	return c.TeachTelling(ctx, examples, func(string, float64) {})
}

// TeachTelling is Teach, and tells what it is at: "read", "choose", "check" or "learn", with the
// share of that which is done, from 0 to 1.
func (c *Classifier) TeachTelling(ctx context.Context, examples []Example, tell func(stage string, share float64)) (*Classifier, error) {
	if err := c.openPlain(); err != nil {
		return nil, err
	}
	space := c.plain.Space(feature.Plain)
	var photos bank.Builder
	if _, err := photos.AddSpace(space, c.plain.FeatureDim()); err != nil {
		return nil, fault.Errorf("%s: %w", c.name, err)
	}
	classes := map[string]int{}
	for i, e := range examples {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tell("read", float64(i)/float64(len(examples)))
		class, ok := classes[e.Class]
		if !ok {
			var err error
			if class, err = photos.AddClass(e.Class); err != nil {
				return nil, fault.Errorf("example %d: %w", i, err)
			}
			classes[e.Class] = class
		}
		p, err := c.example(e, i)
		if err != nil {
			return nil, fault.Errorf("example %d, of %q: %w", i, e.Class, err)
		}
		p.Class = class
		if _, err := photos.Add(p); err != nil {
			return nil, fault.Errorf("example %d, of %q: %w", i, e.Class, err)
		}
	}
	bank := photos.Bank()
	t, err := training.Fit(ctx, bank, training.Config{Seed: 1, Progress: func(p training.Progress) { tell(p.Stage, p.Share) }})
	if err != nil {
		return nil, err
	}
	n := c.networks[space.Network]
	taught := &Classifier{name: "taught", networks: map[string]network{space.Network: n}, head: t.Best, bank: bank}
	return taught, taught.openHead()
}

// example reads one.
func (c *Classifier) example(e Example, i int) (bank.Photo, error) {
	p := bank.Photo{Name: fmt.Sprintf("%s %d", e.Class, i)}
	var seen *photo.Photo
	var err error
	switch {
	case e.File != nil:
		p.Hash = sha256.Sum256(e.File)
		seen, err = c.plain.Decode(e.File)
	case e.Image != nil:
		if seen, err = photo.FromImage(e.Image); err == nil {
			p.Hash = sha256.Sum256(seen.Pix)
		}
	default:
		err = errors.New("it has neither a file nor an image")
	}
	if err != nil {
		return p, err
	}
	p.PerceptualHash = photo.PerceptualHash(seen)
	p.Features, err = c.plain.Features(seen, feature.Plain)
	return p, err
}

// Save writes what was taught as a project, NAME.homeroom, which the page and the program homeroom
// open. There are no photos in it.
func (c *Classifier) Save(w io.Writer, name string) error {
	if c.head == nil {
		return errNotTaught
	}
	now := time.Now().UnixMilli()
	f := &project.File{Name: name, Created: now, Saved: now, Bank: c.bank, Current: 1, Thumbs: map[uint64][]byte{}}
	for _, s := range c.bank.Spaces {
		if n := s.Name.Network; !slices.ContainsFunc(f.Networks, func(have project.Network) bool { return have.Name == n }) {
			f.Networks = append(f.Networks, project.Network{Name: n, SHA256: c.networks[n].sum})
		}
	}
	f.Versions = []project.Taught{{ID: 1, Date: now, Best: c.head, Last: c.head}}
	return project.Write(w, f)
}

var errNotTaught = errors.New("nothing was taught: a network that names by itself is kept as its pack")

// A Format is a file of another program's.
type Format string

// The formats; package export says who reads them.
const (
	ONNX             Format = "onnx"
	TFLite           Format = "tflite"
	TeachableMachine Format = "teachable-machine"
	Safetensors      Format = "safetensors"
)

// Export writes the classifier for other programs, with weights in float32. What a format cannot
// say is refused by name, before anything is written.
func (c *Classifier) Export(w io.Writer, format Format) error {
	var e *export.Classifier
	var err error
	if c.head != nil {
		e, err = export.Taught(c.name, c.head, c.models())
	} else {
		e, err = export.Network(c.plain.Model, 0)
	}
	if err != nil {
		return err
	}
	switch format {
	case ONNX:
		return e.ONNX(w, export.F32)
	case TFLite:
		return e.TFLite(w, export.F32)
	case TeachableMachine:
		return e.TeachableMachine(w)
	case Safetensors:
		return e.Torch(w)
	}
	return fault.Errorf("there is no format %q; there are %s, %s, %s and %s", format, ONNX, TFLite, TeachableMachine, Safetensors)
}
