//go:build js && wasm

package window

import (
	"strconv"
	"strings"
	"syscall/js"
	"time"
)

// strokePause is how long the points of a stroke are collected before they are told.
const strokePause = 40 * time.Millisecond

// A stroke is a way of the pointer over an element that is painted on.
type stroke struct {
	on      js.Value // undefined where there is none
	pointer int
	points  []string // that are still to be told
	last    string   // that was
	timer   *time.Timer
	tell    func(on js.Value, way string)
}

// Strokes tells where the pointer goes over elements that are painted on, while it is down: a list
// of points, each a share of the element's width and one of its height, with a comma between. A
// stroke goes on where the list before it ended. canvas finds the element around another that is
// painted on.
func Strokes(document js.Value, canvas func(target js.Value) (on js.Value, is bool), tell func(on js.Value, way string)) {
	s := &stroke{on: js.Undefined(), tell: tell}
	s.timer = time.AfterFunc(time.Hour, s.told)
	s.timer.Stop()
	hear := func(event string, do func(e js.Value)) {
		document.Call("addEventListener", event, js.FuncOf(func(_ js.Value, args []js.Value) any {
			do(args[0])
			return nil
		}))
	}
	own := func(e js.Value) bool { return s.on.Truthy() && e.Get("pointerId").Int() == s.pointer }
	hear("pointerdown", func(e js.Value) {
		on, is := canvas(e.Get("target"))
		if !is || e.Get("button").Int() != 0 || s.on.Truthy() {
			return
		}
		e.Call("preventDefault") // else a picture is dragged
		s.on, s.pointer, s.points, s.last = on, e.Get("pointerId").Int(), nil, ""
		s.hold()
		s.add(e)
		s.told()
	})
	hear("pointermove", func(e js.Value) {
		if !own(e) {
			return
		}
		if len(s.points) == 0 {
			s.timer.Reset(strokePause)
		}
		few := js.Undefined()
		if e.Get("getCoalescedEvents").Truthy() {
			few = e.Call("getCoalescedEvents")
		}
		if few.IsUndefined() || few.Length() == 0 {
			s.add(e)
			return
		}
		for i := range few.Length() {
			s.add(few.Index(i))
		}
	})
	for _, end := range []string{"pointerup", "pointercancel"} {
		hear(end, func(e js.Value) {
			if own(e) {
				s.told()
				s.on = js.Undefined()
			}
		})
	}
}

// hold has what the pointer does told of the element wherever it goes; one that is up by now cannot
// be held.
func (s *stroke) hold() {
	defer func() { _ = recover() }()
	s.on.Call("setPointerCapture", s.pointer)
}

func (s *stroke) add(e js.Value) {
	box := s.on.Call("getBoundingClientRect")
	share := func(at, from, size string) string {
		return strconv.FormatFloat((e.Get(at).Float()-box.Get(from).Float())/max(1, box.Get(size).Float()), 'f', 4, 64)
	}
	s.points = append(s.points, share("clientX", "left", "width")+","+share("clientY", "top", "height"))
}

// told tells the points that came.
func (s *stroke) told() {
	s.timer.Stop()
	if len(s.points) == 0 || !s.on.Truthy() {
		return
	}
	way := strings.TrimSpace(s.last + " " + strings.Join(s.points, " "))
	s.last, s.points = s.points[len(s.points)-1], nil
	s.tell(s.on, way)
}
