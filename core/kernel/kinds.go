package kernel

import "unsafe"

// kind is what there is to know of a kind of job beside its body, which [RunRange] calls by name:
// helper threads of the page cannot call through pointers.
type kind struct {
	name    string
	items   func(j *Job) int
	scratch func(j *Job) int // floats; nil for none
}

// kinds has a line for each kind of job.
var kinds = [...]kind{
	Gemm: {"gemm", func(j *Job) int { return j.rowBlocks() * ceil(j.panels(), j.PanelBlock) }, func(j *Job) int {
		if nr := j.Level.PanelWidth(); j.N%nr != 0 {
			return j.RowBlock * nr
		}
		return 0
	}},
	Conv: {"conv", func(j *Job) int { return j.rowBlocks() * j.Groups * ceil(j.panels(), j.PanelBlock) }, func(j *Job) int {
		addresses, zero, windows := j.convScratch()
		return addresses + zero + windows + j.RowBlock*j.Level.PanelWidth()
	}},
	Depthwise:       {"depthwise", outputRows, nil},
	MaxPool:         {"maxpool", outputRows, nil},
	AvgPool:         {"avgpool", outputRows, nil},
	GAP:             {"gap", channelBlocks, nil},
	Activate:        {"activate", func(j *Job) int { return ceil(j.H*j.W*j.C, ElementBlock) }, nil},
	Affine:          {"affine", positions, nil},
	Add:             {"add", positions, nil},
	Mul:             {"mul", positions, nil},
	Softmax:         {"softmax", positions, nil},
	AdaptiveAvgPool: {"adaptiveavgpool", outputRows, nil},
	LayerNorm:       {"layernorm", positions, nil},
	Winograd: {"winograd", func(j *Job) int { return j.rowBlocks() * ceil(j.panels(), j.PanelBlock) }, func(j *Job) int {
		e := j.Tile + 2
		in, out, patch := j.winogradScratch()
		return e*e*(in+out) + patch + e*e*lanes(AVX512)
	}},
	Attention: {"attention", func(j *Job) int { return j.rowBlocks() * j.Groups }, func(j *Job) int {
		a, b, c, d := j.attentionScratch()
		return a + b + c + d
	}},
	GMP:       {"gmp", channelBlocks, nil},
	Copy:      {"copy", (*Job).rowBlocks, nil},
	Permute:   {"permute", (*Job).rowBlocks, nil},
	Upsample:  {"upsample", outputRows, nil},
	GroupNorm: {"groupnorm", func(j *Job) int { return ceil(j.C, j.normBlock()) }, func(j *Job) int { return 2 * j.normBlock() }},
	Pad:       {"pad", outputRows, nil},
	Rearrange: {"rearrange", (*Job).rowBlocks, nil},
	MatMul: {"matmul", func(j *Job) int { return j.rowBlocks() * j.Groups }, func(j *Job) int {
		a, b, c := j.matMulScratch()
		return a + b + c
	}},
}

func positions(j *Job) int     { return j.H * j.W }
func outputRows(j *Job) int    { return j.OH }
func channelBlocks(j *Job) int { return ceil(j.C, GAPBlock) }

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kinds) || kinds[k].name == "" {
		return "unknown"
	}
	return kinds[k].name
}

// Items returns the number of work items of the job.
func (j *Job) Items() int {
	if j.Kind.String() == "unknown" {
		panic("kernel: job of no known kind")
	}
	return kinds[j.Kind].items(j)
}

// ScratchLen returns how many floats of scratch each thread needs.
func (j *Job) ScratchLen() int {
	if s := kinds[j.Kind].scratch; s != nil {
		return s(j)
	}
	return 0
}

func (j *Job) rowBlocks() int { return ceil(j.M, j.RowBlock) }
func (j *Job) panels() int    { return ceil(j.N, j.Level.PanelWidth()) }

func ceil(a, b int) int { return (a + b - 1) / b }

// act applies the activation of the job to n floats.
func (j *Job) act(y unsafe.Pointer, n int) { activate(j.Level, j.Act, y, n, j.Alpha) }
