package teach

import "testing"

func TestReadsChangesNothing(t *testing.T) {
	for _, what := range []string{
		"undo", "redo", "project-name", "project-delete", "project-undelete", "class-new", "class-name", "class-remove", "class-pick", "pick-folders",
		"photo-class", "picked-move", "picked-remove", "move", "remove", "learn", "curve", "version-use", "version-state", "version-note", "set-network",
		"set-keep", "fulls-delete", "sizes", "try-add", "save-again", "what is not known",
	} {
		if Reads(what) {
			t.Errorf("%q can be done in a tab that only shows the project", what)
		}
	}
	for _, what := range []string{"tab", "photo-open", "try-pick", "project-take", "project-open"} {
		if !Reads(what) {
			t.Errorf("%q cannot be done in a tab that only shows the project", what)
		}
	}
}

// Written again after everything that was kept is gone, a project is what it was.
func TestSaveAll(t *testing.T) {
	p := filled(t, 3, 2, 2)
	p.RemovePhotos([]int{1})
	new(kept).save(p) // and then that is cleared
	p.SaveAll()
	var k kept
	k.save(p)
	q, _ := k.open(t)
	if q.Count() != p.Count() || len(q.Classes) != len(p.Classes) || q.CanUndo() != p.CanUndo() || q.CanUndo() == "" {
		t.Errorf("%d photos of %d came back, and what can be undone is %q, not %q", q.Count(), p.Count(), q.CanUndo(), p.CanUndo())
	}
}

func TestWithoutKeepsWhatWasWritten(t *testing.T) {
	p := filled(t, 3, 2)
	ids := map[int]bool{}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			ph.Spaces, ph.Full = []string{"a@1", "b@1"}, 9
			if len(ids) < 2 {
				ids[ph.ID] = true
			}
		}
	}
	p.AddVersion(Version{})
	p.AddVersion(Version{})
	bare, versions := p.Without(map[string]map[int]bool{"a@1": ids}, true)
	if len(bare) != p.Count()-2 || versions != 1 || p.Version(p.Current) == nil {
		t.Errorf("%d photos of %d are bare, %d versions are gone", len(bare), p.Count(), versions)
	}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			if want := map[bool]int{true: 1, false: 0}[ids[ph.ID]]; len(ph.Spaces) != want || ph.Full != 0 {
				t.Errorf("photo %d has %q and %d bytes of its own", ph.ID, ph.Spaces, ph.Full)
			}
		}
	}
	if _, versions = p.Without(nil, false); versions != 1 || p.Current != 0 {
		t.Errorf("without its head version %d is in use", p.Current)
	}
}
