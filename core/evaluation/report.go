package evaluation

import (
	"cmp"
	"math"
	"slices"

	"homeroom/core/bank"
	"homeroom/core/fault"
	"homeroom/core/matrix"
)

// Report tells how a head answered photos whose classes are known. Shares are between 0 and 1; a
// share of nothing is 0.
type Report struct {
	Photos   int     `json:"photos"`
	Correct  int     `json:"correct"`
	Accuracy float64 `json:"accuracy"`
	// Low and High are the ends of the 95% confidence interval of Accuracy: Wilson's (Wilson 1927;
	// Brown, Cai and DasGupta 2001), widened where photos belong together and where the answers
	// come from cross-validation.
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Groups is how many groups of photos that belong together Photos are; each was held out as a
	// whole. 0 where nobody looked.
	Groups int `json:"groups,omitempty"`
	// Single is the accuracy where each photo is held out by itself, whatever belongs together:
	// what the figure would be if it knew nothing of groups. Apart is the accuracy where more is
	// held out together, all photos of a class that are nearly as alike as those of a group: what
	// photos from another place may bring. Both are nil where they were not measured.
	Single *float64 `json:"single,omitempty"`
	Apart  *float64 `json:"apart,omitempty"`
	// Loss is the mean of −log of the probability given to the right class.
	Loss float64 `json:"loss"`
	// Classes has a row a class; MacroF1 is the mean F1 of those with photos.
	Classes []ClassReport `json:"classes"`
	MacroF1 float64       `json:"macro_f1"`
	// Confusion counts photos, [right class][answered class].
	Confusion [][]int `json:"confusion"`
	// Cells lists what of Confusion is not 0, as right class, answered class and photos, in its
	// place: see Compact.
	Cells [][3]int `json:"cells,omitempty"`
	// Reliability has the photos by confidence; ECE is the expected calibration error over it.
	Reliability []Bin   `json:"reliability"`
	ECE         float64 `json:"ece"`
}

// Compact returns a copy with Cells in place of Confusion, which with hundreds of classes is nearly
// all zeros.
func (r *Report) Compact() *Report {
	c := *r
	c.Confusion = nil
	for i, row := range r.Confusion {
		for j, n := range row {
			if n != 0 {
				c.Cells = append(c.Cells, [3]int{i, j, n})
			}
		}
	}
	return &c
}

// Expand makes Confusion of Cells, where it is not there.
func (r *Report) Expand() error {
	if r.Confusion != nil {
		return nil
	}
	n := len(r.Classes)
	all := make([]int, n*n)
	for i := range n {
		r.Confusion = append(r.Confusion, all[i*n:(i+1)*n:(i+1)*n])
	}
	for _, c := range r.Cells {
		if min(c[0], c[1]) < 0 || max(c[0], c[1]) >= n {
			return fault.Errorf("evaluation: a report of %d classes counts photos of class %d taken for class %d", n, c[0], c[1])
		}
		r.Confusion[c[0]][c[1]] = c[2]
	}
	r.Cells = nil
	return nil
}

// ClassReport is the part of a report about one class.
type ClassReport struct {
	Name      string  `json:"name"`
	Photos    int     `json:"photos"`
	Groups    int     `json:"groups,omitempty"` // of photos that belong together
	Answered  int     `json:"answered"`         // photos that were given this class
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
}

// Bin is the photos whose highest probability lies in [From, To).
type Bin struct {
	From       float64 `json:"from"`
	To         float64 `json:"to"`
	Photos     int     `json:"photos"`
	Confidence float64 `json:"confidence"` // mean highest probability
	Accuracy   float64 `json:"accuracy"`
}

// reliabilityBins is the number of bins of equal width of Guo et al. 2017 (arXiv 1706.04599,
// section 2).
const reliabilityBins = 15

// Score makes the report of photos of classes truth, [N], that were given probabilities p, [N][C].
// A photo's answer is its highest probability, the lowest class among equals.
func Score(classes []string, truth []int, p [][]float64) *Report {
	if len(truth) != len(p) {
		panic("evaluation: as many classes as answers are needed")
	}
	r := &Report{Photos: len(p), Confusion: make([][]int, len(classes)), Reliability: make([]Bin, reliabilityBins)}
	for c := range r.Confusion {
		r.Confusion[c] = make([]int, len(classes))
	}
	for i := range r.Reliability {
		r.Reliability[i].From = float64(i) / reliabilityBins
		r.Reliability[i].To = float64(i+1) / reliabilityBins
	}
	for i, y := range truth {
		answer := matrix.Argmax(p[i])
		r.Confusion[y][answer]++
		r.Loss -= math.Log(max(p[i][y], 1e-15))
		bin := &r.Reliability[min(int(p[i][answer]*reliabilityBins), reliabilityBins-1)]
		bin.Photos++
		bin.Confidence += p[i][answer]
		if answer == y {
			r.Correct++
			bin.Accuracy++
		}
	}
	n := float64(len(p))
	r.Accuracy = matrix.Quotient(float64(r.Correct), n)
	r.Low, r.High = Wilson(r.Correct, r.Photos)
	r.Loss = matrix.Quotient(r.Loss, n)
	for i := range r.Reliability {
		b := &r.Reliability[i]
		r.ECE += matrix.Quotient(math.Abs(b.Confidence-b.Accuracy), n)
		b.Confidence = matrix.Quotient(b.Confidence, float64(b.Photos))
		b.Accuracy = matrix.Quotient(b.Accuracy, float64(b.Photos))
	}
	present := 0.0
	for c, name := range classes {
		k := ClassReport{Name: name}
		for d := range classes {
			k.Photos += r.Confusion[c][d]
			k.Answered += r.Confusion[d][c]
		}
		hit := float64(r.Confusion[c][c])
		k.Precision = matrix.Quotient(hit, float64(k.Answered))
		k.Recall = matrix.Quotient(hit, float64(k.Photos))
		k.F1 = matrix.Quotient(2*hit, float64(k.Answered+k.Photos))
		if k.Photos > 0 {
			present++
			r.MacroF1 += k.F1
		}
		r.Classes = append(r.Classes, k)
	}
	r.MacroF1 = matrix.Quotient(r.MacroF1, present)
	return r
}

// AUROC returns the area under the curve of true against false alarms: the probability that a photo
// of the positives scores higher than one of the negatives, equals counting half (Hanley and McNeil
// 1982). It is 0.5 where either is empty.
func AUROC(negatives, positives []float64) float64 {
	type scored struct {
		s        float64
		positive bool
	}
	var all []scored
	for _, s := range negatives {
		all = append(all, scored{s, false})
	}
	for _, s := range positives {
		all = append(all, scored{s, true})
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(a.s, b.s) })
	sum, below := 0.0, 0.0
	for i := 0; i < len(all); {
		j, pos, neg := i, 0.0, 0.0
		for ; j < len(all) && all[j].s == all[i].s; j++ {
			if all[j].positive {
				pos++
			} else {
				neg++
			}
		}
		sum += pos * (below + neg/2)
		below += neg
		i = j
	}
	if len(negatives) == 0 || len(positives) == 0 {
		return 0.5
	}
	return sum / float64(len(negatives)) / float64(len(positives))
}

// Check says what of a report from outside cannot be: too many classes, counts below 0, shares that
// are none.
func (r *Report) Check() error {
	n := len(r.Classes)
	if n > bank.MaxClasses {
		return fault.Errorf("evaluation: a report of %d classes; there can be %d", n, bank.MaxClasses)
	}
	if r.Photos < 0 || r.Photos > bank.MaxPhotos || r.Correct < 0 || r.Correct > r.Photos {
		return fault.Errorf("evaluation: a report in which %d of %d photos are right", r.Correct, r.Photos)
	}
	shares := []float64{r.Accuracy, r.Low, r.High, r.MacroF1, r.ECE}
	for i := range r.Classes {
		c := &r.Classes[i]
		if min(c.Photos, c.Answered) < 0 || max(c.Photos, c.Answered) > bank.MaxPhotos {
			return fault.Errorf("evaluation: a report counts %d photos of a class and %d answers", c.Photos, c.Answered)
		}
		shares = append(shares, c.Precision, c.Recall, c.F1)
	}
	for _, b := range r.Reliability {
		if b.Photos < 0 || b.Photos > bank.MaxPhotos {
			return fault.Errorf("evaluation: a report counts %d photos of some confidence", b.Photos)
		}
		shares = append(shares, b.From, b.To, b.Confidence, b.Accuracy)
	}
	for _, s := range shares {
		if !(s >= 0 && s <= 1+1e-9) {
			return fault.Errorf("evaluation: a report has the share %v, which is not between 0 and 1", s)
		}
	}
	if !(r.Loss >= 0) || math.IsInf(r.Loss, 0) {
		return fault.Errorf("evaluation: a report has the loss %v", r.Loss)
	}
	if r.Confusion != nil && len(r.Confusion) != n {
		return fault.Errorf("evaluation: a report of %d classes has a confusion matrix of %d", n, len(r.Confusion))
	}
	for _, row := range r.Confusion {
		if len(row) != n {
			return fault.Errorf("evaluation: a report of %d classes has a confusion matrix with a row of %d", n, len(row))
		}
		for _, k := range row {
			if k < 0 || k > bank.MaxPhotos {
				return fault.Errorf("evaluation: a report counts %d photos", k)
			}
		}
	}
	for _, c := range r.Cells {
		if min(c[0], c[1]) < 0 || max(c[0], c[1]) >= n {
			return fault.Errorf("evaluation: a report of %d classes counts photos of class %d taken for class %d", n, c[0], c[1])
		}
		if c[2] < 0 || c[2] > bank.MaxPhotos {
			return fault.Errorf("evaluation: a report counts %d photos", c[2])
		}
	}
	return nil
}
