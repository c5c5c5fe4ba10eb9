//go:build js && wasm

package page

import (
	"errors"
	"maps"
	"math"
	"slices"
	"syscall/js"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
	"homeroom/wasm/teach"
	"homeroom/wasm/words"
)

// A learner has heads learnt by a worker of its own, which holds the features.
type learner struct {
	t      *teacher
	pool   *pool
	held   map[string]map[int]bool // what the holder was sent by the page: space → photo
	stale  map[int]bool            // photos whose features are others by now
	holder *worker
	due    bool // to learn, once nothing else is to be done
	timer  *time.Timer
	job    int // at work on, 0 for none
	kind   int // learning, curving or filing
	asked  job
	then   func(*protocol.Lesson, []byte, error) // for a job that is no version: what to do with the outcome
	head   js.Value                              // of the version in use, Uint8Array
	ended  bool                                  // it is in the state that learning ended in
	quick  js.Value                              // beside it, one that looks once; null or undefined for none

	errandDone func(any, error)                                      // what waits for an errand
	extra      func(protocol.Job) interface{ Number() protocol.Job } // its message
	losses     int
	last       int
}

// A job is what was asked for, as it was then.
type job struct {
	task   protocol.Task
	photos []*teach.Photo
	set    teach.Settings
	size   int
	name   string // of the network
}

// quickKinds are what is chosen among where photos are so many that a person would wait long for the small network, and
// that a head of nearest photos, which is all of their features once more, would take more memory than a tab should; else all
// kinds are, as by the program.
var quickKinds = []head.Kind{head.Linear, head.Means, head.Blend}

// mostForAll is for how many vectors, one a photo and view, all kinds are tried.
const mostForAll = 6000

// fewKinds are what is chosen among, with the photos held out in two halves, where classes are so many that a person would
// wait long for the others too.
var fewKinds = []head.Kind{head.Means, head.KNN}

// keptBack is the share of photos that is kept back, where the person wants that.
const keptBack = 0.2

// mostForOthers is for how many classes other kinds are tried.
const mostForOthers = 200

// learnDelay is how long after the last change learning begins.
const learnDelay = 400 * time.Millisecond

func (l *learner) start(t *teacher) {
	l.t = t
	l.timer = time.AfterFunc(time.Hour, l.onTime)
	l.timer.Stop()
	l.reset()
}

// reset forgets what is held: another project is shown.
func (l *learner) reset() {
	if l.pool != nil {
		l.pool.close()
		l.pool = nil
	}
	if l.errandDone != nil {
		l.endErrand(nil, errors.New("another project was opened"))
	}
	l.stale = map[int]bool{}
	l.held, l.holder, l.due, l.job, l.losses, l.head, l.then = nil, nil, false, 0, 0, js.Undefined(), nil
	l.timer.Stop()
	l.t.screen.Learning = teach.Learning{}
}

// resume has learnt what was still to be learnt when the page was closed.
func (l *learner) resume() {
	p := l.t.project()
	if l.t.screen.Elsewhere {
		return
	}
	if v := p.Version(p.Current); p.Stale || v == nil && p.Count() > 0 {
		l.changed()
	}
}

// changed says that what there is to learn changed: it is learnt again soon.
func (l *learner) changed() {
	p := l.t.project()
	p.Stale = true
	p.Changed()
	l.t.screen.Learning.Stale = true
	if l.kind == learning && l.job != 0 && l.then == nil {
		l.cancel()
	}
	if p.Settings.Auto {
		l.due = true
		l.timer.Reset(learnDelay)
	}
}

// now learns at once.
func (l *learner) now() {
	l.due = true
	l.timer.Reset(time.Millisecond)
	l.t.draw()
}

func (l *learner) onTime() {
	if !l.due || l.t.project() == nil {
		return
	}
	if l.t.reader.active() && !l.t.reader.looking || l.job != 0 {
		l.timer.Reset(learnDelay)
		return
	}
	l.due = false
	task, photos := l.t.task(l.t.reader.ready())
	taught := map[int]bool{}
	for _, c := range task.Labels {
		taught[c] = true
	}
	if len(taught) < 2 {
		l.t.draw()
		return
	}
	l.begin(learning, task, photos, nil)
}

// task is what there is to learn from: photos that were read in all of the given spaces.
func (t *teacher) task(spaces []string) (protocol.Task, []*teach.Photo) {
	p := t.project()
	set := p.Settings
	task := protocol.Task{Spaces: spacesFrom(spaces)}
	var photos []*teach.Photo
	for _, c := range p.Classes {
		any := false
		for _, ph := range p.Members(c.ID) {
			if len(spaces) > 0 && ph.Has(spaces) {
				if !any {
					any = true
					task.Classes = append(task.Classes, c.Name)
				}
				task.IDs = append(task.IDs, ph.ID)
				task.Labels = append(task.Labels, len(task.Classes)-1)
				photos = append(photos, ph)
			}
		}
	}
	task.Config = head.Config{Kind: head.Kind(set.Head), Seed: set.Seed, ByCount: !set.Weigh, FalseAlarms: set.Alarms}
	if set.KeepBack {
		task.Valid = keptBack
	}
	switch {
	case len(task.Classes) > mostForOthers:
		task.Config.Kinds, task.Config.Folds = fewKinds, 2
	case len(photos)*len(spaces) > mostForAll:
		task.Config.Kinds = quickKinds
	}
	return task, photos
}

// begin gives the worker what it lacks and then the job.
func (l *learner) begin(kind int, task protocol.Task, photos []*teach.Photo, then func(*protocol.Lesson, []byte, error)) {
	l.last++
	l.job, l.kind, l.then = l.last, kind, then
	n := l.t.network()
	l.asked = job{task, photos, l.t.project().Settings, l.t.size(), n.Name}
	if then == nil && kind == learning && l.errandDone == nil {
		l.t.screen.Learning = teach.Learning{State: "busy", Stage: head.Progress{Stage: "choose"}, Stale: true}
	}
	l.t.draw()
	if l.pool == nil {
		l.pool = newPool(l, "", js.Undefined(), 0, 1)
		l.pool.most = 1 << 40 // it holds the features; a new one would have to be given them again
	}
	id := l.job
	go l.give(id, photos)
}

// give sends the features that are not in the store, and the job. The worker gets those in the store by itself.
func (l *learner) give(id int, photos []*teach.Photo) {
	w := l.worker()
	for ; w == nil; w = l.worker() {
		if l.job != id {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	if w != l.holder { // a fresh one, in place of one that died, holds nothing
		l.holder, l.held = w, map[string]map[int]bool{}
	}
	p, k := l.t.project(), &l.t.keeper
	if k.store != nil {
		l.asked.task.Project = p.ID
		if !k.failed {
			k.flush()
		}
	}
	// Now that the new ones are in the store, or among those that follow.
	for id := range l.stale {
		w.post(protocol.Forget{ID: id})
	}
	clear(l.stale)
	if l.errandDone == nil { // the worker does so too
		maps.DeleteFunc(l.held, func(space string, _ map[int]bool) bool {
			return !slices.ContainsFunc(l.asked.task.Spaces, func(s feature.Space) bool { return s.String() == space })
		})
	}
	var wanted map[int]*teach.Photo
	for _, r := range k.waiting {
		if r.Kind != store.Features || r.Key[0] != p.ID {
			continue
		}
		if wanted == nil {
			wanted = make(map[int]*teach.Photo, len(photos))
			for _, ph := range photos {
				wanted[ph.ID] = ph
			}
		}
		space := r.Key[1].(string)
		v, there := r.Value.(js.Value)
		if ph := wanted[r.Key[2].(int)]; there && ph != nil && !l.held[space][ph.ID] && slices.ContainsFunc(l.asked.task.Spaces, func(s feature.Space) bool { return s.String() == space }) {
			l.send(space, ph, v)
		}
	}
	if l.job != id || l.pool == nil {
		return
	}
	if l.worker() != w { // it died meanwhile
		go l.give(id, photos)
		return
	}
	job := protocol.Job{ID: id, Ticket: id}
	switch l.kind {
	case learning:
		l.pool.hand(w, protocol.Learn{Job: job, Task: l.asked.task})
	case curving:
		l.pool.hand(w, protocol.Curve{Job: job, Task: l.asked.task, Head: protocol.Of(l.head)})
	default:
		message := l.extra
		l.extra = nil
		l.pool.hand(w, message(job))
	}
}

// What the worker that learns may be at.
const (
	learning = iota
	curving
	filing
)

// worker returns the worker that learns, nil while it starts.
func (l *learner) worker() *worker {
	if l.pool == nil || len(l.pool.workers) == 0 || !l.pool.workers[0].opened {
		return nil
	}
	return l.pool.workers[0]
}

// hold gives the worker features as they come from the network.
func (l *learner) hold(ph *teach.Photo, spaces []feature.Space, vectors []protocol.Object) {
	if l.holder == nil || l.holder != l.worker() || l.t.keeper.store != nil {
		return // they are sent when they are needed
	}
	for i := range spaces {
		l.send(spaces[i].String(), ph, protocol.Value(vectors[i]))
	}
}

// forget has the features of a photo taken anew: they will be others.
func (l *learner) forget(id int) {
	for _, held := range l.held {
		delete(held, id)
	}
	l.stale[id] = true
}

// send gives the worker a photo's vector in a space.
func (l *learner) send(space string, ph *teach.Photo, vector js.Value) {
	if l.holder == nil {
		return
	}
	if l.held[space] == nil {
		l.held[space] = map[int]bool{}
	}
	l.held[space][ph.ID] = true
	// The buffer is copied on the way: it is still to be written.
	of, err := feature.Parse(space)
	if err != nil {
		return
	}
	l.holder.post(protocol.Hold{Photo: noteOf(ph), Space: of, Vector: protocol.Of(vector)})
}

// noteOf is what the worker that learns is to know of a photo.
func noteOf(ph *teach.Photo) project.Photo {
	n := project.Photo{ID: ph.ID, Name: ph.Name, Look: ph.Look, Taken: ph.Taken, Folder: ph.Folder}
	_ = n.Hash.UnmarshalText([]byte(ph.Hash)) // none is none
	return n
}

func namesOf(spaces []feature.Space) (out []string) {
	for _, s := range spaces {
		out = append(out, s.String())
	}
	return out
}

// cancel ends what is being learnt.
func (l *learner) cancel() {
	if l.job == 0 || l.errandDone != nil {
		return
	}
	l.job = 0
	if w := l.worker(); w != nil {
		w.post(protocol.Stop{})
	}
	l.t.screen.Learning.State = ""
	l.t.screen.Curve.Busy = false
}

func (l *learner) endErrand(message any, err error) {
	done := l.errandDone
	l.errandDone = nil
	done(message, err)
}

// stop is cancel by the person.
func (l *learner) stop() {
	l.cancel()
	l.due = false
	l.timer.Stop()
	l.t.app.say("Stopped learning.")
	l.t.draw()
}

func (l *learner) failed(id int, why string) {
	if id != l.job {
		return
	}
	kind, then := l.kind, l.then
	l.job, l.then = 0, nil
	switch {
	case l.errandDone != nil:
		l.endErrand(nil, errors.New(why))
	case then != nil:
		then(nil, nil, &trouble{What: sentence(why)})
	case kind == curving:
		l.t.screen.Curve = teach.CurveState{Why: sentence(why)}
	default:
		l.t.screen.Learning = teach.Learning{State: "failed", Why: sentence(why), Stale: true}
		l.t.app.say("It could not learn. " + sentence(why))
	}
	l.t.draw()
}

// What follows is what the pool tells.

func (l *learner) opened(*pool) {}

func (l *learner) refused(p *pool, why string) {
	if p == l.pool {
		l.pool.close()
		l.pool, l.holder = nil, nil
		l.failed(l.job, why)
	}
}

func (l *learner) progressed(id int, p head.Progress) {
	if id != l.job {
		return
	}
	switch {
	case l.kind == curving:
		l.t.screen.Curve.Share = p.Share
	case l.then != nil:
	default:
		s := &l.t.screen.Learning
		s.Stage = p
		if p.Stage == "learn" && p.Loss > 0 {
			s.Curve = append(s.Curve, p)
		}
	}
	l.t.drawLater()
}

func (l *learner) answered(id, _ int, message any) {
	if id != l.job {
		return
	}
	if l.errandDone != nil {
		l.job = 0
		l.endErrand(message, nil)
		return
	}
	if m, is := message.(protocol.Curved); is {
		l.job = 0
		l.t.showCurve(m.Growth)
		return
	}
	m, is := message.(protocol.Learnt)
	if !is {
		return
	}
	got := m.Lesson
	if got.Report != nil {
		if err := got.Report.Expand(); err != nil {
			l.failed(id, err.Error())
			return
		}
	}
	then := l.then
	l.job, l.then, l.losses = 0, nil, 0
	if then != nil {
		then(&got, nil, nil)
		return
	}
	l.learnt(&got, protocol.Value(m.Head), protocol.Value(m.Last), protocol.Value(m.Quick))
}

// learnt makes a version of what was learnt: its head, that as learning ended, null where it is the same, and a quick one, null
// where the head itself looks once.
func (l *learner) learnt(got *protocol.Lesson, data, last, quick js.Value) {
	t, p := l.t, l.t.project()
	v := teach.Version{
		When: time.Now(), Kind: string(got.Kind), Input: got.Input, Spaces: namesOf(got.Spaces), Network: l.asked.name, Size: l.asked.set.Size, Thorough: l.asked.set.Thorough, Once: l.asked.set.Once,
		Pixels: l.asked.size, Classes: l.asked.task.Classes, Photos: len(l.asked.photos), Seed: l.asked.set.Seed, Seconds: got.Seconds, Bytes: data.Length(),
	}
	if last.Truthy() {
		v.States = teach.StatesOf(got.Curve)
	}
	r := &teach.Result{Report: got.Report, Folds: got.Folds, Held: map[int]teach.Held{}, Tried: got.Tried, Curve: got.Curve, Unchecked: got.Unchecked}
	if c := l.asked.task.Config; c.Kinds != nil && c.Kind == head.Auto {
		r.LeftOut = teach.NotTried(c.Kinds, len(l.asked.photos), len(v.Classes))
	}
	if got.Report != nil {
		v.Checked, v.Accuracy, v.Low, v.High, v.Loss = got.Report.Photos, got.Report.Accuracy, got.Report.Low, got.Report.High, got.Report.Loss
	}
	for _, h := range got.Held {
		if h.Answer < len(v.Classes) {
			r.Held[h.ID] = teach.Held{Label: v.Classes[h.Answer], Score: h.Score, Own: h.Own, Right: h.Answer == h.Label, Strange: h.Strange}
		}
	}
	for _, a := range got.Alike {
		r.Pairs = append(r.Pairs, teach.Pair{A: int(a.A), B: int(a.B), Same: a.Same})
	}
	added := p.AddVersion(v)
	r.Version = added.Number
	p.Stale = l.due
	t.screen.Result, t.screen.Cell, t.screen.Curve = r, nil, teach.CurveState{}
	t.screen.Learning = teach.Learning{Stale: p.Stale}
	l.head, l.ended, l.quick = data, false, quick
	records := []store.Record{{Kind: store.Heads, Key: []any{p.ID, added.Number}, Value: map[string]any{"head": data, "last": last, "quick": quick, "result": string(r.Encode())}}}
	for _, number := range p.Superfluous() {
		records = append(records, store.Record{Kind: store.Heads, Key: []any{p.ID, number}})
	}
	t.keeper.add(records...)
	t.asks.again()
	said := "Learnt " + words.Plural(len(v.Classes), "class", "classes") + "."
	if v.Checked > 0 {
		right := int(math.Round(v.Accuracy * float64(v.Checked)))
		said += " " + head.Share(right, v.Checked, words.Percent) + " " + teach.NamedRight(v.Checked) + "."
	}
	t.app.say(said)
	t.reader.lookAgain()
	t.draw()
}

func (l *learner) gaveUp(id, _ int, why string) {
	if why != "" {
		l.failed(id, why)
	}
}

func (l *learner) lost(id, _ int, why string) {
	if id != l.job {
		return
	}
	if l.errandDone != nil {
		l.failed(id, "the engine stopped while it was at work on the file ("+why+"); closing other tabs may help")
		return
	}
	if l.losses++; l.losses >= mostLosses {
		l.losses = 0
		l.failed(id, "the engine stopped twice while it was learning ("+why+"); fewer photos, or closing other tabs, may help")
		return
	}
	l.t.app.say("The engine stopped while it was learning. It begins again.")
	l.begin(l.kind, l.asked.task, l.asked.photos, l.then)
}

func (l *learner) thumb(int, js.Value) {}
func (l *learner) handBack(int, int)   {}
func (l *learner) dispatch()           {}

// curve asks for the learning curve of the version in use.
func (l *learner) curve() {
	if l.job != 0 || !l.head.Truthy() {
		return
	}
	spaces := l.t.reader.ready()
	if v := l.t.project().Version(l.t.project().Current); v != nil && v.Spaces != nil {
		spaces = v.Spaces
	}
	task, photos := l.t.task(spaces)
	l.t.screen.Curve = teach.CurveState{Busy: true}
	l.begin(curving, task, photos, nil)
}

func (t *teacher) showCurve(g head.Growth) {
	c := teach.CurveState{}
	for _, p := range g.Points {
		c.Points = append(c.Points, teach.CurvePoint{Photos: int(p.Photos + 0.5), Accuracy: p.Accuracy, Low: p.Low, High: p.High})
	}
	switch {
	case len(c.Points) < 2:
		c = teach.CurveState{Why: "There are too few photos to tell; add some to each class."}
	case g.Rough():
		c.Text = "There are too few photos to tell, and with so few, more very likely help."
	case g.Helps:
		c.Text = "Yes: with twice as many photos, about " + words.Percent(g.Gain) + " more of them should be named right."
	default:
		c.Text = "Hardly: more photos of the same kind should bring less than 1% more. Photos that differ from these (other places, light, angles) may still help."
	}
	t.screen.Curve = c
	t.draw()
}

// findSize tries several input sizes on the photos of the project.
func (t *teacher) findSize() {
	s := &t.screen.Sizes
	n := t.network()
	if s.Busy || n == nil {
		return
	}
	own := n.Preprocess.Size
	list := slices.DeleteFunc(n.offered(0), func(size int) bool { return size < own/2 || size > own*2 })
	began := t.project()
	*s = teach.Sizes{Busy: true}
	t.sizesOff = false
	stopped := func() bool { return t.sizesOff || t.project() != began }
	put := func(size int) {
		now := t.project().Settings
		now.Size = size
		if size == own {
			now.Size = 0
		}
		t.trial = &now
		t.reader.need()
	}
	for i, size := range list {
		if stopped() {
			break
		}
		s.At, s.Share = size, float64(i)/float64(len(list))
		s.Text = "Reading your photos at " + words.Thousands(size) + " px"
		t.draw()
		put(size)
		t.tellSmall()
		t.reader.again()
		for !stopped() && t.reader.queue.Counts().Left() > 0 {
			time.Sleep(30 * time.Millisecond)
			if done, of := t.reader.queue.Progress(); of > 0 {
				s.Share = (float64(i) + 0.8*float64(done)/float64(of)) / float64(len(list))
			}
			t.draw()
		}
		if stopped() {
			break
		}
		tried := teach.SizeTried{Size: size, Millis: t.reader.speed[size]}
		s.Text = "Learning at " + words.Thousands(size) + " px"
		t.draw()
		for t.lesson.job != 0 {
			time.Sleep(30 * time.Millisecond)
		}
		task, photos := t.task(t.reader.spaces())
		task.Config.Kind = head.Means // quick, and fair to all sizes
		done := make(chan error, 1)
		t.lesson.begin(learning, task, photos, func(l *protocol.Lesson, _ []byte, err error) {
			if err == nil && l.Report != nil {
				tried.Accuracy, tried.Low, tried.High = l.Report.Accuracy, l.Report.Low, l.Report.High
			}
			done <- err
		})
		if err := <-done; err != nil {
			s.Why = err.(*trouble).What
			break
		}
		s.Tried = append(s.Tried, tried)
		t.draw()
	}
	t.trial = nil
	s.Busy, s.Text = false, ""
	t.reader.need()
	t.draw()
}

func (t *teacher) stopSizes() {
	t.sizesOff = true
	if t.lesson.then != nil {
		then := t.lesson.then
		t.lesson.then = nil
		t.lesson.cancel()
		then(nil, nil, &trouble{What: "Stopped."})
	}
}
