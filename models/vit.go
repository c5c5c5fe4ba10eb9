package models

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/photo"
)

// ViT (Dosovitskiy et al. 2020, arXiv 2010.11929) and DeiT (Touvron et al. 2020, arXiv 2012.12877):
// a photo's patches as tokens, a class token in front, position embeddings, and blocks of
// multi-head attention and MLP, normalised first. The feature vector is the class token after the
// last norm, or the mean of the patches: where the checkpoint has fc_norm their mean is normalised,
// where it has no class token they are before the mean is taken. LayerScale (Touvron et al. 2021,
// arXiv 2103.17239) is merged into the weights. Registers (Darcet et al. 2023, arXiv 2309.16588)
// and DeiT's distillation token stand behind the class token. Each head has 64 channels unless
// [Options.Heads] says otherwise: a checkpoint does not show it.
//
// Parameter names: timm's (patch_embed.proj, blocks.0.attn.qkv) and torchvision's (conv_proj,
// encoder.layers.encoder_layer_0.self_attention). DeiT's checkpoints look like ViT's; its name must
// be given.
var vit = family{
	variants: vitVariants(), recognise: recogniseViT, build: buildViT,
	custom: "vit-custom", customTitle: "ViT",
}

// vitConfig is what sets the variants apart.
type vitConfig struct {
	patch, width, depth int
	distilled           bool // with a distillation token and a head for it
}

// vitSizes are the widths of 12 blocks.
var vitSizes = []struct {
	name, title string
	width       int
}{{"tiny", "Ti", 192}, {"small", "S", 384}, {"base", "B", 768}}

var vitPatches = []int{14, 16, 32}

const vitHead = 64 // channels of a head

// distillation is the token that DeiT learnt its teacher's answers with (Touvron et al. 2020,
// section 4), and distilledHead the head that reads it.
const distillation, distilledHead = "dist_token", "head_dist"

func vitVariants() []variant {
	var all []variant
	for _, kind := range [][2]string{{"vit", "ViT"}, {"deit", "DeiT"}} {
		for _, size := range vitSizes {
			for _, patch := range vitPatches {
				all = append(all, variant{
					fmt.Sprintf("%s-%s-patch%d", kind[0], size.name, patch),
					fmt.Sprintf("%s-%s/%d", kind[1], size.title, patch),
					vitConfig{patch, size.width, 12, false},
				})
			}
		}
	}
	for _, size := range vitSizes {
		all = append(all, variant{
			fmt.Sprintf("deit-%s-distilled-patch16", size.name), fmt.Sprintf("DeiT-%s distilled/16", size.title),
			vitConfig{16, size.width, 12, true},
		})
	}
	return append(all, variant{"vit" + cifarSuffix, "ViT for CIFAR-10", vitConfig{4, 144, 6, false}})
}

// vitNames are the modules of a checkpoint.
type vitNames struct {
	patches, token, positions string
	registers                 [3]string // other tokens behind the class token, under whatever name
	block                     string    // with the block's number to be filled in
	norm1, qkv, proj, norm2   string    // within a block
	fc1, fc2                  string
	norm, head                string
}

func (n *vitNames) in(block int, module string) string { return fmt.Sprintf(n.block, block) + module }

var vitTimm = vitNames{
	"patch_embed.proj", "cls_token", "pos_embed", [3]string{"dist_token", "reg_token", "register_tokens"}, "blocks.%d.",
	"norm1", "attn.qkv", "attn.proj", "norm2", "mlp.fc1", "mlp.fc2", "norm", "head",
}

var vitTorchvision = vitNames{
	"conv_proj", "class_token", "encoder.pos_embedding", [3]string{}, "encoder.layers.encoder_layer_%d.",
	"ln_1", "self_attention.in_proj", "self_attention.out_proj", "ln_2", "mlp.0", "mlp.3", "encoder.ln", "heads.head",
}

func vitNamesOf(src Source) *vitNames {
	n := vitTimm
	if src.Dims(vitTorchvision.patches+".weight") == nil {
		return &n
	}
	n = vitTorchvision
	// torchvision's first weights were saved with mlp.linear_1 and .linear_2.
	if src.Dims(n.in(0, "mlp.linear_1.weight")) != nil {
		n.fc1, n.fc2 = "mlp.linear_1", "mlp.linear_2"
	}
	return &n
}

func recogniseViT(src Source) any {
	n := vitNamesOf(src)
	d := src.Dims(n.patches + ".weight")
	if len(d) != 4 || d[0] == 0 || d[1] != 3 || d[2] == 0 || d[2] != d[3] {
		return nil
	}
	c := vitConfig{patch: d[2], width: d[0], distilled: src.Dims(distillation) != nil}
	for src.Dims(n.in(c.depth, n.norm1+".weight")) != nil {
		c.depth++
	}
	if c.depth == 0 {
		return nil
	}
	return c
}

func buildViT(b *builder, v variant, config any) photo.Preprocess {
	c := config.(vitConfig)
	names := vitNamesOf(b.src)
	heads := c.width / vitHead
	if v.arch == "vit"+cifarSuffix {
		heads = 3
	}
	attention, _, _ := strings.Cut(names.in(0, names.qkv), ".qkv")
	saved, _ := b.module(strings.TrimSuffix(attention, ".in_proj"))
	said, isSaved := saved.Attributes["num_heads"].(int64)
	if b.opt.Heads > 0 {
		heads = b.opt.Heads
	} else if isSaved && said > 0 && said < 1<<10 {
		heads = int(said)
	} else if c.width%vitHead != 0 && v.arch != "vit"+cifarSuffix || heads == 0 {
		b.fail("its width of %d is not a multiple of %d, so that its number of heads cannot be told; give the number of heads", c.width, vitHead)
		return photo.Preprocess{}
	}
	if c.width%heads != 0 {
		b.fail("its width of %d cannot be cut into %d heads", c.width, heads)
		return photo.Preprocess{}
	}
	x, _ := b.conv(graph.Input, names.patches, 3, graph.Node{Stride: [2]int{c.patch, c.patch}})
	x, front, grid := b.tokens(x, names, c.width)
	for i := range c.depth {
		p := fmt.Sprintf(names.block, i)
		y := b.layerNorm(x, p+names.norm1, c.width)
		y = b.queries(y, p+names.qkv, c.width)
		y = b.add(graph.Node{Name: p + "attention", Op: graph.Attention, In: []string{y}, Heads: heads})
		y = b.scaledDense(y, p+names.proj, p+"ls1.gamma", c.width)
		x = b.layer(graph.Add, p+"add1", x, y)
		y = b.layerNorm(x, p+names.norm2, c.width)
		y, hidden := b.dense(y, p+names.fc1, c.width)
		y = b.layer(graph.GELU, p+"act", y)
		y = b.scaledDense(y, p+names.fc2, p+"ls2.gamma", hidden)
		x = b.layer(graph.Add, p+"add2", x, y)
	}
	switch {
	case b.has("fc_norm.weight"):
		x = b.patches(x, front)
		x = b.layer(graph.GAP, "pool", x)
		x = b.layerNorm(x, "fc_norm", c.width)
	case !b.has(names.token) || b.opt.GAP:
		x = b.layerNorm(x, names.norm, c.width)
		x = b.patches(x, front)
		x = b.layer(graph.GAP, "pool", x)
		b.leaveOut(distilledHead)
	case c.distilled:
		b.distilled(x, names, c.width)
		return vitPhotos(b, v, c, names, grid*c.patch)
	default:
		// Norms are of single tokens, so that the others need none.
		x = b.layer(graph.Token, "token", x)
		x = b.layerNorm(x, names.norm, c.width)
	}
	b.g.Feature = x
	known := knownHead{[]string{"pre_logits.fc", names.head}, graph.Tanh}
	if *names != vitTimm {
		known.layers[0] = "heads.pre_logits"
	}
	if !b.has(known.layers[0] + ".weight") {
		known.layers = known.layers[1:]
	}
	b.linear(x, c.width, known)
	return vitPhotos(b, v, c, names, grid*c.patch)
}

// vitPhotos returns how photos are prepared for the size whose position embeddings the checkpoint
// has.
func vitPhotos(b *builder, v variant, c vitConfig, names *vitNames, size int) photo.Preprocess {
	if v.arch == "vit"+cifarSuffix {
		p := cifarPhotos()
		p.Size = size
		return p
	}
	if *names != vitTimm {
		if size != 224 {
			return imagenetPhotos(size, size, photo.Bicubic) // as torchvision's larger ones
		}
		return imagenetPhotos(size, 256, photo.Bilinear)
	}
	p := imagenetPhotos(size, size, photo.Bicubic)
	if size <= 256 {
		p.CropFraction = 0.9
	}
	// The ViT of timm were trained with the means of their first authors; those with LayerScale,
	// DeiT III and DINOv2, with the usual ones.
	if v.arch[:3] == "vit" && !b.has("blocks.0.ls1.gamma") {
		p.Mean, p.Std = halfMean, halfMean
	}
	return p
}

// patches leaves out the tokens in front.
func (b *builder) patches(x string, front int) string {
	if front == 0 {
		return x
	}
	n := graph.Node{Name: "patches", Op: graph.DropToken, In: []string{x}}
	if front > 1 {
		n.Index = front
	}
	return b.add(n)
}

// distilled ends a network in two heads, on the class token and on the distillation token, and the
// mean of their logits. The feature vector is the mean of both tokens, as timm has it: halves that
// add up to it are what the heads read, so that they keep their weights, and give half of their
// biases.
func (b *builder) distilled(x string, names *vitNames, width int) {
	var features, logits []string
	for i, head := range []string{names.head, distilledHead} {
		name := names.norm
		if i > 0 {
			name += ".distilled"
		}
		t := b.add(graph.Node{Name: []string{"token", "distillation"}[i], Op: graph.Token, In: []string{x}, Index: i})
		t = b.add(graph.Node{
			Name: name, Op: graph.LayerNorm, In: []string{t}, Eps: 1e-6,
			Weight: b.halved(names.norm+".weight", width), Bias: b.halved(names.norm+".bias", width),
		})
		features = append(features, t)
		if !b.has(head + ".weight") {
			continue
		}
		n := graph.Node{Name: head, Op: graph.Dense, In: []string{t}}
		classes := extent(b.src, head+".weight", 0)
		n.Weight = b.param(head+".weight", classes, width)
		if b.has(head + ".bias") {
			n.Bias = b.halved(head+".bias", classes)
		}
		logits = append(logits, b.add(n))
	}
	b.g.Feature = b.layer(graph.Add, "feature", features...)
	b.g.Output = b.g.Feature
	switch len(logits) {
	case 1:
		b.fail("it has one of the heads %s and %s, where both are needed", names.head, distilledHead)
	case 2:
		b.g.Output = b.layer(graph.Add, "logits", logits...)
	}
}

// halved takes half of a vector into the graph.
func (b *builder) halved(name string, n int) string {
	w := b.floats(name, n)
	for i := range w {
		w[i] /= 2
	}
	return b.put(name, w, n)
}

// tokens adds the tokens in front and the position embeddings, and returns how many tokens those
// are and the side of the grid that the positions were trained on.
func (b *builder) tokens(x string, names *vitNames, width int) (_ string, front, grid int) {
	n := graph.Node{Name: "tokens", Op: graph.Tokens, In: []string{x}}
	if b.has(names.token) {
		n.Token, front = b.param(names.token, width), 1
	}
	for _, name := range names.registers {
		d := b.src.Dims(name)
		if len(d) == 0 {
			continue
		}
		if n.Token == "" || product(d)%width != 0 {
			b.fail("its tensor %q is %v, and there must be a class token before such tokens of %d channels", name, d, width)
			return x, 0, 0
		}
		more := b.floats(name, product(d)/width, width)
		if b.err != nil {
			return x, 0, 0
		}
		tokens := append(slices.Clone(b.g.Params[n.Token].View()), more...)
		front = len(tokens) / width
		b.put(n.Token, tokens, front, width)
	}
	b.used["mask_token"] = true // DINOv2's, for its training
	d := b.dims(names.positions, len(b.src.Dims(names.positions)))
	if b.err != nil {
		return x, 0, 0
	}
	count := 0
	if len(d) >= 2 {
		count = d[len(d)-2]
	}
	// There are positions for all tokens in front, for the class token alone, or for none.
	for _, prefix := range []int{front, min(front, 1), 0} {
		grid = int(math.Round(math.Sqrt(float64(max(count-prefix, 0)))))
		if n.Prefix = prefix; grid > 0 && grid*grid+prefix == count {
			n.Weight = b.param(names.positions, count, width)
			n.Grid = [2]int{grid, grid}
			return b.add(n), front, grid
		}
	}
	b.fail("its tensor %q is %v: the positions of no square grid", names.positions, d)
	return x, 0, 0
}

// layerNorm adds a layer norm.
func (b *builder) layerNorm(x, prefix string, channels int) string {
	return b.add(graph.Node{
		Name: prefix, Op: graph.LayerNorm, In: []string{x}, Eps: b.epsAsSaved(prefix, 1e-6, "LayerNorm"),
		Weight: b.param(prefix+".weight", channels), Bias: b.optional(prefix+".bias", channels),
	})
}

// queries adds the layer that makes queries, keys and values. PyTorch's module keeps them as
// in_proj_weight and in_proj_bias.
func (b *builder) queries(x, prefix string, width int) string {
	if b.has(prefix + ".weight") {
		x, ch := b.dense(x, prefix, width)
		if b.err == nil && ch != 3*width {
			b.fail("its tensor %q has %d rows, where %d are needed", prefix+".weight", ch, 3*width)
		}
		return x
	}
	return b.add(graph.Node{
		Name: prefix, Op: graph.Dense, In: []string{x},
		Weight: b.param(prefix+"_weight", 3*width, width), Bias: b.optional(prefix+"_bias", 3*width),
	})
}

// scaledDense adds a fully connected layer with LayerScale, if there is one, merged into it: row k
// and bias k times gamma[k].
func (b *builder) scaledDense(x, prefix, gamma string, channels int) string {
	if !b.has(gamma) {
		x, _ = b.dense(x, prefix, channels)
		return x
	}
	out := extent(b.src, prefix+".weight", 0)
	w := b.floats(prefix+".weight", out, channels)
	scale := b.floats(gamma, out)
	if b.err != nil {
		return x
	}
	for k, s := range scale {
		for i := k * channels; i < (k+1)*channels; i++ {
			w[i] *= s
		}
	}
	n := graph.Node{Name: prefix, Op: graph.Dense, In: []string{x}, Weight: b.put(prefix+".weight", w, out, channels)}
	if b.has(prefix + ".bias") {
		bias := b.floats(prefix+".bias", out)
		for k := range bias {
			bias[k] *= scale[k]
		}
		n.Bias = b.put(prefix+".bias", bias, out)
	}
	return b.add(n)
}
