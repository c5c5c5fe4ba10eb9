package head

import (
	"errors"
	"fmt"
	"slices"
)

// Evaluation is how a head answered labelled photos.
type Evaluation struct {
	Report
	// Answered is the photos with their answers, in the order of the rows.
	Answered []HeldOut `json:"-"`
	// Unknown is how many photos of the head's classes were answered
	// "unknown"; the rest of the report leaves that answer aside.
	Unknown int `json:"unknown"`
	// Seen is how many photos were left out because the head knows them; see Known.
	Seen int `json:"seen,omitempty"`
	// Strangers is the photos of classes that the head was not taught, which
	// only Caught and AUROC tell of: how many were answered "unknown", and how
	// well strangeness tells them from the others.
	Strangers int     `json:"strangers"`
	Caught    int     `json:"caught"`
	AUROC     float64 `json:"auroc"`
}

// Known splits rows of a bank into photos that are new and those that taught is of: the very files
// that a head learnt from or that its choices were made on. Such a photo is no test.
func Known(b *Bank, rows []int, taught *Bank) (fresh, known []int) {
	hashes := map[Hash]bool{}
	for _, p := range taught.Photos {
		if p.Split != Test && p.Hash != (Hash{}) {
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

// Evaluate answers the photos at rows of a bank, whose classes it finds by
// name among the head's, and counts. An error says which features are missing.
func Evaluate(h *Head, b *Bank, rows []int) (*Evaluation, error) {
	if len(rows) == 0 {
		return nil, errors.New("head: there are no photos to judge by")
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
		return nil, fmt.Errorf("head: none of the photos is of a class that the head was taught; it knows %q", h.Classes)
	}
	e.Report = *Score(h.Classes, truth, p)
	part := b.part(judged)
	g := part.groups(part.compare(func() {}))
	g.class = truth
	right := make([]bool, len(truth))
	for i, y := range truth {
		right[i] = argmax(p[i]) == y
	}
	e.among(g, right, 1)
	e.AUROC = AUROC(known, strange)
	return e, nil
}
