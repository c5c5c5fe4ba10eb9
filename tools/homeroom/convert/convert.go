// Package convert is the commands that make packs: of one network, and of the whole catalogue.
package convert

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"homeroom/core/pack"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/network"
	"homeroom/tools/whole"
)

// Command is the flags and arguments of convert, and what carries it out.
type Command struct {
	network.Building
	network.Preparing
	budgeting
	DType   string `name:"dtype" default:"int8" enum:"int8,f16,f32" help:"How weights are stored: int8 (with a scale for each channel), f16 or f32."`
	Labels  string `type:"existingfile" placeholder:"FILE" help:"Text file with the labels, one a line, in the order of the network's outputs. Default: what its classes are known to be."`
	Name    string `placeholder:"NAME" help:"Name of the pack. Default: that of the variant."`
	Title   string `placeholder:"TEXT" help:"Title for people. Default: that of the variant."`
	Licence string `placeholder:"SPDX" help:"Licence of the weights, to be kept in the pack."`
	Source  string `placeholder:"TEXT" help:"Where the weights come from, to be kept in the pack."`
	Out     string `short:"o" required:"" placeholder:"OUT.pack" help:"Where the pack goes."`
	In      string `arg:"" type:"existingfile" help:"Checkpoint or model: .pt, .pth, .safetensors, .npz, .ckpt, .onnx, .tflite, .h5, .keras, model.json of TensorFlow.js, or a .zip that Teachable Machine exports."`
}

// convertMemory is what the garbage collector keeps to while it converts, where it can: a VGG of
// half a gigabyte would otherwise grow to three times that.
const convertMemory = 900 << 20

// Run carries out the command.
func (c *Command) Run(con *console.Console) error {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(convertMemory))
	if err := whole.Check(c.Out, c.In, c.Labels); err != nil {
		return err
	}
	dtype, err := pack.ParseDType(c.DType)
	if err != nil {
		return err
	}
	if err := c.budgeting.check(dtype); err != nil {
		return err
	}
	var labels []string
	if c.Labels != "" {
		if labels, err = ReadLabels(c.Labels); err != nil {
			return err
		}
	}
	n, err := c.Building.Open(c.In)
	if err != nil {
		return err
	}
	if err := c.Preparing.Apply(n.Network); err != nil {
		return err
	}
	if c.BytesBudget == 0 && len(c.Judge) == 0 {
		n.Quantise(dtype) // in place: the weights of a VGG are half a gigabyte
	}
	m, err := network.Named(c.In, n, labels)
	if err != nil {
		return err
	}
	if m.Coded = coded(dtype); c.BytesBudget > 0 || len(c.Judge) > 0 {
		if m, err = c.budgeting.convert(con, m, dtype); err != nil {
			return err
		}
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
	n.Tell(con, m, c.Preparing.Set())
	classes := fmt.Sprintf("%d classes", len(m.Labels))
	if len(m.Labels) == 0 {
		feature, err := featureLength(m)
		if err != nil {
			return err
		}
		classes = fmt.Sprintf("a backbone with a feature vector of %d", feature)
	}
	_, err = fmt.Fprintf(con.Out, "%s: %s, %s, %s bytes of %s\n", c.Out, m.Title, classes, console.Grouped(size), c.DType)
	return err
}

// coded says whether packs of a type are entropy coded. What is stored in full is kept as it is, to
// be read in place: it is hundreds of megabytes, of which coding would save a tenth.
func coded(d pack.DType) bool { return d != pack.F32 }

// maxLabels bounds a file of labels, in bytes.
const maxLabels = 16 << 20

// ReadLabels reads a text file of labels, one a line.
func ReadLabels(path string) ([]string, error) {
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
	if data, err = inUTF8(data); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
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

// inUTF8 decodes a file of labels: UTF-8, or UTF-16 as Windows' editors call Unicode, which a mark
// at its beginning or zeros between its letters tell.
func inUTF8(data []byte) ([]byte, error) {
	zeros := [2]int{} // at even and at odd places
	for i, b := range data[:min(len(data), 1<<10)] {
		if b == 0 {
			zeros[i%2]++
		}
	}
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")), zeros[1] > 0 && zeros[0] == 0:
		order = binary.LittleEndian
	case bytes.HasPrefix(data, []byte("\xfe\xff")), zeros[0] > 0 && zeros[1] == 0:
		order = binary.BigEndian
	}
	if order != nil {
		if len(data)%2 != 0 {
			return nil, errors.New("it is text in UTF-16, but cut short; save it as UTF-8")
		}
		units := make([]uint16, len(data)/2)
		for i := range units {
			units[i] = order.Uint16(data[2*i:])
		}
		return []byte(string(utf16.Decode(units))), nil
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, errors.New("it isn't text; labels are a text file, one a line")
	}
	if !utf8.Valid(data) {
		return nil, errors.New("it is text, but neither in UTF-8 nor in UTF-16; save it as UTF-8")
	}
	return data, nil
}
