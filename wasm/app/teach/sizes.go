package teach

import (
	"fmt"
	"slices"
	"strconv"

	"homeroom/core/head"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/words"
)

// sizes is the search for the best input size: photos are read at each, and learnt from.
type sizes struct {
	*base
	reader   *reading
	learning *learning

	list  []int // that are to be tried; the first is being tried
	of    int   // how many there were
	job   *job  // it is being learnt at
	tried []sizeTried
	why   string
	asked bool // photos were entered for the first
}

// sizeTried is how one input size did.
type sizeTried struct {
	size                int
	accuracy, low, high float64
	photos              int     // that were held out
	millis              float64 // a photo takes
}

type (
	// FindSize tries several input sizes on the photos of the project, StopSizes ends that.
	FindSize  struct{}
	StopSizes struct{}
	// UseSize uses one of them.
	UseSize struct{ Size int }
)

func (FindSize) update(z *sizes, t *outside.Turn) {
	n := z.network()
	if z.busy() || n == nil {
		return
	}
	own := n.Preprocess.Size
	z.list = slices.DeleteFunc(n.Offered(0), func(size int) bool { return size < own/2 || size > own*2 })
	z.of, z.job, z.tried, z.why = len(z.list), nil, nil, ""
	z.begin()
}

func (StopSizes) update(z *sizes, t *outside.Turn) {
	z.end(t)
	z.why = "Stopped."
}

func (e UseSize) update(z *sizes, t *outside.Turn) {
	z.changeSettings(t, z.withSize(e.Size), "Changed the input size")
}

func (z *sizes) busy() bool { return len(z.list) > 0 }

// begin has photos read at the next size.
func (z *sizes) begin() {
	if len(z.list) == 0 {
		z.trial = nil
		z.again = true
		return
	}
	set := z.withSize(z.list[0])
	z.trial, z.asked = &set, false
	z.again = true
}

// end ends the search; what is set holds again.
func (z *sizes) end(t *outside.Turn) {
	if z.job != nil && z.learning.job == z.job {
		z.learning.cancel(t)
	}
	z.list, z.job = nil, nil
	z.begin()
}

// settle goes on with the search once what it waits for is done.
func (z *sizes) settle(t *outside.Turn) {
	if !z.busy() || z.job != nil || z.restoring {
		return
	}
	if !z.asked { // the photos of this size were entered by now
		z.asked = true
		z.reader.tellSmall(t)
	}
	if z.reader.left() > 0 || z.reader.net.trouble != nil || z.learning.job != nil {
		return
	}
	task, photos := z.learning.task(z.spaces())
	task.Config.Kind = head.Means // quick, and fair to all sizes
	taught := map[int]bool{}
	for _, c := range task.Labels {
		taught[c] = true
	}
	if len(taught) < 2 {
		z.end(t)
		z.why = "There are no two classes with photos to try it on."
		return
	}
	z.job = z.learning.begin(t, learnTrial, task, photos)
}

// outcome takes how a size did.
func (z *sizes) outcome(t *outside.Turn, o *outcome) {
	if o.job != z.job || z.job == nil {
		return
	}
	z.job = nil
	if o.why != "" {
		z.end(t)
		z.why = sentence(o.why)
		return
	}
	size := z.list[0]
	k := sizeTried{size: size, millis: z.reader.speed[size]}
	if o.report != nil {
		k.accuracy, k.low, k.high, k.photos = o.report.Accuracy, o.report.Low, o.report.High, o.report.Photos
	}
	z.tried = append(z.tried, k)
	z.list = z.list[1:]
	z.begin()
	t.Soon()
}

// dropped notices that what was being learnt was ended by something else: it is learnt again.
func (z *sizes) dropped() {
	if z.job != nil && z.learning.job != z.job {
		z.job = nil
	}
}

// share is how much of the search is done.
func (z *sizes) share() float64 {
	done := float64(z.of - len(z.list))
	if n, of := z.reader.queue.Progress(); of > 0 && z.job == nil {
		done += 0.8 * float64(n) / float64(of)
	} else if z.job != nil {
		done += 0.8
	}
	return done / float64(max(1, z.of))
}

func (z *sizes) view() *node {
	n := el("div.setting.size-search", key("size-search"))
	if z.busy() {
		text := "Reading your photos at " + words.Thousands(z.list[0]) + " px"
		if z.job != nil {
			text = "Learning at " + words.Thousands(z.list[0]) + " px"
		}
		n.Kids = append(n.Kids, el("div.progress.plain", el("label", at("for", "size-bar"), text), el("progress", at("id", "size-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", z.share()))), el("button.button.small", at("type", "button"), z.do("sizes-stop", StopSizes{}), "Stop")))
	} else {
		n.Kids = append(n.Kids, el("button.button.small", at("type", "button"), z.do("sizes", FindSize{}), "Find the best size"), el("p.quiet", "Reads your photos at several sizes, and shows for each how many it names right that it has not seen, and how long a photo takes."))
	}
	if z.why != "" {
		n.Kids = append(n.Kids, el("p", z.why))
	}
	if len(z.tried) == 0 {
		return n
	}
	best := slices.MaxFunc(z.tried, func(a, b sizeTried) int {
		switch {
		case a.accuracy > b.accuracy:
			return 1
		case a.accuracy < b.accuracy:
			return -1
		}
		return b.size - a.size
	})
	body := el("tbody")
	for _, k := range z.tried {
		name := px(k.size)
		if k.size == best.size && !z.busy() {
			name += " (best)"
		}
		body.Kids = append(body.Kids, el("tr", key(strconv.Itoa(k.size)), el("th", at("scope", "row"), name), el("td", bar(counted(k.accuracy, k.photos), k.photos)), el("td.number", words.Milliseconds(k.millis)),
			el("td", el("button.link", at("type", "button"), z.do("size-use", UseSize{k.size}, "size", k.size), at("aria-label", "Use "+px(k.size)), "Use it"))))
	}
	n.Kids = append(n.Kids, el("div.scroller", el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), "Size"), el("th", at("scope", "col"), "Named right"), el("th", at("scope", "col"), "A photo takes"), el("td"))), body)))
	return n
}
