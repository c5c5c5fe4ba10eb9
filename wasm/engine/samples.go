package engine

import (
	"bytes"
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/inquiry"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/protocol"
)

// GCPercent is how much a worker's heap may grow before it is collected: one decoded photo is the
// largest thing there, and is to be gone before the next one comes.
const GCPercent = 15

// States are a head as files: as it answered held-out photos best, and as learning ended, nil where
// that is the same. Beside a head that reads several views of a photo there is a quick one that
// reads one.
type States struct{ Best, Last, Quick []byte }

// Samples are features until something is to be learnt from them. The zero value is empty.
type Samples struct {
	notes  map[int]*project.Photo
	rows   map[feature.Space]map[int][]float32 // space → photo → vector
	losses int                                 // how often Forget was called
}

// Hold keeps the vectors of some photos in a space; values, which must not be changed any more, has
// them one after another.
func (s *Samples) Hold(space feature.Space, photos []*project.Photo, values []float32) error {
	if len(photos) == 0 || len(values)%len(photos) != 0 {
		return fault.Errorf("%d values for %d photos", len(values), len(photos))
	}
	d := len(values) / len(photos)
	for i, n := range photos {
		s.note(n)
		s.put(space, n.ID, values[i*d:(i+1)*d:(i+1)*d])
	}
	return nil
}

func (s *Samples) note(n *project.Photo) {
	if s.notes == nil {
		s.notes = map[int]*project.Photo{}
	}
	s.notes[n.ID] = n
}

func (s *Samples) put(space feature.Space, id int, row []float32) {
	if s.rows == nil {
		s.rows = map[feature.Space]map[int][]float32{}
	}
	if s.rows[space] == nil {
		s.rows[space] = map[int][]float32{}
	}
	s.rows[space][id] = row
}

// Lacks lists those of some photos whose vectors in a space are not there.
func (s *Samples) Lacks(space feature.Space, ids []int) []int {
	var out []int
	for _, id := range ids {
		if s.rows[space][id] == nil {
			out = append(out, id)
		}
	}
	return out
}

// Forget drops what is there of a photo: it will be otherwise.
func (s *Samples) Forget(id int) {
	s.losses++
	delete(s.notes, id)
	for _, rows := range s.rows {
		delete(rows, id)
	}
}

// Keep drops the vectors of all spaces but these.
func (s *Samples) Keep(spaces []feature.Space) {
	for space := range s.rows {
		if !slices.Contains(spaces, space) {
			delete(s.rows, space)
		}
	}
}

// bank makes the bank of a task. Photos keep their numbers.
func (s *Samples) bank(t *protocol.Task) (*bank.Bank, error) {
	b := new(bank.Builder)
	for _, name := range t.Classes {
		if _, err := b.AddClass(name); err != nil {
			return nil, err
		}
	}
	if len(t.IDs) != len(t.Labels) {
		return nil, fault.Errorf("%d labels for %d photos", len(t.Labels), len(t.IDs))
	}
	for _, space := range t.Spaces {
		dim := 0
		for _, v := range s.rows[space] {
			dim = len(v)
			break
		}
		if _, err := b.AddSpace(space, dim); err != nil {
			return nil, err
		}
	}
	for i, id := range t.IDs {
		if _, err := b.Add(s.row(id, t.Labels[i], t.Spaces)); err != nil {
			return nil, err
		}
	}
	bank := b.Bank()
	if t.Valid > 0 {
		bank = bank.Divided(t.Config.Seed, t.Valid, 0)
	}
	return bank, nil
}

// row is what is known of a photo of a class, with its features in some spaces.
func (s *Samples) row(id, class int, spaces []feature.Space) bank.Photo {
	p := bank.Photo{ID: uint64(id), Class: class}
	if n := s.notes[id]; n != nil {
		p.Name, p.Hash, p.PerceptualHash, p.Taken = n.Name, n.Hash, n.PerceptualHash, n.Taken
		p.Folder = n.Folder
	}
	for _, space := range spaces {
		p.Features = append(p.Features, s.rows[space][id])
	}
	return p
}

// breath is how often learning lets messages through.
const breath = 60 * time.Millisecond

// breathing makes a function that Fit tells its progress: every breath it tells tell, and lets
// messages come in.
func breathing(tell func(training.Progress)) func(training.Progress) {
	last := time.Now()
	return func(p training.Progress) {
		if time.Since(last) > breath {
			tell(p)
			time.Sleep(time.Millisecond)
			last = time.Now()
		}
	}
}

// Learn learns the head of a task, and returns its states as files with what is to be told of it.
// tell is told of progress.
func (s *Samples) Learn(ctx context.Context, t *protocol.Task, tell func(training.Progress)) (States, *protocol.Trained, error) {
	bank, err := s.bank(t)
	if err != nil {
		return States{}, nil, err
	}
	t.Config.Progress = breathing(tell)
	trained, err := training.Fit(ctx, bank, t.Config)
	if err != nil {
		return States{}, nil, err
	}
	states, err := statesOf(trained.Best, trained.Last)
	if err != nil {
		return States{}, nil, err
	}
	t.Config.Progress = breathing(func(training.Progress) {})
	quick, err := training.Quick(ctx, bank, t.Config, trained.Best)
	if err == nil && quick != nil {
		states.Quick, err = quick.MarshalBinary()
	}
	if err != nil {
		return States{}, nil, err
	}
	return states, results(bank, trained), nil
}

// Choose chooses up to most photos of a task to ask about, by the first of some heads that all of
// them, or the most of them, have the features for. Where there is no head, they only differ in the
// first space of the task.
func (s *Samples) Choose(heads []*head.Head, t *protocol.Task, most int) ([]protocol.Asked, error) {
	reads := func(spaces []feature.Space) (ids []int) {
		for _, id := range t.IDs {
			if !slices.ContainsFunc(spaces, func(space feature.Space) bool { return s.rows[space][id] == nil }) {
				ids = append(ids, id)
			}
		}
		return ids
	}
	var by *head.Head
	var spaces []feature.Space
	var ids []int
	for _, h := range heads {
		var own []feature.Space
		for _, space := range h.Spaces {
			own = append(own, space.Name)
		}
		if can := reads(own); len(can) > len(ids) {
			by, spaces, ids = h, own, can
		}
	}
	if by == nil {
		spaces = t.Spaces[:min(1, len(t.Spaces))]
		ids = reads(spaces)
	}
	var vectors [][]float32
	var answers []head.Answer
	for _, id := range ids {
		vectors = append(vectors, s.rows[spaces[0]][id])
		if by == nil {
			continue
		}
		own := make([][]float32, len(spaces))
		for k, space := range spaces {
			own[k] = s.rows[space][id]
		}
		a, err := by.Answer(own)
		if err != nil {
			return nil, err
		}
		answers = append(answers, a)
	}
	var out []protocol.Asked
	for _, i := range inquiry.Choose(answers, vectors, most) {
		one := protocol.Asked{ID: ids[i]}
		if by != nil {
			one.Names, one.Scores = likeliest(by.Classes, answers[i].Probabilities)
		}
		out = append(out, one)
	}
	return out, nil
}

// likeliest are the two likeliest classes, with how likely they are.
func likeliest(classes []string, p []float64) (names []string, scores []float64) {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[b], p[a]) })
	for _, c := range order[:min(2, len(order))] {
		names, scores = append(names, classes[c]), append(scores, short(p[c]))
	}
	return names, scores
}

// statesOf writes the states of a head as files.
func statesOf(best, last *head.Head) (s States, err error) {
	if s.Best, err = best.MarshalBinary(); err == nil && last != nil && last != best {
		s.Last, err = last.MarshalBinary()
	}
	if bytes.Equal(s.Best, s.Last) {
		s.Last = nil
	}
	return s, err
}

// results says what is to be told of what was learnt.
func results(b *bank.Bank, t *training.Trained) *protocol.Trained {
	l := &protocol.Trained{
		Kind: t.Best.Kind, Input: t.Best.Input.String(), Report: compact(t.Valid), Folds: t.Folds, Tried: t.Tried, Curve: t.Curve,
		Alike: t.Alike, Unchecked: t.Unchecked, Seconds: t.Seconds,
	}
	if l.Alike == nil { // photos were held out
		l.Alike = b.Duplicates()
	}
	const mostAlike, mostSteps = 200, 400
	l.Alike = l.Alike[:min(mostAlike, len(l.Alike))]
	if n := len(l.Curve); n > mostSteps {
		var some []training.Progress
		for i := range mostSteps {
			some = append(some, l.Curve[i*(n-1)/(mostSteps-1)])
		}
		l.Curve = some
	}
	for _, s := range t.Best.Spaces {
		l.Spaces = append(l.Spaces, s.Name)
	}
	l.Held = answered(t.Held)
	return l
}

func compact(r *evaluation.Report) *evaluation.Report {
	if r == nil {
		return nil
	}
	return r.Compact()
}

// short leaves of a figure what anybody reads: of thousands of photos the page reads it as text.
func short(v float64) float64 { return math.Round(v*1e5) / 1e5 }

// answered says of each photo what matters of its answer.
func answered(held []evaluation.HeldOut) []protocol.Answered {
	var out []protocol.Answered
	for _, h := range held {
		a := protocol.Answered{ID: int(h.ID), Label: h.Class, Strange: short(h.Strangeness)}
		for c, p := range h.Probabilities {
			if p > a.Score {
				a.Answer, a.Score = c, p
			}
		}
		if h.Class >= 0 && h.Class < len(h.Probabilities) {
			a.Own = short(h.Probabilities[h.Class])
		}
		a.Score = short(a.Score)
		out = append(out, a)
	}
	return out
}
