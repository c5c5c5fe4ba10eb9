// Package engine runs networks for commands: the flags that they share, features of photos, and
// what was taught, in project files.
package engine

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	"homeroom/core/feature"
	"homeroom/core/model"
	"homeroom/tools/homeroom/catalog"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/photofile"
)

// Flags are the flags of every command that runs a network.
type Flags struct {
	Model    string `placeholder:"NAME|FILE.pack" help:"Network of the catalogue, or a pack. Default: the first of the catalogue."`
	Size     int    `placeholder:"N" help:"Input size in pixels. Default: what the network was trained with."`
	Threads  int    `placeholder:"N" help:"Threads to use. Default: one for each core."`
	Memory   int    `placeholder:"MB" default:"2048" help:"Megabytes that networks and photos in work may take together; what does not fit waits."`
	Exact    bool   `help:"Decode photos in full. Default: large JPEGs at the scale that the network needs, which is two to three times as fast."`
	Portable bool   `hidden:"" help:"Run the portable kernels."`
}

// Validate is called by kong.
func (e *Flags) Validate() error {
	if err := mostThreads.OrNone("--threads", e.Threads); err != nil {
		return fmt.Errorf("%w on this machine", err)
	}
	return (console.Limits{Least: 256, Most: 1 << 20}).OrNone("--memory", e.Memory)
}

// AfterApply is called by kong. What is no longer used is given back before there is more than
// that.
func (e *Flags) AfterApply() error {
	debug.SetMemoryLimit(e.MemoryBytes())
	return nil
}

// mostThreads are four for each core: more wait for each other.
var mostThreads = console.Limits{Least: 1, Most: max(16, 4*runtime.GOMAXPROCS(0))}

// MemoryBytes is the memory that there is.
func (e *Flags) MemoryBytes() int64 { return int64(cmp.Or(e.Memory, 2048)) << 20 }

// ThreadCount is how many threads there are to be.
func (e *Flags) ThreadCount() int {
	if e.Threads == 0 {
		return runtime.GOMAXPROCS(0)
	}
	return e.Threads
}

// Open opens the network; heat makes ready for heat maps.
func (e *Flags) Open(heat bool) (*model.Classifier, error) {
	m, err := catalog.OpenModel(e.Model)
	if err != nil {
		return nil, err
	}
	return model.NewClassifier(m, model.Options{Size: e.Size, Threads: e.ThreadCount(), Portable: e.Portable, Heat: heat, Exact: e.Exact, Memory: e.MemoryBytes()})
}

// Extractors makes as many as there are threads, or as take half of the memory. The rest is for
// photos.
func (e *Flags) Extractors(spaces []feature.Space, networks map[string]*catalog.Backbone) ([]*extractor, error) {
	var out []*extractor
	taken := int64(0)
	for len(out) < e.ThreadCount() && (len(out) == 0 || taken+taken/int64(len(out)) <= e.MemoryBytes()/2) {
		one, err := newExtractor(spaces, networks, model.Options{Portable: e.Portable, Exact: e.Exact, Memory: e.MemoryBytes()})
		if err != nil {
			return nil, err
		}
		taken += one.Memory()
		out = append(out, one)
	}
	memory := photofile.NewBudget(e.MemoryBytes() - taken)
	for _, one := range out {
		one.Budget = memory
	}
	return out, nil
}

// OpenTaught opens a project's head.
func (e *Flags) OpenTaught(con *console.Console, path string, state HeadState) (*Taught, error) {
	if e.Size != 0 {
		return nil, errors.New("--size and --head: a head is bound to the input size that it was taught at")
	}
	p, err := ReadProject(path)
	if err != nil {
		return nil, err
	}
	h := state.Of(p)
	if h == nil {
		return nil, fmt.Errorf("%s has no head yet: nothing was taught in it", path)
	}
	var spaces []feature.Space
	for _, s := range h.Spaces {
		spaces = append(spaces, s.Name)
	}
	networks, err := catalog.OpenBackbones(spaces, e.Model)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	for _, n := range p.Networks {
		if b := networks[n.Name]; b != nil && !b.Was(n.SHA256) {
			fmt.Fprintf(con.Err, "homeroom: %s was taught on another pack of %s than the one here; answers may differ a little\n", path, n.Name)
		}
	}
	t := &Taught{Head: h, Bank: p.Bank, Networks: networks, Heat: map[feature.Space]*model.Classifier{}}
	if t.Extractors, err = e.Extractors(spaces, networks); err != nil {
		return nil, err
	}
	for i, s := range h.Spaces {
		if d := t.Extractors[0].Dim(i); d != s.Dim {
			t.Close()
			return nil, fmt.Errorf("%s: %q gives %d features here, and the head takes %d: it was taught on another network", path, s.Name, d, s.Dim)
		}
	}
	return t, nil
}
