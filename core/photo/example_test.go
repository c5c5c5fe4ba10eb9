package photo_test

import (
	"errors"
	"fmt"
	"os"

	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// From the file of a photo to the input of a network.
func Example() {
	data, err := os.ReadFile("../../tools/reference/photos/jaguar-turned.jpg")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := photo.Decode(data, photo.Limits{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s of %d × %d pixels, upright\n", p.Format, p.Width, p.Height)

	preprocess := photo.Preprocess{
		Size: 224, CropFraction: 0.875, Interpolation: photo.Bicubic,
		Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128},
	}
	input := tensor.New(224, 224, 3)
	preprocess.Apply(input, p)
	fmt.Println("the network's input is", input.Shape)
	// Output:
	// jpeg of 560 × 374 pixels, upright
	// the network's input is 224×224×3
}

// What a file can't be read for, and what to do about it.
func ExampleError() {
	_, err := photo.Decode([]byte("a text with the name holiday.jpg"), photo.Limits{})
	fmt.Println(errors.Is(err, photo.ErrUnsupported))
	fmt.Println(err)
	// Output:
	// true
	// the file is text and not a picture, whatever its name says; choose a JPEG, PNG, GIF, WebP or BMP file
}
