package tour

import (
	"encoding/json"
	"slices"
)

// kept is what a person set at the stops, for the photo that is looked at. It comes back when the
// worker is started anew.
type kept struct {
	Networks map[string]string  `json:"networks,omitempty"` // by stop
	Filter   int                `json:"filter,omitempty"`
	Linear   bool               `json:"linear,omitempty"`
	Place    int                `json:"place"`
	Layer    int                `json:"layer,omitempty"`
	Off      []string           `json:"off,omitempty"`
	Size     int                `json:"size,omitempty"`
	Painted  []byte             `json:"painted,omitempty"` // a bit a cell
	Brush    int                `json:"brush,omitempty"`
	Rubs     bool               `json:"rubs,omitempty"`
	Excites  string             `json:"excites,omitempty"`
	By       map[string]sliders `json:"by,omitempty"` // by layer
	Block    int                `json:"block"`
	Patch    int                `json:"patch"`
}

// sliders are what channels are multiplied by.
type sliders map[int]float64

// Kept is what a person set, as [Tour.Restore] reads it.
func (s *Tour) Kept() string {
	k := kept{
		Networks: map[string]string{}, Filter: s.alexnet.filter, Linear: s.alexnet.linear, Place: s.vgg.cell, Layer: s.vgg.layer, Off: s.resnet.off, Size: s.gap.size,
		Brush: s.gap.brush, Rubs: s.gap.rubs, Excites: s.excite.layer, Block: s.attend.block, Patch: s.attend.patch,
	}
	for _, one := range s.commons() {
		if one.chosen != "" {
			k.Networks[one.called] = one.chosen
		}
	}
	for _, cell := range s.gap.cells() {
		if k.Painted == nil {
			k.Painted = make([]byte, len(s.gap.painted)/8)
		}
		k.Painted[cell/8] |= 1 << (cell % 8)
	}
	if len(s.excite.by) > 0 {
		k.By = map[string]sliders{s.excite.layer: s.excite.by}
	}
	text, _ := json.Marshal(k) // nothing in it can fail
	return string(text)
}

// mostLevel is the most that a slider multiplies a channel by.
const mostLevel = 4

// Restore sets what was kept of the photo that is looked at. What cannot be is left as it is.
func (s *Tour) Restore(text string) {
	k := kept{Place: -1, Block: -1, Patch: -1}
	if json.Unmarshal([]byte(text), &k) != nil {
		return
	}
	for _, one := range s.commons() {
		if name := k.Networks[one.called]; slices.Contains(one.names, name) {
			one.chosen = name
		}
	}
	s.alexnet.filter, s.alexnet.linear = max(k.Filter, 0), k.Linear
	if k.Place >= 0 && k.Place < patches*patches {
		s.vgg.cell = k.Place
	}
	s.vgg.layer, s.resnet.off = max(k.Layer, 0), k.Off
	if n := s.desk.listed(s.gap.network(&s.desk)); n != nil && slices.Contains(n.Offered(0), k.Size) {
		s.gap.size = k.Size
	}
	if len(k.Painted) == len(s.gap.painted)/8 {
		for i := range s.gap.painted {
			s.gap.painted[i] = k.Painted[i/8]>>(i%8)&1 == 1
		}
	}
	if slices.Contains(brushes, k.Brush) {
		s.gap.brush = k.Brush
	}
	s.gap.rubs, s.excite.layer = k.Rubs, k.Excites
	for channel, by := range k.By[k.Excites] {
		if channel >= 0 && by >= 0 && by <= mostLevel {
			ExciteBy{channel, by}.update(&s.excite)
		}
	}
	if k.Block >= -1 {
		s.attend.block = k.Block
	}
	if k.Patch >= 0 {
		s.attend.patch = k.Patch
	}
}
