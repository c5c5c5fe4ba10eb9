//go:build js && wasm

package browser

import (
	"strings"
	"syscall/js"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/window"
)

// innerKind is the kind of what is dragged from one place of the page to another.
const innerKind = "application/x-homeroom"

// listen reports what happens in the page. One listener a kind of event finds the element that
// handles it.
func (p *page) listen() {
	document, global := js.Global().Get("document"), js.Global()
	hear := func(on js.Value, event string, capture bool, do func(e js.Value)) {
		on.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
			do(args[0])
			return nil
		}), capture)
	}
	hear(document, "click", false, func(e js.Value) {
		if _, do := p.view.handler(e.Get("target"), "stroke"); do != nil && e.Get("detail").Int() > 0 {
			return // a press that painted; the keyboard's has no detail
		}
		// A form is sent by its button here and not by the browser, which refuses to in a frame
		// without an origin.
		if button := e.Get("target").Call("closest", "form button[type=submit]"); button.Truthy() && p.tell(button, "submit", markup.Input{}) {
			e.Call("preventDefault")
			return
		}
		in := markup.Input{Shift: e.Get("shiftKey").Truthy(), Control: e.Get("ctrlKey").Truthy() || e.Get("metaKey").Truthy()}
		p.tell(e.Get("target"), "click", in)
	})
	hear(document, "submit", false, func(e js.Value) {
		if p.report(e, "submit") {
			e.Call("preventDefault")
		}
	})
	p.hearChanges(document, hear)
	p.hearKeys(document, hear)
	p.hearHeld(document, global, hear)
	hear(document, "toggle", true, func(e js.Value) {
		target := e.Get("target")
		if on, _ := p.view.handler(target, "toggle"); on.Truthy() && on.Equal(target) { // what is around it is not
			p.tell(target, "toggle", markup.Input{Checked: target.Get("open").Truthy()})
		}
	})
	// A press is that of the next thing around it that takes presses, or else of the page.
	hear(document, "pointerdown", true, func(e js.Value) {
		_, do := p.view.handler(e.Get("target"), "press")
		if do == nil {
			do = find(p.view.page.On, "press")
		}
		if do != nil {
			if event := do(markup.Input{}); event != nil {
				p.act(event)
			}
		}
	})
	hear(document, "focusin", false, func(e js.Value) { p.report(e, "focus") })
	// A dialogue that the browser would close, as on Escape, is closed by the program.
	hear(document, "cancel", true, func(e js.Value) {
		if p.report(e, "cancel") {
			e.Call("preventDefault")
		}
	})
	hear(document, "error", true, func(e js.Value) { // of pictures that the browser cannot show
		if e.Get("target").Get("tagName").Type() == js.TypeString {
			p.report(e, "error")
		}
	})
	window.Strokes(document, func(target js.Value) (js.Value, bool) {
		on, do := p.view.handler(target, "stroke")
		return on, do != nil
	}, func(on js.Value, way string) { p.tell(on, "stroke", markup.Input{Value: way}) })
	p.hearFiles(document, hear)
	p.hearSight(global, hear)
	p.hearDrags(document, hear)
	hear(global, "hashchange", false, func(js.Value) {
		p.act(outside.Went{Place: js.Global().Get("location").Get("hash").String()})
	})
	hear(document, "fullscreenchange", false, func(js.Value) {
		p.act(outside.ScreenFilled{On: document.Get("fullscreenElement").Truthy()})
	})
	hear(global, "beforeprint", false, func(js.Value) { p.act(outside.Printing{On: true}) })
	hear(global, "afterprint", false, func(js.Value) { p.act(outside.Printing{}) })
	hear(global, "homeroom offline", false, func(js.Value) { // the boot script found it out
		p.act(outside.NotOffline{Why: attribute("data-offline")})
	})
}

type hear func(on js.Value, event string, capture bool, do func(e js.Value))

// report has the program deal with an event, where an element handles it, and tells whether one
// did.
func (p *page) report(e js.Value, name string) bool {
	return p.tell(e.Get("target"), name, markup.Input{})
}

// tell is report for what happened in an element.
func (p *page) tell(target js.Value, name string, in markup.Input) bool {
	on, do := p.view.handler(target, name)
	if do == nil {
		return false
	}
	p.fill(on, &in)
	event := do(in)
	if event == nil {
		return false
	}
	p.act(event)
	return true
}

// fill adds what the element says by itself.
func (p *page) fill(on js.Value, in *markup.Input) {
	if v := on.Get("value"); in.Value == "" && v.Type() == js.TypeString {
		in.Value = v.String()
	}
	if v := on.Get("checked"); v.Type() == js.TypeBoolean && on.Get("type").String() == "checkbox" {
		in.Checked = v.Bool()
	}
	if on.Get("tagName").String() == "FORM" {
		in.Fields = map[string]string{}
		for _, field := range list(on.Get("elements")) {
			if name := field.Get("name").String(); name != "" {
				in.Fields[name] = field.Get("value").String()
			}
		}
	}
}

// hearChanges reports what was written, chosen and picked. A choice from a list is taken at the
// first of the two events that browsers send: a drawing between that and the second would put the
// old one back.
func (p *page) hearChanges(document js.Value, hear hear) {
	var early struct {
		target js.Value
		value  string
	}
	early.target = js.Null()
	hear(document, "input", false, func(e js.Value) {
		target := e.Get("target")
		if kind := target.Get("type").String(); target.Get("tagName").String() == "SELECT" || kind == "search" || kind == "range" {
			early.target, early.value = target, target.Get("value").String()
			p.report(e, "change")
		}
	})
	hear(document, "change", false, func(e js.Value) {
		target := e.Get("target")
		if target.Get("type").String() == "file" {
			p.picked(target)
			return
		}
		was := early
		early.target = js.Null()
		if was.target.Truthy() && was.target.Equal(target) && was.value == target.Get("value").String() {
			return
		}
		p.report(e, "change")
	})
}

// hearSight reports what is seen of elements, at most once a frame and after the browser has laid
// the page out.
func (p *page) hearSight(window js.Value, hear hear) {
	asked := false
	tell := js.FuncOf(func(js.Value, []js.Value) any {
		asked = false
		for _, s := range p.view.slots {
			do := find(s.shown.On, "sight")
			if do == nil {
				continue
			}
			box := s.element.Call("getBoundingClientRect")
			letter := window.Call("parseFloat", window.Call("getComputedStyle", p.view.root).Get("fontSize")).Float()
			in := markup.Input{Sight: markup.Sight{Top: -box.Get("top").Float() / letter, Height: window.Get("innerHeight").Float() / letter, Width: box.Get("width").Float() / letter}}
			if event := do(in); event != nil {
				p.act(event)
			}
		}
		return nil
	})
	ask := func(js.Value) {
		if !asked {
			asked = true
			window.Call("requestAnimationFrame", tell)
		}
	}
	hear(window, "scroll", false, ask)
	hear(window, "resize", false, ask)
	window.Get("ResizeObserver").New(js.FuncOf(func(js.Value, []js.Value) any {
		ask(js.Null())
		return nil
	})).Call("observe", p.view.body)
}

// hearKeys reports keys to the element that has the keyboard, and what none handles to the page.
func (p *page) hearKeys(document js.Value, hear hear) {
	hear(document, "keydown", false, func(e js.Value) {
		key := e.Get("key").String()
		if e.Get("shiftKey").Bool() && len(key) > 1 {
			key = "Shift+" + key
		} else if e.Get("shiftKey").Bool() {
			key = "Shift+" + strings.ToLower(key)
		}
		if e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() {
			key = "Control+" + key
		}
		target := e.Get("target")
		in := markup.Input{Key: key, Writing: writing(target), Field: field(target), Held: e.Get("repeat").Bool()}
		_, do := p.view.handler(target, "keydown")
		for _, do := range []func(markup.Input) any{do, find(p.view.page.On, "keydown")} {
			if do == nil {
				continue
			}
			if event := do(in); event != nil {
				e.Call("preventDefault")
				p.act(event)
				return
			}
		}
	})
}

// field tells whether letters that are pressed mean something to an element.
func field(e js.Value) bool {
	return e.Get("matches").Truthy() && e.Call("matches", "select, textarea, input:not([type=checkbox], [type=radio], [type=button], [type=file])").Bool()
}

// writing tells whether an element holds text that is being written, whose own undo comes first.
func writing(e js.Value) bool {
	if e.Get("tagName").String() != "INPUT" || e.Get("value").String() == "" {
		return false
	}
	kind := e.Get("type").String()
	return kind == "text" || kind == "search" || kind == "number"
}

// hearHeld reports buttons that are held, by pointer or key, and let go.
func (p *page) hearHeld(document, window js.Value, hear hear) {
	held := js.Null()
	down := func(e js.Value) {
		if on, do := p.view.handler(e.Get("target"), "hold"); do != nil {
			e.Call("preventDefault")
			held = on
			p.act(do(markup.Input{Checked: true}))
		}
	}
	up := func() {
		if held.Truthy() {
			on := held
			held = js.Null()
			if _, do := p.view.handler(on, "hold"); do != nil {
				p.act(do(markup.Input{}))
			}
		}
	}
	isKey := func(e js.Value) bool {
		key := e.Get("key").String()
		if key != " " && key != "Enter" {
			return false
		}
		_, do := p.view.handler(e.Get("target"), "hold")
		return do != nil
	}
	hear(document, "pointerdown", false, down)
	hear(window, "pointerup", false, func(js.Value) { up() })
	hear(window, "pointercancel", false, func(js.Value) { up() })
	hear(document, "keydown", false, func(e js.Value) {
		if isKey(e) && !e.Get("repeat").Bool() {
			down(e)
		}
	})
	hear(document, "keyup", false, func(e js.Value) {
		if isKey(e) {
			e.Call("preventDefault")
			up()
		}
	})
	hear(document, "contextmenu", false, func(e js.Value) { // a long press on a phone
		if e.Get("pointerType").Equal(js.ValueOf("touch")) && p.report(e, "press long") {
			e.Call("preventDefault")
		}
		if _, do := p.view.handler(e.Get("target"), "hold"); do != nil {
			e.Call("preventDefault")
		}
	})
}

// hearDrags reports what is dragged from one place of the page to another.
func (p *page) hearDrags(document js.Value, hear hear) {
	hear(document, "dragstart", false, func(e js.Value) {
		_, do := p.view.handler(e.Get("target"), "drag")
		if do == nil {
			return
		}
		if what, is := do(markup.Input{}).(string); is {
			transfer := e.Get("dataTransfer")
			transfer.Call("setData", innerKind, what)
			transfer.Set("effectAllowed", "move")
		}
	})
	over := js.Null()
	mark := func(zone js.Value) {
		if over.Truthy() && !over.Equal(zone) {
			over.Get("classList").Call("remove", "over")
		}
		if zone.Truthy() {
			zone.Get("classList").Call("add", "over")
		}
		over = zone
	}
	hear(document, "dragover", false, func(e js.Value) {
		switch {
		case carries(e, innerKind):
			zone, _ := p.view.handler(e.Get("target"), "take")
			if mark(zone); zone.Truthy() {
				e.Call("preventDefault")
				e.Get("dataTransfer").Set("dropEffect", "move")
			}
		case carries(e, "Files"):
			zone, _ := p.view.handler(e.Get("target"), "files")
			mark(zone)
			e.Call("preventDefault")
			e.Get("dataTransfer").Set("dropEffect", "copy")
		}
	})
	hear(document, "drop", false, func(e js.Value) {
		mark(js.Null())
		switch {
		case carries(e, innerKind):
			e.Call("preventDefault")
			p.tell(e.Get("target"), "take", markup.Input{Value: e.Get("dataTransfer").Call("getData", innerKind).String()})
		case carries(e, "Files"):
			e.Call("preventDefault")
			p.dropped(e)
		}
	})
	hear(document, "dragend", false, func(js.Value) { mark(js.Null()) })
	hear(document, "dragenter", false, func(e js.Value) {
		if carries(e, "Files") {
			e.Call("preventDefault")
			p.act(outside.Dragging{On: true})
		}
	})
	hear(document, "dragleave", false, func(e js.Value) {
		if e.Get("relatedTarget").IsNull() { // the pointer left the page
			mark(js.Null())
			p.act(outside.Dragging{})
		}
	})
}

// carries tells whether a drag has something of a kind.
func carries(e js.Value, wanted string) bool {
	transfer := e.Get("dataTransfer")
	if !transfer.Truthy() {
		return false
	}
	for _, kind := range list(transfer.Get("types")) {
		if kind.String() == wanted {
			return true
		}
	}
	return false
}
