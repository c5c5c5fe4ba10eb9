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
	type tally struct{ right, of [Hardly + 1]int }
	networks := map[string]*tally{}
	for _, row := range rows(t, "testdata/scores.csv") {
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

// TestFewWords: of photos of clothes, which networks of ten words have no word for, six of seven
// are told to show none of them.
func TestFewWords(t *testing.T) {
	networks := map[string][2]int{}
	for _, row := range rows(t, "testdata/unlike.csv") {
		score, err := strconv.ParseFloat(row[1], 64)
		if err != nil {
			t.Fatal(err)
		}
		n := networks[row[0]]
		if n[1]++; !Shows(score) {
			n[0]++
		}
		networks[row[0]] = n
	}
	if len(networks) < 2 {
		t.Fatalf("there are answers of %d networks", len(networks))
	}
	for name, n := range networks {
		t.Logf("%s: %d of %d", name, n[0], n[1])
		if 7*n[0] < 6*n[1] {
			t.Errorf("%s says of %d of %d photos that they show none of its words", name, n[0], n[1])
		}
	}
}

func rows(t *testing.T, path string) [][]string {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return all[1:]
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
