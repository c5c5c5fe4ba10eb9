package classify

import (
	"cmp"
	"slices"

	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// projectPrefix stands before the ID of a project where it is chosen in place of a network.
const projectPrefix = "project:"

// The kinds of records that are read, as package store has them.
const (
	projectRecords = "projects"
	headRecords    = "heads"
)

// taught is a head that a person taught, and names photos in place of a network's own classes.
type taught struct {
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
}

// Offer says which projects can be chosen, and tells whether they are others than before.
func (s *State) Offer(t *outside.Turn, list []project.Summary) bool {
	if k := slices.IndexFunc(list, func(one project.Summary) bool { return one.ID == s.wanted }); s.wanted != "" && k >= 0 && len(s.List.Naming) > 0 {
		s.Taught = list
		s.choose(t, s.wanted)
		return true
	}
	if slices.EqualFunc(list, s.Taught, func(a, b project.Summary) bool { return a.ID == b.ID && a.Name == b.Name }) {
		return false
	}
	s.Taught = slices.Clone(list)
	t.Soon()
	return true
}

// Want has a project chosen as soon as it can be.
func (s *State) Want(id string) { s.wanted = id }

// choose has a project name photos.
func (s *State) choose(t *outside.Turn, id string) {
	s.wanted = ""
	i := slices.IndexFunc(s.Taught, func(one project.Summary) bool { return one.ID == id })
	if k := s.engine.taught; i < 0 || k != nil && k.id == id {
		return
	}
	s.close(t)
	s.engine.taught, s.engine.size = &taught{id: id, name: s.Taught[i].Name}, 0
	s.remember(t)
	if !s.Away {
		s.Open(t, false)
	}
	t.Soon()
}

// mine are the projects as they are offered beside the networks, the chosen one always among them.
func (s *State) mine() []*markup.Node {
	var out []*markup.Node
	list := s.Taught
	if k := s.engine.taught; k != nil && !slices.ContainsFunc(list, func(one project.Summary) bool { return one.ID == k.id }) {
		list = append(slices.Clone(list), project.Summary{ID: k.id, Name: k.name})
	}
	for _, one := range list {
		out = append(out, el("option", markup.Key(one.ID), at("value", projectPrefix+one.ID), one.Name))
	}
	return out
}

// openTaught reads the head from the store, as it is there now.
func (s *State) openTaught(t *outside.Turn) {
	was := s.engine.taught
	k := &taught{id: was.id, name: was.name, ticket: t.Ticket()}
	s.engine.taught = k
	t.Ask(outside.Get{Ticket: k.ticket, Kind: projectRecords, Keys: [][]any{{k.id}}})
	s.Warm(t)
	t.Soon()
}

// fail says why the head cannot answer.
func (k *taught) fail(s *State, t *outside.Turn, why string) {
	s.close(t)
	s.engine.trouble = &catalogue.Trouble{What: "“" + k.name + "” cannot name photos now.", Why: words.Sentence(why), Do: "Choose a network, or open the project under Teach."}
	t.Soon()
}

// receive takes what the store says, and tells whether it was of this head.
func (k *taught) receive(s *State, t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		if k == nil || e.Ticket != k.ticket || k.ticket == 0 {
			return false
		}
		for _, r := range e.Records {
			switch v := r.Value.(type) {
			case string:
				k.record = v
			case outside.Version:
				k.heads = &v
			}
		}
	case outside.Ended:
		if k == nil || e.Ticket != k.ticket || k.ticket == 0 {
			return false
		}
		k.ticket = 0
		switch {
		case e.Error != "":
			k.fail(s, t, "it could not be read ("+e.Error+")")
		case k.version == nil:
			k.read(s, t)
		default:
			k.take(s, t)
		}
	}
	return true
}

// read finds the version in use in the project's record, and asks for its head.
func (k *taught) read(s *State, t *outside.Turn) {
	if k.record == "" {
		k.fail(s, t, "it is not in this browser any more")
		return
	}
	p, _, err := project.Decode([]byte(k.record), nil, nil)
	if err != nil {
		k.fail(s, t, err.Error())
		return
	}
	k.name, k.unknown = p.Name, p.Settings.Unknown
	v := p.Version(p.Current)
	if v == nil {
		k.fail(s, t, "nothing is learnt in it yet")
		return
	}
	k.version, k.ticket = v, t.Ticket()
	t.Ask(outside.Get{Ticket: k.ticket, Kind: headRecords, Keys: [][]any{{k.id, v.Number}}})
}

// take takes the head, and has the networks fetched that it reads.
func (k *taught) take(s *State, t *outside.Turn) {
	if k.heads == nil || k.heads.Head == nil {
		k.fail(s, t, "its head is missing")
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
	n := k.listed(s, k.lacks[0])
	if n == nil {
		k.fail(s, t, "it was learnt with the network "+k.lacks[0]+", which this page does not have")
		return
	}
	k.base, k.size = *n, k.spaces[0].Size
	k.fetch(s, t)
}

// listed is the entry of a network in the list.
func (k *taught) listed(s *State, name string) *catalogue.Network {
	i := slices.IndexFunc(s.List.Teaching, func(n catalogue.Network) bool { return n.Name == name })
	if i < 0 {
		return nil
	}
	return &s.List.Teaching[i]
}

// fetch fetches the networks, one after the other, and starts with them.
func (k *taught) fetch(s *State, t *outside.Turn) {
	e := &s.engine
	t.Soon()
	if len(k.lacks) > 0 {
		n := k.listed(s, k.lacks[0])
		if n == nil {
			k.fail(s, t, "it answers with the network "+k.lacks[0]+" too, which this page does not have")
			return
		}
		if pack := e.fetch.Begin(t, s.List, *n, false); pack != nil {
			k.fetched(s, t, pack)
		}
		return
	}
	s.Warm(t)
	e.starts = true
	e.pool.Supply(t, k.base.Name, k.size, k.packs[k.base.Name])
}

// fetched takes a network.
func (k *taught) fetched(s *State, t *outside.Turn, pack outside.Object) {
	if len(k.lacks) == 0 {
		return
	}
	s.List.Keep(t, *k.listed(s, k.lacks[0]), pack)
	k.packs[k.lacks[0]], k.lacks = pack, k.lacks[1:]
	k.fetch(s, t)
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
	slices.SortStableFunc(a.Results, func(x, y protocol.Result) int { return cmp.Compare(y.Score, x.Score) })
	return a
}
