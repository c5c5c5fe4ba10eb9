package classify

import (
	"fmt"
	"hash/maphash"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
)

// twins finds photos whose files are the same to the byte. Only files as long as another are read,
// one after the other, and no more is kept than a number for their bytes, since most photos have
// none.
type twins struct {
	wait   []*card
	ticket int // of the first of them, which is being read; 0 for none
	sums   map[int]uint64
}

// mostCompared is the most bytes of a file that is read to compare it.
const mostCompared = 256 << 20

var seed = maphash.MakeSeed()

// seek lists the files that are still to be read, and has the first of them read.
func (w *twins) seek(t *outside.Turn, photos []*queue.Photo, cards map[int]*card) {
	if w.ticket != 0 {
		return
	}
	if w.sums == nil {
		w.sums = map[int]uint64{}
	}
	alike := map[int64]int{}
	for _, p := range photos {
		alike[cards[p.ID].file.Bytes]++
	}
	w.wait = nil
	for _, p := range photos {
		c := cards[p.ID]
		if _, known := w.sums[p.ID]; !known && alike[c.file.Bytes] > 1 && c.file.Bytes > 0 {
			w.wait = append(w.wait, c)
		}
	}
	w.next(t)
}

func (w *twins) next(t *outside.Turn) {
	if w.ticket = 0; len(w.wait) > 0 {
		w.ticket = t.Ticket()
		t.Ask(outside.ReadFile{Ticket: w.ticket, File: w.wait[0].file.Object, Most: mostCompared})
	}
}

// receive takes a file that was read, and tells whether it was asked for here.
func (w *twins) receive(t *outside.Turn, e outside.FileDone) bool {
	if w.ticket == 0 || e.Ticket != w.ticket {
		return false
	}
	sum := uint64(0) // of what cannot be read
	if e.Fault == outside.Fine {
		sum = maphash.Bytes(seed, e.Data)
	}
	w.sums[w.wait[0].photo.ID] = sum
	w.wait = w.wait[1:]
	w.next(t)
	return true
}

// mark has each photo know what twins of it share.
func (w *twins) mark(photos []*queue.Photo, cards map[int]*card) {
	if len(w.sums) == 0 {
		return
	}
	type same struct {
		bytes int64
		sum   uint64
	}
	first := map[same]*queue.Photo{}
	for _, p := range photos {
		p.Twin = ""
		sum := w.sums[p.ID]
		if sum == 0 {
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
