package result

import (
	"strings"
	"testing"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/project"
	"homeroom/core/training"
	"homeroom/wasm/app/catalogue"
	"homeroom/wasm/app/teach/base"
	"homeroom/wasm/app/teach/base/basetest"
	"homeroom/wasm/app/teach/learn"
)

// shown are the results and versions of a project with classes of so many photos, all read.
func shown(t *testing.T, sizes ...int) (*Results, *Versions) {
	t.Helper()
	p := basetest.Project(t, sizes...)
	b := &base.Base{Project: p, List: new(catalogue.List)}
	l := &learn.Learning{Base: b}
	r := New(b, l)
	return &r, &Versions{Base: b, Learning: l}
}

func said(nodes []*node) string {
	var out []string
	for _, n := range nodes {
		if n != nil {
			out = append(out, n.Words())
		}
	}
	return strings.Join(out, " ")
}

func TestResultsOfManyClasses(t *testing.T) {
	s, _ := shown(t, make([]int, 40)...)
	p := s.Project
	p.AddVersion(project.Version{Checked: 40, Accuracy: 0.5, High: 1})
	rep := &evaluation.Report{Photos: 40, Correct: 20, Confusion: make([][]int, 40)}
	for i, c := range p.Classes {
		rep.Classes = append(rep.Classes, evaluation.ClassReport{Name: c.Name, Photos: 1})
		rep.Confusion[i] = make([]int, 40)
		rep.Confusion[i][(i+i%2)%40] = 1
	}
	s.Figures = &project.Figures{Version: 1, Report: rep, Folds: 5, LeftOut: "x"}
	if text := said(s.View()); !strings.Contains(text, "Show all 40 classes") || !strings.Contains(text, "confused most") {
		t.Errorf("40 classes are shown as %s", text)
	}
	AllClasses{}.Update(s, nil)
	if text := said(s.View()); strings.Contains(text, "Show all") || !strings.Contains(text, p.Classes[39].Name) {
		t.Errorf("all 40 classes are shown as %s", text)
	}
}

// TestUncheckedVersion: with a photo a class nothing can be held out, and there is no report.
func TestUncheckedVersion(t *testing.T) {
	s, v := shown(t, 1, 1)
	s.AddVersion(project.Version{Kind: "means"})
	s.Figures = &project.Figures{Version: 1}
	if text := said(s.View()); !strings.Contains(text, "One photo a class is enough to answer") {
		t.Errorf("the results say %s", text)
	}
	s.Figures.Unchecked = []evaluation.Unchecked{{Name: "Class 1", Photos: 1}, {Name: "Class 2", Photos: 1}}
	if text := said(s.View()); !strings.Contains(text, "2 photos in all, one a class") {
		t.Errorf("the results say %s", text)
	}
	if text := said(v.View()); !strings.Contains(text, "not checked") {
		t.Errorf("the versions say %s", text)
	}
}

// TestWhatWasTried: what was given up early comes last, whatever its loss, and the kind of the
// version is marked.
func TestWhatWasTried(t *testing.T) {
	s, _ := shown(t, 1, 1)
	s.AddVersion(project.Version{Kind: "means", Input: "net@224", Checked: 2})
	in := bank.Input{{basetest.Space}}
	text := s.kinds(&project.Figures{Version: 1, Tried: []training.Candidate{
		{Kind: training.MLP, Input: in, Loss: 0.1, Photos: 10}, {Kind: training.Linear, Input: in, Loss: 0.2, Photos: 50}, {Kind: training.Means, Input: in, Loss: 0.3, Photos: 50},
	}}).Words()
	linear, means, small := strings.Index(text, "Linear"), strings.Index(text, "Class means chosen"), strings.Index(text, "Small network given up early")
	if linear < 0 || means < linear || small < means {
		t.Errorf("what was tried is told as %s", text)
	}
}

// TestStatesOfAVersion: the best state and the last are told, of few photos as counts, and can be
// chosen.
func TestStatesOfAVersion(t *testing.T) {
	s, v := shown(t, 5, 5)
	steps := []training.Progress{{Step: 1, ValidLoss: 0.9, ValidAccuracy: 0.6}, {Step: 2, ValidLoss: 0.4, ValidAccuracy: 0.9}, {Step: 3, ValidLoss: 0.5, ValidAccuracy: 0.8}}
	for _, c := range []struct {
		checked    int
		best, last string
	}{{50, "90%", "80%"}, {5, "5 of 5", "4 of 5"}} {
		s.AddVersion(project.Version{Kind: "mlp", Input: "net@224", States: project.StatesOf(steps), Checked: c.checked})
		if text := said(v.View()); !strings.Contains(text, "best on photos kept back: step 2, "+c.best+" right") || !strings.Contains(text, "when learning ended: step 3, "+c.last+" right") {
			t.Errorf("the versions say %s", text)
		}
	}
}

// TestFewPhotosAreCounted: results of fewer than ten photos have no percentages, and say what they
// cannot tell.
func TestFewPhotosAreCounted(t *testing.T) {
	s, v := shown(t, 5, 4)
	s.AddVersion(project.Version{Checked: 9, Accuracy: 7.0 / 9, High: 1, Classes: []string{"Class 1", "Class 2"}})
	s.AddVersion(project.Version{Checked: 9, Accuracy: 7.0 / 9, High: 1, Classes: []string{"Class 1", "Class 2"}})
	truth := []int{0, 0, 0, 0, 0, 1, 1, 1, 1}
	answers := make([][]float64, len(truth))
	for i, y := range truth {
		answers[i] = []float64{0.9, 0.1}
		if y == 1 && i > 6 {
			answers[i] = []float64{0.1, 0.9}
		}
	}
	rep := evaluation.Score([]string{"Class 1", "Class 2"}, truth, answers)
	s.Figures = &project.Figures{Version: 2, Report: rep, Folds: 5, Unchecked: []evaluation.Unchecked{{Name: "Class 3", Photos: 8, Copies: true}}}
	s.Learning.Grown(training.Growth{Points: []training.Point{{Photos: 4, Accuracy: 5.0 / 9, Held: 9, High: 1}, {Photos: 8, Accuracy: 7.0 / 9, Held: 9, High: 1}}})
	text := said(s.View())
	for _, want := range []string{"7 of 9", "5 of 9", "2 of 4", "photos it had not seen were named right", "The 8 photos of Class 3 are copies of one photo"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in %s", want, text)
		}
	}
	CompareVersion{Version: 1, On: true}.Update(v, nil)
	CompareVersion{Version: 2, On: true}.Update(v, nil)
	text += said(v.View())
	for _, never := range []string{"78%", "56%", "of photos it had not seen"} { // the axes of charts are percentages
		if strings.Contains(text, never) {
			t.Errorf("%q is said of few photos in %s", never, text)
		}
	}
}
