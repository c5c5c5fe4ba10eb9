//go:build js && wasm

package browser

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"syscall/js"
	"time"

	"homeroom/wasm/app"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/promise"
	"homeroom/wasm/session"
	"homeroom/wasm/text"
	"homeroom/wasm/window"
)

// A page runs the program in the browser.
//
// Everything in this package runs on the page's one thread. Goroutines take turns only where they
// wait, so what they share needs no lock as long as nothing waits in the middle of a change.
type page struct {
	state   *app.State
	events  []any // that are still to be dealt with
	running bool

	view    document
	drawAt  time.Time // zero where nothing is to be drawn
	drawing *time.Timer
	waking  *time.Timer

	workers map[int]*worker
	fetches map[int]context.CancelFunc // of what is on its way
	coming  map[int]*coming            // packs among them, and the last of them
	store   keeper
	camera  camera
	holding holding
	session keptPhotos
	folders folders
}

// Run shows the page and answers events for as long as it is open.
func Run() {
	global := js.Global()
	global.Get("performance").Call("mark", "homeroom runs")
	p := &page{state: app.New(), workers: map[int]*worker{}, fetches: map[int]context.CancelFunc{}, coming: map[int]*coming{}, folders: folders{watched: map[int]js.Value{}}}
	p.view.start()
	p.view.plane.Tell = p.tell
	p.drawing = time.AfterFunc(time.Hour, p.drawNow)
	p.drawing.Stop()
	p.waking = time.AfterFunc(time.Hour, func() { p.send(nil) })
	p.waking.Stop()
	p.store.start(p)
	p.hearTabs()
	p.listen()
	last, kept := p.session.start(p)
	location := global.Get("location")
	speech := global.Get("homeroom").Get("speech")
	p.send(outside.Began{
		Language: speech.Get("first").String(), Words: []byte(speech.Call("json").String()),
		Now: time.Now(), Device: device(), Address: location.Get("search").String(), Place: location.Get("hash").String(), Random: rand.Uint64(),
		Last: last, Kept: kept, Note: session.Note(),
	})
	p.takeEarly()
	select {}
}

// takeEarly takes what the boot script kept, which came before anything listened here.
func (p *page) takeEarly() {
	events := map[string]string{"pick": "files", "drop": "files", "paste": "paste"}
	for _, given := range list(js.Global().Get("homeroom").Get("early").Call("take")) {
		if given.Get("how").String() == "press" {
			p.drawn() // so that what was pressed does something
			given.Get("on").Call("click")
			continue
		}
		go p.gather(given.Get("on"), given.Get("files"), list(given.Get("folders")), events[given.Get("how").String()])
	}
}

// attribute is one of the page's own element, "" where it has none.
func attribute(name string) string {
	v := js.Global().Get("document").Get("documentElement").Call("getAttribute", name)
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

// device says where this runs.
func device() outside.Device {
	navigator := js.Global().Get("navigator")
	root := js.Global().Get("document").Get("documentElement")
	seconds, _ := strconv.Atoi(attribute("data-patience"))
	page := js.Global().Get("document").Call("querySelectorAll", "#first-list button")
	d := outside.Device{
		Cores: 1, Secure: js.Global().Get("isSecureContext").Truthy(), NotOffline: attribute("data-offline"), Single: root.Call("hasAttribute", "data-single").Bool(),
		First:    page.Get("length").Int(),
		Folders:  !js.Global().Get("document").Call("createElement", "input").Get("webkitdirectory").IsUndefined(),
		Works:    !js.Global().Get("showDirectoryPicker").IsUndefined(),
		Patience: time.Duration(seconds) * time.Second,
	}
	_ = json.Unmarshal([]byte(attribute("data-sharing")), &d.Sharing) // as it stands in site/, there is none
	if v := navigator.Get("hardwareConcurrency"); v.Type() == js.TypeNumber {
		d.Cores = v.Int()
	}
	if v := navigator.Get("deviceMemory"); v.Type() == js.TypeNumber {
		d.Memory = v.Float()
	}
	return d
}

// send has the program deal with an event; with nil, with the time alone. What is sent meanwhile is
// dealt with after it.
func (p *page) send(event any) {
	p.events = append(p.events, event)
	if p.running {
		return
	}
	p.running = true
	for len(p.events) > 0 {
		event, p.events = p.events[0], p.events[1:]
		p.update(outside.Tick{Now: time.Now()})
		if event != nil {
			p.update(event)
		}
	}
	p.running, p.events = false, nil
	p.view.ask(p.state.Leaving())
	if p.drawAt.IsZero() {
		p.view.attributes(p.state.Root())
	}
	if at := p.state.Wake(); at.IsZero() {
		p.waking.Stop()
	} else {
		p.waking.Reset(max(time.Until(at), 0) + time.Millisecond)
	}
}

func (p *page) update(event any) {
	effects, within := p.state.Update(event)
	if within > 0 {
		if at := time.Now().Add(within); p.drawAt.IsZero() || at.Before(p.drawAt) {
			p.drawAt = at
			p.drawing.Reset(within)
		}
	}
	for _, effect := range effects {
		p.perform(effect)
	}
}

// act is send for what a person did, which shows at once.
func (p *page) act(event any) {
	p.send(event)
	p.drawn()
}

// drawn sees to it that what changed is shown.
func (p *page) drawn() {
	if !p.drawAt.IsZero() {
		p.drawNow()
	}
}

func (p *page) drawNow() {
	p.drawAt = time.Time{}
	p.drawing.Stop()
	p.view.draw(p.state.View())
	p.view.attributes(p.state.Root()) // whoever sees that the page is ready finds all answers there
	p.camera.attach()
	p.send(outside.Drawn{})
}

// perform does what the program asks for.
func (p *page) perform(effect any) {
	switch e := effect.(type) {
	case outside.Spawn:
		p.spawn(e)
	case outside.Post:
		p.post(e)
	case outside.Terminate:
		p.terminate(e)
	case outside.GetCatalogue:
		p.getCatalogue(e)
	case outside.GetPack:
		p.getPack(e)
	case outside.GetLanguage:
		go p.getLanguage(e)
	case outside.Pour:
		if c := p.coming[e.Ticket]; c != nil {
			c.to = e.Worker
			p.pour(c)
		}
	case outside.DropFetch:
		p.dropFetch(e)
	case outside.KeepPack:
		go keepPack(e)
	case outside.OpenStore, outside.Write, outside.Get, outside.GetAll, outside.Clear:
		p.store.queue <- e
	case outside.Recall, outside.Remember:
		p.session.queue <- e
	case outside.AskRoom:
		go p.askRoom(e)
	case outside.Persist:
		go p.persist()
	case outside.Probe:
		go p.probe(e)
	case outside.Hold:
		go p.hold(e)
	case outside.LetGo:
		p.holding.letGo(e.Project)
	case outside.Call:
		p.holding.call(e.Project)
	case outside.OpenCamera:
		go p.openCamera(e)
	case outside.FetchPhotos:
		go p.fetchPhotos(e)
	case outside.CloseCamera:
		p.camera.close()
	case outside.FillScreen:
		p.drawn()
		window.FillScreen(e.Selector)
	case outside.SetNote:
		session.SetNote(e.Text)
	case outside.TakeStill:
		p.drawn()
		go p.takeStill(e)
	case outside.TakeFrame:
		p.drawn()
		p.takeFrame(e)
	default:
		if !p.inFolder(effect) {
			p.touch(effect)
		}
	}
}

// touch does what concerns the document and the address.
func (p *page) touch(effect any) {
	p.drawn()
	switch e := effect.(type) {
	case outside.Focus:
		if on := p.view.find(e.Selector); on.Truthy() {
			on.Call("focus", map[string]any{"preventScroll": on.Get("tagName").String() == "MAIN"})
			if e.Select {
				on.Call("select")
			}
		}
	case outside.Reveal:
		if on := p.view.find(e.Selector); on.Truthy() {
			on.Call("scrollIntoView", map[string]any{"block": "nearest", "inline": "nearest"})
		}
	case outside.Step:
		if on := p.view.find(e.Selector); on.Truthy() {
			window.Step(on, e.Up)
		}
	case outside.SetValue:
		if on := p.view.find(e.Selector); on.Truthy() {
			on.Set("value", e.Value)
		}
	case outside.SetChecked:
		if on := p.view.find(e.Selector); on.Truthy() {
			on.Set("checked", e.Checked)
		}
	case outside.Refuse:
		p.refuse(e)
	case outside.PutBack:
		if s := p.view.slots[e.ID]; s != nil {
			p.view.putBack(s.shown.Kids)
		}
	case outside.Fold:
		for _, on := range list(js.Global().Get("document").Call("querySelectorAll", e.Selector)) {
			on.Call("removeAttribute", "open")
		}
	case outside.Offer:
		window.Offer(e)
	case outside.SetAddress:
		window.SetAddress(e)
	case outside.SetPlace:
		window.SetPlace(e)
	case outside.Speak:
		js.Global().Get("homeroom").Get("speech").Call("choose", e.Code, string(e.Words))
	default:
		panic("browser: no such effect")
	}
}

// getLanguage has the boot script fetch a language, as it fetches the one that the page begins in.
func (p *page) getLanguage(e outside.GetLanguage) {
	got := outside.GotLanguage{Ticket: e.Ticket}
	file, err := promise.Await(js.Global().Get("homeroom").Get("speech").Call("fetched", e.Code, false))
	if err != nil {
		got.Error = text.Of(err)
	} else {
		got.Data = []byte(file.String())
	}
	p.act(got)
}

// refuse says beside an input what is wrong with it. The next change is judged anew.
func (p *page) refuse(e outside.Refuse) {
	on := p.view.find(e.Selector)
	if !on.Truthy() {
		return
	}
	on.Call("setCustomValidity", p.view.page.Language.Words(e.Text))
	if e.Text == "" {
		return
	}
	on.Call("reportValidity")
	var clear js.Func
	clear = js.FuncOf(func(js.Value, []js.Value) any {
		on.Call("setCustomValidity", "")
		clear.Release()
		return nil
	})
	on.Call("addEventListener", "input", clear, map[string]any{"once": true})
}

// list reads a JavaScript array or whatever is like one.
func list(v js.Value) []js.Value {
	if !v.Truthy() {
		return nil
	}
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}
