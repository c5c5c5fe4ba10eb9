package keras_test

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/checkpointtest"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/keras"
	"homeroom/tools/onnxgraph"
)

const side = 32

// picture is what the scripts that made the files show to them.
func picture(i int, mean, std float32) []float32 {
	var v []float32
	for r := range side {
		for c := range side {
			for k := range 3 {
				v = append(v, (float32((r*7+c*13+k*29)*(i+3)%256)-mean)/std)
			}
		}
	}
	return v
}

func read(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func beside(name string) ([]byte, error) { return os.ReadFile(filepath.Join("testdata", name)) }

// answers compares what a model answers, run and as a graph, with what its maker did.
func answers(t *testing.T, name string, m *onnx.Model, want [][]float64, mean, std float32) {
	t.Helper()
	r, err := onnxgraph.Import(m, onnxgraph.Options{})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if r.Classes != 3 || r.Graph.Map == "" {
		t.Errorf("%s: %d classes, feature %q on the map %q", name, r.Classes, r.Graph.Feature, r.Graph.Map)
	}
	packed, err := graph.Pack(r.Graph, kernel.Best())
	if err != nil {
		t.Fatal(err)
	}
	p, err := packed.Compile(tensor.Shape{H: side, W: side, C: 3}, graph.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	run, err := onnxgraph.NewRunner(m)
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	worst := 0.0
	for i, expected := range want {
		x := picture(i, mean, std)
		copy(p.Input().Data, x)
		p.Run()
		sum, scores := 0.0, make([]float64, 3)
		for k, v := range p.Output().Data[:3] {
			scores[k] = math.Exp(float64(v))
			sum += scores[k]
		}
		got, err := run.Run(map[string][]float32{m.Graph.Inputs[0].Name: x})
		if err != nil {
			t.Fatal(err)
		}
		out := got[m.Graph.Outputs[0].Name]
		for k, v := range expected {
			worst = max(worst, math.Abs(scores[k]/sum-v), math.Abs(float64(out[k])-v))
		}
	}
	if worst > 1e-5 {
		t.Errorf("%s: answers differ by %.2g from its maker's", name, worst)
	}
}

func TestTFJS(t *testing.T) {
	m, err := keras.ReadTFJS("tfjs.json", read(t, "tfjs.json"), beside)
	if err != nil {
		t.Fatal(err)
	}
	var want [][]float64
	if err := json.Unmarshal(read(t, "tfjs_answers.json"), &want); err != nil {
		t.Fatal(err)
	}
	answers(t, "tfjs.json", m.ONNX, want, 127, 127)
	if m.Size != side || m.Levels {
		t.Errorf("size %d, levels %v", m.Size, m.Levels)
	}
}

func TestKeras(t *testing.T) {
	var want map[string][][]float64
	if err := json.Unmarshal(read(t, "answers.json"), &want); err != nil {
		t.Fatal(err)
	}
	for name, expected := range want {
		open := keras.ReadH5
		if strings.HasSuffix(name, ".keras") {
			open = keras.ReadKeras
		}
		m, err := open(name, read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		answers(t, name, m.ONNX, expected, 127.5, 127.5)
	}
}

// What cannot be read says which layer it is.
func TestRefusedByName(t *testing.T) {
	text := string(read(t, "tfjs.json"))
	for _, test := range []struct{ from, to, says string }{
		{`"class_name":"DepthwiseConv2D"`, `"class_name":"Lambda"`, `layer "depthwise" is of the class Lambda`},
		{`"name":"project/kernel"`, `"name":"elsewhere/kernel"`, `layer "project" (Conv2D): its weights "kernel" are missing`},
		{`"activation":"softmax"`, `"activation":"sparsemax"`, `the activation "sparsemax" is not known here`},
		{`"data_format":"channels_last"`, `"data_format":"channels_first"`, `data_format "channels_first"`},
		{`"weights.bin"`, `"nothing.bin"`, `nothing.bin`},
		{`"weights.bin"`, `"weights.bin","weights.bin"`, `its weights in weights.bin are named twice`},
	} {
		changed := strings.ReplaceAll(text, test.from, test.to)
		if changed == text {
			t.Fatalf("there is no %s to change", test.from)
		}
		_, err := keras.ReadTFJS("changed.json", []byte(changed), beside)
		if err == nil || !strings.Contains(err.Error(), test.says) || !strings.HasPrefix(err.Error(), "changed.json: ") {
			t.Errorf("%s: %v, without %q", test.to, err, test.says)
		}
	}
}

// A part whose bytes are not what its checksum says is told by its name.
func TestDamagedPart(t *testing.T) {
	data := bytes.Clone(read(t, "keras3.keras"))
	data[len(data)/2] ^= 1 // in the weights, which are most of it
	_, err := keras.ReadKeras("changed.keras", data)
	if err == nil || !strings.HasPrefix(err.Error(), "changed.keras: its part model.weights.h5 is damaged") || !strings.Contains(err.Error(), "save the file again") {
		t.Errorf("%v", err)
	}
}

// Whatever the bytes, there is an error or a model, in bounded time and memory.
func FuzzTFJS(f *testing.F) {
	f.Add(read(f, "tfjs.json"), read(f, "weights.bin"))
	f.Fuzz(func(t *testing.T, text, weights []byte) {
		var m *keras.Model
		var err error
		checkpointtest.Bounded(t, len(text)+len(weights), func() {
			m, err = keras.ReadTFJS("fuzz", text, func(string) ([]byte, error) { return weights, nil })
		})
		if err == nil {
			onnxgraph.Import(m.ONNX, onnxgraph.Options{Size: side})
		}
	})
}

func FuzzKeras(f *testing.F) {
	f.Add(read(f, "keras2.h5"), false)
	f.Add(read(f, "keras3.keras"), true)
	f.Fuzz(func(t *testing.T, data []byte, zipped bool) {
		open := keras.ReadH5
		if zipped {
			open = keras.ReadKeras
		}
		var m *keras.Model
		var err error
		checkpointtest.Bounded(t, len(data), func() { m, err = open("fuzz", data) })
		if err == nil {
			onnxgraph.Import(m.ONNX, onnxgraph.Options{Size: side})
		}
	})
}
