package head

// designCache is how many floats a design may hold packed, twice. A larger one
// is packed again block by block for each pass, which bounds memory.
const designCache = 16 << 20

// lowerBlock is how many rows of a lower triangle are a block: the zeros at the end of its
// rows cost nothing.
const lowerBlock = 96

// design is the training matrix of a linear head, Z [n][d], ready for the two
// products of its gradient.
type design struct {
	table
	packed []packedBlock // all blocks, or none where they are packed anew each pass
	tick   func()        // called before each block
}

// packedBlock is a block of photos, packed both ways.
type packedBlock struct {
	from, n int
	d       int     // features; those after them are 0 in the whole block
	across  *panels // photos as columns: for logits, W · Zᵀ; nil where the block is not kept
	rows    *matrix // of a block that is not kept, as they were read
	down    *panels // features as columns: for the gradient, Pᵀ · Z
}

func newDesign(t table, tick func()) *design {
	z := &design{table: t, tick: tick}
	if t.n*t.d <= designCache {
		var all []packedBlock
		z.each(func(b packedBlock) { all = append(all, b) })
		z.packed = all
	}
	return z
}

// each calls f with the blocks in order.
func (z *design) each(f func(packedBlock)) {
	if z.packed != nil {
		for _, b := range z.packed {
			z.tick()
			f(b)
		}
		return
	}
	size := tableBlock
	if z.lower {
		size = lowerBlock
	}
	z.cut(size, func(from int, m *matrix) {
		z.tick()
		if z.lower {
			m = m.narrowed()
		}
		b := packedBlock{from: from, n: m.n, d: m.d, rows: m, down: packColumns(m)}
		if z.lower || z.n*z.d <= designCache {
			b.across, b.rows = pack(m), nil
		}
		f(b)
	})
}

// fewWeights is for up to how many classes it takes less to pack the weights anew for each block
// than the block.
const fewWeights = 64

// logits computes w · Zᵀ of the block for w [C][z.d] into out, [C][b.n].
func (b *packedBlock) logits(out, w *matrix) {
	if b.across != nil {
		b.across.run(out, w.n, w.data, w.d)
		return
	}
	if w.n > fewWeights {
		pack(b.rows).run(out, w.n, w.data, w.d)
		return
	}
	for i, v := range product(b.rows, w).data {
		out.data[i%w.n*b.n+i/w.n] = v
	}
}

// gradient adds p · Z of the block for p [C][b.n] to out, [C][z.d]. scratch has room for
// out.
func (b *packedBlock) gradient(out, p, scratch *matrix) {
	part := &matrix{p.n, b.d, scratch.data[:p.n*b.d]}
	b.down.multiply(part, p)
	for c := range p.n {
		to := out.row(c)
		for i, v := range part.row(c) {
			to[i] += v
		}
	}
}

// narrowed returns m without the columns at its end that are all 0.
func (m *matrix) narrowed() *matrix {
	d := 0
	for i := range m.n {
		row := m.row(i)
		for len(row) > d && row[len(row)-1] == 0 {
			row = row[:len(row)-1]
		}
		d = max(d, len(row))
	}
	out := newMatrix(m.n, d)
	for i := range m.n {
		copy(out.row(i), m.row(i))
	}
	return out
}
