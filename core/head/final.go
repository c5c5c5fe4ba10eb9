package head

import (
	"cmp"
	"math"
	"slices"
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
	f.unit++
	f.stage = "check"
	f.tell(0, Progress{})
	if t.Best, err = f.finish(won, state, t); err != nil {
		return nil, err
	}
	t.Last = t.Best
	if last != nil {
		l := *t.Best
		l.Layers = last.layers
		l.packed = l.answerer()
		t.Last = &l
	}
	t.Curve = f.curve
	f.unit = f.units
	f.tell(0, Progress{})
	return t, nil
}

func words(k Kind, in Input) string { return string(k) + ", " + in.String() }

// choose tries what there is to choose from and returns what answered held-out
// photos best.
func (f *fit) choose(t *Trained) (*trial, error) {
	f.stage = "choose"
	if w := f.cfg.Warm; w != nil {
		f.cfg.Kind, f.cfg.Input, f.cfg.Root = w.Kind, w.Input, &w.Settings.Root
		f.cfg.L2, f.cfg.Shrinkage, f.cfg.K = w.Settings.L2, w.Settings.Shrinkage, w.Settings.K
		f.cfg.Hidden, f.cfg.Dropout, f.cfg.Rate, f.cfg.Epochs = w.Settings.Hidden, w.Settings.Dropout, w.Settings.Rate, w.Settings.Epochs
		if f.cfg.Dropout == 0 {
			f.cfg.Dropout = -1
		}
		f.cfg.Augment = w.Settings.Augment
	}
	kinds := f.cfg.Kinds
	if k := f.cfg.Kind; k != "" && k != Auto {
		kinds = []Kind{k}
	}
	if kinds == nil || slices.Contains(kinds, Auto) {
		kinds = Kinds
	}
	inputs := []Input{f.cfg.Input}
	if f.cfg.Input == nil {
		inputs = f.bank.Inputs()
		if len(inputs) == 0 {
			return nil, errNoFeatures
		}
	}
	roots := []bool{false, true}
	if len(kinds) == 1 && (kinds[0] == Linear || kinds[0] == MLP) {
		roots = roots[:1]
	}
	if f.cfg.Root != nil {
		roots = []bool{*f.cfg.Root}
	}
	if len(f.folds) == 0 {
		return f.unheld(kinds, inputs[len(inputs)-1])
	}
	wants := func(k Kind) bool { return slices.Contains(kinds, k) }
	// Inputs are compared by a head that learns fast, and so is whether to take
	// roots; the other kinds are tried on what won.
	scout := Means
	if !wants(Means) && !wants(Blend) && !wants(KNN) {
		scout = Linear
	}
	parts := func(k Kind) bool { return wants(k) || wants(Blend) && (k == Linear || k == Means) }
	var others []Kind
	for _, k := range []Kind{Linear, Means, KNN, MLP} {
		if parts(k) {
			others = append(others, k)
		}
	}
	type place struct {
		in   Input
		root bool
	}
	var places []place
	for _, in := range inputs {
		places = append(places, place{in, roots[len(roots)-1]})
	}
	f.units = float64(len(others) + 1)
	if n := len(inputs) + len(roots) - 1; n > 1 {
		f.units += float64(n)
	}
	var tried []*trial
	var top *course
	found := map[Kind]*trial{}
	try := func(c *course, k Kind) (*trial, error) {
		f.what = words(k, c.input)
		var t *trial
		var err error
		if k == MLP {
			t, err = c.tryMLP(found[Linear])
		} else {
			t, err = c.try(k)
		}
		f.unit++
		return t, err
	}
	least := math.Inf(1)
	for i := 0; i < len(places); i++ {
		c, err := f.course(places[i].in, places[i].root)
		if err != nil {
			return nil, err
		}
		if len(places) == 1 && len(roots) == 1 {
			top = c
			break
		}
		t, err := try(c, scout)
		if err != nil {
			return nil, err
		}
		if t.Loss < least {
			if last := found[scout]; last != nil {
				last.course, last.logits = nil, nil // lets go of their memory
			}
			top, least, found[scout] = c, t.Loss, t
		} else {
			t.course, t.logits = nil, nil
		}
		if wants(scout) {
			tried = append(tried, t)
		}
		if i == len(inputs)-1 && len(roots) > 1 {
			places = append(places, place{top.input, roots[0]})
		}
	}
	for _, k := range others {
		if found[k] != nil {
			continue
		}
		t, err := try(top, k)
		if err != nil {
			return nil, err
		}
		found[k] = t
		if wants(k) {
			tried = append(tried, t)
		}
	}
	if wants(Blend) {
		tried = append(tried, top.blend(found[Linear], found[Means]))
	}
	slices.SortStableFunc(tried, func(a, b *trial) int { return cmp.Compare(a.Loss, b.Loss) })
	var won *trial
	for _, one := range tried {
		t.Tried = append(t.Tried, one.Candidate)
		if one.course == nil || one.Photos < len(f.held) {
			continue
		}
		// What a network says of held-out photos is a little too good, since they told it
		// when to stop: it must be better by more than chance explains.
		if won == nil || won.Kind == MLP && won.beats(one) < 1 {
			won = one
		}
	}
	// Where few photos can be held out, class means have the least to go wrong: another kind must be better by more
	// than chance explains (the rule of one standard error of Breiman et al. 1984,
	// section 3.4.3, on the differences photo by photo).
	if m := found[Means]; m != nil && wants(Means) && won != m && len(f.held) < fewHeld && won.beats(m) < 1 {
		won = m
	}
	return won, nil
}

// fewHeld is the number of held-out photos below which differences between
// kinds of head are mostly chance.
const fewHeld = 200

// beats returns by how many standard errors the loss of t on held-out photos is less
// than that of o.
func (t *trial) beats(o *trial) float64 {
	p, q := make([]float64, t.logits.d), make([]float64, t.logits.d)
	sum, square := 0.0, 0.0
	for i, y := range t.course.truth {
		softmax(p, t.logits.row(i), t.temperature)
		softmax(q, o.logits.row(i), o.temperature)
		d := math.Log(max(p[y], 1e-15)) - math.Log(max(q[y], 1e-15))
		sum += d
		square += d * d
	}
	n := float64(t.logits.n)
	mean := sum / n
	return mean / math.Sqrt(max(square/n-mean*mean, 1e-30)/n)
}

// unheld is what is learnt where nothing can be held out, one photo a class:
// the nearest photo, if there is a choice, by its direction only.
func (f *fit) unheld(kinds []Kind, in Input) (*trial, error) {
	kind := kinds[0]
	if slices.Contains(kinds, KNN) {
		kind = KNN
	} else if slices.Contains(kinds, Means) {
		kind = Means
	}
	root := true
	if f.cfg.Root != nil {
		root = *f.cfg.Root
	}
	c, err := f.course(in, root)
	if err != nil {
		return nil, err
	}
	f.units = 1
	value := map[Kind]float64{
		Linear: cmp.Or(f.cfg.L2, 1e-3), Means: cmp.Or(f.cfg.Shrinkage, 1), Blend: cmp.Or(f.cfg.L2, 1e-3),
		KNN: float64(cmp.Or(f.cfg.K, 1)), MLP: 30,
	}
	one := func(k Kind) *trial {
		t := &trial{course: c, temperature: 1}
		t.Candidate = Candidate{Kind: k, Input: in, Root: root, Value: value[k]}
		return t
	}
	won := one(kind)
	if kind == Blend {
		won.parts = []*trial{one(Linear), one(Means)}
	}
	return won, nil
}

// settings are what a trial's head is learnt with.
func (t *trial) settings() Settings {
	s := Settings{Seed: t.course.cfg.Seed, Root: t.course.root, Augment: t.course.views, Photos: t.course.learn}
	switch t.Kind {
	case Linear:
		s.L2 = t.Value
	case Means:
		s.Shrinkage = t.Value
	case Blend:
		s.L2, s.Shrinkage = t.parts[0].Value, t.parts[1].Value
		s.Parts = [2]float64{t.parts[0].temperature, t.parts[1].temperature}
	case KNN:
		s.K = int(t.Value)
	case MLP:
		n := t.course.network(t.course.learn * (1 + len(t.course.views)))
		s.Hidden, s.Dropout, s.Rate, s.Epochs = n.hidden, n.dropout, n.rate, int(t.Value)
	}
	return s
}

// final learns from all photos what won. last is nil where it is the same as
// what answered the Valid photos best.
func (f *fit) final(t *trial) (good, last *learnt, err error) {
	c, s := t.course, t.settings()
	photos := f.all(f.learn)
	l := c.lesson(photos)
	l.tick = func(share, loss float64) { f.tell(share, Progress{}) }
	switch t.Kind {
	case Linear:
		good, last, err = f.finalLinear(c, l, s.L2)
	case MLP:
		l.z = c.study.x.at(c.seen(photos))
		return f.finalMLP(c, l, f.network(len(l.y)), s.Epochs)
	default:
		good, err = c.teach(photos, t.Kind, s, l.tick)
	}
	if err != nil || t.Kind == KNN {
		return good, nil, err
	}
	for _, x := range []*learnt{good, last} {
		if x != nil {
			x.layers[0] = c.back(x.layers[0])
		}
	}
	return good, last, nil
}

// teach learns from some photos with settings, over the coordinates of the
// study (KNN and MLP: over its standardised inputs).
func (c *course) teach(photos []int, kind Kind, s Settings, tick func(share, loss float64)) (*learnt, error) {
	l := c.lesson(photos)
	l.tick = tick
	switch kind {
	case Linear:
		return l.linear(nil, closely, nil)(c.ctx, s.L2)
	case Means:
		return l.means()(c.ctx, s.Shrinkage)
	case Blend:
		a, err := l.linear(nil, closely, nil)(c.ctx, s.L2)
		if err != nil {
			return nil, err
		}
		b, err := l.means()(c.ctx, s.Shrinkage)
		if err != nil {
			return nil, err
		}
		return &learnt{layers: []Layer{average(a.layers[0], 1/s.Parts[0], b.layers[0], 1/s.Parts[1])}}, nil
	case KNN:
		l.z = c.study.x.at(c.seen(photos))
		return l.neighbours(s.K), c.ctx.Err()
	case MLP:
		l.z = c.study.x.at(c.seen(photos))
		n := network{hidden: s.Hidden, dropout: s.Dropout, rate: s.Rate, epochs: s.Epochs}
		m, _, _, err := l.mlp(c.ctx, n, nil, nil)
		return m, err
	}
	panic("head: no such kind to learn: " + string(kind))
}

// average is ½·(p·a + q·b).
func average(a Layer, p float64, b Layer, q float64) Layer {
	out := Layer{In: a.In, Out: a.Out, Weight: make([]float32, len(a.Weight)), Bias: make([]float32, len(a.Bias))}
	for i := range out.Weight {
		out.Weight[i] = float32((p*float64(a.Weight[i]) + q*float64(b.Weight[i])) / 2)
	}
	for i := range out.Bias {
		out.Bias[i] = float32((p*float64(a.Bias[i]) + q*float64(b.Bias[i])) / 2)
	}
	return out
}

// back turns a layer over the coordinates of the study into one over the
// standardised input.
func (c *course) back(l Layer) Layer {
	if c.study.lower == nil {
		return l
	}
	return Layer{In: c.study.x.d, Out: l.Out, Weight: c.study.back(l.Weight, l.Out), Bias: l.Bias}
}

// finalLinear learns logistic regression from all photos, and tells of each
// step how it answers the Valid photos.
func (f *fit) finalLinear(c *course, l *lesson, l2 float64) (good, last *learnt, err error) {
	watch := f.watch(c.study.z)
	start, err := c.warm(l.classes)
	if err != nil {
		return nil, nil, err
	}
	step := func(x *learnt) { watch.see(x) }
	last, err = l.linear(start, closely, step)(f.ctx, l2)
	if err != nil {
		return nil, nil, err
	}
	return watch.choose(last)
}

func (f *fit) finalMLP(c *course, l *lesson, n network, epochs int) (good, last *learnt, err error) {
	var start []Layer
	if w := f.cfg.Warm; w != nil && w.Kind == MLP && slices.Equal(w.Classes, f.bank.Classes) {
		start = w.rescaled(c.scale)
	}
	if len(f.rows) == f.learn {
		// There is nothing to judge by but what the folds found, and the rate
		// falls over just those epochs.
		n.epochs = epochs
		good, _, _, err = l.mlp(f.ctx, n, start, nil)
		return good, nil, err
	}
	watch := f.watch(c.study.x)
	good, _, last, err = l.mlp(f.ctx, n, start, func(x *learnt) float64 { return watch.see(x) })
	return good, last, err
}

// watch follows the final head step by step on the Valid photos.
type watch struct {
	f     *fit
	valid table
	truth []int
	best  *learnt
	loss  float64
	step  int
}

func (f *fit) watch(all table) *watch {
	rows := f.all(len(f.rows))[f.learn:]
	return &watch{f: f, valid: all.at(rows), truth: f.y[f.learn:], loss: math.Inf(1)}
}

// see reports a step and returns its loss on the Valid photos, 0 without such.
func (w *watch) see(l *learnt) float64 {
	w.step++
	p := Progress{Step: w.step}
	if w.valid.n > 0 {
		logits := newMatrix(w.valid.n, len(w.f.bank.Classes))
		w.valid.blocks(func(i int, m *matrix) { copy(logits.data[i*logits.d:], l.scores(m, logits.d).data) })
		p.ValidLoss = logLoss(logits, w.truth, 1)
		right := 0
		for i, y := range w.truth {
			if argmax(logits.row(i)) == y {
				right++
			}
		}
		p.ValidAccuracy = share(float64(right), float64(w.valid.n))
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

func (w *watch) choose(last *learnt) (good, end *learnt, err error) {
	if w.best == nil || w.best == last {
		return last, nil, nil
	}
	return w.best, last, nil
}

// warm returns the layer that an earlier head has in the coordinates of the
// study, nil without such a head.
func (c *course) warm(classes int) (*Layer, error) {
	w := c.cfg.Warm
	if w == nil || len(w.Layers) != 1 || w.Layers[0].In != c.study.x.d {
		return nil, nil
	}
	from := w.rescaled(c.scale)[0]
	d := c.study.x.d
	x := &Layer{In: d, Out: classes, Weight: make([]float32, classes*d), Bias: make([]float32, classes)}
	for k, name := range c.bank.Classes {
		if old := slices.Index(w.Classes, name); old >= 0 {
			copy(x.Weight[k*d:(k+1)*d], from.Weight[old*d:])
			x.Bias[k] = from.Bias[old]
		}
	}
	if c.study.lower == nil {
		return x, nil
	}
	return &Layer{In: c.study.z.d, Out: classes, Weight: c.study.forth(x.Weight, classes), Bias: x.Bias}, nil
}

// rescaled returns the head's layers for inputs of another scale with the same
// root. A feature that the new scale leaves out is lost.
func (h *Head) rescaled(to *Scale) []Layer {
	out := slices.Clone(h.Layers)
	l := &out[0]
	l.Weight, l.Bias = slices.Clone(l.Weight), slices.Clone(l.Bias)
	for o := range l.Out {
		w := l.Weight[o*l.In : (o+1)*l.In]
		shift := 0.0
		for j, v := range w {
			raw := float64(v) * float64(h.Scale.Factor[j])
			shift += raw * (float64(to.Mean[j]) - float64(h.Scale.Mean[j]))
			w[j] = 0
			if to.Factor[j] != 0 {
				w[j] = float32(raw / float64(to.Factor[j]))
			}
		}
		l.Bias[o] += float32(shift)
	}
	return out
}

// finish makes the head, calibrates it on held-out photos and reports.
func (f *fit) finish(won *trial, l *learnt, t *Trained) (*Head, error) {
	c := won.course
	h := &Head{
		Kind: won.Kind, Classes: slices.Clone(f.bank.Classes), Input: won.Input, Scale: *c.scale,
		Layers: l.layers, Memory: l.memory, Temperature: won.temperature, Settings: won.settings(),
	}
	for _, name := range won.Input.Spaces() {
		h.Spaces = append(h.Spaces, f.bank.Spaces[f.bank.Space(name)])
	}
	strange, err := f.unknown(won, h)
	if err != nil {
		return nil, err
	}
	h.packed = h.answerer()
	t.Unchecked = f.unchecked()
	if len(f.held) == 0 {
		return h, nil
	}
	p := make([][]float64, len(f.held))
	for i, r := range f.held {
		p[i] = make([]float64, len(h.Classes))
		softmax(p[i], won.logits.row(i), won.temperature)
		photo := &f.bank.Photos[f.rows[r]]
		t.Held = append(t.Held, HeldOut{photo.ID, photo.Class, p[i], strange[i]})
	}
	t.Valid = Score(h.Classes, f.truth, p)
	return h, f.doubt(won, t.Valid)
}
