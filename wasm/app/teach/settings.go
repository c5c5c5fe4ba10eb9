package teach

import (
	"fmt"
	"strconv"

	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/words"
)

// settings is the panel of what can be chosen.
type settings struct {
	*base.Base
	reader *learn.Reading
	sizes  *learn.Sizes
	fulls  *fulls
}

// Set changes one of the settings.
type Set struct {
	What string // as a change is told of
	To   project.Settings
}

func (e Set) Update(s *settings, t *outside.Turn) { s.ChangeSettings(t, e.To, e.What) }

// SetSeed is what was written as the seed.
type SetSeed struct{ Text string }

func (e SetSeed) Update(s *settings, t *outside.Turn) {
	seed, err := strconv.ParseUint(e.Text, 10, 32)
	if err != nil {
		t.Ask(outside.SetValue{Selector: "#set-seed", Value: strconv.FormatUint(s.Settings.Seed, 10)})
		return
	}
	set := s.Settings
	set.Seed = seed
	s.ChangeSettings(t, set, say("Changed the seed"))
}

// choice is a list; set says what the settings are with one of its values.
func (s *settings) choice(name, what string, chosen any, set func(project.Settings, string) project.Settings, options ...[2]string) *node {
	n := el("select", s.Chosen(name, func(value string) any { return Set{what, set(s.Settings, value)} }), at("value", chosen))
	for _, o := range options {
		n.Kids = append(n.Kids, el("option", at("value", o[0]), flag("selected", o[0] == fmt.Sprint(chosen)), o[1], key(o[0])))
	}
	return n
}

// box is a check of one of the settings; of finds it in them.
func (s *settings) box(id, what, label, text string, of func(*project.Settings) *bool) *node {
	now := s.Settings
	return check(id, label, text, *of(&now), s.Checked(id, func(on bool) any {
		set := s.Settings
		*of(&set) = on
		return Set{what, set}
	}))
}

// Shown is called when the tab is chosen.
func (s *settings) Shown(t *outside.Turn) { s.fulls.shown(t) }

// View is what can be chosen.
func (s *settings) View() []*node {
	section := func(id, title string, kids ...*node) *node {
		return el("section.card-section", key(id), at("aria-labelledby", id+"-title"), el("h2", at("id", id+"-title"), title), kids)
	}
	return []*node{
		section("see", say("How it sees"), append(s.seeing(), s.sizes.View(), s.views())...),
		section("learn", say("How it learns"), s.learns()...),
		section("answer", say("How it answers"),
			s.box("set-unknown", say("Changed whether it answers unknown"), say("Answer “unknown” to what it was not taught"), say("A photo unlike everything taught is then not forced into a class."),
				func(set *project.Settings) *bool { return &set.Unknown }),
			field("set-alarms", say("Known photos that may be called unknown"), say("Fewer means that more strange things get a name; more means that it is stricter."),
				s.choice("set-alarms", say("Changed how strict it is"), strconv.FormatFloat(s.Settings.Alarms, 'g', -1, 64), func(set project.Settings, value string) project.Settings {
					set.Alarms, _ = strconv.ParseFloat(value, 64)
					return set
				}, alarms()...))),
		s.fulls.view(),
	}
}

func alarms() [][2]string {
	var out [][2]string
	for _, a := range []float64{0.01, 0.02, 0.05, 0.1, 0.2} {
		out = append(out, [2]string{strconv.FormatFloat(a, 'g', -1, 64), words.Percent(a)})
	}
	return out
}

// seeing are the network and the input size.
func (s *settings) seeing() []*node {
	var networks, offered [][2]string
	var n catalogue.Network
	for i, k := range s.List.Teaching {
		networks = append(networks, [2]string{k.Name, say("{1}, {2} MB", k.Called(), words.Megabytes(k.Bytes))})
		if k.Name == s.Settings.Network || i == 0 {
			n = k
		}
	}
	for _, size := range n.Offered(s.Settings.Size) {
		text := base.Px(size)
		if size == n.Preprocess.Size {
			text = say("{1}, standard", size)
		}
		offered = append(offered, [2]string{strconv.Itoa(size), text})
	}
	inUse := s.Settings.Size
	if inUse == 0 {
		inUse = n.Preprocess.Size
	}
	return []*node{
		field("set-network", say("Network"), say("A sharper network tells finer differences and takes longer; photos are read again."),
			s.choice("set-network", say("Changed the network"), n.Name, func(set project.Settings, name string) project.Settings {
				set.Network, set.Size = name, 0
				return set
			}, networks...)),
		field("set-size", say("Input size"), say("Larger shows finer detail and takes longer; sizes far from the standard one answer worse."),
			s.choice("set-size", say("Changed the input size"), inUse, func(_ project.Settings, size string) project.Settings { return s.WithSize(base.Number(size)) }, offered...)),
	}
}

// learns are the ways to learn.
func (s *settings) learns() []*node {
	var kinds [][2]string
	for _, k := range training.Kinds {
		kinds = append(kinds, [2]string{string(k), base.KindName(string(k))})
	}
	checkOn := func(back bool) string {
		if back {
			return "back"
		}
		return "turn"
	}
	return []*node{
		s.box("set-auto", say("Changed whether it learns by itself"), say("Learn by itself after each change"), say("Switch it off to make many changes first and learn them together."), func(set *project.Settings) *bool { return &set.Auto }),
		field("set-head", say("Head"), say("The part that is learnt on top of the network. Left to itself, it tries them all and keeps the best on photos it has not seen."),
			s.choice("set-head", say("Changed the head"), s.Settings.Head, func(set project.Settings, kind string) project.Settings {
				set.Head = kind
				return set
			}, kinds...)),
		field("set-check", say("Check on"), say("In turn: all photos are learnt from in the end. Kept back: a fifth is never learnt from; each step of learning is judged by it, and the best is kept beside the last, to choose from under Versions."),
			s.choice("set-check", say("Changed what it is checked on"), checkOn(s.Settings.HoldOut), func(set project.Settings, value string) project.Settings {
				set.HoldOut = value == checkOn(true)
				return set
			}, [2]string{checkOn(false), say("Each photo in turn")}, [2]string{checkOn(true), say("A fifth, kept back")})),
		s.box("set-weigh", say("Changed how classes count"), say("All classes count the same"), say("A class with few photos is then not neglected; off, classes count by their number of photos."), func(set *project.Settings) *bool { return &set.Weigh }),
		field("set-seed", say("Seed"), say("Whatever is drawn by lot follows from this number: the same photos, settings and seed give the same head."),
			el("input", at("type", "number"), at("min", 0), at("max", 999999999), at("step", 1), at("value", s.Settings.Seed), s.Chosen("set-seed", func(text string) any { return SetSeed{text} }))),
	}
}

// viewsOnly lets a person choose how often photos are looked at, with what stands in the way of
// looking again.
func (s *settings) views() *node {
	most := words.Thousands(project.MostForViews)
	closer := say("mirrored and whole")
	if list := s.reader.Net.Companions(); len(list) > 0 {
		closer = say("with {1} too, mirrored and whole", list[0].Called())
	}
	text := say("Automatic looks once, answers, and then looks at up to {1} photos again, {2}, which it uses if that names more photos right. Three times looks mirrored and whole from the beginning; reading and naming take three times as long.", most, closer)
	n := field("set-views", say("How often to look at each photo"), text,
		s.choice("set-views", say("Changed how often photos are looked at"), s.Settings.Views(), project.Settings.WithViews,
			[2]string{project.ViewsAuto, say("Automatic")}, [2]string{project.ViewsPlain, say("Once")}, [2]string{project.ViewsThree, say("Three times")}))
	if s.Settings.Views() != project.ViewsAuto {
		return n
	}
	if s.Count() > project.MostForViews {
		n.Kids = append(n.Kids, el("p.quiet", key("views-many"), say("There are more than {1} photos here, so they are looked at once.", most)))
	} else if _, absent := s.reader.LackingViews(); absent > 0 {
		n.Kids = append(n.Kids, el("p.quiet", key("views-absent"), say("{1|# photo is|# photos are} not at hand any more, so all are looked at once. Add the same photos or folders again, and all are looked at again.", absent)))
	}
	return n
}
