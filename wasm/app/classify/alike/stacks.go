package alike

import (
	"strconv"
	"time"

	"homeroom/core/disjoint"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// Stacks finds photos that look alike: the same picture at another size or quality, and bursts. A
// worker compares them by what the network saw in them, once none is to be named any more. Of
// thousands, they are laid out for it some at a time, so that the page answers in between.
type Stacks struct {
	Spread map[int]bool // those that a person wants to see all of
	Why    string       // they could not be compared
	Share  float64      // that is done, where it takes so long that a person is told; else 0

	ask  pool.Question
	sent []*Card // in the order in which they were asked about
	due  []*Card // that are to be
	with int     // how many were compared last
	by   string  // what answered them

	worker int // where they lie, while they are asked about
	laid   int // of sent
	laying int // more of them, on their way
	stop   bool
	since  time.Time
	left   time.Duration
	told   time.Time // when that was told last: who listens to the page hears it
}

const (
	// mostStacked is how many photos are compared: every one with every other.
	mostStacked = 20_000
	// laidAtOnce is how many photos are laid out between two events.
	laidAtOnce = 400
	// slowComparing is from when on a person is told how far it is.
	slowComparing = 400 * time.Millisecond
)

// Seek has photos compared where some came since that was done last; by is what answers now.
func (k *Stacks) Seek(photos []*queue.Photo, cards func(int) *Card, by string) {
	var list []*Card
	for _, p := range photos {
		if c := cards(p.ID); c.Look.Vector != nil && c.LookBy == by && len(list) < mostStacked {
			list = append(list, c)
		}
	}
	if len(list) == k.with && k.by == by || k.ask.Open {
		return
	}
	k.due, k.with, k.by, k.Why = list, len(list), by, ""
	if len(list) > 1 {
		k.ask.Ask()
		k.laid, k.Share, k.since = 0, 0, time.Time{}
	}
}

// Drop ends it, where nobody wants to know any more.
func (k *Stacks) Drop() {
	if k.ask.Open {
		k.ask.Drop()
		k.sent, k.with, k.laid, k.Share, k.stop = nil, 0, 0, 0, true
	}
}

// End has the worker know that.
func (k *Stacks) End(t *outside.Turn, p *pool.Pool) {
	if w := p.Worker(k.worker); k.stop && w != nil {
		p.Post(t, w, protocol.Stop{})
	}
	k.stop = false
}

// Own is the worker that photos lie with and that waits for the next of them; nil for none.
func (k *Stacks) Own(p *pool.Pool) *pool.Worker {
	w := p.Worker(k.worker)
	switch {
	case !k.ask.Due || k.laid == 0 || w != nil && w.Busy:
		return nil
	case w == nil || !w.Opened: // it died, and they with it
		k.laid = 0
		return nil
	}
	return w
}

// Hand gives an idle worker the next step, and tells whether there was one.
func (k *Stacks) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if !k.ask.Due || k.laid > 0 && w.ID != k.worker {
		return false
	}
	if k.laid == 0 {
		k.sent, k.worker = k.due, w.ID
	}
	if k.laid == len(k.sent) {
		k.since = t.Now
		p.Hand(t, w, protocol.Compare{Job: k.ask.Job(t)})
		return true
	}
	some := k.sent[k.laid:min(k.laid+laidAtOnce, len(k.sent))]
	m := protocol.Lay{Job: k.ask.Job(t), From: k.laid, Vectors: make([]protocol.Object, len(some))}
	text := []byte{'['}
	for i, c := range some {
		if i > 0 {
			text = append(text, ',')
		}
		taken, own := c.Look.Taken, int64(1)
		if taken == 0 {
			taken, own = max(c.File.Changed, 0), 0
		}
		pixels := int64(0)
		if a := c.Photo.Answer; a != nil {
			pixels = int64(a.Width) * int64(a.Height)
		}
		text = strconv.AppendUint(append(text, '['), c.Look.PerceptualHash, 10)
		for _, n := range []int64{taken, own, pixels, c.File.Bytes} {
			text = strconv.AppendInt(append(text, ','), n, 10)
		}
		text = append(text, ']')
		m.Vectors[i] = c.Look.Vector
	}
	m.Photos = protocol.Text(append(text, ']'))
	k.laying = len(some)
	p.Hand(t, w, m)
	return true
}

// Receive takes what the pool tells. It tells whether it was of this question, and whether that is
// dealt with now.
func (k *Stacks) Receive(t *outside.Turn, told any) (own, over bool) {
	if m, is := told.(pool.Progress); is {
		if own = k.ask.Open && m.ID < 0 && k.ask.Asked(m.ID); own && t.Now.Sub(k.since) > slowComparing && t.Now.Sub(k.told) >= time.Second {
			k.told = t.Now
			k.Share = max(m.Progress.Share, 1e-3)
			k.left = time.Duration(float64(t.Now.Sub(k.since)) * (1 - k.Share) / k.Share)
			t.Soon()
		}
		return own, false
	}
	message, why, own := k.ask.Hear(told)
	if own {
		k.Why = why
	}
	switch m := message.(type) {
	case protocol.Laid:
		k.laid += k.laying
		k.ask.Next()
		return true, false
	case protocol.Compared:
		k.take(m.Groups)
	}
	if _, lost := told.(pool.Lost); own && lost {
		k.laid = 0
	}
	return own, own && !k.ask.Open
}

// HandBack asks again where the pool was closed meanwhile.
func (k *Stacks) HandBack(job protocol.Job) bool {
	if !k.ask.HandBack(job) {
		return false
	}
	k.laid = 0
	return true
}

// Open tells whether photos are being compared.
func (k *Stacks) Open() bool { return k.ask.Open }

// Says says how far it is.
func (k *Stacks) Says() string {
	if k.Share == 0 {
		return say("Comparing the photos…")
	}
	return say("Comparing the photos: {1}", words.Percent(k.Share)) + " · " + say("{1} left", words.Roughly(k.left))
}

// take notes which photos lie in one stack. A picture that is there twice may be of a burst, and
// then they are one.
func (k *Stacks) take(groups []protocol.Group) {
	sets := disjoint.New(len(k.sent))
	in := make([]bool, len(k.sent))
	for _, g := range groups {
		for _, i := range g.Photos {
			if i >= 0 && i < len(in) && g.Photos[0] >= 0 && g.Photos[0] < len(in) {
				in[i] = true
				sets.Join(g.Photos[0], i)
			}
		}
	}
	first := map[int]int{}
	for i, c := range k.sent {
		if c.Photo.Stack = 0; !in[i] {
			continue
		}
		root := sets.Root(i)
		if first[root] == 0 {
			first[root] = c.Photo.ID
		}
		c.Photo.Stack = first[root]
	}
	k.sent, k.laid, k.Share = nil, 0, 0
}
