package model

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"homeroom/core/graph"
	"homeroom/core/kernel"
	"homeroom/core/photo"
	"homeroom/core/tensor"
)

// Options say how a classifier runs.
type Options struct {
	Size    int         // input size in pixels; 0 is the model's own
	Threads int         // threads for each photo; 0 means 1
	Team    *graph.Team // threads outside of the Go runtime, in place of Threads
	Keep    []string    // layers whose outputs Program().Value gives after a run
	// Attention keeps the weights of every head of a vision transformer, which Program().Attention
	// gives after a run.
	Attention bool
	// Heat keeps what heat maps are made of: the last feature map, or the Attention of a vision
	// transformer.
	Heat     bool
	Portable bool // run the portable kernels, whatever the machine has
	// Exact decodes photos in full. Otherwise a large photo is decoded at the scale that the
	// network needs (see [photo.DecodeFor]): two to three times as fast, and scores differ by less
	// than a hundredth in the mean.
	Exact bool
	// Memory is the most bytes that the layers may take at the input size; 0 is DefaultMemory.
	Memory int64
}

// Limits of input sizes.
const (
	MinSize = 32
	MaxSize = 2048
)

// What a network may take, so that a pack of a few bytes stops neither page nor program. VGG-19 at
// MaxSize takes 1.6e12 multiply-adds for a photo.
const (
	DefaultMemory = 2 << 30 // bytes of its layers
	maxMACs       = 1e13
)

// Classifier names photos with a model at one input size. It is for one goroutine at a time.
type Classifier struct {
	Model   *Model
	Limits  photo.Limits // of the photos it takes
	exact   bool
	prep    photo.Preprocess
	program *graph.Program
	level   kernel.Level
	scores  []float64
	order   []int
}

// NewClassifier lays out the model's weights and memory for an input size.
func NewClassifier(m *Model, opt Options) (*Classifier, error) {
	if opt.Size != 0 && (opt.Size < MinSize || opt.Size > MaxSize) {
		return nil, fmt.Errorf("an input size of %d is not possible; take one from %d to %d", opt.Size, MinSize, MaxSize)
	}
	level := kernel.Best()
	if opt.Portable {
		level = kernel.Portable
	}
	prep := m.Preprocess
	if opt.Size != 0 {
		prep = prep.At(opt.Size)
	}
	costs, err := m.Graph.Costs(m.InputShape(prep.Size))
	if err != nil {
		return nil, fmt.Errorf("%s at %d × %d: %w", m.Name, prep.Size, prep.Size, err)
	}
	macs := 0.0
	for _, c := range costs {
		macs += float64(c.MACs)
	}
	if macs > maxMACs {
		return nil, fmt.Errorf("%s at %d × %d takes %.0e multiply-adds for a photo, and the most that is run is %.0e; choose a smaller input size", m.Name, prep.Size, prep.Size, macs, maxMACs)
	}
	packed := m.packed
	if packed == nil || !packed.Of(m.Graph, level) {
		if packed, err = graph.Pack(m.Graph, level); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	if opt.Heat {
		opt.Keep = append(slices.Clone(opt.Keep), m.heatKeeps()...)
		opt.Attention = opt.Attention || m.Attends()
	}
	program, err := packed.Compile(m.InputShape(prep.Size), graph.Options{Threads: opt.Threads, Team: opt.Team, Keep: opt.Keep, Attention: opt.Attention, Memory: cmp.Or(opt.Memory, DefaultMemory)})
	if err != nil {
		return nil, fmt.Errorf("%s at %d × %d: %w", m.Name, prep.Size, prep.Size, err)
	}
	n := len(m.Labels)
	return &Classifier{Model: m, Limits: photo.Limits{Threads: opt.Threads}, prep: prep, program: program, level: level, scores: make([]float64, n), order: make([]int, n), exact: opt.Exact}, nil
}

// Size returns the input size in pixels.
func (c *Classifier) Size() int { return c.prep.Size }

// Program returns the compiled network, for profiles and for layers that were kept.
func (c *Classifier) Program() *graph.Program { return c.program }

// Close lets the classifier's threads end.
func (c *Classifier) Close() { c.program.Close() }

// Result is one label with its score, the softmax of the logits.
type Result struct {
	Index int     `json:"index"` // of the logit
	Label string  `json:"label"`
	Score float64 `json:"score"` // from 0 to 1
}

// Timing is how long the parts of an answer took, in milliseconds.
type Timing struct {
	Decode  float64 `json:"decode"`
	Resize  float64 `json:"resize"`
	Network float64 `json:"network"`
}

// Sum returns the whole time.
func (t Timing) Sum() float64 { return t.Decode + t.Resize + t.Network }

// Answer is what a classifier says about a photo.
type Answer struct {
	Width, Height int      // of the photo, upright
	Damaged       string   // what is wrong with the photo's file, as in [photo.Photo], "" where it is whole
	Results       []Result // best first
	Milliseconds  Timing
}

// Shorter returns what the shorter side of a photo is resized to.
func (c *Classifier) Shorter() int { return c.prep.Shorter() }

// Decode decodes a photo's file, at the scale that the network needs unless Options.Exact was set.
// The errors are those of [photo.Decode]. It may be called by several goroutines at once.
func (c *Classifier) Decode(file []byte) (*photo.Photo, error) {
	if c.exact {
		return photo.Decode(file, c.Limits)
	}
	return photo.DecodeFor(file, c.Limits, c.prep.Shorter())
}

// Classify decodes a photo's file and returns its best labels, at most top. The errors are those of
// [photo.Decode].
func (c *Classifier) Classify(file []byte, top int) (Answer, error) {
	start := time.Now()
	p, err := c.Decode(file)
	if err != nil {
		return Answer{}, err
	}
	decode := milliseconds(start)
	a := c.Answer(p, top)
	a.Milliseconds.Decode = decode
	return a, nil
}

// Answer returns the best labels of a decoded photo, at most top.
func (c *Classifier) Answer(p *photo.Photo, top int) Answer {
	a := Answer{Damaged: p.Damaged}
	a.Width, a.Height = p.Size()
	start := time.Now()
	c.prep.Apply(c.program.Input(), p)
	a.Milliseconds.Resize = milliseconds(start)
	start = time.Now()
	c.program.Run()
	a.Milliseconds.Network = milliseconds(start)
	a.Results = c.Best(c.program.Output().Data, top)
	return a
}

// Run returns the logits of a decoded photo, or the feature vector where the model has no classes,
// valid until the next run.
func (c *Classifier) Run(p *photo.Photo) []float32 {
	c.prep.Apply(c.program.Input(), p)
	c.program.Run()
	return c.program.Output().Data
}

// RunTensor returns the logits of a preprocessed photo, H×W×3, valid until the next run. It panics
// if the shape is not that of the input.
func (c *Classifier) RunTensor(x tensor.Tensor) []float32 {
	in := c.program.Input()
	if x.Shape != in.Shape {
		panic(fmt.Sprintf("model: input of %v for a network of %v", x.Shape, in.Shape))
	}
	copy(in.Data, x.Data[:in.Len()])
	c.program.Run()
	return c.program.Output().Data
}

// Best returns the top labels of logits by softmax, the smaller index first among equals. A
// backbone without classes names nothing.
func (c *Classifier) Best(logits []float32, top int) []Result {
	if len(c.scores) == 0 {
		return []Result{}
	}
	Softmax(c.scores, logits)
	for i := range c.order {
		c.order[i] = i
	}
	slices.SortStableFunc(c.order, func(a, b int) int { return cmp.Compare(logits[b], logits[a]) })
	out := make([]Result, min(max(top, 0), len(logits)))
	for i := range out {
		k := c.order[i]
		out[i] = Result{Index: k, Label: c.Model.Labels[k], Score: c.scores[k]}
	}
	return out
}

// Softmax writes exp(x[i]) / Σ exp(x[k]) to dst, computed in float64 after subtracting the maximum.
// dst and logits have equal lengths.
func Softmax(dst []float64, logits []float32) {
	top := slices.Max(logits)
	sum := 0.0
	for i, v := range logits {
		dst[i] = kernel.Exp(float64(v - top))
		sum += dst[i]
	}
	for i := range dst {
		dst[i] /= sum
	}
}

func milliseconds(since time.Time) float64 {
	return float64(time.Since(since)) / float64(time.Millisecond)
}
