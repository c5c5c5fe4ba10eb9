package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// near finds the photos that are most like one. A worker compares what the network saw in them.
type near struct {
	ask  pool.Question
	of   int     // ID of the one; 0 for none
	sent []*card // in the order in which they were asked about, that one first
	with int     // how many
	why  string  // they could not be compared
}

// mostNear is how many photos are shown that are like one.
const mostNear = 60

// seek has the photos compared with the one of an ID, where that was not done with all of them.
func (n *near) seek(of int, photos []*queue.Photo, cards map[int]*card) {
	c := cards[of]
	if c == nil || c.look.Vector == nil {
		n.drop(photos)
		return
	}
	list := []*card{c}
	for _, p := range photos {
		if o := cards[p.ID]; o != c && o.look.Vector != nil && o.lookBy == c.lookBy && len(list) < mostStacked {
			list = append(list, o)
		}
	}
	if of == n.of && len(list) == n.with {
		return
	}
	n.drop(photos)
	n.of, n.sent, n.with, n.why = of, list, len(list), ""
	c.photo.Like = 1
	n.ask.Ask()
}

// drop forgets what is like what.
func (n *near) drop(photos []*queue.Photo) {
	if n.of == 0 {
		return
	}
	n.of, n.with, n.sent = 0, 0, nil
	n.ask.Drop()
	for _, p := range photos {
		p.Like = 0
	}
}

// hand gives an idle worker the question, and tells whether there was one.
func (n *near) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if !n.ask.Due {
		return false
	}
	m := protocol.Rank{Job: n.ask.Job(t), Most: mostNear, Vectors: make([]protocol.Object, len(n.sent))}
	for i, c := range n.sent {
		m.Vectors[i] = c.look.Vector
	}
	p.Hand(t, w, m)
	return true
}

// receive takes what the pool tells, and tells whether it was of this question.
func (n *near) receive(told any) bool {
	message, why, own := n.ask.Hear(told)
	if own {
		n.why = why
	}
	if found, is := message.(protocol.Ranked); is {
		for i, at := range found.Photos {
			if at >= 0 && at < len(n.sent) && i < len(found.Cosines) {
				n.sent[at].photo.Like = max(found.Cosines[i], 1e-6)
			}
		}
	}
	return own
}
