package head

// table is rows of numbers that are read when they are needed: a matrix in
// memory, or vectors that the bank holds and that are prepared on the way.
type table struct {
	n, d int
	read func(dst []float32, i int) // row i, [d]
	// lower says that rows are those of a lower triangle: the higher its number, the
	// fewer zeros at the end of a row.
	lower bool
}

// table returns the rows of a matrix.
func (m *matrix) table() table {
	return table{n: m.n, d: m.d, read: func(dst []float32, i int) { copy(dst, m.row(i)) }}
}

// at returns the given rows.
func (t table) at(rows []int) table {
	return table{len(rows), t.d, func(dst []float32, i int) { t.read(dst, rows[i]) }, t.lower}
}

// matrix reads rows from ≤ i < to into memory.
func (t table) matrix(from, to int) *matrix {
	m := newMatrix(to-from, t.d)
	for i := range m.n {
		t.read(m.row(i), from+i)
	}
	return m
}

// tableBlock is how many rows of a table are in memory at a time.
const tableBlock = 512

// blocks calls f with the rows in order, a block at a time.
func (t table) blocks(f func(from int, m *matrix)) { t.cut(tableBlock, f) }

// cut is blocks of a given size.
func (t table) cut(size int, f func(from int, m *matrix)) {
	for from := 0; from < t.n; from += size {
		f(from, t.matrix(from, min(from+size, t.n)))
	}
}
