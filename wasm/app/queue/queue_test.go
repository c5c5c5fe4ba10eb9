package queue

import (
	"math/rand/v2"
	"testing"

	"homeroom/wasm/protocol"
	"homeroom/wasm/text"
)

func names(photos []*Photo) string {
	s := ""
	for _, p := range photos {
		s += p.Name
	}
	return s
}

func filled(text string) *Queue {
	q := new(Queue)
	for _, r := range text {
		q.Add(string(r), "")
	}
	return q
}

func TestQueueGivesPhotosInOrder(t *testing.T) {
	q := filled("abc")
	for _, want := range []string{"a", "b", "c"} {
		p := q.Next()
		if p == nil || p.Name != want || p.Stage != Running {
			t.Fatalf("got %+v, want %s running", p, want)
		}
		if q.Answered(p.ID, p.Ticket, &Answer{}) != p {
			t.Fatalf("the answer for %s was not taken", want)
		}
	}
	if p := q.Next(); p != nil {
		t.Fatalf("got %+v from an empty queue", p)
	}
	if got, want := q.Counts(), (Counts{Total: 3, Named: 3}); got != want {
		t.Fatalf("counts %+v, want %+v", got, want)
	}
	if done, of := q.Progress(); done != 3 || of != 3 {
		t.Fatalf("progress %d of %d, want 3 of 3", done, of)
	}
}

func TestProgressBeginsAnewWhenIdle(t *testing.T) {
	q := filled("a")
	p := q.Next()
	q.Answered(p.ID, p.Ticket, &Answer{})
	q.Add("b", "")
	q.Add("c", "")
	if done, of := q.Progress(); done != 0 || of != 2 {
		t.Fatalf("progress %d of %d, want 0 of 2", done, of)
	}
}

func TestLostPhotoGetsOneMoreTry(t *testing.T) {
	q := filled("ab")
	first := q.Next()
	if q.Lost(first.ID, first.Ticket, "gone") != first || first.Stage != Waiting {
		t.Fatalf("after one loss: %+v, want it waiting", first)
	}
	again := q.Next()
	if again != first {
		t.Fatalf("next is %s, want the lost photo first in line", again.Name)
	}
	if q.Lost(again.ID, again.Ticket, "gone"); again.Stage != Failed || again.Problem != "gone" {
		t.Fatalf("after two losses: %+v, want it failed", again)
	}
	if p := q.Next(); p == nil || p.Name != "b" {
		t.Fatalf("next is %+v, want b", p)
	}
}

func TestLateAnswersAreDropped(t *testing.T) {
	q := filled("ab")
	p := q.Next()
	late := p.Ticket
	if got := names(q.Stop()); got != "ab" {
		t.Fatalf("stopped %q, want ab", got)
	}
	if q.Answered(p.ID, late, &Answer{}) != nil || p.Stage != Stopped {
		t.Fatalf("a late answer was taken: %+v", p)
	}
	if q.Counts().Left() != 0 {
		t.Fatalf("counts after stopping: %+v", q.Counts())
	}
	if got := names(q.Resume()); got != "ab" {
		t.Fatalf("resumed %q, want ab", got)
	}
	if q.Answered(p.ID, late, &Answer{}) != nil {
		t.Fatal("an answer to an old ticket was taken")
	}
	if n := q.Next(); n != p || q.Answered(p.ID, late, &Answer{}) != nil || q.Answered(p.ID, p.Ticket, &Answer{}) != p {
		t.Fatalf("the new ticket does not work: %+v", n)
	}
}

func TestRemoveAndRestore(t *testing.T) {
	q := filled("abcd")
	a, b := q.Next(), q.Next()
	q.Answered(a.ID, a.Ticket, &Answer{})
	all := q.Photos()
	ticket := b.Ticket
	q.Remove(all)
	if got := q.Counts(); got != (Counts{}) {
		t.Fatalf("counts after clearing: %+v", got)
	}
	if q.Next() != nil || q.Photo(a.ID) != nil || q.Answered(b.ID, ticket, &Answer{}) != nil {
		t.Fatal("a removed photo is still in play")
	}
	q.Restore(all)
	if got, want := q.Counts(), (Counts{Total: 4, Named: 1, Waiting: 3}); got != want {
		t.Fatalf("counts after undo: %+v, want %+v", got, want)
	}
	seen := ""
	for p := q.Next(); p != nil; p = q.Next() {
		seen += p.Name
		q.Answered(p.ID, p.Ticket, &Answer{})
	}
	if seen != "bcd" {
		t.Fatalf("after undo %q were named, want bcd", seen)
	}
	if names(q.Photos()) != "abcd" {
		t.Fatalf("order after undo: %s", names(q.Photos()))
	}
}

func TestForget(t *testing.T) {
	q := filled("abcd")
	all := q.Photos()
	q.Remove(all[1:3])
	if got := names(q.Forget()); got != "bc" {
		t.Fatalf("forgot %q, want bc", got)
	}
	q.Restore(all[1:3])
	if names(q.Photos()) != "ad" {
		t.Fatalf("a forgotten photo came back: %s", names(q.Photos()))
	}
}

func TestAnotherIsAskedOfEveryPhoto(t *testing.T) {
	q := filled("abc")
	a, b := q.Next(), q.Next()
	first := &Answer{By: "first"}
	q.Answered(a.ID, a.Ticket, first)
	old := b.Ticket
	if changed := q.AskBy("first"); names(changed) != "b" || a.Answer != first {
		t.Fatalf("asked again, %q change", names(changed))
	}
	q.AskBy("second")
	if got, want := q.Counts(), (Counts{Total: 3, Waiting: 3}); got != want || a.Answer != nil {
		t.Fatalf("counts %+v, want %+v", got, want)
	}
	if q.Answered(b.ID, old, &Answer{}) != nil {
		t.Fatal("an answer of the old network was taken")
	}
	if p := q.Next(); p != a {
		t.Fatalf("next is %+v, want a", p)
	}
	second := &Answer{By: "second"}
	q.Answered(a.ID, a.Ticket, second)
	if q.AskBy("first"); a.Answer != first || a.Stage != Named || len(a.Earlier) != 1 || a.Earlier[0] != second {
		t.Fatalf("what was answered earlier is asked again: %+v", a)
	}
}

// TestPhotosReturn as they were, before what came since; those whose files are missing are not
// asked about until these are found.
func TestPhotosReturn(t *testing.T) {
	q := new(Queue)
	q.Begin(3)
	q.Add("d", "")
	a, b, c := &Photo{ID: 1, Name: "a", Stage: Named, Answer: &Answer{By: "first"}, By: "first", Missing: true}, &Photo{ID: 2, Name: "b", Stage: Running}, &Photo{ID: 3, Name: "c", Missing: true}
	q.Return([]*Photo{a, b})
	q.Return([]*Photo{c})
	if got := names(q.Photos()); got != "abcd" {
		t.Fatalf("the order is %s", got)
	}
	if got, want := q.Counts(), (Counts{Total: 4, Named: 1, Waiting: 2, Absent: 1}); got != want {
		t.Fatalf("counts %+v, want %+v", got, want)
	}
	q.AskBy("second")
	if a.Stage != Absent || len(a.Earlier) != 1 {
		t.Fatalf("without its file it is %+v", a)
	}
	for _, want := range []string{"b", "d"} {
		if p := q.Next(); p == nil || p.Name != want {
			t.Fatalf("next is %+v, want %s", p, want)
		}
	}
	if p := q.Next(); p != nil {
		t.Fatalf("%s is asked about without its file", p.Name)
	}
	q.Found(c)
	if p := q.Next(); p != c {
		t.Fatalf("with its file, %+v is next", p)
	}
	if q.AskBy("first"); a.Stage != Named || a.Answer == nil {
		t.Fatalf("its earlier answer is lost: %+v", a)
	}
}

// Whatever a person and the workers do, the counts are those of the photos, and every photo is
// named in the end.
func TestQueueKeepsCount(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		q := new(Queue)
		var removed []*Photo
		var out []*Photo
		for range 200 {
			switch r.IntN(13) {
			case 0, 1, 2:
				q.Add("p", "")
			case 3, 4, 5:
				if p := q.Next(); p != nil {
					out = append(out, p)
				}
			case 6, 7:
				if len(out) > 0 {
					p := out[r.IntN(len(out))]
					q.Answered(p.ID, p.Ticket, &Answer{})
				}
			case 8:
				if len(out) > 0 {
					p := out[r.IntN(len(out))]
					q.Lost(p.ID, p.Ticket, "lost")
				}
			case 9:
				if all := q.Photos(); len(all) > 0 {
					removed = all[r.IntN(len(all)):]
					q.Remove(removed)
				}
			case 10:
				q.Restore(removed)
			case 12:
				if all := q.Photos(); len(all) > 0 {
					p := all[r.IntN(len(all))]
					if p.Missing = !p.Missing; !p.Missing {
						q.Found(p)
					}
				}
			case 11:
				[]func(){func() { q.Stop() }, func() { q.Resume() }, func() { q.AskBy([]string{"", "another"}[r.IntN(2)]) }, func() { q.Forget() }}[r.IntN(4)]()
			}
			var want Counts
			for _, p := range q.Photos() {
				want.Total++
				*[...]*int{&want.Waiting, &want.Running, &want.Named, &want.Failed, &want.Stopped, &want.Absent}[p.Stage]++
			}
			if got := q.Counts(); got != want {
				t.Fatalf("counts %+v, want %+v", got, want)
			}
		}
		q.Resume()
		for _, p := range q.Photos() {
			q.Found(p)
			if p.Stage == Running {
				q.HandBack(p.ID, p.Ticket)
			}
		}
		for p := q.Next(); p != nil; p = q.Next() {
			q.Answered(p.ID, p.Ticket, &Answer{})
		}
		if left := q.Counts().Left(); left != 0 {
			t.Fatalf("%d photos were never handed out", left)
		}
	}
}

func score(best float64) []protocol.Result { return []protocol.Result{{Label: "purse", Score: best}} }

// TestGuesses are told as such, and what a person taught to be unknown is not guessed.
func TestGuesses(t *testing.T) {
	for _, c := range []struct {
		answer Answer
		says   string
		unsure bool
	}{
		{Answer{Results: score(0.9)}, "purse", false}, {Answer{Results: score(0.79)}, "probably purse", false}, {Answer{Results: score(0.49)}, "perhaps purse", true},
		{Answer{Results: score(0.1)}, "hard to say: purse", true}, {Answer{Results: score(0.9), Unknown: true, Taught: true}, "unknown", true},
		{Answer{Results: score(0.8), Taught: true}, "probably purse", false}, {Answer{Results: score(0.5), Taught: true}, "perhaps purse", true},
		{Answer{Results: score(0.95), Words: 10}, "purse, of 10 words that it knows", false}, {Answer{Results: score(0.5), Words: 10, Unknown: true}, "none of the 10 words that it knows", true},
	} {
		if says := text.English.Words(c.answer.Says()); says != c.says || c.answer.Unsure() != c.unsure {
			t.Errorf("%+v: %q, unsure %v", c.answer, says, c.answer.Unsure())
		}
	}
	if a := (&Answer{}); a.Says() != "" || a.Unsure() {
		t.Errorf("no answer is %q", a.Says())
	}
}
