package main

import (
	"cmp"
	"fmt"
	"slices"
	"text/tabwriter"
	"time"

	"homeroom/core/graph"
	"homeroom/core/kernel"
)

type bench struct {
	engine
	Runs   int  `default:"20" help:"Runs to take the median of."`
	Layers bool `help:"Print the time of each layer."`
}

func (b *bench) Run(con *console) error {
	if b.Runs < 1 {
		return fmt.Errorf("--runs %d: one run or more", b.Runs)
	}
	c, err := b.open()
	if err != nil {
		return err
	}
	defer c.Close()
	in := c.Program().Input()
	fill := func() {
		for i := range in.Data {
			in.Data[i] = float32(i%255)/128 - 1
		}
	}
	var times []time.Duration
	for i := range b.Runs + 2 {
		fill()
		start := time.Now()
		c.Program().Run()
		if i >= 2 {
			times = append(times, time.Since(start))
		}
	}
	costs, err := c.Model.Graph.Costs(in.Shape)
	if err != nil {
		return err
	}
	macs := int64(0)
	for _, k := range costs {
		macs += k.MACs
	}
	median := middle(times)
	fmt.Fprintf(con.out, "%s at %d × %d, %v: %.2f ms (median of %d), %.1f GFLOP/s\n",
		c.Model.Name, c.Size(), c.Size(), kernel.Best(), ms(median), len(times), 2*float64(macs)/median.Seconds()/1e9)
	if !b.Layers {
		return nil
	}
	var rows [][]graph.Timing
	for range b.Runs {
		fill()
		rows = append(rows, c.Program().Profile())
	}
	table := tabwriter.NewWriter(con.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "layer\tkernel\toutput\tproduct\tms\tshare\tGFLOP/s")
	sum := time.Duration(0)
	layers := make([]graph.Timing, len(rows[0]))
	for i := range layers {
		var t []time.Duration
		for _, r := range rows {
			t = append(t, r[i].Time)
		}
		layers[i] = rows[0][i]
		layers[i].Time = middle(t)
		sum += layers[i].Time
	}
	for _, l := range layers {
		speed := ""
		if l.MACs > 0 {
			speed = fmt.Sprintf("%.1f", 2*float64(l.MACs)/l.Time.Seconds()/1e9)
		}
		fmt.Fprintf(table, "%s\t%v\t%v\t%s\t%.3f\t%.1f%%\t%s\n", l.Name, l.Kind, l.Shape, l.Detail, ms(l.Time), 100*l.Time.Seconds()/sum.Seconds(), speed)
	}
	return table.Flush()
}

func middle(t []time.Duration) time.Duration {
	t = slices.Clone(t)
	slices.SortFunc(t, cmp.Compare)
	return t[len(t)/2]
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
