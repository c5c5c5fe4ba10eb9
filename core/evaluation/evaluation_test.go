package evaluation

import (
	"fmt"
	"slices"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/bank/banktest"
)

// TestStudentT has the values of the usual tables.
func TestStudentT(t *testing.T) {
	for degrees, want := range map[float64]float64{0: 12.7062, 1: 12.7062, 2: 4.3027, 3: 3.1824, 5: 2.5706, 10: 2.2281, 30: 2.0423, 1e6: 1.96} {
		banktest.Near(t, fmt.Sprint("t of ", degrees), studentT(degrees), want, 0.01)
	}
	if a, b := studentT(1.5), studentT(2.5); a < 4.3027 || a > 12.7062 || b < 3.1824 || b > 4.3027 {
		t.Errorf("between the tables: %v and %v", a, b)
	}
}

// TestIntervalOfGroups: photos alone are counted one by one, copies of one photo count as one.
func TestIntervalOfGroups(t *testing.T) {
	alone := make([]tally, 400)
	for i := range alone {
		alone[i] = tally{min(1, i%10), 1}
	}
	low, high := clustered(alone, 1)
	wl, wh := Wilson(360, 400)
	banktest.Near(t, "low of photos alone", low, wl, 2e-3)
	banktest.Near(t, "high of photos alone", high, wh, 2e-3)
	if low, high = clustered([]tally{{8, 8}}, 1); low > 0.05 || high < 1 {
		t.Errorf("eight copies of one photo: %v to %v", low, high)
	}
	if low, _ = clustered([]tally{{100, 100}, {100, 100}, {100, 100}}, 1); low > 0.6 {
		t.Errorf("three bursts of 100 photos, all right: from %v", low)
	}
	if low, high = clustered(nil, 1); low != 0 || high != 1 {
		t.Errorf("nothing: %v to %v", low, high)
	}
}

// TestFewPhotosAreCounted: no percentages from fewer than ten.
func TestFewPhotosAreCounted(t *testing.T) {
	percent := func(v float64) string { return fmt.Sprintf("%.0f%%", 100*v) }
	if got := Share(7, 9, percent); got != "7 of 9" {
		t.Error(got)
	}
	if got := Share(7, 10, percent); got != "70%" {
		t.Error(got)
	}
}

// TestKnownPhotosAreNoTest: files that were learnt from are told among those to test on.
func TestKnownPhotosAreNoTest(t *testing.T) {
	b := banktest.Blobs(37, 2, 6, 20, 1)
	for i := range b.Photos {
		b.Photos[i].Hash = bank.Hash{byte(i%4 + 1)}
		if i%6 > 2 {
			b.Photos[i].Split = bank.Test
		}
	}
	fresh, known := Known(b, b.Rows(bank.Test), b)
	if !slices.Equal(known, []int{4, 5, 9, 10, 11}) && len(fresh)+len(known) != 6 {
		t.Errorf("new %v, known %v", fresh, known)
	}
	for _, r := range known {
		if !slices.ContainsFunc(b.Photos, func(p bank.Photo) bool { return p.Split == bank.Train && p.Hash == b.Photos[r].Hash }) {
			t.Errorf("photo %d is not learnt from", r)
		}
	}
	for _, r := range fresh {
		if slices.ContainsFunc(b.Photos, func(p bank.Photo) bool { return p.Split == bank.Train && p.Hash == b.Photos[r].Hash }) {
			t.Errorf("photo %d is learnt from", r)
		}
	}
}
