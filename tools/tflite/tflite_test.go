package tflite_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/tools/checkpoint/checkpointtest"
	"homeroom/tools/onnxgraph"
	"homeroom/tools/tflite"
)

const side = 32

func read(t testing.TB, name string) []byte {
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// picture is what the script that made the files shows to them, as levels.
func picture(i int) []float32 {
	var v []float32
	for r := range side {
		for c := range side {
			for k := range 3 {
				v = append(v, float32((r*7+c*13+k*29)*(i+3)%256))
			}
		}
	}
	return v
}

// Models of TensorFlow Lite's own converter answer as its interpreter has them answer; of a
// quantised one all but what is rounded on its way.
func TestAnswers(t *testing.T) {
	var want map[string][][]float64
	if err := json.Unmarshal(read(t, "answers.json"), &want); err != nil {
		t.Fatal(err)
	}
	for name, expected := range want {
		m, err := tflite.Read(name, read(t, name))
		if err != nil {
			t.Fatal(err)
		}
		run, err := onnxgraph.NewRunner(m.ONNX)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		most := 1e-5
		if name == "quantised.tflite" {
			most = 0.02
		}
		worst := 0.0
		for i, y := range expected {
			x := picture(i)
			if name != "quantised.tflite" { // whose input is of levels
				for k := range x {
					x[k] = x[k]/127.5 - 1
				}
			}
			got, err := run.Run(map[string][]float32{m.ONNX.Graph.Inputs[0].Name: x})
			if err != nil {
				t.Fatal(err)
			}
			for k, v := range got[m.ONNX.Graph.Outputs[0].Name] {
				worst = max(worst, math.Abs(float64(v)-y[k]))
			}
		}
		run.Close()
		if worst > most {
			t.Errorf("%s: answers differ by %.2g", name, worst)
		}
		r, err := onnxgraph.Import(m.ONNX, onnxgraph.Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if r.Classes != 3 || r.Graph.Map == "" || r.Bytes != (name == "quantised.tflite") {
			t.Errorf("%s: %d classes, map %q, bytes %v", name, r.Classes, r.Graph.Map, r.Bytes)
		}
	}
}

// A file that is cut short is refused by its name.
func TestCutShort(t *testing.T) {
	data := read(t, "float.tflite")
	if _, err := tflite.Read("cut.tflite", data[:len(data)/2]); err == nil || !strings.HasPrefix(err.Error(), "cut.tflite: ") {
		t.Errorf("%v", err)
	}
}

// Whatever the bytes, there is an error or a model, in bounded time and memory.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"float.tflite", "half.tflite", "quantised.tflite"} {
		f.Add(read(f, name))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var m *tflite.Model
		var err error
		checkpointtest.Bounded(t, len(data), func() { m, err = tflite.Read("fuzz", data) })
		if err == nil {
			onnxgraph.Import(m.ONNX, onnxgraph.Options{Size: side})
		}
	})
}
