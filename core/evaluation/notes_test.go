package evaluation

import (
	"strings"
	"testing"
)

// TestNotesCountGroups: one group is said as one.
func TestNotesCountGroups(t *testing.T) {
	for groups, want := range map[int]string{
		1: "belong together in 1 group (taken in one go, in one folder, or nearly the same), which was held out as a whole.",
		2: "belong together in 2 groups (taken in one go, in one folder, or nearly the same), each of which was held out as a whole.",
	} {
		r := &Report{Photos: 5, Groups: groups, Classes: make([]ClassReport, 2)}
		if notes := strings.Join(Notes(r, nil, func(float64) string { return "" }), "\n"); !strings.Contains(notes, want) {
			t.Errorf("%d: %q, want %q", groups, notes, want)
		}
	}
}
