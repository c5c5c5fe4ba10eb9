package keras

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"homeroom/tools/checkpoint"
)

// manifestWeight is a weight as model.json lists it.
type manifestWeight struct {
	Name         string `json:"name"`
	Shape        []int  `json:"shape"`
	DType        string `json:"dtype"`
	Quantisation *struct {
		DType string  `json:"dtype"`
		Scale float64 `json:"scale"`
		Min   float64 `json:"min"`
	} `json:"quantization"`
}

// maxWeights bounds the numbers of all weights together.
const maxWeights = 1 << 29

// ReadTFJS makes a model of model.json and the files that it names, which open gives by their
// names. name is what errors call it.
func ReadTFJS(name string, text []byte, open func(file string) ([]byte, error)) (*Model, error) {
	m, err := readTFJS(text, open)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

func readTFJS(text []byte, open func(file string) ([]byte, error)) (*Model, error) {
	if len(text) > maxTopology {
		return nil, fmt.Errorf("model.json has %d bytes; at most %d are expected", len(text), maxTopology)
	}
	var t struct {
		Topology json.RawMessage `json:"modelTopology"`
		Format   string          `json:"format"`
		Manifest []struct {
			Paths   []string         `json:"paths"`
			Weights []manifestWeight `json:"weights"`
		} `json:"weightsManifest"`
	}
	if err := json.Unmarshal(text, &t); err != nil {
		return nil, fmt.Errorf("this isn't a model of TensorFlow.js: %w", err)
	}
	if t.Format == "graph-model" {
		return nil, errors.New("it is a graph model of TensorFlow.js, and layers models are known here: save it with tf.LayersModel.save, or as Keras or TensorFlow Lite")
	}
	top, err := readTopology(t.Topology)
	if err != nil {
		return nil, err
	}
	w := newNamed(0)
	total, bytes := 0, 0
	seen := map[string]bool{}
	for _, group := range t.Manifest {
		var data []byte
		for _, path := range group.Paths {
			if seen[path] {
				return nil, fmt.Errorf("its weights in %s are named twice; it is damaged or hostile", clip(path))
			}
			seen[path] = true
			part, err := open(path)
			if err != nil {
				return nil, fmt.Errorf("its weights in %s: %w", clip(path), err)
			}
			if bytes += len(part); bytes > 4*maxWeights {
				return nil, fmt.Errorf("its weights come to more than %d bytes", 4*maxWeights)
			}
			data = append(data, part...)
		}
		for _, x := range group.Weights {
			a, n, err := x.read(data, &total)
			if err != nil {
				return nil, fmt.Errorf("weight %q: %w", clip(x.Name), err)
			}
			data = data[n:]
			w.add(x.Name, a)
		}
	}
	return build(top, w)
}

// readTopology reads a model's JSON, which Keras has one level further in.
func readTopology(text json.RawMessage) (topology, error) {
	var top topology
	var outer struct {
		Inner *topology `json:"model_config"`
	}
	if err := json.Unmarshal(text, &outer); err == nil && outer.Inner != nil {
		return *outer.Inner, nil
	}
	if err := json.Unmarshal(text, &top); err != nil || top.Class == "" {
		return top, errors.New("it has no topology: no list of layers")
	}
	return top, nil
}

// read takes a weight from the front of data, and says how many bytes it has.
func (x *manifestWeight) read(data []byte, total *int) (*Array, int, error) {
	n := 1
	for _, d := range x.Shape {
		if d < 0 || d > 0 && n > maxWeights/d {
			return nil, 0, fmt.Errorf("%v is not possible", x.Shape)
		}
		n *= d
	}
	if *total += n; *total > maxWeights {
		return nil, 0, fmt.Errorf("the weights come to more than %d numbers", maxWeights)
	}
	stored := x.DType
	if x.Quantisation != nil {
		stored = x.Quantisation.DType
	}
	types := map[string]checkpoint.DType{"float32": checkpoint.Float32, "float16": checkpoint.Float16, "uint8": checkpoint.UInt8, "uint16": checkpoint.UInt16, "int32": checkpoint.Int32}
	t, ok := types[stored]
	if !ok {
		return nil, 0, fmt.Errorf("numbers of the type %q are not known here", clip(stored))
	}
	size := n * t.Size()
	if size > len(data) {
		return nil, 0, errors.New("its bytes are not all there: the file is cut short, or another one is missing")
	}
	a := &Array{Dims: slices.Clone(x.Shape), Floats: make([]float32, n)}
	t.ToFloats(a.Floats, data[:size], binary.LittleEndian)
	if q := x.Quantisation; q != nil && (q.DType == "uint8" || q.DType == "uint16") {
		for i, v := range a.Floats {
			a.Floats[i] = float32(float64(v)*q.Scale + q.Min)
		}
	}
	return a, size, nil
}

// named are weights by their names, LAYER/WEIGHT at the end.
type named struct {
	arrays  map[string]*Array
	ends    map[string][]*Array // by the last two parts of their names
	version int                 // of Keras, 0 for TensorFlow.js
}

func newNamed(version int) *named {
	return &named{map[string]*Array{}, map[string][]*Array{}, version}
}

func (w *named) add(name string, a *Array) {
	name, _, _ = strings.Cut(name, ":") // of an output of TensorFlow's, as in kernel:0
	w.arrays[name] = a
	parts := strings.Split(name, "/")
	short := strings.Join(parts[max(len(parts)-2, 0):], "/")
	w.ends[short] = append(w.ends[short], a)
}

func (w *named) three() bool { return w.version >= 3 }

func (w *named) of(l *layer, names []string) ([]*Array, error) {
	out := make([]*Array, len(names))
	for i, any := range names {
		for _, name := range strings.Split(any, "|") {
			if out[i] = w.find(l, name); out[i] != nil {
				break
			}
		}
		if out[i] == nil {
			return nil, fmt.Errorf("its weights %q are missing", any)
		}
	}
	return out, nil
}

// find looks for LAYER/NAME, as it is and then at the end of a longer name, if there is but one.
func (w *named) find(l *layer, name string) *Array {
	for i := range l.path {
		if a := w.arrays[strings.Join(l.path[i:], "/")+"/"+name]; a != nil {
			return a
		}
	}
	if same := w.ends[l.Name+"/"+name]; len(same) == 1 {
		return same[0]
	}
	return nil
}
