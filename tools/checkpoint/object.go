package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

// storage is what a persistent id of PyTorch's refers to.
type storage struct {
	dtype DType
	data  store
	order binary.ByteOrder
}

// finder looks for tensors in what a pickle holds.
type finder struct {
	file    string
	weights string // the key of the weights to take, where there are several
	out     *Checkpoint
	names   map[string]bool
	visits  int
	named   int // bytes of names so far
	depth   int
	path    map[any]bool // objects that are being walked through, to notice cycles
}

const (
	maxDepth  = 64
	maxVisits = 1 << 20 // of objects on the way to tensors
	maxPlain  = 1 << 16 // values in one entry of Meta; a larger one is left out
	maxName   = 4 << 10
	maxNames  = 64 << 20 // bytes of all names
)

var errMaze = errors.New("its objects are nested or shared in a way that no checkpoint's are")

func newFinder(file string, out *Checkpoint) *finder {
	return &finder{file: file, out: out, names: make(map[string]bool), path: make(map[any]bool)}
}

// enter counts a visit, and refuses cycles, great depth and endless sharing. leave must follow.
func (f *finder) enter(v any) error {
	f.visits++
	if f.visits > maxVisits || f.depth >= maxDepth {
		return errMaze
	}
	switch v.(type) {
	case *pickle.Dict, *pickle.List, *pickle.Object:
		if f.path[v] {
			return errMaze
		}
		f.path[v] = true
	}
	f.depth++
	return nil
}

func (f *finder) leave(v any) {
	switch v.(type) {
	case *pickle.Dict, *pickle.List, *pickle.Object:
		delete(f.path, v)
	}
	f.depth--
}

// wrappers are the keys under which training scripts keep the weights, in order of preference. The
// average of the weights over the training comes first: it is what timm's and torchvision's scripts
// are judged by.
var wrappers = []string{
	"state_dict_ema", "model_ema_state_dict", "ema_state_dict", "model_ema", "ema_model", "ema",
	"state_dict", "model", "model_state_dict", "network", "net", "weights", "teacher", "student",
}

// root finds the weights in what was saved, takes them, and keeps the rest as Meta.
func (f *finder) root(v any) error {
	if o, ok := v.(*pickle.Object); ok && isFastai(o.Class) {
		return errors.New(fastaiSays)
	}
	keys := wrappers
	if f.weights != "" {
		keys = []string{f.weights}
	}
	for range maxDepth {
		d, ok := asDict(v)
		if !ok {
			break
		}
		inner, found := -1, []string(nil)
		for _, key := range wrappersIn(d, keys) {
			i := indexOf(d, key)
			has, err := f.holdsTensors(d.Values[i])
			if err != nil {
				return err
			}
			if has {
				found = append(found, key)
				if inner < 0 {
					inner = i
				}
			}
		}
		f.meta(d, inner)
		if inner < 0 {
			break
		}
		if f.out.Weights = join(f.out.Weights, found[0]); f.weights != "" {
			f.weights, keys = "", wrappers
		}
		f.out.Others = append(f.out.Others, found[1:]...)
		v = d.Values[inner]
	}
	if f.weights != "" {
		return fmt.Errorf("it has no weights under %q", clip(f.weights))
	}
	return f.collect("", v)
}

// wrappersIn are the keys that a dict has.
func wrappersIn(d *pickle.Dict, keys []string) []string {
	var has []string
	for _, key := range keys {
		if indexOf(d, key) >= 0 {
			has = append(has, key)
		}
	}
	return has
}

func indexOf(d *pickle.Dict, key string) int {
	for i, k := range d.Keys {
		if k == key {
			return i
		}
	}
	return -1
}

// holdsTensors tells whether a module or a dict with a tensor in it lies here. A lone tensor isn't
// enough.
func (f *finder) holdsTensors(v any) (bool, error) {
	if err := f.enter(v); err != nil {
		return false, err
	}
	defer f.leave(v)
	if m, ok := asModule(v); ok {
		return m != nil, nil
	}
	d, ok := asDict(v)
	if !ok {
		return false, nil
	}
	for _, v := range d.Values {
		if isTensor(v) {
			return true, nil
		}
	}
	for _, v := range d.Values {
		if has, err := f.holdsTensors(v); has || err != nil {
			return has, err
		}
	}
	return false, nil
}

// meta keeps the plain values of d, but for the entry at index except, from outer levels first.
func (f *finder) meta(d *pickle.Dict, except int) {
	for i, k := range d.Keys {
		name, ok := k.(string)
		if !ok || i == except {
			continue
		}
		if _, ok := f.out.Meta[name]; ok {
			continue
		}
		if v, ok := toPlain(d.Values[i]); ok {
			f.out.Meta[name] = v
		}
	}
}

// toPlain converts what JSON could hold too: nil, bool, int64, float64, string, []any and
// map[string]any. Names of classes and functions become strings. ok is false for the rest, and for
// what is large, deep or in a cycle; inside a list the rest becomes nil.
func toPlain(v any) (_ any, ok bool) {
	p := &plain{left: maxPlain}
	v, ok = p.value(v, 0)
	return v, ok && p.left > 0
}

// plain is one conversion by toPlain.
type plain struct {
	left int // values
}

func (p *plain) list(items []any, depth int) (any, bool) {
	if len(items) > p.left {
		p.left = 0
		return nil, false
	}
	out := make([]any, len(items))
	for i := range items {
		out[i], _ = p.value(items[i], depth)
	}
	return out, true
}

func (p *plain) value(v any, depth int) (any, bool) {
	if p.left--; p.left <= 0 || depth > maxDepth/2 {
		p.left = 0
		return nil, false
	}
	depth++
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, true
	case *big.Int:
		return v.String(), true
	case pickle.Global:
		return v.String(), true
	case pickle.Tuple:
		return p.list(v, depth)
	case *pickle.List:
		return p.list(v.Items, depth)
	}
	if isTensor(v) {
		return nil, false
	}
	if o, ok := v.(*pickle.Object); ok {
		if x, ok := numpyScalar(o); ok {
			return x, true
		}
		switch {
		case o.Class == pickle.Global{Module: "torch", Name: "Size"} && len(o.Args) == 1,
			o.Class.Module == "torch.jit._pickle" && len(o.Args) > 0:
			return p.value(o.Args[0], depth)
		case strings.HasPrefix(o.Class.Module, "pathlib"):
			parts := make([]string, 0, len(o.Args))
			for _, part := range o.Args {
				if s, ok := part.(string); ok {
					parts = append(parts, s)
				}
			}
			return strings.ReplaceAll(strings.Join(parts, "/"), "//", "/"), true
		case o.Class == pickle.Global{Module: "argparse", Name: "Namespace"}:
			v = o.State
		}
	}
	d, ok := asDict(v)
	if !ok {
		return nil, false
	}
	out := make(map[string]any)
	for i, k := range d.Keys {
		if name, ok := keyName(k); ok {
			if x, ok := p.value(d.Values[i], depth); ok {
				out[name] = x
			}
		}
	}
	return out, len(out) > 0 || d.Len() == 0 // nothing is left of a dict of tensors
}

// keyName is how a dict's key appears in a dotted name.
func keyName(k any) (string, bool) {
	switch k := k.(type) {
	case string:
		return k, true
	case int64:
		return strconv.FormatInt(k, 10), true
	}
	return "", false
}

func join(prefix, name string) string {
	if prefix == "" {
		return name
	}
	return prefix + "." + name
}

// collect takes the tensors in v, each by its dotted name.
func (f *finder) collect(prefix string, v any) error {
	if len(prefix) > maxName {
		return fmt.Errorf("a tensor's name is longer than %d bytes", maxName)
	}
	if f.named += len(prefix); f.named > maxNames {
		return errMaze
	}
	if err := f.enter(v); err != nil {
		return err
	}
	defer f.leave(v)

	if t, items, err := f.tensor(v); err != nil {
		return fmt.Errorf("tensor %q: %w", clip(prefix), err)
	} else if items != nil {
		return f.collectObjects(prefix, t, items)
	} else if t != nil {
		return f.add(prefix, t)
	}
	if m, ok := asModule(v); ok {
		return f.module(prefix, m)
	}
	switch x := v.(type) {
	case *pickle.List:
		return f.collectList(prefix, x.Items)
	case pickle.Tuple:
		return f.collectList(prefix, x)
	}
	d, ok := asDict(v)
	if !ok {
		return nil
	}
	for i, k := range d.Keys {
		if name, ok := keyName(k); ok {
			if err := f.collect(join(prefix, name), d.Values[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *finder) collectList(prefix string, items []any) error {
	for i, v := range items {
		if err := f.collect(join(prefix, strconv.Itoa(i)), v); err != nil {
			return err
		}
	}
	return nil
}

// collectObjects walks through a numpy array of objects. A scalar of one is that one.
func (f *finder) collectObjects(prefix string, shape *Tensor, items []any) error {
	if len(shape.Dims) == 0 && len(items) == 1 {
		return f.collect(prefix, items[0])
	}
	return f.collectList(prefix, items)
}

func (f *finder) add(name string, t *Tensor) error {
	if name == "" {
		name = "tensor" // a tensor saved by itself
	}
	if f.names[name] {
		return fmt.Errorf("two tensors are named %q", clip(name))
	}
	f.names[name] = true
	t.Name, t.file = name, f.file
	f.out.Tensors = append(f.out.Tensors, t)
	return nil
}

// module takes a pickled module's parameters, buffers and submodules, in the order of PyTorch's
// state_dict.
func (f *finder) module(prefix string, o *pickle.Object) error {
	state, _ := asDict(o.State)
	m := &Module{Name: prefix, Class: o.Class.String(), Attributes: make(map[string]any)}
	f.out.Modules = append(f.out.Modules, m)
	scripted := isScripted(o)
	for i, k := range state.Keys {
		name, ok := k.(string)
		if !ok || strings.HasPrefix(name, "_") {
			continue
		}
		v := state.Values[i]
		if scripted {
			if _, ok := asModule(v); ok || isTensor(v) {
				continue
			}
		}
		if v, ok := toPlain(v); ok {
			m.Attributes[name] = v
		}
	}
	if scripted {
		for pass := range 2 { // tensors first, as state_dict has them
			for i, k := range state.Keys {
				name, ok := k.(string)
				if !ok || isTensor(state.Values[i]) != (pass == 0) {
					continue
				}
				if _, ok := asModule(state.Values[i]); !ok && pass == 1 {
					continue
				}
				if err := f.collect(join(prefix, name), state.Values[i]); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, part := range []string{"_parameters", "_buffers", "_modules"} {
		v, _ := state.Get(part)
		if v == nil {
			continue
		}
		d, ok := asDict(v)
		if !ok {
			return fmt.Errorf("module %q: its %s are a %T", clip(prefix), part, v)
		}
		for i, k := range d.Keys {
			name, ok := k.(string)
			if !ok {
				return fmt.Errorf("module %q: a key of its %s is a %T", clip(prefix), part, k)
			}
			if err := f.collect(join(prefix, name), d.Values[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// asModule recognises a pickled torch.nn.Module, or a scripted one.
func asModule(v any) (*pickle.Object, bool) {
	o, ok := v.(*pickle.Object)
	if !ok {
		return nil, false
	}
	state, ok := asDict(o.State)
	if !ok {
		return nil, false
	}
	_, parameters := state.Get("_parameters")
	_, modules := state.Get("_modules")
	return o, parameters && modules || isScripted(o)
}

func isScripted(o *pickle.Object) bool {
	return o.Class.Module == "__torch__" || strings.HasPrefix(o.Class.Module, "__torch__.")
}

// asDict sees a dict, or one of its subclasses, or what scripting made of one.
func asDict(v any) (*pickle.Dict, bool) {
	switch v := v.(type) {
	case *pickle.Dict:
		return v, true
	case *pickle.Object:
		if v.Class == (pickle.Global{Module: "torch.jit._pickle", Name: "restore_type_tag"}) && len(v.Args) > 0 {
			d, ok := v.Args[0].(*pickle.Dict)
			return d, ok
		}
		if v.Class.Module == "collections" && v.Items.Len() == 0 && len(v.Args) == 1 {
			return fromArgument(v.Args[0])
		}
		if v.Class.Module == "collections" && v.Class.Name != "deque" || v.Items.Len() > 0 {
			return &v.Items, true
		}
	}
	return nil, false
}

// fromArgument reads what OrderedDict and Counter may be made from: a dict, or a list of pairs.
func fromArgument(v any) (*pickle.Dict, bool) {
	switch v := v.(type) {
	case *pickle.Dict:
		return v, true
	case *pickle.List:
		d := new(pickle.Dict)
		for _, pair := range v.Items {
			var kv []any
			switch pair := pair.(type) {
			case pickle.Tuple:
				kv = pair
			case *pickle.List:
				kv = pair.Items
			}
			if len(kv) != 2 {
				return nil, false
			}
			d.Set(kv[0], kv[1])
		}
		return d, true
	case pickle.Global: // the factory of an empty defaultdict
		return new(pickle.Dict), true
	}
	return nil, false
}
