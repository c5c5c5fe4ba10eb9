package inspect

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/tensor"
	"homeroom/tools/homeroom/published"
)

// row writes a stage without its costs: input side and channels, operator, output channels,
// repetitions, stride.
func (s *stage) row() string {
	expansion := ""
	if s.ratio > 0 {
		expansion = fmt.Sprintf(" ×%.3g", s.ratio)
	}
	return fmt.Sprintf("%d²×%d %s%s → %d, n %d, s %d", s.in.H, s.in.C, s.operator, expansion, s.out.C, s.n, s.stride)
}

// TestStagesArePapers holds the rows to the tables of the papers, row by row as far as they go.
func TestStagesArePapers(t *testing.T) {
	block := func(kernel, rest string) string { return "inverted residual " + kernel + rest }
	for _, c := range []struct {
		whose, arch string
		size        int
		rows        []string
	}{
		// He et al. 2015 (arXiv 1512.03385), table 1.
		{"torchvision", "resnet34", 224, []string{
			"224²×3 conv 7×7 → 64, n 1, s 2", "112²×64 max pool 3×3 → 64, n 1, s 2",
			"56²×64 residual (3×3, 64 → 3×3, 64) → 64, n 3, s 1", "56²×64 residual (3×3, 128 → 3×3, 128) → 128, n 4, s 2",
			"28²×128 residual (3×3, 256 → 3×3, 256) → 256, n 6, s 2", "14²×256 residual (3×3, 512 → 3×3, 512) → 512, n 3, s 2",
			"7²×512 GAP → 512, n 1, s 1", "1²×512 dense → 1000, n 1, s 1",
		}},
		{"torchvision", "resnet50", 224, []string{
			"224²×3 conv 7×7 → 64, n 1, s 2", "112²×64 max pool 3×3 → 64, n 1, s 2",
			"56²×64 residual (1×1, 64 → 3×3, 64 → 1×1, 256) → 256, n 3, s 1", "56²×256 residual (1×1, 128 → 3×3, 128 → 1×1, 512) → 512, n 4, s 2",
			"28²×512 residual (1×1, 256 → 3×3, 256 → 1×1, 1024) → 1024, n 6, s 2", "14²×1024 residual (1×1, 512 → 3×3, 512 → 1×1, 2048) → 2048, n 3, s 2",
			"7²×2048 GAP → 2048, n 1, s 1", "1²×2048 dense → 1000, n 1, s 1",
		}},
		// Xie et al. 2016 (arXiv 1611.05431), table 1, and Hu et al. 2017 (arXiv 1709.01507), table
		// 1.
		{"torchvision", "resnext50-32x4d", 224, []string{
			"224²×3 conv 7×7 → 64, n 1, s 2", "112²×64 max pool 3×3 → 64, n 1, s 2",
			"56²×64 residual (1×1, 128 → 3×3, 128 in 32 groups → 1×1, 256) → 256, n 3, s 1",
		}},
		{"timm", "se-resnet50", 224, []string{
			"224²×3 conv 7×7 → 64, n 1, s 2", "112²×64 max pool 3×3 → 64, n 1, s 2",
			"56²×64 residual (1×1, 64 → 3×3, 64 → 1×1, 256), SE → 256, n 3, s 1", "56²×256 residual (1×1, 128 → 3×3, 128 → 1×1, 512), SE → 512, n 4, s 2",
		}},
		// Sandler et al. 2018 (arXiv 1801.04381), table 2.
		{"torchvision", "mobilenet-v2", 224, []string{
			"224²×3 conv 3×3 → 32, n 1, s 2",
			"112²×32 " + block("3×3", ", relu6 ×1") + " → 16, n 1, s 1", "112²×16 " + block("3×3", ", relu6 ×6") + " → 24, n 2, s 2",
			"56²×24 " + block("3×3", ", relu6 ×6") + " → 32, n 3, s 2", "28²×32 " + block("3×3", ", relu6 ×6") + " → 64, n 4, s 2",
			"14²×64 " + block("3×3", ", relu6 ×6") + " → 96, n 3, s 1", "14²×96 " + block("3×3", ", relu6 ×6") + " → 160, n 3, s 2",
			"7²×160 " + block("3×3", ", relu6 ×6") + " → 320, n 1, s 1",
			"7²×320 conv 1×1 → 1280, n 1, s 1", "7²×1280 GAP → 1280, n 1, s 1", "1²×1280 dense → 1000, n 1, s 1",
		}},
		// Howard et al. 2019 (arXiv 1905.02244), tables 1 and 2. The papers list expanded channels:
		// 64, 72, 240, 200, 184, 480, 672, 960 are 4, 3, 6, 2.5, 2.3, 6, 6, 6 times the input.
		{"torchvision", "mobilenet-v3-large", 224, []string{
			"224²×3 conv 3×3 → 16, n 1, s 2",
			"112²×16 " + block("3×3", ", relu ×1") + " → 16, n 1, s 1", "112²×16 " + block("3×3", ", relu ×4") + " → 24, n 1, s 2",
			"56²×24 " + block("3×3", ", relu ×3") + " → 24, n 1, s 1", "56²×24 " + block("5×5", ", SE, relu ×3") + " → 40, n 3, s 2",
			"28²×40 " + block("3×3", ", hardswish ×6") + " → 80, n 1, s 2", "14²×80 " + block("3×3", ", hardswish ×2.5") + " → 80, n 1, s 1",
			"14²×80 " + block("3×3", ", hardswish ×2.3") + " → 80, n 2, s 1", "14²×80 " + block("3×3", ", SE, hardswish ×6") + " → 112, n 2, s 1",
			"14²×112 " + block("5×5", ", SE, hardswish ×6") + " → 160, n 3, s 2",
			"7²×160 conv 1×1 → 960, n 1, s 1", "7²×960 GAP → 960, n 1, s 1", "1²×960 dense → 1280, n 1, s 1", "1²×1280 dense → 1000, n 1, s 1",
		}},
		{"torchvision", "mobilenet-v3-small", 224, []string{
			"224²×3 conv 3×3 → 16, n 1, s 2",
			"112²×16 " + block("3×3", ", SE, relu ×1") + " → 16, n 1, s 2", "56²×16 " + block("3×3", ", relu ×4.5") + " → 24, n 1, s 2",
			"28²×24 " + block("3×3", ", relu ×3.67") + " → 24, n 1, s 1", "28²×24 " + block("5×5", ", SE, hardswish ×4") + " → 40, n 1, s 2",
			"14²×40 " + block("5×5", ", SE, hardswish ×6") + " → 40, n 2, s 1", "14²×40 " + block("5×5", ", SE, hardswish ×3") + " → 48, n 2, s 1",
			"14²×48 " + block("5×5", ", SE, hardswish ×6") + " → 96, n 3, s 2",
			"7²×96 conv 1×1 → 576, n 1, s 1",
		}},
		// Tan and Le 2019 (arXiv 1905.11946), table 1.
		{"torchvision", "efficientnet-b0", 224, []string{
			"224²×3 conv 3×3 → 32, n 1, s 2",
			"112²×32 " + block("3×3", ", SE, silu ×1") + " → 16, n 1, s 1", "112²×16 " + block("3×3", ", SE, silu ×6") + " → 24, n 2, s 2",
			"56²×24 " + block("5×5", ", SE, silu ×6") + " → 40, n 2, s 2", "28²×40 " + block("3×3", ", SE, silu ×6") + " → 80, n 3, s 2",
			"14²×80 " + block("5×5", ", SE, silu ×6") + " → 112, n 3, s 1", "14²×112 " + block("5×5", ", SE, silu ×6") + " → 192, n 4, s 2",
			"7²×192 " + block("3×3", ", SE, silu ×6") + " → 320, n 1, s 1",
			"7²×320 conv 1×1 → 1280, n 1, s 1", "7²×1280 GAP → 1280, n 1, s 1", "1²×1280 dense → 1000, n 1, s 1",
		}},
		// Dosovitskiy et al. 2020 (arXiv 2010.11929), table 1.
		{"torchvision", "vit-base-patch16", 224, []string{
			"224²×3 conv 16×16 → 768, n 1, s 16", "197²×768 transformer block, 12 heads, MLP 3072 → 768, n 12, s 1",
			"197²×768 class token → 768, n 1, s 1", "1²×768 dense → 1000, n 1, s 1",
		}},
		// Touvron et al. 2020 (arXiv 2012.12877), table 1.
		{"timm", "deit-tiny-patch16", 224, []string{"224²×3 conv 16×16 → 192, n 1, s 16", "197²×192 transformer block, 3 heads, MLP 768 → 192, n 12, s 1"}},
		{"timm", "deit-small-patch16", 224, []string{"224²×3 conv 16×16 → 384, n 1, s 16", "197²×384 transformer block, 6 heads, MLP 1536 → 384, n 12, s 1"}},
	} {
		all, err := stagesOf(published.Graph(t, c.whose, c.arch), tensor.Shape{H: c.size, W: c.size, C: 3})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range all {
			got = append(got, all[i].row())
		}
		if want := len(c.rows); len(got) < want || !slices.Equal(got[:want], c.rows) {
			t.Errorf("%s:\n%s\nwant\n%s", c.arch, strings.Join(got, "\n"), strings.Join(c.rows, "\n"))
		}
	}
}

// TestCostsArePapers holds parameters and multiply-adds to the papers' figures, which are rounded,
// some down.
func TestCostsArePapers(t *testing.T) {
	for _, c := range []struct {
		whose, arch  string
		size         int
		params, macs float64 // in millions, 0 where the paper has none
		within       float64 // of the figure
	}{
		{"torchvision", "resnet18", 224, 0, 1.8e3, 0.03}, {"torchvision", "resnet34", 224, 0, 3.6e3, 0.03}, // ResNet, table 1
		{"torchvision", "resnet50", 224, 0, 3.8e3, 0.03}, {"torchvision", "resnet152", 224, 0, 11.3e3, 0.03},
		{"torchvision", "resnext50-32x4d", 224, 25, 4.2e3, 0.03},                                                              // ResNeXt, table 1
		{"timm", "se-resnet50", 224, 28.1, 3.87e3, 0.01},                                                                      // SENet, table 2 and section 4
		{"torchvision", "mobilenet-v2", 224, 3.4, 300, 0.04},                                                                  // MobileNetV2, table 4
		{"torchvision", "mobilenet-v3-large", 224, 5.4, 219, 0.02}, {"torchvision", "mobilenet-v3-small", 224, 2.5, 56, 0.02}, // MobileNetV3, table 3
		{"torchvision", "efficientnet-b0", 224, 5.3, 390, 0.02}, {"torchvision", "efficientnet-b1", 240, 7.8, 700, 0.03}, // EfficientNet, table 2
		{"torchvision", "efficientnet-b2", 260, 9.2, 1000, 0.03}, {"torchvision", "efficientnet-b3", 300, 12, 1800, 0.03}, {"torchvision", "efficientnet-b4", 380, 19, 4200, 0.06},
		{"torchvision", "vit-base-patch16", 224, 86, 0, 0.01},                                            // ViT, table 1
		{"timm", "deit-tiny-patch16", 224, 5, 0, 0.15}, {"timm", "deit-small-patch16", 224, 22, 0, 0.01}, // DeiT, table 1
		{"train_cifar10", "resnet20-cifar10", 32, 0.27, 0, 0.01}, {"train_cifar10", "resnet32-cifar10", 32, 0.46, 0, 0.02}, {"train_cifar10", "resnet44-cifar10", 32, 0.66, 0, 0.01}, {"train_cifar10", "resnet56-cifar10", 32, 0.85, 0, 0.01}, // ResNet, table 6
	} {
		g := published.Graph(t, c.whose, c.arch)
		if !strings.HasPrefix(c.arch, "resnext") {
			strideFirst(g)
		}
		all, err := stagesOf(g, tensor.Shape{H: c.size, W: c.size, C: 3})
		if err != nil {
			t.Fatal(err)
		}
		var params, macs float64
		for _, s := range all {
			params += float64(s.params) / 1e6
			macs += float64(s.macs) / 1e6
		}
		for _, f := range []struct {
			what      string
			got, want float64
		}{{"parameters", params, c.params}, {"multiply-adds", macs, c.macs}} {
			if f.want > 0 && math.Abs(f.got-f.want) > c.within*f.want {
				t.Errorf("%s: %.2f M %s, the paper has %v M", c.arch, f.got, f.what, f.want)
			}
		}
	}
}

// strideFirst moves the stride of bottlenecks to their first convolution, where the papers of
// ResNet and SENet have it and torchvision and timm, whose networks need a few multiply-adds more
// for that, do not.
func strideFirst(g *graph.Graph) {
	byName := map[string]*graph.Node{}
	for i := range g.Nodes {
		byName[g.Nodes[i].Name] = &g.Nodes[i]
	}
	for name, n := range byName {
		if block, ok := strings.CutSuffix(name, ".conv2"); ok && n.Stride[0] > 1 && byName[block+".conv3"] != nil {
			first := byName[block+".conv1"]
			first.Stride, n.Stride = n.Stride, first.Stride
		}
	}
}
