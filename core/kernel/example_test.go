package kernel_test

import (
	"fmt"
	"math"
	"unsafe"

	"homeroom/core/kernel"
)

// A dense layer with a rectifier, as one job: y = max(0, b + W·x), for one position of three
// inputs.
func Example() {
	const k, n = 3, 2
	level := kernel.Best()
	x, y := make([]float32, k+kernel.Slack), make([]float32, n+kernel.Slack)
	copy(x, []float32{1, 2, 3})
	weights := make([]float32, kernel.PackedLen(level, n, k))
	for row, w := range [][]float32{{1, 1, 1}, {-1, 0, -1}} {
		kernel.PackWeights(level, weights, row, w)
	}
	bias := kernel.PackBias(level, []float32{0.5, 1})
	at := func(v []float32) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(v)) }
	job := kernel.Job{
		Kind: kernel.Gemm, Level: level, In: at(x), Out: at(y), Weight: at(weights), Bias: at(bias),
		Lo: 0, Hi: float32(math.Inf(1)), C: k, OC: n, M: 1, K: k, N: n, RowBlock: 1, PanelBlock: 1,
	}
	job.Scratch = at(make([]float32, job.ScratchLen()+kernel.Slack))
	kernel.RunRange(&job, 0, job.Items())
	fmt.Println(y[:n])
	// Output: [6.5 0]
}
