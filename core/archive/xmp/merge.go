package xmp

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"homeroom/core/fault"
	"homeroom/core/intake"
)

// A Name is what a photo was found to show.
type Name struct {
	Label      string
	Confidence float64 // from 0 to 1
	Network    string  // or head that said so
}

// Root is what machine's keywords lie under in the tree of keywords.
const Root = "Homeroom"

// What became of a name as a keyword.
const (
	wrote   = "written" // it was put among the keywords
	found   = "found"   // a person had it among the keywords before
	refused = "refused" // it was written, and a person took it out
)

// mark is an entry of the list that says what a machine wrote.
type mark struct {
	label, confidence, network, keyword string
}

// Merge returns a sidecar that has names among its keywords, made anew where old is empty. Keywords
// that an earlier Merge wrote and that are not among names are taken out; all that others wrote
// stays as it is, to the byte. Where nothing changes it returns old itself.
//
// The errors say why a sidecar is left as it is; the caller puts its name before them.
func Merge(old []byte, names []Name) ([]byte, error) {
	for _, n := range names {
		if math.IsNaN(n.Confidence) || n.Confidence < 0 || n.Confidence > 1 {
			return nil, fault.Errorf("a confidence of %v is not from 0 to 1", n.Confidence)
		}
	}
	if len(bytes.TrimSpace(bytes.TrimPrefix(old, []byte("\ufeff")))) == 0 {
		if len(clean(names)) == 0 {
			return old, nil
		}
		old = []byte(empty)
	}
	root, err := parse(old)
	if err != nil {
		return nil, err
	}
	s, err := open(old, root)
	if err != nil {
		return nil, err
	}
	return s.merge(clean(names)), nil
}

// empty is a sidecar with nothing in it.
const empty = `<?xml version="1.0" encoding="UTF-8"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Homeroom">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about=""
    xmlns:dc="http://purl.org/dc/elements/1.1/"
    xmlns:lr="http://ns.adobe.com/lightroom/1.0/"
    xmlns:homeroom="urn:homeroom:xmp:1.0#">
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
`

// clean drops names that say nothing and later ones of one key, and brings labels to what XML and
// lists of keywords can hold.
func clean(names []Name) []Name {
	seen := map[string]bool{}
	var out []Name
	for _, n := range names {
		n.Label, n.Network = plain(n.Label), plain(n.Network)
		if key := intake.ClassKey(n.Label); n.Label != "" && !seen[key] {
			seen[key] = true
			out = append(out, n)
		}
	}
	return out
}

// plain is text on one line, of the characters that XML 1.0 can hold.
func plain(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || r == 0xfffe || r == 0xffff {
			return ' '
		}
		return r
	}, text)), " ")
}

// sidecar is one that is being edited.
type sidecar struct {
	data                 []byte
	rdf, home            *node // home takes what is new; nil where there is no rdf:Description
	subject, tree, marks *node // properties, nil where they are not there
	// tags is digiKam's own tree, which it reads in place of the other where it has written one. It
	// is extended, and never begun.
	tags                         *node
	newSubject, newTree, newTags []item // entries to be added
	newMarks                     []item // in place of all that are there
	edits                        []edit
	newlines                     string
}

// edit puts text in place of data[from:to].
type edit struct {
	from, to int
	text     string
}

// open finds the properties that matter.
func open(data []byte, root *node) (*sidecar, error) {
	all := root.find(spaceRDF, "RDF")
	if len(all) == 0 {
		return nil, errors.New("there is no rdf:RDF in it, so it is no XMP")
	}
	s := &sidecar{data: data, rdf: all[0], newlines: "\n"}
	if bytes.Contains(data, []byte("\r\n")) {
		s.newlines = "\r\n"
	}
	for _, d := range s.rdf.list(spaceRDF, "Description") {
		if s.home == nil {
			s.home = d
		}
		for _, p := range []struct {
			space, local string
			to           **node
		}{{spaceDC, "subject", &s.subject}, {spaceLR, "hierarchicalSubject", &s.tree}, {spaceDigiKam, "TagsList", &s.tags}, {spaceHomeroom, "names", &s.marks}} {
			if _, is := d.attr(p.space, p.local); is {
				return nil, fault.Errorf("its %s is one text and not a list of keywords, which XMP does not have", p.local)
			}
			here := d.list(p.space, p.local)
			if len(here) == 0 {
				continue
			}
			if *p.to != nil || len(here) > 1 {
				return nil, fault.Errorf("it has %s twice", p.local)
			}
			if here[0].container() == nil && strings.TrimSpace(here[0].text) != "" || len(here[0].children) > 1 {
				return nil, fault.Errorf("its %s is not one list of keywords, which XMP does not have", p.local)
			}
			*p.to = here[0]
		}
	}
	return s, nil
}

// merge returns the data with names among its keywords.
func (s *sidecar) merge(names []Name) []byte {
	present := map[string]bool{}
	for _, li := range s.subject.items() {
		present[intake.ClassKey(li.text)] = true
	}
	former := map[string]mark{}
	var order []string
	for _, li := range s.marks.items() {
		m := mark{li.field(spaceHomeroom, "label"), li.field(spaceHomeroom, "confidence"), li.field(spaceHomeroom, "network"), li.field(spaceHomeroom, "keyword")}
		key := intake.ClassKey(m.label)
		if _, twice := former[key]; !twice {
			order = append(order, key)
		}
		former[key] = m
	}
	wanted := map[string]bool{}
	var marks []mark
	for _, n := range names {
		key := intake.ClassKey(n.Label)
		wanted[key] = true
		m := mark{n.Label, strconv.FormatFloat(n.Confidence, 'f', 4, 64), n.Network, wrote}
		switch before := former[key].keyword; {
		case before == refused, before == wrote && !present[key]:
			m.keyword = refused
		case before != wrote && present[key]:
			m.keyword = found
		case !present[key]:
			s.newSubject = append(s.newSubject, item{text: n.Label})
		}
		if m.keyword == wrote {
			s.newTree = append(s.newTree, addTo(s.tree, n.Label, "|")...)
			if s.tags != nil {
				s.newTags = append(s.newTags, addTo(s.tags, n.Label, "/")...)
			}
		}
		marks = append(marks, m)
	}
	gone := map[string]bool{}
	for _, key := range order {
		m := former[key]
		switch {
		case wanted[key]:
		case m.keyword == wrote && present[key]:
			gone[key] = true
		case m.keyword == refused || m.keyword == wrote:
			m.keyword = refused // what a person took out stays out
			marks = append(marks, m)
		}
	}
	s.takeOut(s.subject, func(text string) bool { return gone[intake.ClassKey(text)] })
	for sign, property := range map[string]*node{"|": s.tree, "/": s.tags} {
		inside := map[string]bool{}
		for key := range gone {
			inside[intake.ClassKey(inTree(former[key].label, sign))] = true
		}
		s.takeOut(property, func(text string) bool { return inside[intake.ClassKey(text)] })
	}
	s.remark(order, former, marks)
	s.write()
	return s.apply()
}

// inTree is the entry of a label in a tree of keywords, whose parts a sign divides.
func inTree(label, sign string) string {
	return Root + sign + strings.ReplaceAll(label, sign, map[string]string{"|": "∣", "/": "∕"}[sign])
}

// addTo returns what a label adds to a tree of keywords: nothing where it is there.
func addTo(property *node, label, sign string) []item {
	entry := inTree(label, sign)
	for _, li := range property.items() {
		if intake.ClassKey(li.text) == intake.ClassKey(entry) {
			return nil
		}
	}
	return []item{{text: entry}}
}

// takeOut cuts entries out of a list.
func (s *sidecar) takeOut(property *node, which func(text string) bool) {
	for _, li := range property.items() {
		if which(strings.TrimSpace(li.text)) {
			s.cut(li)
		}
	}
}

// cut takes elements out, with the white space before them.
func (s *sidecar) cut(elements ...*node) {
	for _, n := range elements {
		before := bytes.TrimRight(s.data[:n.start], " \t\r\n")
		s.edits = append(s.edits, edit{from: len(before), to: n.end})
	}
}

// remark has the list of marks written anew where it changes.
func (s *sidecar) remark(order []string, former map[string]mark, marks []mark) {
	same := len(marks) == len(order) && len(order) == len(s.marks.items())
	for i := 0; same && i < len(order); i++ {
		same = former[order[i]] == marks[i]
	}
	if same {
		return
	}
	s.cut(s.marks.items()...)
	for _, m := range marks {
		s.newMarks = append(s.newMarks, item{fields: [][2]string{
			{"label", m.label}, {"confidence", m.confidence}, {"network", m.network}, {"keyword", m.keyword}, {"by", "machine"},
		}})
	}
}

// escape writes text as XML.
func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}

// item is an entry of a list: text, or a structure.
type item struct {
	text   string
	fields [][2]string
}

// xml writes an entry that begins on a line with that indentation; "" is for all on one line.
func (i item) xml(rdf, prefix, indent string) string {
	if i.fields == nil {
		return fmt.Sprintf("<%sli>%s</%[1]sli>", rdf, escape(i.text))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "<%sli %[1]sparseType=\"Resource\">", rdf)
	for _, f := range i.fields {
		fmt.Fprintf(&b, "%s<%s%s>%s</%[2]s%[3]s>", deeper(indent), prefix, f[0], escape(f[1]))
	}
	fmt.Fprintf(&b, "%s</%sli>", indent, rdf)
	return b.String()
}

// deeper is a line end with more indentation.
func deeper(indent string) string {
	if indent == "" {
		return ""
	}
	return indent + " "
}

// bag writes a list.
func bag(items []item, rdf, prefix, indent string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<%sBag>", rdf)
	for _, i := range items {
		b.WriteString(deeper(indent) + i.xml(rdf, prefix, deeper(indent)))
	}
	fmt.Fprintf(&b, "%s</%sBag>", indent, rdf)
	return b.String()
}

// prefixed is a prefix with its colon, by which names of an address are written at n, and what is
// to be declared for that.
func prefixed(n *node, address, usual string) (prefix, declare string) {
	if p, ok := n.prefix(address); ok {
		return p + ":", ""
	}
	return usual + ":", fmt.Sprintf(" xmlns:%s=\"%s\"", usual, address)
}

// write makes the edits that add entries.
func (s *sidecar) write() {
	place := s.home
	if place == nil {
		place = s.rdf
	}
	rdf, declareRDF := prefixed(place, spaceRDF, "rdf")
	var fresh []func(indent string) string // properties that are not there
	for _, l := range []struct {
		property             *node
		space, prefix, local string
		items                []item
	}{
		{s.subject, spaceDC, "dc", "subject", s.newSubject},
		{s.tree, spaceLR, "lr", "hierarchicalSubject", s.newTree},
		{s.tags, spaceDigiKam, "digiKam", "TagsList", s.newTags},
		{s.marks, spaceHomeroom, "homeroom", "names", s.newMarks},
	} {
		if len(l.items) == 0 {
			continue
		}
		if l.property != nil {
			s.extend(l.property, l.space, l.prefix, l.items)
			continue
		}
		prefix, declare := prefixed(place, l.space, l.prefix)
		fresh = append(fresh, func(indent string) string {
			return fmt.Sprintf("<%s%s%s%s>%s%s%s</%[1]s%[2]s>", prefix, l.local, declare, declareRDF, deeper(indent), bag(l.items, rdf, prefix, deeper(indent)), indent)
		})
	}
	if len(fresh) == 0 {
		return
	}
	if s.home != nil {
		s.into(place, fresh...)
		return
	}
	s.into(place, func(indent string) string {
		var b strings.Builder
		fmt.Fprintf(&b, "<%sDescription%s %[1]sabout=\"\">", rdf, declareRDF)
		for _, f := range fresh {
			b.WriteString(deeper(indent) + f(deeper(indent)))
		}
		fmt.Fprintf(&b, "%s</%sDescription>", indent, rdf)
		return b.String()
	})
}

// extend adds entries to a list that is there.
func (s *sidecar) extend(property *node, space, usual string, items []item) {
	inside := property
	if c := property.container(); c != nil {
		inside = c
	}
	// What has no prefix at all, because its address is the default one, goes on without.
	rdf, declareRDF := prefixed(inside, spaceRDF, "rdf")
	prefix, declare := prefixed(inside, space, usual)
	if inside == property {
		s.into(property, func(indent string) string {
			text := bag(items, rdf, prefix, indent)
			return "<" + rdf + "Bag" + declareRDF + declare + strings.TrimPrefix(text, "<"+rdf+"Bag")
		})
		return
	}
	var entries []func(indent string) string
	for _, i := range items {
		entries = append(entries, func(indent string) string {
			text := i.xml(rdf, prefix, indent)
			return "<" + rdf + "li" + declareRDF + declare + strings.TrimPrefix(text, "<"+rdf+"li")
		})
	}
	s.into(inside, entries...)
}

// into puts elements at the end of an element, indented as what is there.
func (s *sidecar) into(n *node, elements ...func(indent string) string) {
	outer := s.before(n)
	inner, at := deeper(outer), n.startEnd
	if k := len(n.children); k > 0 {
		inner, at = s.before(n.children[k-1]), n.children[k-1].end
	}
	var b strings.Builder
	for _, e := range elements {
		b.WriteString(inner + e(inner))
	}
	if n.selfClosing() {
		tag := bytes.TrimRight(bytes.TrimSuffix(s.data[n.start:n.startEnd], []byte("/>")), " \t\r\n")
		s.edits = append(s.edits, edit{n.start + len(tag), n.startEnd, ">" + b.String() + outer + "</" + n.raw + ">"})
		return
	}
	if len(n.children) == 0 && !bytes.ContainsRune(s.data[n.startEnd:n.endStart], '\n') {
		b.WriteString(outer)
	}
	s.edits = append(s.edits, edit{at, at, b.String()})
}

// before is the white space before an element, from the last line end on; "" where it stands on a
// line with others.
func (s *sidecar) before(n *node) string {
	from := n.start
	for from > 0 && (s.data[from-1] == ' ' || s.data[from-1] == '\t') {
		from--
	}
	if from == 0 || s.data[from-1] != '\n' {
		return ""
	}
	return s.newlines + string(s.data[from:n.start])
}

// apply returns the data with all edits made.
func (s *sidecar) apply() []byte {
	if len(s.edits) == 0 {
		return s.data
	}
	slices.SortStableFunc(s.edits, func(a, b edit) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out []byte
	at := 0
	for _, e := range s.edits {
		out = append(append(out, s.data[at:max(at, e.from)]...), e.text...)
		at = max(at, e.to)
	}
	return append(out, s.data[at:]...)
}
