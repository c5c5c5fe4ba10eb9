package classify

import (
	"slices"
	"strconv"
	"strings"

	"homeroom/core/guess"
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

// An engine is the network that is open, or the head that a person taught, and the workers that run
// it.
type engine struct {
	list    *catalogue.List
	workers int // wanted, 0 to choose by the device

	chosen  int  // index in the list
	size    int  // input size, 0 for the network's own
	exact   bool // photos are decoded in full
	pool    *pool.Pool
	fetch   catalogue.Fetch
	ready   bool
	starts  bool               // the pack is here, and the workers open it
	trouble *catalogue.Trouble // why there is none
	keep    outside.Object     // a pack that is to be kept once there is nothing else to do
	before  string             // what answered last
	away    bool               // another view is shown, and has the device

	projects []project.Summary // that can be chosen in place of a network
	wanted   string            // one of them that the address names and is not known yet
	taught   *taught           // what names photos in place of the network's own classes; nil for those

	back []protocol.Job // that workers were at which were ended, until who asked takes them back
}

type (
	// Retry tries again what failed, past every stored copy. The list is fetched anew too: a pack
	// that does not match may belong to a newer list. It is dealt with by the whole page.
	Retry struct{}
	// ChooseNetwork uses another network.
	ChooseNetwork struct{ Name string }
	// ChooseSize uses another input size.
	ChooseSize struct{ Size int }
	// ChooseDecoding has photos decoded in full, or at the scale that the network needs.
	ChooseDecoding struct{ Exact bool }
)

// StopFetch ends what is fetched for a network: what answered before answers again.
type StopFetch struct{}

func (StopFetch) update(e *engine, t *outside.Turn) {
	if e.ready {
		return
	}
	e.close(t)
	if e.before != "" && e.before != e.name() {
		ChooseNetwork{e.before}.update(e, t)
		return
	}
	e.trouble = &catalogue.Trouble{What: say("Nothing more is fetched."), Why: say("You can go on here at any time."), Do: say("Press Retry.")}
}

func (x ChooseNetwork) update(e *engine, t *outside.Turn) {
	if id, is := strings.CutPrefix(x.Name, projectPrefix); is {
		e.choose(t, id)
		return
	}
	i := slices.IndexFunc(e.list.Naming, func(n catalogue.Network) bool { return n.Name == x.Name })
	if i < 0 || i == e.chosen && e.taught == nil {
		return
	}
	e.chosen, e.size, e.taught = i, 0, nil
	e.remember(t)
	e.open(t, false)
}

func (x ChooseSize) update(e *engine, t *outside.Turn) {
	if len(e.list.Naming) == 0 || x.Size < 1 || e.taught != nil { // a head is bound to its size
		return
	}
	size := x.Size
	if size == e.network().Preprocess.Size {
		size = 0
	}
	if size != e.size {
		e.size = size
		e.remember(t)
		e.open(t, false)
	}
}

func (x ChooseDecoding) update(e *engine, t *outside.Turn) {
	if len(e.list.Naming) == 0 || x.Exact == e.exact || e.taught != nil { // a head learnt from photos as it reads them
		return
	}
	e.exact = x.Exact
	e.remember(t)
	e.open(t, false)
}

// warm starts a worker before it is known what for: it is ready sooner.
func (e *engine) warm(t *outside.Turn) {
	if e.pool == nil {
		e.pool = pool.New(t, "", e.size, pool.Workers(e.workers, t.Device))
	}
}

// close ends the workers.
func (e *engine) close(t *outside.Turn) {
	e.fetch.End(t)
	if e.pool != nil {
		e.back = append(e.back, e.pool.Close(t)...)
	}
	e.pool, e.ready, e.starts = nil, false, false
}

// listed is called once the list of networks has come: the one with this name is to be used, or the
// first.
func (e *engine) listed(name string) {
	e.trouble = nil
	if id, is := strings.CutPrefix(name, projectPrefix); is {
		if e.taught == nil { // it is chosen once it is known what is taught
			e.wanted = id
		}
		name = ""
	}
	e.chosen = catalogue.Choose(e.list.Naming, name)
}

// relent forgets what went wrong: it is tried again.
func (e *engine) relent(t *outside.Turn) {
	e.trouble = nil
	if e.fetch.Stalled() != nil {
		e.fetch.End(t)
	}
}

// name is what the address calls the network, "" while there is no list.
func (e *engine) name() string {
	if len(e.list.Naming) == 0 {
		return ""
	}
	if k := e.taught; k != nil {
		return projectPrefix + k.id
	}
	return e.network().Name
}

func (e *engine) network() catalogue.Network {
	if k := e.taught; k != nil && k.base.Name != "" {
		return k.base
	}
	return e.list.Naming[e.chosen]
}

// inUse is the input size in use.
func (e *engine) inUse() int {
	if k := e.taught; k != nil && k.size > 0 {
		return k.size
	}
	if e.size > 0 {
		return e.size
	}
	return e.network().Preprocess.Size
}

// inFull tells whether photos are decoded in full: for a head they are read as it learnt from them.
func (e *engine) inFull() bool { return e.exact && e.taught == nil }

// open fetches the chosen network's pack and starts workers with it. fresh goes past every stored
// copy.
func (e *engine) open(t *outside.Turn, fresh bool) {
	if len(e.list.Naming) == 0 {
		return
	}
	if e.pool != nil && e.pool.Network != "" {
		e.close(t)
	}
	e.ready, e.starts, e.trouble = false, false, nil
	t.Soon()
	if k := e.taught; k != nil {
		e.taught = &taught{list: e.list, id: k.id, name: k.name}
		e.taught.open(t)
		e.warm(t)
		return
	}
	n := e.network()
	pack := e.fetch.Begin(t, e.list, n, fresh)
	// The workers start while the pack comes.
	e.warm(t)
	e.pool.Network, e.pool.Size, e.pool.Exact = n.Name, e.size, e.exact
	if pack != nil {
		e.fetched(t, pack, 0, nil)
	}
	e.pour(t)
}

// pour has the first worker open the network as it comes, once it runs.
func (e *engine) pour(t *outside.Turn) {
	if e.taught == nil {
		e.pool.Pour(t, e.fetch.Ticket())
	}
}

// fetched takes a pack, or why there is none. came is the ticket of its fetch, 0 for one that was
// here.
func (e *engine) fetched(t *outside.Turn, pack outside.Object, came int, trouble *catalogue.Trouble) {
	t.Soon()
	switch {
	case trouble != nil:
		e.close(t)
		e.trouble = trouble
	case e.taught != nil:
		e.taught.took(t, pack)
		e.supply(t)
	default:
		e.starts, e.keep = true, pack
		e.pool.Supply(t, e.network().Name, e.size, pack, came)
	}
}

// supply fetches the networks that the taught head reads, one after the other, and starts with
// them.
func (e *engine) supply(t *outside.Turn) {
	k := e.taught
	t.Soon()
	for n := k.next(); n != nil; n = k.next() {
		pack := e.fetch.Begin(t, e.list, *n, false)
		if pack == nil { // it is on its way
			return
		}
		k.took(t, pack)
	}
	switch {
	case k.why != "":
		e.close(t)
		e.trouble = &catalogue.Trouble{What: say("“{1}” cannot name photos now.", k.name), Why: words.Sentence(k.why), Do: say("Choose a network, or open the project under Teach.")}
	case k.head != nil:
		e.warm(t)
		e.starts = true
		e.pool.Supply(t, k.base.Name, k.size, k.packs[k.base.Name], 0)
	}
}

// receive takes what the store says, and tells whether it was of the taught head.
func (e *engine) receive(t *outside.Turn, told any) bool {
	is, all := e.taught.receive(t, told)
	if all {
		e.supply(t)
	}
	return is
}

// runs is called when a worker of the pool does.
func (e *engine) runs() { e.ready, e.starts, e.trouble, e.before = true, false, nil, e.name() }

// refused is called when the pool cannot work with its pack.
func (e *engine) refused(t *outside.Turn, why string) {
	e.close(t)
	e.trouble = catalogue.NoEngine(why)
	t.Soon()
}

// offer takes which projects can be chosen, and tells whether they are others than before.
func (e *engine) offer(t *outside.Turn, list []project.Summary) bool {
	if e.wanted != "" && len(e.list.Naming) > 0 && slices.ContainsFunc(list, func(one project.Summary) bool { return one.ID == e.wanted }) {
		e.projects = slices.Clone(list)
		e.choose(t, e.wanted)
		return true
	}
	if slices.EqualFunc(list, e.projects, func(a, b project.Summary) bool { return a.ID == b.ID && a.Name == b.Name }) {
		return false
	}
	e.projects = slices.Clone(list)
	t.Soon()
	return true
}

// choose has a project name photos.
func (e *engine) choose(t *outside.Turn, id string) {
	e.wanted = ""
	i := slices.IndexFunc(e.projects, func(one project.Summary) bool { return one.ID == id })
	if k := e.taught; i < 0 || k != nil && k.id == id {
		return
	}
	e.close(t)
	e.taught, e.size = &taught{list: e.list, id: id, name: e.projects[i].Name}, 0
	e.remember(t)
	if !e.away {
		e.open(t, false)
	}
	t.Soon()
}

// remember writes the choice into the page's address.
func (e *engine) remember(t *outside.Turn) {
	size := ""
	if e.size > 0 {
		size = strconv.Itoa(e.size)
	}
	exact := ""
	if e.inFull() {
		exact = "yes"
	}
	t.Ask(outside.SetAddress{Parameters: [][2]string{{"model", e.name()}, {"size", size}, {"exact", exact}}})
}

// status says in a few words what can be done now.
func (e *engine) status() string {
	switch {
	case e.why() != nil:
		return say("Not ready")
	case len(e.list.Naming) == 0:
		return say("Starting")
	case e.ready:
		if k := e.taught; k != nil {
			return say("{1}, taught here, at {2} px", k.name, e.inUse())
		}
		return say("{1} at {2} px", e.called(), e.inUse())
	}
	return say("Fetching {1}", e.called())
}

// by is what answers now: a network at a size, or a version that was taught.
func (e *engine) by() string {
	if k := e.taught; k != nil {
		version := 0
		if k.version != nil {
			version = k.version.Number
		}
		return projectPrefix + k.id + "/" + strconv.Itoa(version)
	}
	by := e.network().Name + "@" + strconv.Itoa(e.inUse())
	if e.exact {
		by += " exact"
	}
	return by
}

// byName is it as people read it.
func (e *engine) byName() string {
	if k := e.taught; k != nil {
		return k.name
	}
	name := e.network().Called()
	if size := e.inUse(); size != e.network().Preprocess.Size {
		name += " at " + strconv.Itoa(size) + " px"
	}
	if e.exact {
		name += ", exact"
	}
	return name
}

// answered is an answer as it is shown, nil of what is none.
func (e *engine) answered(message any) (a *queue.Answer, look protocol.Look) {
	switch named := message.(type) {
	case protocol.Named:
		a, look = answerOf(named), named.Look
	case protocol.Told:
		a, look = e.taught.answer(named), named.Look
	}
	if a == nil {
		return nil, look
	}
	a.By, a.Called = e.by(), e.byName()
	if n := e.network().Classes; !a.Taught && n <= guess.FewWords && len(a.Results) > 0 {
		a.Words, a.Unknown = n, !guess.Shows(a.Results[0].Score)
	}
	return a, look
}

func answerOf(m protocol.Named) *queue.Answer {
	return &queue.Answer{
		Width: m.Width, Height: m.Height, Results: m.Results, Decode: m.Decode, Resize: m.Resize, Network: m.Network, Threads: m.Threads, Memory: m.Memory,
		Damaged: m.Damaged,
	}
}

// called is what names photos, as people read it.
func (e *engine) called() string {
	if k := e.taught; k != nil {
		return k.name
	}
	return e.network().Called()
}

// why says why no photo can be named, nil where nothing stands in the way.
func (e *engine) why() *catalogue.Trouble {
	switch {
	case e.list.Trouble != nil:
		return e.list.Trouble
	case e.trouble != nil:
		return e.trouble
	}
	return e.fetch.Stalled()
}

// store keeps the pack for use without a connection.
func (e *engine) store(t *outside.Turn) {
	if e.keep != nil {
		e.list.Keep(t, e.network(), e.keep)
		e.keep = nil
	}
}

// view is what is on its way, what can be chosen, and what runs.
func (e *engine) view(d outside.Device) []markup.Slot {
	out := append(e.getting(), e.choices()...)
	out = append(out, markup.Slot{ID: "about-models", Kids: e.licences()})
	if line := e.line(d); line != "" {
		out = append(out, shown("engine", line))
	}
	return out
}

// progress says what is being done until photos can be named, and which part of it is, below 0
// where that is not known.
func (e *engine) progress() (says string, part float64) {
	switch {
	case e.starts:
		return say("Starting {1}", e.network().Called()), -1
	case e.fetch.Busy():
		return e.fetch.Text, e.fetch.Part
	}
	return say("Fetching the list of networks"), -1
}

// getting says how far the network is, or why there is none.
func (e *engine) getting() []markup.Slot {
	trouble := e.why()
	says, part := e.progress()
	waits := trouble == nil && !e.ready && !e.away
	bar := markup.Attr{Name: "value", Off: part < 0, Value: strconv.FormatFloat(part, 'f', 3, 64)}
	out := []markup.Slot{
		{ID: "load", Attrs: []markup.Attr{flag("hidden", !waits)}},
		shown("load-text", says),
		{ID: "load-bar", Attrs: []markup.Attr{bar}},
		{ID: "fault", Attrs: []markup.Attr{flag("hidden", trouble == nil)}},
		{ID: "retry", On: []markup.Handler{markup.Click(Retry{})}, Attrs: []markup.Attr{flag("hidden", trouble == nil)}},
	}
	if trouble != nil {
		out = append(out, shown("fault-what", trouble.What), shown("fault-why", trouble.Why), shown("fault-do", trouble.Do))
	}
	return out
}

// choices are the networks and sizes.
func (e *engine) choices() []markup.Slot {
	if len(e.list.Naming) == 0 {
		return nil
	}
	n := e.network()
	var sizes []*markup.Node
	chosen := e.name()
	for _, size := range n.Offered(e.inUse()) {
		says := say("{1} px", size)
		if size == n.Preprocess.Size {
			says = say("{1}, standard", size)
		}
		sizes = append(sizes, el("option", markup.Key(strconv.Itoa(size)), at("value", size), says))
	}
	decoding := "scaled"
	if e.inFull() {
		decoding = "exact"
	}
	return []markup.Slot{
		{ID: "model", Kids: e.offered(), Attrs: []markup.Attr{flag("disabled", false), at("value", chosen)},
			On: []markup.Handler{markup.Value(func(name string) any { return ChooseNetwork{name} })}},
		{ID: "size", Kids: sizes, Attrs: []markup.Attr{flag("disabled", e.taught != nil), at("value", e.inUse())},
			On: []markup.Handler{markup.Value(func(size string) any {
				pixels, _ := strconv.Atoi(size)
				return ChooseSize{pixels}
			})}},
		{ID: "decoding", Kids: []*markup.Node{
			el("option", markup.Key("scaled"), at("value", "scaled"), say("as much as needed, standard")),
			el("option", markup.Key("exact"), at("value", "exact"), say("in full")),
		}, Attrs: []markup.Attr{flag("disabled", e.taught != nil), at("value", decoding)},
			On: []markup.Handler{markup.Value(func(how string) any { return ChooseDecoding{how == "exact"} })}},
	}
}

// offered are the networks and projects to choose from.
func (e *engine) offered() (networks []*markup.Node) {
	for _, k := range e.list.Naming {
		networks = append(networks, el("option", markup.Key(k.Name), at("value", k.Name), say("{1}, {2} MB", k.Called(), words.Megabytes(k.Bytes))))
	}
	if mine := e.mine(); mine != nil {
		networks = []*markup.Node{el("optgroup", markup.Key("networks"), at("label", say("Networks")), networks), el("optgroup", markup.Key("taught"), at("label", say("Taught here")), mine)}
	}
	return networks
}

// mine are the projects as they are offered beside the networks, the chosen one always among them.
func (e *engine) mine() []*markup.Node {
	var out []*markup.Node
	list := e.projects
	if k := e.taught; k != nil && !slices.ContainsFunc(list, func(one project.Summary) bool { return one.ID == k.id }) {
		list = append(slices.Clone(list), project.Summary{ID: k.id, Name: k.name})
	}
	for _, one := range list {
		out = append(out, el("option", markup.Key(one.ID), at("value", projectPrefix+one.ID), named(one.Name)))
	}
	return out
}

// licences tells of each network what it is under and where it is from.
func (e *engine) licences() []*markup.Node {
	out := []*markup.Node{}
	for _, n := range e.list.Naming {
		source := &markup.Node{Text: named(n.Source)}
		if strings.HasPrefix(n.Source, "https://") {
			source = el("a", at("href", n.Source), at("rel", "noreferrer"), at("target", "_blank"), named(n.Source))
		}
		out = append(out, el("li", el("strong", named(n.Called())), say("{1}. Source:", n.Licence), " ", source))
	}
	return out
}

// line says what runs and what does not.
func (e *engine) line(d outside.Device) string {
	p := e.pool
	if p == nil || !e.ready {
		return ""
	}
	// The page does not start without vector instructions, so they are on.
	line, n := say("SIMD on")+" · ", len(p.Workers)
	switch {
	case p.Threads > 1:
		line += say("{1|# worker|# workers}, {2|# thread|# threads} for a single photo", n, p.Threads)
	case n > 1 && p.Lacks != "":
		line += say("{1|# worker|# workers}, one thread a photo ({2})", n, foreign(p.Lacks))
	default:
		line += say("{1|# worker|# workers}, one thread a photo", n)
	}
	line += " · "
	switch {
	case d.Single:
		return line + say("all in one file, works without a connection")
	case d.NotOffline != "":
		return line + say("offline use off ({1})", foreign(d.NotOffline))
	case d.Secure:
		return line + say("works offline after this visit")
	}
	return line + say("offline use off (needs https)")
}
