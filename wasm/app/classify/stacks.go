package classify

import (
	"strconv"

	"homeroom/core/disjoint"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// stacks finds photos that look alike: the same picture at another size or quality, and bursts. A
// worker compares them by what the network saw in them, once none is to be named any more.
type stacks struct {
	ask    pool.Question
	sent   []*card // in the order in which they were asked about
	due    []*card // that are to be
	with   int     // how many were compared last
	by     string  // what answered them
	spread map[int]bool
	why    string // they could not be compared
}

// mostStacked is how many photos are compared: every one with every other.
const mostStacked = 20_000

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
	}
}

// hand gives an idle worker the question, and tells whether there was one.
func (k *stacks) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if !k.ask.Due {
		return false
	}
	k.sent = k.due
	m := protocol.Compare{Job: k.ask.Job(t), Vectors: make([]protocol.Object, len(k.sent))}
	text := []byte{'['}
	for i, c := range k.sent {
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
	p.Hand(t, w, m)
	return true
}

// receive takes what the pool tells, and tells whether it was of this question.
func (k *stacks) receive(told any) bool {
	message, why, own := k.ask.Hear(told)
	if own {
		k.why = why
	}
	if found, is := message.(protocol.Compared); is {
		k.take(found.Groups)
	}
	return own
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
	k.sent = nil
}
