package outside

import "time"

// A Silence watches over something that is to arrive. Nothing is given up where it does not: that
// is told, and taken back where something comes after all. The zero Silence waits for nothing.
type Silence struct {
	since time.Time // when something came last; zero where nothing is waited for
	after time.Duration
	told  bool
}

// asleep is how late the time may be told before it is taken for the device's having slept, when
// nothing could come.
const asleep = 5 * time.Second

// Begin begins to wait.
func (s *Silence) Begin(t *Turn) { *s = Silence{since: t.Now, after: t.Device.Patience} }

// End waits no more.
func (s *Silence) End() { *s = Silence{} }

// Heard says that something came.
func (s *Silence) Heard(t *Turn) { s.since, s.told = t.Now, false }

// Told tells whether it was told that nothing comes, and nothing has come since.
func (s *Silence) Told() bool { return s.told }

// Seconds is how long the page waits before it says so.
func (s *Silence) Seconds() int { return int(s.after / time.Second) }

// Tick takes the time, and tells whether now it is to be told that nothing comes: once.
func (s *Silence) Tick(t *Turn) bool {
	late := t.Now.Sub(s.since) - s.after
	switch {
	case s.since.IsZero() || s.told || late < 0:
		return false
	case late > asleep:
		s.since = t.Now
		return false
	}
	s.told = true
	return true
}

// Wake says when Tick is wanted.
func (s *Silence) Wake(w *Wake) {
	if !s.since.IsZero() && !s.told {
		w.By(s.since.Add(s.after))
	}
}
