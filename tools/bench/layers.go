package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/model"
)

// layerRuns is how often each layer is timed; leastShare is the part of a network's time from which
// on the report names it.
const (
	layerRuns  = 12
	leastShare = 0.02
)

// A layersJob is what layers in page/bench.js is called with.
type layersJob struct {
	Network  string `json:"network"`
	Runs     int    `json:"runs"`
	Patience int    `json:"patience"` // ms
}

// measureLayers times each layer of a network in the browser, on one thread.
func measureLayers(page *tab, n network) (*model.Profile, error) {
	p, err := call[model.Profile](page, patience, "layers", layersJob{Network: n.key, Runs: layerRuns, Patience: int(patience.Milliseconds())})
	if err != nil {
		return nil, fmt.Errorf("%s: %w (%s)", n.name, err, strings.Join(page.said(), "; "))
	}
	if len(p.Layers) == 0 || p.One <= 0 || p.Peak <= 0 {
		return nil, fmt.Errorf("%s: the page gave no times of layers", n.name)
	}
	return &p, nil
}

// summary says how fast a network is as a whole.
func summary(p *model.Profile) string {
	macs := p.Sum()
	return fmt.Sprintf("%s ms, %.1f GFLOP/s, %.0f%% of the peak of %.1f", milliseconds(toMS(p.One)), model.Speed(macs, p.One)/1e9,
		100*p.PeakOf(macs, p.One), p.Peak/1e9)
}

// layersSection writes where the time of each network goes.
func layersSection(b *strings.Builder, f findings) {
	if !slices.ContainsFunc(f, func(x finding) bool { return x.Profile != nil }) {
		return
	}
	fmt.Fprintf(b, "\n## Layer by layer\n\nHomeroom in the browser, one thread, the mean of at least %d runs. The peak is what the same build reaches on a matrix product that lies\n"+
		"in the first-level cache; a multiply-add counts as two operations. A convolution by minimal filtering does with fewer than are counted, and may\n"+
		"be beyond the peak. Layers with at least %.0f%% of the time; `homeroom bench --layers` and `?bench` in the page's address list all of them.\n", layerRuns, 100*leastShare)
	for _, x := range f {
		if x.Profile == nil {
			continue
		}
		fmt.Fprintf(b, "\n**%s**: %s\n\n| layer | kernel | output | product | ms | share | GFLOP/s | of the peak |\n|---|---|---|---|---|---|---|---|\n", x.Result.Network, summary(x.Profile))
		var sum time.Duration
		for _, l := range x.Profile.Layers {
			sum += l.Time
		}
		byKind := map[kernel.Kind]graph.Timing{} // of the others
		var kinds []kernel.Kind
		row := func(name, shape string, l graph.Timing) {
			speed, part := "", ""
			if l.MACs > 0 {
				speed = fmt.Sprintf("%.1f", model.Speed(l.MACs, l.Time)/1e9)
				part = fmt.Sprintf("%.0f%%", 100*x.Profile.PeakOf(l.MACs, l.Time))
			}
			fmt.Fprintf(b, "| %s | %v | %s | %s | %.2f | %.1f%% | %s | %s |\n", name, l.Kind, shape, l.Detail, toMS(l.Time), 100*l.Time.Seconds()/sum.Seconds(), speed, part)
		}
		for i, l := range x.Profile.Layers {
			if l.Time.Seconds() >= leastShare*sum.Seconds() {
				row(fmt.Sprint(i+1), fmt.Sprint(l.Shape), l)
				continue
			}
			rest, ok := byKind[l.Kind]
			if !ok {
				kinds = append(kinds, l.Kind)
			}
			rest.Kind, rest.MACs, rest.Time = l.Kind, rest.MACs+l.MACs, rest.Time+l.Time
			byKind[l.Kind] = rest
		}
		for _, k := range kinds {
			row("the others", "", byKind[k])
		}
	}
}

func toMS(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
