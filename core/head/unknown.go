package head

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/kernel"
	"homeroom/core/safetensors"
)

// Unknown tells photos that show none of the taught classes, by two signs that
// are added, each less its mean on held-out photos and over its deviation
// there:
//
//   - the energy −log Σc exp(logit[c]/T) (Liu, Wang, Owens and Li 2020, arXiv 2010.03759, equation 4),
//     which is high where no class is sure;
//   - half of the squared distance of the standardised features to the nearest class mean,
//     which is high for what is unlike anything taught.
//
// The first tells near strangers and the second far ones; RATIONALE.md has the
// figures of both and of others.
type Unknown struct {
	// FalseAlarms is the share of photos of taught classes that the threshold
	// lets be answered "unknown"; held-out photos set it.
	FalseAlarms float64 `json:"false_alarms"`
	// Threshold is the sum of signs above which a photo is unknown.
	Threshold float64 `json:"threshold"`
	// Set says that there were held-out photos to set the threshold by.
	// Otherwise no photo is unknown.
	Set      bool   `json:"set"`
	Energy   Spread `json:"energy"`
	Distance Spread `json:"distance"`
	// Never lets no photo be answered "unknown", whatever its strangeness: a
	// person's choice, which is no part of what was learnt.
	Never bool `json:"-"`

	temperature float64
	centres     *matrix // [classes with photos][D], of standardised features
}

// Spread is the mean and the standard deviation of a sign on held-out photos.
type Spread struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

func (s Spread) of(v float64) float64 { return (v - s.Mean) / s.Std }

func spread(v []float64) Spread {
	var s Spread
	for _, x := range v {
		s.Mean += x / float64(len(v))
	}
	for _, x := range v {
		s.Std += (x - s.Mean) * (x - s.Mean) / float64(len(v))
	}
	s.Std = max(math.Sqrt(s.Std), 1e-9)
	return s
}

// distanceShare is what the distance counts against the energy. From 0.3 to 0.5
// near strangers are told equally well; 1 is too much.
const distanceShare = 0.5

// few is the number of held-out photos below which no threshold is set: one
// false alarm in 20 cannot be told from fewer.
const few = 20

// enough is the number of held-out photos from which their ranks alone set the
// threshold. With fewer, one odd photo would: there the threshold is no higher than
// that of a normal distribution with their mean and deviation.
const enough = 100

// energy returns −log Σ exp(logits/t).
func energy(logits []float32, t float64) float64 {
	top := float64(slices.Max(logits))
	sum := 0.0
	for _, v := range logits {
		sum += kernel.Exp((float64(v) - top) / t)
	}
	return -top/t - math.Log(sum)
}

// centres returns the means of the rows of t of each class that has any.
func centres(t table, y []int, classes int) *matrix {
	sum := make([]float64, classes*t.d)
	count := make([]float64, classes)
	row := make([]float32, t.d)
	for i := range t.n {
		t.read(row, i)
		s := sum[y[i]*t.d : (y[i]+1)*t.d]
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
	m := newMatrix(present, t.d)
	k := 0
	for c, n := range count {
		if n == 0 {
			continue
		}
		row := m.row(k)
		k++
		for j := range row {
			row[j] = float32(sum[c*t.d+j] / n)
		}
	}
	return m
}

// Centres returns the means of the classes' standardised features, [n][D], and the temperature of
// the energy.
func (u *Unknown) Centres() (rows []float32, n int, temperature float64) {
	if u.centres == nil {
		return nil, 0, u.temperature
	}
	return u.centres.data, u.centres.n, u.temperature
}

// DistanceShare is what the distance counts against the energy in the strangeness.
const DistanceShare = distanceShare

// sum adds up the signs of a photo.
func (u *Unknown) sum(energy, distance float64) float64 {
	return u.Energy.of(energy) + distanceShare*u.Distance.of(distance)
}

// strangeness of rows of standardised x with their logits: 1 at the threshold,
// and one more for each standard deviation beyond it.
func (u *Unknown) strangeness(a *answerer, x, logits *matrix) []float64 {
	out := make([]float64, x.n)
	if !u.Set {
		return out
	}
	distance := nearestCentre(x, a.centres, a.squares)
	for i := range out {
		out[i] = 1 + u.sum(energy(logits.row(i), u.temperature), distance[i]) - u.Threshold
	}
	return out
}

// unknown sets the threshold of a head by the held-out photos, and returns
// their strangeness.
func (f *fit) unknown(won *trial, h *Head) ([]float64, error) {
	c, u := won.dataset, &h.Unknown
	u.FalseAlarms = f.cfg.FalseAlarms
	if u.FalseAlarms == 0 {
		u.FalseAlarms = 0.05
	}
	out := make([]float64, len(f.held))
	if len(f.held) < few {
		return out, nil
	}
	u.Set, u.temperature = true, won.temperature
	y := f.y[:f.learn]
	u.centres = centres(c.dual.x.at(f.all(f.learn)), y, len(h.Classes))
	energies, distances := make([]float64, len(out)), make([]float64, 0, len(out))
	for i := range energies {
		energies[i] = energy(won.logits.row(i), won.temperature)
	}
	for _, o := range f.folds {
		if err := f.ctx.Err(); err != nil {
			return nil, err
		}
		taught := make([]int, len(o.learn))
		for i, r := range o.learn {
			taught[i] = f.y[r]
		}
		m := centres(c.dual.z.at(o.learn), taught, len(h.Classes))
		packed, squares := pack(m), m.squares()
		c.dual.z.at(o.hold).blocks(func(_ int, x *matrix) { distances = append(distances, nearestCentre(x, packed, squares)...) })
		f.tell(0, Progress{})
	}
	u.Energy, u.Distance = spread(energies), spread(distances)
	for i := range out {
		out[i] = u.sum(energies[i], distances[i])
	}
	sorted := slices.Sorted(slices.Values(out))
	// Of n+1 photos that are alike, this one is as likely as not in any place
	// (Vovk, Gammerman and Shafer 2005): hence n+1.
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

func (u *Unknown) tensors() []safetensors.Tensor {
	if !u.Set {
		return nil
	}
	return []safetensors.Tensor{{Name: "centres", Dims: []int{u.centres.n, u.centres.d}, F32: u.centres.data}}
}

// load reads the centres, and checks.
func (u *Unknown) load(f *safetensors.File, d, classes int, temperature float64) error {
	if !u.Set {
		return nil
	}
	for _, v := range []float64{u.Threshold, u.Energy.Mean, u.Distance.Mean, 1 / u.Energy.Std, 1 / u.Distance.Std} {
		if !(v >= -maxValue*maxValue && v <= maxValue*maxValue) {
			return errors.New("its threshold of the unknown is not a finite number")
		}
	}
	t := f.Tensor("centres")
	if t == nil || len(t.Dims) != 2 || t.Dims[0] < 1 || t.Dims[0] > classes {
		return errors.New("the means of its classes are missing")
	}
	v, err := f.Floats("centres", t.Dims[0], d)
	if err != nil {
		return err
	}
	if !bounded(v) {
		return fmt.Errorf("tensor %q has values that are not finite numbers, or beyond %g", t.Name, maxValue)
	}
	u.centres, u.temperature = newMatrix(t.Dims[0], d), temperature
	copy(u.centres.data, v)
	return nil
}
