package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/register"
	"github.com/parquet-go/parquet-go"

	"homeroom/core/photo"
	"homeroom/tools/archive/result"
	"homeroom/tools/homeroom/photofile"
)

func init() {
	register.DoFn5x1[context.Context, int, func(*Entry) bool, func(int), func(Failure), error](&nameFn{})
	register.Emitter1[int]()
	register.Emitter1[Failure]()
}

// A Failure is a photo that has no name.
type Failure struct {
	Path  string
	Kind  string // as kindOf says
	Error string
}

// nameFn names the photos of a shard and writes its files. A shard that was written before from the
// same files is left as it is.
type nameFn struct {
	Options Options
	Worker  int // of those in one process, each of which has an engine

	engine                                *engine
	photos, bytes, known, shards, skipped beam.Counter
	reading, naming, writing              beam.Distribution
}

// Setup opens the engine, once in a process.
func (f *nameFn) Setup() (err error) {
	f.photos, f.bytes = beam.NewCounter("homeroom", "photos named"), beam.NewCounter("homeroom", "bytes read")
	f.known, f.shards = beam.NewCounter("homeroom", "photos of an earlier run"), beam.NewCounter("homeroom", "shards written")
	f.skipped = beam.NewCounter("homeroom", "shards of an earlier run")
	f.reading = beam.NewDistribution("homeroom", "milliseconds collect")
	f.naming = beam.NewDistribution("homeroom", "milliseconds name")
	f.writing = beam.NewDistribution("homeroom", "milliseconds write")
	f.engine, err = openEngine(&f.Options, f.Worker)
	return err
}

// ProcessElement names a shard and gives it out where there is anything in it.
func (f *nameFn) ProcessElement(ctx context.Context, shard int, entries func(*Entry) bool, done func(int), failed func(Failure)) error {
	o := &f.Options
	start := time.Now()
	all, digest := collect(entries)
	name := o.file("shard", shard, "json")
	if m, ok := marked(ctx, name, digest); ok {
		f.skipped.Inc(ctx, 1)
		f.known.Inc(ctx, m.Photos)
		return f.again(ctx, shard, m, done, failed)
	}
	f.reading.Update(ctx, time.Since(start).Milliseconds())
	w, err := newShard(o)
	if err != nil {
		return err
	}
	if err := f.name(ctx, all, w, failed); err != nil {
		return err
	}
	start = time.Now()
	if err := w.write(ctx, shard); err != nil {
		return err
	}
	w.mark.Digest = digest
	if err := writeFile(ctx, name, []byte(jsonOf(w.mark)+"\n")); err != nil {
		return err
	}
	f.writing.Update(ctx, time.Since(start).Milliseconds())
	f.shards.Inc(ctx, 1)
	if w.mark.Photos > 0 {
		done(shard)
	}
	return nil
}

// again gives out a shard that was written before.
func (f *nameFn) again(ctx context.Context, shard int, m Mark, done func(int), failed func(Failure)) error {
	if m.Photos > 0 {
		done(shard)
	}
	for kind, n := range m.Failed {
		beam.NewCounter("homeroom", "failed, "+kind).Inc(ctx, n)
	}
	if len(m.Failed) == 0 {
		return nil
	}
	all, err := readFailures(ctx, f.Options.file("failures", shard, "jsonl"))
	for _, one := range all {
		failed(one)
	}
	return err
}

// name names entries.
func (f *nameFn) name(ctx context.Context, entries []Entry, w *shard, failed func(Failure)) error {
	f.engine.Lock()
	defer f.engine.Unlock()
	start := time.Now()
	photos, end := files(ctx, entries, f.Options.Reads)
	defer end()
	for one := range f.engine.Name(ctx, photos) {
		if one.End != nil {
			return one.End
		}
		w.mark.Bytes += one.Bytes
		f.bytes.Inc(ctx, one.Bytes)
		if one.Error == "" {
			f.photos.Inc(ctx, 1)
			if err := w.named.Write(&one.Result); err != nil {
				return err
			}
			w.mark.Photos++
			label, score := one.Best()
			if one.Unknown {
				label = "unknown"
			}
			w.seen = append(w.seen, Seen{File: one.File, Sum: one.Sum[:], Hash: one.Perceptual, Label: label, Score: score, Features: one.Features})
			continue
		}
		kind := kindOf(one.Cause)
		beam.NewCounter("homeroom", "failed, "+kind).Inc(ctx, 1)
		w.mark.Failed[kind]++
		failed(Failure{Path: one.File, Kind: kind, Error: one.Error})
		if err := w.failures.Write(&one.Result); err != nil {
			return err
		}
	}
	f.naming.Update(ctx, time.Since(start).Milliseconds())
	return ctx.Err()
}

// kindOf is why a photo could not be named, in short.
func kindOf(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "gone"
	case errors.Is(err, fs.ErrPermission):
		return "not permitted"
	case errors.Is(err, photofile.ErrChanged):
		return "changed"
	case errors.Is(err, photo.ErrUnsupported):
		return "no picture"
	case errors.Is(err, photo.ErrTooLarge):
		return "too large"
	case errors.Is(err, photo.ErrDamaged):
		return "damaged"
	}
	return "unreadable"
}

// shard is the files of a shard, in memory until they are whole.
type shard struct {
	options       *Options
	mark          Mark
	seen          []Seen
	names, broken bytes.Buffer
	named         result.Writer
	failures      result.Writer
}

func newShard(o *Options) (*shard, error) {
	w := &shard{options: o, mark: Mark{Failed: map[string]int64{}}}
	w.failures = result.JSONL(&w.broken)
	if w.named = result.JSONL(&w.names); o.Format == "parquet" {
		w.named = result.Parquet(&w.names)
	}
	return w, nil
}

// write writes the files. What an earlier run wrote of the shard is replaced.
func (w *shard) write(ctx context.Context, shard int) error {
	if err := errors.Join(w.named.Close(), w.failures.Close()); err != nil {
		return err
	}
	o := w.options
	if err := writeFile(ctx, o.file("names", shard, o.Format), w.names.Bytes()); err != nil {
		return err
	}
	if err := writeFile(ctx, o.file("failures", shard, "jsonl"), w.broken.Bytes()); err != nil {
		return err
	}
	if !o.Embed {
		for i := range w.seen {
			w.seen[i].Sign = sign(w.seen[i].Features)
			w.seen[i].Features = nil
		}
	}
	var seen bytes.Buffer
	if err := parquet.Write(&seen, w.seen, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("homeroom", "", "")); err != nil {
		return err
	}
	return writeFile(ctx, o.file("features", shard, "parquet"), seen.Bytes())
}

// A Seen is what is kept of a photo to compare it by: a row of the files called features.
type Seen struct {
	File     string    `parquet:"file"`
	Sum      []byte    `parquet:"sha256"`
	Hash     uint64    `parquet:"perceptual_hash"`
	Label    string    `parquet:"label,dict"`
	Score    float64   `parquet:"score"`
	Features []float32 `parquet:"features,list"`
	Sign     []byte    `parquet:"sign,optional"` // of the features where they are not kept
}

// readFailures reads the failures of a shard that an earlier run wrote.
func readFailures(ctx context.Context, name string) (all []Failure, err error) {
	data, err := readFile(ctx, name)
	if err != nil {
		return nil, err
	}
	for text := range bytes.Lines(data) {
		var line struct {
			File  string `json:"file"`
			Bytes []byte `json:"file_bytes"`
			Error string `json:"error"`
		}
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, err
		}
		if line.Bytes != nil {
			line.File = string(line.Bytes)
		}
		all = append(all, Failure{Path: line.File, Kind: "of an earlier run", Error: line.Error})
	}
	return all, nil
}
