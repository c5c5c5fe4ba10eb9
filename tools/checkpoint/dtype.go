package checkpoint

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// DType is the type of a tensor's elements in the file.
type DType uint8

// The types bear PyTorch's names.
const (
	Float32 DType = iota
	Float64
	Float16
	BFloat16
	Int64
	Int32
	Int16
	Int8
	UInt8
	UInt16
	UInt32
	UInt64
	Bool
	Float8E4M3FN   // 4 bits of exponent, 3 of fraction, no infinities
	Float8E5M2     // 5 and 2, as IEEE 754 would have it
	Float8E4M3FNUZ // no infinities, no negative zero, bias 8
	Float8E5M2FNUZ // no infinities, no negative zero, bias 16
	Complex32
	Complex64
	Complex128
	QInt8 // the last three are quantised, with their scales elsewhere
	QUInt8
	QInt32
	untyped // bytes of no type of their own: the tensor says
)

var dtypes = [...]struct {
	name string
	size int64
}{
	Float32:        {"float32", 4},
	Float64:        {"float64", 8},
	Float16:        {"float16", 2},
	BFloat16:       {"bfloat16", 2},
	Int64:          {"int64", 8},
	Int32:          {"int32", 4},
	Int16:          {"int16", 2},
	Int8:           {"int8", 1},
	UInt8:          {"uint8", 1},
	UInt16:         {"uint16", 2},
	UInt32:         {"uint32", 4},
	UInt64:         {"uint64", 8},
	Bool:           {"bool", 1},
	Float8E4M3FN:   {"float8_e4m3fn", 1},
	Float8E5M2:     {"float8_e5m2", 1},
	Float8E4M3FNUZ: {"float8_e4m3fnuz", 1},
	Float8E5M2FNUZ: {"float8_e5m2fnuz", 1},
	Complex32:      {"complex32", 4},
	Complex64:      {"complex64", 8},
	Complex128:     {"complex128", 16},
	QInt8:          {"qint8", 1},
	QUInt8:         {"quint8", 1},
	QInt32:         {"qint32", 4},
	untyped:        {"untyped", 1},
}

// String gives the name that PyTorch uses, such as bfloat16.
func (d DType) String() string {
	if int(d) < len(dtypes) {
		return dtypes[d].name
	}
	return fmt.Sprintf("DType(%d)", uint8(d))
}

// Size is the length of an element in bytes.
func (d DType) Size() int { return int(dtypes[d].size) }

// real tells whether an element is one number with nothing else to know.
func (d DType) real() bool { return d < Complex32 }

// dtypeNamed finds a type by PyTorch's name.
func dtypeNamed(name string) (DType, bool) {
	switch name { // PyTorch's second names
	case "float":
		return Float32, true
	case "double":
		return Float64, true
	case "half":
		return Float16, true
	case "long":
		return Int64, true
	case "int":
		return Int32, true
	case "short":
		return Int16, true
	}
	for d, t := range dtypes[:untyped] {
		if t.name == name {
			return DType(d), true
		}
	}
	return 0, false
}

// ToFloats converts the elements in src, of d, a type of single numbers, to dst. src holds exactly
// len(dst). float64 and the wide integers round to nearest; bool becomes 0 and 1.
func (d DType) ToFloats(dst []float32, src []byte, order binary.ByteOrder) {
	switch d {
	case Float32:
		if order == binary.LittleEndian {
			for i := range dst {
				dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(src[4*i:]))
			}
			return
		}
		for i := range dst {
			dst[i] = math.Float32frombits(order.Uint32(src[4*i:]))
		}
	case Float64:
		for i := range dst {
			dst[i] = float32(math.Float64frombits(order.Uint64(src[8*i:])))
		}
	case Float16:
		table := halves()
		for i := range dst {
			dst[i] = table[order.Uint16(src[2*i:])]
		}
	case BFloat16:
		for i := range dst {
			dst[i] = math.Float32frombits(uint32(order.Uint16(src[2*i:])) << 16)
		}
	case Int64:
		for i := range dst {
			dst[i] = float32(int64(order.Uint64(src[8*i:])))
		}
	case Int32:
		for i := range dst {
			dst[i] = float32(int32(order.Uint32(src[4*i:])))
		}
	case Int16:
		for i := range dst {
			dst[i] = float32(int16(order.Uint16(src[2*i:])))
		}
	case Int8:
		for i := range dst {
			dst[i] = float32(int8(src[i]))
		}
	case UInt8:
		for i := range dst {
			dst[i] = float32(src[i])
		}
	case UInt16:
		for i := range dst {
			dst[i] = float32(order.Uint16(src[2*i:]))
		}
	case UInt32:
		for i := range dst {
			dst[i] = float32(order.Uint32(src[4*i:]))
		}
	case UInt64:
		for i := range dst {
			dst[i] = float32(order.Uint64(src[8*i:]))
		}
	case Bool:
		for i := range dst {
			dst[i] = 0
			if src[i] != 0 {
				dst[i] = 1
			}
		}
	case Float8E4M3FN, Float8E5M2, Float8E4M3FNUZ, Float8E5M2FNUZ:
		table := quarters()[d-Float8E4M3FN]
		for i := range dst {
			dst[i] = table[src[i]]
		}
	default:
		panic("checkpoint: ToFloats of " + d.String())
	}
}

// small describes a floating-point type of at most 16 bits.
type small struct {
	exponent, fraction int  // bits
	bias               int  // of the exponent
	infinities         bool // the largest exponent is infinities and NaN, not numbers
	unsignedZero       bool // the pattern of -0 is the only NaN
}

func (s small) value(bits uint32) float32 {
	e := bits >> s.fraction & (1<<s.exponent - 1)
	f := bits & (1<<s.fraction - 1)
	negative := bits>>(s.exponent+s.fraction)&1 == 1
	top := e == 1<<s.exponent-1
	var v float64
	switch {
	case s.infinities && top && f == 0:
		v = math.Inf(1)
	case s.infinities && top,
		s.unsignedZero && negative && e == 0 && f == 0,
		!s.infinities && !s.unsignedZero && top && f == 1<<s.fraction-1:
		v = math.NaN()
	case e == 0:
		v = math.Ldexp(float64(f), 1-s.bias-s.fraction)
	default:
		v = math.Ldexp(float64(f|1<<s.fraction), int(e)-s.bias-s.fraction)
	}
	if negative {
		v = -v
	}
	return float32(v)
}

var halves = sync.OnceValue(func() *[1 << 16]float32 {
	table := new([1 << 16]float32)
	half := small{exponent: 5, fraction: 10, bias: 15, infinities: true}
	for i := range table {
		table[i] = half.value(uint32(i))
	}
	return table
})

// quarters are the values of the 8 bit types from Float8E4M3FN on (Micikevicius et al., "FP8
// formats for deep learning", 2022; the UZ types by Noune et al., "8-bit numerical formats for deep
// neural networks", 2022).
var quarters = sync.OnceValue(func() *[4][256]float32 {
	tables := new([4][256]float32)
	for i, s := range [4]small{
		{exponent: 4, fraction: 3, bias: 7},
		{exponent: 5, fraction: 2, bias: 15, infinities: true},
		{exponent: 4, fraction: 3, bias: 8, unsignedZero: true},
		{exponent: 5, fraction: 2, bias: 16, unsignedZero: true},
	} {
		for j := range tables[i] {
			tables[i][j] = s.value(uint32(j))
		}
	}
	return tables
})
