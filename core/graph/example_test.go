package graph_test

import (
	"fmt"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/pack"
	"homeroom/core/tensor"
)

// A network of two layers, from nodes and parameters to its output.
func Example() {
	g := &graph.Graph{
		Nodes: []graph.Node{
			// One channel of the mean of the three colours, then its mean over all positions.
			{Name: "grey", Op: graph.Conv, In: []string{graph.Input}, Weight: "grey.weight", Kernel: [2]int{1, 1}, Stride: [2]int{1, 1}},
			{Name: "mean", Op: graph.GAP, In: []string{"grey"}},
		},
		Output: "mean",
		// Weights of a convolution are [out][kernel height][kernel width][in].
		Params: map[string]*pack.Tensor{
			"grey.weight": pack.Encode("grey.weight", []int{1, 1, 1, 3}, []float32{1. / 3, 1. / 3, 1. / 3}, pack.F32),
		},
	}
	packed, err := graph.Pack(g, kernel.Best())
	if err != nil {
		fmt.Println(err)
		return
	}
	program, err := packed.Compile(tensor.Shape{H: 2, W: 2, C: 3}, graph.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer program.Close()
	copy(program.Input().Data, []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) // [row][column][channel]
	program.Run()
	fmt.Printf("%v %.2f\n", program.Output().Shape, program.Output().Data)
	// Output:
	// 1×1×1 [6.50]
}
