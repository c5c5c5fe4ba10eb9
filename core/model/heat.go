package model

import (
	"fmt"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Attends tells whether the model is a vision transformer: its heat maps are roll-outs of
// attention, and the same for every class.
func (m *Model) Attends() bool { return len(m.Graph.Attentions()) > 0 }

// Attentive tells whether the classifier keeps the attention of a vision transformer, so that
// Rollout can be asked for after a run.
func (c *Classifier) Attentive() bool {
	names := c.Model.Graph.Attentions()
	if len(names) == 0 {
		return false
	}
	_, err := c.program.Attention(names[0])
	return err == nil
}

// heatKeeps names the layers whose outputs a heat map is made of, none where there are none.
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

// tail returns the layer that gives the last feature map, and those from there to the logits, in
// order. Where the graph names no such map, the layers are walked back from the logits to the first
// that still has positions, past poolings: the last convolution of networks with a flattened head.
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
		case n != nil && len(n.In) == 1 && n.Op.Traceable():
		case n == nil || named:
			return "", nil, fmt.Errorf("the layers behind the last feature map of %s are of kinds that no heat map is made through", m.Name)
		default:
			break walk
		}
		// An activation belongs to its convolution.
		if before := byName[n.In[0]]; !named && n.Op.Activates() && before != nil && before.Op == graph.Conv {
			break
		}
		nodes = append(nodes, n)
	}
	slices.Reverse(nodes)
	return at, nodes, nil
}

// HeatMap returns the evidence for a class of the model's own at each position of the last feature
// map of the last run, as H×W×1: the class activation map of Zhou et al. 2016 (arXiv 1512.04150,
// equation 2), less the mean over all classes, since a softmax knows differences only. Below 0 a
// position speaks against the class. Its mean over positions is what the features add to the logit,
// above the mean of all logits, where one linear layer follows the average; layers in between, and
// flattened heads, are taken by their slope at this photo (each position's features times the slope
// of the logit, as in Draelos and Carin 2020, arXiv 2011.08891).
//
// Of a vision transformer it is [Classifier.Rollout], whatever the class. The classifier must have
// been made with Options.Heat.
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
		if x, err = c.Model.Graph.Forward(n, x); err != nil {
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
		if back, err = c.Model.Graph.Backward(n, read[i], back); err != nil {
			return tensor.Tensor{}, err
		}
	}
	out := tensor.New(m.H, m.W, 1)
	for p := range m.H * m.W {
		sum := 0.0
		for j := range m.C {
			sum += float64(m.Data[p*m.C+j]) * float64(back.Data[p*m.C+j])
		}
		// The slope of an average is shared out among the positions: times their number, the mean
		// of the map is what they add together.
		out.Data[p] = float32(sum * float64(m.H*m.W))
	}
	return out, nil
}

// HeatMaps returns the evidence for a class of a taught head at the places of a photo: a map for
// each view of each network that the head reads, which add up (see [head.Head.HeatMap] and
// [photo.HeatLayer]). The photo passes through the network again. open returns the classifier of a
// plain feature space, made with Options.Heat. vectors are the photo's features as
// [head.Head.Answer] takes them.
//
// Where the first network is a vision transformer it is the roll-out of its attention to the plain
// photo alone, and rollout is true; behind others transformers are left out, since the two do not
// add up.
func HeatMaps(h *head.Head, class int, p *photo.Photo, vectors [][]float32, open func(plain feature.Space) (*Classifier, error)) (maps []photo.Heat, rollout bool, err error) {
	if class < 0 || class >= len(h.Classes) {
		return nil, false, fmt.Errorf("there is no class %d of %d to make a heat map for", class, len(h.Classes))
	}
	for _, s := range h.Spaces {
		view := s.Name.View
		c, err := open(s.Name.Of(feature.Plain))
		if err != nil {
			return nil, false, err
		}
		if c.Model.Attends() && len(maps) > 0 {
			continue
		}
		if c.Model.Attends() {
			view = feature.Plain
		}
		if _, err := c.Features(p, view); err != nil {
			return nil, false, err
		}
		if c.Model.Attends() {
			m, err := c.Rollout()
			return []photo.Heat{{Map: m, Seen: c.Seen(p.Size())}}, true, err
		}
		m, err := c.FeatureMap()
		if err != nil {
			return nil, false, err
		}
		if m, err = h.HeatMap(class, vectors, s.Name, m); err != nil {
			return nil, false, err
		}
		if view == feature.Flip {
			for row := range m.H {
				slices.Reverse(m.Data[row*m.W : (row+1)*m.W])
			}
		}
		maps = append(maps, photo.Heat{Map: m, Seen: viewed(c.prep, view).Seen(p.Size())})
	}
	return maps, false, nil
}

// Seen returns the part of a photo of w × h pixels that this classifier sees.
func (c *Classifier) Seen(w, h int) photo.Part { return c.prep.Seen(w, h) }
