package pack

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// Tensor is one named tensor of a pack.
type Tensor struct {
	Name  string
	DType DType
	// Dims are the lengths of the axes, outermost first. A scalar has none.
	Dims []int
	// Data holds the elements in row-major order, little endian. After [Read] it may alias the
	// file.
	Data []byte
	// Scale has, for I8, one finite, non-negative factor for each slice along axis 0, so that a
	// weight is about q × Scale[i]. It is nil for the other types.
	Scale []float32
}

// Encode stores w, in row-major order with the given dims, as elements of type d.
//
//   - F32 keeps every bit.
//   - F16 rounds to nearest, ties to even; magnitudes from 65520 on become infinite.
//   - I8 quantises each slice along axis 0 symmetrically: scale = max|w| / 127, q = w / scale
//     rounded to nearest, ties to even. A slice of zeros has scale 0. A tensor with fewer than two
//     axes (a bias, the factors of a normalisation) stays F32: it is small, and its single elements
//     have no slice to share a scale with.
//
// Encode panics if the product of dims isn't len(w), or if w has a NaN or an infinity that I8 can't
// hold.
func Encode(name string, dims []int, w []float32, d DType) *Tensor {
	n := 1
	for _, dim := range dims {
		if dim < 1 {
			panic(fmt.Sprintf("pack: Encode %s: dimension %d of %v", name, dim, dims))
		}
		n *= dim
	}
	if n != len(w) {
		panic(fmt.Sprintf("pack: Encode %s: %d elements for dims %v", name, len(w), dims))
	}
	if d == I8 && len(dims) < 2 {
		d = F32
	}
	t := &Tensor{Name: name, DType: d, Dims: append([]int{}, dims...)}
	switch d {
	case F32:
		t.Data = make([]byte, 4*n)
		for i, v := range w {
			binary.LittleEndian.PutUint32(t.Data[4*i:], math.Float32bits(v))
		}
	case F16:
		t.Data = make([]byte, 2*n)
		for i, v := range w {
			binary.LittleEndian.PutUint16(t.Data[2*i:], halfFromFloat(v))
		}
	case I8:
		for _, v := range w {
			if v-v != 0 {
				panic(fmt.Sprintf("pack: Encode %s: %v can't be quantised", name, v))
			}
		}
		t.Data = make([]byte, n)
		t.Scale = make([]float32, dims[0])
		row := n / dims[0]
		var next atomic.Int64
		var all sync.WaitGroup
		for range min(runtime.GOMAXPROCS(0), dims[0]) {
			all.Go(func() {
				var room rounding
				for i := next.Add(1) - 1; i < int64(dims[0]); i = next.Add(1) - 1 {
					from, to := int(i)*row, int(i+1)*row
					t.Scale[i] = room.quantise(t.Data[from:to], w[from:to])
				}
			})
		}
		all.Wait()
	default:
		panic(fmt.Sprintf("pack: Encode %s: %v", name, d))
	}
	return t
}

// littleEndian says whether floats lie in memory as they lie in a pack.
var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1

// Keep makes an F32 tensor of w that holds w itself where it can, not a copy: the layers of a VGG
// are half a gigabyte. w must not be changed while it is in use.
func Keep(name string, dims []int, w []float32) *Tensor {
	if !littleEndian || len(w) == 0 {
		return Encode(name, dims, w, F32)
	}
	data := unsafe.Slice((*byte)(unsafe.Pointer(&w[0])), 4*len(w))
	return &Tensor{Name: name, DType: F32, Dims: append([]int{}, dims...), Data: data}
}

// View returns the elements for reading only, without a copy where it can.
func (t *Tensor) View() []float32 {
	n := t.Len()
	if littleEndian && t.DType == F32 && n > 0 && uintptr(unsafe.Pointer(&t.Data[0]))%4 == 0 {
		return unsafe.Slice((*float32)(unsafe.Pointer(&t.Data[0])), n)
	}
	w := make([]float32, n)
	t.Floats(w)
	return w
}

// rounding is room that quantise uses again for every row.
type rounding struct {
	errors     []float64 // of each weight, in steps
	candidates []candidate
}

// candidate is a weight that may be moved to the other step.
type candidate struct {
	index int
	rest  float64 // what it lies from its step towards the other, up to 0.5
}

// quantise writes q[i] ≈ w[i] / scale as int8 and returns the scale.
//
// Each weight first goes to the nearest step. Then those nearest to the middle between two steps
// are moved to the other one until the errors of the row add up to half a step at most: activations
// are mostly positive, so that an error of the sum shifts every output of the channel. On
// EfficientNet-Lite0 this takes four tenths off the error of the logits.
func (r *rounding) quantise(q []byte, w []float32) float32 {
	top := 0.0
	for _, v := range w {
		top = max(top, math.Abs(float64(v)))
	}
	scale := float32(top / 127)
	if scale == 0 {
		return 0 // q is zero already
	}
	shift := 0.0 // sum of the errors
	r.errors = slices.Grow(r.errors[:0], len(w))[:len(w)]
	for i, v := range w {
		exact := float64(v) / float64(scale)
		l := level(exact)
		q[i] = byte(l)
		r.errors[i] = exact - float64(l)
		shift += r.errors[i]
	}
	sign := math.Copysign(1, shift)
	// Few weights are moved, so that only those with the largest rests need to be put in order: the
	// histogram says from which rest on they are enough.
	const bins = 1 << 10
	bin := func(v float64) int { return min(int(v*2*bins), bins-1) }
	var count [bins]int
	movable := func(i int) (float64, bool) {
		to := int(int8(q[i])) + int(sign)
		v := sign * r.errors[i]
		return v, v > 0 && to <= 127 && to >= -127
	}
	for i := range w {
		if v, ok := movable(i); ok {
			count[bin(v)]++
		}
	}
	least, enough := bins, 0
	for least > 0 && float64(enough) <= math.Abs(shift) {
		least--
		enough += count[least]
	}
	r.candidates = r.candidates[:0]
	for i := range w {
		if v, ok := movable(i); ok && bin(v) >= least {
			r.candidates = append(r.candidates, candidate{i, v})
		}
	}
	slices.SortFunc(r.candidates, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.rest, a.rest), cmp.Compare(a.index, b.index))
	})
	for _, c := range r.candidates {
		if math.Abs(shift) <= 0.5 {
			break
		}
		q[c.index] = byte(int8(q[c.index]) + int8(sign))
		shift -= sign
	}
	return scale
}

// level is the int8 nearest to a weight over its scale. A scale among the subnormals is coarse, and
// may be small enough for the quotient to pass 127.
func level(steps float64) int8 {
	return int8(min(max(math.RoundToEven(steps), -127), 127))
}

// Len is the number of elements.
func (t *Tensor) Len() int { return len(t.Data) / t.DType.size() }

// Floats writes all elements, dequantised, to dst, whose length must be t.Len().
func (t *Tensor) Floats(dst []float32) {
	if len(dst) != t.Len() {
		panic(fmt.Sprintf("pack: Floats of %s: %d places for %d elements", t.Name, len(dst), t.Len()))
	}
	if t.DType != I8 {
		t.decode(0, dst)
		return
	}
	row := t.rowLen()
	for i := range t.Scale {
		t.decode(i*row, dst[i*row:(i+1)*row])
	}
}

// Row writes slice i along axis 0, dequantised, to dst, whose length must be t.Len() / t.Dims[0]. A
// scalar is its own row 0.
func (t *Tensor) Row(i int, dst []float32) {
	row := t.rowLen()
	if len(dst) != row {
		panic(fmt.Sprintf("pack: Row of %s: %d places for %d elements", t.Name, len(dst), row))
	}
	if i < 0 || i >= t.Len()/row {
		panic(fmt.Sprintf("pack: Row of %s: row %d of %d", t.Name, i, t.Len()/row))
	}
	t.decode(i*row, dst)
}

// rowLen is the number of elements of a slice along axis 0.
func (t *Tensor) rowLen() int {
	if len(t.Dims) == 0 {
		return 1
	}
	return t.Len() / t.Dims[0]
}

// decode writes elements from, from+1, … to dst. For I8 they must lie in one slice along axis 0.
func (t *Tensor) decode(from int, dst []float32) {
	size := t.DType.size()
	src := t.Data[from*size : (from+len(dst))*size]
	switch t.DType {
	case F32:
		for i := range dst {
			dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
		}
	case F16:
		for i := range dst {
			dst[i] = floatFromHalf(binary.LittleEndian.Uint16(src[2*i:]))
		}
	case I8:
		dequantise(dst, src, t.Scale[from/t.rowLen()])
	}
}

// dequantisePortable writes dst[i] = src[i] · scale, for signed bytes.
func dequantisePortable(dst []float32, src []byte, scale float32) {
	for i, q := range src {
		dst[i] = float32(int8(q)) * scale
	}
}
