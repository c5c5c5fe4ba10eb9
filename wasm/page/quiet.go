//go:build js && wasm

package page

import (
	"strconv"
	"syscall/js"
	"time"
)

// A quiet watches over something that is to arrive.
type quiet struct {
	silence Silence
	again   func()
	clock   *time.Ticker
	done    chan struct{}
	over    bool
}

// watchQuiet calls tell once nothing has arrived for too many seconds, and again, where it is not nil, when something does after all.
func watchQuiet(tell func(seconds int), again func()) *quiet {
	q := &quiet{again: again, clock: time.NewTicker(time.Second), done: make(chan struct{})}
	q.silence.After = defaultSilence
	if n, err := strconv.Atoi(attribute("data-patience")); err == nil && n > 0 {
		q.silence.After = n
	}
	go func() {
		for {
			select {
			case <-q.clock.C:
				if q.silence.Tick() {
					tell(q.silence.Seconds())
				}
			case <-q.done:
				return
			}
		}
	}()
	return q
}

func (q *quiet) heard() {
	if q.silence.Heard() && q.again != nil {
		q.again()
	}
}

// end ends it; it may be called more than once, and on nil.
func (q *quiet) end() {
	if q != nil && !q.over {
		q.over = true
		q.clock.Stop()
		close(q.done)
	}
}

// attribute is one of the page's own element, "" where it has none.
func attribute(name string) string {
	v := js.Global().Get("document").Get("documentElement").Call("getAttribute", name)
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}
