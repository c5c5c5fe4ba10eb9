package pack_test

import (
	"bytes"
	"encoding/json"
	"fmt"

	"homeroom/core/pack"
)

func ExampleRead() {
	var file bytes.Buffer
	out := pack.File{
		Manifest: json.RawMessage(`{"name": "tiny"}`),
		Tensors: []*pack.Tensor{
			pack.Encode("head.weight", []int{2, 3}, []float32{1.27, -0.64, 0, 0.5, 0.25, -0.125}, pack.I8),
			pack.Encode("head.bias", []int{2}, []float32{0.1, 0.2}, pack.F32),
		},
	}
	if _, err := out.WriteTo(&file); err != nil {
		fmt.Println(err)
		return
	}

	p, err := pack.Read("tiny.pack", file.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s\n", p.Manifest)
	for _, t := range p.Tensors {
		fmt.Println(t.Name, t.DType, t.Dims)
	}
	row := make([]float32, 3)
	p.Tensor("head.weight").Row(0, row)
	fmt.Printf("%.3f\n", row)
	// Output:
	// {"name":"tiny"}
	// head.weight i8 [2 3]
	// head.bias f32 [2]
	// [1.270 -0.640 0.000]
}
