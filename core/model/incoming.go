package model

import (
	"cmp"
	"errors"
	"io"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/pack"
)

// Incoming is a model whose pack is on its way. Its layers are laid out for the kernels as their
// weights come, so that little is left to do once the last of them is there.
type Incoming struct {
	model  *Model
	packed *graph.Packed
	in     *pack.Reader
	needs  map[string]int // by node, how many of its weights are still to come
	reads  map[string][]int
}

// ReadFrom begins to open a pack as its bytes come from r, and reads no further than what comes
// before the weights. name is what errors call the file; they are those of [Read].
func ReadFrom(name string, r io.Reader) (*Incoming, error) {
	in, err := pack.NewReader(name, r)
	if err != nil {
		return nil, err
	}
	coming, err := in.Coming()
	if err != nil {
		return nil, err
	}
	m, err := parse(name, in.Manifest(), coming)
	if err != nil {
		return nil, err
	}
	m.Coded = in.Coded()
	out := &Incoming{model: m, packed: graph.Begin(m.Graph, kernel.Best()), in: in, needs: map[string]int{}, reads: map[string][]int{}}
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		for _, name := range paramsOf(n) {
			if name != "" && m.Graph.Params[name] != nil {
				out.needs[n.Name]++
				out.reads[name] = append(out.reads[name], i)
			}
		}
	}
	for i := range m.Graph.Nodes {
		if n := &m.Graph.Nodes[i]; out.needs[n.Name] == 0 {
			if err := out.packed.Lay(n); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// Size is the length of the whole pack in bytes.
func (in *Incoming) Size() int64 { return in.in.Size() }

// Next waits for the next tensor and lays out what can be with it. After the last one, and when the
// file has ended there, it returns [io.EOF].
func (in *Incoming) Next() error {
	t, err := in.in.Next()
	if err != nil {
		return err
	}
	g := in.model.Graph
	g.Params[t.Name] = t
	for _, i := range in.reads[t.Name] {
		n := &g.Nodes[i]
		if in.needs[n.Name]--; in.needs[n.Name] == 0 {
			if err := in.packed.Lay(n); err != nil {
				return err
			}
		}
	}
	return nil
}

// All waits for all tensors and returns the model. One that is made otherwise in between
// ([Incoming.Next]) goes on from there.
func (in *Incoming) All() (*Model, error) {
	for {
		switch err := in.Next(); {
		case errors.Is(err, io.EOF):
			in.model.packed = in.packed
			return in.model, nil
		case err != nil:
			return nil, err
		}
	}
}

// Rehearse runs what is there of the network on a black picture of its own size, or of the size
// that is given where that is not 0. An engine that compiles what it runs often better than what it
// ran once has done so before the first photo comes. It does nothing while nothing is there. alone
// has it run without the team's other threads.
func (in *Incoming) Rehearse(size int, team *graph.Team, alone bool) error {
	n := in.there()
	if n == 0 {
		return nil
	}
	size = cmp.Or(size, in.model.Preprocess.Size)
	p, err := in.packed.First(n).Compile(in.model.InputShape(size), graph.Options{Team: team, Memory: DefaultMemory})
	if err != nil {
		return err
	}
	defer p.Close()
	p.Alone = alone
	p.Run()
	return nil
}

// there is how many nodes, from the first on, have all their weights.
func (in *Incoming) there() (n int) {
	for n < len(in.model.Graph.Nodes) && in.needs[in.model.Graph.Nodes[n].Name] == 0 {
		n++
	}
	return n
}
