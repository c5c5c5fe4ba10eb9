package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/finetune"
	"homeroom/tools/homeroom/photofile"
)

var (
	figuresClasses  = flag.String("classes", "", "folder with the folders train and test, a folder a class in each, for TestFigures")
	figuresFar      = flag.String("far", "", "folder of photos of other things, for TestFigures")
	figuresFeatures = flag.String("features", "", "project file that keeps what TestFigures reads of the photos, and is read where it is there")
	figuresSeeds    = flag.Int("seeds", 10, "how often TestFigures splits anew")
)

// elsewhere is the class of the photos of other things.
const elsewhere = "elsewhere"

// TestFigures measures what core/training/FIGURES.md tells, and logs it as tables. It takes tens of
// minutes of processor time; the file says how it is run.
func TestFigures(t *testing.T) {
	if *figuresClasses == "" && *figuresFeatures == "" {
		return
	}
	b := figuresBank(t)
	far := slices.Index(b.Classes, elsewhere)
	var photos []int // rows of photos of the classes
	for i, p := range b.Photos {
		if p.Class != far {
			photos = append(photos, i)
		}
	}
	is := func(s bank.Split) func(row int) bool { return func(row int) bool { return b.Photos[row].Split == s } }
	publishedTrain, publishedTest := filter(photos, is(bank.Train)), filter(photos, is(bank.Test))
	splits := map[string][][]int{}
	for seed := range *figuresSeeds {
		train, _ := shareOut(b, photos, uint64(seed), perClass(b, publishedTrain))
		splits["resplits"] = append(splits["resplits"], train)
	}
	for _, n := range []int{1, 5, 10} {
		name := fmt.Sprintf("few-%d", n)
		for seed := range *figuresSeeds {
			train, _ := shareOut(b, publishedTrain, uint64(seed), func(int) int { return n })
			splits[name] = append(splits[name], train)
		}
	}
	keepSplits(t, splits)
	// The plain figures are of one view by one network: the first, which may be another in a file
	// of features from before.
	plainInput := bank.Input{{b.Spaces[0].Name}}
	auto, linear := training.Config{}, training.Config{Kind: training.Linear, Input: plainInput}
	lite0 := training.Config{Input: plainInput}
	table := func(title string, rows ...string) { t.Log("\n" + title + "\n\n" + strings.Join(rows, "\n") + "\n") }
	run := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			f(t)
			t.Logf("%.0f s", time.Since(start).Seconds())
		})
	}

	run("published", func(t *testing.T) {
		rows := []string{"| | held out | test | ECE on test | answered unknown | what |", "|---|---|---|---|---|---|"}
		for _, c := range []struct {
			name string
			training.Config
		}{{"linear, Lite0", linear}, {"auto, Lite0", lite0}, {"auto", auto}} {
			o := learnt(t, b, publishedTrain, publishedTest, c.Config)
			rows = append(rows, fmt.Sprintf("| %s | %.3f | %.3f | %.3f | %.1f%% | %s on %v |", c.name, o.held, o.Accuracy, o.ECE, 100*o.alarms(), o.kind, o.input))
		}
		table("Published split", rows...)
	})
	run("resplits", func(t *testing.T) {
		var plain, best, gain, ece, plainECE, alarms, plainAlarms series
		for _, train := range splits["resplits"] {
			test := filter(photos, func(r int) bool { return !slices.Contains(train, r) })
			o := learnt(t, b, train, test, linear)
			plain, plainECE, plainAlarms = append(plain, o.Accuracy), append(plainECE, o.ECE), append(plainAlarms, o.alarms())
			o = learnt(t, b, train, test, auto)
			best, ece, alarms = append(best, o.Accuracy), append(ece, o.ECE), append(alarms, o.alarms())
			gain = append(gain, o.Accuracy-plain[len(plain)-1])
			t.Logf("%.3f %.3f %s on %v", plain[len(plain)-1], o.Accuracy, o.kind, o.input)
		}
		table("Re-splits", "| | linear, Lite0 | auto |", "|---|---|---|",
			fmt.Sprintf("| accuracy | %s | %s |", plain, best), fmt.Sprintf("| … above the linear one | | %s |", gain), fmt.Sprintf("| ECE | %s | %s |", plainECE, ece),
			fmt.Sprintf("| known photos answered unknown, 5%% promised | %s | %s |", plainAlarms.percent(), alarms.percent()))
	})
	run("few", func(t *testing.T) {
		rows := []string{"| photos a class | linear, Lite0 | auto, Lite0 | auto |", "|---|---|---|---|"}
		for _, n := range []int{1, 5, 10} {
			var got [3]series
			for _, train := range splits[fmt.Sprintf("few-%d", n)] {
				for k, c := range []training.Config{linear, lite0, auto} {
					got[k] = append(got[k], learnt(t, b, train, publishedTest, c).Accuracy)
				}
			}
			rows = append(rows, fmt.Sprintf("| %d | %s | %s | %s |", n, got[0], got[1], got[2]))
		}
		table("Few photos", rows...)
	})
	run("unknown", func(t *testing.T) {
		rows := []string{"| | AUROC, classes left out | AUROC, other things | known answered unknown, 5% promised | of those left out | of other things |", "|---|---|---|---|---|---|"}
		for _, c := range []struct {
			name string
			training.Config
		}{{"auto, Lite0", lite0}, {"auto", auto}} {
			var near, away, alarms, caught, caughtFar series
			for seed := range *figuresSeeds {
				out := rand.New(rand.NewPCG(uint64(seed), 0x7)).Perm(len(b.Classes) - 1)[:3]
				if far >= 0 {
					for i, k := range out {
						if k >= far {
							out[i] = k + 1
						}
					}
				}
				left := func(r int) bool { return slices.Contains(out, b.Photos[r].Class) }
				known := filter(publishedTest, func(r int) bool { return !left(r) })
				h := fitted(t, b, filter(publishedTrain, func(r int) bool { return !left(r) }), c.Config)
				o := judgedBy(t, h, b, slices.Concat(known, filter(publishedTest, left)))
				near, alarms, caught = append(near, o.AUROC), append(alarms, o.alarms()), append(caught, share(o.Caught, o.Strangers))
				if far >= 0 {
					o = judgedBy(t, h, b, slices.Concat(known, filter(rowsOf(b), func(r int) bool { return b.Photos[r].Class == far })))
					away, caughtFar = append(away, o.AUROC), append(caughtFar, share(o.Caught, o.Strangers))
				}
			}
			rows = append(rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", c.name, near, away, alarms.percent(), caught.percent(), caughtFar.percent()))
		}
		table("Unknown", rows...)
	})
}

// figuresBank reads the photos, or their features where those are in a file.
func figuresBank(t *testing.T) *bank.Bank {
	t.Helper()
	if _, err := os.Stat(*figuresFeatures); err == nil {
		return open(t, *figuresFeatures).Bank
	}
	f := &finetune.Command{Head: "auto", Train: filepath.Join(*figuresClasses, "train"), Test: filepath.Join(*figuresClasses, "test")}
	con := &console.Console{Context: t.Context(), Out: io.Discard, Err: os.Stderr}
	spaces, networks, err := f.Spaces()
	if err != nil {
		t.Fatal(err)
	}
	p := &project.File{Name: "figures", Thumbs: map[uint64][]byte{}}
	if _, _, err = f.Fill(con, p, spaces, networks); err != nil {
		t.Fatal(err)
	}
	if *figuresFar != "" {
		b := &bank.Bank{Classes: append(slices.Clone(p.Bank.Classes), elsewhere), Spaces: p.Bank.Spaces, Photos: slices.Clone(p.Bank.Photos)}
		p.Bank = b
		last := uint64(0)
		if n := len(b.Photos); n > 0 {
			last = b.Photos[n-1].ID
		}
		pairs, err := f.Extractors(spaces, networks)
		if err != nil {
			t.Fatal(err)
		}
		far, _ := photofile.Find([]string{*figuresFar})
		for d := range engine.Extract(far, pairs, false) {
			if d.Err != nil {
				t.Fatal(d.Err)
			}
			last++
			b.Photos = append(b.Photos, bank.Photo{ID: last, Name: filepath.Base(d.Path), Hash: d.Hash, Class: len(b.Classes) - 1, Split: bank.Test, Features: d.Vectors})
		}
		for _, e := range pairs {
			e.Close()
		}
	}
	if *figuresFeatures != "" {
		if err := engine.WriteProject(*figuresFeatures, p); err != nil {
			t.Fatal(err)
		}
	}
	return p.Bank
}

// keepSplits writes the numbers of the photos to learn from beside the features, for
// tools/reference/logistic.py.
func keepSplits(t *testing.T, splits map[string][][]int) {
	if *figuresFeatures == "" {
		return
	}
	data, err := json.Marshal(splits)
	if err == nil {
		err = os.WriteFile(*figuresFeatures+".splits.json", data, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// series is a figure, measured several times.
type series []float64

// String gives the mean, and the deviation of a single one.
func (s series) String() string { return s.format(1, "%.3f ± %.3f") }

func (s series) percent() string { return s.format(100, "%.1f%% ± %.1f") }

func (s series) format(unit float64, form string) string {
	if len(s) == 0 {
		return "–"
	}
	mean, square := 0.0, 0.0
	for _, v := range s {
		mean += v / float64(len(s))
	}
	for _, v := range s {
		square += (v - mean) * (v - mean)
	}
	return fmt.Sprintf(form, unit*mean, unit*math.Sqrt(square/float64(max(1, len(s)-1))))
}

// outcome is what a head did on photos to test on.
type outcome struct {
	*evaluation.Evaluation
	held  float64 // accuracy on photos held out of those learnt from
	kind  head.Kind
	input bank.Input
}

// alarms is the share of known photos that were answered "unknown", every class counting the same,
// as among the photos to learn from.
func (o outcome) alarms() float64 {
	photos, unknown := map[int]float64{}, map[int]float64{}
	for _, a := range o.Answered {
		if a.Class >= 0 {
			photos[a.Class]++
			if a.Strangeness > 1 {
				unknown[a.Class]++
			}
		}
	}
	mean := 0.0
	for class, n := range photos {
		mean += unknown[class] / n / float64(len(photos))
	}
	return mean
}

func share(k, n int) float64 { return float64(k) / float64(max(1, n)) }

func learnt(t *testing.T, b *bank.Bank, train, test []int, cfg training.Config) outcome {
	t.Helper()
	return judgedBy(t, fitted(t, b, train, cfg), b, test)
}

// fitted learns from rows of a bank, and sees nothing of the others.
func fitted(t *testing.T, b *bank.Bank, train []int, cfg training.Config) *training.Trained {
	t.Helper()
	part := new(bank.Builder)
	for _, s := range b.Spaces {
		if _, err := part.AddSpace(s.Name, s.Dim); err != nil {
			t.Fatal(err)
		}
	}
	for _, r := range train {
		p := b.Photos[r]
		class, err := part.AddClass(b.Classes[p.Class])
		if err != nil {
			t.Fatal(err)
		}
		p.Class, p.Split = class, bank.Train
		if _, err := part.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	got, err := training.Fit(context.Background(), part.Bank(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func judgedBy(t *testing.T, h *training.Trained, b *bank.Bank, test []int) outcome {
	t.Helper()
	e, err := evaluation.Evaluate(h.Best, b, test)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{Evaluation: e, kind: h.Best.Kind, input: h.Best.Input}
	if h.Valid != nil {
		o.held = h.Valid.Accuracy
	}
	return o
}

func filter(rows []int, keep func(row int) bool) []int {
	return slices.DeleteFunc(slices.Clone(rows), func(r int) bool { return !keep(r) })
}

func rowsOf(b *bank.Bank) []int {
	rows := make([]int, len(b.Photos))
	for i := range rows {
		rows[i] = i
	}
	return rows
}

// perClass counts the photos at rows by class.
func perClass(b *bank.Bank, rows []int) func(class int) int {
	count := map[int]int{}
	for _, r := range rows {
		count[b.Photos[r].Class]++
	}
	return func(class int) int { return count[class] }
}

// shareOut takes so many photos of each class by chance, and returns their rows and the others in
// order.
func shareOut(b *bank.Bank, rows []int, seed uint64, n func(class int) int) (taken, rest []int) {
	order := slices.Clone(rows)
	r := rand.New(rand.NewPCG(seed, 0xf16))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	have := map[int]int{}
	for _, row := range order {
		if c := b.Photos[row].Class; have[c] < n(c) {
			have[c]++
			taken = append(taken, row)
		} else {
			rest = append(rest, row)
		}
	}
	slices.Sort(taken)
	slices.Sort(rest)
	return taken, rest
}
