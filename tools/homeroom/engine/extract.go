package engine

import (
	"crypto/sha256"
	"fmt"
	"iter"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/photofile"
)

// extractor takes features from photos. It is for one goroutine at a time.
type extractor struct {
	*model.Extractor
	Budget *photofile.Budget // of the photos that are read
}

// newExtractor makes an extractor of feature spaces, from networks by their names.
func newExtractor(spaces []feature.Space, networks map[string]*catalog.Backbone, opt model.Options) (*extractor, error) {
	models := map[string]*model.Model{}
	for name, b := range networks {
		models[name] = b.Model
	}
	l, err := model.NewExtractor(spaces, models, opt)
	if err != nil {
		return nil, err
	}
	return &extractor{Extractor: l}, nil
}

// Features is what is taken from a photo, or what was wrong with it.
type Features struct {
	photofile.File
	Width, Height int
	Damaged       string // as in photo.Photo
	Vectors       [][]float32
	Hash          bank.Hash
	Perceptual    uint64
	Taken         int64  // when, in milliseconds since 1970: by the photo itself, or when its file was last changed
	Thumb         []byte // where wanted
	Milliseconds  float64
}

// Warn tells of a damaged photo that is taken as far as it was there.
func (f *Features) Warn(con *console.Console) {
	if f.Damaged != "" {
		fmt.Fprintf(con.Err, "homeroom: %s: damaged: what was there is taken (%s)\n", f.Path, f.Damaged)
	}
}

// Extract reads photos with several extractors at once and gives out what
// they saw in the order of the files.
func Extract(files []photofile.File, pairs []*extractor, thumbs bool) iter.Seq[Features] {
	return func(yield func(Features) bool) {
		free := make(chan *extractor, len(pairs))
		for _, e := range pairs {
			free <- e
		}
		done := make(chan struct{})
		defer close(done)
		queue := make(chan chan Features, len(pairs))
		go func() {
			defer close(queue)
			for _, f := range files {
				one := make(chan Features, 1)
				select {
				case queue <- one:
				case <-done:
					return
				}
				e := <-free
				go func() {
					one <- readFeatures(f, e, thumbs)
					free <- e
				}()
			}
		}()
		for one := range queue {
			if !yield(<-one) {
				return
			}
		}
	}
}

// readFeatures reads one photo.
func readFeatures(f photofile.File, e *extractor, thumb bool) Features {
	out := Features{File: f}
	if out.Err != nil {
		return out
	}
	start := time.Now()
	data, err := f.Read()
	if err != nil {
		out.Err = err
		return out
	}
	defer e.Budget.Take(data)()
	p, err := e.Decode(data)
	if err != nil {
		out.Err = err
		return out
	}
	out.Damaged = p.Damaged
	out.Width, out.Height = p.Size()
	out.Hash, out.Perceptual = sha256.Sum256(data), photo.PerceptualHash(p)
	if out.Taken = photo.Taken(data); out.Taken == 0 {
		out.Taken = f.Changed()
	}
	if out.Vectors, out.Err = e.Read(p); out.Err != nil {
		return out
	}
	if thumb {
		out.Thumb, out.Err = photo.Thumbnail(p)
	}
	out.Milliseconds = console.Milliseconds(time.Since(start))
	return out
}
