//go:build !(goexperiment.simd && go1.27 && (wasm || amd64))

package photo

func (a *axis) along(dst, src []byte)              { a.alongPortable(dst, src) }
func (a *axis) down(dst, src []byte, n, pitch int) { a.downPortable(dst, src, n, pitch) }
