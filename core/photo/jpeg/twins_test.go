package jpeg

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
			if x[i] = byte(r.UintN(256)); r.IntN(4) == 0 {
				x[i] = byte(255 * r.IntN(2))
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
	for _, n := range []int{1, 2, 3, 7, 8, 9, 15, 16, 17, 21, 22, 23, 31, 32, 33, 34, 48, 49, 50, 64, 100, 131} {
		y, cb, cr := random(n), random(n), random(n)
		both(fmt.Sprintf("%d pixels to RGB", n), 3*n, func(dst []byte) { jfifToRGB(dst, y, cb, cr) }, func(dst []byte) { jfifToRGBPortable(dst, y, cb, cr) })
		near, far := random(n), random(n)
		for _, width := range []int{2 * n, 2*n - 1} {
			both(fmt.Sprintf("%d samples to %d", n, width), width, func(dst []byte) { h2v2(dst, near, far, false) }, func(dst []byte) { h2v2Portable(dst, near, far, false) })
		}
	}
	for range 3000 {
		var b, factors [64]int16
		most := 1 + r.IntN(64)
		for i := range b {
			if r.IntN(64) < most {
				b[i] = int16(r.Uint32()) >> r.UintN(16)
			}
			factors[i] = int16(1+r.IntN(255))>>r.UintN(8) | 1
		}
		if r.IntN(4) == 0 {
			clear(b[8:])
		}
		x, y := b, b
		both("8×8", 7*11+8, func(dst []byte) { inverse8(&x, &factors, dst, 11) }, func(dst []byte) { inverse8Portable(&y, &factors, dst, 11) })
		x, y = b, b
		both("4×4", 3*11+8, func(dst []byte) { inverse4(&x, &factors, dst, 11) }, func(dst []byte) { inverse4Portable(&y, &factors, dst, 11) })
		x, y = b, b
		both("2×2", 11+2, func(dst []byte) { inverse2(&x, &factors, dst, 11) }, func(dst []byte) { inverse2Portable(&y, &factors, dst, 11) })
	}
}

// Every level of luma with every one of either chroma.
func TestColoursOfAllLevels(t *testing.T) {
	y, cb, cr := make([]byte, 256), make([]byte, 256), make([]byte, 256)
	got, want := make([]byte, 768), make([]byte, 768)
	for i := range y {
		y[i] = byte(i)
	}
	for b := range 256 {
		for r := range 256 {
			for i := range cb {
				cb[i], cr[i] = byte(b), byte(r)
			}
			jfifToRGB(got, y, cb, cr)
			jfifToRGBPortable(want, y, cb, cr)
			if !bytes.Equal(got, want) {
				t.Fatalf("chroma %d, %d: %d, want %d", b, r, got, want)
			}
		}
	}
}
