package classify

import (
	"fmt"
	"testing"
	"time"

	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
)

// BenchmarkOrder puts ten thousand photos in order, as a choice of a person does.
func BenchmarkOrder(b *testing.B) {
	for _, o := range []sift.Order{{Find: "img 77"}, {By: sift.BySure}, {By: sift.ByLabel}} {
		b.Run(o.Place(), func(b *testing.B) {
			s := &photos{engine: &engine{}, cards: map[int]*card{}}
			t := outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{})
			for i := range 10_000 {
				Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: fmt.Sprintf("IMG %d.jpg", i)}}}.update(s, t)
				p := s.queue.Next()
				s.queue.Answered(p.ID, p.Ticket, &queue.Answer{Results: []protocol.Result{{Label: fmt.Sprint("label ", i*7919%1000), Score: float64(i*7919%997) / 997}}})
			}
			s.order = o
			for b.Loop() {
				s.anew()
			}
		})
	}
}
