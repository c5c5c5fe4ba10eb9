//go:build goexperiment.simd && go1.27 && wasm

package pack

import "simd/archsimd"

// dequantise is dequantisePortable in vectors of 128 bits.
func dequantise(dst []float32, src []byte, scale float32) {
	src = src[:len(dst)]
	scales := archsimd.BroadcastFloat32x4(scale)
	i := 0
	for ; i+16 <= len(dst); i += 16 {
		q := archsimd.LoadUint8x16Array((*[16]byte)(src[i:])).BitsToInt8()
		lo, hi := q.ExtendLo8ToInt16(), q.ExtendHi8ToInt16()
		to := (*[16]float32)(dst[i:])
		lo.ExtendLo4ToInt32().ConvertToFloat32().Mul(scales).StoreArray((*[4]float32)(to[0:]))
		lo.ExtendHi4ToInt32().ConvertToFloat32().Mul(scales).StoreArray((*[4]float32)(to[4:]))
		hi.ExtendLo4ToInt32().ConvertToFloat32().Mul(scales).StoreArray((*[4]float32)(to[8:]))
		hi.ExtendHi4ToInt32().ConvertToFloat32().Mul(scales).StoreArray((*[4]float32)(to[12:]))
	}
	dequantisePortable(dst[i:], src[i:], scale)
}
