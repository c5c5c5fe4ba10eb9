//go:build js && wasm

package page

import (
	"strconv"
	"syscall/js"
	"time"

	"honnef.co/go/js/dom/v2"

	"homeroom/wasm/words"
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
	model, size                                 *dom.HTMLSelectElement
	loadBar, progressBar                        *dom.HTMLProgressElement
}

func newView() *view {
	document := dom.GetWindow().Document()
	get := func(id string) *dom.BasicHTMLElement {
		return element(document.Underlying().Call("getElementById", id))
	}
	clone := func(id string) js.Value { return get(id).Get("content").Get("firstElementChild") }
	return &view{
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

// A card is the list item of one photo.
type card struct {
	view *view
	li   *dom.BasicHTMLElement
	url  string // of the thumbnail's blob
}

func (v *view) newCard(p *Photo) *card {
	c := &card{view: v, li: element(v.card.Call("cloneNode", true))}
	c.li.SetAttribute("data-id", strconv.Itoa(p.ID))
	c.li.SetAttribute("data-file", p.Name)
	shown := p.Name
	if p.Path != "" {
		c.li.SetAttribute("data-path", p.Path)
		shown = p.Path
	}
	file := c.part(".file")
	file.SetTextContent(shown)
	file.SetTitle(shown)
	c.part(".remove").SetAttribute("aria-label", "Remove "+p.Name)
	c.part(".thumb").SetAttribute("aria-label", "Look closer at "+p.Name)
	c.show(p)
	return c
}

func (c *card) part(selector string) *dom.BasicHTMLElement {
	return element(c.li.Call("querySelector", selector))
}

// show makes the card say how its photo stands.
func (c *card) show(p *Photo) {
	c.li.SetAttribute("data-stage", p.Stage.String())
	for _, name := range []string{"data-label", "data-score", "data-threads", "data-network", "data-memory", "data-error", "data-damaged"} {
		c.li.RemoveAttribute(name)
	}
	answer := ""
	switch p.Stage {
	case Waiting:
		answer = "Waiting"
	case Running:
		answer = "Looking…"
	case Stopped:
		answer = "Not named"
	case Failed:
		answer = "Could not be named"
		c.li.SetAttribute("data-error", p.Problem)
	}
	best, times, problem := c.part(".best"), c.part(".time"), c.part(".problem")
	named := p.Stage == Named && len(p.Answer.Results) > 0
	c.view.show(best, named)
	c.view.show(times, named)
	damaged := named && p.Answer.Damaged != ""
	c.view.show(problem, p.Stage == Failed || damaged)
	problem.SetTextContent("")
	best.SetTextContent("")
	if p.Stage == Failed {
		problem.SetTextContent(sentence(p.Problem))
	}
	if damaged {
		c.li.SetAttribute("data-damaged", p.Answer.Damaged)
		problem.SetTextContent(words.Damaged(p.Answer.Damaged))
	}
	if named {
		first := p.Answer.Results[0]
		answer = first.Label
		c.li.SetAttribute("data-label", first.Label)
		c.li.SetAttribute("data-score", strconv.FormatFloat(first.Score, 'g', -1, 64))
		c.li.SetAttribute("data-threads", strconv.Itoa(p.Answer.Threads))
		c.li.SetAttribute("data-memory", strconv.FormatFloat(p.Answer.Memory, 'f', 0, 64))
		c.li.SetAttribute("data-network", strconv.FormatFloat(p.Answer.Network, 'f', 3, 64))
		for _, r := range p.Answer.Results[:min(top, len(p.Answer.Results))] {
			row := c.view.row.Call("cloneNode", true)
			share := words.Percent(r.Score)
			row.Get("firstElementChild").Set("textContent", r.Label)
			row.Get("firstElementChild").Set("title", r.Label)
			row.Get("lastElementChild").Set("textContent", share)
			row.Get("style").Call("setProperty", "--share", strconv.FormatFloat(100*r.Score, 'f', 2, 64)+"%")
			best.Call("append", row)
		}
		times.Get("firstElementChild").Set("textContent", "Named in "+words.Milliseconds(p.Answer.Milliseconds()))
		detail := "Decoding " + words.Milliseconds(p.Answer.Decode) + ", resizing " + words.Milliseconds(p.Answer.Resize) +
			", network " + words.Milliseconds(p.Answer.Network) + " on " + words.Plural(p.Answer.Threads, "thread", "threads") + ". " + words.Thousands(p.Answer.Width) + " × " + words.Thousands(p.Answer.Height) + " pixels."
		times.Get("lastElementChild").Set("textContent", detail)
		times.SetTitle(detail)
		c.part("img").Set("alt", first.Label+": "+p.Name)
	} else {
		c.part("img").Set("alt", p.Name)
	}
	c.part(".answer").SetTextContent(answer)
}

// picture gives the card its thumbnail, a JPEG in a Uint8Array.
func (c *card) picture(data js.Value) {
	c.release()
	blob := js.Global().Get("Blob").New([]any{data}, map[string]any{"type": "image/jpeg"})
	c.url = js.Global().Get("URL").Call("createObjectURL", blob).String()
	img := c.part("img")
	img.Set("src", c.url)
	img.Set("hidden", false)
}

func (c *card) focus() { c.part(".remove").Focus() }

// release gives the thumbnail's memory back.
func (c *card) release() {
	if c.url != "" {
		js.Global().Get("URL").Call("revokeObjectURL", c.url)
		c.url = ""
	}
}
