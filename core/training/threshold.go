package training

import (
	"math"
	"slices"
	"sort"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// unknown sets the threshold of a head by the held-out photos, and returns their strangeness.
func (f *fit) unknown(won *trial, h *head.Head) ([]float64, error) {
	c, u := won.dataset, &h.Unknown
	u.FalseAlarms = f.cfg.FalseAlarms
	if u.FalseAlarms == 0 {
		u.FalseAlarms = 0.05
	}
	out := make([]float64, len(f.held))
	if len(f.held) < few {
		return out, nil
	}
	u.Set = true
	y := f.y[:f.learn]
	u.SetCentres(centres(c.dual.x.At(f.all(f.learn)), y, len(h.Classes)), won.temperature)
	energies, distances := make([]float64, len(out)), make([]float64, 0, len(out))
	for i := range energies {
		energies[i] = head.Energy(won.logits.Row(i), won.temperature)
	}
	for _, o := range f.folds {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		taught := make([]int, len(o.learn))
		for i, r := range o.learn {
			taught[i] = f.y[r]
		}
		m := centres(c.dual.z.At(o.learn), taught, len(h.Classes))
		packed, squares := matrix.Pack(m), m.Squares()
		c.dual.z.At(o.hold).Blocks(func(_ int, x *matrix.Matrix) {
			distances = append(distances, head.NearestCentre(x, packed, squares)...)
		})
		f.tell(0, Progress{})
	}
	u.Energy, u.Distance = spread(energies), spread(distances)
	for i := range out {
		out[i] = u.Sum(energies[i], distances[i])
	}
	sorted := slices.Clone(out)
	//lint:ignore S1032 this adds no copy of sorting to the page's program
	sort.Sort(sort.Float64Slice(sorted))
	// Of n+1 photos that are alike, this one is as likely as not in any place (Vovk, Gammerman and
	// Shafer 2005): hence n+1.
	at := int(math.Ceil(float64(len(sorted)+1)*(1-u.FalseAlarms))) - 1
	u.Threshold = sorted[min(max(at, 0), len(sorted)-1)]
	if len(sorted) < enough {
		s := spread(out)
		u.Threshold = min(u.Threshold, s.Mean+math.Sqrt2*math.Erfinv(1-2*u.FalseAlarms)*s.Std)
	}
	for i := range out {
		out[i] += 1 - u.Threshold
	}
	return out, nil
}

func spread(v []float64) head.Spread {
	var s head.Spread
	for _, x := range v {
		s.Mean += x / float64(len(v))
	}
	for _, x := range v {
		s.Std += (x - s.Mean) * (x - s.Mean) / float64(len(v))
	}
	s.Std = max(math.Sqrt(s.Std), 1e-9)
	return s
}

// few is the number of held-out photos below which no threshold is set: one false alarm in 20
// cannot be told from fewer.
const few = 20

// enough is the number of held-out photos from which their ranks alone set the threshold. With
// fewer, one odd photo would: there the threshold is no higher than that of a normal distribution
// with their mean and deviation.
const enough = 100

// centres returns the means of the rows of t of each class that has any.
func centres(t matrix.Table, y []int, classes int) *matrix.Matrix {
	sum := make([]float64, classes*t.D)
	count := make([]float64, classes)
	row := make([]float32, t.D)
	for i := range t.N {
		t.Read(row, i)
		s := sum[y[i]*t.D : (y[i]+1)*t.D]
		for j, v := range row {
			s[j] += float64(v)
		}
		count[y[i]]++
	}
	present := 0
	for _, n := range count {
		if n > 0 {
			present++
		}
	}
	m := matrix.New(present, t.D)
	k := 0
	for c, n := range count {
		if n == 0 {
			continue
		}
		row := m.Row(k)
		k++
		for j := range row {
			row[j] = float32(sum[c*t.D+j] / n)
		}
	}
	return m
}
