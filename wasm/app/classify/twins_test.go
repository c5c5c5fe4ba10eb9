//go:build !js

package classify

import (
	"fmt"
	"testing"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/protocol"
)

// TestTwins: only files as long as another are read, one at a time, those that come later too; what
// cannot be read is no twin, and one whose twin is removed is none any more, until it comes back.
func TestTwins(t *testing.T) {
	s := &photos{engine: &engine{}, cards: map[int]*card{}}
	var asked []outside.ReadFile
	do := func(e interface{ update(*photos, *outside.Turn) }) {
		turn := outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{})
		e.update(s, turn)
		for _, one := range turn.Effects {
			if read, is := one.(outside.ReadFile); is {
				asked = append(asked, read)
			}
		}
	}
	content := map[outside.Object]string{}
	file := func(data string) outside.File {
		f := outside.File{Object: &protocol.Handle{Name: data}, Name: "a.jpg", Bytes: int64(len(data))}
		content[f.Object] = data
		return f
	}
	numbers := &outside.Numbers{}
	answer := func() (reads int) {
		for ; len(asked) > 0; reads++ {
			read := asked[0]
			asked = asked[1:]
			turn := outside.NewTurn(time.Unix(1, 0), outside.Device{}, numbers)
			done := outside.FileDone{Ticket: read.Ticket, Data: []byte(content[read.File])}
			if string(done.Data) == "lost" {
				done = outside.FileDone{Ticket: read.Ticket, Fault: outside.Gone}
			}
			if !s.compared(turn, done) || len(asked) > 0 {
				t.Fatal("what was read is not taken, or two are read at once")
			}
			for _, one := range turn.Effects {
				asked = append(asked, one.(outside.ReadFile))
			}
		}
		return reads
	}
	shown := func(want ...int) {
		t.Helper()
		var got []int
		for _, c := range s.shown {
			got = append(got, c.photo.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%v are shown, want %v", got, want)
		}
	}
	do(Add{Files: []outside.File{file("same"), file("else"), file("lost"), file("longer"), file("same"), file("lost"), file("")}})
	do(Filter{onlyTwins})
	if n := answer(); n != 5 {
		t.Errorf("%d files are read, want 5", n)
	}
	shown(1, 5)
	do(Add{Files: []outside.File{file("else"), file("same")}})
	if n := answer(); n != 2 {
		t.Errorf("%d files more are read, want 2", n)
	}
	shown(1, 5, 9, 2, 8)
	do(Remove{Photo: 2})
	shown(1, 5, 9)
	do(Undo{})
	shown(1, 5, 9, 2, 8)
	do(Filter{})
	shown(1, 2, 3, 4, 5, 6, 7, 8, 9)
}
