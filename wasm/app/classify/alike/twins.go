package alike

import (
	"fmt"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// Twins finds photos whose files are the same to the byte. Only files as long as another are read,
// each once, by a worker, which tells their SHA-256.
type Twins struct {
	wait []*Card // that are still to be read
	ask  map[protocol.Job]*Card
	sums map[int]string // by photo; "" for what cannot be read
}

// Seek lists the files that are still to be read.
func (w *Twins) Seek(photos []*queue.Photo, cards func(int) *Card) {
	if w.sums == nil {
		w.sums, w.ask = map[int]string{}, map[protocol.Job]*Card{}
	}
	alike := map[int64]int{}
	for _, p := range photos {
		alike[cards(p.ID).File.Bytes]++
	}
	asked := map[*Card]bool{}
	for _, c := range w.ask {
		asked[c] = true
	}
	w.wait = nil
	for _, p := range photos {
		c := cards(p.ID)
		if _, known := w.sums[p.ID]; !known && !p.Missing && !asked[c] && alike[c.File.Bytes] > 1 && c.File.Bytes > 0 {
			w.wait = append(w.wait, c)
		}
	}
}

// Left is how many are still to be compared.
func (w *Twins) Left() int { return len(w.wait) + len(w.ask) }

// Hand gives an idle worker the next file, and tells whether there was one.
func (w *Twins) Hand(t *outside.Turn, p *pool.Pool, k *pool.Worker) bool {
	for len(w.wait) > 0 {
		c := w.wait[0]
		w.wait = w.wait[1:]
		if _, known := w.sums[c.Photo.ID]; known || c.Photo.Missing {
			continue
		}
		job := protocol.Job{ID: -t.Ticket()} // below 0, which tells it from photos
		w.ask[job] = c
		p.Hand(t, k, protocol.Digest{Job: job, File: c.File.Object})
		return true
	}
	return false
}

// Receive takes what the pool tells, and tells whether it was of a file here.
func (w *Twins) Receive(told any) bool {
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

func (w *Twins) take(job protocol.Job, sum string) bool {
	c := w.ask[job]
	if c == nil {
		return false
	}
	delete(w.ask, job)
	w.sums[c.Photo.ID] = sum
	return true
}

// HandBack asks again where the pool was closed meanwhile.
func (w *Twins) HandBack(job protocol.Job) bool {
	c := w.ask[job]
	if c == nil {
		return false
	}
	delete(w.ask, job)
	w.wait = append(w.wait, c)
	return true
}

// Forget forgets a photo.
func (w *Twins) Forget(photo int) { delete(w.sums, photo) }

// Mark has each photo know what twins of it share.
func (w *Twins) Mark(photos []*queue.Photo, cards func(int) *Card) {
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
		key := same{cards(p.ID).File.Bytes, sum}
		if q := first[key]; q == nil {
			first[key] = p
		} else {
			q.Twin = fmt.Sprintf("%08d", q.ID)
			p.Twin = q.Twin
		}
	}
}
