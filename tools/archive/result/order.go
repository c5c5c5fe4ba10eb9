package result

import (
	"cmp"
	"path/filepath"
	"slices"
	"time"

	"homeroom/core/model"
)

// Sequences gives photos of one folder that were taken within gap of the one before, two or more,
// one answer: the mean of their scores, of so many names. A score that a photo does not have counts
// as 0. A photo that does not say when it was taken is of no sequence.
func Sequences(all []Result, gap time.Duration, top int) {
	var order []*Result
	for i := range all {
		if r := &all[i]; r.Error == "" && r.Taken != 0 {
			order = append(order, r)
		} else {
			r.Results = r.Results[:min(top, len(r.Results))]
		}
	}
	folder := func(r *Result) string { return filepath.Dir(r.File) }
	slices.SortStableFunc(order, func(a, b *Result) int {
		return cmp.Or(cmp.Compare(folder(a), folder(b)), cmp.Compare(a.Taken, b.Taken))
	})
	number := 0
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && folder(order[to]) == folder(order[from]) && order[to].Taken-order[to-1].Taken <= gap.Milliseconds() {
			to++
		}
		if to-from > 1 {
			number++
			together(order[from:to], number, top)
		} else {
			order[from].Results = order[from].Results[:min(top, len(order[from].Results))]
		}
		from = to
	}
}

// together gives photos of one sequence its answer.
func together(burst []*Result, number, top int) {
	sum := map[int]*model.Result{}
	unknown, strangeness := 0, 0.0
	for _, r := range burst {
		for _, n := range r.Results {
			if sum[n.Index] == nil {
				sum[n.Index] = &model.Result{Index: n.Index, Label: n.Label}
			}
			sum[n.Index].Score += n.Score / float64(len(burst))
		}
		if r.Unknown {
			unknown++
		}
		strangeness += r.Strangeness / float64(len(burst))
	}
	var names []model.Result
	for _, n := range sum {
		names = append(names, *n)
	}
	slices.SortFunc(names, func(a, b model.Result) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Index, b.Index))
	})
	names = names[:min(top, len(names))]
	for _, r := range burst {
		r.Sequence, r.Results = number, names
		r.Unknown, r.Strangeness = 2*unknown > len(burst), strangeness
	}
}

// Unsure orders results by how unsure their best names are, the least sure first; what has none
// comes last.
func Unsure(order []*Result) {
	slices.SortStableFunc(order, Surer)
}

// Surer compares how sure the best names of two photos are.
func Surer(a, b *Result) int { return cmp.Compare(a.Margin(), b.Margin()) }
