package teach

import (
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
)

// probe is a panel as a file of its own would have it.
type probe struct {
	*base.Base
	seen []string
}

type probed struct{ What string }

func (e probed) Update(p *probe, t *outside.Turn) { p.seen = append(p.seen, "event "+e.What) }

func (p *probe) Receive(t *outside.Turn, e any) bool {
	m, is := e.(outside.Room)
	if is {
		p.seen = append(p.seen, "told")
	}
	return is && m.Ticket == -1
}

func (p *probe) Tick(*outside.Turn)   { p.seen = append(p.seen, "time") }
func (p *probe) Wake(w *outside.Wake) { w.By(time.Unix(77, 0)) }
func (p *probe) Leave(*outside.Turn)  { p.seen = append(p.seen, "left") }
func (p *probe) Shown(*outside.Turn)  { p.seen = append(p.seen, "shown") }
func (p *probe) Hidden(*outside.Turn) { p.seen = append(p.seen, "hidden") }
func (p *probe) View() []*node        { return []*node{el("p", strings.Join(p.seen, ", "))} }

// TestAPanelIsALineInTheList adds one to the list and nowhere else: it has its tab, its events,
// what the browser tells, the time, and that the view is left.
func TestAPanelIsALineInTheList(t *testing.T) {
	s := opened(t, 2, 2)
	p := &probe{Base: &s.base}
	s.panels = append(s.list(), tab("probe", "Probe", p))
	var numbers outside.Numbers
	turn := outside.NewTurn(time.Unix(9, 0), outside.Device{}, &numbers)
	if !s.act(turn, probed{"one"}) {
		t.Error("its event is of no panel")
	}
	if !s.receive(turn, outside.Room{Ticket: -1}) {
		t.Error("nobody asked for what it asked for")
	}
	s.tick(turn)
	var wake outside.Wake
	s.wake(&wake)
	if wake.At.IsZero() || wake.At.After(time.Unix(77, 0)) {
		t.Errorf("it is woken at %v", wake.At)
	}
	s.act(turn, OpenTab{Tab: "probe"})
	s.act(turn, OpenTab{Tab: tabPhotos})
	s.act(turn, OpenTab{Tab: "probe"})
	s.leave(turn)
	text := said(s.view(nil, nil, ""))
	for _, want := range []string{"Probe", "event one", "told", "time", "shown", "hidden", "left"} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
}

// TestTheListHasEachPanelOnce: an event of one that is there twice would be dealt with by the
// first.
func TestTheListHasEachPanelOnce(t *testing.T) {
	s := opened(t, 1, 1)
	seen, ids := map[any]bool{}, map[string]bool{}
	for _, p := range s.panels {
		if seen[p.value] || p.title != "" && ids[p.id] {
			t.Errorf("%T %s is there twice", p.value, p.id)
		}
		seen[p.value], ids[p.id] = true, true
	}
}
