package graph

import (
	"fmt"
	"math"
	"unsafe"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Options say how a program is compiled.
type Options struct {
	// Threads is the number of threads that share each layer; 0 means 1.
	Threads int
	// Team, where there is one, has the threads instead.
	Team *Team
	// Keep names nodes whose outputs must still be there after a run. The graph's own outputs
	// always are. What is kept is not fused into what follows.
	Keep []string
	// Attention keeps the attention weights of every Attention node, too; see [Program.Attention].
	Attention bool
	// Memory is the most bytes that the program may take beside the packed weights; 0 is no limit.
	Memory int64
}

// value is the output of a node: a stretch of a span of the arena.
type value struct {
	span  int
	shift int // floats from the beginning of the span
	shape tensor.Shape
}

// step is a kernel job whose addresses are not known yet.
type step struct {
	job       kernel.Job
	name      string // of the last node it computes
	in, in2   value
	hasSecond bool
	out       value
	macs      int64
}

// Program is a compiled network. It belongs to one goroutine at a time.
type Program struct {
	// Alone makes Run use the calling thread only, though there are others: because those have
	// other work.
	Alone bool

	steps   []step
	jobs    [][]kernel.Job // [thread][step]
	arena   []float32
	scratch [][]float32
	keep    [][]float32 // arrays that only jobs point to
	values  map[string]value
	spans   []tensor.Span
	input   value
	output  string
	pool    *threadPool
	team    *Team
	steady  []progress // of the team's runs
	hold    *Packed
}

// Packed is where the program has its weights.
func (p *Program) Packed() *Packed { return p.hold }

// compiler is the state of one compilation.
type compiler struct {
	*Program
	g       *Graph
	p       *Packed
	opt     Options
	shapes  map[string]tensor.Shape
	readers map[string][]int // nodes that read a node
	wanted  map[string]bool
	done    map[string]bool // nodes that were fused into an earlier step
	index   map[string]int
}

const infinity = float32(math.MaxFloat32)

// Compile returns a program for an input shape. The errors are those of [Graph.Shapes].
func (p *Packed) Compile(in tensor.Shape, opt Options) (*Program, error) {
	g := p.graph
	if g.FixedSize > 0 && (in.H != g.FixedSize || in.W != g.FixedSize) {
		return nil, fmt.Errorf("this network takes photos of %d × %d only, not %d × %d", g.FixedSize, g.FixedSize, in.W, in.H)
	}
	shapes, err := g.Shapes(in)
	if err != nil {
		return nil, err
	}
	opt.Threads = max(opt.Threads, 1)
	if opt.Team != nil {
		opt.Threads = opt.Team.Threads()
	}
	c := &compiler{
		Program: &Program{values: map[string]value{}, output: g.Output, hold: p},
		g:       g, p: p, opt: opt, shapes: shapes,
		readers: map[string][]int{}, wanted: map[string]bool{}, done: map[string]bool{}, index: map[string]int{},
	}
	for i, n := range g.Nodes {
		c.index[n.Name] = i
		for _, name := range n.In {
			c.readers[name] = append(c.readers[name], i)
		}
	}
	for _, name := range append([]string{g.Output, g.Feature, g.Map}, opt.Keep...) {
		if name == "" {
			continue
		}
		if _, ok := shapes[name]; !ok {
			return nil, fmt.Errorf("there is no layer %q to keep", name)
		}
		c.wanted[name] = true
	}
	c.input = c.newValue(in)
	c.spans[c.input.span].First = -1
	c.values[Input] = c.input
	for i := range g.Nodes {
		if n := &g.Nodes[i]; !c.done[n.Name] {
			c.lower(n)
		}
	}
	if err := c.place(); err != nil {
		return nil, err
	}
	return c.Program, nil
}

// newValue makes a span for a tensor that the next step writes.
func (c *compiler) newValue(s tensor.Shape) value {
	c.spans = append(c.spans, tensor.Span{Len: s.Len(), First: len(c.steps), Last: len(c.steps)})
	return value{span: len(c.spans) - 1, shape: s}
}

// read prolongs the life of a value to the next step.
func (c *compiler) read(v value) value {
	s := &c.spans[v.span]
	s.Last = max(s.Last, len(c.steps))
	return v
}

// emit appends the step that computes node n, reading x and, where r is not nil, r.
func (c *compiler) emit(n *Node, j kernel.Job, x value, r *value, macs int64) {
	s := step{job: j, name: n.Name, in: c.read(x), macs: macs}
	if r != nil {
		s.in2, s.hasSecond = c.read(*r), true
	}
	s.out = c.newValue(c.shapes[n.Name])
	c.values[n.Name] = s.out
	c.steps = append(c.steps, s)
}

// only returns the one node that reads n, or nil where there are others or n must be kept.
func (c *compiler) only(n *Node) *Node {
	r := c.readers[n.Name]
	if len(r) != 1 || c.wanted[n.Name] {
		return nil
	}
	return &c.g.Nodes[r[0]]
}

// fuseActivation makes j apply the activation that follows n, if one does, and returns the node
// whose output j then computes.
func (c *compiler) fuseActivation(n *Node, j *kernel.Job) *Node {
	next := c.only(n)
	if next == nil || !next.Op.Activates() {
		return n
	}
	operators[next.Op].act.set(next, j)
	c.done[next.Name] = true
	return next
}

// fuseResidual makes a convolution add the other input of the addition that follows it, if that is
// there already.
func (c *compiler) fuseResidual(n *Node) (*Node, *value) {
	next := c.only(n)
	if next == nil || next.Op != Add {
		return n, nil
	}
	other := next.In[0]
	if other == n.Name {
		other = next.In[1]
	}
	v, ok := c.values[other]
	if !ok || other == n.Name || v.shape != c.shapes[n.Name] {
		return n, nil
	}
	c.done[next.Name] = true
	return next, &v
}

func (c *compiler) lower(n *Node) {
	x := c.values[n.In[0]]
	out := c.shapes[n.Name]
	j := kernel.Job{
		Level: c.p.level, Lo: -infinity, Hi: infinity,
		H: x.shape.H, W: x.shape.W, C: x.shape.C,
		OH: out.H, OW: out.W, OC: out.C, DH: 1, DW: 1, Groups: 1,
	}
	if ops := c.p.nodes[n.Name]; ops != nil {
		j.Weight, j.Bias = pointer(ops.weight), pointer(ops.bias)
	}
	operators[n.Op].lower(c, n, j, x)
}

// macs counts the multiply-adds of a node.
func (c *compiler) macs(n *Node) int64 {
	return operators[n.Op].macs(c.g, n, c.shapes[n.In[0]], c.shapes[n.Name])
}

// setWindow hands a window to a job.
func setWindow(j *kernel.Job, w Window) {
	j.KH, j.KW, j.SH, j.SW, j.DH, j.DW, j.PT, j.PL = w.KH, w.KW, w.SH, w.SW, w.DH, w.DW, w.Top, w.Left
}

// product emits a matrix product with what follows fused into it.
func (c *compiler) product(n *Node, j kernel.Job, x value, macs int64) {
	Share(&j, c.opt.Threads)
	c.fuseAndEmit(n, j, x, macs)
}

// fuseAndEmit emits a convolution with the residual and the activation that follow it.
func (c *compiler) fuseAndEmit(n *Node, j kernel.Job, x value, macs int64) {
	last, r := c.fuseResidual(n)
	last = c.fuseActivation(last, &j)
	c.emit(last, j, x, r, macs)
}

// alias makes n a view of x.
func (c *compiler) alias(n *Node, x value, shift int) {
	x.shift += shift
	x.shape = c.shapes[n.Name]
	c.values[n.Name] = x
}

// constant keeps an array for the life of the program and returns its address.
func (c *compiler) constant(x []float32) unsafe.Pointer {
	x = withSlack(x)
	c.keep = append(c.keep, x)
	return pointer(x)
}

// tokens adds the position embeddings to the patches, writing behind the tokens in front of them,
// whose sums with their own positions never change.
func (c *compiler) tokens(n *Node, j kernel.Job, x value) {
	s := x.shape
	front, pos := c.g.TokenTable(n, s)
	// One addition over all tokens would need the patches to lie behind a gap; instead they are
	// added at a shift, and the tokens in front are a step of their own: other layers may use their
	// memory, so they are written anew in each run.
	j.Kind = kernel.Add
	j.In2 = c.constant(pos)
	step := step{job: j, name: n.Name, in: c.read(x)}
	out := c.newValue(c.shapes[n.Name])
	step.out = out
	step.out.shift = len(front)
	c.values[n.Name] = out
	if tokens := len(front) / s.C; tokens > 0 {
		k := kernel.Job{Kind: kernel.Add, Level: j.Level, Lo: j.Lo, Hi: j.Hi, H: tokens, W: 1, C: s.C, OH: tokens, OW: 1, OC: s.C, DH: 1, DW: 1, Groups: 1}
		k.In, k.In2 = c.constant(make([]float32, len(front))), c.constant(front)
		c.steps = append(c.steps, stepAt(k, n.Name, out))
		c.spans[out.span].Last = len(c.steps)
		c.spans[x.span].Last = max(c.spans[x.span].Last, len(c.steps))
	}
	c.steps = append(c.steps, step)
}

// stepAt is a step that reads constants only.
func stepAt(j kernel.Job, name string, out value) step {
	return step{job: j, name: name, in: value{span: -1}, out: out}
}

func attentionName(node string) string { return node + "\x00attention" }

// place plans the arena and gives every job of every thread its addresses. The error tells of a
// program that would take more memory than it may.
func (c *compiler) place() error {
	for name := range c.wanted {
		if v, ok := c.values[name]; ok {
			c.spans[v.span].Last = len(c.steps)
		}
	}
	size := tensor.Plan(c.spans)
	scratch := 0
	for i := range c.steps {
		scratch = max(scratch, c.steps[i].job.ScratchLen())
	}
	if need := 4 * (int64(size) + int64(scratch)*int64(c.opt.Threads)); c.opt.Memory > 0 && need > c.opt.Memory {
		return fmt.Errorf("its layers take %d MB, and the most they may take is %d MB; choose a smaller input size or fewer threads", need>>20, c.opt.Memory>>20)
	}
	c.arena = make([]float32, size+kernel.Slack)
	for range c.opt.Threads {
		c.scratch = append(c.scratch, make([]float32, scratch+kernel.Slack))
	}
	for t := range c.opt.Threads {
		jobs := make([]kernel.Job, len(c.steps))
		for i := range c.steps {
			s := &c.steps[i]
			j := s.job
			if s.in.span >= 0 {
				j.In = c.address(s.in)
			}
			if s.hasSecond {
				j.In2 = c.address(s.in2)
			}
			j.Out = c.address(s.out)
			j.Scratch = pointer(c.scratch[t])
			jobs[i] = j
		}
		c.jobs = append(c.jobs, jobs)
	}
	switch {
	case c.opt.Team != nil:
		c.team = c.opt.Team
		c.steady = newProgress(c.jobs[0], c.opt.Threads)
	case c.opt.Threads > 1:
		c.pool = newThreadPool(c.jobs)
	}
	return nil
}

func (p *Program) address(v value) unsafe.Pointer {
	return unsafe.Pointer(&p.arena[p.spans[v.span].Offset+v.shift])
}

// pointer returns the address of the first element, which must exist.
func pointer(x []float32) unsafe.Pointer { return unsafe.Pointer(&x[0]) }
