//go:build js && wasm

package window

import "time"

// A Breath lets events have their turn in the middle of long work on the page's own thread.
type Breath struct{ last time.Time }

// Take is called between pieces of the work, on a goroutine that may wait.
func (b *Breath) Take() {
	switch now := time.Now(); {
	case b.last.IsZero():
		b.last = now
	case now.Sub(b.last) > 20*time.Millisecond:
		time.Sleep(time.Millisecond)
		b.last = time.Now()
	}
}
