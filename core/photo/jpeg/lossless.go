package jpeg

// Lossless coding, annex H: each sample is foretold from its neighbours, and what it differs by is
// Huffman-coded. Units are of samples instead of blocks.

// checkLossless checks what the header of a scan says, table B.3. Restarts come at the ends of
// rows.
func (d *decoder) checkLossless() error {
	unitsX, _, _ := d.units()
	switch {
	case d.from < 1 || d.from > 7 || d.to != 0 || d.high != 0 || d.low > 7:
		return FormatError("a scan has a predictor that can't be")
	case d.interval%unitsX != 0:
		return FormatError("it has restarts within a row of samples")
	}
	return nil
}

// lossless decodes a scan of a lossless file to samples. Behind the end of the data they are grey,
// as in libjpeg.
func (s *scan) lossless() {
	d := s.d
	unitsX, unitsY, alone := d.units()
	// Of each component, the differences of a row of units, and the samples of the row before. They
	// are of 16 bits: damaged data may lead past the eight that are kept.
	var diffs, before [4][]uint16
	for i, c := range d.scan {
		before[i] = make([]uint16, c.padX)
		diffs[i] = make([]uint16, c.padX*c.v)
	}
	left, first := d.interval/unitsX, true
	for y := range unitsY {
		if d.interval > 0 {
			if left == 0 {
				s.restart()
				left, first = d.interval/unitsX, true
			}
			left--
		}
		if s.empty {
			first = true
			for i := range d.scan {
				clear(diffs[i])
			}
		} else {
			s.differences(unitsX, alone, &diffs)
		}
		for i, c := range d.scan {
			v := c.v
			if alone {
				v = 1
			}
			for j := range v {
				row := diffs[i][j*c.padX:][:c.padX]
				if first && j == 0 {
					d.firstRow(row)
				} else {
					sum(row, before[i], d.from)
				}
				copy(before[i], row)
				to := c.plane[(y*v+j)*c.stride:][:c.padX]
				for x, sample := range row {
					to[x] = byte(sample << d.low)
				}
			}
		}
		first = false
	}
}

// differences decodes the differences of one row of units.
func (s *scan) differences(unitsX int, alone bool, diffs *[4][]uint16) {
	for x := range unitsX {
		for i, c := range s.d.scan {
			h, v := c.h, c.v
			if alone {
				h, v = 1, 1
			}
			table := s.d.tables[0][c.dc&3]
			for j := range v {
				for k := range h {
					diffs[i][j*c.padX+x*h+k] = s.differs(table)
				}
			}
		}
		if s.short() && !s.empty {
			s.empty = true
			s.d.note(cut)
		}
	}
}

// differs decodes one difference, modulo 2¹⁶, section H.2.2.
func (s *scan) differs(table *huffman) uint16 {
	if s.n <= 32 {
		s.fill()
	}
	size, ok := s.symbol(table)
	if !ok {
		s.d.note(corrupt)
	}
	switch size {
	case 0:
		return 0
	case 16: // without bits of its own
		return 1 << 15
	}
	return uint16(extend(s.take(uint(size)), size))
}

// firstRow makes samples of the differences of a row that has none above it, section H.1.1.
func (d *decoder) firstRow(row []uint16) {
	sample := uint16(1) << (7 - d.low)
	for x := range row {
		sample += row[x]
		row[x] = sample
	}
}

// sum makes samples of the differences of a row, by what a predictor, table H.1, says of the
// samples to the left and in the row above.
func sum(row, above []uint16, predictor int) {
	above = above[:len(row)]
	row[0] += above[0]
	for x := 1; x < len(row); x++ {
		a, b, c := int32(row[x-1]), int32(above[x]), int32(above[x-1])
		switch predictor {
		case 2:
			a = b
		case 3:
			a = c
		case 4:
			a += b - c
		case 5:
			a += (b - c) >> 1
		case 6:
			a = b + (a-c)>>1
		case 7:
			a = (a + b) >> 1
		}
		row[x] += uint16(a)
	}
}

// shrink makes the planes of a lossless file smaller, where less than its size was asked for: each
// sample is the mean of those in its place. libjpeg has no way to do this.
func (d *decoder) shrink() {
	n := d.opt.Denominator
	if n == 1 {
		return
	}
	for i := range d.comps {
		c := &d.comps[i]
		w, h := ceil(c.w, n), ceil(c.h2, n)
		plane := make([]byte, w*h)
		for y := range h {
			rows := min(n, c.h2-y*n)
			for x := range w {
				columns, total := min(n, c.w-x*n), 0
				for j := range rows {
					for _, sample := range c.plane[(y*n+j)*c.stride+x*n:][:columns] {
						total += int(sample)
					}
				}
				plane[y*w+x] = byte((total + rows*columns/2) / (rows * columns))
			}
		}
		c.plane, c.w, c.h2, c.stride = plane, w, h, w
	}
}
