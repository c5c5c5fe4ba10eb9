// Package classify is the command that names photos.
package classify

import (
	"errors"
	"fmt"
	"io"
	"syscall"
	"time"

	"homeroom/tools/archive/place"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

// Command is the flags and arguments of classify, and what carries it out.
type Command struct {
	naming.Flags
	Top int `default:"5" help:"How many labels to give."`
	heatMaps
	JSON bool `name:"json" help:"Print one JSON object a photo, each on a line."`
	outputs
	photofile.Finding
	Sequence time.Duration `placeholder:"TIME" help:"Give photos that were taken within TIME of one another, such as 2s, one answer: the mean of their scores."`
	Sort     string        `placeholder:"unsure" enum:",unsure" default:"" help:"Order of the results: unsure has those first whose best names are nearest to each other."`
	sidecars
	sorting
	cameraTraps
	Photos []string `arg:"" name:"photo" help:"Photos, folders of them, zip and tar archives, patterns, or - for paths on standard input."`
}

// Validate is called by kong.
func (c *Command) Validate() error {
	if c.Top < 1 {
		return fmt.Errorf("--top %d: one label or more", c.Top)
	}
	if c.Sequence < 0 {
		return fmt.Errorf("--sequence %v: a time above 0", c.Sequence)
	}
	if c.DryRun && c.SortInto == "" && !c.XMP {
		return errors.New("--dry-run goes with --sort-into and --xmp")
	}
	for _, check := range []func() error{
		func() error { return c.Check(c.Photos) }, c.heatMaps.Validate, c.outputs.Validate, c.sidecars.Validate, c.sorting.Validate, c.cameraTraps.Validate, c.Flags.Validate,
	} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// Run carries out the command.
func (c *Command) Run(con *console.Console) (err error) {
	sources := c.Sources(con.In)
	defer func() { err = errors.Join(err, sources.Close()) }()
	files, left := sources.Find(c.Photos)
	photofile.SayLeftOut(con, left)
	top := c.Top
	if c.Sequence > 0 {
		top = max(top, ofSequence)
	}
	n, err := c.Open(con, files, top, painter{c})
	if err != nil {
		return err
	}
	defer n.Close()
	con.Finishes.Store(true)
	return c.outputs.open(con, c, files, func(w result.Writer) error {
		r := &run{Command: c, con: con, namers: n, out: w, files: make(map[string]*photofile.File, len(files))}
		for i := range files {
			r.files[files[i].Path] = &files[i]
		}
		return r.all(files)
	})
}

// ofSequence is how many names of a photo a burst's answer is made of, at least.
const ofSequence = 20

// run is the command at work.
type run struct {
	*Command
	con      *console.Console
	namers   *naming.Namers
	out      result.Writer
	progress *console.Progress
	count    struct{ named, failed, fromJournal, sidecars int }
	files    map[string]*photofile.File // by path
}

// all names all files.
func (r *run) all(files []photofile.File) error {
	start := time.Now()
	r.progress = r.con.Progress("naming photos", len(files))
	defer r.progress.End()
	collect := r.Sequence > 0 || r.Sort != "" || r.SortInto != "" || r.CamtrapDP != ""
	var named []result.Result
	var reason error
	for one := range r.namers.Name(r.con.Context, files) {
		r.progress.Done()
		if r.count.fromJournal += one.FromJournal; one.End != nil {
			reason = one.End // of the journal, which takes no more
			break
		}
		if collect {
			named = append(named, one.Result)
		} else if reason = r.emit(&one.Result); reason != nil {
			break
		}
	}
	if reason == nil {
		reason = r.con.Context.Err()
	}
	if reason == nil || errors.Is(reason, r.con.Context.Err()) {
		reason = errors.Join(r.finish(named), reason)
	}
	r.progress.End()
	if reason == nil && r.CamtrapDP != "" {
		reason = r.camtrap(named)
	}
	if reason == nil && r.SortInto != "" {
		reason = r.sort(named)
	}
	r.sum(len(files), time.Since(start))
	switch {
	case reason != nil && r.con.Context.Err() != nil:
		fmt.Fprintf(r.con.Err, "homeroom: stopped after %d of %d photos; what was named is kept\n", r.count.named+r.count.failed, len(files))
		return console.ErrSome
	case reason != nil:
		return reason
	case r.count.failed > 0:
		return console.ErrSome
	}
	return nil
}

// finish gives out what was collected.
func (r *run) finish(named []result.Result) error {
	if r.Sequence > 0 {
		result.Sequences(named, r.Sequence, r.Top)
	}
	order := make([]*result.Result, len(named))
	for i := range named {
		order[i] = &named[i]
	}
	if r.Sort == "unsure" {
		result.Unsure(order)
	}
	for _, one := range order {
		if err := r.emit(one); err != nil {
			return err
		}
	}
	return nil
}

// emit writes what is told of a photo.
func (r *run) emit(one *result.Result) error {
	var end error
	if one.Error == "" && r.XMP {
		switch changed, err := r.sidecar(one); {
		case errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT):
			end = fmt.Errorf("%s: its sidecar can't be written: %w", console.OnOneLine(one.File), place.ErrFull)
		case err != nil:
			fmt.Fprintf(r.progress, "homeroom: %s: its sidecar is left as it is: %v\n", console.OnOneLine(one.File), err)
			r.count.failed++
		case changed:
			r.count.sidecars++
		}
	}
	if one.Error != "" {
		r.count.failed++
		if !r.toldByOutput() {
			fmt.Fprintf(r.progress, "homeroom: %s: %s\n", console.OnOneLine(one.File), one.Error)
		}
	} else {
		r.count.named++
	}
	return errors.Join(r.out.Write(one), end)
}

// sum tells what was done, on a terminal.
func (r *run) sum(files int, took time.Duration) {
	if r.con.Terminal == nil || files < 2 {
		return
	}
	fmt.Fprintf(r.con.Err, "%s named in %v, %.1f a second", console.Counted(r.count.named, "photo"), took.Round(time.Second), float64(r.count.named+r.count.failed)/took.Seconds())
	if r.count.fromJournal > 0 {
		fmt.Fprintf(r.con.Err, ", %d of them by the journal", r.count.fromJournal)
	}
	if r.XMP {
		fmt.Fprintf(r.con.Err, ", %s written", console.Counted(r.count.sidecars, "sidecar"))
	}
	if r.count.failed > 0 {
		fmt.Fprintf(r.con.Err, "; %d failed", r.count.failed)
	}
	fmt.Fprintln(r.con.Err)
}

// text prints results for people.
type text struct{ out io.Writer }

func (t text) Close() error { return nil }

func (t text) Write(r *result.Result) error {
	if r.Error != "" {
		return nil // which standard error has
	}
	if _, err := fmt.Fprintf(t.out, "%s  %d × %d, %.0f ms\n", console.OnOneLine(r.File), r.Width, r.Height, r.Milliseconds); err != nil {
		return err
	}
	if r.Damaged != "" {
		if _, err := fmt.Fprintf(t.out, "          damaged: what was there is named (%s)\n", r.Damaged); err != nil {
			return err
		}
	}
	if r.Unknown {
		if _, err := fmt.Fprintln(t.out, "          unknown: unlike the photos of every class; if one of them, then"); err != nil {
			return err
		}
	}
	for _, n := range r.Results {
		if _, err := fmt.Fprintf(t.out, "  %5.1f%%  %s\n", 100*n.Score, n.Label); err != nil {
			return err
		}
	}
	return nil
}
