package e2e

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/tracing"
)

// A traceEvent is something that a thread of the browser did. Times are in microseconds; Worked is
// what the thread ran of it: what it waited for the processor is left out, so that a busy machine
// tells nearly the same as a free one.
type traceEvent struct {
	Name   string  `json:"name"`
	Phase  string  `json:"ph"`
	Start  float64 `json:"ts"`
	Took   float64 `json:"dur"`
	Worked float64 `json:"tdur"`
	PID    int     `json:"pid"`
	TID    int     `json:"tid"`
	Args   struct {
		Name string `json:"name"`
	} `json:"args"`
}

// entries are the events in which the browser calls scripts.
var entries = []string{"FunctionCall", "FireAnimationFrame", "TimerFire", "EventDispatch", "RunMicrotasks", "v8.callFunction"}

// traced takes down what the page's thread does until the function that it returns is called, which
// tells of its tasks and of its scripts, in time that the thread worked.
func (p *tab) traced() (stop func() string) {
	p.t.Helper()
	p.mu.Lock()
	p.trace, p.traceEnded = nil, make(chan struct{})
	p.mu.Unlock()
	call(p, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "devtools.timeline"}, ExcludedCategories: []string{"*"}}})
	return func() string {
		p.t.Helper()
		call(p, tracing.End, cdp.Empty{})
		select {
		case <-p.traceEnded:
		case <-time.After(patience):
			p.t.Fatal("the trace does not end")
		}
		return told(p.trace)
	}
}

func (p *tab) hearTrace(event any) {
	switch e := event.(type) {
	case *tracing.EventDataCollected:
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, v := range e.Value {
			var one traceEvent
			if json.Unmarshal(v, &one) == nil {
				p.trace = append(p.trace, one)
			}
		}
	case *tracing.EventTracingComplete:
		close(p.traceEnded)
	}
}

func told(trace []traceEvent) string {
	type thread struct{ pid, tid int }
	main := map[thread]bool{}
	for _, e := range trace {
		if e.Name == "thread_name" && e.Args.Name == "CrRendererMain" {
			main[thread{e.PID, e.TID}] = true
		}
	}
	of := func(names ...string) (out []traceEvent, sum float64) {
		for _, e := range trace {
			if e.Phase == "X" && main[thread{e.PID, e.TID}] && slices.Contains(names, e.Name) {
				out = append(out, e)
			}
		}
		slices.SortFunc(out, func(a, b traceEvent) int { return cmp.Compare(a.Start, b.Start) })
		end, kept := 0.0, out[:0]
		for _, e := range out { // outermost ones
			if e.Start >= end {
				kept, end = append(kept, e), e.Start+e.Took
				sum += e.Worked
			}
		}
		slices.SortFunc(kept, func(a, b traceEvent) int { return cmp.Compare(b.Worked, a.Worked) })
		return kept, sum / 1000
	}
	long := func(list []traceEvent) (n int) {
		for _, e := range list {
			if e.Worked > 50_000 {
				n++
			}
		}
		return n
	}
	tasks, busy := of("RunTask", "ThreadControllerImpl::RunTask")
	scripts, own := of(entries...)
	var longest []string
	for _, e := range scripts[:min(5, len(scripts))] {
		longest = append(longest, fmt.Sprintf("%.0f ms by %s", e.Worked/1000, e.Name))
	}
	most := 0.0
	if len(tasks) > 0 {
		most = tasks[0].Worked / 1000
	}
	frames, _ := of("FireAnimationFrame")
	return fmt.Sprintf("in time that the thread worked: %.0f ms in %d tasks, %d above 50 ms, the longest %.0f; of that scripts %.0f ms, %d above 50 ms, the longest %s%s",
		busy, len(tasks), long(tasks), most, own, long(scripts), strings.Join(longest, ", "), perFrame(frames, tasks))
}

// perFrame tells what the thread worked from one frame to the next, where there are many.
func perFrame(frames, tasks []traceEvent) string {
	byTime := func(a, b traceEvent) int { return cmp.Compare(a.Start, b.Start) }
	slices.SortFunc(frames, byTime)
	slices.SortFunc(tasks, byTime)
	var work []float64
	for _, f := range frames {
		if n := len(work); n == 0 || f.Start-frames[n-1].Start > 1000 {
			work = append(work, 0)
			frames[len(work)-1] = f
		}
	}
	if len(work) < 50 {
		return ""
	}
	for _, t := range tasks {
		at, _ := slices.BinarySearchFunc(frames[:len(work)], t, byTime)
		work[max(at-1, 0)] += t.Worked / 1000
	}
	slices.Sort(work)
	return fmt.Sprintf("; from one frame to the next half of %d times %.1f ms, 95%% at most %.1f, the most %.0f", len(work), work[len(work)/2], work[len(work)*95/100], work[len(work)-1])
}
