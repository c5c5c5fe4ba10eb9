package keras

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"homeroom/tools/checkpoint/onnx"
)

// settings are those of all kinds of layers that matter here.
type settings struct {
	Name            string          `json:"name"`
	DType           json.RawMessage `json:"dtype"`
	BatchShape      []*int          `json:"batch_shape"`
	BatchInputShape []*int          `json:"batch_input_shape"`

	Format     string          `json:"data_format"`
	Filters    int             `json:"filters"`
	Kernel     pair            `json:"kernel_size"`
	Strides    pair            `json:"strides"`
	Dilation   pair            `json:"dilation_rate"`
	Pool       pair            `json:"pool_size"`
	Padding    json.RawMessage `json:"padding"`
	Multiplier *int            `json:"depth_multiplier"`
	Groups     int             `json:"groups"`
	Bias       *bool           `json:"use_bias"`
	Activation json.RawMessage `json:"activation"`
	Units      int             `json:"units"`
	KeepDims   bool            `json:"keepdims"`

	Axis    json.RawMessage `json:"axis"`
	Epsilon *float64        `json:"epsilon"`
	Center  *bool           `json:"center"`
	Shift   json.RawMessage `json:"offset"`
	Scale   json.RawMessage `json:"scale"`

	MaxValue *float64 `json:"max_value"`
	Slope    *float64 `json:"negative_slope"`
	Least    *float64 `json:"threshold"`
	Alpha    *float64 `json:"alpha"`

	Target []int  `json:"target_shape"`
	Dims   []int  `json:"dims"`
	Size   pair   `json:"size"`
	Resize string `json:"interpolation"`
}

// pair is two numbers, or one that stands for both.
type pair [2]int

func (p *pair) UnmarshalJSON(data []byte) error {
	var n int
	if json.Unmarshal(data, &n) == nil {
		*p = pair{n, n}
		return nil
	}
	var list []int
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	switch len(list) {
	case 1:
		*p = pair{list[0], list[0]}
	case 2:
		*p = pair{list[0], list[1]}
	}
	return nil // anything else is of a layer that has no use for two
}

func (p pair) or(n int) []int {
	if p == (pair{}) {
		return []int{n, n}
	}
	return p[:]
}

// call is a layer on its way into the model.
type call struct {
	*maker
	*layer
}

// layers make those of each class.
var layers map[string]func(c *call, in []value) (value, error)

func init() {
	layers = map[string]func(c *call, in []value) (value, error){
		"Conv2D": (*call).conv, "DepthwiseConv2D": (*call).depthwise, "SeparableConv2D": (*call).separable, "Dense": (*call).dense,
		"BatchNormalization": (*call).batchNorm, "Activation": (*call).activation, "ReLU": (*call).relu,
		"LeakyReLU": (*call).leaky, "ELU": (*call).elu, "Softmax": func(c *call, in []value) (value, error) { return c.activate("softmax", in[0]) },
		"ZeroPadding2D": (*call).zeroPadding, "MaxPooling2D": pooling("MaxPool"), "AveragePooling2D": pooling("AveragePool"),
		"GlobalAveragePooling2D": global("ReduceMean"), "GlobalMaxPooling2D": global("ReduceMax"),
		"Flatten": (*call).flatten, "Reshape": (*call).reshape, "Add": joined("Add"), "Multiply": joined("Mul"), "Subtract": joined("Sub"),
		"Concatenate": (*call).concat, "Rescaling": (*call).rescaling, "UpSampling2D": (*call).upSampling,
	}
	// Layers that are of training alone.
	for _, class := range []string{
		"Dropout", "SpatialDropout2D", "GaussianNoise", "GaussianDropout", "AlphaDropout", "ActivityRegularization",
		"RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation", "RandomBrightness",
	} {
		layers[class] = func(_ *call, in []value) (value, error) { return in[0], nil }
	}
}

// on adds a node that reads a value with the channels before rows and columns.
func (c *call) on(v value, op string, with onnx.With, more ...string) value {
	at := c.Add(c.Name, op, with, append([]string{c.firstOf(v)}, more...)...)
	if v.rank == 2 {
		return value{at: at, rank: 2}
	}
	return value{first: at, rank: 4}
}

func (c *call) lastFormat() error {
	if c.config.Format != "" && c.config.Format != "channels_last" {
		return fmt.Errorf("data_format %q is not known here, channels_last is", clip(c.config.Format))
	}
	return nil
}

// window gives the attributes of a window.
func (c *call) window(kernel []int) (onnx.With, error) {
	if err := c.lastFormat(); err != nil {
		return nil, err
	}
	with := onnx.With{"kernel_shape": kernel, "strides": c.config.Strides.or(1)}
	padding := ""
	if err := json.Unmarshal(c.config.Padding, &padding); err != nil {
		return nil, errors.New("its padding is none that is known here")
	}
	switch padding {
	case "same":
		with["auto_pad"] = "SAME_UPPER"
	case "valid":
		with["auto_pad"] = "VALID"
	default:
		return nil, fmt.Errorf("padding %q is not known here", clip(padding))
	}
	return with, nil
}

// array checks a weight's dims.
func array(a *Array, dims ...int) ([]float32, error) {
	n := 1
	for _, d := range dims {
		if d < 1 || n > 1<<29/d {
			return nil, fmt.Errorf("weights of %v are not possible", dims)
		}
		n *= d
	}
	if a == nil || len(a.Floats) != n {
		return nil, fmt.Errorf("its weights are not of %v", dims)
	}
	return a.Floats, nil
}

// biased are names of weights with that of the bias, where the layer has one.
func (c *call) biased(names ...string) []string {
	if c.config.Bias == nil || *c.config.Bias {
		return append(names, "bias")
	}
	return names
}

// bias is the last of the weights, where there is one behind the first n.
func (c *call) bias(w []*Array, n, out int) ([]string, error) {
	if len(w) <= n {
		return nil, nil
	}
	v, err := array(w[n], out)
	if err != nil {
		return nil, fmt.Errorf("its bias: %w", err)
	}
	return []string{c.Floats(v, out)}, nil
}

// turned takes [place][n] to [n][place].
func turned(v []float32, n int) []float32 {
	out, each := make([]float32, len(v)), len(v)/n
	for i, x := range v {
		out[i%n*each+i/n] = x
	}
	return out
}

func (c *call) conv(in []value) (value, error) {
	w, err := c.weights.of(c.layer, c.biased("kernel"))
	if err != nil {
		return value{}, err
	}
	if w[0] == nil || len(w[0].Dims) != 4 {
		return value{}, errors.New("its kernel is not of four axes")
	}
	k, out := w[0].Dims, w[0].Dims[3]
	v, err := array(w[0], k...)
	if err != nil {
		return value{}, err
	}
	with, err := c.window([]int{k[0], k[1]})
	if err != nil {
		return value{}, err
	}
	bias, err := c.bias(w, 1, out)
	if err != nil {
		return value{}, err
	}
	with["dilations"], with["group"] = c.config.Dilation.or(1), max(c.config.Groups, 1)
	// [rows][columns][in][out] → [out][in][rows][columns]
	place, inside := k[0]*k[1], k[2]
	kernel := make([]float32, len(v))
	for i, x := range v {
		o, n, p := i%out, i/out%inside, i/(out*inside)
		kernel[(o*inside+n)*place+p] = x
	}
	y := c.on(in[0], "Conv", with, append([]string{c.Floats(kernel, out, inside, k[0], k[1])}, bias...)...)
	return c.activated(y)
}

// filters is a convolution of each channel by itself.
func (c *call) filters(x value, a *Array, bias func(out int) ([]string, error)) (value, error) {
	if a == nil || len(a.Dims) != 4 {
		return value{}, errors.New("its kernel is not of four axes")
	}
	k := a.Dims
	v, err := array(a, k...)
	if err != nil {
		return value{}, err
	}
	with, err := c.window([]int{k[0], k[1]})
	if err != nil {
		return value{}, err
	}
	out := k[2] * k[3]
	more, err := bias(out)
	if err != nil {
		return value{}, err
	}
	with["dilations"], with["group"] = c.config.Dilation.or(1), k[2]
	return c.on(x, "Conv", with, append([]string{c.Floats(turned(v, out), out, 1, k[0], k[1])}, more...)...), nil
}

func (c *call) depthwise(in []value) (value, error) {
	w, err := c.weights.of(c.layer, c.biased("depthwise_kernel|kernel"))
	if err != nil {
		return value{}, err
	}
	y, err := c.filters(in[0], w[0], func(out int) ([]string, error) { return c.bias(w, 1, out) })
	if err != nil {
		return value{}, err
	}
	return c.activated(y)
}

func (c *call) separable(in []value) (value, error) {
	w, err := c.weights.of(c.layer, c.biased("depthwise_kernel", "pointwise_kernel"))
	if err != nil {
		return value{}, err
	}
	y, err := c.filters(in[0], w[0], func(int) ([]string, error) { return nil, nil })
	if err != nil {
		return value{}, err
	}
	if w[1] == nil || len(w[1].Dims) != 4 {
		return value{}, errors.New("its kernel is not of four axes")
	}
	inside, out := w[1].Dims[2], w[1].Dims[3]
	v, err := array(w[1], 1, 1, inside, out)
	if err != nil {
		return value{}, err
	}
	bias, err := c.bias(w, 2, out)
	if err != nil {
		return value{}, err
	}
	y = c.on(y, "Conv", onnx.With{"kernel_shape": []int{1, 1}}, append([]string{c.Floats(turned(v, out), out, inside, 1, 1)}, bias...)...)
	return c.activated(y)
}

func (c *call) dense(in []value) (value, error) {
	w, err := c.weights.of(c.layer, c.biased("kernel"))
	if err != nil {
		return value{}, err
	}
	if w[0] == nil || len(w[0].Dims) != 2 {
		return value{}, errors.New("its kernel is no matrix")
	}
	inside, out := w[0].Dims[0], w[0].Dims[1]
	v, err := array(w[0], inside, out)
	if err != nil {
		return value{}, err
	}
	bias, err := c.bias(w, 1, out)
	if err != nil {
		return value{}, err
	}
	y := value{at: c.Add(c.Name, "MatMul", nil, c.last(in[0]), c.Floats(v, inside, out)), rank: in[0].rank}
	if bias != nil {
		y.at = c.Add(c.Name, "Add", nil, y.at, bias[0])
	}
	return c.activated(y)
}

func (c *call) batchNorm(in []value) (value, error) {
	if err := c.axis(in[0].rank); err != nil {
		return value{}, err
	}
	scale := true
	if c.config.Scale != nil {
		if err := json.Unmarshal(c.config.Scale, &scale); err != nil {
			return value{}, err
		}
	}
	center := c.config.Center == nil || *c.config.Center
	var names []string
	if scale {
		names = append(names, "gamma")
	}
	if center {
		names = append(names, "beta")
	}
	w, err := c.weights.of(c.layer, append(names, "moving_mean", "moving_variance"))
	if err != nil {
		return value{}, err
	}
	n := len(w)
	if w[n-1] == nil {
		return value{}, errors.New("its moving_variance is missing")
	}
	channels := len(w[n-1].Floats)
	vector := func(there bool, fill float32) (string, error) {
		v := make([]float32, channels)
		for i := range v {
			v[i] = fill
		}
		if there {
			var err error
			if v, err = array(w[0], channels); err != nil {
				return "", err
			}
			w = w[1:]
		}
		return c.Floats(v, channels), nil
	}
	var inputs []string
	for _, of := range []struct {
		there bool
		fill  float32
	}{{scale, 1}, {center, 0}, {true, 0}, {true, 0}} {
		at, err := vector(of.there, of.fill)
		if err != nil {
			return value{}, err
		}
		inputs = append(inputs, at)
	}
	eps := 1e-3
	if c.config.Epsilon != nil {
		eps = *c.config.Epsilon
	}
	return c.on(in[0], "BatchNormalization", onnx.With{"epsilon": eps}, inputs...), nil
}

// axis refuses any but the last, which the channels are on.
func (c *call) axis(rank int) error {
	if len(c.config.Axis) == 0 || string(c.config.Axis) == "null" {
		return nil
	}
	n := 0
	if err := json.Unmarshal(c.config.Axis, &n); err != nil {
		var list []int
		if err := json.Unmarshal(c.config.Axis, &list); err != nil || len(list) != 1 {
			return errors.New("its axis is none that is known here")
		}
		n = list[0]
	}
	if n != -1 && n != rank-1 {
		return fmt.Errorf("axis %d of %d is not known here, the last one is", n, rank)
	}
	return nil
}

// activated is what a layer gives after the activation in its settings.
func (c *call) activated(v value) (value, error) {
	name, err := activationName(c.config.Activation)
	if err != nil {
		return v, err
	}
	return c.activate(name, v)
}

func (c *call) activation(in []value) (value, error) { return c.activated(in[0]) }

// activationName reads an activation: its name, or an object that has it.
func activationName(text json.RawMessage) (string, error) {
	if len(text) == 0 || string(text) == "null" {
		return "linear", nil
	}
	name := ""
	if json.Unmarshal(text, &name) == nil {
		return name, nil
	}
	var object struct {
		Class  string          `json:"class_name"`
		Config json.RawMessage `json:"config"`
	}
	if err := json.Unmarshal(text, &object); err != nil {
		return "", errors.New("its activation cannot be read")
	}
	if json.Unmarshal(object.Config, &name) == nil {
		return name, nil
	}
	return object.Class, nil
}

func (c *call) activate(name string, v value) (value, error) {
	simple := map[string]string{"relu": "Relu", "sigmoid": "Sigmoid", "tanh": "Tanh", "elu": "Elu", "selu": "Selu", "hard_swish": "HardSwish", "hard_silu": "HardSwish", "gelu": "Gelu", "mish": "Mish"}
	switch name {
	case "linear":
		return v, nil
	case "relu6", "ReLU6":
		return c.on(v, "Clip", nil, c.Scalar(0), c.Scalar(6)), nil
	case "softmax", "Softmax":
		return value{at: c.Add(c.Name, "Softmax", onnx.With{"axis": -1}, c.last(v)), rank: v.rank}, nil
	case "swish", "silu":
		gate := c.on(v, "Sigmoid", nil)
		return c.on(v, "Mul", nil, gate.first+gate.at), nil
	case "hard_sigmoid":
		// Keras 2 and TensorFlow.js have max(0, min(1, x/5 + 1/2)); Keras 3 x/6.
		slope := 0.2
		if c.weights.three() {
			slope = 1.0 / 6
		}
		y := c.on(v, "Mul", nil, c.Scalar(slope))
		y = c.on(y, "Add", nil, c.Scalar(0.5))
		return c.on(y, "Clip", nil, c.Scalar(0), c.Scalar(1)), nil
	}
	if op := simple[name]; op != "" {
		return c.on(v, op, nil), nil
	}
	return v, fmt.Errorf("the activation %q is not known here", clip(name))
}

func number(p *float64, otherwise float64) float64 {
	if p == nil {
		return otherwise
	}
	return *p
}

func (c *call) relu(in []value) (value, error) {
	slope, least, most := number(c.config.Slope, 0), number(c.config.Least, 0), number(c.config.MaxValue, math.MaxFloat32)
	switch {
	case least != 0 || slope != 0 && most != math.MaxFloat32:
		return value{}, errors.New("a threshold, or a slope with a largest value, is not known here")
	case slope != 0:
		return c.on(in[0], "LeakyRelu", onnx.With{"alpha": slope}), nil
	case most == math.MaxFloat32:
		return c.on(in[0], "Relu", nil), nil
	}
	return c.on(in[0], "Clip", nil, c.Scalar(0), c.Scalar(most)), nil
}

func (c *call) leaky(in []value) (value, error) {
	slope := number(c.config.Alpha, 0.3)
	return c.on(in[0], "LeakyRelu", onnx.With{"alpha": number(c.config.Slope, slope)}), nil
}

func (c *call) elu(in []value) (value, error) {
	return c.on(in[0], "Elu", onnx.With{"alpha": number(c.config.Alpha, 1)}), nil
}

func (c *call) zeroPadding(in []value) (value, error) {
	if err := c.lastFormat(); err != nil {
		return value{}, err
	}
	var sides [2][2]int
	var both pair
	if err := json.Unmarshal(c.config.Padding, &sides); err != nil {
		if err := json.Unmarshal(c.config.Padding, &both); err != nil {
			return value{}, errors.New("its padding is none that is known here")
		}
		sides = [2][2]int{{both[0], both[0]}, {both[1], both[1]}}
	}
	if in[0].rank != 4 {
		return value{}, errors.New("it reads no feature map")
	}
	return c.on(in[0], "Pad", nil, c.Ints(0, 0, sides[0][0], sides[1][0], 0, 0, sides[0][1], sides[1][1]), c.Scalar(0)), nil
}

func pooling(op string) func(c *call, in []value) (value, error) {
	return func(c *call, in []value) (value, error) {
		if c.config.Strides == (pair{}) {
			c.config.Strides = pair(c.config.Pool.or(2))
		}
		with, err := c.window(c.config.Pool.or(2))
		if err != nil {
			return value{}, err
		}
		return c.on(in[0], op, with), nil
	}
}

func global(op string) func(c *call, in []value) (value, error) {
	return func(c *call, in []value) (value, error) {
		if err := c.lastFormat(); err != nil {
			return value{}, err
		}
		if in[0].rank != 4 {
			return value{}, errors.New("it reads no feature map")
		}
		keep, rank := 0, 2
		if c.config.KeepDims {
			keep, rank = 1, 4
		}
		at := c.Add(c.Name, op, onnx.With{"keepdims": keep}, c.firstOf(in[0]), c.Ints(2, 3))
		if rank == 4 {
			return value{first: at, rank: 4}, nil
		}
		return value{at: at, rank: 2}, nil
	}
}

func (c *call) flatten(in []value) (value, error) {
	return value{at: c.Add(c.Name, "Flatten", onnx.With{"axis": 1}, c.last(in[0])), rank: 2}, nil
}

func (c *call) reshape(in []value) (value, error) {
	dims := append([]int{1}, c.config.Target...)
	if len(dims) != 2 && len(dims) != 4 {
		return value{}, fmt.Errorf("to %v: feature maps and vectors are known here", c.config.Target)
	}
	return value{at: c.Add(c.Name, "Reshape", nil, c.last(in[0]), c.Ints(dims...)), rank: len(dims)}, nil
}

func joined(op string) func(c *call, in []value) (value, error) {
	return func(c *call, in []value) (value, error) {
		sum := in[0]
		for _, v := range in[1:] {
			if v.rank != sum.rank {
				return value{}, errors.New("what it joins does not have equally many axes")
			}
			sum = c.on(sum, op, nil, c.firstOf(v))
		}
		return sum, nil
	}
}

func (c *call) concat(in []value) (value, error) {
	if err := c.axis(in[0].rank); err != nil {
		return value{}, err
	}
	var more []string
	for _, v := range in[1:] {
		if v.rank != in[0].rank {
			return value{}, errors.New("what it joins does not have equally many axes")
		}
		more = append(more, c.firstOf(v))
	}
	return c.on(in[0], "Concat", onnx.With{"axis": 1}, more...), nil
}

func (c *call) rescaling(in []value) (value, error) {
	scale, shift := 1.0, 0.0
	if err := json.Unmarshal(c.config.Scale, &scale); err != nil {
		return value{}, errors.New("its scale is no single number")
	}
	if len(c.config.Shift) > 0 {
		if err := json.Unmarshal(c.config.Shift, &shift); err != nil {
			return value{}, errors.New("its offset is no single number")
		}
	}
	if in[0].at == "input" {
		c.levels = true
	}
	return c.on(c.on(in[0], "Mul", nil, c.Scalar(scale)), "Add", nil, c.Scalar(shift)), nil
}

func (c *call) upSampling(in []value) (value, error) {
	if err := c.lastFormat(); err != nil {
		return value{}, err
	}
	with := onnx.With{"mode": "nearest", "coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
	if c.config.Resize == "bilinear" {
		with = onnx.With{"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
	} else if c.config.Resize != "nearest" && c.config.Resize != "" {
		return value{}, fmt.Errorf("interpolation %q is not known here", clip(c.config.Resize))
	}
	s := c.config.Size.or(2)
	return c.on(in[0], "Resize", with, "", c.Floats([]float32{1, 1, float32(s[0]), float32(s[1])}, 4)), nil
}
