//go:build js && wasm

package page

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"honnef.co/go/js/dom/v2"

	"homeroom/wasm/markup"
	"homeroom/wasm/sheet"
	"homeroom/wasm/teach"
)

// A teacher is the view in which a person teaches classes of their own.
//
// The project is in the screen; what may not be lost is written by keep. Photos are read by the pool and learnt from by
// the learner.
type teacher struct {
	app    *app
	root   js.Value
	screen *teach.Screen
	shown  []*markup.Node
	drawn  bool // a drawing is on its way, at drawAt
	drawAt time.Time
	timer  *time.Timer // draws

	keeper keeper
	reader reader
	thumbs thumbs
	full   full
	lesson learner
	camera camera
	asks   asks
	inside insider

	early     []func()        // takes what was dropped or pasted before there was a project
	lastClass int             // that photos were added to
	trial     *teach.Settings // while sizes are tried: those that are tried
	sizesOff  bool            // the person stopped that
}

func newTeacher(a *app) *teacher {
	t := &teacher{app: a, root: js.Global().Get("document").Call("getElementById", "teach-view")}
	t.screen = &teach.Screen{
		Tab: teach.TabPhotos, Classes: teach.PageOfClasses, Photos: teach.PageOfPhotos, Picks: map[int]bool{},
		Save:   teach.Save{State: "saved"},
		Camera: teach.Camera{Seconds: 3, Delay: 3, Rate: 8},
	}
	t.screen.Thumb = t.thumbs.url
	t.screen.Full = t.fullURL
	t.screen.Inside = t.inside.node
	t.inside = insider{
		open: t.shownPhoto, fileOf: t.shownFile, alone: func() bool { return t.reader.queue.Counts().Left() == 0 }, draw: t.draw,
		dispatch: func() {
			t.reader.need()
			t.reader.dispatch()
		},
	}
	t.inside.start()
	t.full.listen(t.root, t.draw)
	t.timer = time.AfterFunc(time.Hour, t.drawNow)
	t.timer.Stop()
	t.thumbs.start(t)
	t.reader.start(t)
	t.lesson.start(t)
	t.asks.start(t)
	t.listen()
	return t
}

func (t *teacher) project() *teach.Project { return t.screen.Project }

// begin opens the project that was open last, or a new one.
func (t *teacher) begin() {
	t.draw()
	t.keeper.begin(t)
}

// draw shows the screen soon; many changes at once are drawn together.
func (t *teacher) draw() { t.drawWithin(12 * time.Millisecond) }

// drawLater shows the screen a little later. It is for what comes in a stream, such as photos that are read: drawing takes
// the time of workers that share the device.
func (t *teacher) drawLater() { t.drawWithin(150 * time.Millisecond) }

func (t *teacher) drawWithin(d time.Duration) {
	t.tellState()
	at := time.Now().Add(d)
	if t.drawn && !at.Before(t.drawAt) {
		return
	}
	t.drawn, t.drawAt = true, at
	t.timer.Reset(d)
}

func (t *teacher) drawNow() {
	t.drawn = false
	t.timer.Stop()
	if !t.visible() {
		return
	}
	t.refresh()
	t.tellState()
	nodes := t.screen.Nodes()
	markup.Patch(t.root, t.shown, nodes)
	t.shown = nodes
	t.dialogs()
	t.camera.attach()
	t.thumbs.fetch()
	t.keeper.drawn()
}

func (t *teacher) visible() bool { return t.app.showing == "teach" }

// tellState says at once whether anything is being done.
func (t *teacher) tellState() {
	switch {
	case !t.visible():
	case t.project() == nil:
		t.app.view.setState("loading")
	case t.reader.active() || t.screen.Learning.State == "busy" || t.lesson.due || t.keeper.dirty() || t.asks.waiting() || t.screen.Filing != "":
		t.app.view.setState("busy")
	default:
		t.app.view.setState("ready")
	}
}

// refresh brings what the screen says of others up to date.
func (t *teacher) refresh() {
	if t.project() == nil {
		return
	}
	t.reader.tell()
	t.screen.Spaces = t.reader.spaces()
	if t.screen.Tab == teach.TabSettings {
		_, t.screen.Absent = t.reader.lacking()
		t.screen.Companions = nil
		for _, n := range t.reader.companions() {
			t.screen.Companions = append(t.screen.Companions, n.Name)
		}
	}
	text := "Ready"
	switch {
	case t.screen.Engine.What != "":
		text = "Not ready"
	case t.screen.Engine.Ready:
		text = t.networkTitle() + " at " + strconv.Itoa(t.size()) + " px"
	case t.screen.Engine.Text != "":
		text = t.screen.Engine.Text
	}
	t.app.view.text(t.app.view.status, text)
}

// dialogs opens the dialogues that are there, and keeps the keyboard in them.
func (t *teacher) dialogs() {
	for _, d := range list(t.root.Call("querySelectorAll", "dialog")) {
		if !d.Get("open").Bool() {
			d.Call("showModal")
		}
	}
}

// change is called after an edit: it is saved, shown, and learnt from.
func (t *teacher) change(e *teach.Edit) {
	if e == nil {
		t.draw()
		return
	}
	t.app.say(e.Text + ". Undo is possible.")
	t.changed(e)
}

func (t *teacher) changed(e *teach.Edit) {
	for _, id := range e.Photos() {
		delete(t.screen.Picks, id)
		if ph := t.project().Photo(id); ph != nil && ph.Class == 0 && t.screen.Picked == id {
			t.screen.Picked = 0
		}
	}
	t.reader.sync()
	t.tellSmall()
	t.keeper.soon()
	t.followCurrent()
	if e.Teaches() {
		t.lesson.changed()
	}
	t.draw()
}

// followCurrent shows the figures of the version in use, and has the workers answer with its head.
func (t *teacher) followCurrent() {
	p := t.project()
	v := p.Version(p.Current)
	if t.screen.Result != nil && t.screen.Result.Version == p.Current && v != nil && v.Last == t.lesson.ended || p.Current == 0 && t.screen.Result == nil {
		t.keeper.completed()
		return
	}
	t.screen.Result, t.screen.Cell, t.screen.Curve, t.screen.Heat = nil, nil, teach.CurveState{}, sheet.Heat{}
	t.lesson.head = js.Undefined()
	if p.Current == 0 {
		t.keeper.completed()
		return
	}
	go func() {
		t.loadVersion(p.Current)
		if p == t.project() {
			t.keeper.completed()
			t.draw()
		}
	}()
}

func (t *teacher) loadVersion(number int) {
	p := t.project()
	v, err := t.keeper.version(number)
	if p != t.project() || number != p.Current {
		return
	}
	if err != nil {
		t.notice(fmt.Sprintf("Version %d could not be opened: %v.", number, err), "", "")
		return
	}
	if r, err := teach.Decoded([]byte(v.result)); err == nil {
		r.Version = number
		t.screen.Result = r
	} else {
		t.notice(fmt.Sprintf("What is known of version %d cannot be shown: %v.", number, plain(err)), "", "")
	}
	t.lesson.head, t.lesson.ended, t.lesson.quick = v.head, false, v.quick
	if of := p.Version(number); of != nil && of.Last {
		t.lesson.ended = true
		if v.last.Truthy() {
			t.lesson.head = v.last
		}
	}
	t.asks.again()
	t.reader.dispatch()
	t.draw()
}

func (t *teacher) notice(text, do, action string) {
	for _, n := range t.screen.Notices {
		if n.Text == text {
			return
		}
	}
	t.screen.Notices = append(t.screen.Notices, teach.Notice{Text: text, Do: do, Action: action})
	t.app.say(text)
	t.draw()
}

// network is the entry of the catalogue that the project is set to.
func (t *teacher) network() *Network {
	list := t.app.backbones
	if len(list) == 0 {
		return nil
	}
	return &list[choose(list, t.settings().Network)]
}

// settings are those of the project, or those that are tried.
func (t *teacher) settings() teach.Settings {
	if t.trial != nil {
		return *t.trial
	}
	return t.project().Settings
}

func (t *teacher) networkTitle() string {
	if n := t.network(); n != nil {
		return n.called()
	}
	return ""
}

// size is the input size in pixels.
func (t *teacher) size() int {
	if s := t.settings().Size; s > 0 {
		return s
	}
	if n := t.network(); n != nil {
		return n.Preprocess.Size
	}
	return 0
}

// An event is what happened to an element that does something.
type event struct {
	js.Value          // of the browser
	on       js.Value // the element with data-do
}

func (e event) data(name string) string {
	v := e.on.Call("getAttribute", "data-"+name)
	if v.IsNull() {
		return ""
	}
	return v.String()
}

func (e event) number(name string) int {
	n, _ := strconv.Atoi(e.data(name))
	return n
}

func (e event) value() string { return e.on.Get("value").String() }

func (t *teacher) listen() {
	root := element(t.root)
	doing := func(tags string) func(dom.Event) {
		return func(ev dom.Event) {
			target := ev.Underlying().Get("target")
			on := target.Call("closest", "[data-do]")
			// A form is sent by its button here and not by the browser, which refuses to in a frame without an origin.
			if button := target.Call("closest", "form[data-do] button[type=submit]"); button.Truthy() && tags == " button " {
				ev.PreventDefault()
				t.act(event{ev.Underlying(), on})
				if t.drawn {
					t.drawNow()
				}
				return
			}
			if on.IsNull() || !strings.Contains(tags, " "+strings.ToLower(on.Get("tagName").String())+" ") {
				return
			}
			if on.Get("tagName").String() == "FORM" {
				ev.PreventDefault()
			}
			t.act(event{ev.Underlying(), on})
			if t.drawn { // what a person does shows at once
				t.drawNow()
			}
		}
	}
	onClick, onChange, onSelect, onSubmit := doing(" button "), doing(" input "), doing(" input select "), doing(" form ")
	root.AddEventListener("click", false, onClick)
	root.AddEventListener("change", false, onChange)
	root.AddEventListener("submit", false, onSubmit)
	root.AddEventListener("input", false, func(ev dom.Event) {
		// A choice from a list is taken at the first event: a drawing between that and the second would put the old one back.
		if t := ev.Underlying().Get("target"); t.Get("type").String() == "search" || t.Get("tagName").String() == "SELECT" {
			onSelect(ev)
		}
	})
	root.AddEventListener("keydown", false, func(ev dom.Event) { t.key(ev) })
	// A dialogue that the browser closes, as on Escape, is closed in the screen too.
	t.root.Call("addEventListener", "cancel", js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		switch args[0].Get("target").Call("getAttribute", "data-modal").String() {
		case "photo":
			t.closePhoto()
		case "camera":
			t.camera.close()
		}
		return nil
	}), true)
	t.dragging()
	t.camera.listen(t)
	js.Global().Call("addEventListener", "beforeunload", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if t.project() != nil && (t.reader.active() && !t.reader.looking || t.screen.Save.State == "failed" && len(t.project().Classes) > 0) {
			args[0].Call("preventDefault")
		}
		return nil
	}))
}

func (t *teacher) key(ev dom.Event) {
	e := ev.Underlying()
	target := e.Get("target")
	switch key := e.Get("key").String(); key {
	case "ArrowRight", "ArrowLeft", "Home", "End":
		if tab := target.Call("closest", "[role=tab]"); !tab.IsNull() {
			ev.PreventDefault()
			t.stepTab(tab.Call("getAttribute", "data-tab").String(), key)
		}
	case "Delete", "Backspace":
		if tile := target.Call("closest", "[data-photo]"); !tile.IsNull() && target.Get("tagName").String() == "BUTTON" {
			ev.PreventDefault()
			id, _ := strconv.Atoi(tile.Call("getAttribute", "data-photo").String())
			t.remove(id)
		}
	}
}

func (t *teacher) stepTab(from, key string) {
	order := []string{teach.TabPhotos, teach.TabResults, teach.TabTry, teach.TabVersions, teach.TabSettings}
	at := 0
	for i, id := range order {
		if id == from {
			at = i
		}
	}
	switch key {
	case "ArrowRight":
		at = (at + 1) % len(order)
	case "ArrowLeft":
		at = (at + len(order) - 1) % len(order)
	case "Home":
		at = 0
	case "End":
		at = len(order) - 1
	}
	t.openTab(order[at])
	t.drawNow()
	js.Global().Get("document").Call("getElementById", "tab-"+order[at]).Call("focus")
}

func (t *teacher) openTab(id string) {
	if id != teach.TabTry {
		t.camera.stopLive()
	}
	t.screen.Tab = id
	t.drawNow()
	if t.screen.Keeping.Asking = false; id == teach.TabSettings {
		go t.measureRoom()
	}
	if tab := js.Global().Get("document").Call("getElementById", "tab-"+id); tab.Truthy() { // on a phone not all tabs fit
		tab.Call("scrollIntoView", map[string]any{"block": "nearest", "inline": "nearest"})
	}
}

// focus brings the keyboard to an element once it is drawn.
func (t *teacher) focus(selector string) {
	t.drawNow()
	if e := t.root.Call("querySelector", selector); !e.IsNull() {
		e.Call("focus")
	}
}

// undo and redo are for the whole project.
func (t *teacher) undo() {
	if p := t.project(); p != nil && !t.reading() {
		if e := p.Undo(); e != nil {
			t.app.say("Undone: " + e.Text + ".")
			t.changed(e)
		}
	}
}

func (t *teacher) redo() {
	if p := t.project(); p != nil && !t.reading() {
		if e := p.Redo(); e != nil {
			t.app.say("Done again: " + e.Text + ".")
			t.changed(e)
		}
	}
}

// remove takes one photo out, and leaves the keyboard on the next.
func (t *teacher) remove(id int) {
	p := t.project()
	ph := p.Photo(id)
	if ph == nil || ph.Class == 0 || t.reading() {
		return
	}
	next := 0
	for _, m := range p.Members(ph.Class) {
		if m.ID > id {
			next = m.ID
			break
		}
		if m.ID != id {
			next = m.ID
		}
	}
	inDialog := t.screen.Picked == id
	t.change(p.RemovePhotos([]int{id}))
	switch {
	case inDialog && next != 0:
		t.openPhoto(next)
	case next != 0:
		t.focus(`[data-photo="` + strconv.Itoa(next) + `"] button`)
	}
}

func (t *teacher) openPhoto(id int) {
	t.screen.Picked = id
	if t.screen.Heat.On && t.screen.Heat.Photo != id {
		t.askHeat(id, "")
	}
	t.lookInside()
	t.draw()
}

// lookInside looks inside the network for the photo in the dialogue, where that is wanted.
func (t *teacher) lookInside() {
	if t.inside.on && t.inside.photo != t.shownPhoto() {
		t.inside.ask(t.inside.layer)
	}
}

// shownFile is a photo of the project, or one that was tried, whose ID is below 0. It may come from the store.
func (t *teacher) shownFile(id int) js.Value {
	if id < 0 {
		return t.asks.files[-id]
	}
	file, _ := t.fileOf(id)
	return file
}

// shownPhoto is the photo in the dialogue; one that was tried has its ID below 0.
func (t *teacher) shownPhoto() int {
	if id := t.screen.PickedTried; id != 0 {
		return -id
	}
	return t.screen.Picked
}

// openTried shows a photo that was tried.
func (t *teacher) openTried(id int) {
	t.screen.PickedTried = id
	if t.screen.Heat.On {
		t.askHeat(-id, "")
	}
	t.lookInside()
	t.draw()
}

func (t *teacher) closePhoto() {
	id, tried := t.screen.Picked, t.screen.PickedTried
	t.screen.Picked, t.screen.PickedTried = 0, 0
	t.screen.Heat.On = false
	t.inside.close()
	if tried != 0 {
		t.focus(`button[data-tried="` + strconv.Itoa(tried) + `"]`)
		return
	}
	t.focus(`[data-photo="` + strconv.Itoa(id) + `"] button`)
}

// act does what an element is for.
func (t *teacher) act(e event) {
	p := t.project()
	if p == nil {
		return
	}
	s := t.screen
	set := p.Settings
	if !teach.Reads(e.data("do")) && t.reading() {
		t.drawAgain()
		return
	}
	switch what := e.data("do"); what {
	case "tab":
		t.openTab(e.data("tab"))
	case "undo":
		t.undo()
	case "redo":
		t.redo()
	case "notice-close":
		if i := e.number("index"); i < len(s.Notices) {
			s.Notices = append(s.Notices[:i:i], s.Notices[i+1:]...)
		}
		t.draw()
	case "problems-close":
		s.Problems = nil
		t.draw()

	case "project-name":
		if edit := p.Rename(e.value()); edit != nil {
			t.change(edit)
		} else {
			e.on.Set("value", p.Name)
		}
	case "project-new":
		t.closeMenus()
		go t.keeper.fresh(false)
	case "project-new-anyway":
		t.closeNotices(what)
		go t.keeper.fresh(true)
	case "project-take":
		go t.keeper.take()
	case "project-open":
		t.closeMenus()
		go t.keeper.open(e.data("id"))
	case "project-delete":
		t.closeMenus()
		go t.keeper.remove()
	case "project-undelete":
		go t.keeper.bringBack()
	case "project-rescue":
		go t.saveStored(e.data("id"))
	case "project-drop":
		go t.keeper.discard(e.data("id"))
	case "project-save":
		t.closeMenus()
		go t.saveFile()
	case "project-file":
		t.closeMenus()
		files := list(e.on.Get("files"))
		e.on.Set("value", "")
		if len(files) > 0 {
			go t.openFile(files[0])
		}
	case "save-again":
		t.keeper.again()

	case "class-new":
		input := e.on.Call("querySelector", "input")
		edit, err := p.AddClass(input.Get("value").String())
		if err != nil {
			t.refuse(input, err)
			return
		}
		input.Set("value", "")
		t.refuse(input, nil)
		s.Search = ""
		s.Classes = max(s.Classes, len(p.Classes))
		t.lastClass = p.Classes[len(p.Classes)-1].ID
		t.change(edit)
		t.focus("#new-class-shelf")
	case "class-name":
		edit, err := p.RenameClass(e.number("class"), e.value())
		if err != nil {
			e.on.Set("value", p.Class(e.number("class")).Name)
			t.refuse(e.on, err)
			return
		}
		t.change(edit)
	case "class-remove":
		t.change(p.RemoveClass(e.number("class")))
		t.focus("#new-class-shelf")
	case "class-open":
		s.Open, s.Photos, s.Picks = e.number("class"), teach.PageOfPhotos, map[int]bool{}
		t.focus("[data-do=class-close]")
	case "class-close":
		id := s.Open
		s.Open = 0
		t.focus(`[data-do=class-open][data-class="` + strconv.Itoa(id) + `"]`)
	case "class-search":
		s.Search, s.Classes = strings.TrimSpace(e.value()), teach.PageOfClasses
		t.draw()
	case "classes-more":
		s.Classes += teach.PageOfClasses
		t.draw()
	case "classes-all":
		s.AllClasses = true
		t.draw()
	case "photos-more":
		s.Photos += teach.PageOfPhotos
		t.draw()
	case "class-pick", "pick-folders", "try-pick":
		files := js.Global().Get("Array").Call("from", e.on.Get("files"))
		class := e.number("class")
		e.on.Set("value", "")
		go func() {
			got := gather(files)
			switch what {
			case "class-pick":
				t.addTo(class, got)
			case "pick-folders":
				t.addFolders(got)
			default:
				t.tryFiles(got)
			}
		}()

	case "photo-open":
		t.openPhoto(e.number("photo"))
	case "photo-close":
		t.closePhoto()
	case "photo-step":
		if s.PickedTried != 0 {
			t.stepTried(e.number("by"))
		} else {
			t.stepPhoto(e.number("by"))
		}
	case "tried-open":
		t.openTried(e.number("tried"))
	case "photo-class":
		class, _ := strconv.Atoi(e.value())
		t.change(p.MovePhotos([]int{e.number("photo")}, class))
	case "photo-pick":
		if e.on.Get("checked").Bool() {
			s.Picks[e.number("photo")] = true
		} else {
			delete(s.Picks, e.number("photo"))
		}
		t.draw()
	case "pick-all":
		members := p.Members(s.Open)
		all := len(s.Picks) < len(members)
		s.Picks = map[int]bool{}
		for _, ph := range members {
			if all {
				s.Picks[ph.ID] = true
			}
		}
		t.draw()
	case "picked-move":
		if class, _ := strconv.Atoi(e.value()); class != 0 {
			t.change(p.MovePhotos(t.picked(), class))
		}
	case "picked-remove":
		t.change(p.RemovePhotos(t.picked()))
		t.focus("[data-do=pick-all]")
	case "move":
		t.change(p.MovePhotos([]int{e.number("photo")}, e.number("class")))
	case "remove":
		t.remove(e.number("photo"))
	case "heat":
		switch photo := t.shownPhoto(); {
		case s.Heat.Of(photo):
			s.Heat.On = false
			t.draw()
		default:
			class := ""
			if list := t.root.Call("querySelector", "#heat-class"); list.Truthy() {
				class = list.Get("value").String()
			}
			t.askHeat(photo, class)
		}
	case "heat-class":
		t.askHeat(t.shownPhoto(), e.value())
	case "inside":
		t.inside.toggle()
	case "inside-layer":
		t.inside.ask(e.value())

	case "reading-pause":
		t.reader.pause("")
		t.focus("[data-do=reading-continue]")
	case "reading-continue":
		t.reader.goOn()
		t.focus("[data-do=reading-pause]")
	case "others-again":
		s.Notices = slices.DeleteFunc(s.Notices, func(n teach.Notice) bool { return n.Do == "others-again" })
		t.reader.othersAgain()
	case "engine-retry":
		t.reader.close()
		t.reader.fresh = true
		if t.app.networks == nil {
			go t.app.begin("", true)
		}
		t.reader.need()

	case "learn":
		t.lesson.now()
	case "learn-stop":
		t.lesson.stop()
	case "curve":
		t.lesson.curve()
	case "curve-stop":
		t.lesson.stop()
	case "cell":
		c := teach.Cell{Row: e.number("row"), Column: e.number("column")}
		if s.Cell != nil && *s.Cell == c {
			s.Cell = nil
			t.draw()
		} else {
			s.Cell = &c
			t.focus("#cell")
		}
	case "cell-close":
		s.Cell = nil
		t.draw()

	case "version-use":
		t.useVersion(e.number("version"))
	case "version-state":
		t.change(p.AnswerIn(e.number("version"), e.value() == "last"))
	case "version-note":
		t.change(p.Annotate(e.number("version"), strings.TrimSpace(e.value())))
	case "version-compare":
		t.compare(e.number("version"), e.on.Get("checked").Bool())

	case "set-network":
		set.Network, set.Size = e.value(), 0
		t.set(set, "Changed the network")
	case "set-size", "size-use":
		size := e.number("size")
		if what == "set-size" {
			size, _ = strconv.Atoi(e.value())
		}
		if n := t.network(); n != nil && size == n.Preprocess.Size {
			size = 0
		}
		set.Size = size
		t.set(set, "Changed the input size")
	case "set-looks":
		t.set(set.WithLooks(e.value()), "Changed how often photos are looked at")
	case "set-auto":
		set.Auto = e.on.Get("checked").Bool()
		t.set(set, "Changed whether it learns by itself")
	case "set-keep":
		on := e.on.Get("checked").Bool()
		e.on.Set("checked", p.Keep) // until it is so
		t.keepFulls(on)
		t.draw()
	case "fulls-delete":
		go t.dropFulls()
	case "fulls-stay":
		s.Keeping.Asking = false
		t.focus("#set-keep")
	case "set-head":
		set.Head = e.value()
		t.set(set, "Changed the head")
	case "set-check":
		set.KeepBack = e.value() == "back"
		t.set(set, "Changed what it is checked on")
	case "set-weigh":
		set.Weigh = e.on.Get("checked").Bool()
		t.set(set, "Changed how classes count")
	case "set-seed":
		seed, err := strconv.ParseUint(e.value(), 10, 32)
		if err != nil {
			e.on.Set("value", strconv.FormatUint(set.Seed, 10))
			return
		}
		set.Seed = seed
		t.set(set, "Changed the seed")
	case "set-unknown":
		set.Unknown = e.on.Get("checked").Bool()
		t.set(set, "Changed whether it answers unknown")
	case "set-alarms":
		set.Alarms, _ = strconv.ParseFloat(e.value(), 64)
		t.set(set, "Changed how strict it is")

	case "sizes":
		go t.findSize()
	case "sizes-stop":
		t.stopSizes()
	case "try-clear":
		t.asks.clear()
	case "try-remove":
		t.asks.drop(e.number("tried"))
	case "try-add":
		if class, _ := strconv.Atoi(e.value()); class != 0 {
			t.asks.teach(e.number("tried"), class)
		}
	default:
		t.camera.act(what, e)
	}
}

// drawAgain puts back what a control shows, where nothing was done with it.
func (t *teacher) drawAgain() {
	t.root.Set("textContent", "")
	t.shown = nil
	t.drawNow()
}

// closeNotices takes away the notices that offer something.
func (t *teacher) closeNotices(do string) {
	t.screen.Notices = slices.DeleteFunc(t.screen.Notices, func(n teach.Notice) bool { return n.Do == do })
}

func (t *teacher) set(s teach.Settings, text string) {
	t.change(t.project().Set(s, text))
	t.reader.need()
}

func (t *teacher) picked() []int {
	var out []int
	for _, ph := range t.project().Members(t.screen.Open) {
		if t.screen.Picks[ph.ID] {
			out = append(out, ph.ID)
		}
	}
	return out
}

func (t *teacher) stepPhoto(by int) {
	p := t.project()
	ph := p.Photo(t.screen.Picked)
	if ph == nil {
		return
	}
	members := p.Members(ph.Class)
	for i, m := range members {
		if m == ph {
			t.openPhoto(members[(i+by+len(members))%len(members)].ID)
			return
		}
	}
}

func (t *teacher) stepTried(by int) {
	all := t.screen.Try.Photos
	for i, tried := range all {
		if tried.ID == t.screen.PickedTried {
			t.openTried(all[(i+by+len(all))%len(all)].ID)
			return
		}
	}
}

func (t *teacher) useVersion(number int) {
	t.lesson.cancel() // what is being learnt would take its place
	t.lesson.due = false
	t.change(t.project().Use(number))
}

func (t *teacher) compare(number int, on bool) {
	c := &t.screen.Compare
	switch {
	case !on && c[0] == number:
		c[0], c[1] = c[1], 0
	case !on:
		c[1] = 0
	default: // the one that was chosen first makes room
		if c[0] != 0 && c[1] != 0 {
			c[0] = c[1]
			c[1] = 0
		}
		if c[0] == 0 {
			c[0] = number
		} else {
			c[1] = number
		}
	}
	t.draw()
}

// refuse says beside an input why what it holds cannot be; nil takes that back.
func (t *teacher) refuse(input js.Value, err error) {
	text := ""
	if err != nil {
		text = sentence(err.Error())
	}
	input.Call("setCustomValidity", text)
	if err != nil {
		input.Call("reportValidity")
		t.app.say(text)
		// The next change is judged anew.
		var clear js.Func
		clear = js.FuncOf(func(js.Value, []js.Value) any {
			input.Call("setCustomValidity", "")
			clear.Release()
			return nil
		})
		input.Call("addEventListener", "input", clear, map[string]any{"once": true})
	}
}

func (t *teacher) closeMenus() {
	for _, d := range list(t.root.Call("querySelectorAll", "details[data-menu]")) {
		d.Call("removeAttribute", "open")
	}
}

// leave is called when another view is shown.
func (t *teacher) leave() {
	t.camera.close()
	t.camera.stopLive()
	if !t.reader.active() {
		t.reader.close()
	}
}

// enter is called when this view is shown.
func (t *teacher) enter() {
	t.app.start()
	t.screen.Networks = nil
	for _, n := range t.app.backbones {
		t.screen.Networks = append(t.screen.Networks, teach.Network{
			Name: n.Name, Title: n.called(), Bytes: n.Bytes, Size: n.Preprocess.Size, Sizes: n.offered(0),
		})
	}
	if t.project() != nil {
		t.reader.need()
	}
	t.draw()
}

func newID() string { return strconv.FormatUint(rand.Uint64(), 36) }

// fetchShared fetches a pack, or takes the one that was fetched last.
func (a *app) fetchShared(ctx context.Context, n Network, fresh bool, l listener) (js.Value, *trouble) {
	if !fresh && a.lastPack.sum == n.SHA256 {
		return a.lastPack.data, nil
	}
	pack, trouble := fetchPack(ctx, n, fresh, l)
	if trouble == nil && ctx.Err() == nil {
		a.lastPack.sum, a.lastPack.data = n.SHA256, pack
	}
	return pack, trouble
}

// blobURL makes an address for data in a typed array.
func blobURL(data js.Value, kind string) string {
	blob := js.Global().Get("Blob").New([]any{data}, map[string]any{"type": kind})
	return js.Global().Get("URL").Call("createObjectURL", blob).String()
}

func revoke(url string) {
	if url != "" {
		js.Global().Get("URL").Call("revokeObjectURL", url)
	}
}
