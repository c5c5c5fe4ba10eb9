package training

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"homeroom/core/head"
	"homeroom/core/kernel"
	"homeroom/core/matrix"
)

// MLP is a network with one hidden layer of rectified units.
const MLP head.Kind = "mlp"

type mlp struct{}

func (mlp) traits() traits {
	return traits{kind: MLP, title: "Small network", standard: true, features: true, slow: true, stopped: true, heavy: true, scout: Linear}
}

func (mlp) try(c *dataset, found map[head.Kind]*trial) (*trial, error) {
	return c.tryMLP(found[Linear])
}

func (mlp) alone(Config) float64 { return 30 }

func (mlp) export(t *trial, s *head.Settings) {
	n := t.dataset.network(t.dataset.learn * (1 + len(t.dataset.views)))
	s.Hidden, s.Dropout, s.Rate, s.Epochs = n.hidden, n.dropout, n.rate, int(t.Value)
}

func (mlp) fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error) {
	n := network{hidden: s.Hidden, dropout: s.Dropout, rate: s.Rate, epochs: s.Epochs}
	m, _, _, err := l.mlp(c.ctx, n, nil, nil)
	return m, err
}

func (mlp) final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error) {
	return c.finalMLP(c, l, c.network(len(l.y)), s.Epochs)
}

// network is the settings of an MLP.
type network struct {
	hidden   int
	dropout  float64
	rate     float64
	epochs   int // that the rate falls over
	patience int
}

// Adam's constants (Kingma and Ba 2015, arXiv 1412.6980), the photos of a batch and the decay of
// weights (Loshchilov and Hutter 2019, arXiv 1711.05101).
const (
	adamBeta1   = 0.9
	adamBeta2   = 0.999
	adamEps     = 1e-8
	mlpBatch    = 32
	mlpDecay    = 0.1
	mlpSmallest = 1e-6 // gain of validation loss that counts
)

// mlp trains a network of one hidden layer with inverted dropout behind it (Srivastava et al.
// 2014), by Adam on the weighted log loss. After each epoch it asks judge for the loss of held-out
// photos and stops when that has not fallen for as many epochs as patience says; judge nil means
// all epochs. It returns the best state, its epoch (from 1) and the last state.
//
// Inputs have a mean squared length of 1, not of D as standardised features have, so the weights of
// the first layer, and with them its rate, are √D times what they would be there.
func (l *trainingSet) mlp(ctx context.Context, n network, start []head.Layer, judge func(*head.Learnt) float64) (best *head.Learnt, epoch int, last *head.Learnt, err error) {
	net := l.backprop(n, start)
	total := len(net.theta)
	first, second := make([]float32, total), make([]float32, total)
	order := net.r.Perm(l.z.N)
	bestLoss := math.Inf(1)
	steps := 0
	for e := 1; e <= n.epochs; e++ {
		net.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		// A cosine brings the rate down to a tenth at the last epoch.
		rate := n.rate * (0.55 + 0.45*math.Cos(math.Pi*float64(e-1)/float64(n.epochs)))
		loss := 0.0
		for from := 0; from < len(order); from += mlpBatch {
			if err := ctx.Err(); err != nil {
				return nil, 0, nil, err
			}
			loss += net.pass(order[from:min(from+mlpBatch, len(order))])
			steps++
			c1 := 1 - math.Pow(adamBeta1, float64(steps))
			c2 := 1 - math.Pow(adamBeta2, float64(steps))
			wide := math.Sqrt(float64(l.z.D))
			adam(net.theta[:len(net.w1)], net.g1, first, second, rate*wide, c1, c2, rate*mlpDecay)
			adam(net.theta[len(net.w1):total], net.slope[len(net.w1):total], first[len(net.w1):], second[len(net.w1):], rate, c1, c2, rate*mlpDecay)
			l.tell((float64(e-1)+float64(from)/float64(len(order)))/float64(n.epochs), loss)
		}
		if judge == nil {
			epoch = e
			continue
		}
		now := net.state()
		if v := judge(now); v < bestLoss-mlpSmallest {
			best, bestLoss, epoch = now, v, e
		} else if e-epoch >= n.patience {
			break
		}
	}
	last = net.state()
	if best == nil {
		best = last
	}
	return best, epoch, last, nil
}

// backprop is a network of one hidden layer that learns, with the slope of its loss.
type backprop struct {
	l *trainingSet
	r *rand.Rand

	theta, slope []float32 // W1 [h][d], b1 [h], W2 [c][h], b2 [c], one after the other
	w1, b1       []float32
	w2, b2       []float32
	g1, gb1      []float32 // parts of slope
	g2, gb2      []float32

	keep   float32 // what a unit that is on is multiplied by, for those that drop out
	cutoff uint64  // of 2³², how many drop out
}

func (l *trainingSet) backprop(n network, start []head.Layer) *backprop {
	d, h, c := l.z.D, n.hidden, l.classes
	sizes := []int{h * d, h, c * h, c}
	total := sizes[0] + sizes[1] + sizes[2] + sizes[3]
	b := &backprop{
		l: l, r: rand.New(rand.NewPCG(l.seed, 0x317)), theta: matrix.Slack(total), slope: matrix.Slack(total),
		keep: float32(1 / (1 - n.dropout)), cutoff: uint64(n.dropout * (1 << 32)),
	}
	cut := func(v []float32) (a, b, e, f []float32) {
		o := [5]int{}
		for i, s := range sizes {
			o[i+1] = o[i] + s
		}
		return v[o[0]:o[1]], v[o[1]:o[2]], v[o[2]:o[3]], v[o[3]:o[4]]
	}
	b.w1, b.b1, b.w2, b.b2 = cut(b.theta)
	b.g1, b.gb1, b.g2, b.gb2 = cut(b.slope)
	if start != nil {
		copy(b.w1, start[0].Weight)
		copy(b.b1, start[0].Bias)
		copy(b.w2, start[1].Weight)
		copy(b.b2, start[1].Bias)
		return b
	}
	// He et al. 2015 (arXiv 1502.01852).
	for i := range b.w1 {
		b.w1[i] = float32(b.r.NormFloat64() * math.Sqrt2)
	}
	for i := range b.w2 {
		b.w2[i] = float32(b.r.NormFloat64() / math.Sqrt(float64(h)))
	}
	return b
}

// state copies the layers as they are.
func (n *backprop) state() *head.Learnt {
	d, h, c := n.l.z.D, len(n.b1), n.l.classes
	return &head.Learnt{Layers: []head.Layer{
		{In: d, Out: h, Weight: slices.Clone(n.w1), Bias: slices.Clone(n.b1)},
		{In: h, Out: c, Weight: slices.Clone(n.w2), Bias: slices.Clone(n.b2)}}}
}

// pass computes the slope of the loss of a batch and returns the loss.
func (n *backprop) pass(batch []int) float64 {
	d, h, c := n.l.z.D, len(n.b1), n.l.classes
	m := len(batch)
	x := n.l.z.At(batch).Matrix(0, m)
	hidden := matrix.Product(matrix.Of(h, d, n.w1[:len(n.w1):cap(n.w1)]), x) // [h][m]
	for o := range h {
		row := hidden.Row(o)
		for i := range row {
			row[i] = max(0, row[i]+n.b1[o]) * n.keep
			if n.cutoff > 0 && n.r.Uint64()>>32 < n.cutoff {
				row[i] = 0
			}
		}
	}
	logits := matrix.New(c, m)
	matrix.PackColumns(hidden).Multiply(logits, matrix.Of(c, h, n.w2[:len(n.w2):cap(n.w2)]))
	loss := 0.0
	p := make([]float64, c)
	for i, photo := range batch {
		top := math.Inf(-1)
		for k := range c {
			p[k] = float64(logits.Data[k*m+i]) + float64(n.b2[k])
			top = max(top, p[k])
		}
		right := p[n.l.y[photo]] - top
		sum := 0.0
		for k := range p {
			p[k] = kernel.Exp(p[k] - top)
			sum += p[k]
		}
		loss += n.l.s[photo] * (math.Log(sum) - right)
		weight := n.l.s[photo] * float64(n.l.z.N) / float64(m)
		for k := range p {
			q := p[k] / sum
			if k == n.l.y[photo] {
				q--
			}
			logits.Data[k*m+i] = float32(q * weight)
		}
	}
	// What flows back: [c][m] · [h][m]ᵀ, then W2ᵀ · [c][m] where a unit was on.
	matrix.Pack(hidden).Multiply(matrix.Of(c, h, n.g2[:len(n.g2):cap(n.g2)]), logits)
	for k := range c {
		n.gb2[k] = sumOf(logits.Row(k))
	}
	back := matrix.New(h, m)
	matrix.PackColumns(logits).Multiply(back, matrix.Of(c, h, n.w2).Transpose())
	for i, a := range hidden.Data[:h*m] {
		if a > 0 {
			back.Data[i] *= n.keep
		} else {
			back.Data[i] = 0
		}
	}
	matrix.PackColumns(x).Multiply(matrix.Of(h, d, n.g1[:len(n.g1):cap(n.g1)]), back)
	for o := range h {
		n.gb1[o] = sumOf(back.Row(o))
	}
	return loss
}

// adam makes a step of Adam on weights w with slope g, moments m and v, and their corrections c1
// and c2, then takes off a share of the weights.
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

// network returns the settings of an MLP for so many rows.
func (f *fit) network(rows int) network {
	n := network{hidden: f.cfg.Hidden, dropout: f.cfg.Dropout, rate: f.cfg.Rate, epochs: f.cfg.Epochs, patience: 8}
	if n.hidden == 0 {
		n.hidden = 128
	}
	if n.dropout == 0 {
		n.dropout = 0.5
	}
	n.dropout = max(0, n.dropout)
	if n.rate == 0 {
		n.rate = 1e-3
	}
	if n.epochs == 0 {
		// About 600 steps, but neither a handful of epochs nor dozens.
		n.epochs = min(max(600*mlpBatch/max(rows, 1), 15), 40)
	}
	return n
}

// tryMLP tries a network. Where rival is not nil and its loss on the photos of the first fold is no
// higher, the other folds are not worth their time, and the trial is of those photos only.
func (c *dataset) tryMLP(rival *trial) (*trial, error) {
	logits := matrix.New(len(c.held), len(c.bank.Classes))
	from, epochs := 0, 0.0
	for i, o := range c.folds {
		l := c.trainingSet(o.learn)
		l.z = c.dual.x.At(c.seen(o.learn))
		l.tick = func(share, loss float64) {
			c.tell((float64(from)+share*float64(len(o.hold)))/float64(len(c.held)), Progress{})
		}
		hold := c.dual.x.At(o.hold)
		truth := c.truth[from : from+len(o.hold)]
		answers := func(l *head.Learnt) *matrix.Matrix {
			out := matrix.New(hold.N, logits.D)
			hold.Blocks(func(i int, m *matrix.Matrix) { copy(out.Data[i*out.D:], l.Scores(m, out.D).Data) })
			return out
		}
		found, epoch, _, err := l.mlp(c.ctx, c.network(len(l.y)), nil, func(l *head.Learnt) float64 { return logLoss(answers(l), truth, 1) })
		if err != nil {
			return nil, err
		}
		copy(logits.Data[from*logits.D:], answers(found).Data)
		from += len(o.hold)
		epochs += float64(epoch) / float64(len(c.folds))
		if i == 0 && rival != nil && len(c.folds) > 1 {
			part := func(m *matrix.Matrix) *matrix.Matrix { return matrix.Of(from, m.D, m.Data[:from*m.D]) }
			mine, theirs := c.judge(MLP, float64(epoch), part(logits)), c.judge(rival.Kind, 0, part(rival.logits))
			if mine.Loss >= theirs.Loss {
				return mine, nil
			}
		}
	}
	return c.judge(MLP, math.Round(max(1, epochs)), logits), nil
}

func (f *fit) finalMLP(c *dataset, l *trainingSet, n network, epochs int) (good, last *head.Learnt, err error) {
	var start []head.Layer
	if w := f.cfg.Warm; w != nil && w.Kind == MLP && slices.Equal(w.Classes, f.bank.Classes) {
		start = w.Rescaled(c.scale)
	}
	if len(f.rows) == f.learn {
		// There is nothing to judge by but what the folds found, and the rate falls over just those
		// epochs.
		n.epochs = epochs
		good, _, _, err = l.mlp(f.ctx, n, start, nil)
		return good, nil, err
	}
	watch := f.watch(c.dual.x)
	good, _, last, err = l.mlp(f.ctx, n, start, func(x *head.Learnt) float64 { return watch.see(x) })
	return good, last, err
}
