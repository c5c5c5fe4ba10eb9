package head

import (
	"fmt"
	"strings"
)

// Unchecked is a class of which no photo could be held out, so that nothing is known of how well it
// is told.
type Unchecked struct {
	Name   string `json:"name"`
	Photos int    `json:"photos"`
	// Copies says that they are all one and the same photo.
	Copies bool `json:"copies,omitempty"`
}

// unchecked lists the classes of which no photo was held out.
func (f *fit) unchecked() []Unchecked {
	count, held, photos := map[int]int{}, map[int]bool{}, map[int]map[int]bool{}
	for i, c := range f.y[:f.learn] {
		count[c]++
		if photos[c] == nil {
			photos[c] = map[int]bool{}
		}
		if f.apart != nil {
			photos[c][f.apart.photo[i]] = true
		}
	}
	for _, r := range f.held {
		held[f.y[r]] = true
	}
	var out []Unchecked
	for c, name := range f.bank.Classes {
		if count[c] > 0 && !held[c] {
			out = append(out, Unchecked{name, count[c], count[c] > 1 && len(photos[c]) == 1})
		}
	}
	return out
}

// doubt says of a report of the held-out photos how far it may be off: its interval, and what
// holding out less and more together gives.
func (f *fit) doubt(won *trial, r *Report) error {
	g, inflate := f.apart, 1.0
	if g == nil { // there were photos to choose on
		rows := make([]int, len(f.held))
		for i, r := range f.held {
			rows[i] = f.rows[r]
		}
		part := f.bank.part(rows)
		g = part.groups(part.compare(func() { f.tell(0, Progress{}) }))
	} else {
		g = g.at(f.held)
	}
	if len(f.folds) > 1 {
		inflate = Crossed
	}
	right := make([]bool, len(f.held))
	for i, y := range f.truth {
		right[i] = argmax(won.logits.row(i)) == y
	}
	r.among(g, right, inflate)
	// Networks take long, and a little of this is not worth the time.
	if f.apart == nil || learnerOf(won.Kind).traits().slow || 20*f.apart.count() > 19*len(f.apart.of) {
		return nil
	}
	var err error
	if r.Single, err = f.otherwise(won, f.apart.singles()); err != nil {
		return err
	}
	if r.Single != nil {
		// Photos of the same kind may be as near to those that were learnt from as these are to
		// each other, as handwritten digits are, which nobody took in one go: the upper end allows
		// for that.
		_, high := wilson(*r.Single, float64(r.Photos)/inflate, normal95)
		r.High = max(r.High, high)
	}
	r.Apart, err = f.otherwise(won, f.places)
	return err
}

// otherwise returns the accuracy of what won where other photos are held out together, nil where
// that would hold out less than half of the photos.
func (f *fit) otherwise(won *trial, g *groups) (*float64, error) {
	c := won.dataset
	right, held := 0, 0
	for _, o := range known(g.held(f.cfg.Seed, f.k), f.y, len(f.bank.Classes)) {
		l, err := c.teach(o.learn, won.Kind, won.settings(), func(share, loss float64) { f.tell(0, Progress{}) })
		if err != nil {
			return nil, err
		}
		c.table(won.Kind).at(o.hold).blocks(func(from int, m *matrix) {
			logits := l.scores(m, len(f.bank.Classes))
			for i := range m.n {
				if argmax(logits.row(i)) == f.y[o.hold[from+i]] {
					right++
				}
			}
		})
		held += len(o.hold)
	}
	if f.k > 1 && 2*held < len(f.rows) || held == 0 {
		return nil, nil
	}
	a := share(float64(right), float64(held))
	return &a, nil
}

// among tells a report which of its photos belong together, and widens its interval.
func (r *Report) among(g *groups, right []bool, inflate float64) {
	of, classes := map[int]*tally{}, make([]map[int]bool, len(r.Classes))
	var order []int
	for i, k := range g.split {
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
		if classes[g.class[i]] == nil {
			classes[g.class[i]] = map[int]bool{}
		}
		classes[g.class[i]][k] = true
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
	line := fmt.Sprintf("The %d photos belong together in %d groups (taken in one go, in one folder, or nearly the same), each of which was held out as a whole.", r.Photos, r.Groups)
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
