// Package basetest makes projects for the tests of the panels.
package basetest

import (
	"fmt"
	"testing"
	"time"

	"homeroom/core/feature"
	"homeroom/core/project"
)

// Space is what the photos of a project are read in.
var Space = feature.Space{Network: "net", Size: 224}

// Project is one with classes of so many photos, all read.
func Project(t testing.TB, sizes ...int) *project.Project {
	t.Helper()
	p := project.New("p", "Fruit", time.Unix(0, 0))
	for i, n := range sizes {
		if _, err := p.AddClass(fmt.Sprintf("Class %d", i+1)); err != nil {
			t.Fatal(err)
		}
		var photos []*project.Photo
		for k := range n {
			ph, err := p.NewPhoto(fmt.Sprintf("%d-%d.jpg", i+1, k+1))
			if err != nil {
				t.Fatal(err)
			}
			ph.Read(Space, false)
			photos = append(photos, ph)
		}
		if n > 0 {
			p.AddPhotos(p.Classes[i].ID, photos)
		}
	}
	return p
}
