package keras

import (
	"encoding/json"
	"errors"
	"fmt"

	"homeroom/tools/checkpoint/onnx"
)

// A Model is what a file holds.
type Model struct {
	ONNX *onnx.Model
	Size int // rows and columns of the input
	// Levels says that the network takes levels from 0 to 255 and prepares them itself, by a layer
	// of its own.
	Levels bool
}

// An Array is a weight.
type Array struct {
	Dims   []int
	Floats []float32
}

// weights finds those of a layer: as many as there are names, in the order that Keras has them. A
// name may have others behind it that mean the same, with | between them.
type weights interface {
	of(l *layer, names []string) ([]*Array, error)
	three() bool // the layers are those of Keras 3
}

// Limits of a topology.
const (
	maxTopology = 64 << 20 // bytes of JSON
	maxLayers   = 20_000
	maxNested   = 8
	maxSide     = 2048
)

// topology is a layer, or a model that layers are in.
type topology struct {
	Class  string          `json:"class_name"`
	Config json.RawMessage `json:"config"`
}

// functional is the configuration of a model: of layers with what they read, or of layers one after
// another.
type functional struct {
	Name    string  `json:"name"`
	Layers  []layer `json:"layers"`
	Inputs  ends    `json:"input_layers"`
	Outputs ends    `json:"output_layers"`
}

// layer is one layer of a model.
type layer struct {
	Class   string            `json:"class_name"`
	Name    string            `json:"name"`
	Config  json.RawMessage   `json:"config"`
	Inbound []json.RawMessage `json:"inbound_nodes"`

	config settings
	path   []string // of the models that it is in, and itself
	number int      // among all, and of its class in its model
	kind   int
}

// An end is an output of a layer: its name, which of its calls, and which of that call's outputs.
type end struct {
	name       string
	node, port int
}

func (e *end) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	if len(list) < 3 {
		return errors.New("an end of a layer is a name and two numbers")
	}
	return errors.Join(json.Unmarshal(list[0], &e.name), json.Unmarshal(list[1], &e.node), json.Unmarshal(list[2], &e.port))
}

// ends are a list of them, or, as Keras 3 writes a single one, that one.
type ends []end

func (e *ends) UnmarshalJSON(data []byte) error {
	var one end
	if json.Unmarshal(data, &one) == nil {
		*e = ends{one}
		return nil
	}
	var list []end
	if err := json.Unmarshal(data, &list); err != nil {
		return fmt.Errorf("its inputs or outputs cannot be read: %w", err)
	}
	*e = list
	return nil
}

// reads lists what a call of a layer reads.
func reads(node json.RawMessage) ([]end, error) {
	var list []end
	if json.Unmarshal(node, &list) == nil {
		return list, nil
	}
	// Keras 3 has arguments, tensors among them.
	var call struct {
		Args []json.RawMessage `json:"args"`
	}
	if err := json.Unmarshal(node, &call); err != nil {
		return nil, errors.New("what it reads cannot be told")
	}
	var tensors func(args []json.RawMessage, depth int) error
	tensors = func(args []json.RawMessage, depth int) error {
		for _, a := range args {
			var t struct {
				Config struct {
					History end `json:"keras_history"`
				} `json:"config"`
			}
			var inner []json.RawMessage
			switch {
			case depth < 4 && json.Unmarshal(a, &inner) == nil:
				if err := tensors(inner, depth+1); err != nil {
					return err
				}
			case json.Unmarshal(a, &t) == nil && t.Config.History.name != "":
				list = append(list, t.Config.History)
			default:
				return errors.New("it reads something that is no output of a layer")
			}
		}
		return nil
	}
	return list, tensors(call.Args, 0)
}

// value is an output of a layer, [N][H][W][C] or [N][C].
type value struct {
	at, first string // names in the ONNX model; first is that with the channels before rows and columns
	rank      int
}

// maker makes the ONNX model.
type maker struct {
	*onnx.Builder
	weights weights
	size    int
	layers  int
	inputs  int
	levels  bool
}

// build makes a model of a topology and its weights.
func build(top topology, w weights) (*Model, error) {
	m := &maker{Builder: onnx.NewBuilder(), weights: w}
	out, err := m.model(&top, nil, nil)
	if err != nil {
		return nil, err
	}
	if len(out) != 1 {
		return nil, fmt.Errorf("it has %d outputs; a network that names photos has one", len(out))
	}
	m.AddTo("output", "Identity", nil, []string{m.last(out[0])}, "output")
	m.Output("output")
	return &Model{ONNX: &m.Model, Size: m.size, Levels: m.levels}, nil
}

// model makes a model, of what it is given where it is within another.
func (m *maker) model(t *topology, given []value, path []string) ([]value, error) {
	if len(path) > maxNested {
		return nil, fmt.Errorf("models within models, more than %d deep", maxNested)
	}
	var f functional
	err := json.Unmarshal(t.Config, &f)
	if t.Class == "Sequential" && err != nil { // of before Keras 2.2
		err = json.Unmarshal(t.Config, &f.Layers)
	}
	if err != nil {
		return nil, fmt.Errorf("its layers cannot be read: %w", err)
	}
	if len(f.Layers) == 0 {
		return nil, fmt.Errorf("the model %q has no layers", clip(f.Name))
	}
	if m.layers += len(f.Layers); m.layers > maxLayers {
		return nil, fmt.Errorf("it has more than %d layers", maxLayers)
	}
	kinds := map[string]int{}
	for i := range f.Layers {
		l := &f.Layers[i]
		if err := json.Unmarshal(l.Config, &l.config); err != nil && !l.nested() {
			return nil, fmt.Errorf("layer %q: its settings cannot be read: %w", clip(l.Name), err)
		}
		if l.Name == "" {
			l.Name = l.config.Name
		}
		l.path, l.number, l.kind = append(append([]string{}, path...), l.Name), i, kinds[l.Class]
		kinds[l.Class]++
	}
	switch t.Class {
	case "Sequential":
		return m.sequential(&f, given)
	case "Model", "Functional":
		return m.functional(&f, given)
	}
	return nil, fmt.Errorf("a model of the class %q is not known here; Sequential and Functional are", clip(t.Class))
}

func (l *layer) nested() bool {
	return l.Class == "Sequential" || l.Class == "Model" || l.Class == "Functional"
}

func (m *maker) sequential(f *functional, given []value) ([]value, error) {
	x := given
	for i := range f.Layers {
		l := &f.Layers[i]
		if len(x) == 0 && l.Class != "InputLayer" && !l.nested() {
			// The first layer says what it takes.
			in, err := m.input(l)
			if err != nil {
				return nil, err
			}
			x = []value{in}
		}
		var err error
		if x, err = m.call(l, x); err != nil {
			return nil, err
		}
	}
	return x, nil
}

func (m *maker) functional(f *functional, given []value) ([]value, error) {
	byName := map[string]*layer{}
	for i := range f.Layers {
		byName[f.Layers[i].Name] = &f.Layers[i]
	}
	if len(given) > 0 && len(given) != len(f.Inputs) {
		return nil, fmt.Errorf("the model %q takes %d inputs, and is given %d", clip(f.Name), len(f.Inputs), len(given))
	}
	known := map[end][]value{}
	for i := range given {
		known[end{f.Inputs[i].name, 0, 0}] = given[i : i+1]
	}
	busy := map[end]bool{}
	var made func(e end) ([]value, error)
	made = func(e end) ([]value, error) {
		if e.port != 0 {
			return nil, fmt.Errorf("layer %q: it has one output here", clip(e.name))
		}
		if v := known[e]; v != nil {
			return v, nil
		}
		l := byName[e.name]
		if l == nil {
			return nil, fmt.Errorf("there is no layer %q", clip(e.name))
		}
		if busy[e] {
			return nil, fmt.Errorf("layer %q reads itself", clip(e.name))
		}
		busy[e] = true
		var in []value
		if l.Class != "InputLayer" {
			if e.node < 0 || e.node >= len(l.Inbound) {
				return nil, fmt.Errorf("layer %q: it is not called %d times", clip(e.name), e.node+1)
			}
			list, err := reads(l.Inbound[e.node])
			if err != nil {
				return nil, fmt.Errorf("layer %q: %w", clip(e.name), err)
			}
			for _, from := range list {
				v, err := made(from)
				if err != nil {
					return nil, err
				}
				in = append(in, v...)
			}
		}
		v, err := m.call(l, in)
		known[e] = v
		return v, err
	}
	var out []value
	for _, e := range f.Outputs {
		v, err := made(e)
		if err != nil {
			return nil, err
		}
		out = append(out, v...)
	}
	return out, nil
}

// call makes a layer of what it reads.
func (m *maker) call(l *layer, in []value) ([]value, error) {
	if l.nested() {
		return m.model(&topology{l.Class, l.Config}, in, l.path)
	}
	if l.Class == "InputLayer" {
		if len(in) > 0 { // of a Sequential within another model
			return in, nil
		}
		v, err := m.input(l)
		return []value{v}, err
	}
	make, ok := layers[l.Class]
	if !ok {
		return nil, fmt.Errorf("layer %q is of the class %s, which is not known here; layers of convolutional networks are", clip(l.Name), clip(l.Class))
	}
	if len(in) == 0 {
		return nil, fmt.Errorf("layer %q (%s) reads nothing", clip(l.Name), l.Class)
	}
	v, err := make(&call{m, l}, in)
	if err != nil {
		return nil, fmt.Errorf("layer %q (%s): %w", clip(l.Name), l.Class, err)
	}
	return []value{v}, nil
}

// input makes the model's input.
func (m *maker) input(l *layer) (value, error) {
	shape := l.config.BatchShape
	if shape == nil {
		shape = l.config.BatchInputShape
	}
	fail := func(err error) (value, error) { return value{}, fmt.Errorf("layer %q: %w", clip(l.Name), err) }
	if m.inputs++; m.inputs > 1 {
		return fail(errors.New("it is a second input; a network that names photos has one"))
	}
	if len(shape) != 4 || shape[3] == nil || *shape[3] != 3 {
		return fail(errors.New("its input is no photo, of rows, columns and 3 channels"))
	}
	m.size = 0
	for _, d := range shape[1:3] {
		if d == nil {
			continue // of any size
		}
		if *d < 1 || *d > maxSide || m.size != 0 && m.size != *d {
			return fail(errors.New("its input is not square, or not of a possible size"))
		}
		m.size = *d
	}
	side := m.size
	if side == 0 {
		side, m.size = -1, 224
	}
	m.Input("input", onnx.TypeFloat, -1, side, side, 3)
	return value{at: "input", rank: 4}, nil
}

// firstOf is a value with the channels before rows and columns, if it has those.
func (m *maker) firstOf(v value) string {
	switch {
	case v.first != "" || v.rank == 2:
		return v.first + v.at
	default:
		return m.Add("", "Transpose", onnx.With{"perm": []int{0, 3, 1, 2}}, v.at)
	}
}

// last is a value with the channels last.
func (m *maker) last(v value) string {
	if v.first == "" {
		return v.at
	}
	return m.Add("", "Transpose", onnx.With{"perm": []int{0, 2, 3, 1}}, v.first)
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
