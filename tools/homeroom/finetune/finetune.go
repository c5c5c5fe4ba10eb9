// Package finetune is the command that teaches classes of your own.
package finetune

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
	"homeroom/tools/whole"
)

// Command is the flags of finetune, and what carries it out.
type Command struct {
	engine.Flags
	Train   string   `required:"" type:"existingphotos" placeholder:"DIR|FILE.tm" help:"Photos to learn from: a folder a class, a project of Teachable Machine (.tm), or a zip of such folders."`
	Valid   string   `type:"existingphotos" placeholder:"DIR" help:"Photos to choose on, in folders of the same names. Default: the photos of --train are held out in turn."`
	Test    string   `type:"existingphotos" placeholder:"DIR" help:"Photos to measure on in the end; nothing is chosen by them."`
	Head    string   `default:"auto" enum:"${heads}" help:"Kind of head: ${enum}. auto chooses by validation, the network and the views of a photo too where they are not given."`
	Views   []string `placeholder:"VIEW,…" help:"Views of each photo: plain, flip, close, wide, bright, dark. Default: plain,flip,wide with --head auto, else plain."`
	Augment []string `placeholder:"VIEW,…" help:"Views to learn from as if they were photos of their own."`
	Seed    uint64   `default:"1" help:"Seed of what is left to chance. The same seed gives the same head."`
	Out     string   `required:"" short:"o" placeholder:"FILE.homeroom" help:"Project to write. One that is there is replaced when all is done."`
	JSON    bool     `name:"json" help:"Print the report as one JSON object."`
}

// Validate is called by kong.
func (f *Command) Validate() error {
	for _, list := range [][]string{f.Views, f.Augment} {
		for _, v := range list {
			if _, err := view(v); err != nil {
				return err
			}
		}
	}
	if len(f.Views) > 0 && !slices.Contains(f.Views, "plain") {
		return errors.New("--views: plain must be one of them")
	}
	if f.Size != 0 && (f.Size < model.MinSize || f.Size > model.MaxSize) {
		return fmt.Errorf("--size %d: from %d to %d", f.Size, model.MinSize, model.MaxSize)
	}
	if filepath.Ext(f.Out) != ".homeroom" {
		return fmt.Errorf("--out %s: the name of a project ends in .homeroom, so that people and the page know it", f.Out)
	}
	return f.Flags.Validate()
}

func view(name string) (feature.View, error) {
	if name == "plain" {
		return feature.Plain, nil
	}
	if v := feature.View(name); name != "" && slices.Contains(feature.Views, v) {
		return v, nil
	}
	return "", fmt.Errorf("there is no view %q; there are plain, flip, close, wide, bright and dark", name)
}

// Spaces lists the feature spaces to compute, with their networks.
func (f *Command) Spaces() ([]feature.Space, map[string]*catalog.Backbone, error) {
	names := []string{f.Model}
	if f.Model == "" && f.Head == "auto" && f.Size == 0 {
		names = model.AutoNetworks
	}
	views := f.Views
	if views == nil && f.Head == "auto" {
		views = []string{"plain", "flip", "wide"}
	} else if views == nil {
		views = []string{"plain"}
	}
	networks := map[string]*catalog.Backbone{}
	var spaces []feature.Space
	for _, name := range names {
		b, err := catalog.OpenBackbone(name)
		if err != nil {
			return nil, nil, err
		}
		networks[b.Model.Name] = b
		size := f.Size
		if size == 0 {
			size = b.Model.Preprocess.Size
		}
		for _, name := range slices.Concat(views, f.Augment) {
			v, err := view(name)
			if err != nil {
				return nil, nil, err
			}
			if s := (feature.Space{Network: b.Model.Name, Size: size, View: v}); !slices.Contains(spaces, s) {
				spaces = append(spaces, s)
			}
		}
	}
	return spaces, networks, nil
}

// Report is the report of finetune --json.
type Report struct {
	Out             string                 `json:"out"`
	Kind            head.Kind              `json:"kind"`
	Input           string                 `json:"input"`
	Settings        head.Settings          `json:"settings"`
	Classes         []string               `json:"classes"`
	Train           int                    `json:"train"` // photos
	Valid           int                    `json:"valid"`
	Test            int                    `json:"test"`
	TestSeen        int                    `json:"test_seen"`  // of those, the very files that it learnt from: they are no test, and left out
	ValidSeen       int                    `json:"valid_seen"` // likewise
	Failed          int                    `json:"failed"`
	ValidAccuracy   *float64               `json:"valid_accuracy"` // null where nothing could be held out
	ValidFolds      int                    `json:"valid_folds"`    // above 1: by cross-validation
	TestAccuracy    *float64               `json:"test_accuracy"`  // null without --test
	Groups          int                    `json:"groups"`         // of photos that belong together, among those held out
	Notes           []string               `json:"notes"`          // what to think of the figures
	SecondsFeatures float64                `json:"seconds_features"`
	SecondsTraining float64                `json:"seconds_training"`
	Confusion       [][]int                `json:"confusion"` // [class][answer], of the test photos, else of those held out
	Tried           []training.Candidate   `json:"tried"`
	ValidReport     *evaluation.Report     `json:"valid_report"`
	TestReport      *evaluation.Evaluation `json:"test_report"`
	FalseAlarms     float64                `json:"false_alarms"` // promised share of known photos answered "unknown"
	Growth          *training.Growth       `json:"learning_curve"`
	Review          map[string][]string    `json:"review"` // files: mislabels, largest_losses, odd; alike: pairs as "a = b"
}

// Run carries out the command.
func (f *Command) Run(con *console.Console) error {
	// What cannot be written should be known before the work.
	if err := whole.Check(f.Out, f.Model); err != nil {
		return err
	}
	spaces, networks, err := f.Spaces()
	if err != nil {
		return err
	}
	p := &project.File{
		Name: strings.TrimSuffix(filepath.Base(f.Out), filepath.Ext(f.Out)), Created: time.Now().UnixMilli(),
		Thumbs: map[uint64][]byte{},
	}
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		p.Networks = append(p.Networks, project.Network{Name: name, SHA256: networks[name].Sum})
	}
	start := time.Now()
	paths, failed, err := f.Fill(con, p, spaces, networks)
	if err != nil {
		return err
	}
	r := Report{Out: f.Out, Classes: p.Bank.Classes, Failed: failed, SecondsFeatures: console.Round(time.Since(start).Seconds(), 3)}
	t, growth, err := f.learn(con, p.Bank)
	if err != nil {
		return err
	}
	quick, err := training.Quick(con.Context, p.Bank, f.config(), t.Best)
	if err != nil {
		return err
	}
	v := project.Taught{
		ID: 1, Date: time.Now().UnixMilli(), Seconds: t.Seconds, Best: t.Best, Last: t.Last, Quick: quick,
		Valid: t.Valid, Tried: t.Tried, Curve: t.Curve, Held: t.Held,
	}
	var test *evaluation.Evaluation
	held := t.Held
	fresh, known := evaluation.Known(p.Bank, p.Bank.Rows(bank.Test), p.Bank)
	if r.TestSeen = len(known); len(fresh) > 0 {
		if test, err = evaluation.Evaluate(t.Best, p.Bank, fresh); err != nil {
			return err
		}
		test.Seen = len(known)
		v.Test = &test.Report
		held = append(slices.Clone(held), test.Answered...)
	}
	p.Versions, p.Current, p.Saved = []project.Taught{v}, 1, v.Date
	if err := engine.WriteProject(f.Out, p); err != nil {
		return err
	}
	f.report(&r, p.Bank, t, test, growth, evaluation.Review(p.Bank, held), paths)
	if f.JSON {
		err = json.NewEncoder(con.Out).Encode(&r)
	} else {
		err = r.print(con.Out, t, test)
	}
	if err == nil && failed > 0 {
		err = console.ErrSome
	}
	return err
}

// Fill reads the photos of all folders into the project, and returns their paths by ID, and how
// many could not be read.
func (f *Command) Fill(con *console.Console, p *project.File, spaces []feature.Space, networks map[string]*catalog.Backbone) (map[uint64]string, int, error) {
	type one struct {
		photofile.File
		class  int
		split  bank.Split
		folder string // below --train, --valid or --test
	}
	b := new(bank.Builder)
	var all []one
	for split, folder := range []string{f.Train, f.Valid, f.Test} {
		if folder == "" {
			continue
		}
		classes, err := photofile.ReadClasses(con, folder)
		if err != nil {
			return nil, 0, err
		}
		for _, c := range classes {
			k := photofile.IndexOfClass(b.Classes(), c.Name)
			if k < 0 && split > 0 {
				fmt.Fprintf(con.Err, "homeroom: %s: %s has no class of that name to learn, so its photos are left out\n", filepath.Join(folder, c.Name), f.Train)
				continue
			}
			if k < 0 {
				if k, err = b.AddClass(c.Name); err != nil {
					return nil, 0, err
				}
			}
			for _, file := range c.Files {
				below, err := filepath.Rel(folder, filepath.Dir(file.Path))
				if err != nil || below == "." {
					below = c.Name
				}
				all = append(all, one{file, k, bank.Split(split), filepath.ToSlash(below)})
			}
		}
	}
	pairs, err := f.Extractors(spaces, networks)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		for _, e := range pairs {
			e.Close()
		}
	}()
	for i, s := range spaces {
		if _, err := b.AddSpace(s, pairs[0].Dim(i)); err != nil {
			return nil, 0, err
		}
	}
	files := make([]photofile.File, len(all))
	for i := range all {
		files[i] = all[i].File
	}
	paths := map[uint64]string{}
	failed, i := 0, -1
	clock := console.NewTimer(con, "reading photos", len(all))
	for d := range engine.Extract(files, pairs, true) {
		i++
		clock.Done(i + 1)
		if d.Err != nil {
			failed++
			fmt.Fprintf(con.Err, "homeroom: %s: %s; it is left out\n", console.OnOneLine(d.Path), console.Plain(d.Path, d.Err))
			continue
		}
		d.Warn(con)
		id, err := b.Add(bank.Photo{
			Name: filepath.Base(d.Path), Hash: d.Hash, PerceptualHash: d.Perceptual, Taken: d.Taken, Folder: all[i].folder,
			Class: all[i].class, Split: all[i].split, Features: d.Vectors,
		})
		if err != nil {
			return nil, 0, err
		}
		p.Thumbs[id], paths[id] = d.Thumb, d.Path
	}
	p.Bank = b.Bank()
	return paths, failed, con.Context.Err()
}

func (f *Command) config() training.Config {
	c := training.Config{Kind: head.Kind(f.Head), Seed: f.Seed}
	for _, v := range f.Augment {
		c.Augment = append(c.Augment, feature.View(v))
	}
	return c
}

// learn learns the head and measures whether more photos would help.
func (f *Command) learn(con *console.Console, b *bank.Bank) (*training.Trained, *training.Growth, error) {
	told := time.Now()
	start := told
	progress := func(p training.Progress) {
		if now := time.Now(); now.Sub(told) > time.Second && p.Share > 0 {
			told = now
			left := time.Duration(float64(now.Sub(start)) * (1 - p.Share) / p.Share)
			fmt.Fprintf(con.Err, "learning: %.0f%%, about %v left (%s)\n", 100*p.Share, left.Round(time.Second), p.What)
		}
	}
	cfg := f.config()
	cfg.Progress = progress
	t, err := training.Fit(con.Context, b, cfg)
	if err != nil {
		return nil, nil, err
	}
	if len(t.Held) == 0 {
		return t, nil, nil
	}
	start = time.Now()
	g, err := training.LearningCurve(con.Context, b, t.Best, progress)
	return t, g, err
}

func (f *Command) report(r *Report, b *bank.Bank, t *training.Trained, test *evaluation.Evaluation, g *training.Growth, found *evaluation.Findings, paths map[uint64]string) {
	r.Kind, r.Input, r.Settings = t.Best.Kind, t.Best.Input.String(), t.Best.Settings
	r.Train, r.Valid, r.Test = len(b.Rows(bank.Train)), len(b.Rows(bank.Valid)), len(b.Rows(bank.Test))
	r.ValidFolds, r.Tried, r.Growth = t.Folds, t.Tried, g
	r.SecondsTraining = console.Round(t.Seconds, 3)
	r.FalseAlarms = t.Best.Unknown.FalseAlarms
	r.Notes = evaluation.Notes(t.Valid, t.Unchecked, console.Percent)
	if r.ValidSeen = knownValid(b); r.ValidSeen > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the %d photos of --valid are the very photos that it learns from: choosing on them is choosing blindly, and the figures flatter.", r.ValidSeen, r.Valid))
	}
	switch {
	case r.TestSeen > 0 && r.TestSeen == r.Test:
		r.Notes = append(r.Notes, fmt.Sprintf("All %d photos of --test are the very photos that it learns from: that is no test. Take photos that are not in --train.", r.Test))
	case r.TestSeen > 0:
		r.Notes = append(r.Notes, fmt.Sprintf("%d of the %d photos of --test are the very photos that it learns from; the test leaves them out.", r.TestSeen, r.Test))
	}
	if n := nearlyTaught(b, found); n > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d photos of --test are nearly the same as ones that it learns from: the test flatters.", n))
	}
	if t.Valid != nil {
		r.Groups = t.Valid.Groups
		a := console.Round(t.Valid.Accuracy, 6)
		r.ValidAccuracy, r.ValidReport, r.Confusion = &a, t.Valid, t.Valid.Confusion
	}
	if test != nil {
		a := console.Round(test.Accuracy, 6)
		r.TestAccuracy, r.TestReport, r.Confusion = &a, test, test.Confusion
	}
	r.Review = map[string][]string{"mislabels": {}, "largest_losses": {}, "odd": {}, "alike": {}}
	list := func(name string, s []evaluation.Suspect, most int) {
		for _, x := range s[:min(most, len(s))] {
			r.Review[name] = append(r.Review[name], fmt.Sprintf("%s: answered %s", paths[x.ID], b.Classes[x.Answered]))
		}
	}
	list("mislabels", found.Mislabels, 20)
	list("largest_losses", found.Losses, 10)
	list("odd", found.Odd, 10)
	for _, a := range found.Alike {
		if len(r.Review["alike"]) < 20 && (a.Same || a.Classes) {
			r.Review["alike"] = append(r.Review["alike"], paths[a.A]+" = "+paths[a.B])
		}
	}
}

// knownValid counts the photos to choose on that are also learnt from.
func knownValid(b *bank.Bank) int {
	train := &bank.Bank{}
	for _, row := range b.Rows(bank.Train) {
		train.Photos = append(train.Photos, b.Photos[row])
	}
	_, known := evaluation.Known(b, b.Rows(bank.Valid), train)
	return len(known)
}

// nearlyTaught counts the photos to test on that are nearly the same as ones to learn from, and not
// the same files.
func nearlyTaught(b *bank.Bank, found *evaluation.Findings) int {
	near := map[uint64]bool{}
	for _, a := range found.Alike {
		p, q := b.Photo(a.A), b.Photo(a.B)
		if q.Split != bank.Test {
			p, q = q, p
		}
		if !a.Same && q.Split == bank.Test && p.Split != bank.Test {
			near[q.ID] = true
		}
	}
	return len(near)
}

// print writes the report for people.
func (r *Report) print(w io.Writer, t *training.Trained, test *evaluation.Evaluation) error {
	var s strings.Builder
	fmt.Fprintf(&s, "%s: %d classes from %d photos, %s head on %s\n", r.Out, len(r.Classes), r.Train, r.Kind, r.Input)
	fmt.Fprintf(&s, "features %.1f s, training %.1f s\n", r.SecondsFeatures, r.SecondsTraining)
	report := t.Valid
	if report != nil {
		how := fmt.Sprintf("%d photos of --valid", report.Photos)
		if r.Valid == 0 {
			how = fmt.Sprintf("%d photos held out in turn, in %d parts", report.Photos, t.Folds)
			if t.Folds == 1 {
				how = fmt.Sprintf("%d photos held out", report.Photos)
			}
			if report.Groups < report.Photos {
				how += fmt.Sprintf(", %s of them together", evaluation.CountGroups(report.Groups))
			}
		}
		fmt.Fprintf(&s, "validation  %s  (%s)\n", engine.AccuracyLine(report), how)
	}
	if test != nil {
		report = &test.Report
		fmt.Fprintf(&s, "test        %s  (%d photos, %d of them answered \"unknown\")\n", engine.AccuracyLine(report), report.Photos, test.Unknown)
	}
	for _, note := range r.Notes {
		s.WriteString("note: " + note + "\n")
	}
	if report != nil {
		engine.PrintClasses(&s, report)
	}
	if g := r.Growth; g != nil {
		if g.Rough() {
			s.WriteString("too few photos to tell whether more would help; they very likely would\n")
		} else if g.Helps {
			fmt.Fprintf(&s, "twice the photos should bring about %.1f points more\n", 100*g.Gain)
		} else {
			s.WriteString("more photos of the same kind would hardly help\n")
		}
	}
	for _, what := range []struct{ key, title string }{
		{"mislabels", "likely labelled wrongly:"}, {"alike", "the same photo twice:"}, {"odd", "unlike the others of their class:"},
	} {
		if list := r.Review[what.key]; len(list) > 0 {
			s.WriteString(what.title + "\n")
			for _, line := range list {
				s.WriteString("  " + line + "\n")
			}
		}
	}
	_, err := io.WriteString(w, s.String())
	return err
}
