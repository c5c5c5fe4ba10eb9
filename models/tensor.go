package models

import (
	"encoding/binary"
	"unsafe"

	"homeroom/core/pack"
)

// littleEndian says whether floats lie in memory as they lie in a pack.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// float32Tensor makes a tensor of w, which it keeps where it can: the layers of
// VGG hold half a gigabyte, and a copy of each would double that.
func float32Tensor(name string, dims []int, w []float32) *pack.Tensor {
	if !littleEndian || len(w) == 0 {
		return pack.Encode(name, dims, w, pack.F32)
	}
	data := unsafe.Slice((*byte)(unsafe.Pointer(&w[0])), 4*len(w))
	return &pack.Tensor{Name: name, DType: pack.F32, Dims: append([]int(nil), dims...), Data: data}
}

// floatsOf returns the elements of a tensor, for reading only: without a copy
// where it can.
func floatsOf(t *pack.Tensor) []float32 {
	n := t.Len()
	if littleEndian && t.DType == pack.F32 && n > 0 && uintptr(unsafe.Pointer(&t.Data[0]))%4 == 0 {
		return unsafe.Slice((*float32)(unsafe.Pointer(&t.Data[0])), n)
	}
	w := make([]float32, n)
	t.Floats(w)
	return w
}
