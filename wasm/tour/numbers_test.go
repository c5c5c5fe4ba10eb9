//go:build !js

package tour

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/model"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// What each stop says in figures is held here to the core, by ways that are not the stop's own.

// opens opens a network that keeps some layers, and runs the photo through it.
func opens(t *testing.T, name string, opt model.Options) *model.Classifier {
	t.Helper()
	b, p := lookInto(t, name)
	c, err := model.NewClassifier(b.model, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	c.Run(p)
	return c
}

// filterIs: the range of a filter's answers, and how many are below 0, are those of its map.
func (w *walker) filterIs(network string, filter int) {
	w.t.Helper()
	m := opens(w.t, network, model.Options{}).Model
	first := m.Graph.Nodes[0].Name
	maps, err := opens(w.t, network, model.Options{Keep: []string{first}}).Maps(first)
	if err != nil {
		w.t.Fatal(err)
	}
	plane, below := maps.Planes[filter], 0
	for _, v := range plane {
		if v < 0 {
			below++
		}
	}
	w.says(text.Fixed(float64(slices.Min(plane)), 1)+" to "+text.Fixed(float64(slices.Max(plane)), 1), words.Percent(float64(below)/float64(len(plane))))
}

// fieldsAre: what each layer is said to see, how many places and weights it has, follow from the
// sizes and steps of the windows: r grows by (window − 1) · j, and j by the step (Dumoulin and
// Visin 2016, arXiv 1603.07285).
func (w *walker) fieldsAre(network string) {
	w.t.Helper()
	m := opens(w.t, network, model.Options{}).Model
	shapes, err := m.Graph.Shapes(m.InputShape(0))
	if err != nil {
		w.t.Fatal(err)
	}
	sees, jump, layer := 1, 1, 0
	for i := range m.Graph.Nodes {
		n := &m.Graph.Nodes[i]
		if n.Kernel[0] == 0 || n.Op != graph.Conv && n.Op != graph.MaxPool {
			continue
		}
		sees, jump = sees+(n.Kernel[0]-1)*jump, jump*max(n.Stride[0], 1)
		layer++
		w.use("trace-layer", fmt.Sprint(layer))
		s := shapes[n.Name]
		w.says(fmt.Sprintf("Layer %d of", layer), fmt.Sprintf("sees %d × %d pixels of the 32 × 32", sees, sees), text.Say("{1|# place answers|# places answer}.", s.H*s.W))
		if n.Op == graph.Conv {
			weights := m.Graph.Params[n.Weight].Len()
			if n.Bias != "" {
				weights += m.Graph.Params[n.Bias].Len()
			}
			w.says(text.English.Words(text.Say("{1} filters, {2} weights.", s.C, weights)))
		}
	}
	if layer < 8 {
		w.t.Errorf("%d layers were looked at", layer)
	}
}

// skipsAre: what is said of each shortcut is what the network says without it.
func (w *walker) skipsAre(network string) {
	w.t.Helper()
	b, p := lookInto(w.t, network)
	all := opens(w.t, network, model.Options{})
	best := all.Best(all.Run(p), 1)[0]
	for _, s := range b.model.Graph.Shortcuts() {
		changed, err := b.model.Changed(model.Change{Cut: []string{s.Add}})
		if err != nil {
			w.t.Fatal(err)
		}
		c, err := model.NewClassifier(changed, model.Options{})
		if err != nil {
			w.t.Fatal(err)
		}
		now := c.Best(c.Run(p), len(c.Model.Labels))
		c.Close()
		w.says("Without it alone: " + now[0].Label + ", " + words.Percent(now[0].Score))
		if now[0].Label != best.Label {
			kept := now[slices.IndexFunc(now, func(r model.Result) bool { return r.Label == best.Label })]
			w.says("“" + best.Label + "” keeps " + words.Percent(kept.Score))
		}
	}
}

// scalesAre: what a channel lets through is what the network multiplies it by, and a patch that is
// painted out changes that by what is said at most.
func (w *walker) scalesAre(network, layer string, channel int) {
	w.t.Helper()
	b, p := lookInto(w.t, network)
	c := opens(w.t, network, model.Options{Keep: []string{layer}})
	all, err := c.Layer(layer)
	if err != nil {
		w.t.Fatal(err)
	}
	scale := float64(all.Data[channel])
	w.says(fmt.Sprintf("Channel %d lets %s through", channel, words.Percent(scale)))
	most := 0.0
	for cell := range patches * patches {
		x := c.Input(p)
		model.Paint(x, patches, []int{cell})
		c.RunTensor(x)
		now, err := c.Layer(layer)
		if err != nil {
			w.t.Fatal(err)
		}
		most = max(most, math.Abs(scale-float64(now.Data[channel])))
	}
	w.says("at most by " + text.Fixed(most, 3))
	if b.model.Name != network {
		w.t.Error("another network")
	}
}

// gazesAre: the shares of attention from a patch are the row of it in each head, and add up to 1.
func (w *walker) gazesAre(network string, block, patch int) {
	w.t.Helper()
	b, _ := lookInto(w.t, network)
	c := opens(w.t, network, model.Options{Attention: true})
	a, err := c.Layer(b.model.Blocks()[block].Attention)
	if err != nil {
		w.t.Fatal(err)
	}
	for h := range a.H {
		row, sum := a.Data[(h*a.W+1+patch)*a.C:][:a.C], 0.0
		for _, v := range row {
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-3 {
			w.t.Errorf("head %d gives out %v of its attention", h+1, sum)
		}
		w.says(fmt.Sprintf("Head %d: %s of its attention on the strongest patch, %s on the summary token", h+1, words.Percent(float64(slices.Max(row[1:]))), words.Percent(float64(row[0]))))
	}
}

// strokes paints over the photo, and holds what follows to the photo with those cells painted.
func (w *walker) strokes(way string, b lookout) {
	w.t.Helper()
	s := &w.guide.Tour.gap
	before := len(s.cells())
	number := 0
	var find func(pieces []protocol.Piece)
	find = func(pieces []protocol.Piece) {
		for _, p := range pieces {
			for _, h := range p.On {
				if h.Event == "stroke" {
					number = h.Number
				}
			}
			find(p.Kids)
		}
	}
	find(w.told.Nodes)
	if number == 0 {
		w.t.Fatal("nothing can be painted on")
	}
	w.send(protocol.Walk{Handler: number, Value: way})
	if len(s.cells()) == before {
		w.t.Fatalf("a stroke along %s paints nothing", way)
	}
	want, err := b.alter(askAlter{class: s.first.class, size: s.size, grid: fine, painted: s.cells(), vector: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.says("agrees to "+words.Percent(max(want.likeness, 0)), want.results[0].Label+" "+words.Percent(want.results[0].Score))
	if !slices.Equal(want.evidence, s.now.evidence) {
		w.t.Error("the heat map does not follow")
	}
}

// untimed is what a photo took, which differs from run to run.
var untimed = regexp.MustCompile(`: [^:]* here\.`)

// comesBack: what is set comes back in a worker that is started anew.
func (w *walker) comesBack() {
	w.t.Helper()
	kept, says := w.told.Kept, w.words()
	again := walk(w.t)
	again.stop = w.stop
	again.send(protocol.Walk{Photos: w.guide.Tour.files, Kept: kept})
	if got := again.words(); untimed.ReplaceAllString(got, "") != untimed.ReplaceAllString(says, "") {
		w.t.Errorf("it came back as %s, was %s", got, says)
	}
	if !slices.Equal(again.guide.Tour.gap.cells(), w.guide.Tour.gap.cells()) || again.told.Kept != kept {
		w.t.Errorf("%s came back as %s", kept, again.told.Kept)
	}
	for _, bad := range []string{"{", `{"size":7,"brush":3,"painted":"AAAA","patch":-9,"block":-9,"by":{"":{"-1":9}},"networks":{"gap":"none"}}`} {
		again.guide.Tour.Photos(w.guide.Tour.files)
		again.guide.Tour.Restore(bad)
		again.send(protocol.Walk{})
	}
}

// TestABrushPaintsCells: a dab paints what lies under the brush, at least the cell that it is in;
// a stroke has no holes; rubbing takes it back.
func TestABrushPaintsCells(t *testing.T) {
	s := &gap{brush: 2}
	Stroke{"0.5,0.5"}.update(s)
	if got := len(s.cells()); got != 4 {
		t.Errorf("a dab on the corner of four cells paints %d", got)
	}
	Stroke{"0,0 1,1"}.update(s)
	for i := range fine {
		if !s.painted[i*fine+i] {
			t.Errorf("a stroke along the diagonal leaves out cell %d", i)
		}
	}
	Rub{true}.update(s)
	Brush{8}.update(s)
	Stroke{"0,0 1,1"}.update(s)
	if got := s.cells(); len(got) != 0 {
		t.Errorf("rubbed out, %v is left", got)
	}
	Rub{}.update(s)
	Paint{24}.update(s)
	if got := s.cells(); len(got) != 16 || !s.covered(24) || s.covered(23) {
		t.Errorf("a square paints %v", got)
	}
	Paint{24}.update(s)
	for _, way := range []string{"", "1", "a,b", "NaN,NaN", "1e9,1", "Inf,0"} {
		Stroke{way}.update(s)
	}
	if got := s.cells(); len(got) != 0 {
		t.Errorf("after the square is taken back %v is left", got)
	}
}
