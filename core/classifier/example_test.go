package classifier_test

import (
	"bytes"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	"log"
	"os"

	"homeroom/core/classifier"
)

const (
	lite0  = "../../weights/efficientnet-lite0.pack"
	photos = "../../tools/reference/photos/"
)

func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}

// Name a photo by a network of the catalogue.
func Example() {
	c := must(classifier.Open(lite0))
	defer c.Close()
	a := must(c.ClassifyFile(must(os.ReadFile(photos + "panda.jpg"))))
	fmt.Println(a.Best(), a.Results[0].Score > 0.9)
	// Output: giant panda true
}

// A picture that was decoded elsewhere is named as well.
func ExampleClassifier_Classify() {
	c := must(classifier.Open(lite0))
	defer c.Close()
	picture, _, err := image.Decode(must(os.Open(photos + "koala.jpg")))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(must(c.Classify(picture)).Best())
	// Output: koala
}

// Feature vectors tell which photos are alike.
func ExampleClassifier_Embed() {
	c := must(classifier.Open(lite0))
	defer c.Close()
	fmt.Println(len(must(c.Embed(must(os.ReadFile(photos + "koala.jpg"))))))
	// Output: 1280
}

// Teach two classes, name a photo by them, keep them as a project, and write them for LiteRT.
func ExampleClassifier_Teach() {
	network := must(classifier.Open(lite0))
	defer network.Close()
	var examples []classifier.Example
	for _, class := range []string{"hat", "shoes"} {
		for i := range 6 {
			file := must(os.ReadFile(fmt.Sprintf("../../tools/homeroom/testdata/clothing/train/%s/%d.jpg", class, i+1)))
			examples = append(examples, classifier.Example{Class: class, File: file})
		}
	}
	clothes := must(network.Teach(context.Background(), examples))
	defer clothes.Close()
	fmt.Println(must(clothes.ClassifyFile(must(os.ReadFile("../../tools/homeroom/testdata/clothing/test/hat/1.jpg")))).Best())

	var project, model bytes.Buffer
	if err := clothes.Save(&project, "clothes"); err != nil {
		log.Fatal(err)
	}
	again := must(classifier.Load(project.Bytes(), must(os.ReadFile(lite0))))
	defer again.Close()
	if err := again.Export(&model, classifier.TFLite); err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Labels(), model.Len() > 4<<20)
	// Output:
	// hat
	// [hat shoes] true
}
