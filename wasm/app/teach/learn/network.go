package learn

import (
	"slices"
	"time"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// A Network is the one that photos are read with and answers given by, its workers, and the
// networks beside it that some heads read too.
type Network struct {
	*base.Base
	Workers int // wanted, 0 to choose by the device

	open    feature.Space // what is open or on its way
	Pool    *pool.Pool
	Ready   bool
	Starts  bool // the pack is here, and the workers open it
	Fetch   catalogue.Fetch
	Trouble *catalogue.Trouble
	Fresh   bool // the next fetch goes past every stored copy

	others  map[feature.Space]other // by the space of the plain view
	Beside  catalogue.Fetch         // one of them
	space   feature.Space           // which
	answers bool                    // the version in use reads it

	spare  base.Wait // lets all workers but one go
	spared bool      // it runs, or has done so
}

// An other is a network beside the one that is open: its pack, or why that is not there.
type other struct {
	pack outside.Object
	why  string
}

// Companions are the networks that photos are looked at with besides. There are none where the
// person chose another network or size than the page does, nor those that could not be fetched.
func (n *Network) Companions() []*catalogue.Network {
	own := n.Network()
	if own == nil || own.Name != feature.Network && own.Name != feature.FormerNetwork || n.SettingsNow().Size != 0 {
		return nil
	}
	var out []*catalogue.Network
	for i := range n.List.Teaching {
		c := &n.List.Teaching[i]
		if slices.Contains(model.AutoNetworks[1:], c.Name) && n.others[feature.Space{Network: c.Name, Size: c.Preprocess.Size}].why == "" {
			out = append(out, c)
		}
	}
	return out
}

// need opens the network that the project is set to, where another is open or none. It tells
// whether it began to.
func (n *Network) Needs() bool {
	want, ok := n.Plain()
	return ok && n.open != want
}

// Begin fetches the network. What was open is closed by then.
func (n *Network) Begin(t *outside.Turn) {
	own := *n.Network()
	n.open, _ = n.Plain()
	n.Trouble, n.Starts, n.Ready = nil, false, false
	pack := n.Fetch.Begin(t, n.List, own, n.Fresh)
	n.Fresh = false
	if pack != nil {
		n.start(t, pack)
	}
	t.Soon()
}

func (n *Network) start(t *outside.Turn, pack outside.Object) {
	own := n.Fetch.Network
	n.Starts = true
	n.List.Keep(t, own, pack)
	n.Pool = pool.New(t, own.Name, n.SettingsNow().Size, pool.Workers(n.Workers, t.Device))
	n.Pool.Supply(t, own.Name, n.SettingsNow().Size, pack, 0)
	n.spared = false
	t.Soon()
}

// Close lets the workers go, and returns what they were at.
func (n *Network) Close(t *outside.Turn) (jobs []protocol.Job) {
	n.Fetch.End(t)
	if n.Pool != nil {
		jobs = n.Pool.Close(t)
	}
	n.Pool, n.Ready, n.Starts, n.Trouble, n.open = nil, false, false, nil, feature.Space{}
	return jobs
}

// Receive takes what is told of packs, and tells whether it was of one of here.
func (n *Network) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Comes:
		if !n.Fetch.Comes(t, e) && !n.Beside.Comes(t, e) {
			return false
		}
	case outside.GotPack:
		if is, trouble := n.Fetch.Got(t, n.List, e); is {
			if !n.Fetch.Busy() {
				n.got(t, e.Pack, trouble)
			}
			return true
		}
		is, trouble := n.Beside.Got(t, n.List, e)
		if !is {
			return false
		}
		if !n.Beside.Busy() {
			n.gotOther(t, e.Pack, trouble)
		}
	default:
		return false
	}
	t.Soon()
	return true
}

func (n *Network) got(t *outside.Turn, pack outside.Object, trouble *catalogue.Trouble) {
	t.Soon()
	if trouble != nil {
		n.Trouble = trouble
		return
	}
	n.start(t, pack)
}

func (n *Network) Tick(t *outside.Turn) {
	if n.Fetch.Tick(t) {
		t.Soon()
	}
	if n.Beside.Tick(t) {
		trouble := n.Beside.Stalled()
		n.Beside.End(t)
		n.gotOther(t, nil, trouble)
	}
	if n.spare.Due(t) && n.Pool != nil && n.spared {
		n.Pool.Staff(t, 1)
	}
}

func (n *Network) Wake(w *outside.Wake) {
	n.Fetch.Wake(w)
	n.Beside.Wake(w)
	n.Pool.Wake(w)
	w.By(n.spare.At)
}

// Where so many photos are taught that learning them takes much of the memory a tab should take,
// only one worker stays while there is nothing to read: each takes 40 MB and more.
const (
	spareFrom  = 4000 // photos
	spareAfter = 5 * time.Second
)

// Staff has as many workers run as there is work for.
func (n *Network) Staff(t *outside.Turn, active bool) {
	if n.Pool == nil {
		return
	}
	if most := pool.Workers(n.Workers, t.Device); active || n.Count() < spareFrom {
		n.spare.Stop()
		n.spared = false
		if n.Pool.Wanted() < most {
			n.Pool.Staff(t, most)
		}
	} else if !n.spared {
		n.spared = true
		n.spare.In(t, spareAfter)
	}
}

// Headed sees to it that a worker has the head to answer with, and the networks that it reads
// features of besides the one that is open. It tells whether the worker may be asked; while a
// network is fetched it may not.
func (n *Network) Headed(t *outside.Turn, w *pool.Worker, h *inUse) bool {
	v := n.InUse()
	if h.Head == nil || v == nil {
		return false
	}
	if w.Headed == h.Head {
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
	w.Headed = h.Head
	n.Pool.Post(t, w, protocol.UseHead{Head: h.Head, Quick: h.quick})
	return true
}

// equip sees to it that a worker has the networks of feature spaces besides the one that is open,
// and tells whether it has, or is told why it has not. While one is fetched it has not.
func (n *Network) equip(t *outside.Turn, w *pool.Worker, spaces []feature.Space) bool {
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
		n.Pool.Post(t, w, protocol.OpenAlso{Space: plain, Pack: o.pack, Error: o.why})
		w.Others[plain.String()] = o.why == ""
	}
	return true
}

// fetchOther fetches the network of a feature space. One is fetched at a time.
func (n *Network) fetchOther(t *outside.Turn, space feature.Space) {
	if n.Beside.Busy() {
		return
	}
	if n.others == nil {
		n.others = map[feature.Space]other{}
	}
	i := slices.IndexFunc(n.List.Teaching, func(k catalogue.Network) bool { return k.Name == space.Network })
	if i < 0 {
		n.others[space] = other{why: say("this version was learnt with the network {1}, which this page does not have; the program homeroom can use it", space.Network)}
		return
	}
	v := n.InUse()
	n.space, n.answers = space, v != nil && slices.Contains(v.Spaces, space)
	if pack := n.Beside.Begin(t, n.List, n.List.Teaching[i], false); pack != nil {
		n.gotOther(t, pack, nil)
	}
	t.Soon()
}

func (n *Network) gotOther(t *outside.Turn, pack outside.Object, trouble *catalogue.Trouble) {
	own := n.Beside.Network
	o := other{pack: pack}
	switch {
	case trouble == nil:
		n.List.Keep(t, own, pack)
	case n.answers:
		o.why = say("this version answers with {1} too, which could not be fetched", own.Called())
	default:
		o.why = say("photos are not looked at with {1}, which could not be fetched", own.Called())
	}
	if trouble != nil {
		n.NoticeWith(t, base.Notice{Text: base.Sentence(o.why) + " " + trouble.Do, Event: OthersAgain{}, Action: say("Try again")})
	}
	n.others[n.space] = o
	n.Again = true // without it, there is less to look at
	t.Soon()
}

// OthersAgain tries again to fetch networks that could not be fetched.
type OthersAgain struct{}

func (OthersAgain) Viewing() {}

func (OthersAgain) Update(n *Network, t *outside.Turn) {
	n.Notices = slices.DeleteFunc(n.Notices, func(k base.Notice) bool { _, is := k.Event.(OthersAgain); return is })
	for space, o := range n.others {
		if o.why != "" {
			delete(n.others, space)
		}
	}
	if n.Pool != nil {
		for _, w := range n.Pool.Workers {
			w.Headed = nil
		}
	}
	n.Again = true
}

// Status says in a few words how the network stands.
func (n *Network) Status() string {
	switch {
	case n.Trouble != nil || n.Fetch.Stalled() != nil:
		return say("Not ready")
	case n.Ready && n.Network() != nil:
		return say("{1} at {2} px", n.Network().Called(), n.Size())
	case n.Starts:
		return say("Starting {1}", n.Fetch.Network.Called())
	case n.Fetch.Busy():
		return n.Fetch.Text
	}
	return say("Ready")
}

// View says what stands in the way of reading, and how far what is fetched is.
func (n *Network) View(reads bool) []*node {
	var out []*node
	switch {
	case n.List.Trouble != nil:
		out = append(out, fault(n.List.Trouble))
	case n.Trouble != nil:
		out = append(out, fault(n.Trouble))
	case n.Fetch.Stalled() != nil:
		out = append(out, fault(n.Fetch.Stalled()))
	case reads && n.Starts && !n.Ready:
		out = append(out, gettingReady("engine", say("Getting ready"), n.Status(), -1))
	case reads && n.Fetch.Busy():
		out = append(out, gettingReady("engine", say("Getting ready"), n.Fetch.Text, n.Fetch.Part))
	}
	if n.Beside.Busy() {
		text := say("Fetching {1}, to look again with", n.Beside.Network.Called())
		if n.answers {
			text = say("Fetching {1}, which this version answers with", n.Beside.Network.Called())
		}
		out = append(out, gettingReady("other", say("Getting another network ready"), text, n.Beside.Part))
	}
	return out
}

func fault(trouble *catalogue.Trouble) *node {
	return el("section.fault", at("role", "alert"), key("engine-fault"), el("h2", trouble.What), el("p", trouble.Why), el("p", trouble.Do),
		el("button.button", at("type", "button"), at("data-do", "engine-retry"), markup.Click(Retry{}), say("Retry")))
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
	Head  outside.Object
	quick outside.Object // beside it, one that reads the plain view alone; nil for none
}
