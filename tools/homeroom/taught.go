package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/project"
)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// taught is the head of a project, with the networks that it reads features
// of.
type taught struct {
	head       *head.Head
	bank       *head.Bank // what it was taught
	networks   map[string]*backbone
	extractors []*extractor
	heat       map[feature.Space]*model.Classifier // that heat maps are made with, by feature space, from the first on
}

// headState is which of its two states a head answers in.
type headState struct {
	State string `default:"chosen" enum:"chosen,best,last" help:"State of --head: best, which answered photos that were kept back best (those of finetune --valid), or last, which learning ended in; they differ only in heads that had such photos. chosen is what was chosen in the page, best where nothing was."`
}

// of returns the head of the version in use, nil where there is none.
func (s headState) of(p *project.File) *head.Head {
	if s.State == "chosen" {
		return p.Head()
	}
	return p.HeadIn(s.State)
}

// readProject reads a project but for its thumbnails.
func readProject(path string) (*project.File, error) {
	return readProjectWith(path, func(uint64, []byte) error { return nil })
}

// readProjectWith reads a project, and gives out its thumbnails.
func readProjectWith(path string, thumb func(id uint64, file []byte) error) (*project.File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file: a .homeroom file is wanted", path)
	}
	return project.ReadFrom(path, f, info.Size(), project.Limits{}, thumb)
}

// openTaught opens a project's head.
func (e *engine) openTaught(con *console, path string, state headState) (*taught, error) {
	if e.Size != 0 {
		return nil, errors.New("--size and --head: a head is bound to the input size that it was taught at")
	}
	p, err := readProject(path)
	if err != nil {
		return nil, err
	}
	h := state.of(p)
	if h == nil {
		return nil, fmt.Errorf("%s has no head yet: nothing was taught in it", path)
	}
	var spaces []feature.Space
	for _, s := range h.Spaces {
		spaces = append(spaces, s.Name)
	}
	networks, err := openBackbones(spaces, e.Model)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, n := range p.Networks {
		if b := networks[n.Name]; b != nil && !b.was(n.SHA256) {
			fmt.Fprintf(con.err, "homeroom: %s was taught on another pack of %s than the one here; answers may differ a little\n", path, n.Name)
		}
	}
	t := &taught{head: h, bank: p.Bank, networks: networks, heat: map[feature.Space]*model.Classifier{}}
	if t.extractors, err = e.extractors(spaces, networks); err != nil {
		return nil, err
	}
	for i, s := range h.Spaces {
		if d := t.extractors[0].Dim(i); d != s.Dim {
			t.close()
			return nil, fmt.Errorf("%s: %q gives %d features here, and the head takes %d: it was taught on another network", path, s.Name, d, s.Dim)
		}
	}
	return t, nil
}

func (t *taught) close() {
	for _, e := range t.extractors {
		e.Close()
	}
	for _, c := range t.heat {
		c.Close()
	}
}

// taughtLine is a photo's line of JSON.
type taughtLine struct {
	answerLine
	Unknown     bool    `json:"unknown"`
	Strangeness float64 `json:"strangeness"` // above 1 is unknown
}

// classifyTaught names photos with a head of a project.
func (c *classify) classifyTaught(con *console) error {
	t, err := c.openTaught(con, c.Head, c.headState)
	if err != nil {
		return err
	}
	defer t.close()
	files, left := findPhotos(c.Photos)
	sayLeftOut(con, left)
	wanted, err := c.begin(t.head.Classes, files)
	if err != nil {
		return err
	}
	lines := json.NewEncoder(con.out)
	lines.SetEscapeHTML(false)
	failed := false
	for f := range extract(files, t.extractors, false) {
		var a head.Answer
		if f.err == nil {
			a, f.err = t.head.Answer(f.vectors)
		}
		heat := ""
		if f.err == nil && c.Heat != "" {
			class := wanted
			if class < 0 {
				class = a.Class
			}
			if heat, err = c.heatOf(t, f, class); err != nil {
				return err
			}
		}
		switch {
		case f.err != nil && c.JSON:
			failed = true
			err = lines.Encode(errorLine{nameOf(f.path), plain(f.path, f.err)})
		case f.err != nil:
			failed = true
			_, err = fmt.Fprintf(con.err, "homeroom: %s: %s\n", onOneLine(f.path), plain(f.path, f.err))
		default:
			best := results(t.head.Classes, a.Probabilities, c.Top)
			if c.JSON {
				line := taughtLine{answerLine{nameOf(f.path), f.width, f.height, best, round(f.ms, 3), heat, f.damaged}, a.Unknown, round(a.Strangeness, 6)}
				err = lines.Encode(line)
				break
			}
			err = printTaught(con, f, a.Unknown, best)
		}
		if err != nil {
			return err
		}
	}
	if failed {
		return errSome
	}
	return con.ctx.Err()
}

func printTaught(con *console, f features, unknown bool, best []model.Result) error {
	if _, err := fmt.Fprintf(con.out, "%s  %d × %d, %.0f ms\n", onOneLine(f.path), f.width, f.height, f.ms); err != nil {
		return err
	}
	if err := printDamage(con, f.damaged); err != nil {
		return err
	}
	if unknown {
		if _, err := fmt.Fprintln(con.out, "          unknown: unlike the photos of every class; if one of them, then"); err != nil {
			return err
		}
	}
	for _, r := range best {
		if _, err := fmt.Fprintf(con.out, "  %5.1f%%  %s\n", 100*r.Score, r.Label); err != nil {
			return err
		}
	}
	return nil
}

// results lists the likeliest classes.
func results(classes []string, p []float64, top int) []model.Result {
	out := make([]model.Result, len(p))
	for i, v := range p {
		out[i] = model.Result{Index: i, Label: classes[i], Score: v}
	}
	slices.SortStableFunc(out, func(a, b model.Result) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(top, len(out))]
}

// judged is the report of eval --head --json.
type judged struct {
	Head         string           `json:"head"`
	TestAccuracy float64          `json:"test_accuracy"`
	Classes      []string         `json:"classes"`
	Confusion    [][]int          `json:"confusion"`
	Failed       int              `json:"failed"`
	Seconds      float64          `json:"seconds"`
	Report       *head.Evaluation `json:"report"`
}

// judgeTaught measures a head of a project on a folder of photos, a folder a
// class.
func (e *eval) judgeTaught(con *console) error {
	classes, err := readClasses(con, e.Test)
	if err != nil {
		return err
	}
	t, err := e.openTaught(con, e.Head, e.headState)
	if err != nil {
		return err
	}
	defer t.close()
	made := new(head.Builder)
	for i, s := range t.head.Spaces {
		if _, err := made.AddSpace(s.Name, t.extractors[0].Dim(i)); err != nil {
			return err
		}
	}
	var files []photoFile
	var class []int
	for _, c := range classes {
		// The head's own spelling counts.
		name, known := c.name, indexOfClass(t.head.Classes, c.name)
		if known >= 0 {
			name = t.head.Classes[known]
		}
		k, err := made.AddClass(name)
		if err != nil {
			return err
		}
		if known < 0 {
			fmt.Fprintf(con.err, "homeroom: %s: the head has no class of that name: its photos count as strangers\n", filepath.Join(e.Test, c.name))
		}
		for _, f := range c.files {
			files, class = append(files, f), append(class, k)
		}
	}
	r := judged{Head: e.Head, Classes: t.head.Classes}
	start := time.Now()
	clock := newTimer(con, "reading photos", len(files))
	i := -1
	for f := range extract(files, t.extractors, false) {
		i++
		clock.done(i + 1)
		if f.err != nil {
			r.Failed++
			fmt.Fprintf(con.err, "homeroom: %s: %s; it is left out\n", onOneLine(f.path), plain(f.path, f.err))
			continue
		}
		f.warn(con)
		if _, err := made.Add(head.Photo{Name: filepath.Base(f.path), Hash: f.hash, Class: class[i], Split: head.Test, Features: f.vectors}); err != nil {
			return err
		}
	}
	b := made.Bank()
	fresh, known := head.Known(b, b.Rows(head.Test), t.bank)
	if len(fresh) == 0 && len(known) > 0 {
		return fmt.Errorf("%s: all %d photos in it are the very photos that the head learnt from, so that they tell nothing; take others", e.Test, len(known))
	}
	if r.Report, err = head.Evaluate(t.head, b, fresh); err != nil {
		return fmt.Errorf("%s: %w", e.Test, err)
	}
	if r.Report.Seen = len(known); len(known) > 0 {
		fmt.Fprintf(con.err, "homeroom: %s: %d photos are the very photos that the head learnt from, and are left out\n", e.Test, len(known))
	}
	r.Seconds = round(time.Since(start).Seconds(), 3)
	r.TestAccuracy, r.Confusion = round(r.Report.Accuracy, 6), r.Report.Confusion
	if e.JSON {
		err = json.NewEncoder(con.out).Encode(&r)
	} else {
		var s strings.Builder
		fmt.Fprintf(&s, "%s (photos: %d, in %.1f s): %s\n", e.Head, r.Report.Photos, r.Seconds, accuracyLine(&r.Report.Report))
		printClasses(&s, &r.Report.Report)
		fmt.Fprintf(&s, "%d of them answered \"unknown\"\n", r.Report.Unknown)
		if r.Report.Strangers > 0 {
			fmt.Fprintf(&s, "strangers: %d, %d of them answered \"unknown\", AUROC %.3f\n", r.Report.Strangers, r.Report.Caught, r.Report.AUROC)
		}
		_, err = fmt.Fprint(con.out, s.String())
	}
	if err == nil && r.Failed > 0 {
		err = errSome
	}
	return err
}
