//go:build js && wasm

package engine

import (
	"time"

	"homeroom/core/model"
	"homeroom/wasm/protocol"
)

// benchTime is how long each of the three kinds of run is measured at least.
const benchTime = time.Second

// measure measures the network layer by layer.
func (e *engine) measure(message protocol.Measure) protocol.Measured {
	program := e.classifier.Program()
	p := e.classifier.Profile(message.Runs, benchTime, e.gathered)
	giga := func(macs int64, t time.Duration) float64 { return model.Speed(macs, t) / 1e9 }
	out := protocol.Measured{
		Done: done(message.Job), One: milliseconds(p.One), All: milliseconds(p.All), Threads: 1, Runs: p.Runs, Peak: p.Peak / 1e9, Speed: giga(p.Sum(), p.One),
	}
	for _, l := range p.Layers {
		out.Layers = append(out.Layers, protocol.LayerTime{
			Name: l.Name, Kernel: l.Kind.String(), Shape: l.Shape.String(), Product: l.Detail, Milliseconds: milliseconds(l.Time), Speed: giga(l.MACs, l.Time),
		})
	}
	if p.All > 0 {
		out.Threads = program.Threads()
	}
	return out
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
