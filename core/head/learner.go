package head

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"homeroom/core/kernel"
)

// Kind is a kind of head.
type Kind string

// The kinds of head.
const (
	Auto   Kind = "auto"   // whichever of the others answers held-out photos best
	Linear Kind = "linear" // multinomial logistic regression
	Means  Kind = "means"  // class means with a shrunken common covariance
	Blend  Kind = "blend"  // the mean of a linear and a means head, again linear
	MLP    Kind = "mlp"    // one hidden layer of rectified units
	KNN    Kind = "knn"    // the classes of the nearest photos
)

// Kinds lists what Config.Kind may be, Auto first.
var Kinds = []Kind{Auto, Linear, Means, Blend, MLP, KNN}

// Layer is y[o] = Σi Weight[o][i]·x[i] + Bias[o].
type Layer struct {
	In, Out int
	Weight  []float32 // [Out][In]
	Bias    []float32 // [Out]
}

// Memory is the photos that nearest neighbours are looked for among.
type Memory struct {
	K     int       // how many neighbours vote
	Dim   int       // D
	Rows  []float32 // [N][D], standardised, each of length 1
	Class []int     // [N]
}

// learnt is what answers: layers with rectified units between them, or a
// memory.
type learnt struct {
	layers []Layer
	memory *Memory
}

// knnSharpness turns a cosine into a vote: exp(knnSharpness · cosine).
const knnSharpness = 10

// voteFloor is a vote that every class gets: it keeps the logarithm of a class
// that no neighbour names finite.
const voteFloor = 1e-2

// scores returns logits [n][C] of rows of standardised x [n][D].
func (l *learnt) scores(x *matrix, classes int) *matrix {
	if l.memory != nil {
		return l.memory.votes(l.memory.panels(), x, classes)
	}
	for i, layer := range l.layers {
		w := &matrix{layer.Out, layer.In, layer.Weight}
		// Weights are the left side: they are few, and what is packed is padded.
		y := product(slacked(w), x).transpose()
		for r := range y.n {
			row := y.row(r)
			for o := range row {
				row[o] += layer.Bias[o]
				if i+1 < len(l.layers) {
					row[o] = max(0, row[o])
				}
			}
		}
		x = y
	}
	return x
}

// slacked returns m, copied where there is no room behind it.
func slacked(m *matrix) *matrix {
	c := newMatrix(m.n, m.d)
	copy(c.data, m.data)
	return c
}

// votes returns, for each row of x, the logarithm of the sum of votes of the
// K nearest photos of each class, by cosine. rows are those of the memory.
func (m *Memory) votes(rows *panels, x *matrix, classes int) *matrix {
	cosines := cosines(rows, x)
	out := newMatrix(x.n, classes)
	order := make([]int, len(m.Class))
	votes := make([]float64, classes)
	for i := range x.n {
		row := cosines.row(i)
		for j := range order {
			order[j] = j
		}
		nearest(order, row, m.K)
		for c := range votes {
			votes[c] = voteFloor
		}
		for _, j := range order[:min(m.K, len(order))] {
			votes[m.Class[j]] += kernel.Exp(knnSharpness * float64(row[j]))
		}
		for c, v := range votes {
			out.row(i)[c] = float32(math.Log(v))
		}
	}
	return out
}

// Rule returns how neighbours vote: each of the K nearest gives exp(sharpness · cosine) to its class, and the logits are the
// logarithms of the votes, of which every class has floor to begin with.
func (m *Memory) Rule() (sharpness, floor float64) { return knnSharpness, voteFloor }

// panels packs the photos.
func (m *Memory) panels() *panels { return pack(&matrix{len(m.Class), m.Dim, m.Rows}) }

// cosines returns [n][N] cosines of rows of x with those, of length 1, of a memory.
func cosines(rows *panels, x *matrix) *matrix {
	u := newMatrix(x.n, x.d)
	copy(u.data, x.data)
	for i := range u.n {
		unit(u.row(i))
	}
	out := newMatrix(x.n, rows.n)
	rows.multiply(out, u)
	return out
}

// nearest brings the k indices of highest similarity to the front of order,
// the highest first, the lowest index first among equals.
func nearest(order []int, similarity []float32, k int) {
	if k >= len(order) || len(order) < 64 {
		slices.SortStableFunc(order, func(a, b int) int {
			return cmp.Or(cmp.Compare(similarity[b], similarity[a]), cmp.Compare(a, b))
		})
		return
	}
	for i := range k {
		best := i
		for j := i + 1; j < len(order); j++ {
			a, b := order[j], order[best]
			if similarity[a] > similarity[b] || similarity[a] == similarity[b] && a < b {
				best = j
			}
		}
		order[i], order[best] = order[best], order[i]
	}
}

// lesson is what a learner learns from: rows of a study.
type lesson struct {
	z       table     // [n][d]
	y       []int     // [n]
	s       []float64 // [n], weights that add up to 1
	classes int
	seed    uint64
	tick    func(share, loss float64) // called as training goes on
}

// design returns the rows packed for linear heads.
func (l *lesson) design() *design {
	return newDesign(l.z, func() { l.tell(0, 0) })
}

// The values that a choice is made from, from strong to weak, so that each fit
// starts from the one before.
var (
	l2Decades     = []float64{1e-2, 1e-3, 1e-4, 1e-5, 1e-6}
	shrinkageGrid = []float64{0.95, 0.9, 0.8, 0.65, 0.5, 0.35, 0.2, 0.1}
	neighbourGrid = []float64{20, 10, 5, 3, 1}
)

// solver learns with one value of a setting. It may start from what it learnt
// with values before.
type solver func(ctx context.Context, value float64) (*learnt, error)

// linear learns logistic regression with a penalty, as nearly as tolerance
// says: from start, or zeros where that is nil, the first time, then from what it learnt with the nearest
// penalty. After each step it calls step, where that is not nil.
func (l *lesson) linear(start *Layer, tolerance float64, step func(*learnt)) solver {
	z := l.design()
	b := newBasis(z, l.classes)
	if start == nil {
		start = &Layer{In: z.d, Out: l.classes, Weight: make([]float32, l.classes*z.d), Bias: make([]float32, l.classes)}
	}
	type solved struct {
		l2    float64
		layer Layer
	}
	var before []solved
	return func(ctx context.Context, l2 float64) (*learnt, error) {
		from, nearest := *start, math.Inf(1)
		for _, s := range before {
			if far := math.Abs(math.Log(s.l2 / l2)); far < nearest {
				from, nearest = s.layer, far
			}
		}
		f := newLogistic(ctx, z, b, l.y, l.s, l.classes, l2)
		layer, err := f.minimize(from, linearSteps, tolerance, func(n int, value float64, at func() Layer) {
			l.tell(1-1/(1+float64(n)/20), value)
			if step != nil {
				step(&learnt{layers: []Layer{at()}})
			}
		})
		if err != nil {
			return nil, err
		}
		before = append(before, solved{l2, layer})
		return &learnt{layers: []Layer{layer}}, nil
	}
}

const linearSteps = 300

func (l *lesson) tell(share, loss float64) {
	if l.tick != nil {
		l.tick(share, loss)
	}
}

// layer64 makes a layer of [out][in] weights and [out] biases behind them.
func layer64(x []float64, out, in int) Layer {
	l := Layer{In: in, Out: out, Weight: make([]float32, out*in), Bias: make([]float32, out)}
	for i := range l.Weight {
		l.Weight[i] = float32(x[i])
	}
	for i := range l.Bias {
		l.Bias[i] = float32(x[out*in+i])
	}
	return l
}

// means learns class means with a shrinkage.
func (l *lesson) means() solver {
	f := newDiscriminant(l.design(), l.y, l.s, l.classes)
	f.tick = func() { l.tell(0, 0) }
	var w []float64
	return func(ctx context.Context, shrinkage float64) (*learnt, error) {
		v, b, err := f.solve(ctx, shrinkage, w)
		if err != nil {
			return nil, err
		}
		w = v
		l.tell(1, 0)
		return &learnt{layers: []Layer{layer64(append(slices.Clone(w), b...), l.classes, f.z.d)}}, nil
	}
}

// neighbours remembers the photos.
func (l *lesson) neighbours(k int) *learnt {
	m := &Memory{K: k, Dim: l.z.d, Rows: slack(l.z.n * l.z.d), Class: slices.Clone(l.y)}
	for i := range l.z.n {
		row := m.Rows[i*m.Dim : (i+1)*m.Dim]
		l.z.read(row, i)
		unit(row)
	}
	return &learnt{memory: m}
}

// network is the settings of an MLP.
type network struct {
	hidden   int
	dropout  float64
	rate     float64
	epochs   int // that the rate falls over
	patience int
}

// Adam's constants (Kingma and Ba 2015, arXiv 1412.6980), the photos of a
// batch and the decay of weights (Loshchilov and Hutter 2019, arXiv
// 1711.05101).
const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEps     = 1e-8
	mlpBatch    = 32
	mlpDecay    = 0.1
	mlpSmallest = 1e-6 // gain of validation loss that counts
)

// mlp trains a network of one hidden layer with inverted dropout behind it
// (Srivastava et al. 2014), by Adam on the weighted log loss. After each epoch it asks judge for the loss of
// held-out photos and stops when that has not fallen for as many epochs as
// patience says; judge nil means all epochs. It returns the best state, its epoch
// (from 1) and the last state.
//
// Inputs have a mean squared length of 1, not of D as standardised features
// have, so the weights of the first layer, and with them its rate, are √D times
// what they would be there.
func (l *lesson) mlp(ctx context.Context, n network, start []Layer, judge func(*learnt) float64) (best *learnt, epoch int, last *learnt, err error) {
	r := rand.New(rand.NewPCG(l.seed, 0x317))
	d, h, c := l.z.d, n.hidden, l.classes
	// Parameters in one vector: W1 [h][d], b1 [h], W2 [c][h], b2 [c].
	sizes := []int{h * d, h, c * h, c}
	total := sizes[0] + sizes[1] + sizes[2] + sizes[3]
	theta, slope := slack(total), slack(total)
	first, second := make([]float32, total), make([]float32, total)
	cut := func(v []float32) (a, b, e, f []float32) {
		o := [5]int{}
		for i, s := range sizes {
			o[i+1] = o[i] + s
		}
		return v[o[0]:o[1]], v[o[1]:o[2]], v[o[2]:o[3]], v[o[3]:o[4]]
	}
	w1, b1, w2, b2 := cut(theta)
	if start != nil {
		copy(w1, start[0].Weight)
		copy(b1, start[0].Bias)
		copy(w2, start[1].Weight)
		copy(b2, start[1].Bias)
	} else {
		// He et al. 2015 (arXiv 1502.01852).
		for i := range w1 {
			w1[i] = float32(r.NormFloat64() * math.Sqrt2)
		}
		for i := range w2 {
			w2[i] = float32(r.NormFloat64() / math.Sqrt(float64(h)))
		}
	}
	state := func() *learnt {
		return &learnt{layers: []Layer{
			{d, h, slices.Clone(w1), slices.Clone(b1)}, {h, c, slices.Clone(w2), slices.Clone(b2)}}}
	}
	g1, gb1, g2, gb2 := cut(slope)
	keep := float32(1 / (1 - n.dropout))
	cutoff := uint64(n.dropout * (1 << 32))
	// pass computes the slope of the loss of a batch and returns the loss.
	pass := func(batch []int) float64 {
		m := len(batch)
		x := l.z.at(batch).matrix(0, m)
		hidden := product(&matrix{h, d, w1[:len(w1):cap(w1)]}, x) // [h][m]
		for o := range h {
			row := hidden.row(o)
			for i := range row {
				row[i] = max(0, row[i]+b1[o]) * keep
				if cutoff > 0 && r.Uint64()>>32 < cutoff {
					row[i] = 0
				}
			}
		}
		logits := newMatrix(c, m)
		packColumns(hidden).multiply(logits, &matrix{c, h, w2[:len(w2):cap(w2)]})
		loss := 0.0
		p := make([]float64, c)
		for i, photo := range batch {
			top := math.Inf(-1)
			for k := range c {
				p[k] = float64(logits.data[k*m+i]) + float64(b2[k])
				top = max(top, p[k])
			}
			right := p[l.y[photo]] - top
			sum := 0.0
			for k := range p {
				p[k] = kernel.Exp(p[k] - top)
				sum += p[k]
			}
			loss += l.s[photo] * (math.Log(sum) - right)
			weight := l.s[photo] * float64(l.z.n) / float64(m)
			for k := range p {
				q := p[k] / sum
				if k == l.y[photo] {
					q--
				}
				logits.data[k*m+i] = float32(q * weight)
			}
		}
		// What flows back: [c][m] · [h][m]ᵀ, then W2ᵀ · [c][m] where a unit was on.
		pack(hidden).multiply(&matrix{c, h, g2[:len(g2):cap(g2)]}, logits)
		for k := range c {
			gb2[k] = sumOf(logits.row(k))
		}
		back := newMatrix(h, m)
		packColumns(logits).multiply(back, (&matrix{c, h, w2}).transpose())
		for i, a := range hidden.data[:h*m] {
			if a > 0 {
				back.data[i] *= keep
			} else {
				back.data[i] = 0
			}
		}
		packColumns(x).multiply(&matrix{h, d, g1[:len(g1):cap(g1)]}, back)
		for o := range h {
			gb1[o] = sumOf(back.row(o))
		}
		return loss
	}
	order := r.Perm(l.z.n)
	bestLoss := math.Inf(1)
	steps := 0
	for e := 1; e <= n.epochs; e++ {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		// A cosine brings the rate down to a tenth at the last epoch.
		rate := n.rate * (0.55 + 0.45*math.Cos(math.Pi*float64(e-1)/float64(n.epochs)))
		loss := 0.0
		for from := 0; from < len(order); from += mlpBatch {
			if err := ctx.Err(); err != nil {
				return nil, 0, nil, err
			}
			loss += pass(order[from:min(from+mlpBatch, len(order))])
			steps++
			c1 := 1 - math.Pow(adamBeta1, float64(steps))
			c2 := 1 - math.Pow(adamBeta2, float64(steps))
			wide := math.Sqrt(float64(d))
			adam(theta[:len(w1)], g1, first, second, rate*wide, c1, c2, rate*mlpDecay)
			adam(theta[len(w1):total], slope[len(w1):total], first[len(w1):], second[len(w1):], rate, c1, c2, rate*mlpDecay)
			l.tell((float64(e-1)+float64(from)/float64(len(order)))/float64(n.epochs), loss)
		}
		if judge == nil {
			epoch = e
			continue
		}
		now := state()
		if v := judge(now); v < bestLoss-mlpSmallest {
			best, bestLoss, epoch = now, v, e
		} else if e-epoch >= n.patience {
			break
		}
	}
	last = state()
	if best == nil {
		best = last
	}
	return best, epoch, last, nil
}

// adam makes a step of Adam on weights w with slope g, moments m and v, and
// their corrections c1 and c2, then takes off a share of the weights.
func adam(w, g, m, v []float32, rate, c1, c2, decay float64) {
	a, root, keep := float32(rate/c1), float32(1/math.Sqrt(c2)), float32(1-decay)
	m, v, g = m[:len(w)], v[:len(w)], g[:len(w)]
	for i, x := range w {
		m[i] += (1 - adamBeta1) * (g[i] - m[i])
		v[i] += (1 - adamBeta2) * (g[i]*g[i] - v[i])
		w[i] = x*keep - a*m[i]/(float32(math.Sqrt(float64(v[i])))*root+adamEps)
	}
}

func sumOf(v []float32) float32 {
	s := float32(0)
	for _, x := range v {
		s += x
	}
	return s
}
