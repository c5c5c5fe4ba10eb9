package folder

// counts is the table of the photos that the panel is about, which are counted anew where there is
// none.
func (s *State) counts(page Page) *table {
	if s.table == nil {
		s.table = &table{rows: map[string]*row{}, of: map[int]standing{}}
		for _, p := range s.mine(page.Photos()) {
			s.table.count(&p, s.sure)
		}
	}
	return s.table
}

// News says which photos came or got their names, or that there are others in all.
func (s *State) News(some []Photo, others bool) {
	if others {
		s.table = nil
	}
	for i := range some {
		if p := &some[i]; s.table != nil && s.isMine(p) {
			s.table.count(p, s.sure)
		}
	}
}
