package graph

import (
	"unsafe"

	"homeroom/core/kernel"
)

// A Team is a number of threads outside of the Go runtime that share its memory, such as the helper
// workers of a page. They run the jobs of a program as the goroutines of a [Program] with
// Options.Threads do; what hands the jobs out to them is not Go, so all that they need is written
// down in a sheet. The post-link pass makes their side (tools/wasmlink/postlink, lead.go) and reads
// the sheet by the offsets of its fields.
//
// A team belongs to one goroutine at a time and serves any number of programs.
type Team struct {
	sheet  *sheet
	stacks []byte
	lead   func(sheet unsafe.Pointer)
}

// MaxTeam is the most threads that a team can have.
const MaxTeam = 16

// TeamStack is how many bytes of stack each thread has. The post-link pass checks that the kernels
// make do with it.
const TeamStack = 64 << 10

// sheet tells the threads what to do. Its fields stay where they are, all addresses are those of
// memory that does, and the atomic words are touched by Go only between two runs.
type sheet struct {
	turn    uint32         // runs that were begun; atomic
	done    uint32         // threads but the first that have finished this one; atomic
	count   uint32         // jobs
	stride  uint32         // bytes from one job to the next
	steps   unsafe.Pointer // *progress[count]
	threads uint32
	_       uint32
	seats   [MaxTeam]seat
}

// seat is what one thread has of its own.
type seat struct {
	stack unsafe.Pointer // the upper end of its stack
	g     unsafe.Pointer // 64 zero bytes in place of a goroutine, whose stack has no limit
	jobs  unsafe.Pointer // *kernel.Job[count]
	_     uint64
}

// progress is how far the threads have come with one job.
type progress struct {
	left  uint32 // items that are not finished; atomic
	chunk uint32 // items that are taken at once
	items uint32
	_     [52]byte
	parts [MaxTeam]portion
}

// portion is the share of a job's items that is a thread's to begin with. It has a cache line to
// itself.
type portion struct {
	next uint32 // the first item that nobody has taken; atomic
	end  uint32
	_    [56]byte
}

// NewTeam returns a team of threads, the caller's own among them, from 2 to MaxTeam. lead does the
// first thread's part of a run and returns when all have finished theirs; the others must follow by
// then.
func NewTeam(threads int, lead func(sheet unsafe.Pointer)) *Team {
	if threads < 2 || threads > MaxTeam {
		panic("graph: a team of no possible size")
	}
	t := &Team{sheet: new(sheet), stacks: make([]byte, threads*(TeamStack+teamGap)), lead: lead}
	t.sheet.threads = uint32(threads)
	t.sheet.stride = uint32(unsafe.Sizeof(kernel.Job{}))
	for i := range threads {
		low := i * (TeamStack + teamGap)
		s := &t.sheet.seats[i]
		end := uintptr(unsafe.Pointer(&t.stacks[low+TeamStack]))
		s.stack = unsafe.Add(unsafe.Pointer(&t.stacks[low+TeamStack]), -int(end%16))
		s.g = unsafe.Pointer(&t.stacks[low+TeamStack+64])
	}
	return t
}

// teamGap keeps the stacks of two threads on different cache lines, and has room for what stands
// for a goroutine.
const teamGap = 256

// Threads returns the number of threads.
func (t *Team) Threads() int { return int(t.sheet.threads) }

// Sheet returns the address that the threads other than the first follow.
func (t *Team) Sheet() unsafe.Pointer { return unsafe.Pointer(t.sheet) }

// run does the jobs of a program, one list a thread.
func (t *Team) run(jobs [][]kernel.Job, steps []progress) {
	s := t.sheet
	for i := range steps {
		p := &steps[i]
		p.left = p.items
		for k := range s.threads {
			p.parts[k].next = k * p.items / s.threads
		}
	}
	s.count, s.steps = uint32(len(steps)), unsafe.Pointer(&steps[0])
	for i := range jobs {
		s.seats[i].jobs = unsafe.Pointer(&jobs[i][0])
	}
	t.lead(unsafe.Pointer(s))
}

// chunksAThread is how many chunks of a job there are for each thread: more even out what else the
// machine does, fewer keep what a thread works on in its cache.
const chunksAThread = 16

// newProgress prepares the steps of a program for a number of threads.
func newProgress(jobs []kernel.Job, threads int) []progress {
	steps := make([]progress, len(jobs))
	for i := range jobs {
		n := jobs[i].Items()
		steps[i].items = uint32(n)
		steps[i].chunk = uint32(max(1, n/(chunksAThread*threads)))
		for t := range threads {
			steps[i].parts[t].end = uint32((t + 1) * n / threads)
		}
	}
	return steps
}
