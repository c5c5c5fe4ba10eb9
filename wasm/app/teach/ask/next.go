package ask

import (
	"slices"
	"strconv"

	"homeroom/core/evaluation"
	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/learn"
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/words"
)

// Next is the tray of photos without a class that a person is asked about: those that teach most.
type Next struct {
	*base.Base
	Intake   *base.Intake
	Learning *learn.Learning
	Reader   *learn.Reading

	shown    bool
	tray     []protocol.Asked // still to be answered
	answered []protocol.Asked // last at the end; an undo brings them back
	at       int              // photo that is asked about
	wants    bool             // a tray is to be chosen
	waits    bool             // it is being chosen
	why      string           // none could be
	since    project.Version  // in use when the first answer was given; Number 0 before
	unshown  map[int]bool     // photos that the browser cannot show itself
}

// inTray is how many photos are asked about at a time, and firstRead from how many that were read
// they are chosen though more are still to be read.
const (
	inTray    = 12
	firstRead = 5 * inTray
)

// keyed is how many classes have a key of their own.
const keyed = 9

type (
	// AddUnlabelled adds files to be asked about.
	AddUnlabelled struct{ Files []outside.File }
	// RemoveUnlabelled takes all photos without a class out.
	RemoveUnlabelled struct{}
	// Answer says of which class the photo is; Key says that a key was pressed.
	Answer struct {
		Photo, Class int
		Key          bool
	}
	// TakeOut takes the photo that is asked about out.
	TakeOut struct{ Photo int }
	// Skip puts a photo at the end of the tray, AskAbout asks about another one.
	Skip     struct{ Photo int }
	AskAbout struct{ Photo int }
	// StepAsked leads on from a photo of the tray by a key.
	StepAsked struct {
		Photo int
		Key   string
	}
	// ChooseNext chooses the tray anew.
	ChooseNext struct{}
	// UnshownAsked says that the browser cannot show a photo, whose thumbnail must do.
	UnshownAsked struct{ Photo int }
)

func (e AddUnlabelled) Update(n *Next, t *outside.Turn) {
	n.why = ""
	n.Intake.AddUnlabelled(t, e.Files)
}

func (RemoveUnlabelled) Update(n *Next, t *outside.Turn) {
	var ids []int
	for _, ph := range n.Members(project.Unlabelled) {
		ids = append(ids, ph.ID)
	}
	n.Change(t, n.RemovePhotos(ids))
	n.tray, n.at = nil, 0
	t.Focus("#ask-title")
}

func (e Answer) Update(n *Next, t *outside.Turn) {
	ph, c := n.Photo(e.Photo), n.Class(e.Class)
	if ph == nil || ph.Class != project.Unlabelled || c == nil {
		return
	}
	if v := n.InUse(); n.since.Number == 0 && v != nil {
		n.since = *v
	}
	n.Change(t, n.MovePhotos([]int{e.Photo}, e.Class))
	n.leave(e.Photo)
	n.goOn(t, say("{1} is {2}.", ph.Name, c.Name), e.Key)
}

func (e TakeOut) Update(n *Next, t *outside.Turn) {
	ph := n.Photo(e.Photo)
	if ph == nil || ph.Class != project.Unlabelled {
		return
	}
	n.Change(t, n.RemovePhotos([]int{e.Photo}))
	n.leave(e.Photo)
	n.goOn(t, say("Removed {1}.", ph.Name), true)
}

func (Skip) Viewing() {}

func (e Skip) Update(n *Next, t *outside.Turn) {
	i := n.index(e.Photo)
	if i < 0 {
		return
	}
	one := n.tray[i]
	n.tray = append(slices.Delete(n.tray, i, i+1), one)
	n.at = n.tray[min(i, len(n.tray)-1)].ID
	if i == len(n.tray)-1 {
		n.at = n.tray[0].ID
	}
	n.goOn(t, say("Later."), false)
}

func (AskAbout) Viewing() {}

func (e AskAbout) Update(n *Next, t *outside.Turn) {
	if n.index(e.Photo) >= 0 {
		n.at = e.Photo
	}
}

func (StepAsked) Viewing() {}

func (e StepAsked) Update(n *Next, t *outside.Turn) {
	to, known := outside.Along(e.Key, n.index(e.Photo), len(n.tray))
	switch {
	case !known:
		t.Ask(outside.Step{Selector: asked(e.Photo), Up: e.Key == "ArrowUp"})
	case to >= 0:
		n.at = n.tray[to].ID
		t.Focus(asked(n.at) + " button")
	}
}

func (ChooseNext) Viewing() {}

func (ChooseNext) Update(n *Next, t *outside.Turn) {
	n.tray, n.at, n.wants, n.why = nil, 0, true, ""
	t.Focus("#ask-title")
}

func (UnshownAsked) Viewing() {}

func (e UnshownAsked) Update(n *Next, t *outside.Turn) {
	if n.unshown == nil {
		n.unshown = map[int]bool{}
	}
	n.unshown[e.Photo] = true
}

// index is where a photo lies in the tray, -1 where it does not.
func (n *Next) index(photo int) int {
	return slices.IndexFunc(n.tray, func(a protocol.Asked) bool { return a.ID == photo })
}

// leave takes a photo out of the tray, and asks about the one after it.
func (n *Next) leave(photo int) {
	i := n.index(photo)
	if i < 0 {
		return
	}
	n.answered = append(n.answered, n.tray[i])
	n.tray = slices.Delete(n.tray, i, i+1)
	if n.at = 0; len(n.tray) > 0 {
		n.at = n.tray[i%len(n.tray)].ID
	}
}

// goOn says what was done and what is asked next, and brings the keyboard there where it was on
// what is gone.
func (n *Next) goOn(t *outside.Turn, done string, focus bool) {
	if i := n.index(n.at); i >= 0 {
		done += " " + say("Next: photo {1} of {2}. {3}", i+1, len(n.tray), doubt(n.tray[i]))
	}
	t.Say(done)
	switch {
	case len(n.tray) == 0:
		t.Focus("#ask-title")
	case focus:
		t.Focus(asked(n.at) + " button")
	}
}

// asked is the selector of a photo of the tray.
func asked(photo int) string { return `[data-asked="` + strconv.Itoa(photo) + `"]` }

// Pressed is what a key does that no element takes: the number of a class answers.
func (n *Next) Pressed(key string) any {
	k := base.Number(key)
	if n.index(n.at) < 0 || k < 1 || k > min(keyed, len(n.Classes)) {
		return nil
	}
	return n.In(Answer{n.at, n.Classes[k-1].ID, true})
}

func (n *Next) Shown(t *outside.Turn)  { n.shown = true }
func (n *Next) Hidden(t *outside.Turn) { n.shown = false }

// Settle brings the tray in line with the project, and has one chosen where there is none.
func (n *Next) Settle(t *outside.Turn) {
	n.tray = slices.DeleteFunc(n.tray, func(a protocol.Asked) bool { return !n.open(a.ID) })
	back := func(a protocol.Asked) bool { return n.open(a.ID) && n.index(a.ID) < 0 }
	for i := len(n.answered) - 1; i >= 0; i-- { // undone
		if one := n.answered[i]; back(one) {
			n.answered = slices.Delete(n.answered, i, i+1)
			n.tray = slices.Insert(n.tray, 0, one)
			n.at = one.ID
		}
	}
	if n.index(n.at) < 0 && len(n.tray) > 0 {
		n.at = n.tray[0].ID
	}
	if n.waits && !n.Learning.Choice.Busy {
		n.waits = false
		if got := n.Learning.Choice; got.Why != "" {
			n.why = foreign(got.Why)
		} else if len(got.Asked) == 0 { // else it would be asked again and again
			n.why = say("What was read of them is not there any more: add them again.")
		} else if n.take(got.Asked); len(n.tray) > 0 {
			t.Say(say("Which class is each of these {1|# photo|# photos}? {2}", len(n.tray), doubt(n.tray[0])))
		}
		t.Soon()
	}
	if len(n.tray) > 0 || n.waits || !n.shown && !n.wants || n.why != "" || len(n.Classes) == 0 {
		return
	}
	photos := n.read()
	if n.Reader.Left() > 0 && !n.Reader.Further && len(photos) < firstRead {
		return
	}
	if n.Learning.Choose(t, photos, inTray) {
		n.wants, n.waits = false, true
		t.Soon()
	}
}

// open tells whether a photo is still without a class.
func (n *Next) open(photo int) bool {
	ph := n.Photo(photo)
	return ph != nil && ph.Class == project.Unlabelled
}

// take takes a tray that was chosen.
func (n *Next) take(chosen []protocol.Asked) {
	n.tray = slices.DeleteFunc(slices.Clone(chosen), func(a protocol.Asked) bool { return !n.open(a.ID) })
	if n.at = 0; len(n.tray) > 0 {
		n.at = n.tray[0].ID
	}
}

// read are the photos without a class that were read.
func (n *Next) read() (out []*project.Photo) {
	for _, ph := range n.Members(project.Unlabelled) {
		if ph.Spaces != nil {
			out = append(out, ph)
		}
	}
	return out
}

// doubt says how unsure the head is of a photo.
func doubt(a protocol.Asked) string {
	switch {
	case len(a.Names) == 0:
		return say("Nothing is learnt yet: it has no guess.")
	case len(a.Names) == 1:
		return say("It knows {1} alone.", a.Names[0])
	case a.Scores[0]-a.Scores[1] < 0.4:
		return say("It cannot tell {1} from {2} here.", a.Names[0], a.Names[1])
	}
	return say("It guesses {1}.", a.Names[0])
}

// View is the tray.
func (n *Next) View() []*node {
	if len(n.Classes) == 0 {
		return []*node{el("p.quiet", say("Make two classes first. Then add photos that you have not sorted, and it asks about those that teach it most."))}
	}
	loose := n.Members(project.Unlabelled)
	files := func(files []outside.File) any { return AddUnlabelled{files} }
	add := el("section.drop.try-drop", key("ask-drop"), at("aria-label", say("Photos without a class")), at("data-drop", "ask"), markup.Files(func(files []outside.File) any { return n.In(AddUnlabelled{files}) }),
		el("p.drop-hint", say("Drop photos here that you have not sorted. It asks about twelve that it is least sure of and that differ: so your answers teach it most.")),
		el("div.drop-buttons", el("label.button.primary", el("input.picker", at("type", "file"), flag("multiple", true), at("accept", "image/*,.heic,.heif,.avif"), at("aria-label", say("Add photos to ask about")), n.Picks("ask-pick", files)), el("span", say("Add photos to ask about")))))
	if one := n.question(); one != nil {
		return []*node{n.tally(loose), one, add}
	}
	out := []*node{add, n.tally(loose)}
	text := ""
	switch {
	case n.why != "":
		text = say("The photos could not be chosen. {1}", n.why)
	case len(loose) == 0 && n.since.Number != 0:
		text = say("All photos have a class now.")
	case len(loose) == 0 || n.Elsewhere:
	case n.waits || n.Learning.Waits():
		text = say("Choosing what to ask, once it has learnt from your answers…")
	case n.Reader.Left() > 0:
		text = say("Choosing what to ask, once photos are read…")
	default:
		text = say("These photos are not at hand any more. Add them again to be asked about them.")
	}
	if text == "" {
		return out
	}
	wait := el("section.card-section", key("ask-waits"), at("aria-labelledby", "ask-title"), el("h2", at("id", "ask-title"), at("tabindex", -1), say("Which class is this?")), el("p", at("role", "status"), text))
	if n.why != "" {
		wait.Kids = append(wait.Kids, el("button.button.small", at("type", "button"), n.Do("ask-again", ChooseNext{}), say("Try again")))
	}
	return append(out, wait)
}

// tally says how many photos are left, and how the estimate moved.
func (n *Next) tally(loose []*project.Photo) *node {
	if len(loose) == 0 && n.since.Number == 0 {
		return nil
	}
	line := el("div.ask-tally", key("ask-tally"), el("p", say("{1|# photo|# photos} without a class", len(loose))))
	if v := n.InUse(); v != nil && n.since.Number != 0 {
		text := say("When you began to answer, {1}.", estimate(&n.since))
		if v.Number != n.since.Number {
			text = say("Now {1}; when you began to answer, {2}.", estimate(v), estimate(&n.since))
		}
		line.Kids = append(line.Kids, el("p.estimate", at("data-version", v.Number), text))
	}
	if len(loose) > 0 {
		line.Kids = append(line.Kids, el("button.link", at("type", "button"), n.Do("ask-clear", RemoveUnlabelled{}), say("Remove all of them")))
	}
	return line
}

// estimate says how good a version is, in the middle of a sentence.
func estimate(v *project.Version) string {
	if v.Checked == 0 {
		return say("there were too few photos to check it")
	}
	right := base.Counted(v.Accuracy, v.Checked)
	if v.Checked >= evaluation.FewPhotos {
		return say("{1} of {2|# photo|# photos} were named right ({3})", right, v.Checked, words.Percent(v.Accuracy))
	}
	return say("{1} of {2|# photo|# photos} were named right", right, v.Checked)
}

// question is the photo that is asked about, with the answers and the tray; nil where there is
// none.
func (n *Next) question() *node {
	i := n.index(n.at)
	ph := n.Photo(n.at)
	if i < 0 || ph == nil {
		return nil
	}
	stage := el("div.stage.ask-stage")
	picture, unshown := n.Files[ph.ID].Object, any(n.In(UnshownAsked{ph.ID}))
	if picture == nil || n.unshown[ph.ID] {
		picture, unshown = n.Thumbs.Of(ph.ID), nil
	}
	if picture != nil {
		stage.Kids = append(stage.Kids, el("img", markup.Shown(picture), at("alt", say("Photo {1}, {2}", i+1, ph.Name)), markup.Send("error", unshown)))
	}
	answers := el("div.ask-answers", at("role", "group"), at("aria-labelledby", "ask-title"))
	for k, c := range n.Classes[:min(keyed, len(n.Classes))] {
		digit := strconv.Itoa(k + 1)
		answers.Kids = append(answers.Kids, el("button.button", at("type", "button"), key(strconv.Itoa(c.ID)), at("aria-keyshortcuts", digit), n.Do("ask-answer", Answer{Photo: ph.ID, Class: c.ID}, "class", c.ID),
			el("kbd", at("aria-hidden", "true"), digit), el("span", named(c.Name))))
	}
	if len(n.Classes) > keyed {
		answers.Kids = append(answers.Kids, n.Mover("ask-other", say("Any class"), 0, func(class int) any { return Answer{Photo: ph.ID, Class: class} }))
	}
	side := el("div.ask-side",
		el("h2", at("id", "ask-title"), at("tabindex", -1), say("Which class is this?")),
		el("p.quiet", at("title", named(ph.Name)), say("Photo {1} of {2}. {3}", i+1, len(n.tray), doubt(n.tray[i]))),
		answers,
		el("p.quiet", say("Press the number of a class, or its button. Undo takes an answer back.")),
		el("div.ask-tools",
			el("button.button.small", at("type", "button"), n.Do("ask-skip", Skip{ph.ID}), say("Not now")),
			el("button.button.small", at("type", "button"), n.Do("ask-remove", TakeOut{ph.ID}), say("None of them: take it out")),
			el("button.link", at("type", "button"), n.Do("ask-choose", ChooseNext{}), say("Choose others"))))
	list := el("ul.tiles.wide.ask-tray", at("role", "list"), at("aria-label", say("Photos to ask about")))
	for k, a := range n.tray {
		list.Kids = append(list.Kids, n.tile(k, a))
	}
	return el("section.card-section.ask", key("ask"), at("aria-labelledby", "ask-title"), el("div.ask-body", stage, side), list)
}

// tile is one photo of the tray: all of them are one stop of the Tab key.
func (n *Next) tile(k int, a protocol.Asked) *node {
	id := strconv.Itoa(a.ID)
	button := el("button", at("type", "button"), n.Do("ask-about", AskAbout{a.ID}, "photo", id), at("aria-label", say("Photo {1}", k+1)), at("title", named(n.Photo(a.ID).Name)), is("aria-pressed", a.ID == n.at),
		markup.On("keydown", func(in markup.Input) any {
			switch {
			case in.Key == "Delete" || in.Key == "Backspace":
				return n.In(TakeOut{a.ID})
			case outside.Leads(in.Key):
				return n.In(StepAsked{a.ID, in.Key})
			}
			return nil
		}))
	if a.ID != n.at {
		button.Attrs = append(button.Attrs, at("tabindex", -1))
	}
	if picture := n.Thumbs.Of(a.ID); picture != nil {
		button.Kids = append(button.Kids, el("img", at("alt", ""), markup.Shown(picture), at("decoding", "async")))
	}
	return el("li.tile", at("data-asked", id), key(id), button)
}

// Given and Only let a project file among what is given be opened in place of being added; see
// package app.
func (e AddUnlabelled) Given() []outside.File         { return e.Files }
func (e AddUnlabelled) Only(files []outside.File) any { return AddUnlabelled{files} }
