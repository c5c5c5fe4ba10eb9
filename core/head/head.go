package head

import (
	"errors"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/kernel"
	"homeroom/core/matrix"
)

// Head answers which of a person's classes a photo shows, from its features. It is for any number
// of goroutines at a time; nothing changes it but its owner.
type Head struct {
	Kind    Kind         `json:"kind"`    // not Auto
	Classes []string     `json:"classes"` // at the time of teaching
	Input   bank.Input   `json:"input"`
	Spaces  []bank.Space `json:"spaces"` // what Input reads, in the order in which Answer takes vectors
	Scale   Scale        `json:"-"`

	// A head has layers with rectified units between them, or a memory.
	Layers []Layer `json:"-"`
	Memory *Memory `json:"-"`

	// Temperature divides the logits before the softmax (Guo et al. 2017, arXiv 1706.04599, section
	// 4.2).
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
	// Strangeness is how unlike the taught photos it is; 1 is the threshold. It is 0 where the head
	// has none.
	Strangeness float64 `json:"strangeness"`
	Unknown     bool    `json:"unknown"` // Strangeness is above 1: the photo shows none of the classes; see Unknown.Never
}

// Answer answers a photo from its feature vectors, one for each of Spaces in their order. An error
// names the features that are missing, too long or not finite.
func (h *Head) Answer(vectors [][]float32) (Answer, error) {
	r, err := h.Input.Reader(h.Spaces)
	if err != nil {
		return Answer{}, err
	}
	x := matrix.New(1, r.Dim)
	if err := r.Read(x.Row(0), vectors); err != nil {
		return Answer{}, err
	}
	if !matrix.Finite(x.Data) {
		return Answer{}, errors.New("head: the features of a photo are not finite numbers; read the photo again")
	}
	a := h.answers(x)[0]
	return a, a.check()
}

// Pack makes the head ready to answer, once and for all: its layers, memory and centres as the
// kernels of this machine take them. One that is not packed does so at every answer.
func (h *Head) Pack() { h.packed = h.answerer() }

// check says that a photo's features were too large for the head.
func (a *Answer) check() error {
	if math.IsNaN(a.Strangeness) || math.IsInf(a.Strangeness, 0) || !(a.Probabilities[a.Class] >= 0) {
		return errors.New("head: the head's numbers and the photo's features are too large to be multiplied; the head was not learnt from such features")
	}
	return nil
}

// AnswerRows answers the photos at rows of a bank. An error names the photo whose features are
// missing.
func (h *Head) AnswerRows(b *bank.Bank, rows []int) ([]Answer, error) {
	t, _, err := b.Table(rows, nil, h.Input)
	if err != nil {
		return nil, err
	}
	if t.D != len(h.Scale.Mean) {
		return nil, fault.Errorf("head: the photos have %d features and the head takes %d: they come from another model", t.D, len(h.Scale.Mean))
	}
	out := make([]Answer, 0, len(rows))
	t.Blocks(func(from int, m *matrix.Matrix) { out = append(out, h.answers(m)...) })
	for i := range out {
		if err := out[i].check(); err != nil {
			return nil, fault.Errorf("photo %q: %w", b.Photos[rows[i]].Name, err)
		}
	}
	return out, nil
}

// answers answers rows of inputs x, [n][D], which it changes.
func (h *Head) answers(x *matrix.Matrix) []Answer {
	for i := range x.N {
		h.Scale.Apply(x.Row(i))
	}
	a := h.packed
	if a == nil {
		a = h.answerer()
	}
	logits := h.logits(a, x)
	strange := h.Unknown.strangeness(a, x, logits)
	out := make([]Answer, x.N)
	for i := range out {
		p := make([]float64, len(h.Classes))
		Softmax(p, logits.Row(i), h.Temperature)
		out[i] = Answer{Class: matrix.Argmax(p), Probabilities: p, Strangeness: strange[i], Unknown: strange[i] > 1 && !h.Unknown.Never}
	}
	return out
}

// faintest is where an exponential counts as 0. What comes near the end of the range of float64
// would take a hundred times as long.
const faintest = -200

// Softmax writes the probabilities of logits at a temperature.
func Softmax(p []float64, logits []float32, temperature float64) {
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

// Rescaled returns the head's layers for inputs of another scale with the same root. A feature that
// the new scale leaves out is lost.
func (h *Head) Rescaled(to *Scale) []Layer {
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
