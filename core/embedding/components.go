package embedding

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"

	"homeroom/core/fault"
	"homeroom/core/matrix"
)

// whole is rows of whole numbers between −most and most, [n][d].
type whole struct {
	n, d int
	data []int16
}

const (
	// most is how large they are, and exactly how many products of two are summed at once: their
	// sum is below 2²⁴, up to which float32 has all whole numbers.
	most    = 255
	exactly = 256
)

func (x *whole) row(i int) []int16 { return x.data[i*x.d : (i+1)*x.d] }

// wholeOf are the directions of the rows of a table, all to one scale.
func wholeOf(t matrix.Table) (*whole, error) {
	row := make([]float32, t.D)
	peak := 0.0
	lengths := make([]float64, t.N)
	for i := range t.N {
		t.Read(row, i)
		if !matrix.Finite(row) {
			return nil, fault.Errorf("the features of photo %d have a number that is not finite", i+1)
		}
		largest, square := 0.0, 0.0
		for _, v := range row {
			largest = max(largest, math.Abs(float64(v)))
		}
		for _, v := range row { // divided first: the square of a float32 may be too large or too small
			u := float64(v) / max(largest, math.SmallestNonzeroFloat32)
			square += float64(u * u)
		}
		if lengths[i] = largest * math.Sqrt(square); largest > 0 {
			peak = max(peak, 1/math.Sqrt(square))
		}
	}
	x := &whole{t.N, t.D, make([]int16, t.N*t.D)}
	for i := range t.N {
		if lengths[i] == 0 {
			continue
		}
		t.Read(row, i)
		to := x.row(i)
		for k, v := range row {
			to[k] = int16(math.RoundToEven(float64(v) / lengths[i] / peak * most))
		}
	}
	return x, nil
}

// square is a symmetric matrix, [n][n].
type square struct {
	n    int
	data []float64
}

func (s *square) row(i int) []float64 { return s.data[i*s.n : (i+1)*s.n] }

// products are those of all rows with all rows, or of all columns with all columns.
func (x *whole) products(w *work, columns bool) (*square, error) {
	n, length := x.n, x.d
	if columns {
		n, length = x.d, x.n
	}
	s := &square{n, make([]float64, n*n)}
	part, out := matrix.New(n, exactly), matrix.New(n, n)
	for from := 0; from < length; from += exactly {
		k := min(exactly, length-from)
		clear(part.Data)
		if columns {
			for r := range k {
				for j, v := range x.row(from + r) {
					part.Data[j*exactly+r] = float32(v)
				}
			}
		} else {
			for i := range n {
				to := part.Row(i)
				for j, v := range x.row(i)[from : from+k] {
					to[j] = float32(v)
				}
			}
		}
		matrix.Pack(part).Multiply(out, part)
		for i, v := range out.Data {
			s.data[i] += float64(v)
		}
		if err := w.did(perProduct * float64(n) * float64(n) * float64(k)); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// scores are coordinates of the photos along their principal components, [n][rank].
type scores struct {
	n, rank int
	data    []float64
}

func (y *scores) row(i int) []float64 { return y.data[i*y.rank : (i+1)*y.rank] }

// principal is a principal component analysis of the rows: their coordinates along the directions
// in which they vary most, at most so many. What is decomposed is the covariance, or, of fewer rows
// than columns, the products of the rows, which have the same components.
func (x *whole) principal(w *work, rank int, lots *rand.Rand) (*scores, error) {
	few := x.n <= x.d
	s, err := x.products(w, !few)
	if err != nil {
		return nil, err
	}
	sums := make([]float64, s.n)
	if few {
		for i := range sums {
			for _, v := range s.row(i) {
				sums[i] += v
			}
		}
	} else {
		for i := range x.n {
			for j, v := range x.row(i) {
				sums[j] += float64(v)
			}
		}
	}
	s.centre(sums, x.n, few)
	rank = min(rank, s.n)
	values, vectors, err := s.leading(w, rank, lots)
	if err != nil {
		return nil, err
	}
	y := &scores{x.n, rank, make([]float64, x.n*rank)}
	if few {
		for k, v := range vectors {
			length := math.Sqrt(max(values[k], 0))
			for i := range x.n {
				y.data[i*rank+k] = v[i] * length
			}
		}
		return y, nil
	}
	means := make([]float64, x.d)
	for j := range means {
		means[j] = sums[j] / float64(x.n)
	}
	const some = 512
	for from := 0; from < x.n; from += some {
		to := min(from+some, x.n)
		share(to-from, func(i int) {
			off := make([]float64, x.d)
			for j, v := range x.row(from + i) {
				off[j] = float64(v) - means[j]
			}
			for k, v := range vectors {
				y.row(from + i)[k] = dot(off, v)
			}
		})
		if err := w.did(perMultiply * float64(to-from) * float64(x.d) * float64(rank)); err != nil {
			return nil, err
		}
	}
	return y, nil
}

// centre makes products of rows those of the rows less their mean. sums are those of the columns,
// or, of products of photos, those of the rows of s.
func (s *square) centre(sums []float64, photos int, few bool) {
	n := float64(photos)
	all := 0.0
	for _, v := range sums {
		all += v
	}
	for i := range s.n {
		row := s.row(i)
		for j := range row {
			if few {
				row[j] -= (sums[i]+sums[j])/n - all/n/n
			} else {
				row[j] -= float64(sums[i]*sums[j]) / n
			}
		}
	}
}

const (
	// spare is how many vectors more than asked for are iterated, and turns how often: the method
	// of Halko, Martinsson and Tropp 2011 with power iterations, whose error shrinks with the ratio
	// of the first eigenvalue that is left out to each that is asked for, to that power.
	spare = 14
	turns = 12
	// smallMatrix is the size up to which all of a matrix is rotated at once.
	smallMatrix = 64
)

// leading are the largest eigenvalues with their vectors, each [n].
func (s *square) leading(w *work, rank int, lots *rand.Rand) (values []float64, vectors [][]float64, err error) {
	if s.n <= smallMatrix {
		values, vectors = s.rotated()
		return values[:rank], vectors[:rank], nil
	}
	size := min(rank+spare, s.n)
	v, next := make([][]float64, size), make([][]float64, size)
	for k := range v {
		v[k], next[k] = make([]float64, s.n), make([]float64, s.n)
		for i := range v[k] {
			v[k][i] = lots.Float64() - 0.5
		}
	}
	for range turns {
		orthonormal(v)
		s.multiply(next, v)
		v, next = next, v
		if err := w.did(perMultiply * float64(s.n) * float64(s.n) * float64(size)); err != nil {
			return nil, nil, err
		}
	}
	orthonormal(v)
	s.multiply(next, v)
	inner := &square{size, make([]float64, size*size)}
	for i := range size {
		for j := range i + 1 {
			p := dot(v[i], next[j])
			inner.data[i*size+j], inner.data[j*size+i] = p, p
		}
	}
	values, turned := inner.rotated()
	for k := range rank {
		one := make([]float64, s.n)
		for j, f := range turned[k] {
			add(one, f, v[j])
		}
		vectors = append(vectors, one)
	}
	return values[:rank], vectors, nil
}

// multiply sets each of out to the matrix times the vector of the same number.
func (s *square) multiply(out, v [][]float64) {
	share(s.n, func(i int) {
		row := s.row(i)
		for k := range v {
			out[k][i] = dot(row, v[k])
		}
	})
}

// orthonormal makes vectors orthogonal and of length 1, by Gram and Schmidt's method, twice; one
// that lies in the span of those before it becomes zeros.
func orthonormal(v [][]float64) {
	for i := range v {
		was := dot(v[i], v[i])
		for range 2 {
			for j := range i {
				add(v[i], -dot(v[i], v[j]), v[j])
			}
		}
		now := dot(v[i], v[i])
		if now <= 1e-20*was || now == 0 {
			clear(v[i])
			continue
		}
		length := math.Sqrt(now)
		for k := range v[i] {
			v[i][k] /= length
		}
	}
}

// rotated are all eigenvalues, the largest first, and their vectors, by Jacobi's rotations (Golub
// and Van Loan, Matrix Computations, 8.5). The largest number of a vector is positive.
func (s *square) rotated() (values []float64, vectors [][]float64) {
	n := s.n
	a := append([]float64(nil), s.data...)
	vectors = make([][]float64, n)
	for i := range vectors {
		vectors[i] = make([]float64, n)
		vectors[i][i] = 1
	}
	turn := func(x, y []float64, step int, c, sn float64) {
		for k := 0; k < len(x); k += step {
			p, q := x[k], y[k]
			x[k], y[k] = float64(c*p)-float64(sn*q), float64(sn*p)+float64(c*q)
		}
	}
	for range 30 {
		off, on := 0.0, 0.0
		for i := range n {
			on += float64(a[i*n+i] * a[i*n+i])
			for j := range i {
				off += float64(a[i*n+j] * a[i*n+j])
			}
		}
		if off <= 1e-26*on {
			break
		}
		for p := range n {
			for q := p + 1; q < n; q++ {
				if a[p*n+q] == 0 {
					continue
				}
				theta := (a[q*n+q] - a[p*n+p]) / (2 * a[p*n+q])
				t := 1 / (math.Abs(theta) + math.Sqrt(float64(theta*theta)+1))
				if theta < 0 {
					t = -t
				}
				c := 1 / math.Sqrt(float64(t*t)+1)
				turn(a[p:(n-1)*n+p+1], a[q:(n-1)*n+q+1], n, c, t*c) // columns
				turn(a[p*n:(p+1)*n], a[q*n:(q+1)*n], 1, c, t*c)     // rows
				turn(vectors[p], vectors[q], 1, c, t*c)
			}
		}
	}
	values = make([]float64, n)
	for i := range values {
		values[i] = a[i*n+i]
	}
	for i := range n { // in order, by selection
		best := i
		for j := i + 1; j < n; j++ {
			if values[j] > values[best] {
				best = j
			}
		}
		values[i], values[best] = values[best], values[i]
		vectors[i], vectors[best] = vectors[best], vectors[i]
	}
	for _, v := range vectors {
		at := 0
		for k := range v {
			if math.Abs(v[k]) > math.Abs(v[at]) {
				at = k
			}
		}
		if v[at] < 0 {
			for k := range v {
				v[k] = -v[k]
			}
		}
	}
	return values, vectors
}

// dot is Σ x·y, in an order of its own that is the same everywhere.
func dot(x, y []float64) float64 {
	y = y[:len(x)]
	var a, b, c, d float64
	k := 0
	for ; k+4 <= len(x); k += 4 {
		a += float64(x[k] * y[k])
		b += float64(x[k+1] * y[k+1])
		c += float64(x[k+2] * y[k+2])
		d += float64(x[k+3] * y[k+3])
	}
	for ; k < len(x); k++ {
		a += float64(x[k] * y[k])
	}
	return (a + b) + (c + d)
}

// add adds f·y to x.
func add(x []float64, f float64, y []float64) {
	y = y[:len(x)]
	for k := range x {
		x[k] += float64(f * y[k])
	}
}

// share calls do with 0 to n−1 on all cores.
func share(n int, do func(i int)) {
	threads := min(runtime.GOMAXPROCS(0), n)
	var wait sync.WaitGroup
	for t := range threads {
		run := func() {
			for i := n * t / threads; i < n*(t+1)/threads; i++ {
				do(i)
			}
		}
		if t == threads-1 {
			run()
			break
		}
		wait.Go(run)
	}
	wait.Wait()
}
