package head

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/kernel"
)

// Head answers which of a person's classes a photo shows, from its features.
// It is for any number of goroutines at a time; nothing changes it but its
// owner.
type Head struct {
	Kind    Kind     `json:"kind"`    // not Auto
	Classes []string `json:"classes"` // at the time of teaching
	Input   Input    `json:"input"`
	Spaces  []Space  `json:"spaces"` // what Input reads, in the order in which Answer takes vectors
	Scale   Scale    `json:"-"`

	// A head has layers with rectified units between them, or a memory.
	Layers []Layer `json:"-"`
	Memory *Memory `json:"-"`

	// Temperature divides the logits before the softmax (Guo et al. 2017,
	// arXiv 1706.04599, section 4.2).
	Temperature float64  `json:"temperature"`
	Unknown     Unknown  `json:"unknown"`
	Settings    Settings `json:"settings"`

	packed *answerer // what it answers with; nil in a head that was put together by hand
}

// Settings are what a head was learnt with, chosen or given.
type Settings struct {
	Seed      uint64  `json:"seed"`
	Root      bool    `json:"root,omitempty"`      // the root of every feature was taken
	L2        float64 `json:"l2,omitempty"`        // Linear, Blend
	Shrinkage float64 `json:"shrinkage,omitempty"` // Means, Blend
	K         int     `json:"k,omitempty"`         // KNN
	Hidden    int     `json:"hidden,omitempty"`    // MLP
	Dropout   float64 `json:"dropout,omitempty"`   // MLP
	Rate      float64 `json:"rate,omitempty"`      // MLP
	Epochs    int     `json:"epochs,omitempty"`    // MLP: that it was learnt for
	// Parts are the temperatures of the linear and the means head of a Blend.
	Parts   [2]float64     `json:"parts,omitzero"`
	Augment []feature.View `json:"augment,omitempty"` // views learnt from besides the photos themselves
	Photos  int            `json:"photos"`            // learnt from
}

// Answer is what a head says about a photo.
type Answer struct {
	Class         int       `json:"class"` // the likeliest class, the lower one among equals
	Probabilities []float64 `json:"probabilities"`
	// Strangeness is how unlike the taught photos it is; 1 is the threshold. It
	// is 0 where the head has none.
	Strangeness float64 `json:"strangeness"`
	Unknown     bool    `json:"unknown"` // Strangeness is above 1: the photo shows none of the classes; see Unknown.Never
}

// Answer answers a photo from its feature vectors, one for each of Spaces in
// their order. An error names the features that are missing, too long or not
// finite.
func (h *Head) Answer(vectors [][]float32) (Answer, error) {
	r, err := h.Input.reader(h.Spaces)
	if err != nil {
		return Answer{}, err
	}
	x := newMatrix(1, r.dim)
	if err := r.read(x.row(0), vectors); err != nil {
		return Answer{}, err
	}
	if !finite(x.data) {
		return Answer{}, errors.New("head: the features of a photo are not finite numbers; read the photo again")
	}
	a := h.answers(x)[0]
	return a, a.check()
}

// check says that a photo's features were too large for the head.
func (a *Answer) check() error {
	if math.IsNaN(a.Strangeness) || math.IsInf(a.Strangeness, 0) || !(a.Probabilities[a.Class] >= 0) {
		return errors.New("head: the head's numbers and the photo's features are too large to be multiplied; the head was not learnt from such features")
	}
	return nil
}

// AnswerRows answers the photos at rows of a bank. An error names the photo
// whose features are missing.
func (h *Head) AnswerRows(b *Bank, rows []int) ([]Answer, error) {
	t, _, err := b.inputs(rows, nil, h.Input)
	if err != nil {
		return nil, err
	}
	if t.d != len(h.Scale.Mean) {
		return nil, fmt.Errorf("head: the photos have %d features and the head takes %d: they come from another model", t.d, len(h.Scale.Mean))
	}
	out := make([]Answer, 0, len(rows))
	t.blocks(func(from int, m *matrix) { out = append(out, h.answers(m)...) })
	for i := range out {
		if err := out[i].check(); err != nil {
			return nil, fmt.Errorf("photo %q: %w", b.Photos[rows[i]].Name, err)
		}
	}
	return out, nil
}

// answers answers rows of inputs x, [n][D], which it changes.
func (h *Head) answers(x *matrix) []Answer {
	for i := range x.n {
		h.Scale.apply(x.row(i))
	}
	a := h.packed
	if a == nil {
		a = h.answerer()
	}
	logits := h.logits(a, x)
	strange := h.Unknown.strangeness(a, x, logits)
	out := make([]Answer, x.n)
	for i := range out {
		p := make([]float64, len(h.Classes))
		softmax(p, logits.row(i), h.Temperature)
		out[i] = Answer{Class: argmax(p), Probabilities: p, Strangeness: strange[i], Unknown: strange[i] > 1 && !h.Unknown.Never}
	}
	return out
}

// faintest is where an exponential counts as 0. What comes near the end of the range of
// float64 would take a hundred times as long.
const faintest = -200

// softmax writes the probabilities of logits at a temperature.
func softmax(p []float64, logits []float32, temperature float64) {
	top := float64(slices.Max(logits))
	sum := 0.0
	for c, v := range logits {
		p[c] = 0
		if x := (float64(v) - top) / temperature; x > faintest {
			p[c] = kernel.Exp(x)
			sum += p[c]
		}
	}
	for c := range p {
		p[c] /= sum
	}
}

// inputs is the inputs of the photos at rows, and after them, for each view,
// those of the same photos with that view in place of the plain one. It checks that
// every photo has what it takes, and returns the lengths of the input's parts, too.
func (b *Bank) inputs(rows []int, views []feature.View, in Input) (t table, parts []int, err error) {
	readers := make([]*reader, 1+len(views))
	for k := range readers {
		seen := in
		if k > 0 {
			seen = in.through(views[k-1])
		}
		r, err := seen.reader(b.Spaces)
		if err != nil {
			return t, nil, err
		}
		readers[k] = r
	}
	for _, r := range readers {
		if r.dim != readers[0].dim {
			return t, nil, fmt.Errorf("head: features of %v and of its views differ in length", in)
		}
		for _, row := range rows {
			if err := r.check(b.Photos[row].Features); err != nil {
				return t, nil, fmt.Errorf("head: photo %q: %w", b.Photos[row].Name, err)
			}
		}
	}
	n := len(rows)
	return table{n: n * len(readers), d: readers[0].dim, read: func(dst []float32, i int) {
		if err := readers[i/n].read(dst, b.Photos[rows[i%n]].Features); err != nil {
			panic(err) // it was checked
		}
	}}, readers[0].dims, nil
}
