// Package lesson leads a teacher and a class through Teach.
package lesson

import (
	"strconv"

	"homeroom/core/project"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/teach/ask"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/markup"
	"homeroom/wasm/text"
)

// Shorthands that every panel uses.
var (
	el   = markup.El
	at   = markup.A
	flag = markup.Flag
	is   = markup.Is
	say  = text.Say
)

type (
	node = markup.Node
	key  = markup.Key
)

// A Lesson is steps that they take themselves, on photos that come with the page. The project knows
// at which it is.
type Lesson struct {
	*base.Base
	Intake *base.Intake
	Try    *ask.Try
	Dialog *ask.Dialog

	ticket int    // of photos that are fetched
	why    string // they could not be
	news   bool   // they are the new ones
	done   [lessonSteps + 1]bool
}

const lessonSteps = 5

// The words of the lesson, by which its classes are called.
var fish, buildings = say("Fish"), say("Buildings")

// A lessonPhoto is one of those that come with the page, in site/lesson.
type lessonPhoto struct{ file, class string }

// The photos to learn from, of which one is in the wrong class, and new ones.
var (
	lessonPhotos = []lessonPhoto{
		{"angelfish.jpg", fish}, {"hap.jpg", fish}, {"perch.jpg", fish}, {"sea-perch.jpg", fish},
		{"discus.jpg", fish}, {"ocellated-wrasse.jpg", fish}, {"sea-perch-again.jpg", fish}, {"porgy.jpg", fish},
		{"arch.jpg", buildings}, {"gate.jpg", buildings}, {"cathedral.jpg", buildings}, {"colosseum.jpg", buildings}, {lessonMistake, buildings},
		{"dome.jpg", buildings}, {"tetrapylon.jpg", buildings}, {"taj-mahal.jpg", buildings}, {"capitol.jpg", buildings},
	}
	lessonNew = []lessonPhoto{{"clownfish.jpg", ""}, {"india-gate.jpg", ""}, {"peacock-wrasse.jpg", ""}, {"winter-palace.jpg", ""}}
)

const lessonMistake = "pompano.jpg"

type (
	// GoTo goes to a step, End puts the lesson away.
	GoTo struct{ Step int }
	End  struct{}
	// Bring brings the photos of the lesson into their classes, or the new ones to be named.
	Bring struct{ New bool }
	// Tab opens a tab.
	Tab struct{ ID string }
)

func (Tab) Viewing() {}

func (e GoTo) Update(l *Lesson, t *outside.Turn) {
	l.Project.Lesson = min(max(e.Step, 1), lessonSteps)
	l.why = ""
	l.Changed()
	l.Unsaved = true
	t.Focus("#lesson-title")
}

func (End) Update(l *Lesson, t *outside.Turn) {
	l.Project.Lesson = 0
	l.Changed()
	l.Unsaved = true
	t.Focus("#tab-photos")
}

// Begin begins the lesson under a name, or goes on with it.
func (l *Lesson) Begin(t *outside.Turn, name string) {
	if l.List.Single {
		l.Notice(t, say("The photos of the lesson are not in this file. Open Homeroom from a website or with the program to take the lesson."))
		return
	}
	if l.Project.Lesson == 0 {
		l.Change(t, l.Rename(name))
	}
	GoTo{max(1, l.Project.Lesson)}.Update(l, t)
}

func (e Bring) Update(l *Lesson, t *outside.Turn) {
	if l.ticket != 0 {
		return
	}
	l.ticket, l.news, l.why = t.Ticket(), e.New, ""
	get := outside.FetchPhotos{Ticket: l.ticket}
	for i := range l.photos(e.New) {
		get.Selectors = append(get.Selectors, "#lesson-photo-"+strconv.Itoa(i+1))
	}
	t.Ask(get)
}

func (l *Lesson) photos(news bool) []lessonPhoto {
	if news {
		return lessonNew
	}
	return lessonPhotos
}

// Receive takes the photos, and tells whether they were asked for here.
func (l *Lesson) Receive(t *outside.Turn, e any) bool {
	got, is := e.(outside.PhotosFetched)
	if !is || got.Ticket != l.ticket || l.ticket == 0 {
		return false
	}
	l.ticket = 0
	t.Soon()
	all := l.photos(l.news)
	switch {
	case got.Error != "":
		l.why = say("The photos could not be fetched: {1}.", text.Foreign(base.Plainly(got.Error)))
	case got.Status != 0:
		l.why = say("The photos could not be fetched: the server answered {1}.", strconv.Itoa(got.Status))
	case len(got.Files) != len(all):
		l.why = say("The photos could not be fetched.")
	case l.news:
		ask.TryFiles{Files: got.Files}.Update(l.Try, t)
	default:
		for i := range got.Files {
			got.Files[i].Name, got.Files[i].Path = all[i].file, t.Words(all[i].class)+"/"+all[i].file
		}
		l.Intake.TakeFolders(t, got.Files, 0)
	}
	if l.why != "" {
		t.Say(l.why)
	}
	return true
}

// Follow notes what was done: tab is the one that is shown.
func (l *Lesson) Follow(tab string) {
	if l.Project.Lesson == 0 {
		return
	}
	right, wrong := 0, false
	for ph := range l.Photos() {
		if ph.Name == lessonPhotos[0].file {
			right = ph.Class // whatever it is called by now
		}
	}
	for _, c := range l.Classes {
		for _, ph := range l.Members(c.ID) {
			wrong = wrong || ph.Name == lessonMistake && c.ID != right
		}
	}
	l.done[1] = l.InUse() != nil && len(l.Classes) > 1
	l.done[2] = l.done[2] || l.Project.Lesson == 2 && tab == "results" && l.InUse() != nil
	l.done[3] = l.done[1] && !wrong
	l.done[4] = l.done[4] || l.Project.Lesson == 4 && l.Try.Named()
	l.done[5] = l.done[5] || l.Project.Lesson == 5 && l.Dialog.Heated()
}

// A step is what a step of the lesson says, with its button.
type step struct {
	title string
	texts []string
	does  string
	event any
}

func (l *Lesson) step() step {
	switch l.Project.Lesson {
	case 1:
		s := step{title: say("Give it examples"), texts: []string{
			say("Nobody writes down rules for what a fish looks like. The computer is shown examples with the right word on them, and finds out by itself what the photos of one word have in common."),
			say("Here are photos for two words, {1} and {2}. Bring them in and look at them. A moment later it has learnt.", fish, buildings),
		}}
		if !l.brought() {
			s.does, s.event = say("Bring the photos"), Bring{}
		}
		return s
	case 2:
		return step{say("See how good it is"), []string{
			say("How do you find out whether somebody has understood, and has not only learnt by heart? You ask about what was not in the lesson. So it holds some photos back, learns from the others, and is then asked about those."),
			say("Open Results and read the three sentences aloud."),
		}, say("Open Results"), Tab{"results"}}
	case 3:
		return step{say("Find the mistake"), []string{
			say("It learns whatever it is told, mistakes too. One photo lies in the wrong class: it was put there on purpose."),
			say("Results shows which photos it named most surely wrong. Find the one whose word is wrong, and move it to the other class. It learns anew: does it become better?"),
		}, say("Open Results"), Tab{"results"}}
	case 4:
		return step{say("Try it on new photos"), []string{
			say("Here are four photos that it has never seen. Before you press the button: which will it get right? Let the class vote."),
			say("Then look at how sure it says it is of each."),
		}, say("Name four new photos"), Bring{New: true}}
	}
	s := step{title: say("See where it looks"), texts: []string{
		say("It does not know what a fish is. It knows which patterns came with the word. Open a photo and press Heat map: the warm places spoke for the word. Is that the animal, or the water around it?"),
		say("Then ask: what would it call a diver, a boat on the sea, or your classroom? Try it with the camera, under Try it."),
	}}
	for _, c := range l.Classes {
		if members := l.Members(c.ID); len(members) > 0 {
			s.does, s.event = say("Open a photo"), base.OpenPhoto{Photo: members[0].ID}
			break
		}
	}
	return s
}

// brought tells whether the photos are there already.
func (l *Lesson) brought() bool {
	for ph := range l.Photos() {
		if ph.Name == lessonMistake && ph.Class != 0 && ph.Class != project.Unlabelled {
			return true
		}
	}
	return false
}

// View is the step, nil while there is no lesson.
func (l *Lesson) View() *node {
	if l.Project.Lesson == 0 {
		return nil
	}
	s := l.step()
	body := el("div.lesson-body")
	for _, one := range s.texts {
		body.Kids = append(body.Kids, el("p", one))
	}
	if s.does != "" {
		class := "button.button.primary"
		if l.done[l.Project.Lesson] {
			class = "button.button"
		}
		body.Kids = append(body.Kids, el("div.lesson-do", el(class, at("type", "button"), l.Do("lesson-do", s.event), flag("disabled", l.ticket != 0), s.does)))
	}
	said := ""
	switch {
	case l.why != "":
		said = l.why
	case l.done[l.Project.Lesson]:
		said = say("Done.")
	}
	body.Kids = append(body.Kids, el("p.lesson-said", at("role", "status"), said))
	var pictures *node
	if news := l.Project.Lesson == 4; news || l.Project.Lesson == 1 && !l.brought() {
		pictures = el("ul.lesson-photos", at("role", "list"), at("aria-label", say("Photos of the lesson")))
		for i, ph := range l.photos(news) {
			pictures.Kids = append(pictures.Kids, el("li", key(ph.file), el("img", at("id", "lesson-photo-"+strconv.Itoa(i+1)), at("src", "lesson/"+ph.file), at("data-file", ph.file), at("alt", ""), at("width", 280), at("height", 210), at("decoding", "async"))))
		}
	}
	class := "button.button.small"
	if l.done[l.Project.Lesson] {
		class += ".primary"
	}
	onward := el(class, at("type", "button"), l.Do("lesson-next", GoTo{l.Project.Lesson + 1}), say("Next step"))
	if l.Project.Lesson == lessonSteps {
		onward = el(class, at("type", "button"), l.Do("lesson-end", End{}), say("End the lesson"))
	}
	back := el("button.button.small", at("type", "button"), l.Do("lesson-back", GoTo{l.Project.Lesson - 1}), flag("disabled", l.Project.Lesson == 1), say("Back"))
	tools := el("div.lesson-tools", back, onward, el("a.link", at("href", say("lesson/class.html")), at("target", "_blank"), at("rel", "noopener"), say("Page to print for the class")))
	if l.Project.Lesson < lessonSteps {
		tools.Kids = append(tools.Kids, el("button.link", at("type", "button"), l.Do("lesson-end", End{}), say("End the lesson")))
	}
	return el("section.card-section.lesson", key("lesson"), at("aria-labelledby", "lesson-title"), at("data-step", l.Project.Lesson), is("data-done", l.done[l.Project.Lesson]),
		el("p.lesson-where", say("For teachers: step {1} of {2}", l.Project.Lesson, lessonSteps)),
		el("h2", at("id", "lesson-title"), at("tabindex", -1), s.title), body, pictures, tools)
}
