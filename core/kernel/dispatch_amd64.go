//go:build goexperiment.simd && go1.27 && amd64

package kernel

import (
	"simd/archsimd"
	"unsafe"
)

// Best returns the highest level that this machine has.
func Best() Level {
	x := archsimd.X86
	switch {
	case x.AVX512():
		return AVX512
	case x.AVX2() && x.FMA():
		return AVX2
	}
	return Portable
}

func gemmPanel(l Level, q *panel) {
	switch l {
	case AVX2:
		gemmPanelAVX2(q)
	case AVX512:
		gemmPanelAVX512(q)
	default:
		panelPortable(q)
	}
}

func depthwiseWindow(l Level, q *window) {
	switch l {
	case AVX2:
		windowPortable(q, windowAVX2(q))
	case AVX512:
		windowPortable(q, windowAVX512(q))
	default:
		windowPortable(q, 0)
	}
}

func clampTo(l Level, y, x unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case AVX2:
		clampAVX2(y, x, n, lo, hi)
	case AVX512:
		clampAVX512(y, x, n, lo, hi)
	default:
		clampPortable(y, x, 0, n, lo, hi)
	}
}

func addRow(l Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case AVX2:
		addAVX2(y, a, b, n, lo, hi)
	case AVX512:
		addAVX512(y, a, b, n, lo, hi)
	default:
		addPortable(y, a, b, 0, n, lo, hi)
	}
}

func mulRow(l Level, y, a, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case AVX2:
		mulAVX2(y, a, b, n, lo, hi)
	case AVX512:
		mulAVX512(y, a, b, n, lo, hi)
	default:
		mulPortable(y, a, b, 0, n, lo, hi)
	}
}

func mulAddRow(l Level, y, x, w, b unsafe.Pointer, n int, lo, hi float32) {
	switch l {
	case AVX2:
		mulAddAVX2(y, x, w, b, n, lo, hi)
	case AVX512:
		mulAddAVX512(y, x, w, b, n, lo, hi)
	default:
		mulAddPortable(y, x, w, b, 0, n, lo, hi)
	}
}

func maxRow(l Level, y, x unsafe.Pointer, n int) {
	switch l {
	case AVX2:
		maxAVX2(y, x, n)
	case AVX512:
		maxAVX512(y, x, n)
	default:
		maxPortable(y, x, 0, n)
	}
}

func scaleRow(l Level, y unsafe.Pointer, n int, s float32) {
	switch l {
	case AVX2:
		scaleAVX2(y, n, s)
	case AVX512:
		scaleAVX512(y, n, s)
	default:
		scalePortable(y, 0, n, s)
	}
}

func sumRows(l Level, y, x unsafe.Pointer, n, rows, stride int) {
	switch l {
	case AVX2:
		sumAVX2(y, x, n, rows, stride)
	case AVX512:
		sumAVX512(y, x, n, rows, stride)
	default:
		sumPortable(y, x, 0, n, rows, stride)
	}
}

func squareRows(l Level, y, x, m unsafe.Pointer, n, rows, stride int) {
	switch l {
	case AVX2:
		squareRowsAVX2(y, x, m, n, rows, stride)
	case AVX512:
		squareRowsAVX512(y, x, m, n, rows, stride)
	default:
		squareRowsPortable(y, x, m, 0, n, rows, stride)
	}
}

func activate(l Level, act Act, y unsafe.Pointer, n int, alpha float32) {
	switch l {
	case AVX2:
		activateAVX2(act, y, n, alpha)
	case AVX512:
		activateAVX512(act, y, n, alpha)
	default:
		activatePortable(act, y, 0, n, alpha)
	}
}

func depthwiseRun(l Level, k, stride int, r *run) {
	switch l {
	case AVX2:
		depthwiseRunAVX2(k, stride, r)
	case AVX512:
		depthwiseRunAVX512(k, stride, r)
	default:
		panic("kernel: portable depthwise has no run")
	}
}

func winogradInput(l Level, t int, r *tileRun) {
	switch {
	case l == AVX2 && t == 2:
		winogradInput2AVX2(r)
	case l == AVX2 && t == 4:
		winogradInput4AVX2(r)
	case l == AVX512 && t == 2:
		winogradInput2AVX512(r)
	case l == AVX512 && t == 4:
		winogradInput4AVX512(r)
	default:
		winogradInputPortable(t, r)
	}
}

func winogradOutput(l Level, t int, r *tileRun) {
	switch {
	case l == AVX2 && t == 2:
		winogradOutput2AVX2(r)
	case l == AVX2 && t == 4:
		winogradOutput4AVX2(r)
	case l == AVX512 && t == 2:
		winogradOutput2AVX512(r)
	case l == AVX512 && t == 4:
		winogradOutput4AVX512(r)
	default:
		winogradOutputPortable(t, r)
	}
}

func maxOf(l Level, x unsafe.Pointer, n int, top float32) float32 {
	switch l {
	case AVX2:
		return maxOfAVX2(x, n, top)
	case AVX512:
		return maxOfAVX512(x, n, top)
	default:
		return maxOfPortable(x, 0, n, top)
	}
}

func expSum(l Level, y, x unsafe.Pointer, n int, s, top float32) float32 {
	switch l {
	case AVX2:
		return expSumAVX2(y, x, n, s, top)
	case AVX512:
		return expSumAVX512(y, x, n, s, top)
	default:
		return expSumPortable(y, x, 0, n, s, top)
	}
}

func layerNorm(l Level, y, x, w, b unsafe.Pointer, n int, eps float32) {
	switch l {
	case AVX2:
		layerNormAVX2(y, x, w, b, n, eps)
	case AVX512:
		layerNormAVX512(y, x, w, b, n, eps)
	default:
		layerNormPortable(y, x, w, b, n, eps)
	}
}
