package onnx

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// external reads the elements of tensors from files beside the model, as PyTorch writes them:
// "external data" of the specification. Such a file lies in the model's own folder under a plain
// name. Paths, links and what is no file are refused, so that a model cannot make a program read
// anything else.
type external struct {
	folder string // "" where the model is not from a file
	files  map[string][]byte
	left   int64 // bytes that may yet be read
}

// place is where a tensor says that its elements are.
type place struct {
	location, offset, length string
}

// set takes one of the pairs that a tensor describes its place with.
func (p *place) set(key, value string) {
	switch key {
	case "location":
		p.location = value
	case "offset":
		p.offset = value
	case "length":
		p.length = value
	}
}

// number reads an offset or a length, which are decimal text.
func number(what, text string, otherwise int64) (int64, error) {
	if text == "" {
		return otherwise, nil
	}
	v, err := strconv.ParseUint(text, 10, 62)
	if err != nil {
		return 0, fmt.Errorf("the %s %q of its elements is no possible number", what, clip(text))
	}
	return int64(v), nil
}

// data returns the size bytes of a tensor's elements.
func (e *external) data(p place, size int64) ([]byte, error) {
	if e == nil || e.folder == "" {
		return nil, fmt.Errorf("its elements lie in another file (%q), which is read beside a model file only; save the model as one file: onnx.save(model, path, save_as_external_data=False)", clip(p.location))
	}
	file, err := e.file(p.location)
	if err != nil {
		return nil, err
	}
	offset, err := number("offset", p.offset, 0)
	if err != nil {
		return nil, err
	}
	length, err := number("length", p.length, size)
	if err != nil {
		return nil, err
	}
	if length != size {
		return nil, fmt.Errorf("its elements take %d bytes, and %d of %q are said to be theirs; export the model again", size, length, p.location)
	}
	if end := int64(len(file)); offset > end || length > end-offset {
		return nil, fmt.Errorf("its elements end at byte %d of %q, which has %d: that file is cut short or is another model's; copy it again with the model", offset+length, p.location, end)
	}
	return file[offset : offset+length : offset+length], nil
}

// file returns the bytes of a file of the folder, which is read once.
func (e *external) file(name string) ([]byte, error) {
	if data, ok := e.files[name]; ok {
		return data, nil
	}
	if name == "" || name == "." || name == ".." || strings.ContainsAny(name, "/\\:\x00") || filepath.Base(name) != name {
		return nil, fmt.Errorf("its elements lie at %q, and only a plain name of a file beside the model is followed; put that file into the model's folder and save the model again", clip(name))
	}
	path := filepath.Join(e.folder, name)
	before, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("its elements lie in %q, which is not there: keep that file in the same folder as the model, as it was exported, or save the model as one file: onnx.save(model, path, save_as_external_data=False)", name)
	case err != nil:
		return nil, err
	case before.Mode()&os.ModeSymlink != 0:
		return nil, fmt.Errorf("its elements lie in %q, which is a link, and none is followed; put the file itself beside the model", name)
	case !before.Mode().IsRegular():
		return nil, fmt.Errorf("its elements lie in %q, which is no file", name)
	case before.Size() > e.left:
		return nil, fmt.Errorf("its elements lie in %q, of %d bytes; at most %d are read with a model", name, before.Size(), int64(maxFile))
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// What was looked at is what is read, whatever happened between.
	if now, err := f.Stat(); err != nil || !os.SameFile(before, now) {
		return nil, fmt.Errorf("%q changed while it was opened", name)
	}
	data := make([]byte, before.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%q: %w", name, err)
	}
	e.left -= before.Size()
	e.files[name] = data
	return data, nil
}

func beside(path string) *external {
	return &external{folder: filepath.Dir(path), files: map[string][]byte{}, left: math.MaxInt32}
}
