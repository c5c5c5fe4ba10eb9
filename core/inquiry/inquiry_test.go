package inquiry

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
	"homeroom/core/head"
	"homeroom/core/training"
)

// TestChoiceIsUnsureAndVaried: of three photos that the head hesitates over, two are the same; the
// second of these is asked about last, and what the head knows is not asked before it hesitates.
func TestChoiceIsUnsureAndVaried(t *testing.T) {
	answers := []head.Answer{
		{Probabilities: []float64{0.98, 0.01, 0.01}},
		{Probabilities: []float64{0.5, 0.5, 0}},
		{Probabilities: []float64{0.5, 0.49, 0.01}},
		{Probabilities: []float64{0.4, 0.3, 0.3}},
	}
	vectors := [][]float32{{0, 0, 7}, {3, 0, 0}, {6, 0, 0}, {0, 1, 0}}
	if got := Choose(answers, vectors, 3); !slices.Equal(got, []int{1, 3, 0}) {
		t.Errorf("with a head it asks about %v", got)
	}
	if got := Choose(nil, vectors, 3); !slices.Equal(got, []int{0, 1, 3}) {
		t.Errorf("without a head it asks about %v", got)
	}
}

// TestChoiceIsOfWhatIsThere: each photo once, however few there are, and whatever features are.
func TestChoiceIsOfWhatIsThere(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		all, n := r.IntN(40), r.IntN(20)
		answers, vectors := make([]head.Answer, all), make([][]float32, all)
		for i := range vectors {
			p := r.Float64()
			answers[i].Probabilities = []float64{p, 1 - p}
			vectors[i] = make([]float32, 3)
			for j := range vectors[i] {
				vectors[i][j] = float32(r.IntN(3)) // none of some, and the same as others
			}
		}
		if r.IntN(3) == 0 {
			answers = nil
		}
		got := Choose(answers, vectors, n)
		slices.Sort(got)
		if len(slices.Compact(got)) != min(all, n) || len(got) > 0 && (got[0] < 0 || got[len(got)-1] >= all) {
			t.Fatalf("of %d photos %d are wanted and %v are chosen", all, n, got)
		}
		if i := r.IntN(max(1, all)); all > 0 && slices.Max(append(vectors[i], 0)) > 2 {
			t.Fatal("the features were changed")
		}
	}
}

// TestAskingTeachesMoreThanChance teaches two photos of each class, asks about twelve more, and
// names all others, on many draws of six classes that are hard to tell apart.
func TestAskingTeachesMoreThanChance(t *testing.T) {
	right := func(chooses bool) (share float64) {
		const draws = 24
		for seed := range uint64(draws) {
			all := banktest.Blobs(seed, 6, 40, 24, 0.55)
			r := rand.New(rand.NewPCG(seed, 3))
			order := r.Perm(len(all.Photos))
			var taught, rest []int
			count := map[int]int{}
			for _, i := range order {
				if c := all.Photos[i].Class; count[c] < 2 {
					count[c]++
					taught = append(taught, i)
				} else {
					rest = append(rest, i)
				}
			}
			pool, test := rest[:120], rest[120:]
			h := learn(t, all, taught)
			asked := pool[:12]
			if chooses {
				answers, err := h.AnswerRows(all, pool)
				if err != nil {
					t.Fatal(err)
				}
				var vectors [][]float32
				for _, i := range pool {
					vectors = append(vectors, all.Photos[i].Features[0])
				}
				asked = nil
				for _, k := range Choose(answers, vectors, 12) {
					asked = append(asked, pool[k])
				}
			}
			answers, err := learn(t, all, append(slices.Clone(taught), asked...)).AnswerRows(all, test)
			if err != nil {
				t.Fatal(err)
			}
			for k, i := range test {
				if answers[k].Class == all.Photos[i].Class {
					share += 1 / float64(draws*len(test))
				}
			}
		}
		return share
	}
	asked, chance := right(true), right(false)
	t.Logf("%.3f are named right after asking, %.3f after as many by chance", asked, chance)
	if asked <= chance {
		t.Errorf("%.3f are named right after asking, and %.3f after as many photos that were drawn by lot", asked, chance)
	}
}

func learn(t *testing.T, all *bank.Bank, rows []int) *head.Head {
	t.Helper()
	slices.Sort(rows)
	got, err := training.Fit(context.Background(), all.Part(rows), training.Config{Kind: training.Linear, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return got.Best
}
