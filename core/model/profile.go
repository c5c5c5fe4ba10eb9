package model

import (
	"time"

	"homeroom/core/graph"
	"homeroom/core/kernel"
)

// Profile is where the time of a network goes. Times are means over its runs, which a coarse clock
// does not bias.
type Profile struct {
	Layers []graph.Timing // on one thread
	One    time.Duration  // a run on one thread
	All    time.Duration  // a run on all of the classifier's threads; 0 where it has one
	Runs   int
	Peak   float64 // floating-point operations a second that one thread can do; see [graph.Peak]
}

// Slowest returns the index of the layer that takes longest.
func (p *Profile) Slowest() int {
	at := 0
	for i := range p.Layers {
		if p.Layers[i].Time > p.Layers[at].Time {
			at = i
		}
	}
	return at
}

// Sum returns the multiply-adds of all layers.
func (p *Profile) Sum() (macs int64) {
	for i := range p.Layers {
		macs += p.Layers[i].MACs
	}
	return macs
}

// Speed returns floating-point operations a second of so many multiply-adds in a time, 0 in none.
func Speed(macs int64, t time.Duration) float64 {
	if t <= 0 {
		return 0
	}
	return 2 * float64(macs) / t.Seconds()
}

// Profile measures the network, for at least the given runs and time each of the three ways: layer
// by layer, on one thread, and, where wanted and there are more, on all.
func (c *Classifier) Profile(runs int, least time.Duration, all bool) Profile {
	in := c.program.Input()
	fill := func() {
		for i := range in.Data {
			in.Data[i] = float32(i%255)/128 - 1
		}
	}
	repeat := func(f func()) (mean time.Duration, n int) {
		for range 2 {
			fill()
			f()
		}
		for begin := time.Now(); n < runs || time.Since(begin) < least; n++ {
			fill()
			start := time.Now()
			f()
			mean += time.Since(start)
		}
		return mean / time.Duration(n), n
	}
	var p Profile
	var rounds [][]graph.Timing
	repeat(func() { rounds = append(rounds, c.program.Profile()) })
	rounds = rounds[2:]
	p.Layers = rounds[0]
	for _, r := range rounds[1:] {
		for i := range p.Layers {
			p.Layers[i].Time += r[i].Time
		}
	}
	for i := range p.Layers {
		p.Layers[i].Time /= time.Duration(len(rounds))
	}
	was := c.program.Alone
	c.program.Alone = true
	p.One, p.Runs = repeat(c.program.Run)
	if all && c.program.Threads() > 1 {
		c.program.Alone = false
		p.All, _ = repeat(c.program.Run)
	}
	c.program.Alone = was
	p.Peak = graph.Peak(c.level, 400*time.Millisecond)
	return p
}

// PeakOf returns the share of the peak that so many multiply-adds in a time reach.
func (p *Profile) PeakOf(macs int64, t time.Duration) float64 { return Speed(macs, t) / p.Peak }

// Level returns the vector instructions that the classifier runs on.
func (c *Classifier) Level() kernel.Level { return c.level }
