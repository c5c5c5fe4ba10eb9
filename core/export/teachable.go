package export

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/tensor"
)

// TeachableMachine writes a classifier as the zip that Teachable Machine exports for the web:
// model.json and weights.bin, a layers model of TensorFlow.js, and metadata.json with the labels.
// Its readers give [N][Size][Size][3], levels/127 − 1, red first, and get probabilities. A layers
// model cannot say all: the root of features, nearest photos, several views, and layers of vision
// transformers are refused by name. The answer "unknown" has no place there.
func (c *Classifier) TeachableMachine(w io.Writer) error {
	const format = "Teachable Machine's format"
	if c.Views() {
		return errLayers("a head that reads several views of a photo")
	}
	if err := c.single(format); err != nil {
		return err
	}
	if len(c.Labels) == 0 {
		return fmt.Errorf("%s names classes, and %s has none; teach some on it, or export as onnx or tflite", format, c.Name)
	}
	l := &layersModel{names: map[string]bool{}}
	if err := c.walk(l); err != nil {
		return err
	}
	model, err := json.Marshal(l.model())
	if err != nil {
		return err
	}
	metadata, err := json.Marshal(map[string]any{
		"tfjsVersion": "1.3.1", "tmVersion": "2.4.10", "packageVersion": "0.8.4", "packageName": "@teachablemachine/image",
		"timeStamp": time.Now().UTC().Format(time.RFC3339), "modelName": c.Name, "labels": c.Labels, "imageSize": c.Pictures[0].Size,
		"userMetadata": map[string]any{"homeroom": c.TeachableMachineCard()},
	})
	if err != nil {
		return err
	}
	z := zip.NewWriter(w)
	for _, f := range []struct {
		name string
		data []byte
	}{{"model.json", model}, {"metadata.json", metadata}, {"weights.bin", l.weights}} {
		e, err := z.Create(f.name)
		if err != nil {
			return err
		}
		if _, err := e.Write(f.data); err != nil {
			return err
		}
	}
	return z.Close()
}

// ml5Size is the side of the pictures that ml5.js gives to every model.
const ml5Size = 224

// TeachableMachineCard is the card without what a layers model leaves out.
func (c *Classifier) TeachableMachineCard() Card {
	card := c.Card()
	card.Unknown = nil
	var carries []string
	for _, s := range card.Carries {
		if s != "unknown" {
			carries = append(carries, s)
		}
	}
	card.Carries = carries
	if n := c.Pictures[0].Size; n != ml5Size {
		card.Notes = append(card.Notes, fmt.Sprintf("ml5.js gives pictures of %d × %d, and the input is of %d × %d: it cannot run this file, and Teachable Machine's own library can", ml5Size, ml5Size, n, n))
	}
	return card
}

// layersModel is the sink of layers models. Maps are [N][H][W][C] there and vectors [N][C].
type layersModel struct {
	layers         []map[string]any
	inputs, result string
	manifest       []layerWeight
	weights        []byte
	names          map[string]bool
}

type layerWeight struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	DType string `json:"dtype"`
	v     []float32
}

// layersRef is the output of a layer.
type layersRef struct {
	name    string
	vector  bool // [N][C] and not [N][H][W][C]
	shape   tensor.Shape
	atLeast float64 // no element is less: padding by zeros then changes no largest
}

const unbounded = -1e30

// model is the content of model.json.
func (l *layersModel) model() map[string]any {
	return map[string]any{
		"format": "layers-model", "generatedBy": "Homeroom", "convertedBy": nil,
		"modelTopology": map[string]any{
			"class_name": "Model", "keras_version": "2.2.4", "backend": "tensorflow",
			"config": map[string]any{
				"name": "homeroom", "layers": l.layers,
				"input_layers": []any{[]any{l.inputs, 0, 0}}, "output_layers": []any{[]any{l.result, 0, 0}},
			},
		},
		"weightsManifest": []any{map[string]any{"paths": []string{"weights.bin"}, "weights": l.manifest}},
	}
}

// layerName makes a name one that TensorFlow.js takes: of letters, digits and -_./, the first no
// sign.
func layerName(name string) string {
	name = strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_./", r) || r < 0x80 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
			return r
		}
		return '_'
	}, name)
	if name = strings.TrimLeft(name, "-_./"); name == "" {
		return "layer"
	}
	return name
}

// add appends a layer of a class with its weights, and returns its name.
func (l *layersModel) add(name, class string, in []layersRef, config map[string]any, weights ...layerWeight) string {
	name = layerName(name)
	base := name
	for n := 2; l.names[name]; n++ {
		name = fmt.Sprintf("%s_%d", base, n)
	}
	l.names[name] = true
	if config == nil {
		config = map[string]any{}
	}
	config["name"], config["trainable"] = name, false
	if _, ok := config["dtype"]; !ok && class == "InputLayer" {
		config["dtype"] = "float32"
	}
	nodes := []any{}
	if len(in) > 0 {
		var from []any
		for _, x := range in {
			from = append(from, []any{x.name, 0, 0, map[string]any{}})
		}
		nodes = append(nodes, from)
	}
	l.layers = append(l.layers, map[string]any{"name": name, "class_name": class, "config": config, "inbound_nodes": nodes})
	for _, w := range weights {
		w.Name, w.DType = name+"/"+w.Name, "float32"
		l.manifest = append(l.manifest, w)
		l.weights = append(l.weights, rawFloats(w.v)...)
	}
	return name
}

// scaled is scale·(x − mean) + shift by channel.
func (l *layersModel) scaled(name string, x layersRef, scale, shift, mean []float32) layersRef {
	n := len(scale)
	one := make([]float32, n)
	for i := range one {
		one[i] = 1
	}
	weight := func(name string, v []float32) layerWeight {
		if v == nil {
			v = make([]float32, n)
		}
		return layerWeight{Name: name, Shape: []int{n}, v: v}
	}
	x.name = l.add(name, "BatchNormalization", []layersRef{x}, map[string]any{"axis": -1, "epsilon": 1e-30, "center": true, "scale": true, "momentum": 0.99},
		weight("gamma", scale), weight("beta", shift), weight("moving_mean", mean), weight("moving_variance", one))
	x.atLeast = unbounded
	return x
}

func (l *layersModel) picture(p Picture) ref {
	l.inputs = l.add("image", "InputLayer", nil, map[string]any{"batch_input_shape": []any{nil, p.Size, p.Size, 3}, "sparse": false})
	return layersRef{l.inputs, false, tensor.Shape{H: p.Size, W: p.Size, C: 3}, unbounded}
}

// normalise takes x, which is level/127 − 1: (level − mean)/std = 127/std·(x − (mean/127 − 1)).
func (l *layersModel) normalise(x ref, mean, std [3]float64) ref {
	scale, centre := make([]float32, 3), make([]float32, 3)
	for c := range 3 {
		scale[c], centre[c] = float32(127/std[c]), float32(mean[c]/127-1)
	}
	return l.scaled("normalised", x.(layersRef), scale, nil, centre)
}

// errLayers is what a layers model cannot say.
func errLayers(what string) error {
	return fmt.Errorf("%s cannot be said in a layers model of TensorFlow.js, which Teachable Machine's format is; learn a linear head on one view of each photo, or export as tflite or onnx", what)
}

// mirror and mean are of views, which are refused before anything is written.
func (l *layersModel) mirror(x ref) ref { return x }

func (l *layersModel) mean(xs []ref) ref { return xs[0] }

func (l *layersModel) concat(xs []ref) ref {
	in, n := make([]layersRef, len(xs)), 0
	for i, x := range xs {
		in[i] = x.(layersRef)
		n += in[i].shape.Len()
	}
	return l.vectorOf(l.add("features", "Concatenate", in, map[string]any{"axis": -1}), n)
}

func (l *layersModel) vectorOf(name string, n int) layersRef {
	return layersRef{name, true, tensor.Shape{H: 1, W: 1, C: n}, unbounded}
}

func (l *layersModel) vector(x ref, _ tensor.Shape) ref { return l.flat(x.(layersRef)) }

func (l *layersModel) flat(x layersRef) layersRef {
	if x.vector {
		return x
	}
	x.name, x.vector = l.add("flat", "Flatten", []layersRef{x}, nil), true
	return x
}

// plane is x with axes for rows and columns.
func (l *layersModel) plane(x layersRef) layersRef {
	if x.vector {
		s := x.shape
		x.name, x.vector = l.add("plane", "Reshape", []layersRef{x}, map[string]any{"target_shape": []int{s.H, s.W, s.C}}), false
	}
	return x
}

func (l *layersModel) root(ref, []int) (ref, error) {
	return nil, errLayers("the root of features, which the head takes,")
}

func (l *layersModel) affine(x ref, mean, factor []float32) ref {
	return l.scaled("standardised", x.(layersRef), factor, nil, mean)
}

func (l *layersModel) dense(x ref, w, b []float32, out int, rectified bool) ref {
	return l.product("head", x.(layersRef), w, b, out, rectified)
}

// product is w·x + b, w [out][in], by channel where x has rows and columns.
func (l *layersModel) product(name string, x layersRef, w, b []float32, out int, rectified bool) layersRef {
	in := len(w) / out
	turned := make([]float32, len(w))
	for o := range out {
		for i := range in {
			turned[i*out+o] = w[o*in+i]
		}
	}
	activation := "linear"
	if rectified {
		activation = "relu"
	}
	x.name = l.add(name, "Dense", []layersRef{x}, map[string]any{"units": out, "activation": activation, "use_bias": true},
		layerWeight{Name: "kernel", Shape: []int{in, out}, v: turned}, layerWeight{Name: "bias", Shape: []int{out}, v: b})
	x.shape.C, x.atLeast = out, unbounded
	return x
}

func (l *layersModel) votes(ref, *head.Memory, int) (ref, error) {
	return nil, errLayers("a head of nearest photos")
}

func (l *layersModel) softmax(logits ref, temperature float64) ref {
	x := logits.(layersRef)
	if temperature != 1 {
		factor := make([]float32, x.shape.Len())
		for i := range factor {
			factor[i] = float32(1 / temperature)
		}
		x = l.scaled("tempered", x, factor, nil, nil)
	}
	x.name = l.add(Probabilities, "Activation", []layersRef{x}, map[string]any{"activation": "softmax"})
	return x
}

// strangeness has no place: its readers take one output. The card says so.
func (l *layersModel) strangeness(_, _ ref, _ *head.Unknown) (ref, error) { return layersRef{}, nil }

func (l *layersModel) output(name string, x ref, _ int) {
	if name != Strangeness {
		l.result = x.(layersRef).name
	}
}

func (l *layersModel) layer(prefix string, g *graph.Graph, n *graph.Node, in []ref, shapes map[string]tensor.Shape) (ref, error) {
	xs := make([]layersRef, len(in))
	for i := range in {
		xs[i] = in[i].(layersRef)
	}
	write, ok := layersOf()[n.Op]
	if !ok {
		return nil, errLayers(fmt.Sprintf("a layer of the kind %q", n.Op))
	}
	return write(&oneLayer{l, prefix + n.Name, g, n, shapes[n.Name]}, xs)
}
