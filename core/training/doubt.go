package training

import (
	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/matrix"
)

// unchecked lists the classes of which no photo was held out.
func (f *fit) unchecked() []evaluation.Unchecked {
	count, held, photos := map[int]int{}, map[int]bool{}, map[int]map[int]bool{}
	for i, c := range f.y[:f.learn] {
		count[c]++
		if photos[c] == nil {
			photos[c] = map[int]bool{}
		}
		if f.apart != nil {
			photos[c][f.apart.Photo[i]] = true
		}
	}
	for _, r := range f.held {
		held[f.y[r]] = true
	}
	var out []evaluation.Unchecked
	for c, name := range f.bank.Classes {
		if count[c] > 0 && !held[c] {
			out = append(out, evaluation.Unchecked{Name: name, Photos: count[c], Copies: count[c] > 1 && len(photos[c]) == 1})
		}
	}
	return out
}

// doubt says of a report of the held-out photos how far it may be off: its interval, and what
// holding out less and more together gives.
func (f *fit) doubt(won *trial, r *evaluation.Report) error {
	g, inflate := f.apart, 1.0
	if g == nil { // there were photos to choose on
		rows := make([]int, len(f.held))
		for i, r := range f.held {
			rows[i] = f.rows[r]
		}
		part := f.bank.Part(rows)
		g = part.Groups(part.Compare(func() { f.tell(0, Progress{}) }))
	} else {
		g = g.At(f.held)
	}
	if len(f.folds) > 1 {
		inflate = evaluation.Crossed
	}
	right := make([]bool, len(f.held))
	for i, y := range f.truth {
		right[i] = matrix.Argmax(won.logits.Row(i)) == y
	}
	r.Among(g, right, inflate)
	// Networks take long, and a little of this is not worth the time.
	if f.apart == nil || learnerOf(won.Kind).traits().slow || 20*f.apart.Count() > 19*len(f.apart.Of) {
		return nil
	}
	var err error
	if r.Single, err = f.otherwise(won, f.apart.Singles()); err != nil {
		return err
	}
	if r.Single != nil {
		// Photos of the same kind may be as near to those that were learnt from as these are to
		// each other, as handwritten digits are, which nobody took in one go: the upper end allows
		// for that.
		_, high := evaluation.WilsonOf(*r.Single, float64(r.Photos)/inflate, evaluation.Normal95)
		r.High = max(r.High, high)
	}
	r.Apart, err = f.otherwise(won, f.places)
	return err
}

// otherwise returns the accuracy of what won where other photos are held out together, nil where
// that would hold out less than half of the photos.
func (f *fit) otherwise(won *trial, g *bank.Groups) (*float64, error) {
	c := won.dataset
	right, held := 0, 0
	for _, o := range known(foldsOf(g, f.cfg.Seed, f.k), f.y, len(f.bank.Classes)) {
		l, err := c.teach(o.learn, won.Kind, won.settings(), func(share, loss float64) { f.tell(0, Progress{}) })
		if err != nil {
			return nil, err
		}
		c.table(won.Kind).At(o.hold).Blocks(func(from int, m *matrix.Matrix) {
			logits := l.Scores(m, len(f.bank.Classes))
			for i := range m.N {
				if matrix.Argmax(logits.Row(i)) == f.y[o.hold[from+i]] {
					right++
				}
			}
		})
		held += len(o.hold)
	}
	if f.k > 1 && 2*held < len(f.rows) || held == 0 {
		return nil, nil
	}
	a := matrix.Quotient(float64(right), float64(held))
	return &a, nil
}
