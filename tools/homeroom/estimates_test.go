package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"homeroom/core/head"
	"homeroom/core/project"
)

var (
	estimatesSets = flag.String("estimates", "", "folder with a folder for each data set, which has a folder for each class, for TestEstimatesHold; features are kept beside each")
	estimatesRuns = flag.Int("runs", 25, "how often TestEstimatesHold draws photos of each data set anew")
)

// estimateBank reads the features of a data set, or takes them from a file.
func estimateBank(t *testing.T, folder, network string) *head.Bank {
	t.Helper()
	cached := strings.TrimRight(folder, "/") + "." + network + ".homeroom"
	if _, err := os.Stat(cached); err == nil {
		return open(t, cached).Bank
	}
	f := &finetune{Head: "linear", Train: folder}
	f.Model = network
	spaces, networks, err := f.spaces()
	if err != nil {
		t.Fatal(err)
	}
	p := &project.File{Name: filepath.Base(folder)}
	con := &console{ctx: t.Context(), out: io.Discard, err: os.Stderr}
	seen := &project.File{Thumbs: map[uint64][]byte{}}
	if _, _, err = f.fill(con, seen, spaces, networks); err != nil {
		t.Fatal(err)
	}
	p.Bank = seen.Bank
	if err := writeProject(cached, p); err != nil {
		t.Fatal(err)
	}
	return p.Bank
}

// TestEstimatesHold measures what core/head/FIGURES.md tells of the 95% intervals: heads are taught on photos drawn by
// chance, and their reports are held to what they do on the others. Where there is a folder NAME-other beside
// NAME, what is promised of all photos of NAME is also held to those of the other. The file says how it is run.
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
				for _, kind := range []head.Kind{head.Means, head.Linear} {
					got := fitted(t, b, train, head.Config{Kind: kind, Seed: uint64(seed)})
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
					if low, high := head.Wilson(got.Valid.Correct, got.Valid.Photos); low <= accuracy && accuracy <= high {
						wilson++
					}
				}
			}
			total, totalWilson, runs = total+in, totalWilson+wilson, runs+len(held)
			rows = append(rows, fmt.Sprintf("| %s | %d | %d | %s | %s | %d of %d | %d of %d |", e.Name(), len(b.Classes), n, held, truth, in, len(held), wilson, len(held)))
		}
	}
	rows = append(rows, fmt.Sprintf("| all | | | | | %.1f%% of %d | %.1f%% |", 100*share(total, runs), runs, 100*share(totalWilson, runs)))
	t.Log("\n" + strings.Join(rows, "\n") + "\n")
	for _, e := range entries {
		name, ok := strings.CutSuffix(e.Name(), "-other")
		if !ok || !e.IsDir() {
			continue
		}
		b := estimateBank(t, filepath.Join(*estimatesSets, name), "efficientnet-lite0")
		other := estimateBank(t, filepath.Join(*estimatesSets, e.Name()), "efficientnet-lite0")
		for _, kind := range []head.Kind{head.Means, head.Linear} {
			got := fitted(t, b, rowsOf(b), head.Config{Kind: kind})
			o := judgedBy(t, got, other, rowsOf(other))
			t.Logf("%s, %s: held out %.3f (%.3f to %.3f), %d groups; test %.3f\n%s", name, kind, got.Valid.Accuracy, got.Valid.Low, got.Valid.High, got.Valid.Groups, o.Accuracy,
				strings.Join(head.Notes(got.Valid, got.Unchecked, percent), "\n"))
		}
	}
}

// drawPhotos takes about n photos by chance, of each class its share and at least two, and returns their rows and those of
// at most 1,000 others.
func drawPhotos(b *head.Bank, seed uint64, n int) (train, test []int) {
	count := perClass(b, rowsOf(b))
	train, test = shareOut(b, rowsOf(b), seed, func(class int) int { return max(2, n*count(class)/len(b.Photos)) })
	r := rand.New(rand.NewPCG(seed, 0xe57))
	r.Shuffle(len(test), func(i, j int) { test[i], test[j] = test[j], test[i] })
	return train, test[:min(len(test), 1000)]
}
