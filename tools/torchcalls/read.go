// Package torchcalls reads the safetensors files that core/export writes for PyTorch, weights with
// the calls of functions of torch that make an answer, as ONNX models. It knows the calls that are
// written there.
package torchcalls

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"

	"homeroom/core/export"
	"homeroom/core/safetensors"
	"homeroom/tools/checkpoint/onnx"
)

// call is a step of the file, a list of four.
type call struct {
	out, name string
	in        []string
	list      bool // in is one argument
	args      args
}

// args are keyword arguments.
type args map[string]json.RawMessage

// maxSteps bounds the steps.
const maxSteps = 20_000

func (c *call) UnmarshalJSON(text []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil || len(parts) != 4 {
		return errors.New("a step is no list of four")
	}
	var in []json.RawMessage
	if err := errors.Join(json.Unmarshal(parts[0], &c.out), json.Unmarshal(parts[1], &c.name), json.Unmarshal(parts[2], &in), json.Unmarshal(parts[3], &c.args)); err != nil {
		return err
	}
	if len(in) == 1 && json.Unmarshal(in[0], &c.in) == nil {
		c.list = true
		return nil
	}
	for _, x := range in {
		var name string
		if err := json.Unmarshal(x, &name); err != nil {
			return err
		}
		c.in = append(c.in, name)
	}
	return nil
}

// Read makes an ONNX model of a file, with the inputs that its card names and the outputs that it
// has of those that core/export writes.
func Read(data []byte) (*onnx.Model, error) {
	file, err := safetensors.Read(data)
	if err != nil {
		return nil, err
	}
	var steps []call
	var card export.Card
	if err := json.Unmarshal([]byte(file.Meta["homeroom"]), &card); err != nil {
		return nil, fmt.Errorf("its card cannot be read: %w", err)
	}
	if err := json.Unmarshal([]byte(file.Meta["steps"]), &steps); err != nil {
		return nil, fmt.Errorf("its steps cannot be read: %w", err)
	}
	if len(steps) > maxSteps {
		return nil, fmt.Errorf("it has %d steps; at most %d are expected", len(steps), maxSteps)
	}
	r := &reader{Builder: onnx.NewBuilder(), known: map[string]string{}, tensors: file}
	for _, in := range card.Inputs {
		if _, ok := r.known[in.Name]; ok || in.Size < 1 {
			return nil, fmt.Errorf("its input %q is not possible", in.Name)
		}
		r.Input(in.Name, onnx.TypeFloat, 1, in.Size, in.Size, 3)
		r.known[in.Name] = in.Name
	}
	for i := range file.Tensors {
		t := &file.Tensors[i]
		if t.F32 != nil {
			r.known[t.Name] = r.Floats(t.F32, t.Dims...)
		}
	}
	for i := range steps {
		s := &steps[i]
		if err := r.step(s); err != nil {
			return nil, fmt.Errorf("step %d (%s): %w", i, s.name, err)
		}
	}
	for _, name := range []string{export.Probabilities, export.Features, export.Strangeness} {
		if at, ok := r.known[name]; ok {
			r.AddTo(name, "Identity", nil, []string{at}, name)
			r.Output(name)
		}
	}
	if len(r.Model.Graph.Outputs) == 0 {
		return nil, errors.New("no step makes an output")
	}
	return &r.Model, nil
}

type reader struct {
	*onnx.Builder
	known   map[string]string // values of the file, by what they are called in the model
	tensors *safetensors.File
}

// plain are the calls that an operator does alone, on the same values.
var plain = map[string]string{
	"add": "Add", "sub": "Sub", "mul": "Mul", "div": "Div", "maximum": "Max", "minimum": "Min", "relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh",
	"exp": "Exp", "log": "Log", "sqrt": "Sqrt", "abs": "Abs", "neg": "Neg", "hardswish": "HardSwish", "matmul": "MatMul", "clone": "Identity",
}

var reductions = map[string]string{"mean": "ReduceMean", "sum": "ReduceSum", "amax": "ReduceMax", "amin": "ReduceMin"}

// arguments that a call takes besides tensors.
func (a args) int(name string, otherwise int) int {
	v := otherwise
	if json.Unmarshal(a[name], &v) != nil {
		return otherwise
	}
	return v
}

func (a args) ints(name string) ([]int, error) {
	var v []int
	if err := json.Unmarshal(a[name], &v); err != nil {
		return nil, fmt.Errorf("its %s: %w", name, err)
	}
	return v, nil
}

func (a args) number(name string) float64 {
	v := 0.0
	_ = json.Unmarshal(a[name], &v) // what is left out is 0
	return v
}

func (r *reader) step(c *call) error {
	in := make([]string, len(c.in))
	for i, name := range c.in {
		at, ok := r.known[name]
		if !ok {
			return fmt.Errorf("there is no value %q before it", name)
		}
		in[i] = at
	}
	least := map[string]int{"linear": 3, "conv2d": 3, "embedding": 2, "matmul": 2, "add": 2, "sub": 2, "mul": 2, "div": 2, "maximum": 2, "minimum": 2}[c.name]
	if len(in) < max(least, 1) {
		return fmt.Errorf("it has %d arguments", len(in))
	}
	if _, taken := r.known[c.out]; taken {
		return fmt.Errorf("it makes %q, which is there already", c.out)
	}
	at, err := r.made(c, in)
	if err != nil {
		return err
	}
	r.known[c.out] = at
	return nil
}

// made adds a call's nodes, and returns what its result is called.
func (r *reader) made(c *call, in []string) (string, error) {
	add := func(op string, with onnx.With, in ...string) (string, error) {
		return r.Add(c.out, op, with, in...), nil
	}
	if op := plain[c.name]; op != "" {
		return add(op, nil, in...)
	}
	if op := reductions[c.name]; op != "" {
		axes, err := c.args.ints("dim")
		if err != nil {
			return "", err
		}
		keep := 0
		if string(c.args["keepdim"]) == "true" {
			keep = 1
		}
		return add(op, onnx.With{"keepdims": keep}, in[0], r.Ints(axes...))
	}
	switch c.name {
	case "relu6":
		return add("Clip", nil, in[0], r.Scalar(0), r.Scalar(6))
	case "rsqrt":
		return add("Reciprocal", nil, r.Add(c.out, "Sqrt", nil, in[0]))
	case "linear":
		return add("Gemm", onnx.With{"transB": 1}, in...)
	case "leaky_relu":
		return add("LeakyRelu", onnx.With{"alpha": c.args.number("negative_slope")}, in[0])
	case "gelu":
		kind := "none"
		_ = json.Unmarshal(c.args["approximate"], &kind) // what is left out is exact
		return add("Gelu", onnx.With{"approximate": kind}, in[0])
	case "softmax":
		return add("Softmax", onnx.With{"axis": -1}, in[0])
	case "embedding":
		return add("Gather", onnx.With{"axis": 0}, in[1], in[0])
	case "cat":
		return add("Concat", onnx.With{"axis": c.args.int("dim", 0)}, in...)
	case "ravel":
		return add("Reshape", nil, in[0], r.Ints(1, -1)) // of a photo at a time
	case "reshape":
		dims, err := c.args.ints("shape")
		if err != nil {
			return "", err
		}
		return add("Reshape", nil, in[0], r.Ints(dims...))
	case "permute":
		dims, err := c.args.ints("dims")
		if err != nil {
			return "", err
		}
		return add("Transpose", onnx.With{"perm": dims}, in[0])
	case "flip":
		dims, err := c.args.ints("dims")
		if err != nil || len(dims) != 1 {
			return "", errors.New("one axis is mirrored at a time here")
		}
		return add("Slice", nil, in[0], r.Ints(-1), r.Ints(math.MinInt32), r.Ints(dims...), r.Ints(-1))
	case "transpose":
		// Of the last two axes of four, as attention has them.
		if c.args.int("dim0", 0) != -1 || c.args.int("dim1", 0) != -2 {
			return "", errors.New("other axes than the last two are not known here")
		}
		return add("Transpose", onnx.With{"perm": []int{0, 1, 3, 2}}, in[0])
	case "narrow":
		axis, start := c.args.int("dim", 0), c.args.int("start", 0)
		return add("Slice", nil, in[0], r.Ints(start), r.Ints(start+c.args.int("length", 0)), r.Ints(axis))
	case "topk":
		best, at := c.out+".0", c.out+".1"
		a, b := "best "+strconv.Itoa(len(r.known)), "at "+strconv.Itoa(len(r.known))
		r.AddTo(c.out, "TopK", onnx.With{"axis": -1}, in[:1], a, b)
		node := r.Model.Graph.Nodes[len(r.Model.Graph.Nodes)-1]
		node.Inputs = []string{in[0], r.Ints(c.args.int("k", 0))}
		r.known[best], r.known[at] = a, b
		return a, nil
	case "pad":
		p, err := c.args.ints("pad")
		if err != nil || len(p) != 4 && len(p) != 6 {
			return "", fmt.Errorf("padding of %v", p)
		}
		pads := make([]int, 8)
		for i := range len(p) / 2 { // the last axis first
			pads[3-i], pads[7-i] = p[2*i], p[2*i+1]
		}
		return add("Pad", nil, in[0], r.Ints(pads...), r.Scalar(c.args.number("value")))
	case "conv2d", "max_pool2d", "avg_pool2d", "interpolate":
		return r.spatial(c, in)
	}
	return "", errors.New("this call is not known here")
}

func (r *reader) spatial(c *call, in []string) (string, error) {
	if c.name == "interpolate" {
		size, err := c.args.ints("size")
		if err != nil || len(size) != 2 {
			return "", fmt.Errorf("to a size of %v", size)
		}
		with := onnx.With{"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
		if string(c.args["mode"]) == `"bilinear"` {
			with = onnx.With{"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
		}
		// Batch and channels stay as they are.
		shape := r.Add(c.out, "Concat", onnx.With{"axis": 0}, r.Add(c.out, "Slice", nil, r.Add(c.out, "Shape", nil, in[0]), r.Ints(0), r.Ints(2)), r.Ints(size...))
		return r.Add(c.out, "Resize", with, in[0], "", "", shape), nil
	}
	stride, err := c.args.ints("stride")
	if err != nil {
		return "", err
	}
	with := onnx.With{"strides": stride}
	if c.name != "conv2d" {
		if with["kernel_shape"], err = c.args.ints("kernel_size"); err != nil {
			return "", err
		}
		op := "MaxPool"
		if c.name == "avg_pool2d" {
			op = "AveragePool"
		}
		return r.Add(c.out, op, with, in[0]), nil
	}
	if with["dilations"], err = c.args.ints("dilation"); err != nil {
		return "", err
	}
	with["group"] = c.args.int("groups", 1)
	return r.Add(c.out, "Conv", with, in...), nil
}
