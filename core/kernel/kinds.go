package kernel

import "unsafe"

// kind is what there is to know of a kind of job beside its body, which [RunRange] calls by name:
// helper threads of the page cannot call through pointers.
type kind struct {
	items   func(j *Job) int
	scratch func(j *Job) int // floats; nil for none
}

func positions(j *Job) int     { return j.H * j.W }
func outputRows(j *Job) int    { return j.OH }
func rowsOfPanels(j *Job) int  { return j.rowBlocks() * ceil(j.panels(), j.PanelBlock) }
func rowsOfGroups(j *Job) int  { return j.rowBlocks() * j.Groups }
func channelBlocks(j *Job) int { return ceil(j.C, GAPBlock) }

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if k < 1 || int(k) >= len(kindNames) {
		return "unknown"
	}
	return kindNames[k]
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

// act applies the activation of the job to n floats. It is large where it is inlined, and does more
// than a call takes.
//
//go:noinline
func (j *Job) act(y unsafe.Pointer, n int) { activate(j.Level, j.Act, y, n, j.Alpha) }
