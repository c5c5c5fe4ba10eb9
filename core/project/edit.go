package project

import (
	"errors"
	"slices"

	"homeroom/core/fault"
	"homeroom/core/intake"
)

// What an edit did, for people to be told of it.
type What string

// The kinds of edits, with the fields of [Edit] that tell more.
const (
	AddedClass      What = "added-class"      // Name
	AddedClasses    What = "added-classes"    // Count
	RenamedClass    What = "renamed-class"    // Name, Into
	RemovedClass    What = "removed-class"    // Name, Count (photos in it)
	AddedPhotos     What = "added-photos"     // Count, Into (class)
	AddedFolders    What = "added-folders"    // Count (photos), Folders
	AddedUnlabelled What = "added-unlabelled" // Count
	MovedPhotos     What = "moved-photos"     // Count, Name (of a single photo), Into (class)
	LabelledPhotos  What = "labelled-photos"  // the same, of photos that had no class
	RemovedPhotos   What = "removed-photos"   // Count, Name (of a single photo)
	SaidRight       What = "said-right"       // Name (of the photo), Into (class)
	RenamedProject  What = "renamed-project"  // Into
	ChangedSettings What = "changed-settings" // Settings
	BroughtBack     What = "brought-back"     // Version
	Annotated       What = "annotated"        // Version
	AnswersBest     What = "answers-best"     // Version
	AnswersLast     What = "answers-last"     // Version
)

// An Edit is a change of a project that can be undone: as data, with both sides of what it changes.
type Edit struct {
	Number int `json:"-"` // grows from edit to edit

	What    What   `json:"what,omitempty"` // "" in edits of before it was kept, which Text alone tells of
	Name    string `json:"of,omitempty"`
	Into    string `json:"into,omitempty"`
	Count   int    `json:"count,omitempty"`
	Folders int    `json:"folders,omitempty"`
	Text    string `json:"text,omitempty"` // what to tell people, where What does not say it

	Moves    Moves           `json:"moves,omitempty"`
	Classes  *Splice         `json:"classes,omitempty"`
	Title    *Pair[string]   `json:"name,omitempty"` // of the project
	Settings *Pair[Settings] `json:"settings,omitempty"`
	Current  *Pair[int]      `json:"current,omitempty"`
	Note     *Pair[string]   `json:"note,omitempty"` // of Version
	Last     *Pair[bool]     `json:"last,omitempty"` // of Version
	Version  int             `json:"version,omitempty"`
	Sure     *Pair[int]      `json:"sure,omitempty"` // of Photo
	Photo    int             `json:"photo,omitempty"`
}

// A Pair is a value before and after an edit.
type Pair[T any] [2]T

func (p *Pair[T]) inverse() *Pair[T] {
	if p == nil {
		return nil
	}
	return &Pair[T]{p[1], p[0]}
}

func (p *Pair[T]) apply(to *T) {
	if p != nil {
		*to = p[1]
	}
}

// A Move takes photos with consecutive IDs from one class to another; class 0 is out of the
// project, [Unlabelled] in it without a class.
type Move struct{ First, Photos, From, To int }

// Moves are runs of photos.
type Moves []Move

// add adds a photo.
func (m *Moves) add(photo, from, to int) {
	if n := len(*m); n > 0 {
		if r := &(*m)[n-1]; photo == r.First+r.Photos && from == r.From && to == r.To {
			r.Photos++
			return
		}
	}
	*m = append(*m, Move{photo, 1, from, to})
}

// A Splice is what two lists of classes differ in: after At classes that both have, one has Before
// where the other has After.
type Splice struct {
	At     int     `json:"at"`
	Before []Class `json:"before"`
	After  []Class `json:"after"`
}

func spliceOf(before, after []Class) *Splice {
	s := new(Splice)
	for len(before) > 0 && len(after) > 0 && before[0] == after[0] {
		before, after, s.At = before[1:], after[1:], s.At+1
	}
	for len(before) > 0 && len(after) > 0 && before[len(before)-1] == after[len(after)-1] {
		before, after = before[:len(before)-1], after[:len(after)-1]
	}
	s.Before, s.After = slices.Clone(before), slices.Clone(after)
	return s
}

func (s *Splice) inverse() *Splice {
	if s == nil {
		return nil
	}
	return &Splice{s.At, s.After, s.Before}
}

// in returns the list after the splice of the one before it.
func (s *Splice) in(before []Class) ([]Class, error) {
	end := s.At + len(s.Before)
	if s.At < 0 || end > len(before) || !slices.Equal(before[s.At:end], s.Before) {
		return nil, errors.New("the classes are not those that it changes")
	}
	after := slices.Concat(before[:s.At], s.After, before[end:])
	if len(after) > MaxClasses {
		return nil, fault.Errorf("%d classes", len(after))
	}
	return after, nil
}

// Inverse returns the edit that takes this one back.
func (e *Edit) Inverse() *Edit {
	i := *e
	i.Moves = slices.Clone(e.Moves)
	for k, m := range i.Moves {
		i.Moves[k].From, i.Moves[k].To = m.To, m.From
	}
	i.Classes = e.Classes.inverse()
	i.Title, i.Settings, i.Current, i.Note, i.Last = e.Title.inverse(), e.Settings.inverse(), e.Current.inverse(), e.Note.inverse(), e.Last.inverse()
	i.Sure = e.Sure.inverse()
	return &i
}

// Photos returns the IDs of the photos that the edit moves.
func (e *Edit) Photos() []int {
	var out []int
	for _, m := range e.Moves {
		for i := range m.Photos {
			out = append(out, m.First+i)
		}
	}
	return out
}

// Teaches tells whether the edit changes what is learnt, or from what.
func (e *Edit) Teaches() bool {
	if e.Classes != nil || slices.ContainsFunc(e.Moves, func(m Move) bool { return max(m.From, m.To) > 0 }) {
		return true
	}
	if e.Settings == nil || e.Current != nil { // a version that was brought back brings its settings
		return false
	}
	before, after := e.Settings[0], e.Settings[1]
	after.Auto, after.Selfie, after.Unknown = before.Auto, before.Selfie, before.Unknown
	return before != after
}

// apply changes the project by an edit. Where the edit is not one of this project as it is, nothing
// changes.
func (p *Project) apply(e *Edit) error {
	if e.Classes != nil {
		after, err := e.Classes.in(p.Classes)
		if err != nil {
			return err
		}
		p.Classes = after
	}
	for _, m := range e.Moves {
		for i := range m.Photos {
			if ph := p.photos[m.First+i]; ph != nil && !ph.dropped { // one that was never read is gone after a reload
				ph.Class = m.To
				p.changed[ph.ID] = true
			}
		}
	}
	p.members = nil
	e.Title.apply(&p.Name)
	e.Settings.apply(&p.Settings)
	e.Current.apply(&p.Current)
	if v := p.Version(e.Version); v != nil {
		e.Note.apply(&v.Note)
		e.Last.apply(&v.Last)
	}
	if ph := p.photos[e.Photo]; ph != nil && e.Sure != nil && !ph.dropped {
		e.Sure.apply(&ph.Sure)
		p.changed[ph.ID] = true
	}
	p.changedItself = true
	return nil
}

// do applies an edit of the project as it is, and remembers it for undo.
func (p *Project) do(e *Edit) *Edit {
	if err := p.apply(e); err != nil {
		panic("project: " + err.Error())
	}
	p.last.edit++
	e.Number = p.last.edit
	p.history.add(e)
	return e
}

// Undo takes the last edit back and returns it, nil where there is none.
func (p *Project) Undo() *Edit { return p.step(&p.history.done, &p.history.undone, (*Edit).Inverse) }

// Redo applies again what was undone last and returns it, nil where there is none.
func (p *Project) Redo() *Edit {
	return p.step(&p.history.undone, &p.history.done, func(e *Edit) *Edit { return e })
}

func (p *Project) step(from, to *[]*Edit, as func(*Edit) *Edit) *Edit {
	n := len(*from)
	if n == 0 {
		return nil
	}
	e := (*from)[n-1]
	if err := p.apply(as(e)); err != nil {
		panic("project: " + err.Error())
	}
	*from, *to = (*from)[:n-1], append(*to, e)
	return e
}

// CanUndo and CanRedo return the edit that the next Undo or Redo is of, nil where there is none.
func (p *Project) CanUndo() *Edit { return lastOf(p.history.done) }

// CanRedo is explained with CanUndo.
func (p *Project) CanRedo() *Edit { return lastOf(p.history.undone) }

func lastOf(list []*Edit) *Edit {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// AddClass adds an empty class.
func (p *Project) AddClass(name string) (*Edit, error) { return p.AddClasses([]string{name}) }

// AddClasses adds empty classes.
func (p *Project) AddClasses(names []string) (*Edit, error) {
	after := slices.Clone(p.Classes)
	known := classKeys(after)
	for _, name := range names {
		name = tidy(name)
		if err := p.CheckName(name, 0); err != nil {
			return nil, err
		}
		if known[intake.ClassKey(name)] != 0 {
			return nil, fault.Errorf("there is a class called %s already", name)
		}
		if len(after) >= MaxClasses {
			return nil, fault.Errorf("a project holds %d classes", MaxClasses)
		}
		p.last.class++
		known[intake.ClassKey(name)] = p.last.class
		after = append(after, Class{p.last.class, name})
	}
	e := &Edit{What: AddedClasses, Count: len(names), Classes: spliceOf(p.Classes, after)}
	if len(names) == 1 {
		e.What, e.Count, e.Name = AddedClass, 0, tidy(names[0])
	}
	return p.do(e), nil
}

// classKeys are the IDs of classes by their names, as [intake.ClassKey] has them.
func classKeys(classes []Class) map[string]int {
	known := make(map[string]int, len(classes))
	for _, c := range classes {
		known[intake.ClassKey(c.Name)] = c.ID
	}
	return known
}

// RenameClass gives a class another name.
func (p *Project) RenameClass(id int, name string) (*Edit, error) {
	if err := p.CheckName(name, id); err != nil {
		return nil, err
	}
	after := slices.Clone(p.Classes)
	at := slices.IndexFunc(after, func(c Class) bool { return c.ID == id })
	if at < 0 || after[at].Name == tidy(name) {
		return nil, nil
	}
	e := &Edit{What: RenamedClass, Name: after[at].Name, Into: tidy(name)}
	after[at].Name = tidy(name)
	e.Classes = spliceOf(p.Classes, after)
	return p.do(e), nil
}

// SayRight notes that a photo is of the class that it is in, whatever a head takes it for.
func (p *Project) SayRight(photo int) *Edit {
	ph := p.Photo(photo)
	if ph == nil || ph.Sure == ph.Class || p.Class(ph.Class) == nil {
		return nil
	}
	return p.do(&Edit{What: SaidRight, Name: ph.Name, Into: p.Class(ph.Class).Name, Photo: photo, Sure: &Pair[int]{ph.Sure, ph.Class}})
}

// RemoveClass takes a class out with its photos.
func (p *Project) RemoveClass(id int) *Edit {
	c := p.Class(id)
	if c == nil {
		return nil
	}
	after := slices.DeleteFunc(slices.Clone(p.Classes), func(c Class) bool { return c.ID == id })
	e := &Edit{What: RemovedClass, Name: c.Name, Count: len(p.Members(id)), Classes: spliceOf(p.Classes, after)}
	for _, ph := range p.Members(id) {
		e.Moves.add(ph.ID, id, 0)
	}
	return p.do(e)
}

// AddPhotos puts new photos into a class.
func (p *Project) AddPhotos(class int, photos []*Photo) *Edit {
	e := &Edit{What: AddedPhotos, Count: len(photos), Into: p.Class(class).Name}
	for _, ph := range photos {
		e.Moves.add(ph.ID, 0, class)
	}
	return p.do(e)
}

// AddUnlabelled puts new photos in without a class.
func (p *Project) AddUnlabelled(photos []*Photo) *Edit {
	e := &Edit{What: AddedUnlabelled, Count: len(photos)}
	for _, ph := range photos {
		e.Moves.add(ph.ID, 0, Unlabelled)
	}
	return p.do(e)
}

// A Folder is a class that comes with photos.
type Folder struct {
	Name   string
	Photos []*Photo
}

// AddFolders puts new photos into classes of the given names, which it adds where there are none.
func (p *Project) AddFolders(folders []Folder) (*Edit, error) {
	after := slices.Clone(p.Classes)
	e := &Edit{What: AddedFolders, Folders: len(folders)}
	known := classKeys(after)
	for _, f := range folders {
		name := tidy(f.Name)
		id := known[intake.ClassKey(name)]
		if id == 0 {
			if len(after) >= MaxClasses {
				return nil, fault.Errorf("a project holds %d classes", MaxClasses)
			}
			if err := p.CheckName(name, 0); err != nil {
				return nil, err
			}
			p.last.class++
			id = p.last.class
			after = append(after, Class{id, name})
			known[intake.ClassKey(name)] = id
		}
		for _, ph := range f.Photos {
			e.Moves.add(ph.ID, 0, id)
			e.Count++
		}
	}
	e.Classes = spliceOf(p.Classes, after)
	return p.do(e), nil
}

// MovePhotos gives photos another class. It is nil where none of them moves.
func (p *Project) MovePhotos(ids []int, class int) *Edit {
	c := p.Class(class)
	if c == nil {
		return nil
	}
	return p.move(&Edit{What: MovedPhotos, Into: c.Name}, ids, class)
}

// RemovePhotos takes photos out. It is nil where none of them is there.
func (p *Project) RemovePhotos(ids []int) *Edit { return p.move(&Edit{What: RemovedPhotos}, ids, 0) }

func (p *Project) move(e *Edit, ids []int, to int) *Edit {
	seen := map[int]bool{}
	for _, id := range ids {
		if ph := p.photos[id]; ph != nil && ph.Class != 0 && ph.Class != to && !seen[id] {
			seen[id] = true
			e.Moves.add(id, ph.Class, to)
			e.Count, e.Name = e.Count+1, ph.Name
		}
	}
	if e.Count == 0 {
		return nil
	}
	if e.Count > 1 {
		e.Name = ""
	}
	if to != 0 && !slices.ContainsFunc(e.Moves, func(m Move) bool { return m.From != Unlabelled }) {
		e.What = LabelledPhotos
	}
	return p.do(e)
}

// Rename gives the project another name.
func (p *Project) Rename(name string) *Edit {
	name = tidy(name)
	if name == "" || name == p.Name {
		return nil
	}
	return p.do(&Edit{What: RenamedProject, Into: name, Title: &Pair[string]{p.Name, name}})
}

// Set changes the settings.
func (p *Project) Set(s Settings) *Edit {
	if s == p.Settings {
		return nil
	}
	return p.do(&Edit{What: ChangedSettings, Settings: &Pair[Settings]{p.Settings, s}})
}

// Use brings a version back, with the network and the size that it sees with.
func (p *Project) Use(number int) *Edit {
	v := p.Version(number)
	if number == p.Current || v == nil {
		return nil
	}
	e := &Edit{What: BroughtBack, Version: number, Current: &Pair[int]{p.Current, number}}
	set := p.Settings
	set.Network, set.Size, set.Thorough, set.Once = v.Network, v.Size, v.Thorough, v.Once
	if v.Network != "" && set != p.Settings {
		e.Settings = &Pair[Settings]{p.Settings, set}
	}
	return p.do(e)
}

// Annotate gives a version a note.
func (p *Project) Annotate(number int, note string) *Edit {
	v := p.Version(number)
	if v == nil || v.Note == note {
		return nil
	}
	return p.do(&Edit{What: Annotated, Version: number, Note: &Pair[string]{v.Note, note}})
}

// AnswerIn has a version answer in the state that learning ended in, or in its best.
func (p *Project) AnswerIn(number int, last bool) *Edit {
	v := p.Version(number)
	if v == nil || v.Last == last || last && v.States == nil {
		return nil
	}
	e := &Edit{What: AnswersBest, Version: number, Last: &Pair[bool]{v.Last, last}}
	if last {
		e.What = AnswersLast
	}
	return p.do(e)
}
