//go:build js && wasm

// Package surface is what an element that is moved and zoomed needs of a browser: its gestures, and
// the pixels of its picture. It is apart from package browser because most visits do without it.
package surface

import (
	"math"
	"strconv"
	"strings"
	"syscall/js"

	"homeroom/wasm/markup"
)

// A Surface hears gestures, and paints.
type Surface struct {
	// Tell tells an element's handlers of a kind of event, and whether it meant something to them.
	Tell func(on js.Value, event string, in markup.Input) bool

	hears map[string]js.Func // by event; the same for all elements
	sizes js.Value           // a ResizeObserver

	pointers map[int]point // that are down
	spread   float64       // between two, when it was told last

	canvas  js.Value // that was painted last
	raster  markup.Raster
	colours [][4]byte // nil where they are to be asked for
	pixels  []byte
	array   js.Value // a Uint8ClampedArray as long
}

type point struct{ x, y float64 }

// start makes ready what hears and paints.
func (s *Surface) start() {
	s.pointers = map[int]point{}
	s.hears = map[string]js.Func{
		"pointerdown": s.hear(s.down), "pointermove": s.hear(s.move), "pointerup": s.hear(s.up), "pointercancel": s.hear(s.cancel),
		"pointerleave": s.hear(func(e js.Value) { s.gesture(e, markup.Left, func(*markup.Gesture) {}) }), "wheel": s.hear(s.wheel),
	}
	s.sizes = js.Global().Get("ResizeObserver").New(js.FuncOf(func(_ js.Value, args []js.Value) any {
		for i := range args[0].Length() {
			on := args[0].Index(i).Get("target")
			s.tell(on, s.sized(on))
		}
		return nil
	}))
	anew := js.FuncOf(func(js.Value, []js.Value) any {
		if s.colours = nil; s.raster != nil && s.canvas.Get("isConnected").Bool() {
			s.Paint(s.canvas, s.raster)
		}
		return nil
	})
	for _, query := range []string{"(prefers-color-scheme: dark)", "(forced-colors: active)"} {
		js.Global().Call("matchMedia", query).Call("addEventListener", "change", anew)
	}
}

// tell tells a gesture, and whether it meant something.
func (s *Surface) tell(on js.Value, g markup.Gesture) bool {
	return s.Tell(on, gestures, markup.Input{Gesture: g})
}

func (s *Surface) hear(do func(e js.Value)) js.Func {
	return js.FuncOf(func(_ js.Value, args []js.Value) any {
		do(args[0])
		return nil
	})
}

// gestures is the kind of event that they are told as.
const gestures = "gesture"

// Watch hears an element's gestures from now on, where its node takes them.
func (s *Surface) Watch(element js.Value, n *markup.Node) {
	if n.Handler(gestures) != nil {
		s.watch(element)
	}
}

func (s *Surface) watch(element js.Value) {
	if s.hears == nil {
		s.start()
	}
	for event, do := range s.hears {
		element.Call("addEventListener", event, do, map[string]any{"passive": false})
	}
	s.sizes.Call("observe", element)
}

// sized is a gesture that tells an element's size.
func (s *Surface) sized(element js.Value) markup.Gesture {
	return markup.Gesture{Kind: markup.Sized, Width: element.Get("clientWidth").Float(), Height: element.Get("clientHeight").Float(), Density: js.Global().Get("devicePixelRatio").Float()}
}

// gesture tells one of an event, and whether it meant something.
func (s *Surface) gesture(e js.Value, kind markup.GestureKind, add func(*markup.Gesture)) bool {
	on := e.Get("currentTarget")
	g := s.sized(on)
	at := place(e)
	g.Kind, g.X, g.Y = kind, at.x, at.y
	g.Shift, g.Control = e.Get("shiftKey").Truthy(), e.Get("ctrlKey").Truthy() || e.Get("metaKey").Truthy()
	add(&g)
	return s.tell(on, g)
}

// place is where an event happened in its element.
func place(e js.Value) point {
	box := e.Get("currentTarget").Call("getBoundingClientRect")
	return point{e.Get("clientX").Float() - box.Get("left").Float(), e.Get("clientY").Float() - box.Get("top").Float()}
}

func (s *Surface) down(e js.Value) {
	if e.Get("button").Int() != 0 {
		return
	}
	e.Get("currentTarget").Call("setPointerCapture", e.Get("pointerId"))
	s.pointers[e.Get("pointerId").Int()] = place(e)
	switch len(s.pointers) {
	case 1:
		s.gesture(e, markup.Down, func(*markup.Gesture) {})
	case 2:
		s.spread = 0
		s.gesture(e, markup.Cancelled, func(*markup.Gesture) {})
	}
}

func (s *Surface) move(e js.Value) {
	id := e.Get("pointerId").Int()
	was, pressed := s.pointers[id]
	now := place(e)
	if !pressed {
		if e.Get("pointerType").String() == "mouse" {
			s.gesture(e, markup.Over, func(*markup.Gesture) {})
		}
		return
	}
	s.pointers[id] = now
	if len(s.pointers) == 1 {
		s.gesture(e, markup.Moved, func(g *markup.Gesture) { g.DX, g.DY = now.x-was.x, now.y-was.y })
		return
	}
	for other, there := range s.pointers {
		if other == id || len(s.pointers) > 2 {
			continue
		}
		before, spread := s.spread, math.Hypot(now.x-there.x, now.y-there.y)
		if s.spread = spread; before > 0 && spread > 0 {
			s.gesture(e, markup.Pinched, func(g *markup.Gesture) {
				g.X, g.Y = (now.x+there.x)/2, (now.y+there.y)/2
				g.DX, g.DY, g.Factor = (now.x-was.x)/2, (now.y-was.y)/2, spread/before
			})
		}
	}
}

func (s *Surface) up(e js.Value) {
	if _, is := s.pointers[e.Get("pointerId").Int()]; !is {
		return
	}
	delete(s.pointers, e.Get("pointerId").Int())
	if len(s.pointers) == 0 {
		s.gesture(e, markup.Up, func(*markup.Gesture) {})
	}
	s.spread = 0
}

func (s *Surface) cancel(e js.Value) {
	delete(s.pointers, e.Get("pointerId").Int())
	s.gesture(e, markup.Cancelled, func(*markup.Gesture) {})
}

// wheel is a turn of the wheel, or two fingers spread on a pad, which browsers tell as one with
// Control. A line counts as 16 pixels.
func (s *Surface) wheel(e js.Value) {
	by := e.Get("deltaY").Float()
	if e.Get("deltaMode").Int() != 0 {
		by *= 16
	}
	if e.Get("ctrlKey").Truthy() {
		by *= 6
	}
	if s.gesture(e, markup.Wheel, func(g *markup.Gesture) { g.Factor = math.Exp(-max(-300, min(300, by)) / 500) }) {
		e.Call("preventDefault")
	}
}

// Paint draws a picture on a canvas; on one that is not in the page yet, once it is.
func (s *Surface) Paint(canvas js.Value, r markup.Raster) {
	if !canvas.Get("isConnected").Bool() {
		var later js.Func
		later = js.FuncOf(func(js.Value, []js.Value) any {
			later.Release()
			if canvas.Get("isConnected").Bool() {
				s.Paint(canvas, r)
			}
			return nil
		})
		js.Global().Call("requestAnimationFrame", later)
		return
	}
	if s.raster == nil || !s.canvas.Equal(canvas) {
		s.colours = nil
	}
	s.canvas, s.raster = canvas, r
	if s.colours == nil {
		s.ask()
	}
	width, height := r.Size()
	if canvas.Get("width").Int() != width || canvas.Get("height").Int() != height {
		canvas.Set("width", width)
		canvas.Set("height", height)
	}
	if n := 4 * width * height; n == 0 {
		return
	} else if n != len(s.pixels) {
		s.pixels = make([]byte, n)
		s.array = js.Global().Get("Uint8ClampedArray").New(n)
	}
	clear(s.pixels)
	r.Draw(s.pixels, s.colours)
	js.CopyBytesToJS(s.array, s.pixels)
	picture := js.Global().Get("ImageData").New(s.array, width, height)
	canvas.Call("getContext", "2d").Call("putImageData", picture, 0, 0)
}

// ask asks for the colours that the style sheet gives the children of the canvas.
func (s *Surface) ask() {
	for kids, i := s.canvas.Get("children"), 0; i < kids.Length(); i++ {
		s.colours = append(s.colours, colour(js.Global().Call("getComputedStyle", kids.Index(i)).Get("color").String()))
	}
}

// colour reads one as browsers write them: rgb(1, 2, 3).
func colour(written string) (out [4]byte) {
	numbers := strings.FieldsFunc(written, func(r rune) bool { return (r < '0' || r > '9') && r != '.' })
	for i, n := range numbers[:min(3, len(numbers))] {
		v, _ := strconv.ParseFloat(n, 64)
		out[i] = byte(max(0, min(255, v)))
	}
	out[3] = 255
	return out
}
