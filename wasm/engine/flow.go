package engine

import (
	"io"
	"time"
)

// flow is what comes of a pack, for one reader: reading waits for what has not come.
type flow struct {
	pieces [][]byte
	ended  bool
	more   chan struct{} // told once more came, or the end
	idle   func()        // called where nothing is there to be read, before that is waited for
}

func newFlow() *flow { return &flow{more: make(chan struct{}, 1)} }

// put adds a piece.
func (f *flow) put(piece []byte) {
	if len(piece) > 0 {
		f.pieces = append(f.pieces, piece)
		f.tell()
	}
}

// end says that no more comes.
func (f *flow) end() {
	f.ended = true
	f.tell()
}

func (f *flow) tell() {
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// patience is how long nothing has to come before there is time for something else: pieces that are
// here already are handed on by the browser one after the other.
const patience = 10 * time.Millisecond

func (f *flow) Read(to []byte) (int, error) {
	for len(f.pieces) == 0 {
		if f.ended {
			return 0, io.EOF
		}
		late := time.NewTimer(patience)
		select {
		case <-f.more:
		case <-late.C:
			if f.idle != nil {
				f.idle()
			}
			if len(f.pieces) == 0 && !f.ended {
				<-f.more
			}
		}
		late.Stop()
	}
	n := copy(to, f.pieces[0])
	if f.pieces[0] = f.pieces[0][n:]; len(f.pieces[0]) == 0 {
		f.pieces[0], f.pieces = nil, f.pieces[1:]
	}
	return n, nil
}

// rehearsals tells when a network that is on its way is worth rehearsing: each time another quarter
// of it has come, while there is more time left than that takes.
type rehearsals struct {
	began time.Time
	next  int // quarter
}

// leastLeft is how long the rest of a pack must be expected to take.
const leastLeft = 400 * time.Millisecond

// due tells whether it is time, with got of size bytes here.
func (p *rehearsals) due(now time.Time, got, size int64) bool {
	quarter := int(4 * got / max(size, 1))
	if quarter <= p.next || got <= 0 {
		return false
	}
	if left := float64(now.Sub(p.began)) * float64(size-got) / float64(got); left < float64(leastLeft) {
		return false
	}
	p.next = quarter
	return true
}
