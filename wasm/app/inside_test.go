//go:build !js

package app

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"homeroom/wasm/app/inside"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
)

// walked is what a worker knows of the view of how networks grew.
type walked struct {
	photos  []outside.Object
	packs   map[string]bool
	listed  bool
	steps   int // that are left
	pressed int
}

// needs are the networks that the stops need.
var needs = map[string]string{"alexnet": "alexnet-cifar10", "vgg": "vgg-cifar10", "resnet": "resnet20-cifar10", "gap": "efficientnet-lite0", "excite": "se-resnet20-cifar10", "attention": "vit-cifar10", "compare": ""}

// walk answers as that worker: a button that tells how often it was pressed, once two things were
// computed.
func (k *fakeWorker) walk(id int, m protocol.Walk, fails bool, out []any) []any {
	if fails {
		return out
	}
	return append(out, outside.FromWorker{Worker: id, Message: k.walks(m, protocol.Done{Job: m.Job})})
}

func (k *fakeWorker) walks(m protocol.Walk, done protocol.Done) any {
	s := &k.walked
	if m.Networks != "" {
		if strings.Count(string(m.Networks), `"name":"resnet20-cifar10"`) != 1 {
			return protocol.Failed{Done: done, Error: "it was not told once of each network"}
		}
		s.listed = true
	}
	if m.Photos != nil {
		s.photos, s.steps, s.pressed = m.Photos, 2, 0
		s.pressed, _ = strconv.Atoi(string(m.Kept)) // what was pressed comes back
	}
	if s.packs == nil {
		s.packs = map[string]bool{}
	}
	for _, p := range m.Packs {
		s.packs[p.Name] = p.Pack != nil
		s.steps = 2
	}
	needed := needs[m.Stop]
	if s.pressed > 2 && m.Stop == "compare" {
		needed = "resnet20-cifar10"
	}
	switch {
	case !s.listed || len(s.photos) == 0:
		return protocol.Failed{Done: done, Error: "it was told of nothing"}
	case m.Handler > 0:
		s.pressed++
	case m.Photos == nil && m.Packs == nil && s.steps > 0:
		s.steps--
	}
	out := protocol.Walked{Done: done, Network: needed, Kept: protocol.Text(strconv.Itoa(s.pressed)), Objects: []outside.Object{s.photos[0]}, Nodes: []protocol.Piece{{Tag: "p", Kids: []protocol.Piece{{Text: m.Stop + " of " + s.photos[0].Name}}}}}
	if !s.packs[needed] && needed != "" {
		return out
	}
	out.More = s.steps > 0
	says := fmt.Sprintf("Pressed %d, %d to go", s.pressed, s.steps)
	out.Nodes = append(out.Nodes, protocol.Piece{Tag: "button", Kids: []protocol.Piece{{Text: says}}, On: []protocol.PieceHandle{{Event: "click", Number: 7}, {Event: "keydown", Number: 8}}},
		protocol.Piece{Tag: "img", Attrs: []protocol.PieceAttr{{Name: "src", Object: 1}}})
	return out
}

const grown = `[
 {"name":"efficientnet-lite0","title":"Lite 0","file":"a.pack","bytes":4822816,"sha256":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":3,"feature":4,"sizes":[192,224,256],"preprocess":{"size":224},"macs":385187552,"parameters":4631000,"accuracy":"34 of 40"},
 {"name":"resnet20-cifar10","title":"ResNet-20","file":"b.pack","bytes":263084,"sha256":"1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":10,"feature":4,"preprocess":{"size":32},"macs":40813184},
 {"name":"se-resnet20-cifar10","title":"SE-ResNet-20","file":"c.pack","bytes":283436,"sha256":"2123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":10,"feature":4,"preprocess":{"size":32}},
 {"name":"vit-cifar10","title":"ViT","file":"d.pack","bytes":1058548,"sha256":"3123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":10,"feature":4,"preprocess":{"size":32}},
 {"name":"alexnet-cifar10","title":"AlexNet","file":"e.pack","bytes":1039508,"sha256":"4123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":10,"feature":4,"preprocess":{"size":32}},
 {"name":"vgg-cifar10","title":"VGG","file":"f.pack","bytes":1003680,"sha256":"5123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef","classes":10,"feature":4,"preprocess":{"size":32}}]`

// walks opens the page at a stop, with the networks of the way.
func walks(t *testing.T, seed uint64, stop string) *world {
	w := newWorld(t, seed, "", "#inside/"+stop)
	w.list = grown
	w.settle()
	if len(w.slot("inside-photos").Kids) == 0 { // the page's own could not be fetched
		w.expect("Choose a photo of yours")
		w.send(w.slot("inside-add").On[0].Make(markup.Input{Files: w.folder("Mine", 2)}))
		w.settle()
	}
	return w
}

// tap presses the first button that the worker described, or that above it.
func (w *world) tap(id string) {
	w.t.Helper()
	if id != "" {
		w.send(w.slot(id).On[0].Make(markup.Input{}))
		w.settle()
		return
	}
	for _, n := range w.slot("inside-play").Kids {
		if n.Tag == "button" {
			if n.Handler("keydown")(markup.Input{Key: "a"}) != nil || n.Handler("keydown")(markup.Input{Key: "ArrowUp"}) == nil {
				w.fail("keys that lead nowhere are taken, or others are not")
			}
			w.send(n.Handler("click")(markup.Input{}))
			w.settle()
			return
		}
	}
	w.fail("there is no button")
}

func (w *world) expect(says ...string) {
	w.t.Helper()
	for _, one := range says {
		if !w.says(one) {
			w.fail("it does not say %q", one)
		}
	}
}

// TestStops goes the way of the networks: each stop asks for its network with its size, and shows
// what the worker describes; the way back leads from stop to stop.
func TestStops(t *testing.T) {
	for seed := range uint64(6) {
		w := walks(t, seed, "resnet")
		for i, stop := range []struct{ name, ask string }{{"resnet", "Fetch ResNet-20, 0.3 MB"}, {"excite", "Fetch SE-ResNet-20, 0.3 MB"}, {"attention", "Fetch ViT, 1.1 MB"}, {"gap", "Fetch Lite 0, 4.8 MB"}, {"vgg", "Fetch VGG, 1.0 MB"}, {"alexnet", "Fetch AlexNet, 1.0 MB"}} {
			if i > 0 {
				w.visit("#inside/" + stop.name)
				w.settle()
			}
			w.expect(stop.ask)
			w.tap("inside-press")
			w.expect(stop.name+" of ", fmt.Sprintf("Pressed %d, 0 to go", i))
			w.tap("")
			w.expect(fmt.Sprintf("Pressed %d, 0 to go", i+1))
			if state := w.state.Root()[0].Value; state != "ready" {
				w.fail("the page is %s", state)
			}
		}
		w.visit("#inside/compare")
		w.settle()
		w.expect("compare of ", "Pressed 6, 0 to go")
		w.travel(-3)
		w.settle()
		if place := w.history[w.at]; place != "#inside/gap" {
			w.fail("back leads to %s", place)
		}
		w.expect("gap of ", "Pressed 6, 0 to go")
		w.visit("#classify")
		w.settle()
		w.travel(-1)
		w.settle()
		w.expect("gap of ") // a new worker has what was fetched
		w.checkRest()
	}
}

// TestStopsGoWrong: networks that do not come, workers that die and answers that come late leave a
// stop that goes on.
func TestStopsGoWrong(t *testing.T) {
	for seed := range uint64(runs(60)) {
		w := walks(t, seed, "excite")
		w.faults, w.late = true, true
		for range 30 {
			w.use()
			if w.r.IntN(3) == 0 {
				w.dark()
				w.settle()
			}
		}
		w.faults, w.late = false, false
		w.visit("#inside/excite")
		w.settle()
		for n := 0; !w.says(", 0 to go") && n < 8; n++ {
			w.tap("inside-press")
		}
		w.expect("excite of ", ", 0 to go")
	}
}

// TestStopPhotos: the photo that is open is looked at, and those that are added are named too.
func TestStopPhotos(t *testing.T) {
	w := newWorld(t, 5, "", "")
	w.list = grown
	files := w.folder("Things", 3)
	w.drop(files...)
	w.settle()
	w.visit("#classify/2")
	w.settle()
	w.visit("#inside")
	w.settle()
	first := w.slot("inside-photos").Kids[0].Find("aria-label", "Look at "+files[1].Name)
	if first == nil || len(w.slot("inside-photos").Kids) < 3 {
		w.fail("the photo that was open is not the first of %d", len(w.slot("inside-photos").Kids))
	}
	w.expect("alexnet of " + files[1].Object.Name)
	w.send(w.slot("inside-photos").Kids[2].Kids[0].Handler("click")(markup.Input{}))
	w.settle()
	w.expect("alexnet of " + files[2].Object.Name)
	w.send(w.slot("inside-add").On[0].Make(markup.Input{Files: []outside.File{w.file("More")}}))
	w.settle()
	if w.says("alexnet of " + files[2].Object.Name) {
		w.fail("the photo that was added is not looked at")
	}
	w.visit("#classify")
	w.settle()
	if n := len(w.slot("photos").Kids); n != 4 {
		w.fail("there are %d photos, not 4", n)
	}
}

// TestStopSlots holds site/index.html to the slots of the view.
func TestStopSlots(t *testing.T) {
	page, err := os.ReadFile("../../site/index.html")
	if err != nil {
		t.Fatal(err)
	}
	w := walks(t, 1, "vgg")
	for _, s := range w.state.inside.View(w.state.device) {
		want := `id="` + s.ID + `"`
		if _, link, is := strings.Cut(s.ID, " a["); is {
			want = "<a " + strings.TrimSuffix(link, "]") + ">"
		}
		if !strings.Contains(string(page), want) {
			t.Errorf("the page has no %s", want)
		}
	}
}

// TestStopComesBack: after a reload the same photo is looked at, one of the page's own or of the
// person's, with what was set for it; another photo begins anew.
func TestStopComesBack(t *testing.T) {
	ran := 0
	for seed := range uint64(12) {
		w := newWorld(t, seed, "", "")
		w.list = grown
		w.drop(w.folder("Mine", 2)...)
		w.settle()
		w.visit("#inside/excite")
		w.settle()
		for n := 0; !w.says(", 0 to go") && n < 8; n++ {
			w.tap("inside-press")
		}
		second := len(w.slot("inside-photos").Kids) - 1
		for _, photo := range []int{1, second} {
			w.send(inside.ChoosePhoto{Photo: photo})
			w.settle()
			w.tap("")
			w.tap("")
			pressed := ""
			for n := 1; n < 10; n++ {
				if says := fmt.Sprintf("Pressed %d, ", n); w.says(says) {
					pressed = says
				}
			}
			name, _ := w.slot("inside-photos").Kids[photo].Kids[0].Get("aria-label")
			w.open("", "#inside/excite")
			w.settle()
			for n := 0; !w.says(", 0 to go") && n < 8; n++ {
				w.tap("inside-press")
			}
			found := false
			for _, n := range w.slot("inside-photos").Kids {
				on, _ := n.Kids[0].Get("aria-pressed")
				label, _ := n.Kids[0].Get("aria-label")
				found = found || on == "true" && label == name
			}
			if !found {
				if w.slot("inside-photos").Kids == nil || !w.says(name) { // it could not be fetched again
					break
				}
				w.fail("%q is not looked at", name)
			}
			ran++
			w.expect("excite of ", pressed)
		}
		w.checkRest()
	}
	if ran < 8 {
		t.Errorf("%d photos came back", ran)
	}
}
