//go:build js && wasm

package page

import (
	"context"
	"errors"
	"slices"
	"syscall/js"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

// A reader gets the features of photos from a pool of workers.
type reader struct {
	t         *teacher
	pool      *pool
	open      string // the network and size of the pool
	queue     *Queue
	photos    map[int]int      // of the queue to photo of the project
	entries   map[int]*Photo   // photo of the project to entry of the queue, as long as it is to be read
	files     map[int]js.Value // photo of the project to its File, for as long as the page is open
	thumbs    map[int]js.Value // thumbnails that came before the features
	small     map[int]bool     // entry is read from the thumbnail
	pace      Pace
	paced     bool
	paused    bool
	looking   bool     // what is read are second looks, all of it
	lookingAt []string // feature spaces
	blind     bool     // second looks failed, and are not tried again
	loading   context.CancelFunc
	fresh     bool             // what is fetched next goes past stored copies
	others    map[string]other // networks that heads read besides the one that is open, by the space of the plain view
	fetching  bool             // one of them
	speed     map[int]float64  // milliseconds that the network took for a photo, by input size
	spare     *time.Timer      // lets all workers but one go
	spared    bool             // it runs, or has done so
}

func (r *reader) start(t *teacher) {
	r.t = t
	r.speed, r.others = map[int]float64{}, map[string]other{}
	r.spare = time.AfterFunc(time.Hour, func() {
		if r.pool != nil && r.spared {
			r.pool.staff(1)
		}
	})
	r.spare.Stop()
	r.reset()
}

// reset forgets what was to be read: another project is shown.
func (r *reader) reset() {
	r.queue = new(Queue)
	r.photos, r.entries, r.thumbs, r.small = map[int]int{}, map[int]*Photo{}, map[int]js.Value{}, map[int]bool{}
	r.files = map[int]js.Value{}
	r.paused, r.paced, r.looking, r.blind = false, false, false, false
	if r.pool != nil {
		r.close()
	}
}

// active tells whether photos are being read.
func (r *reader) active() bool { return r.queue.Counts().Left() > 0 && !r.paused }

// views are the ways in which photos are looked at.
func (r *reader) views() []feature.View {
	if r.t.settings().Thorough {
		return []feature.View{feature.Plain, feature.Flip, feature.Wide}
	}
	return []feature.View{feature.Plain}
}

// more are the feature spaces in which photos are looked at again, once they were read, where the page decides on that.
func (r *reader) more() []string {
	n := r.t.network()
	if n == nil || r.blind || r.t.trial != nil || r.t.project() == nil || !r.t.project().LooksAgain() {
		return nil
	}
	out := spacesOf(n, r.t.size(), model.AutoViews[1:]...)
	for _, c := range r.companions() {
		out = append(out, spacesOf(c, c.Preprocess.Size, model.AutoViews...)...)
	}
	return out
}

// companions are the networks that photos are looked at with besides. There are none where the person chose another network
// or size than the page does, nor those that could not be fetched.
func (r *reader) companions() []*Network {
	if r.t.network().Name != model.AutoNetworks[0] || r.t.settings().Size != 0 {
		return nil
	}
	var out []*Network
	for i := range r.t.app.backbones {
		n := &r.t.app.backbones[i]
		if slices.Contains(model.AutoNetworks[1:], n.Name) && r.others[spacesOf(n, n.Preprocess.Size, feature.Plain)[0]].why == "" {
			out = append(out, n)
		}
	}
	return out
}

// spaces are the feature spaces that photos are to have.
func (r *reader) spaces() []string {
	n := r.t.network()
	if n == nil {
		return nil
	}
	return spacesOf(n, r.t.size(), r.views()...)
}

// spacesOf names the feature spaces of a network at a size.
func spacesOf(n *Network, size int, views ...feature.View) []string {
	var out []string
	for _, v := range views {
		out = append(out, feature.Space{Network: n.Name, Size: size, View: v}.String())
	}
	return out
}

// spacesNamed are spaces by their names, which were made from such.
func spacesNamed(names []string) []feature.Space {
	var out []feature.Space
	for _, name := range names {
		if s, err := feature.Parse(name); err == nil {
			out = append(out, s)
		}
	}
	return out
}

// plainOf is the plain space of the network and size of another, which was parsed before.
func plainOf(space string) feature.Space {
	s, _ := feature.Parse(space)
	return s.Of(feature.Plain)
}

// ready are the feature spaces to learn from: those of second looks too once every photo has them.
func (r *reader) ready() []string {
	if all := slices.Concat(r.spaces(), r.more()); len(r.t.project().Lacking(all)) == 0 {
		return all
	}
	return r.spaces()
}

// lacking returns the photos that are to be looked at again, and how many of them are not at hand. Thumbnails show less
// than the photos do and would spoil the comparison, so that they are not looked at again.
func (r *reader) lacking() (photos []*teach.Photo, absent int) {
	more := r.more()
	if more == nil {
		return nil, 0
	}
	photos = r.t.project().Lacking(more)
	for _, ph := range photos {
		if !r.files[ph.ID].Truthy() && ph.Full == 0 {
			absent++
		}
	}
	return photos, absent
}

// all tells whether all photos were looked at again.
func (r *reader) all() bool {
	photos, _ := r.lacking()
	return len(photos) == 0
}

// lookAgain has photos looked at in more ways once there is a version to answer with and nothing else to do. It is
// all photos or none: one that lacks the looks keeps learning from using those of the others.
func (r *reader) lookAgain() {
	l, p := &r.t.lesson, r.t.project()
	if r.t.screen.Elsewhere || r.queue.Counts().Left() > 0 || l.due || l.job != 0 || !p.Newest() || len(p.Lacking(r.spaces())) > 0 {
		return
	}
	photos, absent := r.lacking()
	if len(photos) == 0 || absent > 0 {
		return
	}
	r.queue = r.queue.Fresh()
	r.looking, r.paced, r.lookingAt = true, false, r.more()
	for _, ph := range photos {
		r.enter(ph)
	}
	r.dispatch()
}

// lookLater takes second looks back that were not done: something else is to be done first, or they are not wanted.
func (r *reader) lookLater() {
	if !r.looking {
		return
	}
	r.looking, r.paced = false, false
	if !r.held() {
		r.paused = false
	}
	for id, q := range r.entries {
		r.queue.Remove([]*Photo{q})
		r.leave(id)
	}
	r.queue.Forget()
}

// spacesFor are the feature spaces that a photo is to be read in now.
func (r *reader) spacesFor(ph *teach.Photo) []string {
	if r.looking {
		return slices.DeleteFunc(r.more(), func(space string) bool {
			one := []string{space}
			return ph.Has(one) && !ph.SmallIn(one)
		})
	}
	spaces := r.spaces()
	if ph.Spaces == nil && r.looksMore() {
		spaces = slices.Concat(spaces, r.more())
	}
	return spaces
}

// looksMore tells whether more than the plain photo may be looked at now. Where the version in use sees more, a new photo is
// looked at in all ways at once: what is learnt from the plain ones only would be in use until it is.
func (r *reader) looksMore() bool {
	v := r.t.project().Version(r.t.project().Current)
	return r.looking || v != nil && v.LooksMore()
}

// add has photos read.
func (r *reader) add(photos []*teach.Photo, files []js.Value) {
	r.lookLater()
	p := r.t.project()
	p.Unread += len(photos)
	p.Changed()
	var pause breath
	for i, ph := range photos {
		r.files[ph.ID] = files[i]
		if ph.Class != 0 {
			r.enter(ph)
		}
		if pause.take(); p != r.t.project() {
			return
		}
	}
	r.need()
	if r.t.keeper.failed && r.t.keeper.store != nil { // where nothing is kept there is nothing to wait for
		r.hold(unsaved)
	}
}

func (r *reader) enter(ph *teach.Photo) {
	if r.entries[ph.ID] != nil {
		return
	}
	q := r.queue.Add(ph.Name, "")
	r.photos[q.ID], r.entries[ph.ID] = ph.ID, q
}

// sync brings the queue in line with the project after an edit: what was taken out is not read, what came back is.
func (r *reader) sync() {
	p := r.t.project()
	for id, q := range r.entries {
		if ph := p.Photo(id); ph == nil || ph.Class == 0 {
			r.queue.Remove([]*Photo{q})
			r.leave(id)
		}
	}
	r.queue.Forget()
	r.again()
}

// again enters every photo of the project that lacks features which are wanted.
func (r *reader) again() {
	spaces := r.spaces()
	if spaces == nil || r.t.screen.Elsewhere {
		return
	}
	p := r.t.project()
	if r.looking && (!p.Newest() || !slices.Equal(r.lookingAt, r.more())) {
		r.lookLater()
	}
	var photos []*teach.Photo
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			whole := r.files[ph.ID].Truthy() || ph.Full > 0
			if !ph.Has(spaces) && (ph.Spaces != nil || whole) || ph.SmallIn(spaces) && whole {
				photos = append(photos, ph)
			}
		}
	}
	if len(photos) == 0 {
		r.lookAgain()
		return
	}
	r.lookLater()
	for _, ph := range photos {
		r.enter(ph)
	}
	r.dispatch()
}

func (r *reader) leave(id int) {
	if q := r.entries[id]; q != nil {
		delete(r.photos, q.ID)
		delete(r.entries, id)
		delete(r.thumbs, id)
		delete(r.small, id)
	}
}

// need opens the network that the project is set to, if it is not open.
func (r *reader) need() {
	n := r.t.network()
	if n == nil || r.t.project() == nil {
		return
	}
	r.again()
	want := feature.Space{Network: n.Name, Size: r.t.size()}.String()
	if r.open == want {
		r.dispatch()
		return
	}
	r.close()
	r.open = want
	r.t.inside.clear()
	ctx, cancel := context.WithCancel(context.Background())
	r.loading = cancel
	e := &r.t.screen.Engine
	*e = teach.Engine{Text: "Fetching " + n.called(), Part: -1}
	r.t.draw()
	go func() {
		pack, trouble := r.t.app.fetchShared(ctx, *n, r.fresh, listener{func(text string, part float64) {
			if ctx.Err() == nil {
				*e = teach.Engine{Text: text, Part: part}
				r.t.draw()
			}
		}, func(t *trouble) {
			if t != nil {
				*e = teach.Engine{What: t.What, Why: t.Why, Do: t.Do}
				r.t.draw()
			}
		}})
		if ctx.Err() != nil {
			return
		}
		if trouble != nil {
			*e = teach.Engine{What: trouble.What, Why: trouble.Why, Do: trouble.Do}
			r.t.draw()
			return
		}
		r.fresh = false
		*e = teach.Engine{Text: "Starting " + n.called(), Part: -1}
		go keep(slices.Concat(r.t.app.networks, r.t.app.backbones), *n, pack)
		r.pool = newPool(r, n.Name, pack, r.t.settings().Size, crewHere(r.t.app.workers))
		r.spared = false
		r.staff()
		r.t.draw()
	}()
}

// close lets the workers go. What they were at is read later.
func (r *reader) close() {
	if r.loading != nil {
		r.loading()
		r.loading = nil
	}
	if r.pool != nil {
		r.pool.close()
		r.pool = nil
	}
	r.open = ""
	r.t.screen.Engine = teach.Engine{}
}

// pause stops handing photos out.
func (r *reader) pause(why string) {
	if r.queue.Counts().Left() == 0 {
		return
	}
	r.paused = true
	r.t.screen.Reading.Why = why
	r.t.app.say("Paused.")
	r.t.draw()
}

// hold pauses for a reason of the page's. A person who paused before is the one to go on.
func (r *reader) hold(why string) {
	if !r.paused || r.held() {
		r.pause(why)
	}
}

// held tells whether the page has paused reading.
func (r *reader) held() bool { return r.paused && r.t.screen.Reading.Why != "" }

// relent ends what hold began.
func (r *reader) relent() {
	if r.held() {
		r.goOn()
	}
}

func (r *reader) goOn() {
	if !r.paused {
		return
	}
	r.t.keeper.wanted = 0
	r.paused, r.paced = false, false
	r.t.screen.Reading.Why = ""
	r.dispatch()
	r.t.draw()
}

// tell brings the screen up to date.
func (r *reader) tell() {
	s := &r.t.screen.Reading
	c := r.queue.Counts()
	s.Paused = r.paused && c.Left() > 0
	if c.Left() == 0 {
		*s = teach.Reading{}
		r.paced, r.paused = false, false
		return
	}
	s.Again = r.looking
	s.Done, s.Of = r.queue.Progress()
	s.Left = ""
	if left, ok := r.pace.Left(c.Left()); ok && !r.paused {
		s.Left = words.Roughly(left)
	}
}

// Where so many photos are taught that learning them takes much of the memory a tab should take, only one worker stays while
// there is nothing to read: each takes 40 MB and more.
const (
	spareFrom  = 4000 // photos
	spareAfter = 5 * time.Second
)

// staff has as many workers run as there is work for.
func (r *reader) staff() {
	if r.pool == nil {
		return
	}
	if n := crewHere(r.t.app.workers); r.active() || r.t.project() == nil || r.t.project().Count() < spareFrom {
		r.spare.Stop()
		r.spared = false
		if r.pool.wanted < n {
			r.pool.staff(n)
		}
	} else if !r.spared {
		r.spared = true
		r.spare.Reset(spareAfter)
	}
}

// dispatch hands out what is to be done to idle workers: questions first, then photos to read.
func (r *reader) dispatch() {
	r.staff()
	if r.pool == nil || !r.t.screen.Engine.Ready || r.t.project() == nil {
		return
	}
	if r.queue.Counts().Left() > 1 {
		r.pool.fill()
	}
	for {
		w := r.pool.idle()
		if w == nil {
			return
		}
		if r.t.asks.hand(w) {
			continue
		}
		if r.paused || r.t.keeper.full() {
			return
		}
		if r.queue.Counts().Waiting == 0 || r.looksMore() && !r.equip(w, r.more()) {
			return
		}
		q := r.queue.Next()
		if q == nil {
			return
		}
		if !r.paced {
			r.paced = true
			r.pace.Start(time.Now())
		}
		id := r.photos[q.ID]
		if file := r.files[id]; file.Truthy() {
			r.hand(w, q, file)
			continue
		}
		// What is left of it comes from the store, and the worker waits for that.
		w.busy, w.id, w.ticket = true, q.ID, q.Ticket
		go r.handKept(w, q, id)
	}
}

func (r *reader) hand(w *worker, q *Photo, file js.Value) {
	r.pool.hand(w, protocol.Read{
		Job: protocol.Job{ID: q.ID, Ticket: q.Ticket}, File: protocol.Of(file), Spaces: spacesNamed(r.spacesFor(r.t.project().Photo(r.photos[q.ID]))), Alone: r.queue.Counts().Left() == 1,
	})
}

func (r *reader) handKept(w *worker, q *Photo, id int) {
	ticket := q.Ticket
	blob, small := r.t.fileOf(id)
	if w.gone || r.pool == nil || w.pool != r.pool {
		return
	}
	if r.entries[id] != q { // taken back meanwhile
		w.busy = false
		r.dispatch()
		return
	}
	if !blob.Truthy() || small && r.looking {
		w.busy = false
		r.gaveUp(q.ID, ticket, "it is not at hand any more; add it again")
		r.dispatch()
		return
	}
	r.small[id] = small
	r.hand(w, q, blob)
}

// What follows is what the pool tells.

func (r *reader) opened(p *pool) {
	if p != r.pool {
		return
	}
	r.t.screen.Engine = teach.Engine{Ready: true}
	r.dispatch()
	r.t.draw()
}

func (r *reader) refused(p *pool, why string) {
	if p != r.pool {
		return
	}
	r.pool.close()
	r.pool = nil
	r.open = ""
	t := noEngine(why)
	r.t.screen.Engine = teach.Engine{What: t.What, Why: t.Why, Do: t.Do}
	r.t.draw()
}

func (r *reader) thumb(id int, blob js.Value) {
	if id < 0 {
		r.t.asks.thumb(id, blob)
		return
	}
	if photo, ok := r.photos[id]; ok && !r.small[photo] && !r.looking {
		r.thumbs[photo] = blob
		r.t.thumbs.put(photo, blob)
		r.t.drawLater()
	}
}

func (r *reader) answered(id, ticket int, got any) {
	if id < 0 {
		r.t.asks.answered(id, ticket, got)
		return
	}
	if r.queue.Answered(id, ticket, new(Answer)) == nil {
		return
	}
	message := got.(protocol.Features)
	r.pace.Tick(time.Now())
	t := r.t
	p := t.project()
	ph := p.Photo(r.photos[id])
	fresh := ph.Spaces == nil
	if fresh {
		p.SetHash(ph, message.Hash)
		ph.Look, ph.Width, ph.Height = message.Look, message.Width, message.Height
		if message.Taken != 0 {
			ph.Taken = message.Taken
		}
		p.Unread = max(0, p.Unread-1)
		if message.Damaged != "" {
			t.screen.Damaged++
		}
		if twin := p.Twin(ph); twin != nil {
			// It is here already; a second one would teach nothing and flatter the figures.
			r.twin(ph, twin, message)
			return
		}
	}
	if !r.looking && len(message.Spaces) == len(r.views()) {
		took, size := message.Network, t.size()
		if was, ok := r.speed[size]; ok {
			took = 0.8*was + 0.2*took
		}
		r.speed[size] = took
	}
	r.put(ph, message, r.small[ph.ID])
	r.leave(ph.ID)
	r.finished()
}

// mostFiles is in a project of how many photos their files stay at hand, to be read again at another size or with another network. The browser
// takes 4 KB for each, however large the photo is. In larger projects it is as after a reload: thumbnails are read, or the same folders added again.
const mostFiles = 5000

// put keeps what was read of a photo, from its thumbnail or in full.
func (r *reader) put(ph *teach.Photo, message protocol.Features, small bool) {
	t, p := r.t, r.t.project()
	spaces, vectors := message.Spaces, message.Vectors
	var records []store.Record
	for i, space := range spaces {
		name := space.String()
		records = append(records, store.Record{Kind: store.Features, Key: []any{p.ID, name, ph.ID}, Value: protocol.Value(vectors[i])})
		if ph.Read(name, small) {
			t.lesson.forget(ph.ID)
		}
	}
	if blob, ok := r.thumbs[ph.ID]; ok && !small {
		records = append(records, store.Record{Kind: store.Thumbs, Key: []any{p.ID, ph.ID}, Value: blob})
	}
	if file := r.files[ph.ID]; p.Keep && ph.Full == 0 && file.Truthy() {
		records = append(records, t.fullRecord(ph, file))
	}
	if p.Count() > mostFiles {
		delete(r.files, ph.ID)
	}
	p.Touched(ph)
	t.lesson.hold(ph, spaces, vectors)
	t.keeper.add(records...)
}

// twin drops a photo that is in its class already. If that one was read from its thumbnail, what was read now takes its place.
func (r *reader) twin(ph, twin *teach.Photo, message protocol.Features) {
	p := r.t.project()
	small := r.small[ph.ID]
	if file := r.files[ph.ID]; file.Truthy() {
		r.files[twin.ID] = file
		delete(r.files, ph.ID)
	}
	r.leave(ph.ID)
	if spaces := r.spaces(); !small && twin.Spaces != nil && (twin.SmallIn(spaces) || !twin.Has(spaces)) {
		if q := r.entries[twin.ID]; q != nil { // about to be read from its thumbnail
			r.queue.Remove([]*Photo{q})
			r.queue.Forget()
			r.leave(twin.ID)
		}
		r.put(twin, message, false)
	} else if file := r.files[twin.ID]; p.Keep && twin.Full == 0 && file.Truthy() && twin.Spaces != nil {
		r.t.keeper.add(r.t.fullRecord(twin, file))
	}
	p.Drop(ph.ID)
	r.t.screen.Twins++
	r.t.keeper.forget(p.ID, ph)
	r.t.keeper.soon() // reading waits for what is to be written
	r.finished()
}

func (r *reader) gaveUp(id, ticket int, why string) {
	if id < 0 {
		r.t.asks.gaveUp(id, ticket, why)
		return
	}
	if r.queue.GaveUp(id, ticket, why) != nil {
		r.failed(id, why)
	}
}

func (r *reader) failed(id int, why string) {
	p := r.t.project()
	if r.looking { // all photos or none
		r.blind = true
		r.lookLater()
		r.t.notice("Photos are not looked at again: "+plain(errors.New(why))+". What was learnt stays as it is.", "", "")
		return
	}
	r.pace.Tick(time.Now())
	ph := p.Photo(r.photos[id])
	r.t.screen.Problems = append(r.t.screen.Problems, teach.Problem{Name: ph.Name, Why: sentence(why)})
	r.leave(ph.ID)
	delete(r.files, ph.ID)
	ph.Full = 0
	if ph.Spaces == nil {
		p.Unread = max(0, p.Unread-1)
		p.Drop(ph.ID)
		r.t.keeper.soon()
	}
	r.finished()
}

func (r *reader) lost(id, ticket int, why string) {
	if id < 0 {
		r.t.asks.lost(id, ticket, why)
		return
	}
	why = "the engine stopped twice while it worked on this photo (" + why + "); a smaller copy of the photo may work"
	if q := r.queue.Lost(id, ticket, why); q != nil && q.Stage == Failed {
		r.failed(id, why)
	}
}

func (r *reader) handBack(id, ticket int) {
	if id < 0 {
		r.t.asks.lost(id, ticket, "")
		return
	}
	r.queue.HandBack(id, ticket)
}

func (r *reader) progressed(int, head.Progress) {}

// finished is called after each photo.
func (r *reader) finished() {
	t := r.t
	looking, left := r.looking, r.queue.Counts().Left()
	if left == 0 {
		done, _ := r.queue.Progress()
		text := "Read " + words.Photos(done) + "."
		if looking {
			text = "Looked again at " + words.Photos(done) + "."
		}
		if n := t.screen.Twins; n > 0 {
			was := words.Plural(n, "photo was", "photos were") + " in the class already and left out."
			text += " " + was
			t.notice(was, "", "")
			t.screen.Twins = 0
		}
		if n := t.screen.Damaged; n > 0 {
			were := words.Plural(n, "photo is", "photos are") + " damaged: what was there was taken."
			text += " " + were
			t.notice(were, "", "")
			t.screen.Damaged = 0
		}
		if n := len(t.screen.Problems); n > 0 {
			text += " " + words.Plural(n, "file", "files") + " could not be read."
		}
		t.app.say(text)
		r.queue, r.looking = r.queue.Fresh(), false
		t.project().Unread = 0
		t.project().Changed()
		t.keeper.soon()
	}
	// Second looks are learnt from once all photos have them.
	if !looking || left == 0 && r.all() {
		t.lesson.changed()
	}
	if left > 0 {
		t.drawLater()
	} else {
		r.lookAgain()
		t.draw()
	}
}

// headed sees to it that a worker has the head to answer with, and the networks that it reads features of besides the one
// that is open. It tells whether the worker may be asked; while a network is fetched it may not.
func (r *reader) headed(w *worker) bool {
	l, p := &r.t.lesson, r.t.project()
	v := p.Version(p.Current)
	if !l.head.Truthy() || v == nil {
		return false
	}
	if w.headed.Equal(l.head) {
		return true
	}
	spaces := v.Spaces
	if spaces == nil {
		spaces = []string{feature.Space{Network: v.Network, Size: v.Pixels}.String()}
	}
	for space := range w.others {
		if !slices.ContainsFunc(spaces, func(s string) bool { return plainOf(s).String() == space }) { // the worker closes it too
			delete(w.others, space)
		}
	}
	if !r.equip(w, spaces) {
		return false
	}
	w.headed = l.head
	w.post(protocol.UseHead{Head: protocol.Of(l.head), Quick: protocol.Of(l.quick)})
	return true
}

// equip sees to it that a worker has the networks of feature spaces besides the one that is open, and tells whether it has,
// or is told why it has not. While one is fetched it has not.
func (r *reader) equip(w *worker, spaces []string) bool {
	for _, s := range spaces {
		plain := plainOf(s)
		space := plain.String()
		if space == r.open || w.others[space] {
			continue
		}
		o, ok := r.others[space]
		if !ok {
			r.fetchOther(space)
			return false
		}
		w.post(protocol.OpenAlso{Space: plain, Pack: protocol.Of(o.pack), Error: o.why})
		w.others[space] = o.why == ""
	}
	return true
}

// An other is a network beside the one that is open: its pack, or why that is not there.
type other struct {
	pack js.Value
	why  string
}

// fetchOther fetches the network of a feature space. One is fetched at a time.
func (r *reader) fetchOther(space string) {
	if r.fetching {
		return
	}
	name := plainOf(space).Network
	i := slices.IndexFunc(r.t.app.backbones, func(n Network) bool { return n.Name == name })
	if i < 0 {
		r.others[space] = other{why: "this version was learnt with the network " + name + ", which this page does not have; the program homeroom can use it"}
		return
	}
	n := r.t.app.backbones[i]
	v := r.t.project().Version(r.t.project().Current)
	answers := v != nil && slices.Contains(v.Spaces, space)
	r.fetching = true
	e := &r.t.screen.Other
	*e = teach.Engine{Text: "Fetching " + n.called() + ", to look again with", Part: -1}
	if answers {
		e.Text = "Fetching " + n.called() + ", which this version answers with"
	}
	go func() {
		// What is wanted besides is given up where it stalls, and offered again.
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		var silent *trouble
		pack, trouble := r.t.app.fetchShared(ctx, n, false, listener{func(_ string, part float64) {
			e.Part = part
			r.t.draw()
		}, func(t *trouble) {
			if t != nil {
				silent = t
				cancel()
			}
		}})
		if silent != nil {
			trouble = silent
		}
		r.fetching = false
		*e = teach.Engine{}
		o := other{pack: pack}
		switch {
		case trouble == nil:
			go keep(slices.Concat(r.t.app.networks, r.t.app.backbones), n, pack)
		case answers:
			o.why = "this version answers with " + n.called() + " too, which could not be fetched"
		default:
			o.why = "photos are not looked at with " + n.called() + ", which could not be fetched"
		}
		if trouble != nil {
			r.t.notice(sentence(o.why)+" "+trouble.Do, "others-again", "Try again")
		}
		r.others[space] = o
		r.again() // without it, there is less to look at
		r.dispatch()
		r.t.draw()
	}()
}

// othersAgain tries again to fetch networks that could not be fetched, and asks again.
func (r *reader) othersAgain() {
	for space, o := range r.others {
		if o.why != "" {
			delete(r.others, space)
		}
	}
	if r.pool != nil {
		for _, w := range r.pool.workers {
			w.headed = js.Undefined()
		}
	}
	r.again()
	r.t.asks.again()
}
