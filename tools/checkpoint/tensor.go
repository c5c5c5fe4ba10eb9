package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Tensor is one named tensor of a checkpoint. Its elements stay in the file until they are asked
// for.
type Tensor struct {
	Name  string
	DType DType
	// Dims are the lengths of the axes, outermost first. A scalar has none; a length may be 0.
	Dims []int

	file    string  // for errors
	data    store   // of the whole storage, which other tensors may share
	offset  int64   // of the first element, in elements
	strides []int64 // in elements, none negative
	order   binary.ByteOrder
	refused error // why its elements can't be had, or nil
}

const (
	maxRank = 32
	// A tensor that repeats elements of its storage, by strides of 0 or overlapping ones, may be
	// larger than the storage, but not beyond this number of elements unless the storage is too.
	maxRepeated = 1 << 20
)

// Len is the number of elements.
func (t *Tensor) Len() int {
	n := 1
	for _, d := range t.Dims {
		n *= d
	}
	return n
}

// rowMajor gives the strides of elements that lie one after another.
func rowMajor(dims []int) []int64 {
	strides := make([]int64, len(dims))
	n := int64(1)
	for i := len(dims) - 1; i >= 0; i-- {
		strides[i] = n
		n *= int64(max(dims[i], 1))
	}
	return strides
}

// check compares dims, strides and offset with the storage, so that Len can't overflow and every
// element lies within.
func (t *Tensor) check() error {
	if len(t.Dims) > maxRank {
		return fmt.Errorf("%d axes; at most %d are expected", len(t.Dims), maxRank)
	}
	if len(t.strides) != len(t.Dims) {
		return fmt.Errorf("%d strides for %d axes", len(t.strides), len(t.Dims))
	}
	if t.data == nil {
		return errElsewhere
	}
	if t.offset < 0 {
		return fmt.Errorf("it begins at element %d", t.offset)
	}
	const most = 1 << 48 // beyond any file; keeps the sums below from overflowing
	has := t.data.size() / int64(t.DType.Size())
	n, last := int64(1), t.offset
	if last > most {
		return fmt.Errorf("it begins at element %d of %d", t.offset, has)
	}
	empty := slices.Contains(t.Dims, 0)
	for i, d := range t.Dims {
		stride := t.strides[i]
		switch {
		case d < 0 || stride < 0:
			return fmt.Errorf("dims %v with strides %v: none may be negative", t.Dims, t.strides)
		case empty:
			if int64(d) > most {
				return fmt.Errorf("dims %v", t.Dims)
			}
			continue
		case int64(d) > most/n:
			return fmt.Errorf("dims %v are more elements than any file holds", t.Dims)
		case stride > most:
			return fmt.Errorf("strides %v reach past the storage's %d elements", t.strides, has)
		case d > 1 && stride > 0 && int64(d-1) > most/stride:
			return fmt.Errorf("dims %v with strides %v reach past the storage's %d elements", t.Dims, t.strides, has)
		}
		n *= int64(d)
		last += int64(d-1) * stride
	}
	if empty {
		return nil
	}
	if last >= has {
		return fmt.Errorf("dims %v with strides %v from element %d on need %d elements, and the storage has %d", t.Dims, t.strides, t.offset, last+1, has)
	}
	if n > max(has, maxRepeated) {
		return fmt.Errorf("dims %v with strides %v repeat the storage's %d elements %d times", t.Dims, t.strides, has, n/has)
	}
	return nil
}

// Floats reads the elements, in row-major order whatever their order in the file. Wider types are
// rounded to nearest; bool becomes 0 and 1. It takes memory for the result and about a megabyte;
// where the file has another order than row-major, for the elements once more.
//
// Errors name the file and the tensor: the elements may be complex, quantised or sparse, which are
// no plain numbers, or reading fails, or a checksum of the file doesn't hold.
func (t *Tensor) Floats() ([]float32, error) {
	if t.refused != nil {
		return nil, t.wrap(t.refused)
	}
	if !t.DType.real() {
		return nil, t.wrap(fmt.Errorf("its elements are %v, which are not plain numbers", t.DType))
	}
	n := t.Len()
	if n == 0 {
		return []float32{}, nil
	}
	if t.plain() {
		dst := make([]float32, n)
		if err := t.read(dst, t.offset); err != nil {
			return nil, t.wrap(err)
		}
		return dst, nil
	}
	span := int64(1)
	for i, d := range t.Dims {
		span += int64(d-1) * t.strides[i]
	}
	src := make([]float32, span)
	if err := t.read(src, t.offset); err != nil {
		return nil, t.wrap(err)
	}
	dst := make([]float32, 0, n)
	return gather(dst, src, t.Dims, t.strides), nil
}

func (t *Tensor) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: tensor %q: %w", t.file, clip(t.Name), err)
}

// plain tells whether the elements lie in row-major order without gaps.
func (t *Tensor) plain() bool {
	want := int64(1)
	for i := len(t.Dims) - 1; i >= 0; i-- {
		if t.Dims[i] != 1 && t.strides[i] != want {
			return false
		}
		want *= int64(t.Dims[i])
	}
	return true
}

// read converts consecutive elements of the storage, from element from on.
func (t *Tensor) read(dst []float32, from int64) error {
	size := t.DType.Size()
	r, err := t.data.open(from*int64(size), int64(len(dst))*int64(size))
	if err != nil {
		return err
	}
	defer r.Close()
	buf := make([]byte, min(len(dst)*size, 1<<20))
	for len(dst) > 0 {
		n := min(len(dst), len(buf)/size)
		if _, err := io.ReadFull(r, buf[:n*size]); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return errors.New("the file ends before its elements do; download it again")
			}
			return err
		}
		t.DType.ToFloats(dst[:n], buf, t.order)
		dst = dst[n:]
	}
	// An archive's member has its checksum compared when its end is reached.
	if _, err := r.Read(buf[:1]); err != nil && err != io.EOF {
		return fmt.Errorf("its bytes are damaged: %w; download the file again", err)
	}
	return nil
}

// gather appends the elements of src that dims and strides pick.
func gather(dst, src []float32, dims []int, strides []int64) []float32 {
	if len(dims) == 0 {
		return append(dst, src[0])
	}
	for i := range dims[0] {
		dst = gather(dst, src[int64(i)*strides[0]:], dims[1:], strides[1:])
	}
	return dst
}

// clip keeps a name from outside short enough for a message.
func clip(s string) string {
	if len(s) > 200 {
		return s[:200] + "…"
	}
	return s
}
