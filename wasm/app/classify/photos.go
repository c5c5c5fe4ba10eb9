package classify

import (
	"cmp"
	"sort"
	"strconv"
	"strings"
	"time"

	"homeroom/wasm/app/answers"
	"homeroom/wasm/app/classify/alike"
	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/tiles"
	"homeroom/wasm/markup"
	wording "homeroom/wasm/text"
	"homeroom/wasm/words"
)

// photos is the panel of the photos that are named.
type photos struct {
	engine  *engine
	queue   queue.Queue
	pace    queue.Pace
	inBatch bool
	said    time.Time      // when it was told last how far the photos are
	coming  []outside.File // that are to be taken in
	cards   map[int]*card
	order   sift.Order
	shown   []*card        // in that order
	parts   []tiles.Group  // in which they lie
	divided bool           // parts are those of now
	heads   map[int]*card  // on top of stacks
	drawn   []*card        // of them, as they were drawn last
	grid    tiles.Grid     // where cards lie that are many
	undone  []*queue.Photo // removed last; nil where there is nothing to undo
	at      int            // photo that the Tab key leads to, which is drawn wherever it lies
	toast   string         // what was removed, while undoing is offered
	news    news
	keep    keeping
	missing missing

	picks  bool         // photos are being picked
	picked map[int]bool // those that were
	anchor int          // the one that was picked last

	unpicked map[int]bool // those that were before others were picked in their place, nil for none
	repicks  bool         // they can be brought back
	mapped   bool         // a map shows the photos in place of the list

	printing bool // the page is put on paper
	undrawn  bool // some of what is seen is not drawn yet
	finding  bool // the person was led to the search last
	lexicon  queue.Lexicon
	twins    alike.Twins
	stacks   alike.Stacks
	near     alike.Near
	names    answers.Names
}

// news is what changed since it was asked for last.
type news struct {
	some   []*queue.Photo // that came or got their names
	others bool           // there are others in all, or they are named anew
}

const (
	// manyPhotos is from how many photos on they are a grid of which only what is seen is drawn.
	// Fewer are cards with all that is known, all of them.
	manyPhotos = 200
	// siftFrom is from how many photos on there is a choice of which are shown.
	siftFrom = 9
	// drawnAtOnce is how many cards of a grid are made in one drawing: more would hold up the page.
	drawnAtOnce = 24
	// takenAtOnce is how many photos are taken in between two drawings: more would hold up the
	// page.
	takenAtOnce = 100
)

type (
	// Add takes in files that were dropped, picked or pasted.
	Add struct{ Files []outside.File }
	// Cancel takes what is unfinished out of the queue.
	Cancel struct{}
	// Resume puts it back.
	Resume struct{}
	// Clear removes all photos.
	Clear struct{}
	// Remove removes one. By a key on its picture, the keyboard is left on that of the next.
	Remove struct {
		Photo int
		ByKey bool
	}
	// Undo brings back what was removed last.
	Undo struct{}
	// Dismiss gives that up.
	Dismiss struct{}
	// Search shows the photos of which the file name or a label has a text, Filter those of a kind,
	// and Sort says how they lie.
	Search struct{ Text string }
	Filter struct{ Only string }
	Sort   struct{ By string }
	// Group has photos lie in groups of a kind.
	Group struct{ In string }
	// Similar shows the photos that are most like one, 0 all again.
	Similar struct{ Photo int }
	// PickPhotos begins and ends picking.
	PickPhotos struct{ On bool }
	// PickAll picks all photos that are shown.
	PickAll struct{}
	// Pick picks a photo, or takes that back; with Range, all from the one that was picked last.
	Pick struct {
		Photo int
		Range bool
	}
	// PickFrom leads on from a card by a key, and picks what lies between.
	PickFrom struct {
		Photo int
		Key   string
	}
	// Spread shows the photos that look like one, or hides them again.
	Spread struct{ Photo int }
	// StopComparing compares photos no more, and shows them all.
	StopComparing struct{}
	// Find leads to the search, in place of the browser's, which would find only what is drawn.
	Find struct{}
	// Look says what is seen of the photos.
	Look struct{ Sight markup.Sight }
	// AtPhoto says that the keyboard is on the card of a photo, StepFrom leads on from it by a key.
	AtPhoto  struct{ Photo int }
	StepFrom struct {
		Photo int
		Key   string
	}
)

// update adds files, and leaves out what lies about in folders without being a photo.
func (e Add) update(s *photos, t *outside.Turn) {
	files, left := outside.Sift(e.Files, true)
	s.coming = append(s.coming, files...)
	s.take(t)
	if text := left.String(); text != "" {
		t.Say(say("Left out: {1}.", foreign(text)))
	}
	if len(files) > 0 {
		s.toast = "" // what was removed can still be brought back from the keyboard
	}
}

// take takes in some of the photos that are coming. The next are taken once these are drawn.
func (s *photos) take(t *outside.Turn) {
	some := s.coming[:min(takenAtOnce, len(s.coming))]
	for _, f := range some {
		c := s.missing.claim(f)
		if c != nil && s.queue.Photo(c.Photo.ID) != nil {
			s.found(c, f.Object)
			s.missing.found++
		} else {
			p := s.queue.Add(f.Name, f.Path)
			c = &card{Card: alike.Card{Photo: p, File: f}}
			s.cards[p.ID] = c
			s.keep.mark(c)
		}
		s.put(c)
		s.news.some = append(s.news.some, c.Photo)
	}
	if s.coming = s.coming[len(some):]; len(s.coming) == 0 {
		s.coming = nil
		s.missing.say(t)
	}
	s.seek()
	t.Soon()
}

// takeAll takes in all of them.
func (s *photos) takeAll(t *outside.Turn) {
	for len(s.coming) > 0 {
		s.take(t)
	}
}

func (Cancel) update(s *photos, t *outside.Turn) {
	s.takeAll(t)
	stopped := s.queue.Stop()
	s.markAll(stopped)
	t.Say(say("Stopped. {1|# photo|# photos} not named.", len(stopped)))
	if s.queue.Counts().Stopped > 0 {
		t.Focus("#resume")
	} else {
		t.Focus("#add-photos")
	}
}

func (Resume) update(s *photos, t *outside.Turn) {
	s.markAll(s.queue.Resume())
	if s.busy() {
		t.Focus("#cancel")
	}
}

func (Clear) update(s *photos, t *outside.Turn) {
	s.takeAll(t)
	if all := s.queue.Photos(); len(all) > 0 {
		s.remove(t, all, say("Cleared {1|# photo|# photos}.", len(all)))
		t.Focus("#toast-undo")
	}
}

func (e Remove) update(s *photos, t *outside.Turn) {
	p := s.queue.Photo(e.Photo)
	if p == nil {
		return
	}
	next := s.after(s.cards[p.ID])
	s.remove(t, []*queue.Photo{p}, say("Removed {1}.", p.Name))
	switch {
	case next != nil && e.ByKey:
		s.focus(t, next, ".thumb")
	case next != nil:
		s.focus(t, next, ".remove")
	default:
		t.Focus("#add-photos")
	}
}

// ask has photos answered by what answers now, as far as that has not answered them.
func (s *photos) ask() {
	if !s.engine.ready || s.keep.recall != 0 {
		return
	}
	if changed := s.queue.AskBy(s.engine.by()); len(changed) > 0 {
		for _, p := range changed {
			p.Stack = 0 // that was by what another saw
		}
		s.markAll(changed)
		s.anew()
	}
	s.seek()
}

// markAll has what is known of photos kept.
func (s *photos) markAll(photos []*queue.Photo) {
	for _, p := range photos {
		s.keep.mark(s.cards[p.ID])
	}
}

// recalled takes photos that come back, and tells whether they were asked for.
func (s *photos) recalled(t *outside.Turn, e outside.Recalled) bool {
	back, is := s.keep.takes(t, e, s.cards)
	if !is {
		return false
	}
	t.Soon()
	if len(back) > 0 {
		list := make([]*queue.Photo, len(back))
		for i, c := range back {
			list[i], s.cards[c.Photo.ID] = c.Photo, c
			s.lexicon.Photo(c.Photo)
		}
		s.queue.Return(list)
		s.anew()
	}
	for _, one := range s.keep.kept() {
		s.found(s.cards[one.ID], one.File)
	}
	if s.keep.recall == 0 {
		s.missing.list(s.queue.Photos(), s.cards)
		s.ask()
		if len(s.cards) > 0 {
			t.Say(say("Brought back {1|# photo|# photos}.", len(s.cards)))
		}
	}
	return true
}

// found gives a photo its file again.
func (s *photos) found(c *card, file outside.Object) {
	c.File.Object, c.shown = file, nil
	s.queue.Found(c.Photo)
	s.keep.mark(c)
	s.put(c)
}

// anew finds out which photos are shown.
func (s *photos) anew() {
	s.news.others, s.shown, s.divided = true, nil, false
	for _, c := range s.cards {
		c.in = false
	}
	all := s.queue.Photos()
	s.twins.Mark(all, s.card)
	s.heads = map[int]*card{}
	for _, p := range all {
		c := s.cards[p.ID]
		if c.more, c.spread = 0, false; s.order.In == sift.InStacks && p.Stack != 0 && s.order.Shows(p, &s.names) {
			if head := s.heads[p.Stack]; head == nil {
				s.heads[p.Stack] = c
				c.spread = s.stacks.Spread[p.Stack]
			} else {
				head.more++
			}
		}
	}
	for _, p := range all {
		if c := s.cards[p.ID]; s.visible(c) {
			c.rank, c.in = s.rank(c), true
			s.shown = append(s.shown, c)
		}
	}
	if s.order.By != "" || s.order.In != "" || s.order.Like != 0 || s.order.Only == sift.OnlyTwins || s.order.Only == sift.OnlyAlike {
		sort.Sort(byRank(s.shown))
	}
}

// visible tells whether a photo is among those that are shown: of a stack one is, unless it is
// spread.
func (s *photos) visible(c *card) bool {
	if !s.order.Shows(c.Photo, &s.names) {
		return false
	}
	head := s.head(c)
	return head == c || head.spread
}

// head is the card on top of the stack in which a card lies, or itself.
func (s *photos) head(c *card) *card {
	if s.order.In == sift.InStacks && c.Photo.Stack != 0 {
		if head := s.heads[c.Photo.Stack]; head != nil {
			return head
		}
	}
	return c
}

// rank is where a photo lies: beside the one on whose stack it lay.
func (s *photos) rank(c *card) sift.Rank {
	head := s.head(c)
	r := s.order.Rank(head.Photo, &s.names)
	r.ID = c.Photo.ID
	return r
}

// speak has photos found and sorted in the page's language.
func (s *photos) speak(l *wording.Language) {
	if l != s.names.Language {
		s.names = answers.Names{Language: l}
		s.anew()
	}
}

// groups are those in which the photos that are shown lie. They stay the same for as long as no
// photo comes, goes or moves.
func (s *photos) groups() []tiles.Group {
	if !s.order.Grouped() {
		return nil
	}
	if s.divided {
		return s.parts
	}
	s.divided, s.parts = true, nil
	for i, c := range s.shown {
		if n := len(s.parts); n > 0 && s.parts[n-1].Key == c.rank.Group {
			s.parts[n-1].To++
			continue
		}
		s.parts = append(s.parts, tiles.Group{Key: c.rank.Group, Title: s.order.Title(c.Photo), From: i, To: i + 1})
	}
	return s.parts
}

// put has a photo lie where it belongs now, or shows it no longer.
func (s *photos) put(c *card) {
	if c.Photo.Stack != 0 && s.order.In == sift.InStacks { // others may be on top now
		s.anew()
		return
	}
	s.divided = false
	if at, is := s.place(c); is {
		s.shown = append(s.shown[:at], s.shown[at+1:]...)
	}
	if c.in = s.visible(c); c.in {
		c.rank = s.rank(c)
		at, _ := s.place(c)
		s.shown = append(s.shown, nil)
		copy(s.shown[at+1:], s.shown[at:])
		s.shown[at] = c
	}
}

// place is where a card lies among those that are shown, or would, and whether it is one of them.
func (s *photos) place(c *card) (at int, is bool) {
	if c == nil {
		return 0, false
	}
	return sort.Search(len(s.shown), func(i int) bool { return s.shown[i].rank.Compare(&c.rank) >= 0 }), c.in
}

// after is the card that lies after another, nil where there is none.
func (s *photos) after(c *card) *card {
	if at, is := s.place(c); is && at+1 < len(s.shown) {
		return s.shown[at+1]
	}
	return nil
}

// many tells whether photos are so many that they are a grid.
func (s *photos) many() bool { return s.queue.Counts().Total+len(s.coming) > manyPhotos }

func (e Look) update(s *photos, t *outside.Turn) { s.grid.Look(e.Sight, len(s.shown)) }

func (e Search) update(s *photos, t *outside.Turn) {
	o := s.order
	o.Find = e.Text
	s.arrange(o)
}

func (e Filter) update(s *photos, t *outside.Turn) {
	o := s.order
	o.Only = e.Only
	s.arrange(o)
}

func (e Sort) update(s *photos, t *outside.Turn) {
	o := s.order
	o.By = e.By
	s.arrange(o)
}

func (e Group) update(s *photos, t *outside.Turn) {
	o := s.order
	o.In = e.In
	s.arrange(o)
}

func (e Similar) update(s *photos, t *outside.Turn) {
	o := s.order
	o.Like = e.Photo
	s.arrange(o)
	if t.Focus("#find-photos"); e.Photo != 0 {
		t.Focus("#all-photos")
	}
}

func (StopComparing) update(s *photos, t *outside.Turn) {
	o := s.order
	if o.In == sift.InStacks {
		o.In = ""
	}
	if o.Only == sift.OnlyAlike {
		o.Only = ""
	}
	s.arrange(o)
	t.Focus("#in-photos")
}

// pick begins picking, or ends it and forgets what was picked.
func (s *photos) pick(on bool) {
	if on != s.picks {
		s.picks, s.picked, s.anchor, s.unpicked, s.repicks = on, map[int]bool{}, 0, nil, false
	}
}

// pickThese picks photos, in place of those that were picked, which can be brought back, or beside
// them.
func (s *photos) pickThese(photos []int, add bool) {
	before := s.picked
	if !s.picks {
		before = nil
	}
	s.pick(true)
	s.picked, s.unpicked, s.repicks = map[int]bool{}, before, true
	for _, id := range photos {
		s.picked[id] = true
	}
	if add {
		for id := range before {
			s.picked[id] = true
		}
	}
}

// repick brings back what was picked before, and tells whether there was something to bring back.
func (s *photos) repick() bool {
	if !s.repicks {
		return false
	}
	before := s.unpicked
	s.pick(before != nil)
	s.picked, s.unpicked, s.repicks = before, nil, false
	return true
}

// chosen are the photos that were picked, as they are shown, and then those that are not.
func (s *photos) chosen() (out []*queue.Photo) {
	if !s.picks {
		return nil
	}
	for _, c := range s.shown {
		if s.picked[c.Photo.ID] {
			out = append(out, c.Photo)
		}
	}
	if len(out) < len(s.picked) {
		for _, p := range s.queue.Photos() {
			if s.picked[p.ID] && !s.cards[p.ID].in {
				out = append(out, p)
			}
		}
	}
	return out
}

func (e PickPhotos) update(s *photos, t *outside.Turn) {
	s.pick(e.On)
	t.Focus("#pick-photos")
}

func (PickAll) update(s *photos, t *outside.Turn) {
	s.pick(true)
	for _, c := range s.shown {
		s.picked[c.Photo.ID] = true
	}
	t.Say(say("{1|# photo|# photos} picked", len(s.picked)))
}

func (e Pick) update(s *photos, t *outside.Turn) {
	c := s.cards[e.Photo]
	if s.queue.Photo(e.Photo) == nil {
		return
	}
	s.pick(true)
	at, is := s.place(c)
	from, was := s.place(s.cards[s.anchor])
	switch {
	case e.Range && is && was:
		for i := min(at, from); i <= max(at, from); i++ {
			s.picked[s.shown[i].Photo.ID] = true
		}
	case s.picked[e.Photo]:
		delete(s.picked, e.Photo)
		s.anchor = e.Photo
	default:
		s.picked[e.Photo] = true
		s.anchor = e.Photo
	}
	s.at = e.Photo
}

func (e PickFrom) update(s *photos, t *outside.Turn) {
	s.pick(true)
	if s.anchor == 0 {
		Pick{Photo: e.Photo}.update(s, t)
	}
	at, is := s.place(s.cards[e.Photo])
	to, known := outside.Along(e.Key, at, len(s.shown))
	if !known {
		to = s.grid.Along(e.Key == "ArrowUp", at, len(s.shown))
	}
	if is && to >= 0 && to < len(s.shown) {
		Pick{Photo: s.shown[to].Photo.ID, Range: true}.update(s, t)
		s.focus(t, s.shown[to], ".thumb")
	}
}

func (e Spread) update(s *photos, t *outside.Turn) {
	p := s.queue.Photo(e.Photo)
	if p == nil || p.Stack == 0 {
		return
	}
	if s.stacks.Spread == nil {
		s.stacks.Spread = map[int]bool{}
	}
	s.stacks.Spread[p.Stack] = !s.stacks.Spread[p.Stack]
	s.at = p.ID
	s.anew()
	t.Focus(item(p.ID) + " .stack")
}

func (Find) update(s *photos, t *outside.Turn) {
	s.finding = true
	t.Ask(outside.Focus{Selector: "#find-photos", Select: true})
}

// arrange shows photos in an order.
func (s *photos) arrange(o sift.Order) {
	if o != s.order {
		s.order = o
		s.seek()
		s.anew()
	}
}

// card is what a photo is compared by, nil where there is none of an ID.
func (s *photos) card(id int) *alike.Card {
	if c := s.cards[id]; c != nil {
		return &c.Card
	}
	return nil
}

// seek looks for photos whose files are the same, where they are asked for.
func (s *photos) seek() {
	if s.order.Only == sift.OnlyTwins && len(s.coming) == 0 {
		s.twins.Seek(s.queue.Photos(), s.card)
	}
	if !s.engine.ready || s.order.Like == 0 {
		if s.near.Of != 0 {
			s.near.Drop(s.queue.Photos())
		}
	} else if len(s.coming) == 0 && s.queue.Counts().Left() == 0 {
		s.near.Seek(s.order.Like, s.queue.Photos(), s.card)
	}
	if !s.order.Compared() {
		s.stacks.Drop()
	} else if s.engine.ready && len(s.coming) == 0 && s.queue.Counts().Left() == 0 {
		s.stacks.Seek(s.queue.Photos(), s.card, s.engine.by())
	}
}

// stacked takes what a worker says of photos that look alike, and tells whether it was.
func (s *photos) stacked(t *outside.Turn, told any) bool {
	own, over := s.stacks.Receive(t, told)
	if !own {
		own, over = s.near.Receive(told)
	}
	if over {
		s.anew()
		s.seek()
		t.Soon()
	}
	return own
}

// compared takes what a worker says of a file that was read to be compared, and tells whether it
// was.
func (s *photos) compared(t *outside.Turn, told any) bool {
	if !s.twins.Receive(told) {
		return false
	}
	if s.twins.Left()%max(32, len(s.cards)/50) == 0 { // all are gone through for it
		s.anew()
		s.seek() // more may have come
		t.Soon()
	}
	return true
}

func (e AtPhoto) update(s *photos, t *outside.Turn) { s.at = e.Photo }

func (e StepFrom) update(s *photos, t *outside.Turn) {
	at, is := s.place(s.cards[e.Photo])
	if !is {
		return
	}
	to, known := outside.Along(e.Key, at, len(s.shown))
	if up := e.Key == "ArrowUp"; !known && s.many() {
		to = s.grid.Along(up, at, len(s.shown))
	} else if !known {
		t.Ask(outside.Step{Selector: item(e.Photo), Up: up})
	}
	if to >= 0 {
		s.focus(t, s.shown[to], ".thumb")
	}
}

// item is the selector of a photo's card.
func item(photo int) string { return `li[data-id="` + strconv.Itoa(photo) + `"]` }

// focus brings the keyboard to something in the card of a photo.
func (s *photos) focus(t *outside.Turn, c *card, on string) {
	if s.mapped {
		t.Focus("#map-plane")
		return
	}
	if !c.in { // it is not shown any more
		t.Focus("#find-photos")
		return
	}
	s.at = c.Photo.ID
	t.Focus(item(s.at) + " " + on)
}

func (s *photos) remove(t *outside.Turn, gone []*queue.Photo, text string) {
	s.forget()
	s.queue.Remove(gone)
	cards := make([]*card, len(gone))
	for i, p := range gone {
		cards[i] = s.cards[p.ID]
	}
	s.keep.drop(t, cards)
	s.anew()
	s.undone, s.toast = gone, text
	t.Say(text + " " + say("Undo is possible."))
}

func (Undo) update(s *photos, t *outside.Turn) {
	if s.undone == nil && s.repick() {
		t.Say(say("{1|# photo|# photos} picked", len(s.picked)))
		return
	}
	back := s.undone
	s.undone, s.toast = nil, ""
	if len(back) == 0 {
		return
	}
	s.queue.Restore(back)
	s.keep.back(back)
	s.markAll(back)
	s.anew()
	t.Say(say("Brought back {1|# photo|# photos}.", len(back)))
	s.focus(t, s.cards[back[0].ID], ".remove")
}

func (Dismiss) update(s *photos, t *outside.Turn) {
	s.forget()
	t.Focus("#add-photos")
}

// forget gives up what could still be undone, and its memory.
func (s *photos) forget() {
	s.undone, s.toast = nil, ""
	for _, p := range s.queue.Forget() {
		delete(s.cards, p.ID)
		s.twins.Forget(p.ID)
	}
}

// busy tells whether photos are being named.
func (s *photos) busy() bool { return s.engine.ready && s.queue.Counts().Left()+len(s.coming) > 0 }

// settle notes when a batch begins and ends.
func (s *photos) settle(t *outside.Turn) {
	busy := s.busy()
	if busy && !s.inBatch {
		s.pace.Start(t.Now)
		s.said = t.Now
	}
	s.inBatch = busy
}

// stream has what comes in a stream shown: of many less often.
func (s *photos) stream(t *outside.Turn) {
	if !s.many() {
		t.Soon()
	}
}

// finished is called when a photo was named, or given up.
func (s *photos) finished(t *outside.Turn, p *queue.Photo) {
	s.pace.Tick(t.Now)
	s.news.some = append(s.news.some, p)
	s.put(s.cards[p.ID])
	s.keep.mark(s.cards[p.ID])
	c := s.queue.Counts()
	done, of := s.queue.Progress()
	tell := func(text string) {
		s.said = t.Now
		t.Say(text)
	}
	switch {
	case c.Left() == 0 && of == 1 && p.Stage == queue.Named && len(p.Answer.Results) > 0:
		if p.Answer.Unknown {
			tell(say("{1}: {2}.", p.Name, p.Answer.Says()))
		} else {
			tell(say("{1}: {2}, {3}.", p.Name, p.Answer.Says(), words.Percent(p.Answer.Results[0].Score)))
		}
	case c.Left() == 0 && of == 1:
		tell(say("{1}: {2}", p.Name, words.Sentence(p.Problem)))
	case c.Left() == 0:
		tell(answers.Said(c, done))
	case t.Now.Sub(s.said) > 10*time.Second:
		tell(say("Named {1} of {2}.", done, of))
	}
	if c.Left() == 0 {
		s.seek()
	}
	s.stream(t)
}

// lines are all photos that are shown, for paper.
func (s *photos) lines() []*markup.Node {
	out := make([]*markup.Node, len(s.shown))
	for i, c := range s.shown {
		p := c.Photo
		says := waiting[p.Stage]
		if p.Stage == queue.Named && len(p.Answer.Results) > 0 {
			says = p.Answer.Says() + " " + words.Percent(p.Answer.Results[0].Score)
		}
		out[i] = el("li.line", el("b", says), " ", named(p.Name))
	}
	return out
}

// list is the cards of the photos that are shown, or of those around what is seen. Those that did
// not change are the same nodes as before. look is the event by which one is shown large.
func (s *photos) list(look func(photo int) any) []*markup.Node {
	all, many := len(s.shown), s.many()
	if s.mapped && !s.printing {
		for _, c := range s.drawn {
			c.shown = nil
		}
		s.drawn = nil
		return []*markup.Node{}
	}
	if many && s.printing {
		for _, c := range s.drawn {
			c.shown, c.state = nil, nil
		}
		s.drawn = nil
		return s.lines()
	}
	from, to, stop := 0, all, 0
	s.grid.Divide(s.groups())
	if many {
		from, to = s.grid.Cards(all)
		stop = s.grid.First(all)
	}
	if at, is := s.place(s.cards[s.at]); is {
		stop = at
	}
	out, before := make([]*markup.Node, 0, to-from+1), s.drawn
	s.drawn = make([]*card, 0, to-from+1)
	draw := func(i int) {
		c := s.shown[i]
		p := c.Photo
		state := cardState{stage: p.Stage, answer: p.Answer, problem: p.Problem, picture: c.picture, stop: i == stop, more: c.more, spread: c.spread, deep: s.order.Grouped(), picks: s.picks, picked: s.picks && s.picked[p.ID]}
		if many {
			state.at, state.of, state.columns = i, all, s.grid.Columns()
			state.y, _ = s.grid.Spot(i)
		}
		if c.shown == nil || *c.state != state {
			now := state // which alone lies on the heap, and not that of every card that is looked at
			c.state = &now
			var place []markup.Attr
			if many {
				place = s.grid.Place(i, all)
			}
			c.shown = c.node(p, s.doing(p.ID, look(p.ID)), place)
		}
		c.drawn = true
		out, s.drawn = append(out, c.shown), append(s.drawn, c)
	}
	if stop < from {
		draw(stop)
	}
	under := s.grid.Drawn(from, to)
	ready := s.ready(from, to, many)
	for i := from; i < to; i++ {
		if !ready(i) && i != stop {
			continue
		}
		if len(under) > 0 && i >= under[0].From {
			out = append(out, heading(under[0], many))
			under = under[1:]
		}
		draw(i)
	}
	if stop >= to && stop < all {
		draw(stop)
	}
	for _, c := range before { // the memory of what was drawn of them
		if !c.drawn {
			c.shown, c.state = nil, nil
		}
	}
	for _, c := range s.drawn {
		c.drawn = false
	}
	return out
}

// doing is what is done with a photo by its card.
func (s *photos) doing(id int, look any) does {
	picks := s.picks
	return does{
		look: func(in markup.Input) any {
			if picks || in.Shift || in.Control {
				return Pick{id, in.Shift}
			}
			return look
		},
		pick: Pick{Photo: id}, remove: Remove{Photo: id}, focus: AtPhoto{id}, spread: Spread{id},
		key: func(in markup.Input) any { return keyOn(id, in.Key, picks) },
	}
}

// ready returns a function that tells which cards of a stretch are drawn now. Of many, those that
// are to be made are so some at a time, what is seen before what is around it.
func (s *photos) ready(from, to int, many bool) func(at int) bool {
	s.undrawn = false
	if !many {
		return func(int) bool { return true }
	}
	wait := map[int]bool{}
	fresh := 0
	note := func(from, to int) {
		for i := from; i < to; i++ {
			if s.shown[i].shown == nil {
				if fresh++; fresh > drawnAtOnce {
					wait[i] = true
				}
			}
		}
	}
	first := min(max(s.grid.First(len(s.shown)), from), to)
	note(first, to)
	note(from, first)
	s.undrawn = len(wait) > 0
	return func(at int) bool { return !wait[at] }
}

// looked makes an event of what is seen, where that changes what is drawn.
func (s *photos) looked(in markup.Input) any {
	if g := s.grid; in.Sight.Width <= 0 || !g.Look(in.Sight, len(s.shown)) {
		return nil
	}
	return Look{in.Sight}
}

// view is the photos, how far they are, and what can be done with all of them.
func (s *photos) view(d outside.Device, look func(photo int) any) []markup.Slot {
	c := s.queue.Counts()
	busy := s.busy()
	done, of := s.queue.Progress()
	line := say("Named {1} of {2}", done, of)
	if left, ok := s.pace.Left(c.Left()); ok {
		line += " · " + say("{1} left", words.Roughly(left))
	}
	out := []markup.Slot{
		{ID: "body", Attrs: []markup.Attr{{Name: "class", Value: "+full", Off: c.Total == 0 && s.keep.recall == 0}}},
		{ID: "results", Attrs: []markup.Attr{flag("hidden", c.Total == 0 && s.keep.recall == 0)}},
		shown("tally", cmp.Or(s.keep.returning(), answers.Tally(c))),
		{ID: "resume", Attrs: []markup.Attr{flag("hidden", c.Stopped == 0 || busy)}, On: []markup.Handler{markup.Click(Resume{})},
			Kids: []*markup.Node{{Text: say("Name the other {1}", c.Stopped)}}},
		{ID: "clear", On: []markup.Handler{markup.Click(Clear{})}},
		{ID: "pick-photos", Attrs: []markup.Attr{markup.Is("aria-pressed", s.picks)}, On: []markup.Handler{markup.Click(PickPhotos{!s.picks})}},
		{ID: "missing", Kids: s.missing.view(s.queue.Photo, c.Absent, add)},
		{ID: "sift", Attrs: []markup.Attr{flag("hidden", c.Total < siftFrom && s.order == sift.Order{})}},
		ordered("find-photos", s.order.Find, func(text string) any { return Search{text} }), ordered("only-photos", s.order.Only, func(only string) any { return Filter{only} }), ordered("by-photos", s.order.By, func(by string) any { return Sort{by} }),
		ordered("in-photos", s.order.In, func(in string) any { return Group{in} }),
		{ID: "all-photos", Attrs: []markup.Attr{flag("hidden", s.order.Like == 0)}, On: []markup.Handler{markup.Click(Similar{})}},
		{ID: "stop-comparing", Attrs: []markup.Attr{flag("hidden", s.stacks.Share == 0)}, On: []markup.Handler{markup.Click(StopComparing{})}},
		shown("sifted", s.sifted(c.Total)),
		{ID: "progress", Attrs: []markup.Attr{flag("hidden", !busy)}},
		{ID: "cancel", On: []markup.Handler{markup.Click(Cancel{})}},
		{ID: "add-photos", On: []markup.Handler{markup.Files(add)}},
		{ID: "add-folder", On: []markup.Handler{markup.Files(add)}},
		{ID: "folder-label", Attrs: []markup.Attr{flag("hidden", !d.Folders)}},
		{ID: "toast", Attrs: []markup.Attr{flag("hidden", s.toast == "")}},
		{ID: "toast-undo", On: []markup.Handler{markup.Click(Undo{})}},
		{ID: "toast-close", On: []markup.Handler{markup.Click(Dismiss{})}},
		{ID: "photos", Kids: s.list(look), Attrs: append(s.grid.Attrs(len(s.shown), s.many() && !s.printing && !s.mapped), flag("hidden", s.mapped && !s.printing)), On: []markup.Handler{markup.On("sight", s.looked)}},
	}
	if s.toast != "" {
		out = append(out, shown("toast-text", s.toast))
	}
	if busy {
		out = append(out, shown("progress-text", line), markup.Slot{ID: "progress-bar", Attrs: []markup.Attr{at("max", of), at("value", done)}})
	}
	return out
}

// ordered is a choice of the order: the element of an ID, its value, and the event of another.
func ordered(id, value string, event func(value string) any) markup.Slot {
	return markup.Slot{ID: id, Attrs: []markup.Attr{at("value", value)}, On: []markup.Handler{markup.Value(event)}}
}

// sifted says how many photos are shown where others are not.
func (s *photos) sifted(of int) string {
	switch n := s.twins.Left(); {
	case s.order.Only == sift.OnlyTwins && n > 0:
		return say("{1} shown · {2|# file|# files} still to be compared", len(s.shown), n)
	case s.stacks.Open() || s.near.Open():
		return s.stacks.Says()
	case s.stacks.Why != "" && s.order.Compared():
		return say("They could not be compared: {1}", foreign(s.stacks.Why))
	case len(s.shown) == of:
		return ""
	}
	return say("{1} of {2} shown", len(s.shown), of)
}

// keyOn is what a key does on the card of a photo; nil for nothing.
func keyOn(photo int, key string, picks bool) any {
	if way, shift := strings.CutPrefix(key, "Shift+"); shift && outside.Leads(way) {
		return PickFrom{photo, way}
	}
	switch {
	case picks && key == "Escape":
		return PickPhotos{}
	case picks && key == "Control+a":
		return PickAll{}
	case key == "Delete" || key == "Backspace":
		return Remove{photo, true}
	case outside.Leads(key):
		return StepFrom{photo, key}
	}
	return nil
}

func add(files []outside.File) any { return Add{files} }

// Given and Only let a project file among what is given be opened in place of being named; see
// package app.
func (e Add) Given() []outside.File         { return e.Files }
func (e Add) Only(files []outside.File) any { return Add{files} }
