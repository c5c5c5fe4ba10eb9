package head

import (
	"errors"
	"math"
	"slices"

	"homeroom/core/fault"
	"homeroom/core/kernel"
	"homeroom/core/matrix"
	"homeroom/core/safetensors"
)

// Unknown tells photos that show none of the taught classes, by two signs that are added, each less
// its mean on held-out photos and over its deviation
// there:
//
//   - the energy −log Σc exp(logit[c]/T) (Liu, Wang, Owens and Li 2020, arXiv 2010.03759,
//     equation 4), which is high where no class is sure;
//   - half of the squared distance of the standardised features to the nearest class mean,
//     which is high for what is unlike anything taught.
//
// The first tells near strangers and the second far ones; RATIONALE.md has the figures of both and
// of others.
type Unknown struct {
	// FalseAlarms is the share of photos of taught classes that the threshold lets be answered
	// "unknown"; held-out photos set it.
	FalseAlarms float64 `json:"false_alarms"`
	// Threshold is the sum of signs above which a photo is unknown.
	Threshold float64 `json:"threshold"`
	// Set says that there were held-out photos to set the threshold by. Otherwise no photo is
	// unknown.
	Set      bool   `json:"set"`
	Energy   Spread `json:"energy"`
	Distance Spread `json:"distance"`
	// Never lets no photo be answered "unknown", whatever its strangeness: a person's choice, which
	// is no part of what was learnt.
	Never bool `json:"-"`

	temperature float64
	centres     *matrix.Matrix // [classes with photos][D], of standardised features
}

// Spread is the mean and the standard deviation of a sign on held-out photos.
type Spread struct {
	Mean float64 `json:"mean"`
	Std  float64 `json:"std"`
}

func (s Spread) of(v float64) float64 { return (v - s.Mean) / s.Std }

// distanceShare is what the distance counts against the energy. From 0.3 to 0.5 near strangers are
// told equally well; 1 is too much.
const distanceShare = 0.5

// Energy returns −log Σ exp(logits/t).
func Energy(logits []float32, t float64) float64 {
	top := float64(slices.Max(logits))
	sum := 0.0
	for _, v := range logits {
		sum += kernel.Exp((float64(v) - top) / t)
	}
	return -top/t - math.Log(sum)
}

// Centres returns the means of the classes' standardised features, [n][D], and the temperature of
// the energy.
func (u *Unknown) Centres() (rows []float32, n int, temperature float64) {
	if u.centres == nil {
		return nil, 0, u.temperature
	}
	return u.centres.Data, u.centres.N, u.temperature
}

// SetCentres sets what Centres returns.
func (u *Unknown) SetCentres(m *matrix.Matrix, temperature float64) {
	u.centres, u.temperature = m, temperature
}

// DistanceShare is what the distance counts against the energy in the strangeness.
const DistanceShare = distanceShare

// Sum adds up the signs of a photo.
func (u *Unknown) Sum(energy, distance float64) float64 {
	return u.Energy.of(energy) + distanceShare*u.Distance.of(distance)
}

// strangeness of rows of standardised x with their logits: 1 at the threshold, and one more for
// each standard deviation beyond it.
func (u *Unknown) strangeness(a *answerer, x, logits *matrix.Matrix) []float64 {
	out := make([]float64, x.N)
	if !u.Set {
		return out
	}
	distance := NearestCentre(x, a.centres, a.squares)
	for i := range out {
		out[i] = 1 + u.Sum(Energy(logits.Row(i), u.temperature), distance[i]) - u.Threshold
	}
	return out
}

func (u *Unknown) tensors() []safetensors.Tensor {
	if !u.Set {
		return nil
	}
	return []safetensors.Tensor{{Name: "centres", Dims: []int{u.centres.N, u.centres.D}, F32: u.centres.Data}}
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
		return fault.Errorf("tensor %q has values that are not finite numbers, or beyond %g", t.Name, maxValue)
	}
	u.centres, u.temperature = matrix.New(t.Dims[0], d), temperature
	copy(u.centres.Data, v)
	return nil
}
