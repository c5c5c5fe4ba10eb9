package graph

// Excitations returns the names of the nodes that give the channel scales of squeeze-and-excitation
// (Hu et al. 2017, arXiv 1709.01507, section 3.2), in their order. Their outputs, 1×1×C and from 0
// to 1, are there after a run if [Options.Keep] has them.
func (g *Graph) Excitations() []string {
	nodes := make(map[string]*Node, len(g.Nodes))
	for i := range g.Nodes {
		nodes[g.Nodes[i].Name] = &g.Nodes[i]
	}
	var names []string
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.Op == Mul && len(n.In) == 2 && n.In[0] != n.In[1] && excites(nodes, n.In[1]) {
			names = append(names, n.In[1])
		}
	}
	return names
}

// excites says whether a node is a gate on layers of single vectors that begin with a squeeze.
func excites(nodes map[string]*Node, name string) bool {
	n := nodes[name]
	if n == nil || n.Op != Sigmoid && n.Op != HardSigmoid {
		return false
	}
	for n = nodes[n.In[0]]; n != nil; n = nodes[n.In[0]] {
		switch n.Op {
		case GAP:
			return true
		case AdaptiveAvgPool:
			return n.Kernel == [2]int{1, 1}
		case Conv, Dense, BatchNorm, LayerNorm:
		default:
			if !n.Op.Activates() {
				return false
			}
		}
	}
	return false
}

// Attentions returns the names of the nodes that attend, in their order. The weights of each head
// are there after a run if [Options.Attention] is set; see [Program.Attention].
func (g *Graph) Attentions() []string {
	var names []string
	for i := range g.Nodes {
		if g.Nodes[i].Op == Attention {
			names = append(names, g.Nodes[i].Name)
		}
	}
	return names
}
