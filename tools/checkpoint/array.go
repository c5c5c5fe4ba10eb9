package checkpoint

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

// isArray recognises the record of a pickled numpy array.
func isArray(o *pickle.Object) bool {
	switch o.Class.Module {
	case "numpy.core.multiarray", "numpy._core.multiarray":
		return o.Class.Name == "_reconstruct"
	case "numpy.core.numeric", "numpy._core.numeric":
		return o.Class.Name == "_frombuffer"
	}
	return false
}

// array reads a pickled numpy array. For an array of objects it returns them, and of the tensor
// only Dims mean anything.
func array(o *pickle.Object) (t *Tensor, objects []any, err error) {
	var shape, kind, data any
	fortran := false
	if o.Class.Name == "_frombuffer" {
		// (buffer, dtype, shape, order)
		if len(o.Args) != 4 {
			return nil, nil, fmt.Errorf("%v with %d arguments", o.Class, len(o.Args))
		}
		data, kind, shape = o.Args[0], o.Args[1], o.Args[2]
		fortran = o.Args[3] == "F"
	} else {
		// The state is (version, shape, dtype, in Fortran's order, data), of old without the
		// version.
		state, ok := o.State.(pickle.Tuple)
		if ok && len(state) == 5 {
			state = state[1:]
		}
		if !ok || len(state) != 4 {
			return nil, nil, errors.New("a numpy array without its state")
		}
		shape, kind, data = state[0], state[1], state[3]
		switch order := state[2].(type) {
		case bool:
			fortran = order
		case int64:
			fortran = order != 0
		}
	}
	dims, err := ints(shape)
	if err != nil {
		return nil, nil, fmt.Errorf("its shape: %w", err)
	}
	d, order, isObject, err := numpyType(kind)
	if err != nil {
		return nil, nil, err
	}
	t = newArray(dims, d, order, fortran)
	if isObject {
		list, ok := data.(*pickle.List)
		if !ok {
			return nil, nil, fmt.Errorf("an array of objects in a %T", data)
		}
		return t, append([]any{}, list.Items...), nil
	}
	if t.data, err = bytesOf(data); err != nil {
		return nil, nil, err
	}
	if l, ok := t.data.(latin1); ok {
		// The characters have one or two bytes each; how many there are shows on reading.
		l.n = wholeBytes(dims, d)
		if l.n > l.text.n {
			return nil, nil, fmt.Errorf("dims %v of %v take %d bytes, and it has at most %d", dims, d, l.n, l.text.n)
		}
		t.data = l
	}
	return t, nil, t.check()
}

// newArray lays a tensor's elements out in either order.
func newArray(dims []int64, d DType, order binary.ByteOrder, fortran bool) *Tensor {
	t := &Tensor{DType: d, Dims: make([]int, len(dims)), order: order}
	for i, n := range dims {
		t.Dims[i] = int(n)
	}
	t.strides = rowMajor(t.Dims)
	if fortran {
		n := int64(1)
		for i, d := range t.Dims {
			t.strides[i] = n
			n *= int64(max(d, 1))
		}
	}
	return t
}

// wholeBytes is how many bytes an array takes, or a number beyond any file's where that overflows.
func wholeBytes(dims []int64, d DType) int64 {
	if slices.Contains(dims, 0) {
		return 0
	}
	const most = math.MaxInt64 / 32
	n := int64(1)
	for _, dim := range dims {
		if dim < 0 || n > most/dim {
			return math.MaxInt64
		}
		n *= dim
	}
	return n * int64(d.Size())
}

// bytesOf finds the bytes of a bytes object, in the ways that the protocols write one.
func bytesOf(v any) (store, error) {
	inline := func(b []byte) (store, error) { return section{bytes.NewReader(b), 0, int64(len(b))}, nil }
	switch v := v.(type) {
	case pickle.Bytes:
		return inline(v)
	case string: // of Python 2
		return inline([]byte(v))
	case *pickle.Span:
		return section{v.R, v.Off, v.N}, nil
	case *pickle.Object:
		switch {
		case v.Class == pickle.Global{Module: "_codecs", Name: "encode"} && len(v.Args) == 2:
			// bytes in protocol 2: text to be encoded as Latin-1
			switch text := v.Args[0].(type) {
			case string:
				b := make([]byte, 0, len(text))
				for _, c := range text {
					if c > math.MaxUint8 {
						return nil, errors.New("bytes kept as text hold a character beyond Latin-1")
					}
					b = append(b, byte(c))
				}
				return inline(b)
			case *pickle.Span:
				return latin1{text: section{text.R, text.Off, text.N}}, nil
			}
		case (v.Class.Name == "bytes" || v.Class.Name == "bytearray") && len(v.Args) == 0:
			return inline(nil)
		case v.Class.Name == "bytearray" && len(v.Args) == 1:
			if inner, ok := v.Args[0].(*pickle.Object); !ok || inner.Class.Name == "encode" {
				return bytesOf(v.Args[0])
			}
		}
	}
	return nil, fmt.Errorf("its data is a %T", v)
}

// numpyType reads numpy.dtype('f4', …), with its byte order in the state.
func numpyType(v any) (d DType, order binary.ByteOrder, isObject bool, err error) {
	o, ok := v.(*pickle.Object)
	if !ok || o.Class != (pickle.Global{Module: "numpy", Name: "dtype"}) || len(o.Args) == 0 {
		return 0, nil, false, fmt.Errorf("its type is %v, not a numpy.dtype", describe(v))
	}
	var descr string
	switch arg := o.Args[0].(type) {
	case string:
		descr = arg
	case pickle.Global: // ml_dtypes.bfloat16 and its kind
		if d, ok := dtypeNamed(arg.Name); ok {
			return d, littleEndian, false, nil
		}
		return 0, nil, false, fmt.Errorf("its type is %v, which isn't known here", arg)
	}
	if state, ok := o.State.(pickle.Tuple); ok && len(state) > 1 {
		if prefix, ok := state[1].(string); ok && len(prefix) == 1 {
			descr = prefix + strings.TrimLeft(descr, "<>=|")
		}
	}
	return parseDescr(descr)
}

// parseDescr reads numpy's short name of a type: byte order, kind and bytes, such as <f4.
func parseDescr(s string) (d DType, order binary.ByteOrder, isObject bool, err error) {
	order = binary.LittleEndian
	rest := s
	if rest != "" {
		switch rest[0] {
		case '>':
			order = binary.BigEndian
			rest = rest[1:]
		case '<', '=', '|':
			rest = rest[1:]
		}
	}
	switch rest {
	case "f8":
		d = Float64
	case "f4":
		d = Float32
	case "f2":
		d = Float16
	case "i8":
		d = Int64
	case "i4":
		d = Int32
	case "i2":
		d = Int16
	case "i1":
		d = Int8
	case "u8":
		d = UInt64
	case "u4":
		d = UInt32
	case "u2":
		d = UInt16
	case "u1":
		d = UInt8
	case "b1", "?":
		d = Bool
	case "c8":
		d = Complex64
	case "c16":
		d = Complex128
	case "O", "O8", "O4":
		return 0, order, true, nil
	default:
		return 0, nil, false, fmt.Errorf("its type is numpy's %q, which isn't numbers that are known here; save it as float32", clip(s))
	}
	return d, order, false, nil
}

// numpyScalar reads a number that numpy has pickled.
func numpyScalar(o *pickle.Object) (any, bool) {
	if !strings.HasSuffix(o.Class.Module, "core.multiarray") || o.Class.Name != "scalar" || len(o.Args) != 2 {
		return nil, false
	}
	d, order, isObject, err := numpyType(o.Args[0])
	if err != nil || isObject || !d.real() {
		return nil, false
	}
	s, err := bytesOf(o.Args[1])
	if err != nil {
		return nil, false
	}
	if l, ok := s.(latin1); ok {
		s = l.text // too long for a number
	}
	b, err := readAll(s, 16)
	if err != nil || len(b) != d.Size() {
		return nil, false
	}
	switch d {
	case Float64:
		return math.Float64frombits(order.Uint64(b)), true
	case Int64:
		return int64(order.Uint64(b)), true
	case UInt64:
		return strconv.FormatUint(order.Uint64(b), 10), true
	case Bool:
		return b[0] != 0, true
	}
	var v [1]float32
	d.ToFloats(v[:], b, order)
	switch d {
	case Int32:
		return int64(int32(order.Uint32(b))), true
	case UInt32:
		return int64(order.Uint32(b)), true
	case Int16, Int8, UInt16, UInt8:
		return int64(v[0]), true
	}
	return float64(v[0]), true
}

// describe names what a value is, for a message.
func describe(v any) string {
	switch v := v.(type) {
	case *pickle.Object:
		return clip(v.Class.String())
	case pickle.Global:
		return clip(v.String())
	}
	return fmt.Sprintf("a %T", v)
}
