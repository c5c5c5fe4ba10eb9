package kernel

import "unsafe"

// Level is a set of vector instructions.
type Level int32

// The levels, each with the width of the output panel of its matrix product.
const (
	Portable Level = iota // plain Go
	SIMD128               // WebAssembly's v128
	AVX2                  // 256-bit vectors with fused multiply-add
	AVX512                // 512-bit vectors
)

// String returns the level's usual name.
func (l Level) String() string {
	return [...]string{"portable", "wasm-simd128", "avx2", "avx512"}[l]
}

// PanelWidth returns NR, the number of output channels that one panel of packed weights holds (see
// [PackWeights]).
func (l Level) PanelWidth() int { return [...]int{8, 8, 16, 32}[l] }

// Slack is the number of floats that a kernel may read, and ignore, past the last element of any
// buffer.
const Slack = 16

// Kind says what a job computes.
type Kind int32

// The kinds of job. In the formulas x is In, [H][W][C]; y is Out, [OH][OW][OC]; w is Weight; b is
// Bias; r is In2.
//
// Of GMP the file of its loop has kindGMP, how many items it has, and runGMP, which does some of
// them; gen writes [RunRange] and the rest from this list.
const (
	// Gemm: y[m][n] = clamp(b[n] + Σk x[m][k]·w[n][k] + r[m][n]), the pointwise convolution and the
	// dense layer: M positions, K in-channels, N out-channels. An item is a block of panels of a
	// block of positions; those of a block of positions follow one another.
	Gemm Kind = iota + 1
	// Conv: the same sum over a KH×KW window with strides, padding, dilation and groups. An item is
	// a block of panels of one group, of a block of output positions.
	Conv
	// Depthwise: y[i][j][c] = clamp(b[c] + Σ x[i·SH+p·DH−PT][j·SW+q·DW−PL][c]·w[p][q][c]). An item
	// is a row of output.
	Depthwise
	// MaxPool and AvgPool slide a KH×KW window; positions in the padding do not count. An item is a
	// row of output. With CountPad set, AvgPool counts the padding, PT, PL, PB and PR, but nothing
	// beyond it.
	MaxPool
	AvgPool
	// GAP: y[c] = mean of x over all positions. An item is a block of channels of width GAPBlock.
	GAP
	// Activate: y = act(x). An item is ElementBlock elements.
	Activate
	// Affine: y[p][c] = clamp(x[p][c]·w[c] + b[c]), an unfolded batch norm. An item is a position.
	Affine
	// Add and Mul: y = clamp(x + r), y = clamp(x · r). An item is a position; with Broadcast set, r
	// is one position that every position of x meets, with Period set so many that they meet in
	// turn.
	Add
	Mul
	// Softmax over the channels of each position. An item is a position.
	Softmax
	// AdaptiveAvgPool averages over OH×OW cells that partition the input: cell i of n covers rows
	// ⌊i·H/n⌋ to ⌈(i+1)·H/n⌉. An item is a row of output.
	AdaptiveAvgPool
	// LayerNorm: y[p][c] = (x[p][c]−mean)/√(var+Eps)·w[c] + b[c], mean and variance over the
	// channels. An item is a position.
	LayerNorm
	// Winograd: a Conv with a window of 3×3, stride 1 and one group, in tiles of Tile × Tile
	// outputs. M is the number of tiles, K the in-channels; the numbers of channels satisfy
	// WinogradFits, the weights are those of PackWinograd. An item is a block of tiles × a block of
	// panels.
	Winograd
	// Attention: y = softmax(q·kᵀ/√d)·v for each of Groups heads, over M tokens of C = 3·OC
	// channels: q, k and v of every head. With In2 set the weights are stored there, [heads][M][M].
	// An item is a block of tokens of one head.
	Attention
	// GMP: y[c] = the largest of x over all positions. An item is that of GAP.
	GMP
	// Copy: y[p·OC+c] = x[p·K+c] for c < N, of M positions. An item is RowBlock positions.
	Copy
	// Permute: y[p][c] = x[p][w[c]], where w are OC numbers of 32 bits, of M positions. An item is
	// RowBlock positions.
	Permute
	// Upsample: every pixel SH × SW times or, with Linear set, bilinear between the pixels'
	// centres. An item is a row of output.
	Upsample
	// GroupNorm: y[p][c] = clamp((x[p][c]−mean)/√(var+Eps)·w[c] + b[c]), mean and variance over all
	// positions of each of Groups groups of channels. An item is the groups of a block of channels.
	GroupNorm
	// Rearrange: run i of the output, N floats, is x from float w[i] on, where w are M numbers of
	// 32 bits. An item is RowBlock runs.
	Rearrange
	// MatMul: y[g][m][n] = Alpha·Σk a[m][k]·b[k][n] of Groups pairs of matrices. w has two numbers
	// of 32 bits for each: where in x a begins and where in r b does. Rows of a are SH and its
	// columns SW floats apart, those of b DH and DW. An item is RowBlock rows of one pair.
	MatMul
	// Pad: x with PT rows above and PL columns to the left, up to OH×OW, of what Border says. An
	// item is a row of output.
	Pad
)

// Block sizes of items, in channels and in elements.
const (
	GAPBlock     = 64
	ElementBlock = 4096
)

// Job describes one kernel call. Only the fields that its kind mentions are read.
type Job struct {
	Kind  Kind
	Level Level

	In      unsafe.Pointer // x
	In2     unsafe.Pointer // r; nil where there is none
	Out     unsafe.Pointer // y
	Weight  unsafe.Pointer // packed as the kind asks
	Bias    unsafe.Pointer // never nil where the kind reads it
	Scratch unsafe.Pointer // ScratchLen floats that belong to the calling thread

	Lo, Hi float32 // the clamp; ±Inf where there is none
	Act    Act     // applied after the clamp
	Alpha  float32 // of ELU and LeakyReLU

	H, W, C    int // input
	OH, OW, OC int // output

	KH, KW int // window
	SH, SW int // strides
	PT, PL int // padding above and to the left
	PB, PR int // padding below and to the right (AvgPool)
	DH, DW int // dilation
	Groups int

	M, K, N    int // matrix product: positions, depth, columns (of one group)
	RowBlock   int // positions an item
	PanelBlock int // panels an item (Gemm, Conv, Winograd)
	Tile       int // 2 or 4 (Winograd)

	Broadcast bool
	Period    int
	CountPad  bool
	Linear    bool // bilinear (Upsample)
	Eps       float32
	Border    Border  // (Pad)
	Fill      float32 // (Pad)
}

// depthBlock is KC, the depth of a panel that stays in the first-level cache while a block of rows
// passes by.
const depthBlock = 512

func (j *Job) second(i int) unsafe.Pointer {
	switch {
	case j.Broadcast:
		return j.In2
	case j.Period > 0:
		i %= j.Period
	}
	return at(j.In2, i*j.C)
}

// at returns the address of float i from p. Loops step it past what they walk over: after the last
// round, before the next call, when nothing more is read there. That is what the race detector's
// check of pointers would stop at.
//
//go:nocheckptr
func at(p unsafe.Pointer, i int) unsafe.Pointer { return unsafe.Add(p, 4*i) }

// floats views n floats at p as a slice. It goes by way of an array because unsafe.Slice checks its
// length in the runtime, which a helper thread has not.
func floats(p unsafe.Pointer, n int) []float32 { return (*[1 << 28]float32)(p)[:n:n] }
