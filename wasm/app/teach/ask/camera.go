package ask

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
)

// A Camera takes photos for a class, or shows its pictures to the taught head.
type Camera struct {
	*base.Base
	intake *base.Intake
	asking *Asking

	opening  int    // ticket of its being opened, 0 where it is not
	TakesFor int    // it takes photos for; 0 while it does not
	why      string // it could not be opened
	ready    bool

	recording bool
	held      bool      // by a button that is held
	counting  int       // seconds before a timed burst begins
	next      base.Wait // counts, or takes the next photo
	ends      base.Wait // of a timed burst
	still     int       // ticket of a photo that is being taken
	taken     int
	Burst     []outside.File
	began     time.Time

	seconds int // a timed burst lasts
	delay   int // seconds before it
	rate    int // photos a second

	front  bool // the camera that looks at the person, where there are two
	other  bool // another than before is to be opened
	count  int  // cameras of the device
	live   live
	large  bool         // its answer fills the window
	freeze int          // ticket of a picture that is to be looked at closer
	frozen outside.File // it was taken
}

// live is the camera whose pictures are named as they come.
type live struct {
	on     bool
	ready  bool
	why    string
	answer *answer
	rate   float64     // answers a second
	times  []time.Time // of the last answers
	frame  int         // ticket of a picture that is being taken
	asked  bool        // a picture is before the head
	next   base.Wait   // takes the next
	said   string      // the answer that was read out last
	saidAt time.Time
}

func NewCamera(b *base.Base, n *base.Intake, a *Asking) *Camera {
	return &Camera{Base: b, intake: n, asking: a, seconds: 3, delay: 3, rate: 8}
}

type (
	// CloseCamera ends taking photos, CameraAgain tries again to open it.
	CloseCamera struct{}
	CameraAgain struct{}
	// Record takes photos for as long as a button is held.
	Record struct{ On bool }
	// Burst waits, records, and stops by itself; used again it stops at once.
	Burst struct{}
	// SetRate and so on set up the camera.
	SetRate    struct{ Rate int }
	SetSeconds struct{ Seconds int }
	SetDelay   struct{ Delay int }
	SetSelfie  struct{ On bool }
	// StartLive has the camera's pictures named as they come, StopLive ends that.
	StartLive struct{}
	StopLive  struct{}
	// OtherCamera changes to the other one, where there are two.
	OtherCamera struct{}
	// Large has the answer fill the screen, as for a projector, or no longer: the window where the
	// browser lets no page fill the screen.
	Large struct{ On bool }
	// Freeze takes the picture that is seen, to be looked at closer.
	Freeze struct{}
)

// OpenCamera opens the camera to take photos for a class.
type OpenCamera struct{ Class int }

func (e OpenCamera) Update(c *Camera, t *outside.Turn) {
	if c.Class(e.Class) == nil {
		return
	}
	c.StopLive(t)
	c.TakesFor, c.why, c.ready, c.taken = e.Class, "", false, 0
	c.open(t)
}

// stillSide is the shorter side of a photo of the camera: more than any network reads.
const stillSide = 480

func (c *Camera) open(t *outside.Turn) {
	c.opening = t.Ticket()
	t.Ask(outside.OpenCamera{Ticket: c.opening, Width: 640, Height: stillSide, Front: c.front, Other: c.other})
	c.other = false
}

func (CameraAgain) Update(c *Camera, t *outside.Turn) {
	c.why = ""
	c.open(t)
}

func (CloseCamera) Update(c *Camera, t *outside.Turn) { c.Close(t) }

// Place names the class that photos are taken for.
func (c *Camera) Place() string {
	if c.TakesFor == 0 {
		return ""
	}
	return "camera-" + strconv.Itoa(c.TakesFor)
}

// Go ends taking photos. Only a person switches the camera on.
func (c *Camera) Go(t *outside.Turn, places []string) {
	if !slices.Contains(places, c.Place()) {
		c.Close(t)
	}
}

// Close ends taking photos.
func (c *Camera) Close(t *outside.Turn) {
	if c.TakesFor == 0 {
		return
	}
	class := c.TakesFor
	c.record(t, false)
	t.Ask(outside.CloseCamera{})
	c.TakesFor, c.ready, c.why, c.opening, c.counting = 0, false, "", 0, 0
	c.next.Stop()
	t.Focus(`[data-do=camera-open][data-class="` + strconv.Itoa(class) + `"]`)
}

func (e Record) Update(c *Camera, t *outside.Turn) {
	if e.On == c.held && !e.On {
		return
	}
	c.held = e.On && c.ready
	c.record(t, e.On)
}

// record begins or ends taking photos, as fast as is set. Those of one recording are added
// together.
func (c *Camera) record(t *outside.Turn, on bool) {
	if !c.ready || on == c.recording {
		return
	}
	c.recording = on
	if on {
		c.began, c.Burst = t.Now, nil
		c.shoot(t)
		return
	}
	c.counting = 0
	c.ends.Stop()
	c.next.Stop()
	if c.still == 0 {
		c.add(t)
	}
}

// add adds the photos of a recording: one edit, one burst.
func (c *Camera) add(t *outside.Turn) {
	files := c.Burst
	c.Burst = nil
	if len(files) > 0 {
		c.intake.AddTo(t, c.TakesFor, files, c.began.UnixMilli())
	}
}

func (Burst) Update(c *Camera, t *outside.Turn) {
	if c.recording || c.counting > 0 {
		c.counting = 0
		c.next.Stop()
		c.record(t, false)
		return
	}
	if !c.ready {
		return
	}
	c.counting = c.delay
	if c.counting == 0 {
		c.timed(t)
	} else {
		c.next.In(t, time.Second)
	}
}

func (c *Camera) timed(t *outside.Turn) {
	c.record(t, true)
	c.held = false
	c.ends.In(t, time.Duration(c.seconds)*time.Second)
}

// shoot takes a photo.
func (c *Camera) shoot(t *outside.Turn) {
	c.next.In(t, time.Second/time.Duration(max(1, c.rate)))
	if c.still != 0 { // the one before is not there yet
		return
	}
	c.still = t.Ticket()
	t.Ask(outside.TakeStill{
		Ticket: c.still, Element: "camera", Side: stillSide, Mirror: c.Settings.Selfie, Quality: 0.92,
		Name: "Camera " + t.Now.Format("2006-01-02 15.04.05") + " " + strconv.Itoa(len(c.Burst)+1) + ".jpg",
	})
}

func (e SetRate) Update(c *Camera, t *outside.Turn)    { c.rate = e.Rate }
func (e SetSeconds) Update(c *Camera, t *outside.Turn) { c.seconds = e.Seconds }
func (e SetDelay) Update(c *Camera, t *outside.Turn)   { c.delay = e.Delay }

func (e SetSelfie) Update(c *Camera, t *outside.Turn) {
	set := c.Settings
	set.Selfie = e.On
	c.ChangeSettings(t, set, say("Changed whether the camera shows a mirror image"))
}

func (StartLive) Viewing() {}

func (StartLive) Update(c *Camera, t *outside.Turn) {
	c.live = live{on: true}
	c.open(t)
	t.Focus("[data-do=live-stop]") // the button that had the keyboard is gone
}

func (StopLive) Viewing() {}

func (StopLive) Update(c *Camera, t *outside.Turn) {
	c.StopLive(t)
	t.Focus("[data-do=live-start]")
}

func (OtherCamera) Viewing() {}

func (OtherCamera) Update(c *Camera, t *outside.Turn) {
	c.front, c.other = !c.front, true
	if !c.live.on {
		return
	}
	t.Ask(outside.CloseCamera{})
	c.live.ready = false
	c.open(t)
}

func (Large) Viewing() {}

func (e Large) Update(c *Camera, t *outside.Turn) {
	c.fill(t, e.On)
	t.Focus("[data-do=live-large]")
}

func (c *Camera) fill(t *outside.Turn, on bool) {
	if c.large == on {
		return
	}
	c.large = on
	selector := ""
	if on {
		selector = ".live-section"
	}
	t.Ask(outside.FillScreen{Selector: selector})
}

func (Freeze) Viewing() {}

func (Freeze) Update(c *Camera, t *outside.Turn) {
	if !c.live.ready || c.freeze != 0 {
		return
	}
	c.freeze = t.Ticket()
	t.Ask(outside.TakeStill{Ticket: c.freeze, Element: "live", Side: stillSide, Mirror: c.Settings.Selfie, Quality: 0.92, Name: "Camera " + t.Now.Format("2006-01-02 15.04.05") + ".jpg"})
}

// Frozen returns the picture that was taken to be looked at closer, once.
func (c *Camera) Frozen() outside.File {
	f := c.frozen
	c.frozen = outside.File{}
	return f
}

func (c *Camera) StopLive(t *outside.Turn) {
	c.fill(t, false)
	if !c.live.on {
		return
	}
	c.live, c.freeze = live{}, 0
	c.asking.live = nil
	c.opening = 0
	t.Ask(outside.CloseCamera{})
}

// Receive takes what the browser tells of the camera, and tells whether it was of this one.
func (c *Camera) Receive(t *outside.Turn, e any) bool {
	switch e := e.(type) {
	case outside.CameraOpened:
		if e.Ticket != c.opening || c.opening == 0 {
			return false
		}
		c.opened(t, e)
	case outside.ScreenFilled:
		if e.On || !c.large {
			return false
		}
		c.large = false
	case outside.Still:
		if e.Ticket == c.freeze && c.freeze != 0 {
			if c.freeze, c.frozen = 0, e.File; e.File.Object != nil {
				c.StopLive(t)
			}
			break
		}
		if e.Ticket != c.still || c.still == 0 {
			return false
		}
		c.still = 0
		if e.File.Object != nil && c.TakesFor != 0 {
			c.Burst = append(c.Burst, e.File)
			c.taken++
		}
		if !c.recording && c.TakesFor != 0 {
			c.add(t)
		}
	case outside.Frame:
		if e.Ticket != c.live.frame || c.live.frame == 0 {
			return false
		}
		c.live.frame = 0
		if e.Pixels == nil {
			c.live.next.In(t, 30*time.Millisecond)
			return true
		}
		c.asking.live = &frame{e.Pixels, e.Width, e.Height}
		c.live.asked = true
	default:
		return false
	}
	t.Soon()
	return true
}

func (c *Camera) opened(t *outside.Turn, e outside.CameraOpened) {
	c.opening, c.count = 0, e.Cameras
	why := e.Why()
	switch {
	case c.TakesFor != 0:
		c.why, c.ready = why, why == ""
	case !c.live.on:
	case why != "":
		c.live = live{why: why}
	default:
		c.live.ready = true
		c.capture(t)
	}
}

// capture takes a picture for the head to name.
func (c *Camera) capture(t *outside.Turn) {
	c.live.frame = t.Ticket()
	t.Ask(outside.TakeFrame{Ticket: c.live.frame, Element: "live", Side: 320, Mirror: c.Settings.Selfie})
}

func (c *Camera) Tick(t *outside.Turn) {
	if c.ends.Due(t) {
		c.record(t, false)
		t.Soon()
	}
	if c.next.Due(t) {
		switch {
		case c.counting > 1:
			c.counting--
			c.next.In(t, time.Second)
		case c.counting == 1:
			c.counting = 0
			c.timed(t)
		case c.recording:
			c.shoot(t)
		}
		t.Soon()
	}
	if c.live.next.Due(t) && c.live.on && c.live.frame == 0 && !c.live.asked {
		c.capture(t)
	}
}

func (c *Camera) Wake(w *outside.Wake) {
	w.By(c.ends.At)
	w.By(c.next.At)
	w.By(c.live.next.At)
}

// sayEvery is how long an answer of the camera stands before another is read out.
const sayEvery = 2 * time.Second

// Reply shows what the head said, and looks again.
func (c *Camera) Reply(t *outside.Turn, r *Reply) {
	l := &c.live
	if !l.on {
		return
	}
	l.asked = false
	switch {
	case r.told != nil:
		l.answer, l.why = answerOf(c.Base, r.told), ""
		l.times = append(l.times, t.Now)
		if len(l.times) > 20 {
			l.times = l.times[len(l.times)-20:]
		}
		if n := len(l.times); n > 4 {
			l.rate = float64(n-1) / t.Now.Sub(l.times[0]).Seconds()
		}
		if name := l.answer.name(); t.Now.Sub(l.saidAt) > sayEvery && name != l.said {
			l.said, l.saidAt = name, t.Now
			t.Say(say("{1}.", name))
		}
	case r.why != "":
		l.why = base.Sentence(r.why)
		l.next.In(t, time.Second)
		return
	}
	c.capture(t)
}

// Leave is called when something else is shown.
func (c *Camera) Leave(t *outside.Turn) {
	c.Close(t)
	c.StopLive(t)
}

func (c *Camera) video(id string) *node {
	return el("video", at("id", id), flag("autoplay", true), flag("muted", true), flag("playsinline", true), at("aria-label", say("What the camera sees")), at("data-selfie", c.Settings.Selfie))
}

// LiveView is the camera whose pictures are named.
func (c *Camera) LiveView() *node {
	section := el("section.card-section.live-section", key("live"), at("aria-labelledby", "live-title"), el("h2", at("id", "live-title"), say("Camera")))
	l := &c.live
	if !l.on {
		section.Kids = append(section.Kids, el("p.quiet", say("Hold something up and see what it is called, many times a second.")), el("button.button", at("type", "button"), c.Do("live-start", StartLive{}), say("Start the camera")))
		if l.why != "" {
			section.Kids = append(section.Kids, el("p", l.why))
		}
		return section
	}
	var why *node
	if l.why != "" {
		why = el("p", l.why)
	}
	size := say("Fill the screen")
	var other *node
	if c.count > 1 {
		other = el("button.button.small", at("type", "button"), c.Do("live-other", OtherCamera{}), say("Other camera"))
	}
	if c.large {
		size = say("Back to the page")
		section.Attrs = append(section.Attrs, at("data-large", ""))
		section.On = append(section.On, markup.On("keydown", func(in markup.Input) any {
			if in.Key == "Escape" {
				return c.In(Large{})
			}
			return nil
		}))
	}
	section.Kids = append(section.Kids, el("div.live-body",
		el("div.stage.video", c.video("live")),
		el("div.live-answer", at("data-rate", fmt.Sprintf("%.1f", l.rate)), l.answer.nodes(), why, l.pace(),
			el("div.live-tools",
				el("button.button.small", at("type", "button"), c.Do("live-freeze", Freeze{}), flag("disabled", !l.ready), say("Freeze and look closer")),
				el("button.button.small", at("type", "button"), c.Do("live-large", Large{!c.large}), size),
				other,
				el("button.button.small", at("type", "button"), c.Do("live-stop", StopLive{}), say("Stop the camera"))),
			el("label.check", el("input", at("type", "checkbox"), flag("checked", c.Settings.Selfie), c.Checked("live-selfie", func(on bool) any { return SetSelfie{on} })), el("span", say("Mirror, as in a looking glass"))))))
	return section
}

func (l *live) pace() *node {
	if l.rate == 0 {
		return nil
	}
	says := say("{1} answers a second", fixed(l.rate, 0))
	if l.answer != nil && l.answer.fewer != "" {
		says = say("{1}. To keep up, pictures of the camera are {2}.", says, l.answer.fewer)
	}
	return el("p.quiet", says)
}

// View is the dialogue in which photos are taken, nil where it is closed.
func (c *Camera) View() *node {
	class := c.Class(c.TakesFor)
	if class == nil {
		return nil
	}
	video := el("div.stage.video", c.video("camera"))
	switch {
	case c.counting > 0:
		video.Kids = append(video.Kids, el("p.countdown", strconv.Itoa(c.counting)))
	case c.recording:
		video.Kids = append(video.Kids, el("p.on-air", say("Recording")))
	}
	side := el("div.sheet-side")
	if c.why != "" {
		side.Kids = append(side.Kids, el("p", c.why), el("button.button", at("type", "button"), c.Do("camera-again", CameraAgain{}), say("Try again")))
	} else {
		side.Kids = c.controls()
	}
	return el("dialog.sheet", at("data-modal", "camera"), at("aria-labelledby", "camera-title"), key("camera-dialog"), markup.Send("cancel", c.In(CloseCamera{})),
		el("div.sheet-head", el("h2", at("id", "camera-title"), say("Camera: {1}", class.Name)), c.Closer("camera-close", CloseCamera{}, say("Close the camera"))),
		el("div.sheet-body", video, side))
}

func (c *Camera) controls() []*node {
	timed := say("Record for {1|# second|# seconds}", c.seconds)
	if c.recording || c.counting > 0 {
		timed = say("Stop")
	}
	choice := func(id, label string, value int, event func(int) any, text func(int) string, options ...int) *node {
		var list []*node
		for _, o := range options {
			list = append(list, el("option", at("value", o), flag("selected", o == value), text(o), key(strconv.Itoa(o))))
		}
		return el("div.field", el("label", at("for", id), label), el("select", at("id", id), c.Chosen(id, func(v string) any { return event(base.Number(v)) }), at("value", value), list))
	}
	seconds := func(n int) string {
		if n == 0 {
			return say("none")
		}
		return say("{1} s", n)
	}
	return []*node{
		el("button.button.primary.hold", at("type", "button"), at("data-hold", "record"), flag("disabled", !c.ready),
			markup.On("hold", func(in markup.Input) any { return c.In(Record{in.Checked}) }), say("Hold to record")),
		el("button.button", at("type", "button"), c.Do("camera-timed", Burst{}), flag("disabled", !c.ready), timed),
		el("p.taken", at("role", "status"), say("{1|# photo|# photos} taken", c.taken)),
		el("div.camera-choices",
			choice("camera-rate", say("Photos each second"), c.rate, func(n int) any { return SetRate{n} }, strconv.Itoa, 2, 4, 8, 12),
			choice("camera-seconds", say("For"), c.seconds, func(n int) any { return SetSeconds{n} }, seconds, 2, 3, 5, 10),
			choice("camera-delay", say("Wait before"), c.delay, func(n int) any { return SetDelay{n} }, seconds, 0, 3, 5)),
		el("label.check", el("input", at("type", "checkbox"), flag("checked", c.Settings.Selfie), c.Checked("camera-selfie", func(on bool) any { return SetSelfie{on} })), el("span", say("Mirror, as in a looking glass"))),
		el("p.quiet", say("Move the thing about, near and far: differing photos teach most.")),
	}
}
