package console

import (
	"fmt"
	"time"
)

// Timer tells how far a work of many parts is, at most every second.
type Timer struct {
	con   *Console
	what  string
	all   int
	start time.Time
	told  time.Time
}

// NewTimer begins to count a work of so many parts, which what names.
func NewTimer(con *Console, what string, all int) *Timer {
	now := time.Now()
	return &Timer{con, what, all, now, now}
}

// Done tells that so many parts are done.
func (t *Timer) Done(n int) {
	now := time.Now()
	if now.Sub(t.told) < time.Second {
		return
	}
	t.told = now
	left := time.Duration(float64(now.Sub(t.start)) / float64(max(n, 1)) * float64(t.all-n))
	fmt.Fprintf(t.con.Err, "%s: %d of %d, about %v left\n", t.what, n, t.all, left.Round(time.Second))
}
