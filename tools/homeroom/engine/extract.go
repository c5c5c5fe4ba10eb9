package engine

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"sync"
	"time"

	"homeroom/core/bank"
	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/tools/archive/journal"
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
	Dated         bool   // whether the photo itself says when
	Thumb         []byte // where wanted
	Milliseconds  float64
	Known         bool  // taken from a memory
	End           error // of the memory, which takes no more
}

// Warn tells of a damaged photo that is taken as far as it was there.
func (f *Features) Warn(con *console.Console) {
	if f.Damaged != "" {
		fmt.Fprintf(con.Err, "homeroom: %s: damaged: what was there is taken (%s)\n", f.Path, f.Damaged)
	}
}

// Extract reads photos with several extractors at once and gives out what they saw in the order of
// the files.
func Extract(files []photofile.File, pairs []*extractor, thumbs bool) iter.Seq[Features] {
	return ExtractNew(files, pairs, thumbs, nil)
}

// A Memory is what was seen of photos before, by one extractor of one feature space. A nil one is
// empty and stays so.
type Memory struct {
	Journal *journal.Journal
	Resume  bool   // take what is in it
	Seer    string // all that features depend on but the photo
}

// find looks for a photo without reading it.
func (m *Memory) find(f *Features, dim int) (place *journal.File, known bool) {
	if m == nil {
		return nil, false
	}
	if place = f.Place(); place == nil {
		return nil, false
	}
	sum, ok := m.Journal.Sum(*place)
	return place, ok && m.recall(sum, f, dim)
}

// recall takes what is known of the file with a hash.
func (m *Memory) recall(sum bank.Hash, f *Features, dim int) bool {
	if m == nil || !m.Resume {
		return false
	}
	s, ok := m.Journal.Seen(journal.Key{Sum: sum, Namer: m.Seer}, dim)
	if !ok {
		return false
	}
	f.Hash, f.Known = sum, true
	if s.Error != "" {
		f.Err = errors.New(s.Error)
		return true
	}
	f.Width, f.Height, f.Perceptual, f.Vectors = s.Width, s.Height, s.Perceptual, [][]float32{s.Features}
	f.date(s.Taken)
	return true
}

// keep writes down what was seen, nil where that is known.
func (m *Memory) keep(sum bank.Hash, s *journal.Seen, place *journal.File) error {
	if m == nil {
		return nil
	}
	return m.Journal.AddSeen(journal.Key{Sum: sum, Namer: m.Seer}, s, place)
}

// ExtractNew is Extract of what a memory does not know, which it is then told.
func ExtractNew(files []photofile.File, pairs []*extractor, thumbs bool, memory *Memory) iter.Seq[Features] {
	return func(yield func(Features) bool) {
		free := make(chan *extractor, len(pairs))
		for _, e := range pairs {
			free <- e
		}
		done := make(chan struct{})
		var working sync.WaitGroup
		defer working.Wait() // or networks would be closed that are at work
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
				f.Load(e.Budget.Read)
				working.Add(1)
				go func() {
					defer working.Done()
					one <- readFeatures(f, e, thumbs, memory)
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
func readFeatures(f photofile.File, e *extractor, thumb bool, memory *Memory) Features {
	out := Features{File: f}
	if out.Err != nil {
		return out
	}
	start := time.Now()
	place, known := memory.find(&out, e.Dim(0))
	if known {
		return out
	}
	data, gone, err := f.ReadWithin(e.Budget.Read)
	defer gone()
	if err != nil {
		out.Err = err
		return out
	}
	if out.Hash = sha256.Sum256(data); memory.recall(out.Hash, &out, e.Dim(0)) {
		out.End = memory.keep(out.Hash, nil, place)
		return out
	}
	defer e.Budget.Take(data)()
	taken := photo.Taken(data)
	if out.Err = out.see(data, e, thumb); out.Err != nil {
		out.End = memory.keep(out.Hash, &journal.Seen{Error: console.Plain(f.Path, out.Err)}, place)
		return out
	}
	out.date(taken)
	out.End = memory.keep(out.Hash, &journal.Seen{Width: out.Width, Height: out.Height, Taken: taken, Perceptual: out.Perceptual, Features: out.Vectors[0]}, place)
	out.Milliseconds = console.Milliseconds(time.Since(start))
	return out
}

// date says when the photo was taken, by itself or, where it does not say (0), by its file.
func (f *Features) date(taken int64) {
	f.Dated = taken != 0
	if f.Taken = taken; taken == 0 {
		f.Taken = f.Changed()
	}
}

// see decodes a photo and takes its features.
func (f *Features) see(data []byte, e *extractor, thumb bool) error {
	p, err := e.Decode(data)
	if err != nil {
		return err
	}
	f.Damaged = p.Damaged
	f.Width, f.Height = p.Size()
	f.Perceptual = photo.PerceptualHash(p)
	if f.Vectors, err = e.Read(p); err == nil && thumb {
		f.Thumb, err = photo.Thumbnail(p)
	}
	return err
}
