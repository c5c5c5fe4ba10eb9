package teach

import (
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/app/teach/share"
)

// A desk is the bar with the project's name, how it is saved, and what can be done with it as a
// whole.
type desk struct {
	*base.Base
	saving *learn.Saving
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
		t.Say(say("Undone: {1}.", base.SentenceOf(e)))
		d.Edited(e)
	}
}

func (Redo) Update(d *desk, t *outside.Turn) {
	if e := d.Redo(); e != nil {
		t.Say(say("Done again: {1}.", base.SentenceOf(e)))
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

// view is the bar; menu is of what there is besides the project.
func (d *desk) view(menu *node) *node {
	undo, redo := say("Undo"), say("Redo")
	if e := d.CanUndo(); e != nil {
		undo += ": " + base.SentenceOf(e)
	}
	if e := d.CanRedo(); e != nil {
		redo += ": " + base.SentenceOf(e)
	}
	return el("section.desk", at("aria-label", say("Project")), key("desk"),
		el("div.desk-name",
			el("label.hidden-text", at("for", "project-name"), say("Name of the project")),
			el("input", at("id", "project-name"), at("type", "text"), at("maxlength", project.MaxName), at("autocomplete", "off"), at("value", d.Name),
				d.Chosen("project-name", func(name string) any { return RenameProject{name} })),
			d.version(), d.saving.View()),
		el("div.desk-tools", d.share.Button(),
			d.iconButton("undo", Undo{}, undo, "M6.5 3.5 3 7l3.5 3.5M3.4 7H10a3.4 3.4 0 0 1 0 6.8H7", d.CanUndo() == nil),
			d.iconButton("redo", Redo{}, redo, "M9.5 3.5 13 7l-3.5 3.5M12.6 7H6a3.4 3.4 0 0 0 0 6.8h3", d.CanRedo() == nil),
			menu),
	)
}

// version names the one in use, nil where there is none.
func (d *desk) version() *node {
	if d.Current == 0 {
		return nil
	}
	return el("p.desk-version", say("Version {1}", d.Current))
}

// iconButton has an arrow back or onward, in the direction of reading.
func (d *desk) iconButton(name string, event any, label, path string, off bool) *node {
	return el("button.icon.onward", at("type", "button"), d.Do(name, event), at("aria-label", label), at("title", label), flag("disabled", off), base.Icon(path))
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
			el("button.close", at("type", "button"), d.Do("notice-close", CloseNotice{n.Text}), at("aria-label", say("Dismiss")), base.Icon(sheet.Cross))))
	}
	return out
}
