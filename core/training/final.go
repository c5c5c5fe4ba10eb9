package training

import (
	"cmp"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/matrix"
)

// run chooses, learns and checks.
func (f *fit) run() (*Trained, error) {
	t := &Trained{Folds: len(f.folds), Alike: f.alike}
	won, err := f.choose(t)
	if err != nil {
		return nil, err
	}
	f.stage, f.what = "learn", words(won.Kind, won.Input)
	state, last, err := f.final(won)
	if err != nil {
		return nil, err
	}
	won.dataset.begun = nil // what is learnt from here on is held against photos that the head knows
	f.unit++
	f.stage = "check"
	f.tell(0, Progress{})
	if t.Best, err = f.finish(won, state, t); err != nil {
		return nil, err
	}
	t.Last = t.Best
	if last != nil {
		l := *t.Best
		l.Layers = last.Layers
		l.Pack()
		t.Last = &l
	}
	t.Curve = f.curve
	f.unit = f.units
	f.tell(0, Progress{})
	return t, nil
}

func words(k head.Kind, in bank.Input) string { return string(k) + ", " + in.String() }

// choices lists the kinds of head, inputs and roots that there are to choose from.
func (f *fit) choices() (kinds []head.Kind, inputs []bank.Input, roots []bool, err error) {
	if w := f.cfg.Warm; w != nil {
		f.cfg.Kind, f.cfg.Input, f.cfg.Root = w.Kind, w.Input, &w.Settings.Root
		f.cfg.L2, f.cfg.Shrinkage, f.cfg.K = w.Settings.L2, w.Settings.Shrinkage, w.Settings.K
		f.cfg.Hidden, f.cfg.Dropout, f.cfg.Rate, f.cfg.Epochs = w.Settings.Hidden, w.Settings.Dropout, w.Settings.Rate, w.Settings.Epochs
		if f.cfg.Dropout == 0 {
			f.cfg.Dropout = -1
		}
		f.cfg.Augment = w.Settings.Augment
	}
	kinds = f.cfg.Kinds
	if k := f.cfg.Kind; k != "" && k != head.Auto {
		kinds = []head.Kind{k}
	}
	if kinds == nil || slices.Contains(kinds, head.Auto) {
		kinds = Kinds
	}
	inputs = []bank.Input{f.cfg.Input}
	if f.cfg.Input == nil {
		inputs = f.bank.Inputs()
		if len(inputs) == 0 {
			return nil, nil, nil, bank.ErrNoFeatures
		}
	}
	roots = []bool{false, true}
	if len(kinds) == 1 && learnerOf(kinds[0]).traits().standard {
		roots = roots[:1]
	}
	if f.cfg.Root != nil {
		roots = []bool{*f.cfg.Root}
	}
	return kinds, inputs, roots, nil
}

// choose tries what there is to choose from and returns what answered held-out photos best.
func (f *fit) choose(t *Trained) (*trial, error) {
	f.stage = "choose"
	if part := f.fewer(); part != nil {
		return f.choosePart(t, part)
	}
	return f.chooseHeld(t)
}

// chooseHeld is choose by the photos that are held out.
func (f *fit) chooseHeld(t *Trained) (*trial, error) {
	kinds, inputs, roots, err := f.choices()
	if err != nil {
		return nil, err
	}
	if len(f.folds) == 0 {
		return f.unheld(kinds, inputs[len(inputs)-1])
	}
	s := &search{fit: f, kinds: kinds, found: map[head.Kind]*trial{}}
	// Kinds that others are made of go first, and are tried where only those are wanted.
	var others, made []learner
	for _, l := range learners {
		k := l.traits().kind
		needed := slices.ContainsFunc(learners, func(o learner) bool { return s.wants(o.traits().kind) && slices.Contains(o.traits().needs, k) })
		switch {
		case l.traits().needs != nil && s.wants(k):
			made = append(made, l)
		case s.wants(k) || needed:
			others = append(others, l)
		}
	}
	f.units = float64(len(others) + 1)
	if n := len(inputs) + len(roots) - 1; n > 1 {
		f.units += float64(n)
	}
	top, err := s.data(inputs, roots)
	if err != nil {
		return nil, err
	}
	if err := s.kindsOn(top, others, made); err != nil {
		return nil, err
	}
	return s.best(t), nil
}

// search is the choice of a head by its answers to held-out photos.
type search struct {
	*fit
	kinds []head.Kind          // that may be chosen
	found map[head.Kind]*trial // the best of each kind that was tried
	tried []*trial             // of the kinds that may be chosen, all
}

func (s *search) wants(k head.Kind) bool { return slices.Contains(s.kinds, k) }

func (s *search) try(c *dataset, l learner) (*trial, error) {
	s.what = words(l.traits().kind, c.input)
	t, err := l.try(c, s.found)
	s.unit++
	return t, err
}

// scout is the kind that inputs and roots are compared by: what one of the wanted kinds is compared
// by, and of several a quick one.
func (s *search) scout() head.Kind {
	var out head.Kind
	for _, l := range learners {
		if t := l.traits(); s.wants(t.kind) && (out == "" || learnerOf(t.scout).traits().quick) {
			out = t.scout
		}
	}
	return out
}

// data chooses among inputs and roots. They are compared by a head that learns fast; the other
// kinds are tried on what won.
func (s *search) data(inputs []bank.Input, roots []bool) (top *dataset, err error) {
	scout := s.scout()
	type place struct {
		in   bank.Input
		root bool
	}
	var places []place
	for _, in := range inputs {
		places = append(places, place{in, roots[len(roots)-1]})
	}
	least := math.Inf(1)
	for i := 0; i < len(places); i++ {
		c, err := s.dataset(places[i].in, places[i].root)
		if err != nil {
			return nil, err
		}
		if len(places) == 1 && len(roots) == 1 {
			return c, nil
		}
		t, err := s.try(c, learnerOf(scout))
		if err != nil {
			return nil, err
		}
		if t.Loss < least {
			if last := s.found[scout]; last != nil {
				last.dataset, last.logits = nil, nil // lets go of their memory
			}
			top, least, s.found[scout] = c, t.Loss, t
		} else {
			t.dataset, t.logits = nil, nil
		}
		if s.wants(scout) {
			s.tried = append(s.tried, t)
		}
		if i == len(inputs)-1 && len(roots) > 1 {
			places = append(places, place{top.input, roots[0]})
		}
	}
	return top, nil
}

// kindsOn tries kinds on a data set: others, and then those that are made of them.
func (s *search) kindsOn(top *dataset, others, made []learner) error {
	for _, l := range others {
		k := l.traits().kind
		if s.found[k] != nil {
			continue
		}
		t, err := s.try(top, l)
		if err != nil {
			return err
		}
		s.found[k] = t
		if s.wants(k) {
			s.tried = append(s.tried, t)
		}
	}
	for _, l := range made {
		t, err := l.try(top, s.found)
		if err != nil {
			return err
		}
		s.tried = append(s.tried, t)
	}
	return nil
}

// best returns what answered held-out photos best, and lists what was tried.
func (s *search) best(t *Trained) *trial {
	slices.SortStableFunc(s.tried, func(a, b *trial) int { return cmp.Compare(a.Loss, b.Loss) })
	var won *trial
	for _, one := range s.tried {
		t.Tried = append(t.Tried, one.Candidate)
		if one.dataset == nil || one.Photos < len(s.held) {
			continue
		}
		// What a network says of held-out photos is a little too good, since they told it when to
		// stop: it must be better by more than chance explains.
		if won == nil || learnerOf(won.Kind).traits().stopped && won.beats(one) < 1 {
			won = one
		}
	}
	// Where few photos can be held out, another kind than what has the least to go wrong must be
	// better by more than chance explains (the rule of one standard error of Breiman et al. 1984,
	// section 3.4.3, on the differences photo by photo).
	for _, k := range which(func(t traits) bool { return t.safe }) {
		if m := s.found[k]; m != nil && s.wants(k) && won != m && len(s.held) < fewHeld && won.beats(m) < 1 {
			won = m
		}
	}
	return won
}

// fewHeld is the number of held-out photos below which differences between kinds of head are mostly
// chance.
const fewHeld = 200

// beats returns by how many standard errors the loss of t on held-out photos is less than that of
// o.
func (t *trial) beats(o *trial) float64 {
	p, q := make([]float64, t.logits.D), make([]float64, t.logits.D)
	sum, square := 0.0, 0.0
	for i, y := range t.dataset.truth {
		head.Softmax(p, t.logits.Row(i), t.temperature)
		head.Softmax(q, o.logits.Row(i), o.temperature)
		d := math.Log(max(p[y], 1e-15)) - math.Log(max(q[y], 1e-15))
		sum += d
		square += d * d
	}
	n := float64(t.logits.N)
	mean := sum / n
	return mean / math.Sqrt(max(square/n-mean*mean, 1e-30)/n)
}

// unheld is what is learnt where nothing can be held out, one photo a class: the nearest photo, if
// there is a choice, by its direction only.
func (f *fit) unheld(kinds []head.Kind, in bank.Input) (*trial, error) {
	kind, best := kinds[0], 0
	for _, l := range learners {
		if t := l.traits(); t.single > best && slices.Contains(kinds, t.kind) {
			kind, best = t.kind, t.single
		}
	}
	root := true
	if f.cfg.Root != nil {
		root = *f.cfg.Root
	}
	c, err := f.dataset(in, root)
	if err != nil {
		return nil, err
	}
	f.units = 1
	one := func(k head.Kind) *trial {
		t := &trial{dataset: c, temperature: 1}
		t.Candidate = Candidate{Kind: k, Input: in, Root: root, Value: learnerOf(k).alone(f.cfg)}
		return t
	}
	won := one(kind)
	for _, k := range learnerOf(kind).traits().needs {
		won.parts = append(won.parts, one(k))
	}
	return won, nil
}

// back turns a layer over the coordinates of the photos' span into one over the standardised input.
func (c *dataset) back(l head.Layer) head.Layer {
	if c.dual.lower == nil {
		return l
	}
	return head.Layer{In: c.dual.x.D, Out: l.Out, Weight: c.dual.back(l.Weight, l.Out), Bias: l.Bias}
}

// watch follows the final head step by step on the Valid photos.
type watch struct {
	f     *fit
	valid matrix.Table
	truth []int
	best  *head.Learnt
	loss  float64
	step  int
}

func (f *fit) watch(all matrix.Table) *watch {
	rows := f.all(len(f.rows))[f.learn:]
	return &watch{f: f, valid: all.At(rows), truth: f.y[f.learn:], loss: math.Inf(1)}
}

// see reports a step and returns its loss on the Valid photos, 0 without such.
func (w *watch) see(l *head.Learnt) float64 {
	w.step++
	p := Progress{Step: w.step}
	if w.valid.N > 0 {
		logits := matrix.New(w.valid.N, len(w.f.bank.Classes))
		w.valid.Blocks(func(i int, m *matrix.Matrix) { copy(logits.Data[i*logits.D:], l.Scores(m, logits.D).Data) })
		p.ValidLoss = logLoss(logits, w.truth, 1)
		right := 0
		for i, y := range w.truth {
			if matrix.Argmax(logits.Row(i)) == y {
				right++
			}
		}
		p.ValidAccuracy = matrix.Quotient(float64(right), float64(w.valid.N))
		if p.ValidLoss < w.loss {
			w.best, w.loss = l, p.ValidLoss
		}
	}
	w.f.learnt(p)
	return p.ValidLoss
}

// learnt adds a step to the curve.
func (f *fit) learnt(p Progress) {
	p.Stage = f.stage
	f.curve = append(f.curve, p)
	f.tell(1-1/(1+float64(p.Step)/20), p)
}

func (w *watch) choose(last *head.Learnt) (good, end *head.Learnt, err error) {
	if w.best == nil || w.best == last {
		return last, nil, nil
	}
	return w.best, last, nil
}

// finish makes the head, calibrates it on held-out photos and reports.
func (f *fit) finish(won *trial, l *head.Learnt, t *Trained) (*head.Head, error) {
	c := won.dataset
	h := &head.Head{
		Kind: won.Kind, Classes: slices.Clone(f.bank.Classes), Input: won.Input, Scale: *c.scale,
		Layers: l.Layers, Memory: l.Memory, Temperature: won.temperature, Settings: won.settings(),
	}
	for _, name := range won.Input.Spaces() {
		h.Spaces = append(h.Spaces, f.bank.Spaces[f.bank.Space(name)])
	}
	strange, err := f.unknown(won, h)
	if err != nil {
		return nil, err
	}
	h.Pack()
	t.Unchecked = f.unchecked()
	if len(f.held) == 0 {
		return h, nil
	}
	p := make([][]float64, len(f.held))
	for i, r := range f.held {
		p[i] = make([]float64, len(h.Classes))
		head.Softmax(p[i], won.logits.Row(i), won.temperature)
		photo := &f.bank.Photos[f.rows[r]]
		t.Held = append(t.Held, evaluation.HeldOut{ID: photo.ID, Class: photo.Class, Probabilities: p[i], Strangeness: strange[i]})
	}
	t.Valid = evaluation.Score(h.Classes, f.truth, p)
	return h, f.doubt(won, t.Valid)
}
