package classify

import (
	"homeroom/wasm/app/classify/alike"
	"strconv"

	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/app/tiles"
	"homeroom/wasm/markup"
	"homeroom/wasm/words"
)

// top is how many answers a card shows.
const top = 5

// A card is what the page has of a photo besides its entry in the queue.
type card struct {
	alike.Card
	picture outside.Object // small, nil while there is none
	shown   *markup.Node   // as it was described last, nil where it was not drawn then
	state   *cardState     // when
	drawn   bool           // now

	more   int // photos that look like it and lie under it, or beside it where they are spread
	spread bool

	changed     bool           // what is kept of it is to be written
	pictureKept outside.Object // the picture that is
	fileKept    bool           // so is the file
	vectorKept  outside.Object // and the features

	rank sift.Rank // by which it lies among those that are shown, while it is
	in   bool      // one of them
}

// cardState is what a card's description follows from: the same state, the same description.
type cardState struct {
	stage   queue.Stage
	answer  *queue.Answer
	problem string
	picture outside.Object
	stop    bool // the Tab key leads to it; arrows lead on from there
	more    int  // as the card has them
	spread  bool
	deep    bool // under a heading
	picks   bool // photos are being picked
	picked  bool // this one is

	y               float64 // how far down it lies
	at, of, columns int     // where it lies in the grid; of is 0 where it is no tile of one
}

// waiting is what cards say while there is none.
var waiting = map[queue.Stage]string{queue.Waiting: say("Waiting"), queue.Running: say("Looking…"), queue.Stopped: say("Not named"), queue.Failed: say("Could not be named"), queue.Absent: say("File needed")}

// does is what is done with a photo by its card.
type does struct {
	remove, focus, pick any // events
	spread              any // nil where no photos look like it
	look, key           func(markup.Input) any
}

// node is the card of a photo: a tile of the grid at a place, or with no place a card with all that
// is known.
func (c *card) node(p *queue.Photo, do does, place []markup.Attr) *markup.Node {
	id := strconv.Itoa(p.ID)
	shown := p.Name
	li := el("li.photo", markup.Key(id), at("data-id", id), at("data-file", p.Name), at("data-stage", p.Stage), place, markup.Send("focus", do.focus), markup.Send("press long", do.pick), flag("data-picked", c.state.picked))
	if p.Path != "" {
		li.Attrs = append(li.Attrs, at("data-path", p.Path))
		shown = p.Path
	}
	reach := markup.Attr{Name: "tabindex", Value: "-1", Off: c.state.stop}
	answer, alt, file := waiting[p.Stage], named(p.Name), named(shown)
	var more []*markup.Node
	switch {
	case p.Stage == queue.Failed:
		li.Attrs = append(li.Attrs, at("data-error", p.Problem))
		more = append(more, el("p.problem", words.Sentence(p.Problem)))
	case p.Stage == queue.Named && len(p.Answer.Results) > 0:
		a := p.Answer
		first := a.Results[0]
		answer, alt = a.Says(), say("{1}: {2}", a.Shown(), p.Name)
		li.Attrs = append(li.Attrs, at("data-label", a.Best()), at("data-score", strconv.FormatFloat(first.Score, 'g', -1, 64)))
		if a.Damaged != "" {
			li.Attrs = append(li.Attrs, at("data-damaged", a.Damaged))
			more = append(more, el("p.problem", words.Damaged(a.Damaged)))
		}
		if place == nil {
			li.Attrs = append(li.Attrs, at("data-threads", a.Threads), at("data-memory", strconv.FormatFloat(a.Memory, 'f', 0, 64)), at("data-network", strconv.FormatFloat(a.Network, 'f', 3, 64)))
			if e := earlier(p); e != nil {
				more = append(more, e)
			}
			more = append(more, details(a, reach)...)
		} else {
			file = words.Percent(first.Score) + " · " + named(p.Name)
		}
	}
	if place != nil { // the dialogue with the photo has it
		more = nil
	}
	thumb := el("button.thumb", at("type", "button"), reach, at("aria-label", say("Look closer at {1}", p.Name)), markup.On("click", do.look), markup.On("keydown", do.key))
	if c.state.picks {
		thumb.Attrs[len(thumb.Attrs)-1] = at("aria-label", say("Pick {1}", p.Name))
		thumb.Attrs = append(thumb.Attrs, markup.Is("aria-pressed", c.state.picked))
	}
	thumb.Kids = append(thumb.Kids, el("img", at("decoding", "async"), markup.Shown(c.picture), at("alt", alt), flag("hidden", c.picture == nil)))
	if c.picture != nil && place == nil && !c.state.picks {
		zoom := sheet.Icon(sheet.Zoom)
		zoom.Attrs = append(zoom.Attrs, at("class", "zoom"))
		thumb.Kids = append(thumb.Kids, zoom)
	}
	level := "h3.answer"
	if c.state.deep {
		level = "h4.answer"
	}
	li.Kids = []*markup.Node{thumb, el("div.words", el(level, answer), el("p.file", at("title", named(shown)), file), more)}
	if c.more > 0 {
		sign := "+"
		if c.spread {
			sign = "−"
		}
		count := sign + words.Thousands(c.more)
		says := say("{1}: more like {2}", count, p.Name) // which begins with what is written
		li.Kids = append(li.Kids, el("button.stack", at("type", "button"), reach, at("aria-expanded", c.spread), at("aria-label", says), markup.Click(do.spread), count))
	}
	if place == nil || c.state.stop { // elsewhere it would be most of what a tile is made of
		remove := sheet.Close(do.remove, say("Remove {1}", p.Name))
		remove.Attrs[0].Value = "close remove"
		if !reach.Off {
			remove.Attrs = append(remove.Attrs, reach)
		}
		li.Kids = append(li.Kids, remove)
	}
	return li
}

// heading is that of a group, in the grid or above its cards.
func heading(g tiles.Group, many bool) *markup.Node {
	return el("li.group", markup.Key("group "+g.Key), markup.Attr{Name: "--y", Value: tiles.Length(g.Top), Off: !many}, el("h3", g.Title+" ", el("span", words.Photos(g.To-g.From))))
}

// earlier is what others answered of a photo, to compare; nil where nobody did.
func earlier(p *queue.Photo) *markup.Node {
	if len(p.Earlier) == 0 {
		return nil
	}
	list := el("dl.earlier")
	for _, a := range p.Earlier {
		says := []markup.Part{el("span", a.Says())}
		if !a.Unknown && len(a.Results) > 0 {
			says = append(says, " ", el("span.quiet", words.Percent(a.Results[0].Score)))
		}
		list.Kids = append(list.Kids, el("div", markup.Key(a.By), el("dt", named(a.Called)), el("dd", says...)))
	}
	return el("div.others", el("p.quiet", say("Others said:")), list)
}

// details are the best answers with their scores, and how long it took to find them.
func details(a *queue.Answer, reach markup.Attr) []*markup.Node {
	best := el("dl.best")
	for _, r := range a.Results[:min(top, len(a.Results))] {
		best.Kids = append(best.Kids, el("div.row", at("--share", strconv.FormatFloat(100*r.Score, 'f', 2, 64)+"%"), el("dt", at("title", a.Word(r.Label)), a.Word(r.Label)), el("dd", words.Percent(r.Score))))
	}
	detail := say("Decoding {1}, resizing {2}, network {3} on {4|# thread|# threads}. {5} × {6} pixels.",
		words.Milliseconds(a.Decode), words.Milliseconds(a.Resize), words.Milliseconds(a.Network), a.Threads, a.Width, a.Height)
	return []*markup.Node{best, el("details.time", at("title", detail), el("summary", reach, say("Named in {1}", words.Milliseconds(a.Milliseconds()))), el("p", detail))}
}

// byRank are cards that are put in order.
type byRank []*card

func (b byRank) Len() int           { return len(b) }
func (b byRank) Less(i, j int) bool { return b[i].rank.Compare(&b[j].rank) < 0 }
func (b byRank) Swap(i, j int)      { b[i], b[j] = b[j], b[i] }
