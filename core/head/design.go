package head

// designCache is how many floats a design may hold packed, twice. A larger one
// is packed again block by block for each pass, which bounds memory.
const designCache = 16 << 20

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
	across  *panels // photos as columns: for logits, W · Zᵀ
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
	z.blocks(func(from int, m *matrix) {
		z.tick()
		f(packedBlock{from, m.n, pack(m), packColumns(m)})
	})
}
