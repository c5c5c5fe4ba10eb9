package head

import (
	"errors"

	"homeroom/core/fault"
)

// maxValue bounds the numbers of a head from outside: what is learnt stays many orders below it,
// and what is within it does not overflow while a photo is answered.
const maxValue = 1e12

// check says which numbers of a head from outside cannot be.
func (s Settings) check() error {
	for _, v := range []float64{s.L2, s.Shrinkage, s.Dropout, s.Rate, s.Parts[0], s.Parts[1]} {
		if !(v >= 0 && v <= maxValue) {
			return fault.Errorf("it was learnt with the setting %v", v)
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
