// Package tflite reads models of TensorFlow Lite (.tflite) that name photos, and makes ONNX models
// of them, which package onnxgraph knows how to turn into a network.
//
// Tensors keep their axes, [N][H][W][C]; a convolution stands between two transpositions, which
// cost nothing there. Weights and activations that are quantised become float32 by their scales and
// zero points; what a quantised network rounds on its way is not rounded here.
package tflite

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"homeroom/tools/checkpoint"
	"homeroom/tools/checkpoint/onnx"
)

// maxFile is the format's own limit: its offsets have 32 bits, and a sign.
const maxFile = math.MaxInt32

// A Model is what a file holds.
type Model struct {
	ONNX *onnx.Model
	// Labels are those of the file's own list, nil where it has none.
	Labels []string
	// Mean and Std say how levels are normalised before the input, where the file's metadata say
	// so.
	Mean, Std []float32
	// Files are those behind the model, as a zip, by their names.
	Files map[string][]byte
}

// Open reads a file.
func Open(path string) (*Model, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxFile {
		return nil, fmt.Errorf("%s isn't a file of at most 2 GB, as models of TensorFlow Lite are", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Read(filepath.Base(path), data)
}

// Read parses a model. name is what errors call the file; they also name the operator.
func Read(name string, data []byte) (*Model, error) {
	m, err := read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// tensor is a tensor of the file.
type tensor struct {
	name  string
	dims  []int
	kind  int
	data  []byte // nil for what is computed
	scale []float32
	zero  []int64
	axis  int
	at    string // its value in the ONNX model, "" before there is one
	first string // likewise with the channels before rows and columns
}

// The types of elements that are known.
const (
	kindFloat32, kindFloat16, kindInt32, kindUint8, kindInt64, kindInt8 = 0, 1, 2, 3, 4, 9
)

// reader makes the ONNX model.
type reader struct {
	*onnx.Builder
	flat    *flat
	tensors []tensor
	made    int // numbers of constants
}

const (
	maxRank = 8
	maxMade = 1 << 29 // numbers of constants
)

func read(data []byte) (*Model, error) {
	if len(data) < 8 || string(data[4:8]) != "TFL3" {
		return nil, errFlat
	}
	f := &flat{data: data, left: maxParts}
	root := f.table(0)
	graphs, buffers := root.tables(2), root.tables(4)
	if f.err != nil {
		return nil, f.err
	}
	if len(graphs) != 1 {
		return nil, fmt.Errorf("it has %d graphs; a network that names photos has one", len(graphs))
	}
	r := &reader{Builder: onnx.NewBuilder(), flat: f}
	g := graphs[0]
	for _, t := range g.tables(0) {
		if err := r.tensor(t, buffers); err != nil {
			return nil, err
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	inputs, outputs := g.ints(1), g.ints(2)
	for _, i := range inputs {
		if err := r.input(i); err != nil {
			return nil, err
		}
	}
	codes := root.tables(1)
	for i, o := range g.tables(3) {
		if err := r.operator(i, o, codes); err != nil {
			return nil, err
		}
	}
	if f.err != nil {
		return nil, f.err
	}
	for i, k := range outputs {
		if k < 0 || k >= len(r.tensors) || r.value(k) == "" {
			return nil, fmt.Errorf("its output %d is made by no operator", i)
		}
		// Outputs keep their names, by which they are asked for.
		t := &r.tensors[k]
		r.AddTo(t.name, "Identity", nil, []string{t.at}, t.name)
		r.Output(t.name)
	}
	m := &Model{ONNX: &r.Model, Files: behind(data)}
	r.metadata(m, root, buffers)
	return m, f.err
}

// tensor reads one.
func (r *reader) tensor(t table, buffers []table) error {
	x := tensor{name: t.text(3), dims: t.ints(0), kind: t.byte(1)}
	at := t.int(2, 0)
	if at < 0 || at >= len(buffers) {
		return fmt.Errorf("tensor %q has no buffer", clip(x.name))
	}
	if x.data = buffers[at].bytes(0); len(x.data) == 0 {
		x.data = nil
	}
	if len(x.dims) > maxRank {
		return fmt.Errorf("tensor %q has %d axes", clip(x.name), len(x.dims))
	}
	n := 1
	for _, d := range x.dims {
		if d < 0 || d > 0 && n > math.MaxInt32/d {
			return fmt.Errorf("tensor %q of %v is not possible", clip(x.name), x.dims)
		}
		n *= d
	}
	size, known := map[int]int{kindFloat32: 4, kindFloat16: 2, kindInt32: 4, kindUint8: 1, kindInt64: 8, kindInt8: 1}[x.kind]
	if x.data != nil && known && len(x.data) != n*size {
		return fmt.Errorf("tensor %q of %v has %d bytes, and takes %d", clip(x.name), x.dims, len(x.data), n*size)
	}
	q := t.table(4)
	x.scale, x.zero, x.axis = q.floats(2), q.longs(3), q.int(6, 0)
	if k := len(x.scale); k > 0 {
		if len(x.zero) != k && len(x.zero) > 0 || k > 1 && (x.axis < 0 || x.axis >= len(x.dims) || x.dims[x.axis] != k) {
			return fmt.Errorf("tensor %q of %v has %d scales and %d zero points along axis %d", clip(x.name), x.dims, k, len(x.zero), x.axis)
		}
	}
	r.tensors = append(r.tensors, x)
	return nil
}

// input makes an input. A quantised one takes levels as they are, and what they stand for is
// computed.
func (r *reader) input(i int) error {
	if i < 0 || i >= len(r.tensors) {
		return fmt.Errorf("there is no tensor %d to be its input", i)
	}
	t := &r.tensors[i]
	if len(t.dims) != 4 || t.dims[3] != 3 {
		return fmt.Errorf("its input %q of %v is no photo, [1][rows][columns][3]", clip(t.name), t.dims)
	}
	switch {
	case t.kind == kindFloat32:
		r.Input(t.name, onnx.TypeFloat, t.dims...)
		t.at = t.name
		return nil
	case t.kind == kindUint8 && len(t.scale) == 0:
		r.Input(t.name, onnx.TypeUint8, t.dims...)
		t.at = r.Add(t.name, "Cast", onnx.With{"to": 1}, t.name)
		return nil
	case t.kind == kindUint8 && len(t.scale) == 1, t.kind == kindInt8 && len(t.scale) == 1:
		r.Input(t.name, onnx.TypeUint8, t.dims...)
		zero := 0.0
		if len(t.zero) > 0 {
			zero = float64(t.zero[0])
		}
		if t.kind == kindInt8 {
			zero += 128 // bytes are levels less 128
		}
		t.at = r.Add(t.name, "Cast", onnx.With{"to": 1}, t.name)
		t.at = r.Add(t.name, "Sub", nil, t.at, r.Scalar(zero))
		t.at = r.Add(t.name, "Mul", nil, t.at, r.Scalar(float64(t.scale[0])))
		return nil
	}
	return fmt.Errorf("its input %q is of type %d, which photos are not given in; float32 and quantised bytes are known here", clip(t.name), t.kind)
}

// constants reads a constant of whole numbers.
func (r *reader) constants(i int) ([]int, error) {
	if i < 0 || i >= len(r.tensors) {
		return nil, fmt.Errorf("there is no tensor %d", i)
	}
	t := &r.tensors[i]
	if t.data == nil && len(t.dims) == 1 && t.dims[0] == 0 {
		return nil, nil
	}
	var out []int
	if t.data == nil || len(t.data) > 1<<20 {
		return nil, fmt.Errorf("%q is computed, where a constant is expected", clip(t.name))
	}
	for d := t.data; len(d) > 0; {
		switch t.kind {
		case kindInt32:
			out, d = append(out, int(int32(binary.LittleEndian.Uint32(d)))), d[4:]
		case kindInt64:
			out, d = append(out, int(int64(binary.LittleEndian.Uint64(d)))), d[8:]
		default:
			return nil, fmt.Errorf("%q is not of whole numbers", clip(t.name))
		}
	}
	return out, nil
}

// floats reads a constant as float32, quantised ones by their scales.
func (r *reader) floats(t *tensor) ([]float32, error) {
	if t.data == nil {
		return nil, fmt.Errorf("%q is computed, where a constant is expected", clip(t.name))
	}
	n := 1
	for _, d := range t.dims {
		n *= d
	}
	// Tensors may share their bytes, which few do.
	if r.made += n; r.made > min(maxMade, 1<<22+4*len(r.flat.data)) {
		return nil, fmt.Errorf("its constants come to %d numbers, more than is expected in %d bytes; it is damaged or hostile", r.made, len(r.flat.data))
	}
	out := make([]float32, n)
	each := 1
	if len(t.scale) > 1 {
		for _, d := range t.dims[t.axis+1:] {
			each *= d
		}
	}
	switch t.kind {
	case kindFloat32:
		checkpoint.Float32.ToFloats(out, t.data, binary.LittleEndian)
		return out, nil
	case kindFloat16:
		checkpoint.Float16.ToFloats(out, t.data, binary.LittleEndian)
		return out, nil
	}
	for i := range out {
		v := 0.0
		switch t.kind {
		case kindInt32:
			v = float64(int32(binary.LittleEndian.Uint32(t.data[4*i:])))
		case kindInt64:
			v = float64(int64(binary.LittleEndian.Uint64(t.data[8*i:])))
		case kindUint8:
			v = float64(t.data[i])
		case kindInt8:
			v = float64(int8(t.data[i]))
		default:
			return nil, fmt.Errorf("%q is of type %d, which is not known here", clip(t.name), t.kind)
		}
		if k := len(t.scale); k > 0 {
			s := i / each % k
			if len(t.zero) > 0 {
				v -= float64(t.zero[s])
			}
			v *= float64(t.scale[s])
		}
		out[i] = float32(v)
	}
	return out, nil
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}

// maxBehind bounds the files behind the model, all together.
const maxBehind = 16 << 20

// behind reads the files that lie behind a model, as those of a zip, small ones alone.
func behind(data []byte) map[string][]byte {
	out := map[string][]byte{}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return out // most models have none
	}
	left := uint64(maxBehind)
	for _, f := range z.File[:min(len(z.File), 16)] {
		if f.UncompressedSize64 > left {
			continue
		}
		left -= f.UncompressedSize64
		if in, err := f.Open(); err == nil {
			if text, err := io.ReadAll(in); err == nil { // no more than was said, or there is an error
				out[f.Name] = text
			}
			in.Close()
		}
	}
	return out
}

// metadata reads what the file says of its input and its labels (metadata_schema.fbs of TensorFlow
// Lite).
func (r *reader) metadata(m *Model, root table, buffers []table) {
	for _, t := range root.tables(6) {
		at := t.int(1, 0)
		if t.text(0) != "TFLITE_METADATA" || at < 0 || at >= len(buffers) {
			continue
		}
		inner := &flat{data: buffers[at].bytes(0), left: maxParts}
		if len(inner.data) < 8 || string(inner.data[4:8]) != "M001" {
			continue
		}
		for _, g := range inner.table(0).tables(3) {
			for _, x := range g.tables(2) {
				for _, unit := range x.tables(4) {
					if options := unit.table(1); unit.byte(0) == 1 {
						m.Mean, m.Std = options.floats(0), options.floats(1)
					}
				}
			}
			for _, x := range g.tables(3) {
				for _, f := range x.tables(6) {
					if text, ok := m.Files[f.text(0)]; ok && f.byte(2) == 2 && m.Labels == nil {
						m.Labels = strings.Split(strings.TrimRight(string(text), "\r\n"), "\n")
					}
				}
			}
		}
		if inner.err != nil { // what is damaged there is not needed to name photos
			m.Labels, m.Mean, m.Std = nil, nil, nil
		}
	}
}
