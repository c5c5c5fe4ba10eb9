package main

import (
	"strings"
	"testing"
)

func TestWholeSection(t *testing.T) {
	browser, native := newWhole(2, ""), newWhole(1, " (native)")
	full := make([]int, wholePhotos)
	other := append([]int{7}, full[1:]...)
	browser.add(homeroom, 1200, 1000, 1100)
	browser.best[homeroom] = full
	browser.add("litert", 2200)
	browser.best["litert"] = other
	native.add(ortPillow, 4800)
	native.best[ortPillow] = full
	native.add(homeroom, 2400)
	var results []result
	for _, r := range []whole{browser, native} {
		r.agree(full)
		results = append(results, r.result)
	}
	b := new(strings.Builder)
	wholeSection(b, results)
	for _, row := range []string{
		"| EfficientNet-Lite0 (24 photos of 12 megapixels) | 2 | Homeroom | 1100 ±",
		"| 45.8 | 1.00 | 24 of 24 |",
		"| LiteRT.js | 2200 ±0% | 91.7 | 2.00 | 23 of 24 |",
		"| EfficientNet-Lite0 (native) (24 photos of 12 megapixels) | 1 | Pillow and ONNX Runtime | 4800 ±0% | 200 | 2.00 | 24 of 24 |",
		"| Homeroom | 2400 ±0% | 100 | 1.00 | – |",
	} {
		if !strings.Contains(b.String(), row) {
			t.Errorf("there is no %q in\n%s", row, b)
		}
	}
}
