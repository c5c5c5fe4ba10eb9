package main

import (
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/finetune"
)

var (
	estimatesSets = flag.String("estimates", "", "folder with a folder for each data set, which has a folder for each class, for TestEstimatesHold; features are kept beside each")
	estimatesRuns = flag.Int("runs", 25, "how often TestEstimatesHold draws photos of each data set anew")
)

// estimateBank reads the features of a data set, or takes them from a file.
func estimateBank(t *testing.T, folder, network string) *bank.Bank {
	t.Helper()
	cached := strings.TrimRight(folder, "/") + "." + network + ".homeroom"
	if _, err := os.Stat(cached); err == nil {
		b := open(t, cached).Bank
		for i := range b.Photos {
			b.Photos[i].Taken = 0 // that of unpacking
		}
		return b
	}
	f := &finetune.Command{Head: "linear", Train: folder}
	f.Model = network
	spaces, networks, err := f.Spaces()
	if err != nil {
		t.Fatal(err)
	}
	p := &project.File{Name: filepath.Base(folder)}
	con := &console.Console{Context: t.Context(), Out: io.Discard, Err: os.Stderr}
	seen := &project.File{Thumbs: map[uint64][]byte{}}
	if _, _, err = f.Fill(con, seen, spaces, networks); err != nil {
		t.Fatal(err)
	}
	p.Bank = seen.Bank
	if err := engine.WriteProject(cached, p); err != nil {
		t.Fatal(err)
	}
	return estimateBank(t, folder, network)
}

// TestEstimatesHold measures what core/training/FIGURES.md tells of the 95% intervals: heads are
// taught on photos drawn by chance, and their reports are held to what they do on the others. Where
// there is a folder NAME-other beside NAME, what is promised of all photos of NAME is also held to
// those of the other. The file says how it is run.
func TestEstimatesHold(t *testing.T) {
	if *estimatesSets == "" {
		return
	}
	entries, err := os.ReadDir(*estimatesSets)
	if err != nil {
		t.Fatal(err)
	}
	rows := []string{"| data set | classes | photos learnt from | accuracy held out | on other photos | interval contains it | Wilson's, photo by photo |", "|---|---|---|---|---|---|---|"}
	var total, totalWilson, runs int
	needed := map[string][]float64{} // by data set
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "packages" || filepath.Ext(e.Name()) != "" || strings.Contains(e.Name(), "-other") {
			continue
		}
		b := estimateBank(t, filepath.Join(*estimatesSets, e.Name()), "efficientnet-lite0")
		for _, per := range []int{6, 25} {
			n := per * len(b.Classes)
			if 2*n > len(b.Photos) {
				continue
			}
			var held, truth series
			in, wilson := 0, 0
			for seed := range *estimatesRuns {
				train, test := drawPhotos(b, uint64(seed), n)
				for _, kind := range []head.Kind{training.Means, training.Linear} {
					got := fitted(t, b, train, training.Config{Kind: kind, Seed: uint64(seed)})
					accuracy := 0.0
					answers, err := got.Best.AnswerRows(b, test)
					if err != nil {
						t.Fatal(err)
					}
					for i, a := range answers {
						if got.Best.Classes[a.Class] == b.Classes[b.Photos[test[i]].Class] {
							accuracy += 1 / float64(len(test))
						}
					}
					held, truth = append(held, got.Valid.Accuracy), append(truth, accuracy)
					if got.Valid.Low <= accuracy && accuracy <= got.Valid.High {
						in++
					}
					needed[e.Name()] = append(needed[e.Name()], needs(got.Valid, accuracy))
					if low, high := evaluation.Wilson(got.Valid.Correct, got.Valid.Photos); low <= accuracy && accuracy <= high {
						wilson++
					}
				}
			}
			total, totalWilson, runs = total+in, totalWilson+wilson, runs+len(held)
			rows = append(rows, fmt.Sprintf("| %s | %d | %d | %s | %s | %d of %d | %d of %d |", e.Name(), len(b.Classes), n, held, truth, in, len(held), wilson, len(held)))
		}
	}
	rows = append(rows, fmt.Sprintf("| all | | | | | %.1f%% of %d | %.1f%% |", 100*share(total, runs), runs, 100*share(totalWilson, runs)))
	t.Log("\n" + strings.Join(rows, "\n") + "\n\n" + strings.Join(chosenElsewhere(needed), "\n") + "\n")
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), "-other")
		if !ok || !e.IsDir() {
			continue
		}
		b := estimateBank(t, filepath.Join(*estimatesSets, name), "efficientnet-lite0")
		other := estimateBank(t, filepath.Join(*estimatesSets, e.Name()), "efficientnet-lite0")
		for _, kind := range []head.Kind{training.Means, training.Linear} {
			got := fitted(t, b, rowsOf(b), training.Config{Kind: kind})
			o := judgedBy(t, got, other, rowsOf(other))
			t.Logf("%s, %s: held out %.3f (%.3f to %.3f), %d groups; test %.3f\n%s", name, kind, got.Valid.Accuracy, got.Valid.Low, got.Valid.High, got.Valid.Groups, o.Accuracy,
				strings.Join(evaluation.Notes(got.Valid, got.Unchecked, console.Percent), "\n"))
		}
	}
}

// needs returns the least factor in place of head.Crossed with which the interval of a report would
// have contained what was right on other photos. Wilson's interval of a share p, z deviations to
// either side, contains x where (p−x)² ≤ u·x·(1−x) with u = z²/n. The factor multiplies u, and the
// end that is there tells u.
func needs(r *evaluation.Report, x float64) float64 {
	if x <= 0 || x >= 1 {
		return 0 // either end may be there
	}
	p, variance := r.Accuracy, x*(1-x)
	end := r.Low
	if p == 0 {
		end = r.High
	}
	u := (p - end) * (p - end) / (end * (1 - end))
	factor := evaluation.Crossed * (p - x) * (p - x) / variance / u
	if x > p && r.Single != nil { // the upper end is the farther one of two
		s := *r.Single
		if x <= s {
			return 0
		}
		const z = 1.959963984540054
		factor = min(factor, float64(r.Photos)*(s-x)*(s-x)/variance/(z*z))
	}
	return factor
}

// chosenElsewhere makes the table of a factor that is chosen for each data set by all others: the
// least in steps of a tenth with which their intervals hold in 95 of a hundred runs.
func chosenElsewhere(needed map[string][]float64) []string {
	holds := func(factor float64, of func(name string) bool) (in, runs int) {
		for name, all := range needed {
			for _, n := range all {
				if of(name) {
					runs++
					if n <= factor {
						in++
					}
				}
			}
		}
		return in, runs
	}
	rows := []string{"| data set | factor chosen on the others | interval contains it |", "|---|---|---|"}
	var total, runs int
	for _, name := range slices.Sorted(maps.Keys(needed)) {
		tenths := 10
		for ; tenths < 100; tenths++ {
			if in, n := holds(float64(tenths)/10, func(other string) bool { return other != name }); 20*in >= 19*n {
				break
			}
		}
		in, n := holds(float64(tenths)/10, func(other string) bool { return other == name })
		total, runs = total+in, runs+n
		rows = append(rows, fmt.Sprintf("| %s | %.1f | %d of %d, %.1f%% |", name, float64(tenths)/10, in, n, 100*share(in, n)))
	}
	rows = append(rows, fmt.Sprintf("| all | | %d of %d, %.1f%% |", total, runs, 100*share(total, runs)), "", "| one factor for all | interval contains it |", "|---|---|")
	for _, factor := range []float64{1, 1.3, 1.6, 2} {
		in, n := holds(factor, func(string) bool { return true })
		rows = append(rows, fmt.Sprintf("| %.1f | %d of %d, %.1f%% |", factor, in, n, 100*share(in, n)))
	}
	return rows
}

// drawPhotos takes about n photos by chance, of each class its share and at least two, and returns
// their rows and those of at most 1,000 others.
func drawPhotos(b *bank.Bank, seed uint64, n int) (train, test []int) {
	count := perClass(b, rowsOf(b))
	train, test = shareOut(b, rowsOf(b), seed, func(class int) int { return max(2, n*count(class)/len(b.Photos)) })
	r := rand.New(rand.NewPCG(seed, 0xe57))
	r.Shuffle(len(test), func(i, j int) { test[i], test[j] = test[j], test[i] })
	return train, test[:min(len(test), 1000)]
}
