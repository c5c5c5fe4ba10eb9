// Command beam names photos on one machine or many, as a pipeline of Apache Beam: the same engine
// as homeroom classify, and the same answers. docs/beam.md says how it is run.
//
//	beam --out names 'photos/**/*.jpg'
//	beam --runner dataflow --out gs://bucket/names 'gs://bucket/photos/*.jpg'
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/apache/beam/sdks/v2/go/pkg/beam"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/core/metrics"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/gcs"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/local"
	_ "github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem/s3"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/log"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/options/jobopts"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/runners/prism"
	"github.com/apache/beam/sdks/v2/go/pkg/beam/x/beamx"
)

// errSome says that photos failed, which was told.
var errSome = errors.New("some photos have no names")

var (
	options Options
	workers = flag.Int("workers", 1, "Workers on this machine, with the runner prism. Other runners have options of their own.")
)

func init() {
	flag.StringVar(&options.Out, "out", "", "Folder to write to, on any file system.")
	flag.StringVar(&options.Format, "format", "jsonl", "Format of the names: jsonl or parquet.")
	flag.IntVar(&options.Shards, "shards", 64, "Files that names are written to: as many as let each have some hundred to some thousand photos.")
	flag.StringVar(&options.Model, "model", "", "Network of the catalogue, or a pack. Default: the first of the catalogue.")
	flag.IntVar(&options.Size, "size", 0, "Input size in pixels. Default: what the network was trained with.")
	flag.IntVar(&options.Top, "top", 5, "How many labels to give.")
	flag.StringVar(&options.Head, "head", "", "Project whose own classes to name photos with, at the same path on each worker.")
	flag.BoolVar(&options.Exact, "exact", false, "Decode photos in full.")
	flag.BoolVar(&options.Embed, "embed", false, "Keep feature vectors in the files called features.")
	flag.BoolVar(&options.Near, "near", true, "Find near-duplicates.")
	flag.IntVar(&options.Threads, "threads", 0, "Threads of each worker process. Default: the cores, divided among the workers of this machine.")
	flag.IntVar(&options.Reads, "reads", 16, "Photos that each worker process reads at once, where they are not on a disk.")
}

func main() {
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "beam --out FOLDER [options] PATTERN…\n\nNames photos as a pipeline of Apache Beam. Options, with those of Beam and of its runners:")
		flag.PrintDefaults()
	}
	flag.Parse()
	if quiet() {
		log.LogLevel = "warn"
		log.SetupLoggingWithDefault()
	}
	beam.Init() // a worker's main ends here
	ctx, end := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer end()
	options.Globs = flag.Args()
	switch err := work(ctx, options, *workers); {
	case errors.Is(err, errSome):
		os.Exit(1)
	case err != nil:
		fmt.Fprintln(os.Stderr, "beam:", err)
		os.Exit(1)
	}
}

// quiet tells whether nobody asked for a level of what is logged.
func quiet() bool {
	asked := false
	flag.Visit(func(f *flag.Flag) { asked = asked || f.Name == "log_level" })
	return !asked
}

// local tells whether the runner is on this machine, within this program.
func local() bool {
	r := strings.ToLower(*runners.Runner)
	return r == "" || r == "prism" || r == "prismrunner"
}

// work runs the pipeline.
func work(ctx context.Context, o Options, workers int) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := validate(ctx, append(slices.Clone(o.Globs), o.Out)); err != nil {
		return err
	}
	if workers < 1 || workers > 256 {
		return fmt.Errorf("--workers %d: from 1 to 256", workers)
	}
	if workers > 1 && (!local() || *jobopts.Endpoint != "") {
		return errors.New("--workers is for the runner prism on this machine; other runners have options of their own for it")
	}
	if local() && o.Threads == 0 {
		o.Threads = max(1, runtime.GOMAXPROCS(0)/workers)
	}
	// The first engine is opened here, to say at once what is wrong with a network or a head.
	e, err := openEngine(&o, 0)
	if err != nil {
		return err
	}
	if err := o.settle(ctx, e.ID()); err != nil {
		return err
	}
	start := time.Now()
	p := beam.NewPipeline()
	build(p, o, workers)
	var result beam.PipelineResult
	if workers > 1 {
		result, err = apart(ctx, p, workers)
	} else {
		result, err = beamx.RunWithMetrics(ctx, p)
	}
	if err != nil {
		return err
	}
	if result == nil || *jobopts.Async {
		return nil // the runner tells how it goes
	}
	if tell(result.Metrics().AllMetrics(), time.Since(start)) > 0 {
		return errSome
	}
	return nil
}

// apart is runApart on a runner within this program.
func apart(ctx context.Context, p *beam.Pipeline, workers int) (beam.PipelineResult, error) {
	endpoint, err := serve(ctx)
	if err != nil {
		return nil, err
	}
	return runApart(ctx, p, endpoint, workers)
}

// tell prints the metrics, and returns how many photos failed.
func tell(all metrics.QueryResults, took time.Duration) (failed int64) {
	counts := map[string]int64{}
	for _, c := range all.Counters() {
		if c.Namespace() == "homeroom" {
			counts[c.Name()] += c.Result()
		}
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		if strings.HasPrefix(name, "failed, ") {
			failed += counts[name]
		}
		fmt.Fprintf(os.Stderr, "%s: %d\n", name, counts[name])
	}
	type stage struct{ n, sum, most int64 }
	stages := map[string]stage{}
	for _, d := range all.Distributions() {
		if name, is := strings.CutPrefix(d.Name(), "milliseconds "); is && d.Namespace() == "homeroom" {
			s, r := stages[name], d.Result()
			stages[name] = stage{s.n + r.Count, s.sum + r.Sum, max(s.most, r.Max)}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(stages)) {
		s := stages[name]
		fmt.Fprintf(os.Stderr, "seconds to %s: %.1f, at most %.1f at a time, of %d\n", name, float64(s.sum)/1000, float64(s.most)/1000, s.n)
	}
	if n := counts["photos named"]; n > 0 {
		fmt.Fprintf(os.Stderr, "%d photos named in %v, %.1f a second\n", n, took.Round(time.Millisecond), float64(n)/took.Seconds())
	}
	return failed
}

// serve starts Prism within this program and returns where its job service is.
func serve(ctx context.Context) (endpoint string, err error) {
	free, err := net.Listen("tcp", "localhost:0") // since Prism does not tell a port of its own choice
	if err != nil {
		return "", err
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		return "", err
	}
	if _, err := prism.CreateJobServer(ctx, prism.Options{Port: port}); err != nil {
		return "", err
	}
	return fmt.Sprintf("localhost:%d", port), nil
}
