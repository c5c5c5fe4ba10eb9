package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"homeroom/core/photo"
	"homeroom/tools/homeroom/console"
	"homeroom/tools/homeroom/naming"
	"homeroom/tools/homeroom/photofile"
)

// engines are those of this process: one, but where it has several workers. An engine is kept until
// the process ends, since Beam has DoFns come and go.
var engines struct {
	sync.Mutex
	all map[string]*engine
}

// An engine names photos on all threads of a worker process. It names one shard at a time.
type engine struct {
	sync.Mutex
	*naming.Namers
}

// openEngine opens the engine of options and a worker, or returns the one that is open.
func openEngine(o *Options, worker int) (*engine, error) {
	engines.Lock()
	defer engines.Unlock()
	same := *o
	same.Globs, same.Out = nil, ""
	key := fmt.Sprint(worker, jsonOf(same))
	if e := engines.all[key]; e != nil {
		return e, nil
	}
	f := o.flags()
	if err := f.Validate(); err != nil {
		return nil, err
	}
	con := &console.Console{Context: context.Background(), Out: io.Discard, Err: os.Stderr}
	// As many files as there can be jobs: it is not known how many there will be.
	n, err := f.Open(con, make([]photofile.File, f.Jobs), o.Top, nil)
	if err != nil {
		return nil, err
	}
	if o.Embed || o.Near {
		if err := n.WithFeatures(); err != nil {
			n.Close()
			return nil, err
		}
	}
	if engines.all == nil {
		engines.all = map[string]*engine{}
	}
	engines.all[key] = &engine{Namers: n}
	return engines.all[key], nil
}

// files are entries to read, those of other file systems several at once and ahead of the engine.
func files(ctx context.Context, entries []Entry, reads int) (out []photofile.File, end func()) {
	ctx, end = context.WithCancel(ctx)
	free := make(chan struct{}, reads)
	var order []func()
	for _, e := range entries {
		if scheme(e.Path) == "" {
			out = append(out, photofile.File{Path: e.Path})
			continue
		}
		type read struct {
			data []byte
			err  error
		}
		done := make(chan read, 1)
		order = append(order, func() {
			data, err := fetch(ctx, e.Path)
			done <- read{data, err}
		})
		out = append(out, photofile.Remote(e.Path, func() (io.ReadCloser, error) {
			select {
			case r := <-done:
				<-free
				return io.NopCloser(bytes.NewReader(r.data)), r.err
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}))
	}
	go func() {
		for _, one := range order {
			select {
			case free <- struct{}{}:
				go one()
			case <-ctx.Done():
				return
			}
		}
	}()
	return out, end
}

// fetch reads a photo as far as the decoder would take it.
func fetch(ctx context.Context, path string) ([]byte, error) {
	fs, err := filesystem.New(ctx, path)
	if err != nil {
		return nil, err
	}
	defer fs.Close()
	f, err := fs.OpenRead(ctx, path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, int64(photo.DefaultLimits.Bytes)+1))
}
