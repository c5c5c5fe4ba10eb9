// Package review is the command that lists photos of unsure names, and takes what a person answers
// back into a project.
package review

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// Command is the flags and arguments of review, and what carries it out.
type Command struct {
	naming.Flags
	Out     string  `short:"o" aliases:"csv" placeholder:"FILE.csv|FILE.tsv" help:"List to write, with an empty column for your answers. - is standard output. Default: review.csv."`
	JSONL   string  `name:"jsonl" placeholder:"FILE" help:"Write what classify --json says of the photos of the list, too, each on a line."`
	Parquet string  `name:"parquet" placeholder:"FILE" help:"Write the same as a Parquet file."`
	HTML    string  `name:"html" placeholder:"FILE.html" help:"Write a page with the pictures of the list, too."`
	Margin  float64 `default:"0.3" placeholder:"SCORE" help:"A photo is unsure where its best name is less than this ahead of the second."`
	Most    int     `default:"500" placeholder:"N" help:"Photos on the list at most, the least sure first."`
	Answers string  `type:"existingfile" placeholder:"FILE" help:"Take the answers of a list into the project of --head."`
	Classes bool    `name:"new-classes" help:"Make classes of answers that are none of the project's yet."`
	Learn   bool    `negatable:"" default:"true" help:"Learn again with the answers. With --no-learn the page does when it opens the project."`
	DryRun  bool    `help:"Print what --answers would do, and do nothing."`
	photofile.Finding

	Photos []string `arg:"" optional:"" name:"photo" help:"Photos, folders of them, zip and tar archives, patterns, or - for paths on standard input. With --answers, where to look for listed photos that are no longer at their places."`
}

// Validate is called by kong.
func (c *Command) Validate() error {
	switch {
	case c.Answers == "" && len(c.Photos) == 0:
		return errors.New("name photos or folders to review, or with --answers the list that you filled in")
	case c.Answers == "" && (c.DryRun || c.Classes || !c.Learn):
		return errors.New("--dry-run, --new-classes and --no-learn go with --answers")
	case c.Answers != "" && (c.Out != "" || c.HTML != "" || c.JSONL != "" || c.Parquet != ""):
		return errors.New("--answers takes a list back, and --out, --jsonl, --parquet and --html write one")
	case c.Answers != "" && c.Head == "":
		return errors.New("--answers: name with --head the project that takes them")
	case !(c.Margin >= 0 && c.Margin <= 1):
		return fmt.Errorf("--margin %v: from 0 to 1", c.Margin)
	case c.HTML != "" && !strings.EqualFold(filepath.Ext(c.HTML), ".html"):
		return fmt.Errorf("--html %s: the name of a page ends in .html", c.HTML)
	}
	if err := (console.Limits{Least: 1, Most: math.MaxInt32}).OrNone("--most", c.Most); err != nil {
		return err
	}
	tables := naming.Tables{CSV: c.Out, JSONL: c.JSONL, Parquet: c.Parquet}
	if err := errors.Join(c.Check(c.Photos), tables.Validate()); err != nil {
		return err
	}
	return c.Flags.Validate()
}

// Run carries out the command.
func (c *Command) Run(con *console.Console) (err error) {
	sources := c.Sources(con.In)
	defer func() { err = errors.Join(err, sources.Close()) }()
	files, left := sources.Find(c.Photos)
	photofile.SayLeftOut(con, left)
	if c.Answers != "" {
		return c.take(con, files)
	}
	if c.Out == "" {
		c.Out = "review.csv"
	}
	var inputs []string
	of := map[string]*photofile.File{}
	for i := range files {
		of[files[i].Path] = &files[i]
		if !files[i].Packed() {
			inputs = append(inputs, files[i].Path)
		}
	}
	for _, path := range []string{c.Out, c.JSONL, c.Parquet, c.HTML} {
		if path == "" || path == "-" {
			continue
		}
		if err := whole.Check(path, inputs...); err != nil {
			return err
		}
	}
	if err := unanswered(c.Out); err != nil {
		return err
	}
	unsure, named, failed, err := c.find(con, files)
	if err != nil {
		return err
	}
	tabs := strings.EqualFold(filepath.Ext(c.Out), ".tsv")
	if c.Out == "-" {
		err = writeList(con.Out, tabs, unsure)
	} else {
		err = whole.Write(c.Out, 0o666, func(w io.Writer) error { return writeList(w, tabs, unsure) })
	}
	if err == nil && c.JSONL != "" {
		err = c.table(con, c.JSONL, unsure, result.JSONL)
	}
	if err == nil && c.Parquet != "" {
		err = c.table(con, c.Parquet, unsure, result.Parquet)
	}
	if err == nil && c.HTML != "" {
		err = whole.Write(c.HTML, 0o666, func(w io.Writer) error { return writeSheet(w, con, c.Out, named, unsure, of) })
	}
	if err != nil {
		return err
	}
	if c.Out != "-" && c.JSONL != "-" {
		_, err = fmt.Fprintf(con.Out, "%d of %s are on %s\n", len(unsure), console.Counted(named, "photo"), c.Out)
	}
	if err == nil && failed > 0 {
		err = console.ErrSome
	}
	return err
}

// table writes the photos of the list as results.
func (c *Command) table(con *console.Console, path string, unsure []*naming.Named, to func(io.Writer) result.Writer) error {
	write := func(w io.Writer) error {
		out := to(w)
		for _, one := range unsure {
			if err := out.Write(&one.Result); err != nil {
				return err
			}
		}
		return out.Close()
	}
	if path == "-" {
		return write(con.Out)
	}
	return whole.Write(path, 0o666, write)
}

// unanswered refuses a list that is there already and has answers, or is something else.
func unanswered(path string) error {
	info, err := os.Stat(path)
	if path == "-" || err != nil || !info.Mode().IsRegular() || info.Size() == 0 {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	switch answers, err := readList(f); {
	case err != nil:
		return fmt.Errorf("%s is there already and is no list of homeroom's, so it is kept; name another file with --out", path)
	case len(answers) > 0:
		return fmt.Errorf("%s is there already with %s, so it is kept; take them with --answers, or name another file with --out", path, console.Counted(len(answers), "answer"))
	}
	return nil
}

// find names photos and returns those of unsure names, the least sure first.
func (c *Command) find(con *console.Console, files []photofile.File) (unsure []*naming.Named, named, failed int, err error) {
	n, err := c.Open(con, files, 2, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	defer n.Close()
	con.Finishes.Store(true) // or the journal would lose its last second
	progress := con.Progress("naming photos", len(files))
	defer progress.End()
	for one := range n.Name(con.Context, files) {
		progress.Done()
		switch {
		case one.End != nil:
			return nil, 0, 0, one.End
		case one.Error != "":
			failed++
			fmt.Fprintf(progress, "homeroom: %s: %s\n", console.OnOneLine(one.File), one.Error)
		default:
			named++
			if one.Margin() < c.Margin {
				unsure = append(unsure, &one)
			}
		}
	}
	if err := con.Context.Err(); err != nil {
		return nil, 0, 0, err
	}
	slices.SortStableFunc(unsure, func(a, b *naming.Named) int { return result.Surer(&a.Result, &b.Result) })
	return unsure[:min(c.Most, len(unsure))], named, failed, nil
}
