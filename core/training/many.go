package training

import (
	"math"

	"homeroom/core/matrix"
)

// Of very many photos, how to learn is chosen on a part: what is gained by trying it on all is at
// most a few tenths of a point (FIGURES.md), and takes half of the time or more.
const (
	manyPhotos = 6000 // to learn from, above which that is so
	partPhotos = 3000 // the part, those that are held out of it included
	partOfEach = 25   // as many photos for each class in the mean, where that is more
	mostPart   = 0.7  // of all photos; with more little would be gained
)

// fewer returns the only fold with a part of its photos, nil where all are to be used. What belongs
// together is on one side of the fold, and stays there.
func (f *fit) fewer() []fold {
	if f.learn <= manyPhotos || len(f.folds) != 1 {
		return nil
	}
	o := f.folds[0]
	wanted := max(partPhotos, partOfEach*len(f.bank.Classes))
	keep := float64(wanted) / float64(len(o.learn)+len(o.hold))
	if keep > mostPart {
		return nil
	}
	return known([]fold{{f.part(o.learn, keep), f.part(o.hold, keep)}}, f.y, len(f.bank.Classes))
}

// use has photos held out as folds say.
func (f *fit) use(folds []fold) {
	f.folds, f.held, f.truth = folds, nil, nil
	for _, o := range folds {
		for _, r := range o.hold {
			f.held = append(f.held, r)
			f.truth = append(f.truth, f.y[r])
		}
	}
}

// choosePart is choose on a part of the photos. What won there learns from all of its fold, and
// answers all that are held out.
func (f *fit) choosePart(t *Trained, part []fold) (*trial, error) {
	all := f.folds
	f.use(part)
	won, err := f.chooseHeld(t)
	if err != nil {
		return nil, err
	}
	f.use(all)
	from, to := len(part[0].learn), len(all[0].learn)
	for _, one := range append([]*trial{won}, won.parts...) {
		if learnerOf(one.Kind).traits().penalty && f.cfg.L2 == 0 {
			one.Value = twoDigits(weaker(one.Value, float64(from)/float64(to)))
		}
	}
	c := won.dataset
	logits := matrix.New(len(f.held), len(f.bank.Classes))
	k := learnerOf(won.Kind)
	c.begun = won.layer
	for _, one := range won.parts {
		if learnerOf(one.Kind).traits().penalty {
			c.begun = one.layer
		}
	}
	l, err := k.fit(c, c.taught(all[0].learn, k, func(share, loss float64) { f.tell(share, Progress{}) }), won.settings())
	if err != nil {
		return nil, err
	}
	c.table(won.Kind).At(all[0].hold).Blocks(func(i int, m *matrix.Matrix) {
		copy(logits.Data[i*logits.D:], l.Scores(m, logits.D).Data)
	})
	again := c.judge(won.Kind, won.Value, logits)
	again.parts = won.parts
	return again, nil
}

// weaker is a penalty for more photos: what was seen of the classes grows with them, what is
// believed beforehand does not. In the mean of their logarithms lies what answers best.
func weaker(l2, share float64) float64 { return l2 * math.Pow(share, penaltyPower) }

// penaltyPower is how the best penalty falls with the number of photos; FIGURES.md has what tells
// it.
const penaltyPower = 0.5
