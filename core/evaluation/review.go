package evaluation

import (
	"cmp"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/matrix"
)

// Suspect is a photo to look at again.
type Suspect struct {
	ID       uint64  `json:"id"`
	Class    int     `json:"class"`    // its label
	Answered int     `json:"answered"` // the likeliest class
	P        float64 `json:"p"`        // probability of its label
	Answer   float64 `json:"answer"`   // probability of Answered
	Loss     float64 `json:"loss"`     // −log P
}

// Findings are the photos that mislead a head.
type Findings struct {
	// Losses is the photos by loss, the largest first.
	Losses []Suspect `json:"losses"`
	// Mislabels is the photos that are likely of the class they were answered with, not of the one
	// they are labelled with, the clearest first.
	Mislabels []Suspect `json:"mislabels"`
	// Odd is the photos of taught classes that were answered "unknown", the strangest first.
	Odd []Suspect `json:"odd"`
	// Alike is the pairs of photos that are the same or nearly so.
	Alike []bank.Alike `json:"alike"`
}

// Review finds the photos that mislead a head, from answers of heads that had not learnt from them
// (Trained.Held or Evaluation.Answered). Photos of classes below 0 are left out.
//
// Mislabels are found by confident learning (Northcutt, Jiang and Chuang 2021, arXiv 1911.00068,
// section 3.1): a photo counts as of another class if that is its likeliest, and at least as likely
// as that class is on average on photos that bear its label. They are ordered by how much likelier
// it is than the label.
func Review(b *bank.Bank, held []HeldOut) *Findings {
	f := &Findings{Alike: b.Duplicates()}
	mean := make([]float64, len(b.Classes))
	count := make([]float64, len(b.Classes))
	at := func(p []float64, c int) float64 {
		if c < len(p) {
			return p[c]
		}
		return 0
	}
	for _, h := range held {
		if h.Class >= 0 {
			mean[h.Class] += at(h.Probabilities, h.Class)
			count[h.Class]++
		}
	}
	for c := range mean {
		mean[c] = matrix.Quotient(mean[c], count[c])
	}
	var odd []HeldOut
	for _, h := range held {
		if h.Class < 0 || len(h.Probabilities) == 0 {
			continue
		}
		a := matrix.Argmax(h.Probabilities)
		s := Suspect{ID: h.ID, Class: h.Class, Answered: a, P: at(h.Probabilities, h.Class), Answer: h.Probabilities[a]}
		s.Loss = -math.Log(max(s.P, 1e-15))
		f.Losses = append(f.Losses, s)
		if a != h.Class && a < len(mean) && s.Answer >= mean[a] {
			f.Mislabels = append(f.Mislabels, s)
		}
		if h.Strangeness > 1 {
			odd = append(odd, h)
		}
	}
	slices.SortStableFunc(f.Losses, func(a, b Suspect) int { return cmp.Compare(b.Loss, a.Loss) })
	slices.SortStableFunc(f.Mislabels, func(a, b Suspect) int { return cmp.Compare(b.Answer-b.P, a.Answer-a.P) })
	slices.SortStableFunc(odd, func(a, b HeldOut) int { return cmp.Compare(b.Strangeness, a.Strangeness) })
	for _, h := range odd {
		i := slices.IndexFunc(f.Losses, func(s Suspect) bool { return s.ID == h.ID })
		f.Odd = append(f.Odd, f.Losses[i])
	}
	return f
}
