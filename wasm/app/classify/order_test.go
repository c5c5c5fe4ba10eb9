package classify

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/app/answers"
	"homeroom/wasm/app/classify/sift"
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

// TestOrders: whatever order is chosen, and whenever, photos that come, are named, fail, go and
// come back lie as if all had been put in order at the end.
func TestOrders(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	numbers := &outside.Numbers{}
	s := &photos{engine: &engine{}, cards: map[int]*card{}}
	turn := func() *outside.Turn { return outside.NewTurn(time.Unix(1, 0), outside.Device{}, numbers) }
	var running []*queue.Photo
	for n := range 3000 {
		switch k := r.IntN(12); {
		case k < 4:
			name := fmt.Sprintf("IMG %d.jpg", n)
			Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: name, Path: fmt.Sprintf("trap %d/%s", r.IntN(3), name)}}}.update(s, turn())
		case k < 8:
			if p := s.queue.Next(); p != nil {
				running = append(running, p)
			}
		case k == 8:
			switch value := []string{"", "KOALA", "trap 1", sift.OnlyTwins, sift.OnlyUnsure, sift.OnlyFailed, sift.OnlyAlike, sift.BySure, sift.ByUnsure, sift.ByLabel, sift.ByFolder, sift.InDays, sift.InStacks}[r.IntN(13)]; r.IntN(4) {
			case 0:
				Search{value}.update(s, turn())
			case 3:
				Group{value}.update(s, turn())
			case 1:
				Filter{value}.update(s, turn())
			default:
				Sort{value}.update(s, turn())
			}
		case k == 9 && len(s.shown) > 0:
			Remove{Photo: s.shown[r.IntN(len(s.shown))].Photo.ID}.update(s, turn())
		case k == 10 && r.IntN(3) == 0:
			for _, c := range s.cards { // they were compared
				if c.Photo.Stack = 0; r.IntN(3) == 0 {
					c.Photo.Stack = 1 + r.IntN(5)
				}
				c.Photo.Taken = int64(r.IntN(3)) * 1e11
			}
			s.anew()
			if len(s.shown) > 0 {
				Spread{s.shown[r.IntN(len(s.shown))].Photo.ID}.update(s, turn())
			}
		case k == 10:
			Undo{}.update(s, turn())
		}
		if len(running) > 3 {
			p := running[0]
			running = running[1:]
			a := &queue.Answer{Results: []protocol.Result{{Label: []string{"koala", "Panda", "purse"}[r.IntN(3)], Score: float64(r.IntN(10)) / 9}}, Unknown: r.IntN(9) == 0}
			if r.IntN(5) == 0 {
				p = s.queue.GaveUp(p.ID, p.Ticket, "it is broken")
			} else {
				p = s.queue.Answered(p.ID, p.Ticket, a)
			}
			if p != nil {
				s.finished(turn(), p)
			}
		}
		got := slices.Clone(s.shown)
		s.anew()
		if !slices.Equal(got, s.shown) {
			t.Fatalf("after %d steps, in the order %+v, %d photos lie otherwise than all anew, %d", n, s.order, len(got), len(s.shown))
		}
		if back := sift.At(s.order.Place()); back != s.order || strings.Contains(s.order.Place(), "/") {
			t.Fatalf("%+v has the place %q, which leads to %+v", s.order, s.order.Place(), back)
		}
	}
}

// TestWhatIsShown looks at each filter and order.
func TestWhatIsShown(t *testing.T) {
	named := func(id int, path, label string, score float64) *queue.Photo {
		return &queue.Photo{ID: id, Name: path[strings.LastIndexByte(path, '/')+1:], Path: path, Stage: queue.Named, Answer: &queue.Answer{Results: []protocol.Result{{Label: label, Score: score}}}}
	}
	list := []*queue.Photo{
		named(1, "b/1.jpg", "koala", 0.4), named(2, "a/2.jpg", "panda", 0.9), named(3, "a/3.JPG", "Koala", 0.8),
		{ID: 4, Name: "4.jpg", Path: "c/4.jpg", Stage: queue.Failed, Problem: "no"}, {ID: 5, Name: "5.jpg", Path: "a/5.jpg", Stage: queue.Waiting},
	}
	list[1].Answer.Damaged = "cut short"
	for _, c := range []struct {
		order sift.Order
		want  []int
	}{
		{sift.Order{}, []int{1, 2, 3, 4, 5}}, {sift.Order{Find: "KOALA"}, []int{1, 3}}, {sift.Order{Find: "a/"}, []int{2, 3, 5}}, {sift.Order{Find: ".jpg", By: sift.ByLabel}, []int{3, 1, 2, 4, 5}},
		{sift.Order{Only: sift.OnlyUnsure}, []int{1}}, {sift.Order{Only: sift.OnlyFailed}, []int{2, 4}}, {sift.Order{By: sift.BySure}, []int{2, 3, 1, 4, 5}}, {sift.Order{By: sift.ByUnsure}, []int{1, 3, 2, 4, 5}},
		{sift.Order{By: sift.ByFolder}, []int{2, 3, 5, 1, 4}}, {sift.Order{Find: "nothing"}, nil},
	} {
		var ranks []sift.Rank
		for _, p := range list {
			if c.order.Shows(p, &answers.Names{}) {
				ranks = append(ranks, c.order.Rank(p, &answers.Names{}))
			}
		}
		slices.SortFunc(ranks, func(a, b sift.Rank) int { return a.Compare(&b) })
		var got []int
		for _, r := range ranks {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v shows %v, want %v", c.order, got, c.want)
		}
	}
}

// TestGroups: photos lie under headings by label, folder and day, with what has none of them last,
// and the headings count them.
func TestGroups(t *testing.T) {
	s := &photos{engine: &engine{}, cards: map[int]*card{}}
	turn := outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{})
	for i, path := range []string{"b/1.jpg", "", "a/3.jpg", "b/4.jpg", ""} {
		Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: fmt.Sprint(i+1, ".jpg"), Path: path}}}.update(s, turn)
	}
	for _, label := range []string{"panda", "koala", "panda"} {
		p := s.queue.Next()
		p.Taken = map[string]int64{"panda": 1772150400000, "koala": 1761955200000}[label]
		s.queue.Answered(p.ID, p.Ticket, &queue.Answer{Results: []protocol.Result{{Label: label, Score: 0.9}}})
	}
	p := s.queue.Next()
	s.queue.GaveUp(p.ID, p.Ticket, "it is broken")
	for in, want := range map[string]string{
		"": "[] 12345", sift.InStacks: "[] 12345",
		sift.InLabels:  "[koala 1 panda 2 Could not be named 1 Not named yet 1] 21345",
		sift.InFolders: "[a 1 b 2 Without a folder 2] 31425",
		sift.InDays:    "[Saturday, 1 November 2025 1 Friday, 27 February 2026 2 Day not known 2] 21345",
	} {
		Group{in}.update(s, turn)
		var heads []string
		for _, g := range s.groups() {
			heads = append(heads, fmt.Sprint(text.English.Words(g.Title), " ", g.To-g.From))
		}
		lie := ""
		for _, c := range s.shown {
			lie += fmt.Sprint(c.Photo.ID)
		}
		if got := fmt.Sprint(heads, " ", lie); got != want {
			t.Errorf("in groups by %q they lie as %s, want %s", in, got, want)
		}
		nodes := s.list(func(int) any { return nil })
		headings := 0
		for _, n := range nodes {
			if class, _ := n.Get("class"); class == "group" {
				headings++
			}
		}
		if headings != len(heads) || len(nodes) != 5+headings {
			t.Errorf("in groups by %q, %d headings and %d nodes are drawn", in, headings, len(nodes))
		}
	}
}

// TestFoundInTheLanguage: a photo is found by the name that the page shows, by the English one and
// by the network's label, and sorted by the one that is shown; a class of a person's by its own.
func TestFoundInTheLanguage(t *testing.T) {
	german := &text.Language{Code: "de", Labels: map[string]string{"ice bear": "Eisbär", "zebra": "Aal"}}
	bear := &queue.Photo{ID: 1, Name: "1.jpg", Answer: &queue.Answer{Results: []protocol.Result{{Label: "ice bear", Score: 0.9}}}}
	own := &queue.Photo{ID: 2, Name: "2.jpg", Answer: &queue.Answer{Taught: true, Results: []protocol.Result{{Label: "ice bear", Score: 0.9}}}}
	in := &answers.Names{Language: german}
	for find, want := range map[string][2]bool{"eisb": {true, false}, "POLAR": {true, false}, "ice b": {true, true}, "zebra": {}} {
		o := sift.Order{Find: find}
		if got := [2]bool{o.Shows(bear, in), o.Shows(own, in)}; got != want {
			t.Errorf("%q finds %v, want %v", find, got, want)
		}
	}
	if key, title := (sift.Order{In: sift.InLabels}).Group(bear, in), (sift.Order{In: sift.InLabels}).Title(bear); key != "eisbär" || german.Words(title) != "Eisbär" {
		t.Errorf("it lies in the group %q, %q", key, title)
	}
	turn := func() *outside.Turn { return outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{}) }
	s := &photos{engine: &engine{}, cards: map[int]*card{}, order: sift.Order{By: sift.ByLabel}}
	Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: "a"}, {Object: &protocol.Handle{}, Name: "b"}}}.update(s, turn())
	for _, label := range []string{"ice bear", "zebra"} {
		p := s.queue.Next()
		s.finished(turn(), s.queue.Answered(p.ID, p.Ticket, &queue.Answer{Results: []protocol.Result{{Label: label, Score: 0.5}}}))
	}
	if s.shown[0].Photo.ID != 1 {
		t.Error("in English zebra does not follow polar bear")
	}
	if s.speak(german); s.shown[0].Photo.ID != 2 {
		t.Error("in German Aal does not come before Eisbär")
	}
}

// TestGroupsStay for as long as no photo comes, goes or moves.
func TestGroupsStay(t *testing.T) {
	s := &photos{engine: &engine{}, cards: map[int]*card{}}
	turn := func() *outside.Turn { return outside.NewTurn(time.Unix(1, 0), outside.Device{}, &outside.Numbers{}) }
	for i := range 50 {
		Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: "a.jpg", Path: fmt.Sprintf("trap %d/a.jpg", i%7)}}}.update(s, turn())
	}
	Group{sift.InFolders}.update(s, turn())
	was := s.groups()
	Look{}.update(s, turn())
	if now := s.groups(); len(was) != 7 || &now[0] != &was[0] {
		t.Errorf("%d groups are found again where nothing came", len(was))
	}
	Add{Files: []outside.File{{Object: &protocol.Handle{}, Name: "a.jpg", Path: "other/a.jpg"}}}.update(s, turn())
	if now := s.groups(); len(now) != 8 || now[0].Title == now[1].Title {
		t.Errorf("with one more there are %v", now)
	}
}
