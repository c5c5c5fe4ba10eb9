package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"runtime"
	"strings"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"homeroom/tools/homeroom/naming"
)

// Options say what is named and how. They go to every worker with its work.
type Options struct {
	Globs   []string `json:"globs"` // patterns of photos, on any file system that Beam has
	Out     string   `json:"out"`   // folder that is written to
	Format  string   `json:"format"`
	Shards  int      `json:"shards"` // parts that photos are divided into, by their paths
	Model   string   `json:"model"`
	Size    int      `json:"size"`
	Top     int      `json:"top"`
	Head    string   `json:"head"` // project on every worker's disk
	Exact   bool     `json:"exact"`
	Embed   bool     `json:"embed"`   // keep feature vectors
	Near    bool     `json:"near"`    // find near-duplicates
	Threads int      `json:"threads"` // of each worker process, 0 for one a core
	Reads   int      `json:"reads"`   // photos that are read at once where that is not from a disk
}

// check says what is wrong with options.
func (o *Options) check() error {
	switch {
	case len(o.Globs) == 0:
		return errors.New("name photos by patterns, such as photos/*.jpg or gs://bucket/photos/*.jpg")
	case o.Out == "":
		return errors.New("--out: name the folder to write to")
	case o.Format != "jsonl" && o.Format != "parquet":
		return fmt.Errorf("--format %s: jsonl or parquet", o.Format)
	case o.Shards < 1 || o.Shards > 99_999:
		return fmt.Errorf("--shards %d: from 1 to 99999", o.Shards)
	case o.Top < 1:
		return fmt.Errorf("--top %d: one label or more", o.Top)
	case o.Reads < 1 || o.Reads > 1024:
		return fmt.Errorf("--reads %d: from 1 to 1024", o.Reads)
	case o.Head != "" && o.Size != 0:
		return errors.New("--size and --head: a head is bound to the input size that it was taught at")
	}
	return nil
}

// flags are the options as the program's own flags, so that both open the same engine.
func (o *Options) flags() *naming.Flags {
	f := &naming.Flags{}
	f.Model, f.Size, f.Threads, f.Exact = o.Model, o.Size, o.Threads, o.Exact
	f.Head, f.State, f.Jobs = o.Head, "chosen", f.Threads
	if f.Jobs == 0 {
		f.Jobs = runtime.GOMAXPROCS(0)
	}
	return f
}

// file is the name of a file of a shard.
func (o *Options) file(what string, shard int, ending string) string {
	return join(o.Out, fmt.Sprintf("%s-%05d-of-%05d.%s", what, shard, o.Shards, ending))
}

// join is a name in a folder, of any file system.
func join(folder, name string) string {
	if strings.Contains(folder, "://") {
		return strings.TrimSuffix(folder, "/") + "/" + name
	}
	return path.Join(folder, name)
}

// A run is what a folder was written with. Work goes on only with the same.
type run struct {
	Homeroom string `json:"homeroom"`
	Format   string `json:"format"`
	Shards   int    `json:"shards"`
	Top      int    `json:"top"`
	Embed    bool   `json:"embed"`
	Namer    string `json:"namer"`
}

// settle makes sure that the folder was written with the same options, or writes down with which it
// is.
func (o *Options) settle(ctx context.Context, namer string) error {
	want := run{"beam", o.Format, o.Shards, o.Top, o.Embed, namer}
	name := join(o.Out, "run.json")
	if data, err := readFile(ctx, name); err == nil {
		var was run
		if err := json.Unmarshal(data, &was); err != nil || was.Homeroom != want.Homeroom {
			return fmt.Errorf("%s is of another program; name another folder with --out", name)
		}
		if was != want {
			return fmt.Errorf("%s was written with other options (%s, and now %s): take the same, or name another folder with --out", o.Out, jsonOf(was), jsonOf(want))
		}
		return nil
	}
	return writeFile(ctx, name, []byte(jsonOf(want)+"\n"))
}

func jsonOf(v any) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// scheme is that of a path, "" for this machine's disks.
func scheme(name string) string {
	if i := strings.Index(name, "://"); i > 0 {
		return name[:i]
	}
	return ""
}

// validate says which patterns lie on file systems that this program has not.
func validate(ctx context.Context, names []string) error {
	for _, name := range names {
		fs, err := filesystem.New(ctx, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := fs.Close(); err != nil {
			return err
		}
	}
	return nil
}
