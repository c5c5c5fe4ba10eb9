package models

import (
	"fmt"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// VGG (Simonyan and Zisserman 2014, arXiv 1409.1556): stages of 3×3 convolutions, each stage ended
// by a pooling, and a flattened head of three layers; with or without batch norm. The variant for
// CIFAR-10 has one linear layer on GAP in place of the flattened head.
//
// Parameter names: torchvision's (features.0, classifier.0) and timm's (features.0, pre_logits.fc1,
// head.fc). The numbers of the convolutions tell where the poolings are.
var vgg = family{
	variants: vggVariants(), recognise: recogniseVGG, build: buildVGG,
	custom: "vgg-custom", customTitle: "VGG",
}

// vggConfig is what sets the variants apart.
type vggConfig struct {
	norm     bool
	layers   [5]int // convolutions of each stage
	channels [5]int // of each stage
}

func vggVariants() []variant {
	var all []variant
	channels := [5]int{64, 128, 256, 512, 512}
	for _, norm := range []bool{false, true} {
		for _, v := range []struct {
			n      int
			layers [5]int
		}{
			{11, [5]int{1, 1, 2, 2, 2}}, {13, [5]int{2, 2, 2, 2, 2}}, {16, [5]int{2, 2, 3, 3, 3}}, {19, [5]int{2, 2, 4, 4, 4}},
		} {
			arch, title := fmt.Sprintf("vgg%d", v.n), fmt.Sprintf("VGG-%d", v.n)
			if norm {
				arch, title = arch+"-bn", title+" with batch norm"
			}
			all = append(all, variant{arch, title, vggConfig{norm, v.layers, channels}})
		}
	}
	return append(all, variant{
		"vgg" + cifarSuffix, "VGG for CIFAR-10",
		vggConfig{true, [5]int{2, 2, 2, 2}, [5]int{48, 96, 160, 192}},
	})
}

// maxVGG is more than the number of modules of any VGG.
const maxVGG = 100

func recogniseVGG(src Source) any {
	if extent(src, "features.0.weight", 1) != 3 || extent(src, "features.0.weight", 2) != 3 {
		return nil
	}
	c := vggConfig{norm: src.Dims("features.1.running_mean") != nil}
	step := c.step()
	stage, last := 0, 0
	for i := range maxVGG {
		d := src.Dims(fmt.Sprintf("features.%d.weight", i))
		if len(d) != 4 {
			continue
		}
		if i > last+step { // a pooling lies between
			stage++
		}
		if stage == len(c.layers) || i > last+step+1 || c.layers[stage] > 0 && c.channels[stage] != d[0] {
			return nil
		}
		c.layers[stage]++
		c.channels[stage] = d[0]
		last = i
	}
	return c
}

// step is the number of modules from a convolution to the next.
func (c vggConfig) step() int {
	if c.norm {
		return 3
	}
	return 2
}

func buildVGG(b *builder, v variant, config any) photo.Preprocess {
	c := config.(vggConfig)
	x, ch, at := graph.Input, 3, 0
	module := func(i int) string { return fmt.Sprintf("features.%d", i) }
	for _, n := range c.layers {
		if n == 0 {
			break
		}
		for range n {
			x, ch = b.conv(x, module(at), ch, b.window(1))
			if c.norm {
				x = b.norm(x, module(at+1), ch, 1e-5)
			}
			at += c.step()
			x = b.layer(graph.ReLU, module(at-1), x)
		}
		x = b.pool(graph.Node{Name: module(at), Op: graph.MaxPool, In: []string{x}, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}})
		at++
	}
	if b.has("classifier.weight") && (v.arch == "vgg"+cifarSuffix || v.arch == "vgg-custom") { // one linear layer on GAP
		b.pooled(x, "classifier", ch)
		return cifarPhotos()
	}
	prep := imagenetPhotos(224, 256, photo.Bilinear)
	if b.has("pre_logits.fc1.weight") {
		b.flattened(x, ch, 7, prep.Size, "pre_logits.fc1", "pre_logits.fc2", "head.fc")
	} else {
		b.flattened(x, ch, 7, prep.Size, "classifier.0", "classifier.3", "classifier.6")
	}
	return prep
}
