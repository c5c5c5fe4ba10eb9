package graph

import (
	"runtime"
	"sync/atomic"
	"time"

	"homeroom/core/kernel"
)

// crew runs the jobs of a program on several threads: every job is cut into
// its items, and each thread takes a share of them, one chunk at a time, and
// then helps the others with theirs. The shares are alike from job to job, so
// that a thread finds much of what it reads in its own cache.
type crew struct {
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

// How often a thread looks before it lets others have the processor, and how long one that has
// finished a run looks for the next before it sleeps: to wake it takes as long as several layers.
const (
	looks    = 1000
	patience = 500 * time.Microsecond
)

func newCrew(jobs [][]kernel.Job) *crew {
	n := len(jobs)
	c := &crew{jobs: jobs, next: make([][]cursor, len(jobs[0])), left: make([]atomic.Int64, len(jobs[0])), asleep: make([]cursor, n), wake: make([]chan struct{}, n)}
	for i := range jobs[0] {
		c.items = append(c.items, jobs[0][i].Items())
		c.next[i] = make([]cursor, n)
	}
	for t := 1; t < n; t++ {
		c.wake[t] = make(chan struct{}, 1)
		go func() {
			for turn := int64(1); c.await(t, turn); turn++ {
				c.work(t)
				c.finished.Add(1)
			}
		}()
	}
	return c
}

func (c *crew) run() {
	for i := range c.items {
		for t := range c.next[i] {
			c.next[i][t].Store(int64(t * c.items[i] / len(c.jobs)))
		}
		c.left[i].Store(int64(c.items[i]))
	}
	c.finished.Store(0)
	c.begin()
	c.work(0)
	for n := 0; c.finished.Load() < int64(len(c.jobs)-1); n++ {
		yield(n)
	}
}

// begin lets the other threads go on.
func (c *crew) begin() {
	c.turn.Add(1)
	for t := 1; t < len(c.jobs); t++ {
		if c.asleep[t].CompareAndSwap(1, 0) {
			c.wake[t] <- struct{}{}
		}
	}
}

// await returns when a turn has begun, with true, or when there are no more.
func (c *crew) await(t int, turn int64) bool {
	start := time.Now()
	for n := 0; c.turn.Load() < turn; n++ {
		yield(n)
		if n%looks == looks-1 && time.Since(start) > patience {
			c.asleep[t].Store(1)
			// Whoever begins a turn after this wakes the thread; it may have begun before.
			if c.turn.Load() < turn || !c.asleep[t].CompareAndSwap(1, 0) {
				<-c.wake[t]
			}
			break
		}
	}
	return !c.closed.Load()
}

// yield lets others have the processor when a loop has looked in vain for a while.
func yield(n int) {
	if n >= looks {
		runtime.Gosched()
	}
}

// work does its part of every job in turn. A job may begin only when the one
// before it is finished, because it reads what that one wrote.
func (c *crew) work(t int) {
	jobs := c.jobs[t]
	for i := range jobs {
		n := int64(c.items[i])
		chunk := max(1, n/int64(chunksAThread*len(c.jobs)))
		for k := range c.next[i] {
			of := (t + k) % len(c.jobs)
			end := int64((of + 1) * c.items[i] / len(c.jobs))
			for {
				from := c.next[i][of].Add(chunk) - chunk
				if from >= end {
					break
				}
				to := min(from+chunk, end)
				kernel.RunRange(&jobs[i], int(from), int(to))
				c.left[i].Add(from - to)
			}
		}
		for n := 0; c.left[i].Load() > 0; n++ {
			yield(n)
		}
	}
}

func (c *crew) close() {
	c.closed.Store(true)
	c.begin()
}

// cursor has a cache line to itself.
type cursor struct {
	atomic.Int64
	_ [56]byte
}
