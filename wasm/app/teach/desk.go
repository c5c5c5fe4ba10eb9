package teach

import (
	"strconv"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/app/teach/share"
	"homeroom/wasm/words"
)

// A desk is the bar with the project's name, how it is saved, and what can be done with it as a
// whole.
type desk struct {
	*base.Base
	saving *learn.Saving
	filing *learn.Filing
	share  *share.Share
}

type (
	// RenameProject gives the project another name.
	RenameProject struct{ Name string }
	// Undo takes the last change back, Redo does it again.
	Undo struct{}
	Redo struct{}
	// CloseNotice dismisses a notice.
	CloseNotice struct{ Text string }
)

func (e RenameProject) Update(d *desk, t *outside.Turn) {
	edit := d.Rename(e.Name)
	if edit == nil {
		t.Ask(outside.SetValue{Selector: "#project-name", Value: d.Name})
	}
	d.Change(t, edit)
}

func (Undo) Update(d *desk, t *outside.Turn) {
	if e := d.Undo(); e != nil {
		t.Say("Undone: " + base.SentenceOf(e) + ".")
		d.Edited(e)
	}
}

func (Redo) Update(d *desk, t *outside.Turn) {
	if e := d.Redo(); e != nil {
		t.Say("Done again: " + base.SentenceOf(e) + ".")
		d.Edited(e)
	}
}

func (CloseNotice) Viewing() {}

func (e CloseNotice) Update(d *desk, t *outside.Turn) {
	for i, n := range d.Notices {
		if n.Text == e.Text {
			d.Notices = append(d.Notices[:i:i], d.Notices[i+1:]...)
			return
		}
	}
}

// maxUndo is how many changes can be undone, as core/project keeps them.
const maxUndo = 200

func (d *desk) view(projects []project.Summary) *node {
	undo, redo := "Undo", "Redo"
	if e := d.CanUndo(); e != nil {
		undo += ": " + base.SentenceOf(e)
	}
	if e := d.CanRedo(); e != nil {
		redo += ": " + base.SentenceOf(e)
	}
	var others []*node
	for _, o := range projects {
		if o.ID == d.ID {
			continue
		}
		others = append(others, el("li", key(o.ID), el("button", at("type", "button"), d.Do("project-open", OpenProject{o.ID}, "id", o.ID),
			el("span", o.Name), el("small", words.Plural(o.Classes, "class", "classes")+", "+words.Photos(o.Photos)))))
	}
	var list *node
	if others != nil {
		list = el("ul.project-list", at("role", "list"), at("aria-label", "Other projects"), others)
	}
	return el("section.desk", at("aria-label", "Project"), key("desk"),
		el("div.desk-name",
			el("label.hidden-text", at("for", "project-name"), "Name of the project"),
			el("input", at("id", "project-name"), at("type", "text"), at("maxlength", project.MaxName), at("autocomplete", "off"), at("value", d.Name),
				d.Chosen("project-name", func(name string) any { return RenameProject{name} })),
			d.saving.View()),
		el("div.desk-tools", d.share.Button(),
			d.iconButton("undo", Undo{}, undo, "M6.5 3.5 3 7l3.5 3.5M3.4 7H10a3.4 3.4 0 0 1 0 6.8H7", d.CanUndo() == nil),
			d.iconButton("redo", Redo{}, redo, "M9.5 3.5 13 7l-3.5 3.5M12.6 7H6a3.4 3.4 0 0 0 0 6.8h3", d.CanRedo() == nil),
			el("details.drop-menu", at("data-menu", "project"),
				el("summary.button", "Project"),
				el("div.menu-list",
					el("button", at("type", "button"), d.Do("project-save", learn.SaveFile{}), "Save as a file"),
					el("label.menu-file", el("input.picker", at("type", "file"), at("accept", ".homeroom"), at("aria-label", "Open a project file"),
						d.Picks("project-file", func(files []outside.File) any { return OpenFile{files[0]} })), el("span", "Open a project file")),
					el("button", at("type", "button"), d.Do("project-new", NewProject{}), "New project"),
					el("button", at("type", "button"), d.Do("project-delete", DeleteProject{}), "Delete this project"),
					el("p.menu-note", "Undo reaches back over the last "+strconv.Itoa(maxUndo)+" changes, those of earlier visits too. Versions stay, and so does what was saved."),
					list))),
	)
}

func (d *desk) iconButton(name string, event any, label, path string, off bool) *node {
	return el("button.icon", at("type", "button"), d.Do(name, event), at("aria-label", label), at("title", label), flag("disabled", off), base.Icon(path))
}

// noticeList is what is to be told until it is dismissed.
func (d *desk) noticeList() []*node {
	var out []*node
	for _, n := range d.Notices {
		var button *node
		if n.Action != "" {
			button = el("button.button.small", at("type", "button"), d.Do("notice", n.Event), n.Action)
		}
		var more []*node
		for _, a := range n.More {
			more = append(more, el("button.button.small", at("type", "button"), d.Do("notice-more", a.Event), a.Text))
		}
		out = append(out, el("section.notice", at("role", "status"), key("notice-"+n.Text), el("p", n.Text), button, more,
			el("button.close", at("type", "button"), d.Do("notice-close", CloseNotice{n.Text}), at("aria-label", "Dismiss"), base.Icon(sheet.Cross))))
	}
	return out
}

type (
	// NewProject begins a new project, OpenProject opens another; what was open stays saved.
	NewProject  struct{}
	OpenProject struct{ ID string }
	// DeleteProject deletes the project that is open. It can be brought back until another is
	// deleted or the page is closed.
	DeleteProject struct{}
	// BringBack brings back the project that was deleted last.
	BringBack struct{}
	// SaveStored makes the file of a project that is not open, DropProject deletes it.
	SaveStored  struct{ ID string }
	DropProject struct{ ID string }
	// OpenFile opens a project file as a project of its own.
	OpenFile struct{ File outside.File }
)
