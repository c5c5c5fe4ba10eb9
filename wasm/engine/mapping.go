//go:build js && wasm

package engine

import (
	"context"
	"encoding/binary"
	"math"
	"time"

	"homeroom/core/embedding"
	"homeroom/core/fault"
	"homeroom/core/matrix"
	"homeroom/core/training"
	"homeroom/wasm/protocol"
)

// mapSeed begins what a map draws by lot: the same photos lie where they lay before.
const mapSeed = 1

// toldEvery is how often the page is told how far a map is.
const toldEvery = 100 * time.Millisecond

// mapped lays photos out.
func (e *engine) mapped(m protocol.Map) (any, error) {
	vectors := vectorsOf(m.Vectors)
	features := matrix.Table{N: len(vectors), Read: func(to []float32, i int) {
		for k, b := range vectors[i] {
			to[k] = float32(int8(b))
		}
	}}
	for i, v := range vectors {
		if features.D = len(vectors[0]); len(v) != features.D {
			return nil, fault.Errorf("photo %d has %d features where the first has %d", i+1, len(v), features.D)
		}
	}
	var last time.Time
	points, err := embedding.Map(context.Background(), features, embedding.Options{Seed: mapSeed, Progress: func(share float64) {
		if time.Since(last) > toldEvery {
			last = time.Now()
			e.send(protocol.Progress{ID: m.ID, Progress: training.Progress{Share: share}})
		}
	}})
	if err != nil {
		return nil, err
	}
	out := protocol.Mapped{Done: done(m.Job)}
	for _, p := range points {
		out.Points = binary.LittleEndian.AppendUint32(out.Points, math.Float32bits(p.X))
		out.Points = binary.LittleEndian.AppendUint32(out.Points, math.Float32bits(p.Y))
	}
	return out, nil
}
