package head_test

import (
	"fmt"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
)

// A head of one layer is put together by hand, written and read again, and says which of two
// features of a photo is the larger. Package homeroom/core/training learns heads from photos.
func Example() {
	space := feature.Space{Network: "efficientnet-lite0", Size: 224}
	h := head.Head{
		Kind: "linear", Classes: []string{"mug", "plate"}, Temperature: 1,
		Input: bank.Input{{space}}, Spaces: []bank.Space{{Name: space, Dim: 2}},
		Scale:  head.Scale{Parts: []int{2}, Mean: []float32{0, 0}, Factor: []float32{1, 1}},
		Layers: []head.Layer{{In: 2, Out: 2, Weight: []float32{1, 0, 0, 1}, Bias: []float32{0, 0}}},
	}
	data, err := h.MarshalBinary()
	if err != nil {
		fmt.Println(err)
		return
	}
	var again head.Head
	if err := again.UnmarshalBinary(data); err != nil {
		fmt.Println(err)
		return
	}
	answer, err := again.Answer([][]float32{{1, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s %.2f\n", again.Classes[answer.Class], answer.Probabilities[answer.Class])
	// Output: plate 0.88
}
