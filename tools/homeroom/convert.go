package main

import (
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"homeroom/core/pack"
	"homeroom/tools/whole"
)

// convert is the command of that name.
type convert struct {
	building
	preparing
	DType   string `name:"dtype" default:"int8" enum:"int8,f16,f32" help:"How weights are stored: int8 (with a scale for each channel), f16 or f32."`
	Labels  string `type:"existingfile" placeholder:"FILE" help:"Text file with the labels, one a line, in the order of the network's outputs. Default: what its classes are known to be."`
	Name    string `placeholder:"NAME" help:"Name of the pack. Default: that of the variant."`
	Title   string `placeholder:"TEXT" help:"Title for people. Default: that of the variant."`
	Licence string `placeholder:"SPDX" help:"Licence of the weights, to be kept in the pack."`
	Source  string `placeholder:"TEXT" help:"Where the weights come from, to be kept in the pack."`
	Out     string `short:"o" required:"" placeholder:"OUT.pack" help:"Where the pack goes."`
	In      string `arg:"" type:"existingfile" help:"Checkpoint or model: .pt, .pth, .safetensors, .npz, .ckpt, .onnx."`
}

// convertMemory is what the garbage collector keeps to while it converts, where
// it can: a VGG of half a gigabyte would otherwise grow to three times that.
const convertMemory = 900 << 20

func (c *convert) Run(con *console) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(convertMemory))
	if err := whole.Check(c.Out, c.In, c.Labels); err != nil {
		return err
	}
	dtype, err := pack.ParseDType(c.DType)
	if err != nil {
		return err
	}
	var labels []string
	if c.Labels != "" {
		if labels, err = readLabels(c.Labels); err != nil {
			return err
		}
	}
	n, err := c.building.open(c.In)
	if err != nil {
		return err
	}
	if err := c.preparing.apply(n.Network); err != nil {
		return err
	}
	n.Quantise(dtype)
	m, err := named(c.In, n, labels)
	if err != nil {
		return err
	}
	if c.Name != "" {
		m.Name = c.Name
	}
	if c.Title != "" {
		m.Title = c.Title
	}
	m.Licence, m.Source = c.Licence, c.Source
	var size int64
	if err := whole.Write(c.Out, 0o666, func(w io.Writer) (err error) { size, err = m.WriteTo(w); return err }); err != nil {
		return err
	}
	classes := fmt.Sprintf("%d classes", len(m.Labels))
	if len(m.Labels) == 0 {
		feature, err := featureLength(m)
		if err != nil {
			return err
		}
		classes = fmt.Sprintf("a backbone with a feature vector of %d", feature)
	}
	_, err = fmt.Fprintf(con.out, "%s: %s, %s, %s bytes of %s\n", c.Out, m.Title, classes, grouped(size), c.DType)
	return err
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
