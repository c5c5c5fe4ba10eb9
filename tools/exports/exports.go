// Package exports writes what was taught, or a network, in each format that there is, and runs what
// it wrote: nobody is given a file that answers otherwise than Homeroom does. The program homeroom
// and the page share it.
package exports

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"

	"homeroom/core/export"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/keras"
	"homeroom/tools/onnxgraph"
	"homeroom/tools/tflite"
	"homeroom/tools/torchcalls"
)

// The formats, by their names.
const (
	Homeroom         = "homeroom" // a project without its photos
	ONNX             = "onnx"
	TFLite           = "tflite"
	TeachableMachine = "teachable-machine"
	Safetensors      = "safetensors"
	CSV              = "csv" // features of a project's photos
	HTML             = "html"
	Folder           = "folder" // zipped
)

// A Format is one that networks and heads are written in.
type Format struct {
	Name      string
	Extension string           // of a file, with its dot
	Weights   []export.Weights // that it can hold, the exact ones first
}

// Formats are those that are run before they are given out.
var Formats = []Format{
	{ONNX, ".onnx", []export.Weights{export.F32, export.Int8}},
	{TFLite, ".tflite", []export.Weights{export.F32, export.F16, export.Int8}},
	{TeachableMachine, ".zip", []export.Weights{export.F32}},
	{Safetensors, ".safetensors", []export.Weights{export.F32}},
}

// Choice is in which form a classifier is written.
type Choice struct {
	Format  string
	Weights export.Weights
	Bytes   bool              // the input of a model of TensorFlow Lite is of bytes
	Element map[string][]byte // files of the element, for pages; for [Source.Export]
	Quick   bool              // the head that stands in where several views are too slow; for [Source.Export]
}

// Write writes a classifier. The errors name what the format cannot say.
func Write(w io.Writer, c *export.Classifier, as Choice) error {
	i := slices.IndexFunc(Formats, func(f Format) bool { return f.Name == as.Format })
	switch {
	case i < 0:
		return fmt.Errorf("there is no format called %q", as.Format)
	case !slices.Contains(Formats[i].Weights, as.Weights):
		return fmt.Errorf("%s holds weights as %s, and not as %s", as.Format, export.WeightsList(Formats[i].Weights), as.Weights)
	case as.Bytes && as.Format != TFLite:
		return errors.New("only models of TensorFlow Lite have a choice of inputs")
	}
	switch as.Format {
	case TFLite:
		if as.Bytes {
			return c.TFLiteOfBytes(w, as.Weights)
		}
		return c.TFLite(w, as.Weights)
	case TeachableMachine:
		return c.TeachableMachine(w)
	case Safetensors:
		return c.Torch(w)
	}
	return c.ONNX(w, as.Weights)
}

// Card says what a file of a format has in it.
func Card(c *export.Classifier, format string) export.Card {
	switch format {
	case TeachableMachine:
		return c.TeachableMachineCard()
	case TFLite:
		return c.TFLiteCard()
	}
	return c.Card()
}

// A Runner runs a file. Close lets its threads end.
type Runner interface {
	export.Runner
	Close()
}

// Read makes what runs a file of a format that was written.
func Read(format string, file []byte) (Runner, error) {
	var m *onnx.Model
	var err error
	switch format {
	case ONNX:
		m, err = onnx.Read("what was written", file)
	case TFLite:
		var t *tflite.Model
		if t, err = tflite.Read("what was written", file); err == nil {
			m = t.ONNX
		}
	case TeachableMachine:
		var k *keras.Model
		if k, err = readTeachable(file); err == nil {
			m = k.ONNX
		}
	case Safetensors:
		m, err = torchcalls.Read(file)
	default:
		return nil, fmt.Errorf("there is no reader of the format %q", format)
	}
	if err != nil {
		return nil, err
	}
	r, err := onnxgraph.NewRunner(m)
	switch {
	case err != nil:
		return nil, err
	case format == TeachableMachine:
		return centred{r}, nil
	}
	return r, nil
}

// centred is a model whose one input is level/127 − 1.
type centred struct{ *onnxgraph.Runner }

func (c centred) Run(pictures map[string][]float32) (map[string][]float32, error) {
	for _, p := range pictures {
		x := make([]float32, len(p))
		for i, v := range p {
			x[i] = v/127 - 1
		}
		return c.Runner.Run(map[string][]float32{"input": x})
	}
	return nil, errors.New("there is no picture")
}

// readTeachable reads the layers model of Teachable Machine's zip.
func readTeachable(file []byte) (*keras.Model, error) {
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, err
	}
	read := func(name string) ([]byte, error) { return fs.ReadFile(z, path.Clean(name)) }
	text, err := read("model.json")
	if err != nil {
		return nil, err
	}
	return keras.ReadTFJS("model.json", text, read)
}
