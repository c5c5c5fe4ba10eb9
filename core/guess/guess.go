// Package guess says how sure a name is, in the few steps that people tell apart, so that a guess
// is worded as one.
//
// The steps promise how often a name is right. What a network says of its own sureness is not that:
// photos that people take show more than what it was taught, and it says so too seldom. So the
// bounds are by what was counted on labelled photos, which a test goes over again.
package guess

// A Step is how sure a name is.
type Step int

const (
	Sure     Step = iota // right nine times of ten and more
	Probably             // right about three times of four
	Perhaps              // right about every second time
	Hardly               // more often wrong than right
)

// Right is how often names of a step are right, from and up to what share.
func (s Step) Right() (from, to float64) {
	return [...]float64{0.9, 0.68, 0.45, 0}[s], [...]float64{1, 0.9, 0.68, 0.45}[s]
}

// bounds are the scores from which names are of a step, for networks of a thousand words that were
// taught by photos of the web. testdata/scores.csv has the answers that they were chosen by.
var bounds = [...]float64{Sure: 0.8, Probably: 0.5, Perhaps: 0.2}

// OfNetwork is the step of the best name of such a network, by its score.
func OfNetwork(score float64) Step { return of(score, bounds) }

// OfTaught is the step of the best name of a head that a person taught: its scores are calibrated
// on photos that it did not learn from, and are how often it is right.
func OfTaught(score float64) Step {
	var at [3]float64
	for s := range at {
		at[s], _ = Step(s).Right()
	}
	return of(score, at)
}

func of(score float64, from [3]float64) Step {
	for s, least := range from {
		if score >= least {
			return Step(s)
		}
	}
	return Hardly
}

// FewWords is up to how many names a network has few of: what people photograph is seldom among
// them, and it has to choose one all the same.
const FewWords = 100

// fewBound is the score from which a photo is taken to show one of few words.
const fewBound = 0.9

// Shows tells whether a photo shows what a network of few words names it, and not something that it
// has no word for. It is a rough rule: such networks are sure of much that they never saw.
func Shows(score float64) bool { return score >= fewBound }
