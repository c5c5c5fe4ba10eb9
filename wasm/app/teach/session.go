package teach

import (
	"strconv"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A session is one open project: one value, which is replaced whole when another is opened. What is asked for on its behalf has
// tickets that only it knows, so that what comes late of one project never lands in another.
type session struct {
	base base
	tab  string

	net      network
	reader   *reading
	saving   saving
	learning learning
	asking   asking
	intake   intake
	photos   *photos
	try      try
	dialog   dialog
	camera   *camera
	results  results
	versions versions
	sizes    sizes
	fulls    fulls
	settings settings
	filing   filing
	restore  restoring
	desk     desk

	yields  bool // another tab asks for the project, which it gets once all is saved
	relist  bool // the list of projects is another by now
	figures *project.Figures
}

// The tabs.
const (
	tabPhotos   = "photos"
	tabResults  = "results"
	tabTry      = "try"
	tabVersions = "versions"
	tabSettings = "settings"
)

var tabs = []struct{ id, title string }{
	{tabPhotos, "Photos"}, {tabResults, "Results"}, {tabTry, "Try it"}, {tabVersions, "Versions"}, {tabSettings, "Settings"},
}

// Events by the panel that they are for.
type (
	onNetwork  interface{ update(*network, *outside.Turn) }
	onReading  interface{ update(*reading, *outside.Turn) }
	onSaving   interface{ update(*saving, *outside.Turn) }
	onLearning interface {
		update(*learning, *outside.Turn)
	}
	onPhotos   interface{ update(*photos, *outside.Turn) }
	onTry      interface{ update(*try, *outside.Turn) }
	onDialog   interface{ update(*dialog, *outside.Turn) }
	onCamera   interface{ update(*camera, *outside.Turn) }
	onResults  interface{ update(*results, *outside.Turn) }
	onVersions interface {
		update(*versions, *outside.Turn)
	}
	onSizes    interface{ update(*sizes, *outside.Turn) }
	onFulls    interface{ update(*fulls, *outside.Turn) }
	onSettings interface {
		update(*settings, *outside.Turn)
	}
	onFiling  interface{ update(*filing, *outside.Turn) }
	onDesk    interface{ update(*desk, *outside.Turn) }
	onSession interface{ update(*session, *outside.Turn) }
)

// newSession opens a project.
func newSession(p *project.Project, generation int, list *catalogue.List, workers int, stored bool) *session {
	s := &session{tab: tabPhotos}
	s.base = base{Project: p, generation: generation, list: list, stored: stored, files: map[int]outside.File{}}
	b := &s.base
	s.net = network{base: b, workers: workers}
	s.reader = newReading(b, &s.net)
	s.saving = saving{base: b}
	s.learning = learning{base: b, saving: &s.saving, reader: s.reader}
	s.asking = asking{base: b}
	s.intake = intake{base: b}
	s.photos = newPhotos(b, &s.intake)
	s.try = try{base: b, asking: &s.asking, intake: &s.intake}
	s.dialog = dialog{base: b, try: &s.try, asking: &s.asking}
	s.camera = newCamera(b, &s.intake, &s.asking)
	s.results = results{base: b, learning: &s.learning}
	s.versions = versions{base: b, learning: &s.learning}
	s.sizes = sizes{base: b, reader: s.reader, learning: &s.learning}
	s.fulls = fulls{base: b}
	s.settings = settings{base: b, reader: s.reader, sizes: &s.sizes, fulls: &s.fulls}
	s.filing = filing{base: b, saving: &s.saving, learning: &s.learning}
	s.restore = restoring{base: b, saving: &s.saving, learning: &s.learning}
	s.desk = desk{base: b, saving: &s.saving, filing: &s.filing}
	return s
}

// begin is called once.
func (s *session) begin(t *outside.Turn) {
	s.base.touched, s.base.again = true, true
	s.learning.resume(t)
	s.settle(t)
}

// act deals with what a person does here, and tells whether it was of a panel.
func (s *session) act(t *outside.Turn, e any) bool {
	if s.base.elsewhere && !looks(e) {
		s.refuse(t)
		return true
	}
	switch e := e.(type) {
	case OpenPhoto:
		s.dialog.show(t, e.Photo)
	case RemovePhoto:
		s.dialog.remove(t, e.Photo)
	case MovePhoto:
		s.base.change(t, s.base.MovePhotos([]int{e.Photo}, e.Class))
	case onNetwork:
		e.update(&s.net, t)
	case onReading:
		e.update(s.reader, t)
	case onSaving:
		e.update(&s.saving, t)
	case onLearning:
		e.update(&s.learning, t)
	case onPhotos:
		e.update(s.photos, t)
	case onTry:
		e.update(&s.try, t)
	case onDialog:
		e.update(&s.dialog, t)
	case onCamera:
		e.update(s.camera, t)
	case onResults:
		e.update(&s.results, t)
	case onVersions:
		e.update(&s.versions, t)
	case onSizes:
		e.update(&s.sizes, t)
	case onFulls:
		e.update(&s.fulls, t)
	case onSettings:
		e.update(&s.settings, t)
	case onFiling:
		e.update(&s.filing, t)
	case onDesk:
		e.update(&s.desk, t)
	case onSession:
		e.update(s, t)
	default:
		return false
	}
	t.Soon()
	s.settle(t)
	return true
}

// receive takes what the browser tells, and tells whether it was for this project.
func (s *session) receive(t *outside.Turn, e any) bool {
	switch m := e.(type) {
	case outside.FromWorker:
		if w := s.net.pool.Worker(m.Worker); w != nil {
			s.told(t, s.net.pool.Receive(t, w, m.Message))
		} else if w := s.learning.pool.Worker(m.Worker); w != nil {
			s.learns(t, s.learning.pool.Receive(t, w, m.Message))
		} else {
			return false
		}
	case outside.WorkerDied:
		if w := s.net.pool.Worker(m.Worker); w != nil {
			s.told(t, s.net.pool.Lose(t, w, m.Why))
		} else if w := s.learning.pool.Worker(m.Worker); w != nil {
			s.learns(t, s.learning.pool.Lose(t, w, m.Why))
		} else {
			return false
		}
	case outside.Drawn:
		s.base.thumbs.fetch(&s.base, t)
		return true
	case outside.Gathering:
		s.intake.gather(m)
		if m.Error != "" {
			t.Say("The folder " + m.Folder + " could not be read: " + m.Error)
		}
	default:
		if !s.parts(t, e) {
			return false
		}
	}
	s.settle(t)
	return true
}

// parts gives what the browser tells to the part that asked for it.
func (s *session) parts(t *outside.Turn, e any) bool {
	return s.saving.receive(t, e) || s.restore.receive(t, e) || s.net.receive(t, e) || s.reader.receive(t, e) || s.learning.receive(t, e) || s.dialog.receive(t, e) ||
		s.camera.receive(t, e) || s.fulls.receive(t, e) || s.filing.receive(t, e) || s.base.thumbs.receive(&s.base, t, e)
}

// told takes what the pool says that reads photos and answers questions.
func (s *session) told(t *outside.Turn, list []any) {
	for _, told := range list {
		if s.dialog.told(t, told) || s.reader.told(t, told) {
			continue
		}
		switch m := told.(type) {
		case pool.Ready:
			s.net.ready, s.net.starts = true, false
			t.Soon()
		case pool.Refused:
			s.handBack(t, s.net.pool.Close(t))
			s.net.pool, s.net.ready, s.net.starts = nil, false, false
			s.net.trouble = catalogue.NoEngine(m.Why)
			t.Soon()
		case pool.Thumbnail:
			s.try.thumb(m.ID, m.Picture)
			t.Soon()
		default:
			if r := s.asking.told(t, told); r != nil {
				s.reply(t, r)
			}
		}
	}
}

// reply gives what came of a question to the panel that asked it.
func (s *session) reply(t *outside.Turn, r *reply) {
	switch {
	case r.live:
		s.camera.reply(t, r)
	case r.tried != 0:
		s.try.reply(t, r)
	default:
		s.dialog.reply(r)
	}
	t.Soon()
}

// learns takes what the pool says that learns.
func (s *session) learns(t *outside.Turn, list []any) {
	for _, told := range list {
		if o := s.learning.told(t, told); o != nil {
			s.sizes.outcome(t, o)
			s.filing.outcome(t, o)
			s.restore.outcome(t, o)
		}
	}
}

// handBack takes back what workers were at that were ended.
func (s *session) handBack(t *outside.Turn, jobs []protocol.Job) {
	for _, job := range jobs {
		if s.dialog.handBack(job) {
			continue
		}
		if job.ID > 0 {
			s.reader.handBack(job)
		} else if r := s.asking.handBack(job); r != nil {
			s.reply(t, r)
		}
	}
}

// mostRounds is how often the parts are brought in line after an event, at most: what one changes may concern another.
const mostRounds = 16

// settle brings all parts in line with what an event changed.
func (s *session) settle(t *outside.Turn) {
	b := &s.base
	for range mostRounds {
		edits := b.edits
		b.edits = nil
		for _, e := range edits {
			s.edited(t, e)
		}
		if added := b.added; added != nil {
			b.added = nil
			s.arrived(t, added)
		}
		if b.taught {
			b.taught = false
			s.learning.changed(t)
		}
		s.learning.follow(t)
		s.hands(t)
		s.restore.settle(t)
		if b.again {
			b.again = false
			s.reader.enterAll(s.learning.waits())
		}
		if s.net.needs() && (b.online || s.reader.active()) {
			s.handBack(t, s.net.close(t))
			s.net.begin(t)
			s.dialog.inside.Clear()
		}
		if s.learning.renew {
			s.learning.renew = false
			s.try.again(t)
			s.dialog.again(t)
		}
		if s.asking.wants() && s.learning.use.head == nil && !s.learning.shows() { // nobody is there to answer
			for _, r := range s.asking.refuse("nothing is learnt yet that could answer") {
				s.reply(t, r)
			}
		}
		s.sizes.dropped()
		s.sizes.settle(t)
		s.dialog.settle(t)
		s.holds(t)
		s.learning.settle(t)
		s.dispatch(t)
		if b.touched {
			b.touched = false
			s.saving.soon(t)
		}
		if len(b.edits) == 0 && b.added == nil && !b.taught && !b.again && !s.learning.renew && !b.touched {
			break
		}
	}
	s.relist = s.relist || s.restore.list
	s.restore.list = false
	if s.figures != b.figures {
		s.figures, s.results.cell = b.figures, nil
	}
}

// edited brings the parts in line with an edit.
func (s *session) edited(t *outside.Turn, e *project.Edit) {
	s.photos.moved(e.Photos())
	s.dialog.moved()
	s.reader.sync()
	s.base.again = true
	s.reader.tellSmall(t)
	if s.camera.class != 0 && s.base.Class(s.camera.class) == nil {
		s.camera.close(t)
	}
	if e.Teaches() {
		s.learning.changed(t)
	}
}

// arrived has photos read that were added.
func (s *session) arrived(t *outside.Turn, photos []*project.Photo) {
	b := &s.base
	if b.elsewhere {
		return
	}
	s.reader.add(photos)
	// Of each photo its features, a thumbnail and what is known of it are kept.
	need := b.need + float64(len(photos))*float64(12<<10+(len(b.spaces())+len(s.reader.more()))*6<<10)
	b.need = 0
	if s.saving.adding.ask(t, need); s.saving.failed && b.stored { // where nothing is kept there is nothing to wait for
		s.reader.hold(t, unsaved)
	}
}

// holds has reading wait and go on as there is room for what is read.
func (s *session) holds(t *outside.Turn) {
	if why := s.saving.hold; why != "" {
		s.saving.hold = ""
		s.reader.hold(t, why)
	}
	if s.saving.relent {
		s.saving.relent = false
		s.reader.relent()
	}
	if !s.reader.held() {
		s.saving.wanted = 0
	}
}

// dispatch hands out what is to be done to idle workers: questions first, then photos to read.
func (s *session) dispatch(t *outside.Turn) {
	s.net.staff(t, s.reader.active())
	p := s.net.pool
	if p == nil || !s.net.ready {
		return
	}
	if s.reader.left() > 1 {
		p.Fill(t)
	}
	use := &s.learning.use
	tried := map[*pool.Worker]bool{} // they cannot be given anything now
	for {
		var w *pool.Worker
		free := 0
		for _, k := range p.Workers {
			if k.Opened && !k.Busy {
				if free++; w == nil && !tried[k] {
					w = k
				}
			}
		}
		if w == nil {
			return
		}
		alone := s.reader.left() == 0
		switch {
		case s.dialog.hand(t, p, w, alone):
		case s.asking.wants() && s.net.headed(t, w, use):
			s.asking.hand(t, p, w, alone)
		case s.reader.paused || s.saving.full() || !s.reader.hand(t, p, w, free):
			tried[w] = true
		}
	}
}

// tick takes the time.
func (s *session) tick(t *outside.Turn) {
	s.told(t, s.net.pool.Tick(t))
	s.learns(t, s.learning.pool.Tick(t))
	s.net.tick(t)
	s.reader.tick(t)
	s.saving.tick(t, s.reader.held())
	s.camera.tick(t)
	s.filing.tick(t)
	s.restore.tick(t)
	s.settle(t)
}

// wake says when the time is wanted.
func (s *session) wake(w *outside.Wake) {
	s.net.wake(w)
	s.reader.wake(w)
	s.saving.wake(w)
	s.learning.wake(w)
	s.camera.wake(w)
	w.By(s.filing.next.at)
	s.restore.wake(w)
}

// close lets go of what the project had of the browser.
func (s *session) close(t *outside.Turn) {
	s.camera.leave(t)
	s.net.close(t)
	s.net.beside.End(t)
	s.learning.close(t)
}

// enter is called when the view is shown, leave when another is.
func (s *session) enter(t *outside.Turn) {
	s.base.online = true
	s.settle(t)
}

func (s *session) leave(t *outside.Turn) {
	s.base.online = false
	s.camera.leave(t)
	s.dialog.close()
	if !s.reader.active() {
		s.handBack(t, s.net.close(t))
	}
	s.settle(t)
}

// busy tells whether anything is being done.
func (s *session) busy() bool {
	return s.reader.active() || s.learning.busy() || s.learning.due || s.saving.dirty() || s.asking.waits() || s.filing.making
}

type (
	// OpenTab shows a tab; Keyboard brings the keyboard to it.
	OpenTab struct {
		Tab      string
		Keyboard bool
	}
)

func (e OpenTab) update(s *session, t *outside.Turn) {
	if e.Tab != tabTry {
		s.camera.stopLive(t)
	}
	s.tab = e.Tab
	if s.fulls.asking = false; e.Tab == tabSettings {
		s.fulls.measure(t)
	}
	t.Ask(outside.Reveal{Selector: "#tab-" + e.Tab}) // on a phone not all tabs fit
	if e.Keyboard {
		t.Focus("#tab-" + e.Tab)
	}
}

// stepTab is where a key leads from a tab; nil for nowhere.
func (s *session) stepTab(from int, pressed string) any {
	at := from
	switch pressed {
	case "ArrowRight":
		at = (from + 1) % len(tabs)
	case "ArrowLeft":
		at = (from + len(tabs) - 1) % len(tabs)
	case "Home":
		at = 0
	case "End":
		at = len(tabs) - 1
	default:
		return nil
	}
	return s.base.in(OpenTab{tabs[at].id, true})
}

// given takes files that were dropped or pasted where no panel takes them.
func (s *session) given(t *outside.Turn, e any) {
	switch e := e.(type) {
	case Drop:
		if s.tab == tabTry {
			s.act(t, TryFiles(e))
		} else {
			s.act(t, AddFolders(e))
		}
	case Paste:
		if s.tab == tabTry {
			s.act(t, TryFiles(e))
		} else {
			s.act(t, e)
		}
	}
}

// looks tells whether something can be done in a tab which only shows the project. What leads away from it is among that.
func looks(event any) bool {
	switch event.(type) {
	case OpenTab, CloseNotice, ClearProblems, SaveFile,
		OpenClass, CloseClass, SearchClass, MoreClasses, AllClasses, MorePhotos,
		OpenPhoto, ClosePhoto, StepPhoto, UnshownPhoto, OpenTried, HeatFor, HeatOff, InsideToggle, InsideLayer,
		OthersAgain, OpenCell, CloseCell, CompareVersion,
		TryFiles, ClearTried, RemoveTried, StartLive, StopLive,
		NewProject, OpenProject, OpenFile, SaveStored, DropProject, WorkHere, Anyway:
		return true
	}
	return false
}

// refuse says that the project is only shown here, and puts back what a control shows.
func (s *session) refuse(t *outside.Turn) {
	t.Say("This project is open in another tab. Press “Work on it here” to change it here.")
	t.Ask(outside.PutBack{ID: "teach-view"})
	t.Ask(outside.Reveal{Selector: "[data-do=project-take]"})
}

// hands gives the project up where another tab has it by now, or asks for it and all is saved.
func (s *session) hands(t *outside.Turn) {
	k := &s.saving
	switch {
	case s.base.elsewhere:
		s.yields = false
	case k.taken:
		s.lost(t)
	case !s.yields:
	case k.failed || k.clean() && !k.due.waits() && !s.base.touched:
		s.lost(t)
	default:
		k.flush(t)
	}
}

// lost is called when another tab holds the project from now on.
func (s *session) lost(t *outside.Turn) {
	b := &s.base
	if b.elsewhere {
		return
	}
	s.yields = false
	s.camera.burst = nil
	s.camera.leave(t)
	if s.sizes.busy() {
		s.sizes.end(t)
	}
	s.learning.cancel(t)
	s.learning.due = false
	s.reader.drop()
	s.restore.abandon()
	b.elsewhere = true
	if s.saving.lose(); s.saving.stranded {
		b.noticeWith(t, notice{
			text:  "Another tab works on this project now. What could not be saved before is here still, and only here: save the project as a file to keep it.",
			event: SaveFile{}, action: "Save as a file",
		})
	}
	t.Say("This project is worked on in another tab now.")
	t.Soon()
}

// elsewhereView says that the project is only shown.
func (s *session) elsewhereView() *node {
	if !s.base.elsewhere {
		return nil
	}
	return el("section.fault.elsewhere", at("role", "status"), key("elsewhere"), el("h2", "This project is open in another tab."),
		el("p", "Here you can look at it and try photos on it. To add or change something, go to that tab, or work on it here: then that tab only shows it."),
		el("button.button.primary", at("type", "button"), s.base.do("project-take", WorkHere{}), "Work on it here"))
}

// view describes the project.
func (s *session) view(projects []project.Summary, filing string) []*node {
	b := &s.base
	empty := len(b.Classes) == 0
	if s.filing.making {
		filing = "Making the file"
	}
	out := []*node{s.desk.view(projects), intro(empty)}
	out = append(out, s.net.view(s.reader.left() > 0)...)
	out = append(out, busyWith(filing), s.intake.view(), s.elsewhereView(), s.saving.fault(), s.reader.view())
	out = append(out, s.desk.noticeList()...)
	out = append(out, s.reader.problemList())
	if !empty {
		out = append(out, s.learning.strip())
	}
	if empty && s.tab == tabPhotos {
		out = append(out, s.photos.start())
	}
	panel := el("div.panel.panel-"+s.tab, at("role", "tabpanel"), at("id", "panel"), at("aria-labelledby", "tab-"+s.tab), at("tabindex", "-1"), key("panel-"+s.tab),
		flag("hidden", empty && s.tab == tabPhotos), s.panel(empty))
	return kids(append(out, s.tablist(), panel, s.dialog.view(), s.camera.view()))
}

// kids are the nodes that are there.
func kids(list []*node) []*node { return el("div", list).Kids }

// panel is what the tab shows.
func (s *session) panel(empty bool) []*node {
	v := s.base.current()
	switch s.tab {
	case tabPhotos:
		if empty {
			return nil
		}
		return s.photos.view()
	case tabResults:
		return s.results.view()
	case tabTry:
		if v == nil {
			return []*node{el("p.quiet", "Nothing is learnt yet. As soon as two classes have photos, try it here on photos it has not seen.")}
		}
		return []*node{s.try.drop(), s.camera.liveView(), s.try.view()}
	case tabVersions:
		return s.versions.view()
	}
	return s.settings.view()
}

func intro(empty bool) *node {
	if !empty {
		return el("h1.hidden-text", key("intro-small"), "Teach your own classes")
	}
	return el("section.intro", key("intro"),
		el("h1", "Teach it your own classes"),
		el("p.lead", "Make two classes, give each a few photos, and a second later it tells them apart. ",
			el("strong", "Your photos never leave this device.")))
}

func (s *session) tablist() *node {
	b := &s.base
	list := el("div.tabs", at("role", "tablist"), at("aria-label", "Teach"), key("tabs"), flag("hidden", len(b.Classes) == 0 && s.tab == tabPhotos && len(b.Versions) == 0))
	for i, tab := range tabs {
		n := el("button.tab", at("type", "button"), at("role", "tab"), at("id", "tab-"+tab.id), is("aria-selected", s.tab == tab.id), at("aria-controls", "panel"),
			b.do("tab", OpenTab{Tab: tab.id}, "tab", tab.id), tab.title, key(tab.id),
			markup.On("keydown", func(in markup.Input) any { return s.stepTab(i, in.Key) }))
		if s.tab != tab.id {
			n.Attrs = append(n.Attrs, at("tabindex", strconv.Itoa(-1)))
		}
		list.Kids = append(list.Kids, n)
	}
	return list
}
