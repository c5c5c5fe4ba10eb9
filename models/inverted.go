package models

import (
	"fmt"

	"homeroom/core/graph"
)

// style is whose names a checkpoint of the MobileNets and EfficientNets uses.
type style int

const (
	torchvision style = iota // features.1.0.block.0.0
	timm                     // blocks.0.0.conv_dw
	keras                    // _blocks.0._depthwise_conv, of the port that follows the code for Keras
)

// invertedNames are the modules of one inverted residual block (Sandler et al. 2018, arXiv
// 1801.04381, figure 4d): 1×1 expansion, depthwise convolution, squeeze-and-excitation, 1×1
// projection. A block without expansion or squeeze-and-excitation has "" there.
type invertedNames struct {
	prefix                    string // of the block, with its last dot
	expand, expandNorm        string
	depthwise, depthwiseNorm  string
	squeeze, excite           string
	project, projectNorm      string
	stage                     int // counted from 0, or −1 where the names do not tell
	channels, kernel, expands int // output channels, side of the depthwise kernel, expanded channels
}

// invertedBlocks lists the blocks of a checkpoint in their order.
func invertedBlocks(src Source, s style) []invertedNames {
	var blocks []invertedNames
	has := func(name string) bool { return src.Dims(name+".weight") != nil }
	add := func(n invertedNames, stage int) {
		n.stage = stage
		n.channels = extent(src, n.project+".weight", 0)
		n.kernel = extent(src, n.depthwise+".weight", 2)
		n.expands = extent(src, n.depthwise+".weight", 0)
		blocks = append(blocks, n)
	}
	switch s {
	case keras:
		for i := 0; has(fmt.Sprintf("_blocks.%d._depthwise_conv", i)); i++ {
			p := fmt.Sprintf("_blocks.%d.", i)
			n := invertedNames{
				prefix: p, depthwise: p + "_depthwise_conv", depthwiseNorm: p + "_bn1",
				project: p + "_project_conv", projectNorm: p + "_bn2",
			}
			if has(p + "_expand_conv") {
				n.expand, n.expandNorm = p+"_expand_conv", p+"_bn0"
			}
			if has(p + "_se_reduce") {
				n.squeeze, n.excite = p+"_se_reduce", p+"_se_expand"
			}
			add(n, -1)
		}
	case timm:
		for s := 0; has(fmt.Sprintf("blocks.%d.0.conv_dw", s)); s++ {
			for i := 0; has(fmt.Sprintf("blocks.%d.%d.conv_dw", s, i)); i++ {
				p := fmt.Sprintf("blocks.%d.%d.", s, i)
				// Without an expansion the other modules move up.
				n := invertedNames{
					prefix: p, depthwise: p + "conv_dw", depthwiseNorm: p + "bn1",
					project: p + "conv_pw", projectNorm: p + "bn2",
				}
				if has(p + "conv_pwl") {
					n.expand, n.expandNorm, n.depthwiseNorm = p+"conv_pw", p+"bn1", p+"bn2"
					n.project, n.projectNorm = p+"conv_pwl", p+"bn3"
				}
				if has(p + "se.conv_reduce") {
					n.squeeze, n.excite = p+"se.conv_reduce", p+"se.conv_expand"
				}
				add(n, s)
			}
		}
	case torchvision:
		block := func(p string, stage int) {
			n := invertedNames{prefix: p}
			k := 0
			next := func() (string, string) {
				k++
				return fmt.Sprintf("%s%d.0", p, k-1), fmt.Sprintf("%s%d.1", p, k-1)
			}
			if extent(src, p+"0.0.weight", 2) == 1 {
				n.expand, n.expandNorm = next()
			}
			n.depthwise, n.depthwiseNorm = next()
			if squeeze := fmt.Sprintf("%s%d.fc1", p, k); has(squeeze) {
				n.squeeze, n.excite = squeeze, fmt.Sprintf("%s%d.fc2", p, k)
				k++
			}
			n.project, n.projectNorm = next()
			if !has(n.project) { // MobileNetV2's last two modules are not nested
				n.project, n.projectNorm = fmt.Sprintf("%s%d", p, k-1), fmt.Sprintf("%s%d", p, k)
			}
			add(n, stage)
		}
		for s := 1; ; s++ {
			flat := fmt.Sprintf("features.%d.", s)
			switch {
			case has(flat + "block.0.0"): // MobileNetV3
				block(flat+"block.", -1)
			case has(flat + "conv.0.0"): // MobileNetV2
				block(flat+"conv.", -1)
			case has(flat + "0.block.0.0"): // EfficientNet
				for i := 0; has(fmt.Sprintf("%s%d.block.0.0", flat, i)); i++ {
					block(fmt.Sprintf("%s%d.block.", flat, i), s-1)
				}
			default:
				return blocks
			}
		}
	}
	return blocks
}

// inverted is how the blocks of a network are put together.
type inverted struct {
	stride int
	eps    float64  // of batch norm
	act    graph.Op // after the expansion and the depthwise convolution
	inner  graph.Op // between the layers of squeeze-and-excitation
	gate   graph.Op // after them
}

// inverted adds an inverted residual block.
func (b *builder) inverted(x string, channels int, n invertedNames, o inverted) (string, int) {
	in, c := x, channels
	if n.expand != "" {
		x, c = b.convNorm(x, n.expand, n.expandNorm, c, graph.Node{}, o.eps, o.act, n.prefix+"expand")
	}
	x, c = b.convNorm(x, n.depthwise, n.depthwiseNorm, c, b.window(o.stride), o.eps, o.act, n.prefix+"depthwise")
	if n.squeeze != "" {
		x = b.squeeze(x, n.prefix+"se", n.squeeze, n.excite, c, o.inner, o.gate)
	}
	x, c = b.convNorm(x, n.project, n.projectNorm, c, graph.Node{}, o.eps, "", "")
	if o.stride == 1 && c == channels {
		x = b.layer(graph.Add, n.prefix+"add", x, in)
	}
	return x, c
}
