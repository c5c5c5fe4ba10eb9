package model

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Attends tells whether the model is a vision transformer: its heat maps are
// roll-outs of attention, and the same for every class.
func (m *Model) Attends() bool { return len(m.Graph.Attentions()) > 0 }

// Attentive tells whether the classifier keeps the attention of a vision
// transformer, so that Rollout can be asked for after a run.
func (c *Classifier) Attentive() bool {
	names := c.Model.Graph.Attentions()
	if len(names) == 0 {
		return false
	}
	_, err := c.program.Attention(names[0])
	return err == nil
}

// heatKeeps names the layers whose outputs a heat map is made of, none where
// there are none.
func (m *Model) heatKeeps() []string {
	if m.Attends() {
		return nil
	}
	at, _, err := m.tail()
	if err != nil {
		return nil
	}
	if f := m.Graph.Feature; f != "" {
		return []string{at, f}
	}
	return []string{at}
}

// tail returns the layer that gives the last feature map, and those from there
// to the logits, in order. Where the graph names no such map, the layers are
// walked back from the logits to the first that still has positions, past
// poolings: the last convolution of networks with a flattened head.
func (m *Model) tail() (at string, nodes []*graph.Node, err error) {
	byName := map[string]*graph.Node{}
	for i := range m.Graph.Nodes {
		byName[m.Graph.Nodes[i].Name] = &m.Graph.Nodes[i]
	}
	named := m.Graph.Map != ""
walk:
	for at = m.Graph.Output; at != m.Graph.Map; at = nodes[len(nodes)-1].In[0] {
		n := byName[at]
		switch {
		case n != nil && len(n.In) == 1 && headed[n.Op]:
		case n == nil || named:
			return "", nil, fmt.Errorf("the layers behind the last feature map of %s are of kinds that no heat map is made through", m.Name)
		default:
			break walk
		}
		// An activation belongs to its convolution.
		if before := byName[n.In[0]]; !named && activations[n.Op] != nil && before != nil && before.Op == graph.Conv {
			break
		}
		nodes = append(nodes, n)
	}
	slices.Reverse(nodes)
	return at, nodes, nil
}

// headed are the layers that a heat map is followed through.
var headed = map[graph.Op]bool{
	graph.Dense: true, graph.GAP: true, graph.AvgPool: true, graph.MaxPool: true, graph.AdaptiveAvgPool: true, graph.Flatten: true,
	graph.ReLU: true, graph.ReLU6: true, graph.HardSwish: true, graph.SiLU: true, graph.GELU: true, graph.Tanh: true, graph.Sigmoid: true,
	graph.HardSigmoid: true,
}

// HeatMap returns the evidence for a class of the model's own at each position
// of the last feature map of the last run, as H×W×1: the class activation map
// of Zhou et al. 2016 (arXiv 1512.04150, equation 2), less the mean over all
// classes, since a softmax knows differences only. Below 0 a position speaks
// against the class. Its mean over positions is what the features add to the
// logit, above the mean of all logits, where one linear layer follows the
// average; layers in between, and flattened heads, are taken by their slope at
// this photo (each position's features times the slope of the logit, as in
// Draelos and Carin 2020, arXiv 2011.08891).
//
// Of a vision transformer it is [Classifier.Rollout], whatever the class. The
// classifier must have been made with Options.Heat.
func (c *Classifier) HeatMap(class int) (tensor.Tensor, error) {
	if n := len(c.Model.Labels); class < 0 || class >= n {
		return tensor.Tensor{}, fmt.Errorf("there is no class %d of %d to make a heat map for", class, n)
	}
	if c.Model.Attends() {
		return c.Rollout()
	}
	at, nodes, err := c.Model.tail()
	if err != nil {
		return tensor.Tensor{}, err
	}
	m, err := c.program.Value(at)
	if err != nil {
		return tensor.Tensor{}, err
	}
	if m.H*m.W == 1 {
		return tensor.Tensor{}, fmt.Errorf("nothing is left of a photo's positions in the last feature map of %s", c.Model.Name)
	}
	// Forth, to know what each layer read.
	read := make([]tensor.Tensor, len(nodes))
	x := m
	for i, n := range nodes {
		read[i] = x
		if x, err = c.forth(n, x); err != nil {
			return tensor.Tensor{}, err
		}
	}
	// Back: the slope of the class's logit, less that of the mean of all.
	back := tensor.New(x.H, x.W, x.C)
	for k := range back.Data[:x.Len()] {
		back.Data[k] = -1 / float32(x.Len())
	}
	back.Data[class]++
	for i, n := range slices.Backward(nodes) {
		if back, err = c.back(n, read[i], back); err != nil {
			return tensor.Tensor{}, err
		}
	}
	out := tensor.New(m.H, m.W, 1)
	for p := range m.H * m.W {
		sum := 0.0
		for j := range m.C {
			sum += float64(m.Data[p*m.C+j]) * float64(back.Data[p*m.C+j])
		}
		// The slope of an average is shared out among the positions: times
		// their number, the mean of the map is what they add together.
		out.Data[p] = float32(sum * float64(m.H*m.W))
	}
	return out, nil
}

// HeatMaps returns the evidence for a class of a taught head at the places of a
// photo: a map for each view of each network that the head reads, which add up
// (see [head.Head.HeatMap] and [photo.HeatLayer]). The photo is looked at again.
// open returns the classifier of a feature space as [SpaceName] names it without a view, made with Options.Heat. vectors are
// the photo's features as [head.Head.Answer] takes them.
//
// Where the first network is a vision transformer it is the roll-out of its
// attention to the plain photo alone, and rollout is true; behind others
// transformers are left out, since the two do not add up.
func HeatMaps(h *head.Head, class int, p *photo.Photo, vectors [][]float32, open func(space string) (*Classifier, error)) (maps []photo.Heat, rollout bool, err error) {
	if class < 0 || class >= len(h.Classes) {
		return nil, false, fmt.Errorf("there is no class %d of %d to make a heat map for", class, len(h.Classes))
	}
	for _, s := range h.Spaces {
		base, v, _ := strings.Cut(s.Name, "/")
		view := View(v)
		c, err := open(base)
		if err != nil {
			return nil, false, err
		}
		if c.Model.Attends() && len(maps) > 0 {
			continue
		}
		if c.Model.Attends() {
			view = Plain
		}
		if _, err := c.Features(p, view); err != nil {
			return nil, false, err
		}
		if c.Model.Attends() {
			m, err := c.Rollout()
			return []photo.Heat{{Map: m, Seen: c.Seen(p.Width, p.Height)}}, true, err
		}
		m, err := c.FeatureMap()
		if err != nil {
			return nil, false, err
		}
		if m, err = h.HeatMap(class, vectors, s.Name, m); err != nil {
			return nil, false, err
		}
		if view == Flip {
			for row := range m.H {
				slices.Reverse(m.Data[row*m.W : (row+1)*m.W])
			}
		}
		maps = append(maps, photo.Heat{Map: m, Seen: c.viewed(view).Seen(p.Width, p.Height)})
	}
	return maps, false, nil
}

// Seen returns the part of a photo of w × h pixels that this classifier looks
// at.
func (c *Classifier) Seen(w, h int) photo.Part { return c.prep.Seen(w, h) }

var errThrough = errors.New("no heat map is made through this layer")

// forth computes a layer of the tail.
func (c *Classifier) forth(n *graph.Node, x tensor.Tensor) (tensor.Tensor, error) {
	shape, err := c.Model.Graph.NodeShape(n, map[string]tensor.Shape{n.In[0]: x.Shape})
	if err != nil {
		return x, err
	}
	y := tensor.New(shape.H, shape.W, shape.C)
	switch n.Op {
	case graph.Dense:
		bias := make([]float32, shape.C)
		if n.Bias != "" {
			c.Model.Graph.Params[n.Bias].Floats(bias)
		}
		c.rows(n, x.C, func(o int, w []float32) {
			for p := range x.H * x.W {
				sum := bias[o]
				for j, v := range x.Data[p*x.C : (p+1)*x.C] {
					sum += v * w[j]
				}
				y.Data[p*y.C+o] = sum
			}
		})
	case graph.Flatten:
		copy(y.Data, x.Data[:x.Len()])
	case graph.GAP, graph.AvgPool, graph.MaxPool, graph.AdaptiveAvgPool:
		err = pool(n, x.Shape, y.Shape, func(to int, from []int) {
			for ch := range x.C {
				y.Data[to+ch] = float32(math.Inf(-1))
				if n.Op != graph.MaxPool {
					y.Data[to+ch] = 0
				}
				for _, f := range from {
					if n.Op == graph.MaxPool {
						y.Data[to+ch] = max(y.Data[to+ch], x.Data[f+ch])
					} else {
						y.Data[to+ch] += x.Data[f+ch] / float32(len(from))
					}
				}
			}
		})
	default:
		act := activations[n.Op]
		if act == nil {
			return x, &graph.Error{Node: n.Name, Err: errThrough}
		}
		for i, v := range x.Data[:x.Len()] {
			y.Data[i] = float32(act(float64(v)))
		}
	}
	return y, err
}

// back returns the slopes of what a layer read, x, from those of what it gave.
func (c *Classifier) back(n *graph.Node, x, slope tensor.Tensor) (tensor.Tensor, error) {
	down := tensor.New(x.H, x.W, x.C)
	var err error
	switch n.Op {
	case graph.Dense:
		c.rows(n, x.C, func(o int, w []float32) {
			for p := range x.H * x.W {
				s := slope.Data[p*slope.C+o]
				if s == 0 {
					continue
				}
				for j, v := range w {
					down.Data[p*x.C+j] += s * v
				}
			}
		})
	case graph.Flatten:
		copy(down.Data, slope.Data[:slope.Len()])
	case graph.GAP, graph.AvgPool, graph.MaxPool, graph.AdaptiveAvgPool:
		err = pool(n, x.Shape, slope.Shape, func(to int, from []int) {
			for ch := range x.C {
				if n.Op != graph.MaxPool {
					for _, f := range from {
						down.Data[f+ch] += slope.Data[to+ch] / float32(len(from))
					}
					continue
				}
				top := from[0]
				for _, f := range from {
					if x.Data[f+ch] > x.Data[top+ch] {
						top = f
					}
				}
				down.Data[top+ch] += slope.Data[to+ch]
			}
		})
	default:
		act := activations[n.Op]
		if act == nil {
			return x, &graph.Error{Node: n.Name, Err: errThrough}
		}
		const d = 1e-4
		for i, v := range x.Data[:x.Len()] {
			down.Data[i] = slope.Data[i] * float32((act(float64(v)+d)-act(float64(v)-d))/(2*d))
		}
	}
	return down, err
}

// rows calls f with each row of a fully connected layer's weights.
func (c *Classifier) rows(n *graph.Node, in int, f func(o int, w []float32)) {
	t := c.Model.Graph.Params[n.Weight]
	w := make([]float32, in)
	for o := range t.Dims[0] {
		t.Row(o, w)
		f(o, w)
	}
}

// pool calls f for each position of a pooling's output, with where its channels
// begin and where those of the positions that it reads do. Padding is left out.
func pool(n *graph.Node, x, y tensor.Shape, f func(to int, from []int)) error {
	cell := func(i, in, out int) (int, int) { return i * in / out, ((i+1)*in + out - 1) / out }
	bounds := func(row, column int) (r0, r1, c0, c1 int) {
		r0, r1 = cell(row, x.H, y.H)
		c0, c1 = cell(column, x.W, y.W)
		return
	}
	if n.Op == graph.MaxPool || n.Op == graph.AvgPool {
		w, err := n.Window(x)
		switch {
		case err != nil:
			return err
		case w.DH > 1 || w.DW > 1 || n.Op == graph.AvgPool && n.CountPad && w.Top+w.Left+w.Bottom+w.Right > 0:
			return &graph.Error{Node: n.Name, Err: errThrough}
		}
		bounds = func(row, column int) (r0, r1, c0, c1 int) {
			r0, c0 = row*w.SH-w.Top, column*w.SW-w.Left
			return max(r0, 0), min(r0+w.KH, x.H), max(c0, 0), min(c0+w.KW, x.W)
		}
	}
	var from []int
	for row := range y.H {
		for column := range y.W {
			from = from[:0]
			r0, r1, c0, c1 := bounds(row, column)
			for r := r0; r < r1; r++ {
				for k := c0; k < c1; k++ {
					from = append(from, (r*x.W+k)*x.C)
				}
			}
			f((row*y.W+column)*y.C, from)
		}
	}
	return nil
}

// activations are those that a heat map is followed through.
var activations = map[graph.Op]func(float64) float64{
	graph.ReLU:        func(v float64) float64 { return max(v, 0) },
	graph.ReLU6:       func(v float64) float64 { return min(max(v, 0), 6) },
	graph.HardSigmoid: hardSigmoid,
	graph.HardSwish:   func(v float64) float64 { return v * hardSigmoid(v) },
	graph.Sigmoid:     sigmoid,
	graph.SiLU:        func(v float64) float64 { return v * sigmoid(v) },
	graph.GELU:        func(v float64) float64 { return v * (1 + math.Erf(v/math.Sqrt2)) / 2 },
	graph.Tanh:        math.Tanh,
}

func sigmoid(v float64) float64     { return 1 / (1 + math.Exp(-v)) }
func hardSigmoid(v float64) float64 { return min(max(v+3, 0), 6) / 6 }
