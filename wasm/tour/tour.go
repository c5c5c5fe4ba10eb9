package tour

import (
	"fmt"
	"slices"
	"strings"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// A Tour is the view, with the networks and the photo that it shows.
type Tour struct {
	// Show makes something of a PNG that elements can show.
	Show func(png []byte) outside.Object
	// Read decodes a photo for an input to which the shorter side is resized.
	Read func(file outside.Object, shorter int) (*photo.Photo, error)

	desk    desk
	alexnet alexnet
	vgg     vgg
	resnet  resnet
	gap     gap
	excite  excite
	attend  attention
	compare compare

	at     int // the stop that is shown
	files  []outside.Object
	read   map[string]*photo.Photo // photos by number and what they were decoded for
	opened map[string]*model.Classifier
	wholes map[int][]float32 // of the network that is open, as a lookout has them
	why    string            // the last question could not be answered
}

// New makes the view.
func New() *Tour {
	s := &Tour{desk: desk{packs: map[string][]byte{}, cells: map[string]int{}}, opened: map[string]*model.Classifier{}}
	s.alexnet.common = common{called: "alexnet", names: []string{"alexnet-conv", "alexnet-cifar10"}}
	s.vgg = vgg{common: common{called: "vgg", names: []string{"vgg-cifar10", "vgg16-conv"}}, cell: 27}
	s.resnet.common = common{called: "resnet", names: []string{"resnet20-cifar10", feature.Network}}
	s.gap.common = common{called: "gap", names: []string{feature.Network, "resnet20-cifar10"}}
	s.excite.common = common{called: "excite", names: []string{"se-resnet20-cifar10"}}
	s.attend = attention{common: common{called: "attention", names: []string{"vit-cifar10"}}, block: -1, patch: 27}
	return s
}

func (s *Tour) stops() []stop {
	return []stop{&s.alexnet, &s.vgg, &s.resnet, &s.gap, &s.excite, &s.attend, &s.compare}
}

// chooseNetwork has another network at the stop.
type chooseNetwork struct{ name string }

// Photos takes photos: the first is looked at, and compared with the others.
func (s *Tour) Photos(files []outside.Object) {
	s.files, s.desk.photos, s.read, s.why, s.wholes = files, len(files), map[string]*photo.Photo{}, "", map[int][]float32{}
	for _, one := range s.stops() {
		one.reset()
	}
}

// Go goes to a stop, and tells whether that is another.
func (s *Tour) Go(name string) bool {
	i := slices.IndexFunc(s.stops(), func(one stop) bool { return one.name() == name })
	if i < 0 || i == s.at {
		return false
	}
	s.at, s.why = i, ""
	return true
}

// Network is the name of the network that the stop runs, "" for none.
func (s *Tour) Network() string { return s.stops()[s.at].network(&s.desk) }

// Focus is what the keyboard is to be brought to now, a selector, and then nothing.
func (s *Tour) Focus() (selector string) {
	selector, s.desk.focus = s.desk.focus, ""
	return selector
}

// Update deals with an event of the view.
func (s *Tour) Update(e any) {
	s.why = ""
	switch e := e.(type) {
	case chooseNetwork:
		for _, one := range s.commons() {
			if here := s.stops()[s.at]; one.called == here.name() && slices.Contains(one.names, e.name) {
				one.chosen = e.name
				here.reset()
			}
		}
	case interface{ update(*desk) }:
		e.update(&s.desk)
	case interface{ update(*alexnet) }:
		e.update(&s.alexnet)
	case interface{ update(*vgg) }:
		e.update(&s.vgg)
	case interface{ update(*resnet) }:
		e.update(&s.resnet)
	case interface{ update(*gap) }:
		e.update(&s.gap)
	case interface{ update(*excite) }:
		e.update(&s.excite)
	case interface{ update(*attention) }:
		e.update(&s.attend)
	case interface{ update(*compare) }:
		e.update(&s.compare)
	}
}

// commons are the stops at which a network is chosen.
func (s *Tour) commons() []*common {
	return []*common{&s.alexnet.common, &s.vgg.common, &s.resnet.common, &s.gap.common, &s.excite.common, &s.attend.common}
}

// common is that of a stop, nil where it has none.
func (s *Tour) common(name string) *common {
	for _, one := range s.commons() {
		if one.called == name {
			return one
		}
	}
	return nil
}

// question is what the stop asks now, nil where that is nothing or cannot be answered yet.
func (s *Tour) question() any {
	if s.why != "" || len(s.files) == 0 || s.desk.packs[s.Network()] == nil {
		return nil
	}
	return s.stops()[s.at].asks(&s.desk)
}

// More tells whether there is something to be computed.
func (s *Tour) More() bool { return s.question() != nil }

// Step computes the next thing that the stop asks, where there is one.
func (s *Tour) Step() {
	ask := s.question()
	if ask == nil {
		return
	}
	b, err := s.lookout(s.Network())
	if err == nil {
		var answer any
		if answer, err = b.answer(ask); err == nil {
			s.stops()[s.at].take(&s.desk, answer)
			return
		}
	}
	s.why = words.Sentence(text.Of(err))
}

// lookout opens a network.
func (s *Tour) lookout(name string) (b lookout, err error) {
	c := s.opened[name]
	if c == nil {
		m, err := model.Read(name, s.desk.packs[name])
		if err != nil {
			return b, err
		}
		if c, err = model.NewClassifier(m, model.Options{Heat: !m.Attends()}); err != nil {
			return b, err
		}
		clear(s.opened) // one at a time: what is open takes memory
		s.opened[name], s.wholes = c, map[int][]float32{}
	}
	return lookout{model: c.Model, size: c.Size(), open: c, show: s.Show, photo: s.photo, photos: len(s.files), wholes: s.wholes}, nil
}

// photo decodes a photo, once for each size that it is decoded for.
func (s *Tour) photo(number, shorter int) (*photo.Photo, error) {
	key := fmt.Sprint(number, " ", shorter)
	if p := s.read[key]; p != nil {
		return p, nil
	}
	p, err := s.Read(s.files[number], shorter)
	if err == nil {
		s.read[key] = p
	}
	return p, err
}

// View describes what can be done at the stop, as far as its network is here.
func (s *Tour) View() []*node {
	d, here := &s.desk, s.stops()[s.at]
	name := here.network(d)
	c := s.common(here.name())
	out := []*node{}
	if c != nil {
		out = append(out, s.network(c, name))
	}
	switch {
	case name != "" && d.listed(name) == nil:
		return append(out, el("p", say("This page was put together without the network “{1}”, so this stop shows nothing here.", name)))
	case s.why != "":
		return append(out, el("p.problem", at("role", "alert"), s.why))
	case c == nil: // it shows all networks
	case d.packs[name] == nil:
		return out
	case c.first == nil:
		return append(out, el("p.quiet", at("role", "status"), say("Looking…")))
	}
	if waits := here.waits(); waits != "" {
		return append(out, el("p.quiet", at("role", "status"), waits))
	}
	return append(out, here.view(d)...)
}

// network says which network the stop runs, and offers others.
func (s *Tour) network(c *common, name string) *node {
	d := &s.desk
	n := d.listed(name)
	if n == nil {
		return nil
	}
	out := el("div.runs")
	var options []*node
	for _, name := range c.names {
		if k := d.listed(name); k != nil {
			options = append(options, option(name, say("{1}, {2}\u00a0MB", k.Called(), words.Megabytes(k.Bytes))))
		}
	}
	if len(options) > 1 {
		out.Kids = append(out.Kids, choose("inside-network", say("The network here"), name, options, func(v string) any { return chooseNetwork{v} }))
	} else {
		out.Kids = append(out.Kids, el("p", say("The network here: {1}.", n.Called())))
	}
	if strings.HasSuffix(name, "cifar10") {
		out.Kids = append(out.Kids, el("p.quiet", say("It is small: it sees 32 × 32 pixels and knows ten words (airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck). What is none of these gets the nearest of them.")))
	}
	return out
}
