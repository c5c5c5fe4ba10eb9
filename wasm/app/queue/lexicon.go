package queue

// A Lexicon has texts that many photos share, each once. Of ten thousand photos the labels alone
// are fifty thousand texts, and the collector of garbage goes through all that is held in one task
// of the page.
type Lexicon map[string]string

// One is the text of the lexicon that is the same.
func (l Lexicon) One(text string) string {
	if known, is := l[text]; is {
		return known
	}
	l[text] = text
	return text
}

// Answer has an answer hold the texts of the lexicon, and no room for more.
func (l Lexicon) Answer(a *Answer) {
	if len(a.Results) < cap(a.Results) {
		a.Results = append(a.Results[:0:0], a.Results...)
	}
	for i := range a.Results {
		a.Results[i].Label = l.One(a.Results[i].Label)
	}
	a.By, a.Called = l.One(a.By), l.One(a.Called)
}

// Photo has a photo hold them.
func (l Lexicon) Photo(p *Photo) {
	p.By = l.One(p.By)
	if p.Answer != nil {
		l.Answer(p.Answer)
	}
	for _, a := range p.Earlier {
		l.Answer(a)
	}
}
