package teach

import (
	"strconv"
	"strings"

	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/app/teach/lesson"
	"homeroom/wasm/app/teach/result"
	"homeroom/wasm/app/teach/share"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A session is one open project: one value, which is replaced whole when another is opened. What is
// asked for on its behalf has tickets that only it knows, so that what comes late of one project
// never lands in another.
type session struct {
	base base.Base
	tab  string

	net      learn.Network
	reader   *learn.Reading
	saving   learn.Saving
	learning learn.Learning
	asking   ask.Asking
	intake   base.Intake
	photos   *photos
	try      ask.Try
	next     ask.Next
	lesson   lesson.Lesson
	dialog   ask.Dialog
	camera   *ask.Camera
	results  result.Results
	versions result.Versions
	sizes    learn.Sizes
	fulls    fulls
	settings settings
	filing   learn.Filing
	share    share.Share
	restore  learn.Restoring
	desk     desk
	panels   panels // all of these, by which what happens is handed out

	yields  bool // another tab asks for the project, which it gets once all is saved
	relist  bool // the list of projects is another by now
	figures *project.Figures
}

// The tabs that more than the list of panels knows of.
const (
	tabPhotos = "photos"
	tabTry    = "try"
	tabNext   = "next"
)

// newSession opens a project.
func newSession(p *project.Project, generation int, list *catalogue.List, workers int, stored bool) *session {
	s := &session{tab: tabPhotos}
	s.base = base.Base{Project: p, Generation: generation, List: list, Stored: stored, Files: map[int]outside.File{}}
	b := &s.base
	s.net = learn.Network{Base: b, Workers: workers}
	s.reader = learn.NewReading(b, &s.net)
	s.saving = learn.Saving{Base: b, Reader: s.reader}
	s.learning = learn.Learning{Base: b, Saving: &s.saving, Reader: s.reader}
	s.asking = ask.Asking{Base: b}
	s.intake = base.Intake{Base: b}
	s.photos = newPhotos(b, &s.intake)
	s.try = ask.Try{Base: b, Asking: &s.asking, Intake: &s.intake}
	s.next = ask.Next{Base: b, Intake: &s.intake, Learning: &s.learning, Reader: s.reader}
	s.dialog = ask.Dialog{Base: b, Try: &s.try, Asking: &s.asking}
	s.lesson = lesson.Lesson{Base: b, Intake: &s.intake, Try: &s.try, Dialog: &s.dialog}
	s.camera = ask.NewCamera(b, &s.intake, &s.asking)
	s.results = result.New(b, &s.learning)
	s.versions = result.Versions{Base: b, Learning: &s.learning}
	s.sizes = learn.Sizes{Base: b, Reader: s.reader, Learning: &s.learning}
	s.fulls = fulls{Base: b}
	s.settings = settings{Base: b, reader: s.reader, sizes: &s.sizes, fulls: &s.fulls}
	s.filing = learn.Filing{Base: b, Saving: &s.saving, Learning: &s.learning}
	s.share = share.Share{Base: b, Filing: &s.filing}
	s.restore = learn.Restoring{Base: b, Saving: &s.saving, Learning: &s.learning}
	s.desk = desk{Base: b, saving: &s.saving, share: &s.share}
	s.panels = s.list()
	return s
}

// list is the panels of the project, which the session reaches through this list alone: a new one
// is a file of its own and a line here. Those with a title are tabs, in this order.
func (s *session) list() panels {
	return panels{
		of(&s.saving),
		of(&s.restore),
		of(&s.net),
		of(s.reader),
		of(&s.learning),
		of(&s.dialog),
		of(s.camera),
		of(&s.fulls),
		of(&s.filing),
		of(&s.sizes),
		of(&s.share),
		of(&s.desk),
		of(&s.lesson),
		of(&s.base),
		of(&s.try),
		of(s),
		panel{value: beside{s.photos, &s.try, s.camera}, events: &eventsOf[*photos]{s.photos}, id: tabPhotos, title: say("Photos")},
		tab(tabNext, say("Ask me next"), &s.next),
		tab("results", say("Results"), &s.results),
		tab(tabTry, say("Try it"), trying{&s.base, &s.try, s.camera}),
		tab("versions", say("Versions"), &s.versions),
		tab("settings", say("Settings"), &s.settings),
	}
}

// trying is where photos are tried, from files and with the camera.
type trying struct {
	base   *base.Base
	try    *ask.Try
	camera *ask.Camera
}

func (s trying) Hidden(t *outside.Turn) { s.camera.StopLive(t) }

func (s trying) View() []*node {
	if s.base.InUse() == nil {
		return []*node{el("p.quiet", say("Nothing is learnt yet. As soon as two classes have photos, try it here on photos it has not seen."))}
	}
	return []*node{s.try.DropArea(), s.camera.LiveView(), s.try.View()}
}

// begin is called once.
func (s *session) begin(t *outside.Turn) {
	s.base.Unsaved, s.base.Again = true, true
	s.learning.Resume(t)
	s.settle(t)
}

// act deals with what a person does here, and tells whether it was of a panel.
func (s *session) act(t *outside.Turn, e any) bool {
	if s.base.Elsewhere && !viewsOnly(e) {
		s.refuse(t)
		return true
	}
	switch e := e.(type) {
	case base.OpenPhoto:
		s.dialog.Show(t, e.Photo)
	case base.RemovePhoto:
		if s.dialog.Remove(t, e.Photo); e.Next != 0 {
			s.onward(t, e.Next)
		}
	case base.MovePhoto:
		s.base.Change(t, s.base.MovePhotos([]int{e.Photo}, e.Class))
		s.onward(t, e.Next)
	case base.SayRight:
		s.base.Change(t, s.base.SayRight(e.Photo))
		s.onward(t, e.Next)
	case result.AddPhotos:
		OpenTab{Tab: tabPhotos}.Update(s, t)
		OpenClass{e.Class}.Update(s.photos, t)
	case lesson.Tab:
		OpenTab{Tab: e.ID, Keyboard: true}.Update(s, t)
	case lesson.Bring:
		if e.Update(&s.lesson, t); e.New {
			OpenTab{Tab: tabTry}.Update(s, t)
		}
	case result.Try:
		OpenTab{Tab: tabTry, Keyboard: true}.Update(s, t)
	default:
		if !s.panels.update(t, e) {
			return false
		}
	}
	t.Soon()
	s.settle(t)
	return true
}

// onward leaves the keyboard on a photo of a list, or on the tab where the list has no more.
func (s *session) onward(t *outside.Turn, photo int) {
	if photo > 0 {
		t.Focus(base.Photo(photo) + " button")
	} else {
		t.Focus("#tab-" + s.tab)
	}
}

// receive takes what the browser tells, and tells whether it was for this project.
func (s *session) receive(t *outside.Turn, e any) bool {
	switch m := e.(type) {
	case outside.FromWorker:
		if w := s.net.Pool.Worker(m.Worker); w != nil {
			s.told(t, s.net.Pool.Receive(t, w, m.Message))
		} else if w := s.learning.Pool.Worker(m.Worker); w != nil {
			s.learns(t, s.learning.Pool.Receive(t, w, m.Message))
		} else if !s.share.Receive(t, e) {
			return false
		}
	case outside.WorkerDied:
		if w := s.net.Pool.Worker(m.Worker); w != nil {
			s.told(t, s.net.Pool.Lose(t, w, m.Why))
		} else if w := s.learning.Pool.Worker(m.Worker); w != nil {
			s.learns(t, s.learning.Pool.Lose(t, w, m.Why))
		} else if !s.share.Receive(t, e) {
			return false
		}
	case outside.Drawn:
		if s.base.Stored {
			s.base.Thumbs.Fetch(t, s.base.Project)
		}
		return true
	case outside.Gathering:
		s.intake.Gather(m)
		if m.Error != "" {
			t.Say(say("{1} could not be read: {2}", m.Folder, foreign(m.Error)))
		}
	default:
		if !s.panels.receive(t, e) && !s.base.Thumbs.Receive(t, e) {
			return false
		}
	}
	s.settle(t)
	return true
}

// told takes what the pool says that reads photos and answers questions.
func (s *session) told(t *outside.Turn, list []any) {
	for _, told := range list {
		if s.dialog.Told(t, told) || s.reader.Told(t, told) {
			continue
		}
		switch m := told.(type) {
		case pool.Ready:
			s.net.Ready, s.net.Starts = true, false
			t.Soon()
		case pool.Refused:
			s.handBack(t, s.net.Pool.Close(t))
			s.net.Pool, s.net.Ready, s.net.Starts = nil, false, false
			s.net.Trouble = catalogue.NoEngine(m.Why)
			t.Soon()
		case pool.Thumbnail:
			s.try.Thumb(m.ID, m.Picture)
			t.Soon()
		default:
			if r := s.asking.Told(t, told); r != nil {
				s.reply(t, r)
			}
		}
	}
}

// reply gives what came of a question to the panel that asked it.
func (s *session) reply(t *outside.Turn, r *ask.Reply) {
	switch {
	case r.Live:
		s.camera.Reply(t, r)
	case r.Tried != 0:
		s.try.Reply(t, r)
	default:
		s.dialog.Reply(r)
	}
	t.Soon()
}

// learns takes what the pool says that learns.
func (s *session) learns(t *outside.Turn, list []any) {
	for _, told := range list {
		if o := s.learning.Told(t, told); o != nil {
			s.sizes.Outcome(t, o)
			s.filing.Outcome(t, o)
			s.restore.Outcome(t, o)
		}
	}
}

// handBack takes back what workers were at that were ended.
func (s *session) handBack(t *outside.Turn, jobs []protocol.Job) {
	for _, job := range jobs {
		if s.dialog.HandBack(job) {
			continue
		}
		if job.ID > 0 {
			s.reader.HandBack(job)
		} else if r := s.asking.HandBack(job); r != nil {
			s.reply(t, r)
		}
	}
}

// mostRounds is how often the parts are brought in line after an event, at most: what one changes
// may concern another.
const mostRounds = 16

// settle brings all parts in line with what an event changed.
func (s *session) settle(t *outside.Turn) {
	b := &s.base
	for range mostRounds {
		edits := b.Edits
		b.Edits = nil
		for _, e := range edits {
			s.edited(t, e)
		}
		if added := b.Added; added != nil {
			b.Added = nil
			s.arrived(t, added)
		}
		if b.Taught {
			b.Taught = false
			s.learning.Relearn(t)
		}
		s.learning.Follow(t)
		s.hands(t)
		s.restore.Settle(t)
		if b.Again {
			b.Again = false
			s.reader.EnterAll(s.learning.Waits())
		}
		if s.net.Needs() && (b.Online || s.reader.Active()) {
			s.handBack(t, s.net.Close(t))
			s.net.Begin(t)
			s.dialog.Inside.Clear()
		}
		if s.learning.Renew {
			s.learning.Renew = false
			s.try.Again(t)
			s.dialog.Again(t)
		}
		if s.asking.Wants() && s.learning.Using.Head == nil && !s.learning.Shows() { // nobody is there to answer
			for _, r := range s.asking.Refuse(say("nothing is learnt yet that could answer")) {
				s.reply(t, r)
			}
		}
		s.sizes.Dropped()
		s.sizes.Settle(t)
		s.dialog.Settle(t)
		s.share.Settle(t)
		s.holds(t)
		s.next.Settle(t)
		s.lesson.Follow(s.tab)
		if frozen := s.camera.Frozen(); frozen.Object != nil {
			ask.TryFiles{Files: []outside.File{frozen}}.Update(&s.try, t)
			s.dialog.Show(t, -s.try.Newest())
		}
		s.learning.Settle(t)
		s.dispatch(t)
		if b.Unsaved {
			b.Unsaved = false
			s.saving.Soon(t)
		}
		if len(b.Edits) == 0 && b.Added == nil && !b.Taught && !b.Again && !s.learning.Renew && !b.Unsaved {
			break
		}
	}
	s.relist = s.relist || s.restore.List
	s.restore.List = false
	if s.figures != b.Figures {
		s.figures = b.Figures
		s.results.Renewed()
	}
}

// edited brings the parts in line with an edit.
func (s *session) edited(t *outside.Turn, e *project.Edit) {
	s.photos.moved(e.Photos())
	s.dialog.Moved()
	s.reader.Sync()
	s.base.Again = true
	s.reader.TellSmall(t)
	if s.camera.TakesFor != 0 && s.base.Class(s.camera.TakesFor) == nil {
		s.camera.Close(t)
	}
	if e.Teaches() {
		s.learning.Relearn(t)
	}
}

// arrived has photos read that were added.
func (s *session) arrived(t *outside.Turn, photos []*project.Photo) {
	b := &s.base
	if b.Elsewhere {
		return
	}
	s.reader.Add(photos)
	// Of each photo its features, a thumbnail and what is known of it are kept.
	need := b.Need + float64(len(photos))*float64(12<<10+(len(b.Spaces())+len(s.reader.More()))*6<<10)
	b.Need = 0
	if s.saving.Adding.Ask(t, need); s.saving.Failed && b.Stored { // where nothing is kept there is nothing to wait for
		s.reader.Hold(t, learn.Unsaved)
	}
}

// holds has reading wait and go on as there is room for what is read.
func (s *session) holds(t *outside.Turn) {
	if why := s.saving.Hold; why != "" {
		s.saving.Hold = ""
		s.reader.Hold(t, why)
	}
	if s.saving.Relent {
		s.saving.Relent = false
		s.reader.Relent()
	}
	if !s.reader.Held() {
		s.saving.Wanted = 0
	}
}

// dispatch hands out what is to be done to idle workers: questions first, then photos to read.
func (s *session) dispatch(t *outside.Turn) {
	s.net.Staff(t, s.reader.Active())
	p := s.net.Pool
	if p == nil || !s.net.Ready {
		return
	}
	if s.reader.Left() > 1 {
		p.Fill(t)
	}
	use := &s.learning.Using
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
		alone := s.reader.Left() == 0
		switch {
		case s.dialog.Hand(t, p, w, alone):
		case s.asking.Wants() && s.net.Headed(t, w, use):
			s.asking.Hand(t, p, w, alone)
		case s.reader.Paused || s.saving.Full() || !s.reader.Hand(t, p, w, free):
			tried[w] = true
		}
	}
}

// tick takes the time.
func (s *session) tick(t *outside.Turn) {
	s.told(t, s.net.Pool.Tick(t))
	s.learns(t, s.learning.Pool.Tick(t))
	each(s.panels, func(p ticker) { p.Tick(t) })
	s.settle(t)
}

// wake says when the time is wanted.
func (s *session) wake(w *outside.Wake) {
	each(s.panels, func(p waker) { p.Wake(w) })
}

// close lets go of what the project had of the browser.
func (s *session) close(t *outside.Turn) {
	each(s.panels, func(p leaver) { p.Leave(t) })
	s.net.Close(t)
	s.net.Beside.End(t)
	s.learning.Close(t)
}

// enter is called when the view is shown, leave when another is.
func (s *session) enter(t *outside.Turn) {
	s.base.Online = true
	s.settle(t)
}

func (s *session) leave(t *outside.Turn) {
	s.base.Online = false
	each(s.panels, func(p leaver) { p.Leave(t) })
	s.dialog.Close()
	s.share.Leave(t)
	if !s.reader.Active() {
		s.handBack(t, s.net.Close(t))
	}
	s.settle(t)
}

// busy tells whether anything is being done.
func (s *session) busy() bool {
	return s.reader.Active() || s.learning.Busy() || s.learning.Due || s.saving.Dirty() || s.asking.Waits() || s.filing.Making || s.share.Busy()
}

type (
	// OpenTab shows a tab; Keyboard brings the keyboard to it.
	OpenTab struct {
		Tab      string
		Keyboard bool
	}
)

func (OpenTab) Viewing() {}

func (e OpenTab) Update(s *session, t *outside.Turn) {
	if was := s.panels.tab(s.tab); was.id != e.Tab {
		if p, is := was.value.(hider); is {
			p.Hidden(t)
		}
	}
	s.tab = e.Tab
	if p, is := s.panels.tab(s.tab).value.(shower); is {
		p.Shown(t)
	}
	t.Ask(outside.Reveal{Selector: "#tab-" + e.Tab}) // on a phone not all tabs fit
	if e.Keyboard {
		t.Focus("#tab-" + e.Tab)
	}
}

// place names what is shown: the tab, and what is open over it.
func (s *session) place() string {
	place, over := s.panels.tab(s.tab).id, ""
	for _, p := range s.panels {
		one, is := p.value.(placer)
		if !is {
			continue
		}
		open := one.Place()
		switch {
		case open == "":
		case p.title == "":
			over += "/" + open
		case p.id == s.tab:
			place += "/" + open
		}
	}
	return place + over
}

// goTo shows what a place names. Of what isn't there any more, nothing; an empty one leaves
// everything as it is.
func (s *session) goTo(t *outside.Turn, place string) {
	id, within, _ := strings.Cut(place, "/")
	if place == "" {
		return
	}
	if tab := s.panels.tab(id); tab.id == id && id != s.tab {
		OpenTab{Tab: id}.Update(s, t)
	}
	for _, p := range s.panels {
		if one, is := p.value.(placer); is && (p.title == "" || p.id == s.tab) {
			one.Go(t, strings.Split(within, "/"))
		}
	}
}

// stepTab is where a key leads from a tab; nil for nowhere.
func (s *session) stepTab(from int, pressed string) any {
	at, tabs := from, s.panels.tabs()
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
	return s.base.In(OpenTab{tabs[at].id, true})
}

// Drop takes files that were dropped where no element takes them.
type Drop struct{ Files []outside.File }

// given takes files that were dropped or pasted where no panel takes them.
func (s *session) given(t *outside.Turn, e any) {
	switch e := e.(type) {
	case Drop:
		s.act(t, s.taken(e.Files, AddFolders(e)))
	case Paste:
		s.act(t, s.taken(e.Files, e))
	}
}

// taken is what becomes of files in the tab that is shown, or else in one that has nothing of its
// own to do with them.
func (s *session) taken(files []outside.File, otherwise any) any {
	switch s.tab {
	case tabTry:
		return ask.TryFiles{Files: files}
	case tabNext:
		return ask.AddUnlabelled{Files: files}
	}
	return otherwise
}

// pressed is what a key does that no element takes.
func (s *session) pressed(key string) any {
	if s.tab != tabNext || s.dialog.Place() != "" || s.camera.TakesFor != 0 || s.share.Place() != "" {
		return nil
	}
	return s.next.Pressed(key)
}

// viewsOnly tells whether something can be done in a tab which only shows the project. What leads
// away from it is among that.
func viewsOnly(event any) bool {
	_, is := event.(base.Viewing)
	return is
}

// refuse says that the project is only shown here, and puts back what a control shows.
func (s *session) refuse(t *outside.Turn) {
	says := say("This project is open in another tab. Press “Work on it here” to change it here.")
	if s.base.Unclaimed != "" {
		says = say("This project is only shown here. Press “Work on it here” to change it here.")
	}
	t.Say(says)
	t.Ask(outside.PutBack{ID: "teach-view"})
	t.Ask(outside.Reveal{Selector: "[data-do=project-take]"})
}

// hands gives the project up where another tab has it by now, or asks for it and all is saved.
func (s *session) hands(t *outside.Turn) {
	k := &s.saving
	switch {
	case s.base.Elsewhere:
		s.yields = false
	case k.Taken:
		s.lost(t)
	case !s.yields:
	case k.Failed || k.Clean() && !k.Due.Waits() && !s.base.Unsaved:
		s.lost(t)
	default:
		k.Flush(t)
	}
}

// lost is called when another tab holds the project from now on.
func (s *session) lost(t *outside.Turn) {
	b := &s.base
	if b.Elsewhere {
		return
	}
	s.yields = false
	s.camera.Burst = nil
	each(s.panels, func(p leaver) { p.Leave(t) })
	if s.sizes.Busy() {
		s.sizes.End(t)
	}
	s.learning.Cancel(t)
	s.learning.Due = false
	s.reader.Abandon()
	s.restore.Abandon()
	b.Elsewhere = true
	if s.saving.Lose(); s.saving.Stranded {
		b.NoticeWith(t, base.Notice{
			Text:  say("Another tab works on this project now. What could not be saved before is here still, and only here: save the project as a file to keep it."),
			Event: learn.SaveFile{}, Action: say("Save as a file"),
		})
	}
	t.Say(say("This project is worked on in another tab now."))
	t.Soon()
}

// view describes the project. menu is of what there is besides it, elsewhere says that another tab
// has it, and filing what is done about project files.
func (s *session) view(menu, elsewhere *node, filing string) []*node {
	b := &s.base
	empty := len(b.Classes) == 0
	if s.filing.Making {
		filing = say("Making the file")
	}
	lesson := s.lesson.View()
	out := []*node{s.desk.view(menu), lesson, intro(empty && lesson == nil)}
	out = append(out, s.net.View(s.reader.Left() > 0)...)
	out = append(out, learn.BusyWith(filing), s.intake.View(), elsewhere, s.saving.Fault(s.filing.Button(say("Save it as a file now"))), s.reader.View())
	out = append(out, s.desk.noticeList()...)
	out = append(out, s.reader.ProblemList())
	if !empty {
		out = append(out, s.learning.Strip())
	}
	if empty && s.tab == tabPhotos && lesson == nil {
		out = append(out, s.photos.start())
	}
	panel := el("div.panel.panel-"+s.tab, at("role", "tabpanel"), at("id", "panel"), at("aria-labelledby", "tab-"+s.tab), at("tabindex", "-1"), key("panel-"+s.tab),
		flag("hidden", empty && s.tab == tabPhotos), s.panels.tab(s.tab).view())
	return kids(append(out, s.tablist(), panel, s.dialog.View(), s.camera.View(), s.share.View()))
}

// kids are the nodes that are there.
func kids(list []*node) []*node { return el("div", list).Kids }

func intro(empty bool) *node {
	if !empty {
		return el("h1.hidden-text", key("intro-small"), say("Teach your own classes"))
	}
	return el("section.intro", key("intro"),
		el("h1", say("Teach it your own classes")),
		el("p.lead", say("Make two classes, give each a few photos, and a second later it tells them apart."), " ",
			el("strong", say("Your photos never leave this device."))))
}

func (s *session) tablist() *node {
	b := &s.base
	list := el("div.tabs", at("role", "tablist"), at("aria-label", say("Teach")), key("tabs"), flag("hidden", len(b.Classes) == 0 && s.tab == tabPhotos && len(b.Versions) == 0))
	for i, tab := range s.panels.tabs() {
		n := el("button.tab", at("type", "button"), at("role", "tab"), at("id", "tab-"+tab.id), is("aria-selected", s.tab == tab.id), at("aria-controls", "panel"),
			b.Do("tab", OpenTab{Tab: tab.id}, "tab", tab.id), tab.title, key(tab.id),
			markup.On("keydown", func(in markup.Input) any { return s.stepTab(i, in.Key) }))
		if s.tab != tab.id {
			n.Attrs = append(n.Attrs, at("tabindex", strconv.Itoa(-1)))
		}
		list.Kids = append(list.Kids, n)
	}
	return list
}
