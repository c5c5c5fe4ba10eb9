package graph

import "homeroom/core/tensor"

// Cost is what one layer takes.
type Cost struct {
	Node   *Node
	Out    tensor.Shape
	Params int   // parameters, batch norm's running statistics left out
	Bytes  int   // parameters as stored
	MACs   int64 // multiply-adds of convolutions, dense layers and attention
}

// Costs returns the cost of every layer at an input shape.
func (g *Graph) Costs(in tensor.Shape) ([]Cost, error) {
	shapes, err := g.Shapes(in)
	if err != nil {
		return nil, err
	}
	var costs []Cost
	for i := range g.Nodes {
		n := &g.Nodes[i]
		c := Cost{Node: n, Out: shapes[n.Name]}
		for _, name := range []string{n.Weight, n.Bias, n.Token, n.Mean, n.Var} {
			if t := g.Params[name]; t != nil {
				if name == n.Weight || name == n.Bias || name == n.Token {
					c.Params += t.Len()
				}
				c.Bytes += len(t.Data) + 4*len(t.Scale)
			}
		}
		if macs := operators[n.Op].macs; macs != nil {
			c.MACs = macs(g, n, shapes[n.In[0]], c.Out)
		}
		costs = append(costs, c)
	}
	return costs, nil
}
