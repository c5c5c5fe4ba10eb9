package guess

import (
	"encoding/csv"
	"os"
	"strconv"
	"testing"

	"homeroom/core/evaluation"
)

// TestStepsKeepTheirPromise: of labelled photos of every day, names of each step are right as often
// as it promises, by each network alone.
func TestStepsKeepTheirPromise(t *testing.T) {
	f, err := os.Open("testdata/scores.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	type tally struct{ right, of [Hardly + 1]int }
	networks := map[string]*tally{}
	for _, row := range rows[1:] {
		score, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		n := networks[row[0]]
		if n == nil {
			n = &tally{}
			networks[row[0]] = n
		}
		s := OfNetwork(score)
		if n.of[s]++; row[2] == "1" {
			n.right[s]++
		}
	}
	if len(networks) < 2 {
		t.Fatalf("there are answers of %d networks", len(networks))
	}
	for name, n := range networks {
		for s := Sure; s <= Hardly; s++ {
			from, to := s.Right()
			share := float64(n.right[s]) / float64(n.of[s])
			low, high := evaluation.Wilson(n.right[s], n.of[s])
			t.Logf("%s, step %d: %d of %d are right, %.0f%% (95%% interval %.0f%% to %.0f%%), promised %.0f%% to %.0f%%", name, s, n.right[s], n.of[s], 100*share, 100*low, 100*high, 100*from, 100*to)
			if n.of[s] < 40 {
				t.Errorf("%s, step %d: %d photos tell nothing", name, s, n.of[s])
			}
			if share < from || share > to {
				t.Errorf("%s, step %d: %.2f are right, promised are %.2f to %.2f", name, s, share, from, to)
			}
		}
	}
}

// TestSteps are in order, and those of taught heads begin at what they promise.
func TestSteps(t *testing.T) {
	for _, of := range []func(float64) Step{OfNetwork, OfTaught} {
		last := Hardly
		for score := 0.0; score <= 1; score += 0.001 {
			s := of(score)
			if s > last {
				t.Fatalf("at %.3f the step is %d, after %d", score, s, last)
			}
			last = s
		}
		if last != Sure {
			t.Errorf("the surest is of step %d", last)
		}
	}
	for s := Sure; s < Hardly; s++ {
		from, _ := s.Right()
		if _, to := (s + 1).Right(); to != from {
			t.Errorf("step %d ends at %v, and the next begins at %v", s, from, to)
		}
		if OfTaught(from) != s || OfTaught(from-0.001) == s {
			t.Errorf("step %d of taught heads does not begin at %v", s, from)
		}
	}
}
