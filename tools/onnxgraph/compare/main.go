// Command compare says how far Homeroom's logits for an ONNX model are from those that another
// engine gave:
//
//	compare network.onnx input.f32 logits.f32
//
// The input is [H][W][3], both files hold little-endian float32. It prints the largest difference,
// over the largest logit where that is above 1, or why the model is refused, with status 1.
package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/tensor"
	"homeroom/tools/checkpoint/onnx"
	"homeroom/tools/onnxgraph"
)

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: compare network.onnx input.f32 logits.f32")
		os.Exit(2)
	}
	d, err := compare(os.Args[1], os.Args[2], os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(d)
}

func compare(model, input, logits string) (float64, error) {
	x, err := floats(input)
	if err != nil {
		return 0, err
	}
	want, err := floats(logits)
	if err != nil {
		return 0, err
	}
	m, err := onnx.Open(model)
	if err != nil {
		return 0, err
	}
	size := int(math.Sqrt(float64(len(x) / 3)))
	r, err := onnxgraph.Import(m, onnxgraph.Options{Size: size})
	if err != nil {
		return 0, err
	}
	packed, err := graph.Pack(r.Graph, kernel.Best())
	if err != nil {
		return 0, err
	}
	p, err := packed.Compile(tensor.Shape{H: size, W: size, C: 3}, graph.Options{})
	if err != nil {
		return 0, err
	}
	copy(p.Input().Data, x)
	p.Run()
	got := p.Output().Data
	if len(got) != len(want) {
		return 0, fmt.Errorf("%d logits where there are %d", len(got), len(want))
	}
	worst, largest := 0.0, 1.0
	for i, w := range want {
		largest = max(largest, math.Abs(float64(w)))
		if d := math.Abs(float64(got[i] - w)); !(d <= worst) {
			worst = d
		}
	}
	return worst / largest, nil
}

func floats(path string) ([]float32, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	out := make([]float32, len(data)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(data[4*i:]))
	}
	return out, nil
}
