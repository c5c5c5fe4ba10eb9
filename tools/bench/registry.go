package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Limits on what a registry may send.
const (
	maxTarball  = 128 << 20
	maxUnpacked = 1 << 30
)

// registry returns the address of the npm registry: what the environment or
// npm's own configuration names, else the public one.
func registry(ctx context.Context) string {
	address := cmp.Or(os.Getenv("npm_config_registry"), os.Getenv("NPM_CONFIG_REGISTRY"))
	if address == "" {
		if out, err := exec.CommandContext(ctx, "npm", "config", "get", "registry").Output(); err == nil {
			address = strings.TrimSpace(string(out))
		}
	}
	if !strings.HasPrefix(address, "http") {
		address = "https://registry.npmjs.org/"
	}
	return strings.TrimSuffix(address, "/")
}

// url returns where a registry keeps the tarball.
func (t tarball) url(registry string) string {
	return fmt.Sprintf("%s/%s/-/%s-%s.tgz", registry, t.name, path.Base(t.name), t.version)
}

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

// fetchPeers makes sure that every tarball is unpacked in dir, one folder each,
// and returns an error that names the one that could not be had.
func fetchPeers(ctx context.Context, dir string) error {
	source := ""
	for _, t := range tarballs {
		folder := t.unpacked(dir)
		if _, err := os.Stat(folder); err == nil {
			continue
		}
		if source == "" {
			source = registry(ctx)
		}
		fmt.Fprintf(os.Stderr, "fetching %s %s\n", t.name, t.version)
		data, err := fetch(ctx, t.url(source))
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

func fetch(ctx context.Context, url string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the registry answers %s", answer.Status)
	}
	data, err := io.ReadAll(io.LimitReader(answer.Body, maxTarball+1))
	if err == nil && len(data) > maxTarball {
		err = fmt.Errorf("it is larger than %d bytes", maxTarball)
	}
	return data, err
}

// unpack writes the regular files of a package to folder, which appears whole
// or not at all.
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
