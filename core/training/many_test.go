package training

import (
	"context"
	"math"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
	"homeroom/core/evaluation"
	"homeroom/core/head"
)

// TestManyPhotos learns from more photos than settings are chosen on, by every kind that is quick,
// and holds what comes of it to what a choice on all photos gives. What is held out is answered by
// heads that learnt from the rest of all photos.
func TestManyPhotos(t *testing.T) {
	photos := banktest.Blobs(31, 3, manyPhotos/3+1200, 12, 0.35)
	for i := range photos.Photos {
		if i%4 == 3 {
			photos.Photos[i].Split = bank.Test
		}
	}
	for _, kind := range []head.Kind{Linear, Means, Blend} {
		cfg := Config{Kind: kind, Seed: 3}
		f, err := newFit(context.Background(), photos, cfg)
		if err != nil {
			t.Fatal(err)
		}
		part := f.fewer()
		if n := len(part[0].learn) + len(part[0].hold); n < partPhotos*9/10 || n > partPhotos*11/10 {
			t.Errorf("the part has %d photos", n)
		}
		many, err := f.run()
		if err != nil {
			t.Fatal(err)
		}
		g, err := newFit(context.Background(), photos, cfg)
		if err != nil {
			t.Fatal(err)
		}
		whole := &Trained{}
		won, err := g.chooseHeld(whole)
		if err != nil {
			t.Fatal(err)
		}
		state, _, err := g.final(won)
		if err != nil {
			t.Fatal(err)
		}
		if whole.Best, err = g.finish(won, state, whole); err != nil {
			t.Fatal(err)
		}
		if len(many.Held) != len(g.held) || len(many.Held) < f.learn/6 {
			t.Errorf("%s: %d photos were held out, and %d of all", kind, len(many.Held), len(g.held))
		}
		if d := many.Valid.Accuracy - whole.Valid.Accuracy; math.Abs(d) > 0.01 {
			t.Errorf("%s: %.4f of the photos held out are right, and %.4f where settings are chosen on all", kind, many.Valid.Accuracy, whole.Valid.Accuracy)
		}
		var right [2]float64
		for i, h := range []*head.Head{many.Best, whole.Best} {
			e, err := evaluation.Evaluate(h, photos, photos.Rows(bank.Test))
			if err != nil {
				t.Fatal(err)
			}
			right[i] = e.Accuracy
		}
		if right[1]-right[0] > 0.01 {
			t.Errorf("%s: %.4f of the test photos are right, and %.4f where settings are chosen on all", kind, right[0], right[1])
		}
	}
}

// A part is for many photos only, and has photos of every class.
func TestPartOfPhotos(t *testing.T) {
	for _, c := range []struct {
		classes, each int
		part          bool
	}{{4, manyPhotos / 4, false}, {4, manyPhotos/4 + 1, true}, {300, 21, false}, {100, 100, true}} {
		f, err := newFit(context.Background(), banktest.Blobs(32, c.classes, c.each, 24, 0.5), Config{})
		if err != nil {
			t.Fatal(err)
		}
		part := f.fewer()
		if (part != nil) != c.part {
			t.Errorf("%d classes of %d photos: a part is %t", c.classes, c.each, part != nil)
		}
		if part == nil {
			continue
		}
		held := map[int]bool{}
		for _, r := range f.folds[0].hold {
			held[r] = true
		}
		count := make([][2]int, c.classes)
		for side, rows := range [][]int{part[0].learn, part[0].hold} {
			for _, r := range rows {
				count[f.y[r]][side]++
				if held[r] != (side == 1) {
					t.Fatal("a photo is on another side of the part")
				}
			}
		}
		for class, n := range count {
			if n[0] < 10 || n[1] < 1 {
				t.Errorf("class %d has %v photos in the part", class, n)
			}
		}
	}
}
