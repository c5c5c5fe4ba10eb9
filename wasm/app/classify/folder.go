package classify

import (
	"homeroom/wasm/app/outside"
	"homeroom/wasm/app/queue"
)

// Photos is how many are on the page.
func (s *State) Photos() int { return s.photos.queue.Counts().Total }

// Each calls do with every photo on the page and its file.
func (s *State) Each(do func(p *queue.Photo, f outside.File)) {
	for _, p := range s.photos.queue.Photos() {
		do(p, s.photos.cards[p.ID].File)
	}
}

// Moved notes that the file of a photo lies elsewhere now.
func (s *State) Moved(id int, f outside.File) {
	if c, p := s.photos.cards[id], s.photos.queue.Photo(id); c != nil && p != nil {
		c.File, c.shown = f, nil
		p.Name, p.Path = f.Name, f.Path
		s.photos.keep.mark(c)
		s.photos.put(c)
		s.photos.news.others = true
	}
}

// News calls do with every photo that came or got its name since it was asked last, and tells
// whether there are others in all.
func (s *State) News(do func(p *queue.Photo, f outside.File)) (others bool) {
	n := &s.photos.news
	for _, p := range n.some {
		if c := s.photos.cards[p.ID]; c != nil {
			do(p, c.File)
		}
	}
	others = n.others
	*n = news{}
	return others
}

// mostLooked is how many photos another view may choose from.
const mostLooked = 12

// Looked is the photo that is open, and then the first ones that are shown.
func (s *State) Looked() (files []outside.File) {
	if c := s.photos.cards[s.dialog.open]; c != nil && !c.Photo.Missing {
		files = append(files, c.File)
	}
	for _, c := range s.photos.shown[:min(len(s.photos.shown), mostLooked)] {
		if !c.Photo.Missing {
			files = append(files, c.File)
		}
	}
	return files
}
