package teach

import (
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A network is the one that photos are read with and answers given by, its workers, and the networks beside it that some heads
// read too.
type network struct {
	*base
	workers int // wanted, 0 to choose by the device

	open    feature.Space // what is open or on its way
	pool    *pool.Pool
	ready   bool
	starts  bool // the pack is here, and the workers open it
	fetch   catalogue.Fetch
	trouble *catalogue.Trouble
	fresh   bool // the next fetch goes past every stored copy

	others  map[feature.Space]other // by the space of the plain view
	beside  catalogue.Fetch         // one of them
	space   feature.Space           // which
	answers bool                    // the version in use reads it

	spare  wait // lets all workers but one go
	spared bool // it runs, or has done so
}

// An other is a network beside the one that is open: its pack, or why that is not there.
type other struct {
	pack outside.Object
	why  string
}

// companions are the networks that photos are looked at with besides. There are none where the person chose another network
// or size than the page does, nor those that could not be fetched.
func (n *network) companions() []*catalogue.Network {
	own := n.network()
	if own == nil || own.Name != model.AutoNetworks[0] || n.settings().Size != 0 {
		return nil
	}
	var out []*catalogue.Network
	for i := range n.list.Teaching {
		c := &n.list.Teaching[i]
		if slices.Contains(model.AutoNetworks[1:], c.Name) && n.others[feature.Space{Network: c.Name, Size: c.Preprocess.Size}].why == "" {
			out = append(out, c)
		}
	}
	return out
}

// need opens the network that the project is set to, where another is open or none. It tells whether it began to.
func (n *network) needs() bool {
	want, ok := n.plain()
	return ok && n.open != want
}

// begin fetches the network. What was open is closed by then.
func (n *network) begin(t *outside.Turn) {
	own := *n.network()
	n.open, _ = n.plain()
	n.trouble, n.starts, n.ready = nil, false, false
	pack := n.fetch.Begin(t, n.list, own, n.fresh)
	n.fresh = false
	if pack != nil {
		n.start(t, pack)
	}
	t.Soon()
}

func (n *network) start(t *outside.Turn, pack outside.Object) {
	own := n.fetch.Network
	n.starts = true
	n.list.Keep(t, own, pack)
	n.pool = pool.New(t, own.Name, n.settings().Size, pool.Workers(n.workers, t.Device))
	n.pool.Supply(t, own.Name, n.settings().Size, pack)
	n.spared = false
	t.Soon()
}

// close lets the workers go, and returns what they were at.
func (n *network) close(t *outside.Turn) (jobs []protocol.Job) {
	n.fetch.End(t)
	if n.pool != nil {
		jobs = n.pool.Close(t)
	}
	n.pool, n.ready, n.starts, n.trouble, n.open = nil, false, false, nil, feature.Space{}
	return jobs
}

// receive takes what is told of packs, and tells whether it was of one of here.
func (n *network) receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Comes:
		if !n.fetch.Comes(t, e) && !n.beside.Comes(t, e) {
			return false
		}
	case outside.GotPack:
		if is, trouble := n.fetch.Got(n.list, e); is {
			n.got(t, e.Pack, trouble)
			return true
		}
		is, trouble := n.beside.Got(n.list, e)
		if !is {
			return false
		}
		n.gotOther(t, e.Pack, trouble)
	default:
		return false
	}
	t.Soon()
	return true
}

func (n *network) got(t *outside.Turn, pack outside.Object, trouble *catalogue.Trouble) {
	t.Soon()
	if trouble != nil {
		n.trouble = trouble
		return
	}
	n.start(t, pack)
}

func (n *network) tick(t *outside.Turn) {
	if n.fetch.Tick(t) {
		t.Soon()
	}
	if n.beside.Tick(t) {
		trouble := n.beside.Stalled()
		n.beside.End(t)
		n.gotOther(t, nil, trouble)
	}
	if n.spare.due(t) && n.pool != nil && n.spared {
		n.pool.Staff(t, 1)
	}
}

func (n *network) wake(w *outside.Wake) {
	n.fetch.Wake(w)
	n.beside.Wake(w)
	n.pool.Wake(w)
	w.By(n.spare.at)
}

// Where so many photos are taught that learning them takes much of the memory a tab should take, only one worker stays while
// there is nothing to read: each takes 40 MB and more.
const (
	spareFrom  = 4000 // photos
	spareAfter = 5 * time.Second
)

// staff has as many workers run as there is work for.
func (n *network) staff(t *outside.Turn, active bool) {
	if n.pool == nil {
		return
	}
	if most := pool.Workers(n.workers, t.Device); active || n.Count() < spareFrom {
		n.spare.stop()
		n.spared = false
		if n.pool.Wanted() < most {
			n.pool.Staff(t, most)
		}
	} else if !n.spared {
		n.spared = true
		n.spare.in(t, spareAfter)
	}
}

// headed sees to it that a worker has the head to answer with, and the networks that it reads features of besides the one
// that is open. It tells whether the worker may be asked; while a network is fetched it may not.
func (n *network) headed(t *outside.Turn, w *pool.Worker, h *inUse) bool {
	v := n.current()
	if h.head == nil || v == nil {
		return false
	}
	if w.Headed == h.head {
		return true
	}
	spaces := v.Reads()
	for name := range w.Others {
		if !slices.ContainsFunc(spaces, func(s feature.Space) bool { return s.Of(feature.Plain).String() == name }) { // the worker closes it too
			delete(w.Others, name)
		}
	}
	if !n.equip(t, w, spaces) {
		return false
	}
	w.Headed = h.head
	n.pool.Post(t, w, protocol.UseHead{Head: h.head, Quick: h.quick})
	return true
}

// equip sees to it that a worker has the networks of feature spaces besides the one that is open, and tells whether it has,
// or is told why it has not. While one is fetched it has not.
func (n *network) equip(t *outside.Turn, w *pool.Worker, spaces []feature.Space) bool {
	for _, s := range spaces {
		plain := s.Of(feature.Plain)
		if plain == n.open || w.Others[plain.String()] {
			continue
		}
		o, ok := n.others[plain]
		if !ok {
			if n.fetchOther(t, plain); n.others[plain] == (other{}) {
				return false
			}
			o = n.others[plain]
		}
		n.pool.Post(t, w, protocol.OpenAlso{Space: plain, Pack: o.pack, Error: o.why})
		w.Others[plain.String()] = o.why == ""
	}
	return true
}

// fetchOther fetches the network of a feature space. One is fetched at a time.
func (n *network) fetchOther(t *outside.Turn, space feature.Space) {
	if n.beside.Busy() {
		return
	}
	if n.others == nil {
		n.others = map[feature.Space]other{}
	}
	i := slices.IndexFunc(n.list.Teaching, func(k catalogue.Network) bool { return k.Name == space.Network })
	if i < 0 {
		n.others[space] = other{why: "this version was learnt with the network " + space.Network + ", which this page does not have; the program homeroom can use it"}
		return
	}
	v := n.current()
	n.space, n.answers = space, v != nil && slices.Contains(v.Spaces, space)
	if pack := n.beside.Begin(t, n.list, n.list.Teaching[i], false); pack != nil {
		n.gotOther(t, pack, nil)
	}
	t.Soon()
}

func (n *network) gotOther(t *outside.Turn, pack outside.Object, trouble *catalogue.Trouble) {
	own := n.beside.Network
	o := other{pack: pack}
	switch {
	case trouble == nil:
		n.list.Keep(t, own, pack)
	case n.answers:
		o.why = "this version answers with " + own.Called() + " too, which could not be fetched"
	default:
		o.why = "photos are not looked at with " + own.Called() + ", which could not be fetched"
	}
	if trouble != nil {
		n.noticeWith(t, notice{text: sentence(o.why) + " " + trouble.Do, event: OthersAgain{}, action: "Try again"})
	}
	n.others[n.space] = o
	n.again = true // without it, there is less to look at
	t.Soon()
}

// OthersAgain tries again to fetch networks that could not be fetched.
type OthersAgain struct{}

func (OthersAgain) update(n *network, t *outside.Turn) {
	n.notices = slices.DeleteFunc(n.notices, func(k notice) bool { _, is := k.event.(OthersAgain); return is })
	for space, o := range n.others {
		if o.why != "" {
			delete(n.others, space)
		}
	}
	if n.pool != nil {
		for _, w := range n.pool.Workers {
			w.Headed = nil
		}
	}
	n.again = true
}

// status says in a few words how the network stands.
func (n *network) status() string {
	switch {
	case n.trouble != nil || n.fetch.Stalled() != nil:
		return "Not ready"
	case n.ready && n.network() != nil:
		return n.network().Called() + " at " + px(n.size())
	case n.starts:
		return "Starting " + n.fetch.Network.Called()
	case n.fetch.Busy():
		return n.fetch.Text
	}
	return "Ready"
}

// view says what stands in the way of reading, and how far what is fetched is.
func (n *network) view(reads bool) []*node {
	var out []*node
	switch {
	case n.list.Trouble != nil:
		out = append(out, fault(n.list.Trouble))
	case n.trouble != nil:
		out = append(out, fault(n.trouble))
	case n.fetch.Stalled() != nil:
		out = append(out, fault(n.fetch.Stalled()))
	case reads && n.starts && !n.ready:
		out = append(out, gettingReady("engine", "Getting ready", n.status(), -1))
	case reads && n.fetch.Busy():
		out = append(out, gettingReady("engine", "Getting ready", n.fetch.Text, n.fetch.Part))
	}
	if n.beside.Busy() {
		text := "Fetching " + n.beside.Network.Called() + ", to look again with"
		if n.answers {
			text = "Fetching " + n.beside.Network.Called() + ", which this version answers with"
		}
		out = append(out, gettingReady("other", "Getting another network ready", text, n.beside.Part))
	}
	return out
}

func fault(trouble *catalogue.Trouble) *node {
	return el("section.fault", at("role", "alert"), key("engine-fault"), el("h2", trouble.What), el("p", trouble.Why), el("p", trouble.Do),
		el("button.button", at("type", "button"), at("data-do", "engine-retry"), markup.Click(Retry{}), "Retry"))
}

func gettingReady(id, label, text string, part float64) *node {
	bar := el("progress", at("id", id+"-bar"), at("max", 1))
	if part >= 0 {
		bar.Attrs = append(bar.Attrs, at("value", part))
	}
	return el("section.load", at("aria-label", label), key(id), el("label", at("for", id+"-bar"), text), bar)
}

// Retry tries again to fetch what could not be. It is dealt with by the whole page.
type Retry struct{}

// inUse is the head that answers: of the version in use.
type inUse struct {
	head  outside.Object
	quick outside.Object // beside it, one that looks once; nil for none
}
