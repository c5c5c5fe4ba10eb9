package classify

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
	"homeroom/core/tensor"
	"homeroom/tools/archive/journal"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/engine"
	"homeroom/tools/homeroom/photofile"
)

// A namer names one photo at a time.
type namer interface {
	name(f photofile.File, data []byte, r *result.Result) error
}

// namers are what names photos, several at once, and what was named before.
type namers struct {
	all     []namer
	budget  *photofile.Budget
	network string           // what names, for people
	id      string           // all that answers depend on, for the journal
	journal *journal.Journal // nil for none
	resume  bool
	top     int
	close   func()
}

// ofSequence is how many names of a photo a burst's answer is made of, at least.
const ofSequence = 20

// openNamers opens the network or the head, once for each photo that is in work at once.
func (c *Command) openNamers(con *console.Console, files []photofile.File) (*namers, error) {
	n := &namers{resume: c.Resume, top: c.Top}
	if c.Sequence > 0 {
		n.top = max(n.top, ofSequence)
	}
	var ends []func()
	n.close = func() {
		for _, end := range slices.Backward(ends) {
			end()
		}
	}
	open := c.openNetwork
	if c.Head != "" {
		open = c.openHead
	}
	ends, err := open(con, files, n)
	if err != nil {
		n.close()
		return nil, err
	}
	if c.Journal == "" {
		return n, nil
	}
	var inputs []string
	for i := range files {
		if !files[i].Packed() {
			inputs = append(inputs, files[i].Path)
		}
	}
	if slices.ContainsFunc(inputs, func(in string) bool { return same(in, c.Journal) }) {
		n.close()
		return nil, fmt.Errorf("--journal %s: that is one of the photos", c.Journal)
	}
	if n.journal, err = journal.Open(c.Journal); err != nil {
		n.close()
		return nil, err
	}
	ends = append(ends, func() {
		if err := n.journal.Close(); err != nil {
			fmt.Fprintf(con.Err, "homeroom: %v\n", err)
		}
	})
	return n, nil
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// jobs is how many photos are in work at once, and how many threads each has.
func (c *Command) jobs(files int) (jobs, threads int) {
	jobs = min(cmp.Or(c.Jobs, c.ThreadCount()), max(files, 1))
	return jobs, max(1, c.ThreadCount()/jobs)
}

// openNetwork opens a network that names by itself.
func (c *Command) openNetwork(_ *console.Console, files []photofile.File, n *namers) (ends []func(), err error) {
	b, err := catalog.OpenPack(c.Model)
	if err != nil {
		return nil, err
	}
	m := b.Model
	if len(m.Labels) == 0 {
		return nil, fmt.Errorf("%s is a backbone without classes of its own, so it has no names to give; teach it some first", m.Name)
	}
	wanted, err := c.begin(m.Labels, files)
	if err != nil {
		return nil, err
	}
	jobs, threads := c.jobs(len(files))
	taken := int64(0)
	for len(n.all) < jobs && (len(n.all) == 0 || taken+taken/int64(len(n.all)) <= c.MemoryBytes()/2) {
		k, err := model.NewClassifier(m, model.Options{Size: c.Size, Threads: threads, Portable: c.Portable, Heat: c.Heat != "", Exact: c.Exact, Memory: c.MemoryBytes()})
		if err != nil {
			return ends, err
		}
		ends = append(ends, k.Close)
		taken += k.Program().Memory()
		n.all = append(n.all, &network{k, n, &c.heatMaps, wanted})
		n.network = m.Name
		n.id = fmt.Sprintf("%s@%d %s exact=%v", m.Name, k.Size(), hex.EncodeToString(b.Sum[:8]), c.Exact)
	}
	n.budget = photofile.NewBudget(c.MemoryBytes() - taken)
	return ends, nil
}

// network is a network that names by itself.
type network struct {
	*model.Classifier
	of     *namers
	heat   *heatMaps
	wanted int // class that heat maps are for, −1 for the best
}

func (k *network) name(f photofile.File, data []byte, r *result.Result) error {
	p, err := k.Decode(data)
	if err != nil {
		return err
	}
	a := k.Answer(p, k.of.top)
	r.Width, r.Height, r.Results, r.Damaged = a.Width, a.Height, a.Results, a.Damaged
	if k.heat.Heat == "" {
		return nil
	}
	class := k.wanted
	if class < 0 {
		class = a.Results[0].Index
	}
	var m tensor.Tensor
	if m, err = k.HeatMap(class); err != nil {
		return fatal{err}
	}
	if r.Heat, err = k.heat.write(f.Path, p, photo.Heat{Map: m, Seen: k.Seen(a.Width, a.Height)}); err != nil {
		return fatal{err}
	}
	return nil
}

// fatal is an error that ends the command, being none of the photo's.
type fatal struct{ error }

// openHead opens the head of a project.
func (c *Command) openHead(con *console.Console, files []photofile.File, n *namers) (ends []func(), err error) {
	jobs, _ := c.jobs(len(files))
	flags := c.Flags
	flags.Threads = jobs
	t, err := flags.OpenTaught(con, c.Head, c.HeadState)
	if err != nil {
		return nil, err
	}
	ends = append(ends, t.Close)
	wanted, err := c.begin(t.Head.Classes, files)
	if err != nil {
		return ends, err
	}
	project, err := os.ReadFile(c.Head)
	if err != nil {
		return ends, err
	}
	sum := sha256.Sum256(project)
	n.id = fmt.Sprintf("head %s %s exact=%v", hex.EncodeToString(sum[:16]), c.State, c.Exact)
	for name, b := range t.Networks {
		n.id += fmt.Sprintf(" %s %s", name, hex.EncodeToString(b.Sum[:8]))
	}
	parts := strings.Fields(n.id)
	slices.Sort(parts) // networks come in any order
	n.id, n.network = strings.Join(parts, " "), filepath.Base(c.Head)
	var heat sync.Mutex
	for i := range t.Extractors {
		n.all = append(n.all, taught{c, t, i, n, wanted, &heat})
	}
	n.budget = t.Extractors[0].Budget
	return ends, nil
}

// taught is a head with one of the extractors that it reads.
type taught struct {
	*Command
	*engine.Taught
	extractor int
	of        *namers
	wanted    int
	heat      *sync.Mutex // networks of heat maps are shared
}

func (t taught) name(f photofile.File, data []byte, r *result.Result) error {
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
	if a, err = t.Taught.Head.Answer(vectors); err != nil {
		return err
	}
	r.Damaged, r.Taught, r.Unknown, r.Strangeness = p.Damaged, true, a.Unknown, console.Round(a.Strangeness, 6)
	r.Width, r.Height = p.Size()
	r.Results = best(t.Taught.Head.Classes, a.Probabilities, t.of.top)
	if t.Command.Heat == "" {
		return nil
	}
	class := t.wanted
	if class < 0 {
		class = a.Class
	}
	t.heat.Lock()
	defer t.heat.Unlock()
	if r.Heat, err = t.heatOf(t.Taught, p, f.Path, vectors, class); err != nil {
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

// one is a result on its way out.
type one struct {
	result.Result
	kept int   // 1 where the journal had it
	err  error // that ends the command
}

// name names photos on all namers at once and gives out what they say in the order of the files.
// The end of ctx ends it after the photos that are in work.
func (n *namers) name(ctx context.Context, files []photofile.File) iter.Seq[one] {
	return func(yield func(one) bool) {
		free := make(chan namer, len(n.all))
		for _, k := range n.all {
			free <- k
		}
		done := make(chan struct{})
		var working sync.WaitGroup
		defer working.Wait() // or networks would be closed that are at work
		defer close(done)
		queue := make(chan chan one, 2*len(n.all))
		go func() {
			defer close(queue)
			for i := range files {
				answer := make(chan one, 1)
				select {
				case <-done:
					return
				case <-ctx.Done():
					return
				case queue <- answer:
				}
				k := <-free
				files[i].Load()
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
func (n *namers) one(f photofile.File, k namer) (out one) {
	out.File = f.Path
	fail := func(err error) one {
		var end fatal
		if errors.As(err, &end) {
			out.err = end.error
		}
		out.Error = console.Plain(f.Path, err)
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
	data, err := f.Read()
	if err != nil {
		return fail(err)
	}
	key := journal.Key{Namer: n.id}
	if n.journal != nil {
		key.Sum = sha256.Sum256(data)
		if n.recall(key, &out) {
			out.err = n.journal.Add(key, "", place)
			return out
		}
	}
	waiting := time.Now()
	release := n.budget.Take(data)
	defer release()
	start = start.Add(time.Since(waiting)) // which is no time of the photo's
	out.Taken, out.Zoned = photo.TakenIn(data)
	if err := k.name(f, data, &out.Result); err != nil {
		out.Result = result.Result{}
		out.File = f.Path
		fail(err)
	}
	out.Milliseconds = console.Round(console.Milliseconds(time.Since(start)), 3)
	if n.journal != nil && out.err == nil {
		text, err := out.Store(n.top)
		if err == nil {
			err = n.journal.Add(key, text, place)
		}
		out.err = err
	}
	return out
}

// find looks for a file in the journal without reading it, by its size and when it was changed.
func (n *namers) find(f *photofile.File, out *one) (place *journal.File, known bool) {
	if n.journal == nil || f.Packed() {
		return nil, false
	}
	info, err := f.Stat()
	if err != nil {
		return nil, false
	}
	abs, err := filepath.Abs(f.Path)
	if err != nil {
		return nil, false
	}
	place = &journal.File{Path: abs, Size: info.Size(), Changed: info.ModTime()}
	sum, ok := n.journal.Sum(*place)
	return place, ok && n.recall(journal.Key{Sum: sum, Namer: n.id}, out)
}

// recall takes an answer from the journal.
func (n *namers) recall(key journal.Key, out *one) bool {
	if !n.resume {
		return false
	}
	text, ok := n.journal.Answer(key)
	if !ok {
		return false
	}
	r, ok := result.Restore(text, out.File, n.top)
	if ok {
		out.Result, out.kept = r, 1
	}
	return ok
}
