package graph

import (
	"fmt"
	"maps"
	"slices"

	"homeroom/core/pack"
)

// A Shortcut is a skip connection (He et al. 2016, arXiv 1512.03385, section 3.2): an addition of
// what a branch of layers computed to what went past it.
type Shortcut struct {
	Add    string // the layer that adds
	Past   string // that it reads what goes past the branch from
	Branch string // and what the branch computed
	Plain  bool   // what goes past is what the branch reads, unchanged; else a projection of it
}

// Shortcuts returns the skip connections, in the order of their layers: additions of two layers of
// which one has fewer layers between itself and the input.
func (g *Graph) Shortcuts() []Shortcut {
	depth := map[string]int{}
	var out []Shortcut
	for i := range g.Nodes {
		n := &g.Nodes[i]
		for _, name := range n.In {
			depth[n.Name] = max(depth[n.Name], depth[name]+1)
		}
		if n.Op != Add || depth[n.In[0]] == depth[n.In[1]] {
			continue
		}
		s := Shortcut{Add: n.Name, Past: n.In[0], Branch: n.In[1]}
		if depth[s.Past] > depth[s.Branch] {
			s.Past, s.Branch = s.Branch, s.Past
		}
		s.Plain = g.Needed(s.Branch)[s.Past]
		out = append(out, s)
	}
	return out
}

// A Change is made to a network to see what comes of it.
type Change struct {
	// Instead has whatever reads a layer read another that comes before it, of the same shape.
	Instead map[string]string
	// Scale multiplies the channels of a layer's output.
	Scale map[string][]float32
}

// Changed returns the network with a change made; this one stays as it is, and shares its weights.
// It is an error that names the layer where there is none of the name. Whether what is read instead
// fits is seen by [Graph.Shapes].
func (g *Graph) Changed(c Change) (*Graph, error) {
	out := *g
	out.Nodes, out.Params = make([]Node, 0, len(g.Nodes)+len(c.Scale)), maps.Clone(g.Params)
	now, known := map[string]string{}, map[string]bool{Input: true}
	read := func(name string) string {
		if to, is := now[name]; is {
			return to
		}
		return name
	}
	for _, n := range g.Nodes {
		known[n.Name] = true
		n.In = slices.Clone(n.In)
		for i, name := range n.In {
			n.In[i] = read(name)
		}
		out.Nodes = append(out.Nodes, n)
		if to, is := c.Instead[n.Name]; is {
			if !known[to] || to == n.Name {
				return nil, &Error{n.Name, fmt.Errorf("there is no layer %q before it to read instead", to)}
			}
			now[n.Name] = read(to)
		}
		if by := c.Scale[n.Name]; by != nil {
			scaled := Node{Name: n.Name + "\x00scaled", Op: BatchNorm, In: []string{read(n.Name)}, Weight: n.Name + "\x00by", Mean: n.Name + "\x00mean", Var: n.Name + "\x00var"}
			one, none := make([]float32, len(by)), make([]float32, len(by))
			for i := range one {
				one[i] = 1
			}
			for name, values := range map[string][]float32{scaled.Weight: by, scaled.Mean: none, scaled.Var: one} {
				out.Params[name] = pack.Keep(name, []int{len(by)}, values)
			}
			out.Nodes = append(out.Nodes, scaled)
			now[n.Name] = scaled.Name
		}
	}
	for name := range c.Instead {
		if !known[name] {
			return nil, &Error{name, fmt.Errorf("there is none of this name to change")}
		}
	}
	for name := range c.Scale {
		if !known[name] {
			return nil, &Error{name, fmt.Errorf("there is none of this name to change")}
		}
	}
	out.Output = read(out.Output)
	for _, name := range []*string{&out.Feature, &out.Map} {
		if *name != "" {
			*name = read(*name)
		}
	}
	needed := out.Needed(out.Output)
	for _, name := range []string{out.Feature, out.Map} {
		if name != "" && !needed[name] {
			maps.Copy(needed, out.Needed(name))
		}
	}
	out.Nodes = slices.DeleteFunc(out.Nodes, func(n Node) bool { return !needed[n.Name] })
	return &out, nil
}
