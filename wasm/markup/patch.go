//go:build js && wasm

package markup

import (
	"strings"
	"syscall/js"
)

const vectors = "http://www.w3.org/2000/svg"

// Patch makes the children of parent, which it made from old (nil at first), what the nodes of now say.
func Patch(parent js.Value, old, now []*Node) { patch(parent, old, now, false) }

func patch(parent js.Value, old, now []*Node, svg bool) {
	keyed := make(map[string]*Node)
	var plain []*Node // the old ones without a key, in order
	for _, o := range old {
		if o.Key != "" {
			keyed[o.Key] = o
		} else {
			plain = append(plain, o)
		}
	}
	// What of the old is kept is found first, so that what is dropped is gone before anything moves.
	matched := make([]*Node, len(now))
	kept := make(map[*Node]bool, len(old))
	for i, n := range now {
		var o *Node
		if n.Key != "" {
			o = keyed[n.Key]
			delete(keyed, n.Key)
		} else if len(plain) > 0 {
			// A sibling that comes or goes shifts the rest; look a little ahead for one of the same kind.
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
	order := make([]*Node, 0, len(old))
	for _, o := range old {
		if kept[o] {
			order = append(order, o)
		} else {
			o.Made.(js.Value).Call("remove")
		}
	}
	at := 0
	for i, n := range now {
		o := matched[i]
		if o == nil {
			create(n, svg)
		} else {
			update(o, n, svg)
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
		before := js.Null()
		if at < len(order) {
			before = order[at].Made.(js.Value)
		}
		parent.Call("insertBefore", n.Made.(js.Value), before)
	}
}

// like tells whether a new node may take an old one's place without its being another thing.
func like(o, n *Node) bool {
	if o.Tag != n.Tag {
		return false
	}
	a, _ := o.Get("class")
	b, _ := n.Get("class")
	first := func(s string) string { s, _, _ = strings.Cut(s, " "); return s }
	return first(a) == first(b)
}

func create(n *Node, svg bool) {
	document := js.Global().Get("document")
	if n.Tag == "" {
		n.Made = document.Call("createTextNode", n.Text)
		return
	}
	svg = svg || n.Tag == "svg"
	var e js.Value
	if svg {
		e = document.Call("createElementNS", vectors, n.Tag)
	} else {
		e = document.Call("createElement", n.Tag)
	}
	n.Made = e
	var late []Attr // a value means something only once the options of a list are there
	for _, a := range n.Attrs {
		if a.Name == "value" {
			late = append(late, a)
		} else {
			set(e, a)
		}
	}
	patch(e, nil, n.Kids, svg && n.Tag != "foreignObject")
	for _, a := range late {
		set(e, a)
	}
}

func update(o, n *Node, svg bool) {
	n.Made = o.Made
	e := o.Made.(js.Value)
	if n.Tag == "" {
		if o.Text != n.Text {
			e.Set("data", n.Text)
		}
		return
	}
	svg = svg || n.Tag == "svg"
	for _, a := range o.Attrs {
		if _, still := n.Get(a.Name); !still {
			unset(e, a.Name)
		}
	}
	var late []Attr
	for _, a := range n.Attrs {
		was, had := o.Get(a.Name)
		switch {
		case a.Name == "value":
			// A list with other options forgets its choice.
			if !had || was != a.Value || n.Tag == "select" {
				late = append(late, a)
			}
		case !had || was != a.Value:
			set(e, a)
		}
	}
	patch(e, o.Kids, n.Kids, svg && n.Tag != "foreignObject")
	for _, a := range late {
		if e.Get("value").Type() != js.TypeString || e.Get("value").String() != a.Value {
			set(e, a)
		}
	}
}

func set(e js.Value, a Attr) {
	switch {
	case a.Name == "value":
		e.Set("value", a.Value)
	case a.Name == "checked":
		e.Set("checked", true)
	case strings.HasPrefix(a.Name, "--"):
		e.Get("style").Call("setProperty", a.Name, a.Value)
	default:
		e.Call("setAttribute", a.Name, a.Value)
	}
}

func unset(e js.Value, name string) {
	switch {
	case name == "checked":
		e.Set("checked", false)
	case strings.HasPrefix(name, "--"):
		e.Get("style").Call("removeProperty", name)
	default:
		e.Call("removeAttribute", name)
	}
}
