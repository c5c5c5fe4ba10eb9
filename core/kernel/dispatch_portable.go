//go:build !(goexperiment.simd && go1.27 && (wasm || amd64))

package kernel

import "unsafe"

// Best returns the highest level that this machine has.
func Best() Level { return Portable }

func gemmPanel(_ Level, q *panel) { panelPortable(q) }

func depthwiseWindow(_ Level, q *window) { windowPortable(q, 0) }

func clampTo(_ Level, y, x unsafe.Pointer, n int, lo, hi float32) { clampPortable(y, x, 0, n, lo, hi) }

func addRow(_ Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	addPortable(y, a, b, 0, n, lo, hi)
}

func mulRow(_ Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	mulPortable(y, a, b, 0, n, lo, hi)
}

func mulAddRow(_ Level, y, x, w, b unsafe.Pointer, n int, lo, hi float32) {
	mulAddPortable(y, x, w, b, 0, n, lo, hi)
}

func maxRow(_ Level, y, x unsafe.Pointer, n int) { maxPortable(y, x, 0, n) }

func scaleRow(_ Level, y unsafe.Pointer, n int, s float32) { scalePortable(y, 0, n, s) }

func sumRows(_ Level, y, x unsafe.Pointer, n, rows, stride int) {
	sumPortable(y, x, 0, n, rows, stride)
}

func squareRows(_ Level, y, x, m unsafe.Pointer, n, rows, stride int) {
	squareRowsPortable(y, x, m, 0, n, rows, stride)
}

func activate(_ Level, act Act, y unsafe.Pointer, n int, alpha float32) {
	activatePortable(act, y, 0, n, alpha)
}

func depthwiseRun(Level, int, int, *run) { panic("kernel: portable depthwise has no run") }

func winogradInput(_ Level, t int, r *tileRun) { winogradInputPortable(t, r) }

func winogradOutput(_ Level, t int, r *tileRun) { winogradOutputPortable(t, r) }

func maxOf(_ Level, x unsafe.Pointer, n int, top float32) float32 { return maxOfPortable(x, 0, n, top) }

func expSum(_ Level, y, x unsafe.Pointer, n int, s, top float32) float32 {
	return expSumPortable(y, x, 0, n, s, top)
}

func layerNorm(_ Level, y, x, w, b unsafe.Pointer, n int, eps float32) {
	layerNormPortable(y, x, w, b, n, eps)
}

func depthwiseStrips(*Job, int, int, int) bool { return false }
