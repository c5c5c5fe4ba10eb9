package graph

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"homeroom/core/kernel"
	"homeroom/core/tensor"
)

// part is what a thread of a team does in one run, in Go: the twin of what the post-link pass
// writes.
func part(s *sheet, seat int) {
	jobs := unsafe.Slice((*kernel.Job)(s.seats[seat].jobs), s.count)
	steps := unsafe.Slice((*progress)(s.steps), s.count)
	for i := range steps {
		p := &steps[i]
		for k := range int(s.threads) {
			part := &p.parts[(seat+k)%int(s.threads)]
			for {
				from := atomic.AddUint32(&part.next, p.chunk) - p.chunk
				if from >= part.end {
					break
				}
				to := min(from+p.chunk, part.end)
				kernel.RunRange(&jobs[i], int(from), int(to))
				atomic.AddUint32(&p.left, from-to)
			}
		}
		for atomic.LoadUint32(&p.left) > 0 {
		}
	}
}

// A team gives the same answer as one thread, run after run, and so does a program that may use one
// but doesn't.
func TestTeam(t *testing.T) {
	for _, threads := range []int{2, 3, 5} {
		team := NewTeam(threads, func(p unsafe.Pointer) {
			var others sync.WaitGroup
			for seat := 1; seat < threads; seat++ {
				others.Go(func() { part((*sheet)(p), seat) })
			}
			part((*sheet)(p), 0)
			others.Wait()
		})
		if team.Threads() != threads {
			t.Errorf("a team of %d, not %d", team.Threads(), threads)
		}
		for name, net := range networks() {
			packed, err := Pack(net.Graph, kernel.Best())
			if err != nil {
				t.Fatal(err)
			}
			for _, size := range []int{12, 33} {
				if net.FixedSize > 0 && size != net.FixedSize {
					continue
				}
				in := tensor.Shape{H: size, W: size, C: 3}
				alone, err := packed.Compile(in, Options{})
				if err != nil {
					t.Fatal(err)
				}
				shared, err := packed.Compile(in, Options{Team: team})
				if err != nil {
					t.Fatal(err)
				}
				for round := range 4 {
					shared.Alone = round == 2
					for _, p := range []*Program{alone, shared} {
						for i, x := 0, p.Input().Data; i < len(x); i++ {
							x[i] = float32((i*7+round)%23)/11 - 1
						}
						p.Run()
					}
					if got, want := shared.Output().Data, alone.Output().Data; !slices.Equal(got, want) {
						t.Fatalf("%s, %d threads at %d, round %d: %v, want %v", name, threads, size, round, got[:4], want[:4])
					}
				}
			}
		}
	}
}

func TestTeamLayout(t *testing.T) {
	var s sheet
	for name, at := range map[string][2]uintptr{
		"turn": {unsafe.Offsetof(s.turn), 0}, "done": {unsafe.Offsetof(s.done), 4}, "count": {unsafe.Offsetof(s.count), 8},
		"stride": {unsafe.Offsetof(s.stride), 12}, "steps": {unsafe.Offsetof(s.steps), 16}, "threads": {unsafe.Offsetof(s.threads), 24},
		"seats": {unsafe.Offsetof(s.seats), 32}, "size of a seat": {unsafe.Sizeof(seat{}), 32}, "size of a step": {unsafe.Sizeof(progress{}), 1088},
		"stack": {unsafe.Offsetof(seat{}.stack), 0}, "g": {unsafe.Offsetof(seat{}.g), 8}, "jobs": {unsafe.Offsetof(seat{}.jobs), 16},
		"left": {unsafe.Offsetof(progress{}.left), 0}, "chunk": {unsafe.Offsetof(progress{}.chunk), 4}, "parts": {unsafe.Offsetof(progress{}.parts), 64},
		"size of a part": {unsafe.Sizeof(portion{}), 64}, "next": {unsafe.Offsetof(portion{}.next), 0}, "end": {unsafe.Offsetof(portion{}.end), 4},
	} {
		if at[0] != at[1] {
			t.Errorf("%s is at %d; the post-link pass reads it at %d", name, at[0], at[1])
		}
	}
}
