package models

import (
	"fmt"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// ResNet (He et al. 2015, arXiv 1512.03385), Wide ResNet (Zagoruyko and Komodakis 2016, arXiv
// 1605.07146) and ResNeXt (Xie et al. 2016, arXiv 1611.05431): blocks of two or three convolutions
// with a skip connection. The stride of a bottleneck is that of its 3×3 convolution, as in
// torchvision.
//
// The variants for CIFAR-10 (section 4.2 of the first paper) have a stem of 3×3 without pooling and
// three stages. Where a skip connection that changes shape has no parameters it is the paper's
// option A: every other pixel, the channels in the middle of zeros.
//
// Parameter names: those of torchvision and timm, which are the same (conv1, bn1, layer1.0.conv1,
// layer1.0.downsample.0, fc); shortcut.0 and linear are taken for downsample.0 and fc.
var resnet = family{
	variants:  residualVariants(false),
	recognise: func(src Source) any { return recogniseResidual(src, false) },
	build:     buildResidual,
	custom:    "resnet-custom", customTitle: "ResNet",
}

// residualConfig is what sets the variants of ResNet and SE-ResNet apart.
type residualConfig struct {
	squeeze    bool
	bottleneck bool
	small      bool   // a stem of 3×3 without pooling
	layers     [4]int // blocks of each stage
	width      int    // channels of the 3×3 convolutions of the first stage
	groups     int    // of the 3×3 convolutions
}

func residualVariants(squeeze bool) []variant {
	prefix, title := "", ""
	if squeeze {
		prefix, title = "se-", "SE-"
	}
	var all []variant
	for _, v := range []struct {
		layers     int
		bottleneck bool
		blocks     [4]int
	}{
		{18, false, [4]int{2, 2, 2, 2}}, {34, false, [4]int{3, 4, 6, 3}}, {50, true, [4]int{3, 4, 6, 3}},
		{101, true, [4]int{3, 4, 23, 3}}, {152, true, [4]int{3, 8, 36, 3}},
	} {
		all = append(all, variant{
			fmt.Sprintf("%sresnet%d", prefix, v.layers), fmt.Sprintf("%sResNet-%d", title, v.layers),
			residualConfig{squeeze, v.bottleneck, false, v.blocks, 64, 1},
		})
	}
	for _, n := range []int{3, 5, 7, 9} {
		all = append(all, variant{
			fmt.Sprintf("%sresnet%d%s", prefix, 6*n+2, cifarSuffix), fmt.Sprintf("%sResNet-%d for CIFAR-10", title, 6*n+2),
			residualConfig{squeeze, false, true, [4]int{n, n, n}, 16, 1},
		})
	}
	if squeeze {
		return all
	}
	r50, r101 := [4]int{3, 4, 6, 3}, [4]int{3, 4, 23, 3}
	return append(all,
		variant{"wide-resnet50-2", "Wide ResNet-50-2", residualConfig{false, true, false, r50, 128, 1}},
		variant{"wide-resnet101-2", "Wide ResNet-101-2", residualConfig{false, true, false, r101, 128, 1}},
		variant{"resnext50-32x4d", "ResNeXt-50 32×4d", residualConfig{false, true, false, r50, 128, 32}},
		variant{"resnext101-32x8d", "ResNeXt-101 32×8d", residualConfig{false, true, false, r101, 256, 32}},
		variant{"resnext101-64x4d", "ResNeXt-101 64×4d", residualConfig{false, true, false, r101, 256, 64}},
	)
}

// squeezeNames returns the two layers of a block's squeeze-and-excitation.
func squeezeNames(src Source, block string) (reduce, expand string, ok bool) {
	for _, p := range []string{".se", ".se_module"} {
		if src.Dims(block+p+".fc1.weight") != nil {
			return block + p + ".fc1", block + p + ".fc2", true
		}
	}
	return "", "", false
}

func recogniseResidual(src Source, squeeze bool) any {
	stem := firstModule(src, "conv1", "layer0.conv1")
	_, _, has := squeezeNames(src, "layer1.0")
	if has != squeeze || extent(src, stem+".weight", 1) != 3 {
		return nil
	}
	c := residualConfig{squeeze: squeeze, small: extent(src, stem+".weight", 2) == 3}
	c.bottleneck = src.Dims("layer1.0.conv3.weight") != nil
	for s := range c.layers {
		for src.Dims(fmt.Sprintf("layer%d.%d.conv2.weight", s+1, c.layers[s])) != nil {
			c.layers[s]++
		}
	}
	c.width = extent(src, "layer1.0.conv2.weight", 0)
	in := extent(src, "layer1.0.conv2.weight", 1)
	if c.layers[0] == 0 || in == 0 || c.width%in != 0 {
		return nil
	}
	c.groups = c.width / in
	return c
}

func buildResidual(b *builder, v variant, config any) photo.Preprocess {
	c := config.(residualConfig)
	const eps = 1e-5
	// The first SE-ResNets came from Caffe, with another pooling and the stride of a bottleneck in
	// its first convolution; timm's blocks of two convolutions under those names have one more
	// ReLU, before the squeeze.
	caffe := b.has("layer0.conv1.weight")
	stem, stemNorm := "conv1", "bn1"
	if caffe {
		stem, stemNorm = "layer0.conv1", "layer0.bn1"
	}
	stride := 2
	if c.small {
		stride = 1
		if !(b.named && strings.HasSuffix(v.arch, cifarSuffix)) && b.opt.Modules == nil {
			b.usual = append(b.usual, fmt.Sprintf("stride 1 in %q and no pooling behind it, as ResNets for CIFAR-10 have it, since its kernel is 3×3 and weights show neither; a network with another stride, or with pooling, answers otherwise: export it to ONNX, and convert that", stem))
		}
	}
	x, ch := b.convNorm(graph.Input, stem, stemNorm, 3, b.window(stride), eps, graph.ReLU, "stem.act")
	if !c.small {
		pool := graph.Node{Name: "maxpool", Op: graph.MaxPool, In: []string{x}, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}}
		if caffe {
			pool.Ceil = true
		} else {
			pool.Pad = [4]int{1, 1, 1, 1}
		}
		x = b.pool(pool)
	}
	for s, n := range c.layers {
		for i := range n {
			stride := 1
			if s > 0 && i == 0 {
				stride = 2
			}
			x, ch = b.residual(x, ch, fmt.Sprintf("layer%d.%d", s+1, i), stride, c, caffe)
		}
	}
	b.pooled(x, b.first("fc", "last_linear", "linear"), ch)
	if c.small {
		return cifarPhotos()
	}
	return imagenetPhotos(224, 256, photo.Bilinear)
}

// residual adds a block: convolutions, squeeze-and-excitation where the network has it, and the
// skip connection.
func (b *builder) residual(in string, channels int, p string, stride int, c residualConfig, caffe bool) (string, int) {
	const eps = 1e-5
	strides := []int{stride, 1}
	if c.bottleneck {
		strides = []int{1, stride, 1}
		if caffe && c.groups == 1 {
			strides = []int{stride, 1, 1}
		}
	}
	x, ch := in, channels
	for i, s := range strides {
		act, name := graph.ReLU, fmt.Sprintf("%s.act%d", p, i+1)
		if i == len(strides)-1 {
			act = ""
			if caffe && !c.bottleneck {
				act = graph.ReLU
			}
		}
		x, ch = b.convNorm(x, fmt.Sprintf("%s.conv%d", p, i+1), fmt.Sprintf("%s.bn%d", p, i+1), ch, b.window(s), eps, act, name)
	}
	if c.squeeze {
		reduce, expand, _ := squeezeNames(b.src, p)
		x = b.squeeze(x, p+".se", reduce, expand, ch, graph.ReLU, graph.Sigmoid)
	}
	skip := in
	if stride != 1 || ch != channels {
		down := firstModule(b.src, p+".downsample.0", p+".shortcut.0")
		if b.has(down + ".weight") {
			skip, _ = b.convNorm(in, down, down[:len(down)-1]+"1", channels, b.window(stride), eps, "", "")
		} else {
			skip = b.subsample(in, p+".skip", channels, ch, stride)
		}
	}
	x = b.layer(graph.Add, p+".add", x, skip)
	return b.layer(graph.ReLU, p+".act", x), ch
}

// subsample adds the skip connection without parameters, as a convolution that moves channels:
// weight 1 from channel k to channel k + (out−in)/2.
func (b *builder) subsample(in, name string, channels, out, stride int) string {
	if out < channels {
		b.fail("its tensor %q is missing", name+".0.weight")
	}
	if b.err != nil {
		return in
	}
	w := make([]float32, out*channels)
	for k := range channels {
		w[(k+(out-channels)/2)*channels+k] = 1
	}
	return b.add(graph.Node{
		Name: name, Op: graph.Conv, In: []string{in}, Kernel: [2]int{1, 1}, Stride: [2]int{stride, stride},
		Weight: b.put(name+".weight", w, out, 1, 1, channels),
	})
}
