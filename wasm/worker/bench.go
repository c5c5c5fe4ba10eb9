//go:build js && wasm

package worker

import (
	"syscall/js"
	"time"

	"homeroom/core/model"
	"homeroom/wasm/protocol"
)

// benchTime is how long each of the three kinds of run is measured at least.
const benchTime = time.Second

// bench measures the network layer by layer.
func (e *engine) bench(message js.Value) {
	program := e.classifier.Program()
	p := e.classifier.Profile(message.Get(protocol.Runs).Int(), benchTime, e.gathered)
	giga := func(macs int64, t time.Duration) float64 { return model.Speed(macs, t) / 1e9 }
	layers := make([]any, len(p.Layers))
	for i, l := range p.Layers {
		layers[i] = map[string]any{
			protocol.Name: l.Name, protocol.Kernel: l.Kind.String(), protocol.Shape: l.Shape.String(), protocol.Product: l.Detail,
			protocol.Milliseconds: milliseconds(l.Time), protocol.Speed: giga(l.MACs, l.Time),
		}
	}
	threads := 1
	if p.All > 0 {
		threads = program.Threads()
	}
	e.send(protocol.Benched, map[string]any{
		protocol.ID: message.Get(protocol.ID), protocol.Ticket: message.Get(protocol.Ticket), protocol.Layers: layers,
		protocol.One: milliseconds(p.One), protocol.All: milliseconds(p.All), protocol.Threads: threads, protocol.Runs: p.Runs,
		protocol.Peak: p.Peak / 1e9, protocol.Speed: giga(p.Sum(), p.One), protocol.Memory: memory(),
	})
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
