package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// patience is how long an engine may take to load a network, or for one turn.
const patience = 3 * time.Minute

// A job is what bench in page/bench.js is called with.
type job struct {
	Network  string   `json:"network"`
	Threads  int      `json:"threads"`
	Engines  []string `json:"engines"`
	Rounds   int      `json:"rounds"`
	Burst    int      `json:"burst"`
	Warmup   int      `json:"warmup"`
	Patience int      `json:"patience"` // ms
	Pause    int      `json:"pause"`    // ms
}

// An answer is what bench returns for each engine.
type answer struct {
	Load   float64   `json:"load"` // ms
	Times  []float64 `json:"times"`
	Logits []float64 `json:"logits"`
	Memory float64   `json:"memory"` // bytes
	Error  string    `json:"error"`
}

// measure runs engines on one network in one page.
func measure(page *tab, w *workshop, n network, threads int, keys []string, rounds, burst int) (result, error) {
	r := result{Network: n.name, Threads: threads, Engines: map[string]measured{}}
	base := filepath.Join(w.models(), n.key)
	want, err := readFloats(base + ".logits.f32")
	if err != nil {
		return r, err
	}
	var able []string
	for _, e := range engines {
		if !slices.Contains(keys, e.key) {
			continue
		}
		if _, err := os.Stat(base + e.needs); err != nil {
			r.Engines[e.key] = measured{Fault: "there is no " + n.key + e.needs}
			continue
		}
		able = append(able, e.key)
	}
	answers, err := call[map[string]answer](page, time.Hour, "bench", job{
		Network: n.key, Threads: threads, Engines: able,
		Rounds: rounds, Burst: burst, Warmup: 4, Patience: int(patience.Milliseconds()), Pause: 50,
	})
	if err != nil {
		return r, fmt.Errorf("%s: %w (%s)", n.name, err, strings.Join(page.said(), "; "))
	}
	for key, a := range answers {
		if a.Error != "" {
			r.Engines[key] = measured{Fault: a.Error}
			continue
		}
		m := checked(a.Times, a.Logits, want)
		m.Load, m.Memory = a.Load, a.Memory
		r.Engines[key] = m
	}
	return r, nil
}

// checked makes a measurement of times, if the answer was right.
func checked(times, logits, want []float64) measured {
	if err := agree(logits, want); err != nil {
		return measured{Fault: "wrong answer: " + err.Error()}
	}
	return measured{Times: times}
}

// A workersJob is what openWorkers in page/bench.js is called with.
type workersJob struct {
	Network  string `json:"network"`
	Threads  int    `json:"threads"`
	Engine   string `json:"engine"`
	Workers  int    `json:"workers"`
	Photos   int    `json:"photos"`
	Warmup   int    `json:"warmup"`
	Patience int    `json:"patience"` // ms
}

// measurePhotos times many photos: Homeroom on two workers in a page without cross-origin
// isolation, each peer on two threads in a page with it.
func measurePhotos(isolated, plain *tab, w *workshop, n network, keys []string, photos int) (result, error) {
	r := result{Network: fmt.Sprintf("%s (%d photos)", n.name, photos), Threads: 2, Engines: map[string]measured{}}
	want, err := readFloats(filepath.Join(w.models(), n.key+".logits.f32"))
	if err != nil {
		return r, err
	}
	type entrant struct {
		key  string
		page *tab
	}
	var entrants []entrant
	for i, key := range keys {
		c := entrant{key, isolated}
		j := workersJob{Network: n.key, Threads: 2, Engine: key, Workers: 1, Photos: photos, Warmup: 4, Patience: int(patience.Milliseconds())}
		if key == homeroom {
			c.page = plain
			j.Threads, j.Workers = 1, 2
		}
		defer call[bool](c.page, patience, "closeWorkers", i)
		logits, err := call[[][]float64](c.page, patience, fmt.Sprintf("openWorkers.bind(null, %d)", i), j)
		if err != nil {
			r.Engines[key] = measured{Fault: err.Error()}
			continue
		}
		for _, l := range logits {
			r.Engines[key] = checked(nil, l, want)
			if r.Engines[key].Fault != "" {
				break
			}
		}
		if r.Engines[key].Fault == "" {
			entrants = append(entrants, c)
		}
	}
	begin := time.Now()
	for round := 0; round < photoRounds && (round == 0 || time.Since(begin) < photosTime); round++ {
		for k := range entrants {
			c := entrants[(k+round)%len(entrants)]
			ms, err := call[float64](c.page, time.Hour, "runWorkers", slices.Index(keys, c.key))
			if err != nil {
				return r, fmt.Errorf("%s: %w", c.key, err)
			}
			m := r.Engines[c.key]
			m.Times = append(m.Times, ms)
			r.Engines[c.key] = m
		}
	}
	return r, nil
}
