package jpeg

import (
	"bytes"
	"slices"
	"sync"
)

// leastPart is the least units that are worth a goroutine. Tests have smaller files.
var leastPart = 256

// parts decodes a scan on several threads, each from a restart on: there the decoder knows nothing
// of what came before. It returns false where the data are not as a sound file has them; what it
// wrote then is to be written over.
func (s *scan) parts(threads int) (sound bool) {
	d := s.d
	s.lookForPairs()
	unitsX, unitsY, _ := d.units()
	units := unitsX * unitsY
	restarts := (units - 1) / d.interval
	begins := s.restarts(restarts)
	if len(begins) < restarts { // the first part begins at none
		return false
	}
	begins = append([]int{s.at}, begins...)
	// Several parts a thread, since some are longer to decode than others.
	step := max((len(begins)+4*threads-1)/(4*threads), (leastPart+d.interval-1)/d.interval)
	all := make([]*scan, 0, len(begins)/step+1)
	for from := 0; from < len(begins); from += step {
		all = append(all, s.part(begins[from], from))
	}
	if len(all) == 1 {
		return false
	}
	next := make(chan int, len(all))
	for i := range all {
		next <- i
	}
	close(next)
	var working sync.WaitGroup
	for range min(threads, len(all)) {
		working.Go(func() {
			for i := range next {
				all[i].decode(i*step*d.interval, min((i+1)*step*d.interval, units), i < len(all)-1)
			}
		})
	}
	working.Wait()
	for i, p := range all {
		if p.d.damaged != "" || i < len(all)-1 && p.at != begins[(i+1)*step] {
			return false
		}
	}
	s.source, s.next = all[len(all)-1].source, all[len(all)-1].next
	return true
}

// restarts returns where the data behind the first restart markers of the scan begin, as many as
// there are up to most.
func (s *scan) restarts(most int) (begins []int) {
	for at := s.at; len(begins) < most; {
		i := bytes.IndexByte(s.data[at:], 0xff)
		if i < 0 || at+i+1 >= len(s.data) {
			break
		}
		at += i + 1
		switch code := s.data[at]; {
		case code == 0:
			at++
		case code == 0xff:
		case code == rst0+byte(len(begins)&7):
			at++
			begins = append(begins, at)
		default:
			return begins
		}
	}
	return begins
}

// part is a scan of its own of the same data, from a place behind so many restarts on.
func (s *scan) part(at, restarts int) *scan {
	d := *s.d
	d.scan = slices.Clone(s.d.scan)
	for i, c := range d.scan {
		own := *c
		own.last = 0
		d.scan[i] = &own
	}
	d.damaged = ""
	return &scan{source: source{data: s.data, at: at}, d: &d, next: restarts & 7}
}

// decode decodes a part, with the restart behind it where more follows.
func (s *scan) decode(from, to int, more bool) {
	defer func() {
		if recover() != nil { // it is told where the whole is decoded in one
			s.d.note(corrupt)
		}
	}()
	s.sequence(from, to)
	if more {
		s.restart()
	}
}
