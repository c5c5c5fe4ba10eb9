package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"homeroom/core/graph"
	"homeroom/core/tensor"
)

// TestHeadAttention has attention whose distance, entropy and share are known.
func TestHeadAttention(t *testing.T) {
	third := float32(1.0 / 3)
	for _, c := range []struct {
		name                      string
		p                         Patches
		row                       func(to int) []float32
		distance, entropy, prefix float64
	}{
		{"to all patches alike", Patches{2, 2, 4, 4, 0}, func(int) []float32 { return []float32{0.25, 0.25, 0.25, 0.25} }, (4 + 4 + 4*math.Sqrt2) / 4, 2, 0},
		{"to itself", Patches{2, 2, 4, 4, 0}, func(to int) []float32 { r := make([]float32, 4); r[to] = 1; return r }, 0, 0, 0},
		{"to the first of a column", Patches{3, 1, 5, 7, 0}, func(int) []float32 { return []float32{1, 0, 0} }, 5, 0, 0},
		{"to the first of a row", Patches{1, 3, 5, 7, 0}, func(int) []float32 { return []float32{1, 0, 0} }, 7, 0, 0},
		{"to the class token alone", Patches{1, 2, 4, 4, 1}, func(int) []float32 { return []float32{1, 0, 0} }, 0, 0, 1},
		// What goes to the class token has no distance and is left out of the mean.
		{"to all tokens alike", Patches{1, 2, 4, 4, 1}, func(int) []float32 { return []float32{third, third, third} }, 2, math.Log2(3), 1.0 / 3},
		{"to two tokens in front", Patches{1, 2, 4, 4, 2}, func(int) []float32 { return []float32{0.5, 0.25, 0.25, 0} }, 2, 1.5, 0.75},
	} {
		tokens := c.p.Prefix + c.p.Rows*c.p.Columns
		var weights []float32
		for range c.p.Prefix { // what the class token attends to doesn't count
			weights = append(weights, make([]float32, tokens)...)
		}
		for to := range c.p.Rows * c.p.Columns {
			weights = append(weights, c.row(to)...)
		}
		got := c.p.summary(weights)
		for i, pair := range [][2]float64{{got.Distance, c.distance}, {got.Entropy, c.entropy}, {got.Prefix, c.prefix}} {
			if math.Abs(pair[0]-pair[1]) > 1e-6 {
				t.Errorf("attention %s: %s of %v, want %v", c.name, []string{"a distance", "an entropy", "a share"}[i], pair[0], pair[1])
			}
		}
	}
}

func TestAttentionHeads(t *testing.T) {
	c := evenly(t)
	heads, err := c.AttentionHeads()
	if err != nil {
		t.Fatal(err)
	}
	if len(heads) != 2 || heads[1].Layer != "attention" || heads[1].Head != 1 {
		t.Fatalf("heads %+v, want two of one layer", heads)
	}
	// The mean over all pairs of 3 × 3 positions.
	far := 0.0
	for i := range 9 {
		for k := range 9 {
			far += 16 * math.Hypot(float64(i/3-k/3), float64(i%3-k%3)) / 81
		}
	}
	for _, h := range heads {
		if math.Abs(h.Distance-far) > 1e-4 || math.Abs(h.Entropy-math.Log2(10)) > 1e-5 || math.Abs(h.Prefix-0.1) > 1e-6 {
			t.Errorf("%+v, want a distance of %v, %v bits, 0.1", h, far, math.Log2(10))
		}
	}
}

func TestMaps(t *testing.T) {
	c := evenly(t)
	for layer, want := range map[string][3]int{
		graph.Input: {48, 48, 3}, "patches": {3, 3, 4}, "tokens": {3, 3, 4}, "qkv": {3, 3, 12},
		"attention": {3, 3, 2}, "token": {1, 1, 4}, "logits": {1, 1, 2},
	} {
		m, err := c.Maps(layer)
		if err != nil {
			t.Fatal(err)
		}
		if got := [3]int{m.Rows, m.Columns, len(m.Planes)}; got != want || len(m.Planes[0]) != want[0]*want[1] {
			t.Errorf("layer %s: maps of %v, want %v", layer, got, want)
		}
	}
	// The patch below the middle one, behind the class token.
	m, err := c.Maps("tokens")
	if err != nil {
		t.Fatal(err)
	}
	v, err := c.Layer("tokens")
	if err != nil {
		t.Fatal(err)
	}
	if m.Planes[2][7] != v.At(8, 0, 2) {
		t.Errorf("patch 7 has %v on the map, token 8 %v", m.Planes[2][7], v.At(8, 0, 2))
	}
	for _, plane := range must(c.Maps("attention")).Planes {
		for _, w := range plane {
			if math.Abs(float64(w)-0.1) > 1e-6 {
				t.Errorf("a patch has %v of the class token's attention, want 0.1", w)
			}
		}
	}
	if _, err := c.Maps("nothing"); err == nil || !strings.Contains(err.Error(), `no layer "nothing"`) {
		t.Errorf("a layer that is not there: %v", err)
	}
}

func must(m Maps, err error) Maps {
	if err != nil {
		panic(err)
	}
	return m
}

func TestSheet(t *testing.T) {
	m := Maps{Rows: 2, Columns: 1, Planes: [][]float32{{0, 1}, {2, 3}, {4, 4}}}
	sheet, black, white, err := m.Sheet()
	if err != nil {
		t.Fatal(err)
	}
	const w, h = 32, 64 // of a map, a position on 32 × 32 pixels
	if black != 0 || white != 4 || sheet.Rect.Dx() != 3*(w+1)+1 || sheet.Rect.Dy() != h+2 {
		t.Fatalf("a sheet of %v from %v to %v", sheet.Rect, black, white)
	}
	for k, plane := range m.Planes {
		for y, v := range plane {
			if got, want := sheet.GrayAt(1+k*(w+1)+w/2, 1+32*y+16).Y, uint8(v*255/4+0.5); got != want {
				t.Errorf("map %d, row %d is %d, want %d", k, y, got, want)
			}
		}
	}
	if got := sheet.GrayAt(0, 5).Y; got != gutter {
		t.Errorf("the gutter is %d", got)
	}
	for _, m := range []Maps{{}, {Rows: 9000, Columns: 1, Planes: [][]float32{make([]float32, 9000)}}} {
		if _, _, _, err := m.Sheet(); err == nil {
			t.Errorf("%d maps of %d × %d were drawn", len(m.Planes), m.Columns, m.Rows)
		}
	}
	flat := Maps{Rows: 1, Columns: 1, Planes: [][]float32{{0}}}
	if _, _, _, err := flat.Sheet(); err != nil {
		t.Error(err)
	}
}

func TestStatistics(t *testing.T) {
	s := StatisticsOf(tensor.Tensor{Shape: tensor.Shape{H: 1, W: 2, C: 3}, Data: []float32{0, 0, -5, 0, 2, 1}})
	if s.Min != -5 || s.Max != 2 || math.Abs(float64(s.Mean)+1.0/3) > 1e-6 || s.Zeros != 0.5 || s.Silent != 1 || !slices.Equal(s.Channels, []int{2, 1, 0}) {
		t.Errorf("got %+v", s)
	}
	if got := (Excitation{Scales: []float32{0.5, 1, 0.5, 0.75}}).Order(); !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("the order is %v", got)
	}
}
