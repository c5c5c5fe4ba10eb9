package model

import (
	"fmt"

	"homeroom/core/feature"
	"homeroom/core/photo"
)

// Extractor takes the features of photos in several feature spaces: one classifier for each network
// and input size. It is for one goroutine at a time.
type Extractor struct {
	spaces []feature.Space
	each   []extracting
}

// extracting is a network at a size with the views that it takes of a photo.
type extracting struct {
	classifier *Classifier
	views      []feature.View
	at         []int // index in spaces of each view
}

// NewExtractor lays out the networks that feature spaces come from, which are given by their names.
func NewExtractor(spaces []feature.Space, networks map[string]*Model, opt Options) (*Extractor, error) {
	l := &Extractor{spaces: spaces}
	at := map[feature.Space]int{}
	for i, s := range spaces {
		key := s.Of(feature.Plain)
		k, ok := at[key]
		if !ok {
			m := networks[s.Network]
			if m == nil {
				l.Close()
				return nil, fmt.Errorf("the network %s, which features are taken from, is missing", s.Network)
			}
			opt.Size = s.Size
			c, err := NewClassifier(m, opt)
			if err != nil {
				l.Close()
				return nil, err
			}
			k = len(l.each)
			at[key] = k
			l.each = append(l.each, extracting{classifier: c})
		}
		l.each[k].views = append(l.each[k].views, s.View)
		l.each[k].at = append(l.each[k].at, i)
	}
	return l, nil
}

// Decode decodes a photo's file at the scale of the first network; photos know those of the others.
// The errors are those of [photo.Decode].
func (l *Extractor) Decode(file []byte) (*photo.Photo, error) {
	return l.each[0].classifier.Decode(file)
}

// Read returns a photo's vector in each space.
func (l *Extractor) Read(p *photo.Photo) ([][]float32, error) {
	out := make([][]float32, len(l.spaces))
	for _, e := range l.each {
		rows, err := e.classifier.Features(p, e.views...)
		if err != nil {
			return nil, err
		}
		for k, at := range e.at {
			out[at] = rows[k]
		}
	}
	return out, nil
}

// Dim returns the length of the vectors of space i.
func (l *Extractor) Dim(i int) int {
	for _, e := range l.each {
		for _, at := range e.at {
			if at == i {
				return e.classifier.FeatureDim()
			}
		}
	}
	return 0
}

// Memory returns the bytes that the networks' layers take.
func (l *Extractor) Memory() int64 {
	n := int64(0)
	for _, e := range l.each {
		n += e.classifier.Program().Memory()
	}
	return n
}

// Close lets the threads of the networks end.
func (l *Extractor) Close() {
	for _, e := range l.each {
		e.classifier.Close()
	}
}
