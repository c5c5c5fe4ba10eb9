package graph

import (
	"fmt"
	"time"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// Input returns the tensor that a run reads, in the arena: fill it before each run, since a run may
// overwrite it.
func (p *Program) Input() tensor.Tensor { return p.tensor(p.input) }

// Output returns the tensor of logits, valid until the next run.
func (p *Program) Output() tensor.Tensor { return p.tensor(p.values[p.output]) }

// Value returns the output of a node that was kept, valid until the next run. It returns an error
// for a node that was not, whose memory has been used again.
func (p *Program) Value(name string) (tensor.Tensor, error) {
	v, ok := p.values[name]
	if !ok || p.spans[v.span].Last < len(p.steps) {
		return tensor.Tensor{}, fmt.Errorf("the output of layer %q was not kept", name)
	}
	return p.tensor(v), nil
}

// Attention returns the attention weights of an Attention node, [heads][to][from] as H, W, C, when
// the program was compiled to keep them.
func (p *Program) Attention(node string) (tensor.Tensor, error) {
	return p.Value(attentionName(node))
}

func (p *Program) tensor(v value) tensor.Tensor {
	at := p.spans[v.span].Offset + v.shift
	n := v.shape.Len()
	return tensor.Tensor{Shape: v.shape, Data: p.arena[at : at+n : at+n]}
}

// Memory returns the bytes of the arena and of the threads' scratch.
func (p *Program) Memory() int64 {
	n := len(p.arena)
	for _, s := range p.scratch {
		n += len(s)
	}
	return 4 * int64(n)
}

// ArenaLen returns the size of the arena in floats.
func (p *Program) ArenaLen() int { return len(p.arena) }

// Run computes the network on what Input holds. It allocates nothing.
func (p *Program) Run() {
	switch {
	case p.Alone:
	case p.team != nil:
		p.team.run(p.jobs, p.steady)
		return
	case p.pool != nil:
		p.pool.run()
		return
	}
	jobs := p.jobs[0]
	for i := range jobs {
		kernel.RunRange(&jobs[i], 0, jobs[i].Items())
	}
}

// Threads returns the number of threads that a run can use.
func (p *Program) Threads() int { return len(p.jobs) }

// Timing is how long one step of a program took.
type Timing struct {
	Name   string        // the last layer of those that the step computes
	Kind   kernel.Kind   // the kernel
	Shape  tensor.Shape  // its output
	MACs   int64         // multiply-adds
	Time   time.Duration // of one run
	Detail string        // extents of the product
}

// Profile runs the network once on the calling thread alone and returns how long each step took.
func (p *Program) Profile() []Timing {
	out := make([]Timing, len(p.steps))
	for i := range p.steps {
		s, j := &p.steps[i], &p.jobs[0][i]
		start := time.Now()
		kernel.RunRange(j, 0, j.Items())
		out[i] = Timing{Name: s.name, Kind: j.Kind, Shape: s.out.shape, MACs: s.macs, Time: time.Since(start)}
		switch j.Kind {
		case kernel.Gemm, kernel.Conv:
			out[i].Detail = fmt.Sprintf("M %d × K %d × N %d", j.M, j.K, j.N)
		case kernel.Winograd:
			out[i].Detail = fmt.Sprintf("F(%d×%d) × M %d × K %d × N %d", j.Tile, j.Tile, j.M, j.K, j.N)
		}
	}
	return out
}

// Close lets the program's threads end. The program cannot run again.
func (p *Program) Close() {
	if p.pool != nil {
		p.pool.close()
		p.pool = nil
	}
}
