package e2e

import (
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"homeroom/core/model"
)

// TestAnswersAreTheBinarys gives the same photos and the same pack to the page and to the core that
// the binary runs: names are equal, and scores within 1e-4.
func TestAnswersAreTheBinarys(t *testing.T) {
	path, data := firstPack(t)
	m, err := model.Read(filepath.Base(path), data)
	if err != nil {
		t.Fatal(err)
	}
	c, err := model.NewClassifier(m, model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	p := open(t, "")
	paths := photoPaths(t)
	p.pick("Use my photos", paths...)
	for _, card := range p.settle(len(paths)) {
		checkNamed(t, card)
		file, err := os.ReadFile(filepath.Join(*photoFolder, card.File))
		if err != nil {
			t.Fatal(err)
		}
		want, err := c.Classify(file, 1)
		if err != nil {
			t.Fatal(err)
		}
		score, err := strconv.ParseFloat(card.Score, 64)
		if best := want.Results[0]; err != nil || card.Label != best.Label || math.Abs(score-best.Score) > 1e-4 {
			t.Errorf("%s: the page says %s %s, the binary %s %.6f", card.File, card.Label, card.Score, best.Label, best.Score)
		}
	}
}
