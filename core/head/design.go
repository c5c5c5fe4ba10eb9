package head

// designBlock is how many photos of a design are multiplied at a time, and
// designCache how many floats a design may hold packed; a larger one is packed
// again block by block for each pass, which bounds memory.
const (
	designBlock = 512
	designCache = 24 << 20
)

// design is the training matrix of a linear head, Z [n][d], ready for the two
// products of its gradient.
type design struct {
	n, d   int
	read   func(dst []float32, i int) // row i, [d]
	blocks []packedBlock              // all of them, or none where they are packed anew each pass
}

// packedBlock is a block of photos, packed both ways.
type packedBlock struct {
	from, n int
	across  *panels // photos as columns: for logits, W · Zᵀ
	down    *panels // features as columns: for the gradient, Pᵀ · Z
}

func newDesign(n, d int, read func(dst []float32, i int)) *design {
	z := &design{n: n, d: d, read: read}
	if n*d <= designCache {
		z.each(func(b packedBlock) { z.blocks = append(z.blocks, b) })
	}
	return z
}

// each calls f with the blocks in order.
func (z *design) each(f func(packedBlock)) {
	if z.blocks != nil {
		for _, b := range z.blocks {
			f(b)
		}
		return
	}
	for from := 0; from < z.n; from += designBlock {
		n := min(designBlock, z.n-from)
		m := newMatrix(n, z.d)
		for i := range n {
			z.read(m.row(i), from+i)
		}
		f(packedBlock{from, n, pack(m), packColumns(m)})
	}
}
