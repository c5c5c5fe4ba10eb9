//go:build !js

package app

import (
	"strconv"
	"testing"

	"homeroom/wasm/markup"
)

// lessonAt is the step that is shown, and whether it is done; 0 for none.
func (w *world) lessonAt() (step int, done bool) {
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			n.Walk(func(n *markup.Node) {
				if text, is := n.Get("data-step"); is {
					step, _ = strconv.Atoi(text)
					ready, _ := n.Get("data-done")
					done = ready == "true"
				}
			})
		}
	}
	return step, done
}

// dragTo drags a photo onto a class.
func (w *world) dragTo(photo, class int) {
	w.t.Helper()
	for _, s := range w.state.View().Slots {
		for _, n := range s.Kids {
			if on := n.Find("data-class", strconv.Itoa(class)); on != nil && on.Handler("take") != nil {
				w.send(on.Handler("take")(markup.Input{Value: strconv.Itoa(photo)}))
				w.settle()
				return
			}
		}
	}
	w.fail("there is no class %d to drop a photo on", class)
}

// TestLesson takes all steps, as a person does: each is done by what is done in the view, and the
// step is there after a reload.
func TestLesson(t *testing.T) {
	w := taught(t, 3) // which the lesson leaves as it is
	before := w.state.teach.Open().ID
	w.visit("#teach/lesson")
	w.settle()
	p := w.state.teach.Open()
	if step, done := w.lessonAt(); step != 1 || done || p.ID == before || p.Name != "Fish and buildings" || w.shows("aria-label", "Begin") {
		t.Fatalf("the lesson is at step %d of %q (%v)", step, p.Name, done)
	}
	for range 40 { // some fetches fail
		if w.uses("lesson-do", markup.Input{}); len(p.Classes) > 0 {
			break
		}
		if !w.says("could not be fetched") {
			w.fail("nothing came, and it does not say why")
		}
	}
	if _, done := w.lessonAt(); !done || len(p.Classes) != 2 || p.Count() != 17 || w.node("lesson-do") != nil {
		t.Fatalf("with %d photos in %d classes the first step is done: %v", p.Count(), len(p.Classes), done)
	}
	w.uses("lesson-next", markup.Input{})
	if step, done := w.lessonAt(); step != 2 || done {
		t.Errorf("it is at step %d (%v)", step, done)
	}
	w.uses("lesson-do", markup.Input{})
	if _, done := w.lessonAt(); !done || !w.shows("id", "summary-title") {
		t.Error("the results do not show")
	}
	w.uses("lesson-next", markup.Input{})
	wrong, right := p.ClassNamed("Buildings"), p.ClassNamed("Fish")
	if _, done := w.lessonAt(); done {
		t.Error("the mistake is found before it was looked for")
	}
	w.tab("photos")
	for _, ph := range p.Members(wrong.ID) {
		if ph.Name == "pompano.jpg" {
			w.dragTo(ph.ID, right.ID)
			break
		}
	}
	if _, done := w.lessonAt(); !done {
		t.Error("the mistake is put right, and the step is not done")
	}
	w.uses("lesson-next", markup.Input{})
	w.open("", "#teach")
	w.settle()
	if step, _ := w.lessonAt(); step != 4 {
		t.Errorf("after a reload it is at step %d", step)
	}
	for range 40 {
		if w.uses("lesson-do", markup.Input{}); !w.says("could not be fetched") {
			break
		}
	}
	if _, done := w.lessonAt(); !done || !w.shows("id", "named-title") {
		t.Error("the new photos are not named")
	}
	w.uses("lesson-back", markup.Input{})
	w.uses("lesson-next", markup.Input{})
	w.uses("lesson-next", markup.Input{})
	w.uses("lesson-do", markup.Input{})
	w.sends("ask.HeatFor", markup.Input{})
	w.settle()
	if step, done := w.lessonAt(); step != 5 || !done {
		t.Errorf("with a heat map step %d is done: %v", step, done)
	}
	w.uses("lesson-end", markup.Input{})
	if step, _ := w.lessonAt(); step != 0 {
		t.Error("the lesson does not end")
	}
	w.checkSaved()
	w.uses("project-lesson", markup.Input{})
	if step, _ := w.lessonAt(); step != 1 || w.state.teach.Open().Name != "Fish and buildings 2" {
		t.Errorf("begun again, it is at step %d of %s", step, w.state.teach.Open().Name)
	}
	w.checkRest()
}

// TestLessonIsNamedInTheLanguage: the project and the classes of the lesson bear the words of the
// language that the page is in, and the mistake is found by any name.
func TestLessonIsNamedInTheLanguage(t *testing.T) {
	w := newWorld(t, 3, "", "")
	w.settle()
	w.pick("language", "de")
	w.settle()
	w.visit("#teach/lesson")
	w.settle()
	w.uses("lesson-do", markup.Input{})
	p := w.state.teach.Open()
	wrong, right := p.ClassNamed("Gebäude"), p.ClassNamed("Fische")
	if p.Name != "Fische und Gebäude" || wrong == nil || right == nil {
		t.Fatalf("it is %q with %+v", p.Name, p.Classes)
	}
	w.uses("lesson-next", markup.Input{})
	w.uses("lesson-next", markup.Input{})
	if _, done := w.lessonAt(); done {
		t.Error("the mistake is found before it was looked for")
	}
	for _, ph := range p.Members(wrong.ID) {
		if ph.Name == "pompano.jpg" {
			w.dragTo(ph.ID, right.ID)
			break
		}
	}
	if _, done := w.lessonAt(); !done {
		t.Error("the mistake is put right, and the step is not done")
	}
}
