package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Limits on what may be fetched.
const (
	maxTarball  = 128 << 20
	maxUnpacked = 1 << 30
)

// check compares data with the pinned checksum.
func (t tarball) check(data []byte) error {
	want, ok := strings.CutPrefix(t.integrity, "sha512-")
	if !ok {
		return fmt.Errorf("%s %s is pinned by no sha512", t.name, t.version)
	}
	sum := sha512.Sum512(data)
	if got := base64.StdEncoding.EncodeToString(sum[:]); got != want {
		return fmt.Errorf("%s %s is not what was pinned: its sha512 is %s, not %s", t.name, t.version, got, want)
	}
	return nil
}

// fetchPeers makes sure that every tarball is unpacked in dir, one folder each, and returns an
// error that names the one that could not be had.
func fetchPeers(ctx context.Context, dir string) error {
	for _, t := range tarballs {
		folder := t.unpacked(dir)
		if _, err := os.Stat(folder); err == nil {
			continue
		}
		fmt.Fprintf(os.Stderr, "fetching %s %s\n", t.name, t.version)
		data, err := t.fetch(ctx)
		if err == nil {
			err = t.check(data)
		}
		if err == nil {
			err = unpack(data, folder)
		}
		if err != nil {
			return fmt.Errorf("peer %s %s: %w", t.name, t.version, err)
		}
	}
	return nil
}

// unpacked returns the folder of a tarball's files.
func (t tarball) unpacked(dir string) string { return filepath.Join(dir, t.folder+"-"+t.version) }

// fetch has npm fetch the tarball, from where it is configured to.
func (t tarball) fetch(ctx context.Context) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	folder, err := os.MkdirTemp("", "homeroom-bench-npm")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if _, err := command(ctx, nil, "npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder, t.name+"@"+t.version); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.tgz"))
	if err != nil || len(files) != 1 {
		return nil, fmt.Errorf("npm pack left %d files in place of one", len(files))
	}
	in, err := os.Open(files[0])
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxTarball+1))
	if err == nil && len(data) > maxTarball {
		err = fmt.Errorf("it is larger than %d bytes", maxTarball)
	}
	return data, err
}

// unpack writes the regular files of a package to folder, which appears whole or not at all.
func unpack(data []byte, folder string) error {
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	half, err := os.MkdirTemp(filepath.Dir(folder), "unpacking")
	if err != nil {
		return err
	}
	defer os.RemoveAll(half)
	plain, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return err
	}
	files, room := tar.NewReader(plain), int64(maxUnpacked)
	for {
		h, err := files.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		// npm puts everything into one folder, mostly "package".
		_, name, _ := strings.Cut(path.Clean(h.Name), "/")
		if h.Typeflag != tar.TypeReg || name == "" {
			continue
		}
		if !fs.ValidPath(name) || !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("it holds a file named %q", h.Name)
		}
		if room -= h.Size; room < 0 {
			return errors.New("it holds too much")
		}
		to := filepath.Join(half, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		content, err := io.ReadAll(files)
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, content, 0o644); err != nil {
			return err
		}
	}
	return os.Rename(half, folder)
}
