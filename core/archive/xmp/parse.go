package xmp

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"homeroom/core/fault"
)

// Limits of a sidecar. That of a photo with a long history of edits has some hundred kilobytes.
const (
	maxBytes = 16 << 20
	maxDepth = 100
	maxNodes = 500_000
)

const (
	spaceRDF      = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
	spaceDC       = "http://purl.org/dc/elements/1.1/"
	spaceLR       = "http://ns.adobe.com/lightroom/1.0/"
	spaceXML      = "http://www.w3.org/XML/1998/namespace"
	spaceDigiKam  = "http://www.digikam.org/ns/1.0/"
	spaceHomeroom = "urn:homeroom:xmp:1.0#"
)

// node is an element of a sidecar, with where it lies in the bytes: <start … startEnd> … <endStart
// … end>. A self-closing one has endStart = end = startEnd.
type node struct {
	name                           xml.Name // the space is its address
	raw                            string   // the name as it is written
	attrs                          []xml.Attr
	start, startEnd, endStart, end int
	text                           string // of its own, without that of its children
	children                       []*node
	parent                         *node
	spaces                         map[string]string // prefix → address, of what is declared here
}

func (n *node) selfClosing() bool { return n.endStart == n.end }

// address returns what a prefix stands for at n.
func (n *node) address(prefix string) (string, bool) {
	if prefix == "xml" {
		return spaceXML, true
	}
	for ; n != nil; n = n.parent {
		if a, ok := n.spaces[prefix]; ok {
			return a, true
		}
	}
	return "", prefix == ""
}

// prefix returns a prefix that stands for an address at n; attributes and names with the empty one
// are left aside.
func (n *node) prefix(address string) (string, bool) {
	for at := n; at != nil; at = at.parent {
		for prefix, a := range at.spaces {
			if seen, _ := n.address(prefix); a == address && seen == address && prefix != "" {
				return prefix, true
			}
		}
	}
	return "", false
}

// find lists the nodes of a name at n and below it, outermost only.
func (n *node) find(space, local string) (out []*node) {
	if n.name.Space == space && n.name.Local == local {
		return []*node{n}
	}
	for _, c := range n.children {
		out = append(out, c.find(space, local)...)
	}
	return out
}

// list returns the children of a name.
func (n *node) list(space, local string) (out []*node) {
	for _, c := range n.children {
		if c.name.Space == space && c.name.Local == local {
			out = append(out, c)
		}
	}
	return out
}

// parse reads a sidecar. The node that it returns is above the outermost element.
func parse(data []byte) (*node, error) {
	if len(data) > maxBytes {
		return nil, fault.Errorf("it has %d MB, and %d are the most for a sidecar", len(data)>>20, maxBytes>>20)
	}
	if bytes.HasPrefix(data, []byte("\xff\xfe")) || bytes.HasPrefix(data, []byte("\xfe\xff")) {
		return nil, errors.New("it is written in UTF-16, which is not changed here; save it as UTF-8")
	}
	d := xml.NewDecoder(bytes.NewReader(data))
	root := &node{}
	at, depth, count := root, 0, 0
	for {
		from := int(d.InputOffset())
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fault.Errorf("it is no XML that can be read (%w)", err)
		}
		to := int(d.InputOffset())
		switch t := token.(type) {
		case xml.Directive:
			return nil, errors.New("it has a document type declaration, which XMP has no use for")
		case xml.StartElement:
			if depth++; depth > maxDepth {
				return nil, fault.Errorf("its elements lie more than %d deep in each other", maxDepth)
			}
			if count++; count > maxNodes {
				return nil, fault.Errorf("it has more than %d elements", maxNodes)
			}
			n, err := begin(at, t, data[from:to])
			if err != nil {
				return nil, err
			}
			n.start, n.startEnd = from, to
			at.children, at = append(at.children, n), n
		case xml.EndElement:
			if at == root || written(t.Name) != at.raw {
				return nil, fault.Errorf("</%s> closes what was not opened", written(t.Name))
			}
			at.endStart, at.end = from, to
			at, depth = at.parent, depth-1
		case xml.CharData:
			at.text += string(t)
		}
	}
	if at != root {
		return nil, fault.Errorf("it ends within <%s>: it is cut short", at.raw)
	}
	return root, nil
}

// written is a name with its prefix, as RawToken tells it.
func written(name xml.Name) string {
	if name.Space == "" {
		return name.Local
	}
	return name.Space + ":" + name.Local
}

// begin makes the node of a start tag.
func begin(parent *node, t xml.StartElement, tag []byte) (*node, error) {
	n := &node{parent: parent, raw: written(t.Name), spaces: map[string]string{}}
	if !bytes.HasPrefix(tag, []byte("<"+n.raw)) {
		return nil, fault.Errorf("the tag of <%s> is not written as XMP has it", n.raw)
	}
	for _, a := range t.Attr {
		switch {
		case a.Name.Space == "xmlns":
			n.spaces[a.Name.Local] = a.Value
		case a.Name.Space == "" && a.Name.Local == "xmlns":
			n.spaces[""] = a.Value
		}
	}
	resolve := func(name xml.Name, attribute bool) (xml.Name, error) {
		if attribute && name.Space == "" {
			return name, nil
		}
		address, ok := n.address(name.Space)
		if !ok {
			return name, fault.Errorf("the prefix %s of %s is not declared", name.Space, written(name))
		}
		return xml.Name{Space: address, Local: name.Local}, nil
	}
	var err error
	if n.name, err = resolve(t.Name, false); err != nil {
		return nil, err
	}
	for _, a := range t.Attr {
		if a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns" {
			continue
		}
		if a.Name, err = resolve(a.Name, true); err != nil {
			return nil, err
		}
		n.attrs = append(n.attrs, a)
	}
	return n, nil
}

// attr returns an attribute's value.
func (n *node) attr(space, local string) (string, bool) {
	for _, a := range n.attrs {
		if a.Name.Space == space && a.Name.Local == local {
			return a.Value, true
		}
	}
	return "", false
}

// container returns the list that is a property's value, nil where it has none.
func (n *node) container() *node {
	for _, kind := range []string{"Bag", "Seq", "Alt"} {
		if c := n.list(spaceRDF, kind); len(c) > 0 {
			return c[0]
		}
	}
	return nil
}

// items are the entries of a property that is a list.
func (n *node) items() []*node {
	if n == nil {
		return nil
	}
	if c := n.container(); c != nil {
		return c.list(spaceRDF, "li")
	}
	return nil
}

// field returns a field of an entry that is a structure, in the three ways that RDF has for it: as
// an element in it, as one of its attributes, or in an rdf:Description inside.
func (n *node) field(space, local string) string {
	if v, ok := n.attr(space, local); ok {
		return v
	}
	if c := n.list(space, local); len(c) > 0 {
		return strings.TrimSpace(c[0].text)
	}
	for _, d := range n.list(spaceRDF, "Description") {
		if v := d.field(space, local); v != "" {
			return v
		}
	}
	return ""
}
