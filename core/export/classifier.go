package export

import (
	"errors"
	"fmt"
	"strings"

	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// A Classifier is what is exported: a head with the backbones it reads, or a network that names by
// itself.
type Classifier struct {
	Name     string   // of the project or pack
	Labels   []string // one for each probability
	Pictures []Picture
	branches []branch
	head     *head.Head // nil for a network alone
}

// A Picture is an input: one way in which the photo is resized and cut.
type Picture struct {
	Name       string           // "image", or "image_SIZE" and the like where there are several
	Size       int              // rows and columns, in pixels
	Preprocess photo.Preprocess // how the photo is resized and cut; normalising is part of the network
}

// A branch is a backbone over a picture.
type branch struct {
	space   feature.Space
	model   *model.Model
	picture int // index
	flip    bool
	graph   *graph.Graph
	prep    photo.Preprocess
	shapes  map[string]tensor.Shape
	end     string // the node whose output is taken
}

// Network returns a network that names by itself, at an input size; 0 is its own. A backbone
// without classes gives its feature vector.
func Network(m *model.Model, size int) (*Classifier, error) {
	prep := m.Preprocess
	if size != 0 {
		prep = prep.At(size)
	}
	c := &Classifier{Name: m.Name, Labels: m.Labels}
	return c, c.add(m, feature.Space{Network: m.Name, Size: prep.Size}, m.Graph.Output)
}

// Taught returns a head with the networks that it reads, by their names.
func Taught(name string, h *head.Head, networks map[string]*model.Model) (*Classifier, error) {
	if h == nil {
		return nil, errors.New("nothing was taught yet, so there is nothing to export")
	}
	c := &Classifier{Name: name, Labels: h.Classes, head: h}
	for _, s := range h.Spaces {
		m := networks[s.Name.Network]
		if m == nil {
			return nil, fmt.Errorf("the network %s that it was taught on is missing", s.Name.Network)
		}
		if err := c.add(m, s.Name, m.Graph.Feature); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// add adds a network over a view. Branches share a picture where it is the same.
func (c *Classifier) add(m *model.Model, s feature.Space, end string) error {
	prep, flip, err := m.Crop(s)
	if err != nil {
		return err
	}
	shapes, err := m.Graph.Shapes(m.InputShape(s.Size))
	if err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	crop := prep
	crop.Mean, crop.Std = [3]float64{}, [3]float64{1, 1, 1}
	at := -1
	for i, p := range c.Pictures {
		if p.Preprocess == crop {
			at = i
		}
	}
	if at < 0 {
		at = len(c.Pictures)
		c.Pictures = append(c.Pictures, Picture{Size: prep.Size, Preprocess: crop})
	}
	c.branches = append(c.branches, branch{s, m, at, flip, m.Graph, prep, shapes, end})
	c.name()
	return nil
}

// name names the pictures: image, where there is one.
func (c *Classifier) name() {
	taken := map[string]bool{}
	for i := range c.Pictures {
		p := &c.Pictures[i]
		p.Name = "image"
		if len(c.Pictures) > 1 {
			p.Name = fmt.Sprintf("image_%d", p.Size)
			if p.Preprocess.Squash {
				p.Name += "_whole"
			}
			for base, n := p.Name, 2; taken[p.Name]; n++ {
				p.Name = fmt.Sprintf("%s_%d", base, n)
			}
		}
		taken[p.Name] = true
	}
}

// Unknown says whether the head can answer that a photo shows none of its classes.
func (c *Classifier) Unknown() bool {
	return c.head != nil && c.head.Unknown.Set && !c.head.Unknown.Never
}

// Views says whether the head joins what one network sees in several views of a photo.
func (c *Classifier) Views() bool {
	if c.head != nil {
		for _, part := range c.head.Input {
			if len(part) > 1 {
				return true
			}
		}
	}
	for _, l := range c.branches {
		if l.flip {
			return true
		}
	}
	return false
}

// A ref is a tensor of the file that is written.
type ref interface{}

// A sink writes one format. Shapes are those of package graph: rows, columns, channels. A photo is
// one of a batch, which has no axis here. An error names what the format cannot say.
type sink interface {
	// picture is an input of Size × Size × 3 levels from 0 to 255, red first.
	picture(p Picture) ref
	// normalise is (x − mean)/std by channel.
	normalise(x ref, mean, std [3]float64) ref
	// mirror exchanges left and right.
	mirror(x ref) ref
	// layer is one node of a backbone; prefix keeps names of several apart.
	layer(prefix string, g *graph.Graph, n *graph.Node, in []ref, shapes map[string]tensor.Shape) (ref, error)
	// vector flattens x to its elements in order of rows, columns, channels.
	vector(x ref, s tensor.Shape) ref

	// The rest is of heads, on vectors.

	mean(xs []ref) ref
	concat(xs []ref) ref
	// root is sign(x)·√(|x|/Σ|x|), part by part.
	root(x ref, parts []int) (ref, error)
	// affine is (x − mean)·factor.
	affine(x ref, mean, factor []float32) ref
	// dense is w·x + b, w [out][in], and max(0, that) where rectified is set.
	dense(x ref, w, b []float32, out int, rectified bool) ref
	// votes are the logits of nearest neighbours.
	votes(x ref, m *head.Memory, classes int) (ref, error)
	// softmax of logits over a temperature.
	softmax(logits ref, temperature float64) ref
	// strangeness of a standardised vector with its logits.
	strangeness(x, logits ref, u *head.Unknown) (ref, error)

	output(name string, x ref, n int)
}

// Outputs of a file, by name.
const (
	Probabilities = "probabilities" // [classes], adding up to 1
	Features      = "features"      // of a backbone without classes
	Strangeness   = "strangeness"   // [1]: above 1 the photo shows none of the classes
)

// walk writes the classifier.
func (c *Classifier) walk(to sink) error {
	pictures := make([]ref, len(c.Pictures))
	for i, p := range c.Pictures {
		pictures[i] = to.picture(p)
	}
	seen := map[feature.Space]ref{}
	for i := range c.branches {
		l := &c.branches[i]
		x, err := l.walk(to, pictures[l.picture], c.prefix(i))
		if err != nil {
			return fmt.Errorf("%s: %w", l.space, err)
		}
		seen[l.space] = x
	}
	if c.head == nil {
		l := c.branches[0]
		x, n := seen[l.space], l.shapes[l.end].Len()
		if len(c.Labels) == 0 {
			to.output(Features, x, n)
			return nil
		}
		to.output(Probabilities, to.softmax(x, 1), n)
		return nil
	}
	return c.walkHead(to, seen)
}

// prefix is put before the names of a branch's layers.
func (c *Classifier) prefix(i int) string {
	if len(c.branches) == 1 {
		return ""
	}
	return strings.NewReplacer("@", "_", "/", "_").Replace(c.branches[i].space.String()) + "/"
}

// walk writes what a backbone sees in a picture.
func (l *branch) walk(to sink, picture ref, prefix string) (ref, error) {
	if l.flip {
		picture = to.mirror(picture)
	}
	values := map[string]ref{graph.Input: to.normalise(picture, l.prep.Mean, l.prep.Std)}
	needed := l.graph.Needed(l.end)
	for i := range l.graph.Nodes {
		n := &l.graph.Nodes[i]
		if !needed[n.Name] {
			continue
		}
		in := make([]ref, len(n.In))
		for k, name := range n.In {
			in[k] = values[name]
		}
		x, err := to.layer(prefix, l.graph, n, in, l.shapes)
		if err != nil {
			return nil, &graph.Error{Node: n.Name, Err: err}
		}
		values[n.Name] = x
	}
	return to.vector(values[l.end], l.shapes[l.end]), nil
}

// walkHead writes the head over what was seen.
func (c *Classifier) walkHead(to sink, seen map[feature.Space]ref) error {
	h := c.head
	var parts []ref
	for _, part := range h.Input {
		var xs []ref
		for _, s := range part {
			x, ok := seen[s]
			if !ok {
				return fmt.Errorf("the head reads features %q, of which it does not say the length", s)
			}
			xs = append(xs, x)
		}
		if len(xs) == 1 {
			parts = append(parts, xs[0])
			continue
		}
		parts = append(parts, to.mean(xs))
	}
	x := parts[0]
	if len(parts) > 1 {
		x = to.concat(parts)
	}
	if h.Scale.Root {
		var err error
		if x, err = to.root(x, h.Scale.Parts); err != nil {
			return err
		}
	}
	x = to.affine(x, h.Scale.Mean, h.Scale.Factor)
	logits := x
	if h.Memory != nil {
		var err error
		if logits, err = to.votes(x, h.Memory, len(h.Classes)); err != nil {
			return err
		}
	}
	for i, l := range h.Layers {
		logits = to.dense(logits, l.Weight, l.Bias, l.Out, i+1 < len(h.Layers))
	}
	to.output(Probabilities, to.softmax(logits, h.Temperature), len(h.Classes))
	if !c.Unknown() {
		return nil
	}
	strange, err := to.strangeness(x, logits, &h.Unknown)
	if err != nil {
		return err
	}
	to.output(Strangeness, strange, 1)
	return nil
}

// strangers is how strangeness is computed: shift + energy·e + distance·d, e the energy of logits
// over the temperature, d the squared distance to the nearest of rows, [n][D].
type strangers struct {
	rows, squares                        []float32 // squares are the squared lengths of rows
	temperature, energy, distance, shift float64
}

func strange(u *head.Unknown) strangers {
	rows, n, temperature := u.Centres()
	s := strangers{rows: rows, squares: make([]float32, n), temperature: temperature, energy: 1 / u.Energy.Std, distance: head.DistanceShare / u.Distance.Std}
	d := len(rows) / n
	for i := range s.squares {
		sum := 0.0
		for _, v := range rows[i*d : (i+1)*d] {
			sum += float64(v) * float64(v)
		}
		s.squares[i] = float32(sum)
	}
	// 1 + (energy − mean)/std + share·(distance − mean)/std − threshold
	s.shift = 1 - u.Threshold - u.Energy.Mean*s.energy - u.Distance.Mean*s.distance
	return s
}
