package folder

import (
	"cmp"
	"sort"
	"strings"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
)

// A Photo is one of the page's.
type Photo struct {
	ID     int
	File   outside.File
	Answer *queue.Answer // nil while there is none
	Failed bool          // there will be none
}

// thresholds are from what score on a name is sure.
type thresholds struct {
	all float64
	own map[string]float64 // of single labels, in place of all
}

func (h thresholds) of(label string) float64 {
	if own, is := h.own[label]; is {
		return own
	}
	return h.all
}

// Unknown is what photos are called that show none of the classes that were taught.
const Unknown = "unknown"

// guess is the best name of a photo with its score, "" where there is none; a photo that is unlike
// all classes has Unknown, which no score makes sure.
func (p *Photo) guess() (label string, score float64) {
	switch a := p.Answer; {
	case a == nil || len(a.Results) == 0:
		return "", 0
	case a.Unknown:
		return Unknown, 0
	default:
		return a.Results[0].Label, a.Results[0].Score
	}
}

// named is the name that is sure enough of a photo, "" where none is.
func (h thresholds) named(p *Photo) (label string, score float64) {
	if p.Answer == nil || p.Answer.Unknown {
		return "", 0
	}
	if label, score = p.guess(); score < h.of(label) {
		return "", 0
	}
	return label, score
}

// A row is what the table has of a label.
type row struct {
	label        string
	says         string // label as people read it
	sure, unsure int
	own          bool // it has a threshold of its own
	unknown      bool
}

// A table counts photos by label. It is kept while photos get their names, so that one more of them
// is not a reason to count thousands.
type table struct {
	rows         map[string]*row
	of           map[int]standing // by photo
	rest, failed int              // not named so far, and never
}

// standing is how a photo was counted.
type standing struct {
	row          *row // nil where it has no name
	sure, failed bool
}

// count has a photo in the table as it is now.
func (b *table) count(p *Photo, h thresholds) {
	if was, is := b.of[p.ID]; is {
		b.add(was, -1)
	}
	label, _ := p.guess()
	now := standing{failed: label == "" && (p.Failed || p.Answer != nil)}
	if label != "" {
		key := label
		if p.Answer.Unknown {
			key = "\x00" // a class may be called that
		}
		if b.rows[key] == nil {
			_, own := h.own[label]
			b.rows[key] = &row{label: label, says: p.Answer.Word(label), own: own && !p.Answer.Unknown, unknown: p.Answer.Unknown}
		}
		sure, _ := h.named(p)
		now.row, now.sure = b.rows[key], sure != ""
	}
	b.of[p.ID] = now
	b.add(now, 1)
}

func (b *table) add(c standing, n int) {
	switch {
	case c.row != nil && c.sure:
		c.row.sure += n
	case c.row != nil:
		c.row.unsure += n
	case c.failed:
		b.failed += n
	default:
		b.rest += n
	}
}

// list is the rows, those with most photos first.
func (b *table) list() []row {
	var out []row
	for _, r := range b.rows {
		if r.sure+r.unsure > 0 {
			out = append(out, *r)
		}
	}
	sort.SliceStable(out, func(i, j int) bool {
		a, b := out[i], out[j]
		return cmp.Or(cmp.Compare(b.sure+b.unsure, a.sure+a.unsure), strings.Compare(a.label, b.label), cmp.Compare(a.order(), b.order())) < 0
	})
	return out
}

// order tells what is unlike every class from a class that is called so.
func (r *row) order() int {
	if r.unknown {
		return 1
	}
	return 0
}
