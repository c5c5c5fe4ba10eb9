package model

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/image/draw"

	"homeroom/core/feature"
	"homeroom/core/kernel"
	"homeroom/core/photo"
)

// enlarged returns a photo with a shorter side of short pixels, as JPEG.
func enlarged(t *testing.T, name string, short int) []byte {
	t.Helper()
	p, err := photo.Decode(readFile(t, filepath.Join(photos, name)), photo.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	by := float64(short) / float64(min(p.Width, p.Height))
	m := image.NewRGBA(image.Rect(0, 0, int(by*float64(p.Width)+0.5), int(by*float64(p.Height)+0.5)))
	draw.ApproxBiLinear.Scale(m, m.Rect, p.Image(), image.Rect(0, 0, p.Width, p.Height), draw.Src, nil)
	var out bytes.Buffer
	if err := jpeg.Encode(&out, m, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestScaledScores names photos that are decoded at the scale that the network needs: the names
// that lead in full have a score that differs by 0.02 at most, so that the best one is the same but
// where two are as near as that; features are nearly the same.
func TestScaledScores(t *testing.T) {
	exact := open(t, "efficientnet-lite0", Options{Threads: 2, Exact: true})
	scaled := open(t, "efficientnet-lite0", Options{Threads: 2})
	files, err := os.ReadDir(photos)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		if filepath.Ext(f.Name()) == ".md" || i > 1 && kernel.Best() == kernel.Portable { // which takes ten times as long
			continue
		}
		data := enlarged(t, f.Name(), []int{1501, 3000, 1501, 1700, 1501, 1501, 1501, 1501}[i%8])
		want, err := exact.Classify(data, 5)
		if err != nil {
			t.Fatal(err)
		}
		p, err := scaled.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if min(p.Width, p.Height) > 1500 {
			t.Errorf("%s is decoded at %d × %d", f.Name(), p.Width, p.Height)
		}
		got := scaled.Answer(p, len(scaled.Model.Labels))
		if got.Width != want.Width || got.Height != want.Height {
			t.Errorf("%s is told to be %d × %d, not %d × %d", f.Name(), got.Width, got.Height, want.Width, want.Height)
		}
		if near := want.Results[0].Score-want.Results[1].Score < 0.02; got.Results[0].Index != want.Results[0].Index && !near {
			t.Errorf("%s is %s, in full %s %.4f", f.Name(), got.Results[0].Label, want.Results[0].Label, want.Results[0].Score)
		}
		for _, b := range want.Results {
			at := slices.IndexFunc(got.Results, func(r Result) bool { return r.Index == b.Index })
			if a := got.Results[at]; math.Abs(a.Score-b.Score) > 0.02 {
				t.Errorf("%s is %s %.4f, in full %.4f", f.Name(), b.Label, a.Score, b.Score)
			}
		}
		whole, err := exact.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		views := []feature.View{feature.Plain, feature.Flip, feature.Wide, feature.Close}
		a, err := scaled.Features(p, views...)
		if err != nil {
			t.Fatal(err)
		}
		b, err := exact.Features(whole, views...)
		if err != nil {
			t.Fatal(err)
		}
		for k := range a {
			var ab, aa, bb float64
			for j := range a[k] {
				x, y := float64(a[k][j]), float64(b[k][j])
				ab, aa, bb = ab+x*y, aa+x*x, bb+y*y
			}
			if cosine := ab / math.Sqrt(aa*bb); cosine < 0.998 {
				t.Errorf("%s, view %q: the cosine of the features with those in full is %.5f", f.Name(), views[k], cosine)
			}
		}
	}
}
