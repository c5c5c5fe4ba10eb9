//go:build !(goexperiment.simd && go1.27 && (wasm || amd64))

package jpeg

func inverse8(b, factors *[64]int16, to []byte, stride int) { inverse8Portable(b, factors, to, stride) }
func inverse4(b, factors *[64]int16, to []byte, stride int) { inverse4Portable(b, factors, to, stride) }
func inverse2(b, factors *[64]int16, to []byte, stride int) { inverse2Portable(b, factors, to, stride) }
func jfifToRGB(dst, y, cb, cr []byte)                       { jfifToRGBPortable(dst, y, cb, cr) }
func h2v2(dst, near, far []byte, farBelow bool)             { h2v2Portable(dst, near, far, farBelow) }
