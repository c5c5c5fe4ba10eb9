package teach

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A SavedEdit is an edit as it is kept. Edits are kept one by one under their numbers, which grow, so that each is written once.
type SavedEdit struct {
	Number int
	JSON   []byte
}

// savedEdit is the JSON of an edit.
type savedEdit struct {
	Text string `json:"text"`
	// Moves are runs of photos with consecutive IDs that went the same way: the first, how many, from which class, to which.
	Moves    [][4]int     `json:"moves,omitempty"`
	Classes  *splice      `json:"classes,omitempty"`
	Name     *[2]string   `json:"name,omitempty"` // before and after, as in what follows
	Settings *[2]Settings `json:"settings,omitempty"`
	Current  *[2]int      `json:"current,omitempty"`
	Note     *[2]string   `json:"note,omitempty"`
	Last     *[2]bool     `json:"last,omitempty"`
	Version  int          `json:"version,omitempty"`
}

// A splice is what two lists of classes differ in: after At classes that both have, one has Before where the other has After.
type splice struct {
	At     int     `json:"at"`
	Before []Class `json:"before"`
	After  []Class `json:"after"`
}

func spliceOf(c *change[[]Class]) *splice {
	if c == nil {
		return nil
	}
	before, after := c.before, c.after
	s := new(splice)
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after, s.At = before[1:], after[1:], s.At+1
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	s.Before, s.After = before, after
	return s
}

// in returns the lists before and after, of which now is the one after, or with undone the one before.
func (s *splice) in(now []Class, undone bool) (*change[[]Class], error) {
	here, other := s.After, s.Before
	if undone {
		here, other = other, here
	}
	if s.At < 0 || s.At+len(here) > len(now) || !slices.Equal(now[s.At:s.At+len(here)], here) {
		return nil, errors.New("the classes are not those that it left")
	}
	was := slices.Concat(now[:s.At], other, now[s.At+len(here):])
	if undone {
		return &change[[]Class]{now, was}, nil
	}
	return &change[[]Class]{was, now}, nil
}

func pairOf[T any](c *change[T]) *[2]T {
	if c == nil {
		return nil
	}
	return &[2]T{c.before, c.after}
}

func changeOf[T any](p *[2]T) *change[T] {
	if p == nil {
		return nil
	}
	return &change[T]{p[0], p[1]}
}

func (e *Edit) encode() SavedEdit {
	s := savedEdit{
		Text: e.Text, Classes: spliceOf(e.classes), Name: pairOf(e.name), Settings: pairOf(e.settings), Current: pairOf(e.current),
		Note: pairOf(e.note), Last: pairOf(e.last), Version: e.version,
	}
	for _, m := range e.moves {
		if n := len(s.Moves); n > 0 {
			if r := &s.Moves[n-1]; m.photo == r[0]+r[1] && m.from == r[2] && m.to == r[3] {
				r[1]++
				continue
			}
		}
		s.Moves = append(s.Moves, [4]int{m.photo, 1, m.from, m.to})
	}
	data, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return SavedEdit{e.number, data}
}

// decode reads an edit, and returns the classes as they were on its other side.
func (s SavedEdit) decode(classes []Class, undone bool) (*Edit, []Class, error) {
	var saved savedEdit
	if err := json.Unmarshal(s.JSON, &saved); err != nil {
		return nil, nil, err
	}
	e := &Edit{
		Text: saved.Text, name: changeOf(saved.Name), settings: changeOf(saved.Settings), current: changeOf(saved.Current),
		note: changeOf(saved.Note), last: changeOf(saved.Last), version: saved.Version, number: s.Number,
	}
	for _, r := range saved.Moves {
		if r[1] < 1 || r[1] > MaxPhotos || len(e.moves)+r[1] > MaxPhotos {
			return nil, nil, fmt.Errorf("%d photos", r[1])
		}
		for i := range r[1] {
			e.moves = append(e.moves, move{r[0] + i, r[2], r[3]})
		}
	}
	if saved.Classes != nil {
		c, err := saved.Classes.in(classes, undone)
		if err != nil {
			return nil, nil, err
		}
		if e.classes = c; undone {
			classes = c.after
		} else {
			classes = c.before
		}
	}
	return e, classes, nil
}

// UnsavedEdits takes the edits that are still to be kept, and the numbers of those to be dropped.
func (p *Project) UnsavedEdits() (kept []SavedEdit, dropped []int) {
	for _, e := range p.freshEdits {
		if !slices.Contains(p.goneEdits, e.number) {
			kept = append(kept, e.encode())
		}
	}
	dropped = p.goneEdits
	p.freshEdits, p.goneEdits = nil, nil
	return kept, dropped
}

// remember takes up the edits that were kept, in the order of their numbers, of which the last ones were undone. Where they do
// not fit the project, as after a crash between two writes, those that do are taken up.
func (p *Project) remember(edits []SavedEdit, undone int) {
	if len(edits) == 0 {
		return
	}
	p.last.edit = edits[len(edits)-1].Number
	undone = min(max(undone, 0), len(edits))
	done := edits[:len(edits)-undone]
	classes := p.Classes
	for i, s := range slices.Backward(done) {
		e, was, err := s.decode(classes, false)
		if err != nil {
			for _, lost := range done[:i+1] {
				p.goneEdits = append(p.goneEdits, lost.Number)
			}
			break
		}
		classes = was
		p.done = append(p.done, e)
	}
	slices.Reverse(p.done)
	classes = p.Classes
	rest := edits[len(done):]
	for i, s := range rest {
		e, will, err := s.decode(classes, true)
		if err != nil {
			for _, lost := range rest[i:] {
				p.goneEdits = append(p.goneEdits, lost.Number)
			}
			break
		}
		classes = will
		p.undone = append(p.undone, e)
	}
	slices.Reverse(p.undone)
}
