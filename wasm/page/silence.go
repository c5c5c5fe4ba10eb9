package page

// defaultSilence is after how many seconds without a byte the page says so.
const defaultSilence = 20

// A Silence counts seconds in which nothing arrived. Seconds in which the device sleeps are none, since nothing ticks then.
type Silence struct {
	After   int // seconds
	seconds int
	told    bool
}

// Tick says that a second has passed, and tells whether that is to be said: once, when it has been too many.
func (s *Silence) Tick() bool {
	s.seconds++
	if s.told || s.seconds < s.After {
		return false
	}
	s.told = true
	return true
}

// Seconds is for how long nothing has arrived.
func (s *Silence) Seconds() int { return s.seconds }

// Heard says that something arrived, and tells whether it had been said that nothing does.
func (s *Silence) Heard() bool {
	told := s.told
	s.seconds, s.told = 0, false
	return told
}
