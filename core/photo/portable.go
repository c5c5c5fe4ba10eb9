//go:build !(goexperiment.simd && go1.27 && wasm)

package photo

func inverseColumns(b *block, to []byte, stride int)   { inverseColumnsPortable(b, to, stride) }
func (a *axis) along(dst, src []byte)                  { a.alongPortable(dst, src) }
func (a *axis) down(dst, src []byte, n, pitch int)     { a.downPortable(dst, src, n, pitch) }
func jfifToRGB(dst, y, cb, cr []byte)                  { jfifToRGBPortable(dst, y, cb, cr) }
func libjpegH2V2(dst, near, far []byte, farBelow bool) { libjpegH2V2Portable(dst, near, far, farBelow) }
