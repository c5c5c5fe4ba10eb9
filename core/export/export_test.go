package export

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/graph"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/training"
)

// small is a network of 3 layers with a head of 2 classes.
func small(change func(h *head.Head)) (*Classifier, error) {
	return smallWith(graph.Node{Op: graph.ReLU6}, change)
}

// smallWith has another activation.
func smallWith(act graph.Node, change func(h *head.Head)) (*Classifier, error) {
	act.Name, act.In = "act", []string{"_stem"}
	numbers := func(n int) []float32 {
		v := make([]float32, n)
		for i := range v {
			v[i] = float32(i%7-3) / 8
		}
		return v
	}
	m := &model.Model{
		Name: "small",
		Graph: &graph.Graph{
			Nodes: []graph.Node{
				{Name: "_stem", Op: graph.Conv, In: []string{graph.Input}, Weight: "w", Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [4]int{1, 1, 1, 1}},
				act,
				{Name: "gap", Op: graph.GAP, In: []string{"act"}},
			},
			Output: "gap", Feature: "gap",
			Params: map[string]*pack.Tensor{"w": pack.Encode("w", []int{4, 3, 3, 3}, numbers(108), pack.F32)},
		},
		Preprocess: photo.Preprocess{Size: 32, CropFraction: 0.875, Interpolation: "bilinear", Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128}},
	}
	space := feature.Space{Network: "small", Size: 32}
	h := &head.Head{
		Kind: training.Linear, Classes: []string{"cat", "dog"}, Input: bank.Input{{space}}, Spaces: []bank.Space{{Name: space, Dim: 4}},
		Scale:       head.Scale{Parts: []int{4}, Mean: numbers(4), Factor: numbers(4)},
		Layers:      []head.Layer{{In: 4, Out: 2, Weight: numbers(8), Bias: numbers(2)}},
		Temperature: 1.5,
	}
	if change != nil {
		change(h)
	}
	return Taught("pets", h, map[string]*model.Model{"small": m})
}

func TestTeachableMachineFiles(t *testing.T) {
	c, err := small(nil)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.TeachableMachine(&out); err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) []byte {
		f, err := z.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	var model struct {
		ModelTopology struct {
			Config struct {
				Layers []struct {
					Name  string
					Class string `json:"class_name"`
				}
			}
		}
		WeightsManifest []struct {
			Weights []struct{ Shape []int }
		}
	}
	if err := json.Unmarshal(read("model.json"), &model); err != nil {
		t.Fatal(err)
	}
	var classes []string
	for _, l := range model.ModelTopology.Config.Layers {
		classes = append(classes, l.Class)
		if strings.HasPrefix(l.Name, "_") {
			t.Errorf("TensorFlow.js takes no layer called %q", l.Name)
		}
	}
	want := []string{"InputLayer", "BatchNormalization", "ZeroPadding2D", "Conv2D", "ReLU", "GlobalAveragePooling2D", "BatchNormalization", "Dense", "BatchNormalization", "Activation"}
	if !slices.Equal(classes, want) {
		t.Errorf("layers %v, not %v", classes, want)
	}
	n := 0
	for _, w := range model.WeightsManifest[0].Weights {
		size := 4
		for _, d := range w.Shape {
			size *= d
		}
		n += size
	}
	if got := len(read("weights.bin")); got != n {
		t.Errorf("%d bytes of weights, and the model names %d", got, n)
	}
	var metadata struct {
		Labels       []string
		ImageSize    int
		UserMetadata struct{ Homeroom Card }
	}
	if err := json.Unmarshal(read("metadata.json"), &metadata); err != nil || len(metadata.UserMetadata.Homeroom.Notes) != 1 || !slices.Equal(metadata.Labels, []string{"cat", "dog"}) || metadata.ImageSize != 32 {
		t.Errorf("metadata %+v, %v", metadata, err)
	}
}

// What a format cannot say is refused by name, before anything is written.
func TestRefusedByName(t *testing.T) {
	views := func(v ...feature.View) func(h *head.Head) {
		return func(h *head.Head) {
			for _, view := range v {
				s := h.Spaces[0]
				s.Name = s.Name.Of(view)
				h.Spaces, h.Input[0] = append(h.Spaces, s), append(h.Input[0], s.Name)
			}
		}
	}
	for _, test := range []struct {
		format, says string
		change       func(h *head.Head)
	}{
		{"teachable-machine", "the root of features", func(h *head.Head) { h.Scale.Root = true }},
		{"teachable-machine", "nearest photos", func(h *head.Head) {
			h.Layers, h.Memory = nil, &head.Memory{K: 1, Dim: 4, Rows: make([]float32, 8), Class: []int{0, 1}}
		}},
		{"teachable-machine", "several views", views(feature.Flip)},
		{"tflite", "2 cuts", views(feature.Flip, feature.Wide)},
		{"tflite", "", views(feature.Flip)},
	} {
		c, err := small(test.change)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if test.format == "tflite" {
			err = c.TFLite(&out, F32)
		} else {
			err = c.TeachableMachine(&out)
		}
		switch {
		case test.says == "":
			if err != nil || out.Len() == 0 {
				t.Errorf("%s: %v", test.format, err)
			}
		case err == nil || !strings.Contains(err.Error(), test.says) || out.Len() > 0:
			t.Errorf("%s: %v, and %d bytes, without %q", test.format, err, out.Len(), test.says)
		}
	}
}

// Each activation of the graph is written in each format, or refused by name where the format has
// no such thing. A new one is given a line where layers are written, or here.
func TestActivations(t *testing.T) {
	for _, format := range []struct {
		name   string
		write  func(c *Classifier, w io.Writer) error
		refuse []graph.Op
	}{
		{"onnx", func(c *Classifier, w io.Writer) error { return c.ONNX(w, F32) }, nil},
		{"tflite", func(c *Classifier, w io.Writer) error { return c.TFLite(w, F32) }, nil},
		{"torch", (*Classifier).Torch, nil},
		{"teachable-machine", (*Classifier).TeachableMachine,
			[]graph.Op{graph.Clip, graph.GELU, graph.GELUTanh, graph.Mish, graph.Sqrt, graph.Reciprocal}},
	} {
		for _, op := range graph.Activations() {
			c, err := smallWith(graph.Node{Op: op, Alpha: 0.2, Low: -1, High: 1}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = format.write(c, &out)
			switch {
			case slices.Contains(format.refuse, op):
				if err == nil || !strings.Contains(err.Error(), strconv.Quote(string(op))) || out.Len() > 0 {
					t.Errorf("%s with %s: %v, and %d bytes", format.name, op, err, out.Len())
				}
			case err != nil || out.Len() == 0:
				t.Errorf("%s with %s: %v, and %d bytes: it is neither written nor among those that are refused", format.name, op, err, out.Len())
			}
		}
	}
}

// The labels, one a line whatever breaks are in them, and the card are files of a zip behind the
// model, stored as they are.
func TestTFLiteCarriesLabels(t *testing.T) {
	c, err := small(func(h *head.Head) { h.Classes = []string{"tabby\r\ncat", "dog"} })
	if err != nil {
		t.Fatal(err)
	}
	for _, weights := range []Weights{F32, F16, Int8} {
		var out bytes.Buffer
		if err := c.TFLite(&out, weights); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes()[4:8], []byte("TFL3")) {
			t.Errorf("identifier %q", out.Bytes()[4:8])
		}
		z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]bool{}
		for _, f := range z.File {
			found[f.Name] = f.Method == zip.Store && f.Flags&8 == 0
			if r, err := f.Open(); err != nil {
				t.Error(err)
			} else if text, err := io.ReadAll(r); err != nil || f.Name == labelFile && string(text) != "tabby cat\ndog" {
				t.Errorf("%s: %q, %v", f.Name, text, err)
			}
		}
		if !found[labelFile] || !found[cardFile] {
			t.Errorf("files %v", found)
		}
	}
}
