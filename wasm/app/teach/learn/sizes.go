package learn

import (
	"fmt"
	"slices"
	"strconv"

	"homeroom/core/training"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/words"
)

// Sizes is the search for the best input size: photos are read at each, and learnt from.
type Sizes struct {
	*base.Base
	Reader   *Reading
	Learning *Learning

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

func (FindSize) Update(z *Sizes, t *outside.Turn) {
	n := z.Network()
	if z.Busy() || n == nil {
		return
	}
	own := n.Preprocess.Size
	z.list = slices.DeleteFunc(n.Offered(0), func(size int) bool { return size < own/2 || size > own*2 })
	z.of, z.job, z.tried, z.why = len(z.list), nil, nil, ""
	z.begin()
}

func (StopSizes) Update(z *Sizes, t *outside.Turn) {
	z.End(t)
	z.why = say("Stopped.")
}

func (e UseSize) Update(z *Sizes, t *outside.Turn) {
	z.ChangeSettings(t, z.WithSize(e.Size), say("Changed the input size"))
}

func (z *Sizes) Busy() bool { return len(z.list) > 0 }

// begin has photos read at the next size.
func (z *Sizes) begin() {
	if len(z.list) == 0 {
		z.Trial = nil
		z.Again = true
		return
	}
	set := z.WithSize(z.list[0])
	z.Trial, z.asked = &set, false
	z.Again = true
}

// End ends the search; what is set holds again.
func (z *Sizes) End(t *outside.Turn) {
	if z.job != nil && z.Learning.Job == z.job {
		z.Learning.Cancel(t)
	}
	z.list, z.job = nil, nil
	z.begin()
}

// Settle goes on with the search once what it waits for is done.
func (z *Sizes) Settle(t *outside.Turn) {
	if !z.Busy() || z.job != nil || z.Restoring {
		return
	}
	if !z.asked { // the photos of this size were entered by now
		z.asked = true
		z.Reader.TellSmall(t)
	}
	if z.Reader.Left() > 0 || z.Reader.Net.Trouble != nil || z.Learning.Job != nil {
		return
	}
	task, photos := z.Learning.task(z.Spaces())
	task.Config.Kind = training.Means // quick, and fair to all sizes
	taught := map[int]bool{}
	for _, c := range task.Labels {
		taught[c] = true
	}
	if len(taught) < 2 {
		z.End(t)
		z.why = say("There are no two classes with photos to try it on.")
		return
	}
	z.job = z.Learning.begin(t, learnTrial, task, photos)
}

// Outcome takes how a size did.
func (z *Sizes) Outcome(t *outside.Turn, o *outcome) {
	if o.job != z.job || z.job == nil {
		return
	}
	z.job = nil
	if o.why != "" {
		z.End(t)
		z.why = base.Sentence(o.why)
		return
	}
	size := z.list[0]
	k := sizeTried{size: size, millis: z.Reader.speed[size]}
	if o.report != nil {
		k.accuracy, k.low, k.high, k.photos = o.report.Accuracy, o.report.Low, o.report.High, o.report.Photos
	}
	z.tried = append(z.tried, k)
	z.list = z.list[1:]
	z.begin()
	t.Soon()
}

// Dropped notices that what was being learnt was ended by something else: it is learnt again.
func (z *Sizes) Dropped() {
	if z.job != nil && z.Learning.Job != z.job {
		z.job = nil
	}
}

// share is how much of the search is done.
func (z *Sizes) share() float64 {
	done := float64(z.of - len(z.list))
	if n, of := z.Reader.queue.Progress(); of > 0 && z.job == nil {
		done += 0.8 * float64(n) / float64(of)
	} else if z.job != nil {
		done += 0.8
	}
	return done / float64(max(1, z.of))
}

func (z *Sizes) View() *node {
	n := el("div.setting.size-search", key("size-search"))
	if z.Busy() {
		text := say("Reading your photos at {1} px", z.list[0])
		if z.job != nil {
			text = say("Learning at {1} px", z.list[0])
		}
		n.Kids = append(n.Kids, el("div.progress.plain", el("label", at("for", "size-bar"), text), el("progress", at("id", "size-bar"), at("max", 1), at("value", fmt.Sprintf("%.3f", z.share()))), el("button.button.small", at("type", "button"), z.Do("sizes-stop", StopSizes{}), say("Stop"))))
	} else {
		n.Kids = append(n.Kids, el("button.button.small", at("type", "button"), z.Do("sizes", FindSize{}), say("Find the best size")), el("p.quiet", say("Reads your photos at several sizes, and shows for each how many it names right that it has not seen, and how long a photo takes.")))
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
		name := base.Px(k.size)
		if k.size == best.size && !z.Busy() {
			name += " " + say("(best)")
		}
		body.Kids = append(body.Kids, el("tr", key(strconv.Itoa(k.size)), el("th", at("scope", "row"), name), el("td", base.Bar(base.Counted(k.accuracy, k.photos), k.photos)), el("td.number", words.Milliseconds(k.millis)),
			el("td", el("button.link", at("type", "button"), z.Do("size-use", UseSize{k.size}, "size", k.size), at("aria-label", say("Use {1}", base.Px(k.size))), say("Use it")))))
	}
	n.Kids = append(n.Kids, el("div.scroller", el("table.figures", el("thead", el("tr", el("th", at("scope", "col"), say("Size")), el("th", at("scope", "col"), say("Named right")), el("th", at("scope", "col"), say("A photo takes")), el("td"))), body)))
	return n
}
