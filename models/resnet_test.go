package models_test

import (
	"strings"
	"testing"

	"homeroom/models"
)

// TestStemIsAssumed: weights show neither stride nor pooling, so what a stem of 3×3 is taken for is
// told, unless the variant was named, or is a published one with its head.
func TestStemIsAssumed(t *testing.T) {
	const said = `stride 1 in "conv1" and no pooling behind it`
	tried := map[string]bool{}
	for _, r := range references(t) {
		small := r.Arch == "resnet20-cifar10"
		if !small && r.Arch != "resnet18" || tried[r.Arch] {
			continue
		}
		tried[r.Arch] = true
		for _, classes := range []int{5, 10, 1000} {
			src := newFormula(r)
			for name, dims := range src.dims {
				if strings.HasPrefix(name, "fc.") || strings.HasPrefix(name, "linear.") {
					dims[0] = classes
				}
			}
			for _, arch := range []string{"", r.Arch} {
				n, err := models.Build(arch, zeros{src})
				if err != nil {
					t.Fatal(err)
				}
				want := small && arch == "" && classes != 10
				if got := strings.Contains(strings.Join(n.Assumed, "\n"), said); got != want {
					t.Errorf("%s of %d classes, asked for as %q: assumed %q", r.Arch, classes, arch, n.Assumed)
				}
			}
		}
	}
	if len(tried) != 2 {
		t.Errorf("only %v were tried", tried)
	}
}
