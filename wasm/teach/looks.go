package teach

import (
	"slices"

	"homeroom/core/feature"
	"homeroom/wasm/words"
)

// MostLookedAgain is how many photos a project may have to be looked at again by itself. With more, the looks would be paid for
// with a long time of reading.
const MostLookedAgain = 1500

// The ways to look at photos.
const (
	LookAuto  = "auto"  // once, then mirrored, whole and with a sharper network where the project is not too large, for learning to choose from
	LookOnce  = "once"  // as the network was trained
	LookThree = "three" // mirrored and whole as well, from the beginning
)

// Looks is how often each photo is looked at.
func (s Settings) Looks() string {
	switch {
	case s.Thorough:
		return LookThree
	case s.Once:
		return LookOnce
	}
	return LookAuto
}

// WithLooks returns the settings with photos looked at in one of these ways.
func (s Settings) WithLooks(looks string) Settings {
	s.Thorough, s.Once = looks == LookThree, looks == LookOnce
	return s
}

// LooksAgain tells whether the photos of the project are to be looked at again by themselves.
func (p *Project) LooksAgain() bool {
	return p.Settings.Looks() == LookAuto && p.Count() <= MostLookedAgain
}

// Newest tells whether the version in use is the one that was learnt last: a person who brought back another wants that.
func (p *Project) Newest() bool {
	return p.Current != 0 && len(p.Versions) > 0 && p.Versions[len(p.Versions)-1].Number == p.Current
}

// Lacking returns the photos that were read, but not in full in all of the given spaces.
func (p *Project) Lacking(spaces []string) []*Photo {
	var out []*Photo
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			if ph.Spaces != nil && (!ph.Has(spaces) || ph.SmallIn(spaces)) {
				out = append(out, ph)
			}
		}
	}
	return out
}

// looks lets a person choose how often photos are looked at, with what stands in the way of looking again.
func (s *Screen) looks(field func(id, label, text string, control *node) *node, list func(what string, chosen any, options ...[2]string) *node) *node {
	most := words.Thousands(MostLookedAgain)
	closer := ", mirrored and whole"
	if title := s.companion(); title != "" {
		closer = " with " + title + " too, mirrored and whole"
	}
	text := "Automatic looks once, answers, and then looks at up to " + most + " photos again" + closer + ", which it uses if that names more photos right. " +
		"Three times looks mirrored and whole from the beginning; reading and naming take three times as long."
	n := field("set-looks", "How often to look at each photo", text,
		list("set-looks", s.Project.Settings.Looks(), [2]string{LookAuto, "Automatic"}, [2]string{LookOnce, "Once"}, [2]string{LookThree, "Three times"}))
	if s.Project.Settings.Looks() != LookAuto {
		return n
	}
	switch {
	case s.Project.Count() > MostLookedAgain:
		n.Kids = append(n.Kids, el("p.quiet", key("looks-many"), "There are more than "+most+" photos here, so they are looked at once."))
	case s.Absent > 0:
		n.Kids = append(n.Kids, el("p.quiet", key("looks-absent"), words.Plural(s.Absent, "photo is", "photos are")+" not at hand any more, so all are looked at once. Add the same photos or folders again, and all are looked at again."))
	}
	return n
}

// companion is the title of the network that photos are looked at with besides, "" where there is none.
func (s *Screen) companion() string {
	for _, n := range s.Networks {
		if slices.Contains(s.Companions, n.Name) {
			return n.Title
		}
	}
	return ""
}

// plain tells whether a space is of photos as the network was trained to see them.
func plain(space string) bool {
	s, err := feature.Parse(space)
	return err == nil && s.View == feature.Plain
}

// line says how far reading is.
func (r Reading) line() string {
	line := "Read " + words.Thousands(r.Done) + " of " + words.Photos(r.Of)
	if r.Again {
		line = "Looking closer: " + words.Thousands(r.Done) + " of " + words.Thousands(r.Of)
	}
	switch {
	case r.Paused:
		line += " · paused"
	case r.Left != "":
		line += " · " + r.Left + " left"
	}
	return line
}

// LooksMore tells whether the version reads looks besides the plain one of one network.
func (v *Version) LooksMore() bool {
	return len(v.Spaces) > 1 || len(v.Spaces) == 1 && !plain(v.Spaces[0])
}
