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
	file   string
	out    *Checkpoint
	names  map[string]bool
	visits int
	path   map[any]bool // objects that are being walked through, to notice cycles
}

const (
	maxDepth  = 64
	maxVisits = 4 << 20
	maxName   = 4 << 10
)

var errMaze = errors.New("its objects are nested or shared in a way that no checkpoint's are")

func newFinder(file string, out *Checkpoint) *finder {
	return &finder{file: file, out: out, names: make(map[string]bool), path: make(map[any]bool)}
}

// enter counts a visit, and refuses cycles, great depth and endless sharing. What it returns leaves again.
func (f *finder) enter(v any) (leave func(), err error) {
	f.visits++
	if f.visits > maxVisits || len(f.path) >= maxDepth {
		return nil, errMaze
	}
	switch v.(type) {
	case *pickle.Dict, *pickle.List, *pickle.Object:
		if f.path[v] {
			return nil, errMaze
		}
		f.path[v] = true
		return func() { delete(f.path, v) }, nil
	case pickle.Tuple:
		// Tuples have no identity in Go; a key of its own keeps the count of depth.
		key := new(byte)
		f.path[key] = true
		return func() { delete(f.path, key) }, nil
	}
	return func() {}, nil
}

// wrappers are the keys under which training scripts keep the weights, in order of preference.
var wrappers = []string{"state_dict", "model", "model_state_dict", "network", "net", "ema"}

// root finds the weights in what was saved, takes them, and keeps the rest as Meta.
func (f *finder) root(v any) error {
	for range maxDepth {
		d, ok := asDict(v)
		if !ok {
			break
		}
		inner := -1
		for _, key := range wrappers {
			if i := indexOf(d, key); i >= 0 && inner < 0 {
				has, err := f.holdsTensors(d.Values[i])
				if err != nil {
					return err
				}
				if has {
					inner = i
				}
			}
		}
		if err := f.meta(d, inner); err != nil {
			return err
		}
		if inner < 0 {
			break
		}
		v = d.Values[inner]
	}
	return f.collect("", v)
}

func indexOf(d *pickle.Dict, key string) int {
	for i, k := range d.Keys {
		if k == key {
			return i
		}
	}
	return -1
}

// holdsTensors tells whether a module or a dict with a tensor in it lies here. A lone tensor isn't enough.
func (f *finder) holdsTensors(v any) (bool, error) {
	leave, err := f.enter(v)
	if err != nil {
		return false, err
	}
	defer leave()
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
func (f *finder) meta(d *pickle.Dict, except int) error {
	for i, k := range d.Keys {
		name, ok := k.(string)
		if !ok || i == except {
			continue
		}
		if _, ok := f.out.Meta[name]; ok {
			continue
		}
		v, ok, err := f.plain(d.Values[i])
		if err != nil {
			return err
		}
		if ok {
			f.out.Meta[name] = v
		}
	}
	return nil
}

// plain converts what JSON could hold too: nil, bool, int64, float64, string, []any and map[string]any.
// Names of classes and functions become strings. ok is false for the rest; inside a list it becomes nil.
func (f *finder) plain(v any) (_ any, ok bool, err error) {
	leave, err := f.enter(v)
	if err != nil {
		return nil, false, err
	}
	defer leave()
	list := func(items []any) (any, bool, error) {
		out := make([]any, len(items))
		for i := range items {
			if out[i], _, err = f.plain(items[i]); err != nil {
				return nil, false, err
			}
		}
		return out, true, nil
	}
	switch v := v.(type) {
	case nil, bool, int64, float64, string:
		return v, true, nil
	case *big.Int:
		return v.String(), true, nil
	case pickle.Global:
		return v.String(), true, nil
	case pickle.Tuple:
		return list(v)
	case *pickle.List:
		return list(v.Items)
	}
	if isTensor(v) {
		return nil, false, nil
	}
	if o, isObject := v.(*pickle.Object); isObject {
		if x, isScalar := numpyScalar(o); isScalar {
			return x, true, nil
		}
		switch {
		case o.Class == pickle.Global{Module: "torch", Name: "Size"} && len(o.Args) == 1,
			o.Class.Module == "torch.jit._pickle" && len(o.Args) > 0:
			return f.plain(o.Args[0])
		case strings.HasPrefix(o.Class.Module, "pathlib"):
			parts := make([]string, 0, len(o.Args))
			for _, p := range o.Args {
				if s, isString := p.(string); isString {
					parts = append(parts, s)
				}
			}
			return strings.ReplaceAll(strings.Join(parts, "/"), "//", "/"), true, nil
		case o.Class == pickle.Global{Module: "argparse", Name: "Namespace"}:
			v, err = o.State, nil
		}
	}
	d, isDict := asDict(v)
	if !isDict {
		return nil, false, nil
	}
	out := make(map[string]any, d.Len())
	for i, k := range d.Keys {
		name, isName := keyName(k)
		if !isName {
			continue
		}
		x, ok, err := f.plain(d.Values[i])
		if err != nil {
			return nil, false, err
		}
		if ok {
			out[name] = x
		}
	}
	return out, true, nil
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
	leave, err := f.enter(v)
	if err != nil {
		return err
	}
	defer leave()

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

// module takes a pickled module's parameters, buffers and submodules, in the order of PyTorch's state_dict.
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
		v, ok, err := f.plain(v)
		if err != nil {
			return err
		}
		if ok {
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
