package jpeg

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// TestPartsAreAsTheWhole decodes files with restarts on several threads and on one, sound and
// damaged: every sample and what is said of damage are the same.
func TestPartsAreAsTheWhole(t *testing.T) {
	same := func(name string, data []byte) (sound bool) {
		t.Helper()
		for _, denominator := range []int{1, 2, 4, 8} {
			p, want, err := rows(data, Options{Denominator: denominator})
			q, got, fault := rows(data, Options{Denominator: denominator, Threads: 3})
			if (err == nil) != (fault == nil) || err == nil && (p.Damaged != q.Damaged || !bytes.Equal(got, want)) {
				t.Fatalf("%s at 1/%d: %v, %v", name, denominator, err, fault)
			}
			sound = err == nil && p.Damaged == ""
		}
		return sound
	}
	defer func(was int) { leastPart = was }(leastPart)
	leastPart = 1
	all := files(t)
	byParts := 0
	for name, data := range all {
		same(name, data)
		if d := (&decoder{data: data, opt: Options{Denominator: 1}}); d.begin() == nil && !d.progressive && !d.arithmetic && !d.lossless && d.interval > 0 && Scans(data, 2) == 1 {
			d.allocate()
			s := &scan{source: source{data: d.data, at: d.at}, d: d}
			if s.parts(3) {
				byParts++
				if !same(name, data) {
					t.Errorf("%s is decoded by parts and is called damaged", name)
				}
			}
		}
	}
	if byParts == 0 {
		t.Fatal("no file is decoded by parts")
	}
	random := rand.New(rand.NewPCG(16, 3))
	for range 60 {
		spoilt := bytes.Clone(all["three-scans-restart"])
		for range 1 + random.IntN(3) {
			spoilt[random.IntN(len(spoilt))] = byte(random.IntN(256))
		}
		if random.IntN(4) == 0 {
			spoilt = spoilt[:random.IntN(len(spoilt))]
		}
		same("three-scans-restart, spoilt", spoilt)
	}
}
