package teach

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"homeroom/wasm/markup"
)

func TestLooksOfSettings(t *testing.T) {
	for _, c := range []struct{ saved, looks string }{
		{`{"thorough": true}`, LookThree}, // as it was saved before there was a choice
		{`{"thorough": false}`, LookAuto},
		{`{}`, LookAuto},
		{`{"once": true}`, LookOnce},
	} {
		var s Settings
		if err := json.Unmarshal([]byte(c.saved), &s); err != nil {
			t.Fatal(err)
		}
		if got := s.Looks(); got != c.looks {
			t.Errorf("%s looks %q, want %q", c.saved, got, c.looks)
		}
		for _, looks := range []string{LookAuto, LookOnce, LookThree} {
			data, err := json.Marshal(s.WithLooks(looks))
			if err != nil {
				t.Fatal(err)
			}
			var back Settings
			if err := json.Unmarshal(data, &back); err != nil || back.Looks() != looks {
				t.Errorf("%q came back as %q, %v", looks, back.Looks(), err)
			}
		}
	}
}

func TestLackingLooks(t *testing.T) {
	p := filled(t, 2, 2)
	all := []string{"net@224", "net@224/flip", "net@224/wide"}
	if n := len(p.Lacking(all)); n != 4 {
		t.Errorf("%d photos lack looks, want 4", n)
	}
	for _, c := range p.Classes {
		for _, ph := range p.Members(c.ID) {
			ph.Read(all[1], false)
			ph.Read(all[2], ph.ID == 3)
		}
	}
	if got := p.Lacking(all); len(got) != 1 || got[0].ID != 3 {
		t.Errorf("only the photo that was read from its thumbnail lacks a look; got %v", got)
	}
	unread, err := p.NewPhoto("new.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p.AddPhotos(p.Classes[0].ID, []*Photo{unread})
	p.RemovePhotos([]int{3})
	if got := p.Lacking(all); len(got) != 0 {
		t.Errorf("photos that are not read yet, or were taken out, lack nothing; got %v", got)
	}
}

func TestWhenPhotosAreLookedAtAgain(t *testing.T) {
	p := filled(t, MostLookedAgain-1, 1)
	if !p.LooksAgain() {
		t.Errorf("%d photos are not looked at again", p.Count())
	}
	for _, looks := range []string{LookOnce, LookThree} {
		p.Set(p.Settings.WithLooks(looks), "")
		if p.LooksAgain() {
			t.Errorf("photos are looked at again by themselves although the person chose %q", looks)
		}
		p.Undo()
	}
	said := func(s *Screen) string { return fmt.Sprint(texts(s.settingsTab())) }
	s := &Screen{Project: p, Absent: 7}
	if got := said(s); !strings.Contains(got, "7 photos are not at hand any more") {
		t.Errorf("the settings do not say what is not at hand: %s", got)
	}
	ph, err := p.NewPhoto("one more.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p.AddPhotos(p.Classes[0].ID, []*Photo{ph})
	if p.LooksAgain() {
		t.Errorf("%d photos are looked at again", p.Count())
	}
	if got := said(s); !strings.Contains(got, "There are more than 1,500 photos here") {
		t.Errorf("the settings do not say that there are too many photos: %s", got)
	}
}

// texts are the texts of nodes, one after another.
func texts(nodes []*markup.Node) []string {
	var out []string
	for _, n := range nodes {
		if n != nil {
			out = append(append(out, n.Text), texts(n.Kids)...)
		}
	}
	return out
}

func TestAVersionThatIsBroughtBackLooksAsItDid(t *testing.T) {
	p := filled(t, 2, 2)
	if p.Newest() {
		t.Error("without a version there is a newest in use")
	}
	for _, looks := range []string{LookOnce, LookThree, LookAuto} {
		set := p.Settings.WithLooks(looks)
		p.AddVersion(Version{When: time.Unix(0, 0), Network: "net", Thorough: set.Thorough, Once: set.Once, Spaces: []string{"net@224"}})
	}
	p.AddVersion(Version{Network: "net", Spaces: []string{"net@224", "net@224/flip"}})
	if !p.Newest() || !p.Version(4).LooksMore() || p.Version(1).LooksMore() {
		t.Error("of four versions the last is in use, and it alone looks more than once")
	}
	for i, looks := range []string{LookOnce, LookThree, LookAuto} {
		p.Use(i + 1)
		if got := p.Settings.Looks(); got != looks || p.Newest() {
			t.Errorf("with version %d photos are looked at %q, want %q", i+1, got, looks)
		}
	}
}

func TestReadingSaysThatItLooksAgain(t *testing.T) {
	for _, c := range []struct {
		r    Reading
		want string
	}{
		{Reading{Done: 120, Of: 600, Again: true, Left: "2 minutes"}, "Looking closer: 120 of 600 · 2 minutes left"},
		{Reading{Done: 120, Of: 600, Again: true, Paused: true, Left: "2 minutes"}, "Looking closer: 120 of 600 · paused"},
		{Reading{Done: 1, Of: 2}, "Read 1 of 2 photos"},
	} {
		if got := c.r.line(); got != c.want {
			t.Errorf("it says %q, want %q", got, c.want)
		}
	}
}
