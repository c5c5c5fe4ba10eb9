//go:build js && wasm

package page

import (
	"strconv"
	"syscall/js"
	"time"

	"honnef.co/go/js/dom/v2"
)

// A view holds the elements of index.html that the program works on.
type view struct {
	root, body                                  *dom.BasicHTMLElement
	status, load, loadText                      *dom.BasicHTMLElement
	fault, faultWhat, faultWhy, faultDo, retry  *dom.BasicHTMLElement
	drop, add, folder, folderLabel              *dom.BasicHTMLElement
	results, tally, resume, clear, photos       *dom.BasicHTMLElement
	save, saveMenu, saveCSV, saveJSON           *dom.BasicHTMLElement
	progress, progressText, cancel              *dom.BasicHTMLElement
	toast, toastText, undo, toastClose          *dom.BasicHTMLElement
	engine, about, aboutOpen, aboutClose, works *dom.BasicHTMLElement
	veil, said                                  *dom.BasicHTMLElement
	card, row                                   js.Value // templates: the element to clone
	cardInside                                  js.Value // what is in a card that is near
	nearness                                    js.Value // watches which are; undefined where the browser can't
	model, size                                 *dom.HTMLSelectElement
	loadBar, progressBar                        *dom.HTMLProgressElement
}

func newView() *view {
	document := dom.GetWindow().Document()
	get := func(id string) *dom.BasicHTMLElement {
		return element(document.Underlying().Call("getElementById", id))
	}
	clone := func(id string) js.Value { return get(id).Get("content").Get("firstElementChild") }
	v := &view{
		root: element(document.Underlying().Get("documentElement")), body: element(document.Underlying().Get("body")),
		status: get("status-text"), load: get("load"), loadText: get("load-text"),
		fault: get("fault"), faultWhat: get("fault-what"), faultWhy: get("fault-why"), faultDo: get("fault-do"), retry: get("retry"),
		drop: get("drop"), add: get("add-photos"), folder: get("add-folder"), folderLabel: get("folder-label"),
		results: get("results"), tally: get("tally"), resume: get("resume"), clear: get("clear"), photos: get("photos"),
		save: get("save"), saveMenu: get("save-menu"), saveCSV: get("save-csv"), saveJSON: get("save-json"),
		progress: get("progress"), progressText: get("progress-text"), cancel: get("cancel"),
		toast: get("toast"), toastText: get("toast-text"), undo: get("toast-undo"), toastClose: get("toast-close"),
		engine: get("engine"), about: get("about"), aboutOpen: get("about-open"), aboutClose: get("about-close"), works: get("about-models"),
		veil: get("veil"), said: get("said"),
		card: clone("card"), row: clone("row"),
		model:       &dom.HTMLSelectElement{BasicHTMLElement: get("model")},
		size:        &dom.HTMLSelectElement{BasicHTMLElement: get("size")},
		loadBar:     &dom.HTMLProgressElement{BasicHTMLElement: get("load-bar")},
		progressBar: &dom.HTMLProgressElement{BasicHTMLElement: get("progress-bar")},
	}
	v.cardInside = document.Underlying().Call("createDocumentFragment")
	for _, part := range list(v.card.Get("children")) {
		v.cardInside.Call("append", part.Call("cloneNode", true))
	}
	return v
}

// element gives a JavaScript element its methods. dom.WrapHTMLElement asks the browser for some eighty constructors
// to find the exact type, which is too slow for thousands of cards.
func element(v js.Value) *dom.BasicHTMLElement {
	return &dom.BasicHTMLElement{BasicElement: &dom.BasicElement{BasicNode: &dom.BasicNode{Value: v}}}
}

func on(target dom.HTMLElement, event string, do func(dom.Event)) {
	target.AddEventListener(event, false, do)
}

// text sets an element's text where it differs, so that nothing is laid out or read out again for nothing.
func (v *view) text(e *dom.BasicHTMLElement, text string) {
	if e.TextContent() != text {
		e.SetTextContent(text)
	}
}

func (v *view) show(e *dom.BasicHTMLElement, shown bool) {
	if e.Get("hidden").Bool() == shown {
		e.Set("hidden", !shown)
	}
}

func (v *view) setState(state string) {
	if v.root.GetAttribute("data-state") != state {
		v.root.SetAttribute("data-state", state)
	}
}

func (v *view) openMenu(open bool) {
	v.show(v.saveMenu, open)
	v.save.SetAttribute("aria-expanded", strconv.FormatBool(open))
}

// progressing shows how far a download is, as a part from 0 to 1, or below 0 where that is not known.
func (v *view) progressing(text string, part float64) {
	v.show(v.load, true)
	v.text(v.loadText, text)
	if part < 0 {
		v.loadBar.RemoveAttribute("value")
	} else {
		v.loadBar.SetValue(part)
	}
}

// complain shows what went wrong, with a button to try again.
func (v *view) complain(t *trouble) {
	v.show(v.load, false)
	v.text(v.faultWhat, t.What)
	v.text(v.faultWhy, t.Why)
	v.text(v.faultDo, t.Do)
	v.show(v.retry, true)
	v.show(v.fault, true)
	v.text(v.status, "Not ready")
	v.root.SetAttribute("data-error", t.Error())
}

func (v *view) content() {
	v.show(v.fault, false)
	v.root.RemoveAttribute("data-error")
}

// download gives the person a file to save.
func (v *view) download(name, kind string, data []byte) {
	array := js.Global().Get("Uint8Array").New(len(data))
	js.CopyBytesToJS(array, data)
	v.offer(name, js.Global().Get("Blob").New([]any{array}, map[string]any{"type": kind}))
}

// offer gives the person a Blob to save as a file.
func (v *view) offer(name string, blob js.Value) {
	address := js.Global().Get("URL").Call("createObjectURL", blob)
	link := element(js.Global().Get("document").Call("createElement", "a"))
	link.Set("href", address)
	link.Set("download", name)
	link.Click()
	// The browser takes its own hold of the blob soon after the click.
	time.AfterFunc(time.Minute, func() { js.Global().Get("URL").Call("revokeObjectURL", address) })
}
