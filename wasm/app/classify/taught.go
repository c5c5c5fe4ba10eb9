package classify

import (
	"slices"
	"sort"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	wording "homeroom/wasm/text"
)

// The kinds of records that are read, as package store has them.
const (
	projectRecords = "projects"
	headRecords    = "heads"
)

// taught is a head that a person taught, and names photos in place of a network's own classes.
type taught struct {
	list     *catalogue.List
	id, name string
	ticket   int // of what is read of the store; 0 for nothing
	record   string
	version  *project.Version // nil until the record is here
	unknown  bool             // it may say so
	heads    *outside.Version
	head     outside.Object    // nil until it is here
	spaces   []feature.Space   // that it reads
	base     catalogue.Network // that the workers open; the others are beside it
	size     int               // input size of that
	lacks    []string          // networks that are still to be fetched
	packs    map[string]outside.Object
	why      string // it cannot name photos; "" where nothing stands in the way
}

// open reads the head from the store, as it is there now.
func (k *taught) open(t *outside.Turn) {
	k.ticket = t.Ticket()
	t.Ask(outside.Get{Ticket: k.ticket, Kind: projectRecords, Keys: [][]any{{k.id}}})
}

// receive takes what the store says, and tells whether it was of this head, and whether that is
// all.
func (k *taught) receive(t *outside.Turn, e any) (is, all bool) {
	switch e := e.(type) {
	case outside.Piece:
		if k == nil || e.Ticket != k.ticket || k.ticket == 0 {
			return false, false
		}
		for _, r := range e.Records {
			switch v := r.Value.(type) {
			case string:
				k.record = v
			case outside.Version:
				k.heads = &v
			}
		}
		return true, false
	case outside.Ended:
		if k == nil || e.Ticket != k.ticket || k.ticket == 0 {
			return false, false
		}
		k.ticket = 0
		switch {
		case e.Error != "":
			k.why = say("it could not be read ({1})", foreign(e.Error))
		case k.version == nil:
			k.read(t)
		default:
			k.take()
		}
		return true, true
	}
	return false, false
}

// read finds the version in use in the project's record, and asks for its head.
func (k *taught) read(t *outside.Turn) {
	if k.record == "" {
		k.why = say("it is not in this browser any more")
		return
	}
	p, _, err := project.Decode([]byte(k.record), nil, nil)
	if err != nil {
		k.why = wording.Of(err)
		return
	}
	k.name, k.unknown = p.Name, p.Settings.Unknown
	v := p.Version(p.Current)
	if v == nil {
		k.why = say("nothing is learnt in it yet")
		return
	}
	k.version, k.ticket = v, t.Ticket()
	t.Ask(outside.Get{Ticket: k.ticket, Kind: headRecords, Keys: [][]any{{k.id, v.Number}}})
}

// take takes the head, and notes the networks that it reads.
func (k *taught) take() {
	if k.heads == nil || k.heads.Head == nil {
		k.why = say("its head is missing")
		return
	}
	k.head = k.heads.Head
	if k.version.Last && k.heads.Last != nil {
		k.head = k.heads.Last
	}
	k.spaces, k.packs = k.version.Reads(), map[string]outside.Object{}
	for _, space := range k.spaces {
		if !slices.Contains(k.lacks, space.Network) {
			k.lacks = append(k.lacks, space.Network)
		}
	}
	n := k.listed(k.lacks[0])
	if n == nil {
		k.why = say("it was learnt with the network {1}, which this page does not have", k.lacks[0])
		return
	}
	k.base, k.size = *n, k.spaces[0].Size
}

// listed is the entry of a network in the list.
func (k *taught) listed(name string) *catalogue.Network {
	i := slices.IndexFunc(k.list.Teaching, func(n catalogue.Network) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &k.list.Teaching[i]
}

// next is the network that is to be fetched next, nil where none is.
func (k *taught) next() *catalogue.Network {
	if k.why != "" || len(k.lacks) == 0 {
		return nil
	}
	n := k.listed(k.lacks[0])
	if n == nil {
		k.why = say("it answers with the network {1} too, which this page does not have", k.lacks[0])
	}
	return n
}

// took takes a network.
func (k *taught) took(t *outside.Turn, pack outside.Object) {
	if n := k.next(); n != nil {
		k.list.Keep(t, *n, pack)
		k.packs[n.Name], k.lacks = pack, k.lacks[1:]
	}
}

// equip sees to it that a worker has the head and the networks that it reads beside the one that is
// open.
func (k *taught) equip(t *outside.Turn, p *pool.Pool, w *pool.Worker) {
	if w.Headed == k.head {
		return
	}
	for _, space := range k.spaces {
		plain := space.Of(feature.Plain)
		if name := plain.String(); !w.Others[name] && plain != (feature.Space{Network: k.base.Name, Size: k.size}) {
			w.Others[name] = true
			p.Post(t, w, protocol.OpenAlso{Space: plain, Pack: k.packs[plain.Network]})
		}
	}
	w.Headed = k.head
	p.Post(t, w, protocol.UseHead{Head: k.head, Quick: k.heads.Quick})
}

// answer is what the head says of a photo.
func (k *taught) answer(m protocol.Told) *queue.Answer {
	if k == nil {
		return nil
	}
	a := &queue.Answer{Width: m.Width, Height: m.Height, Results: slices.Clone(m.Results), Network: m.Network, Threads: 1, Memory: m.Memory, Damaged: m.Damaged, Taught: true, Unknown: m.Unknown && k.unknown}
	sort.SliceStable(a.Results, func(i, j int) bool { return a.Results[i].Score > a.Results[j].Score })
	return a
}
