package ask

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// A Dialog shows one photo large: one of a class, or one that was tried, whose number is then below
// 0.
type Dialog struct {
	*base.Base
	Try     *Try
	Asking  *Asking
	open    int          // photo; 0 for none
	unshown map[int]bool // photos that the browser cannot show itself
	full    map[int]bool // photos that were asked of the store
	heat    sheet.Heat
	due     *question // for a heat map, which waits for the photo's file
	Inside  sheet.Inside
	wanted  fileOf // of the photo for what is due
}

type (
	// ClosePhoto closes the dialogue, StepPhoto goes on to another photo, or back.
	ClosePhoto struct{}
	StepPhoto  struct{ By int }
	// ClassOfPhoto gives the photo another class.
	ClassOfPhoto struct{ Class int }
	// HeatFor has the heat map made for a class, HeatOff switches it off.
	HeatFor struct{ Class string }
	HeatOff struct{}
	// InsideToggle switches what is inside the network on and off, InsideLayer shows another layer,
	// and InsideMap lays a map of it over the photo.
	InsideToggle struct{}
	InsideLayer  struct{ Layer string }
	InsideMap    struct{ Map int }
	// UnshownPhoto says that the browser cannot show a photo, whose thumbnail must do.
	UnshownPhoto struct{ Photo int }
)

func (OpenTried) Viewing() {}

func (e OpenTried) Update(d *Dialog, t *outside.Turn) { d.Show(t, -e.Tried) }

// Show opens a photo.
func (d *Dialog) Show(t *outside.Turn, id int) {
	d.open = id
	if d.heat.On && d.heat.Photo != id {
		d.askHeat(t, "")
	}
	d.Inside.Again(id)
}

func (ClosePhoto) Viewing() {}

func (ClosePhoto) Update(d *Dialog, t *outside.Turn) {
	id := d.open
	d.Close()
	if id < 0 {
		t.Focus(`button[data-tried="` + strconv.Itoa(-id) + `"]`)
	} else {
		t.Focus(base.Photo(id) + " button")
	}
}

// Place names the photo that is open: photo-3, or tried-3 of those that were tried.
func (d *Dialog) Place() string {
	switch {
	case d.open < 0:
		return fmt.Sprint("tried-", -d.open)
	case d.open > 0:
		return fmt.Sprint("photo-", d.open)
	}
	return ""
}

// Go opens the photo that a place names, and closes the one that is open where it is none.
func (d *Dialog) Go(t *outside.Turn, places []string) {
	place := ""
	for _, one := range places {
		if strings.HasPrefix(one, "tried-") || strings.HasPrefix(one, "photo-") {
			place = one
		}
	}
	kind, text, _ := strings.Cut(place, "-")
	id := base.Number(text)
	ph := d.Photo(id)
	switch {
	case place == d.Place():
	case kind == "tried" && d.Try.photo(id) != nil:
		d.Show(t, -id)
	case kind == "photo" && ph != nil && d.Class(ph.Class) != nil:
		d.Show(t, id)
	case d.open != 0:
		ClosePhoto{}.Update(d, t)
	}
}

func (d *Dialog) Close() {
	d.open, d.heat.On, d.due = 0, false, nil
	d.Inside.Close()
}

func (StepPhoto) Viewing() {}

func (e StepPhoto) Update(d *Dialog, t *outside.Turn) {
	var all []int
	if d.open < 0 {
		for _, k := range d.Try.photos {
			all = append(all, -k.id)
		}
	} else if ph := d.Photo(d.open); ph != nil {
		for _, m := range d.Members(ph.Class) {
			all = append(all, m.ID)
		}
	}
	for i, id := range all {
		if id == d.open {
			d.Show(t, all[(i+e.By+len(all))%len(all)])
			return
		}
	}
}

func (e ClassOfPhoto) Update(d *Dialog, t *outside.Turn) {
	d.Change(t, d.MovePhotos([]int{d.open}, e.Class))
}

// Remove takes a photo out, here or in a list, and leaves the keyboard on the next.
func (d *Dialog) Remove(t *outside.Turn, photo int) {
	ph := d.Photo(photo)
	if ph == nil || ph.Class == 0 {
		return
	}
	next, class := 0, ph.Class
	for _, m := range d.Members(ph.Class) {
		if m.ID > photo {
			next = m.ID
			break
		}
		if m.ID != photo {
			next = m.ID
		}
	}
	inDialog := d.open == photo
	d.Change(t, d.RemovePhotos([]int{photo}))
	switch {
	case inDialog && next != 0:
		d.Show(t, next)
	case inDialog:
		d.Close()
	case next != 0:
		t.Focus(base.Photo(next) + " button")
	default:
		t.Focus(`#class-` + strconv.Itoa(class))
	}
}

// Moved closes the dialogue where its photo was taken out.
func (d *Dialog) Moved() {
	if ph := d.Photo(d.open); d.open > 0 && (ph == nil || d.Class(ph.Class) == nil) {
		d.Close()
	}
}

// Heated tells whether a heat map is shown.
func (d *Dialog) Heated() bool { return d.heat.On && d.heat.Picture != nil }

func (HeatFor) Viewing() {}

func (e HeatFor) Update(d *Dialog, t *outside.Turn) { d.askHeat(t, e.Class) }

func (HeatOff) Viewing() {}

func (HeatOff) Update(d *Dialog, t *outside.Turn) {
	d.heat.On, d.due = false, nil
}

// askHeat has the heat map of the photo made for a class, "" for its own.
func (d *Dialog) askHeat(t *outside.Turn, class string) {
	if d.open < 0 {
		k := d.Try.photo(-d.open)
		if k == nil || k.answer == nil || len(k.answer.results) == 0 {
			return
		}
		if class == "" {
			class = k.answer.results[0].Label
		}
	} else {
		ph := d.Photo(d.open)
		if ph == nil || d.Class(ph.Class) == nil {
			return
		}
		if class == "" {
			class = d.Class(ph.Class).Name
		}
	}
	d.Asking.drop(func(q *question) bool { return q.heat != 0 })
	d.heat = sheet.Heat{On: true, Photo: d.open, Class: class}
	d.due = &question{heat: d.open, class: class}
}

func (InsideToggle) Viewing() {}

func (InsideToggle) Update(d *Dialog, t *outside.Turn) { d.Inside.Toggle(d.open) }

func (InsideLayer) Viewing() {}

func (InsideMap) Viewing() {}

func (e InsideMap) Update(d *Dialog, t *outside.Turn) { d.Inside.Lay(t, e.Map) }

func (e InsideLayer) Update(d *Dialog, t *outside.Turn) { d.Inside.Ask(d.open, e.Layer) }

func (UnshownPhoto) Viewing() {}

func (e UnshownPhoto) Update(d *Dialog, t *outside.Turn) {
	if d.unshown == nil {
		d.unshown = map[int]bool{}
	}
	d.unshown[e.Photo] = true
}

// Again asks for what shows by the head that is now in use.
func (d *Dialog) Again(t *outside.Turn) {
	if d.heat.On {
		d.askHeat(t, d.heat.Class)
	}
}

// Reply takes what came of a heat map.
func (d *Dialog) Reply(r *Reply) {
	if !d.heat.Of(r.heat) || d.heat.Class != r.class {
		return
	}
	if r.told == nil {
		d.heat.Why = base.Sentence(r.why)
		return
	}
	d.heat.Take(r.told.Heat)
	d.heat.Small = r.small
}

// Settle gives what waits for the photo's file what it needs.
func (d *Dialog) Settle(t *outside.Turn) {
	if d.due == nil && !d.Inside.Wanted && !d.wantsFull() {
		return
	}
	file, small, known := d.wanted.of(d, t, d.open)
	if !known {
		return
	}
	if q := d.due; q != nil {
		d.due = nil
		if q.file, q.small = file, small; file == nil {
			d.heat.Why = say("The photo is not at hand any more.")
		} else {
			d.Asking.ask(t, q)
		}
	}
	if d.Inside.Wanted {
		d.Inside.Take(file)
	}
}

// wantsFull tells whether the photo itself is to be shown and is still in the store.
func (d *Dialog) wantsFull() bool {
	ph := d.Photo(d.open)
	return ph != nil && ph.Full > 0 && d.Files[d.open].Object == nil && !d.full[d.open]
}

// A fileOf is the file of a photo, which may come from the store: itself, or else its thumbnail,
// which is small.
type fileOf struct {
	photo  int
	kind   string
	ticket int
	file   outside.Object
	known  bool
}

// of returns the file, once it is known.
func (f *fileOf) of(d *Dialog, t *outside.Turn, id int) (file outside.Object, small, known bool) {
	if id < 0 {
		if k := d.Try.photo(-id); k != nil {
			return k.file.Object, false, true
		}
		return nil, false, true
	}
	if file := d.Files[id]; file.Object != nil {
		return file.Object, false, true
	}
	ph := d.Photo(id)
	if ph == nil || !d.Stored {
		return nil, false, true
	}
	if f.photo != id {
		kind := base.ThumbRecords
		if ph.Full > 0 {
			kind = base.FullRecords
		}
		*f = fileOf{photo: id}
		f.ask(d, t, kind)
	}
	return f.file, f.kind == base.ThumbRecords, f.known
}

func (f *fileOf) ask(d *Dialog, t *outside.Turn, kind string) {
	f.kind, f.ticket = kind, t.Ticket()
	t.Ask(outside.Get{Ticket: f.ticket, Kind: kind, Keys: [][]any{d.RecordKey(f.photo)}})
}

// Receive takes what the store says, and tells whether it was of this file.
func (d *Dialog) Receive(t *outside.Turn, e any) bool {
	f := &d.wanted
	switch e := e.(type) {
	case outside.Piece:
		if e.Ticket != f.ticket || f.ticket == 0 {
			return false
		}
		for _, r := range e.Records {
			f.file, _ = r.Value.(outside.Object)
		}
		return true
	case outside.Ended:
		if e.Ticket != f.ticket || f.ticket == 0 {
			return false
		}
		f.ticket = 0
		if f.kind == base.FullRecords {
			if d.full == nil {
				d.full = map[int]bool{}
			}
			d.full[f.photo] = true
			if f.file == nil { // the thumbnail must do
				f.ask(d, t, base.ThumbRecords)
				return true
			}
			d.Files[f.photo] = outside.File{Object: f.file}
		}
		f.known = true
		t.Soon()
		return true
	}
	return false
}

// Told takes what the pool says of the question what is inside, and tells whether it was of that.
func (d *Dialog) Told(t *outside.Turn, told any) bool { return d.Inside.Receive(t, told) }

// Hand gives an idle worker the question what is inside, and tells whether it did.
func (d *Dialog) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker, alone bool) bool {
	if !d.Inside.Due() {
		return false
	}
	p.Hand(t, w, d.Inside.Message(t, alone))
	return true
}

func (d *Dialog) HandBack(job protocol.Job) bool { return d.Inside.HandBack(job) }

// picture is what is shown of a photo: itself, where that is at hand and can be shown.
func (d *Dialog) picture(id int, file, small outside.Object) (picture outside.Object, unshown any) {
	if file == nil || d.unshown[id] {
		return small, nil
	}
	return file, d.In(UnshownPhoto{id})
}

// View is the dialogue, nil where none is open.
func (d *Dialog) View() *node {
	s := sheet.Sheet{
		Photo: d.open, Heat: &d.heat, Close: d.In(ClosePhoto{}), Previous: d.In(StepPhoto{-1}), Next: d.In(StepPhoto{1}),
		HeatOff: d.In(HeatOff{}), HeatFor: func(class string) any { return d.In(HeatFor{class}) }, Word: named,
	}
	if d.open < 0 {
		return d.triedView(&s)
	}
	ph := d.Photo(d.open)
	if ph == nil || d.Class(ph.Class) == nil {
		return nil
	}
	class := d.Class(ph.Class)
	var facts []*node
	if text := detail(ph); text != "" {
		facts = append(facts, el("p.quiet", text))
	}
	if h := d.HeldOut(ph.ID); h != nil {
		verdict := say("Named right")
		if h.Label != class.Name {
			verdict = say("Taken for {1}", h.Label)
		}
		facts = append(facts, el("p", el("strong", verdict), " ", say("({1} sure, when it had not learnt from this photo)", words.Percent(h.Score))))
		if h.Strange > 1 {
			facts = append(facts, el("p", say("It looks unlike the other photos and would be answered “unknown”.")))
		}
	}
	if ph.SmallIn(d.Spaces()) {
		facts = append(facts, el("p.quiet", say("Read from the small picture that is kept, since the photo itself is not at hand. Add it again for a better look.")))
	}
	options := []*node{}
	for _, c := range d.Classes {
		options = append(options, el("option", at("value", c.ID), flag("selected", c.ID == ph.Class), named(c.Name), key(strconv.Itoa(c.ID))))
	}
	s.Title, s.Alt, s.Class = ph.Name, named(ph.Name), class.Name
	s.Picture, s.Unshown = d.picture(ph.ID, d.Files[ph.ID].Object, d.Thumbs.Of(ph.ID))
	s.Above = []*node{
		el("div.field", el("label", at("for", "photo-class"), say("Class")), el("select", at("id", "photo-class"),
			d.Chosen("photo-class", func(value string) any { return ClassOfPhoto{base.Number(value)} }, "photo", ph.ID), at("value", ph.Class), options)),
		el("div.facts", facts),
	}
	s.Tools = []*node{el("button.button.small", at("type", "button"), d.Do("remove", base.RemovePhoto{Photo: ph.ID}, "photo", ph.ID), say("Remove"))}
	if v := d.InUse(); v != nil {
		s.Classes = v.Classes
	}
	s.Below = []*node{d.insideView()}
	return s.Node()
}

func (d *Dialog) insideView() *node {
	return d.Inside.Node(d.In(InsideToggle{}), func(layer string) any { return d.In(InsideLayer{layer}) }, func(plane int) any { return d.In(InsideMap{plane}) })
}

// triedView shows a photo that was tried.
func (d *Dialog) triedView(s *sheet.Sheet) *node {
	k := d.Try.photo(-d.open)
	if k == nil {
		return nil
	}
	s.Title, s.Alt = k.file.Name, named(k.file.Name)
	s.Picture, s.Unshown = d.picture(d.open, k.file.Object, k.picture)
	switch {
	case k.problem != "":
		s.Above = []*node{el("p.problem", k.problem)}
	case k.answer == nil:
		s.Above = []*node{el("p.quiet", say("Looking…"))}
	default:
		s.Above = []*node{k.answer.nodes()}
		if v := d.InUse(); v != nil && len(k.answer.results) > 0 {
			s.Classes, s.Class = v.Classes, k.answer.results[0].Label
		}
		s.Below = []*node{d.insideView()}
	}
	return s.Node()
}

func detail(ph *project.Photo) string {
	var out []string
	if ph.Width > 0 {
		out = append(out, say("{1} × {2} pixels", ph.Width, ph.Height))
	}
	if ph.Spaces == nil {
		out = append(out, say("being read"))
	}
	return strings.Join(out, ", ")
}
