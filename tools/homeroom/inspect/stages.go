package inspect

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/tensor"
	"homeroom/tools/homeroom/console"
)

// stage is a row of a table as papers have it: blocks or layers that follow one another and are
// alike. The first may have a stride and other input channels.
type stage struct {
	in, out  tensor.Shape
	operator string
	expanded []int   // channels of the depthwise convolutions of inverted residuals, each number once
	ratio    float64 // of those to the block's input
	n        int     // how often it is repeated
	stride   int     // of the first
	params   int64
	macs     int64
}

// printStages prints a network as the tables of papers do: what it does to maps of which size,
// blocks of one kind in one row.
func printStages(out io.Writer, g *graph.Graph, in tensor.Shape) error {
	all, err := stagesOf(g, in)
	if err != nil {
		return err
	}
	rows := [][]string{{"input", "operator", "output", "expansion", "n", "stride", "parameters", "multiply-adds"}}
	var params, macs int64
	for _, s := range all {
		params, macs = params+s.params, macs+s.macs
		expansion := ""
		if s.ratio > 0 {
			list := make([]string, len(s.expanded))
			for i, c := range s.expanded {
				list[i] = fmt.Sprint(c)
			}
			expansion = fmt.Sprintf("%s (×%.3g)", strings.Join(list, ", "), s.ratio)
		}
		rows = append(rows, []string{s.in.String(), s.operator, s.out.String(), expansion, fmt.Sprint(s.n), fmt.Sprint(s.stride), console.Grouped(s.params), console.Grouped(s.macs)})
	}
	if err := writeTable(out, rows, 4); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n%s parameters, %s multiply-adds at %v\n", console.Grouped(params), console.Grouped(macs), in)
	return err
}

// stagesOf cuts a network into stages.
func stagesOf(g *graph.Graph, in tensor.Shape) ([]stage, error) {
	costs, err := g.Costs(in)
	if err != nil {
		return nil, err
	}
	c := &cutter{costs: costs, in: in, index: map[string]int{graph.Input: -1}}
	for i, k := range costs {
		c.index[k.Node.Name] = i
	}
	var all []stage
	for _, b := range c.blocks() {
		s := c.stage(b)
		if k := len(all) - 1; k >= 0 {
			last := &all[k]
			if s.operator == "" { // a norm or the like goes with what it follows
				last.out, last.params, last.macs = s.out, last.params+s.params, last.macs+s.macs
				continue
			}
			if s.operator == last.operator && s.ratio == last.ratio && s.out == last.out && s.stride == 1 && s.repeats() {
				last.n++
				last.params, last.macs = last.params+s.params, last.macs+s.macs
				for _, e := range s.expanded {
					if !slices.Contains(last.expanded, e) {
						last.expanded = append(last.expanded, e)
					}
				}
				continue
			}
		}
		if s.operator == "" {
			s.operator = string(costs[b.from].Node.Op)
		}
		all = append(all, s)
	}
	return all, nil
}

// repeats says whether a stage may be a repetition of one before it, as blocks and convolutions
// are: those stand for others of other input channels.
func (s *stage) repeats() bool {
	return !strings.HasPrefix(s.operator, "dense") && !strings.Contains(s.operator, "pool")
}

// block is a stretch of layers that papers name in one: an inverted residual, a residual block, a
// block of a transformer, or a single layer.
type block struct{ from, to int } // first and last layer

// cutter finds the blocks of a network.
type cutter struct {
	costs []graph.Cost
	in    tensor.Shape
	index map[string]int // −1 for the input
}

func (c *cutter) node(i int) *graph.Node { return c.costs[i].Node }

// before is the layer whose output a layer reads first, −1 for the input.
func (c *cutter) before(i int) int { return c.index[c.node(i).In[0]] }

// blocks cuts the network, in its order.
func (c *cutter) blocks() []block {
	var residuals []block
	for i := range c.costs {
		if c.node(i).Op != graph.Add {
			continue
		}
		b := block{c.fork(i) + 1, i}
		for b.to+1 < len(c.costs) && c.node(b.to + 1).In[0] == c.node(b.to).Name && c.node(b.to+1).Op.Activates() {
			b.to++
		}
		// A block of a transformer adds twice: what was attended to, and what the layers after it
		// make of that.
		if k := len(residuals) - 1; k >= 0 && residuals[k].to+1 == b.from && c.attends(residuals[k]) && !c.attends(b) {
			residuals[k].to = b.to
			continue
		}
		for len(residuals) > 0 && residuals[len(residuals)-1].to >= b.from {
			b.from = min(b.from, residuals[len(residuals)-1].from) // additions to one sum
			residuals = residuals[:len(residuals)-1]
		}
		residuals = append(residuals, b)
	}
	var all []block
	for i := 0; i < len(c.costs); {
		b := block{i, i}
		if len(residuals) > 0 && residuals[0].from == i {
			b, residuals = residuals[0], residuals[1:]
		} else {
			end := len(c.costs)
			if len(residuals) > 0 {
				end = residuals[0].from
			}
			if to := c.separable(i, end); to > 0 {
				b.to = to
			}
		}
		all = append(all, b)
		i = b.to + 1
	}
	return all
}

// fork finds the layer at which the two paths that an addition joins begin, −1 for the input.
func (c *cutter) fork(add int) int {
	on := map[int]bool{-1: true}
	for i := c.index[c.node(add).In[0]]; i >= 0; i = c.before(i) {
		on[i] = true
	}
	i := c.index[c.node(add).In[1]]
	for !on[i] {
		i = c.before(i)
	}
	return i
}

func (c *cutter) attends(b block) bool {
	for i := b.from; i <= b.to; i++ {
		if c.node(i).Op == graph.Attention {
			return true
		}
	}
	return false
}

// separable returns the last layer of an inverted residual without skip connection that begins at
// layer i and ends before layer end, or 0 where none begins there.
func (c *cutter) separable(i, end int) int {
	at := i
	if c.pointwise(at) { // the expansion
		for at++; at < end && c.node(at).Op.Activates(); at++ {
		}
	}
	if at >= end || !c.depthwise(at) || c.before(at) != at-1 {
		return 0
	}
	depthwise := at
	for at++; at < end; at++ {
		if !c.pointwise(at) {
			continue
		}
		// The projection reads the depthwise convolution, squeeze-and-excitation reads single
		// vectors.
		from := c.before(at)
		for from > depthwise && (c.node(from).Op.Activates() || c.node(from).Op == graph.Mul) {
			from = c.before(from)
		}
		if from == depthwise {
			for at+1 < end && c.node(at+1).Op.Activates() {
				at++
			}
			return at
		}
	}
	return 0
}

func (c *cutter) pointwise(i int) bool {
	n := c.node(i)
	return n.Op == graph.Conv && n.Kernel == [2]int{1, 1} && n.Groups <= 1
}

func (c *cutter) depthwise(i int) bool {
	n := c.node(i)
	return n.Op == graph.Conv && n.Groups > 1 && n.Groups == c.costs[i].Out.C
}

// shape is the output of layer i.
func (c *cutter) shape(i int) tensor.Shape {
	if i < 0 {
		return c.in
	}
	return c.costs[i].Out
}

// stage describes a block.
func (c *cutter) stage(b block) stage {
	s := stage{in: c.shape(c.before(b.from)), out: c.shape(b.to), n: 1, stride: 1}
	for i := b.from; i <= b.to; i++ {
		s.params += int64(c.costs[i].Params)
		s.macs += c.costs[i].MACs
	}
	var layers []string
	squeeze, main, deep := "", c.path(b), -1
	for _, i := range main {
		n := c.node(i)
		if n.Op == graph.Mul {
			squeeze = ", SE"
		}
		if n.Op == graph.Attention || n.Op == graph.Conv || n.Op == graph.MaxPool || n.Op == graph.AvgPool {
			s.stride *= max(n.Stride[0], 1)
		}
		if c.depthwise(i) {
			deep = i
		}
		if what := c.costs[i].Written(b.from == b.to); what != "" {
			layers = append(layers, what)
		}
	}
	switch {
	case deep >= 0 && b.to > b.from:
		s.expanded = []int{c.shape(deep).C}
		s.ratio = float64(c.shape(deep).C) / float64(s.in.C)
		act := ""
		if i := deep + 1; i <= b.to && c.node(i).Op.Activates() {
			act = ", " + string(c.node(i).Op)
		}
		s.operator = fmt.Sprintf("inverted residual %s%s%s", shape(c.node(deep).Kernel[:]), squeeze, act)
	case c.attends(b):
		s.operator = c.transformer(main)
	case b.to > b.from:
		s.operator = "residual (" + strings.Join(layers, " → ") + ")" + squeeze
	case len(layers) == 1:
		s.operator = layers[0]
	}
	return s
}

// path lists the layers of a block in their order, of two paths to an addition those on that with
// more layers to it.
func (c *cutter) path(b block) []int {
	var list []int
	for i := b.to; i >= b.from; {
		list = append(list, i)
		next := c.before(i)
		if n := c.node(i); n.Op == graph.Add {
			if other := c.index[n.In[1]]; c.length(other, b.from) > c.length(next, b.from) {
				next = other
			}
		}
		i = next
	}
	slices.Reverse(list)
	return list
}

// length counts the layers from layer from to layer i.
func (c *cutter) length(i, from int) (n int) {
	for ; i >= from; i = c.before(i) {
		n++
	}
	return n
}

// transformer describes a block of one: heads, and the width of the layer within.
func (c *cutter) transformer(main []int) string {
	heads, wide := 0, 0
	for _, i := range main {
		switch n := c.node(i); {
		case n.Op == graph.Attention:
			heads, wide = n.Heads, 0
		case n.Op == graph.Dense:
			wide = max(wide, c.costs[i].Out.C)
		}
	}
	return fmt.Sprintf("transformer block, %d heads, MLP %d", heads, wide)
}
