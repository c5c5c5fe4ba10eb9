package models_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/models"
)

// TestRolloutParity holds attention rolled out to what PyTorch makes of the same transformer and
// photo: see tools/reference/rollout_fixtures.py.
func TestRolloutParity(t *testing.T) {
	data, err := os.ReadFile("testdata/rollout.json")
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for _, r := range references(t) {
		if r.Whose != "train_cifar10" || r.Name != "vit" {
			continue
		}
		n, err := models.Build(r.Arch, newFormula(r))
		if err != nil {
			t.Fatal(err)
		}
		m := &model.Model{Name: "vit", Graph: n.Graph, Preprocess: photo.Preprocess{
			Size: 32, CropFraction: 1, Interpolation: photo.Bilinear, Mean: [3]float64{127.5, 127.5, 127.5}, Std: [3]float64{64, 64, 64},
		}}
		c, err := model.NewClassifier(m, model.Options{Heat: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		p := &photo.Photo{Width: 32, Height: 32}
		for _, u := range uniform("photo", 3*32*32, func(u float32) float32 { return u * 256 }) {
			p.Pix = append(p.Pix, byte(u))
		}
		c.Run(p)
		got, err := c.Rollout()
		if err != nil {
			t.Fatal(err)
		}
		if got.H != 8 || got.W != 8 || len(want) != 64 {
			t.Fatalf("%d × %d patches, and PyTorch has %d", got.H, got.W, len(want))
		}
		spread, worst := 0.0, 0.0
		for i, w := range want {
			spread += (w - 1.0/64) * (w - 1.0/64) / 64
			worst = max(worst, math.Abs(float64(got.Data[i])-w))
		}
		if worst /= math.Sqrt(spread); worst > tolerance {
			t.Errorf("shares of patches differ by up to %.2g of their deviation", worst)
		} else {
			t.Logf("shares of patches differ by up to %.2g of their deviation", worst)
		}
		return
	}
	t.Error("there is no reference of that network")
}
