package export

import (
	"errors"
	"math"
	"strings"
	"testing"

	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
)

// answers is a file that answers the same, whatever it is shown.
type answers map[string][]float32

func (a answers) Run(map[string][]float32) (map[string][]float32, error) { return a, nil }

type broken struct{}

func (broken) Run(map[string][]float32) (map[string][]float32, error) {
	return nil, errors.New("no such operator")
}

// What answers otherwise than Homeroom is refused.
func TestCompareRefuses(t *testing.T) {
	c, err := small(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &photo.Photo{Width: 40, Height: 32, Pix: make([]byte, 40*32*3)}
	for i := range p.Pix {
		p.Pix[i] = byte(i * 7)
	}
	own, err := c.Own(model.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := own.Answer(p)
	own.Close()
	if err != nil {
		t.Fatal(err)
	}
	right := func(off float32) answers {
		return answers{Probabilities: {float32(a.Probabilities[0]) + off, float32(a.Probabilities[1]) - off}}
	}
	nan := float32(math.NaN())
	for _, test := range []struct {
		name    string
		file    Runner
		weights Weights
		says    string
	}{
		{"right", right(0), F32, ""},
		{"a little off", right(5e-5), F32, ""},
		{"off", right(2e-4), F32, "more than 0.0001"},
		{"off, in bytes", right(2e-4), Int8, ""},
		{"far off, in bytes", right(0.03), Int8, "more than 0.02"},
		{"no number", answers{Probabilities: {nan, nan}}, F32, "differs by NaN"},
		{"too few", answers{Probabilities: {1}}, F32, "1 numbers in place of 2"},
		{"broken", broken{}, F32, "no such operator"},
	} {
		d, err := c.Compare(test.file, []*photo.Photo{p, p}, model.Options{}, nil)
		if err == nil {
			err = d.Check(test.weights)
		}
		if test.says == "" && (err != nil || d.Photos != 2 || d.Same != 2) || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
			t.Errorf("%s: %+v, %v", test.name, d, err)
		}
	}
}

// A file that keeps silent about strangers, or tells them otherwise, is refused with any weights.
func TestCompareStrangeness(t *testing.T) {
	c := &Classifier{Labels: []string{"a", "b"}, head: &head.Head{Unknown: head.Unknown{Set: true}}}
	own := head.Answer{Probabilities: []float64{0.5, 0.5}, Strangeness: 0.8}
	named := func(strange ...float32) map[string][]float32 {
		out := map[string][]float32{Probabilities: {0.5, 0.5}}
		if strange != nil {
			out[Strangeness] = strange
		}
		return out
	}
	for _, test := range []struct {
		name    string
		out     map[string][]float32
		weights Weights
		refused bool
	}{
		{"right", named(0.8), F32, false},
		{"a little off", named(0.83), F32, true},
		{"a little off, in f16", named(0.83), F16, false},
		{"off, in bytes", named(1.1), Int8, true},
		{"missing", named(), F32, true},
		{"missing, in f16", named(), F16, true},
		{"no number", named(float32(math.NaN())), Int8, true},
		{"of a format without names", map[string][]float32{"": {0.5, 0.5}}, F32, false},
	} {
		var d Difference
		if err := d.add(c, own, c.answerOf(test.out)); err != nil {
			t.Fatal(err)
		}
		if err := d.Check(test.weights); (err != nil) != test.refused {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
