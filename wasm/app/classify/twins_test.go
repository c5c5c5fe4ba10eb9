//go:build !js

package classify

import (
	"fmt"
	"testing"
	"time"

	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/pool"
	"homeroom/wasm/protocol"
)

// TestTwins: only files as long as another are read, those that come later too; what
// cannot be read is no twin, and one whose twin is removed is none any more, until it comes back.
func TestTwins(t *testing.T) {
	s := &photos{engine: &engine{}, cards: map[int]*card{}}
	do := func(e interface{ update(*photos, *outside.Turn) }) {
		e.update(s, outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{}))
	}
	content := map[outside.Object]string{}
	file := func(data string) outside.File {
		f := outside.File{Object: &protocol.Handle{Name: data}, Name: "a.jpg", Bytes: int64(len(data))}
		content[f.Object] = data
		return f
	}
	numbers := &outside.Numbers{}
	workers := &pool.Pool{}
	answer := func() (reads int) {
		for ; s.twins.Left() > 0; reads++ {
			turn := outside.NewTurn(time.Unix(1, 0), outside.Device{}, numbers)
			if !s.twins.Hand(turn, workers, &pool.Worker{}) {
				t.Fatal("what is still to be read is not handed out")
			}
			ask := turn.Effects[0].(outside.Post).Message.(protocol.Digest)
			if reads == 1 { // the worker is ended and another asked
				if !s.twins.HandBack(ask.Job) {
					t.Fatal("a file is not taken back")
				}
				continue
			}
			told := any(pool.Answered{Job: ask.Job, Message: protocol.Digested{SHA256: content[ask.File]}})
			if content[ask.File] == "lost" {
				told = pool.GaveUp{Job: ask.Job, Why: "it is gone"}
			}
			if !s.compared(turn, told) || s.compared(turn, told) {
				t.Fatal("what was read is not taken, or twice")
			}
		}
		return reads
	}
	shown := func(want ...int) {
		t.Helper()
		var got []int
		for _, c := range s.shown {
			got = append(got, c.Photo.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v are shown, want %v", got, want)
		}
	}
	do(Add{Files: []outside.File{file("same"), file("else"), file("lost"), file("longer"), file("same"), file("lost"), file("")}})
	do(Filter{sift.OnlyTwins})
	if n := answer(); n != 6 {
		t.Errorf("%d files are read, want 5 and one twice", n)
	}
	shown(1, 5)
	do(Add{Files: []outside.File{file("else"), file("same")}})
	if n := answer(); n != 3 {
		t.Errorf("%d files more are read, want 2 and one twice", n)
	}
	shown(1, 5, 9, 2, 8)
	do(Remove{Photo: 2})
	shown(1, 5, 9)
	do(Undo{})
	shown(1, 5, 9, 2, 8)
	do(Filter{})
	shown(1, 2, 3, 4, 5, 6, 7, 8, 9)
}
