package learn

import (
	"maps"
	"slices"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// A Reading is the photos whose features are still to be had.
type Reading struct {
	*base.Base
	Net *Network

	queue   *queue.Queue
	photos  map[int]int            // of the queue to photo of the project
	entries map[int]*queue.Photo   // photo of the project to entry of the queue, as long as it is to be read
	thumbs  map[int]outside.Object // thumbnails that came before the features
	small   map[int]bool           // photo is read from the thumbnail
	gets    map[int]*get           // files that are asked of the store, by ticket
	fetched []*get                 // that came, and wait for a worker
	pace    queue.Pace
	paced   bool
	Paused  bool
	why     string          // it was paused by the page
	Further bool            // what is read are further views, all of it
	at      []feature.Space // what they are
	blind   bool            // further views failed, and are not tried again
	speed   map[int]float64 // milliseconds that the network took for a photo, by input size

	problems []problem
	twins    int // photos that were in their class already, since reading began
	damaged  int // photos whose files are damaged, since then: what was there of them was taken
}

// A problem is a file that could not be read.
type problem struct{ name, why string }

// A get is what is left of a photo, on its way from the store.
type get struct {
	entry  *queue.Photo
	ticket int // of the entry
	photo  int
	full   bool // the photo itself is asked for, not its thumbnail
	file   outside.Object
	small  bool
	until  time.Time
}

// mostPatience is how long the store may take over a file.
const mostPatience = time.Minute

func NewReading(b *base.Base, net *Network) *Reading {
	return &Reading{
		Base: b, Net: net, queue: new(queue.Queue), photos: map[int]int{}, entries: map[int]*queue.Photo{}, thumbs: map[int]outside.Object{}, small: map[int]bool{},
		gets: map[int]*get{}, speed: map[int]float64{},
	}
}

// Left is how many photos are still to be read.
func (r *Reading) Left() int { return r.queue.Counts().Left() }

// Teaches tells whether a photo is still to be read that is to be learnt from.
func (r *Reading) Teaches() bool {
	if r.Left() == 0 || r.Paused || r.Further {
		return false
	}
	for id := range r.entries {
		if ph := r.Photo(id); ph != nil && ph.Class > 0 {
			return true
		}
	}
	return false
}

// Active tells whether photos are being read.
func (r *Reading) Active() bool { return r.Left() > 0 && !r.Paused }

// More are the feature spaces of further views of photos, once they were read, where the page
// decides on that.
func (r *Reading) More() []feature.Space {
	plain, ok := r.Plain()
	if !ok || r.blind || r.Trial != nil || !r.AddsViews() {
		return nil
	}
	out := views(plain, model.AutoViews[1:])
	for _, c := range r.Net.Companions() {
		out = append(out, views(feature.Space{Network: c.Name, Size: c.Preprocess.Size}, model.AutoViews)...)
	}
	return out
}

func views(plain feature.Space, list []feature.View) []feature.Space {
	var out []feature.Space
	for _, v := range list {
		out = append(out, plain.Of(v))
	}
	return out
}

// ready are the feature spaces to learn from: those of further views too once every photo has them.
func (r *Reading) ready() []feature.Space {
	if all := slices.Concat(r.Spaces(), r.More()); len(r.Lacking(all)) == 0 {
		return all
	}
	return r.Spaces()
}

// LackingViews returns the photos that further views are wanted of, and how many of them are not at
// hand. Thumbnails show less than the photos do and would spoil the comparison, so that none are
// read of them.
func (r *Reading) LackingViews() (photos []*project.Photo, absent int) {
	more := r.More()
	if more == nil {
		return nil, 0
	}
	photos = r.Lacking(more)
	for _, ph := range photos {
		if !r.Whole(ph) {
			absent++
		}
	}
	return photos, absent
}

// all tells whether all photos were read in further views.
func (r *Reading) all() bool {
	photos, _ := r.LackingViews()
	return len(photos) == 0
}

// readViews has further views of photos read once there is a version to answer with and nothing
// else to do. It is all photos or none: one that lacks some keeps learning from using those of the
// others.
func (r *Reading) readViews(learns bool) {
	if r.Elsewhere || r.Left() > 0 || learns || !r.Newest() || len(r.Lacking(r.Spaces())) > 0 {
		return
	}
	photos, absent := r.LackingViews()
	if len(photos) == 0 || absent > 0 {
		return
	}
	r.queue = r.queue.Fresh()
	r.Further, r.paced, r.at = true, false, r.More()
	for _, ph := range photos {
		r.enter(ph)
	}
}

// Abandon forgets all that is still to be read.
func (r *Reading) Abandon() {
	for _, id := range slices.Collect(maps.Keys(r.entries)) {
		r.leave(id)
	}
	r.queue, r.Further, r.fetched = r.queue.Fresh(), false, nil
	r.Paused, r.paced, r.why = false, false, ""
	clear(r.gets)
}

// putOffViews takes further views back that were not done: something else is to be done first, or
// they are not wanted.
func (r *Reading) putOffViews() {
	if !r.Further {
		return
	}
	r.Further, r.paced = false, false
	if !r.Held() {
		r.Paused = false
	}
	for _, id := range slices.Collect(maps.Keys(r.entries)) {
		r.leave(id)
	}
	r.queue.Forget()
}

// fewLate is how many photos may have got a class late and are looked at again before they are
// learnt from; with more, all is learnt from as it is first.
const fewLate = 24

// late are photos that were read without a class, once, and have one now: where the version in use
// sees more of all others, so it is to see of these before it learns from them.
func (r *Reading) late() []*project.Photo {
	v, more := r.InUse(), r.More()
	if v == nil || !v.ReadsViews() || !r.Newest() || more == nil {
		return nil
	}
	photos := r.Lacking(more)
	if len(photos) > fewLate || slices.ContainsFunc(photos, func(ph *project.Photo) bool { return !r.Whole(ph) || !ph.Has(r.Spaces()) }) {
		return nil
	}
	return photos
}

// spacesFor are the feature spaces that a photo is to be read in now.
func (r *Reading) spacesFor(ph *project.Photo) []feature.Space {
	if r.Further || ph.Spaces != nil && ph.Has(r.Spaces()) && !ph.SmallIn(r.Spaces()) {
		return slices.DeleteFunc(r.More(), func(space feature.Space) bool {
			one := []feature.Space{space}
			return ph.Has(one) && !ph.SmallIn(one)
		})
	}
	spaces := r.Spaces()
	if ph.Spaces == nil && ph.Class != project.Unlabelled && r.readsViews() {
		spaces = slices.Concat(spaces, r.More())
	}
	return spaces
}

// readsViews tells whether further views may be read now. Where the version in use sees more, a new
// photo is checked at in all ways at once: what is learnt from the plain ones only would be in use
// until it is.
func (r *Reading) readsViews() bool {
	v := r.InUse()
	return r.Further || v != nil && v.ReadsViews()
}

// Add has new photos read.
func (r *Reading) Add(photos []*project.Photo) {
	r.putOffViews()
	r.Unread += len(photos)
	r.Changed()
	r.Unsaved = true
	for _, ph := range photos {
		if ph.Class != 0 {
			r.enter(ph)
		}
	}
}

func (r *Reading) enter(ph *project.Photo) {
	if r.entries[ph.ID] != nil {
		return
	}
	q := r.queue.Add(ph.Name, "")
	r.photos[q.ID], r.entries[ph.ID] = ph.ID, q
}

// Sync brings the queue in line with the project after edits: what was taken out is not read, what
// came back is.
func (r *Reading) Sync() {
	gone := false
	for _, id := range slices.Collect(maps.Keys(r.entries)) {
		if ph := r.Photo(id); ph == nil || ph.Class == 0 {
			r.leave(id)
			gone = true
		}
	}
	if gone {
		r.queue.Forget()
	}
}

// EnterAll enters every photo of the project that lacks features which are wanted.
func (r *Reading) EnterAll(learns bool) {
	spaces := r.Spaces()
	if spaces == nil || r.Elsewhere || r.Restoring {
		return
	}
	if r.Further && (!r.Newest() || !slices.Equal(r.at, r.More())) {
		r.putOffViews()
	}
	var photos []*project.Photo
	enter := func(class int) {
		for _, ph := range r.Members(class) {
			if whole := r.Whole(ph); !ph.Has(spaces) && (ph.Spaces != nil || whole) || ph.SmallIn(spaces) && whole {
				photos = append(photos, ph)
			}
		}
	}
	for _, c := range r.Classes {
		enter(c.ID)
	}
	if r.Trial == nil {
		enter(project.Unlabelled)
	}
	if !r.Further {
		photos = append(photos, r.late()...)
	}
	if len(photos) == 0 {
		r.readViews(learns)
		return
	}
	r.putOffViews()
	for _, ph := range photos {
		r.enter(ph)
	}
}

// leave takes a photo out of what is to be read.
func (r *Reading) leave(id int) {
	if q := r.entries[id]; q != nil {
		r.queue.Remove([]*queue.Photo{q})
		r.done(id)
	}
}

func (r *Reading) done(id int) {
	if q := r.entries[id]; q != nil {
		delete(r.photos, q.ID)
		delete(r.entries, id)
		delete(r.thumbs, id)
		delete(r.small, id)
	}
}

type (
	// PauseReading stops handing photos out.
	PauseReading struct{}
	// ContinueReading goes on.
	ContinueReading struct{}
	// ClearProblems clears the list of files that could not be read.
	ClearProblems struct{}
)

func (PauseReading) Update(r *Reading, t *outside.Turn) {
	r.pause(t, "")
	t.Focus("[data-do=reading-continue]")
}

func (ContinueReading) Update(r *Reading, t *outside.Turn) {
	r.goOn()
	t.Focus("[data-do=reading-pause]")
}

func (ClearProblems) Viewing() {}

func (ClearProblems) Update(r *Reading, t *outside.Turn) { r.problems = nil }

func (r *Reading) pause(t *outside.Turn, why string) {
	if r.Left() == 0 {
		return
	}
	r.Paused, r.why = true, why
	t.Say(say("Paused."))
}

// Hold pauses for a reason of the page's. A person who paused before is the one to go on.
func (r *Reading) Hold(t *outside.Turn, why string) {
	if !r.Paused || r.Held() {
		r.pause(t, why)
	}
}

// Held tells whether the page has paused reading.
func (r *Reading) Held() bool { return r.Paused && r.why != "" }

// Relent ends what hold began.
func (r *Reading) Relent() {
	if r.Held() {
		r.goOn()
	}
}

func (r *Reading) goOn() { r.Paused, r.paced, r.why = false, false, "" }

// Hand gives an idle worker the next photo, and tells whether there was one that it could be given.
// free is how many workers are idle, so that no more is asked of the store than they can take.
func (r *Reading) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker, free int) bool {
	for len(r.fetched) > 0 {
		g := r.fetched[0]
		r.fetched = r.fetched[1:]
		if r.entries[g.photo] != g.entry || g.entry.Ticket != g.ticket { // taken back meanwhile
			continue
		}
		r.small[g.photo] = g.small
		r.give(t, p, w, g.entry, g.file)
		return true
	}
	for len(r.gets) < free && r.queue.Counts().Waiting > 0 {
		if r.readsViews() && !r.Net.equip(t, w, r.More()) {
			return false
		}
		q := r.queue.Next()
		if q == nil {
			return false
		}
		if !r.paced {
			r.paced = true
			r.pace.Start(t.Now)
		}
		id := r.photos[q.ID]
		if f := r.Files[id]; f.Object != nil {
			r.give(t, p, w, q, f.Object)
			return true
		}
		r.fetch(t, q, id)
	}
	return false
}

func (r *Reading) give(t *outside.Turn, p *pool.Pool, w *pool.Worker, q *queue.Photo, file outside.Object) {
	p.Hand(t, w, protocol.Read{
		Job: protocol.Job{ID: q.ID, Ticket: q.Ticket}, File: file, Spaces: r.spacesFor(r.Photo(r.photos[q.ID])), Alone: r.Left() == 1,
	})
}

// fetch asks the store for what is left of a photo: itself, or its thumbnail, which is small.
func (r *Reading) fetch(t *outside.Turn, q *queue.Photo, id int) {
	ph := r.Photo(id)
	g := &get{entry: q, ticket: q.Ticket, photo: id, full: ph.Full > 0, until: t.Now.Add(mostPatience)}
	if !r.Stored || !g.full && r.Further {
		r.absent(t, g)
		return
	}
	r.ask(t, g)
}

func (r *Reading) ask(t *outside.Turn, g *get) {
	kind := base.ThumbRecords
	if g.full {
		kind = base.FullRecords
	}
	ticket := t.Ticket()
	r.gets[ticket] = g
	t.Ask(outside.Get{Ticket: ticket, Kind: kind, Keys: [][]any{r.RecordKey(g.photo)}})
}

func (r *Reading) absent(t *outside.Turn, g *get) {
	r.gaveUp(t, protocol.Job{ID: g.entry.ID, Ticket: g.ticket}, say("it is not at hand any more; add it again"))
}

// Receive takes what the store says, and tells whether it was of a file that is to be read.
func (r *Reading) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.Piece:
		g := r.gets[e.Ticket]
		if g == nil {
			return false
		}
		for _, record := range e.Records {
			if file, is := record.Value.(outside.Object); is {
				g.file, g.small = file, record.Kind == base.ThumbRecords
			}
		}
		return true
	case outside.Ended:
		g := r.gets[e.Ticket]
		if g == nil {
			return false
		}
		delete(r.gets, e.Ticket)
		r.came(t, g)
		return true
	}
	return false
}

func (r *Reading) came(t *outside.Turn, g *get) {
	switch {
	case r.entries[g.photo] != g.entry || g.entry.Ticket != g.ticket: // taken back meanwhile
	case g.file != nil:
		if !g.small {
			r.Files[g.photo] = outside.File{Object: g.file, Name: g.entry.Name}
		}
		r.fetched = append(r.fetched, g)
	case g.full && !r.Further: // the thumbnail must do
		g.full = false
		r.ask(t, g)
	default:
		r.absent(t, g)
	}
}

func (r *Reading) Tick(t *outside.Turn) {
	for ticket, g := range r.gets {
		if !g.until.After(t.Now) {
			delete(r.gets, ticket)
			r.came(t, g)
		}
	}
}

func (r *Reading) Wake(w *outside.Wake) {
	for _, g := range r.gets {
		w.By(g.until)
	}
}

// Told takes what the pool says of photos that are read, and tells whether it was of those.
func (r *Reading) Told(t *outside.Turn, told any) bool {
	switch m := told.(type) {
	case pool.Thumbnail:
		photo, ok := r.photos[m.ID]
		if ok && !r.small[photo] && !r.Further {
			r.thumbs[photo] = m.Picture
			r.Base.Thumbs.Put(photo, m.Picture)
		}
		return m.ID > 0
	case pool.Answered:
		if m.Job.ID < 0 {
			return false
		}
		if got, is := m.Message.(protocol.Features); is && r.queue.Answered(m.Job.ID, m.Job.Ticket, nil) != nil {
			r.read(t, m.Job.ID, &got)
		}
	case pool.GaveUp:
		if m.Job.ID < 0 {
			return false
		}
		r.gaveUp(t, m.Job, m.Why)
	case pool.Lost:
		if m.Job.ID < 0 {
			return false
		}
		why := say("the engine stopped twice while it worked on this photo ({1}); a smaller copy of the photo may work", foreign(m.Why))
		if q := r.queue.Lost(m.Job.ID, m.Job.Ticket, why); q != nil && q.Stage == queue.Failed {
			r.failed(t, m.Job.ID, why)
		}
	default:
		return false
	}
	return true
}

// HandBack takes back what a worker was at that was ended.
func (r *Reading) HandBack(job protocol.Job) { r.queue.HandBack(job.ID, job.Ticket) }

// read takes the features of a photo.
func (r *Reading) read(t *outside.Turn, id int, m *protocol.Features) {
	r.pace.Tick(t.Now)
	ph := r.Photo(r.photos[id])
	if ph.Spaces == nil {
		var hash bank.Hash
		if hash.UnmarshalText([]byte(m.Hash)) == nil {
			r.SetHash(ph, hash)
		}
		ph.PerceptualHash, ph.Width, ph.Height = m.PerceptualHash, m.Width, m.Height
		if m.Taken != 0 {
			ph.Taken = m.Taken
		}
		r.Unread = max(0, r.Unread-1)
		if m.Damaged != "" {
			r.damaged++
		}
		if twin := r.Twin(ph); twin != nil {
			// It is here already; a second one would teach nothing and flatter the figures.
			r.twin(t, ph, twin, m)
			return
		}
	}
	if !r.Further && len(m.Spaces) == len(r.Spaces()) {
		took, size := m.Network, r.Size()
		if was, ok := r.speed[size]; ok {
			took = 0.8*was + 0.2*took
		}
		r.speed[size] = took
	}
	r.put(ph, m, r.small[ph.ID])
	r.done(ph.ID)
	r.finished(t, ph)
}

// mostFiles is in a project of how many photos their files stay at hand, to be read again at
// another size or with another network. The browser takes 4 KB for each, however large the photo
// is. In larger projects it is as after a reload: thumbnails are read, or the same folders added
// again.
const mostFiles = 5000

// put keeps what was read of a photo, from its thumbnail or in full.
func (r *Reading) put(ph *project.Photo, m *protocol.Features, small bool) {
	for i, space := range m.Spaces {
		r.Store(outside.Record{Kind: base.FeatureRecords, Key: r.RecordKey(space.String(), ph.ID), Value: m.Vectors[i]})
		if ph.Read(space, small) {
			r.Renewed = append(r.Renewed, ph.ID)
		}
	}
	if picture := r.thumbs[ph.ID]; picture != nil && !small {
		r.Store(outside.Record{Kind: base.ThumbRecords, Key: r.RecordKey(ph.ID), Value: picture})
	}
	if f := r.Files[ph.ID]; r.Keep && ph.Full == 0 && f.Object != nil {
		r.KeepFull(ph, f)
	}
	if r.Count() > mostFiles {
		delete(r.Files, ph.ID)
	}
	r.Touched(ph)
}

// twin drops a photo that is in its class already. If that one was read from its thumbnail, what
// was read now takes its place.
func (r *Reading) twin(t *outside.Turn, ph, twin *project.Photo, m *protocol.Features) {
	small := r.small[ph.ID]
	if f, ok := r.Files[ph.ID]; ok {
		r.Files[twin.ID] = f
		delete(r.Files, ph.ID)
	}
	picture := r.thumbs[ph.ID]
	r.done(ph.ID)
	if spaces := r.Spaces(); !small && (twin.Spaces != nil || r.entries[twin.ID] == nil) && (twin.SmallIn(spaces) || !twin.Has(spaces)) {
		if twin.Spaces == nil { // what was known of it was cleared
			twin.PerceptualHash, twin.Width, twin.Height = ph.PerceptualHash, ph.Width, ph.Height
		}
		r.leave(twin.ID) // it may be about to be read from its thumbnail
		r.queue.Forget()
		if picture != nil {
			r.thumbs[twin.ID] = picture
		}
		r.put(twin, m, false)
		delete(r.thumbs, twin.ID)
	} else if f := r.Files[twin.ID]; r.Keep && twin.Full == 0 && f.Object != nil && twin.Spaces != nil {
		r.KeepFull(twin, f)
	}
	r.Drop(ph.ID)
	r.twins++
	r.ForgetPhoto(ph)
	r.finished(t, twin)
}

func (r *Reading) gaveUp(t *outside.Turn, job protocol.Job, why string) {
	if r.queue.GaveUp(job.ID, job.Ticket, why) != nil {
		r.failed(t, job.ID, why)
	}
}

func (r *Reading) failed(t *outside.Turn, id int, why string) {
	if r.Further { // all photos or none
		r.blind = true
		r.putOffViews()
		r.Notice(t, say("Photos are not looked at again: {1}. What was learnt stays as it is.", base.Plainly(why)))
		return
	}
	r.pace.Tick(t.Now)
	ph := r.Photo(r.photos[id])
	r.problems = append(r.problems, problem{ph.Name, base.Sentence(why)})
	r.done(ph.ID)
	delete(r.Files, ph.ID)
	if ph.Full > 0 {
		ph.Full = 0
		r.Touched(ph)
	}
	if ph.Spaces == nil {
		r.Unread = max(0, r.Unread-1)
		r.Drop(ph.ID)
	}
	r.Unsaved = true
	r.finished(t, ph)
}

// finished is called after each photo.
func (r *Reading) finished(t *outside.Turn, ph *project.Photo) {
	looking, left := r.Further, r.Left()
	if left == 0 {
		done, _ := r.queue.Progress()
		text := say("Read {1|# photo|# photos}.", done)
		if looking {
			text = say("Looked again at {1|# photo|# photos}.", done)
		}
		if n := r.twins; n > 0 {
			was := say("{1|# photo was|# photos were} in the class already and left out.", n)
			text += " " + was
			r.Notice(t, was)
			r.twins = 0
		}
		if n := r.damaged; n > 0 {
			were := say("{1|# photo is|# photos are} damaged: what was there was taken.", n)
			text += " " + were
			r.Notice(t, were)
			r.damaged = 0
		}
		if n := len(r.problems); n > 0 {
			text += " " + say("{1|# file|# files} could not be read.", n)
		}
		t.Say(text)
		r.queue, r.Further = r.queue.Fresh(), false
		r.Paused, r.paced, r.why = false, false, ""
		r.Unread = 0
		r.Changed()
		r.Again = true
	}
	r.Unsaved = true
	// Further views are learnt from once all photos have them.
	if !looking && ph.Class > 0 || looking && left == 0 && r.all() {
		r.Taught = true
	}
}

// TellSmall says where photos will be read from their thumbnails.
func (r *Reading) TellSmall(t *outside.Turn) {
	spaces := r.Spaces()
	if spaces == nil {
		return
	}
	small := 0
	for _, c := range r.Classes {
		for _, ph := range r.Members(c.ID) {
			if !ph.Has(spaces) && ph.Spaces != nil && !r.Whole(ph) {
				small++
			}
		}
	}
	if small > 0 {
		r.Notice(t, say("{1|# photo is|# photos are} not at hand any more, so the small pictures that were kept are read, which show less. For the best answers add the same photos or folders again: they are recognised and read in full.", small))
	}
}

// line says how far reading is.
func (r *Reading) line() string {
	done, of := r.queue.Progress()
	line := say("Read {1} of {2|# photo|# photos}", done, of)
	if r.Further {
		line = say("Looking closer: {1} of {2}", done, of)
	}
	if r.Paused {
		return line + " · " + say("paused")
	}
	if left, ok := r.pace.Left(r.Left()); ok {
		line += " · " + say("{1} left", words.Roughly(left))
	}
	return line
}

// View says how far reading is.
func (r *Reading) View() *node {
	if r.Left() == 0 {
		return nil
	}
	done, of := r.queue.Progress()
	button := el("button.button.small", at("type", "button"), r.Do("reading-pause", PauseReading{}), say("Pause"))
	var why *node
	if r.Paused {
		button = el("button.button.small.primary", at("type", "button"), r.Do("reading-continue", ContinueReading{}), say("Continue"))
		if r.why != "" {
			why = el("p.progress-why", at("role", "status"), r.why)
		}
	}
	return el("section.progress", at("aria-label", say("Reading photos")), key("reading"),
		el("label", at("for", "reading-bar"), r.line()),
		el("progress", at("id", "reading-bar"), at("max", of), at("value", done)),
		button, why)
}

// ProblemList lists the files that could not be read.
func (r *Reading) ProblemList() *node {
	if len(r.problems) == 0 {
		return nil
	}
	var rows []*node
	for _, p := range r.problems[:min(50, len(r.problems))] {
		rows = append(rows, el("li", el("strong", named(p.name), ":"), " ", el("span", foreign(p.why))))
	}
	if more := len(r.problems) - 50; more > 0 {
		rows = append(rows, el("li", say("and {1} more", more)))
	}
	return el("details.problems", key("problems"),
		el("summary", say("{1|# file|# files} could not be read; the others went on", len(r.problems))),
		el("ul", rows),
		el("button.link", at("type", "button"), r.Do("problems-close", ClearProblems{}), say("Clear this list")))
}
