package review

import "testing"

// TestTold has one photo told as one.
func TestTold(t *testing.T) {
	for _, c := range []struct {
		dry   bool
		fresh int
		want  string
	}{
		{false, 0, "0 photos were put into p.homeroom, 2 moved to another class, 1 in theirs already, 3 left out"},
		{false, 1, "1 photo was put into p.homeroom, 2 moved to another class, 1 in theirs already, 3 left out"},
		{false, 4, "4 photos were put into p.homeroom, 2 moved to another class, 1 in theirs already, 3 left out"},
		{true, 1, "1 photo would be put into p.homeroom, 2 moved to another class, 1 in theirs already, 3 left out"},
	} {
		command := Command{DryRun: c.dry}
		command.Head = "p.homeroom"
		if got := command.told(c.fresh, 2, 1, 3); got != c.want {
			t.Errorf("%+v: it says %q", c, got)
		}
	}
}
