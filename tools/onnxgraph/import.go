package onnxgraph

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph/constant"
)

// Options say what to take from a model.
type Options struct {
	// Output names the value to take as the network's output; "" is the model's first output.
	// Softmax at the end is left out, since scores are made of logits elsewhere.
	Output string
	// Size is the input size to follow the model at, where the model leaves it open; 0 is
	// [DefaultSize].
	Size int
	// GAP ends the network in the global average of its last feature map, or of a transformer's
	// patches.
	GAP bool
}

// DefaultSize is the input size of a model that takes any.
const DefaultSize = 224

// Result is the network of a model.
type Result struct {
	Graph *graph.Graph // float32 parameters, batch norms folded
	Size  int          // the input size at which the model was followed
	// Classes is the number of logits, 0 where the output is the feature vector.
	Classes int
	// Bytes says that the network takes the levels of photos as they are, from 0 to 255, and
	// prepares them itself.
	Bytes bool
}

const (
	minOpset, maxOpset = 9, 25
	maxNodes           = 20_000 // of the model
	maxSize            = 2048
)

// Import makes a graph of a model. An error names the node, its operator and what about it is not
// known.
func Import(m *onnx.Model, opt Options) (*Result, error) {
	opset, err := check(m)
	if err != nil {
		return nil, err
	}
	size, err := inputSize(m, opt.Size)
	if err != nil {
		return nil, err
	}
	im, err := follow(m, opset, size, opt)
	if err != nil {
		return nil, err
	}
	if from := im.resized; from > 0 && from != size && from <= maxSize {
		// Position embeddings were resampled to this size. Followed at the size they were trained
		// at they come as they are, and the graph resamples them for any size.
		if again, err := follow(m, opset, from, opt); err == nil && again.resized == 0 {
			im = again
		}
	}
	return im.finish(size, opt)
}

// check gives the version of the model's operators.
func check(m *onnx.Model) (int64, error) {
	opset := m.Opsets[""]
	if opset < minOpset || opset > maxOpset {
		return 0, fmt.Errorf("its operators are of version %d (opset); from %d to %d are known here: export it with torch.onnx.export(…, opset_version=20), or turn it with onnx.version_converter", opset, minOpset, maxOpset)
	}
	if len(m.Graph.Nodes) > maxNodes {
		return 0, fmt.Errorf("it has %d nodes; at most %d are expected", len(m.Graph.Nodes), maxNodes)
	}
	return opset, nil
}

// inputSize finds the side of the photo.
func inputSize(m *onnx.Model, want int) (int, error) {
	feeds := m.Graph.Feeds()
	if len(feeds) != 1 {
		return 0, fmt.Errorf("it has %d inputs; a network that names photos has one", len(feeds))
	}
	return feedSize(feeds[0], want)
}

// feedSize is the side of the photo that an input takes.
func feedSize(feed *onnx.Value, want int) (int, error) {
	dims := feed.Shape
	if len(dims) != 4 || dims[1].Size != 3 && dims[3].Size != 3 {
		return 0, fmt.Errorf("its input %q is no batch of photos with 3 channels", feed.Name)
	}
	h, w := dims[2].Size, dims[3].Size
	if dims[1].Size != 3 {
		h, w = dims[1].Size, dims[2].Size
	}
	switch {
	case h != w:
		return 0, fmt.Errorf("its input of %d × %d is not square", h, w)
	case h < 0 && want == 0:
		return DefaultSize, nil
	case h < 0:
		h = int64(want)
	}
	if h < 1 || h > maxSize {
		return 0, fmt.Errorf("an input of %d × %d is not possible", h, h)
	}
	return int(h), nil
}

// importer follows a model at one input size.
type importer struct {
	model   *onnx.Model
	opset   int64
	g       *graph.Graph
	shapes  map[string]tensor.Shape // of the layers' outputs
	inits   map[string]*onnx.Tensor
	from    map[string]*onnx.Node // which node makes a value
	known   map[string]*value     // values followed so far
	busy    map[string]bool
	index   map[*onnx.Node]int
	feed    string
	nchw    bool
	size    int
	resized int  // the size at which position embeddings would not have been resampled, or 0
	bytes   bool // the photo is taken as bytes
	held    int  // elements of the file's initialisers
	work    int  // elements of constants computed and of parameters made
	output  view
}

// value is a constant or a view of a layer's output.
type value struct {
	constant *constant.Tensor // or nil
	view     view
}

func (v *value) shape() []int {
	if v.constant != nil {
		return v.constant.Dims
	}
	return v.view.dims()
}

// start makes an importer that follows the model from one of its feeds.
func start(m *onnx.Model, opset int64, size int, feed *onnx.Value) (*importer, error) {
	im := &importer{
		model: m, opset: opset, size: size, g: &graph.Graph{Params: map[string]*pack.Tensor{}},
		shapes: map[string]tensor.Shape{graph.Input: {H: size, W: size, C: 3}},
		inits:  map[string]*onnx.Tensor{}, from: map[string]*onnx.Node{}, known: map[string]*value{}, busy: map[string]bool{}, index: map[*onnx.Node]int{},
	}
	for _, t := range m.Graph.Initialisers {
		im.inits[t.Name] = t
		im.held += len(t.Data)
	}
	for i, n := range m.Graph.Nodes {
		im.index[n] = i
		for _, o := range n.Outputs {
			if o != "" {
				if im.from[o] != nil {
					return nil, fmt.Errorf("two nodes make %q", o)
				}
				im.from[o] = n
			}
		}
	}
	im.feed, im.nchw = feed.Name, feed.Shape[1].Size == 3
	switch feed.Type.String() {
	case "UINT8":
		im.bytes = true
	case "FLOAT", "FLOAT16", "DOUBLE", "BFLOAT16", "Type(0)":
	default:
		return nil, fmt.Errorf("its input %q is of %v, which photos are not given in; float and uint8 are known here", clip(feed.Name), feed.Type)
	}
	return im, nil
}

func follow(m *onnx.Model, opset int64, size int, opt Options) (*importer, error) {
	im, err := start(m, opset, size, m.Graph.Feeds()[0])
	if err != nil {
		return nil, err
	}
	name := opt.Output
	if name == "" {
		if len(m.Graph.Outputs) == 0 {
			return nil, errors.New("it has no output")
		}
		name = m.Graph.Outputs[0].Name
	} else if im.from[name] == nil {
		return nil, fmt.Errorf("there is no value %q to take as the output", name)
	}
	gate := "" // a sigmoid that the network ends in
	for n := im.from[name]; n != nil && (im.reshapesScores(n) || n.Op == "Softmax" || n.Op == "Sigmoid" && gate == "" || n.Op == "LogSoftmax" || passes(n)) && len(n.Inputs) > 0; n = im.from[name] {
		if n.Op == "Sigmoid" {
			gate = n.Name
			if gate == "" {
				gate = n.Outputs[0]
			}
		}
		name = n.Inputs[0]
	}
	v, err := im.value(name)
	if err != nil {
		return nil, err
	}
	if v.constant != nil {
		return nil, errors.New("its output does not depend on the photo")
	}
	im.output = v.view
	if gate != "" {
		if n := constant.Elements(v.view.dims()); n != 1 {
			return nil, fmt.Errorf("it ends in a sigmoid of %d outputs: names that do not exclude one another, of which a photo may have several; that is not known here, but %q named as the output takes them as if they did", n, clip(name))
		}
	}
	return im, nil
}

// own says whether a value is an initialiser that is read anew at each use, so that the layer made
// of it may keep its floats and change them: the larger ones, which need not be in memory several
// times.
func (im *importer) own(name string) bool {
	const large = 1 << 16
	t := im.inits[name]
	return t != nil && len(t.Data) > large
}

// passes says whether a node gives on its first input.
func passes(n *onnx.Node) bool { return n.Op == "Identity" || n.Op == "Dropout" || n.Op == "Cast" }

// reshapesScores says whether a node changes no more than the axes of what a softmax or sigmoid
// gives.
func (im *importer) reshapesScores(n *onnx.Node) bool {
	switch n.Op {
	case "Reshape", "Flatten", "Squeeze":
		if len(n.Inputs) == 0 {
			return false
		}
		if of := im.from[n.Inputs[0]]; of != nil {
			return of.Op == "Softmax" || of.Op == "Sigmoid" || of.Op == "LogSoftmax"
		}
	}
	return false
}

// value follows a value of the model.
func (im *importer) value(name string) (*value, error) {
	if v := im.known[name]; v != nil {
		return v, nil
	}
	if name == im.feed {
		s := im.shapes[graph.Input]
		v := newView(graph.Input, s, nil, channels(s), rows(s), cols(s))
		if !im.nchw {
			v = newView(graph.Input, s, nil, rows(s), cols(s), channels(s))
		}
		im.known[name] = &value{view: v}
		return im.known[name], nil
	}
	if t := im.inits[name]; t != nil {
		c, err := constant.FromTensor(t)
		if err != nil {
			return nil, err
		}
		c.Most = im.held
		v := &value{constant: c}
		if !im.own(name) {
			im.known[name] = v
		}
		return v, nil
	}
	n := im.from[name]
	if n == nil {
		return nil, fmt.Errorf("nothing makes the value %q", clip(name))
	}
	if im.busy[name] {
		return nil, fmt.Errorf("the value %q depends on itself", clip(name))
	}
	im.busy[name] = true
	defer delete(im.busy, name)
	if err := im.lower(n); err != nil {
		var inner *NodeError
		if errors.As(err, &inner) {
			return nil, err
		}
		return nil, &NodeError{Index: im.index[n], Op: n.Op, Name: n.Name, Err: err}
	}
	if v := im.known[name]; v != nil {
		return v, nil
	}
	return nil, &NodeError{Index: im.index[n], Op: n.Op, Name: n.Name, Err: fmt.Errorf("its output %q is not known here", clip(name))}
}

// NodeError says which node of a model cannot be used and why.
type NodeError struct {
	Index    int
	Op, Name string
	Err      error
}

func (e *NodeError) Error() string {
	return fmt.Sprintf("node %d (%s %q): %v", e.Index, clip(e.Op), clip(e.Name), e.Err)
}

// Unwrap returns the cause.
func (e *NodeError) Unwrap() error { return e.Err }

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// lower makes what a node gives.
func (im *importer) lower(n *onnx.Node) error {
	if n.Domain != "" {
		return fmt.Errorf("operators of %s are not known here; export the model with standard operators", clip(n.Domain))
	}
	if len(n.Outputs) == 0 {
		return errors.New("it has no output")
	}
	if passes(n) && len(n.Inputs) > 0 {
		v, err := im.value(n.Inputs[0])
		if err != nil {
			return err
		}
		if v.constant == nil || n.Op != "Cast" {
			im.known[n.Outputs[0]] = v
			return nil
		}
	}
	// What is one layer though many nodes goes first, so that its inner nodes are never looked at.
	if v, ok, err := im.composed(n); err != nil || ok {
		if err == nil {
			im.known[n.Outputs[0]] = &value{view: v}
		}
		return err
	}
	in := make([]*value, len(n.Inputs))
	constants := make([]*constant.Tensor, len(n.Inputs))
	all := true
	for i, name := range n.Inputs {
		if name == "" {
			continue
		}
		var err error
		if in[i], err = im.value(name); err != nil {
			return err
		}
		if constants[i] = in[i].constant; constants[i] == nil {
			all = false
		}
	}
	if !all && n.Op == "Shape" {
		constants[0], all = &constant.Tensor{Dims: in[0].shape()}, true
	}
	if !all && n.Op == "Size" {
		constants[0], all = &constant.Tensor{Dims: in[0].shape()}, true
	}
	if all {
		return im.constants(n, constants)
	}
	return im.layer(n, in, constants)
}

// constants computes a node of constants alone.
func (im *importer) constants(n *onnx.Node, in []*constant.Tensor) error {
	out, err := constant.Fold(n, im.opset, in)
	if err != nil {
		return err
	}
	if n.Op == "MatMul" { // takes longer than what it makes is long
		if err := im.spend(out[0].Len() * (in[1].Dims[0] / 8)); err != nil {
			return err
		}
	}
	if len(out) < len(n.Outputs) {
		out = append(out, make([]*constant.Tensor, len(n.Outputs)-len(out))...)
	}
	for i, name := range n.Outputs {
		if c := out[i]; c != nil && name != "" {
			c.Most = im.held
			if err := im.spend(c.Len()); err != nil {
				return err
			}
			im.known[name] = &value{constant: c}
		}
	}
	if n.Op == "Resize" && len(in[0].Dims) == 4 && in[0].Dims[2] == in[0].Dims[3] && out[0].Dims[2] != in[0].Dims[2] {
		if d := out[0].Dims[2]; im.size%d == 0 {
			im.resized = in[0].Dims[2] * (im.size / d)
		}
	}
	return nil
}

// spend counts elements that are made. A network is made of about what the file holds; a small file
// that makes much is hostile.
func (im *importer) spend(n int) error {
	if im.work += n; im.work > 4*im.held+1<<26 {
		return errors.New("its constants and parameters come to far more than the file holds")
	}
	return nil
}

// unique gives a name that no layer and no parameter has.
func (im *importer) unique(name string) string {
	name = strings.Trim(name, "/")
	if name == "" || name == graph.Input {
		name += "'"
	}
	for {
		if _, ok := im.shapes[name]; !ok && im.g.Params[name] == nil {
			return name
		}
		name += "'"
	}
}

// add appends a layer and returns its name; its output's shape is worked out.
func (im *importer) add(n graph.Node) (string, error) {
	if n.Op == "" {
		panic("onnxgraph: a layer without a kind")
	}
	n.Name = im.unique(n.Name)
	if err := im.spend(0); err != nil {
		return "", err
	}
	s, err := im.g.NodeShape(&n, im.shapes)
	if err != nil {
		return "", err
	}
	im.shapes[n.Name] = s
	im.g.Nodes = append(im.g.Nodes, n)
	return n.Name, nil
}

// param adds a parameter and returns its name.
func (im *importer) param(name string, w []float32, dims ...int) string {
	name = im.unique(name)
	im.work += len(w) // counted when a layer takes it
	im.g.Params[name] = pack.Keep(name, dims, w)
	return name
}

func (im *importer) node(name string) *graph.Node {
	for i := len(im.g.Nodes) - 1; i >= 0; i-- {
		if im.g.Nodes[i].Name == name {
			return &im.g.Nodes[i]
		}
	}
	return nil
}

// finish picks the feature vector and drops what the output does not need.
func (im *importer) finish(size int, opt Options) (*Result, error) {
	v, err := im.settle(im.output)
	if err != nil {
		return nil, err
	}
	v, err = im.vector(v, opt.GAP)
	if err != nil {
		return nil, err
	}
	g := im.g
	g.Output = v.node
	if flat := im.feature(); opt.GAP && flat != "" {
		// A flattened head gives way to the average of the map that it reads.
		if g.Feature, err = im.add(graph.Node{Name: "pool", Op: graph.GAP, In: []string{flat}}); err != nil {
			return nil, err
		}
		g.Map, g.FixedSize = flat, 0
	}
	if opt.GAP {
		g.Output = g.Feature
	}
	im.prune()
	g.Fold()
	shapes, err := g.Shapes(tensor.Shape{H: size, W: size, C: 3})
	if err != nil {
		return nil, err
	}
	if g.FixedSize == 0 && !anySize(g, size) {
		g.FixedSize = size
	}
	for name, t := range g.Params {
		for i, x := range t.View() {
			if x-x != 0 {
				return nil, fmt.Errorf("element %d of %q is %v", i, clip(name), x)
			}
		}
	}
	r := &Result{Graph: g, Size: size, Bytes: im.bytes}
	if g.Output != g.Feature {
		r.Classes = shapes[g.Output].C
	}
	return r, nil
}

// anySize says whether a network takes larger photos, too: what was copied by its place does not.
func anySize(g *graph.Graph, size int) bool {
	for i := range g.Nodes {
		switch g.Nodes[i].Op {
		case graph.Rearrange, graph.MatMul, graph.Bias:
			_, err := g.Shapes(tensor.Shape{H: 2 * size, W: 2 * size, C: 3})
			return err == nil
		}
	}
	return true
}

// vector makes one vector of the output: of a map its average, of tokens the class token, or with
// gap the average of the patches.
func (im *importer) vector(v view, gap bool) (view, error) {
	s := v.shape
	if s.H == 1 && s.W == 1 {
		return v, nil
	}
	if s.W == 1 && im.front(v.node) > 0 {
		n := graph.Node{Name: v.node + ".token", Op: graph.Token, In: []string{v.node}}
		if gap {
			patches, err := im.add(graph.Node{Name: v.node + ".patches", Op: graph.DropToken, In: []string{v.node}, Index: im.front(v.node)})
			if err != nil {
				return v, err
			}
			n = graph.Node{Name: v.node + ".pool", Op: graph.GAP, In: []string{patches}}
		}
		name, err := im.add(n)
		return newView(name, im.shapes[name], nil, channels(im.shapes[name])), err
	}
	if v.channelAxis() < 0 {
		return v, fmt.Errorf("its output of %v is neither a list of logits nor a feature map", v.dims())
	}
	name, err := im.add(graph.Node{Name: "pool", Op: graph.GAP, In: []string{v.node}})
	return newView(name, im.shapes[name], nil, channels(im.shapes[name])), err
}

// front counts the tokens in front of the patches among those that a layer gives.
func (im *importer) front(name string) int {
	for n := im.node(name); n != nil; n = im.node(n.In[0]) {
		switch n.Op {
		case graph.Tokens:
			return im.shapes[n.Name].H - im.shapes[n.In[0]].Pixels()
		case graph.DropToken, graph.Token, graph.GAP:
			return 0
		}
	}
	return 0
}

// feature finds the feature vector: what GAP gives, where layers of single vectors follow it; else
// what the last dense layer reads, or the output itself. It returns the map that a flattened head
// reads, where there is one.
func (im *importer) feature() (flat string) {
	g := im.g
	single := func(name string) bool { s := im.shapes[name]; return s.H == 1 && s.W == 1 }
	dense := func(n *graph.Node) bool { return n.Op == graph.Dense || n.Op == graph.Conv }
	last := ""
	for n := im.node(g.Output); n != nil; n = im.node(n.In[0]) {
		if n.Op == graph.GAP {
			g.Feature = n.Name
			// Tokens have no rows and columns to draw a heat map on.
			if in := im.shapes[n.In[0]]; in.W > 1 || in.H == 1 {
				g.Map = n.In[0]
			}
			return ""
		}
		if n.Op == graph.Flatten {
			flat = n.In[0]
			if of := im.node(flat); of != nil && of.Op == graph.AdaptiveAvgPool {
				flat = of.In[0]
			}
			break
		}
		if !single(n.In[0]) || len(n.In) > 1 && !im.twoHeads(n) {
			break
		}
		if dense(n) && last == "" {
			last = n.In[0]
		}
	}
	g.Feature = last
	if last == "" {
		g.Feature = g.Output
	}
	return flat
}

// twoHeads says whether a layer adds the logits of two heads, as distilled networks do. The feature
// vector is then what the first of them reads.
func (im *importer) twoHeads(n *graph.Node) bool {
	if n.Op != graph.Add {
		return false
	}
	a, b := im.node(n.In[0]), im.node(n.In[1])
	return a != nil && b != nil && a.Op == graph.Dense && b.Op == graph.Dense && a.In[0] != b.In[0]
}

// prune drops layers that the output, the feature vector and the map do not need.
func (im *importer) prune() {
	im.pruneTo(map[string]bool{im.g.Output: true, im.g.Feature: true, im.g.Map: true})
}

func (im *importer) pruneTo(need map[string]bool) {
	g := im.g
	for i := len(g.Nodes) - 1; i >= 0; i-- {
		if need[g.Nodes[i].Name] {
			for _, in := range g.Nodes[i].In {
				need[in] = true
			}
		}
	}
	g.Nodes = slices.DeleteFunc(g.Nodes, func(n graph.Node) bool { return !need[n.Name] })
}
