package classify

import (
	"strconv"
	"strings"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// Status says in a few words what can be done now.
func (s *State) Status() string {
	e := &s.engine
	switch {
	case s.trouble() != nil:
		return "Not ready"
	case len(s.List.Naming) == 0:
		return "Starting"
	case e.ready:
		return s.called() + " at " + strconv.Itoa(s.inUse()) + " px"
	}
	return "Fetching " + s.called()
}

// called is what names photos, as people read it.
func (s *State) called() string {
	if k := s.engine.taught; k != nil {
		return k.name + ", taught here,"
	}
	return s.network().Called()
}

// Trouble says why no photo can be named, "" where nothing stands in the way.
func (s *State) Trouble() string {
	if trouble := s.trouble(); trouble != nil {
		return trouble.Error()
	}
	return ""
}

func (s *State) trouble() *catalogue.Trouble {
	switch {
	case s.List.Trouble != nil:
		return s.List.Trouble
	case s.engine.trouble != nil:
		return s.engine.trouble
	}
	return s.engine.fetch.Stalled()
}

// View describes the view.
func (s *State) View(d outside.Device) []markup.Slot {
	out := s.getting()
	out = append(out, s.choices()...)
	out = append(out, s.results()...)
	out = append(out,
		markup.Slot{ID: "add-photos", On: []markup.Handler{markup.Files(add)}},
		markup.Slot{ID: "add-folder", On: []markup.Handler{markup.Files(add)}},
		markup.Slot{ID: "folder-label", Attrs: []markup.Attr{flag("hidden", !d.Folders)}},
		markup.Slot{ID: "toast", Attrs: []markup.Attr{flag("hidden", s.toast == "")}},
		markup.Slot{ID: "toast-undo", On: []markup.Handler{markup.Click(Undo{})}},
		markup.Slot{ID: "toast-close", On: []markup.Handler{markup.Click(Dismiss{})}},
		markup.Slot{ID: "about-models", Kids: s.licences()},
		markup.Slot{ID: "look", Kids: s.dialog.view(s)},
	)
	if s.toast != "" {
		out = append(out, text("toast-text", s.toast))
	}
	if line := s.line(d); line != "" {
		out = append(out, text("engine", line))
	}
	if s.bench != nil {
		out = append(out, markup.Slot{ID: "measures", Kids: []*markup.Node{el("section.bench", at("id", "bench"), at("aria-labelledby", "bench-title"), s.bench.view())}})
	}
	return out
}

func add(files []outside.File) any { return Add{files} }

// text is a slot with a text in it.
func text(id, says string) markup.Slot {
	return markup.Slot{ID: id, Kids: []*markup.Node{{Text: says}}}
}

// getting says how far the network is, or why there is none.
func (s *State) getting() []markup.Slot {
	e := &s.engine
	trouble := s.trouble()
	says, part := "Fetching the list of networks", -1.0
	switch {
	case e.starts:
		says = "Starting " + s.network().Called()
	case e.fetch.Busy():
		says, part = e.fetch.Text, e.fetch.Part
	}
	waits := trouble == nil && !e.ready && !s.Away
	bar := markup.Attr{Name: "value", Off: part < 0, Value: strconv.FormatFloat(part, 'f', 3, 64)}
	out := []markup.Slot{
		{ID: "load", Attrs: []markup.Attr{flag("hidden", !waits)}},
		text("load-text", says),
		{ID: "load-bar", Attrs: []markup.Attr{bar}},
		{ID: "fault", Attrs: []markup.Attr{flag("hidden", trouble == nil)}},
		{ID: "retry", On: []markup.Handler{markup.Click(Retry{})}, Attrs: []markup.Attr{flag("hidden", trouble == nil)}},
	}
	if trouble != nil {
		out = append(out, text("fault-what", trouble.What), text("fault-why", trouble.Why), text("fault-do", trouble.Do))
	}
	return out
}

// choices are the networks and sizes.
func (s *State) choices() []markup.Slot {
	if len(s.List.Naming) == 0 {
		return nil
	}
	n := s.network()
	var networks, sizes []*markup.Node
	for _, k := range s.List.Naming {
		networks = append(networks, el("option", markup.Key(k.Name), at("value", k.Name), k.Called()+", "+words.Megabytes(k.Bytes)+" MB"))
	}
	chosen := s.Chosen()
	if mine := s.mine(); mine != nil {
		networks = []*markup.Node{el("optgroup", markup.Key("networks"), at("label", "Networks"), networks), el("optgroup", markup.Key("taught"), at("label", "Taught here"), mine)}
	}
	for _, size := range n.Offered(s.inUse()) {
		says := strconv.Itoa(size) + " px"
		if size == n.Preprocess.Size {
			says = strconv.Itoa(size) + ", standard"
		}
		sizes = append(sizes, el("option", markup.Key(strconv.Itoa(size)), at("value", size), says))
	}
	return []markup.Slot{
		{ID: "model", Kids: networks, Attrs: []markup.Attr{flag("disabled", false), at("value", chosen)},
			On: []markup.Handler{markup.Value(func(name string) any { return ChooseNetwork{name} })}},
		{ID: "size", Kids: sizes, Attrs: []markup.Attr{flag("disabled", s.engine.taught != nil), at("value", s.inUse())},
			On: []markup.Handler{markup.Value(func(size string) any {
				pixels, _ := strconv.Atoi(size)
				return ChooseSize{pixels}
			})}},
	}
}

// results are the photos, how far they are, and what can be done with all of them.
func (s *State) results() []markup.Slot {
	c := s.queue.Counts()
	busy := s.Busy()
	done, of := s.queue.Progress()
	line := "Named " + words.Thousands(done) + " of " + words.Thousands(of)
	if left, ok := s.pace.Left(c.Left()); ok {
		line += " · " + words.Roughly(left) + " left"
	}
	out := []markup.Slot{
		{ID: "body", Attrs: []markup.Attr{{Name: "class", Value: "+full", Off: c.Total == 0}}},
		{ID: "results", Attrs: []markup.Attr{flag("hidden", c.Total == 0)}},
		text("tally", tally(c)),
		{ID: "resume", Attrs: []markup.Attr{flag("hidden", c.Stopped == 0 || busy)}, On: []markup.Handler{markup.Click(Resume{})},
			Kids: []*markup.Node{{Text: "Name the other " + words.Thousands(c.Stopped)}}},
		{ID: "save", Attrs: []markup.Attr{markup.Is("aria-expanded", s.menu)}, On: []markup.Handler{markup.Click(ToggleMenu{})}},
		{ID: "save-menu", Attrs: []markup.Attr{flag("hidden", !s.menu || c.Total == 0)}},
		{ID: "save-csv", On: []markup.Handler{markup.Click(Save{CSV})}},
		{ID: "save-json", On: []markup.Handler{markup.Click(Save{JSON})}},
		{ID: "clear", On: []markup.Handler{markup.Click(Clear{})}},
		{ID: "progress", Attrs: []markup.Attr{flag("hidden", !busy)}},
		{ID: "cancel", On: []markup.Handler{markup.Click(Cancel{})}},
		{ID: "photos", Kids: s.list()},
	}
	if busy {
		out = append(out, text("progress-text", line), markup.Slot{ID: "progress-bar", Attrs: []markup.Attr{at("max", of), at("value", done)}})
	}
	return out
}

// licences tells of each network what it is under and where it is from.
func (s *State) licences() []*markup.Node {
	out := []*markup.Node{}
	for _, n := range s.List.Naming {
		source := &markup.Node{Text: n.Source}
		if strings.HasPrefix(n.Source, "https://") {
			source = el("a", at("href", n.Source), at("rel", "noreferrer"), at("target", "_blank"), n.Source)
		}
		out = append(out, el("li", el("strong", n.Called()), n.Licence+". Source: ", source))
	}
	return out
}

// line says what runs and what does not.
func (s *State) line(d outside.Device) string {
	p := s.engine.pool
	if p == nil || !s.engine.ready {
		return ""
	}
	// The page does not start without vector instructions, so they are on.
	line := "SIMD on · " + words.Plural(len(p.Workers), "worker", "workers")
	switch n := len(p.Workers); {
	case p.Threads > 1:
		line += ", " + strconv.Itoa(p.Threads) + " threads for a single photo"
	case n > 1 && p.Lacks != "":
		line += ", one thread a photo (" + p.Lacks + ")"
	default:
		line += ", one thread a photo"
	}
	switch {
	case d.Single:
		return line + " · all in one file, works without a connection"
	case d.NotKept != "":
		return line + " · offline use off (" + d.NotKept + ")"
	case d.Secure:
		return line + " · works offline after this visit"
	}
	return line + " · offline use off (needs https)"
}
