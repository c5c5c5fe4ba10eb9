package engine

import (
	"encoding/json"
	"slices"
	"sort"
	"time"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/protocol"
)

// records reads the records of a project: of itself, and of its photos in lists.
func records(itself protocol.Text, lists []protocol.Text) (*project.Project, error) {
	var photos []*project.Photo
	for _, text := range lists {
		var some []json.RawMessage
		if err := json.Unmarshal([]byte(text), &some); err != nil {
			return nil, err
		}
		for _, one := range some {
			ph, err := project.DecodePhoto(one)
			if err != nil {
				return nil, err
			}
			photos = append(photos, ph)
		}
	}
	p, _, err := project.Decode([]byte(itself), photos, nil)
	return p, err
}

// spacesOf lists the feature spaces that any of the photos has a vector in, in the order in which
// they come.
func spacesOf(photos []*project.Photo) []feature.Space {
	var out []feature.Space
	seen := map[feature.Space]bool{}
	for _, ph := range photos {
		for _, s := range ph.Spaces {
			if !seen[s] {
				seen[s], out = true, append(out, s)
			}
		}
	}
	return out
}

// file makes the file of a project, with the features that the samples holds and without
// thumbnails.
func (s *Samples) file(p *project.Project, now time.Time, networks []project.Network, learnt []project.Learnt) (*project.File, error) {
	photos, labels := p.Examples()
	loose := p.ReadUnlabelled()
	task := protocol.Task{Labels: labels, Spaces: spacesOf(slices.Concat(photos, loose))}
	for _, c := range p.Classes {
		task.Classes = append(task.Classes, c.Name)
	}
	for _, ph := range photos {
		task.IDs = append(task.IDs, ph.ID)
		s.note(ph)
	}
	b, err := s.bank(&task)
	if err != nil {
		return nil, err
	}
	var unlabelled []bank.Photo
	for _, ph := range loose {
		s.note(ph)
		unlabelled = append(unlabelled, s.row(ph.ID, project.Unlabelled, task.Spaces))
	}
	sort.SliceStable(unlabelled, func(i, k int) bool { return unlabelled[i].ID < unlabelled[k].ID })
	return p.File(now, networks, b, unlabelled, learnt)
}

// heads writes the heads of a version that was read from a file.
func heads(t *project.Taught) (s States, err error) {
	if s, err = statesOf(t.Best, t.Last); err == nil && t.Quick != nil {
		s.Quick, err = t.Quick.MarshalBinary()
	}
	if err != nil {
		err = fault.Errorf("version %d: %w", t.ID, err)
	}
	return s, err
}
