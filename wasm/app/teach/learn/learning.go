package learn

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"homeroom/core/evaluation"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// A Learning has heads learnt by a worker of its own, which holds the features.
type Learning struct {
	*base.Base
	Saving *Saving
	Reader *Reading

	Pool   *pool.Pool
	holder int                            // worker that was sent features
	held   map[feature.Space]map[int]bool // what it was sent by the page
	stale  map[int]bool                   // photos whose features are others by now

	soon   base.Wait // after the last change
	Due    bool      // to learn, once nothing else is to be done
	Job    *job      // at work on, nil for none
	state  string    // "", or "failed"
	why    string
	stage  training.Progress
	steps  []training.Progress // so far, of stage "learn"
	Curve  curve               // the learning curve of the version in use
	Choice Choice              // the photos to ask about, which are chosen when asked for
	Using  inUse               // the head of the version in use
	shown  versionOf           // it is on its way from the store
	which  int                 // version that use is of
	last   bool                // in the state that learning ended in
	Renew  bool                // what answers is another head
}

// A job is what was asked for, as it was then.
type job struct {
	kind   int
	number protocol.Job // 0 while it waits to be handed out
	task   protocol.Task
	photos []*project.Photo
	set    project.Settings
	size   int
	name   string // of the network
	after  int    // it waits until so many changes are kept
	losses int
	file   *protocol.WriteFile // where it is to make a file
	most   int                 // photos to choose
}

// What the worker may be at.
const (
	learnHead  = iota
	learnTrial // of an input size: no version comes of it
	learnCurve
	makeFile
	restoreFeatures
	chooseAsked
)

// A Choice is photos without a class that a person is to be asked about.
type Choice struct {
	Busy  bool
	Asked []protocol.Asked // in the order in which to ask
	Why   string           // there are none
}

// A curve is the learning curve, which is made when asked for.
type curve struct {
	Busy   bool
	Share  float64
	Points []training.Point
	Text   string
	Why    string // it could not be made
}

// mostForAll is for how many vectors, one a photo and view, all kinds are tried, as by the program.
// Where there are more, a person would wait long for a small network, and a head of nearest photos,
// which is all of their features once more, would take more memory than a tab should.
const mostForAll = 6000

const (
	heldOut       = 0.2                    // share of the photos that is held out, where the person wants that
	mostForOthers = 200                    // classes for which other kinds are tried
	learnDelay    = 400 * time.Millisecond // after the last change learning begins
)

// Busy tells whether a version is being learnt.
func (l *Learning) Busy() bool { return l.Job != nil && l.Job.kind == learnHead }

// Waits tells whether something is to be learnt or is being.
func (l *Learning) Waits() bool { return l.Due || l.Job != nil }

// Relearn says that what there is to learn changed: it is learnt again soon.
func (l *Learning) Relearn(t *outside.Turn) {
	l.Stale = true
	l.Base.Changed()
	l.Unsaved = true
	if l.Busy() {
		l.Cancel(t)
	}
	if l.Settings.Auto {
		l.Due = true
		l.soon.In(t, learnDelay)
	}
}

// Resume has learnt what was still to be learnt when the page was closed.
func (l *Learning) Resume(t *outside.Turn) {
	if l.Elsewhere {
		return
	}
	if v := l.InUse(); l.Stale || v == nil && l.Count() > 0 {
		l.Relearn(t)
	}
}

type (
	// LearnNow learns at once.
	LearnNow struct{}
	// StopLearning ends what is being learnt.
	StopLearning struct{}
	// FindGrowth asks for the learning curve of the version in use.
	FindGrowth struct{}
)

func (LearnNow) Update(l *Learning, t *outside.Turn) {
	l.Due = true
	l.soon.In(t, 0)
	l.state = ""
}

func (StopLearning) Update(l *Learning, t *outside.Turn) {
	l.Cancel(t)
	l.Due = false
	l.soon.Stop()
	t.Say(say("Stopped learning."))
}

func (FindGrowth) Update(l *Learning, t *outside.Turn) {
	if l.Job != nil || l.Using.Head == nil || l.Restoring {
		return
	}
	spaces := l.Reader.ready()
	if v := l.InUse(); v != nil && v.Spaces != nil {
		spaces = v.Spaces
	}
	task, photos := l.task(spaces)
	l.Curve = curve{Busy: true}
	l.begin(t, learnCurve, task, photos)
}

// Choose begins to choose up to so many of some photos to ask about, unless something else is being
// done or about to be, and tells whether it began.
func (l *Learning) Choose(t *outside.Turn, photos []*project.Photo, most int) bool {
	if l.Waits() || l.Restoring || l.Elsewhere || len(photos) == 0 || l.Shows() {
		return false
	}
	task := protocol.Task{Spaces: slices.Clone(l.Reader.Spaces())} // what the worker holds of these and of further views stays
	for _, list := range [][]feature.Space{l.Reader.More(), l.reads()} {
		for _, s := range list {
			if !slices.Contains(task.Spaces, s) {
				task.Spaces = append(task.Spaces, s)
			}
		}
	}
	if len(task.Spaces) == 0 {
		return false
	}
	for _, ph := range photos {
		task.IDs = append(task.IDs, ph.ID)
	}
	l.Choice = Choice{Busy: true}
	l.begin(t, chooseAsked, task, photos).most = most
	return true
}

// reads are the feature spaces that the version in use reads.
func (l *Learning) reads() []feature.Space {
	if v := l.InUse(); v != nil {
		return v.Reads()
	}
	return nil
}

// start begins what is due, once photos are read and nothing else is being learnt.
func (l *Learning) start(t *outside.Turn) {
	if !l.Due || l.Restoring || l.soon.Waits() && !l.soon.Due(t) || l.Reader.Teaches() || l.Job != nil {
		return
	}
	l.Due = false
	t.Soon()
	task, photos := l.task(l.Reader.ready())
	taught := map[int]bool{}
	for _, c := range task.Labels {
		taught[c] = true
	}
	if len(taught) >= 2 {
		l.begin(t, learnHead, task, photos)
	}
}

func (l *Learning) Wake(w *outside.Wake) {
	if l.Due && !l.Restoring {
		w.By(l.soon.At)
	}
	l.Pool.Wake(w)
}

// task is what there is to learn from: photos that were read in all of the given spaces.
func (l *Learning) task(spaces []feature.Space) (protocol.Task, []*project.Photo) {
	set := l.Settings
	task := protocol.Task{Spaces: spaces}
	var photos []*project.Photo
	for _, c := range l.Classes {
		any := false
		for _, ph := range l.Members(c.ID) {
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
	task.Config = training.Config{Kind: head.Kind(set.Head), Seed: set.Seed, ByCount: !set.Weigh, FalseAlarms: set.Alarms}
	if set.HoldOut {
		task.Valid = heldOut
	}
	switch {
	case len(task.Classes) > mostForOthers:
		task.Config.Kinds, task.Config.Folds = training.ForManyClasses(), 2
	case len(photos)*len(spaces) > mostForAll:
		task.Config.Kinds = training.ForManyPhotos()
	}
	return task, photos
}

// begin has the worker do a job, once what it needs is in the store.
func (l *Learning) begin(t *outside.Turn, kind int, task protocol.Task, photos []*project.Photo) *job {
	l.Job = &job{kind: kind, task: task, photos: photos, set: l.Settings, size: l.Size(), after: l.Saving.Queued}
	if n := l.Network(); n != nil {
		l.Job.name = n.Name
	}
	if l.Stored {
		l.Job.task.Project = l.ID
	}
	if kind == learnHead {
		l.state, l.why, l.stage, l.steps = "", "", training.Progress{Stage: "choose"}, nil
	}
	if l.Pool == nil {
		l.Pool = pool.NewLearning(t)
	}
	t.Soon()
	return l.Job
}

// Settle begins what is due, and hands the job out as soon as it can be.
func (l *Learning) Settle(t *outside.Turn) {
	l.start(t)
	for _, id := range l.Renewed {
		for _, held := range l.held {
			delete(held, id)
		}
		if l.stale == nil {
			l.stale = map[int]bool{}
		}
		l.stale[id] = true
	}
	l.Renewed = nil
	j := l.Job
	if j == nil || j.number != (protocol.Job{}) || l.Pool == nil {
		return
	}
	w := l.Pool.Idle()
	if w == nil {
		return
	}
	if l.Stored && !l.Saving.Failed && l.Saving.Written < j.after {
		if l.Saving.Due.Waits() {
			l.Saving.Flush(t)
		}
		return
	}
	if l.holder != w.ID { // a fresh one, in place of one that died, holds nothing
		l.holder, l.held = w.ID, map[feature.Space]map[int]bool{}
	}
	// Now that the new ones are in the store, or among those that follow.
	for _, id := range slices.SortedStableFunc(maps.Keys(l.stale), cmp.Compare) {
		l.Pool.Post(t, w, protocol.Forget{ID: id})
	}
	clear(l.stale)
	l.holdUnwritten(t, w)
	j.number = protocol.Job{ID: t.Ticket(), Ticket: 1}
	switch j.kind {
	case learnCurve:
		l.Pool.Hand(t, w, protocol.Curve{Job: j.number, Task: j.task, Head: l.Using.Head})
	case makeFile:
		j.file.Job = j.number
		l.Pool.Hand(t, w, *j.file)
	case restoreFeatures:
		l.Pool.Hand(t, w, protocol.Restore{Job: j.number, Project: l.ID, Task: j.task})
	case chooseAsked:
		l.Pool.Hand(t, w, protocol.Choose{Job: j.number, Task: j.task, Head: l.Using.Head, Quick: l.Using.quick, Most: j.most})
	default:
		l.Pool.Hand(t, w, protocol.Learn{Job: j.number, Task: j.task})
	}
}

// holdUnwritten gives the worker the features that are not in the store, where it cannot get them
// by itself.
func (l *Learning) holdUnwritten(t *outside.Turn, w *pool.Worker) {
	j := l.Job
	if l.stops() { // the worker drops what it does not need, too
		maps.DeleteFunc(l.held, func(space feature.Space, _ map[int]bool) bool { return !slices.Contains(j.task.Spaces, space) })
	}
	var wanted map[int]*project.Photo
	for _, list := range [][]outside.Record{l.Saving.sent, l.Records} {
		for _, r := range list {
			if r.Kind != base.FeatureRecords {
				continue
			}
			if wanted == nil {
				wanted = make(map[int]*project.Photo, len(j.photos))
				for _, ph := range j.photos {
					wanted[ph.ID] = ph
				}
			}
			space, err := feature.Parse(r.Key[1].(string))
			vector, there := r.Value.(outside.Object)
			ph := wanted[r.Key[2].(int)]
			if err != nil || !there || ph == nil || l.held[space][ph.ID] || !slices.Contains(j.task.Spaces, space) {
				continue
			}
			if l.held[space] == nil {
				l.held[space] = map[int]bool{}
			}
			l.held[space][ph.ID] = true
			// The buffer is copied on the way: it is still to be written.
			l.Pool.Post(t, w, protocol.Hold{Photo: *ph, Space: space, Vector: vector})
		}
	}
}

// stops tells whether what the worker is at can be ended. What it does for a file, and for the
// store, goes on.
func (l *Learning) stops() bool {
	return l.Job != nil && l.Job.kind != makeFile && l.Job.kind != restoreFeatures
}

// putOff ends what is being learnt for something else, after which it is learnt again.
func (l *Learning) putOff(t *outside.Turn) {
	again := l.Busy()
	if l.Cancel(t); again {
		l.Due = true
		l.soon.In(t, learnDelay)
	}
}

// Cancel ends what is being learnt.
func (l *Learning) Cancel(t *outside.Turn) {
	if !l.stops() {
		return
	}
	if l.Job.number != (protocol.Job{}) {
		if w := l.Pool.Worker(l.holder); w != nil {
			l.Pool.Post(t, w, protocol.Stop{})
		}
	}
	l.Curve.Busy, l.Choice.Busy = false, false
	l.Job = nil
}

// failed ends the job without a result.
func (l *Learning) failed(t *outside.Turn, why string) {
	j := l.Job
	l.Job = nil
	t.Soon()
	switch j.kind {
	case learnCurve:
		l.Curve = curve{Why: base.Sentence(why)}
	case chooseAsked:
		l.Choice = Choice{Why: base.Sentence(why)}
	case learnHead:
		l.state, l.why = "failed", base.Sentence(why)
		t.Say(say("It could not learn. {1}", base.Sentence(why)))
	}
}

// An outcome is what came of a job that another panel asked for.
type outcome struct {
	job    *job
	report *evaluation.Report
	file   outside.Object
	bytes  int64 // of it
	wrote  []protocol.Written
	why    string // nothing came of it
}

// Told takes what the pool of the learning worker says. What came of a job for another panel is
// returned.
func (l *Learning) Told(t *outside.Turn, told any) *outcome {
	j := l.Job
	mine := func(job protocol.Job) bool { return j != nil && job == j.number && j.number != (protocol.Job{}) }
	switch m := told.(type) {
	case pool.Refused:
		l.Close(t)
		if j != nil {
			return l.end(t, m.Why)
		}
	case pool.Progress:
		if j == nil || m.ID != j.number.ID {
			return nil
		}
		switch j.kind {
		case learnCurve:
			l.Curve.Share = m.Progress.Share
		case learnHead:
			l.stage = m.Progress
			if m.Progress.Stage == "learn" && m.Progress.Loss > 0 {
				l.steps = append(l.steps, m.Progress)
			}
		}
	case pool.Answered:
		if mine(m.Job) {
			return l.answered(t, m.Message)
		}
	case pool.GaveUp:
		if mine(m.Job) {
			return l.end(t, m.Why)
		}
	case pool.Lost:
		if !mine(m.Job) {
			return nil
		}
		if j.kind == makeFile {
			return l.end(t, say("the engine stopped while it was at work on the file ({1}); closing other tabs may help", foreign(m.Why)))
		}
		if j.losses++; j.losses >= pool.MostLosses {
			return l.end(t, say("the engine stopped twice while it was learning ({1}); fewer photos, or closing other tabs, may help", foreign(m.Why)))
		}
		t.Say(say("The engine stopped while it was learning. It begins again."))
		j.number = protocol.Job{}
	}
	return nil
}

// end ends a job that failed.
func (l *Learning) end(t *outside.Turn, why string) *outcome {
	j := l.Job
	l.failed(t, why)
	if j.kind == learnTrial || j.kind == makeFile || j.kind == restoreFeatures {
		return &outcome{job: j, why: why}
	}
	return nil
}

func (l *Learning) answered(t *outside.Turn, message any) *outcome {
	j := l.Job
	switch m := message.(type) {
	case protocol.FileWritten:
		l.Job = nil
		return &outcome{job: j, file: m.File, bytes: m.Bytes}
	case protocol.Restored:
		l.Job = nil
		return &outcome{job: j, wrote: m.Written}
	case protocol.Chosen:
		l.Job, l.Choice = nil, Choice{Asked: m.Asked}
		t.Soon()
	case protocol.Curved:
		l.Job = nil
		l.Grown(m.Growth)
		t.Soon()
	case protocol.Learnt:
		if m.Trained.Report != nil {
			err := m.Trained.Report.Check()
			if err == nil {
				err = m.Trained.Report.Expand()
			}
			if err != nil {
				return l.end(t, text.Of(err))
			}
		}
		l.Job = nil
		if j.kind == learnTrial {
			return &outcome{job: j, report: m.Trained.Report}
		}
		l.learnt(t, j, &m)
	}
	return nil
}

// learnt makes a version of what was learnt.
func (l *Learning) learnt(t *outside.Turn, j *job, m *protocol.Learnt) {
	got := &m.Trained
	v := project.Version{
		When: t.Now, Kind: string(got.Kind), Input: got.Input, Spaces: got.Spaces, Network: j.name, Size: j.set.Size, Thorough: j.set.Thorough, Once: j.set.Once,
		Pixels: j.size, Classes: j.task.Classes, Photos: len(j.photos), Seed: j.set.Seed, Seconds: got.Seconds, Bytes: m.Bytes,
	}
	if m.Last != nil {
		v.States = project.StatesOf(got.Curve)
	}
	f := &project.Figures{Report: got.Report, Folds: got.Folds, Held: map[int]project.HeldOut{}, Tried: got.Tried, Curve: got.Curve, Unchecked: got.Unchecked}
	if c := j.task.Config; c.Kinds != nil && c.Kind == head.Auto {
		f.LeftOut = base.NotTried(c.Kinds, len(j.photos), len(v.Classes))
	}
	if r := got.Report; r != nil {
		v.Checked, v.Accuracy, v.Low, v.High, v.Loss = r.Photos, r.Accuracy, r.Low, r.High, r.Loss
	}
	for _, h := range got.Held {
		if h.Answer >= 0 && h.Answer < len(v.Classes) {
			f.Held[h.ID] = project.HeldOut{Label: v.Classes[h.Answer], Score: h.Score, Own: h.Own, Right: h.Answer == h.Label, Strange: h.Strange}
		}
	}
	for _, a := range got.Alike {
		f.Pairs = append(f.Pairs, project.Alike{A: int(a.A), B: int(a.B), Same: a.Same})
	}
	added := l.AddVersion(v)
	f.Version = added.Number
	l.Stale = l.Due
	l.Figures, l.Curve = f, curve{}
	l.Using, l.which, l.last, l.Renew = inUse{m.Head, m.Quick}, added.Number, false, true
	l.shown = versionOf{}
	l.Store(outside.Record{Kind: base.HeadRecords, Key: l.RecordKey(added.Number), Value: outside.Version{Head: m.Head, Last: m.Last, Quick: m.Quick, Result: string(f.Encode())}})
	for _, number := range l.Superfluous() {
		l.Store(outside.Record{Kind: base.HeadRecords, Key: l.RecordKey(number)})
	}
	l.Base.Again = true
	said := say("Learnt {1|# class|# classes}.", len(v.Classes))
	if v.Checked > 0 {
		said += " " + say("{1} {2}.", base.Share(&v), base.NamedRight(v.Checked))
	}
	t.Say(said)
}

// Follow has the figures and the head of the version in use at hand.
func (l *Learning) Follow(t *outside.Turn) {
	v := l.InUse()
	if v == nil {
		if l.which != 0 || l.Figures != nil {
			l.Using, l.which, l.Figures, l.Curve, l.shown = inUse{}, 0, nil, curve{}, versionOf{}
		}
		return
	}
	if l.which == v.Number && l.last == v.Last {
		return
	}
	l.which, l.last = v.Number, v.Last
	l.Using, l.Figures, l.Curve = inUse{}, nil, curve{}
	if l.shown.ask(l.Saving, t, v.Number); l.shown.ticket == 0 {
		l.showVersion(t, say("it was not saved"))
	}
	t.Soon()
}

// Shows tells whether the version in use is still on its way.
func (l *Learning) Shows() bool { return l.shown.ticket != 0 }

// Receive takes what the store says, and tells whether it was of the version in use.
func (l *Learning) Receive(t *outside.Turn, e any) bool {
	is, all, why := l.shown.receive(e)
	if all {
		l.showVersion(t, why)
	}
	return is
}

// showVersion takes the version in use, or says why it is not there.
func (l *Learning) showVersion(t *outside.Turn, why string) {
	got := l.shown.got
	number := l.shown.number
	l.shown = versionOf{}
	t.Soon()
	if got == nil {
		l.Notice(t, say("Version {1} could not be opened: {2}.", number, base.Plainly(why)))
		return
	}
	if f, err := project.DecodeFigures([]byte(got.Result)); err == nil {
		f.Version = number
		l.Figures = f
	} else {
		l.Notice(t, say("What is known of version {1} cannot be shown: {2}.", number, text.Of(err)))
	}
	l.Using = inUse{got.Head, got.Quick}
	if l.last && got.Last != nil {
		l.Using.Head = got.Last
	}
	l.Renew = true
}

// Close ends the worker.
func (l *Learning) Close(t *outside.Turn) {
	if l.Pool != nil {
		l.Pool.Close(t)
		l.Pool, l.holder = nil, 0
	}
}

// Grown takes the learning curve.
func (l *Learning) Grown(g training.Growth) {
	c := curve{Points: g.Points}
	switch {
	case len(c.Points) < 2:
		c = curve{Why: say("There are too few photos to tell; add some to each class.")}
	case g.Rough():
		c.Text = say("There are too few photos to tell, and with so few, more very likely help.")
	case g.Helps:
		c.Text = say("Yes: with twice as many photos, about {1} more of them should be named right.", words.Percent(g.Gain))
	default:
		c.Text = say("Hardly: more photos of the same kind should bring less than 1% more. Photos that differ from these (other places, light, angles) may still help.")
	}
	l.Curve = c
}

// Strip says how learning stands, always in view.
func (l *Learning) Strip() *node {
	taught := 0
	for _, c := range l.Classes {
		if slices.ContainsFunc(l.Members(c.ID), func(ph *project.Photo) bool { return ph.Spaces != nil }) {
			taught++
		}
	}
	section := func(state string, parts ...*node) *node {
		return el("section.learning", at("aria-label", say("Learning")), at("data-learning", state), key("learning"), parts)
	}
	now := func(text string, primary bool) *node {
		class := "button.button.small"
		if primary {
			class += ".primary"
		}
		return el(class, at("type", "button"), l.Do("learn", LearnNow{}), text)
	}
	v := l.InUse()
	switch {
	case l.Busy():
		line := say("Learning")
		switch l.stage.Stage {
		case "choose":
			line = say("Learning: choosing what answers best")
		case "check":
			line = say("Learning: checking on photos it has not seen")
		}
		var live []string
		if l.stage.Loss > 0 {
			live = append(live, say("loss {1}", fixed(l.stage.Loss, 3)))
		}
		if a := max(l.stage.ValidAccuracy, l.stage.Accuracy); a > 0 && l.Job.heldOut() >= evaluation.FewPhotos {
			live = append(live, say("accuracy {1}", words.Percent(a)))
		}
		bar := el("progress", at("id", "learning-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", l.stage.Share)))
		return section("busy", el("label", at("for", "learning-bar"), line), el("span.live", strings.Join(live, " · ")), bar,
			el("button.button.small", at("type", "button"), l.Do("learn-stop", StopLearning{}), say("Stop")))
	case l.state == "failed":
		return section("failed", el("p", el("strong", say("It could not learn.")+" "), l.why), now(say("Try again"), false))
	case v == nil && l.Reader.Active():
		return section("waiting", el("p", say("Learning starts by itself once the photos are read.")))
	case taught < 2 && v == nil:
		text := say("Add photos to two classes and learning starts by itself.")
		if taught == 1 {
			text = say("Add photos to one more class and learning starts by itself.")
		}
		return section("waiting", el("p", text))
	case v == nil:
		return section("ready", el("p", say("Ready to learn.")), now(say("Learn now"), true))
	}
	parts := []*node{base.Ring(v), el("p.learning-text", el("strong", say("Version {1}:", v.Number)+" "), base.InWords(v))}
	if l.Stale && taught >= 2 {
		parts = append(parts, now(say("Learn the changes"), true))
	}
	return section("done", parts...)
}

// heldOut is about how many photos what is being learnt is checked on.
func (j *job) heldOut() int {
	if j.task.Valid > 0 {
		return int(j.task.Valid * float64(len(j.photos)))
	}
	return len(j.photos)
}
