package eval

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// Judged is the report of eval --head --json.
type Judged struct {
	Head         string                 `json:"head"`
	TestAccuracy float64                `json:"test_accuracy"`
	Classes      []string               `json:"classes"`
	Confusion    [][]int                `json:"confusion"`
	Failed       int                    `json:"failed"`
	Seconds      float64                `json:"seconds"`
	Report       *evaluation.Evaluation `json:"report"`
}

// judgeTaught measures a head of a project on a folder of photos, a folder a class.
func (e *Command) judgeTaught(con *console.Console) error {
	classes, err := photofile.ReadClasses(con, e.Test)
	if err != nil {
		return err
	}
	t, err := e.OpenTaught(con, e.Head, e.HeadState)
	if err != nil {
		return err
	}
	defer t.Close()
	made := new(bank.Builder)
	for i, s := range t.Head.Spaces {
		if _, err := made.AddSpace(s.Name, t.Extractors[0].Dim(i)); err != nil {
			return err
		}
	}
	var files []photofile.File
	var class []int
	for _, c := range classes {
		// The head's own spelling counts.
		name, known := c.Name, photofile.IndexOfClass(t.Head.Classes, c.Name)
		if known >= 0 {
			name = t.Head.Classes[known]
		}
		k, err := made.AddClass(name)
		if err != nil {
			return err
		}
		if known < 0 {
			fmt.Fprintf(con.Err, "homeroom: %s: the head has no class of that name: its photos count as strangers\n", filepath.Join(e.Test, c.Name))
		}
		for _, f := range c.Files {
			files, class = append(files, f), append(class, k)
		}
	}
	r := Judged{Head: e.Head, Classes: t.Head.Classes}
	start := time.Now()
	clock := console.NewTimer(con, "reading photos", len(files))
	i := -1
	for f := range engine.Extract(files, t.Extractors, false) {
		i++
		clock.Done(i + 1)
		if f.Err != nil {
			r.Failed++
			fmt.Fprintf(con.Err, "homeroom: %s: %s; it is left out\n", console.OnOneLine(f.Path), console.Plain(f.Path, f.Err))
			continue
		}
		f.Warn(con)
		if _, err := made.Add(bank.Photo{Name: filepath.Base(f.Path), Hash: f.Hash, Class: class[i], Split: bank.Test, Features: f.Vectors}); err != nil {
			return err
		}
	}
	b := made.Bank()
	fresh, known := evaluation.Known(b, b.Rows(bank.Test), t.Bank)
	if len(fresh) == 0 && len(known) > 0 {
		return fmt.Errorf("%s: all %d photos in it are the very photos that the head learnt from, so that they tell nothing; take others", e.Test, len(known))
	}
	if r.Report, err = evaluation.Evaluate(t.Head, b, fresh); err != nil {
		return fmt.Errorf("%s: %w", e.Test, err)
	}
	if r.Report.Seen = len(known); len(known) > 0 {
		fmt.Fprintf(con.Err, "homeroom: %s: %d photos are the very photos that the head learnt from, and are left out\n", e.Test, len(known))
	}
	r.Seconds = console.Round(time.Since(start).Seconds(), 3)
	r.TestAccuracy, r.Confusion = console.Round(r.Report.Accuracy, 6), r.Report.Confusion
	if e.JSON {
		err = json.NewEncoder(con.Out).Encode(&r)
	} else {
		var s strings.Builder
		fmt.Fprintf(&s, "%s (photos: %d, in %.1f s): %s\n", e.Head, r.Report.Photos, r.Seconds, engine.AccuracyLine(&r.Report.Report))
		engine.PrintClasses(&s, &r.Report.Report)
		fmt.Fprintf(&s, "%d of them answered \"unknown\"\n", r.Report.Unknown)
		if r.Report.Strangers > 0 {
			fmt.Fprintf(&s, "strangers: %d, %d of them answered \"unknown\", AUROC %.3f\n", r.Report.Strangers, r.Report.Caught, r.Report.AUROC)
		}
		_, err = fmt.Fprint(con.Out, s.String())
	}
	if err == nil && r.Failed > 0 {
		err = console.ErrSome
	}
	return err
}
