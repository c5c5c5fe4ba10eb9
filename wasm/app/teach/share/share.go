// Package share is the dialogue in which what was taught is given away: with its photos, or alone
// in the formats of other programs.
//
// The files are made and run by a worker with a program of its own, which is fetched when the
// dialogue opens. It is given the project's file, as it would be saved, and the packs of the
// networks that the head in use reads.
package share

import (
	"slices"
	"strings"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/protocol"
)

// A Share is the dialogue.
type Share struct {
	*base.Base
	Filing *learn.Filing

	open   bool
	photos bool // they go along
	file   *learn.Shared
	why    string // files for others cannot be made

	program outside.Object // nil while it is not here
	ticket  int            // of its being fetched
	comes   int64
	bytes   int64 // of it
	silence outside.Silence
	lacks   []string // networks whose packs are still to come, by name
	packs   []protocol.Packed
	fetch   catalogue.Fetch

	parts   []protocol.Packed // files of the element that are here
	fetched int               // ticket of the next
	wants   form              // that is made with them; zero for none

	pool   *pool.Pool
	job    protocol.Job // that the worker is at
	offers []protocol.Offer
	chosen map[string]string // how weights are to be stored, by format
	making form              // the form that is being made; zero for none
	stage  string
	part   float64 // of it that is done
	made   map[form]*made
}

// made is what came of one.
type made struct {
	answer protocol.Exported
	why    string // nothing did
}

type (
	// Open opens the dialogue, Close closes it.
	Open  struct{}
	Close struct{}
	// WithPhotos chooses whether the photos go along.
	WithPhotos struct{ On bool }
	// SaveWhole saves the project as it is.
	SaveWhole struct{}
	// Weights chooses how the weights of a format are stored.
	Weights struct{ Format, Weights string }
	// Make makes a file of a form, checks and saves it.
	Make struct {
		Format, Weights string
		Quick           bool
	}
	// Stop ends what is being made.
	Stop struct{}
	// Again begins anew after something went wrong.
	Again struct{}
)

func (Open) Update(s *Share, t *outside.Turn) {
	t.Ask(outside.Fold{Selector: "details[data-menu]"})
	if s.open {
		return
	}
	s.open, s.photos, s.chosen = true, s.InUse() == nil, map[string]string{}
	s.begin(t)
}

// Place says whether the dialogue is open.
func (s *Share) Place() string {
	if s.open {
		return "share"
	}
	return ""
}

// Go closes the dialogue. It is opened by a person alone, since it fetches much.
func (s *Share) Go(t *outside.Turn, places []string) {
	if s.open && !slices.Contains(places, "share") {
		Close{}.Update(s, t)
	}
}

func (Close) Update(s *Share, t *outside.Turn) {
	s.Leave(t)
	t.Focus("[data-do=share]")
}

func (e WithPhotos) Update(s *Share, t *outside.Turn) { s.photos = e.On }

func (e Weights) Update(s *Share, t *outside.Turn) { s.chosen[e.Format] = e.Weights }

func (SaveWhole) Update(s *Share, t *outside.Turn) {
	if s.file == nil || s.file.File == nil {
		return
	}
	s.save(t, learn.FileName(s.Name)+".homeroom", s.file.File)
}

func (s *Share) save(t *outside.Turn, name string, file outside.Object) {
	t.Ask(outside.Offer{Name: name, Object: file})
	t.Say(say("Saved {1}.", name))
}

func (e Make) Update(s *Share, t *outside.Turn) {
	f := form{e.Format, e.Weights, e.Quick}
	if m := s.made[f]; m != nil && m.why == "" {
		s.save(t, f.name(s.Name), m.answer.File)
		return
	}
	if s.pool == nil || s.offers == nil || s.making != (form{}) {
		return
	}
	i := slices.IndexFunc(s.offers, func(o protocol.Offer) bool { return formOf(&o) == f })
	if i < 0 || s.pool.Idle() == nil {
		return
	}
	delete(s.made, f)
	s.making, s.stage, s.part = f, say("Writing it"), 0
	if s.offers[i].Parts && len(s.parts) < len(t.Device.Sharing.Parts) {
		s.stage, s.wants = say("Fetching what the page is made of"), f
		s.fetchPart(t)
		return
	}
	s.hand(t, f)
}

// fetchPart fetches the next of the element's files.
func (s *Share) fetchPart(t *outside.Turn) {
	p := t.Device.Sharing.Parts[len(s.parts)]
	s.fetched = t.Ticket()
	s.silence.Begin(t)
	t.Ask(outside.GetPack{Ticket: s.fetched, Path: p.Path + "?sum=" + p.SHA256[:min(16, len(p.SHA256))], Bytes: p.Bytes, SHA256: p.SHA256})
}

// gotPart takes one of them.
func (s *Share) gotPart(t *outside.Turn, e outside.GotPack) {
	s.fetched = 0
	s.silence.End()
	t.Soon()
	p := t.Device.Sharing.Parts[len(s.parts)]
	if e.Pack == nil {
		s.wants = form{}
		s.end(t, &made{why: wrong(p.Path, e)})
		return
	}
	_, name, _ := strings.Cut(p.Path, "/")
	s.parts = append(s.parts, protocol.Packed{Name: name, Pack: e.Pack})
	if len(s.parts) < len(t.Device.Sharing.Parts) {
		s.fetchPart(t)
		return
	}
	f := s.wants
	s.wants, s.stage = form{}, say("Writing it")
	s.hand(t, f)
}

// hand has the worker make a file.
func (s *Share) hand(t *outside.Turn, f form) {
	if w := s.pool.Idle(); w != nil {
		s.job = protocol.Job{ID: t.Ticket(), Ticket: 1}
		s.pool.Hand(t, w, protocol.Export{Job: s.job, Format: f.format, Weights: f.weights, Quick: f.quick, Parts: s.partsFor(f)})
	}
}

func (s *Share) partsFor(f form) []protocol.Packed {
	for i := range s.offers {
		if s.offers[i].Parts && formOf(&s.offers[i]) == f {
			return s.parts
		}
	}
	return nil
}

func (Stop) Update(s *Share, t *outside.Turn) {
	if s.making == (form{}) {
		return
	}
	t.Say(say("Stopped."))
	s.making = form{}
	if s.wants != (form{}) {
		s.dropPart(t)
		return
	}
	s.pool.Close(t) // nothing else ends it
	s.pool, s.job = nil, protocol.Job{}
}

func (Again) Update(s *Share, t *outside.Turn) {
	s.drop(t)
	s.begin(t)
}

// begin has the project's file made.
func (s *Share) begin(t *outside.Turn) {
	s.file, s.why, s.offers, s.made = &learn.Shared{}, "", nil, map[form]*made{}
	s.Filing.Make(t, s.file)
	s.lacks, s.packs = nil, nil
	if v := s.InUse(); v != nil {
		for _, space := range v.Reads() {
			if !slices.Contains(s.lacks, space.Network) {
				s.lacks = append(s.lacks, space.Network)
			}
		}
	}
	t.Soon()
}

// Leave closes the dialogue.
func (s *Share) Leave(t *outside.Turn) {
	if !s.open {
		return
	}
	s.drop(t)
	s.open, s.file, s.offers, s.made, s.program, s.packs, s.parts = false, nil, nil, nil, nil, nil, nil
	t.Soon()
}

// drop gives up all that is on its way.
func (s *Share) drop(t *outside.Turn) {
	if s.ticket != 0 {
		t.Ask(outside.DropFetch{Ticket: s.ticket})
		s.ticket = 0
	}
	s.silence.End()
	s.dropPart(t)
	s.fetch.End(t)
	s.pool.Close(t)
	s.pool, s.job, s.making = nil, protocol.Job{}, form{}
}

// Busy tells whether something is on its way or made.
func (s *Share) Busy() bool {
	return s.open && s.why == "" && (s.offers == nil || s.making != (form{}) || s.pool == nil)
}

// dropPart gives up the element's file that is on its way.
func (s *Share) dropPart(t *outside.Turn) {
	if s.fetched != 0 {
		t.Ask(outside.DropFetch{Ticket: s.fetched})
		s.fetched = 0
		s.silence.End()
	}
	s.wants = form{}
}

func (s *Share) fail(t *outside.Turn, why string) {
	s.drop(t)
	s.why = why
	t.Soon()
}

// Settle takes the next step towards what can be offered.
func (s *Share) Settle(t *outside.Turn) {
	if !s.open || s.why != "" {
		return
	}
	switch {
	case s.file.Why != "":
		s.fail(t, s.file.Why)
	case s.program == nil && s.ticket == 0:
		p := t.Device.Sharing
		if p.Path == "" {
			s.fail(t, say("this page was put together without the program that makes files for others"))
			return
		}
		s.ticket, s.comes, s.bytes = t.Ticket(), 0, p.Bytes
		s.silence.Begin(t)
		t.Ask(outside.GetPack{Ticket: s.ticket, Path: p.Path + "?sum=" + p.SHA256[:min(16, len(p.SHA256))], Bytes: p.Bytes, SHA256: p.SHA256})
	case s.program == nil:
	default:
		s.supply(t)
		if s.pool == nil && s.why == "" && len(s.lacks) == 0 {
			s.pool = pool.NewSharing(t, s.program)
		}
		s.survey(t)
	}
}

// supply fetches the packs, one after the other.
func (s *Share) supply(t *outside.Turn) {
	for len(s.lacks) > 0 && !s.fetch.Busy() {
		i := slices.IndexFunc(s.List.Teaching, func(n catalogue.Network) bool { return n.Name == s.lacks[0] })
		if i < 0 {
			s.fail(t, say("it was learnt with the network {1}, which this page does not have; the program homeroom can export it", s.lacks[0]))
			return
		}
		pack := s.fetch.Begin(t, s.List, s.List.Teaching[i], false)
		if pack == nil {
			return
		}
		s.took(pack)
	}
}

func (s *Share) took(pack outside.Object) {
	s.packs = append(s.packs, protocol.Packed{Name: s.lacks[0], Pack: pack})
	s.lacks = s.lacks[1:]
}

// survey asks what can be offered, once all is there.
func (s *Share) survey(t *outside.Turn) {
	if s.pool == nil || s.file.File == nil || s.offers != nil && s.surveyed() || s.job != (protocol.Job{}) {
		return
	}
	if w := s.pool.Idle(); w != nil {
		w.Headed = s.file.File // it has the project from then on
		s.job = protocol.Job{ID: t.Ticket(), Ticket: 1}
		s.pool.Hand(t, w, protocol.Survey{Job: s.job, File: s.file.File, Packs: s.packs})
	}
}

// surveyed tells whether the worker has the project.
func (s *Share) surveyed() bool {
	for _, w := range s.pool.Workers {
		if w.Headed == s.file.File {
			return true
		}
	}
	return false
}

// Receive takes what the browser tells, and tells whether it was of what is on its way here.
func (s *Share) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Comes:
		if e.Ticket == s.ticket && s.ticket != 0 {
			s.silence.Heard(t)
			s.comes = e.Bytes
		} else if e.Ticket == s.fetched && s.fetched != 0 {
			s.silence.Heard(t)
			return true
		} else if !s.fetch.Comes(t, e) {
			return false
		}
		t.Soon()
	case outside.GotPack:
		switch {
		case e.Ticket == s.ticket && s.ticket != 0:
			s.gotProgram(t, e)
			return true
		case e.Ticket == s.fetched && s.fetched != 0:
			s.gotPart(t, e)
			return true
		}
		is, trouble := s.fetch.Got(t, s.List, e)
		if !is {
			return false
		}
		if trouble != nil {
			s.fail(t, trouble.What+" "+trouble.Why)
			return true
		}
		if !s.fetch.Busy() {
			s.took(e.Pack)
		}
		t.Soon()
	case outside.FromWorker, outside.WorkerDied:
		told, own := s.pool.Hear(t, e)
		if !own {
			return false
		}
		s.told(t, told)
	default:
		return false
	}
	return true
}

func (s *Share) gotProgram(t *outside.Turn, e outside.GotPack) {
	s.ticket = 0
	s.silence.End()
	t.Soon()
	if s.program = e.Pack; s.program == nil {
		s.fail(t, wrong(t.Device.Sharing.Path, e))
	}
}

// wrong says why a file is not here.
func wrong(path string, e outside.GotPack) string {
	switch {
	case e.Wrong:
		return say("{1} is damaged, or of another version than the page; load the page again", path)
	case e.Status != 0:
		return say("the server answered {1} for {2}", e.Status, path)
	case e.Error != "":
		return say("{1} could not be fetched ({2}); check your connection", path, foreign(e.Error))
	}
	return say("{1} was cut short; check your connection", path)
}

func (s *Share) told(t *outside.Turn, list []any) {
	for _, told := range list {
		switch m := told.(type) {
		case pool.Refused:
			s.fail(t, m.Why)
		case pool.Lost:
			why := say("the program that makes files stopped ({1}); closing other tabs may help", foreign(m.Why))
			if s.making == (form{}) {
				s.fail(t, why)
				break
			}
			s.end(t, &made{why: why})
		case pool.GaveUp:
			if s.making == (form{}) {
				s.fail(t, m.Why)
				break
			}
			s.end(t, &made{why: m.Why})
		case pool.Progress:
			if m.ID == s.job.ID {
				s.stage, s.part = say("Running it on {1}", foreign(m.Progress.Stage)), m.Progress.Share
				t.Soon()
			}
		case pool.Answered:
			s.answered(t, m.Message)
		}
	}
}

func (s *Share) answered(t *outside.Turn, message any) {
	t.Soon()
	switch m := message.(type) {
	case protocol.Surveyed:
		s.job, s.offers = protocol.Job{}, m.Offers
		for i := range s.offers {
			if o := &s.offers[i]; o.Parts {
				o.Bytes += s.partsBytes(t, o.Format == "html")
			}
		}
	case protocol.Exported:
		f := s.making
		s.end(t, &made{answer: m})
		s.save(t, f.name(s.Name), m.File)
	}
}

// end ends the making of a file.
func (s *Share) end(t *outside.Turn, m *made) {
	if m.why != "" {
		t.Say(say("{1} was not saved: {2}", s.making.title(), foreign(m.why)))
	}
	s.made[s.making] = m
	s.making, s.job = form{}, protocol.Job{}
	t.Soon()
}

// partsBytes is how long the element's files are, as they are or written as text.
func (s *Share) partsBytes(t *outside.Turn, text bool) (n int64) {
	for _, p := range t.Device.Sharing.Parts {
		n += p.Bytes
	}
	if text {
		n = (8*n + 6) / 7 // as [export.Page.Single] writes them
	}
	return n
}

// Tick takes the time.
func (s *Share) Tick(t *outside.Turn) {
	if s.fetch.Tick(t) {
		s.fail(t, s.fetch.Stalled().Why)
	}
	if s.silence.Tick(t) {
		s.fail(t, say("nothing of what was asked for has arrived for {1|# second|# seconds}", s.silence.Seconds()))
	}
	s.told(t, s.pool.Tick(t))
}

// Wake says when the time is wanted.
func (s *Share) Wake(w *outside.Wake) {
	s.fetch.Wake(w)
	s.silence.Wake(w)
	s.pool.Wake(w)
}

// Sharing changes nothing of the project, so it can be done where that is only shown.
func (Open) Viewing()       {}
func (Close) Viewing()      {}
func (WithPhotos) Viewing() {}
func (SaveWhole) Viewing()  {}
func (Weights) Viewing()    {}
func (Make) Viewing()       {}
func (Stop) Viewing()       {}
func (Again) Viewing()      {}
