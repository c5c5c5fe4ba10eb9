package sheet

import (
	"strconv"

	"homeroom/core/model"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// Inside shows what is inside the network for the photo whose dialogue is open: the maps of a
// layer, the channel scales of squeeze-and-excitation, and where the heads of a transformer look.
type Inside struct {
	On       bool
	Photo    int            // that was asked about
	Wanted   bool           // the file of the photo is still to be had
	file     outside.Object // of it
	layer    string         // that is wanted, "" for what the engine thinks best
	plane    int            // map of it that is to be laid over the photo, below 0 for the strongest
	seen     *protocol.Inside
	picture  outside.Object
	over     outside.Object // one of the maps, over the photo
	why      string         // there is none
	question pool.Question
}

// Toggle switches it on and off, for the photo that is open.
func (n *Inside) Toggle(photo int) {
	n.On = !n.On
	n.Ask(photo, n.layer)
}

// Again asks about another photo, where it is on.
func (n *Inside) Again(photo int) {
	if n.On && n.Photo != photo {
		n.Ask(photo, n.layer)
	}
}

// Ask asks about the open photo anew, where it is on.
func (n *Inside) Ask(photo int, layer string) {
	n.layer, n.plane, n.picture, n.why, n.Photo, n.file = layer, -1, nil, "", photo, nil
	n.question.Drop()
	n.Wanted = n.On && photo != 0
}

// Lay lays another map of the layer over the photo. The keyboard is brought to it.
func (n *Inside) Lay(t *outside.Turn, plane int) {
	if n.seen == nil || n.file == nil || plane < 0 || plane >= n.seen.Maps {
		return
	}
	n.plane, n.seen.Map = plane, plane
	n.question.Ask()
	t.Focus("#inside-map-" + strconv.Itoa(plane))
}

// Close switches it off.
func (n *Inside) Close() {
	n.On, n.Wanted = false, false
	n.question.Drop()
}

// Clear forgets what another network showed.
func (n *Inside) Clear() {
	n.layer, n.seen, n.over = "", nil, nil
	if n.On {
		n.Ask(n.Photo, "")
	}
}

// Take takes the file of the photo that is wanted, nil where it is not at hand.
func (n *Inside) Take(file outside.Object) {
	n.Wanted = false
	if file == nil {
		n.why = words.Sentence(text.Say("the photo is not at hand any more"))
		return
	}
	n.file = file
	n.question.Ask()
}

// Due tells whether the question is to be handed to a worker.
func (n *Inside) Due() bool { return n.question.Due }

// Message is the question.
func (n *Inside) Message(t *outside.Turn, alone bool) pool.Job {
	return protocol.Inspect{Job: n.question.Job(t), File: n.file, Layer: n.layer, Map: n.plane, Alone: alone}
}

// Receive takes what a pool tells of the question, and tells whether it was of it.
func (n *Inside) Receive(t *outside.Turn, told any) bool {
	switch m := told.(type) {
	case pool.Answered:
		seen, is := m.Message.(protocol.Inspected)
		if !is || !n.question.Is(m.Job) {
			return false
		}
		n.question.Drop()
		pictures := 0.0 // still those of the layer, where another map of it was laid over the photo
		if n.seen != nil && n.seen.Layer == seen.Inside.Layer && n.plane >= 0 {
			pictures = n.seen.Pictures
		}
		n.seen, n.layer, n.picture, n.over = &seen.Inside, seen.Inside.Layer, seen.Picture, seen.Over
		n.seen.Pictures = max(n.seen.Pictures, pictures)
	case pool.GaveUp:
		if !n.question.Is(m.Job) {
			return false
		}
		n.question.Drop()
		n.why = words.Sentence(m.Why)
	case pool.Lost:
		if !n.question.Is(m.Job) {
			return false
		}
		if why := n.question.Lost(m.Why); why != "" {
			n.why = words.Sentence(text.Say("{1}; another layer or a smaller input size may work", why))
		}
	default:
		return false
	}
	t.Soon()
	return true
}

// HandBack asks again where a pool was closed with the question.
func (n *Inside) HandBack(job protocol.Job) bool { return n.question.HandBack(job) }

// Waits tells whether an answer is still to come.
func (n *Inside) Waits() bool { return n.question.Open || n.Wanted }

// Node is what the dialogue shows below the photo. toggle switches it on and off, ask asks for a
// layer, and lay for a map of it to be laid over the photo.
func (n *Inside) Node(toggle any, ask func(layer string) any, lay func(plane int) any) *node {
	tools := el("div.heat-tools", el("button.button.small", at("type", "button"), markup.Click(toggle), markup.Is("aria-pressed", n.On), text.Say("Look inside")))
	said := el("div", at("role", "status"))
	if !n.On {
		said.Kids = append(said.Kids, el("p.quiet", text.Say("Shows what the layers of the network make of the photo.")))
		return el("div.inside", tools, said)
	}
	if n.seen != nil {
		options := make([]*node, len(n.seen.Layers))
		for i, l := range n.seen.Layers {
			says := text.Name(l.Name + ", " + l.Shape)
			if kind := kinds[model.Kind(l.Kind)]; kind != "" {
				says = text.Say("{1}: {2}", kind, says)
			}
			options[i] = el("option", at("value", l.Name), says, markup.Key(strconv.Itoa(i)))
		}
		tools.Kids = append(tools.Kids, el("label.hidden-text", at("for", "inside-layer"), text.Say("Layer")),
			el("select", at("id", "inside-layer"), markup.Value(ask), at("value", n.layer), options))
	}
	switch {
	case n.why != "":
		said.Kids = append(said.Kids, el("p.quiet", n.why))
	case n.picture == nil || n.seen == nil:
		said.Kids = append(said.Kids, el("p.quiet", text.Say("Looking…")))
	default:
		s := n.seen
		what := text.Say("{1|# map|# maps} of {2} × {3}, from black for {4} to white for {5}.", s.Maps, s.Columns, s.Rows, text.Rounded(float64(s.Black), 3), text.Rounded(float64(s.White), 3))
		if s.Attends {
			what = text.Say("Where {1|# head looks|# heads look} among {2} × {3} patches, from black for {4} to white for {5}.", s.Maps, s.Columns, s.Rows, text.Rounded(float64(s.Black), 3), text.Rounded(float64(s.White), 3))
		}
		if s.Pictures > 0 {
			said.Kids = append(said.Kids, el("p", text.Say("This layer shows most of the photo: its {1|# map is|# maps are} worth {2|# picture|# pictures} of different things.", s.Maps, max(1, int(s.Pictures+.5)))))
		}
		for _, l := range s.Layers {
			if says := mostly[model.Kind(l.Kind)]; l.Name == s.Layer && says != "" {
				said.Kids = append(said.Kids, el("p", says))
			}
		}
		said.Kids = append(said.Kids, el("p.quiet", what))
		return el("div.inside", tools, said, n.laid(lay), n.sheet(lay), n.excitations(), n.heads())
	}
	return el("div.inside", tools, said)
}

// kinds are what layers answer to as a word, and mostly as a sentence.
var (
	kinds = map[model.Kind]string{
		model.Edges: text.Say("edges"), model.Textures: text.Say("textures"), model.Parts: text.Say("parts"), model.Things: text.Say("things"),
	}
	mostly = map[model.Kind]string{
		model.Edges:    text.Say("Layers this early mostly answer to edges and colours."),
		model.Textures: text.Say("Layers this deep mostly answer to textures, such as fur, grass or bricks."),
		model.Parts:    text.Say("Layers this deep mostly answer to parts of things, such as an eye or a wheel."),
		model.Things:   text.Say("Layers this deep mostly answer to whole things."),
	}
)

// laid is one of the maps over the photo, and what leads to the next.
func (n *Inside) laid(lay func(plane int) any) *node {
	if n.over == nil || n.file == nil {
		return nil
	}
	s := n.seen
	step := func(by int, says string) *node {
		return el("button.button.small", at("type", "button"), markup.Click(lay((s.Map+by+s.Maps)%s.Maps)), says)
	}
	return el("figure.laid", markup.Key("laid"),
		el("div.stage", el("img", markup.Shown(n.file), at("alt", "")), el("img.heat", markup.Shown(n.over), at("alt", text.Say("Map {1} over the photo", s.Map+1)))),
		el("figcaption", el("p", at("role", "status"), text.Say("Map {1} of {2}: the stronger the colour, the stronger it answers there.", s.Map+1, s.Maps)),
			el("div.heat-tools", step(-1, text.Say("Previous map")), step(1, text.Say("Next map")))))
}

// sheet is all maps side by side, each of which can be laid over the photo. They are one stop of
// the Tab key, with arrows inside.
func (n *Inside) sheet(lay func(plane int) any) *node {
	s := n.seen
	picture := el("img.maps", markup.Shown(n.picture), at("alt", text.Say("Inside the network: {1}", s.Layer)))
	if n.over == nil || s.Across < 1 || s.Down < 1 {
		return picture
	}
	cells := el("div.cells", at("--columns", s.Across), at("--rows", s.Down), at("role", "group"), at("aria-label", text.Say("The maps: press one to lay it over the photo")))
	for i := range s.Maps {
		stop := -1
		if i == s.Map {
			stop = 0
		}
		cells.Kids = append(cells.Kids, el("button", markup.Key(strconv.Itoa(i)), at("type", "button"), at("id", "inside-map-"+strconv.Itoa(i)), at("tabindex", stop), markup.Is("aria-pressed", i == s.Map),
			at("aria-label", text.Say("Map {1}", i+1)), markup.Click(lay(i)), markup.On("keydown", func(in markup.Input) any {
				to, known := outside.Along(in.Key, i, s.Maps)
				switch {
				case known:
				case in.Key == "ArrowUp":
					to = i - s.Across
				case in.Key == "ArrowDown" && i+s.Across < s.Maps:
					to = i + s.Across
				}
				if to < 0 {
					return nil
				}
				return lay(to)
			})))
	}
	return el("div.map-sheet", markup.Key("sheet"), picture, cells)
}

// table is a table that folds away.
func table(title string, heads []string, rows [][]string) *node {
	row := func(tag string, cells []string) *node {
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
func (n *Inside) excitations() *node {
	if len(n.seen.Excitations) == 0 {
		return nil
	}
	var rows [][]string
	for _, e := range n.seen.Excitations {
		rows = append(rows, []string{text.Name(e.Layer), text.Number(e.Channels), text.Fixed(float64(e.Min), 2), text.Fixed(float64(e.Mean), 2), text.Fixed(float64(e.Max), 2), text.Number(e.Strongest), text.Number(e.Weakest)})
	}
	return table(text.Say("Channels that the photo excited"), []string{text.Name("Squeeze-and-excitation"), text.Say("Channels"), text.Say("Least"), text.Say("Mean"), text.Say("Most"), text.Say("Strongest channel"), text.Say("Weakest")}, rows)
}

// heads lists how far the heads of a transformer look.
func (n *Inside) heads() *node {
	if len(n.seen.Heads) == 0 {
		return nil
	}
	var rows [][]string
	for _, h := range n.seen.Heads {
		rows = append(rows, []string{text.Name(h.Layer), text.Number(h.Head), text.Say("{1} px", text.Fixed(float64(h.Distance), 1)), text.Say("{1} bits", text.Fixed(float64(h.Entropy), 2)), words.Percent(h.Prefix)})
	}
	return table(text.Say("How far each head looks"), []string{text.Say("Attention"), text.Say("Head"), text.Say("Mean distance"), text.Say("Entropy"), text.Say("On the class token")}, rows)
}
