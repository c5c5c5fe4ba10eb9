package models

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"homeroom/core/graph"
)

// Module is a part of a network that was saved as a whole.
type Module struct {
	// Class is the name of its class, such as torch.nn.modules.conv.Conv2d.
	Class string
	// Attributes are its plain values: for a Conv2d stride, padding and so on.
	Attributes map[string]any
}

// kind is the class without its module.
func (m Module) kind() string { return m.Class[strings.LastIndexByte(m.Class, '.')+1:] }

// module looks a part of the network up in what was saved as a whole.
func (b *builder) module(shown string) (Module, bool) {
	if b.opt.Modules == nil {
		return Module{}, false
	}
	real := b.at.module(shown)
	m, ok := b.opt.Modules[real]
	if ok {
		b.asked[real] = true
	}
	return m, ok
}

// expect refuses a layer that was saved as one of another kind.
func (b *builder) expect(shown string, kinds ...string) (Module, bool) {
	m, ok := b.module(shown)
	if ok && !slices.Contains(kinds, m.kind()) {
		b.fail("its layer %q is a %s, where a %s is expected; export the network to ONNX, and convert that", b.at.module(shown), m.Class, kinds[0])
	}
	return m, ok
}

// convAsSaved sets stride, padding and dilation of a convolution to what was saved.
func (b *builder) convAsSaved(n *graph.Node, shown string) {
	m, ok := b.module(shown)
	if !ok {
		return
	}
	kind := m.kind()
	switch {
	case strings.Contains(kind, "SamePadding"), kind == "Conv2dSame":
		n.Same, n.Pad = true, [4]int{}
	case kind == "Conv2d", kind == "Linear":
	default:
		b.fail("its layer %q is a %s, whose arithmetic is not known here; export the network to ONNX, and convert that", b.at.module(shown), m.Class)
		return
	}
	if mode, ok := m.Attributes["padding_mode"].(string); ok && mode != "zeros" {
		b.fail("its layer %q pads by %q, not by zeros; export the network to ONNX, and convert that", b.at.module(shown), mode)
	}
	n.Stride = pairOf(m.Attributes["stride"], n.Stride)
	if n.Dilation = pairOf(m.Attributes["dilation"], n.Dilation); n.Dilation == [2]int{1, 1} {
		n.Dilation = [2]int{}
	}
	if kind != "Conv2d" {
		return
	}
	switch padding := m.Attributes["padding"].(type) {
	case string:
		n.Same, n.Pad = padding == "same", [4]int{}
	case nil:
	default:
		if p := pairOf(padding, [2]int{-1, -1}); p[0] >= 0 {
			n.Same, n.Pad = false, [4]int{p[0], p[1], p[0], p[1]}
		}
	}
}

// pairOf reads a number or a pair of them, or returns otherwise.
func pairOf(v any, otherwise [2]int) [2]int {
	one := func(v any) (int, bool) {
		n, ok := v.(int64)
		return int(n), ok && n >= 0 && n < 1<<20
	}
	if n, ok := one(v); ok {
		return [2]int{n, n}
	}
	list, _ := v.([]any)
	switch len(list) {
	case 1:
		if n, ok := one(list[0]); ok {
			return [2]int{n, n}
		}
	case 2:
		x, ok1 := one(list[0])
		y, ok2 := one(list[1])
		if ok1 && ok2 {
			return [2]int{x, y}
		}
	}
	return otherwise
}

// epsAsSaved is a norm's epsilon as it was saved, or the family's.
func (b *builder) epsAsSaved(shown string, eps float64, kinds ...string) float64 {
	m, ok := b.expect(shown, kinds...)
	if e, has := m.Attributes["eps"].(float64); ok && has && e >= 0 {
		return e
	}
	return eps
}

// pool adds a pooling by a window as it was saved, or as the family has it.
func (b *builder) pool(n graph.Node) string {
	shown := n.Name
	if !strings.HasPrefix(shown, "features.") && b.at.real["layer0.conv1.weight"] != "" {
		shown = "pool0"
	}
	m, ok := b.module(shown)
	if !ok {
		return b.add(n)
	}
	switch m.kind() {
	case "MaxPool2d":
	case "AvgPool2d":
		n.Op, n.CountPad = graph.AvgPool, m.Attributes["count_include_pad"] == true
		if m.Attributes["divisor_override"] != nil {
			b.fail("its layer %q divides by a number of its own; export the network to ONNX, and convert that", b.at.module(shown))
		}
	default:
		b.fail("its layer %q is a %s, where a pooling by a window is expected; export the network to ONNX, and convert that", b.at.module(shown), m.Class)
		return b.add(n)
	}
	n.Kernel = pairOf(m.Attributes["kernel_size"], n.Kernel)
	n.Stride = pairOf(m.Attributes["stride"], n.Stride)
	if n.Dilation = pairOf(m.Attributes["dilation"], n.Dilation); n.Dilation == [2]int{1, 1} {
		n.Dilation = [2]int{}
	}
	if p := pairOf(m.Attributes["padding"], [2]int{-1, -1}); p[0] >= 0 {
		n.Pad = [4]int{p[0], p[1], p[0], p[1]}
	}
	if ceil, ok := m.Attributes["ceil_mode"].(bool); ok {
		n.Ceil = ceil
	}
	return b.add(n)
}

// expectPool refuses a pooling of the whole map that is not an average.
func (b *builder) expectPool(names ...string) {
	for _, name := range names {
		m, ok := b.module(name)
		if !ok {
			continue
		}
		pool := m.Attributes["pool_type"]
		switch kind := m.kind(); {
		case kind == "AdaptiveAvgPool2d", kind == "Identity", kind == "FastAdaptiveAvgPool2d", kind == "FastAdaptiveAvgPool", kind == "Flatten":
		case kind == "SelectAdaptivePool2d" && (pool == "avg" || pool == "fast" || pool == "fastavg" || pool == "" || pool == nil):
		default:
			b.fail("its layer %q is a %s, where the average over the map is expected; export the network to ONNX, and convert that", b.at.module(name), m.Class)
		}
	}
}

// savedOps are the classes of activations that there are layers for.
var savedOps = map[string]graph.Op{
	"ReLU": graph.ReLU, "ReLU6": graph.ReLU6, "SiLU": graph.SiLU, "Swish": graph.SiLU, "SwishMe": graph.SiLU, "MemoryEfficientSwish": graph.SiLU,
	"Hardswish": graph.HardSwish, "HardSwish": graph.HardSwish, "HardSwishMe": graph.HardSwish, "HardSwishJit": graph.HardSwish,
	"Hardsigmoid": graph.HardSigmoid, "HardSigmoid": graph.HardSigmoid, "HardSigmoidMe": graph.HardSigmoid, "HardSigmoidJit": graph.HardSigmoid,
	"Sigmoid": graph.Sigmoid, "GELU": graph.GELU, "Tanh": graph.Tanh,
}

// otherActivations are those that there are no layers for.
var otherActivations = []string{
	"LeakyReLU", "PReLU", "ELU", "SELU", "CELU", "Mish", "Softplus", "Softsign", "Hardtanh", "Threshold", "GLU", "RReLU", "QuickGELU", "LogSigmoid",
	"Hardshrink", "Softshrink", "Tanhshrink", "GELUTanh",
}

// transparent are the classes of layers that change nothing once a network is trained.
var transparent = []string{
	"Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout", "StochasticDepth", "DropPath", "Identity", "Flatten",
	"DropBlock2d", "PatchDropout",
}

// opOf is the activation that a module is, "" where it does nothing.
func (b *builder) opOf(real string, m Module) (graph.Op, bool) {
	kind := m.kind()
	op, ok := savedOps[kind]
	switch {
	case kind == "GELU" && m.Attributes["approximate"] != nil && m.Attributes["approximate"] != "none":
		b.fail("its layer %q is a GELU by %v, where the exact one is expected; export the network to ONNX, and convert that", real, m.Attributes["approximate"])
	case kind == "Hardtanh" && number(m.Attributes["min_val"]) == 0 && number(m.Attributes["max_val"]) == 6:
		return graph.ReLU6, true
	case ok:
		return op, true
	case slices.Contains(transparent, kind):
		return "", true
	}
	return "", false
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return -1
}

// saved tells what a network that was saved as a whole has between two layers of a container.
func (b *builder) saved(x, y string) (ops []graph.Op, ok bool) {
	if b.opt.Modules == nil {
		return nil, false
	}
	i, j, numbered := siblings(x, y)
	if !numbered {
		return nil, false
	}
	parent := x
	for !strings.HasPrefix(y, parent+".") && parent != "" {
		parent = parent[:max(strings.LastIndexByte(parent, '.'), 0)]
		if parent == "" {
			break
		}
	}
	for k := i + 1; k < j; k++ {
		ops = append(ops, b.inContainer(parent, k, "")...)
	}
	// Both may lie deeper, with something behind x or before y.
	return ops, true
}

// inContainer is the activation that a numbered part of a container is.
func (b *builder) inContainer(parent string, k int, skip string) []graph.Op {
	real := fmt.Sprint(k)
	if parent != "" {
		real = parent + "." + real
	}
	m, ok := b.opt.Modules[real]
	if !ok || real == skip {
		return nil
	}
	op, known := b.opOf(real, m)
	if !known {
		b.fail("its layer %q is a %s, which is not known in a head; export the network to ONNX, and convert that", real, m.Class)
		return nil
	}
	b.asked[real] = true
	if op == "" {
		return nil
	}
	return []graph.Op{op}
}

// before is what a saved container has before the first layer of a head.
func (b *builder) before(l headLayer) []graph.Op {
	return b.around(l, func(k, at int) bool { return k < at })
}

// after is what a saved container has behind the last layer of a head. A softmax, or the sigmoid of
// one output, at the end only turns logits into probabilities, which is done to all.
func (b *builder) after(l headLayer) []graph.Op {
	ops := b.around(l, func(k, at int) bool { return k > at })
	b.gated = b.gated || slices.Contains(ops, graph.Sigmoid)
	return slices.DeleteFunc(ops, func(op graph.Op) bool { return op == graph.Softmax || op == graph.Sigmoid })
}

func (b *builder) around(l headLayer, which func(k, at int) bool) []graph.Op {
	if b.opt.Modules == nil {
		return nil
	}
	parent, last := l.real[:max(strings.LastIndexByte(l.real, '.'), 0)], l.real[strings.LastIndexByte(l.real, '.')+1:]
	var at int
	if _, err := fmt.Sscan(last, &at); err != nil {
		return nil
	}
	if m, ok := b.opt.Modules[parent]; !ok || m.kind() != "Sequential" {
		return nil
	}
	var ops []graph.Op
	for k := range maxContainer {
		real := fmt.Sprint(parent, ".", k)
		m, ok := b.opt.Modules[real]
		if !ok || !which(k, at) || k == at || b.asked[real] {
			continue
		}
		switch m.kind() {
		case "Softmax", "LogSoftmax", "Softmax2d":
			if k > at {
				b.asked[real] = true
				continue
			}
		case "AdaptiveAvgPool2d", "AdaptiveConcatPool2d", "Conv2d", "Linear", "BatchNorm1d":
			continue
		}
		if k < at && !isHeadPart(m) {
			continue
		}
		ops = append(ops, b.inContainer(parent, k, "")...)
	}
	return ops
}

// isHeadPart tells activations and layers that do nothing from the parts of a backbone.
func isHeadPart(m Module) bool {
	_, act := savedOps[m.kind()]
	return act || slices.Contains(otherActivations, m.kind()) || slices.Contains(transparent, m.kind())
}

// maxContainer is more than the numbered parts of any head.
const maxContainer = 64

// unread refuses a network that was saved as a whole with a part that was not built as it is: a
// layer of another kind than the family's, or one more.
func (b *builder) unread() error {
	if b.opt.Modules == nil {
		return nil
	}
	scopes := map[string][]graph.Op{} // activations that were built, by the names that stand before them
	for _, n := range b.g.Nodes {
		if _, ok := savedName[n.Op]; !ok {
			continue
		}
		for s := n.Name; ; s = s[:strings.LastIndexByte(s, '.')] {
			scopes[s] = append(scopes[s], n.Op)
			if !strings.Contains(s, ".") {
				break
			}
		}
		scopes[""] = append(scopes[""], n.Op)
	}
	var own []string
	for real, m := range b.opt.Modules {
		inner, ok := strings.CutPrefix(real, b.at.prefix)
		if !ok && !b.asked[real] && strings.HasPrefix(b.at.prefix, real[:strings.LastIndexByte(real, '.')+1]) {
			// Beside the network, in what it is part of.
			_, act := savedOps[m.kind()]
			switch {
			case m.kind() == "Sigmoid":
				b.gated = true
			case (act || !ofTraining(real+".x") && changes(m)) && b.opt.Modules[strings.TrimSuffix(real[:strings.LastIndexByte(real, '.')+1], ".")].kind() == "Sequential":
				return fmt.Errorf("its layer %q, beside the network, is a %s, which has no place in this network; export all of it to ONNX, and convert that", real, m.Class)
			}
		}
		if b.asked[real] || !ok || inner == "" && real != "" {
			continue
		}
		shown := b.at.place.renamed(inner)
		kind := m.kind()
		op, isAct := savedOps[kind]
		switch {
		case kind == "Hardtanh" && number(m.Attributes["min_val"]) == 0 && number(m.Attributes["max_val"]) == 6:
			op, isAct = graph.ReLU6, true
		case kind == "GELU":
			b.opOf(real, m)
		}
		switch {
		case isAct:
			scope := shown
			for len(scopes[scope]) == 0 && scope != "" {
				scope = scope[:max(strings.LastIndexByte(scope, '.'), 0)]
			}
			if !slices.Contains(scopes[scope], op) && !(op == graph.Sigmoid && len(b.g.Nodes) > 0 && scope == "") {
				return fmt.Errorf("its layer %q is a %s, where %s is expected; export the network to ONNX, and convert that", real, m.Class, titles(scopes[scope]))
			}
			b.gated = b.gated || op == graph.Sigmoid && scope == ""
		case slices.Contains(otherActivations, kind):
			return fmt.Errorf("its layer %q is a %s, which this network does not have; export the network to ONNX, and convert that", real, m.Class)
		case kind == "Identity" && b.isActivation(real, shown, scopes):
			return fmt.Errorf("its layer %q does nothing, where an activation is expected; export the network to ONNX, and convert that", real)
		case slices.Contains(transparent, kind), kind == "Softmax", kind == "LogSoftmax":
		case strings.HasPrefix(m.Class, "torch.nn.modules.container."), kind == "MultiheadAttention":
		case strings.HasPrefix(m.Class, "torch.nn."), strings.HasPrefix(m.Class, "__torch__.torch.nn.") && !strings.Contains(m.Class, ".container."):
			if ofTraining(real+".x") || strings.Contains(m.Class, ".loss.") {
				continue
			}
			if kind == "AdaptiveAvgPool2d" || kind == "ZeroPad2d" {
				continue
			}
			return fmt.Errorf("its layer %q is a %s, which has no place in this network; export the network to ONNX, and convert that", real, m.Class)
		case strings.HasPrefix(m.Class, "torchvision."), strings.HasPrefix(m.Class, "timm."), strings.HasPrefix(m.Class, "fastai."), strings.HasPrefix(m.Class, "efficientnet_"), strings.HasPrefix(m.Class, "__torch__."):
		default:
			own = append(own, m.Class)
		}
	}
	if len(own) > 0 {
		slices.Sort(own)
		b.assumed = append(b.assumed, fmt.Sprintf("the usual order of layers in %s, classes whose code is not in the file", strings.Join(slices.Compact(own), ", ")))
	}
	return b.err
}

// savedName are the activations, as people know them.
var savedName = map[graph.Op]string{
	graph.ReLU: "ReLU", graph.ReLU6: "ReLU6", graph.SiLU: "SiLU", graph.HardSwish: "Hardswish", graph.HardSigmoid: "Hardsigmoid", graph.Sigmoid: "Sigmoid",
	graph.GELU: "GELU", graph.Tanh: "Tanh",
}

// changes says whether a layer without weights changes what goes through it.
func changes(m Module) bool {
	return slices.Contains(otherActivations, m.kind()) || strings.HasPrefix(m.kind(), "InstanceNorm") || strings.HasPrefix(m.kind(), "Upsample") ||
		strings.HasPrefix(m.Class, "torch.nn.modules.pooling.") || strings.HasPrefix(m.Class, "torch.nn.modules.padding.")
}

// isActivation says whether a module that does nothing has the place of an activation: by its name,
// where one was built, or in a row of layers right behind a convolution or a batch norm.
func (b *builder) isActivation(real, shown string, scopes map[string][]graph.Op) bool {
	parent, last := "", real
	if i := strings.LastIndexByte(real, '.'); i >= 0 {
		parent, last = real[:i], real[i+1:]
	}
	if strings.HasPrefix(last, "relu") {
		return true
	}
	if strings.HasPrefix(last, "act") {
		// timm's batch norms have one each; the last of a block has none that does anything.
		block, norm := "", parent
		if i := strings.LastIndexByte(parent, '.'); i >= 0 {
			block, norm = parent[:i+1], parent[i+1:]
		}
		if _, third := b.opt.Modules[block+"bn3"]; norm == "bn1" || norm == "bn2" && (third || block == b.at.prefix) {
			return true
		}
		return len(scopes[shown[:max(strings.LastIndexByte(shown, '.'), 0)]]) > 0
	}
	at, err := strconv.Atoi(last)
	if err != nil || at == 0 {
		return false
	}
	before := b.opt.Modules[fmt.Sprint(parent, ".", at-1)]
	return before.kind() == "Conv2d" || before.kind() == "BatchNorm2d"
}

func titles(ops []graph.Op) string {
	var names []string
	for _, op := range ops {
		names = append(names, savedName[op])
	}
	slices.Sort(names)
	if names = slices.Compact(names); len(names) == 0 {
		return "no activation"
	}
	return strings.Join(names, " or ")
}
