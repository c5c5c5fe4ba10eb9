package rounding

import (
	"fmt"

	"gonum.org/v1/gonum/mat"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/core/tensor"
)

// layer is a convolution or a dense layer, with what was seen of its inputs.
type layer struct {
	node   *graph.Node
	groups int
	depth  int // weights of a row: of the window and the in-channels of a group
	rows   int // out-channels
	// Of each group: how many windows were seen, their sum, and the sum of their products.
	seen  float64
	sum   [][]float64
	gram  []*mat.SymDense
	block []*mat.Dense // windows that are not in gram yet
	full  int          // rows of block that are
}

// windowsEach is how many windows of a layer are taken of one photo, at most: neighbours say nearly
// the same.
const windowsEach = 24

// blockLen is how many windows are added to a gram at once.
const blockLen = 192

// layersOf lists the layers that are rounded.
func layersOf(g *graph.Graph) []*layer {
	var out []*layer
	for i := range g.Nodes {
		n := &g.Nodes[i]
		if n.Op != graph.Conv && n.Op != graph.Dense {
			continue
		}
		w := g.Params[n.Weight]
		l := &layer{node: n, groups: max(n.Groups, 1), rows: w.Dims[0], depth: w.Len() / w.Dims[0]}
		for range l.groups {
			l.sum = append(l.sum, make([]float64, l.depth))
			l.gram = append(l.gram, mat.NewSymDense(l.depth, nil))
			l.block = append(l.block, mat.NewDense(blockLen, l.depth, nil))
		}
		out = append(out, l)
	}
	return out
}

// observe runs a network on photos and adds up what its layers multiply.
func observe(m *model.Model, photos []tensor.Tensor) ([]*layer, error) {
	layers := layersOf(m.Graph)
	var keep []string
	for _, l := range layers {
		keep = append(keep, l.node.In[0])
	}
	c, err := model.NewClassifier(m, model.Options{Keep: keep})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	for k, p := range photos {
		c.RunTensor(p)
		for _, l := range layers {
			x := p
			if l.node.In[0] != graph.Input {
				if x, err = c.Program().Value(l.node.In[0]); err != nil {
					return nil, err
				}
			}
			if err := l.see(x, k); err != nil {
				return nil, fmt.Errorf("layer %q: %w", l.node.Name, err)
			}
		}
	}
	for _, l := range layers {
		l.flush()
	}
	return layers, nil
}

// see adds windows of one input, not the same for every photo.
func (l *layer) see(x tensor.Tensor, photo int) error {
	w := graph.Window{KH: 1, KW: 1, SH: 1, SW: 1, DH: 1, DW: 1, OH: x.H, OW: x.W}
	if l.node.Op == graph.Conv {
		var err error
		if w, err = l.node.Window(x.Shape); err != nil {
			return err
		}
	}
	all := w.OH * w.OW
	n := min(all, windowsEach)
	per := x.C / l.groups
	for i := range n {
		at := ((2*i+1)*all/(2*n) + photo*7919) % all
		top, left := at/w.OW*w.SH-w.Top, at%w.OW*w.SW-w.Left
		for g := range l.groups {
			row := l.block[g].RawRowView(l.full)
			k := 0
			for kh := range w.KH {
				for kw := range w.KW {
					y, xx := top+kh*w.DH, left+kw*w.DW
					inside := y >= 0 && y < x.H && xx >= 0 && xx < x.W
					for c := range per {
						row[k] = 0
						if inside {
							row[k] = float64(x.Data[(y*x.W+xx)*x.C+g*per+c])
						}
						l.sum[g][k] += row[k]
						k++
					}
				}
			}
		}
		l.seen++
		if l.full++; l.full == blockLen {
			l.flush()
		}
	}
	return nil
}

// flush adds the block of windows to the grams.
func (l *layer) flush() {
	if l.full == 0 {
		return
	}
	for g := range l.groups {
		l.gram[g].SymRankK(l.gram[g], 1, l.block[g].Slice(0, l.full, 0, l.depth).T())
	}
	l.full = 0
}

// mean returns the mean of what a group multiplies.
func (l *layer) mean(group int) []float64 {
	out := make([]float64, l.depth)
	for i, v := range l.sum[group] {
		out[i] = v / l.seen
	}
	return out
}

// covariance of what a group multiplies. What the mean does to the outputs the bias takes back.
func (l *layer) covariance(group int) *mat.SymDense {
	m := l.mean(group)
	out := mat.NewSymDense(l.depth, nil)
	for i := range l.depth {
		for j := i; j < l.depth; j++ {
			out.SetSym(i, j, l.gram[group].At(i, j)/l.seen-m[i]*m[j])
		}
	}
	return out
}
