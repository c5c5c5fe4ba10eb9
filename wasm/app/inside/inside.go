// Package inside is the page's side of the view "How networks grew": the photos to choose from, and
// the networks that its stops run, which a person lets it fetch. What a stop shows and computes is
// described by package tour, in a worker whose program is fetched when somebody comes here.
package inside

import (
	"encoding/json"
	"slices"
	"strconv"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// State is the view's.
type State struct {
	list  *catalogue.List
	shown bool
	stop  string

	photos []outside.File // to choose from
	photo  int            // the one that is looked at
	ticket int            // of the page's own, 0 where they are not on their way

	own     catalogue.List // of what is fetched for here: the page's other views keep theirs
	fetch   catalogue.Fetch
	program outside.Object
	packs   map[string]outside.Object
	agreed  bool // the network that is wanted may be fetched
	trouble *catalogue.Trouble

	pool     *pool.Pool
	question pool.Question
	worker   int             // that was told what follows
	asked    protocol.Walk   // last
	sent     map[string]bool // packs that the worker has
	knows    bool            // it knows the list, and the photos
	acts     []Act
	told     protocol.Walked
	kept     protocol.Text // what was set for the photo that is looked at
	sought   *note         // where a person was before the page was loaded anew, until that photo is there
	noted    string        // where a person is, as it was noted last
	nodes    []*markup.Node
	losses   int    // workers that died in a row
	why      string // the worker cannot go on
}

// A note says where a person is, for when the page is loaded anew.
type note struct {
	Photo string        `json:"photo"` // its name, and its size
	Bytes int64         `json:"bytes"`
	Kept  protocol.Text `json:"kept"`
}

// Return takes the note that this tab left before the page was loaded anew.
func (s *State) Return(text string) {
	n := new(note)
	if json.Unmarshal([]byte(text), n) == nil && n.Photo != "" {
		s.sought, s.noted = n, text
	}
}

// Wants tells whether the photo that was looked at is still to come.
func (s *State) Wants() bool { return s.sought != nil }

// find looks at the photo that was looked at before, where it is there now.
func (s *State) find() {
	if n := s.sought; n != nil {
		if i := slices.IndexFunc(s.photos, func(f outside.File) bool { return f.Name == n.Photo && f.Bytes == n.Bytes }); i >= 0 {
			s.photo, s.kept, s.sought, s.knows = i, n.Kept, nil, false
		}
	}
}

// leaves notes where a person is.
func (s *State) leaves(t *outside.Turn) {
	if s.sought != nil || s.photo >= len(s.photos) || s.kept == "" {
		return
	}
	f := s.photos[s.photo]
	text, err := json.Marshal(note{f.Name, f.Bytes, s.kept})
	if err == nil && string(text) != s.noted {
		s.noted = string(text)
		t.Ask(outside.SetNote{Text: s.noted})
	}
}

// program is what the worker's program is called where it is fetched.
const program = "program"

// Stops are the stops by their names in the address, in their order.
var Stops = []string{"alexnet", "vgg", "resnet", "gap", "excite", "attention", "compare"}

type (
	// Act is what a person does in what the worker described.
	Act struct {
		Handler    int
		Value, Key string
		Checked    bool
		Stroke     bool // Value is a way of the pointer, to which others are added
	}
	// Fetch lets the network be fetched, and tries again what failed.
	Fetch struct{}
	// Cancel ends that.
	Cancel struct{}
	// ChoosePhoto looks at another photo.
	ChoosePhoto struct{ Photo int }
	// Add adds photos, and looks at the first.
	Add struct{ Files []outside.File }
)

// New makes the view.
func New(list *catalogue.List) *State {
	return &State{list: list, stop: Stops[0], packs: map[string]outside.Object{}}
}

// mostPhotos is how many photos can be chosen from.
const mostPhotos = 12

// Given takes the photos that the page has, that first which is open.
func (s *State) Given(files []outside.File) {
	if len(files) > 0 && (len(s.photos) == 0 || s.photos[0].Object != files[0].Object) {
		s.add(files, s.photos)
	}
}

// add has some photos before others to choose from, and looks at the first.
func (s *State) add(files, others []outside.File) {
	was := outside.File{}
	if s.photo < len(s.photos) {
		was = s.photos[s.photo]
	}
	s.photos, s.photo, s.knows = nil, 0, false
	for _, f := range append(slices.Clone(files), others...) {
		if f.Object != nil && len(s.photos) < mostPhotos && !slices.ContainsFunc(s.photos, func(g outside.File) bool { return g.Object == f.Object }) {
			s.photos = append(s.photos, f)
		}
	}
	if len(s.photos) > 0 && s.photos[0].Object != was.Object {
		s.kept = ""
	}
	s.find()
}

// Enter is called when the view is shown, Leave when another is.
func (s *State) Enter(t *outside.Turn) {
	s.shown = true
	if len(s.photos) < t.Device.First && s.ticket == 0 {
		get := outside.FetchPhotos{Ticket: t.Ticket()}
		for n := range t.Device.First {
			get.Selectors = append(get.Selectors, "#first-"+strconv.Itoa(n+1)+" img")
		}
		s.ticket = get.Ticket
		t.Ask(get)
	}
	s.settle(t)
}

func (s *State) Leave(t *outside.Turn) {
	s.shown = false
	s.fetch.End(t)
	s.end(t)
}

// end ends the worker.
func (s *State) end(t *outside.Turn) {
	s.pool.Close(t)
	s.pool = nil
	s.begins()
}

// begins has the worker told everything anew.
func (s *State) begins() {
	s.sent, s.knows, s.acts = map[string]bool{}, false, nil
	s.question.Drop()
}

// Place is the stop that is shown.
func (s *State) Place() string { return s.stop }

// Go shows the stop that a place names, that which was shown where it names none.
func (s *State) Go(t *outside.Turn, place string) {
	if place != s.stop && slices.Contains(Stops, place) {
		s.stop, s.trouble, s.agreed, s.nodes, s.acts = place, nil, false, nil, nil
		s.question.Drop()
		t.Focus("#stop-" + place + " h2")
	}
	s.settle(t)
}

// Update deals with an event, and tells whether it was one of this view.
func (s *State) Update(t *outside.Turn, e any) bool {
	switch m := e.(type) {
	case outside.Comes:
		if !s.fetch.Comes(t, m) {
			return false
		}
	case outside.GotPack:
		is, trouble := s.fetch.Got(t, &s.own, m)
		if !is {
			return false
		}
		if n := s.fetch.Network; !s.fetch.Busy() {
			if s.trouble = trouble; trouble != nil {
			} else if n.Name == program {
				s.program = m.Pack
			} else {
				s.packs[n.Name] = m.Pack
				s.list.Keep(t, n, m.Pack)
			}
		}
	case outside.PhotosFetched:
		if m.Ticket != s.ticket || s.ticket == 0 {
			return false
		}
		if s.ticket = 0; m.Error == "" && m.Status == 0 {
			s.add(s.photos, m.Files)
		}
	case outside.FromWorker, outside.WorkerDied:
		told, own := s.pool.Hear(t, m)
		if !own {
			return false
		}
		s.hear(t, told)
	case Act:
		i := slices.IndexFunc(s.acts, func(a Act) bool { return a.Handler == m.Handler })
		if i >= 0 && m.Stroke {
			s.acts[i].Value += " " + m.Value
			break
		}
		s.acts = append(slices.DeleteFunc(s.acts, func(a Act) bool { return a.Handler == m.Handler }), m)
	case Fetch:
		if s.fetch.Stalled() != nil {
			s.fetch.End(t)
		}
		s.trouble, s.why, s.agreed, s.losses = nil, "", true, 0
	case Cancel:
		s.fetch.End(t)
		s.agreed, s.trouble = false, &catalogue.Trouble{What: text.Say("Nothing more is fetched."), Why: text.Say("You can go on here at any time.")}
	case ChoosePhoto:
		if m.Photo < len(s.photos) {
			if m.Photo != s.photo {
				s.kept = ""
			}
			s.photo, s.knows, s.sought = m.Photo, false, nil
		}
	case Add:
		s.sought = nil
		s.add(m.Files, s.photos)
	default:
		return false
	}
	t.Soon()
	s.settle(t)
	return true
}

// hear takes what the pool tells.
func (s *State) hear(t *outside.Turn, list []any) {
	for _, told := range list {
		switch m := told.(type) {
		case pool.Refused:
			s.end(t)
			s.why = words.Sentence(m.Why)
		case pool.Answered:
			if walked, is := m.Message.(protocol.Walked); is && s.question.Is(m.Job) {
				s.question.Drop()
				if walked.Network != s.told.Network {
					s.agreed = false
				}
				s.losses = 0
				if s.knows { // else it is of another photo
					s.kept = walked.Kept
					s.leaves(t)
				}
				if s.told = walked; len(s.acts) == 0 { // else what comes next is shown
					s.nodes = s.built(walked.Nodes)
				}
				if walked.Focus != "" {
					t.Focus(walked.Focus)
				}
			}
		case pool.GaveUp:
			if s.question.Is(m.Job) {
				s.end(t)
				s.why = words.Sentence(m.Why)
			}
		case pool.Lost:
			s.begins()
			if s.losses++; s.losses >= pool.MostLosses {
				s.end(t)
				s.why = words.Sentence(text.Say("the engine stopped twice: {1}", text.Foreign(m.Why)))
			}
		}
	}
}

// built makes nodes of what the worker described.
func (s *State) built(pieces []protocol.Piece) (out []*markup.Node) {
	for i := range pieces {
		p := &pieces[i]
		n := &markup.Node{Tag: p.Tag, Key: p.Key, Text: p.Text, Kids: s.built(p.Kids)}
		for _, a := range p.Attrs {
			attr := markup.Attr{Name: a.Name, Value: a.Value}
			if a.Object > 0 && a.Object <= len(s.told.Objects) {
				attr.Object = s.told.Objects[a.Object-1]
			}
			n.Attrs = append(n.Attrs, attr)
		}
		for _, h := range p.On {
			n.On = append(n.On, markup.On(h.Event, func(in markup.Input) any {
				if in.Key != "" && !outside.Leads(in.Key) {
					return nil
				}
				return Act{h.Number, in.Value, in.Key, in.Checked, h.Event == "stroke"}
			}))
		}
		out = append(out, n)
	}
	return out
}

// wanted is what is to be fetched: the program, or the network of the stop; nil for nothing.
func (s *State) wanted(t *outside.Turn) *catalogue.Network {
	if s.program == nil {
		p := t.Device.Sharing
		return &catalogue.Network{Name: program, Title: text.Say("what looks inside"), Place: p.Path, Bytes: p.Bytes, SHA256: p.SHA256}
	}
	return s.lacks()
}

// lacks is the network of the stop where it is not here, nil where it is.
func (s *State) lacks() *catalogue.Network {
	for _, list := range [][]catalogue.Network{s.list.Naming, s.list.Teaching} {
		for i := range list {
			if n := &list[i]; n.Name == s.told.Network && s.knows && s.packs[n.Name] == nil {
				return n
			}
		}
	}
	return nil
}

// settle takes the next step.
func (s *State) settle(t *outside.Turn) {
	if !s.shown || !s.list.Known || s.why != "" || t.Device.Sharing.Path == "" {
		return
	}
	if n := s.wanted(t); n != nil && s.trouble == nil && !s.fetch.Busy() {
		list := &s.own
		if s.list.Has(*n) {
			list = s.list
		}
		if n.Name == program || s.agreed || list == s.list || s.stop == "compare" {
			if pack := s.fetch.Begin(t, list, *n, false); pack != nil {
				s.packs[n.Name] = pack
			}
		}
	}
	if s.program == nil || len(s.photos) == 0 {
		return
	}
	if s.pool == nil {
		s.pool = pool.NewSharing(t, s.program)
	}
	w := s.pool.Idle()
	if w == nil || s.question.Open && s.worker == w.ID {
		return
	}
	if s.worker != w.ID {
		s.begins()
		s.worker = w.ID
	}
	m := protocol.Walk{Stop: s.stop}
	if !s.knows {
		s.knows = true
		all := slices.Clone(s.list.Naming)
		for _, n := range s.list.Teaching {
			if n.Classes == 0 { // it names nothing, so it is not among those
				all = append(all, n)
			}
		}
		list, _ := json.Marshal(all)
		m.Networks = protocol.Text(list)
		for i := range s.photos {
			m.Photos = append(m.Photos, s.photos[(s.photo+i)%len(s.photos)].Object)
		}
		m.Kept = s.kept
	}
	if pack := s.packs[s.told.Network]; pack != nil && !s.sent[s.told.Network] {
		s.sent[s.told.Network] = true
		m.Packs = []protocol.Packed{{Name: s.told.Network, Pack: pack}}
	}
	news := m.Photos != nil || m.Packs != nil || s.asked.Stop != s.stop
	if !news && len(s.acts) > 0 {
		a := s.acts[0]
		s.acts = s.acts[1:]
		m.Handler, m.Value, m.Key, m.Checked = a.Handler, a.Value, a.Key, a.Checked
	} else if !news && !s.told.More {
		return
	}
	s.asked = m
	s.question.Ask()
	m.Job = s.question.Job(t)
	s.pool.Hand(t, w, m)
}

// Listed is called once the list of networks has come.
func (s *State) Listed(t *outside.Turn) { s.settle(t) }

// Tick takes the time.
func (s *State) Tick(t *outside.Turn) {
	if s.fetch.Tick(t) {
		t.Soon()
	}
	if told := s.pool.Tick(t); told != nil {
		s.hear(t, told)
		s.settle(t)
	}
}

// Wake says when the time is wanted.
func (s *State) Wake(w *outside.Wake) {
	s.fetch.Wake(w)
	s.pool.Wake(w)
}

// Busy tells whether something is on its way or computed.
func (s *State) Busy() bool { return s.question.Open || s.fetch.Busy() }

// Status says in a word how it stands.
func (s *State) Status() string {
	if s.Busy() {
		return text.Say("Looking")
	}
	return text.Say("Ready")
}

// View describes the view.
func (s *State) View(d outside.Device) []markup.Slot {
	slot := func(id string, attr markup.Attr, kids ...*markup.Node) markup.Slot {
		return markup.Slot{ID: id, Attrs: []markup.Attr{attr}, Kids: kids}
	}
	var out []markup.Slot
	for _, name := range Stops {
		off := name != s.stop
		out = append(out, slot(`#stops a[href="#inside/`+name+`"]`, markup.Attr{Name: "aria-current", Value: "step", Off: off}), slot("stop-"+name, markup.Flag("hidden", off)))
	}
	photos := []*markup.Node{}
	for i, f := range s.photos {
		photos = append(photos, markup.El("li", markup.El("button", markup.A("type", "button"), markup.Click(ChoosePhoto{i}), markup.Is("aria-pressed", i == s.photo), markup.A("aria-label", text.Say("Look at {1}", f.Name)),
			markup.El("img", markup.Shown(f.Object), markup.A("alt", "")))))
	}
	says, press := s.says(d)
	bar := markup.Attr{Name: "value", Value: strconv.FormatFloat(s.fetch.Part, 'f', 3, 64), Off: s.fetch.Part < 0}
	label := &markup.Node{Text: press}
	act := any(Fetch{})
	if s.fetch.Busy() && s.fetch.Stalled() == nil {
		act = Cancel{}
	}
	return append(out,
		markup.Slot{ID: "inside-photos", Kids: photos},
		markup.Slot{ID: "inside-add", On: []markup.Handler{markup.Files(func(files []outside.File) any { return Add{files} })}},
		slot("inside-says", markup.Flag("hidden", says == ""), &markup.Node{Text: says}),
		slot("inside-bar", bar), slot("inside-fetching", markup.Flag("hidden", !s.fetch.Busy())),
		markup.Slot{ID: "inside-press", Attrs: []markup.Attr{markup.Flag("hidden", press == "")}, Kids: []*markup.Node{label}, On: []markup.Handler{markup.Click(act)}},
		markup.Slot{ID: "inside-play", Kids: append([]*markup.Node{}, s.nodes...)})
}

// says is what stands before what the worker describes, and on the button there.
func (s *State) says(d outside.Device) (says, press string) {
	trouble := s.trouble
	if trouble == nil {
		trouble = s.fetch.Stalled()
	}
	n := s.lacks()
	switch {
	case d.Sharing.Path == "":
		return text.Say("This page was put together without the program that looks inside."), ""
	case s.why != "":
		return s.why, text.Say("Retry")
	case trouble != nil:
		return trouble.Error() + " " + trouble.Do, text.Say("Retry")
	case s.fetch.Busy():
		return s.fetch.Text, text.Say("Cancel")
	case n != nil && s.stop != "compare":
		return "", text.Say("Fetch {1}, {2} MB", n.Called(), words.Megabytes(n.Bytes))
	case len(s.photos) == 0 && s.ticket == 0:
		return text.Say("Choose a photo of yours to look at."), ""
	case s.nodes == nil:
		return text.Say("Starting…"), ""
	}
	return "", ""
}
