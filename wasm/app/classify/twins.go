package classify

import (
	"fmt"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// twins finds photos whose files are the same to the byte. Only files as long as another are read,
// each once, by a worker, which tells their SHA-256.
type twins struct {
	wait []*card // that are still to be read
	ask  map[protocol.Job]*card
	sums map[int]string // by photo; "" for what cannot be read
}

// seek lists the files that are still to be read.
func (w *twins) seek(photos []*queue.Photo, cards map[int]*card) {
	if w.sums == nil {
		w.sums, w.ask = map[int]string{}, map[protocol.Job]*card{}
	}
	alike := map[int64]int{}
	for _, p := range photos {
		alike[cards[p.ID].file.Bytes]++
	}
	asked := map[*card]bool{}
	for _, c := range w.ask {
		asked[c] = true
	}
	w.wait = nil
	for _, p := range photos {
		c := cards[p.ID]
		if _, known := w.sums[p.ID]; !known && !p.Missing && !asked[c] && alike[c.file.Bytes] > 1 && c.file.Bytes > 0 {
			w.wait = append(w.wait, c)
		}
	}
}

// left is how many are still to be compared.
func (w *twins) left() int { return len(w.wait) + len(w.ask) }

// hand gives an idle worker the next file, and tells whether there was one.
func (w *twins) hand(t *outside.Turn, p *pool.Pool, k *pool.Worker) bool {
	for len(w.wait) > 0 {
		c := w.wait[0]
		w.wait = w.wait[1:]
		if _, known := w.sums[c.photo.ID]; known || c.photo.Missing {
			continue
		}
		job := protocol.Job{ID: -t.Ticket()} // below 0, which tells it from photos
		w.ask[job] = c
		p.Hand(t, k, protocol.Digest{Job: job, File: c.file.Object})
		return true
	}
	return false
}

// receive takes what the pool tells, and tells whether it was of a file here.
func (w *twins) receive(told any) bool {
	switch m := told.(type) {
	case pool.Answered:
		if d, is := m.Message.(protocol.Digested); is {
			return w.take(m.Job, d.SHA256)
		}
	case pool.GaveUp:
		return w.take(m.Job, "")
	case pool.Lost:
		return w.take(m.Job, "")
	}
	return false
}

func (w *twins) take(job protocol.Job, sum string) bool {
	c := w.ask[job]
	if c == nil {
		return false
	}
	delete(w.ask, job)
	w.sums[c.photo.ID] = sum
	return true
}

// handBack asks again where the pool was closed meanwhile.
func (w *twins) handBack(job protocol.Job) bool {
	c := w.ask[job]
	if c == nil {
		return false
	}
	delete(w.ask, job)
	w.wait = append(w.wait, c)
	return true
}

// mark has each photo know what twins of it share.
func (w *twins) mark(photos []*queue.Photo, cards map[int]*card) {
	if len(w.sums) == 0 {
		return
	}
	type same struct {
		bytes int64
		sum   string
	}
	first := map[same]*queue.Photo{}
	for _, p := range photos {
		p.Twin = ""
		sum := w.sums[p.ID]
		if sum == "" {
			continue
		}
		key := same{cards[p.ID].file.Bytes, sum}
		if q := first[key]; q == nil {
			first[key] = p
		} else {
			q.Twin = fmt.Sprintf("%08d", q.ID)
			p.Twin = q.Twin
		}
	}
}
