package alike

import (
	"sort"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// Near finds the photos that are most like one. A worker compares what the network saw in them,
// some at a time, so that the page answers in between.
type Near struct {
	Of   int // ID of the one; 0 for none
	ask  pool.Question
	sent []*Card // in the order in which they are asked about, that one first
	with int     // how many
	at   int     // of them the first of those that are on their way
	like []likeness
	why  string // they could not be compared
}

// A likeness is how much a photo is like the one.
type likeness struct {
	*Card
	cosine float64
}

// mostNear is how many photos are shown that are like one.
const mostNear = 60

// Seek has the photos compared with the one of an ID, where that was not done with all of them.
func (n *Near) Seek(of int, photos []*queue.Photo, cards func(int) *Card) {
	c := cards(of)
	if c == nil || c.Look.Vector == nil {
		n.Drop(photos)
		return
	}
	list := []*Card{c}
	for _, p := range photos {
		if o := cards(p.ID); o != c && o.Look.Vector != nil && o.LookBy == c.LookBy && len(list) < mostStacked {
			list = append(list, o)
		}
	}
	if of == n.Of && len(list) == n.with {
		return
	}
	n.Drop(photos)
	n.Of, n.sent, n.with, n.at, n.like, n.why = of, list, len(list), 1, nil, ""
	c.Photo.Like = 1
	n.ask.Ask()
}

// Drop forgets what is like what.
func (n *Near) Drop(photos []*queue.Photo) {
	if n.Of == 0 {
		return
	}
	n.Of, n.with, n.sent, n.like = 0, 0, nil, nil
	n.ask.Drop()
	for _, p := range photos {
		p.Like = 0
	}
}

// Hand gives an idle worker the question, and tells whether there was one.
func (n *Near) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if !n.ask.Due {
		return false
	}
	m := protocol.Rank{Job: n.ask.Job(t), Most: mostNear, Vectors: []protocol.Object{n.sent[0].Look.Vector}}
	for _, c := range n.some() {
		m.Vectors = append(m.Vectors, c.Look.Vector)
	}
	p.Hand(t, w, m)
	return true
}

// some are the photos that are on their way.
func (n *Near) some() []*Card { return n.sent[n.at:min(n.at+laidAtOnce, len(n.sent))] }

// Receive takes what the pool tells. It tells whether it was of this question, and whether that is
// dealt with now.
func (n *Near) Receive(told any) (own, over bool) {
	message, why, own := n.ask.Hear(told)
	if own {
		n.why = why
	}
	if found, is := message.(protocol.Ranked); is {
		for i, at := range found.Photos {
			if some := n.some(); at > 0 && at <= len(some) && i < len(found.Cosines) {
				n.like = append(n.like, likeness{some[at-1], found.Cosines[i]})
			}
		}
		if n.at += len(n.some()); n.at < len(n.sent) {
			n.ask.Next()
			return true, false
		}
		sort.SliceStable(n.like, func(i, j int) bool { return n.like[i].cosine > n.like[j].cosine })
		for _, one := range n.like[:min(mostNear-1, len(n.like))] {
			one.Photo.Like = max(one.cosine, 1e-6)
		}
		n.like = nil
	}
	return own, own && !n.ask.Open
}

// HandBack asks again where the pool was closed meanwhile.
func (n *Near) HandBack(job protocol.Job) bool { return n.ask.HandBack(job) }

// Open tells whether photos are being compared.
func (n *Near) Open() bool { return n.ask.Open }
