//go:build goexperiment.simd && go1.27 && wasm

package kernel

import "unsafe"

// Best returns the highest level that this machine has.
func Best() Level { return SIMD128 }

func gemmPanel(l Level, q *panel) {
	switch l {
	case SIMD128:
		gemmPanelSIMD128(q)
	default:
		panelPortable(q)
	}
}

func depthwiseWindow(l Level, q *window) {
	switch l {
	case SIMD128:
		windowPortable(q, windowSIMD128(q))
	default:
		windowPortable(q, 0)
	}
}

func clampTo(l Level, y, x unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case SIMD128:
		clampSIMD128(y, x, n, lo, hi)
	default:
		clampPortable(y, x, 0, n, lo, hi)
	}
}

func addRow(l Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case SIMD128:
		addSIMD128(y, a, b, n, lo, hi)
	default:
		addPortable(y, a, b, 0, n, lo, hi)
	}
}

func mulRow(l Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case SIMD128:
		mulSIMD128(y, a, b, n, lo, hi)
	default:
		mulPortable(y, a, b, 0, n, lo, hi)
	}
}

func mulAddRow(l Level, y, x, w, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case SIMD128:
		mulAddSIMD128(y, x, w, b, n, lo, hi)
	default:
		mulAddPortable(y, x, w, b, 0, n, lo, hi)
	}
}

func maxRow(l Level, y, x unsafe.Pointer, n int) {
	switch l {
	case SIMD128:
		maxSIMD128(y, x, n)
	default:
		maxPortable(y, x, 0, n)
	}
}

func scaleRow(l Level, y unsafe.Pointer, n int, s float32) {
	switch l {
	case SIMD128:
		scaleSIMD128(y, n, s)
	default:
		scalePortable(y, 0, n, s)
	}
}

func sumRows(l Level, y, x unsafe.Pointer, n, rows, stride int) {
	switch l {
	case SIMD128:
		sumSIMD128(y, x, n, rows, stride)
	default:
		sumPortable(y, x, 0, n, rows, stride)
	}
}

func squareRows(l Level, y, x, m unsafe.Pointer, n, rows, stride int) {
	switch l {
	case SIMD128:
		squareRowsSIMD128(y, x, m, n, rows, stride)
	default:
		squareRowsPortable(y, x, m, 0, n, rows, stride)
	}
}

func activate(l Level, act Act, y unsafe.Pointer, n int, alpha float32) {
	switch l {
	case SIMD128:
		activateSIMD128(act, y, n, alpha)
	default:
		activatePortable(act, y, 0, n, alpha)
	}
}

func depthwiseRun(l Level, k, stride int, r *run) {
	switch l {
	case SIMD128:
		depthwiseRunSIMD128(k, stride, r)
	default:
		panic("kernel: portable depthwise has no run")
	}
}

func winogradInput(l Level, t int, r *tileRun) {
	switch {
	case l == SIMD128 && t == 2:
		winogradInput2SIMD128(r)
	case l == SIMD128 && t == 4:
		winogradInput4SIMD128(r)
	default:
		winogradInputPortable(t, r)
	}
}

func winogradOutput(l Level, t int, r *tileRun) {
	switch {
	case l == SIMD128 && t == 2:
		winogradOutput2SIMD128(r)
	case l == SIMD128 && t == 4:
		winogradOutput4SIMD128(r)
	default:
		winogradOutputPortable(t, r)
	}
}

func maxOf(l Level, x unsafe.Pointer, n int, top float32) float32 {
	switch l {
	case SIMD128:
		return maxOfSIMD128(x, n, top)
	default:
		return maxOfPortable(x, 0, n, top)
	}
}

func expSum(l Level, y, x unsafe.Pointer, n int, s, top float32) float32 {
	switch l {
	case SIMD128:
		return expSumSIMD128(y, x, n, s, top)
	default:
		return expSumPortable(y, x, 0, n, s, top)
	}
}

func layerNorm(l Level, y, x, w, b unsafe.Pointer, n int, eps float32) {
	switch l {
	case SIMD128:
		layerNormSIMD128(y, x, w, b, n, eps)
	default:
		layerNormPortable(y, x, w, b, n, eps)
	}
}

func depthwiseStrips(*Job, int, int, int) bool { return false }
