// Package naming names photos, several at once, by a network or by what was taught, and keeps what
// it named in a journal: what commands that name photos share.
package naming

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"homeroom/core/head"
	"homeroom/core/model"
	"homeroom/core/photo"
	"homeroom/tools/archive/journal"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// Flags are the flags of every command that names photos.
type Flags struct {
	engine.Flags
	Head string `type:"existingfile" placeholder:"FILE.homeroom" help:"Project whose own classes to name photos with."`
	engine.HeadState
	Jobs int `placeholder:"N" help:"Photos in work at once. Default: one for each thread."`
	Remembering
}

// Validate is called by kong.
func (f *Flags) Validate() error {
	if err := f.Flags.Validate(); err != nil {
		return err
	}
	return CheckJobs(f.Jobs)
}

// CheckJobs says what is wrong with how many photos are to be in work at once, 0 for not said.
func CheckJobs(jobs int) error {
	return (console.Limits{Least: 1, Most: 256}).OrNone("--jobs", jobs)
}

// Remembering are the flags of a journal.
type Remembering struct {
	Journal string `placeholder:"FILE" help:"Keep answers in a file, and take those that are in it instead of looking at photos again."`
	Resume  bool   `negatable:"" default:"true" help:"Take answers from the journal. With --no-resume it is written alone."`
}

// Open opens the journal, nil where none is named.
func (r *Remembering) Open(files []photofile.File) (*journal.Journal, error) {
	if r.Journal == "" {
		return nil, nil
	}
	for i := range files {
		if !files[i].Packed() && photofile.Same(files[i].Path, r.Journal) {
			return nil, fmt.Errorf("--journal %s: that is one of the photos", r.Journal)
		}
	}
	return journal.Open(r.Journal)
}

// A Painter makes heat maps of photos as they are named.
type Painter interface {
	// Begin says whether there are to be any, and for which class, −1 for the best.
	Begin(classes []string, files []photofile.File) (wanted bool, class int, err error)
	// Network and Taught write one and return its path.
	Network(path string, p *photo.Photo, k *model.Classifier, class int) (string, error)
	Taught(path string, p *photo.Photo, t *engine.Taught, vectors [][]float32, class int) (string, error)
}

// painted says where heat maps are wanted.
type painted struct {
	Painter
	wanted bool
	class  int
}

func begin(by Painter, classes []string, files []photofile.File) (p painted, err error) {
	if p.Painter = by; by != nil {
		p.wanted, p.class, err = by.Begin(classes, files)
	}
	return p, err
}

// A namer names one photo at a time.
type namer interface {
	name(f photofile.File, data []byte, r *Named) error
}

// Namers are what names photos, several at once, and what was named before.
type Namers struct {
	con     *console.Console
	all     []namer
	budget  *photofile.Budget
	Network string           // what names, for people
	id      string           // all that answers depend on, for the journal
	journal *journal.Journal // nil for none
	resume  bool
	top     int

	features bool
	ends     []func()
}

// Open opens the network or the head, once for each photo that is in work at once. top is how many
// names of each photo are wanted. painter may be nil.
func (f *Flags) Open(con *console.Console, files []photofile.File, top int, painter Painter) (*Namers, error) {
	n := &Namers{con: con, resume: f.Resume, top: top}
	open := f.openNetwork
	if f.Head != "" {
		open = f.openHead
	}
	err := open(files, n, painter)
	if err == nil {
		n.journal, err = f.Remembering.Open(files)
	}
	if err != nil {
		n.Close()
		return nil, err
	}
	return n, nil
}

// WithFeatures has features and perceptual hashes told, too, and names photos by no journal.
// Features are those that the network or the head names by; of several feature spaces, the first.
func (n *Namers) WithFeatures() error {
	if n.journal != nil {
		return errors.New("a journal has no features of photos that it names")
	}
	if k, is := n.all[0].(*network); is && k.FeatureDim() == 0 {
		return fmt.Errorf("%s has no feature vector", n.Network)
	}
	n.features = true
	return nil
}

// ID is all that answers depend on but the photos.
func (n *Namers) ID() string { return n.id }

// Close closes all. What the journal then says is told.
func (n *Namers) Close() {
	if n.journal != nil {
		if err := n.journal.Close(); err != nil {
			fmt.Fprintf(n.con.Err, "homeroom: %v\n", err)
		}
	}
	for _, end := range slices.Backward(n.ends) {
		end()
	}
}

// jobs is how many photos are in work at once, and how many threads each has.
func (f *Flags) jobs(files int) (jobs, threads int) {
	jobs = min(cmp.Or(f.Jobs, f.ThreadCount()), max(files, 1))
	return jobs, max(1, f.ThreadCount()/jobs)
}

// openNetwork opens a network that names by itself.
func (f *Flags) openNetwork(files []photofile.File, n *Namers, painter Painter) error {
	b, err := catalog.OpenPack(f.Model)
	if err != nil {
		return err
	}
	m := b.Model
	if len(m.Labels) == 0 {
		return fmt.Errorf("%s is a backbone without classes of its own, so it has no names to give; teach it some first", m.Name)
	}
	heat, err := begin(painter, m.Labels, files)
	if err != nil {
		return err
	}
	jobs, threads := f.jobs(len(files))
	taken := int64(0)
	for len(n.all) < jobs && (len(n.all) == 0 || taken+taken/int64(len(n.all)) <= f.MemoryBytes()/2) {
		k, err := model.NewClassifier(m, model.Options{Size: f.Size, Threads: threads, Portable: f.Portable, Heat: heat.wanted, Exact: f.Exact, Memory: f.MemoryBytes()})
		if err != nil {
			return err
		}
		n.ends = append(n.ends, k.Close)
		taken += k.Program().Memory()
		n.all = append(n.all, &network{k, n, heat})
		n.Network = m.Name
		n.id = fmt.Sprintf("%s@%d %s exact=%v", m.Name, k.Size(), hex.EncodeToString(b.Sum[:8]), f.Exact)
	}
	n.budget = photofile.NewBudget(f.MemoryBytes() - taken)
	return nil
}

// network is a network that names by itself.
type network struct {
	*model.Classifier
	of   *Namers
	heat painted
}

func (k *network) name(f photofile.File, data []byte, r *Named) error {
	p, err := k.Decode(data)
	if err != nil {
		return err
	}
	a := k.Answer(p, k.of.top)
	if k.of.features {
		r.Perceptual = photo.PerceptualHash(p)
		if r.Features, err = k.LastFeatures(); err != nil {
			return err
		}
	}
	r.Width, r.Height, r.Results, r.Damaged = a.Width, a.Height, a.Results, a.Damaged
	if !k.heat.wanted {
		return nil
	}
	class := k.heat.class
	if class < 0 {
		class = a.Results[0].Index
	}
	if r.Heat, err = k.heat.Network(f.Path, p, k.Classifier, class); err != nil {
		return fatal{err}
	}
	return nil
}

// fatal is an error that ends the command, being none of the photo's.
type fatal struct{ error }

// openHead opens the head of a project.
func (f *Flags) openHead(files []photofile.File, n *Namers, painter Painter) error {
	jobs, _ := f.jobs(len(files))
	flags := f.Flags
	flags.Threads = jobs
	t, err := flags.OpenTaught(n.con, f.Head, f.HeadState)
	if err != nil {
		return err
	}
	n.ends = append(n.ends, t.Close)
	heat, err := begin(painter, t.Head.Classes, files)
	if err != nil {
		return err
	}
	project, err := os.ReadFile(f.Head)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(project)
	n.id = fmt.Sprintf("head %s %s exact=%v", hex.EncodeToString(sum[:16]), f.State, f.Exact)
	for name, b := range t.Networks {
		n.id += fmt.Sprintf(" %s %s", name, hex.EncodeToString(b.Sum[:8]))
	}
	parts := strings.Fields(n.id)
	slices.Sort(parts) // networks come in any order
	n.id, n.Network = strings.Join(parts, " "), filepath.Base(f.Head)
	var painting sync.Mutex
	for i := range t.Extractors {
		n.all = append(n.all, &taught{t, i, n, heat, &painting})
	}
	n.budget = t.Extractors[0].Budget
	return nil
}

// taught is a head with one of the extractors that it reads.
type taught struct {
	*engine.Taught
	extractor int
	of        *Namers
	heat      painted
	painting  *sync.Mutex // networks of heat maps are shared
}

func (t *taught) name(f photofile.File, data []byte, r *Named) error {
	e := t.Extractors[t.extractor]
	p, err := e.Decode(data)
	if err != nil {
		return err
	}
	vectors, err := e.Read(p)
	if err != nil {
		return err
	}
	var a head.Answer
	if a, err = t.Head.Answer(vectors); err != nil {
		return err
	}
	r.Damaged, r.Taught, r.Unknown, r.Strangeness = p.Damaged, true, a.Unknown, console.Round(a.Strangeness, 6)
	r.Width, r.Height = p.Size()
	if t.of.features {
		r.Perceptual, r.Features = photo.PerceptualHash(p), vectors[0]
	}
	r.Results = best(t.Head.Classes, a.Probabilities, t.of.top)
	if !t.heat.wanted {
		return nil
	}
	class := t.heat.class
	if class < 0 {
		class = a.Class
	}
	t.painting.Lock()
	defer t.painting.Unlock()
	if r.Heat, err = t.heat.Taught(f.Path, p, t.Taught, vectors, class); err != nil {
		return fatal{err}
	}
	return nil
}

// best lists the likeliest classes.
func best(classes []string, p []float64, top int) []model.Result {
	out := make([]model.Result, len(p))
	for i, v := range p {
		out[i] = model.Result{Index: i, Label: classes[i], Score: v}
	}
	slices.SortStableFunc(out, func(a, b model.Result) int { return cmp.Compare(b.Score, a.Score) })
	return out[:min(top, len(out))]
}

// A Named is a result on its way out.
type Named struct {
	result.Result
	Sum         [32]byte // SHA-256 of the file, 0 where it was not read
	FromJournal int      // 1 where the journal had it
	// Cause is what Error tells, nil where the journal does. Bytes is how many were read.
	Cause error
	Bytes int64
	End   error // that ends the command

	// These are there where they are asked for, and were not taken from a journal.
	Features   []float32
	Perceptual uint64 // photo.PerceptualHash
}

// Name names photos on all namers at once and gives out what they say in the order of the files.
// The end of ctx ends it after the photos that are in work.
func (n *Namers) Name(ctx context.Context, files []photofile.File) iter.Seq[Named] {
	return func(yield func(Named) bool) {
		free := make(chan namer, len(n.all))
		for _, k := range n.all {
			free <- k
		}
		done := make(chan struct{})
		var working sync.WaitGroup
		defer working.Wait() // or networks would be closed that are at work
		defer close(done)
		queue := make(chan chan Named, 2*len(n.all))
		go func() {
			defer close(queue)
			for i := range files {
				answer := make(chan Named, 1)
				select {
				case <-done:
					return
				case <-ctx.Done():
					return
				case queue <- answer:
				}
				k := <-free
				files[i].Load(n.budget.Read)
				working.Add(1)
				go func() {
					defer working.Done()
					answer <- n.one(files[i], k)
					free <- k
				}()
			}
		}()
		for answer := range queue {
			if !yield(<-answer) {
				return
			}
		}
	}
}

// one names a photo, or takes what the journal has of it.
func (n *Namers) one(f photofile.File, k namer) (out Named) {
	out.File = f.Path
	fail := func(err error) Named {
		var end fatal
		if errors.As(err, &end) {
			out.End = end.error
		}
		out.Error, out.Cause = console.Plain(f.Path, err), err
		return out
	}
	if f.Err != nil {
		return fail(f.Err)
	}
	start := time.Now()
	place, known := n.find(&f, &out)
	if known {
		return out
	}
	var waited time.Duration // for memory, which is no time of the photo's
	data, gone, err := f.ReadWithin(func(bytes int64) func() {
		defer func(at time.Time) { waited += time.Since(at) }(time.Now())
		return n.budget.Read(bytes)
	})
	defer gone()
	if err != nil {
		return fail(err)
	}
	out.Sum, out.Bytes = sha256.Sum256(data), int64(len(data))
	key := journal.Key{Sum: out.Sum, Namer: n.id}
	if n.journal != nil {
		if n.recall(key, &out) {
			out.End = n.journal.Add(key, "", place)
			return out
		}
	}
	waiting := time.Now()
	defer n.budget.Take(data)()
	start = start.Add(waited + time.Since(waiting))
	out.Taken, out.Zoned = photo.TakenIn(data)
	if err := k.name(f, data, &out); err != nil {
		out.Result, out.Features = result.Result{}, nil
		out.File = f.Path
		fail(err)
	}
	out.Milliseconds = console.Round(console.Milliseconds(time.Since(start)), 3)
	if n.journal != nil && out.End == nil {
		text, err := out.Store(n.top)
		if err == nil {
			err = n.journal.Add(key, text, place)
		}
		out.End = err
	}
	return out
}

// find looks for a file in the journal without reading it, by its size and when it was changed.
func (n *Namers) find(f *photofile.File, out *Named) (place *journal.File, known bool) {
	if n.journal == nil {
		return nil, false
	}
	if place = f.Place(); place == nil {
		return nil, false
	}
	sum, ok := n.journal.Sum(*place)
	if ok = ok && n.recall(journal.Key{Sum: sum, Namer: n.id}, out); ok {
		out.Sum = sum
	}
	return place, ok
}

// recall takes an answer from the journal.
func (n *Namers) recall(key journal.Key, out *Named) bool {
	if !n.resume {
		return false
	}
	text, ok := n.journal.Answer(key)
	if !ok {
		return false
	}
	r, ok := result.Restore(text, out.File, n.top)
	if ok {
		out.Result, out.FromJournal = r, 1
	}
	return ok
}
