package sorting

import (
	"fmt"
	"path"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// A Step is a file with the place that it gets.
type Step struct {
	From string // as the system writes it
	To   string // inside the folder that is sorted into, with slashes
	// Beside are files that go with it, such as its sidecar, and where to.
	Beside []Step
}

// A Planner gives photos places. No two get one, nor any that only differ in capitals or in how
// accents are stored, which some file systems take for one; and none gets one that is taken.
type Planner struct {
	Template Template
	// Taken tells whether something is at a place already that is not the file itself.
	Taken func(to, from string) bool

	given map[string]bool // by key
	next  map[string]int  // by key of a place, the number that was not tried yet
}

// Key is what paths have in common that some file system takes for one. Package cases would say it,
// with 0.8 MB of tables in the page's program; what this has in common beyond that, such as the
// signs ² and 2, gets a number in vain.
func Key(to string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, sharp.Replace(norm.NFKD.String(to)))
}

// sharp writes out the letters whose capitals are two, but for those that NFKD takes apart.
var sharp = strings.NewReplacer("ß", "ss", "ẞ", "ss")

// maxTries bounds the numbers that are tried behind a name.
const maxTries = 100_000

// Place gives a photo its place. beside are files that go with it, each under the photo's own name
// with more behind it ("koala.jpg.xmp") or in place of its ending ("koala.xmp"). The error says
// that no name is left.
func (p *Planner) Place(photo Photo, beside []string) (Step, error) {
	if p.given == nil {
		p.given, p.next = map[string]bool{}, map[string]int{}
	}
	to := p.Template.path(photo)
	dir, name := path.Split(to)
	ending := path.Ext(name)
	stem := strings.TrimSuffix(name, ending)
	if stem == "" {
		stem, ending = name, ""
	}
	for n := max(1, p.next[Key(to)]); n <= maxTries; n++ {
		p.next[Key(to)] = n + 1
		step := Step{From: photo.Path, To: to}
		if n > 1 {
			step.To = fmt.Sprintf("%s%s-%d%s", dir, stem, n, ending)
		}
		for _, b := range beside {
			step.Beside = append(step.Beside, Step{From: b, To: besides(photo.Path, b, step.To)})
		}
		if p.free(step) {
			p.given[Key(step.To)] = true
			for _, b := range step.Beside {
				p.given[Key(b.To)] = true
			}
			return step, nil
		}
	}
	return Step{}, fmt.Errorf("there are %d files called %s already", maxTries, to)
}

// free tells whether a step and what goes with it can have their places.
func (p *Planner) free(s Step) bool {
	for _, one := range append([]Step{s}, s.Beside...) {
		if p.given[Key(one.To)] || p.Taken != nil && p.Taken(one.To, one.From) {
			return false
		}
	}
	return true
}

// besides is the place of a file that goes with a photo.
func besides(photo, beside, to string) string {
	name, other := baseName(photo), baseName(beside)
	if more, whole := strings.CutPrefix(other, name); whole {
		return to + more
	}
	return strings.TrimSuffix(to, path.Ext(to)) + path.Ext(other)
}
