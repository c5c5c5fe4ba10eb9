package main

import (
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"testing"
)

// What is exported is read back by the importer and names photos as the pack does.
func TestExportONNX(t *testing.T) {
	koala := photoFolder + "/koala.jpg"
	for _, test := range []struct{ network, labels string }{
		{"efficientnet-lite0", "imagenet.txt"}, {"alexnet-cifar10", "cifar10.txt"}, {"se-resnet20-cifar10", "cifar10.txt"}, {"vit-cifar10", "cifar10.txt"},
	} {
		folder := t.TempDir()
		model, back := filepath.Join(folder, "a.onnx"), filepath.Join(folder, "back.pack")
		succeed(t, "export", test.network, "--as", "onnx", "-o", model)
		t.Setenv("HOMEROOM_WEIGHTS", "../../weights")
		m, err := openModel(test.network)
		if err != nil {
			t.Fatal(err)
		}
		// The model normalises by itself: levels come as they are, which a deviation of a hair over 1 says.
		p := m.Preprocess
		args := []string{"convert", model, "--dtype", "f32", "--labels", "../../weights/" + test.labels, "-o", back, "--mean", "0", "--std", "1.0000001",
			"--resize", fmt.Sprint(p.Shorter()), "--crop", fmt.Sprint(p.Size), "--interpolation", string(p.Interpolation)}
		if p.Squash {
			args = append(args, "--squash")
		}
		execute(t, args...)
		scores := func(network string) map[string]float64 {
			var line struct {
				Results []struct {
					Label string
					Score float64
				}
			}
			if err := json.Unmarshal([]byte(succeed(t, "classify", "--json", "--top", "1000", "--model", network, koala)), &line); err != nil {
				t.Fatal(err)
			}
			out := map[string]float64{}
			for _, r := range line.Results {
				out[r.Label] = r.Score
			}
			return out
		}
		want, got := scores(test.network), scores(back)
		worst := 0.0
		for label, s := range want {
			worst = max(worst, math.Abs(got[label]-s))
		}
		if len(got) != len(want) || worst > 1e-4 {
			t.Errorf("%s: %d labels of %d, the largest difference is %.2g", test.network, len(got), len(want), worst)
		}
	}
}

func TestExportRefuses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a.onnx")
	fail(t, 1, []string{"export", "nothing", "--as", "onnx", "-o", out}, "nothing")
	fail(t, 1, []string{"export", "efficientnet-lite0", "--as", "onnx", "--weights", "f16", "-o", out}, "f32 or int8")
	fail(t, 2, []string{"export", "efficientnet-lite0", "--as", "caffe", "-o", out}, "--as")
	fail(t, 1, []string{"export", "efficientnet-lite0", "--as", "onnx", "-o", filepath.Join(out, "b")}, "there is no folder")
}
