package classify

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

// stacks finds photos that look alike: the same picture at another size or quality, and bursts. A
// worker compares them by what the network saw in them, once none is to be named any more. Of
// thousands, they are laid out for it some at a time, so that the page answers in between.
type stacks struct {
	ask    pool.Question
	sent   []*card // in the order in which they were asked about
	due    []*card // that are to be
	with   int     // how many were compared last
	by     string  // what answered them
	spread map[int]bool
	why    string // they could not be compared

	worker int // where they lie, while they are asked about
	laid   int // of sent
	laying int // more of them, on their way
	stop   bool
	since  time.Time
	share  float64 // that is done, where it takes so long that a person is told; else 0
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

// seek has photos compared where some came since that was done last; by is what answers now.
func (k *stacks) seek(photos []*queue.Photo, cards map[int]*card, by string) {
	var list []*card
	for _, p := range photos {
		if c := cards[p.ID]; c.look.Vector != nil && c.lookBy == by && len(list) < mostStacked {
			list = append(list, c)
		}
	}
	if len(list) == k.with && k.by == by || k.ask.Open {
		return
	}
	k.due, k.with, k.by, k.why = list, len(list), by, ""
	if len(list) > 1 {
		k.ask.Ask()
		k.laid, k.share, k.since = 0, 0, time.Time{}
	}
}

// drop ends it, where nobody wants to know any more.
func (k *stacks) drop() {
	if k.ask.Open {
		k.ask.Drop()
		k.sent, k.with, k.laid, k.share, k.stop = nil, 0, 0, 0, true
	}
}

// end has the worker know that.
func (k *stacks) end(t *outside.Turn, p *pool.Pool) {
	if w := p.Worker(k.worker); k.stop && w != nil {
		p.Post(t, w, protocol.Stop{})
	}
	k.stop = false
}

// own is the worker that photos lie with and that waits for the next of them; nil for none.
func (k *stacks) own(p *pool.Pool) *pool.Worker {
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

// hand gives an idle worker the next step, and tells whether there was one.
func (k *stacks) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
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
		taken, own := c.look.Taken, int64(1)
		if taken == 0 {
			taken, own = max(c.file.Changed, 0), 0
		}
		pixels := int64(0)
		if a := c.photo.Answer; a != nil {
			pixels = int64(a.Width) * int64(a.Height)
		}
		text = strconv.AppendUint(append(text, '['), c.look.PerceptualHash, 10)
		for _, n := range []int64{taken, own, pixels, c.file.Bytes} {
			text = strconv.AppendInt(append(text, ','), n, 10)
		}
		text = append(text, ']')
		m.Vectors[i] = c.look.Vector
	}
	m.Photos = protocol.Text(append(text, ']'))
	k.laying = len(some)
	p.Hand(t, w, m)
	return true
}

// receive takes what the pool tells. It tells whether it was of this question, and whether that is
// dealt with now.
func (k *stacks) receive(t *outside.Turn, told any) (own, over bool) {
	if m, is := told.(pool.Progress); is {
		if own = k.ask.Open && m.ID < 0 && k.ask.Asked(m.ID); own && t.Now.Sub(k.since) > slowComparing && t.Now.Sub(k.told) >= time.Second {
			k.told = t.Now
			k.share = max(m.Progress.Share, 1e-3)
			k.left = time.Duration(float64(t.Now.Sub(k.since)) * (1 - k.share) / k.share)
			t.Soon()
		}
		return own, false
	}
	message, why, own := k.ask.Hear(told)
	if own {
		k.why = why
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

// handBack asks again where the pool was closed meanwhile.
func (k *stacks) handBack(job protocol.Job) bool {
	if !k.ask.HandBack(job) {
		return false
	}
	k.laid = 0
	return true
}

// says says how far it is.
func (k *stacks) says() string {
	if k.share == 0 {
		return say("Comparing the photos…")
	}
	return say("Comparing the photos: {1}", words.Percent(k.share)) + " · " + say("{1} left", words.Roughly(k.left))
}

// take notes which photos lie in one stack. A picture that is there twice may be of a burst, and
// then they are one.
func (k *stacks) take(groups []protocol.Group) {
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
		if c.photo.Stack = 0; !in[i] {
			continue
		}
		root := sets.Root(i)
		if first[root] == 0 {
			first[root] = c.photo.ID
		}
		c.photo.Stack = first[root]
	}
	k.sent, k.laid, k.share = nil, 0, 0
}
