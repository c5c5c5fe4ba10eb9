package graph

// Excitations returns the names of the nodes that give the channel scales of
// squeeze-and-excitation (Hu et al. 2017, arXiv 1709.01507, section 3.2), in
// their order. Their outputs, 1×1×C and from 0 to 1, are there after a run if
// [Options.Keep] has them.
func (g *Graph) Excitations() []string {
	gates := map[string]bool{}
	for i := range g.Nodes {
		if op := g.Nodes[i].Op; op == Sigmoid || op == HardSigmoid {
			gates[g.Nodes[i].Name] = true
		}
	}
	var names []string
	for i := range g.Nodes {
		if n := &g.Nodes[i]; n.Op == Mul && len(n.In) == 2 && n.In[0] != n.In[1] && gates[n.In[1]] && !gates[n.In[0]] {
			names = append(names, n.In[1])
		}
	}
	return names
}

// Attentions returns the names of the nodes that attend, in their order. The
// weights of each head are there after a run if [Options.Attention] is set; see
// [Program.Attention].
func (g *Graph) Attentions() []string {
	var names []string
	for i := range g.Nodes {
		if g.Nodes[i].Op == Attention {
			names = append(names, g.Nodes[i].Name)
		}
	}
	return names
}
