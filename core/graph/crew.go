package graph

import (
	"runtime"
	"sync"
	"sync/atomic"

	"homeroom/core/kernel"
)

// crew runs the jobs of a program on several threads: every job is cut into
// its items, which the threads take one chunk at a time.
type crew struct {
	jobs  [][]kernel.Job // [thread][step]
	items []int

	next  []atomic.Int64 // [step] the first item that nobody has taken
	left  []atomic.Int64 // [step] items that are not finished
	start []chan struct{}
	done  sync.WaitGroup
}

func newCrew(jobs [][]kernel.Job) *crew {
	c := &crew{jobs: jobs, next: make([]atomic.Int64, len(jobs[0])), left: make([]atomic.Int64, len(jobs[0]))}
	for i := range jobs[0] {
		c.items = append(c.items, jobs[0][i].Items())
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
		c.next[i].Store(0)
		c.left[i].Store(int64(c.items[i]))
	}
	c.done.Add(len(c.start))
	for _, s := range c.start {
		s <- struct{}{}
	}
	c.work(0)
	c.done.Wait()
}

// work does its share of every job in turn. A job may begin only when the one
// before it is finished, because it reads what that one wrote.
func (c *crew) work(t int) {
	jobs := c.jobs[t]
	for i := range jobs {
		n := int64(c.items[i])
		chunk := max(1, n/int64(chunksAThread*len(c.jobs)))
		for {
			from := c.next[i].Add(chunk) - chunk
			if from >= n {
				break
			}
			to := min(from+chunk, n)
			kernel.RunRange(&jobs[i], int(from), int(to))
			c.left[i].Add(from - to)
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
