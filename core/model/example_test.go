package model_test

import (
	"fmt"
	"os"

	"homeroom/core/feature"
	"homeroom/core/model"
)

// open opens the pack of the default network, at a small input size.
func open() (*model.Classifier, error) {
	data, err := os.ReadFile("../../weights/efficientnet-lite0.pack")
	if err != nil {
		return nil, err
	}
	m, err := model.Read("efficientnet-lite0.pack", data)
	if err != nil {
		return nil, err
	}
	return model.NewClassifier(m, model.Options{Size: 160})
}

func ExampleClassifier_Classify() {
	c, err := open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	file, err := os.ReadFile("../../tools/reference/photos/panda.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	answer, err := c.Classify(file, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Results[0].Label)
	// Output: giant panda
}

// Feature vectors are what heads learn from: see package head.
func ExampleClassifier_Features() {
	c, err := open()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer c.Close()
	file, err := os.ReadFile("../../tools/reference/photos/panda.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := c.Decode(file)
	if err != nil {
		fmt.Println(err)
		return
	}
	vectors, err := c.Features(p, feature.Plain, feature.Flip)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(vectors), "vectors of", len(vectors[0]), "in", c.Space(feature.Plain), "and", c.Space(feature.Flip))
	// Output: 2 vectors of 1280 in efficientnet-lite0@160 and efficientnet-lite0@160/flip
}
