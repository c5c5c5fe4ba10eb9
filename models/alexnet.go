package models

import (
	"fmt"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// AlexNet (Krizhevsky et al. 2012) in the form of "One weird trick for parallelizing convolutional
// neural networks" (Krizhevsky 2014, arXiv 1404.5997), which is torchvision's: five convolutions,
// three poolings, and a flattened head of three layers.
//
// Parameter names: torchvision's (features.0, classifier.1).
var alexnet = family{
	variants: []variant{
		{"alexnet", "AlexNet", alexConfig{11, [5]int{64, 192, 384, 256, 256}}},
		{"alexnet" + cifarSuffix, "AlexNet for CIFAR-10", alexConfig{5, [5]int{48, 96, 160, 128, 128}}},
	},
	recognise: recogniseAlexNet, build: buildAlexNet,
	custom: "alexnet-custom", customTitle: "AlexNet",
}

// alexConfig is what sets the variants apart: the side of the first kernel and the channels of the
// convolutions.
type alexConfig struct {
	kernel   int
	channels [5]int
}

// alexConvs are the places of the convolutions among the features; a pooling follows the first, the
// second and the last.
var alexConvs = [5]int{0, 3, 6, 8, 10}

func recogniseAlexNet(src Source) any {
	c := alexConfig{kernel: extent(src, "features.0.weight", 2)}
	for i, at := range alexConvs {
		c.channels[i] = extent(src, fmt.Sprintf("features.%d.weight", at), 0)
		if len(src.Dims(fmt.Sprintf("features.%d.weight", at))) != 4 {
			return nil
		}
	}
	if c.kernel != 11 && c.kernel != 5 {
		return nil
	}
	return c
}

func buildAlexNet(b *builder, v variant, config any) photo.Preprocess {
	c := config.(alexConfig)
	prep, first, grid := imagenetPhotos(224, 256, photo.Bilinear), graph.Node{Stride: [2]int{4, 4}, Pad: [4]int{2, 2, 2, 2}}, 6
	if c.kernel != 11 { // 32×32 photos
		prep, first, grid = cifarPhotos(), b.window(1), 3
	}
	x, ch := graph.Input, 3
	for i, at := range alexConvs {
		n := b.window(1)
		if i == 0 {
			n = first
		}
		x, ch = b.conv(x, fmt.Sprintf("features.%d", at), ch, n)
		x = b.layer(graph.ReLU, fmt.Sprintf("features.%d", at+1), x)
		if i < 2 || i == 4 {
			x = b.pool(graph.Node{
				Name: fmt.Sprintf("features.%d", at+2), Op: graph.MaxPool, In: []string{x},
				Kernel: [2]int{3, 3}, Stride: [2]int{2, 2},
			})
		}
	}
	b.flattened(x, ch, grid, prep.Size, "classifier.1", "classifier.4", "classifier.6")
	return prep
}
