package project

import (
	"errors"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"homeroom/core/bank"
	"homeroom/core/fault"
)

// Limits bound what Read accepts.
type Limits struct {
	Bytes    int64 // of all parts, unpacked
	Manifest int64
	Photos   int
	Versions int
	Thumb    int64 // of one thumbnail
	Cells    int   // of the confusion matrices of all reports
}

// DefaultLimits are generous for what a tab can hold.
var DefaultLimits = Limits{Bytes: 2 << 30, Manifest: 256 << 20, Photos: 200_000, Versions: 1000, Thumb: 1 << 20, Cells: 48 << 20}

// or fills in defaults for what is zero.
func (l Limits) or(d Limits) Limits {
	pick := func(to *int64, from int64) {
		if *to == 0 {
			*to = from
		}
	}
	count := func(to *int, from int) {
		if *to == 0 {
			*to = from
		}
	}
	pick(&l.Bytes, d.Bytes)
	pick(&l.Manifest, d.Manifest)
	count(&l.Photos, d.Photos)
	count(&l.Versions, d.Versions)
	pick(&l.Thumb, d.Thumb)
	count(&l.Cells, d.Cells)
	return l
}

// Limits of the parts of a manifest. What is within them all takes tens of megabytes at most beside
// what a project of that size needs anyway.
const (
	maxText     = 4096    // bytes of a name or a note
	maxDepth    = 32      // of arrays and objects in each other; the deepest that is written is 9
	maxTried    = 4096    // candidates of a version
	maxSteps    = 100_000 // of a version's curve
	maxVectors  = 2 << 20 // photos times kinds of features
	elementRoom = 64 << 10
	// partRatio is how many times smaller than itself a part other than the manifest may be packed.
	// Homeroom stores them as they are; numbers and JPEG files that another program packs again
	// hardly get smaller.
	partRatio = 8
)

// The dates that a project may bear, in milliseconds since 1970: from the year 1 to the end of
// 9999, which is what RFC 3339 can write.
const (
	minDate = -62135596800000
	maxDate = 253402300799999
)

func checkDate(what string, ms int64) error {
	if ms < minDate || ms > maxDate {
		return fault.Errorf("%s has the date %d, which is no millisecond of the years 1 to 9999", what, ms)
	}
	return nil
}

func checkText(what, text string) error {
	if len(text) > maxText {
		return fault.Errorf("%s is a text of %d bytes, %q…; at most %d are read", what, len(text), clip(text), maxText)
	}
	return nil
}

// check says what is wrong with a manifest, before anything is read by it.
func (m *manifest) check(lim Limits) error {
	if m.Format != formatName {
		return errors.New("it is no Homeroom project")
	}
	if m.Version < formatVersion || m.Version > newestVersion {
		return fault.Errorf("it has version %d and this program reads versions up to %d; open it with a newer version of Homeroom", m.Version, newestVersion)
	}
	if len(m.Classes) > bank.MaxClasses {
		return fault.Errorf("%d classes, and at most %d are read", len(m.Classes), bank.MaxClasses)
	}
	if len(m.Spaces) > bank.MaxSpaces || len(m.Networks) > bank.MaxSpaces {
		return fault.Errorf("%d kinds of features and %d networks are too many", len(m.Spaces), len(m.Networks))
	}
	if len(m.Photos) > lim.Photos {
		return fault.Errorf("%d photos, and at most %d are read", len(m.Photos), lim.Photos)
	}
	if len(m.Photos)*len(m.Spaces) > maxVectors {
		return fault.Errorf("%d photos with %d kinds of features; at most %d vectors are read", len(m.Photos), len(m.Spaces), maxVectors)
	}
	if len(m.Versions) > lim.Versions {
		return fault.Errorf("%d versions, and at most %d are read", len(m.Versions), lim.Versions)
	}
	if err := errors.Join(checkText("its name", m.Name), checkDate("it", m.Created), checkDate("its last saving", m.Saved)); err != nil {
		return err
	}
	for _, c := range m.Classes {
		if err := checkText("the name of a class", c); err != nil {
			return err
		}
	}
	for _, n := range m.Networks {
		if err := checkText("the name of a network", n.Name); err != nil {
			return err
		}
	}
	for i := range m.Versions {
		v := &m.Versions[i]
		if v.ID < 1 || v.ID > math.MaxInt32 || i > 0 && v.ID <= m.Versions[i-1].ID {
			return errors.New("its versions are not numbered in order")
		}
		if err := v.check(lim); err != nil {
			return fault.Errorf("version %d: %w", v.ID, err)
		}
	}
	if m.Current != 0 && !slices.ContainsFunc(m.Versions, func(v version) bool { return v.ID == m.Current }) {
		return fault.Errorf("there is no version %d, which it says is in use", m.Current)
	}
	for i := range m.Photos {
		p := &m.Photos[i]
		if err := p.check(); err != nil {
			return err
		}
		if p.Class == Unlabelled && m.Version < formatUnlabelled {
			return fault.Errorf("the photo %q has no class, which its version %d does not know", clip(p.Name), m.Version)
		}
	}
	for _, s := range m.Spaces {
		for i, r := range s.Missing {
			if r < 0 || int(r) >= len(m.Photos) || i > 0 && r <= s.Missing[i-1] {
				return fault.Errorf("features %q: its list of photos without them is not in order", clip(s.Name.String()))
			}
		}
	}
	return nil
}

func (p *photo) check() error {
	return errors.Join(checkText("the name of a photo", p.Name), checkText("the folder of a photo", p.Folder), checkDate("the photo "+clip(p.Name), p.Taken))
}

func (v *version) check(lim Limits) error {
	if v.Held < 0 || v.Held > lim.Photos {
		return fault.Errorf("it has answers to %d photos", v.Held)
	}
	if v.State != "" && v.State != Best && v.State != Last {
		return fault.Errorf("it answers in a state %q; there are %s and %s", clip(v.State), Best, Last)
	}
	if len(v.Tried) > maxTried || len(v.Curve) > maxSteps {
		return fault.Errorf("%d ways to learn and %d steps are too many", len(v.Tried), len(v.Curve))
	}
	if v.Seconds < 0 || v.Seconds > 1e9 {
		return fault.Errorf("learning it took %v seconds", v.Seconds)
	}
	if err := errors.Join(checkText("its note", v.Note), checkDate("it", v.Date)); err != nil {
		return err
	}
	for _, r := range []*report{v.Valid, v.Test} {
		if r != nil {
			if err := r.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// names lists the parts that the manifest promises, the manifest itself left out, and the most
// bytes of each.
func (m *manifest) names(lim Limits) map[string]int64 {
	want := map[string]int64{featuresName: lim.Bytes}
	for _, v := range m.Versions {
		want[headName(v.ID)] = lim.Bytes
		if v.HasLast {
			want[lastName(v.ID)] = lim.Bytes
		}
		if v.HasQuick {
			want[quickName(v.ID)] = lim.Bytes
		}
		if v.Held > 0 {
			want[heldName(v.ID)] = lim.Bytes
		}
	}
	for _, p := range m.Photos {
		if p.Thumb {
			want[thumbName(p.ID)] = lim.Thumb
		}
	}
	return want
}

// clip makes a name from outside fit to print.
func clip(s string) string {
	if len(s) > 60 {
		s = s[:60]
		for len(s) > 0 && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.ToValidUTF8(s, "�")
}
