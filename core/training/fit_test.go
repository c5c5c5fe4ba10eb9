package training

import (
	"bytes"
	"context"
	"math"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/matrix"
)

func TestFitLearnsEveryKind(t *testing.T) {
	for _, kind := range Kinds {
		b := banktest.Blobs(1, 3, 40, 20, 1)
		b = b.Divided(1, 0, 0.25)
		got, err := Fit(context.Background(), b, Config{Kind: kind, Seed: 1})
		if err != nil {
			t.Fatal(kind, err)
		}
		e, err := evaluation.Evaluate(got.Best, b, b.Rows(bank.Test))
		if err != nil {
			t.Fatal(kind, err)
		}
		if e.Accuracy < 0.85 || got.Valid.Accuracy < 0.85 {
			t.Errorf("%s: accuracy %v on test, %v held out", kind, e.Accuracy, got.Valid.Accuracy)
		}
	}
}

// TestSameSeedSameHead learns twice, bit for bit.
func TestSameSeedSameHead(t *testing.T) {
	for _, kind := range Kinds {
		b := banktest.Blobs(3, 4, 15, 30, 0.6)
		var first []byte
		for range 2 {
			got, err := Fit(context.Background(), b, Config{Kind: kind, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			data, err := got.Best.MarshalBinary()
			if err != nil {
				t.Fatal(err)
			}
			if first != nil && !bytes.Equal(first, data) {
				t.Errorf("%s: the same seed gave two heads", kind)
			}
			first = data
		}
	}
}

// TestFewPhotos learns from one photo a class, and from one here and many there.
func TestFewPhotos(t *testing.T) {
	b := banktest.Blobs(6, 3, 1, 20, 2)
	got, err := Fit(context.Background(), b, Config{})
	if err != nil || got.Valid != nil {
		t.Fatalf("%v, report %v", err, got.Valid)
	}
	for i, p := range b.Photos {
		a, err := got.Best.Answer(p.Features)
		if err != nil || a.Class != p.Class || a.Unknown {
			t.Errorf("photo %d: %+v, %v", i, a, err)
		}
	}
	b = banktest.Blobs(6, 3, 9, 20, 2)
	b = b.Part(append(b.Rows(bank.Train)[:18:18], 26)) // one of the third class
	if got, err = Fit(context.Background(), b, Config{}); err != nil || got.Valid.Photos != 18 {
		t.Errorf("%v, %+v", err, got)
	}
	b = b.Part(b.Rows(bank.Train)[:9])
	b.Classes = b.Classes[:1]
	if _, err := Fit(context.Background(), b, Config{}); err == nil {
		t.Error("one class was learnt")
	}
}

// TestWarmStart adds a photo and a class, and goes on from the head there was.
func TestWarmStart(t *testing.T) {
	b := banktest.Blobs(8, 3, 20, 30, 1)
	first, err := Fit(context.Background(), b, Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range Kinds {
		before, err := Fit(context.Background(), b, Config{Kind: kind, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		more := banktest.Blobs(8, 4, 20, 30, 1)
		after, err := Fit(context.Background(), more, Config{Warm: before.Best, Seed: 1})
		if err != nil {
			t.Fatal(kind, err)
		}
		if after.Best.Kind != before.Best.Kind || len(after.Best.Classes) != 4 || after.Valid.Accuracy < 0.9 {
			t.Errorf("%s: %s with %d classes, accuracy %v", kind, after.Best.Kind, len(after.Best.Classes), after.Valid.Accuracy)
		}
	}
	_ = first
}

// TestValidPhotosJudge has Valid photos, so that steps are judged and the last state may differ
// from the best.
func TestValidPhotosJudge(t *testing.T) {
	b := banktest.Blobs(9, 3, 30, 40, 0.5)
	b = b.Divided(2, 0.3, 0)
	for _, kind := range []head.Kind{Linear, MLP} {
		steps := 0
		got, err := Fit(context.Background(), b, Config{Kind: kind, Progress: func(p Progress) {
			if p.Share < 0 || p.Share > 1 {
				t.Fatalf("share %v", p.Share)
			}
			if p.Step > 0 {
				steps++
			}
		}})
		if err != nil {
			t.Fatal(err)
		}
		if steps == 0 || len(got.Curve) != steps || got.Folds != 1 || got.Valid.Photos != len(b.Rows(bank.Valid)) {
			t.Errorf("%s: %d steps, %d in the curve, %d folds", kind, steps, len(got.Curve), got.Folds)
		}
		best := math.Inf(1)
		for _, p := range got.Curve {
			best = min(best, p.ValidLoss)
		}
		// Best answers Valid photos as the best step did.
		logits := matrix.New(len(b.Rows(bank.Valid)), 3)
		x, _, _ := b.Table(b.Rows(bank.Valid), nil, got.Best.Input)
		m := x.Matrix(0, x.N)
		for i := range m.N {
			got.Best.Scale.Apply(m.Row(i))
		}
		copy(logits.Data, (&head.Learnt{Layers: got.Best.Layers}).Scores(m, 3).Data)
		if loss := logLoss(logits, b.Labels(b.Rows(bank.Valid)), 1); math.Abs(loss-best) > 1e-3 {
			t.Errorf("%s: the best state has a loss of %v on Valid photos, the best step had %v", kind, loss, best)
		}
	}
}

// TestTestPhotosDoNotCount changes the Test photos, and the head stays.
func TestTestPhotosDoNotCount(t *testing.T) {
	var first []byte
	for k := range 2 {
		b := banktest.Blobs(10, 3, 20, 10, 1)
		for i := range b.Photos {
			if i%4 == 0 {
				b.Photos[i].Split = bank.Test
				b.Photos[i].Features[0][0] += float32(100 * k)
			}
		}
		got, err := Fit(context.Background(), b, Config{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		data, _ := got.Best.MarshalBinary()
		if first != nil && !bytes.Equal(first, data) {
			t.Error("other Test photos gave another head")
		}
		first = data
	}
}

func TestFitEndsWhenTold(t *testing.T) {
	b := banktest.Blobs(11, 5, 40, 100, 0.5)
	for _, kind := range Kinds {
		ctx, cancel := context.WithCancel(context.Background())
		calls := 0
		_, err := Fit(ctx, b, Config{Kind: kind, Progress: func(Progress) {
			if calls++; calls == 3 {
				cancel()
			}
		}})
		if err != context.Canceled || calls > 30 {
			t.Errorf("%s: %v after %d calls", kind, err, calls)
		}
	}
}

func TestLearningCurve(t *testing.T) {
	b := banktest.Blobs(12, 3, 40, 30, 0.5)
	got, err := Fit(context.Background(), b, Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	g, err := LearningCurve(context.Background(), b, got.Best, nil)
	if err != nil || len(g.Points) != 4 || g.Points[3].Accuracy <= g.Points[0].Accuracy {
		t.Errorf("%+v, %v", g, err)
	}
}

// TestReviewFindsMislabels labels some photos wrongly.
func TestReviewFindsMislabels(t *testing.T) {
	b := banktest.Blobs(13, 3, 30, 20, 1.5)
	wrong := map[uint64]bool{}
	for _, i := range []int{4, 40, 77} {
		b.Photos[i].Class = (b.Photos[i].Class + 1) % 3
		wrong[b.Photos[i].ID] = true
	}
	got, err := Fit(context.Background(), b, Config{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	f := evaluation.Review(b, got.Held)
	if len(f.Mislabels) < 3 || len(f.Losses) != 90 {
		t.Fatalf("%d mislabels, %d losses", len(f.Mislabels), len(f.Losses))
	}
	for _, s := range f.Mislabels[:3] {
		if !wrong[s.ID] {
			t.Errorf("photo %d is not labelled wrongly", s.ID)
		}
	}
}

// FuzzHead looks for a head that was read and panics when it answers.
func FuzzHead(f *testing.F) {
	b := banktest.Blobs(14, 2, 12, 4, 1)
	for _, kind := range Kinds {
		got, err := Fit(context.Background(), b, Config{Kind: kind})
		if err != nil {
			f.Fatal(err)
		}
		data, err := got.Best.MarshalBinary()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var h head.Head
		if h.UnmarshalBinary(data) != nil {
			return
		}
		vectors := make([][]float32, len(h.Spaces))
		for i, s := range h.Spaces {
			vectors[i] = make([]float32, s.Dim)
		}
		if _, err := h.Answer(vectors); err != nil {
			t.Fatal(err)
		}
	})
}

// TestOddPhotoHidesNoStrangers teaches few photos, one of them unlike all others: the threshold of
// the unknown is not its.
func TestOddPhotoHidesNoStrangers(t *testing.T) {
	all := banktest.Blobs(4, 3, 40, 60, 0.8)
	b, strangers, caught := new(bank.Builder), 0, 0
	b.AddSpace(banktest.Net, 60)
	b.AddClass("a")
	b.AddClass("b")
	taught := [2]int{}
	for _, p := range all.Photos {
		if p.Class < 2 && taught[p.Class] < 12 {
			if taught[p.Class]++; taught[0] == 1 && p.Class == 0 {
				for j := range p.Features[0] {
					p.Features[0][j] = 6 * p.Features[0][(j+7)%60]
				}
			}
			p.ID = 0
			if _, err := b.Add(p); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := Fit(context.Background(), b.Bank(), Config{Kind: Means})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all.Photos {
		if p.Class == 2 {
			a, err := got.Best.Answer(p.Features)
			if err != nil {
				t.Fatal(err)
			}
			strangers++
			if a.Unknown {
				caught++
			}
		}
	}
	if 8*caught < 5*strangers {
		t.Errorf("%d of %d strangers are answered unknown", caught, strangers)
	}
}

// TestNeverUnknown: a stranger is named where the person wants that, and is as strange as before.
func TestNeverUnknown(t *testing.T) {
	got, err := Fit(t.Context(), banktest.Blobs(1, 3, 20, 8, 4), Config{Kind: Linear})
	if err != nil {
		t.Fatal(err)
	}
	stranger := [][]float32{{40, -40, 40, -40, 40, -40, 40, -40}}
	for _, never := range []bool{false, true} {
		h := *got.Best
		h.Unknown.Never = never
		if a, err := h.Answer(stranger); err != nil || a.Unknown == never || a.Strangeness <= 1 {
			t.Errorf("never %v: a stranger is answered %+v, %v", never, a, err)
		}
	}
}
