package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Model is a network with all that is needed to name photos with it.
type Model struct {
	Name       string           // as in the catalogue, "efficientnet-lite0"
	Arch       string           // the variant, as package models calls it
	Title      string           // for people, "EfficientNet-Lite0"
	Labels     []string         // one for each logit; none where the network ends in its feature vector
	Preprocess photo.Preprocess // what the network was trained with
	Licence    string           // of the weights, an SPDX identifier
	Source     string           // where the weights come from
	Graph      *graph.Graph
	Coded      bool // WriteTo entropy codes the weights; nothing is lost by it

	packed *graph.Packed // the weights as they were laid out while they came; nil where they were not
}

// manifest is the JSON of a pack.
type manifest struct {
	Name       string           `json:"name"`
	Arch       string           `json:"arch"`
	Title      string           `json:"title,omitempty"`
	Licence    string           `json:"licence,omitempty"`
	Source     string           `json:"source,omitempty"`
	Preprocess photo.Preprocess `json:"preprocess"`
	Graph      *graph.Graph     `json:"graph"`
	Labels     []string         `json:"labels"`
}

// Read opens a pack. name is what errors call the file. The weights of a pack that isn't coded stay
// where they are in data, which must not change as long as the model is in use.
//
// An error says which file is wrong, what about it, and what to do; the model's graph has been
// checked at its own input size.
func Read(name string, data []byte) (*Model, error) {
	f, err := pack.Read(name, data)
	if err != nil {
		return nil, err
	}
	out, err := parse(name, f.Manifest, f.Tensors)
	if err != nil {
		return nil, err
	}
	out.Coded = f.Coded
	return out, nil
}

// parse makes a model of a manifest and tensors, of which only the types and dims are looked at.
func parse(name string, text []byte, tensors []*pack.Tensor) (*Model, error) {
	var m manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	// What a later version says of a layer must not be passed over: the network would answer
	// otherwise.
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("%s: its manifest cannot be read: %w; convert the network again", name, err)
	}
	if m.Graph == nil {
		return nil, fmt.Errorf("%s: its manifest has no network; convert the network again", name)
	}
	m.Graph.Params = make(map[string]*pack.Tensor, len(tensors))
	for _, t := range tensors {
		m.Graph.Params[t.Name] = t
	}
	out := &Model{
		Name: m.Name, Arch: m.Arch, Title: m.Title, Labels: m.Labels, Preprocess: m.Preprocess,
		Licence: m.Licence, Source: m.Source, Graph: m.Graph,
	}
	if err := out.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w; convert the network again, with this version", name, err)
	}
	return out, nil
}

// Check says what is wrong with a model: with its preprocessing, its graph at its own input size,
// or the number of its labels.
func (m *Model) Check() error {
	if err := m.Preprocess.Validate(); err != nil {
		return err
	}
	shapes, err := m.Graph.Shapes(m.InputShape(0))
	if err != nil {
		return err
	}
	out := shapes[m.Graph.Output]
	if out.H != 1 || out.W != 1 {
		return fmt.Errorf("its output of %v is not one list of logits", out)
	}
	if len(m.Labels) == 0 && m.Graph.Output == m.Graph.Feature {
		return nil // a backbone, to teach on
	}
	if out.C != len(m.Labels) {
		return fmt.Errorf("it has %d labels for %d outputs", len(m.Labels), out.C)
	}
	if out.C == 1 {
		return fmt.Errorf("it has one class, whose score would be 1 for every photo; a network of one output is given two, for no and yes")
	}
	return nil
}

// InputShape returns the shape of the input at a size, 0 being the model's own.
func (m *Model) InputShape(size int) tensor.Shape {
	if size == 0 {
		size = m.Preprocess.Size
	}
	return tensor.Shape{H: size, W: size, C: 3}
}

// WriteTo writes the model as a pack, tensors in the order in which the layers name them. The same
// model always gives the same bytes.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	if err := m.Check(); err != nil {
		return 0, fmt.Errorf("%s: %w", m.Name, err)
	}
	text, err := json.Marshal(manifest{m.Name, m.Arch, m.Title, m.Licence, m.Source, m.Preprocess, m.Graph, m.Labels})
	if err != nil {
		return 0, err
	}
	f := pack.File{Manifest: text, Tensors: m.tensors(), Coded: m.Coded}
	return f.WriteTo(w)
}

// Backbone returns the network up to its feature vector, without the classes behind it. Weights are
// shared.
func (m *Model) Backbone() *Model {
	out, g := *m, *m.Graph
	needed := g.Needed(g.Feature)
	g.Nodes = slices.DeleteFunc(slices.Clone(g.Nodes), func(n graph.Node) bool { return !needed[n.Name] })
	g.Output = g.Feature
	out.Graph, out.Labels = &g, nil
	return &out
}

// tensors are the weights in the order in which the layers name them.
func (m *Model) tensors() (list []*pack.Tensor) {
	var names []string
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		for _, name := range paramsOf(n) {
			if name != "" && !slices.Contains(names, name) {
				names = append(names, name)
				list = append(list, m.Graph.Params[name])
			}
		}
	}
	return list
}

// paramsOf lists the names of a node's weights, "" where it has none of a kind.
func paramsOf(n *graph.Node) []string { return []string{n.Weight, n.Bias, n.Mean, n.Var, n.Token} }

// Fingerprint is a SHA-256 of all that decides features: the layers, the weights as they are after
// decoding, and how photos are prepared. Vectors of two packs may be compared if, and only if,
// their fingerprints are equal. How the weights are coded, what the network is called and where it
// comes from do not count.
func (m *Model) Fingerprint() ([sha256.Size]byte, error) {
	text, err := json.Marshal(struct {
		Preprocess photo.Preprocess `json:"preprocess"`
		Graph      *graph.Graph     `json:"graph"`
	}{m.Preprocess, m.Graph})
	if err != nil {
		return [sha256.Size]byte{}, err
	}
	sum := sha256.New()
	f := pack.File{Manifest: text, Tensors: m.tensors()}
	if _, err := f.WriteTo(sum); err != nil {
		return [sha256.Size]byte{}, err
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}
