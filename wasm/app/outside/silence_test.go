package outside

import (
	"testing"
	"time"
)

func TestSilenceIsToldOnce(t *testing.T) {
	var numbers Numbers
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(seconds int) *Turn {
		return NewTurn(start.Add(time.Duration(seconds)*time.Second), Device{Patience: 3 * time.Second}, &numbers)
	}
	var s Silence
	if s.Tick(at(100)) {
		t.Error("it tells of what is not waited for")
	}
	told := 0
	for second := range 10 {
		if second == 0 {
			s.Begin(at(0))
		}
		if s.Tick(at(second)) {
			told++
		}
	}
	if told != 1 || !s.Told() || s.Seconds() != 3 {
		t.Errorf("told %d times in 10 seconds, of %d", told, s.Seconds())
	}
	s.Heard(at(10))
	if s.Told() {
		t.Error("what was said is not taken back")
	}
	var w Wake
	if s.Wake(&w); w.At != start.Add(13*time.Second) {
		t.Errorf("the time is wanted at %v", w.At)
	}
	if s.Tick(at(11)) || s.Tick(at(12)) || !s.Tick(at(13)) {
		t.Error("after a byte it does not count anew")
	}
	s.Heard(at(14))
	if s.Tick(at(3600)) || !s.Tick(at(3603)) {
		t.Error("the time in which the device slept counts")
	}
}
