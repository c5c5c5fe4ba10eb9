package graph

import (
	"fmt"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

const (
	// Tokens turns a grid of H×W×C patches into P+H·W tokens of C channels, puts P learnt tokens in
	// front, and adds the position embeddings. Token has those: [C] the class token, [P][C] that
	// and others behind it, registers (Darcet et al. 2023, arXiv 2309.16588) or DeiT's distillation
	// token; "" none. The positions Weight ([T][C]) are for the Prefix first tokens, from 0 to P,
	// then for the patches, resampled bicubically when the grid is not the Grid they were trained
	// on (Dosovitskiy et al. 2020, arXiv 2010.11929, sections 3.1 and 3.2).
	Tokens Op = "tokens"
	// Attention is multi-head self-attention without its projections: the input has 3·C channels,
	// queries, keys and values; the output C (Vaswani et al. 2017, arXiv 1706.03762, section 3.2).
	Attention Op = "attention"
	// Token picks token number Index: H×1×C → 1×1×C.
	Token Op = "token"
	// DropToken leaves out the first Index tokens; 0 stands for 1.
	DropToken Op = "droptoken"
)

var (
	tokens = operator{
		op: Tokens, inputs: 1,
		shape: func(g *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) { return g.tokens(n, in[0]) },
		lower: func(c *compiler, n *Node, j kernel.Job, x value) { c.tokens(n, j, x) },
	}
	attention = operator{
		op: Attention, inputs: 1,
		written: func(n *Node, _ tensor.Shape, _ bool) string { return fmt.Sprintf("attention, %d heads", n.Heads) },
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			x := in[0]
			if n.Heads < 1 || x.W != 1 || x.C%(3*n.Heads) != 0 {
				return x, fmt.Errorf("%v cannot be queries, keys and values of %d heads", x, n.Heads)
			}
			return tensor.Shape{H: x.H, W: 1, C: x.C / 3}, nil
		},
		macs: func(_ *Graph, _ *Node, x, out tensor.Shape) int64 { return 2 * int64(x.H) * int64(x.H) * int64(out.C) },
		lower: func(c *compiler, n *Node, j kernel.Job, x value) {
			j.Kind = kernel.Attention
			j.M, j.Groups = x.shape.H, n.Heads
			// Every item lays the keys and values of its head out anew, so a head is cut only where
			// its scores would not stay in the second-level cache, and where the threads would not
			// share the heads evenly.
			cuts := ceil(j.M*j.M, 1<<18)
			for more := 0; more < 4 && n.Heads*cuts%c.opt.Threads != 0; more++ {
				cuts++
			}
			j.RowBlock = roundUp(ceil(j.M, cuts), rowTile)
			macs := c.macs(n)
			if !c.opt.Attention {
				c.emit(n, j, x, nil, macs)
				return
			}
			maps := c.newValue(tensor.Shape{H: n.Heads, W: j.M, C: j.M})
			c.values[attentionName(n.Name)] = maps
			c.wanted[attentionName(n.Name)] = true
			c.emit(n, j, x, &maps, macs)
		},
	}
	token = operator{
		op: Token, inputs: 1, written: called("class token"),
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			x := in[0]
			if n.Index < 0 || n.Index >= x.H || x.W != 1 {
				return x, fmt.Errorf("there is no token %d in %v", n.Index, x)
			}
			return tensor.Shape{H: 1, W: 1, C: x.C}, nil
		},
		lower: func(c *compiler, n *Node, _ kernel.Job, x value) { c.alias(n, x, n.Index*x.shape.C) },
	}
	dropToken = operator{
		op: DropToken, inputs: 1,
		shape: func(_ *Graph, n *Node, in []tensor.Shape) (tensor.Shape, error) {
			x := in[0]
			if n.Index < 0 || x.H <= n.dropped() || x.W != 1 {
				return x, fmt.Errorf("%v has not %d tokens to leave out", x, n.dropped())
			}
			return tensor.Shape{H: x.H - n.dropped(), W: 1, C: x.C}, nil
		},
		lower: func(c *compiler, n *Node, _ kernel.Job, x value) { c.alias(n, x, n.dropped()*x.shape.C) },
	}
)

// dropped is the number of tokens that a DropToken leaves out.
func (n *Node) dropped() int { return max(n.Index, 1) }
