package matrix

// Table is rows of numbers that are read when they are needed: a matrix in memory, or vectors that
// the bank holds and that are prepared on the way.
type Table struct {
	N, D int
	Read func(dst []float32, i int) // row i, [d]
	// Lower says that rows are those of a lower triangle: the higher its number, the fewer zeros at
	// the end of a row.
	Lower bool
}

// Table returns the rows of a matrix.
func (m *Matrix) Table() Table {
	return Table{N: m.N, D: m.D, Read: func(dst []float32, i int) { copy(dst, m.Row(i)) }}
}

// At returns the given rows.
func (t Table) At(rows []int) Table {
	return Table{len(rows), t.D, func(dst []float32, i int) { t.Read(dst, rows[i]) }, t.Lower}
}

// Matrix reads rows from ≤ i < to into memory.
func (t Table) Matrix(from, to int) *Matrix {
	m := New(to-from, t.D)
	for i := range m.N {
		t.Read(m.Row(i), from+i)
	}
	return m
}

// TableBlock is how many rows of a table are in memory at a time.
const TableBlock = 512

// Blocks calls f with the rows in order, a block at a time.
func (t Table) Blocks(f func(from int, m *Matrix)) { t.Cut(TableBlock, f) }

// Cut is blocks of a given size.
func (t Table) Cut(size int, f func(from int, m *Matrix)) {
	for from := 0; from < t.N; from += size {
		f(from, t.Matrix(from, min(from+size, t.N)))
	}
}
