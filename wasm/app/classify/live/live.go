// Package live is the dialogue of Classify in which what the camera sees is named as it comes, by
// whatever answers for photos. A picture of it can be frozen and looked at closer, or taken as a
// photo.
package live

import (
	"fmt"
	"time"

	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/app/sheet"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// An Engine is what answers for photos, as far as the camera needs it.
type Engine interface {
	Away() bool  // another view is shown, and has the device
	Ready() bool // photos can be named
	Alone() bool // no photo waits to be named
	InUse() int  // input size in pixels
	// Equip sees to it that a worker has the head that a person taught, and tells whether that is
	// what answers.
	Equip(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool
	// Answered is an answer as it is shown, nil of what is none.
	Answered(message any) *queue.Answer
	// Offered are the networks and projects to choose from, and Chosen the one in use.
	Offered() []*markup.Node
	Chosen() string
	Trouble() *catalogue.Trouble // nil where nothing stands in the way
	// Progress says what is being done until photos can be named, and which part of it is done,
	// below 0 where that is not known.
	Progress() (says string, part float64)
	// Choose is the event that chooses another, Retry tries again what went wrong, and Stop calls
	// off what is fetched.
	Choose(name string) any
	Retry() any
	Stop() any
}

// A Camera is the dialogue.
type Camera struct {
	Engine

	on      bool // the dialogue is open
	ready   bool // the camera is
	why     string
	opening int // ticket, 0 for none
	front   bool
	cameras int
	mirror  bool
	decided bool // by the person, whether it is a mirror
	large   bool // it fills the screen
	still   int  // ticket of a picture that is being taken, 0 for none
	freezes bool // that is to be looked at closer
	taken   int
	photos  []outside.File // that were taken and are still to be named

	name   pool.Question // what the picture shows
	frame  int           // ticket of a picture that is being taken to be named
	pixels *outside.Frame
	answer *queue.Answer
	fault  string // the last picture could not be named
	after  time.Time
	times  []time.Time // of the last answers
	said   string      // that was read out last
	saidAt time.Time

	frozen  outside.File
	heat    sheet.Heat
	class   int // index of the class that the heat map is wanted for
	explain pool.Question
}

var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	say  = text.Say
)

const (
	// top is how many answers are asked for.
	top = 5
	// stillSide is the shorter side of a photo of the camera: more than any network reads.
	stillSide = 480
	// frameSide is that of a picture that is named as it comes, at least.
	frameSide = 320
	// sayEvery is how long an answer stands before another is read out.
	sayEvery = 2 * time.Second
	// frozenPhoto stands for the number of the picture that is looked at closer.
	frozenPhoto = -1
)

type (
	// UseCamera opens the dialogue and switches the camera on, CloseCamera closes it.
	UseCamera   struct{}
	CloseCamera struct{}
	// TakePhoto takes a photo.
	TakePhoto struct{}
	// Freeze stops at what is seen, to look closer, and GoOn goes on.
	Freeze struct{}
	GoOn   struct{}
	// KeepFrozen adds the frozen picture to the photos.
	KeepFrozen struct{}
	// OtherCamera changes to another camera of the device.
	OtherCamera struct{}
	// Mirror shows what the camera sees as in a looking glass, or no longer.
	Mirror struct{ On bool }
	// FillScreen has the answer fill the screen, or no longer: the window where the browser lets no
	// page fill the screen.
	FillScreen struct{ On bool }
	// FrozenHeat shows which places of the frozen picture speak for a class, and FrozenPlain shows
	// it alone.
	FrozenHeat  struct{ Class string }
	FrozenPlain struct{}
)

func (UseCamera) Update(c *Camera, t *outside.Turn) {
	if c.Away() { // another view is shown
		return
	}
	c.Enter()
	c.open(t, false)
}

// Enter opens the dialogue. Only a person switches the camera on.
func (c *Camera) Enter() {
	*c = Camera{Engine: c.Engine, photos: c.photos, on: true, mirror: true, front: c.front}
}

func (c *Camera) open(t *outside.Turn, other bool) {
	c.why, c.ready, c.opening = "", false, t.Ticket()
	t.Ask(outside.OpenCamera{Ticket: c.opening, Width: 640, Height: stillSide, Front: c.front, Other: other})
}

func (CloseCamera) Update(c *Camera, t *outside.Turn) { c.Close(t) }

// Close closes it.
func (c *Camera) Close(t *outside.Turn) {
	if !c.on {
		return
	}
	c.fill(t, false)
	still := c.still
	if c.freezes {
		still = 0
	}
	*c = Camera{Engine: c.Engine, photos: c.photos, front: c.front, still: still}
	t.Ask(outside.CloseCamera{})
	t.Focus("#use-camera")
}

// On tells whether the dialogue is open.
func (c *Camera) On() bool { return c.on }

// Photos are those that were taken since it was asked last.
func (c *Camera) Photos() []outside.File {
	files := c.photos
	c.photos = nil
	return files
}

func (c *Camera) shoot(t *outside.Turn, freezes bool) {
	if c.ready && c.still == 0 && c.frozen.Object == nil {
		c.still, c.freezes = t.Ticket(), freezes
		t.Ask(outside.TakeStill{Ticket: c.still, Element: "camera", Side: stillSide, Mirror: c.mirror, Quality: 0.92, Name: "Camera " + t.Now.Format("2006-01-02 15.04.05") + ".jpg"})
	}
}

func (TakePhoto) Update(c *Camera, t *outside.Turn) { c.shoot(t, false) }

func (Freeze) Update(c *Camera, t *outside.Turn) { c.shoot(t, true) }

func (GoOn) Update(c *Camera, t *outside.Turn) {
	c.frozen, c.heat, c.answer = outside.File{}, sheet.Heat{}, nil
	c.name.Drop()
	c.explain.Drop()
	t.Focus("#camera-freeze")
}

func (KeepFrozen) Update(c *Camera, t *outside.Turn) {
	if c.frozen.Object != nil {
		c.add(t, c.frozen)
		GoOn{}.Update(c, t)
	}
}

func (c *Camera) add(t *outside.Turn, f outside.File) {
	c.taken++
	t.Say(say("Took {1|# photo|# photos}.", c.taken))
	c.photos = append(c.photos, f)
}

func (OtherCamera) Update(c *Camera, t *outside.Turn) {
	if c.on && c.opening == 0 {
		c.front = !c.front
		t.Ask(outside.CloseCamera{})
		c.open(t, true)
	}
}

func (e Mirror) Update(c *Camera, t *outside.Turn) { c.mirror, c.decided = e.On, true }

func (e FillScreen) Update(c *Camera, t *outside.Turn) {
	c.fill(t, e.On)
	t.Focus("#camera-fill")
}

func (c *Camera) fill(t *outside.Turn, on bool) {
	if c.large == on {
		return
	}
	c.large = on
	selector := ""
	if on {
		selector = "#camera-live"
	}
	t.Ask(outside.FillScreen{Selector: selector})
}

func (e FrozenHeat) Update(c *Camera, t *outside.Turn) { c.explains(e.Class) }

func (FrozenPlain) Update(c *Camera, t *outside.Turn) {
	c.heat.On = false
	c.explain.Drop()
}

// explains has the heat map of the frozen picture made for a class.
func (c *Camera) explains(class string) {
	c.explain.Drop()
	if c.answer == nil || c.frozen.Object == nil {
		return
	}
	for _, r := range c.answer.Results {
		if r.Label == class {
			c.heat, c.class = sheet.Heat{On: true, Photo: frozenPhoto, Class: class}, r.Index
			c.explain.Ask()
		}
	}
}

// Receive takes what the browser tells of the camera, and tells whether it was asked here.
func (c *Camera) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.CameraOpened:
		if e.Ticket != c.opening || c.opening == 0 {
			return false
		}
		c.opening, c.why, c.cameras = 0, e.Why(), e.Cameras
		if c.ready = c.why == ""; c.ready && !c.decided {
			c.mirror = !e.Away
		}
	case outside.Still:
		if e.Ticket != c.still || c.still == 0 {
			return false
		}
		c.still = 0
		switch {
		case e.File.Object == nil:
		case c.freezes && c.on:
			c.frozen, c.answer, c.fault = e.File, nil, ""
			c.name.Ask()
			t.Focus("#camera-go-on")
		default: // it was taken, though the dialogue may be closed by now
			c.add(t, e.File)
		}
	case outside.Frame:
		if e.Ticket != c.frame || c.frame == 0 {
			return false
		}
		if c.frame = 0; c.frozen.Object != nil {
			break
		}
		if e.Pixels == nil { // there is nothing to see yet
			c.after = t.Now.Add(30 * time.Millisecond)
			return true
		}
		c.pixels = &e
		c.name.Ask()
		return true
	case outside.ScreenFilled:
		if e.On || !c.large {
			return false
		}
		c.large = false
	default:
		return false
	}
	t.Soon()
	return true
}

// due tells whether another picture is to be named.
func (c *Camera) due() bool {
	return c.ready && c.Engine.Ready() && c.frozen.Object == nil && c.frame == 0 && !c.name.Open
}

// Settle takes the next picture, where that is its turn.
func (c *Camera) Settle(t *outside.Turn) {
	if c.due() && !t.Now.Before(c.after) {
		c.frame = t.Ticket()
		t.Ask(outside.TakeFrame{Ticket: c.frame, Element: "camera", Side: max(frameSide, c.InUse()*8/7), Mirror: c.mirror})
	}
}

// Wake says when the time is wanted.
func (c *Camera) Wake(w *outside.Wake) {
	if c.due() {
		w.By(c.after)
	}
}

// Hand gives an idle worker a question, and tells whether there was one.
func (c *Camera) Hand(t *outside.Turn, p *pool.Pool, w *pool.Worker) bool {
	if !c.name.Due && !c.explain.Due {
		return false
	}
	alone, taught := c.Alone(), c.Equip(t, p, w)
	switch {
	case c.name.Due && c.frozen.Object != nil && taught:
		p.Hand(t, w, protocol.Ask{Job: c.name.Job(t), File: c.frozen.Object, Alone: alone})
	case c.name.Due && c.frozen.Object != nil:
		p.Hand(t, w, protocol.Classify{Job: c.name.Job(t), File: c.frozen.Object, Top: top, Alone: alone})
	case c.name.Due && c.pixels == nil: // it went with a worker that is gone
		c.name.Drop()
		c.after = t.Now
		return false
	case c.name.Due:
		f := c.pixels
		c.pixels = nil
		if taught {
			p.Hand(t, w, protocol.Ask{Job: c.name.Job(t), Frame: f.Pixels, Width: f.Width, Height: f.Height, Alone: alone})
		} else {
			p.Hand(t, w, protocol.Classify{Job: c.name.Job(t), Frame: f.Pixels, Width: f.Width, Height: f.Height, Top: top, Alone: alone})
		}
	case c.explain.Due && taught:
		p.Hand(t, w, protocol.Ask{Job: c.explain.Job(t), File: c.frozen.Object, Class: c.heat.Class, Alone: alone})
	case c.explain.Due:
		p.Hand(t, w, protocol.Explain{Job: c.explain.Job(t), File: c.frozen.Object, Index: c.class, Alone: alone})
	default:
		return false
	}
	return true
}

// Told takes what the pool tells, and tells whether it was of a question here.
func (c *Camera) Told(t *outside.Turn, told any) bool {
	message, why, own := c.explain.Hear(told)
	if own {
		switch made := message.(type) {
		case protocol.Explained:
			c.heat.Take(made.Heat)
		case protocol.Told:
			c.heat.Take(made.Heat)
		}
		if why != "" {
			c.heat.Why = words.Sentence(why)
		}
		t.Soon()
		return true
	}
	if message, why, own = c.name.Hear(told); !own {
		return false
	}
	t.Soon()
	switch a := c.Answered(message); {
	case a != nil:
		c.answer, c.fault = a, ""
		c.pace(t)
	case why != "":
		c.fault, c.after = words.Sentence(why), t.Now.Add(time.Second)
	}
	return true
}

// pace notes that an answer came, and reads it out where the last one stood for long enough.
func (c *Camera) pace(t *outside.Turn) {
	if c.times = append(c.times, t.Now); len(c.times) > 20 {
		c.times = c.times[1:]
	}
	if name := c.answer.Says(); t.Now.Sub(c.saidAt) > sayEvery && name != c.said {
		c.said, c.saidAt = name, t.Now
		t.Say(say("{1}.", name))
	}
}

// rate is how many answers there are a second, 0 while that is not known.
func (c *Camera) rate() float64 {
	n := len(c.times)
	if n < 5 || !c.times[n-1].After(c.times[0]) {
		return 0
	}
	return float64(n-1) / c.times[n-1].Sub(c.times[0]).Seconds()
}

// Others is called when something else answers from now on.
func (c *Camera) Others() {
	c.answer, c.times, c.fault = nil, nil, ""
	c.heat = sheet.Heat{}
	c.explain.Drop()
	if c.name.Drop(); c.frozen.Object != nil {
		c.name.Ask()
	}
}

// HandBack asks again where the pool was closed with a question of here.
func (c *Camera) HandBack(job protocol.Job) bool {
	return c.explain.HandBack(job) || c.name.HandBack(job)
}

// View is the dialogue, nil where it is closed.
func (c *Camera) View() *markup.Node {
	if !c.on {
		return nil
	}
	stage := el("div.stage.video", el("video", at("id", "camera"), flag("autoplay", true), flag("muted", true), flag("playsinline", true), at("aria-label", say("What the camera sees")), at("data-selfie", c.mirror), flag("hidden", c.frozen.Object != nil)))
	if c.frozen.Object != nil {
		stage.Kids = append(stage.Kids, el("img", markup.Key("frozen"), markup.Shown(c.frozen.Object), at("alt", say("The frozen picture"))))
		if c.heat.On && c.heat.Picture != nil && c.answer != nil {
			stage.Kids = append(stage.Kids, c.heat.Over(c.answer.Word))
		}
	}
	live := el("div.live-section.camera-live", at("id", "camera-live"), markup.Key("camera-live"),
		el("div.live-body", stage, el("div.live-answer", at("data-rate", fmt.Sprintf("%.1f", c.rate())), c.says(), c.tools(), c.settings())))
	leaves := any(CloseCamera{})
	if c.large {
		live.Attrs = append(live.Attrs, at("data-large", ""))
		leaves = FillScreen{}
	}
	return el("dialog.sheet.wide", at("data-modal", "camera"), at("aria-labelledby", "camera-title"), markup.Key("camera"), markup.Send("cancel", leaves),
		el("div.sheet-head", el("h2", at("id", "camera-title"), say("Camera")), sheet.Close(CloseCamera{}, say("Close the camera"))), live)
}

// says is the answer, or why there is none.
func (c *Camera) says() []*markup.Node {
	a := c.answer
	switch {
	case c.why != "":
		return []*markup.Node{el("p.problem", at("role", "alert"), c.why)}
	case c.fault != "":
		return []*markup.Node{el("p.problem", c.fault)}
	case !c.ready && c.opening == 0 && c.frozen.Object == nil:
		return []*markup.Node{el("p", say("What the camera sees is named as it comes. No picture leaves this device, and none is kept unless you take a photo."))}
	case a == nil || len(a.Results) == 0:
		return []*markup.Node{el("p.quiet", say("Looking…"))}
	}
	var labels, names []string
	var scores []float64
	for _, r := range a.Results {
		labels, names, scores = append(labels, r.Label), append(names, a.Word(r.Label)), append(scores, r.Score)
	}
	out := []*markup.Node{el("div.told", el("h3.answer", a.Says()), sheet.Answers(names, scores, 3))}
	if rate := c.rate(); rate > 0 && c.frozen.Object == nil {
		out = append(out, el("p.quiet", say("{1} answers a second", text.Fixed(rate, 0))))
	}
	if c.frozen.Object != nil {
		s := &sheet.Sheet{Photo: frozenPhoto, Heat: &c.heat, Classes: labels, Class: labels[0], HeatOff: FrozenPlain{}, HeatFor: func(class string) any { return FrozenHeat{class} }, Word: a.Word}
		out = append(out, s.HeatPart())
	}
	return out
}

// tools is what can be done now.
func (c *Camera) tools() *markup.Node {
	out := el("div.live-tools")
	add := func(n ...*markup.Node) { out.Kids = append(out.Kids, n...) }
	make := func(class, id string, event any, says string, off bool) *markup.Node {
		return el("button.button.small"+class, at("type", "button"), at("id", id), markup.Key(id), flag("disabled", off), markup.Click(event), says)
	}
	button := func(id string, event any, says string) *markup.Node { return make("", id, event, says, false) }
	primary := func(id string, event any, says string) *markup.Node { return make(".primary", id, event, says, false) }
	switch {
	case c.frozen.Object != nil:
		add(primary("camera-go-on", GoOn{}, say("Go on")), button("camera-keep", KeepFrozen{}, say("Keep as a photo")))
	case c.why != "":
		add(primary("camera-again", UseCamera{}, say("Try again")))
	case !c.ready && c.opening == 0:
		add(primary("camera-start", UseCamera{}, say("Start the camera")))
	default:
		add(make(".primary", "camera-take", TakePhoto{}, say("Take a photo"), !c.ready), make("", "camera-freeze", Freeze{}, say("Freeze and look closer"), !c.ready))
		if c.cameras > 1 {
			add(button("camera-other", OtherCamera{}, say("Other camera")))
		}
	}
	size := say("Fill the screen")
	if c.large {
		size = say("Back to the page")
	}
	add(button("camera-fill", FillScreen{!c.large}, size))
	if c.taken > 0 {
		add(button("camera-names", CloseCamera{}, say("See their names")), el("p.taken", markup.Key("taken"), say("Took {1|# photo|# photos}.", c.taken)))
	}
	return out
}

// settings is who answers, as far as it is here, and whether the picture is mirrored.
func (c *Camera) settings() []*markup.Node {
	out := []*markup.Node{
		el("label.check", el("input", at("type", "checkbox"), at("id", "camera-mirror"), flag("checked", c.mirror), flag("disabled", c.frozen.Object != nil), markup.Checked(func(on bool) any { return Mirror{on} })), el("span", say("Mirror, as in a looking glass"))),
	}
	if offered := c.Offered(); len(offered) > 0 {
		out = append(out, el("div.field", el("label", at("for", "camera-model"), say("Who answers")),
			el("select", at("id", "camera-model"), at("value", c.Chosen()), markup.Value(c.Choose), offered)))
	}
	trouble := c.Trouble()
	switch {
	case trouble != nil:
		out = append(out, el("div.fault", at("role", "alert"), el("p", trouble.What+" "+trouble.Why), el("p", trouble.Do), el("button.button.small", at("type", "button"), at("id", "camera-retry"), markup.Click(c.Retry()), say("Retry"))))
	case !c.Engine.Ready():
		says, part := c.Progress()
		bar := markup.Attr{Name: "value", Off: part < 0, Value: fmt.Sprintf("%.3f", part)}
		out = append(out, el("div.load", el("label", at("for", "camera-bar"), at("role", "status"), says), el("progress", at("id", "camera-bar"), at("max", 1), bar),
			el("button.button.small", at("type", "button"), at("id", "camera-cancel"), markup.Click(c.Stop()), say("Cancel"))))
	}
	return out
}
