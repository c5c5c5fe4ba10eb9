package graph

import (
	"runtime"
	"sync/atomic"
	"time"

	"homeroom/core/kernel"
)

// threadPool runs the jobs of a program on several threads: every job is cut into its items, and
// each thread takes a share of them, one chunk at a time, and then helps the others with theirs.
// The shares are alike from job to job, so that a thread finds much of what it reads in its own
// cache.
type threadPool struct {
	jobs  [][]kernel.Job // [thread][step]
	items []int

	next [][]cursor     // [step][thread] the first item of the thread's share that nobody has taken
	left []atomic.Int64 // [step] items that are not finished

	turn     cursor // runs that were begun
	finished cursor // threads but the first that have finished this one
	asleep   []cursor
	wake     []chan struct{}
	closed   atomic.Bool
}

// How often a thread tries before it lets others have the processor, and how long one that has
// finished a run waits for the next before it sleeps: to wake it takes as long as several layers.
const (
	spins    = 1000
	patience = 500 * time.Microsecond
)

func newThreadPool(jobs [][]kernel.Job) *threadPool {
	n := len(jobs)
	p := &threadPool{jobs: jobs, next: make([][]cursor, len(jobs[0])), left: make([]atomic.Int64, len(jobs[0])), asleep: make([]cursor, n), wake: make([]chan struct{}, n)}
	for i := range jobs[0] {
		p.items = append(p.items, jobs[0][i].Items())
		p.next[i] = make([]cursor, n)
	}
	for t := 1; t < n; t++ {
		p.wake[t] = make(chan struct{}, 1)
		go func() {
			for turn := int64(1); p.await(t, turn); turn++ {
				p.work(t)
				p.finished.Add(1)
			}
		}()
	}
	return p
}

func (p *threadPool) run() {
	for i := range p.items {
		for t := range p.next[i] {
			p.next[i][t].Store(int64(t * p.items[i] / len(p.jobs)))
		}
		p.left[i].Store(int64(p.items[i]))
	}
	p.finished.Store(0)
	p.begin()
	p.work(0)
	for n := 0; p.finished.Load() < int64(len(p.jobs)-1); n++ {
		yield(n)
	}
}

// begin lets the other threads go on.
func (p *threadPool) begin() {
	p.turn.Add(1)
	for t := 1; t < len(p.jobs); t++ {
		if p.asleep[t].CompareAndSwap(1, 0) {
			p.wake[t] <- struct{}{}
		}
	}
}

// await returns when a turn has begun, with true, or when there are no more.
func (p *threadPool) await(t int, turn int64) bool {
	start := time.Now()
	for n := 0; p.turn.Load() < turn; n++ {
		yield(n)
		if n%spins == spins-1 && time.Since(start) > patience {
			p.asleep[t].Store(1)
			// Whoever begins a turn after this wakes the thread; it may have begun before.
			if p.turn.Load() < turn || !p.asleep[t].CompareAndSwap(1, 0) {
				<-p.wake[t]
			}
			break
		}
	}
	return !p.closed.Load()
}

// yield lets others have the processor when a loop has waited in vain for a while.
func yield(n int) {
	if n >= spins {
		runtime.Gosched()
	}
}

// work does its part of every job in turn. A job may begin only when the one before it is finished,
// because it reads what that one wrote.
func (p *threadPool) work(t int) {
	jobs := p.jobs[t]
	for i := range jobs {
		n := int64(p.items[i])
		chunk := max(1, n/int64(chunksAThread*len(p.jobs)))
		for k := range p.next[i] {
			of := (t + k) % len(p.jobs)
			end := int64((of + 1) * p.items[i] / len(p.jobs))
			for {
				from := p.next[i][of].Add(chunk) - chunk
				if from >= end {
					break
				}
				to := min(from+chunk, end)
				kernel.RunRange(&jobs[i], int(from), int(to))
				p.left[i].Add(from - to)
			}
		}
		for n := 0; p.left[i].Load() > 0; n++ {
			yield(n)
		}
	}
}

func (p *threadPool) close() {
	p.closed.Store(true)
	p.begin()
}

// cursor has a cache line to itself.
type cursor struct {
	atomic.Int64
	_ [56]byte
}
