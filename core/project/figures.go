package project

import (
	"encoding/json"
	"errors"
	"math"

	"homeroom/core/evaluation"
	"homeroom/core/fault"
	"homeroom/core/training"
)

// Figures are what is known of how a version of the head answers.
type Figures struct {
	Version int                  `json:"version"`
	Report  *evaluation.Report   `json:"report"` // on photos that it had not learnt from; nil where there were too few
	Folds   int                  `json:"folds"`
	Held    map[int]HeldOut      `json:"held"` // by photo
	Tried   []training.Candidate `json:"tried"`
	Curve   []training.Progress  `json:"curve"`
	Pairs   []Alike              `json:"pairs"`
	// Unchecked is the classes of which nothing could be held out.
	Unchecked []evaluation.Unchecked `json:"unchecked,omitempty"`
	LeftOut   string                 `json:"left_out,omitempty"` // what was not tried, and why
}

// HeldOut is how a photo was answered by a head that had not learnt from it.
type HeldOut struct {
	Label   string  `json:"label"`   // the answer
	Score   float64 `json:"score"`   // its probability
	Own     float64 `json:"own"`     // the probability of the photo's own class
	Right   bool    `json:"right"`   // the answer is the photo's class
	Strange float64 `json:"strange"` // how unlike the others it is; above 1 is "unknown"
}

// Alike is two photos that are nearly the same.
type Alike struct {
	A    int  `json:"a"`
	B    int  `json:"b"`
	Same bool `json:"same"` // byte for byte
}

// DecodeFigures reads what Encode wrote. What it returns can be shown: its confusion matrix, which
// is there in full, is of no more classes than a project holds.
func DecodeFigures(data []byte) (*Figures, error) {
	f := new(Figures)
	err := json.Unmarshal(data, f)
	if err == nil {
		err = f.check()
	}
	if err == nil && f.Report != nil {
		err = f.Report.Expand()
	}
	if err != nil {
		return nil, fault.Errorf("the figures of a version cannot be read: %w", err)
	}
	return f, nil
}

// check says what of figures cannot be.
func (f *Figures) check() error {
	if r := f.Report; r != nil {
		if n := len(r.Classes); n > MaxClasses {
			return fault.Errorf("a report of %d classes, and a project holds %d", n, MaxClasses)
		}
		if err := r.Check(); err != nil {
			return err
		}
	}
	if len(f.Held) > MaxPhotos || len(f.Pairs) > MaxPhotos || len(f.Tried) > maxTried || len(f.Curve) > maxSteps {
		return errors.New("they tell of more photos, ways to learn or steps than there can be")
	}
	for id, h := range f.Held {
		for _, s := range []float64{h.Score, h.Own} {
			if !(s >= 0 && s <= 1+1e-9) {
				return fault.Errorf("photo %d was answered with the probability %v", id, s)
			}
		}
	}
	return nil
}

// Encode writes the figures as JSON.
func (f *Figures) Encode() []byte {
	c := *f
	if c.Report != nil && c.Report.Confusion != nil {
		c.Report = c.Report.Compact()
	}
	data, err := json.Marshal(&c)
	if err != nil {
		panic(err) // nothing in it can fail: numbers from outside were checked
	}
	return data
}

// short leaves of a figure what anybody looks at: of thousands of photos the page reads it as text.
func short(v float64) float64 { return math.Round(v*1e5) / 1e5 }
