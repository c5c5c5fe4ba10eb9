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
	sure, unsure int
	own          bool // it has a threshold of its own
	unknown      bool
}

// table counts photos by label: those with most photos first. rest are not named so far, failed
// cannot be.
func (h thresholds) table(photos []Photo) (rows []row, rest, failed int) {
	at := map[string]int{}
	for i := range photos {
		p := &photos[i]
		label, _ := p.guess()
		if label == "" {
			if p.Failed || p.Answer != nil {
				failed++
			} else {
				rest++
			}
			continue
		}
		unknown := p.Answer.Unknown
		key := label
		if unknown {
			key = "\x00" // a class may be called that
		}
		k, there := at[key]
		if !there {
			k, at[key] = len(rows), len(rows)
			_, own := h.own[label]
			rows = append(rows, row{label: label, own: own && !unknown, unknown: unknown})
		}
		if sure, _ := h.named(p); sure != "" {
			rows[k].sure++
		} else {
			rows[k].unsure++
		}
	}
	sort.SliceStable(rows, func(i, j int) bool {
		a, b := rows[i], rows[j]
		return cmp.Or(cmp.Compare(b.sure+b.unsure, a.sure+a.unsure), strings.Compare(a.label, b.label)) < 0
	})
	return rows, rest, failed
}
