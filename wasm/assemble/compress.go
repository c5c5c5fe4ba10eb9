package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/andybalholm/brotli"
	"golang.org/x/sync/errgroup"
)

// compressions are what is laid beside files for servers that send it as it is, by what is added to
// the name, with brotli at a level.
func compressions(level int) map[string]func(io.Writer) (io.WriteCloser, error) {
	return map[string]func(io.Writer) (io.WriteCloser, error){
		".br": func(w io.Writer) (io.WriteCloser, error) {
			return brotli.NewWriterOptions(w, brotli.WriterOptions{Quality: level, LGWin: 24}), nil
		},
		".gz": gzipped,
	}
}

func fast(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, gzip.BestSpeed) }

func gzipped(w io.Writer) (io.WriteCloser, error) {
	return gzip.NewWriterLevel(w, gzip.BestCompression)
}

// written is what a writer makes of data.
func written(data []byte, writer func(io.Writer) (io.WriteCloser, error)) ([]byte, error) {
	var out bytes.Buffer
	w, err := writer(&out)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(data); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// compressed lists the extensions of files that do not become smaller.
var compressed = []string{".pack", ".jpg", ".png", ".webp"}

const (
	worth = 0.95 // the share of a file that its compressed form may have
	least = 1024 // bytes of a file that is compressed: less is one packet anyway
)

// usual is the level of brotli for most files. Of the 10.6 MB of the program's first module gzip
// leaves 2.63 MB; brotli 2.16 at level 9, in 2 s, and 1.92 at level 11, in half a minute.
const usual = 9

// awaited are the files that a first visit waits for, of which level 11 makes much less.
var awaited = []string{"homeroom.wasm", "homeroom-relaxed.wasm"}

// compress writes the compressed forms of files into the folder that they are in, and removes those
// of an earlier build. What a first visit waits for is compressed at a level of its own.
func compress(files map[string][]byte, folder string, level int) error {
	var all errgroup.Group
	for name, data := range files {
		own := usual
		if slices.Contains(awaited, name) {
			own = level
		}
		for suffix, writer := range compressions(own) {
			to := filepath.Join(folder, filepath.FromSlash(name)) + suffix
			all.Go(func() error {
				var out []byte
				if len(data) >= least && !slices.Contains(compressed, path.Ext(name)) {
					var err error
					if out, err = written(data, writer); err != nil {
						return err
					}
				}
				if len(out) == 0 || float64(len(out)) > worth*float64(len(data)) {
					if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
						return fmt.Errorf("removing what an earlier build compressed: %w", err)
					}
					return nil
				}
				return os.WriteFile(to, out, 0o644)
			})
		}
	}
	return all.Wait()
}
