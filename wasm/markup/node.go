// Package markup describes pieces of a document as data and brings a document to a description with few changes.
//
// What a view shows is then an ordinary value that a function returns: tests read it without a browser. Texts and
// attributes are set as such and never parsed, so a name that a person types cannot become markup.
package markup

import (
	"fmt"
	"strings"
)

// A Node is an element, or a text where Tag is empty.
type Node struct {
	Tag   string
	Key   string // tells siblings apart when they move; "" for those that keep their places
	Text  string
	Attrs []Attr
	Kids  []*Node

	made any // what Patch made of it
}

// An Attr is an attribute. The names value and checked set the property of that name, and a name that begins with two
// dashes sets a custom property of the element's style.
type Attr struct{ Name, Value string }

// A Part is what El takes: an Attr, *Node, []*Node, string (a text) or Key. A nil *Node and a zero Attr are nothing.
type Part any

// Key is the part that sets a node's Key.
type Key string

// El makes an element. The tag may carry classes, as in "p.note.small".
func El(tag string, parts ...Part) *Node {
	n := &Node{Tag: tag}
	if at := strings.IndexByte(tag, '.'); at >= 0 {
		n.Tag = tag[:at]
		n.Attrs = append(n.Attrs, Attr{"class", strings.ReplaceAll(tag[at+1:], ".", " ")})
	}
	for _, p := range parts {
		switch p := p.(type) {
		case nil:
		case Attr:
			if p.Name != "" {
				n.Attrs = append(n.Attrs, p)
			}
		case []Attr:
			n.Attrs = append(n.Attrs, p...)
		case *Node:
			if p != nil {
				n.Kids = append(n.Kids, p)
			}
		case []*Node:
			for _, k := range p {
				if k != nil {
					n.Kids = append(n.Kids, k)
				}
			}
		case string:
			if p != "" {
				n.Kids = append(n.Kids, &Node{Text: p})
			}
		case Key:
			n.Key = string(p)
		default:
			panic(fmt.Sprintf("markup: %T is no part of an element", p))
		}
	}
	return n
}

// A makes an attribute of any value, written as fmt.Sprint does.
func A(name string, value any) Attr { return Attr{name, fmt.Sprint(value)} }

// Flag makes an attribute that is there or not, such as hidden.
func Flag(name string, on bool) Attr {
	if !on {
		return Attr{}
	}
	return Attr{Name: name}
}

// Is makes an ARIA state, "true" or "false".
func Is(name string, on bool) Attr { return A(name, on) }

// Get returns the value of an attribute and whether it is there.
func (n *Node) Get(name string) (string, bool) {
	for _, a := range n.Attrs {
		if a.Name == name {
			return a.Value, true
		}
	}
	return "", false
}

// Words returns all text in the node, with a space between pieces.
func (n *Node) Words() string {
	var out []string
	n.Walk(func(k *Node) {
		if k.Tag == "" {
			out = append(out, k.Text)
		}
	})
	return strings.Join(out, " ")
}

// Walk calls do for the node and everything in it, in order.
func (n *Node) Walk(do func(*Node)) {
	do(n)
	for _, k := range n.Kids {
		k.Walk(do)
	}
}

// Find returns the first element in the node with an attribute of the given value, nil where there is none.
func (n *Node) Find(name, value string) *Node {
	var found *Node
	n.Walk(func(k *Node) {
		if v, ok := k.Get(name); found == nil && ok && v == value {
			found = k
		}
	})
	return found
}
