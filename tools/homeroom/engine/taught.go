package engine

import (
	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/project"
	"homeroom/tools/homeroom/catalog"
)

// Taught is the head of a project, with the networks that it reads features of.
type Taught struct {
	Head       *head.Head
	Bank       *bank.Bank // what it was taught
	Networks   map[string]*catalog.Backbone
	Extractors []*extractor
	Heat       map[feature.Space]*model.Classifier // that heat maps are made with, by feature space, from the first on
}

// Chosen is the state that was chosen in the page.
const Chosen = "chosen"

// HeadState is which of its two states a head answers in.
type HeadState struct {
	State string `default:"chosen" enum:"chosen,best,last" help:"State of --head: best, which answered photos that were kept back best (those of finetune --valid), or last, which learning ended in; they differ only in heads that had such photos. chosen is what was chosen in the page, best where nothing was."`
}

// Of returns the head of the version in use, nil where there is none.
func (s HeadState) Of(p *project.File) *head.Head {
	if s.State == Chosen {
		return p.Head()
	}
	return p.HeadIn(s.State)
}

// Close gives back what the networks hold.
func (t *Taught) Close() {
	for _, e := range t.Extractors {
		e.Close()
	}
	for _, c := range t.Heat {
		c.Close()
	}
}
