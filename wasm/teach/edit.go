package teach

import (
	"fmt"
	"slices"

	"homeroom/core/intake"
	"homeroom/wasm/words"
)

// An Edit is a change that can be undone. It remembers both sides of what it changes.
type Edit struct {
	// Text says what was done, as in "Moved 3 photos to Cats".
	Text string

	moves    []move
	classes  *change[[]Class]
	name     *change[string]
	settings *change[Settings]
	current  *change[int]
	note     *change[string]
	last     *change[bool]
	version  int // whose note or state it is

	number int // grows from edit to edit
}

type change[T any] struct{ before, after T }

// A move takes a photo from one class to another; class 0 is out of the project.
type move struct{ photo, from, to int }

// Photos returns the IDs of the photos that the edit moves.
func (e *Edit) Photos() []int {
	out := make([]int, len(e.moves))
	for i, m := range e.moves {
		out[i] = m.photo
	}
	return out
}

// Teaches tells whether the edit changes what is learnt, or from what.
func (e *Edit) Teaches() bool {
	if len(e.moves) > 0 || e.classes != nil {
		return true
	}
	if e.settings == nil || e.current != nil { // a version that was brought back brings its settings
		return false
	}
	before, after := e.settings.before, e.settings.after
	after.Auto, after.Selfie, after.Unknown = before.Auto, before.Selfie, before.Unknown
	return before != after
}

// do applies an edit and remembers it for undo.
func (p *Project) do(e *Edit) *Edit {
	p.apply(e, true)
	p.last.edit++
	e.number = p.last.edit
	p.done = append(p.done, e)
	p.freshEdits = append(p.freshEdits, e)
	gone := p.undone
	if n := len(p.done) - maxUndo; n > 0 {
		gone = append(gone, p.done[:n]...)
		p.done = slices.Delete(p.done, 0, n)
	}
	for _, e := range gone {
		p.goneEdits = append(p.goneEdits, e.number)
	}
	p.undone = nil
	return e
}

func (p *Project) apply(e *Edit, forward bool) {
	for _, m := range e.moves {
		to := m.to
		if !forward {
			to = m.from
		}
		if ph := p.photos[m.photo]; ph != nil && !ph.dropped { // one that was never read is gone after a reload
			ph.Class = to
			p.changed[m.photo] = true
		}
	}
	p.members = nil
	restore(e.classes, forward, &p.Classes)
	restore(e.name, forward, &p.Name)
	restore(e.settings, forward, &p.Settings)
	restore(e.current, forward, &p.Current)
	if v := p.Version(e.version); v != nil {
		restore(e.note, forward, &v.Note)
		restore(e.last, forward, &v.Last)
	}
	p.changedItself = true
}

func restore[T any](c *change[T], forward bool, to *T) {
	switch {
	case c == nil:
	case forward:
		*to = c.after
	default:
		*to = c.before
	}
}

// Undo takes the last edit back and returns it, nil where there is none.
func (p *Project) Undo() *Edit {
	if len(p.done) == 0 {
		return nil
	}
	e := p.done[len(p.done)-1]
	p.done = p.done[:len(p.done)-1]
	p.undone = append(p.undone, e)
	p.apply(e, false)
	return e
}

// Redo applies again what was undone last and returns it, nil where there is none.
func (p *Project) Redo() *Edit {
	if len(p.undone) == 0 {
		return nil
	}
	e := p.undone[len(p.undone)-1]
	p.undone = p.undone[:len(p.undone)-1]
	p.done = append(p.done, e)
	p.apply(e, true)
	return e
}

// CanUndo and CanRedo say what the next Undo or Redo would change, "" where there is nothing.
func (p *Project) CanUndo() string { return lastText(p.done) }

// CanRedo is explained with CanUndo.
func (p *Project) CanRedo() string { return lastText(p.undone) }

func lastText(list []*Edit) string {
	if len(list) == 0 {
		return ""
	}
	return list[len(list)-1].Text
}

// AddClass adds an empty class.
func (p *Project) AddClass(name string) (*Edit, error) {
	return p.AddClasses([]string{name})
}

// AddClasses adds empty classes.
func (p *Project) AddClasses(names []string) (*Edit, error) {
	after := slices.Clone(p.Classes)
	for _, name := range names {
		if err := p.CheckName(name, 0); err != nil {
			return nil, err
		}
		if len(after) >= MaxClasses {
			return nil, fmt.Errorf("a project holds %d classes", MaxClasses)
		}
		p.last.class++
		after = append(after, Class{p.last.class, tidy(name)})
	}
	text := "Added the class " + tidy(names[0])
	if len(names) > 1 {
		text = "Added " + words.Plural(len(names), "class", "classes")
	}
	return p.do(&Edit{Text: text, classes: &change[[]Class]{p.Classes, after}}), nil
}

// RenameClass gives a class another name.
func (p *Project) RenameClass(id int, name string) (*Edit, error) {
	if err := p.CheckName(name, id); err != nil {
		return nil, err
	}
	after := slices.Clone(p.Classes)
	for i := range after {
		if after[i].ID == id {
			if after[i].Name == tidy(name) {
				return nil, nil
			}
			after[i].Name = tidy(name)
		}
	}
	return p.do(&Edit{Text: "Renamed " + p.Class(id).Name + " to " + tidy(name), classes: &change[[]Class]{p.Classes, after}}), nil
}

// RemoveClass takes a class out with its photos.
func (p *Project) RemoveClass(id int) *Edit {
	c := *p.Class(id)
	after := slices.DeleteFunc(slices.Clone(p.Classes), func(c Class) bool { return c.ID == id })
	e := &Edit{Text: "Removed the class " + c.Name, classes: &change[[]Class]{p.Classes, after}}
	for _, ph := range p.Members(id) {
		e.moves = append(e.moves, move{ph.ID, id, 0})
	}
	if n := len(e.moves); n > 0 {
		e.Text += " with " + words.Photos(n)
	}
	return p.do(e)
}

// AddPhotos puts new photos into classes. Classes that do not exist yet are in names, with their photos.
func (p *Project) AddPhotos(class int, photos []*Photo) *Edit {
	e := &Edit{Text: "Added " + words.Photos(len(photos)) + " to " + p.Class(class).Name}
	for _, ph := range photos {
		e.moves = append(e.moves, move{ph.ID, 0, class})
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
	e := new(Edit)
	photos := 0
	known := make(map[string]int, len(after)) // of the name, as ClassNamed has it
	for _, c := range after {
		known[intake.ClassKey(c.Name)] = c.ID
	}
	for _, f := range folders {
		name := tidy(f.Name)
		id := known[intake.ClassKey(name)]
		if id == 0 {
			if len(after) >= MaxClasses {
				return nil, fmt.Errorf("a project holds %d classes", MaxClasses)
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
			e.moves = append(e.moves, move{ph.ID, 0, id})
			photos++
		}
	}
	e.classes = &change[[]Class]{p.Classes, after}
	e.Text = "Added " + words.Photos(photos) + " in " + words.Plural(len(folders), "class", "classes")
	return p.do(e), nil
}

// MovePhotos gives photos another class.
func (p *Project) MovePhotos(ids []int, class int) *Edit {
	e := new(Edit)
	for _, id := range ids {
		if ph := p.photos[id]; ph != nil && ph.Class != class && ph.Class != 0 {
			e.moves = append(e.moves, move{id, ph.Class, class})
		}
	}
	switch len(e.moves) {
	case 0:
		return nil
	case 1:
		e.Text = "Moved " + p.photos[e.moves[0].photo].Name + " to " + p.Class(class).Name
	default:
		e.Text = "Moved " + words.Photos(len(e.moves)) + " to " + p.Class(class).Name
	}
	return p.do(e)
}

// RemovePhotos takes photos out.
func (p *Project) RemovePhotos(ids []int) *Edit {
	e := new(Edit)
	for _, id := range ids {
		if ph := p.photos[id]; ph != nil && ph.Class != 0 {
			e.moves = append(e.moves, move{id, ph.Class, 0})
		}
	}
	switch len(e.moves) {
	case 0:
		return nil
	case 1:
		e.Text = "Removed " + p.photos[e.moves[0].photo].Name
	default:
		e.Text = "Removed " + words.Photos(len(e.moves))
	}
	return p.do(e)
}

// Drop takes a photo out for good, without an edit: it could not be read, or was there already.
func (p *Project) Drop(id int) {
	if ph := p.photos[id]; ph != nil {
		ph.Class, ph.dropped = 0, true
		p.members = nil
	}
}

// Rename gives the project another name.
func (p *Project) Rename(name string) *Edit {
	name = tidy(name)
	if name == "" || name == p.Name {
		return nil
	}
	return p.do(&Edit{Text: "Renamed the project to " + name, name: &change[string]{p.Name, name}})
}

// Set changes the settings; text says what was changed.
func (p *Project) Set(s Settings, text string) *Edit {
	if s == p.Settings {
		return nil
	}
	return p.do(&Edit{Text: text, settings: &change[Settings]{p.Settings, s}})
}

// Use brings a version back, with the network and the size that it sees with.
func (p *Project) Use(number int) *Edit {
	v := p.Version(number)
	if number == p.Current || v == nil {
		return nil
	}
	e := &Edit{Text: fmt.Sprintf("Brought back version %d", number), current: &change[int]{p.Current, number}}
	set := p.Settings
	set.Network, set.Size, set.Thorough, set.Once = v.Network, v.Size, v.Thorough, v.Once
	if v.Network != "" && set != p.Settings {
		e.settings = &change[Settings]{p.Settings, set}
	}
	return p.do(e)
}

// Annotate gives a version a note.
func (p *Project) Annotate(number int, note string) *Edit {
	v := p.Version(number)
	if v == nil || v.Note == note {
		return nil
	}
	return p.do(&Edit{Text: fmt.Sprintf("Noted something on version %d", number), note: &change[string]{v.Note, note}, version: number})
}

// AnswerIn has a version answer in the state that learning ended in, or in its best.
func (p *Project) AnswerIn(number int, last bool) *Edit {
	v := p.Version(number)
	if v == nil || v.Last == last || last && v.States == nil {
		return nil
	}
	text := "Version %d answers in its best state"
	if last {
		text = "Version %d answers as learning ended"
	}
	return p.do(&Edit{Text: fmt.Sprintf(text, number), last: &change[bool]{v.Last, last}, version: number})
}
