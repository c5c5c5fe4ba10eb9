package main

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/model"
	"homeroom/core/tensor"
)

// some are results as a run gives them.
var some = []result{
	{"ResNet-50", 1, map[string]measured{
		homeroom: {Times: []float64{100, 90, 110}},
		"litert": {Times: []float64{120, 121, 119}},
		ortWeb:   {Times: []float64{200, 180, 190}},
		"tfjs":   {Fault: "it has no memory left"},
	}},
	{"ResNet-50", 2, map[string]measured{
		homeroom: {Fault: "one photo is on one thread here"},
		"litert": {Times: []float64{60}},
	}},
	{"VGG-16", 1, map[string]measured{homeroom: {Times: []float64{500}}}},
}

func TestRecords(t *testing.T) {
	want := []record{{
		Network: "ResNet-50", Threads: 1, HomeroomMS: 100,
		Peers:          map[string]float64{"@litertjs/core": 120, "onnxruntime-web": 190},
		RatioToFastest: 1.2,
	}}
	if got := records(some); !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestLatest(t *testing.T) {
	var lines []map[string]any
	if err := json.Unmarshal(latest(some), &lines); err != nil {
		t.Fatal(err)
	}
	if len(lines) != 1 || len(lines[0]) != 5 {
		t.Fatalf("%v", lines)
	}
	for key, want := range map[string]any{"network": "ResNet-50", "threads": 1.0, "homeroom_ms": 100.0, "ratio_to_fastest": 1.2} {
		if lines[0][key] != want {
			t.Errorf("%s is %v, want %v", key, lines[0][key], want)
		}
	}
	if got := strings.TrimSpace(string(latest(nil))); got != "[]" {
		t.Errorf("without results: %s", got)
	}
}

func TestFastest(t *testing.T) {
	for i, want := range []float64{120, 60, math.NaN()} {
		if got := some[i].fastest(); got != want && !(math.IsNaN(got) && math.IsNaN(want)) {
			t.Errorf("result %d: %v, want %v", i, got, want)
		}
	}
}

func TestReport(t *testing.T) {
	s := setting{Date: "2026-01-02", Machine: "a machine", Cores: 2, Memory: "8 GB", System: "a system", Chromium: "Chromium 1",
		Go: "go1", Build: "abc123", Note: "all alone", Versions: map[string]string{"torch": "2", "onnx": "1"}, Burst: 3}
	var f findings
	for _, r := range some {
		f.add(s, partBrowser, r)
	}
	f.add(s, partPlain, result{"ResNet-50", 1, map[string]measured{homeroom: {Times: []float64{100, 100}}, homeroomPlain: {Times: []float64{125, 125}}}})
	f = append(f, finding{Part: partLayers, Result: result{Network: "ResNet-50", Threads: 1}, Profile: &model.Profile{
		Runs: 12, One: 100 * time.Millisecond, Peak: 40e9,
		Layers: []graph.Timing{
			{Name: "stem", Kind: kernel.Conv, Shape: tensor.Shape{H: 112, W: 112, C: 64}, MACs: 990e6, Time: 99 * time.Millisecond, Detail: "M 1 × K 2 × N 3"},
			{Name: "gap", Kind: kernel.GAP, Time: 500 * time.Microsecond}, {Name: "gap2", Kind: kernel.GAP, Time: 500 * time.Microsecond},
		}}})
	text := report(s, f)
	for _, want := range []string{
		"a machine, 2 core(s), 8 GB, a system",
		"onnxruntime-web 1.30.0",
		"onnx 1, torch 2",
		"go1, commit abc123",
		"- Note: all alone\n",
		"in turns of at most 3 after",
		"| ResNet-50 | 1 | 3 | 100 ±5% | 120 ±0% | 190 ±3% | – | 1.20 | 1.90 |",
		"| ResNet-50 | 2 | 1 | – | 60.0 ±0% | – | – | – | – |",
		"| VGG-16 | 1 | 1 | 500 ±0% | – | – | – | – | – |",
		"- TensorFlow.js on ResNet-50, 1 thread(s): it has no memory left",
		"- Homeroom on ResNet-50, 2 thread(s): one photo is on one thread here",
		"| ResNet-50 | 1 | 2 | 100 ±0% | 125 ±0% | 1.25 |",
		"**ResNet-50**: 100 ms, 19.8 GFLOP/s, 50% of the peak of 40.0",
		"| 1 | conv | 112×112×64 | M 1 × K 2 × N 3 | 99.00 | 99.0% | 20.0 | 50% |",
		"| the others | gap |  |  | 1.00 | 1.0% |  |  |",
		"## To reproduce",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
	if strings.Contains(text, "## Native") {
		t.Error("there is a section without results")
	}
}

func TestNativeTable(t *testing.T) {
	native := []result{{"ResNet-50 (native)", 1, map[string]measured{homeroom: {Times: []float64{40}}, ortNative: {Times: []float64{50}}}}}
	text := report(setting{Burst: 1}, findings{{Part: partNative, Result: native[0]}})
	if want := "| ResNet-50 (native) | 1 | 1 | 40.0 ±0% | 50.0 ±0% | 1.25 |"; !strings.Contains(text, want) {
		t.Errorf("there is no %q in\n%s", want, text)
	}
	if got := records(native)[0].Peers["onnxruntime"]; got != 50 {
		t.Errorf("onnxruntime has %v", got)
	}
}

func TestWrong(t *testing.T) {
	if err := wrong(some); err != nil {
		t.Errorf("nobody was wrong, but %v", err)
	}
	bad := []result{{"ResNet-50", 1, map[string]measured{"litert": checked([]float64{1}, []float64{1, 2}, []float64{2, 1})}}}
	if err := wrong(bad); err == nil || !strings.Contains(err.Error(), "LiteRT.js on ResNet-50") {
		t.Errorf("a wrong answer gives %v", err)
	}
	if got := (result{"VGG-16", 2, map[string]measured{homeroom: {Times: make([]float64, 15)}, "litert": {Times: make([]float64, 6)}, "tfjs": {}}}).runs(); got != "6–15" {
		t.Errorf("runs are %s", got)
	}
	if got := records(append(bad, some...)); len(got) != 1 {
		t.Errorf("a wrong answer was recorded: %v", got)
	}
}
