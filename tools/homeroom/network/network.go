// Package network opens networks as other programs saved them: checkpoints and whole graphs.
package network

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/models"
	"homeroom/tools/checkpoint"
	"homeroom/tools/homeroom/console"
)

// Building are the flags that say how a network is made of a checkpoint or an ONNX model.
type Building struct {
	Arch   string `placeholder:"NAME" help:"Variant of the network. Default: told from the checkpoint."`
	GAP    bool   `name:"gap" help:"End in the global average of the last feature map, in place of the classes: a backbone to teach on, for any input size."`
	Heads  int    `placeholder:"N" help:"Heads of a vision transformer. Default: what the checkpoint says beside its weights, or one for each 64 channels."`
	Output string `placeholder:"NAME" help:"Value of an ONNX model to end in. Default: its first output."`

	Weights    string `placeholder:"NAME" help:"Which weights of a checkpoint to take, where it has several: the key they are under, such as state_dict, or what their names begin with."`
	Activation string `placeholder:"NAME" help:"What lies between the linear layers of a head of your own, where the checkpoint does not show it: relu, silu, hardswish, gelu, tanh, … or none. Default: relu."`
}

// Network is a network with the names of its classes, where the file has them.
type Network struct {
	*models.Network
	labels []string
	photos string // who says how photos are prepared, for people
	known  bool   // it is said, not assumed
}

// Open makes the network of a file, with float32 weights. Whatever the readers fail on is refused
// under the file's name.
func (b *Building) Open(path string) (n *Network, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			n, err = nil, fmt.Errorf("%s: %w (%v)", path, checkpoint.ErrFault, fault)
		}
	}()
	if IsGraph(path) {
		return b.readGraph(path)
	}
	if b.Output != "" {
		return nil, fmt.Errorf("%s: --output is for ONNX models and others with a graph in them, whose values have names", path)
	}
	c, err := b.checkpoint(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return b.Build(path, c)
}

// checkpoint opens a checkpoint with the weights that were asked for, if they are under a key; what
// names begin with is left to package models.
func (b *Building) checkpoint(path string) (*checkpoint.Checkpoint, error) {
	if b.Weights != "" {
		if c, err := checkpoint.OpenWith(path, checkpoint.Options{Weights: b.Weights}); err == nil {
			return c, nil
		}
	}
	return checkpoint.Open(path)
}

// Named gives a network its labels; a backbone has none.
func Named(path string, n *Network, labels []string) (*model.Model, error) {
	if labels == nil {
		labels = n.labels
	}
	if labels == nil {
		labels = models.Labels(n.LabelSet)
	}
	if n.Binary {
		labels = binaryLabels(labels)
	}
	switch {
	case n.Classes == 0:
		labels = nil
	case labels == nil:
		return nil, fmt.Errorf("%s: what its %d classes are called is not known; give their names with --labels, or leave them out with --gap", path, n.Classes)
	case len(labels) != n.Classes:
		return nil, fmt.Errorf("%s: there are %d labels for its %d classes; the file of labels needs one line a class", path, len(labels), n.Classes)
	}
	return &model.Model{Name: n.Arch, Arch: n.Arch, Title: n.Title, Labels: labels, Preprocess: n.Preprocess, Graph: n.Graph}, nil
}

// Preparing are the flags that say how photos are prepared, where the checkpoint or its family does
// not or says something else.
type Preparing struct {
	Resize        int    `placeholder:"N" help:"What the shorter side of a photo is resized to, or with --squash both."`
	Crop          int    `placeholder:"N" help:"Input size: what is cut out of its centre."`
	Squash        bool   `help:"Resize both sides alike, whatever the photo's proportions: to --resize, or to the input size, so that nothing is cut off."`
	Interpolation string `placeholder:"FILTER" help:"How photos are resized: bilinear or bicubic."`
	Mean          string `placeholder:"R,G,B" help:"Means of the channels, from 0 to 1 as in torchvision, or as levels from 0 to 255 if any number of --mean or --std is over 1."`
	Std           string `placeholder:"R,G,B" help:"Deviations of the channels, likewise."`
	BGR           bool   `name:"bgr" help:"The network was trained on photos with blue first; --mean and --std are in that order, too."`
}

// Apply changes how a network prepares photos to what the flags say.
func (c *Preparing) Apply(n *models.Network) error {
	p := &n.Preprocess
	if c.Crop != 0 {
		*p = p.At(c.Crop)
	}
	if c.Resize != 0 {
		p.Resize = c.Resize
		p.CropFraction = float64(p.Size) / float64(c.Resize)
	}
	if c.Squash {
		p.Squash = true
		if c.Resize == 0 {
			p.Resize = 0
		}
	}
	if c.Interpolation != "" {
		p.Interpolation = photo.Interpolation(c.Interpolation)
	}
	scale := 255.0
	var values [2][]float64
	for i, text := range []string{c.Mean, c.Std} {
		if text == "" {
			continue
		}
		list, err := triple(text)
		if err != nil {
			return fmt.Errorf("%s %s: %w", []string{"--mean", "--std"}[i], text, err)
		}
		values[i] = list
		if slices.Max(list) > 1 {
			scale = 1
		}
	}
	for i, to := range []*[3]float64{&p.Mean, &p.Std} {
		for k, v := range values[i] {
			to[k] = console.Round(v*scale, 6)
		}
	}
	if c.BGR {
		if err := swapChannels(n); err != nil {
			return err
		}
	}
	return p.Validate()
}

// triple reads three numbers with commas between them; one stands for all.
func triple(text string) ([]float64, error) {
	parts := strings.Split(text, ",")
	if len(parts) == 1 {
		parts = []string{parts[0], parts[0], parts[0]}
	}
	if len(parts) != 3 {
		return nil, fmt.Errorf("three numbers with commas between them are needed")
	}
	var out []float64
	for _, p := range parts {
		v, err := strconv.ParseFloat(strings.TrimSpace(p), 64)
		if err != nil {
			return nil, fmt.Errorf("%q is no number", p)
		}
		out = append(out, v)
	}
	return out, nil
}

// swapChannels makes a network that was trained on photos with blue first take red first, as photos
// come here.
func swapChannels(n *models.Network) error {
	n.Preprocess.Mean[0], n.Preprocess.Mean[2] = n.Preprocess.Mean[2], n.Preprocess.Mean[0]
	n.Preprocess.Std[0], n.Preprocess.Std[2] = n.Preprocess.Std[2], n.Preprocess.Std[0]
	return n.Graph.SwapInput(0, 2)
}

// tensors gives the builders of package models what a checkpoint holds.
type tensors struct {
	names  []string
	byName map[string]*checkpoint.Tensor
}

func newTensors(c *checkpoint.Checkpoint) tensors {
	t := tensors{byName: make(map[string]*checkpoint.Tensor, len(c.Tensors))}
	for _, x := range c.Tensors {
		t.names = append(t.names, x.Name)
		t.byName[x.Name] = x
	}
	return t
}

func (t tensors) Names() []string { return t.names }

func (t tensors) Dims(name string) []int {
	x := t.byName[name]
	if x == nil {
		return nil
	}
	return append([]int{}, x.Dims...) // not nil for a scalar
}

func (t tensors) Floats(name string) ([]float32, error) {
	x := t.byName[name]
	if x == nil {
		return nil, fmt.Errorf("there is no tensor %q", name)
	}
	return x.Floats()
}
