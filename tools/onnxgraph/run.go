package onnxgraph

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// A Runner computes the outputs of a model, those that no graph can say among them, such as votes
// of nearest neighbours. As much as [Import] would take is a graph, one for each photo that the
// model is given; what is made of its values is computed node by node. It is for one goroutine at a
// time.
type Runner struct {
	model    *onnx.Model
	opset    int64
	from     map[string]*onnx.Node
	inits    map[string]*onnx.Tensor
	networks []*network
	cuts     map[string]cut
	fixed    map[string]*constant.Tensor // what depends on no photo
	reads    map[string][]int            // networks that a value depends on
	refused  map[string]error            // values that no graph can say, and why
}

// network is the graph of what is seen in one picture: an input, or an input mirrored.
type network struct {
	im      *importer
	feed    string // value that it reads
	program *graph.Program
}

// cut is a value that a network gives.
type cut struct {
	network int
	view    view
}

// NewRunner prepares a model whose inputs are photos, float32 or uint8. The errors are those of
// [Import].
func NewRunner(m *onnx.Model) (*Runner, error) {
	opset, err := check(m)
	if err != nil {
		return nil, err
	}
	r := &Runner{
		model: m, opset: opset, from: map[string]*onnx.Node{}, inits: map[string]*onnx.Tensor{}, cuts: map[string]cut{}, fixed: map[string]*constant.Tensor{},
		reads: map[string][]int{}, refused: map[string]error{},
	}
	for _, t := range m.Graph.Initialisers {
		r.inits[t.Name] = t
	}
	for _, f := range m.Graph.Feeds() {
		if err := r.see(f, f.Name); err != nil {
			return nil, err
		}
	}
	for _, n := range m.Graph.Nodes {
		for _, o := range n.Outputs {
			r.from[o] = n
		}
		// A mirrored photo is no walk forward through another, so it is a picture of its own.
		if n.Op == "Slice" && len(n.Outputs) == 1 && len(n.Inputs) > 0 {
			if i := slices.IndexFunc(m.Graph.Feeds(), func(f *onnx.Value) bool { return f.Name == n.Inputs[0] }); i >= 0 {
				if err := r.see(m.Graph.Feeds()[i], n.Outputs[0]); err != nil {
					return nil, err
				}
			}
		}
	}
	for _, o := range m.Graph.Outputs {
		if err := r.plan(o.Name); err != nil {
			return nil, err
		}
	}
	return r, r.compile()
}

// see makes a network for a value that lies as an input does.
func (r *Runner) see(like *onnx.Value, name string) error {
	size, err := feedSize(like, 0)
	if err != nil {
		return err
	}
	feed := *like
	feed.Name = name
	im, err := start(r.model, r.opset, size, &feed)
	if err != nil {
		return err
	}
	r.reads[name] = []int{len(r.networks)}
	r.networks = append(r.networks, &network{im: im, feed: name})
	return nil
}

var errCircle = errors.New("it depends on itself")

// on lists the networks that a value depends on.
func (r *Runner) on(name string) ([]int, error) {
	if list, ok := r.reads[name]; ok {
		if list == nil {
			return nil, fmt.Errorf("the value %q: %w", clip(name), errCircle)
		}
		return list, nil
	}
	n := r.from[name]
	switch {
	case r.inits[name] != nil || name == "":
		return []int{}, nil
	case n == nil:
		return nil, fmt.Errorf("nothing makes the value %q", clip(name))
	}
	r.reads[name] = nil
	all := []int{}
	for _, in := range n.Inputs {
		some, err := r.on(in)
		if err != nil {
			return nil, err
		}
		for _, i := range some {
			if !slices.Contains(all, i) {
				all = append(all, i)
			}
		}
	}
	r.reads[name] = all
	return all, nil
}

// plan decides how a value is computed.
func (r *Runner) plan(name string) error {
	if _, ok := r.cuts[name]; ok || name == "" || r.refused[name] != nil {
		return nil
	}
	on, err := r.on(name)
	if err != nil || len(on) == 0 {
		return err
	}
	reason := errors.New("it is made of several pictures")
	if len(on) == 1 {
		im := r.networks[on[0]].im
		v, err := im.value(name)
		if err == nil && v.constant == nil {
			w, err := im.around(v.view)
			if err == nil {
				w, err = im.unscaled(w)
			}
			if err == nil {
				r.cuts[name] = cut{on[0], w}
				return nil
			}
			reason = err
		} else if err != nil {
			reason = err
		}
	}
	n := r.from[name]
	if n == nil {
		return fmt.Errorf("the input %q: %w", clip(name), reason)
	}
	r.refused[name] = reason
	for _, in := range n.Inputs {
		if err := r.plan(in); err != nil {
			return err
		}
	}
	return nil
}

// compile makes a program of each network.
func (r *Runner) compile() error {
	for i, w := range r.networks {
		need := map[string]bool{}
		for _, c := range r.cuts {
			if c.network == i && c.view.node != graph.Input {
				need[c.view.node] = true
			}
		}
		if len(need) == 0 {
			continue
		}
		g, keep := w.im.g, slices.Sorted(maps.Keys(need))
		g.Output = keep[0]
		w.im.pruneTo(need)
		packed, err := graph.Pack(g, kernel.Best())
		if err != nil {
			return err
		}
		if w.program, err = packed.Compile(w.im.shapes[graph.Input], graph.Options{Keep: keep, Memory: maxRun}); err != nil {
			return err
		}
	}
	return nil
}

// maxRun is the most bytes that a model's layers may take.
const maxRun = 2 << 30

// Sizes returns the side of each input, by its name.
func (r *Runner) Sizes() map[string]int {
	out := map[string]int{}
	for _, f := range r.model.Graph.Feeds() {
		for _, w := range r.networks {
			if w.feed == f.Name {
				out[f.Name] = w.im.size
			}
		}
	}
	return out
}

// Run computes the outputs of the model by their names, for photos by the names of its inputs:
// [Size][Size][3], red first, whatever the order of the model's axes.
func (r *Runner) Run(photos map[string][]float32) (map[string][]float32, error) {
	now := &run{Runner: r, known: map[string]*constant.Tensor{}, ran: make([]bool, len(r.networks))}
	for _, w := range r.networks {
		s := w.im.shapes[graph.Input]
		if given := photos[w.feed]; given != nil || r.from[w.feed] == nil {
			if len(given) != s.Len() {
				return nil, fmt.Errorf("its input %q takes %d numbers, and %d were given", clip(w.feed), s.Len(), len(given))
			}
			c := &constant.Tensor{Dims: []int{1, s.H, s.W, s.C}, Floats: given}
			if w.im.nchw {
				c = firstChannels(given, s)
			}
			now.known[w.feed] = c
		}
	}
	out := map[string][]float32{}
	for _, o := range r.model.Graph.Outputs {
		c, err := now.value(o.Name)
		if err != nil {
			return nil, err
		}
		out[o.Name] = c.Vector()
	}
	return out, nil
}

// firstChannels is a photo as [1][3][H][W].
func firstChannels(x []float32, s tensor.Shape) *constant.Tensor {
	c := &constant.Tensor{Dims: []int{1, s.C, s.H, s.W}, Floats: make([]float32, len(x))}
	for i := range s.Pixels() {
		for k := range s.C {
			c.Floats[k*s.Pixels()+i] = x[i*s.C+k]
		}
	}
	return c
}

// run is one computation.
type run struct {
	*Runner
	known map[string]*constant.Tensor
	ran   []bool // networks that have run
}

func (r *run) value(name string) (*constant.Tensor, error) {
	if c := r.known[name]; c != nil {
		return c, nil
	}
	if c := r.fixed[name]; c != nil {
		return c, nil
	}
	c, err := r.compute(name)
	if err != nil {
		return nil, err
	}
	if on, _ := r.on(name); len(on) == 0 {
		r.fixed[name] = c
	} else {
		r.known[name] = c
	}
	return c, nil
}

func (r *run) compute(name string) (*constant.Tensor, error) {
	if k, ok := r.cuts[name]; ok {
		return r.seen(k)
	}
	if t := r.inits[name]; t != nil {
		c, err := constant.FromTensor(t)
		if err == nil {
			c.Most = len(t.Data)
		}
		return c, err
	}
	n := r.from[name]
	if n == nil {
		return nil, fmt.Errorf("nothing makes the value %q", clip(name))
	}
	in := make([]*constant.Tensor, len(n.Inputs))
	for i, s := range n.Inputs {
		if s == "" {
			continue
		}
		var err error
		if in[i], err = r.value(s); err != nil {
			return nil, err
		}
	}
	out, err := constant.Fold(n, r.opset, in)
	if err != nil {
		at := slices.Index(r.model.Graph.Nodes, n)
		err = &NodeError{Index: at, Op: n.Op, Name: n.Name, Err: err}
		if why := r.refused[name]; why != nil {
			err = fmt.Errorf("%w, and as a layer: %w", err, why)
		}
		return nil, err
	}
	for i, o := range n.Outputs {
		if i < len(out) && o != name {
			r.known[o] = out[i]
		}
	}
	i := slices.Index(n.Outputs, name)
	if i >= len(out) {
		return nil, fmt.Errorf("the value %q is not known here", clip(name))
	}
	return out[i], nil
}

// seen gives a value of a network, which runs once.
func (r *run) seen(k cut) (*constant.Tensor, error) {
	w := r.networks[k.network]
	s := k.view.shape
	var data []float32
	if k.view.node == graph.Input || !r.ran[k.network] {
		given, err := r.value(w.feed)
		if err != nil {
			return nil, err
		}
		data = given.Floats
		if w.im.nchw {
			data = lastChannels(given)
		}
	}
	if k.view.node != graph.Input {
		if !r.ran[k.network] {
			copy(w.program.Input().Data, data)
			w.program.Run()
			r.ran[k.network] = true
		}
		t, err := w.program.Value(k.view.node)
		if err != nil {
			return nil, err
		}
		data = t.Data[:s.Len()]
	}
	c := &constant.Tensor{Dims: k.view.dims(), Most: s.Len()}
	c.Floats = make([]float32, 0, constant.Elements(c.Dims))
	for _, at := range offsets(flat(k.view.axes)) {
		c.Floats = append(c.Floats, data[k.view.start+at])
	}
	return c, nil
}

// lastChannels is [1][3][H][W] as [H][W][3].
func lastChannels(c *constant.Tensor) []float32 {
	out, pixels := make([]float32, len(c.Floats)), c.Dims[2]*c.Dims[3]
	for i := range out {
		out[i] = c.Floats[i%c.Dims[1]*pixels+i/c.Dims[1]]
	}
	return out
}

// Close lets the threads of the networks end.
func (r *Runner) Close() {
	for _, w := range r.networks {
		if w.program != nil {
			w.program.Close()
		}
	}
}
