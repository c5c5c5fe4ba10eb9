//go:build js && wasm

package browser

import (
	"strings"
	"syscall/js"

	"homeroom/wasm/markup"
	"homeroom/wasm/surface"
	"homeroom/wasm/text"
	"homeroom/wasm/window"
)

const vectors = "http://www.w3.org/2000/svg"

// A document is the page's, as it was brought to what the program described last.
type document struct {
	own       js.Value // the browser's
	root      js.Value
	body      js.Value
	slots     map[string]*slot
	page      markup.Page
	state     []markup.Attr // of the root element
	asks      bool          // whether the boot script asks before the page is left
	nodes     map[int]*markup.Node
	last      int // number of a node that has handlers
	addresses window.Addresses
	plane     surface.Surface
}

// A slot is an element that stood there from the beginning.
type slot struct {
	element js.Value
	shown   markup.Slot
}

// made is what a node was made into.
type made struct {
	js.Value
	number int // where it has handlers; else 0
}

// number is the property of an element that tells its node's number.
const number = "homeroomNode"

func (d *document) start() {
	d.own = js.Global().Get("document")
	d.root, d.body = d.own.Get("documentElement"), d.own.Get("body")
	d.slots, d.nodes = map[string]*slot{}, map[int]*markup.Node{}
}

// find returns the first element that matches a selector, or null.
func (d *document) find(selector string) js.Value { return d.body.Call("querySelector", selector) }

// attributes sets those of the root element.
func (d *document) attributes(now []markup.Attr) {
	for i, a := range now {
		if i >= len(d.state) || d.state[i] != a {
			d.turn(d.root, a)
		}
	}
	d.state = now
}

// ask says whether the boot script is to ask before the page is left. That is known at once,
// however long drawing waits.
func (d *document) ask(leaving bool) {
	if leaving != d.asks {
		d.asks = leaving
		d.turn(d.root, markup.Flag("data-leaving", leaving))
	}
}

// turn sets an attribute that may be off.
func (d *document) turn(e js.Value, a markup.Attr) {
	switch {
	case a.Name == "class": // beside those that the page has
		name, _ := strings.CutPrefix(a.Value, "+")
		e.Get("classList").Call("toggle", name, !a.Off)
	case a.Off:
		d.unset(e, a)
	default:
		d.set(e, a)
	}
}

// draw brings the document to a description.
func (d *document) draw(page markup.Page) {
	anew := page.Language != d.page.Language
	if anew {
		d.speak(page.Language)
	}
	if anew || page.Title != d.page.Title {
		d.own.Set("title", d.page.Language.Words(page.Title))
	}
	for _, now := range page.Slots {
		s := d.slots[now.ID]
		if s == nil {
			s = &slot{element: d.own.Call("getElementById", now.ID)}
			if s.element.IsNull() {
				s.element = d.own.Call("querySelector", now.ID)
			}
			if s.element.IsNull() {
				panic("browser: the page has no element " + now.ID)
			}
			d.slots[now.ID] = s
			if now.Kids != nil {
				s.element.Set("textContent", "") // what stood there until now
			}
		}
		d.fill(s, now)
	}
	d.page = page
	for _, dialog := range list(d.body.Call("querySelectorAll", "dialog[data-modal]:not([open])")) {
		dialog.Call("showModal")
	}
}

// speak puts what is shown into the words of another language.
func (d *document) speak(l *text.Language) {
	d.page.Language = l
	for _, s := range d.slots {
		d.again(s.shown.Kids, "")
		for _, a := range s.shown.Attrs {
			if text.Is(a.Value) {
				d.turn(s.element, a)
			}
		}
	}
}

// again does so with nodes that are in an element of a kind.
func (d *document) again(nodes []*markup.Node, within string) {
	for _, n := range nodes {
		if n.Tag == "" && text.Is(n.Text) {
			d.say(n.Made.(*made), n.Text, within)
		}
		for _, a := range n.Attrs {
			if text.Is(a.Value) {
				d.set(n.Made.(*made).Value, a)
			}
		}
		d.again(n.Kids, inside(n, within))
	}
}

// text makes the node of a text in an element of a kind: what has another direction or language in
// it is an element of its own there, where elements can be.
func (d *document) text(says, within string) js.Value {
	page := d.own
	if !text.Is(says) {
		return page.Call("createTextNode", says)
	}
	pieces := d.page.Language.Pieces(says)
	if len(pieces) == 0 || len(pieces) == 1 && pieces[0].Lang == "" && !pieces[0].Apart {
		return page.Call("createTextNode", d.page.Language.Words(says))
	}
	switch within {
	case "option", "textarea", "svg":
		return page.Call("createTextNode", d.page.Language.Words(says))
	}
	whole := page.Call("createElement", "span")
	for _, p := range pieces {
		if p.Lang == "" && !p.Apart {
			whole.Call("append", p.Text)
			continue
		}
		part := page.Call("createElement", "bdi")
		if p.Lang != "" {
			part.Set("lang", p.Lang)
		}
		part.Set("textContent", p.Text)
		whole.Call("append", part)
	}
	return whole
}

// say has the node of a text say another.
func (d *document) say(m *made, says, within string) {
	now := d.text(says, within)
	if plain := 3; now.Get("nodeType").Int() == plain && m.Get("nodeType").Int() == plain {
		m.Set("data", now.Get("data")) // a selection stays
		return
	}
	m.Call("replaceWith", now)
	m.Value = now
}

// putBack has inputs hold what they were drawn with.
func (d *document) putBack(nodes []*markup.Node) {
	for _, n := range nodes {
		d.putBack(n.Kids)
		if kind, _ := n.Get("type"); n.Tag == "input" && kind == "checkbox" {
			_, checked := n.Get("checked")
			n.Made.(*made).Set("checked", checked)
		} else if value, is := attr(n, "value"); is && n.Tag != "option" {
			d.set(n.Made.(*made).Value, value)
		}
	}
}

func (d *document) fill(s *slot, now markup.Slot) {
	if now.Kids != nil || s.shown.Kids != nil {
		d.patch(s.element, s.shown.Kids, now.Kids, "")
	}
	for i, a := range now.Attrs {
		if i < len(s.shown.Attrs) && s.shown.Attrs[i] == a && a.Name != "value" {
			continue
		}
		if a.Name == "value" && !a.Off && s.element.Get("value").Type() == js.TypeString && s.element.Get("value").String() == a.Value {
			continue
		}
		d.turn(s.element, a)
	}
	if m := now.Modal; m != nil && *m != s.element.Get("open").Bool() {
		if *m {
			s.element.Call("showModal")
		} else {
			s.element.Call("close")
		}
	}
	s.shown = now
}

// patch makes the children of parent, which it made from old, what the nodes of now say. within is
// what kind of element it is: "svg" in pictures, or where it matters.
func (d *document) patch(parent js.Value, old, now []*markup.Node, within string) {
	// What has kept its place at the beginning is most of a long list.
	same := 0
	for same < len(old) && same < len(now) && old[same].Key == now[same].Key && like(old[same], now[same]) {
		d.update(old[same], now[same], within)
		same++
	}
	if old, now = old[same:], now[same:]; len(old)+len(now) > 0 {
		d.rearrange(parent, old, now, within)
	}
}

func (d *document) rearrange(parent js.Value, old, now []*markup.Node, within string) {
	matched, kept := match(old, now)
	order := make([]*markup.Node, 0, len(old))
	for _, o := range old {
		if kept[o] {
			order = append(order, o)
		} else {
			o.Made.(*made).Call("remove")
			d.drop(o)
		}
	}
	at := 0
	for i, n := range now {
		o := matched[i]
		if o == nil {
			d.create(n, within)
		} else {
			d.update(o, n, within)
		}
		if at < len(order) && order[at] == o {
			at++
			continue
		}
		if o != nil { // it moved here from further on
			for k := at; k < len(order); k++ {
				if order[k] == o {
					order = append(order[:k:k], order[k+1:]...)
					break
				}
			}
		}
		if at < len(order) {
			order[at].Made.(*made).Call("before", n.Made.(*made).Value)
		} else {
			parent.Call("append", n.Made.(*made).Value)
		}
	}
}

// match finds for each new node the old one that it takes the place of. It is known before anything
// moves, so that what is dropped is gone then.
func match(old, now []*markup.Node) (matched []*markup.Node, kept map[*markup.Node]bool) {
	keyed := make(map[string]*markup.Node)
	var plain []*markup.Node // the old ones without a key, in order
	for _, o := range old {
		if o.Key != "" {
			keyed[o.Key] = o
		} else {
			plain = append(plain, o)
		}
	}
	matched, kept = make([]*markup.Node, len(now)), make(map[*markup.Node]bool, len(old))
	for i, n := range now {
		var o *markup.Node
		if n.Key != "" {
			o = keyed[n.Key]
			delete(keyed, n.Key)
		} else if len(plain) > 0 {
			// A sibling that comes or goes shifts the rest; look a little ahead for one of the same
			// kind.
			for k := range plain[:min(3, len(plain))] {
				if like(plain[k], n) {
					o = plain[k]
					plain = plain[k+1:]
					break
				}
			}
		}
		if o != nil && o.Tag == n.Tag {
			matched[i] = o
			kept[o] = true
		}
	}
	return matched, kept
}

// like tells whether a new node may take an old one's place without its being another thing.
func like(o, n *markup.Node) bool {
	if o == n {
		return true
	}
	if o.Tag != n.Tag {
		return false
	}
	if o.Key != "" {
		return true
	}
	first := func(n *markup.Node) string {
		class, _ := attr(n, "class")
		name, _, _ := strings.Cut(class.Value, " ")
		return name
	}
	return first(o) == first(n)
}

// inside is what kind of element the children of a node are in.
func inside(n *markup.Node, within string) string {
	switch {
	case n.Tag == "foreignObject":
		return ""
	case within == "svg" || n.Tag == "svg":
		return "svg"
	}
	return n.Tag
}

func (d *document) create(n *markup.Node, within string) {
	page := d.own
	if n.Tag == "" {
		n.Made = &made{Value: d.text(n.Text, within)}
		return
	}
	m, kids := &made{}, inside(n, within)
	if within == "svg" || n.Tag == "svg" {
		m.Value = page.Call("createElementNS", vectors, n.Tag)
	} else {
		m.Value = page.Call("createElement", n.Tag)
	}
	n.Made = m
	d.listen(m, n)
	set := d.setter(m.Value)
	var late []markup.Attr // a value means something only once the options of a list are there
	for _, a := range n.Attrs {
		if a.Name == "value" {
			late = append(late, a)
		} else {
			set(a)
		}
	}
	for _, k := range n.Kids {
		d.create(k, kids)
		m.Call("append", k.Made.(*made).Value) // which returns nothing that would have to be let go of
	}
	for _, a := range late {
		set(a)
	}
}

// listen has the handlers of a node found by its element.
func (d *document) listen(m *made, n *markup.Node) {
	if len(n.On) == 0 {
		if m.number != 0 {
			delete(d.nodes, m.number)
			m.number = 0
		}
		return
	}
	if m.number == 0 {
		d.last++
		m.number = d.last
		m.Set(number, m.number)
		d.plane.Watch(m.Value, n)
	}
	d.nodes[m.number] = n
}

func (d *document) update(o, n *markup.Node, within string) {
	if o == n {
		return
	}
	m := o.Made.(*made)
	n.Made = m
	if n.Tag == "" {
		switch {
		case o.Text == n.Text:
		case text.Is(o.Text) || text.Is(n.Text):
			d.say(m, n.Text, within)
		default:
			m.Set("data", n.Text)
		}
		return
	}
	d.listen(m, n)
	for _, a := range o.Attrs {
		if _, still := attr(n, a.Name); !still {
			d.unset(m.Value, a)
		}
	}
	set := d.setter(m.Value)
	var late []markup.Attr
	for _, a := range n.Attrs {
		was, had := attr(o, a.Name)
		switch {
		case a.Name == "value":
			// A list with other options forgets its choice.
			if !had || was.Value != a.Value || n.Tag == "select" {
				late = append(late, a)
			}
		case !had:
			set(a)
		case was != a:
			set(a)
			d.addresses.Release(was.Object)
		}
	}
	d.patch(m.Value, o.Kids, n.Kids, inside(n, within))
	for _, a := range late {
		if m.Get("value").Type() != js.TypeString || m.Get("value").String() != a.Value {
			set(a)
		}
	}
}

func attr(n *markup.Node, name string) (markup.Attr, bool) {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a, true
		}
	}
	return markup.Attr{}, false
}

// drop lets go of what elements held that are no longer there.
func (d *document) drop(n *markup.Node) {
	m := n.Made.(*made)
	delete(d.nodes, m.number)
	for _, a := range n.Attrs {
		d.addresses.Release(a.Object)
	}
	for _, k := range n.Kids {
		d.drop(k)
	}
}

func (d *document) set(e js.Value, a markup.Attr) { d.setter(e)(a) }

// setter is set for many attributes of an element, whose style is asked for once.
func (d *document) setter(e js.Value) func(markup.Attr) {
	var style js.Value
	return func(a markup.Attr) {
		switch {
		case a.Object != nil:
			e.Call("setAttribute", a.Name, d.addresses.Of(a.Object))
		case a.Raster != nil:
			d.plane.Paint(e, a.Raster)
		case a.Name == "value":
			e.Set("value", a.Value)
		case a.Name == "checked":
			e.Set("checked", true)
		case strings.HasPrefix(a.Name, "--"):
			if style.IsUndefined() {
				style = e.Get("style")
			}
			style.Call("setProperty", a.Name, a.Value)
		case strings.HasPrefix(a.Name, "data-"): // for programs
			e.Call("setAttribute", a.Name, text.English.Words(a.Value))
		default:
			e.Call("setAttribute", a.Name, d.page.Language.Words(a.Value))
		}
	}
}

func (d *document) unset(e js.Value, a markup.Attr) {
	switch {
	case a.Name == "checked":
		e.Set("checked", false)
	case strings.HasPrefix(a.Name, "--"):
		e.Get("style").Call("removeProperty", a.Name)
	default:
		e.Call("removeAttribute", a.Name)
	}
	d.addresses.Release(a.Object)
}

// handler finds the handler of an event that happened in an element: its own, or the next one
// around it.
func (d *document) handler(target js.Value, event string) (on js.Value, do func(markup.Input) any) {
	for e := target; e.Truthy(); e = e.Get("parentElement") {
		if v := e.Get(number); v.Type() == js.TypeNumber {
			if n := d.nodes[v.Int()]; n != nil {
				if do := n.Handler(event); do != nil {
					return e, do
				}
			}
		} else if id := e.Get("id"); id.Type() == js.TypeString && id.String() != "" {
			if s := d.slots[id.String()]; s != nil {
				if do := find(s.shown.On, event); do != nil {
					return e, do
				}
			}
		}
	}
	return js.Null(), nil
}

func find(list []markup.Handler, event string) func(markup.Input) any {
	for _, h := range list {
		if h.Event == event {
			return h.Make
		}
	}
	return nil
}
