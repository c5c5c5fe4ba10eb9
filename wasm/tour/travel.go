package tour

import (
	"encoding/json"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A Guide has the tour follow messages.
type Guide struct {
	Tour   *Tour
	number int                              // of the last handler
	do     []map[int]func(markup.Input) any // what handlers do, of the last views
}

// mostViews is how many views may be on their way to the page or shown there: what is used there
// may be of any of them.
const mostViews = 8

// Walk does what a message asks: what a person did, where there is something, and else the next
// thing that is to be computed. bytes returns what is in a pack.
func (g *Guide) Walk(m protocol.Walk, bytes func(pack outside.Object) []byte) (out protocol.Walked, err error) {
	t, news := g.Tour, m.Networks != "" || m.Photos != nil || len(m.Packs) > 0
	if m.Networks != "" {
		if err := json.Unmarshal([]byte(m.Networks), &t.desk.networks); err != nil {
			return out, err
		}
	}
	if m.Photos != nil {
		t.Photos(m.Photos)
		t.Restore(string(m.Kept))
	}
	for _, p := range m.Packs {
		t.desk.packs[p.Name] = bytes(p.Pack)
	}
	news = t.Go(m.Stop) || news
	if m.Handler != 0 {
		for _, of := range g.do {
			if do := of[m.Handler]; do != nil {
				if event := do(markup.Input{Value: m.Value, Checked: m.Checked, Key: m.Key}); event != nil {
					t.Update(event)
				}
			}
		}
	} else if !news {
		t.Step()
	}
	out.Network, out.More, out.Focus, out.Kept = t.Network(), t.More(), t.Focus(), protocol.Text(t.Kept())
	do := map[int]func(markup.Input) any{}
	for _, n := range t.View() {
		if n != nil {
			out.Nodes = append(out.Nodes, g.piece(n, do, &out.Objects))
		}
	}
	g.do = append(g.do, do)
	g.do = g.do[max(0, len(g.do)-mostViews):]
	return out, nil
}

// piece is a node as it travels.
func (g *Guide) piece(n *node, do map[int]func(markup.Input) any, objects *[]outside.Object) protocol.Piece {
	p := protocol.Piece{Tag: n.Tag, Key: n.Key, Text: n.Text}
	for _, a := range n.Attrs {
		one := protocol.PieceAttr{Name: a.Name, Value: a.Value}
		if a.Object != nil {
			*objects = append(*objects, a.Object)
			one.Object = len(*objects)
		}
		p.Attrs = append(p.Attrs, one)
	}
	for _, h := range n.On {
		g.number++
		do[g.number] = h.Make
		p.On = append(p.On, protocol.PieceHandle{Event: h.Event, Number: g.number})
	}
	for _, k := range n.Kids {
		p.Kids = append(p.Kids, g.piece(k, do, objects))
	}
	return p
}
