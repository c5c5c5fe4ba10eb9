package photo

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// What runs on this machine gives what its portable twin gives, and writes nowhere else.
func TestTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	random := func(n int) []byte {
		x := make([]byte, n)
		for i := range x {
			switch r.IntN(4) {
			case 0:
				x[i] = byte(255 * r.IntN(2))
			default:
				x[i] = byte(r.UintN(256))
			}
		}
		return x
	}
	// both runs a function and its twin on rooms of n bytes with guards around them.
	both := func(what string, n int, got, want func(dst []byte)) {
		t.Helper()
		const guard = 64
		var rooms [2][]byte
		for i, f := range []func([]byte){got, want} {
			rooms[i] = bytes.Repeat([]byte{0xa5}, n+2*guard)
			f(rooms[i][guard : guard+n : guard+n])
		}
		if !bytes.Equal(rooms[0], rooms[1]) {
			t.Errorf("%s: %d, want %d", what, rooms[0], rooms[1])
		}
	}
	for _, n := range []int{1, 2, 3, 7, 15, 16, 17, 21, 22, 23, 31, 32, 33, 48, 49, 50, 64, 100, 131} {
		for _, out := range []int{1, 2, n/3 + 1, n, 2 * n} {
			for _, filter := range []Interpolation{Bilinear, Bicubic} {
				a := newAxis(n, out, 0, out, filter)
				src := random(3 * n)
				for range 2 { // a second row finds the room used
					both(fmt.Sprintf("%s, %d pixels to %d", filter, n, out), 3*out, func(dst []byte) { a.along(dst, src) }, func(dst []byte) { a.alongPortable(dst, src) })
				}
				for _, wide := range []int{1, 15, 16, 17, 40} {
					src := random(n * (wide + 3))
					both(fmt.Sprintf("%s, %d rows of %d to %d", filter, n, wide, out), out*wide,
						func(dst []byte) { a.down(dst, src, wide, wide+3) }, func(dst []byte) { a.downPortable(dst, src, wide, wide+3) })
				}
			}
		}
	}

}
