package page

import "testing"

func TestSilenceIsToldOnce(t *testing.T) {
	s := Silence{After: 3}
	told := 0
	for range 10 {
		if s.Tick() {
			told++
		}
	}
	if told != 1 || s.Seconds() != 10 {
		t.Errorf("told %d times in 10 seconds, of which it counted %d", told, s.Seconds())
	}
	if !s.Heard() || s.Heard() {
		t.Error("what was said is not taken back once")
	}
	if first, second, third := s.Tick(), s.Tick(), s.Tick(); first || second || !third {
		t.Error("after a byte it does not count anew")
	}
}
