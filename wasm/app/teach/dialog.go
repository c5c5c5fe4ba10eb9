package teach

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// A dialog shows one photo large: one of a class, or one that was tried, whose number is then below 0.
type dialog struct {
	*base
	try     *try
	asking  *asking
	open    int          // photo; 0 for none
	unshown map[int]bool // photos that the browser cannot show itself
	full    map[int]bool // photos that were asked of the store
	heat    sheet.Heat
	due     *question // for a heat map, which waits for the photo's file
	inside  sheet.Inside
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
	// InsideToggle switches what is inside the network on and off, InsideLayer shows another layer.
	InsideToggle struct{}
	InsideLayer  struct{ Layer string }
	// UnshownPhoto says that the browser cannot show a photo, whose thumbnail must do.
	UnshownPhoto struct{ Photo int }
)

func (e OpenTried) update(d *dialog, t *outside.Turn) { d.show(t, -e.Tried) }

// show opens a photo.
func (d *dialog) show(t *outside.Turn, id int) {
	d.open = id
	if d.heat.On && d.heat.Photo != id {
		d.askHeat(t, "")
	}
	d.inside.Again(id)
}

func (ClosePhoto) update(d *dialog, t *outside.Turn) {
	id := d.open
	d.close()
	if id < 0 {
		t.Focus(`button[data-tried="` + strconv.Itoa(-id) + `"]`)
	} else {
		t.Focus(`[data-photo="` + strconv.Itoa(id) + `"] button`)
	}
}

func (d *dialog) close() {
	d.open, d.heat.On, d.due = 0, false, nil
	d.inside.Close()
}

func (e StepPhoto) update(d *dialog, t *outside.Turn) {
	var all []int
	if d.open < 0 {
		for _, k := range d.try.photos {
			all = append(all, -k.id)
		}
	} else if ph := d.Photo(d.open); ph != nil {
		for _, m := range d.Members(ph.Class) {
			all = append(all, m.ID)
		}
	}
	for i, id := range all {
		if id == d.open {
			d.show(t, all[(i+e.By+len(all))%len(all)])
			return
		}
	}
}

func (e ClassOfPhoto) update(d *dialog, t *outside.Turn) {
	d.change(t, d.MovePhotos([]int{d.open}, e.Class))
}

// remove takes a photo out, here or in a list, and leaves the keyboard on the next.
func (d *dialog) remove(t *outside.Turn, photo int) {
	ph := d.Photo(photo)
	if ph == nil || ph.Class == 0 {
		return
	}
	next := 0
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
	d.change(t, d.RemovePhotos([]int{photo}))
	switch {
	case inDialog && next != 0:
		d.show(t, next)
	case inDialog:
		d.close()
	case next != 0:
		t.Focus(`[data-photo="` + strconv.Itoa(next) + `"] button`)
	}
}

// moved closes the dialogue where its photo was taken out.
func (d *dialog) moved() {
	if ph := d.Photo(d.open); d.open > 0 && (ph == nil || ph.Class == 0) {
		d.close()
	}
}

func (e HeatFor) update(d *dialog, t *outside.Turn) { d.askHeat(t, e.Class) }

func (HeatOff) update(d *dialog, t *outside.Turn) {
	d.heat.On, d.due = false, nil
}

// askHeat has the heat map of the photo made for a class, "" for its own.
func (d *dialog) askHeat(t *outside.Turn, class string) {
	if d.open < 0 {
		k := d.try.photo(-d.open)
		if k == nil || k.answer == nil || len(k.answer.results) == 0 {
			return
		}
		if class == "" {
			class = k.answer.results[0].Label
		}
	} else {
		ph := d.Photo(d.open)
		if ph == nil || ph.Class == 0 {
			return
		}
		if class == "" {
			class = d.Class(ph.Class).Name
		}
	}
	d.asking.drop(func(q *question) bool { return q.heat != 0 })
	d.heat = sheet.Heat{On: true, Photo: d.open, Class: class}
	d.due = &question{heat: d.open, class: class}
}

func (InsideToggle) update(d *dialog, t *outside.Turn) { d.inside.Toggle(d.open) }

func (e InsideLayer) update(d *dialog, t *outside.Turn) { d.inside.Ask(d.open, e.Layer) }

func (e UnshownPhoto) update(d *dialog, t *outside.Turn) {
	if d.unshown == nil {
		d.unshown = map[int]bool{}
	}
	d.unshown[e.Photo] = true
}

// again asks for what shows by the head that is now in use.
func (d *dialog) again(t *outside.Turn) {
	if d.heat.On {
		d.askHeat(t, d.heat.Class)
	}
}

// reply takes what came of a heat map.
func (d *dialog) reply(r *reply) {
	if !d.heat.Of(r.heat) || d.heat.Class != r.class {
		return
	}
	if r.told == nil {
		d.heat.Why = sentence(r.why)
		return
	}
	d.heat.Take(r.told.Heat)
	d.heat.Small = r.small
}

// settle gives what waits for the photo's file what it needs.
func (d *dialog) settle(t *outside.Turn) {
	if d.due == nil && !d.inside.Wanted && !d.wantsFull() {
		return
	}
	file, small, known := d.wanted.of(d, t, d.open)
	if !known {
		return
	}
	if q := d.due; q != nil {
		d.due = nil
		if q.file, q.small = file, small; file == nil {
			d.heat.Why = "The photo is not at hand any more."
		} else {
			d.asking.ask(t, q)
		}
	}
	if d.inside.Wanted {
		d.inside.Take(file)
	}
}

// wantsFull tells whether the photo itself is to be shown and is still in the store.
func (d *dialog) wantsFull() bool {
	ph := d.Photo(d.open)
	return ph != nil && ph.Full > 0 && d.files[d.open].Object == nil && !d.full[d.open]
}

// A fileOf is the file of a photo, which may come from the store: itself, or else its thumbnail, which is small.
type fileOf struct {
	photo  int
	kind   string
	ticket int
	file   outside.Object
	known  bool
}

// of returns the file, once it is known.
func (f *fileOf) of(d *dialog, t *outside.Turn, id int) (file outside.Object, small, known bool) {
	if id < 0 {
		if k := d.try.photo(-id); k != nil {
			return k.file.Object, false, true
		}
		return nil, false, true
	}
	if file := d.files[id]; file.Object != nil {
		return file.Object, false, true
	}
	ph := d.Photo(id)
	if ph == nil || !d.stored {
		return nil, false, true
	}
	if f.photo != id {
		kind := thumbRecords
		if ph.Full > 0 {
			kind = fullRecords
		}
		*f = fileOf{photo: id}
		f.ask(d, t, kind)
	}
	return f.file, f.kind == thumbRecords, f.known
}

func (f *fileOf) ask(d *dialog, t *outside.Turn, kind string) {
	f.kind, f.ticket = kind, t.Ticket()
	t.Ask(outside.Get{Ticket: f.ticket, Kind: kind, Keys: [][]any{d.key(f.photo)}})
}

// receive takes what the store says, and tells whether it was of this file.
func (d *dialog) receive(t *outside.Turn, e any) bool {
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
		if f.kind == fullRecords {
			if d.full == nil {
				d.full = map[int]bool{}
			}
			d.full[f.photo] = true
			if f.file == nil { // the thumbnail must do
				f.ask(d, t, thumbRecords)
				return true
			}
			d.files[f.photo] = outside.File{Object: f.file}
		}
		f.known = true
		t.Soon()
		return true
	}
	return false
}

// told takes what the pool says of the question what is inside, and tells whether it was of that.
func (d *dialog) told(t *outside.Turn, told any) bool { return d.inside.Receive(t, told) }

// hand gives an idle worker the question what is inside, and tells whether it did.
func (d *dialog) hand(t *outside.Turn, p *pool.Pool, w *pool.Worker, alone bool) bool {
	if !d.inside.Due() {
		return false
	}
	p.Hand(t, w, d.inside.Message(t, alone))
	return true
}

func (d *dialog) handBack(job protocol.Job) bool { return d.inside.HandBack(job) }

// picture is what is shown of a photo: itself, where that is at hand and can be shown.
func (d *dialog) picture(id int, file, small outside.Object) (picture outside.Object, unshown any) {
	if file == nil || d.unshown[id] {
		return small, nil
	}
	return file, d.in(UnshownPhoto{id})
}

// view is the dialogue, nil where none is open.
func (d *dialog) view() *node {
	s := sheet.Sheet{
		Photo: d.open, Heat: &d.heat, Close: d.in(ClosePhoto{}), Previous: d.in(StepPhoto{-1}), Next: d.in(StepPhoto{1}),
		HeatOff: d.in(HeatOff{}), HeatFor: func(class string) any { return d.in(HeatFor{class}) },
	}
	if d.open < 0 {
		return d.triedView(&s)
	}
	ph := d.Photo(d.open)
	if ph == nil || ph.Class == 0 {
		return nil
	}
	class := d.Class(ph.Class)
	var facts []*node
	if text := detail(ph); text != "" {
		facts = append(facts, el("p.quiet", text))
	}
	if h := d.held(ph.ID); h != nil {
		verdict := "Named right"
		if h.Label != class.Name {
			verdict = "Taken for " + h.Label
		}
		facts = append(facts, el("p", el("strong", verdict), fmt.Sprintf(", %s sure, when it had not learnt from this photo.", words.Percent(h.Score))))
		if h.Strange > 1 {
			facts = append(facts, el("p", "It looks unlike the other photos and would be answered “unknown”."))
		}
	}
	if ph.SmallIn(d.spaces()) {
		facts = append(facts, el("p.quiet", "Read from the small picture that is kept, since the photo itself is not at hand. Add it again for a better look."))
	}
	options := []*node{}
	for _, c := range d.Classes {
		options = append(options, el("option", at("value", c.ID), flag("selected", c.ID == ph.Class), c.Name, key(strconv.Itoa(c.ID))))
	}
	s.Title, s.Alt, s.Class = ph.Name, ph.Name, class.Name
	s.Picture, s.Unshown = d.picture(ph.ID, d.files[ph.ID].Object, d.thumbs.of(ph.ID))
	s.Above = []*node{
		el("div.field", el("label", at("for", "photo-class"), "Class"), el("select", at("id", "photo-class"),
			d.chosen("photo-class", func(value string) any { return ClassOfPhoto{number(value)} }, "photo", ph.ID), at("value", ph.Class), options)),
		el("div.facts", facts),
	}
	s.Tools = []*node{el("button.button.small", at("type", "button"), d.do("remove", RemovePhoto{ph.ID}, "photo", ph.ID), "Remove")}
	if v := d.current(); v != nil {
		s.Classes = v.Classes
	}
	s.Below = []*node{d.insideView()}
	return s.Node()
}

func (d *dialog) insideView() *node {
	return d.inside.Node(d.in(InsideToggle{}), func(layer string) any { return d.in(InsideLayer{layer}) })
}

// triedView shows a photo that was tried.
func (d *dialog) triedView(s *sheet.Sheet) *node {
	k := d.try.photo(-d.open)
	if k == nil {
		return nil
	}
	s.Title, s.Alt = k.file.Name, k.file.Name
	s.Picture, s.Unshown = d.picture(d.open, k.file.Object, k.picture)
	switch {
	case k.problem != "":
		s.Above = []*node{el("p.problem", k.problem)}
	case k.answer == nil:
		s.Above = []*node{el("p.quiet", "Looking…")}
	default:
		s.Above = []*node{k.answer.nodes()}
		if v := d.current(); v != nil && len(k.answer.results) > 0 {
			s.Classes, s.Class = v.Classes, k.answer.results[0].Label
		}
		s.Below = []*node{d.insideView()}
	}
	return s.Node()
}

func detail(ph *project.Photo) string {
	var out []string
	if ph.Width > 0 {
		out = append(out, words.Thousands(ph.Width)+" × "+words.Thousands(ph.Height)+" pixels")
	}
	if ph.Spaces == nil {
		out = append(out, "being read")
	}
	return strings.Join(out, ", ")
}
