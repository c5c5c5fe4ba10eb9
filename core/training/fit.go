package training

import (
	"context"
	"errors"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/matrix"
)

// Config says how a head is learnt. The zero value chooses everything on held-out photos.
type Config struct {
	Kind  head.Kind   `json:"kind,omitempty"`  // "" is Auto
	Kinds []head.Kind `json:"kinds,omitempty"` // that Auto chooses among; nil: all
	Input bank.Input  `json:"input,omitempty"` // nil: chosen among Bank.Inputs
	Seed  uint64      `json:"seed"`

	// Folds of cross-validation, where the bank has no Valid photos. 0 means 5, or 1 (a fifth of
	// the photos is held out, once) from 2,000 photos on.
	Folds int `json:"folds,omitempty"`

	// ByCount lets classes weigh as many photos as they have; otherwise all classes weigh the same.
	// ClassWeights, where not nil, are factors on top, one a class.
	ByCount      bool      `json:"by_count,omitempty"`
	ClassWeights []float64 `json:"class_weights,omitempty"`

	// Augment names views (as Space names do, "flip") that are learnt from as well: extra features
	// of each photo, with the photo's class.
	Augment []feature.View `json:"augment,omitempty"`

	// Settings of the kinds; 0 means chosen on held-out photos, or, for those of MLP other than
	// Epochs, the default in brackets.
	L2        float64 `json:"l2,omitempty"`
	Shrinkage float64 `json:"shrinkage,omitempty"`
	K         int     `json:"k,omitempty"`
	Hidden    int     `json:"hidden,omitempty"`  // [128]
	Dropout   float64 `json:"dropout,omitempty"` // [0.5]; negative for none
	Rate      float64 `json:"rate,omitempty"`    // of Adam [0.001]
	Epochs    int     `json:"epochs,omitempty"`
	Root      *bool   `json:"root,omitempty"` // whether the root of features is taken; nil: chosen

	// FalseAlarms is the share of photos of the taught classes that may be answered "unknown". 0
	// means 0.05.
	FalseAlarms float64 `json:"false_alarms,omitempty"`

	// Warm is an earlier head for these classes (by name) to start from. Its kind, input and
	// settings are kept; only weights, temperature and the threshold of the unknown are learnt
	// again.
	Warm *head.Head `json:"-"`

	// Progress, where not nil, is called often (every few milliseconds in banks of hundreds of
	// photos) on Fit's goroutine. It may take its time: what must go on beside Fit on a single
	// thread goes on there.
	Progress func(Progress) `json:"-"`
}

// Progress tells how far Fit is.
type Progress struct {
	Stage string  `json:"stage"` // "choose", "learn" or "check"
	Share float64 `json:"share"` // of all work, 0 to 1, an estimate
	What  string  `json:"what"`  // what is being learnt, for people: "linear, efficientnet-lite0@224"

	// While Stage is "learn": the step (or epoch) of the final head, its loss on what it learns
	// from and, where the bank has Valid photos, how it answers those.
	Step          int     `json:"step,omitempty"`
	Loss          float64 `json:"loss,omitempty"`
	Accuracy      float64 `json:"accuracy,omitempty"`
	ValidLoss     float64 `json:"valid_loss,omitempty"`
	ValidAccuracy float64 `json:"valid_accuracy,omitempty"`
}

// Candidate is one way to learn that was tried.
type Candidate struct {
	Kind     head.Kind  `json:"kind"`
	Input    bank.Input `json:"input"`
	Root     bool       `json:"root,omitempty"`
	Value    float64    `json:"value"`    // L2, shrinkage, neighbours or epochs
	Loss     float64    `json:"loss"`     // on held-out photos, calibrated
	Accuracy float64    `json:"accuracy"` // on held-out photos
	Photos   int        `json:"photos"`   // that were held out; fewer than of the others where it had fallen behind by then
}

// Trained is what Fit returns.
type Trained struct {
	// Best is the head in the state that answered held-out photos best, Last in the state that
	// learning ended in. They are the same where nothing is learnt step by step, or where there are
	// no Valid photos to judge steps by.
	Best, Last *head.Head
	// Tried has the best of every kind and input that was tried, least loss first.
	Tried []Candidate
	// Held is how photos were answered by heads that had not learnt from them: the Valid photos, or
	// each Train photo by the head of the other folds. It is empty where there was nothing to hold
	// out.
	Held []evaluation.HeldOut
	// Valid is the report of Held, nil where that is empty.
	Valid *evaluation.Report
	// Folds is the number of heads that Held comes from.
	Folds int
	Curve []Progress // of stage "learn", one a step
	// Alike is what Bank.Duplicates returns, where photos were held out of those to learn from: no
	// photo was while its like was learnt from. With Valid photos it is nil.
	Alike []bank.Alike
	// Unchecked is the classes of which no photo could be held out.
	Unchecked []evaluation.Unchecked
	Seconds   float64
}

// Fit learns a head from the Train photos of a bank, and chooses on its Valid photos or, where it
// has none, by cross-validation. It returns the error of ctx soon after that ends, and otherwise an
// error only where there is nothing to learn: no photos, one class only, or features that are
// missing.
func Fit(ctx context.Context, b *bank.Bank, cfg Config) (*Trained, error) {
	start := time.Now()
	f, err := newFit(ctx, b, cfg)
	if err != nil {
		return nil, err
	}
	t, err := f.run()
	if err != nil {
		return nil, err
	}
	t.Seconds = time.Since(start).Seconds()
	return t, nil
}

// Quick learns a head to stand in for one that reads several views or networks, where that is too
// slow: from the photos and with the settings that h was learnt with, but from its first features
// only. It is nil where h reads one space itself.
func Quick(ctx context.Context, b *bank.Bank, cfg Config, h *head.Head) (*head.Head, error) {
	if len(h.Spaces) < 2 {
		return nil, nil
	}
	// What is learnt in no time is on one view as good as any head.
	cfg.Kind, cfg.Input, cfg.Warm = which(func(t traits) bool { return t.quick })[0], bank.Input{{h.Spaces[0].Name}}, nil
	t, err := Fit(ctx, b, cfg)
	if err != nil {
		return nil, err
	}
	return t.Best, nil
}

// fit is the state of one Fit.
type fit struct {
	ctx   context.Context
	bank  *bank.Bank
	cfg   Config
	rows  []int // of photos, learnt from first, then Valid
	y     []int // their classes
	learn int   // how many are learnt from
	folds []fold
	alike []bank.Alike // photos of the bank, where they were compared
	k     int          // folds, 1 for one that holds out a fifth
	// Of rows, where photos were held out of those to learn from: what was held out together, and
	// what may be of one place.
	apart, places *bank.Groups
	held          []int // indices into rows of photos held out in any fold, in the order of the folds
	truth         []int // classes of held

	unit, units float64 // of work done and planned, in trials
	shown       float64 // share of the work, as it was last told: it never falls
	stage, what string
	curve       []Progress
}

// fold is indices into fit.rows.
type fold struct{ learn, hold []int }

// largeBank is the number of photos from which a fifth is held out once, instead of each photo
// once.
const largeBank = 2000

func newFit(ctx context.Context, b *bank.Bank, cfg Config) (*fit, error) {
	train, valid := b.Rows(bank.Train), b.Rows(bank.Valid)
	if len(train) == 0 {
		return nil, errors.New("training: there are no photos to learn from; add some")
	}
	f := &fit{ctx: ctx, bank: b, cfg: cfg, rows: append(train, valid...), learn: len(train)}
	f.y = b.Labels(f.rows)
	count := make([]int, len(b.Classes))
	for _, y := range f.y[:f.learn] {
		count[y]++
	}
	taught := 0
	for _, n := range count {
		if n > 0 {
			taught++
		}
	}
	if taught < 2 {
		return nil, fault.Errorf("training: only the class %q has photos to learn from; two classes are needed", b.Classes[f.y[0]])
	}
	if w := cfg.ClassWeights; w != nil {
		if len(w) != len(b.Classes) {
			return nil, fault.Errorf("training: %d class weights for %d classes", len(w), len(b.Classes))
		}
		for c, v := range w {
			if !(v > 0 && v < 1e6) {
				return nil, fault.Errorf("training: a weight of %v for the class %q; it must be above 0", v, b.Classes[c])
			}
		}
	}
	asked := cfg.Kinds
	if cfg.Kind != "" {
		asked = append(slices.Clone(asked), cfg.Kind)
	}
	if cfg.Warm != nil {
		asked = append(slices.Clone(asked), cfg.Warm.Kind)
	}
	for _, k := range asked {
		if !slices.Contains(Kinds, k) {
			return nil, fault.Errorf("training: there is no kind of head %q", k)
		}
	}
	f.split(count)
	return f, nil
}

// split makes the folds.
func (f *fit) split(count []int) {
	all := make([]int, len(f.rows))
	for i := range all {
		all[i] = i
	}
	if len(f.rows) > f.learn {
		f.folds = []fold{{all[:f.learn], all[f.learn:]}}
	} else {
		// A class of one photo takes no part in choosing.
		most := 0
		for _, n := range count {
			most = max(most, n)
		}
		k := f.cfg.Folds
		if k == 0 {
			k = 5
			if f.learn > largeBank {
				k = 1
			}
		}
		k = min(k, most)
		f.stage, f.what = "choose", "comparing photos"
		like := f.bank.Compare(func() { f.tell(0, Progress{}) })
		f.alike = like.Alike
		if most < 2 {
			return
		}
		part := f.bank
		if len(f.rows) < len(part.Photos) { // Test photos have no say in what belongs together
			part = f.bank.Part(f.rows)
			like = part.Compare(func() { f.tell(0, Progress{}) })
		}
		found := part.Groups(like)
		f.places = found.Wider(like)
		f.apart = found.Cut(2 * max(k, 2))
		f.k = k
		f.folds = foldsOf(f.apart, f.cfg.Seed, k)
	}
	f.use(known(f.folds, f.y, len(f.bank.Classes)))
}

// known drops from folds what cannot be answered there: photos of a class that no photo of the fold
// teaches, and all of a fold that teaches one class only.
func known(folds []fold, y []int, classes int) []fold {
	var out []fold
	for _, o := range folds {
		taught, count := make([]bool, classes), 0
		for _, r := range o.learn {
			if !taught[y[r]] {
				taught[y[r]] = true
				count++
			}
		}
		o.hold = slices.DeleteFunc(slices.Clone(o.hold), func(r int) bool { return count < 2 || !taught[y[r]] })
		if len(o.hold) > 0 {
			out = append(out, o)
		}
	}
	return out
}

// foldsOf makes k folds of groups, or one that holds out a fifth of the photos where k is 1.
func foldsOf(g *bank.Groups, seed uint64, k int) []fold {
	if k == 1 {
		return []fold{sides(bank.Deal(seed, g.Class, g.Of, []float64{0.8, 0.2}), 1)}
	}
	side := g.Folds(seed, k)
	folds := make([]fold, k)
	for s := range folds {
		folds[s] = sides(side, s)
	}
	return folds
}

// sides makes a fold that holds out what is on side s.
func sides(side []int, s int) fold {
	var o fold
	for i, at := range side {
		if at == s {
			o.hold = append(o.hold, i)
		} else {
			o.learn = append(o.learn, i)
		}
	}
	return o
}

// tell reports progress; within is the share of the current unit that is done.
func (f *fit) tell(within float64, p Progress) {
	if f.cfg.Progress == nil {
		return
	}
	p.Stage, p.What = f.stage, f.what
	f.shown = max(f.shown, min(1, (f.unit+min(1, within))/max(1, f.units)))
	p.Share = f.shown
	f.cfg.Progress(p)
}

// weights returns what each of the rows weighs, adding up to 1. rows are indices into f.rows; those
// past its end are views of the same photos.
func (f *fit) weights(rows []int) []float64 {
	count := make([]float64, len(f.bank.Classes))
	for _, r := range rows {
		count[f.y[r%len(f.rows)]]++
	}
	s := make([]float64, len(rows))
	sum := 0.0
	for i, r := range rows {
		c := f.y[r%len(f.rows)]
		s[i] = 1
		if !f.cfg.ByCount {
			s[i] = 1 / count[c]
		}
		if f.cfg.ClassWeights != nil {
			s[i] *= f.cfg.ClassWeights[c]
		}
		sum += s[i]
	}
	for i := range s {
		s[i] /= sum
	}
	return s
}

// dataset is an input, prepared: what the kinds of head learn from.
type dataset struct {
	*fit
	input bank.Input
	views []feature.View
	root  bool
	scale *head.Scale
	dual  *dual
	begun *head.Layer // what a linear head begins with, and then where the last one ended; nil for zeros each time
}

// dataset prepares an input.
func (f *fit) dataset(in bank.Input, root bool) (*dataset, error) {
	if err := f.ctx.Err(); err != nil {
		return nil, err
	}
	views := f.cfg.Augment
	t, parts, err := f.bank.Table(f.rows, views, in)
	if err != nil {
		return nil, err
	}
	c := &dataset{fit: f, input: in, views: views, root: root}
	raw := t
	if root {
		raw.Read = func(dst []float32, i int) {
			t.Read(dst, i)
			head.TakeRoot(dst, parts)
		}
	}
	c.scale = head.NewScale(raw.At(c.seen(f.all(f.learn))), parts, root)
	ready := raw
	ready.Read = func(dst []float32, i int) {
		raw.Read(dst, i)
		c.scale.Standardise(dst)
	}
	c.dual = newDual(ready)
	return c, nil
}

func (f *fit) all(n int) []int {
	rows := make([]int, n)
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// seen returns rows and their views.
func (c *dataset) seen(rows []int) []int {
	out := slices.Clone(rows)
	for v := range c.views {
		for _, r := range rows {
			out = append(out, r+(v+1)*len(c.rows))
		}
	}
	return out
}

// trainingSet makes the training set of some photos.
func (c *dataset) trainingSet(photos []int) *trainingSet {
	rows := c.seen(photos)
	y := make([]int, len(rows))
	for i, r := range rows {
		y[i] = c.y[r%len(c.rows)]
	}
	return &trainingSet{z: c.dual.z.At(rows), y: y, s: c.weights(rows), classes: len(c.bank.Classes), seed: c.cfg.Seed}
}

// trial is a way to learn, tried on held-out photos.
type trial struct {
	Candidate
	dataset     *dataset
	logits      *matrix.Matrix // of the held-out photos, [held][C]
	temperature float64
	parts       []*trial    // of a Blend
	layer       *head.Layer // that the last fold learnt, of a kind of one layer
}

// judge makes a trial of logits of the held-out photos, or of the first of them.
func (c *dataset) judge(kind head.Kind, value float64, logits *matrix.Matrix) *trial {
	t := &trial{dataset: c, logits: logits}
	t.Candidate = Candidate{Kind: kind, Input: c.input, Root: c.root, Value: value}
	truth := c.truth[:logits.N]
	t.temperature, t.Loss = temperature(logits, truth)
	t.Photos = logits.N
	right := 0
	for i, y := range truth {
		if matrix.Argmax(logits.Row(i)) == y {
			right++
		}
	}
	t.Accuracy = matrix.Quotient(float64(right), float64(logits.N))
	return t
}

// hold answers the held-out photos of fold i with what was learnt there, into rows from ≤ … of
// logits.
func (c *dataset) hold(logits *matrix.Matrix, from int, o fold, l *head.Learnt) {
	c.dual.z.At(o.hold).Blocks(func(i int, m *matrix.Matrix) {
		copy(logits.Data[(from+i)*logits.D:], l.Scores(m, logits.D).Data)
	})
}

// trials tries values of a setting, each fold starting from what it learnt with values before.
type trials struct {
	*dataset
	kind    head.Kind
	solvers []solver
	planned float64 // how many values there may be
	tried   []*trial
}

func (c *dataset) trials(kind head.Kind, planned int, begin func(l *trainingSet) solver) *trials {
	t := &trials{dataset: c, kind: kind, planned: float64(planned)}
	for _, o := range c.folds {
		l := c.trainingSet(o.learn)
		l.tick = func(float64, float64) { c.tell(0, Progress{}) }
		t.solvers = append(t.solvers, begin(l))
	}
	return t
}

// at tries a value.
func (t *trials) at(value float64) (*trial, error) {
	logits := matrix.New(len(t.held), len(t.bank.Classes))
	from := 0
	var l *head.Learnt
	for i, o := range t.folds {
		var err error
		if l, err = t.solvers[i](t.ctx, value); err != nil {
			return nil, err
		}
		t.hold(logits, from, o, l)
		from += len(o.hold)
		t.tell((float64(len(t.tried))+float64(i+1)/float64(len(t.folds)))/t.planned, Progress{})
	}
	one := t.judge(t.kind, value, logits)
	if l != nil && len(l.Layers) == 1 { // a memory is large, and not begun with
		one.layer = &l.Layers[0]
	}
	t.tried = append(t.tried, one)
	return one, nil
}

// path tries a kind along a grid of values until three in a row were worse than the best.
func (c *dataset) path(kind head.Kind, grid []float64, begin func(l *trainingSet) solver) (*trial, error) {
	t := c.trials(kind, len(grid), begin)
	var best *trial
	since := 0
	for _, value := range grid {
		one, err := t.at(value)
		if err != nil {
			return nil, err
		}
		if since++; best == nil || one.Loss < best.Loss {
			best, since = one, 0
		}
		if since == 3 {
			break
		}
	}
	return best, nil
}

// argmin returns the index of the least value, the first among equals.
func argmin(v []float64) int {
	best := 0
	for i, x := range v {
		if x < v[best] {
			best = i
		}
	}
	return best
}
