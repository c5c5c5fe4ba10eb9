package model

import (
	"slices"

	"homeroom/core/graph"
)

// Distinct tells how many pictures the maps are worth, from 1 to as many as there are: the
// participation ratio (Σλ)² / Σλ² of the variances λ along the principal components of the maps
// over their places. It is 1 where all maps are one picture in different strengths, and n where n
// maps of equal strength have nothing in common; 0 where no map varies. Maps count by how strongly
// they vary, as they do for the eye on a sheet that is drawn on one scale.
func (m Maps) Distinct() float64 {
	rows, columns := m.Rows, m.Columns
	planes := m.Planes
	if m.Rows > mostPlaces || m.Columns > mostPlaces { // fine detail costs much and adds little
		rows, columns = min(rows, mostPlaces), min(columns, mostPlaces)
		planes = make([][]float32, len(m.Planes))
		for k, plane := range m.Planes {
			planes[k] = shrunk(plane, m.Rows, m.Columns, rows, columns)
		}
	}
	places, maps := rows*columns, len(planes)
	centred := make([][]float64, maps)
	all := 0.0
	for k, plane := range planes {
		mean := 0.0
		for _, v := range plane {
			mean += float64(v) / float64(places)
		}
		centred[k] = make([]float64, places)
		for i, v := range plane {
			centred[k][i] = float64(v) - mean
			all += centred[k][i] * centred[k][i]
		}
	}
	if maps > places { // the products of places have the same variances, and are fewer
		turned := make([][]float64, places)
		for i := range turned {
			turned[i] = make([]float64, maps)
			for k := range centred {
				turned[i][k] = centred[k][i]
			}
		}
		centred = turned
	}
	squares := 0.0
	for i, a := range centred {
		for j, b := range centred[:i+1] {
			dot := 0.0
			for k, v := range a {
				dot += v * b[k]
			}
			if squares += dot * dot; j < i {
				squares += dot * dot
			}
		}
	}
	if squares == 0 {
		return 0
	}
	return all * all / squares
}

// mostPlaces is how many rows and columns of a map Distinct looks at.
const mostPlaces = 28

// shrunk is a map of fewer places, each the mean of those that it stands for.
func shrunk(plane []float32, h, w, rows, columns int) []float32 {
	out := make([]float32, 0, rows*columns)
	for r := range rows {
		for c := range columns {
			sum, n := float32(0), float32(0)
			for y := r * h / rows; y < (r+1)*h/rows; y++ {
				for x := c * w / columns; x < (c+1)*w/columns; x++ {
					sum, n = sum+plane[y*w+x], n+1
				}
			}
			out = append(out, sum/n)
		}
	}
	return out
}

// Views are the layers of which one is opened on where somebody looks inside: of a vision
// transformer its attentions; of another network, of each size that its maps have at an input size,
// 0 for the usual one, the end of the last block that has a shortcut, or else the last layer.
func (m *Model) Views(size int) ([]string, error) {
	if all := m.Graph.Attentions(); len(all) > 0 {
		return all, nil
	}
	shapes, err := m.Graph.Shapes(m.InputShape(size))
	if err != nil {
		return nil, err
	}
	var out []string
	sides, adds, ends := [2]int{}, map[string]bool{}, false
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		s := shapes[n.Name]
		adds[n.Name] = n.Op == graph.Add
		end := n.Op == graph.Add || n.Op.Activates() && adds[n.In[0]]
		switch {
		case s.Pixels() <= 1 || n.Op == graph.Softmax:
		case [2]int{s.H, s.W} != sides:
			out, sides, ends = append(out, n.Name), [2]int{s.H, s.W}, end
		case end || !ends:
			out[len(out)-1], ends = n.Name, end
		}
	}
	return out, nil
}

// ShowsMost is the layer among some whose maps are worth the most pictures in the last run (see
// [Maps.Distinct]), which the classifier must keep, and how many that is. Of several that are worth
// as many it is the first.
func (c *Classifier) ShowsMost(layers []string) (layer string, pictures float64, err error) {
	for _, name := range layers {
		m, err := c.Maps(name)
		if err != nil {
			return "", 0, err
		}
		if n := m.Distinct(); layer == "" || n > pictures {
			layer, pictures = name, n
		}
	}
	return layer, pictures, nil
}

// A Kind is what layers at a depth of a network for photos mostly answer to.
type Kind string

// The kinds, from the first layers to the last.
const (
	Edges    Kind = "edges"
	Textures Kind = "textures"
	Parts    Kind = "parts"
	Things   Kind = "things"
)

// Kinds tells of each layer with maps what layers as deep mostly answer to: by the share of the
// network's convolutions that lie on the longest way to it, up to a fifth edges, a half textures,
// four fifths parts, and then things. In AlexNet, whose five layers were looked at photo by photo
// (Zeiler and Fergus 2014, arXiv 1311.2901, figure 2), these are layer 1, layer 2, layers 3 and 4,
// and layer 5. It is a rule of thumb: what a layer of this network answers to only its maps tell.
// Transformers, in which every layer sees everything, have none.
func (m *Model) Kinds() map[string]Kind {
	out := map[string]Kind{}
	if m.Attends() {
		return out
	}
	shapes, err := m.Graph.Shapes(m.InputShape(0))
	if err != nil {
		return out
	}
	depth, deepest := map[string]int{}, 0
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		d := 0
		for _, in := range n.In {
			d = max(d, depth[in])
		}
		if n.Op == graph.Conv && shapes[n.Name].Pixels() > 1 {
			d++
		}
		depth[n.Name] = d
		deepest = max(deepest, d)
	}
	for _, n := range m.Graph.Nodes {
		if shapes[n.Name].Pixels() <= 1 || depth[n.Name] == 0 {
			continue
		}
		share := float64(depth[n.Name]) / float64(deepest)
		at := slices.IndexFunc(shares[:], func(most float64) bool { return share <= most })
		out[n.Name] = [...]Kind{Edges, Textures, Parts, Things}[at]
	}
	return out
}

// shares are up to which share of the depth each kind reaches.
var shares = [...]float64{0.2, 0.5, 0.8, 1}
