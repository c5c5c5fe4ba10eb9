package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/protocol"
)

// filled is a samples with n photos of each of two kinds, and the task to learn them.
func filled(t *testing.T, n int) (*Samples, *protocol.Task) {
	t.Helper()
	s, task := new(Samples), &protocol.Task{Classes: []string{"Cats", "Fish"}, Spaces: []feature.Space{net}, Config: training.Config{Kind: training.Linear, Seed: 1}}
	r := rand.New(rand.NewPCG(1, 2))
	const d = 8
	for i := range 2 * n {
		v := make([]float32, d)
		for j := range v {
			v[j] = float32(r.NormFloat64())
		}
		v[i%2] += 6
		note := &project.Photo{ID: i + 1, Name: fmt.Sprint(i+1, ".jpg"), Hash: bank.Hash{byte(i + 1)}}
		if err := s.Hold(net, []*project.Photo{note}, v); err != nil {
			t.Fatal(err)
		}
		task.IDs, task.Labels = append(task.IDs, note.ID), append(task.Labels, i%2)
	}
	return s, task
}

// learnt is a task's bank, and what is learnt of it.
func learnt(t *testing.T, s *Samples, task *protocol.Task) (*bank.Bank, *training.Trained) {
	t.Helper()
	b, err := s.bank(task)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := training.Fit(context.Background(), b, task.Config)
	if err != nil {
		t.Fatal(err)
	}
	return b, trained
}

func TestSamplesMakeBanksAndHeads(t *testing.T) {
	s, task := filled(t, 12)
	bank, trained := learnt(t, s, task)
	l := results(bank, trained)
	if l.Report == nil || l.Report.Accuracy < 0.9 || len(l.Held) != 24 || l.Kind != training.Linear {
		t.Errorf("the results are %+v", l)
	}
	for _, h := range l.Held {
		if h.Label != (h.ID-1)%2 || h.Score < h.Own || h.Score > 1 {
			t.Errorf("photo %d was answered %+v", h.ID, h)
		}
	}
}

// TestSamplesChooseWhatToAsk: of new photos, those between the classes are asked about first, by
// the head that most of them can be shown to; without a head those that differ.
func TestSamplesChooseWhatToAsk(t *testing.T) {
	s, task := filled(t, 12)
	_, trained := learnt(t, s, task)
	ask := &protocol.Task{Spaces: []feature.Space{net}}
	for i, v := range [][]float32{{6, 0, 0, 0, 0, 0, 0, 0}, {0, 6, 0, 0, 0, 0, 0, 0}, {3, 3, 0, 0, 0, 0, 0, 0}, {6, 0, 0, 0, 0, 0, 0, 0}} {
		id := 100 + i
		if err := s.Hold(net, []*project.Photo{{ID: id}}, v); err != nil {
			t.Fatal(err)
		}
		ask.IDs = append(ask.IDs, id)
	}
	ask.IDs = append(ask.IDs, 999) // never read
	wide := *trained.Best
	wide.Spaces = append(wide.Spaces[:1:1], wide.Spaces[0])
	wide.Spaces[1].Name = net.Of(feature.Flip)
	got, err := s.Choose([]*head.Head{&wide, trained.Best}, ask, 3)
	if err != nil || len(got) != 3 || got[0].ID != 102 || len(got[0].Names) != 2 || got[0].Scores[0] < got[0].Scores[1] {
		t.Fatalf("it asks about %+v (%v)", got, err)
	}
	if got, err := s.Choose(nil, ask, 3); err != nil || len(got) != 3 || got[0].ID != 100 || got[0].Names != nil || got[1].ID == 103 || got[2].ID == 103 {
		t.Errorf("without a head it asks about %+v (%v)", got, err)
	}
}

func TestSamplesRefuseWhatDoesNotFit(t *testing.T) {
	s, task := filled(t, 2)
	if s.Hold(net, []*project.Photo{{ID: 9}, {ID: 10}}, make([]float32, 3)) == nil {
		t.Error("3 values were taken for 2 photos")
	}
	task.Labels = task.Labels[1:]
	if _, err := s.bank(task); err == nil {
		t.Error("a task with too few labels made a bank")
	}
	s, task = filled(t, 2)
	task.Spaces = append(task.Spaces, feature.Space{Network: "other", Size: 32})
	if _, err := s.bank(task); err == nil {
		t.Error("a space without features made a bank")
	}
}

func TestSamplesKnowWhatTheyLack(t *testing.T) {
	s, task := filled(t, 2)
	if got := s.Lacks(net, append(task.IDs, 9)); !reflect.DeepEqual(got, []int{9}) {
		t.Errorf("it lacks %v", got)
	}
	s.Forget(2)
	if got := s.Lacks(net, task.IDs); !reflect.DeepEqual(got, []int{2}) {
		t.Errorf("it lacks %v after it was to forget 2", got)
	}
	s.Keep([]feature.Space{{Network: "other", Size: 32}})
	if got := s.Lacks(net, task.IDs); len(got) != 4 {
		t.Errorf("it lacks %v after it was to keep another space", got)
	}
}

// TestHeldOut: with a fifth of the photos held out a head that learns in steps has two states, and
// its figures are of those photos.
func TestHeldOut(t *testing.T) {
	for _, kind := range []head.Kind{training.Linear, training.MLP, training.Means} {
		s, task := filled(t, 40)
		r := rand.New(rand.NewPCG(5, 6))
		for id, row := range s.rows[net] { // hard enough to learn too much
			for j := range row {
				row[j] = row[j]/4 + float32(r.NormFloat64())
			}
			s.rows[net][id] = row
		}
		task.Valid, task.Config.Kind, task.Config.L2, task.Config.Rate = 0.2, kind, 1e-6, 0.05
		states, l, err := s.Learn(t.Context(), task, func(training.Progress) {})
		if err != nil {
			t.Fatal(kind, err)
		}
		if l.Folds != 1 || len(l.Held) != 16 || l.Report.Photos != 16 {
			t.Errorf("%s: %d photos in %d parts were answered", kind, len(l.Held), l.Folds)
		}
		if kind == training.Means {
			if states.Last != nil {
				t.Error("class means are not learnt in steps and have a last state")
			}
			continue
		}
		if states.Last == nil {
			t.Fatalf("%s: learning ended in its best state, after %d steps", kind, len(l.Curve))
		}
		var best, last head.Head
		if err := best.UnmarshalBinary(states.Best); err != nil {
			t.Fatal(err)
		}
		if err := last.UnmarshalBinary(states.Last); err != nil {
			t.Fatal(err)
		}
		x := [][]float32{s.rows[net][1]}
		a, err := best.Answer(x)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := last.Answer(x); err != nil || reflect.DeepEqual(a, b) {
			t.Errorf("%s: both states answer %v, %v", kind, a.Probabilities, err)
		}
	}
}

var net = feature.Space{Network: "net", Size: 32}

// TestQuickHead: beside a head that reads two views of a photo there is one that reads one.
func TestQuickHead(t *testing.T) {
	s, task := filled(t, 12)
	for id, row := range s.rows[net] {
		if err := s.Hold(net.Of(feature.Wide), []*project.Photo{s.notes[id]}, row); err != nil {
			t.Fatal(err)
		}
	}
	task.Spaces = []feature.Space{net, net.Of(feature.Wide)}
	for _, c := range []struct {
		in    bank.Input
		quick bool
	}{{bank.Input{{net}, {net.Of(feature.Wide)}}, true}, {bank.Input{{net}}, false}} {
		task.Config.Input = c.in
		states, _, err := s.Learn(t.Context(), task, func(training.Progress) {})
		if err != nil {
			t.Fatal(err)
		}
		if got := states.Quick != nil; got != c.quick {
			t.Fatalf("a head that sees %s has a quick one beside it: %v", c.in, got)
		}
		if !c.quick {
			continue
		}
		var quick head.Head
		if err := quick.UnmarshalBinary(states.Quick); err != nil {
			t.Fatal(err)
		}
		right := 0
		for i, id := range task.IDs {
			if a, err := quick.Answer([][]float32{s.rows[net][id]}); err == nil && a.Class == task.Labels[i] {
				right++
			}
		}
		if len(quick.Spaces) != 1 || right < 20 {
			t.Errorf("it sees %v, and names %d of 24 right", quick.Spaces, right)
		}
	}
}
