package main

import (
	"context"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"homeroom/core/model"
	"homeroom/core/tensor"
)

// smokeNetwork is what --smoke runs: its pack is in the repository.
const smokeNetwork = "efficientnet-lite0"

// smoke runs the bench itself for a moment: Homeroom alone, on a network that is at hand, and
// nothing is written. What is measured goes through everything that Homeroom's side of the page has
// but its photos.
func (o *options) smoke(ctx context.Context) error {
	cache, err := os.MkdirTemp("", "homeroom-bench-smoke")
	if err != nil {
		return err
	}
	defer os.RemoveAll(cache)
	w := &workshop{cache: cache}
	if err := w.ours(smokeNetwork); err != nil {
		return err
	}
	o.Parts, o.Threads, o.Runs, o.Burst = []string{partBrowser, partPlain, partLayers, partTeach}, []int{1, 2}, 2, 1
	at := slices.IndexFunc(networks, func(n network) bool { return n.key == smokeNetwork })
	s, got := o.setting(nil), findings{}
	if err := o.inBrowser(ctx, w, networks[at:at+1], []string{homeroom}, "", &s, &got); err != nil {
		return err
	}
	return failed(got.all())
}

// ours makes the files of a network from its pack alone: an input, and what the native program
// answers to it.
func (w *workshop) ours(name string) error {
	data, err := os.ReadFile(filepath.Join("weights", name+".pack"))
	if err != nil {
		return err
	}
	m, err := model.Read(name, data)
	if err != nil {
		return err
	}
	c, err := model.NewClassifier(m, model.Options{Size: inputSize})
	if err != nil {
		return err
	}
	defer c.Close()
	x := tensor.Tensor{Shape: tensor.Shape{H: inputSize, W: inputSize, C: 3}, Data: make([]float32, inputSize*inputSize*3)}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range x.Data {
		x.Data[i] = float32(r.NormFloat64())
	}
	if err := os.MkdirAll(w.models(), 0o755); err != nil {
		return err
	}
	base := filepath.Join(w.models(), name)
	if err := os.WriteFile(base+".pack", data, 0o644); err != nil {
		return err
	}
	if err := writeFloats(base+".input.f32", x.Data); err != nil {
		return err
	}
	return writeFloats(base+".logits.f32", c.RunTensor(x))
}

// writeFloats writes a file of little-endian float32.
func writeFloats(name string, values []float32) error {
	var data []byte
	for _, v := range values {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	return os.WriteFile(name, data, 0o644)
}
