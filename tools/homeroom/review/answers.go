package review

import (
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/intake"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// taking is answers on their way into a project.
type taking struct {
	*Command
	con     *console.Console
	file    *project.File
	project *project.Project
	given   []photofile.File
	byPath  map[string]*photofile.File   // of given
	bySum   map[[32]byte]*photofile.File // likewise, nil until it is asked for
	left    int                          // answers that were not taken

	classes []project.Folder // photos to put in, by class
	files   []photofile.File // of these photos, in the order of fresh
	fresh   []*project.Photo
	moves   map[int][]int // IDs of photos that are in another class, by the class that they go to
	moved   int
	there   int

	read    []feature.Space // that fresh photos were read in
	dims    map[feature.Space]int
	vectors map[int][][]float32 // of fresh photos
}

// take takes the answers of a list into the project.
func (c *Command) take(con *console.Console, files []photofile.File) error {
	in, err := os.Open(c.Answers)
	if err != nil {
		return err
	}
	answers, err := readList(in)
	in.Close()
	if err != nil {
		return fmt.Errorf("%s: %w", c.Answers, err)
	}
	if len(answers) == 0 {
		return fmt.Errorf("%s has no answers: its column %q is empty", c.Answers, "answer")
	}
	before, err := os.Stat(c.Head)
	if err != nil {
		return err
	}
	t := &taking{Command: c, con: con, given: files, byPath: map[string]*photofile.File{}, moves: map[int][]int{}, dims: map[feature.Space]int{}, vectors: map[int][][]float32{}}
	for i := range files {
		t.byPath[files[i].Path] = &files[i]
	}
	if t.file, err = engine.ReadProjectWith(c.Head, nil); err != nil {
		return err
	}
	if t.project, _, err = t.file.Open("review"); err != nil {
		return fmt.Errorf("%s: %w", c.Head, err)
	}
	if err := t.plan(answers); err != nil {
		return err
	}
	if len(t.fresh) > 0 && !c.DryRun {
		if err := t.readFresh(); err != nil {
			return err
		}
	}
	if !c.DryRun && len(t.fresh)+t.moved > 0 {
		if err := t.write(before); err != nil {
			return err
		}
	}
	if _, err := fmt.Fprintln(con.Out, c.told(len(t.fresh), t.moved, t.there, t.left)); err != nil {
		return err
	}
	if t.left > 0 {
		return console.ErrSome
	}
	return nil
}

// told sums up what became of answers.
func (c *Command) told(fresh, moved, there, left int) string {
	verb := "were"
	if c.DryRun {
		verb = "would be"
	} else if fresh == 1 {
		verb = "was"
	}
	return fmt.Sprintf("%s %s put into %s, %d moved to another class, %d in theirs already, %d left out",
		console.Counted(fresh, "photo"), verb, c.Head, moved, there, left)
}

// leave tells of an answer that is not taken.
func (t *taking) leave(a *answer, err error) {
	t.left++
	fmt.Fprintf(t.con.Err, "homeroom: %s, line %d: %s is left out: %s\n", t.Answers, a.line, console.OnOneLine(a.path), console.Plain(a.path, err))
}

// plan says what becomes of each answer.
func (t *taking) plan(answers []answer) error {
	inProject := map[bank.Hash][]*project.Photo{}
	for ph := range t.project.Photos() {
		if ph.Class != 0 && ph.Hash != (bank.Hash{}) {
			inProject[ph.Hash] = append(inProject[ph.Hash], ph)
		}
	}
	said := map[[32]byte]string{}
	index := map[string]int{} // of t.classes, by key
	progress := t.con.Progress("finding photos", len(answers))
	defer progress.End()
	for i := range answers {
		a := &answers[i]
		if err := t.con.Context.Err(); err != nil {
			return err
		}
		progress.Done()
		name, err := t.class(a.class)
		if err != nil {
			t.leave(a, err)
			continue
		}
		f, sum, err := t.find(a)
		if err != nil {
			t.leave(a, err)
			continue
		}
		key := intake.ClassKey(name)
		switch other := said[sum]; {
		case other == key:
			t.there++
			continue
		case other != "":
			t.leave(a, fmt.Errorf("the same photo has another answer above (%s)", other))
			continue
		}
		said[sum] = key
		if here := inProject[sum]; len(here) > 0 {
			t.change(a, here, name)
			continue
		}
		ph, err := t.project.NewPhoto(filepath.Base(f.Path))
		if err != nil {
			return fmt.Errorf("%s: %w", t.Head, err)
		}
		t.project.SetHash(ph, sum)
		if dir := filepath.Dir(f.Path); dir != "." {
			ph.Folder = filepath.ToSlash(dir)
		}
		k, known := index[key]
		if !known {
			k = len(t.classes)
			index[key], t.classes = k, append(t.classes, project.Folder{Name: name})
		}
		t.classes[k].Photos = append(t.classes[k].Photos, ph)
		t.files, t.fresh = append(t.files, *f), append(t.fresh, ph)
		t.tell("%s -> %s\n", console.OnOneLine(a.path), name)
	}
	return nil
}

// tell prints a line of the plan, where that is all there is to be.
func (t *taking) tell(format string, args ...any) {
	if t.DryRun {
		fmt.Fprintf(t.con.Out, format, args...)
	}
}

// change plans what becomes of a photo that is in the project.
func (t *taking) change(a *answer, here []*project.Photo, name string) {
	c := t.project.ClassNamed(name)
	if c != nil && slices.ContainsFunc(here, func(ph *project.Photo) bool { return ph.Class == c.ID }) {
		t.there++
		return
	}
	if c == nil {
		if _, err := t.project.AddClass(name); err != nil {
			t.leave(a, err)
			return
		}
		c = t.project.ClassNamed(name)
	}
	t.tell("%s: %s -> %s\n", console.OnOneLine(a.path), t.project.Class(here[0].Class).Name, c.Name)
	for _, ph := range here {
		t.moves[c.ID] = append(t.moves[c.ID], ph.ID)
	}
	t.moved++
}

// class is the name of the class that an answer means.
func (t *taking) class(text string) (string, error) {
	if c := t.project.ClassNamed(text); c != nil {
		return c.Name, nil
	}
	if t.Classes {
		return text, nil
	}
	near, least := "", len(text)/3+2
	for _, c := range t.project.Classes {
		if d := distance(intake.ClassKey(text), intake.ClassKey(c.Name)); d < least {
			near, least = c.Name, d
		}
	}
	if near != "" {
		return "", fmt.Errorf("there is no class %q; did you mean %q? --new-classes makes it", text, near)
	}
	return "", fmt.Errorf("there is no class %q; --new-classes makes it", text)
}

// distance is how many letters must be put in, left out or replaced to make one word of another
// (Levenshtein 1966).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		corner := row[0]
		row[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, corner+cost)
		}
	}
	return row[len(y)]
}

// find finds the photo of an answer: at its place, or among those that were named, by its content.
func (t *taking) find(a *answer) (*photofile.File, [32]byte, error) {
	f := t.byPath[a.path]
	if f == nil {
		f = &photofile.File{Path: a.path}
	}
	data, err := f.Read()
	if err == nil {
		if sum := sha256.Sum256(data); !a.known || sum == a.sum {
			return f, sum, nil
		}
		err = errors.New("it has changed since it was listed")
	}
	if !a.known || len(t.given) == 0 {
		return nil, a.sum, err
	}
	if t.bySum == nil {
		t.bySum = map[[32]byte]*photofile.File{}
		for i := range t.given {
			if data, err := t.given[i].Read(); err == nil {
				t.bySum[sha256.Sum256(data)] = &t.given[i]
			}
		}
	}
	if f := t.bySum[a.sum]; f != nil {
		return f, a.sum, nil
	}
	return nil, a.sum, err
}

// spaces are the feature spaces to read new photos in: those that the project has, else the one
// that it would be taught in.
func (t *taking) spaces() ([]feature.Space, map[string]*catalog.Backbone, error) {
	var spaces []feature.Space
	for _, s := range t.file.Bank.Spaces {
		spaces = append(spaces, s.Name)
	}
	if len(spaces) > 0 {
		networks, err := catalog.OpenBackbones(spaces, t.Model)
		return spaces, networks, err
	}
	b, err := catalog.OpenBackbone(cmp.Or(t.Model, t.project.Settings.Network))
	if err != nil {
		return nil, nil, err
	}
	size := cmp.Or(t.project.Settings.Size, b.Model.Preprocess.Size)
	return []feature.Space{{Network: b.Model.Name, Size: size}}, map[string]*catalog.Backbone{b.Model.Name: b}, nil
}

// readFresh reads the photos that are new.
func (t *taking) readFresh() error {
	spaces, networks, err := t.spaces()
	if err != nil {
		return fmt.Errorf("%s: %w", t.Head, err)
	}
	for _, name := range slices.Sorted(maps.Keys(networks)) {
		if !slices.ContainsFunc(t.file.Networks, func(n project.Network) bool { return n.Name == name }) {
			t.file.Networks = append(t.file.Networks, project.Network{Name: name, SHA256: networks[name].Sum})
		}
	}
	extractors, err := t.Extractors(spaces, networks)
	if err != nil {
		return err
	}
	defer func() {
		for _, e := range extractors {
			e.Close()
		}
	}()
	class := map[int]int{} // by photo, where it is to be in t.classes
	for k, c := range t.classes {
		for _, ph := range c.Photos {
			class[ph.ID] = k
		}
	}
	var read []*project.Photo
	progress := t.con.Progress("reading photos", len(t.files))
	defer progress.End()
	i := -1
	for f := range engine.Extract(t.files, extractors, true) {
		if err := t.con.Context.Err(); err != nil {
			return err
		}
		i++
		progress.Done()
		ph := t.fresh[i]
		err := f.Err
		if err == nil && f.Hash != ph.Hash {
			err = errors.New("it has changed since it was listed")
		}
		if err != nil {
			t.left++
			fmt.Fprintf(progress, "homeroom: %s is left out: %s\n", console.OnOneLine(f.Path), console.Plain(f.Path, err))
			t.project.Drop(ph.ID)
			k := class[ph.ID]
			t.classes[k].Photos = slices.DeleteFunc(t.classes[k].Photos, func(other *project.Photo) bool { return other == ph })
			continue
		}
		f.Warn(t.con)
		ph.PerceptualHash, ph.Taken, ph.Width, ph.Height = f.Perceptual, f.Taken, f.Width, f.Height
		for i, s := range spaces {
			ph.Read(s, false)
			t.dims[s] = extractors[0].Dim(i)
		}
		t.file.Thumbs[uint64(ph.ID)] = f.Thumb
		t.vectors[ph.ID] = f.Vectors
		read = append(read, ph)
	}
	t.classes = slices.DeleteFunc(t.classes, func(c project.Folder) bool { return len(c.Photos) == 0 })
	t.fresh, t.read = read, spaces
	return nil
}

// bank is that of the project as it is to be.
func (t *taking) bank() (*bank.Bank, error) {
	b := new(bank.Builder)
	for _, c := range t.project.Classes {
		if _, err := b.AddClass(c.Name); err != nil {
			return nil, err
		}
	}
	for _, s := range t.file.Bank.Spaces {
		if _, err := b.AddSpace(s.Name, s.Dim); err != nil {
			return nil, err
		}
	}
	for _, s := range t.read {
		if _, err := b.AddSpace(s, t.dims[s]); err != nil {
			return nil, err
		}
	}
	for _, p := range slices.Concat(t.file.Bank.Photos, t.file.Unlabelled) {
		if p.Class = t.index(t.project.Photo(int(p.ID)).Class); p.Class < 0 { // it has none yet
			continue
		}
		if _, err := b.Add(p); err != nil {
			return nil, err
		}
	}
	for _, ph := range t.fresh {
		if _, err := b.Add(bank.Photo{
			ID: uint64(ph.ID), Name: ph.Name, Hash: ph.Hash, PerceptualHash: ph.PerceptualHash, Taken: ph.Taken, Folder: ph.Folder,
			Class: t.index(ph.Class), Features: t.vectors[ph.ID],
		}); err != nil {
			return nil, err
		}
	}
	return b.Bank(), nil
}

// index is where a class is among those of the project.
func (t *taking) index(id int) int {
	return slices.IndexFunc(t.project.Classes, func(c project.Class) bool { return c.ID == id })
}

// write puts photos into their classes, learns, and writes the project in place of the one that was
// read, which looked like before.
func (t *taking) write(before os.FileInfo) error {
	t.classes = slices.DeleteFunc(t.classes, func(c project.Folder) bool { return len(c.Photos) == 0 })
	if len(t.classes) > 0 {
		if _, err := t.project.AddFolders(t.classes); err != nil {
			return fmt.Errorf("%s: %w", t.Head, err)
		}
	}
	for _, class := range slices.Sorted(maps.Keys(t.moves)) {
		t.project.MovePhotos(t.moves[class], class)
	}
	b, err := t.bank()
	if err != nil {
		return fmt.Errorf("%s: %w", t.Head, err)
	}
	t.project.Stale = true // so that the page learns again
	var learnt *project.Taught
	if t.Learn {
		if learnt, err = t.learn(b); err != nil {
			return err
		}
		t.project.Stale = learnt == nil
	}
	out, err := t.file.With(t.project, b, time.Now())
	if err != nil {
		return fmt.Errorf("%s: %w", t.Head, err)
	}
	if learnt != nil {
		out.Versions, out.Current = append(out.Versions, *learnt), learnt.ID
	}
	now, err := os.Stat(t.Head)
	if err != nil {
		return err
	}
	if !os.SameFile(before, now) || now.Size() != before.Size() || !now.ModTime().Equal(before.ModTime()) {
		return fmt.Errorf("%s was written by another program meanwhile, so it is left as it is; take the answers again", t.Head)
	}
	return engine.WriteProject(t.Head, out)
}

// learn learns from the photos as the project's settings say. It returns nil where there is nothing
// to tell apart yet.
func (t *taking) learn(b *bank.Bank) (*project.Taught, error) {
	classes := 0
	for _, n := range b.Balance() {
		if n[bank.Train]+n[bank.Valid] > 0 {
			classes++
		}
	}
	if classes < 2 {
		fmt.Fprintf(t.con.Err, "homeroom: %s: nothing is learnt before two classes have photos\n", t.Head)
		return nil, nil
	}
	set := t.project.Settings
	if set.HoldOut {
		b = b.Divided(set.Seed, 0.2, 0)
	}
	progress := t.con.Progress("learning", 100)
	defer progress.End()
	done := 0
	cfg := training.Config{Kind: head.Kind(set.Head), Seed: set.Seed, ByCount: !set.Weigh, FalseAlarms: set.Alarms, Progress: func(p training.Progress) {
		for ; done < int(100*p.Share); done++ {
			progress.Done()
		}
	}}
	l, err := training.Fit(t.con.Context, b, cfg)
	if err != nil {
		return nil, fmt.Errorf("%s: it can't be learnt from (%w); --no-learn puts the photos in alone", t.Head, err)
	}
	quick, err := training.Quick(t.con.Context, b, cfg, l.Best)
	if err != nil {
		return nil, err
	}
	progress.End()
	if l.Valid != nil {
		fmt.Fprintf(t.con.Out, "learnt again: %s\n", engine.AccuracyLine(l.Valid))
	}
	id := 0
	for i := range t.file.Versions {
		id = max(id, t.file.Versions[i].ID)
	}
	for _, v := range t.project.Versions {
		id = max(id, v.Number)
	}
	return &project.Taught{
		ID: id + 1, Date: time.Now().UnixMilli(), Note: "with answers of a review", Seconds: l.Seconds, Best: l.Best, Last: l.Last, Quick: quick,
		Valid: l.Valid, Tried: l.Tried, Curve: l.Curve, Held: l.Held,
	}, nil
}
