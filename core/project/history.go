package project

import (
	"encoding/json"
	"slices"

	"homeroom/core/fault"
)

// maxUndo is how many edits can be undone.
const maxUndo = 200

// A history is the edits of a project, those that can be undone and those that can be done again,
// and which of them are still to be kept.
type history struct {
	done, undone []*Edit // undone: the next to be done again is the last
	fresh        []*Edit // to keep
	gone         []int   // numbers of edits to drop
	away         int     // edits that were undone and are kept, but were not given to Decode
}

// add remembers an edit that was done. What could be done again no longer can.
func (h *history) add(e *Edit) {
	gone := h.undone
	h.undone = nil
	h.done, h.fresh = append(h.done, e), append(h.fresh, e)
	if n := len(h.done) - maxUndo; n > 0 {
		gone = append(gone, h.done[:n]...)
		h.done = slices.Delete(h.done, 0, n)
	}
	for _, e := range gone {
		h.gone = append(h.gone, e.Number)
	}
}

// A SavedEdit is an edit as it is kept. Edits are kept one by one under their numbers, which grow,
// so that each is written once.
type SavedEdit struct {
	Number int
	JSON   []byte
}

// MarshalJSON writes the numbers as a list.
func (m Move) MarshalJSON() ([]byte, error) {
	return json.Marshal([4]int{m.First, m.Photos, m.From, m.To})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (m *Move) UnmarshalJSON(text []byte) error {
	var v [4]int
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	if v[0] < 1 || v[1] < 1 || v[1] > MaxPhotos || v[0] > maxID || v[2] < Unlabelled || v[3] < Unlabelled {
		return fault.Errorf("%d photos from number %d on cannot be moved", v[1], v[0])
	}
	*m = Move{v[0], v[1], v[2], v[3]}
	return nil
}

func (e *Edit) encode() SavedEdit {
	text, err := json.Marshal(e)
	if err != nil {
		panic(err) // nothing in it can fail
	}
	return SavedEdit{e.Number, text}
}

func (s SavedEdit) decode() (*Edit, error) {
	e := &Edit{Number: s.Number}
	if err := json.Unmarshal(s.JSON, e); err != nil {
		return nil, err
	}
	photos := 0
	for _, m := range e.Moves {
		if photos += m.Photos; photos > MaxPhotos {
			return nil, fault.Errorf("%d photos", photos)
		}
	}
	return e, nil
}

// remember takes up the edits that were kept, in the order of their numbers, of which the last ones
// were undone. Where they do not fit the classes of the project, as after a crash between two
// writes, those that do are taken up.
func (h *history) remember(edits []SavedEdit, undone int, classes []Class) {
	undone = min(max(undone, 0), len(edits))
	// walk takes up edits from the one next to the project as it is, as far as they fit.
	walk := func(edits []SavedEdit, back func(*Edit) *Splice) (taken []*Edit) {
		classes := classes
		for i, s := range edits {
			e, err := s.decode()
			if err == nil {
				if step := back(e); step != nil {
					classes, err = step.in(classes)
				}
			}
			if err != nil {
				for _, lost := range edits[i:] {
					h.gone = append(h.gone, lost.Number)
				}
				break
			}
			taken = append(taken, e)
		}
		slices.Reverse(taken)
		return taken
	}
	done := slices.Clone(edits[:len(edits)-undone])
	slices.Reverse(done)
	h.done = walk(done, func(e *Edit) *Splice { return e.Classes.inverse() })
	h.undone = walk(edits[len(edits)-undone:], func(e *Edit) *Splice { return e.Classes })
}
