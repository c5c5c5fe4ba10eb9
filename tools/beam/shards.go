package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/bmatcuk/doublestar/v4"
)

func init() {
	register.DoFn3x1[context.Context, string, func(int, Entry), error](&listFn{})
	register.DoFn3x0[int, Entry, func(int, Entry)](&keepFn{})
	register.Emitter2[int, Entry]()
	register.Iter1[Entry]()
}

// An Entry is a file as it was found when it was listed. One without a path has its shard written
// even where nothing else is in it.
type Entry struct {
	Path    string
	Size    int64 // 0 where that is not known
	Changed int64 // in nanoseconds since 1970, likewise
}

// shardOf is the shard of a path.
func shardOf(path string, shards int) int {
	h := fnv.New64a()
	h.Write([]byte(path))
	return int(h.Sum64() % uint64(shards))
}

// listFn lists what patterns match.
type listFn struct {
	Options Options
	Count   beam.Distribution `json:"-"`
}

// Setup is called by Beam.
func (f *listFn) Setup() { f.Count = beam.NewDistribution("homeroom", "milliseconds list") }

// ProcessElement lists a pattern. The empty one stands for all shards.
func (f *listFn) ProcessElement(ctx context.Context, glob string, emit func(int, Entry)) error {
	if glob == "" {
		for n := range f.Options.Shards {
			emit(n, Entry{})
		}
		return nil
	}
	start := time.Now()
	all, err := list(ctx, glob)
	if err != nil {
		return fmt.Errorf("%s: %w", glob, err)
	}
	for _, e := range all {
		emit(shardOf(e.Path, f.Options.Shards), e)
	}
	f.Count.Update(ctx, time.Since(start).Milliseconds())
	return nil
}

// list lists what a pattern matches. A pattern of this machine may have ** for folders in folders,
// and does not match folders themselves; one that matches nothing stands for itself, so that it is
// said that no such file is there.
func list(ctx context.Context, glob string) ([]Entry, error) {
	var out []Entry
	if scheme(glob) == "" {
		var options []doublestar.GlobOption
		if strings.Contains(glob, "**") { // links in circles would have more paths than end
			options = append(options, doublestar.WithNoFollow())
		}
		paths, err := doublestar.FilepathGlob(glob, options...)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			e := Entry{Path: path}
			if info, err := os.Stat(path); err == nil {
				if info.IsDir() {
					continue
				}
				e.Size, e.Changed = info.Size(), info.ModTime().UnixNano()
			}
			out = append(out, e)
		}
	} else {
		at, err := filesystem.New(ctx, glob)
		if err != nil {
			return nil, err
		}
		defer at.Close()
		paths, err := at.List(ctx, glob)
		if err != nil {
			return nil, err
		}
		changed, tells := at.(filesystem.LastModifiedGetter)
		for _, path := range paths {
			e := Entry{Path: path}
			// What can't be said now is said when the photo is read.
			if size, err := at.Size(ctx, path); err == nil {
				e.Size = size
			}
			if tells {
				if t, err := changed.LastModified(ctx, path); err == nil {
					e.Changed = t.UnixNano()
				}
			}
			out = append(out, e)
		}
	}
	if len(out) == 0 {
		out = append(out, Entry{Path: glob})
	}
	return out, nil
}

// keepFn keeps the shards of one of several workers.
type keepFn struct{ Worker, Workers int }

// ProcessElement is called by Beam.
func (f *keepFn) ProcessElement(shard int, e Entry, emit func(int, Entry)) {
	if shard%f.Workers == f.Worker {
		emit(shard, e)
	}
}

// collect reads the entries of a shard, each path once, in their order, with what tells whether
// they are the same as in an earlier run.
func collect(entries func(*Entry) bool) (all []Entry, digest string) {
	var e Entry
	for entries(&e) {
		if e.Path != "" {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(b.Changed, a.Changed))
	})
	all = slices.CompactFunc(all, func(a, b Entry) bool { return a.Path == b.Path })
	sum := sha256.New()
	for _, e := range all {
		fmt.Fprintf(sum, "%q %d %d\n", e.Path, e.Size, e.Changed)
	}
	return all, hex.EncodeToString(sum.Sum(nil))
}

// A Mark says that a shard is whole. It is written last.
type Mark struct {
	Digest string           `json:"digest"`
	Photos int64            `json:"photos"` // that were named
	Bytes  int64            `json:"bytes"`  // that were read
	Failed map[string]int64 `json:"failed"` // by kind
}

// marked tells whether a shard was written from the same entries before.
func marked(ctx context.Context, name, digest string) (m Mark, ok bool) {
	data, err := readFile(ctx, name)
	if err != nil {
		return m, false
	}
	ok = json.NewDecoder(bytes.NewReader(data)).Decode(&m) == nil && m.Digest == digest
	return m, ok
}
