package onnx_test

import (
	"fmt"

	"homeroom/tools/checkpoint/onnx"
)

func ExampleOpen() {
	m, err := onnx.Open("testdata/network.onnx")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("operator set", m.Opsets[""])
	for _, in := range m.Graph.Feeds() {
		fmt.Println("input", in.Name, in.Type, in.Shape)
	}
	for _, n := range m.Graph.Nodes[:2] {
		fmt.Println(n.Op, n.Inputs, "→", n.Outputs, n.Ints("strides"))
	}
	bias, err := m.Graph.Initialiser("conv.bias").Floats()
	fmt.Println(bias, err)
	// Output:
	// operator set 21
	// input image FLOAT [{-1 batch} {3 } {8 } {-1 }]
	// Conv [image conv.weight conv.bias] → [features] [2 2]
	// Clip [features  six] → [clipped] []
	// [0.5 -0.5] <nil>
}
