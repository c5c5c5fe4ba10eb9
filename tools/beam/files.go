package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/beam/sdks/v2/go/pkg/beam/io/filesystem"

	"homeroom/tools/whole"
)

// maxFile is the most bytes of a file that this pipeline wrote itself and reads again.
const maxFile = 4 << 30

// readFile reads a file of any file system.
func readFile(ctx context.Context, name string) (data []byte, err error) {
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, fs.Close()) }()
	f, err := fs.OpenRead(ctx, name)
	if err != nil {
		return nil, err
	}
	data, err = io.ReadAll(io.LimitReader(f, maxFile))
	return data, errors.Join(err, f.Close())
}

// writeFile writes a file of any file system, which is there as a whole or as it was before. Object
// stores make that so; on a disk the file is renamed once it is written.
func writeFile(ctx context.Context, name string, data []byte) (err error) {
	if scheme(name) == "" {
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			return err
		}
		return whole.Write(name, 0o666, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
	}
	fs, err := filesystem.New(ctx, name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, fs.Close()) }()
	f, err := fs.OpenWrite(ctx, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Close())
}
