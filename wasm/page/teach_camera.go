//go:build js && wasm

package page

import (
	"strconv"
	"syscall/js"
	"time"

	"homeroom/wasm/promise"
	"homeroom/wasm/teach"
)

// A camera takes photos for a class, or shows its pictures to the taught head.
type camera struct {
	t      *teacher
	stream js.Value // MediaStream, undefined while the camera is off
	canvas js.Value
	hold   bool
	taking bool
	shots  int
	liveOn bool
	times  []time.Time // of the last answers

	said   string // the answer that was read out last
	saidAt time.Time
}

// listen has the button that is held record.
func (c *camera) listen(t *teacher) {
	c.t = t
	down := func(ev js.Value) {
		if !ev.Get("target").Call("closest", "[data-hold]").IsNull() {
			ev.Call("preventDefault")
			c.record(true)
		}
	}
	up := func(js.Value) {
		if c.hold {
			c.record(false)
		}
	}
	on := func(target js.Value, name string, do func(js.Value)) {
		target.Call("addEventListener", name, js.FuncOf(func(_ js.Value, args []js.Value) any {
			do(args[0])
			return nil
		}))
	}
	on(t.root, "pointerdown", down)
	for _, name := range []string{"pointerup", "pointercancel"} {
		on(js.Global(), name, up)
	}
	isKey := func(ev js.Value) bool {
		key := ev.Get("key").String()
		return (key == " " || key == "Enter") && !ev.Get("target").Get("closest").IsUndefined() && !ev.Get("target").Call("closest", "[data-hold]").IsNull()
	}
	on(t.root, "keydown", func(ev js.Value) {
		if isKey(ev) && !ev.Get("repeat").Bool() {
			down(ev)
		}
	})
	on(t.root, "keyup", func(ev js.Value) {
		if isKey(ev) {
			ev.Call("preventDefault")
			up(ev)
		}
	})
	on(t.root, "contextmenu", func(ev js.Value) { // a long press on a phone
		if !ev.Get("target").Call("closest", "[data-hold]").IsNull() {
			ev.Call("preventDefault")
		}
	})
}

// act does what an element of the camera is for.
func (c *camera) act(what string, e event) {
	s := &c.t.screen.Camera
	number := func() int { n, _ := strconv.Atoi(e.value()); return n }
	switch what {
	case "camera-open":
		c.stopLive()
		*s = teach.Camera{Class: e.number("class"), Seconds: s.Seconds, Delay: s.Delay, Rate: s.Rate}
		c.t.draw()
		go c.start(func(why string) { s.Why, s.Ready = why, why == "" })
	case "camera-again":
		s.Why = ""
		c.t.draw()
		go c.start(func(why string) { s.Why, s.Ready = why, why == "" })
	case "camera-close":
		c.close()
	case "camera-timed":
		c.timed()
	case "camera-rate":
		s.Rate = number()
	case "camera-seconds":
		s.Seconds = number()
	case "camera-delay":
		s.Delay = number()
	case "camera-selfie":
		set := c.t.project().Settings
		set.Selfie = e.on.Get("checked").Bool()
		c.t.change(c.t.project().Set(set, "Changed whether the camera shows a mirror image"))
	case "live-start":
		c.startLive()
		c.t.focus("[data-do=live-stop]") // the button that had the keyboard is gone
	case "live-stop":
		c.stopLive()
		c.t.focus("[data-do=live-start]")
	}
	c.t.draw()
}

// start opens the camera and tells why it could not be, or "".
func (c *camera) start(tell func(why string)) {
	devices := js.Global().Get("navigator").Get("mediaDevices")
	if !devices.Truthy() {
		tell("This browser gives pages no camera here (that needs https, or this device itself).")
		c.t.draw()
		return
	}
	stream, err := promise.Await(devices.Call("getUserMedia", map[string]any{
		"audio": false, "video": map[string]any{"width": map[string]any{"ideal": 640}, "height": map[string]any{"ideal": 480}, "facingMode": "environment"},
	}))
	if err != nil {
		why := "The camera could not be opened: " + err.Error() + "."
		switch name := err.Error(); {
		case name == "NotAllowedError":
			why = "The browser does not let this page use the camera. Allow it in the address bar, then try again."
		case name == "NotFoundError":
			why = "There is no camera on this device."
		case name == "NotReadableError":
			why = "Another program is using the camera. Close it, then try again."
		}
		tell(why)
		c.t.draw()
		return
	}
	if c.t.screen.Camera.Class == 0 && !c.liveOn { // closed meanwhile
		stopTracks(stream)
		return
	}
	c.stream = stream
	tell("")
	c.t.draw()
}

// attach shows the stream in the video that is drawn.
func (c *camera) attach() {
	if !c.stream.Truthy() {
		return
	}
	for _, id := range []string{"camera", "live"} {
		video := js.Global().Get("document").Call("getElementById", id)
		if video.Truthy() && !video.Get("srcObject").Equal(c.stream) {
			video.Set("muted", true)
			video.Set("srcObject", c.stream)
			video.Call("play").Call("catch", js.Global().Get("Boolean"))
		}
	}
}

func (c *camera) off() {
	if c.stream.Truthy() {
		stopTracks(c.stream)
	}
	c.stream = js.Undefined()
}

func stopTracks(stream js.Value) {
	for _, track := range list(stream.Call("getTracks")) {
		track.Call("stop")
	}
}

// close ends taking photos.
func (c *camera) close() {
	s := &c.t.screen.Camera
	if s.Class == 0 {
		return
	}
	class := s.Class
	c.record(false)
	c.off()
	*s = teach.Camera{Seconds: s.Seconds, Delay: s.Delay, Rate: s.Rate}
	c.t.focus(`[data-do=camera-open][data-class="` + strconv.Itoa(class) + `"]`)
}

// record begins or ends taking photos, as fast as is set.
func (c *camera) record(on bool) {
	s := &c.t.screen.Camera
	if !s.Ready || on == s.Recording {
		c.hold = on && s.Recording
		return
	}
	c.hold = on
	s.Recording = on
	if on {
		go c.shoot()
	} else {
		s.Counting = 0
	}
	c.t.draw()
}

// timed waits, records, and stops by itself; used again it stops at once.
func (c *camera) timed() {
	s := &c.t.screen.Camera
	if s.Recording || s.Counting > 0 {
		s.Counting = 0
		c.record(false)
		return
	}
	c.shots++
	shot, class := c.shots, s.Class
	s.Counting = s.Delay
	go func() {
		for s.Counting > 0 {
			c.t.draw()
			time.Sleep(time.Second)
			if shot != c.shots || s.Class != class || s.Counting == 0 {
				return
			}
			s.Counting--
		}
		c.record(true)
		c.hold = false
		time.Sleep(time.Duration(s.Seconds) * time.Second)
		if shot == c.shots && s.Class == class {
			c.record(false)
		}
	}()
	c.t.draw()
}

// shoot takes photos until recording ends, and adds them together: one edit, one burst.
func (c *camera) shoot() {
	if c.taking {
		return
	}
	c.taking = true
	s := &c.t.screen.Camera
	class := s.Class
	began := time.Now().UnixMilli()
	var got []incoming
	for n := 1; s.Recording && s.Class == class; n++ {
		start := time.Now()
		if blob := c.still(); blob.Truthy() {
			name := "Camera " + time.Now().Format("2006-01-02 15.04.05") + " " + strconv.Itoa(n) + ".jpg"
			file := js.Global().Get("File").New([]any{blob}, name, map[string]any{"type": "image/jpeg"})
			got = append(got, incoming{file: file})
			s.Taken++
			c.t.draw()
		}
		time.Sleep(max(5*time.Millisecond, time.Second/time.Duration(max(1, s.Rate))-time.Since(start)))
	}
	c.taking = false
	if len(got) == 0 {
		return
	}
	photos, files, ok := c.t.photosOf(got)
	if !ok || c.t.project().Class(class) == nil {
		return
	}
	for i, ph := range photos {
		ph.Taken = began + int64(i) // photos of one burst stay together when it is checked
	}
	c.t.lastClass = class
	e := c.t.project().AddPhotos(class, photos)
	c.t.reader.add(photos, files)
	c.t.change(e)
}

// still is what the camera sees now, as a JPEG.
func (c *camera) still() js.Value {
	video := js.Global().Get("document").Call("getElementById", "camera")
	if !video.Truthy() || !c.paint(video, 480) {
		return js.Undefined()
	}
	done := make(chan js.Value, 1)
	got := js.FuncOf(func(_ js.Value, args []js.Value) any {
		done <- args[0]
		return nil
	})
	defer got.Release()
	c.canvas.Call("toBlob", got, "image/jpeg", 0.92)
	return <-done
}

// paint puts what the camera sees on the canvas, its shorter side at most so long.
func (c *camera) paint(video js.Value, side int) bool {
	w, h := video.Get("videoWidth").Int(), video.Get("videoHeight").Int()
	if w == 0 || h == 0 {
		return false
	}
	if c.canvas.IsUndefined() {
		c.canvas = js.Global().Get("document").Call("createElement", "canvas")
	}
	if s := min(w, h); s > side {
		w, h = w*side/s, h*side/s
	}
	if c.canvas.Get("width").Int() != w || c.canvas.Get("height").Int() != h {
		c.canvas.Set("width", w)
		c.canvas.Set("height", h)
	}
	context := c.canvas.Call("getContext", "2d", map[string]any{"willReadFrequently": true})
	context.Call("setTransform", 1, 0, 0, 1, 0, 0)
	if c.t.project().Settings.Selfie {
		context.Call("setTransform", -1, 0, 0, 1, w, 0)
	}
	context.Call("drawImage", video, 0, 0, w, h)
	return true
}

// startLive has the camera's pictures named as they come.
func (c *camera) startLive() {
	l := &c.t.screen.Try.Live
	*l = teach.Live{On: true}
	c.liveOn, c.times, c.said = true, nil, ""
	c.t.reader.need()
	go func() {
		c.start(func(why string) {
			l.Ready = why == ""
			if why != "" {
				*l = teach.Live{Why: why}
				c.liveOn = false
			}
		})
		for c.liveOn && !c.look() {
			time.Sleep(30 * time.Millisecond)
		}
	}()
	c.t.draw()
}

// look puts the camera's picture before the head, and tells whether there was one.
func (c *camera) look() bool {
	video := js.Global().Get("document").Call("getElementById", "live")
	if !c.liveOn || !video.Truthy() || !c.paint(video, 320) {
		return false
	}
	w, h := c.canvas.Get("width").Int(), c.canvas.Get("height").Int()
	pixels := c.canvas.Call("getContext", "2d").Call("getImageData", 0, 0, w, h).Get("data")
	c.t.asks.live = &frame{pixels, w, h}
	c.t.reader.dispatch()
	return true
}

// sayEvery is how long an answer of the camera stands before another is read out.
const sayEvery = 2 * time.Second

// told shows what the head said, and looks again.
func (c *camera) told(a *teach.Told) {
	l := &c.t.screen.Try.Live
	if !c.liveOn {
		return
	}
	if a != nil {
		l.Answer, l.Why = a, ""
		now := time.Now()
		c.times = append(c.times, now)
		if len(c.times) > 20 {
			c.times = c.times[len(c.times)-20:]
		}
		if n := len(c.times); n > 4 {
			l.Rate = float64(n-1) / now.Sub(c.times[0]).Seconds()
		}
		if now.Sub(c.saidAt) > sayEvery {
			if name := a.Name(); name != c.said {
				c.said, c.saidAt = name, now
				c.t.app.say(name + ".")
			}
		}
		c.t.draw()
	}
	go func() {
		for c.liveOn && !c.look() {
			time.Sleep(30 * time.Millisecond)
		}
	}()
}

func (c *camera) stopLive() {
	if !c.liveOn {
		return
	}
	c.liveOn = false
	c.t.asks.live = nil
	c.off()
	c.t.screen.Try.Live = teach.Live{}
	c.t.draw()
}
