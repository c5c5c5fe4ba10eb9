package evaluation_test

import (
	"fmt"

	"homeroom/core/evaluation"
)

// Count how photos whose classes are known were answered, and say how sure the share is.
func Example() {
	truth := []int{0, 0, 1, 1}
	answers := [][]float64{{0.9, 0.1}, {0.6, 0.4}, {0.2, 0.8}, {0.7, 0.3}}
	r := evaluation.Score([]string{"mug", "plate"}, truth, answers)
	low, high := evaluation.Wilson(r.Correct, r.Photos)
	fmt.Printf("%d of %d right, with 95%% between %.0f%% and %.0f%%\n", r.Correct, r.Photos, 100*low, 100*high)
	fmt.Println(r.Confusion)
	// Output:
	// 3 of 4 right, with 95% between 30% and 95%
	// [[2 0] [1 1]]
}
