package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"homeroom/core/feature"
	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
)

// extractor takes features from photos. It is for one goroutine at a time.
type extractor struct {
	*model.Extractor
	memory *budget // of the photos that are read
}

// backbone is one of the networks that features come from.
type backbone struct {
	model  *model.Model
	sum    head.Hash // of the pack
	former []string  // SHA-256 of packs that gave the same features
}

// was says whether the pack of a SHA-256 gives the same features; a project may not say which it
// was taught on.
func (b *backbone) was(sum head.Hash) bool {
	return sum == head.Hash{} || sum == b.sum || slices.Contains(b.former, hex.EncodeToString(sum[:]))
}

// newExtractor makes an extractor of feature spaces, from networks by their names.
func newExtractor(spaces []feature.Space, networks map[string]*backbone, opt model.Options) (*extractor, error) {
	models := map[string]*model.Model{}
	for name, b := range networks {
		models[name] = b.model
	}
	l, err := model.NewExtractor(spaces, models, opt)
	if err != nil {
		return nil, err
	}
	return &extractor{Extractor: l}, nil
}

// features is what is taken from a photo, or what was wrong with it.
type features struct {
	photoFile
	width, height int
	damaged       string // as in photo.Photo
	vectors       [][]float32
	hash          head.Hash
	perceptual    uint64
	taken         int64  // when, in milliseconds since 1970: by the photo itself, or when its file was last changed
	thumb         []byte // where wanted
	ms            float64
}

// warn tells of a damaged photo that is taken as far as it was there.
func (f *features) warn(con *console) {
	if f.damaged != "" {
		fmt.Fprintf(con.err, "homeroom: %s: damaged: what was there is taken (%s)\n", f.path, f.damaged)
	}
}

// extract reads photos with several extractors at once and gives out what
// they saw in the order of the files.
func extract(files []photoFile, pairs []*extractor, thumbs bool) iter.Seq[features] {
	return func(yield func(features) bool) {
		free := make(chan *extractor, len(pairs))
		for _, e := range pairs {
			free <- e
		}
		done := make(chan struct{})
		defer close(done)
		queue := make(chan chan features, len(pairs))
		go func() {
			defer close(queue)
			for _, f := range files {
				one := make(chan features, 1)
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
func readFeatures(f photoFile, e *extractor, thumb bool) features {
	out := features{photoFile: f}
	if out.err != nil {
		return out
	}
	start := time.Now()
	data, err := f.read()
	if err != nil {
		out.err = err
		return out
	}
	defer e.memory.take(data)()
	p, err := e.Decode(data)
	if err != nil {
		out.err = err
		return out
	}
	out.damaged = p.Damaged
	out.width, out.height = p.Size()
	out.hash, out.perceptual = sha256.Sum256(data), photo.PerceptualHash(p)
	if out.taken = photo.Taken(data); out.taken == 0 {
		out.taken = f.changed()
	}
	if out.vectors, out.err = e.Read(p); out.err != nil {
		return out
	}
	if thumb {
		out.thumb, out.err = photo.Thumbnail(p)
	}
	out.ms = ms(time.Since(start))
	return out
}

// openBackbones opens the networks that feature spaces come from. given, where
// not "", is a pack or a name to take for the network that it says it is.
func openBackbones(spaces []feature.Space, given string) (map[string]*backbone, error) {
	out := map[string]*backbone{}
	if given != "" {
		b, err := openBackbone(given)
		if err != nil {
			return nil, err
		}
		out[b.model.Name] = b
	}
	for _, s := range spaces {
		if out[s.Network] != nil {
			continue
		}
		// What a project names is no file of this machine, whatever it looks like.
		if strings.HasSuffix(s.Network, ".pack") || strings.ContainsAny(s.Network, `/\`) {
			return nil, fmt.Errorf("it was taught on the network %q, which is not of the catalogue; name its pack with --model", s.Network)
		}
		b, err := openBackbone(s.Network)
		if err != nil {
			return nil, err
		}
		out[s.Network] = b
	}
	return out, nil
}

func openBackbone(name string) (*backbone, error) {
	b, err := openPack(name)
	if err != nil {
		return nil, err
	}
	if b.model.Graph.Feature == "" {
		return nil, fmt.Errorf("%s has no feature vector to teach classes with; take another network", b.model.Name)
	}
	return b, nil
}

// extractors makes as many as there are threads, or as take half of the memory. The rest is for
// photos.
func (e *engine) extractors(spaces []feature.Space, networks map[string]*backbone) ([]*extractor, error) {
	var out []*extractor
	taken := int64(0)
	for len(out) < e.threads() && (len(out) == 0 || taken+taken/int64(len(out)) <= e.bytes()/2) {
		one, err := newExtractor(spaces, networks, model.Options{Portable: e.Portable, Exact: e.Exact, Memory: e.bytes()})
		if err != nil {
			return nil, err
		}
		taken += one.Memory()
		out = append(out, one)
	}
	memory := newBudget(e.bytes() - taken)
	for _, one := range out {
		one.memory = memory
	}
	return out, nil
}

// timer tells how far a work of many parts is, at most every second.
type timer struct {
	con   *console
	what  string
	all   int
	start time.Time
	told  time.Time
}

func newTimer(con *console, what string, all int) *timer {
	now := time.Now()
	return &timer{con, what, all, now, now}
}

// done tells that so many parts are done.
func (t *timer) done(n int) {
	now := time.Now()
	if now.Sub(t.told) < time.Second {
		return
	}
	t.told = now
	left := time.Duration(float64(now.Sub(t.start)) / float64(max(n, 1)) * float64(t.all-n))
	fmt.Fprintf(t.con.err, "%s: %d of %d, about %v left\n", t.what, n, t.all, left.Round(time.Second))
}
