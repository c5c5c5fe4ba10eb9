package queue

import (
	"testing"
	"time"
)

func TestPace(t *testing.T) {
	var p Pace
	now := time.Unix(0, 0)
	p.Start(now)
	if _, ok := p.Left(10); ok {
		t.Fatal("foretold from nothing")
	}
	for range 2 * paceWindow { // slow ones, which the window leaves behind
		now = now.Add(time.Second)
		p.Tick(now)
	}
	for range paceWindow + 1 {
		now = now.Add(100 * time.Millisecond)
		p.Tick(now)
	}
	left, ok := p.Left(50)
	if !ok || left < 4900*time.Millisecond || left > 5100*time.Millisecond {
		t.Fatalf("50 photos at 100 ms: foretold %v, %v", left, ok)
	}
	if _, ok := p.Left(0); ok {
		t.Fatal("foretold a time for no photos")
	}
}
