//go:build !(goexperiment.simd && go1.27 && wasm)

package pack

func dequantise(dst []float32, src []byte, scale float32) { dequantisePortable(dst, src, scale) }
