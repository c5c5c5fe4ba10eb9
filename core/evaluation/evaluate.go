// Package evaluation tells how good a head is: [Evaluate] on photos whose classes are known, with
// the intervals that photos which belong together allow, and [Review] which photos mislead it.
package evaluation

import (
	"errors"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/head"
	"homeroom/core/matrix"
)

// Evaluation is how a head answered labelled photos.
type Evaluation struct {
	Report
	// Answered is the photos with their answers, in the order of the rows.
	Answered []HeldOut `json:"-"`
	// Unknown is how many photos of the head's classes were answered "unknown"; the rest of the
	// report leaves that answer aside.
	Unknown int `json:"unknown"`
	// Seen is how many photos were left out because the head knows them; see Known.
	Seen int `json:"seen,omitempty"`
	// Strangers is the photos of classes that the head was not taught, which only Caught and AUROC
	// tell of: how many were answered "unknown", and how well strangeness tells them from the
	// others.
	Strangers int     `json:"strangers"`
	Caught    int     `json:"caught"`
	AUROC     float64 `json:"auroc"`
}

// Known splits rows of a bank into photos that are new and those that taught is of: the very files
// that a head learnt from or that its choices were made on. Such a photo is no test.
func Known(b *bank.Bank, rows []int, taught *bank.Bank) (fresh, known []int) {
	hashes := map[bank.Hash]bool{}
	for _, p := range taught.Photos {
		if p.Split != bank.Test && p.Hash != (bank.Hash{}) {
			hashes[p.Hash] = true
		}
	}
	for _, r := range rows {
		if hashes[b.Photos[r].Hash] {
			known = append(known, r)
		} else {
			fresh = append(fresh, r)
		}
	}
	return fresh, known
}

// Evaluate answers the photos at rows of a bank, whose classes it finds by name among the head's,
// and counts. An error says which features are missing.
func Evaluate(h *head.Head, b *bank.Bank, rows []int) (*Evaluation, error) {
	if len(rows) == 0 {
		return nil, errors.New("evaluation: there are no photos to judge by")
	}
	answers, err := h.AnswerRows(b, rows)
	if err != nil {
		return nil, err
	}
	e := &Evaluation{}
	var truth, judged []int
	var p [][]float64
	var known, strange []float64
	for i, a := range answers {
		photo := &b.Photos[rows[i]]
		class := slices.Index(h.Classes, b.Classes[photo.Class])
		e.Answered = append(e.Answered, HeldOut{photo.ID, class, a.Probabilities, a.Strangeness})
		if class < 0 {
			e.Strangers++
			strange = append(strange, a.Strangeness)
			if a.Unknown {
				e.Caught++
			}
			continue
		}
		truth, judged = append(truth, class), append(judged, rows[i])
		p = append(p, a.Probabilities)
		known = append(known, a.Strangeness)
		if a.Unknown {
			e.Unknown++
		}
	}
	if len(truth) == 0 {
		return nil, fault.Errorf("evaluation: none of the photos is of a class that the head was taught; it knows %q", h.Classes)
	}
	e.Report = *Score(h.Classes, truth, p)
	part := b.Part(judged)
	g := part.Groups(part.Compare(func() {}))
	g.Class = truth
	right := make([]bool, len(truth))
	for i, y := range truth {
		right[i] = matrix.Argmax(p[i]) == y
	}
	e.Among(g, right, 1)
	e.AUROC = AUROC(known, strange)
	return e, nil
}

// HeldOut is how a photo was answered by a head that had not learnt from it.
type HeldOut struct {
	ID            uint64    `json:"id"`
	Class         int       `json:"class"` // its label
	Probabilities []float64 `json:"probabilities"`
	Strangeness   float64   `json:"strangeness"`
}
