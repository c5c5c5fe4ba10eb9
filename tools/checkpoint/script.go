package checkpoint

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// TorchScript keeps what its layers are in code: classes of one per kind of layer, or per layer
// where a network was traced. It is read as text, for the constants in it alone, and nothing of it
// is executed.

const (
	maxCode    = 1 << 20  // bytes of one file of code
	maxAllCode = 64 << 20 // of all that are read
	maxSearch  = 1 << 30  // of all that are searched for classes
)

// script is the code of an archive.
type script struct {
	a      *archive
	folder string
	files  map[string]string
	known  map[string]scriptClass
	bytes  int // that were read
	search int // that were searched
}

// scriptClass is what the code of a class shows.
type scriptClass struct {
	attributes map[string]any
	calls      []string
}

// readScript gives the modules of a scripted or traced network their classes' plain names and the
// attributes that its code shows, and adds what is called without a module, such as
// functional.leaky_relu, as a module of that name.
func (c *Checkpoint) readScript(a *archive, folder string) error {
	s := &script{a: a, folder: folder + "code/", files: make(map[string]string), known: make(map[string]scriptClass)}
	var called []*Module
	for _, m := range c.Modules {
		class := m.Class
		if m.Class = plainClass(class); !strings.HasPrefix(class, "__torch__.") {
			continue
		}
		shown, ok := s.known[class]
		if !ok {
			text, err := s.class(class)
			if err != nil {
				return err
			}
			shown = scriptClass{attributesIn(text), callsIn(text)}
			s.known[class] = shown
		}
		for name, v := range shown.attributes {
			m.Attributes[name] = v
		}
		kind := m.Class[strings.LastIndexByte(m.Class, '.')+1:]
		for _, needed := range constantsOf[kind] {
			if _, ok := m.Attributes[needed]; !ok {
				return fmt.Errorf("it is TorchScript, and its code does not show the %s of its layer %q, a %s; save the network's state_dict, or export it to ONNX, and convert that", needed, clip(m.Name), m.Class)
			}
		}
		if !strings.HasPrefix(m.Class, "torch.nn.") {
			for _, name := range shown.calls {
				called = append(called, &Module{Name: join(m.Name, name+"()"), Class: "torch.nn.functional." + name, Attributes: map[string]any{}})
			}
		}
	}
	c.Modules = append(c.Modules, called...)
	return nil
}

// constantsOf are the attributes without which a layer is not known.
var constantsOf = map[string][]string{
	"Conv2d": {"stride", "padding", "dilation"}, "BatchNorm2d": {"eps"}, "BatchNorm1d": {"eps"}, "LayerNorm": {"eps"}, "GroupNorm": {"eps"},
	"FrozenBatchNorm2d":  {"eps"}, // of a traced one it is in a tensor beside the code
	"MultiheadAttention": {"num_heads"}, "Attention": {"num_heads"},
	"MaxPool2d": {"kernel_size", "stride", "padding", "dilation", "ceil_mode"}, "AvgPool2d": {"kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"},
}

// plainClass is a class's name without what TorchScript adds:
// __torch__.torch.nn.modules.conv.___torch_mangle_4.Conv2d.
func plainClass(class string) string {
	rest, ok := strings.CutPrefix(class, "__torch__.")
	if !ok {
		return class
	}
	parts := strings.Split(rest, ".")
	kept := parts[:0]
	for _, p := range parts {
		if !strings.HasPrefix(p, "___torch_mangle_") {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, ".")
}

// class returns the text of a class.
func (s *script) class(class string) (string, error) {
	module, name, _ := cutLast(class, ".")
	module = strings.TrimSuffix(module, ".")
	path := s.folder + strings.ReplaceAll(module, ".", "/") + ".py"
	text, ok := s.files[path]
	if !ok {
		file := s.a.named[path]
		if file == nil {
			return "", fmt.Errorf("it is TorchScript without the code of %s; save the network's state_dict, or export it to ONNX, and convert that", clip(class))
		}
		data, err := s.a.store(file)
		if err != nil {
			return "", err
		}
		code, err := readAll(data, maxCode)
		if err != nil {
			return "", fmt.Errorf("%s: %w", clip(path), err)
		}
		if s.bytes += len(code); s.bytes > maxAllCode {
			return "", fmt.Errorf("its code has more than %d MB", maxAllCode>>20)
		}
		text = string(code)
		s.files[path] = text
	}
	if s.search += len(text); s.search > maxSearch {
		return "", errors.New("its code has more classes than that of any network")
	}
	begin := 0
	if !strings.HasPrefix(text, "class "+name+"(") {
		begin = strings.Index(text, "\nclass "+name+"(") + 1
	}
	if begin == 0 && !strings.HasPrefix(text, "class "+name+"(") {
		return "", fmt.Errorf("it is TorchScript without the code of %s; save the network's state_dict, or export it to ONNX, and convert that", clip(class))
	}
	text = text[begin:]
	if end := strings.Index(text[1:], "\nclass "); end >= 0 {
		text = text[:end+1]
	}
	return text, nil
}

// argumentsOf are the places of constants among the arguments of PyTorch's functions; "" is none.
var argumentsOf = map[string][]string{
	"torch._convolution": {"", "", "", "stride", "padding", "dilation", "", "", "groups"},
	"torch.conv2d":       {"", "", "", "stride", "padding", "dilation", "groups"},
	"torch.batch_norm":   {"", "", "", "", "", "", "", "eps"},
	"torch.layer_norm":   {"", "", "", "", "eps"},
	"torch.group_norm":   {"", "", "", "", "eps"},
	"torch.max_pool2d":   {"", "kernel_size", "stride", "padding", "dilation", "ceil_mode"},
	"torch.avg_pool2d":   {"", "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad", "divisor_override"},
	"torch.hardtanh":     {"", "min_val", "max_val"},
	"torch.hardtanh_":    {"", "min_val", "max_val"},
	"torch.pad":          {"", "", "padding_mode"},

	"torch._native_multi_head_attention": {"", "", "", "", "num_heads"},
}

// defaults are what arguments are that are not written.
var defaults = map[string]map[string]any{
	"torch.max_pool2d": {"padding": int64(0), "dilation": int64(1), "ceil_mode": false},
	"torch.avg_pool2d": {"padding": int64(0), "ceil_mode": false, "count_include_pad": true},
}

// attributesIn reads the constants of a class: those that it declares, as scripted ones do, and
// else those of its calls, as in traced ones.
func attributesIn(text string) map[string]any {
	out := make(map[string]any)
	for line := range strings.Lines(text) {
		name, rest, ok := strings.Cut(strings.TrimSpace(line), " : Final[")
		if !ok {
			continue
		}
		if _, value, ok := strings.Cut(rest, "] = "); ok {
			if v, ok := constant(value); ok {
				out[name] = v
			}
		}
	}
	declared := len(out) > 0
	for function, places := range argumentsOf {
		at := strings.Index(text, function+"(")
		if at < 0 || declared && function != "torch.pad" {
			continue
		}
		for name, v := range defaults[function] {
			out[name] = v
		}
		for i, argument := range arguments(text[at+len(function)+1:]) {
			if i >= len(places) || places[i] == "" {
				continue
			}
			if v, ok := constant(argument); ok && v != "constant" { // of zeros, as Conv2dSame does
				out[places[i]] = v
			}
		}
	}
	if gelu := strings.Index(text, "torch.gelu("); gelu >= 0 && !declared {
		for _, argument := range arguments(text[gelu+len("torch.gelu("):]) {
			if value, ok := strings.CutPrefix(argument, "approximate="); ok {
				if v, ok := constant(value); ok {
					out["approximate"] = v
				}
			}
		}
	}
	return out
}

// arguments cuts the arguments of a call, whose text begins behind its parenthesis, at the commas
// between them.
func arguments(text string) (out []string) {
	const most = 32
	depth, from := 0, 0
	quoted := false
	for i := 0; i < len(text) && len(out) < most; i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(' || c == '[':
			depth++
		case c == ')' && depth == 0:
			return append(out, strings.TrimSpace(text[from:i]))
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			out = append(out, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	return out
}

// constant reads a number, a truth, a text or a list of those.
func constant(text string) (any, bool) {
	text = strings.TrimSpace(text)
	switch text {
	case "True":
		return true, true
	case "False":
		return false, true
	case "":
		return nil, false
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	if x, err := strconv.ParseFloat(text, 64); err == nil {
		return x, true
	}
	if s, err := strconv.Unquote(text); err == nil && text[0] == '"' {
		return s, true
	}
	last := text[len(text)-1]
	if len(text) < 2 || !(text[0] == '[' && last == ']' || text[0] == '(' && last == ')') {
		return nil, false
	}
	list := []any{}
	for item := range strings.SplitSeq(text[1:len(text)-1], ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		n, err := strconv.ParseInt(item, 10, 64)
		if err != nil {
			return nil, false
		}
		list = append(list, n)
	}
	return list, true
}

// activations are functions by the classes of layers that do the same; others are refused by their
// own names, since no family calls them.
var activations = map[string]string{
	"relu": "ReLU", "relu6": "ReLU6", "silu": "SiLU", "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "sigmoid": "Sigmoid", "gelu": "GELU", "tanh": "Tanh",
	"leaky_relu": "", "prelu": "", "elu": "", "selu": "", "celu": "", "mish": "", "softplus": "", "softsign": "", "threshold": "", "glu": "", "rrelu": "",
	"log_sigmoid": "", "logsigmoid": "", "hardshrink": "", "softshrink": "", "tanhshrink": "", "adaptive_max_pool2d": "", "avg_pool2d": "", "max_pool2d": "", "_max_pool2d": "",
	"upsample": "", "interpolate": "", "pixel_shuffle": "", "lp_pool2d": "", "fractional_max_pool2d": "", "instance_norm": "", "local_response_norm": "", "normalize": "",
}

// callsIn are the activations and poolings that a class calls by itself, by the classes of layers
// that do the same.
func callsIn(text string) (names []string) {
	seen := make(map[string]bool)
	for _, before := range []string{"torch.", "functional."} {
		for rest := text; ; {
			at := strings.Index(rest, before)
			if at < 0 {
				break
			}
			rest = rest[at+len(before):]
			end := strings.IndexFunc(rest, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') && (r < '0' || r > '9') })
			if end < 0 {
				end = len(rest)
			}
			function := rest[:end]
			class, ok := activations[function]
			if !ok {
				function = strings.TrimSuffix(function, "_")
				class, ok = activations[function]
			}
			if !ok {
				continue
			}
			if class == "" {
				class = function
			}
			if !seen[class] {
				seen[class] = true
				names = append(names, class)
			}
		}
	}
	return names
}
