package jpeg

import "bytes"

// scan is the state of decoding the data of one scan.
type scan struct {
	source
	d     *decoder
	coder arithmetic

	next  int  // number of the next restart
	empty bool // nothing is left of the data before the next restart
	run   int  // blocks that are still without a coefficient in the band, EOBRUN of section G.1.2.2
	block [64]int16
}

const (
	cut     = "its data end early"
	corrupt = "its data are corrupt"
)

// units is how many units the scan has across and down, and whether it is of one component alone:
// then each block, or sample, with a part in the picture is one (A.2).
func (d *decoder) units() (x, y int, alone bool) {
	if len(d.scan) == 1 {
		return d.scan[0].blocksX, d.scan[0].blocksY, true
	}
	return d.unitsX, d.unitsY, false
}

// units calls decode for each block of the scan in its order, with restarts between the units. at
// is the block's number in its component. Where the data ended, blocks are left as they are, as
// libjpeg does. Where decode is nil, the first coefficients of a progressive file are decoded,
// Huffman coded: so short a thing that a call through a pointer would take as long.
func (s *scan) units(decode func(c *component, at int)) {
	d := s.d
	unitsX, unitsY, alone := d.units()
	left := d.interval
	for y := range unitsY {
		row := y // of units that are made of all components
		if alone {
			row /= d.scan[0].v
		}
		for x := range unitsX {
			if d.interval > 0 {
				if left == 0 {
					s.restart()
					left = d.interval
				}
				left--
			}
			if s.empty {
				if s.over() {
					return
				}
				continue
			}
			d.whole = row
			for _, c := range d.scan {
				h, v := c.h, c.v
				if alone {
					h, v = 1, 1
				}
				for at := y*v*c.padX + x*h; v > 0; at, v = at+c.padX, v-1 {
					switch {
					case decode != nil:
						for i := range h {
							decode(c, at+i)
						}
					case d.high == 0:
						s.firstDC(c, at, h)
					default:
						s.moreDC(c, at, h)
					}
				}
			}
			if s.short() {
				s.empty = true
				d.note(cut)
			}
		}
	}
}

// blocks calls decode as units does, for the scan of one component: for as many blocks at once as
// there are up to the end of a row, or to the next restart. decode stops where the data end.
func (s *scan) blocks(decode func(c *component, at, n int)) {
	d := s.d
	c := d.scan[0]
	left := d.interval
	for y := range c.blocksY {
		for x := 0; x < c.blocksX; {
			n := c.blocksX - x
			if d.interval > 0 {
				if left == 0 {
					s.restart()
					left = d.interval
				}
				n = min(n, left)
				left -= n
			}
			if s.empty {
				if s.over() {
					return
				}
			} else {
				d.whole = y / c.v
				decode(c, y*c.padX+x, n)
				if s.short() {
					s.empty = true
					d.note(cut)
				}
			}
			x += n
		}
	}
}

// over says, where the data before the next restart have ended, whether there will be no more data
// in this scan.
func (s *scan) over() bool {
	if s.d.interval == 0 {
		return true
	}
	at := s.at
	for at < len(s.data) && s.data[at] == 0xff {
		at++
	}
	return at >= len(s.data) || s.data[at] >= sof0 && (s.data[at] < rst0 || s.data[at] > rst7)
}

// skip passes over the data of the scan.
func (s *scan) skip() {
	s.d.whole = s.d.unitsY
	for {
		i := bytes.IndexByte(s.data[s.at:], 0xff)
		if i < 0 {
			s.at = len(s.data)
			return
		}
		at := s.at + i
		next := at + 1
		for next < len(s.data) && s.data[next] == 0xff {
			next++
		}
		if next < len(s.data) && s.data[next] >= sof0 && (s.data[next] < rst0 || s.data[next] > rst7) {
			s.at = at
			return
		}
		s.at = min(next+1, len(s.data))
	}
}

// restart takes the next restart marker, and begins anew behind it. Where another stands there, it
// finds out which data are lost, as jpeg_resync_to_restart of libjpeg does.
func (s *scan) restart() {
	s.reset()
	at, found := s.peek()
	for _, b := range s.data[s.at:at] {
		if b != 0xff && !s.d.arithmetic { // what an arithmetic decoder does not read is padding
			s.d.note(corrupt)
			break
		}
	}
	swallowed := false
	if found == rst0+byte(s.next) {
		s.at, swallowed = at+2, true
	} else {
		s.d.note("a restart marker in its data is missing or misplaced")
		swallowed = s.resync(at, found)
	}
	s.next = (s.next + 1) & 7
	if swallowed {
		s.empty = false
	}
	for _, c := range s.d.scan {
		c.last, c.context = 0, 0
	}
	s.run = 0
	if s.d.arithmetic {
		s.begin()
	}
}

// peek finds the next marker: where its last ff stands, and which it is. Behind the end it is the
// end of the image.
func (s *scan) peek() (at int, code byte) {
	at = s.at
	for {
		i := bytes.IndexByte(s.data[at:], 0xff)
		if i < 0 {
			return len(s.data), eoi
		}
		for at += i; at+1 < len(s.data) && s.data[at+1] == 0xff; {
			at++
		}
		if at+1 >= len(s.data) {
			return len(s.data), eoi
		}
		if s.data[at+1] != 0 {
			return at, s.data[at+1]
		}
		at += 2
	}
}

// resync decides what is done about the marker at the given place where another one was due. It
// returns whether data follow.
func (s *scan) resync(at int, code byte) bool {
	for {
		s.at = at
		ahead := (code - rst0 - byte(s.next)) & 7 // how many restarts later
		switch {
		case code >= sof0 && (code < rst0 || code > rst7), code >= rst0 && code <= rst7 && (ahead == 1 || ahead == 2):
			return false // all data up to this marker are lost
		case code < sof0, ahead == 6 || ahead == 7:
			s.at = min(at+2, len(s.data)) // data of an earlier part, or no part at all: on to the next marker
			at, code = s.peek()
		default:
			s.at = min(at+2, len(s.data))
			return true
		}
	}
}
