package queue

import "time"

// paceWindow is how many finished photos the pace looks back on: enough to smooth a large photo
// among small ones, few enough to notice when the rest are of another kind.
const paceWindow = 48

// A Pace foretells how long the rest of a batch will take from how fast its last photos were
// finished. The zero Pace is ready for use.
type Pace struct{ times []time.Time }

// Start begins a batch.
func (p *Pace) Start(now time.Time) { p.times = append(p.times[:0], now) }

// Tick says that a photo was finished.
func (p *Pace) Tick(now time.Time) {
	if len(p.times) > paceWindow {
		copy(p.times, p.times[1:])
		p.times = p.times[:paceWindow]
	}
	p.times = append(p.times, now)
}

// Left foretells the time for n more photos. It says nothing before three photos and half a second
// have passed.
func (p *Pace) Left(n int) (time.Duration, bool) {
	done := len(p.times) - 1
	if done < 3 || n <= 0 {
		return 0, false
	}
	took := p.times[done].Sub(p.times[0])
	if took < 500*time.Millisecond && done < paceWindow {
		return 0, false
	}
	return time.Duration(float64(took) / float64(done) * float64(n)), true
}
