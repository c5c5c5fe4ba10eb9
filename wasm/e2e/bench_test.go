package e2e

import (
	"regexp"
	"strconv"
	"testing"
)

// With ?bench in its address the page measures the network layer by layer.
func TestBench(t *testing.T) {
	s := serve(t)
	isolate(s)
	p := show(t, s, "bench&workers=2&size=96")
	p.wait("ready")
	p.until("document.querySelector('footer').innerText.includes('2 threads for a single photo')")
	p.click("button", "Measure the network")
	p.until("document.querySelector('#bench-sum')")
	sum := ask[string](p, "document.querySelector('#bench-sum').innerText")
	m := regexp.MustCompile(`at 96 px: ([0-9.]+) ms on one thread, ([0-9.]+) GFLOP/s of a peak of ([0-9.]+)\. ([0-9.]+) ms on 2 threads`).FindStringSubmatch(sum)
	if m == nil {
		t.Fatalf("the summary is %q", sum)
	}
	for _, figure := range m[1:] {
		if v, err := strconv.ParseFloat(figure, 64); err != nil || v <= 0 {
			t.Errorf("%q in %q", figure, sum)
		}
	}
	rows := ask[[][]string](p, "[...document.querySelectorAll('#bench tbody tr')].map((r) => [...r.children].map((c) => c.innerText))")
	if len(rows) < 40 {
		t.Fatalf("%d layers", len(rows))
	}
	total := 0.0
	for _, r := range rows {
		share, err := strconv.ParseFloat(regexp.MustCompile(`[0-9.]+`).FindString(r[5]), 64)
		if len(r) != 8 || err != nil {
			t.Fatalf("a row of %q", r)
		}
		total += share
	}
	if total < 95 || total > 105 {
		t.Errorf("the shares sum up to %.1f%%", total)
	}
	// The engine goes on naming photos afterwards.
	p.drop(file{"photo.jpg", "image/jpeg", asJPEG(t, sized(t, 320, 240), 90)})
	checkNamed(t, p.settle(1)[0])
	if n := ask[int](open(t, ""), "document.querySelectorAll('#bench').length"); n != 0 {
		t.Error("the bench shows without being asked for")
	}
}
