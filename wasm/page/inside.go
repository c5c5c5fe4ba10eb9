//go:build js && wasm

package page

import (
	"fmt"
	"strconv"
	"syscall/js"

	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// insideID is no photo's ID: that of questions for what is inside a network.
const insideID = -3

// An insider shows what is inside the network for the photo whose dialogue is open: the maps of a layer, the channel scales of
// squeeze-and-excitation, and where the heads of a transformer look.
type insider struct {
	open     func() int               // the photo whose dialogue is open, 0 for none
	fileOf   func(photo int) js.Value // may wait for the store; undefined where it is not at hand
	alone    func() bool              // nothing else is to be done
	dispatch func()
	draw     func()

	request request
	on      bool
	photo   int              // that was asked about
	file    js.Value         // of it
	layer   string           // that is wanted, "" for what the engine thinks best
	seen    *protocol.Inside // nil as long as there is no answer
	url     string           // of the picture
	why     string           // there is none
}

func (n *insider) start() {
	n.request = request{
		id: insideID, message: func(job protocol.Job) interface{ Number() protocol.Job } {
			return protocol.Inspect{Job: job, File: protocol.Of(n.file), Layer: n.layer, Alone: n.alone()}
		},
		open: func() bool { return n.on && n.photo == n.open() },
		told: n.answered, failed: n.failed, advice: "; another layer or a smaller input size may work",
	}
}

// toggle switches it on and off.
func (n *insider) toggle() {
	n.on = !n.on
	n.ask(n.layer)
}

// ask asks about the open photo anew, where it is on.
func (n *insider) ask(layer string) {
	revoke(n.url)
	n.layer, n.url, n.why, n.photo = layer, "", "", n.open()
	n.request.ask(false)
	if photo := n.photo; n.on && photo != 0 {
		go func() {
			file := n.fileOf(photo)
			switch {
			case !n.on || n.photo != photo:
				return
			case !file.Truthy():
				n.failed("the photo is not at hand any more")
				return
			}
			n.file = file
			n.request.ask(true)
			n.dispatch()
		}()
	}
	n.draw()
}

// close switches it off.
func (n *insider) close() {
	n.on = false
	n.request.ask(false)
}

// clear forgets what another network showed.
func (n *insider) clear() {
	n.layer, n.seen = "", nil
	if n.on {
		n.ask("")
	}
}

func (n *insider) answered(message any) {
	m := message.(protocol.Inspected)
	n.seen, n.layer = &m.Inside, m.Inside.Layer
	n.url = blobURL(m.Picture.Value, "image/png")
	n.draw()
}

func (n *insider) failed(why string) {
	n.why = sentence(why)
	n.draw()
}

// node is what the dialogue shows below the photo.
func (n *insider) node() *markup.Node {
	el, at := markup.El, markup.A
	tools := el("div.heat-tools", el("button.button.small", at("type", "button"), at("data-do", "inside"), markup.Is("aria-pressed", n.on), "Look inside"))
	said := el("div", at("role", "status"))
	if !n.on {
		said.Kids = append(said.Kids, el("p.quiet", "Shows what the layers of the network make of the photo."))
		return el("div.inside", tools, said)
	}
	if n.seen != nil {
		options := make([]*markup.Node, len(n.seen.Layers))
		for i, l := range n.seen.Layers {
			options[i] = el("option", at("value", l.Name), l.Name+", "+l.Shape, markup.Key(strconv.Itoa(i)))
		}
		tools.Kids = append(tools.Kids, el("label.hidden-text", at("for", "inside-layer"), "Layer"),
			el("select", at("id", "inside-layer"), at("data-do", "inside-layer"), at("value", n.layer), options))
	}
	switch {
	case n.why != "":
		said.Kids = append(said.Kids, el("p.quiet", n.why))
	case n.url == "" || n.seen == nil:
		said.Kids = append(said.Kids, el("p.quiet", "Looking…"))
	default:
		s := n.seen
		what := fmt.Sprintf("%s of %d × %d", words.Plural(s.Maps, "map", "maps"), s.Columns, s.Rows)
		if s.Attends {
			what = fmt.Sprintf("Where %s look among %d × %d patches", words.Plural(s.Maps, "head", "heads"), s.Columns, s.Rows)
		}
		said.Kids = append(said.Kids, el("p.quiet", fmt.Sprintf("%s, from black for %.3g to white for %.3g.", what, s.Black, s.White)))
		return el("div.inside", tools, said, el("img.maps", at("src", n.url), at("alt", "Inside the network: "+s.Layer)), n.excitations(), n.heads())
	}
	return el("div.inside", tools, said)
}

// table is a table that folds away.
func table(title string, heads []string, rows [][]string) *markup.Node {
	el, at := markup.El, markup.A
	row := func(tag string, cells []string) *markup.Node {
		tr := el("tr")
		for i, c := range cells {
			if i == 0 {
				tr.Kids = append(tr.Kids, el("th", at("scope", map[string]string{"th": "col", "td": "row"}[tag]), c))
			} else {
				tr.Kids = append(tr.Kids, el(tag, c))
			}
		}
		return tr
	}
	body := el("tbody")
	for _, r := range rows {
		body.Kids = append(body.Kids, row("td", r))
	}
	return el("details.as-table", el("summary", title), el("div.inside-table", at("tabindex", 0), at("role", "region"), at("aria-label", title),
		el("table", el("thead", row("th", heads)), body)))
}

// excitations lists what each squeeze-and-excitation multiplied its channels by.
func (n *insider) excitations() *markup.Node {
	if len(n.seen.Excitations) == 0 {
		return nil
	}
	var rows [][]string
	for _, e := range n.seen.Excitations {
		rows = append(rows, []string{e.Layer, fmt.Sprint(e.Channels), fmt.Sprintf("%.2f", e.Min), fmt.Sprintf("%.2f", e.Mean), fmt.Sprintf("%.2f", e.Max), fmt.Sprint(e.Strongest), fmt.Sprint(e.Weakest)})
	}
	return table("Channels that the photo excited", []string{"Squeeze-and-excitation", "Channels", "Least", "Mean", "Most", "Strongest channel", "Weakest"}, rows)
}

// heads lists how far the heads of a transformer look.
func (n *insider) heads() *markup.Node {
	if len(n.seen.Heads) == 0 {
		return nil
	}
	var rows [][]string
	for _, h := range n.seen.Heads {
		rows = append(rows, []string{h.Layer, fmt.Sprint(h.Head), fmt.Sprintf("%.1f px", h.Distance), fmt.Sprintf("%.2f bits", h.Entropy), words.Percent(h.Prefix)})
	}
	return table("How far each head looks", []string{"Attention", "Head", "Mean distance", "Entropy", "On the class token"}, rows)
}
