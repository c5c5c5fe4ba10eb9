package embedding

import (
	"math"

	"homeroom/core/matrix"
)

// A near is the nearest neighbours of each photo, k of each, the nearest first: of equal distances
// that with the lower number.
type near struct {
	k         int
	photos    []int32   // [n][k]
	distances []float64 // [n][k]
}

// nearest finds them by comparing every photo with every other, along the principal components in
// steps so large that the squares of all distances are whole numbers.
func (y *scores) nearest(w *work, k int) (*near, error) {
	peak := 0.0
	for _, v := range y.data {
		peak = max(peak, math.Abs(v))
	}
	if peak == 0 {
		peak = 1
	}
	steps := math.Floor(math.Sqrt((1 << 24) / float64(max(y.rank, 1))))
	m := matrix.New(y.n, y.rank)
	squares := make([]float64, y.n)
	for i, v := range y.data {
		q := math.RoundToEven(v / peak * steps)
		m.Data[i] = float32(q)
		squares[i/y.rank] += q * q
	}
	all := matrix.Pack(m)
	out := &near{k, make([]int32, y.n*k), make([]float64, y.n*k)}
	const some = 128
	products := matrix.New(some, y.n)
	for from := 0; from < y.n; from += some {
		rows := min(some, y.n-from)
		all.Run(products, rows, m.Data[from*y.rank:], y.rank)
		share(rows, func(r int) {
			i := from + r
			found, far := out.photos[i*k:(i+1)*k], out.distances[i*k:(i+1)*k]
			for j := range far {
				far[j] = math.Inf(1)
			}
			for j, p := range products.Row(r) {
				d := squares[j] - 2*float64(p)
				if d >= far[k-1] || j == i {
					continue
				}
				at := k - 1
				for at > 0 && far[at-1] > d {
					far[at], found[at] = far[at-1], found[at-1]
					at--
				}
				far[at], found[at] = d, int32(j)
			}
			for j := range far {
				far[j] = math.Sqrt(max(0, far[j]+squares[i]))
			}
		})
		if err := w.did(float64(rows) * float64(y.n) * (perPair + perProduct*float64(y.rank))); err != nil {
			return nil, err
		}
	}
	return out, nil
}
