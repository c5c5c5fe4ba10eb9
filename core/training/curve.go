package training

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/head"
	"homeroom/core/matrix"
)

// Point is one point of a learning curve.
type Point struct {
	Share    float64 `json:"share"`    // of the photos that there were to learn from
	Photos   float64 `json:"photos"`   // learnt from, the mean over folds
	Accuracy float64 `json:"accuracy"` // on photos held out
	Low      float64 `json:"low"`      // Wilson's 95% interval
	High     float64 `json:"high"`
	Held     int     `json:"held"` // how many photos those are
}

// Growth says whether more photos would help.
type Growth struct {
	Points []Point `json:"points"` // fewest photos first
	// Gain is how much accuracy should rise with twice the photos: what the last doubling brought,
	// or the decline from doubling to doubling carried on. It is never below 0.
	Gain float64 `json:"gain"`
	// Helps says that Gain is 1% or more.
	Helps bool `json:"helps"`
}

// Rough says that too few photos were held out for the curve to tell anything: chance alone may
// move its last point by 30%.
func (g *Growth) Rough() bool {
	n := len(g.Points)
	return n == 0 || g.Points[n-1].High-g.Points[n-1].Low > 0.3
}

// LearningCurve learns a head like h from growing shares of the bank's photos and measures each on
// photos held out, as Fit holds them out. It takes about as long as Fit with settings that were
// given. The errors are those of Fit.
func LearningCurve(ctx context.Context, b *bank.Bank, h *head.Head, progress func(Progress)) (*Growth, error) {
	if h.Kind == head.Auto || !slices.Contains(Kinds, h.Kind) {
		return nil, fault.Errorf("training: there is no kind of head %q to learn again", h.Kind)
	}
	f, err := newFit(ctx, b, Config{Seed: h.Settings.Seed, Augment: h.Settings.Augment, Progress: progress})
	if err != nil {
		return nil, err
	}
	if len(f.folds) == 0 {
		return nil, errors.New("training: a learning curve needs two photos of a class")
	}
	c, err := f.dataset(h.Input, h.Settings.Root)
	if err != nil {
		return nil, err
	}
	f.stage, f.what = "check", "learning curve"
	shares := []float64{0.125, 0.25, 0.5, 1}
	f.units = float64(len(shares) * len(f.folds))
	g := &Growth{}
	for _, share := range shares {
		p := Point{Share: share}
		right := 0
		few := false
		for _, o := range f.folds {
			part := f.part(o.learn, share)
			p.Photos += float64(len(part)) / float64(len(f.folds))
			taught := map[int]bool{}
			for _, r := range part {
				taught[f.y[r]] = true
			}
			if len(taught) < 2 {
				few = true
				break
			}
			l, err := c.teach(part, h.Kind, h.Settings, func(share, loss float64) { f.tell(share, Progress{}) })
			if err != nil {
				return nil, err
			}
			c.table(h.Kind).At(o.hold).Blocks(func(from int, m *matrix.Matrix) {
				logits := l.Scores(m, len(b.Classes))
				for i := range m.N {
					if matrix.Argmax(logits.Row(i)) == f.y[o.hold[from+i]] {
						right++
					}
				}
			})
			f.unit++
			f.tell(0, Progress{})
		}
		if few {
			continue
		}
		p.Accuracy = float64(right) / float64(len(f.held))
		p.Low, p.High = evaluation.Wilson(right, len(f.held))
		p.Held = len(f.held)
		g.Points = append(g.Points, p)
	}
	g.Gain = gain(g.Points)
	g.Helps = g.Gain >= 0.01
	return g, nil
}

// part returns a share of the photos of each class, at least one, such that a smaller share is part
// of a larger one.
func (f *fit) part(rows []int, share float64) []int {
	if share >= 1 {
		return rows
	}
	byClass := make([][]int, len(f.bank.Classes))
	for _, r := range rows {
		byClass[f.y[r]] = append(byClass[f.y[r]], r)
	}
	r := rand.New(rand.NewPCG(f.cfg.Seed, 0xc0ffee))
	var out []int
	for _, of := range byClass {
		r.Shuffle(len(of), func(i, j int) { of[i], of[j] = of[j], of[i] })
		if len(of) > 0 {
			out = append(out, of[:max(1, int(math.Round(share*float64(len(of)))))]...)
		}
	}
	return out
}

// gain carries a learning curve on by one doubling.
func gain(p []Point) float64 {
	n := len(p)
	if n < 2 {
		return 0
	}
	last := p[n-1].Accuracy - p[n-2].Accuracy
	if n < 3 {
		return max(0, last/2)
	}
	before := p[n-2].Accuracy - p[n-3].Accuracy
	if before <= 0 {
		return max(0, last/2)
	}
	// Errors fall by a power of the number of photos (Hestness et al. 2017, arXiv 1712.00409): each
	// doubling brings the same share of the one before.
	return max(0, last*min(max(last/before, 0.3), 1))
}
