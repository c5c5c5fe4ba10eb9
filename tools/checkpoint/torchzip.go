package checkpoint

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"homeroom/tools/checkpoint/pickle"
)

// maxCompressedPickle bounds the data.pkl of an archive that was packed again with compression.
const maxCompressedPickle = 64 << 20

// readTorchZip reads what torch.save writes since PyTorch 1.6: an archive of NAME/data.pkl, the
// object, NAME/data/KEY, a storage each, and NAME/byteorder.
func readTorchZip(f *finder, a *archive, object *zip.File) error {
	prefix := strings.TrimSuffix(object.Name, "data.pkl")
	var order binary.ByteOrder = binary.LittleEndian
	if b := a.named[prefix+"byteorder"]; b != nil {
		s, err := a.store(b)
		if err != nil {
			return err
		}
		text, err := readAll(s, 16)
		if err != nil {
			return fmt.Errorf("%s: %w", clip(b.Name), err)
		}
		switch string(text) {
		case "little":
		case "big":
			order = binary.BigEndian
		default:
			return fmt.Errorf("its byte order is %q; little or big is expected", text)
		}
	}
	s, err := a.store(object)
	if err != nil {
		return err
	}
	var r io.ReaderAt
	if object.Method == zip.Store {
		start, err := object.DataOffset()
		if err != nil {
			return err
		}
		r = io.NewSectionReader(a.r, start, s.size())
	} else {
		text, err := readAll(s, maxCompressedPickle)
		if err != nil {
			return fmt.Errorf("%s: %w", clip(object.Name), err)
		}
		r = bytes.NewReader(text)
	}
	known := make(map[string]*storage)
	root, err := pickle.NewReader(r, s.size()).Read(pickle.Options{Allow: allow, Persistent: func(id any) (any, error) {
		ref, err := parseReference(id)
		if err != nil {
			return nil, err
		}
		if s := known[ref.key]; s != nil && s.dtype == ref.dtype {
			return s, nil
		}
		file := a.named[prefix+"data/"+ref.key]
		if file == nil {
			return nil, fmt.Errorf("storage %q isn't in the archive", clip(ref.key))
		}
		data, err := a.store(file)
		if err != nil {
			return nil, err
		}
		if data.size() < ref.bytes() {
			return nil, fmt.Errorf("storage %q has %d bytes, and %d elements of %v take %d", clip(ref.key), data.size(), ref.numel, ref.dtype, ref.bytes())
		}
		s := &storage{ref.dtype, data, order}
		known[ref.key] = s
		return s, nil
	}})
	if err != nil {
		return fmt.Errorf("%s: %w", clip(object.Name), explained(err))
	}
	return f.root(root)
}

// readZip tells the two kinds of archive apart, a checkpoint and numpy's, and reads either.
func readZip(f *finder, r io.ReaderAt, size int64) error {
	a, err := openZip(r, size)
	if err != nil {
		return err
	}
	var object *zip.File
	arrays := 0
	if says := otherArchive(a); says != "" {
		return errors.New(says)
	}
	for _, file := range a.files {
		dir, base, _ := cutLast(file.Name, "/")
		switch {
		case base == "data.pkl" && !strings.Contains(dir, "/"):
			if object != nil {
				return errors.New("it holds two checkpoints (data.pkl)")
			}
			object = file
		case strings.HasSuffix(base, ".npy"):
			arrays++
		}
	}
	switch {
	case object != nil:
		f.out.Format = "pytorch"
		dir := strings.TrimSuffix(object.Name, "data.pkl")
		f.out.Scripted = a.named[dir+"constants.pkl"] != nil
		if err := readTorchZip(f, a, object); err != nil || !f.out.Scripted {
			return err
		}
		return f.out.readScript(a, dir)
	case arrays > 0 || len(a.files) == 0:
		f.out.Format = "npz"
		return readNPZ(f, a)
	}
	for _, file := range a.files {
		if ext := strings.ToLower(path.Ext(file.Name)); slices.Contains(weightExtensions, ext) {
			return fmt.Errorf("it is a ZIP archive with a file of weights in it, %q: unpack it, and give that file", clip(file.Name))
		}
	}
	return fmt.Errorf("it is a ZIP archive, neither PyTorch's (data.pkl) nor numpy's (.npy files): it holds %q", clip(a.files[0].Name))
}

// cutLast cuts s around the last sep; without one, all of s is after it.
func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return "", s, false
}
