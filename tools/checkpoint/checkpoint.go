package checkpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Checkpoint is what a file of weights holds.
type Checkpoint struct {
	// Format is pytorch, pytorch-legacy, safetensors, npz, npy or pickle.
	Format string
	// Tensors are in the order of the file.
	Tensors []*Tensor
	// Modules are the parts of a network that was pickled as a whole, outermost first; nil for
	// weights alone.
	Modules []*Module
	// Meta holds what else was saved beside the weights and is plain data (the epoch, the name of the architecture, …):
	// nil, bool, int64, float64, string, []any and map[string]any.
	Meta map[string]any

	closer io.Closer
}

// Module is a part of a network that was pickled as a whole.
type Module struct {
	// Name is the dotted name, as its tensors have before theirs; "" is the network itself.
	Name string
	// Class is the name of its class, such as torch.nn.modules.conv.Conv2d.
	Class string
	// Attributes are its plain values, as in [Checkpoint.Meta]: for a Conv2d stride, padding and so on.
	Attributes map[string]any
}

// Open reads the checkpoint in a file, whose format its content tells. The tensors' elements are read when they
// are asked for, so the file must stay open until then: call Close at the end.
func Open(path string) (*Checkpoint, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s isn't a file", path)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	c, err := Read(filepath.Base(path), f, info.Size())
	if err != nil {
		f.Close()
		return nil, err
	}
	c.closer = f
	return c, nil
}

// Close closes the file that Open opened. After Read it does nothing.
func (c *Checkpoint) Close() error {
	if c.closer == nil {
		return nil
	}
	return c.closer.Close()
}

// Tensor finds a tensor by name, or returns nil.
func (c *Checkpoint) Tensor(name string) *Tensor {
	for _, t := range c.Tensors {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Read reads the checkpoint in the size bytes of r, which must stay readable while its tensors are in use. name is what
// errors call it.
//
// Training scripts save the weights alone, or in a dict under state_dict, model, model_state_dict, network, net or ema, or the
// whole network: all are found. The prefixes module. and _orig_mod., which PyTorch's wrappers for training give all names,
// are taken off. Any other nested dicts give dotted names.
//
// An error names the file and what is wrong with it: it is of another kind, cut short, damaged, hostile, or has
// no tensors.
func Read(name string, r io.ReaderAt, size int64) (*Checkpoint, error) {
	c := &Checkpoint{Meta: make(map[string]any)}
	f := newFinder(name, c)
	head := make([]byte, min(size, 512))
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, fmt.Errorf("%s: reading: %w", name, err)
	}
	if err := read(f, head, r, size); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(c.Tensors) == 0 {
		return nil, fmt.Errorf("%s: it holds no tensors; a checkpoint with the weights of a network is expected", name)
	}
	for _, prefix := range []string{"module.", "_orig_mod.", "module."} {
		c.strip(prefix)
	}
	return c, nil
}

// read picks the format by the file's first bytes.
func read(f *finder, head []byte, r io.ReaderAt, size int64) error {
	begins := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case size == 0:
		return errors.New("the file is empty; download it again")
	case begins("PK\x03\x04"), begins("PK\x05\x06"):
		return readZip(f, r, size)
	case begins(npyMagic):
		return readNPY(f, r, size)
	case looksLikeSafetensors(head, size):
		return readSafetensors(f, r, size)
	}
	for _, other := range []struct {
		at    int
		magic string
		says  string
	}{
		{0, "\x89HRP\r\n", "it is a pack, converted already"},
		{0, "\x89HDF\r\n\x1a\n", "it is HDF5, as Keras saves; save the weights as safetensors or .npz instead"},
		{0, "\x1f\x8b", "it is compressed by gzip; unpack it first"},
		{0, "BZh", "it is compressed by bzip2; unpack it first"},
		{0, "\xfd7zXZ", "it is compressed by xz; unpack it first"},
		{0, "\x28\xb5\x2f\xfd", "it is compressed by Zstandard; unpack it first"},
		{0, "GGUF", "it is GGUF, which holds language models"},
		{0, "version https://git-lfs", "it is a Git LFS pointer, not the file itself: run git lfs pull"},
		{0, "<", "it is a web page or XML, not a checkpoint; download it again"},
		{4, "TFL3", "it is TensorFlow Lite; convert the PyTorch or ONNX original instead"},
		{257, "ustar", "it is a tar archive, unpack it first; or, as PyTorch before 0.1.10 saved: load it in a later PyTorch and save it again"},
	} {
		if len(head) > other.at && bytes.HasPrefix(head[other.at:], []byte(other.magic)) {
			return errors.New(other.says)
		}
	}
	if len(head) > 2 && head[0] == 0x08 && head[1] < 0x20 && head[2]&7 <= 2 {
		return errors.New("it looks like an ONNX model; give it a name that ends in .onnx")
	}
	if head[0] == 0x80 || strings.IndexByte("(lcdL]})I", head[0]) >= 0 {
		return readPickle(f, r, size)
	}
	return fmt.Errorf("it isn't a checkpoint of a kind that is known here (PyTorch, safetensors, numpy; ONNX by a name that ends in .onnx): it begins with %q", head[:min(len(head), 8)])
}

// strip takes a prefix off all tensors' and modules' names, if all have it. AveragedModel's own count doesn't matter.
func (c *Checkpoint) strip(prefix string) {
	const count = "n_averaged"
	any := false
	for _, t := range c.Tensors {
		has := strings.HasPrefix(t.Name, prefix) && len(t.Name) > len(prefix)
		if !has && t.Name != count || strings.TrimPrefix(t.Name, prefix) == count && has {
			return
		}
		any = any || has
	}
	if !any {
		return
	}
	for _, t := range c.Tensors {
		t.Name = strings.TrimPrefix(t.Name, prefix)
	}
	outer := strings.TrimSuffix(prefix, ".")
	kept := c.Modules[:0]
	for _, m := range c.Modules {
		switch {
		case m.Name == outer:
			m.Name = ""
		case strings.HasPrefix(m.Name, prefix):
			m.Name = m.Name[len(prefix):]
		case m.Name == "":
			continue // the wrapper
		}
		kept = append(kept, m)
	}
	c.Modules = kept
}
