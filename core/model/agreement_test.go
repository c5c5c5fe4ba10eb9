package model

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"homeroom/core/photo"
	"homeroom/core/tensor"
)

var agreePhotos = flag.String("photos", "", "folder of photos for TestScaledAgreement")

// TestScaledAgreement tells how often photos of a folder get the same name when they are decoded at
// a scale as when they are decoded in full, how far scores differ, and how long decoding takes: for
// the scale that is chosen, and for one that leaves more pixels. What a network makes of
// differences as small as those of decoding at one half is told beside it: of every eighth level
// one up or down.
//
//	go test ./core/model -run TestScaledAgreement -v -timeout 1h -args -photos DIR
func TestScaledAgreement(t *testing.T) {
	if *agreePhotos == "" {
		t.Skip("without -args -photos DIR")
	}
	files, err := filepath.Glob(filepath.Join(*agreePhotos, "*.jpg"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s has no photos: %v", *agreePhotos, err)
	}
	type kind struct {
		size int
		left float64 // how many times the wanted shorter side is left at least
	}
	type count struct {
		photos, same         int
		sum, most, unsure    float64 // of differences; the best score of a photo that changed its name
		decoding, inFull     time.Duration
		mostName, unsureName string
	}
	counts := map[kind]*count{}
	const noise = 0 // in the place of how many times are left
	sizes, lefts := []int{224, 128}, []float64{2.9, 4, 5, noise}
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range sizes {
		exact := open(t, "efficientnet-lite0", Options{Threads: 1, Size: size, Exact: true})
		scaled := open(t, "efficientnet-lite0", Options{Threads: 1, Size: size})
		usual := scaled.prep.Shorter()
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			whole, err := photo.Decode(data, photo.Limits{})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			inFull := time.Since(start)
			want := exact.Answer(whole, 1).Results[0]
			for _, left := range lefts {
				c := counts[kind{size, left}]
				if c == nil {
					c = &count{}
					counts[kind{size, left}] = c
				}
				note := func(same bool, score float64) {
					c.photos++
					if same {
						c.same++
					} else if want.Score > c.unsure {
						c.unsure, c.unsureName = want.Score, filepath.Base(name)
					}
					d := math.Abs(score - want.Score)
					if c.sum += d; d > c.most {
						c.most, c.mostName = d, filepath.Base(name)
					}
				}
				if left == noise {
					levels := exact.prep.Crop(whole)
					for i, v := range levels {
						switch r.IntN(16) {
						case 0:
							levels[i] = max(v, 1) - 1
						case 1:
							levels[i] = min(v, 254) + 1
						}
					}
					x := tensor.Tensor{Shape: tensor.Shape{H: size, W: size, C: 3}, Data: make([]float32, 3*size*size)}
					exact.prep.Normalise(x, levels)
					logits := exact.RunTensor(x)
					scores := make([]float64, len(logits))
					Softmax(scores, logits)
					note(slices.Max(scores) == scores[want.Index], scores[want.Index])
					continue
				}
				// Denominator leaves 2.9 times what it is asked for.
				short := int(math.Round(float64(usual) * left / 2.9))
				if photo.Denominator(whole.Width, whole.Height, short) == 1 {
					continue // the same pixels
				}
				scaled.prep.Finest = short
				start := time.Now()
				p, err := photo.DecodeFor(data, photo.Limits{}, short)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				took := time.Since(start)
				got := scaled.Answer(p, len(scaled.Model.Labels))
				c.decoding, c.inFull = c.decoding+took, c.inFull+inFull
				at := slices.IndexFunc(got.Results, func(r Result) bool { return r.Index == want.Index })
				note(at == 0, got.Results[at].Score)
			}
		}
	}
	for _, size := range sizes {
		for _, left := range lefts {
			c := counts[kind{size, left}]
			if c.photos == 0 {
				continue
			}
			changed := ""
			if c.same < c.photos {
				changed = fmt.Sprintf("; the surest that changed had %.3f (%s)", c.unsure, c.unsureName)
			}
			how := fmt.Sprintf("%.1f times, decoded in %.0f%% of the time", left, 100*float64(c.decoding)/float64(c.inFull))
			if left == noise {
				how = "noise alone"
			}
			t.Logf("at %d, %s: of %d photos %d keep their name, scores differ by %.4f in the mean and %.3f at most (%s)%s",
				size, how, c.photos, c.same, c.sum/float64(c.photos), c.most, c.mostName, changed)
		}
	}
}
