package models

import (
	"fmt"
	"slices"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381): inverted residual blocks with ReLU6 and
// linear bottlenecks. The widths are those of the checkpoint.
//
// Parameter names: torchvision's (features.1.conv.0.0) and timm's (blocks.0.0.conv_dw).
var mobilenetV2 = family{
	variants: mobileV2Variants(), recognise: recogniseMobileV2, build: buildMobileV2,
	custom: "mobilenet-v2-custom", customTitle: "MobileNetV2",
}

// mobileV2Config is what sets the variants apart.
type mobileV2Config struct {
	stem, head int
	channels   [7]int // of each stage
	blocks     [7]int // of each stage
}

// mobileV2Stages are the rows of table 2 of the paper: blocks, channels, stride of the first block.
var mobileV2Stages = [7]struct{ blocks, channels, stride int }{
	{1, 16, 1}, {2, 24, 2}, {3, 32, 2}, {4, 64, 2}, {3, 96, 1}, {3, 160, 2}, {1, 320, 1},
}

func mobileV2Variants() []variant {
	var all []variant
	for _, scale := range []struct {
		arch         string
		width, depth float64
		fixed        bool // stem, head, and blocks of the first and last stage stay
	}{
		{"", 1, 1, false}, {"-035", 0.35, 1, false}, {"-050", 0.5, 1, false}, {"-075", 0.75, 1, false},
		{"-110d", 1.1, 1.2, true}, {"-120d", 1.2, 1.4, true}, {"-140", 1.4, 1, false},
	} {
		c := mobileV2Config{stem: scaled(32, scale.width), head: scaled(1280, max(1, scale.width))}
		if scale.fixed {
			c.stem, c.head = 32, 1280
		}
		for s, stage := range mobileV2Stages {
			c.channels[s], c.blocks[s] = scaled(stage.channels, scale.width), repeated(stage.blocks, scale.depth)
			if scale.fixed && (s == 0 || s == len(mobileV2Stages)-1) {
				c.blocks[s] = stage.blocks
			}
		}
		title := "MobileNetV2"
		if scale.arch != "" {
			title = fmt.Sprintf("MobileNetV2 ×%v", scale.width)
		}
		all = append(all, variant{"mobilenet-v2" + scale.arch, title, c})
	}
	return all
}

// mobileV2Names is like efficientNames.
func mobileV2Names(src Source) (s style, stem, stemNorm, head, headNorm, classifier string) {
	if src.Dims("conv_stem.weight") != nil {
		return timm, "conv_stem", "bn1", "conv_head", "bn2", "classifier"
	}
	return torchvision, "features.0.0", "features.0.1", "features.18.0", "features.18.1", "classifier.1"
}

func recogniseMobileV2(src Source) any {
	s, stem, _, head, headNorm, _ := mobileV2Names(src)
	if extent(src, stem+".weight", 1) != 3 || src.Dims(head+".weight") == nil || src.Dims(headNorm+".weight") == nil {
		return nil
	}
	c := mobileV2Config{stem: extent(src, stem+".weight", 0), head: extent(src, head+".weight", 0)}
	stage, rest := 0, mobileV2Stages[0].blocks
	for _, n := range invertedBlocks(src, s) {
		if n.stage >= 0 {
			stage = n.stage
		} else {
			// torchvision counts blocks through; their numbers are fixed.
			if rest == 0 && stage < len(mobileV2Stages)-1 {
				stage++
				rest = mobileV2Stages[stage].blocks
			}
			rest--
		}
		if stage >= len(c.blocks) || rest < 0 || n.kernel != 3 || n.squeeze != "" {
			return nil
		}
		c.channels[stage] = n.channels
		c.blocks[stage]++
	}
	if c.blocks[6] == 0 {
		return nil
	}
	return c
}

func buildMobileV2(b *builder, v variant, config any) photo.Preprocess {
	c := config.(mobileV2Config)
	s, stem, stemNorm, head, headNorm, classifier := mobileV2Names(b.src)
	o := inverted{eps: 1e-5, act: graph.ReLU6}
	x, ch := b.convNorm(graph.Input, stem, stemNorm, 3, b.window(2), o.eps, o.act, "stem.act")
	blocks := invertedBlocks(b.src, s)
	for stage, n := range c.blocks {
		for i := range n {
			o.stride = 1
			if i == 0 {
				o.stride = mobileV2Stages[stage].stride
			}
			x, ch = b.inverted(x, ch, blocks[i], o)
		}
		blocks = blocks[n:]
	}
	x, ch = b.convNorm(x, head, headNorm, ch, graph.Node{}, o.eps, o.act, "head.act")
	b.pooled(x, classifier, ch)
	return mobilePhotos(s)
}

func mobilePhotos(s style) photo.Preprocess {
	if s == timm {
		return imagenetPhotos(224, 256, photo.Bicubic)
	}
	return imagenetPhotos(224, 256, photo.Bilinear)
}

// MobileNetV3 (Howard et al. 2019, arXiv 1905.02244): blocks found by search, some with
// squeeze-and-excitation, hard-swish in the later ones, and a head whose hidden layer comes after
// the pooling. The widths are those of the checkpoint.
//
// Parameter names: torchvision's (features.1.block.0.0) and timm's (blocks.0.0.conv_dw).
// torchvision's epsilon of batch norm is 1e-3; timm's 1e-5, or 1e-3 in the variants ported from
// TensorFlow.
var mobilenetV3 = family{
	variants: []variant{
		{"mobilenet-v3-large", "MobileNetV3-Large", mobileV3Config{true, 16, 960, 1280}},
		{"mobilenet-v3-large-075", "MobileNetV3-Large ×0.75", mobileV3Config{true, 16, 720, 1280}},
		{"mobilenet-v3-small", "MobileNetV3-Small", mobileV3Config{false, 16, 576, 1024}},
		{"mobilenet-v3-small-075", "MobileNetV3-Small ×0.75", mobileV3Config{false, 16, 432, 1024}},
		{"mobilenet-v3-small-050", "MobileNetV3-Small ×0.5", mobileV3Config{false, 16, 288, 1024}},
	},
	recognise: recogniseMobileV3, build: buildMobileV3, tf: true,
	custom: "mobilenet-v3-custom", customTitle: "MobileNetV3",
}

// mobileV3Config is what sets the variants apart: channels of the stem, of the last convolution,
// and of the hidden layer of the head.
type mobileV3Config struct {
	large              bool
	stem, last, hidden int
}

// Strides of the blocks, and how many of the first have ReLU: tables 1 and 2 of the paper.
var (
	mobileV3Large = []int{1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}
	mobileV3Small = []int{2, 2, 1, 2, 1, 1, 1, 1, 2, 1, 1}
)

const mobileV3LargeReLU, mobileV3SmallReLU = 6, 3

// mobileV3Names returns whose names a checkpoint uses, and its stem, last convolution, hidden layer
// and classifier.
func mobileV3Names(src Source) (s style, stem, stemNorm, last, lastNorm, hidden, classifier string) {
	if src.Dims("conv_stem.weight") != nil {
		for _, p := range []string{"blocks.5.0.", "blocks.6.0."} {
			if src.Dims(p+"conv.weight") != nil {
				last, lastNorm = p+"conv", p+"bn1"
			}
		}
		return timm, "conv_stem", "bn1", last, lastNorm, "conv_head", "classifier"
	}
	last = fmt.Sprintf("features.%d", len(mobileV3Large)+1)
	if src.Dims(last+".0.weight") == nil {
		last = fmt.Sprintf("features.%d", len(mobileV3Small)+1)
	}
	return torchvision, "features.0.0", "features.0.1", last + ".0", last + ".1", "classifier.0", "classifier.3"
}

func recogniseMobileV3(src Source) any {
	s, stem, _, last, _, hidden, _ := mobileV3Names(src)
	if extent(src, stem+".weight", 1) != 3 || src.Dims(last+".weight") == nil {
		return nil
	}
	blocks := invertedBlocks(src, s)
	c := mobileV3Config{
		large: len(blocks) == len(mobileV3Large), stem: extent(src, stem+".weight", 0),
		last: extent(src, last+".weight", 0), hidden: extent(src, hidden+".weight", 0),
	}
	if !c.large && len(blocks) != len(mobileV3Small) || s == torchvision && blocks[0].prefix != "features.1.block." {
		return nil
	}
	return c
}

func buildMobileV3(b *builder, v variant, config any) photo.Preprocess {
	c := config.(mobileV3Config)
	s, stem, stemNorm, last, lastNorm, hidden, classifier := mobileV3Names(b.src)
	o := inverted{eps: 1e-5, act: graph.HardSwish, inner: graph.ReLU, gate: graph.HardSigmoid}
	if s == torchvision || b.tf {
		o.eps = 1e-3
	}
	strides, relu := mobileV3Small, mobileV3SmallReLU
	if c.large {
		strides, relu = mobileV3Large, mobileV3LargeReLU
	}
	x, ch := b.convNorm(graph.Input, stem, stemNorm, 3, b.window(2), o.eps, graph.HardSwish, "stem.act")
	for i, n := range invertedBlocks(b.src, s) {
		o.stride, o.act = strides[i], graph.HardSwish
		if i < relu {
			o.act = graph.ReLU
		}
		x, ch = b.inverted(x, ch, n, o)
	}
	x, ch = b.convNorm(x, last, lastNorm, ch, graph.Node{}, o.eps, graph.HardSwish, "last.act")
	b.g.Map = x
	x = b.layer(graph.GAP, "pool", x)
	b.g.Feature = x
	prep := mobilePhotos(s)
	if b.tf {
		prep.Interpolation, prep.Mean, prep.Std = photo.Bilinear, halfMean, halfMean
	}
	known := knownHead{[]string{hidden, classifier}, graph.HardSwish}
	if usual := []int{1280, 1024, 640, 512}; (c.last == 960 || c.last == 576) && !slices.Contains(usual, c.hidden) && s == torchvision {
		known.act = "" // a hidden layer of somebody's own
	}
	b.linear(x, ch, known)
	return prep
}
