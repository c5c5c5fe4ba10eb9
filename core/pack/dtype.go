package pack

import "fmt"

// DType is the type of a tensor's stored elements.
type DType uint8

const (
	F32 DType = iota // IEEE 754 binary32
	F16              // IEEE 754 binary16
	I8               // signed 8 bit integers with one float32 scale for each slice along axis 0
)

var dtypeNames = [...]string{F32: "f32", F16: "f16", I8: "i8"}

// String gives the name that a pack's header uses: f32, f16 or i8.
func (d DType) String() string {
	if int(d) < len(dtypeNames) {
		return dtypeNames[d]
	}
	return fmt.Sprintf("DType(%d)", uint8(d))
}

// ParseDType is the inverse of [DType.String]. It also takes int8 for i8.
func ParseDType(s string) (DType, error) {
	if s == "int8" {
		return I8, nil
	}
	for d, name := range dtypeNames {
		if s == name {
			return DType(d), nil
		}
	}
	return 0, fmt.Errorf("unknown element type %q: use f32, f16 or i8", s)
}

// size is the length of one element in bytes.
func (d DType) size() int {
	switch d {
	case F32:
		return 4
	case F16:
		return 2
	default:
		return 1
	}
}
