package main

import (
	"fmt"
	"text/tabwriter"
	"time"

	"homeroom/core/model"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
)

type bench struct {
	engine.Flags
	Runs   int  `default:"20" help:"Runs to take the mean of."`
	Layers bool `help:"Print the time of each layer, on one thread, against what the machine can do."`
}

func (b *bench) Run(con *console.Console) error {
	if err := (console.Limits{Least: 1, Most: 100_000}).Check("--runs", b.Runs); err != nil {
		return err
	}
	c, err := b.Open(false)
	if err != nil {
		return err
	}
	defer c.Close()
	p := c.Profile(b.Runs, 0, true)
	macs := p.Sum()
	line := fmt.Sprintf("%s at %d × %d, %v: %.2f ms on one thread, %.1f GFLOP/s", c.Model.Name, c.Size(), c.Size(), c.Level(), console.Milliseconds(p.One), model.Speed(macs, p.One)/1e9)
	if p.All > 0 {
		line += fmt.Sprintf("; %.2f ms on %d, %.1f GFLOP/s", console.Milliseconds(p.All), c.Program().Threads(), model.Speed(macs, p.All)/1e9)
	}
	fmt.Fprintf(con.Out, "%s (mean of %d); a thread's peak is %.1f GFLOP/s\n", line, p.Runs, p.Peak/1e9)
	if !b.Layers {
		return nil
	}
	table := tabwriter.NewWriter(con.Out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "layer\tkernel\toutput\tproduct\tms\tshare\tGFLOP/s\tof peak")
	sum := time.Duration(0)
	for _, l := range p.Layers {
		sum += l.Time
	}
	for _, l := range p.Layers {
		speed, part := "", ""
		if l.MACs > 0 {
			speed = fmt.Sprintf("%.1f", model.Speed(l.MACs, l.Time)/1e9)
			part = fmt.Sprintf("%.0f%%", 100*p.PeakOf(l.MACs, l.Time))
		}
		fmt.Fprintf(table, "%s\t%v\t%v\t%s\t%.3f\t%.1f%%\t%s\t%s\n", l.Name, l.Kind, l.Shape, l.Detail, console.Milliseconds(l.Time), 100*l.Time.Seconds()/sum.Seconds(), speed, part)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	slow := p.Layers[p.Slowest()]
	_, err = fmt.Fprintf(con.Out, "slowest: %s, %.3f ms\n", slow.Name, console.Milliseconds(slow.Time))
	return err
}
