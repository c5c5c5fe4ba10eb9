package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"homeroom/core/model"
	"homeroom/core/tensor"
)

// nativeWarmup is how many runs come before those that count, in each turn: as many as ONNX Runtime
// has in bench_models.py, where each turn is a process of its own. The other engine has had the
// caches meanwhile.
const nativeWarmup = 3

// measureNative times ONNX Runtime and Homeroom in turn, outside of a browser. Without a pack
// Homeroom is left out.
func measureNative(ctx context.Context, w *workshop, n network, threads, rounds, burst int) (result, error) {
	base := filepath.Join(w.models(), n.key)
	want, err := readFloats(base + ".logits.f32")
	if err != nil {
		return result{}, err
	}
	r := result{Network: n.name + " (native)", Threads: threads, Engines: map[string]measured{}}
	ours, err := openNative(base, threads)
	if err != nil {
		r.Engines[homeroom] = measured{Fault: err.Error()}
	} else {
		defer ours.Close()
	}
	var theirs struct {
		Times  []float64 `json:"times"`
		Logits []float64 `json:"logits"`
	}
	var theirTimes, ourTimes []float64
	for range rounds {
		out, err := command(ctx, nil, w.python, recipe, "native", n.key, w.models(), "--threads", strconv.Itoa(threads), "--runs", strconv.Itoa(burst))
		if err != nil {
			return r, err
		}
		if err := json.Unmarshal(out, &theirs); err != nil {
			return r, fmt.Errorf("native ONNX Runtime: %w", err)
		}
		theirTimes = append(theirTimes, theirs.Times...)
		if ours == nil {
			continue
		}
		for range nativeWarmup {
			ours.run()
		}
		for range burst {
			start := time.Now()
			ours.run()
			ourTimes = append(ourTimes, float64(time.Since(start))/float64(time.Millisecond))
		}
	}
	r.Engines[ortNative] = checked(theirTimes, theirs.Logits, want)
	if ours != nil {
		logits := make([]float64, len(ours.logits))
		for i, v := range ours.logits {
			logits[i] = float64(v)
		}
		r.Engines[homeroom] = checked(ourTimes, logits, want)
	}
	return r, nil
}

// A nativeRun is Homeroom on one network with its input.
type nativeRun struct {
	*model.Classifier
	input  tensor.Tensor
	logits []float32
}

func openNative(base string, threads int) (*nativeRun, error) {
	data, err := os.ReadFile(base + ".pack")
	if err != nil {
		return nil, err
	}
	m, err := model.Read(filepath.Base(base), data)
	if err != nil {
		return nil, err
	}
	values, err := readFloats(base + ".input.f32")
	if err != nil {
		return nil, err
	}
	c, err := model.NewClassifier(m, model.Options{Threads: threads, Size: inputSize})
	if err != nil {
		return nil, err
	}
	x := tensor.Tensor{Shape: tensor.Shape{H: inputSize, W: inputSize, C: 3}, Data: make([]float32, len(values))}
	for i, v := range values {
		x.Data[i] = float32(v)
	}
	return &nativeRun{Classifier: c, input: x}, nil
}

func (n *nativeRun) run() { n.logits = n.RunTensor(n.input) }
