package training

import "homeroom/core/matrix"

// designCache is how many floats a design may hold packed, twice. A larger one is packed again
// block by block for each pass, which bounds memory.
const designCache = 16 << 20

// lowerBlock is how many rows of a lower triangle are a block: the zeros at the end of its rows
// cost nothing.
const lowerBlock = 96

// design is the training matrix of a linear head, Z [n][d], ready for the two products of its
// gradient.
type design struct {
	matrix.Table
	packed []packedBlock // all blocks, or none where they are packed anew each pass
	tick   func()        // called before each block
}

// packedBlock is a block of photos, packed both ways.
type packedBlock struct {
	from, n int
	d       int            // features; those after them are 0 in the whole block
	across  *matrix.Panels // photos as columns: for logits, W · Zᵀ; nil where the block is not kept
	rows    *matrix.Matrix // of a block that is not kept, as they were read
	down    *matrix.Panels // features as columns: for the gradient, Pᵀ · Z
}

func newDesign(t matrix.Table, tick func()) *design {
	z := &design{Table: t, tick: tick}
	if t.N*t.D <= designCache {
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
	size := matrix.TableBlock
	if z.Lower {
		size = lowerBlock
	}
	z.Cut(size, func(from int, m *matrix.Matrix) {
		z.tick()
		if z.Lower {
			m = m.Narrowed()
		}
		b := packedBlock{from: from, n: m.N, d: m.D, rows: m, down: matrix.PackColumns(m)}
		if z.Lower || z.N*z.D <= designCache {
			b.across, b.rows = matrix.Pack(m), nil
		}
		f(b)
	})
}

// fewWeights is for up to how many classes it takes less to pack the weights anew for each block
// than the block.
const fewWeights = 64

// logits computes w · Zᵀ of the block for w [C][z.d] into out, [C][b.n].
func (b *packedBlock) logits(out, w *matrix.Matrix) {
	if b.across != nil {
		b.across.Run(out, w.N, w.Data, w.D)
		return
	}
	if w.N > fewWeights {
		matrix.Pack(b.rows).Run(out, w.N, w.Data, w.D)
		return
	}
	for i, v := range matrix.Product(b.rows, w).Data {
		out.Data[i%w.N*b.n+i/w.N] = v
	}
}

// gradient adds p · Z of the block for p [C][b.n] to out, [C][z.d]. scratch has room for out.
func (b *packedBlock) gradient(out, p, scratch *matrix.Matrix) {
	part := matrix.Of(p.N, b.d, scratch.Data[:p.N*b.d])
	b.down.Multiply(part, p)
	for c := range p.N {
		to := out.Row(c)
		for i, v := range part.Row(c) {
			to[i] += v
		}
	}
}
