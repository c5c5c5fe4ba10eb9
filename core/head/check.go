package head

import (
	"errors"
	"fmt"
	"math"
)

// Check says what of a report from outside cannot be: too many classes, counts below 0, shares that
// are none.
func (r *Report) Check() error {
	n := len(r.Classes)
	if n > MaxClasses {
		return fmt.Errorf("head: a report of %d classes; there can be %d", n, MaxClasses)
	}
	if r.Photos < 0 || r.Photos > MaxPhotos || r.Correct < 0 || r.Correct > r.Photos {
		return fmt.Errorf("head: a report in which %d of %d photos are right", r.Correct, r.Photos)
	}
	shares := []float64{r.Accuracy, r.Low, r.High, r.MacroF1, r.ECE}
	for i := range r.Classes {
		c := &r.Classes[i]
		if min(c.Photos, c.Answered) < 0 || max(c.Photos, c.Answered) > MaxPhotos {
			return fmt.Errorf("head: a report counts %d photos of a class and %d answers", c.Photos, c.Answered)
		}
		shares = append(shares, c.Precision, c.Recall, c.F1)
	}
	for _, b := range r.Reliability {
		if b.Photos < 0 || b.Photos > MaxPhotos {
			return fmt.Errorf("head: a report counts %d photos of some confidence", b.Photos)
		}
		shares = append(shares, b.From, b.To, b.Confidence, b.Accuracy)
	}
	for _, s := range shares {
		if !(s >= 0 && s <= 1+1e-9) {
			return fmt.Errorf("head: a report has the share %v, which is not between 0 and 1", s)
		}
	}
	if !(r.Loss >= 0) || math.IsInf(r.Loss, 0) {
		return fmt.Errorf("head: a report has the loss %v", r.Loss)
	}
	if r.Confusion != nil && len(r.Confusion) != n {
		return fmt.Errorf("head: a report of %d classes has a confusion matrix of %d", n, len(r.Confusion))
	}
	for _, row := range r.Confusion {
		if len(row) != n {
			return fmt.Errorf("head: a report of %d classes has a confusion matrix with a row of %d", n, len(row))
		}
		for _, k := range row {
			if k < 0 || k > MaxPhotos {
				return fmt.Errorf("head: a report counts %d photos", k)
			}
		}
	}
	for _, c := range r.Cells {
		if min(c[0], c[1]) < 0 || max(c[0], c[1]) >= n {
			return fmt.Errorf("head: a report of %d classes counts photos of class %d taken for class %d", n, c[0], c[1])
		}
		if c[2] < 0 || c[2] > MaxPhotos {
			return fmt.Errorf("head: a report counts %d photos", c[2])
		}
	}
	return nil
}

// maxValue bounds the numbers of a head from outside: what is learnt stays many orders below it,
// and what is within it does not overflow while a photo is answered.
const maxValue = 1e12

// check says which numbers of a head from outside cannot be.
func (s Settings) check() error {
	for _, v := range []float64{s.L2, s.Shrinkage, s.Dropout, s.Rate, s.Parts[0], s.Parts[1]} {
		if !(v >= 0 && v <= maxValue) {
			return fmt.Errorf("it was learnt with the setting %v", v)
		}
	}
	if min(s.K, s.Hidden, s.Epochs, s.Photos) < 0 {
		return errors.New("it was learnt with a count below 0")
	}
	return nil
}

// bounded tells whether no value is beyond maxValue, infinite or NaN.
func bounded(v []float32) bool {
	for _, x := range v {
		if !(x >= -maxValue && x <= maxValue) {
			return false
		}
	}
	return true
}
