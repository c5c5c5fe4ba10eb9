package model

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// Inside are options that keep what there is to see inside a model: its input, the output of every
// layer, and the attention of every head.
func (m *Model) Inside() Options {
	opt := Options{Attention: true, Keep: []string{graph.Input}}
	for i := range m.Graph.Nodes {
		opt.Keep = append(opt.Keep, m.Graph.Nodes[i].Name)
	}
	return opt
}

// Excitation is what one squeeze-and-excitation made of a photo (Hu et al. 2017, arXiv 1709.01507,
// section 3.2).
type Excitation struct {
	Layer  string    // that gives the scales
	Scales []float32 // what each channel was multiplied by, from 0 to 1
}

// Excitations returns the channel scales of the last run, in the order of the layers; none where
// the network has no squeeze-and-excitation. The classifier must keep [graph.Graph.Excitations], as
// [Model.Inside] does.
func (c *Classifier) Excitations() ([]Excitation, error) {
	var all []Excitation
	for _, name := range c.Model.Graph.Excitations() {
		v, err := c.program.Value(name)
		if err != nil {
			return nil, err
		}
		all = append(all, Excitation{name, slices.Clone(v.Data[:v.Len()])})
	}
	return all, nil
}

// Patches is how the tokens of a vision transformer lie in its input: Prefix tokens such as the
// class token, and then rows of patches.
type Patches struct {
	Rows, Columns int
	Down, Right   float64 // from one patch to the next, in pixels of the input
	Prefix        int
}

// Patches tells how the tokens lie; ok is false where the network has none.
func (c *Classifier) Patches() (p Patches, ok bool) {
	g := c.Model.Graph
	shapes, err := g.Shapes(c.program.Input().Shape)
	if err != nil {
		return p, false
	}
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.Op != graph.Tokens {
			continue
		}
		in, size := shapes[n.In[0]], float64(c.prep.Size)
		p = Patches{Rows: in.H, Columns: in.W, Prefix: shapes[n.Name].H - in.H*in.W, Down: size / float64(in.H), Right: size / float64(in.W)}
		// A size that is no multiple of the patches' leaves a margin out.
		for k := range g.Nodes[:i] {
			if of := &g.Nodes[k]; of.Name == n.In[0] && of.Op == graph.Conv && of.In[0] == graph.Input {
				p.Down, p.Right = float64(max(of.Stride[0], 1)), float64(max(of.Stride[1], 1))
			}
		}
		return p, true
	}
	return p, false
}

// HeadAttention sums up where one head of a vision transformer attends to. Means are over the
// patches that attend; the class token's own attention is not in them.
type HeadAttention struct {
	Layer string
	Head  int
	// Distance is the mean attention distance, in pixels of the input: how far from a patch those
	// lie that it attends to, weighted by its attention to them (Dosovitskiy et al. 2020, arXiv
	// 2010.11929, figure 7; Raghu et al. 2021, arXiv 2108.08810, section 4). Between patches it is
	// that of their centres.
	Distance float64
	// Entropy of the attention weights, in bits: 0 where one token has all, the logarithm of the
	// number of tokens where all are attended to alike.
	Entropy float64
	// Prefix is the share of the attention that goes to the tokens in front of the patches, the
	// class token above all; 0 where there are none.
	Prefix float64
}

// AttentionHeads returns what each head of each block did in the last run, none where the network
// does not attend. The classifier must have been made with Options.Attention.
func (c *Classifier) AttentionHeads() ([]HeadAttention, error) {
	names := c.Model.Graph.Attentions()
	if len(names) == 0 {
		return nil, nil
	}
	p, ok := c.Patches()
	if !ok {
		return nil, fmt.Errorf("%s attends, but to no patches of a photo", c.Model.Name)
	}
	var all []HeadAttention
	for _, name := range names {
		a, err := c.program.Attention(name)
		if err != nil {
			return nil, err
		}
		if a.W != p.Prefix+p.Rows*p.Columns {
			return nil, fmt.Errorf("layer %q attends over %d tokens, where there are %d and %d × %d patches", name, a.W, p.Prefix, p.Rows, p.Columns)
		}
		for h := range a.H {
			head := p.summary(a.Data[h*a.W*a.C : (h+1)*a.W*a.C])
			head.Layer, head.Head = name, h
			all = append(all, head)
		}
	}
	return all, nil
}

// summary sums up the weights of one head, [to][from].
func (p Patches) summary(weights []float32) (out HeadAttention) {
	count := p.Rows * p.Columns
	tokens := p.Prefix + count
	for to := range count {
		row := weights[(p.Prefix+to)*tokens:][:tokens]
		for _, w := range row {
			if w > 0 {
				out.Entropy -= float64(w) * math.Log2(float64(w))
			}
		}
		for _, w := range row[:p.Prefix] {
			out.Prefix += float64(w)
		}
		sum, far := 0.0, 0.0
		for from, w := range row[p.Prefix:] {
			dy := p.Down * float64(from/p.Columns-to/p.Columns)
			dx := p.Right * float64(from%p.Columns-to%p.Columns)
			sum += float64(w)
			far += float64(w) * math.Hypot(dy, dx)
		}
		if sum > 0 {
			out.Distance += far / sum
		}
	}
	out.Distance /= float64(count)
	out.Entropy /= float64(count)
	out.Prefix /= float64(count)
	return out
}

// MapStatistics sums up feature maps.
type MapStatistics struct {
	Min, Mean, Max float32
	Zeros          float64 // share of elements that are exactly 0, as ReLU leaves them
	Silent         int     // channels that are 0 everywhere
	// Channels are all channels, those with the largest mean magnitude first.
	Channels []int
}

// StatisticsOf sums up feature maps [H][W][C] with at least one element.
func StatisticsOf(t tensor.Tensor) MapStatistics {
	x := t.Data[:t.Len()]
	s := MapStatistics{Min: slices.Min(x), Max: slices.Max(x)}
	sum, zeros := 0.0, 0
	size := make([]float64, t.C)
	for i, v := range x {
		sum += float64(v)
		size[i%t.C] += math.Abs(float64(v))
		if v == 0 {
			zeros++
		}
	}
	s.Mean = float32(sum / float64(len(x)))
	s.Zeros = float64(zeros) / float64(len(x))
	for _, v := range size {
		if v == 0 {
			s.Silent++
		}
	}
	s.Channels = descending(size)
	return s
}

// descending returns the indices of x, of the largest first.
func descending[T float32 | float64](x []T) []int {
	order := make([]int, len(x))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(x[b], x[a]) })
	return order
}

// Range returns the least, the mean and the largest of the scales.
func (e Excitation) Range() (least, mean, most float32) {
	s := StatisticsOf(tensor.Tensor{Shape: tensor.Shape{H: 1, W: 1, C: len(e.Scales)}, Data: e.Scales})
	return s.Min, s.Mean, s.Max
}

// Order returns the channels of an excitation, that with the largest scale first.
func (e Excitation) Order() []int { return descending(e.Scales) }
