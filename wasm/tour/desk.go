// Package tour is the view in which a photo is seen through the networks that the field came by,
// one after the other: "How networks grew". A worker runs it, in the program that is fetched when
// somebody shares, sorts or comes here.
//
// A file has one stop of the way: its state, the events that change it, what it asks of the
// network, and how it is shown. What a stop is about stands in site/index.html. The stops know the
// desk, which has the networks; tour.go puts them together.
package tour

import (
	"slices"

	"homeroom/core/model"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

var (
	el  = markup.El
	at  = markup.A
	say = text.Say
)

type node = markup.Node

// A stop of the way.
type stop interface {
	// name is how the address calls it.
	name() string
	// network is the name of the one that it needs now, "" for none.
	network(d *desk) string
	// asks is what it asks of the network now, nil for nothing.
	asks(d *desk) any
	// take takes the answer.
	take(d *desk, answer any)
	// reset forgets what was told of another photo or by another network.
	reset()
	// waits says what is being done while nothing can be shown, "" where something can.
	waits() string
	view(d *desk) []*node
}

// A desk has what all stops work with.
type desk struct {
	networks []catalogue.Network
	packs    map[string][]byte
	photos   int
	cells    map[string]int // where the keyboard is on each board
	focus    string         // what it is to be brought to
}

// listed is the entry of a network, nil where this page does not have it.
func (d *desk) listed(name string) *catalogue.Network {
	if i := slices.IndexFunc(d.networks, func(n catalogue.Network) bool { return n.Name == name }); i >= 0 {
		return &d.networks[i]
	}
	return nil
}

// common is what most stops have: networks of which one can be chosen, what it says of the photo as
// it is, and what it says with something made otherwise.
type common struct {
	called string
	names  []string // of the networks
	chosen string
	first  *altered
	now    *altered
	fresh  bool // now is of what is set
}

func (c *common) name() string { return c.called }

func (c *common) network(d *desk) string {
	if c.chosen != "" {
		return c.chosen
	}
	for _, name := range c.names {
		if d.listed(name) != nil {
			return name
		}
	}
	return c.names[0]
}

func (c *common) reset() { c.first, c.now, c.fresh = nil, nil, false }

// plainly asks what the network says of the photo as it is, and for a picture of what it sees.
func plainly() askAlter { return askAlter{class: -1, picture: true} }

// took takes an answer of the network's, and tells whether it was one.
func (c *common) took(answer any) bool {
	a, is := answer.(altered)
	switch {
	case !is:
		return false
	case c.first == nil:
		c.first = &a
	default:
		c.now, c.fresh = &a, true
	}
	return true
}

// changed asks what it says with a change.
func (c *common) changed(change model.Change) askAlter {
	return askAlter{class: c.first.class, change: change}
}

// answers shows what a network says, under a heading.
func answers(title string, a *altered) *node {
	var names []string
	var scores []float64
	for _, r := range a.results {
		names, scores = append(names, text.Label(r.Label)), append(scores, r.Score)
	}
	return el("div.says", el("h3.part", title), sheet.Answers(names, scores, 3))
}

// beside shows what is said with all as it is, and with what is set.
func (c *common) beside(before, after string) *node {
	now := c.now
	if now == nil {
		now = c.first
	}
	return el("div.beside", at("aria-live", "polite"), answers(before, c.first), answers(after, now))
}

// button is one that does something.
func button(says string, event any) *node {
	return el("button.button.small", at("type", "button"), markup.Click(event), says)
}

// choose is a list with a label.
func choose(id, label, value string, options []*node, make func(string) any) *node {
	return el("div.field", el("label", at("for", id), label), el("select", at("id", id), markup.Value(make), at("value", value), options))
}

func option(value, says string) *node {
	return el("option", at("value", value), says, markup.Key(value))
}
