package project

import (
	"bytes"
	"reflect"
	"slices"
	"testing"

	"homeroom/core/training"
)

// A classifier by itself is read and opened as a project, answers alike, and has nothing of the
// photos.
func TestClassifierOnly(t *testing.T) {
	for _, kind := range training.Kinds {
		p := sample(t, kind)
		want, err := p.Head().Answer([][]float32{p.Bank.Photos[0].Features[0]})
		if err != nil {
			t.Fatal(err)
		}
		var whole, alone bytes.Buffer
		if err := Write(&whole, p); err != nil {
			t.Fatal(err)
		}
		if err := Write(&alone, p.ClassifierOnly()); err != nil {
			t.Fatal(err)
		}
		got, err := Read("alone.homeroom", alone.Bytes(), Limits{})
		if err != nil {
			t.Fatal(err)
		}
		answer, err := got.Head().Answer([][]float32{p.Bank.Photos[0].Features[0]})
		if err != nil || !reflect.DeepEqual(answer, want) {
			t.Errorf("%s: %v, not %v, %v", kind, answer, want, err)
		}
		if len(got.Bank.Photos) != 0 || len(got.Thumbs) != 0 || len(got.Versions) != 1 || got.Versions[0].Held != nil || got.Versions[0].Valid != nil || !slices.Equal(got.Bank.Classes, p.Bank.Classes) || len(got.Networks) != 1 {
			t.Errorf("%s: %+v", kind, got)
		}
		if bytes.Contains(alone.Bytes(), []byte("oak.jpg")) || alone.Len() >= whole.Len() {
			t.Errorf("%s: %d bytes of %d", kind, alone.Len(), whole.Len())
		}
		if _, _, err := got.Open("id"); err != nil {
			t.Error(err)
		}
	}
	if (&File{}).ClassifierOnly() != nil || (&File{}).QuickHead() != nil {
		t.Error("a project of nothing gave a classifier")
	}
	// One head alone is without the one that stands in for it, which names all photos where the
	// person wants that of the project.
	p := sample(t, training.Linear)
	quick := *p.Versions[0].Best
	p.Versions[0].Quick, p.NamesAll = &quick, true
	if !p.QuickHead().Unknown.Never || p.ClassifierOnly().Versions[0].Quick == nil || p.ClassifierOf(p.QuickHead(), nil).Versions[0].Quick != nil {
		t.Error("the quick head is another")
	}
}
