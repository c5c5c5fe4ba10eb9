package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/models"
	"homeroom/tools/checkpoint"
)

type convert struct {
	Arch    string `placeholder:"NAME" help:"Variant of the network. Default: told from the checkpoint."`
	DType   string `name:"dtype" default:"int8" enum:"int8,f16,f32" help:"How weights are stored: int8 (with a scale for each channel), f16 or f32."`
	Labels  string `type:"existingfile" placeholder:"FILE" help:"Text file with the labels, one a line, in the order of the network's outputs. Default: what its classes are known to be."`
	Name    string `placeholder:"NAME" help:"Name of the pack. Default: that of the variant."`
	Licence string `placeholder:"SPDX" help:"Licence of the weights, to be kept in the pack."`
	Source  string `placeholder:"TEXT" help:"Where the weights come from, to be kept in the pack."`
	Out     string `short:"o" required:"" placeholder:"OUT.pack" help:"Where the pack goes."`
	In      string `arg:"" type:"existingfile" help:"Checkpoint: .pt, .pth, .safetensors, .npz."`
}

func (c *convert) Run(con *console) error {
	dtype, err := pack.ParseDType(strings.Replace(c.DType, "int8", "i8", 1))
	if err != nil {
		return err
	}
	var labels []string
	if c.Labels != "" {
		if labels, err = readLabels(c.Labels); err != nil {
			return err
		}
	}
	m, err := convertFile(c.In, c.Arch, dtype, labels)
	if err != nil {
		return err
	}
	if c.Name != "" {
		m.Name = c.Name
	}
	m.Licence, m.Source = c.Licence, c.Source
	var out bytes.Buffer
	if _, err := m.WriteTo(&out); err != nil {
		return err
	}
	if err := writeWhole(c.Out, out.Bytes()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(con.out, "%s: %s, %d classes, %s bytes of %s\n", c.Out, m.Title, len(m.Labels), grouped(int64(out.Len())), c.DType)
	return err
}

// convertFile makes a model from a checkpoint. arch "" and labels nil stand for
// what can be told from the checkpoint.
func convertFile(path, arch string, dtype pack.DType, labels []string) (*model.Model, error) {
	n, err := buildFile(path, arch)
	if err != nil {
		return nil, err
	}
	n.Quantise(dtype)
	return named(path, n, labels)
}

// buildFile builds the network of a checkpoint with float32 weights.
func buildFile(path, arch string) (*models.Network, error) {
	c, err := checkpoint.Open(path)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	n, err := models.Build(arch, newTensors(c))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return n, nil
}

// named gives a network its labels.
func named(path string, n *models.Network, labels []string) (*model.Model, error) {
	if labels == nil {
		labels = models.Labels(n.LabelSet)
	}
	switch {
	case n.Classes == 0:
		return nil, fmt.Errorf("%s: this network ends in its feature vector; it has no classes to name", path)
	case labels == nil:
		return nil, fmt.Errorf("%s: what its %d classes are called is not known; give their names with --labels", path, n.Classes)
	case len(labels) != n.Classes:
		return nil, fmt.Errorf("%s: there are %d labels for its %d classes; the file of labels needs one line a class", path, len(labels), n.Classes)
	}
	return &model.Model{Name: n.Arch, Arch: n.Arch, Title: n.Title, Labels: labels, Preprocess: n.Preprocess, Graph: n.Graph}, nil
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

// maxLabels bounds a file of labels, in bytes.
const maxLabels = 16 << 20

// readLabels reads a text file of labels, one a line.
func readLabels(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxLabels+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxLabels {
		return nil, fmt.Errorf("%s is longer than a list of labels can be", path)
	}
	text := strings.TrimRight(strings.TrimPrefix(string(data), "\ufeff"), "\r\n \t")
	if text == "" {
		return nil, fmt.Errorf("%s holds no labels", path)
	}
	labels := strings.Split(text, "\n")
	for i, l := range labels {
		if labels[i] = strings.TrimSpace(l); labels[i] == "" {
			return nil, fmt.Errorf("%s, line %d: the label is empty", path, i+1)
		}
	}
	return labels, nil
}

// writeWhole writes a file so that nobody ever sees half of it.
func writeWhole(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it is renamed
	_, err = f.Write(data)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if fault := f.Close(); err == nil {
		err = fault
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
