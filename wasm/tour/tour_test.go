//go:build !js

package tour

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// A walker is the page's side of the view.
type walker struct {
	t     *testing.T
	guide *Guide
	stop  string
	told  protocol.Walked
}

func walk(t *testing.T) *walker {
	w := &walker{t: t, guide: &Guide{Tour: New()}}
	p := koala(t)
	w.guide.Tour.Show = show
	w.guide.Tour.Read = func(outside.Object, int) (*photo.Photo, error) { return p, nil }
	list, err := os.ReadFile("../../weights/catalog.json")
	if err != nil {
		t.Fatal(err)
	}
	var networks []json.RawMessage
	if err := json.Unmarshal(list, &networks); err != nil || len(networks) < 5 {
		t.Fatal(err)
	}
	w.stop = "alexnet"
	w.send(protocol.Walk{Networks: protocol.Text(list), Photos: []outside.Object{{Name: "a"}, {Name: "b"}}})
	return w
}

// send has the worker take a message, the pack that it wants then, and all steps that are left.
func (w *walker) send(m protocol.Walk) {
	w.t.Helper()
	for n := 0; ; n++ {
		m.Stop = w.stop
		out, err := w.guide.Walk(m, func(pack outside.Object) []byte {
			data, err := os.ReadFile(pack.Name)
			if err != nil {
				w.t.Fatal(err)
			}
			return data
		})
		if err != nil || n > 99 {
			w.t.Fatalf("after %d steps: %v", n, err)
		}
		w.told, m = out, protocol.Walk{}
		switch {
		case out.Network != "" && w.guide.Tour.desk.packs[out.Network] == nil:
			m.Packs = []protocol.Packed{{Name: out.Network, Pack: &protocol.Handle{Name: "../../weights/" + out.Network + ".pack"}}}
		case !out.More:
			return
		}
	}
}

// saidThere is a message or a name, as marks show it.
var saidThere = regexp.MustCompile(`⟦[^⟦⟧⟨⟩]*⟧|⟨[^⟦⟧⟨⟩]*⟩`)

// isSaid fails where a text has a letter beside its messages.
func (w *walker) isSaid(s string) {
	w.t.Helper()
	left := text.Marked().Words(s)
	for before := ""; left != before; {
		before, left = left, saidThere.ReplaceAllString(left, "")
	}
	if strings.ContainsFunc(left, unicode.IsLetter) {
		w.t.Errorf("%s: %q is no message, or has something beside it that is none", w.stop, s)
	}
}

// words are all that is shown.
func (w *walker) words() string {
	w.t.Helper()
	var out strings.Builder
	var add func(pieces []protocol.Piece)
	add = func(pieces []protocol.Piece) {
		for _, p := range pieces {
			w.isSaid(p.Text)
			for _, a := range p.Attrs {
				if a.Name == "aria-label" || a.Name == "alt" || a.Name == "title" {
					w.isSaid(a.Value)
				}
			}
			out.WriteString(text.English.Words(p.Text) + " ")
			add(p.Kids)
		}
	}
	add(w.told.Nodes)
	return strings.Join(strings.Fields(out.String()), " ")
}

// use uses what has an ID or a label, or says so.
func (w *walker) use(what, value string) {
	w.t.Helper()
	number := 0
	var find func(pieces []protocol.Piece)
	find = func(pieces []protocol.Piece) {
		for _, p := range pieces {
			names := []string{}
			for _, a := range p.Attrs {
				if a.Name == "id" || a.Name == "aria-label" {
					names = append(names, text.English.Words(a.Value))
				}
			}
			if len(p.Kids) > 0 {
				names = append(names, text.English.Words(p.Kids[0].Text))
			}
			for _, name := range names {
				if name == what && number == 0 && len(p.On) > 0 {
					number = p.On[0].Number
				}
			}
			find(p.Kids)
		}
	}
	find(w.told.Nodes)
	if number == 0 {
		w.t.Fatalf("%s has nothing called %q: %s", w.stop, what, w.words())
	}
	w.send(protocol.Walk{Handler: number, Value: value, Checked: value == "on"})
}

func (w *walker) says(texts ...string) {
	w.t.Helper()
	for _, want := range texts {
		if want = text.English.Words(want); !strings.Contains(w.words(), want) {
			w.t.Fatalf("%s does not say %q, but %s", w.stop, want, w.words())
		}
	}
}

// answers tells that a change's best answer, as the core computes it, is shown.
func (w *walker) answers(network string, change model.Change) {
	w.t.Helper()
	b, _ := lookInto(w.t, network)
	r := best(w.t, b, change).results[0]
	w.says(r.Label + " " + words.Percent(r.Score))
}

// TestTour goes through all stops, uses what they show, and holds what they say to the core.
func TestTour(t *testing.T) {
	w := walk(t)
	w.says("ends in its features")
	w.use("relu", "")
	w.says("ReLU is off")
	w.use("filter, row 3, column 1", "")
	w.says("What filter 17 answers")
	w.filterIs("alexnet-conv", 16)
	w.use("inside-network", "alexnet-cifar10")
	w.answers("alexnet-cifar10", model.Change{Linear: true})
	w.use("relu", "on")
	w.use("Switch half of the units off", "")
	w.answers("alexnet-cifar10", model.Change{Dropout: 1})
	w.filterIs("alexnet-cifar10", 0)

	w.stop = "vgg"
	w.send(protocol.Walk{})
	w.says("sees 3 × 3 pixels")
	w.use("trace-layer", "2")
	w.says("Layer 2 of", "sees 5 × 5 pixels")
	w.use("look from, row 1, column 1", "")
	w.fieldsAre("vgg-cifar10")

	w.stop = "resnet"
	w.send(protocol.Walk{})
	w.answers("resnet20-cifar10", model.Change{})
	w.skipsAre("resnet20-cifar10")
	w.use("skip-2", "")
	w.says("1 shortcut off")
	w.answers("resnet20-cifar10", model.Change{Cut: []string{"layer1.1.add"}})
	w.use("Switch all off", "")
	w.says("9 shortcuts off")
	w.use("Switch all on", "")
	w.says("All shortcuts on")
	w.use("inside-network", feature.Network)
	w.answers(feature.Network, model.Change{})

	w.stop = "gap"
	w.send(protocol.Walk{})
	w.says("385 million multiply-adds", "7 × 7 places", "agrees to 100%")
	w.use("paint out, row 4, column 4", "")
	b, _ := lookInto(t, feature.Network)
	painted, err := b.alter(askAlter{class: -1, grid: squares, painted: []int{24}, vector: true}) // a square is the same as its cells
	if err != nil {
		t.Fatal(err)
	}
	w.says("agrees to "+words.Percent(painted.likeness), painted.results[0].Label+" "+words.Percent(painted.results[0].Score))
	w.use("Paint all back", "")
	w.says("agrees to 100%")
	w.strokes("0.30,0.30 0.60,0.30", b)
	w.use("gap-brush", "8")
	w.strokes("0.5,0.9 0.2,0.7 junk 7000,1 -0.1,0.5", b)
	w.use("gap-rub", "on")
	w.use("gap-brush", "8")
	w.strokes("0.2,0.7", b)
	w.use("gap-size", "96")
	w.says("3 × 3 places")
	w.comesBack()

	w.stop = "excite"
	w.send(protocol.Walk{})
	told := w.guide.Tour.excite.told
	top := w.guide.Tour.excite.order()[0]
	w.says(fmt.Sprintf("Channel %d lets %s through, usually %s", top, words.Percent(told.scales[top]), words.Percent(told.usual[top])))
	w.use(fmt.Sprintf("channel-%d", top), "0")
	w.says("× 0")
	w.answers("se-resnet20-cifar10", model.Change{Scales: []model.Scale{{Layer: told.layer, Channel: top}}})
	w.scalesAre("se-resnet20-cifar10", told.layer, top)
	w.use("All sliders back to 1", "")
	w.use("excite-layer", told.layers[0])

	w.stop = "attention"
	w.send(protocol.Walk{})
	w.use("look from the patch, row 1, column 2", "")
	w.use("attend-block", "0")
	gaze := w.guide.Tour.attend.told.heads[1]
	w.says("Head 2: ", words.Percent(gaze.rest)+" on the summary token", "Block 6: ")
	w.gazesAre("vit-cifar10", 0, 1)

	w.stop = "compare"
	w.send(protocol.Walk{})
	w.use("Run it: ResNet-20 on CIFAR-10", "")
	b, _ = lookInto(t, "resnet20-cifar10")
	r := best(t, b, model.Change{}).results[0]
	w.says(r.Label+", "+words.Percent(r.Score), "90.6% of 10,000", "41 million")
}

// TestTourGoesWrong: a pack that is none and a photo that cannot be read are told of, and what was
// shown before stays of use.
func TestTourGoesWrong(t *testing.T) {
	w := walk(t)
	w.guide.Tour.Read = func(outside.Object, int) (*photo.Photo, error) { return nil, photo.ErrUnsupported }
	w.send(protocol.Walk{Photos: []outside.Object{{Name: "c"}}})
	w.says(words.Sentence(photo.ErrUnsupported.Error()))
	w.stop = "vgg"
	w.guide.Tour.desk.packs["vgg-cifar10"] = []byte("no pack")
	w.send(protocol.Walk{})
	w.says("Vgg-cifar10 isn't a pack")
	w.send(protocol.Walk{Handler: 1 << 30}) // of a view that is long gone
}
