package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

// isTensor recognises the records of tensors and arrays, without looking whether they are sound.
func isTensor(v any) bool {
	o, ok := v.(*pickle.Object)
	if !ok {
		return false
	}
	switch o.Class.Module {
	case "torch._utils":
		return strings.HasPrefix(o.Class.Name, "_rebuild_")
	case "torch._tensor":
		return strings.HasPrefix(o.Class.Name, "_rebuild_from_type")
	case "torch.nn.parameter":
		return len(o.Args) > 0
	}
	return isArray(o)
}

// tensor reads the record of a PyTorch tensor or a numpy array. It returns nil for anything else.
// For an array of objects it returns them, and a tensor of which only Dims mean anything.
func (f *finder) tensor(v any) (t *Tensor, objects []any, err error) {
	for range maxDepth { // a parameter of a tensor of a subclass …
		o, ok := v.(*pickle.Object)
		if !ok || !isTensor(o) {
			if _, ok := v.(*storage); ok {
				return nil, nil, nil // a storage saved by itself, as old optimisers do
			}
			return nil, nil, nil
		}
		if isArray(o) {
			return array(o)
		}
		switch o.Class.Name {
		case "_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_tensor_v3":
			t, err := rebuild(o)
			return t, nil, err
		case "_rebuild_parameter", "_rebuild_parameter_with_state", "Parameter", "Buffer":
			if len(o.Args) == 0 {
				return nil, nil, fmt.Errorf("%v without a tensor", o.Class)
			}
			v = o.Args[0]
		case "_rebuild_from_type", "_rebuild_from_type_v2":
			// (function, type, arguments, state)
			if len(o.Args) < 3 {
				return nil, nil, fmt.Errorf("%v with %d arguments", o.Class, len(o.Args))
			}
			fn, ok1 := o.Args[0].(pickle.Global)
			args, ok2 := o.Args[2].(pickle.Tuple)
			if !ok1 || !ok2 || fn.Module != "torch._utils" {
				return nil, nil, fmt.Errorf("%v of something unknown", o.Class)
			}
			v = &pickle.Object{Class: fn, Args: args}
		default:
			return &Tensor{refused: fmt.Errorf("it is not a plain tensor (%v); convert it to a dense float tensor in PyTorch and save it again", o.Class)}, nil, nil
		}
	}
	return nil, nil, errMaze
}

// rebuild reads the arguments (storage, offset, size, stride, …) of PyTorch's functions that make a
// tensor.
func rebuild(o *pickle.Object) (*Tensor, error) {
	if len(o.Args) < 4 {
		return nil, fmt.Errorf("%v with %d arguments", o.Class, len(o.Args))
	}
	s, ok := o.Args[0].(*storage)
	if !ok {
		if inner, ok := o.Args[0].(*pickle.Object); ok && inner.Class.Name == "_load_from_bytes" {
			return &Tensor{refused: errors.New("its storage was saved by pickle.dump, not torch.save; load it in PyTorch and save it with torch.save")}, nil
		}
		return nil, fmt.Errorf("its storage is a %T", o.Args[0])
	}
	offset, ok := o.Args[1].(int64)
	if !ok {
		return nil, fmt.Errorf("its offset is a %T", o.Args[1])
	}
	dims, err := ints(o.Args[2])
	if err != nil {
		return nil, fmt.Errorf("its size: %w", err)
	}
	strides, err := ints(o.Args[3])
	if err != nil {
		return nil, fmt.Errorf("its stride: %w", err)
	}
	t := &Tensor{DType: s.dtype, Dims: make([]int, len(dims)), data: s.data, offset: offset, strides: strides, order: s.order}
	for i, d := range dims {
		t.Dims[i] = int(d)
	}
	if o.Class.Name == "_rebuild_tensor_v3" {
		if len(o.Args) < 7 {
			return nil, fmt.Errorf("%v with %d arguments", o.Class, len(o.Args))
		}
		g, _ := o.Args[6].(pickle.Global)
		d, ok := dtypeNamed(g.Name)
		if !ok || g.Module != "torch" {
			return nil, fmt.Errorf("its type %v isn't known", o.Args[6])
		}
		t.DType = d
	}
	return t, t.check()
}

// ints reads a tuple or list of ints, or a torch.Size of them.
func ints(v any) ([]int64, error) {
	var items []any
	switch v := v.(type) {
	case pickle.Tuple:
		items = v
	case *pickle.List:
		items = v.Items
	case *pickle.Object:
		if v.Class == (pickle.Global{Module: "torch", Name: "Size"}) && len(v.Args) == 1 {
			if t, ok := v.Args[0].(pickle.Tuple); ok {
				items = t
				break
			}
		}
		return nil, fmt.Errorf("it is a %v", v.Class)
	default:
		return nil, fmt.Errorf("it is a %T", v)
	}
	if len(items) > maxRank {
		return nil, fmt.Errorf("%d axes; at most %d are expected", len(items), maxRank)
	}
	out := make([]int64, len(items))
	for i, x := range items {
		n, ok := x.(int64)
		if !ok {
			return nil, fmt.Errorf("an item is a %T", x)
		}
		out[i] = n
	}
	return out, nil
}

var storageTypes = map[string]DType{
	"DoubleStorage": Float64, "FloatStorage": Float32, "HalfStorage": Float16, "BFloat16Storage": BFloat16,
	"LongStorage": Int64, "IntStorage": Int32, "ShortStorage": Int16, "CharStorage": Int8, "ByteStorage": UInt8, "BoolStorage": Bool,
	"ComplexFloatStorage": Complex64, "ComplexDoubleStorage": Complex128,
	"QInt8Storage": QInt8, "QUInt8Storage": QUInt8, "QInt32Storage": QInt32,
	"UntypedStorage": untyped, "_UntypedStorage": untyped,
}

// reference is a persistent id that stands for a storage: ('storage', type, key, location, number
// of elements).
type reference struct {
	dtype DType
	key   string
	numel int64
	rest  pickle.Tuple
}

func parseReference(id any) (*reference, error) {
	t, ok := id.(pickle.Tuple)
	if !ok || len(t) < 5 || t[0] != "storage" {
		return nil, errors.New("a reference to something other than a storage")
	}
	class, ok := t[1].(pickle.Global)
	if !ok || class.Module != "torch" && !strings.HasPrefix(class.Module, "torch.") {
		return nil, fmt.Errorf("a storage whose type is %v", t[1])
	}
	d, ok := storageTypes[class.Name]
	if !ok {
		return nil, fmt.Errorf("a storage of the type %s, which isn't known here", clip(class.String()))
	}
	r := &reference{dtype: d, rest: t[5:]}
	switch key := t[2].(type) {
	case string:
		r.key = key
	case int64:
		r.key = fmt.Sprint(key)
	default:
		return nil, fmt.Errorf("a storage whose key is a %T", key)
	}
	if r.numel, ok = t[4].(int64); !ok || r.numel < 0 || r.numel > 1<<48 {
		return nil, fmt.Errorf("storage %q: %v elements", clip(r.key), t[4])
	}
	return r, nil
}

func (r *reference) bytes() int64 { return r.numel * int64(r.dtype.Size()) }

var littleEndian binary.ByteOrder = binary.LittleEndian
