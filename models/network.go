package models

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"homeroom/core/graph"
	"homeroom/core/pack"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Network is a network that was built from a checkpoint.
type Network struct {
	Arch       string       // the variant, "efficientnet-lite0"
	Title      string       // for people, "EfficientNet-Lite0"
	Graph      *graph.Graph // float32 parameters, batch norms folded
	Preprocess photo.Preprocess
	Classes    int    // logits; 0 where the output is the feature vector
	LabelSet   string // which labels fit, for [Labels]; "" where that is not known
	// Binary tells that the checkpoint has one output, the logit of a yes; the graph has two, of
	// which the first is always 0, so that their softmax is the sigmoid of that one.
	Binary bool
	// Published tells that the head is the one that the variant is published with.
	Published bool
	Notes     []string // what was found where, for people
	Assumed   []string // what the checkpoint does not show and was taken for usual
}

// Options change what is built.
type Options struct {
	// GAP ends the network in the global average of its last feature map, whatever classifier the
	// checkpoint has: it then takes any input size, and its output is the feature vector.
	GAP bool
	// Heads is the number of heads of a vision transformer, where they do not have 64 channels
	// each, which its checkpoint does not show.
	Heads int
	// Weights is what the names of the network's tensors begin with, in a checkpoint that holds
	// several.
	Weights string
	// Activation is what lies between the linear layers of a head of somebody's own, where the
	// checkpoint does not show it: an Op of package graph, or "none"; "" stands for what is usual,
	// ReLU.
	Activation string
	// Modules are the parts of a network that was saved as a whole, by name. What they say of
	// themselves is what is built.
	Modules map[string]Module
}

// variant is a network of a family that has a name.
type variant struct {
	arch, title string
	// config is what sets the variants of a family apart, comparable with ==.
	config any
}

// family is a file of this package.
type family struct {
	variants []variant
	// custom is the name of networks of this family with other numbers of layers or channels.
	custom, customTitle string
	// recognise derives the configuration of a checkpoint from the names and shapes of its tensors,
	// or returns nil where it is of another family.
	recognise func(Source) any
	// tf says that there are variants ported from TensorFlow, too.
	tf bool
	// build adds all layers and returns how photos are prepared.
	build func(b *builder, v variant, config any) photo.Preprocess
}

// families are in the order in which they are asked.
var families = []*family{
	&efficientnet, &mobilenetV2, &mobilenetV3, &resnet, &senet, &alexnet, &vgg, &vit,
}

// tfPrefix marks variants ported from TensorFlow, with its padding. Their checkpoints cannot be
// told from others.
const tfPrefix = "tf-"

// canonical returns a name as this package writes it: tf_efficientnet_lite0.in1k becomes
// tf-efficientnet-lite0.
func canonical(arch string) string {
	arch, _, _ = strings.Cut(strings.ToLower(arch), ".")
	arch = strings.ReplaceAll(arch, "_", "-")
	tf := strings.HasPrefix(arch, tfPrefix)
	arch = strings.TrimPrefix(arch, tfPrefix)
	if to, ok := aliases[arch]; ok {
		arch = to
	}
	if tf {
		arch = tfPrefix + arch
	}
	return arch
}

// Canonical returns a variant's name as this package writes it, whoever wrote it.
func Canonical(arch string) string { return canonical(arch) }

// Known tells whether there is a variant of that name, whoever wrote it.
func Known(arch string) bool {
	want := strings.TrimPrefix(canonical(arch), tfPrefix)
	for _, f := range families {
		for _, v := range f.variants {
			if v.arch == want {
				return true
			}
		}
	}
	return false
}

// aliases are names that torchvision, timm and others give to variants.
var aliases = map[string]string{}

func init() {
	also := func(arch string, names ...string) {
		for _, n := range names {
			aliases[n] = arch
		}
	}
	also("mobilenet-v2", "mobilenetv2", "mobilenetv2-100")
	for _, w := range []string{"035", "050", "075", "110d", "120d", "140"} {
		also("mobilenet-v2-"+w, "mobilenetv2-"+w)
	}
	for _, s := range []string{"small", "large"} {
		also("mobilenet-v3-"+s, "mobilenetv3-"+s, "mobilenetv3-"+s+"-100")
		also("mobilenet-v3-"+s+"-075", "mobilenetv3-"+s+"-075")
	}
	also("mobilenet-v3-small-050", "mobilenetv3-small-050")
	for _, n := range []string{"18", "34", "50", "101", "152"} {
		also("se-resnet"+n, "seresnet"+n, "legacy-seresnet"+n)
	}
	for _, n := range []string{"20", "32", "44", "56"} {
		also("resnet"+n+"-cifar10", "resnet"+n, "cifar10-resnet"+n)
	}
	also("se-resnet20-cifar10", "seresnet20-cifar10", "se-resnet20", "seresnet20")
	also("vit-base-patch16", "vit-b-16")
	also("vit-base-patch32", "vit-b-32")
	for _, size := range vitSizes {
		distilled := fmt.Sprintf("deit-%s-distilled-patch16", size.name)
		also(distilled, distilled+"-224", distilled+"-384")
		for _, patch := range vitPatches {
			for _, kind := range []string{"vit", "deit"} {
				arch := fmt.Sprintf("%s-%s-patch%d", kind, size.name, patch)
				also(arch, arch+"-224", arch+"-384")
				if kind == "vit" {
					also(arch, arch+"-dinov2", arch+"-reg4-dinov2", fmt.Sprintf("deit3-%s-patch%d-224", size.name, patch), fmt.Sprintf("deit3-%s-patch%d-384", size.name, patch))
				}
			}
		}
	}
}

// Arches returns the names of all variants, sorted. Names as torchvision and timm write them, as
// wide_resnet50_2, are taken too; for the variants ported from TensorFlow that timm has
// (tf_efficientnet_b0, tf_mobilenetv3_large_100) the prefix tf- must be given, since their
// checkpoints look like the others.
func Arches() []string {
	var all []string
	for _, f := range families {
		for _, v := range f.variants {
			all = append(all, v.arch)
		}
	}
	slices.Sort(all)
	return all
}

// Detect returns the variant of a checkpoint, judging by the names and shapes of its tensors.
func Detect(src Source) (arch string, err error) {
	n, _, err := find(src, "")
	if err != nil {
		return "", err
	}
	return n.variant.arch, nil
}

// recognise asks the families whose a network is; nil stands for none.
func recognise(src Source) (*family, variant, any) {
	for _, f := range families {
		config := f.recognise(src)
		if config == nil {
			continue
		}
		for _, v := range f.variants {
			if v.config == config {
				return f, v, config
			}
		}
		return f, variant{f.custom, f.customTitle, config}, config
	}
	return nil, variant{}, nil
}

// unknown tells what a checkpoint that is of no family here has, and what to do.
func unknown(src Source) error {
	names := src.Names()
	some := make([]string, 0, 3)
	for _, name := range names[:min(len(names), cap(some))] {
		some = append(some, fmt.Sprintf("%s %v", name, src.Dims(name)))
	}
	var titles []string
	for _, f := range families {
		titles = append(titles, f.customTitle)
	}
	return fmt.Errorf("its %d tensors (%s, …) are those of no network that is known here: %s; export the network to ONNX and convert that", len(names), strings.Join(some, ", "), strings.Join(titles, ", "))
}

// Build makes the network of a variant from a checkpoint; arch "" stands for what [Detect] says. An
// error names the tensor that is missing, of another shape, or left over.
func Build(arch string, src Source) (*Network, error) { return BuildWith(arch, src, Options{}) }

// BuildWith is Build with options.
func BuildWith(arch string, src Source, opt Options) (*Network, error) {
	n, notes, err := find(src, opt.Weights)
	want := canonical(arch)
	tf := strings.HasPrefix(want, tfPrefix)
	want = strings.TrimPrefix(want, tfPrefix)
	var v variant
	if n != nil {
		v = n.variant
	}
	if want != "" && (err != nil || want != v.arch) {
		as, ok := lookUp(want)
		switch {
		case !ok:
			return nil, fmt.Errorf("there is no variant %q; there are %s", arch, strings.Join(Arches(), ", "))
		case err != nil:
			return nil, fmt.Errorf("as %s: %w", arch, err)
		case as.config != nil && as.config != n.config:
			return nil, fmt.Errorf("as %s: the names and shapes of its tensors are those of %s", arch, v.arch)
		}
		v.arch, v.title = as.arch, as.title
	}
	if err != nil {
		return nil, err
	}
	if tf && !n.family.tf {
		return nil, fmt.Errorf("there is no variant %q; of %s there is none with padding like TensorFlow's", arch, v.title)
	}
	b := newBuilder(n.located, opt)
	b.tf, b.notes, b.named = tf, notes, want != ""
	prep := n.family.build(b, v, n.config)
	if tf {
		v.arch = tfPrefix + v.arch
	}
	return b.finish(v, prep)
}

// finish checks the network that was built, and folds its batch norms.
func (b *builder) finish(v variant, prep photo.Preprocess) (*Network, error) {
	if b.err == nil {
		b.err = b.leftOver()
	}
	if b.err == nil {
		b.err = b.unread()
	}
	if b.err != nil {
		return nil, fmt.Errorf("as %s: %w", v.arch, b.err)
	}
	b.g.Fold()
	if err := b.finite(); err != nil {
		return nil, fmt.Errorf("as %s: %w", v.arch, err)
	}
	shapes, err := b.g.Shapes(tensor.Shape{H: prep.Size, W: prep.Size, C: 3})
	if err != nil {
		return nil, fmt.Errorf("as %s: %w", v.arch, err)
	}
	n := &Network{Arch: v.arch, Title: v.title, Graph: b.g, Preprocess: prep, Notes: b.notes, Assumed: b.assumed}
	if b.g.Output != b.g.Feature {
		n.Classes = shapes[b.g.Output].C
	}
	if b.gated && n.Classes > 1 {
		return nil, fmt.Errorf("as %s: it ends in a sigmoid of %d outputs: names that do not exclude one another, of which a photo may have several; that is not known here, but what it gives before the sigmoid, exported to ONNX, is taken as if they did", v.arch, n.Classes)
	}
	n.LabelSet = labelSet(v.arch, n.Classes)
	n.Published = n.LabelSet != "" && !b.ownHead
	if !n.Published || !strings.HasSuffix(v.arch, cifarSuffix) || n.Classes != 10 {
		n.Assumed = append(n.Assumed, b.usual...)
	}
	if n.Classes == 1 {
		if err := n.TwoOutputs(); err != nil {
			return nil, fmt.Errorf("as %s: %w", v.arch, err)
		}
	}
	return n, nil
}

// lookUp finds a variant by its name, or a family by the name of its custom networks.
func lookUp(arch string) (variant, bool) {
	for _, f := range families {
		for _, v := range f.variants {
			if v.arch == arch {
				return v, true
			}
		}
		if f.custom == arch {
			return variant{f.custom, f.customTitle, nil}, true
		}
	}
	return variant{}, false
}

// Quantise stores the weights of convolutions and dense layers as d; biases, norms and position
// embeddings stay float32, since they are small and the answers depend much on them.
func (n *Network) Quantise(d pack.DType) {
	if d == pack.F32 {
		return
	}
	for _, node := range n.Graph.Nodes {
		if node.Op != graph.Conv && node.Op != graph.Dense {
			continue
		}
		t := n.Graph.Params[node.Weight]
		n.Graph.Params[node.Weight] = pack.Encode(t.Name, t.Dims, t.View(), d)
	}
}

// cifarSuffix ends the names of variants made for the 32×32 photos of CIFAR-10.
const cifarSuffix = "-cifar10"

// Means and deviations of training photos, in levels.
var (
	imagenetMean = levels([3]float64{0.485, 0.456, 0.406})
	imagenetStd  = levels([3]float64{0.229, 0.224, 0.225})
	cifarMean    = levels([3]float64{0.4914, 0.4822, 0.4465})
	cifarStd     = levels([3]float64{0.2470, 0.2435, 0.2616})
	halfMean     = levels([3]float64{0.5, 0.5, 0.5})
)

// ImageNetPhotos is how photos are prepared for most networks trained on ImageNet: the shorter side
// resized to the input size over 0.875, bilinearly, the centre cut out, and normalised by the
// photos' means and deviations.
func ImageNetPhotos(size int) photo.Preprocess {
	p := imagenetPhotos(size, size, photo.Bilinear)
	p.CropFraction = 0.875
	return p
}

// imagenetPhotos is the usual preparation of photos for networks trained on ImageNet: the shorter
// side resized to resize, the centre of size cut out.
func imagenetPhotos(size, resize int, f photo.Interpolation) photo.Preprocess {
	return photo.Preprocess{
		Size: size, CropFraction: float64(size) / float64(resize), Interpolation: f,
		Mean: imagenetMean, Std: imagenetStd,
	}
}

// cifarPhotos is the preparation of photos for networks trained on CIFAR-10, whose photos have the
// input's size.
func cifarPhotos() photo.Preprocess {
	return photo.Preprocess{Size: 32, CropFraction: 1, Interpolation: photo.Bilinear, Mean: cifarMean, Std: cifarStd}
}

// scaled multiplies a number of channels and rounds to a multiple of 8, but not down by more than a
// tenth.
func scaled(c int, width float64) int {
	x := float64(c) * width
	r := max(8, int(x+4)/8*8)
	if float64(r) < 0.9*x {
		r += 8
	}
	return r
}

// repeated multiplies a number of layers, rounding up.
func repeated(n int, depth float64) int { return int(math.Ceil(float64(n) * depth)) }
