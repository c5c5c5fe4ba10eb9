//go:build js && wasm

package page

import (
	"strconv"
	"syscall/js"

	"honnef.co/go/js/dom/v2"

	"homeroom/wasm/words"
)

// A card is the list item of one photo. What it shows is there only while it is near what is seen: of thousands of cards, all that would
// take hundreds of megabytes, and each change of one of them long. A card that is far is one element with a line of text, by which it is found.
type card struct {
	view  *view
	li    *dom.BasicHTMLElement
	photo *Photo
	near  bool
	url   string // of the thumbnail's blob
}

const (
	// nearBy is how far from what is seen a card is near, in pixels: some screens, so that scrolling and the Tab key find it there.
	nearBy = 4000
	// nearAtFirst is how many cards are near before the browser has told where they are.
	nearAtFirst = 60
)

// watchCards has cards filled as they come near, and emptied as they go.
func (v *view) watchCards(cardOf func(id int) *card) {
	observer := js.Global().Get("IntersectionObserver")
	if !observer.Truthy() {
		return
	}
	v.nearness = observer.New(js.FuncOf(func(_ js.Value, args []js.Value) any {
		for _, e := range list(args[0]) {
			id, _ := strconv.Atoi(e.Get("target").Call("getAttribute", "data-id").String())
			if c := cardOf(id); c != nil {
				c.come(e.Get("isIntersecting").Bool())
			}
		}
		return nil
	}), map[string]any{"rootMargin": strconv.Itoa(nearBy) + "px 0px"})
}

func (v *view) newCard(p *Photo) *card {
	c := &card{view: v, li: element(v.card.Call("cloneNode", false)), photo: p}
	c.li.SetAttribute("data-id", strconv.Itoa(p.ID))
	c.li.SetAttribute("data-file", p.Name)
	if p.Path != "" {
		c.li.SetAttribute("data-path", p.Path)
	}
	c.show(p)
	if !v.nearness.Truthy() || p.ID <= nearAtFirst {
		c.come(true)
	}
	if v.nearness.Truthy() {
		v.nearness.Call("observe", c.li.Underlying())
	}
	return c
}

// come fills the card where it comes near, and empties it where it goes. One that has the keyboard stays as it is.
func (c *card) come(near bool) {
	if near == c.near || !near && c.li.Call("contains", js.Global().Get("document").Get("activeElement")).Bool() {
		return
	}
	c.near = near
	if !near {
		c.show(c.photo)
		return
	}
	c.li.SetTextContent("")
	c.li.Call("append", js.Global().Get("document").Call("importNode", c.view.cardInside, true))
	shown := c.photo.Name
	if c.photo.Path != "" {
		shown = c.photo.Path
	}
	file := c.part(".file")
	file.SetTextContent(shown)
	file.SetTitle(shown)
	c.part(".remove").SetAttribute("aria-label", "Remove "+c.photo.Name)
	c.part(".thumb").SetAttribute("aria-label", "Look closer at "+c.photo.Name)
	c.show(c.photo)
	c.showPicture()
}

func (c *card) part(selector string) *dom.BasicHTMLElement {
	return element(c.li.Call("querySelector", selector))
}

// show makes the card say how its photo stands.
func (c *card) show(p *Photo) {
	c.photo = p
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
	if p.Stage == Named && p.Answer.Damaged != "" && len(p.Answer.Results) > 0 {
		c.li.SetAttribute("data-damaged", p.Answer.Damaged)
	}
	if p.Stage == Named && len(p.Answer.Results) > 0 {
		first := p.Answer.Results[0]
		answer = first.Label
		c.li.SetAttribute("data-label", first.Label)
		c.li.SetAttribute("data-score", strconv.FormatFloat(first.Score, 'g', -1, 64))
		c.li.SetAttribute("data-threads", strconv.Itoa(p.Answer.Threads))
		c.li.SetAttribute("data-memory", strconv.FormatFloat(p.Answer.Memory, 'f', 0, 64))
		c.li.SetAttribute("data-network", strconv.FormatFloat(p.Answer.Network, 'f', 3, 64))
	}
	if !c.near {
		c.li.SetTextContent(answer + ", " + p.Name)
		return
	}
	c.part(".answer").SetTextContent(answer)
	c.detail(p)
}

// detail shows the best names and times, or what is wrong.
func (c *card) detail(p *Photo) {
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
		problem.SetTextContent(words.Damaged(p.Answer.Damaged))
	}
	if named {
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
		c.part("img").Set("alt", p.Answer.Results[0].Label+": "+p.Name)
	} else {
		c.part("img").Set("alt", p.Name)
	}
}

// picture gives the card its thumbnail, a JPEG.
func (c *card) picture(blob js.Value) {
	c.release()
	c.url = js.Global().Get("URL").Call("createObjectURL", blob).String()
	c.showPicture()
}

func (c *card) showPicture() {
	if c.near && c.url != "" {
		img := c.part("img")
		img.Set("src", c.url)
		img.Set("hidden", false)
	}
}

func (c *card) focus() {
	c.come(true)
	c.part(".remove").Focus()
}

// forget lets go of a card that does not come back.
func (c *card) forget() {
	if c.view.nearness.Truthy() {
		c.view.nearness.Call("unobserve", c.li.Underlying())
	}
	c.release()
}

// release gives the thumbnail's memory back.
func (c *card) release() {
	if c.url != "" {
		js.Global().Get("URL").Call("revokeObjectURL", c.url)
		c.url = ""
	}
}
