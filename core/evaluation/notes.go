package evaluation

import (
	"fmt"
	"strings"

	"homeroom/core/bank"
)

// Unchecked is a class of which no photo could be held out, so that nothing is known of how well it
// is told.
type Unchecked struct {
	Name   string `json:"name"`
	Photos int    `json:"photos"`
	// Copies says that they are all one and the same photo.
	Copies bool `json:"copies,omitempty"`
}

// Among tells a report which of its photos belong together, and widens its interval.
func (r *Report) Among(g *bank.Groups, right []bool, inflate float64) {
	of, classes := map[int]*tally{}, make([]map[int]bool, len(r.Classes))
	var order []int
	for i, k := range g.Split {
		t := of[k]
		if t == nil {
			t = &tally{}
			of[k] = t
			order = append(order, k)
		}
		t.photos++
		if right[i] {
			t.right++
		}
		if classes[g.Class[i]] == nil {
			classes[g.Class[i]] = map[int]bool{}
		}
		classes[g.Class[i]][k] = true
	}
	all := make([]tally, len(order))
	for i, k := range order {
		all[i] = *of[k]
	}
	r.Groups = len(all)
	for c, k := range classes {
		r.Classes[c].Groups = len(k)
	}
	r.Low, r.High = clustered(all, inflate)
}

// FewPhotos is the number of photos below which a share of them is said as a count: of nine, one
// more or less is eleven in a hundred.
const FewPhotos = 10

// Share says for people a share of some photos, as percent says it, or as a count where they are
// few.
func Share(part, whole int, percent func(float64) string) string {
	if whole < FewPhotos {
		return fmt.Sprintf("%d of %d", part, whole)
	}
	return percent(float64(part) / float64(whole))
}

// CountGroups says for people how many groups of photos there are.
func CountGroups(n int) string {
	if n == 1 {
		return "1 group"
	}
	return fmt.Sprintf("%d groups", n)
}

// Notes says for people what to think of a report before they trust it: which classes it can say
// nothing of, how many groups its photos are, and what photos from elsewhere may bring. r is nil
// where nothing could be held out. percent writes a share.
func Notes(r *Report, unchecked []Unchecked, percent func(float64) string) []string {
	var out []string
	var copies, few []string
	photos := 0
	for _, u := range unchecked {
		photos += u.Photos
		switch {
		case u.Copies:
			copies = append(copies, fmt.Sprintf("the %d photos of %s", u.Photos, u.Name))
		default:
			few = append(few, u.Name)
		}
	}
	if len(copies) > 0 {
		out = append(out, first(join(copies))+" are copies of one photo, which count as one: nothing could be held out of them.")
	}
	if len(few) > 0 {
		if r == nil && len(copies) == 0 {
			out = append(out, fmt.Sprintf("%d photos in all, one a class: how well it tells them cannot be said. A second photo of each class makes that possible.", photos))
		} else {
			out = append(out, "Not checked, because there is one photo, or nothing else to hold it against: "+join(few)+".")
		}
	}
	if r == nil {
		return out
	}
	var cut []string
	for _, c := range r.Classes {
		if c.Groups == 1 && c.Photos > 1 {
			cut = append(cut, c.Name)
		}
	}
	if len(cut) > 0 {
		out = append(out, "All photos of "+join(cut)+" belong together (taken in one go, in one folder, or of one thing): the figures say how well it knows that one occasion again, not how it does on another.")
	}
	if r.Groups == 0 || r.Groups == r.Photos {
		return out
	}
	held := "each of which was"
	if r.Groups == 1 {
		held = "which was"
	}
	line := fmt.Sprintf("The %d photos belong together in %s (taken in one go, in one folder, or nearly the same), %s held out as a whole.", r.Photos, CountGroups(r.Groups), held)
	if r.Single != nil {
		line += fmt.Sprintf(" Held out one by one, %s would have been right.", percent(*r.Single))
	}
	if few := r.Groups < 20*len(r.Classes); few && (2*r.Groups < r.Photos || r.Apart != nil && r.Accuracy-*r.Apart > 0.02) {
		line += " They are few, so photos from another place may do worse"
		if r.Apart != nil && *r.Apart < r.Accuracy {
			line += fmt.Sprintf(": with all that may be of one place held out together, %s were right", percent(*r.Apart))
		}
		line += "."
	}
	return append(out, line)
}

func join(names []string) string {
	const most = 5
	if len(names) > most {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", len(names)-most)
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

func first(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
