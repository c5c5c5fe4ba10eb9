// Package disjoint keeps sets that are joined and never parted.
package disjoint

// Sets are a forest of 0 to len-1 (Galler and Fischer 1964, with paths halved as they are walked):
// each leads to another of its set, and the first of a set to itself.
type Sets []int

// New returns n sets of one each.
func New(n int) Sets {
	s := make(Sets, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// Root returns the first of the set of i.
func (s Sets) Root(i int) int {
	for s[i] != i {
		s[i] = s[s[i]]
		i = s[i]
	}
	return i
}

// Join makes one set of those of i and j.
func (s Sets) Join(i, j int) {
	i, j = s.Root(i), s.Root(j)
	s[max(i, j)] = min(i, j)
}

// Roots returns the first of the set of each.
func (s Sets) Roots() []int {
	out := make([]int, len(s))
	for i := range s {
		out[i] = s.Root(i)
	}
	return out
}
