package graph

import (
	"runtime"
	"sync"
	"sync/atomic"

	"homeroom/core/kernel"
)

// crew runs the jobs of a program on several threads: every job is cut into
// its items, and each thread takes a share of them, one chunk at a time, and
// then helps the others with theirs. The shares are alike from job to job, so
// that a thread finds much of what it reads in its own cache.
type crew struct {
	jobs  [][]kernel.Job // [thread][step]
	items []int

	next  [][]cursor     // [step][thread] the first item of the thread's share that nobody has taken
	left  []atomic.Int64 // [step] items that are not finished
	start []chan struct{}
	done  sync.WaitGroup
}

func newCrew(jobs [][]kernel.Job) *crew {
	c := &crew{jobs: jobs, next: make([][]cursor, len(jobs[0])), left: make([]atomic.Int64, len(jobs[0]))}
	for i := range jobs[0] {
		c.items = append(c.items, jobs[0][i].Items())
		c.next[i] = make([]cursor, len(jobs))
	}
	for t := 1; t < len(jobs); t++ {
		start := make(chan struct{}, 1)
		c.start = append(c.start, start)
		go func() {
			for range start {
				c.work(t)
				c.done.Done()
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
	c.done.Add(len(c.start))
	for _, s := range c.start {
		s <- struct{}{}
	}
	c.work(0)
	c.done.Wait()
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
		for spins := 0; c.left[i].Load() > 0; spins++ {
			if spins > 100 {
				runtime.Gosched()
			}
		}
	}
}

func (c *crew) close() {
	for _, s := range c.start {
		close(s)
	}
}

// cursor has a cache line to itself.
type cursor struct {
	atomic.Int64
	_ [56]byte
}
