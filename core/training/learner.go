package training

import (
	"context"

	"homeroom/core/head"
	"homeroom/core/matrix"
)

// learner is a kind of head: how its settings are tried and how it learns. Each has a file of its
// own.
type learner interface {
	traits() traits
	// try tries what settings were given, or a grid of them, on held-out photos. found has what was
	// tried before.
	try(c *dataset, found map[head.Kind]*trial) (*trial, error)
	// alone is the value of the setting that try looks for, where nothing can be held out to try it
	// on.
	alone(cfg Config) float64
	// export tells what the head of a trial is learnt with.
	export(t *trial, s *head.Settings)
	// fit learns with settings.
	fit(c *dataset, l *trainingSet, s head.Settings) (*head.Learnt, error)
	// final is fit for all photos, telling each step. last is the state that learning ended in, nil
	// where that is the same as what answered the Valid photos best.
	final(c *dataset, l *trainingSet, s head.Settings) (good, last *head.Learnt, err error)
}

// traits is what there is to know of a kind of head.
type traits struct {
	kind     head.Kind
	title    string      // for people
	needs    []head.Kind // that must have been tried before
	standard bool        // as the only kind that is tried, it takes no roots of features
	features bool        // it is learnt from the features, not from coordinates of the span of the photos
	slow     bool        // what is only nice to know is not worth learning it again
	penalty  bool        // its value is a penalty on weights, which more photos need less of
	stopped  bool        // held-out photos told it when to stop, so that what it says of them is a little too good
	quick    bool        // it is learnt in no time
	safe     bool        // it has the least to go wrong where few photos can be held out
	heavy    bool        // it takes long, or much memory, where photos are very many
	classes  bool        // it takes no longer where classes are very many
	scout    head.Kind   // that inputs are compared by, before this one is tried on the best of them
	single   int         // where photos are one a class, the kind is taken in which this is the highest
}

// learners lists the kinds of head. The command line, the page and the tests of every kind take
// them from here.
var learners = []learner{linear{}, means{}, blend{}, mlp{}, knn{}}

// Kinds lists what Config.Kind may be, Auto first.
var Kinds = kinds()

func kinds() []head.Kind {
	out := []head.Kind{head.Auto}
	for _, k := range learners {
		out = append(out, k.traits().kind)
	}
	return out
}

// ForManyPhotos lists the kinds that neither take long nor much memory where photos are very many.
func ForManyPhotos() []head.Kind { return which(func(t traits) bool { return !t.heavy }) }

// ForManyClasses lists the kinds that take no longer where classes are very many.
func ForManyClasses() []head.Kind { return which(func(t traits) bool { return t.classes }) }

// which lists the kinds of which something holds.
func which(holds func(t traits) bool) []head.Kind {
	var out []head.Kind
	for _, l := range learners {
		if t := l.traits(); holds(t) {
			out = append(out, t.kind)
		}
	}
	return out
}

// Title names a kind for people, "Nearest photos".
func Title(k head.Kind) string {
	for _, l := range learners {
		if t := l.traits(); t.kind == k {
			return t.title
		}
	}
	return "Whichever answers best"
}

// learnerOf returns the learner of a kind, which is not Auto.
func learnerOf(k head.Kind) learner {
	for _, l := range learners {
		if l.traits().kind == k {
			return l
		}
	}
	panic("training: there is no kind of head " + string(k))
}

// given is the values to try: the one that was given, if any.
func given(value float64, all []float64) []float64 {
	if value > 0 {
		return []float64{value}
	}
	return all
}

// settings are what a trial's head is learnt with.
func (t *trial) settings() head.Settings {
	s := head.Settings{Seed: t.dataset.cfg.Seed, Root: t.dataset.root, Augment: t.dataset.views, Photos: t.dataset.learn}
	learnerOf(t.Kind).export(t, &s)
	return s
}

// taught is the training set of some photos as a kind of head takes it.
func (c *dataset) taught(photos []int, k learner, tick func(share, loss float64)) *trainingSet {
	l := c.trainingSet(photos)
	l.tick = tick
	if k.traits().features {
		l.z = c.dual.x.At(c.seen(photos))
	}
	return l
}

// table is the photos as heads of a kind answer them before final.
func (c *dataset) table(k head.Kind) matrix.Table {
	if learnerOf(k).traits().features {
		return c.dual.x
	}
	return c.dual.z
}

// teach learns from some photos with settings, over what table returns.
func (c *dataset) teach(photos []int, kind head.Kind, s head.Settings, tick func(share, loss float64)) (*head.Learnt, error) {
	k := learnerOf(kind)
	return k.fit(c, c.taught(photos, k, tick), s)
}

// final learns from all photos what won. last is nil where it is the same as what answered the
// Valid photos best.
func (f *fit) final(t *trial) (good, last *head.Learnt, err error) {
	c, k := t.dataset, learnerOf(t.Kind)
	l := c.taught(f.all(f.learn), k, func(share, loss float64) { f.tell(share, Progress{}) })
	good, last, err = k.final(c, l, t.settings())
	if err != nil || k.traits().features {
		return good, last, err
	}
	for _, x := range []*head.Learnt{good, last} {
		if x != nil {
			x.Layers[0] = c.back(x.Layers[0])
		}
	}
	return good, last, nil
}

// trainingSet is what a learner learns from: rows of a dual, or of standardised features.
type trainingSet struct {
	z       matrix.Table // [n][d]
	y       []int        // [n]
	s       []float64    // [n], weights that add up to 1
	classes int
	seed    uint64
	tick    func(share, loss float64) // called as training goes on
}

// design returns the rows packed for linear heads.
func (l *trainingSet) design() *design {
	return newDesign(l.z, func() { l.tell(0, 0) })
}

// solver learns with one value of a setting. It may start from what it learnt with values before.
type solver func(ctx context.Context, value float64) (*head.Learnt, error)

func (l *trainingSet) tell(share, loss float64) {
	if l.tick != nil {
		l.tick(share, loss)
	}
}

// layer64 makes a layer of [out][in] weights and [out] biases behind them.
func layer64(x []float64, out, in int) head.Layer {
	l := head.Layer{In: in, Out: out, Weight: make([]float32, out*in), Bias: make([]float32, out)}
	for i := range l.Weight {
		l.Weight[i] = float32(x[i])
	}
	for i := range l.Bias {
		l.Bias[i] = float32(x[out*in+i])
	}
	return l
}
