package model

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// A Change is what is made otherwise in a network, to see what it is for.
type Change struct {
	// Cut names the additions of skip connections ([graph.Graph.Shortcuts]) that are switched off:
	// what went past a branch is no longer added.
	Cut []string
	// Linear takes out the layers' activations: each layer answers in proportion.
	Linear bool
	// Dropout is, where it is not 0, the lot by which half of what each dense layer but the last
	// reads is set to 0, and the rest is doubled, as while such a network learns (Srivastava et al.
	// 2014, JMLR 15; doubled then, and not halved later).
	Dropout uint64
	// Scales multiply channels of layers.
	Scales []Scale
	// Until names the block of a vision transformer after which the rest is left out.
	Until string
}

// None tells whether nothing is made otherwise.
func (c Change) None() bool {
	return len(c.Cut)+len(c.Scales) == 0 && !c.Linear && c.Dropout == 0 && c.Until == ""
}

// Scale multiplies a channel of a layer.
type Scale struct {
	Layer   string
	Channel int
	By      float64
}

// Changed returns the model with a change made; this one stays as it is, and shares its weights. It
// is an error that a layer is named which the network does not have, or not of that kind.
func (m *Model) Changed(c Change) (*Model, error) {
	change := graph.Change{Instead: map[string]string{}, Scale: map[string][]float32{}}
	shortcuts := m.Graph.Shortcuts()
	for _, name := range c.Cut {
		i := slices.IndexFunc(shortcuts, func(s graph.Shortcut) bool { return s.Add == name })
		if i < 0 {
			return nil, fmt.Errorf("%s has no skip connection that ends in %q", m.Name, name)
		}
		change.Instead[name] = shortcuts[i].Branch
	}
	shapes, err := m.Graph.Shapes(m.InputShape(0))
	if err != nil {
		return nil, err
	}
	last := m.Graph.Output
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		switch {
		case n.Op.Activates() && c.Linear && n.Name != last:
			change.Instead[n.Name] = n.In[0]
		case n.Op == graph.Dense && c.Dropout != 0 && n.Name != last:
			change.Scale[n.In[0]] = dropout(c.Dropout, i, shapes[n.In[0]].C)
		}
	}
	for _, s := range c.Scales {
		channels := shapes[s.Layer].C
		if s.Channel < 0 || s.Channel >= channels {
			return nil, fmt.Errorf("%s has no channel %d in a layer %q", m.Name, s.Channel, s.Layer)
		}
		if change.Scale[s.Layer] == nil {
			change.Scale[s.Layer] = slices.Repeat([]float32{1}, channels)
		}
		change.Scale[s.Layer][s.Channel] *= float32(s.By)
	}
	if c.Until != "" {
		blocks := m.Blocks()
		i := slices.IndexFunc(blocks, func(b Block) bool { return b.Output == c.Until })
		if i < 0 {
			return nil, fmt.Errorf("%s has no block that ends in %q", m.Name, c.Until)
		}
		if i < len(blocks)-1 {
			change.Instead[blocks[len(blocks)-1].Output] = c.Until
		}
	}
	out := *m
	out.Graph, err = m.Graph.Changed(change)
	return &out, err
}

// dropout is 0 or 2 for each channel, by lot.
func dropout(seed uint64, layer, channels int) []float32 {
	lots := rand.New(rand.NewPCG(seed, uint64(layer)))
	by := make([]float32, channels)
	for i := range by {
		by[i] = float32(2 * lots.IntN(2))
	}
	return by
}

// A Block of a vision transformer is an attention and what belongs to it.
type Block struct{ Attention, Output string }

// Blocks returns the blocks of a vision transformer, none of another network: each ends with the
// last addition before the next attention.
func (m *Model) Blocks() (out []Block) {
	for i := range m.Graph.Nodes {
		switch n := &m.Graph.Nodes[i]; {
		case n.Op == graph.Attention:
			out = append(out, Block{Attention: n.Name})
		case n.Op == graph.Add && len(out) > 0:
			out[len(out)-1].Output = n.Name
		}
	}
	return out
}

// Input returns a photo as the network reads it, for [Classifier.RunTensor].
func (c *Classifier) Input(p *photo.Photo) tensor.Tensor {
	x := tensor.New(c.prep.Size, c.prep.Size, 3)
	c.prep.Apply(x, p)
	return x
}

// Crop returns the pixels that the network sees of a photo, RGB, Size × Size.
func (c *Classifier) Crop(p *photo.Photo) []byte { return c.prep.Crop(p) }

// Paint paints cells of an input out, counted row by row in a grid of so many rows and columns: in
// the mean colour of the photos that the network learnt from, which is 0 to it.
func Paint(x tensor.Tensor, grid int, cells []int) {
	for _, cell := range cells {
		if cell < 0 || cell >= grid*grid {
			continue
		}
		row, column := cell/grid, cell%grid
		for y := row * x.H / grid; y < (row+1)*x.H/grid; y++ {
			clear(x.Data[(y*x.W+column*x.W/grid)*x.C : (y*x.W+(column+1)*x.W/grid)*x.C])
		}
	}
}

// Occlusions runs a photo with each cell of a grid painted out in turn (Zeiler and Fergus 2014,
// arXiv 1311.2901, section 4.2), and calls see with the number of the cell after each run.
func (c *Classifier) Occlusions(p *photo.Photo, grid int, see func(cell int)) {
	whole := c.Input(p)
	painted := tensor.New(whole.H, whole.W, whole.C)
	for cell := range grid * grid {
		copy(painted.Data, whole.Data)
		Paint(painted, grid, []int{cell})
		c.RunTensor(painted)
		see(cell)
	}
}
