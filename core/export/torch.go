package export

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"

	"homeroom/core/safetensors"
)

// A torchStep is a call of a function of torch or torch.nn.functional: what its result is called,
// the function, the tensors that it takes in order (a list where it takes one), and its keyword
// arguments. It is written as a list of the four.
type torchStep struct {
	out, call string
	in        []any
	args      map[string]any
}

// MarshalJSON writes the list.
func (s torchStep) MarshalJSON() ([]byte, error) {
	return json.Marshal([]any{s.out, s.call, s.in, s.args})
}

// Torch writes a classifier as a file of safetensors, with the calls of PyTorch that make an answer
// as JSON in its metadata: "steps", and "homeroom", which is the [Card]. The inputs are the
// classifier's pictures, float32 [1][Size][Size][3], levels from 0 to 255, red first; the outputs
// those of [Classifier.ONNX]. docs/pytorch.md has the loader.
func (c *Classifier) Torch(w io.Writer) error {
	t := &tflite{weights: F32}
	if err := c.walk(t); err != nil {
		return err
	}
	p := &torch{tflite: t}
	var file safetensors.File
	for i := range t.tensors {
		x := &t.tensors[i]
		if x.data == nil || x.kind != tfFloat32 {
			continue
		}
		v := make([]float32, len(x.data)/4)
		for k := range v {
			v[k] = math.Float32frombits(binary.LittleEndian.Uint32(x.data[4*k:]))
		}
		file.Tensors = append(file.Tensors, safetensors.Tensor{Name: p.name(i), Dims: x.dims, F32: v})
	}
	for i := range t.operators {
		if err := p.step(&t.operators[i]); err != nil {
			return err
		}
	}
	steps, err := json.Marshal(p.steps)
	if err != nil {
		return err
	}
	card, err := json.Marshal(c.Card())
	if err != nil {
		return err
	}
	file.Meta = map[string]string{"homeroom": string(card), "steps": string(steps)}
	_, err = file.WriteTo(w)
	return err
}

// torch turns the operators of a TensorFlow Lite model, whose maps are [N][H][W][C], into calls.
type torch struct {
	*tflite
	steps []torchStep
	more  int
}

func (p *torch) name(i int) string {
	if x := &p.tensors[i]; x.name != "" && x.data == nil {
		return x.name // an input or output
	} else if x.name != "" {
		return x.name + "#" + strconv.Itoa(i)
	}
	return strconv.Itoa(i)
}

// call appends a step whose result has a name of its own.
func (p *torch) call(call string, args map[string]any, in ...any) string {
	p.more++
	out := fmt.Sprintf("+%d", p.more)
	p.steps = append(p.steps, torchStep{out, call, in, args})
	return out
}

// ints reads a constant of int32.
func (p *torch) constant(i int) []int {
	var v []int
	for d := p.tensors[i].data; len(d) > 0; d = d[4:] {
		v = append(v, int(int32(binary.LittleEndian.Uint32(d))))
	}
	return v
}

type kwargs = map[string]any

// torchPlain are the operators that are functions of the same tensors.
var torchPlain = map[tfOp]string{
	tfAdd: "add", tfSub: "sub", tfMul: "mul", tfDiv: "div", tfMaximum: "maximum", tfMinimum: "minimum", tfRelu: "relu", tfRelu6: "relu6",
	tfLogistic: "sigmoid", tfTanh: "tanh", tfExp: "exp", tfLog: "log", tfSqrt: "sqrt", tfRsqrt: "rsqrt", tfAbs: "abs", tfNeg: "neg",
	tfHardSwish: "hardswish", tfFullyConnected: "linear",
}

// torchReduce are those that reduce axes.
var torchReduce = map[tfOp]string{tfMean: "mean", tfSum: "sum", tfReduceMax: "amax", tfReduceMin: "amin"}

func (o *tfOperator) option(slot int, or any) any {
	for _, f := range o.options {
		if f.slot == slot {
			return f.value
		}
	}
	return or
}

func (p *torch) step(o *tfOperator) error {
	var in []any
	for _, i := range o.in {
		in = append(in, p.name(i))
	}
	dims := p.tensors[o.out[0]].dims
	put := func(call string, args kwargs, in ...any) {
		if args == nil {
			args = kwargs{}
		}
		p.steps = append(p.steps, torchStep{p.name(o.out[0]), call, in, args})
	}
	if call := torchPlain[o.op]; call != "" {
		put(call, nil, in...)
		return nil
	}
	if call := torchReduce[o.op]; call != "" {
		put(call, kwargs{"dim": p.constant(o.in[1]), "keepdim": o.option(tfReduceKeep, false)}, in[0])
		return nil
	}
	switch o.op {
	case tfReshape:
		put("reshape", kwargs{"shape": dims}, in[0])
	case tfTranspose:
		put("permute", kwargs{"dims": p.constant(o.in[1])}, in[0])
	case tfReverse:
		put("flip", kwargs{"dims": p.constant(o.in[1])}, in[0])
	case tfSoftmax:
		put("softmax", kwargs{"dim": -1}, in[0])
	case tfLeakyRelu:
		put("leaky_relu", kwargs{"negative_slope": o.option(tfLeakyAlpha, float32(0))}, in[0])
	case tfGelu:
		args := kwargs{}
		if o.option(tfGeluTanh, false) == true {
			args["approximate"] = "tanh"
		}
		put("gelu", args, in[0])
	case tfConcatenation:
		put("cat", kwargs{"dim": o.option(tfConcatAxis, 0)}, in)
	case tfSlice:
		from, of := p.constant(o.in[1]), p.tensors[o.in[0]].dims
		x, axes := in[0], []int{}
		for axis, n := range dims {
			if n != of[axis] {
				axes = append(axes, axis)
			}
		}
		if len(axes) == 0 {
			axes = []int{0}
		}
		for _, axis := range axes[1:] {
			x = p.call("narrow", kwargs{"dim": axis, "start": from[axis], "length": dims[axis]}, x)
		}
		put("narrow", kwargs{"dim": axes[0], "start": from[axes[0]], "length": dims[axes[0]]}, x)
	case tfPadV2:
		s := p.constant(o.in[1])
		value := math.Float32frombits(binary.LittleEndian.Uint32(p.tensors[o.in[2]].data))
		put("pad", kwargs{"pad": []int{s[6], s[7], s[4], s[5], s[2], s[3]}, "value": value}, in[0])
	case tfBatchMatMul:
		y := in[1]
		if o.option(tfMatMulAdjY, false) == true {
			y = p.call("transpose", kwargs{"dim0": -1, "dim1": -2}, y)
		}
		put("matmul", nil, in[0], y)
	case tfTopK:
		best := p.call("topk", kwargs{"k": p.tensors[o.out[0]].dims[1]}, in[0])
		put("ravel", nil, best+".0")
		p.steps = append(p.steps, torchStep{p.name(o.out[1]), "clone", []any{best + ".1"}, kwargs{}})
	case tfGather:
		put("embedding", nil, in[1], in[0])
	case tfConv, tfDepthwise, tfMaxPool, tfAveragePool, tfResizeBilinear, tfResizeNearest:
		return p.spatial(o, in, put)
	default:
		return fmt.Errorf("there is no call of PyTorch for operator %d", o.op)
	}
	return nil
}

// spatial writes what PyTorch has on [N][C][H][W] alone.
func (p *torch) spatial(o *tfOperator, in []any, put func(string, kwargs, ...any)) error {
	first := kwargs{"dims": []int{0, 3, 1, 2}}
	x := p.call("permute", first, in[0])
	s, out := p.tensors[o.in[0]].dims, p.tensors[o.out[0]].dims
	number := func(slot int, or int32) int { return int(o.option(slot, or).(int32)) }
	stride := []int{number(tfConvStrideH, 1), number(tfConvStrideW, 1)} // slots of poolings are the same
	// same pads as the padding of that name does.
	same := func(k []int, value float64) bool {
		if o.option(tfConvPadding, int8(0)) != int8(tfSame) {
			return false
		}
		down, right := max((out[1]-1)*stride[0]+k[0]-s[1], 0), max((out[2]-1)*stride[1]+k[1]-s[2], 0)
		if down+right == 0 {
			return false
		}
		x = p.call("pad", kwargs{"pad": []int{right / 2, right - right/2, down / 2, down - down/2}, "value": value}, x)
		return true
	}
	var y string
	switch o.op {
	case tfConv, tfDepthwise:
		k, dilation, turned, groups := p.tensors[o.in[1]].dims, []int{number(tfConvDilationH, 1), number(tfConvDilationW, 1)}, []int{0, 3, 1, 2}, 0
		if o.op == tfDepthwise {
			dilation, turned, groups = []int{number(tfDepthDilationH, 1), number(tfDepthDilationW, 1)}, []int{3, 0, 1, 2}, s[3]
		} else {
			groups = s[3] / k[3]
		}
		same([]int{(k[1]-1)*dilation[0] + 1, (k[2]-1)*dilation[1] + 1}, 0)
		weight := p.call("permute", kwargs{"dims": turned}, in[1])
		y = p.call("conv2d", kwargs{"stride": stride, "dilation": dilation, "groups": groups}, x, weight, in[2])
	case tfMaxPool, tfAveragePool:
		k, call := []int{number(tfPoolHeight, 1), number(tfPoolWidth, 1)}, "max_pool2d"
		padded := same(k, -math.MaxFloat32)
		if o.op == tfAveragePool {
			if call = "avg_pool2d"; padded {
				return fmt.Errorf("an average over windows of %v that are partly outside has no call of PyTorch; choose another input size", k)
			}
		}
		y = p.call(call, kwargs{"kernel_size": k, "stride": stride}, x)
	case tfResizeBilinear:
		y = p.call("interpolate", kwargs{"size": out[1:3], "mode": "bilinear", "align_corners": false}, x)
	default:
		y = p.call("interpolate", kwargs{"size": out[1:3], "mode": "nearest"}, x)
	}
	put("permute", kwargs{"dims": []int{0, 2, 3, 1}}, y)
	return nil
}
