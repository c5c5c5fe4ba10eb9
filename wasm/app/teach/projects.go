package teach

import (
	"slices"
	"sort"
	"strconv"
	"time"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// noteDeleted is the note, with the ID of a project, that it was deleted, and when.
const noteDeleted = "deleted"

// projects is what there is besides the project that is open: the list of all, and what a person
// does with one as a whole.
type projects struct {
	stored   bool       // the store is open
	unstored string     // why it is not
	open     *base.Base // of the project that is open, nil until there is one

	list     []project.Summary // all that are saved, newest first
	bin      []binned          // those that were deleted, latest first
	listing  *listing          // the list that is being read
	asked    any               // what a person asked for, which begins once all is saved
	menuOpen bool              // what can be done with a project as a whole is shown
}

// binDays is for how many days a project that was deleted stays in the bin.
const binDays = 30

// removed is a project that is or was deleted.
type removed struct{ id, name string }

// A binned project was deleted and can be brought back, until it has been in the bin for long
// enough.
type binned struct {
	project.Summary
	at time.Time // it was deleted
}

// A listing is the list of projects on its way from the store.
type listing struct {
	tickets  [2]int               // of what was deleted, and of projects; 0 once they are there
	gone     map[string]time.Time // when each was
	projects []project.Summary
	damaged  int
	why      string
}

type (
	// NewProject begins a new project, OpenProject opens another; what was open stays saved.
	NewProject  struct{}
	OpenProject struct{ ID string }
	// DeleteProject puts the project that is open into the bin.
	DeleteProject struct{}
	// BringBack brings back a project from the bin.
	BringBack struct{ ID string }
	// EraseProject deletes a project of the bin for good.
	EraseProject struct{ ID string }
	// DropProject deletes a project that is not open.
	DropProject struct{ ID string }
	// MenuToggled says that the menu of projects was opened or closed.
	MenuToggled struct{ Open bool }
	// BeginLesson begins the lesson, in a project of its own where the one that is open has
	// classes, or goes on with it.
	BeginLesson struct{}
	// WorkHere works on the project here, and has the other tab let go of it.
	WorkHere struct{}
	// Anyway does something although the latest changes are not saved.
	Anyway struct{ After any }
)

func (MenuToggled) Viewing() {}
func (NewProject) Viewing()  {}
func (OpenProject) Viewing() {}
func (DropProject) Viewing() {}
func (WorkHere) Viewing()    {}
func (BeginLesson) Viewing() {}
func (Anyway) Viewing()      {}

func (e NewProject) Update(p *projects, t *outside.Turn)    { p.ask(t, e) }
func (e OpenProject) Update(p *projects, t *outside.Turn)   { p.ask(t, e) }
func (e DeleteProject) Update(p *projects, t *outside.Turn) { p.ask(t, e) }
func (e BringBack) Update(p *projects, t *outside.Turn)     { p.ask(t, e) }
func (e DropProject) Update(p *projects, t *outside.Turn)   { p.ask(t, e) }

func (e BeginLesson) Update(p *projects, t *outside.Turn) { p.ask(t, e) }

func (e WorkHere) Update(p *projects, t *outside.Turn) {
	if p.open.Elsewhere {
		p.ask(t, e)
	}
}

func (e Anyway) Update(p *projects, t *outside.Turn) {
	p.open.Notices = slices.DeleteFunc(p.open.Notices, isAnyway)
	p.ask(t, e)
}

func (e MenuToggled) Update(p *projects, _ *outside.Turn) { p.menuOpen = e.Open }

// closeMenu closes the menu; with back the keyboard goes back to its button.
func (p *projects) closeMenu(t *outside.Turn, back bool) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	if p.menuOpen = false; back {
		t.Focus("details[data-menu] summary")
	}
}

func isAnyway(n base.Notice) bool {
	_, is := n.Event.(Anyway)
	return is
}

func (p *projects) ask(t *outside.Turn, what any) {
	p.closeMenu(t, true)
	p.asked = what
}

// read reads the list of projects.
func (p *projects) read(t *outside.Turn) {
	if p.stored {
		p.listing = &listing{tickets: [2]int{t.Ticket(), t.Ticket()}, gone: map[string]time.Time{}}
		t.Ask(outside.GetAll{Ticket: p.listing.tickets[0], Kind: base.NoteRecords, Prefix: []any{noteDeleted}})
		t.Ask(outside.GetAll{Ticket: p.listing.tickets[1], Kind: base.ProjectRecords})
	}
}

// which is which of the two was asked for with a ticket, -1 for none.
func (l *listing) which(ticket int) int {
	if l == nil || ticket == 0 {
		return -1
	}
	return slices.Index(l.tickets[:], ticket)
}

// piece takes some of the list.
func (l *listing) piece(e outside.Piece) bool {
	which := l.which(e.Ticket)
	if which < 0 {
		return false
	}
	for _, r := range e.Records {
		text, is := r.Value.(string)
		switch {
		case !is:
		case which == 0 && len(r.Key) > 1:
			if id, is := r.Key[1].(string); is {
				l.gone[id], _ = time.Parse(time.RFC3339, text)
			}
		case which == 0: // of an earlier version of the page
			l.gone[text] = time.Time{}
		default:
			if one, err := project.Summarise([]byte(text)); err == nil {
				l.projects = append(l.projects, one)
			} else {
				l.damaged++
			}
		}
	}
	return true
}

// ended takes that one of the two was read, and tells whether that is all.
func (l *listing) ended(e outside.Ended) (is, all bool) {
	which := l.which(e.Ticket)
	if which < 0 {
		return false, false
	}
	if e.Error != "" {
		l.why = e.Error
	}
	l.tickets[which] = 0
	return true, l.tickets == [2]int{}
}

// unread says that the list could not be read.
func (l *listing) unread() string {
	return say("The list of your projects could not be read: {1}.", base.Plainly(l.why))
}

// order are the projects, newest first, and apart from them those that were deleted.
func (l *listing) order() (list []project.Summary, bin []binned) {
	for _, one := range l.projects {
		if at, gone := l.gone[one.ID]; gone {
			bin = append(bin, binned{one, at})
		} else {
			list = append(list, one)
		}
	}
	sort.SliceStable(bin, func(i, j int) bool { return bin[i].at.After(bin[j].at) })
	sort.SliceStable(list, func(i, j int) bool { return list[i].Saved.After(list[j].Saved) })
	return list, bin
}

// renew brings the list up to date with what was read.
func (p *projects) renew(t *outside.Turn) {
	l := p.listing
	p.listing = nil
	if l.why != "" {
		p.open.Notice(t, l.unread())
		return
	}
	p.list, p.bin = l.order()
	if l.damaged > 0 {
		p.open.Notice(t, damagedProjects(l.damaged))
	}
}

func damagedProjects(n int) string {
	return say("{1|# saved project cannot be read and is|# saved projects cannot be read and are} not in the list.", n)
}

// find is a project of the list, nil where it is not in it.
func (p *projects) find(id string) *project.Summary {
	i := slices.IndexFunc(p.list, func(one project.Summary) bool { return one.ID == id })
	if i < 0 {
		return nil
	}
	return &p.list[i]
}

// toBin puts a project into the bin.
func (p *projects) toBin(t *outside.Turn, one removed) {
	was := project.Summary{ID: one.id, Name: one.name}
	if known := p.find(one.id); known != nil {
		was = *known
	}
	p.forget(one.id)
	p.unbin(one.id)
	p.bin = append([]binned{{was, t.Now}}, p.bin...)
}

// unbin takes a project out of the bin and returns it, nil where it is not in it.
func (p *projects) unbin(id string) *binned {
	for i, one := range p.bin {
		if one.ID == id {
			p.bin = append(p.bin[:i:i], p.bin[i+1:]...)
			return &one
		}
	}
	return nil
}

// forget takes a project out of the list.
func (p *projects) forget(id string) {
	p.list = slices.DeleteFunc(p.list, func(one project.Summary) bool { return one.ID == id })
}

// enlist puts the project that is open, which is saved by now, first.
func (p *projects) enlist(t *outside.Turn) {
	b := p.open
	p.list = append([]project.Summary{{ID: b.ID, Name: b.Name, Saved: t.Now, Classes: len(b.Classes), Photos: b.Count(), Taught: b.Current > 0}}, p.list...)
}

// freeName is a name that no project has.
func (p *projects) freeName(name string) string { return project.FreeName(name, p.taken()) }

// taken are the names of all projects.
func (p *projects) taken() []string {
	var out []string
	if p.open != nil { // as it is called now
		out = append(out, p.open.Name)
	}
	for _, one := range p.list {
		if p.open == nil || one.ID != p.open.ID {
			out = append(out, one.Name)
		}
	}
	return out
}

// taught are the projects in the store that have a head: the one that is open as it is now.
func (p *projects) taught() []project.Summary {
	var out []project.Summary
	if p.stored && p.open != nil && p.open.InUse() != nil {
		out = append(out, project.Summary{ID: p.open.ID, Name: p.open.Name, Taught: true})
	}
	for _, one := range p.list {
		if one.Taught && (p.open == nil || one.ID != p.open.ID) {
			out = append(out, one)
		}
	}
	return out
}

// maxUndo is how many changes can be undone, as core/project keeps them.
const maxUndo = 200

// menu is what can be done with a project as a whole; file opens one.
func (p *projects) menu(file *node) *node {
	b := p.open
	var others []*node
	for _, o := range p.list {
		if o.ID == b.ID {
			continue
		}
		others = append(others, el("li", key(o.ID), el("button", at("type", "button"), b.Do("project-open", OpenProject{o.ID}, "id", o.ID),
			el("span", named(o.Name)), el("small", say("{1|# class|# classes}, {2|# photo|# photos}", o.Classes, o.Photos)))))
	}
	var list *node
	if others != nil {
		list = el("ul.project-list", at("role", "list"), at("aria-label", say("Other projects")), others)
	}
	return el("details.drop-menu", at("data-menu", "project"),
		markup.On("toggle", func(in markup.Input) any { return b.In(MenuToggled{in.Checked}) }),
		markup.On("press", func(markup.Input) any { return nil }), // not beside it
		el("summary.button", say("Project")),
		el("div.menu-list",
			el("button", at("type", "button"), b.Do("project-save", learn.SaveFile{}), say("Save as a file")),
			file,
			el("button", at("type", "button"), b.Do("project-new", NewProject{}), say("New project")),
			el("button", at("type", "button"), b.Do("project-delete", DeleteProject{}), say("Delete this project")),
			el("button", at("type", "button"), b.Do("project-lesson", BeginLesson{}), say("For teachers: a lesson")),
			el("p.menu-note", say("Undo reaches back over the last {1} changes, those of earlier visits too. Versions stay, and so does what was saved.", maxUndo)),
			list, p.binned()))
}

// binned is the bin, nil while nothing is in it.
func (p *projects) binned() *node {
	b := p.open
	if len(p.bin) == 0 {
		return nil
	}
	list := el("ul", at("role", "list"), at("aria-label", say("Deleted projects")))
	for _, one := range p.bin {
		list.Kids = append(list.Kids, el("li", key(one.ID), el("span", named(one.Name)), el("small", say("Deleted on {1}", text.Day(one.at))),
			el("button.link", at("type", "button"), b.Do("project-back", BringBack{one.ID}, "id", one.ID), at("aria-label", say("Bring back {1}", one.Name)), say("Bring back")),
			el("button.link", at("type", "button"), b.Do("project-erase", EraseProject{one.ID}, "id", one.ID), at("aria-label", say("Delete for good: {1}", one.Name)), say("Delete for good"))))
	}
	return el("details.bin", key("bin"), el("summary", words.Plural(len(p.bin), "deleted project", "deleted projects")),
		el("p.menu-note", say("Each is deleted for good after {1} days.", binDays)), list)
}

// elsewhere says that the project is only shown.
func (p *projects) elsewhere() *node {
	b := p.open
	if !b.Elsewhere {
		return nil
	}
	title, text := say("This project is open in another tab."), say("Here you can look at it and try photos on it. To add or change something, go to that tab, or work on it here: then that tab only shows it.")
	if why := b.Unclaimed; why != "" {
		title = say("This project is only shown here.")
		text = say("The browser could not store that this tab works on it ({1}), and does not tell whether another tab does, which might save over what you add. Here you can look at it and try photos on it. To try again, work on it here.", base.Plainly(why))
	}
	return el("section.fault.elsewhere", at("role", "status"), key("elsewhere"), el("h2", title), el("p", text),
		el("button.button.primary", at("type", "button"), b.Do("project-take", WorkHere{}), say("Work on it here")))
}

func newID(t *outside.Turn) string { return strconv.FormatUint(t.Lot(), 36) }
