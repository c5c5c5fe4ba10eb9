package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
)

// picking is the panel of photos that a person picked, to do something with them: with the button
// for it, by a click with Control or Shift, or by holding a finger on one.
type picking struct {
	photos    *photos
	comparing bool // the dialogue is open
}

// mostCompared is how many photos are compared side by side.
const mostCompared = 6

type (
	// RemovePicked removes them, SavePicked offers their answers as a file.
	RemovePicked struct{}
	SavePicked   struct{}
	// ComparePicked shows them side by side, CloseCompare no more.
	ComparePicked struct{}
	CloseCompare  struct{}
	// TeachPicked takes them to the view in which they are taught, each into a class of its name.
	// It is dealt with by the whole page.
	TeachPicked struct{}
)

func (RemovePicked) update(k *picking, t *outside.Turn) {
	if gone := k.photos.chosen(); len(gone) > 0 {
		k.photos.pick(false)
		k.photos.remove(t, gone, say("Removed {1|# photo|# photos}.", len(gone)))
		t.Focus("#toast-undo")
	}
}

func (SavePicked) update(k *picking, t *outside.Turn) {
	if list := k.photos.chosen(); len(list) > 0 {
		offer(t, list, CSV)
	}
}

func (ComparePicked) update(k *picking, t *outside.Turn) { k.comparing = k.comparable() }

func (CloseCompare) update(k *picking, t *outside.Turn) {
	k.comparing = false
	t.Focus("#picked-compare")
}

// comparable tells whether as many are picked as can be compared.
func (k *picking) comparable() bool {
	n := len(k.photos.chosen())
	return n >= 2 && n <= mostCompared
}

// files are those that were picked, each in a folder of its name.
func (k *picking) files() (out []outside.File) {
	for _, p := range k.photos.chosen() {
		if c := k.photos.cards[p.ID]; p.Answer != nil && p.Answer.Best() != "" && !p.Missing {
			f := c.File
			f.Path, f.Folder = p.Answer.Best()+"/"+f.Name, 0
			out = append(out, f)
		}
	}
	return out
}

// view is the bar of what can be done with them, and the dialogue in which they are compared.
func (k *picking) view() (bar []*markup.Node, dialog *markup.Node) {
	s := k.photos
	if !s.picks {
		return []*markup.Node{}, nil
	}
	list := s.chosen()
	button := func(id, says string, event any, on bool) *markup.Node {
		return el("button.button.small", at("type", "button"), at("id", "picked-"+id), flag("disabled", !on), markup.Click(event), says)
	}
	bar = []*markup.Node{el("div.picked", at("role", "group"), at("aria-label", say("Picked photos")), markup.Key("picked"),
		el("p", at("role", "status"), say("{1|# photo|# photos} picked", len(list))),
		button("all", say("Pick all"), PickAll{}, len(list) < len(s.shown)),
		button("teach", say("Teach with these"), TeachPicked{}, len(k.files()) > 0),
		button("save", say("Save results"), SavePicked{}, len(list) > 0),
		button("compare", say("Compare"), ComparePicked{}, k.comparable()),
		button("remove", say("Remove"), RemovePicked{}, len(list) > 0),
		button("done", say("Done"), PickPhotos{}, true))}
	if k.comparing && k.comparable() {
		dialog = k.side(list)
	}
	return bar, dialog
}

// side shows photos side by side with their answers.
func (k *picking) side(list []*queue.Photo) *markup.Node {
	row := el("ul.compare", at("role", "list"))
	for _, p := range list {
		c := k.photos.cards[p.ID]
		picture := c.File.Object
		if p.Missing || picture == nil {
			picture = c.picture
		}
		li := el("li", markup.Key(item(p.ID)), el("img", markup.Shown(picture), at("alt", "")))
		if a := p.Answer; a != nil {
			li.Kids = append(li.Kids, el("h3.answer", a.Says()), el("p.file", named(p.Name)), listed(a))
			if e := earlier(p); e != nil {
				li.Kids = append(li.Kids, e)
			}
		} else {
			li.Kids = append(li.Kids, el("h3.answer", waiting[p.Stage]), el("p.file", named(p.Name)))
		}
		row.Kids = append(row.Kids, li)
	}
	return el("dialog.sheet.wide", at("data-modal", "compare"), at("aria-labelledby", "compare-photos"), markup.Key("compare"), markup.Send("cancel", CloseCompare{}),
		el("div.sheet-head", el("h2", at("id", "compare-photos"), say("Side by side")), sheet.Close(CloseCompare{}, say("Close"))), row)
}
