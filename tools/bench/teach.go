package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"homeroom/core/bank"
	"homeroom/core/project"
)

// A learning is what heads are learnt from and judged by.
type learning struct {
	what   string // for the report
	dim    int
	learn  []labelled
	test   []labelled
	labels int
}

type labelled struct {
	class    int
	features []float32
}

// taughtClasses reads the photos to learn from and to test on out of a project file, and takes the
// features of its first space.
func taughtClasses(path string) (*learning, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	p, err := project.Read(path, data, project.Limits{})
	if err != nil {
		return nil, err
	}
	if len(p.Bank.Spaces) == 0 {
		return nil, fmt.Errorf("%s holds no features", path)
	}
	l := &learning{dim: p.Bank.Spaces[0].Dim, labels: len(p.Bank.Classes)}
	for _, photo := range p.Bank.Photos {
		if len(photo.Features) == 0 || photo.Features[0] == nil {
			return nil, fmt.Errorf("%s: photo %q has no features", path, photo.Name)
		}
		one := labelled{photo.Class, photo.Features[0]}
		switch photo.Split {
		case bank.Train:
			l.learn = append(l.learn, one)
		case bank.Test:
			l.test = append(l.test, one)
		}
	}
	if len(l.learn) == 0 || len(l.test) == 0 {
		return nil, fmt.Errorf("%s: photos to learn from and photos to test on are needed; make it with finetune --train and --test", path)
	}
	l.what = fmt.Sprintf("%s of %d photos of %s", p.Bank.Spaces[0].Name, len(l.learn), strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)))
	return l, nil
}

// clusters makes up classes: points that are normally distributed about a centre for each, cut off
// at 0 as a rectified network's features are.
func clusters(photos, test, dim, classes int) *learning {
	r := rand.New(rand.NewPCG(1, 2))
	centres := make([][]float64, classes)
	for c := range centres {
		centres[c] = make([]float64, dim)
		for j := range centres[c] {
			centres[c][j] = 0.2*r.NormFloat64() - 0.3
		}
	}
	some := func(n int) []labelled {
		out := make([]labelled, n)
		for i := range out {
			x := make([]float32, dim)
			for j := range x {
				x[j] = float32(max(0, centres[i%classes][j]+r.NormFloat64()))
			}
			out[i] = labelled{i % classes, x}
		}
		return out
	}
	return &learning{what: fmt.Sprintf("%d made-up points, normally distributed about a centre for each class", photos), dim: dim, labels: classes, learn: some(photos), test: some(test)}
}

// A teachJob is what teach in page/bench.js is called with.
type teachJob struct {
	Engines  []string `json:"engines"`
	Rounds   int      `json:"rounds"`
	Warmup   int      `json:"warmup"`
	Patience int      `json:"patience"` // ms
	Pause    int      `json:"pause"`    // ms
	Features string   `json:"features"`
	Dim      int      `json:"dim"`
	Labels   []int    `json:"labels"`
	Test     []int    `json:"test"`
}

// A taughtAnswer is what teach returns for each engine.
type taughtAnswer struct {
	Times    []float64 `json:"times"` // ms
	Accuracy []float64 `json:"accuracy"`
	Memory   float64   `json:"memory"` // bytes
	L2       float64   `json:"l2"`
	Told     int       `json:"told"` // messages of progress
	Error    string    `json:"error"`
}

const (
	teachRounds = 5
	teachFile   = "teach.f32"
)

// measureTeach has engines learn a task, each a few times.
func measureTeach(w *workshop, page *tab, l *learning, keys []string, rounds, warmup int) (map[string]taughtAnswer, error) {
	j := teachJob{
		Engines: keys, Rounds: rounds, Warmup: warmup, Patience: int((10 * time.Minute).Milliseconds()), Pause: 50,
		Features: "/models/" + teachFile, Dim: l.dim,
	}
	var data []byte
	add := func(list []labelled, classes *[]int) {
		for _, one := range list {
			*classes = append(*classes, one.class)
			for _, v := range one.features {
				data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
			}
		}
	}
	add(l.learn, &j.Labels)
	add(l.test, &j.Test)
	if err := os.MkdirAll(w.models(), 0o755); err != nil {
		return nil, err
	}
	file := filepath.Join(w.models(), teachFile)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return nil, err
	}
	defer os.Remove(file)
	answers, err := call[map[string]taughtAnswer](page, time.Hour, "teach", j)
	if err != nil {
		return nil, fmt.Errorf("learning: %w (%s)", err, strings.Join(page.said(), "; "))
	}
	return answers, nil
}

// teach compares how long heads take to learn, with the peers that can learn.
func (o *options) teach(w *workshop, c *chromium, address string, keys []string, s setting, got *findings) error {
	l := clusters(600, 400, 1280, 10)
	if o.Smoke {
		l = clusters(60, 30, 1280, 3)
	}
	if o.Project != "" {
		var err error
		if l, err = taughtClasses(o.Project); err != nil {
			return err
		}
	}
	able := []string{}
	for _, key := range keys {
		if key == homeroom || key == "tfjs" {
			able = append(able, key)
		}
	}
	page, err := c.open(address+"/isolated/", true)
	if err != nil {
		return err
	}
	answers, err := measureTeach(w, page, l, able, teachRounds, 1)
	page.close()
	if err != nil {
		return err
	}
	r := result{Network: fmt.Sprintf("Teaching %d classes, %d photos × %d features", l.labels, len(l.learn), l.dim), Threads: 1, Engines: map[string]measured{}}
	for key, a := range answers {
		r.Engines[key] = measured{Times: a.Times, Accuracy: a.Accuracy, Memory: a.Memory, Fault: a.Error}
	}
	show(r)
	*got = append(*got, finding{Part: partTeach, Date: s.Date, Build: s.Build, Result: r, What: l.what})

	if o.Smoke {
		return nil
	}
	var figures []figure
	for _, task := range []struct{ photos, classes int }{{10_000, 100}, {32_000, 4}} {
		more, err := teachMany(w, c, address, task.photos, task.classes)
		if err != nil {
			return err
		}
		figures = append(figures, more...)
	}
	tell(figures)
	*got = append(*got, finding{Part: partLarge, Date: s.Date, Build: s.Build, Figures: figures})
	return nil
}

// teachMany has Homeroom learn from very many photos, once, in a fresh tab, so that its memory is
// its own.
func teachMany(w *workshop, c *chromium, address string, photos, classes int) ([]figure, error) {
	page, err := c.open(address+"/isolated/", true)
	if err != nil {
		return nil, err
	}
	defer page.close()
	const test, dim = 1000, 1280
	l := clusters(photos, test, dim, classes)
	answers, err := measureTeach(w, page, l, []string{homeroom}, 1, 0)
	if err != nil {
		return nil, err
	}
	a := answers[homeroom]
	if a.Error != "" {
		return nil, fmt.Errorf("learning %s: %s", l.what, a.Error)
	}
	return []figure{
		{fmt.Sprintf("%s photos × %d features, %d classes", thousands(photos), dim, classes), "ms", a.Times},
		{fmt.Sprintf("… linear memory of the worker then, the features of %d MB in it", 4*photos*dim/1_000_000), "MB", []float64{a.Memory / 1e6}},
		{"… messages of progress meanwhile", "", []float64{float64(a.Told)}},
		{fmt.Sprintf("… of %s others answered right", thousands(test)), "%", []float64{100 * a.Accuracy[0]}},
	}, nil
}

// thousands writes a number from 1,000 to 999,999.
func thousands(n int) string { return fmt.Sprintf("%d,%03d", n/1000, n%1000) }
