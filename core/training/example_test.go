package training_test

import (
	"context"
	"fmt"
	"math/rand/v2"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/training"
)

// Teach two classes from feature vectors, and ask the head about another one.
func Example() {
	space := feature.Space{Network: "efficientnet-lite0", Size: 224}
	r := rand.New(rand.NewPCG(1, 2))
	// vector is what a backbone would give for a photo of a class; its features are not negative.
	vector := func(class int) []float32 {
		v := make([]float32, 8)
		for i := range v {
			v[i] = r.Float32()
			if i%2 == class {
				v[i] += 2
			}
		}
		return v
	}

	var photos bank.Builder
	if _, err := photos.AddSpace(space, 8); err != nil {
		fmt.Println(err)
		return
	}
	for _, name := range []string{"mug", "plate"} {
		class, err := photos.AddClass(name)
		if err != nil {
			fmt.Println(err)
			return
		}
		for i := range 12 {
			photo := bank.Photo{Name: fmt.Sprintf("%s-%d.jpg", name, i), Class: class, Features: [][]float32{vector(class)}}
			if _, err := photos.Add(photo); err != nil {
				fmt.Println(err)
				return
			}
		}
	}

	taught, err := training.Fit(context.Background(), photos.Bank(), training.Config{Kind: training.Linear, Seed: 1})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%d of %d held-out photos are named right\n", int(taught.Valid.Accuracy*float64(taught.Valid.Photos)+0.5), taught.Valid.Photos)
	answer, err := taught.Best.Answer([][]float32{vector(1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(taught.Best.Classes[answer.Class], answer.Unknown)
	// Output:
	// 24 of 24 held-out photos are named right
	// plate false
}
