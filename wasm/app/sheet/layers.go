package sheet

import (
	"homeroom/wasm/markup"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
	"homeroom/wasm/words"
)

// Layers describes how long a network took, and each of its layers.
func Layers(m protocol.Measured, network string, size int) []*markup.Node {
	slowest, all := 0.0, 0.0
	for _, l := range m.Layers {
		slowest, all = max(slowest, l.Milliseconds), all+l.Milliseconds
	}
	line := text.Say("{1} at {2} px: {3} ms on one thread, {4} GFLOP/s of a peak of {5}.", network, size, text.Fixed(m.One, 2), text.Fixed(m.Speed, 1), text.Fixed(m.Peak, 1))
	if m.All > 0 {
		line += " " + text.Say("{1} ms on {2|# thread|# threads}.", text.Fixed(m.All, 2), m.Threads)
	}
	line += " " + text.Say("Mean of {1|# run|# runs}. The worker holds {2} MB.", m.Runs, text.Fixed(m.Memory/1e6, 1))
	head := el("tr")
	for _, name := range []string{text.Say("Layer"), text.Say("Kernel"), text.Say("Output"), text.Say("Product"), text.Name("ms"), text.Say("Share of time"), text.Name("GFLOP/s"), text.Say("Of peak")} {
		head.Kids = append(head.Kids, el("th", at("scope", "col"), name))
	}
	body := el("tbody")
	for _, l := range m.Layers {
		speed, part := "", ""
		if l.Speed > 0 {
			speed, part = text.Fixed(l.Speed, 1), words.Percent(l.Speed/m.Peak)
		}
		name := el("th", at("scope", "row"), text.Name(l.Name))
		if l.Milliseconds == slowest {
			name.Kids = append(name.Kids, &markup.Node{Text: " "}, el("strong", text.Say("slowest")))
		}
		row := el("tr", name)
		for _, cell := range []string{text.Name(l.Kernel), text.Name(l.Shape), text.Name(l.Product), text.Fixed(l.Milliseconds, 3), words.Percent(l.Milliseconds / all), speed, part} {
			row.Kids = append(row.Kids, el("td", cell))
		}
		body.Kids = append(body.Kids, row)
	}
	return []*markup.Node{
		el("p", at("id", "bench-sum"), at("role", "status"), line),
		el("div.bench-table", at("tabindex", 0), at("role", "region"), at("aria-label", text.Say("Layers")), el("table", el("thead", head), body)),
	}
}
