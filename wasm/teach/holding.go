package teach

import (
	"maps"
	"slices"
)

// A project is changed in one tab at a time: the one that holds it. In others it can be looked at.

// reading are the things that can be done in a tab which only shows the project. What leads away from it is among them.
var reading = map[string]bool{
	"tab": true, "notice-close": true, "problems-close": true,
	"project-new": true, "project-open": true, "project-save": true, "project-file": true, "project-take": true,
	"class-open": true, "class-close": true, "class-search": true, "classes-more": true, "classes-all": true, "photos-more": true,
	"photo-open": true, "photo-close": true, "photo-step": true, "tried-open": true,
	"heat": true, "heat-class": true, "inside": true, "inside-layer": true,
	"engine-retry": true, "others-again": true, "cell": true, "cell-close": true, "version-compare": true,
	"try-pick": true, "try-clear": true, "try-remove": true,
	"live-start": true, "live-stop": true,
}

// Reads tells whether something can be done in a tab that only shows the project.
func Reads(what string) bool { return reading[what] }

// SaveAll has all of the project written again: what was kept of it is gone.
func (p *Project) SaveAll() {
	for id := range p.photos {
		p.changed[id] = true
	}
	p.changedItself = true
	p.freshEdits = slices.Concat(p.done, p.undone)
	slices.SortFunc(p.freshEdits, func(a, b *Edit) int { return a.number - b.number })
	p.goneEdits = nil
}

// Without is what is left once the features of photos are gone, but for those that were written again: space → photo. It returns how many
// photos of a class have none any more, and drops versions other than the one in use, whose heads are gone too.
func (p *Project) Without(written map[string]map[int]bool, head bool) (bare []*Photo, versions int) {
	for _, id := range slices.Sorted(maps.Keys(p.photos)) {
		ph := p.photos[id]
		if ph.Spaces == nil {
			continue
		}
		ph.Spaces = slices.DeleteFunc(ph.Spaces, func(space string) bool { return !written[space][id] })
		if ph.Full = 0; len(ph.Spaces) == 0 {
			ph.Spaces = nil
			if ph.Class != 0 {
				bare = append(bare, ph)
			}
		}
	}
	before := len(p.Versions)
	p.Versions = slices.DeleteFunc(p.Versions, func(v Version) bool { return v.Number != p.Current || !head })
	if v := p.Version(p.Current); v == nil {
		p.Current = 0
	} else {
		v.Last = false
	}
	return bare, before - len(p.Versions)
}
