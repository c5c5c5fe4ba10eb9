// Package markup describes pieces of a document as data and brings a document to a description with
// few changes.
//
// What a view shows is then an ordinary value that a function returns: tests read it without a
// browser. Texts and attributes are set as such and never parsed, so a name that a person types
// cannot become markup.
package markup

import (
	"fmt"
	"strconv"
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
)

// A Node is an element, or a text where Tag is empty.
type Node struct {
	Tag   string
	Key   string // tells siblings apart when they move; "" for those that keep their places
	Text  string
	Attrs []Attr
	Kids  []*Node
	On    []Handler

	Made any // what brings documents to descriptions keeps here what it made of the node
}

// A Handler says what an event of the document's means: Make makes the program's event of what the
// document tells, and returns nil where it means nothing.
type Handler struct {
	Event string // click, change …
	Make  func(Input) any
}

// An Input is what the document tells of an event.
type Input struct {
	Value   string            // of the element, or what was dragged
	Checked bool              // likewise
	Fields  map[string]string // of a form, by their names
	Key     string            // that was pressed, as in "Control+Shift+z"
	Writing bool              // in a text that is being written
	Field   bool              // in a field that takes letters, be it empty, or a list to choose from
	Shift   bool              // is held at a click
	Control bool              // likewise, or the key of a Mac that stands for it
	Held    bool              // the key is held, and this is not the first of it
	Files   []outside.File
	Sight   Sight
	Gesture Gesture
}

// A Sight is what is seen of an element, in units of the root element's letter size: how far its
// top lies above what is seen, how high that is, and how wide the element is.
type Sight struct{ Top, Height, Width float64 }

// A Gesture is what pointers do on an element that takes gestures, in pixels from its corner: Moved
// and Pinched by DX and DY since they were told last, Pinched and Wheel by a Factor about X and Y.
type Gesture struct {
	Kind           GestureKind
	X, Y, DX, DY   float64
	Factor         float64
	Width, Height  float64 // of the element
	Density        float64 // pixels of the screen in one
	Shift, Control bool    // as in Input
}

// A GestureKind is what is done.
type GestureKind int

// Sized tells how large the element is, as soon as that is known and when it changes. A finger or a
// button goes Down, is Moved, and goes Up, or is Cancelled, as by a second finger, after which both
// are told as Pinched. Over and Left are those of a pointer that presses nothing.
const (
	Sized GestureKind = iota
	Down
	Moved
	Up
	Cancelled
	Pinched
	Wheel
	Over
	Left
)

// A Raster is a picture that is computed: Draw fills its pixels, RGBA and not premultiplied, which
// are clear before, with the colours that the style sheet gives the children of its canvas. One
// that differs is another pointer.
type Raster interface {
	Size() (width, height int)
	Draw(pixels []byte, colours [][4]byte)
}

// A Page is what the program shows. Its texts and attributes may be messages of package text, which
// whatever shows them puts into words.
type Page struct {
	Title    string
	Slots    []Slot
	On       []Handler      // of what no element handles: keys, and files that are dropped or pasted
	Language *text.Language // nil for English
}

// On makes a handler that makes an event of what the document tells.
func On(event string, make func(Input) any) Handler { return Handler{event, make} }

// Send makes a handler that is the event itself.
func Send(event string, what any) Handler {
	return Handler{event, func(Input) any { return what }}
}

// Click makes a handler of clicks.
func Click(what any) Handler { return Send("click", what) }

// Value makes a handler of what was chosen or written.
func Value(make func(value string) any) Handler {
	return Handler{"change", func(in Input) any { return make(in.Value) }}
}

// Checked makes a handler of a box.
func Checked(make func(checked bool) any) Handler {
	return Handler{"change", func(in Input) any { return make(in.Checked) }}
}

// Files makes a handler of files that were picked.
func Files(make func(files []outside.File) any) Handler {
	return Handler{"files", func(in Input) any { return make(in.Files) }}
}

// Handler returns the handler of an event, nil where there is none.
func (n *Node) Handler(event string) func(Input) any {
	for _, h := range n.On {
		if h.Event == event {
			return h.Make
		}
	}
	return nil
}

// A Slot is an element that stands in the page from the beginning. It is known by its ID, or by a
// selector where it has none; Attrs are all of its attributes that the program ever sets, so that
// one that is off is there with Off set.
type Slot struct {
	ID    string
	Attrs []Attr
	Kids  []*Node // nil leaves what is in it
	On    []Handler
	Modal *bool // a dialogue that is open or not
}

// An Attr is an attribute. The names value and checked set the property of that name, and a name
// that begins with two dashes sets a custom property of the element's style. An Object, a Blob, is
// given an address for as long as an element shows it, and a Raster is drawn on its canvas.
type Attr struct {
	Name, Value string
	Object      outside.Object
	Raster      Raster
	Off         bool // it is not there
}

// A Part is what El takes: an Attr, Handler, *Node, []*Node, string (a text) or Key. A nil *Node
// and a zero Attr are nothing.
type Part any

// Key is the part that sets a node's Key.
type Key string

// El makes an element. The tag may carry classes, as in "p.note.small".
func El(tag string, parts ...Part) *Node {
	n := &Node{Tag: tag}
	if at := strings.IndexByte(tag, '.'); at >= 0 {
		n.Tag = tag[:at]
		n.Attrs = append(n.Attrs, Attr{Name: "class", Value: strings.ReplaceAll(tag[at+1:], ".", " ")})
	}
	for _, p := range parts {
		switch p := p.(type) {
		case nil:
		case Attr:
			if p.Name != "" && !p.Off {
				n.Attrs = append(n.Attrs, p)
			}
		case []Attr:
			for _, a := range p {
				if a.Name != "" && !a.Off {
					n.Attrs = append(n.Attrs, a)
				}
			}
		case Handler:
			if p.Make != nil {
				n.On = append(n.On, p)
			}
		case []Handler:
			n.On = append(n.On, p...)
		case Did:
			n.Attrs, n.On = append(n.Attrs, p.Attrs...), append(n.On, p.On...)
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
func A(name string, value any) Attr {
	switch v := value.(type) {
	case string:
		return Attr{Name: name, Value: v}
	case int:
		return Attr{Name: name, Value: strconv.Itoa(v)}
	}
	return Attr{Name: name, Value: fmt.Sprint(value)}
}

// Shown makes the attribute src of a picture that the browser holds, a Blob; nothing where there is
// none.
func Shown(picture outside.Object) Attr {
	if picture == nil {
		return Attr{}
	}
	return Attr{Name: "src", Object: picture}
}

// A Did is what an element does when it is used, and the attributes that say so to tests and to
// style sheets.
type Did struct {
	Attrs []Attr
	On    []Handler
}

// Flag makes an attribute that is there or not, such as hidden.
func Flag(name string, on bool) Attr {
	return Attr{Name: name, Off: !on}
}

// Is makes an ARIA state, "true" or "false".
func Is(name string, on bool) Attr { return A(name, on) }

// Get returns the value of an attribute, in English, and whether it is there.
func (n *Node) Get(name string) (string, bool) {
	for _, a := range n.Attrs {
		if a.Name == name {
			return text.English.Words(a.Value), true
		}
	}
	return "", false
}

// Words returns all text in the node, in English, with a space between pieces.
func (n *Node) Words() string {
	var out []string
	n.Walk(func(k *Node) {
		if k.Tag == "" {
			out = append(out, text.English.Words(k.Text))
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

// Find returns the first element in the node with an attribute of the given value, nil where there
// is none.
func (n *Node) Find(name, value string) *Node {
	var found *Node
	n.Walk(func(k *Node) {
		if v, ok := k.Get(name); found == nil && ok && v == value {
			found = k
		}
	})
	return found
}
