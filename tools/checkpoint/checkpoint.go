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
	// Meta holds what else was saved beside the weights and is plain data (the epoch, the name of
	// the architecture, …): nil, bool, int64, float64, string, []any and map[string]any.
	Meta map[string]any
	// Weights is the key that the weights lay under, such as state_dict, and "" where they are all
	// that was saved. Others are keys beside it that hold weights, too: of a training's average, or
	// of what it was averaged from.
	Weights string
	Others  []string
	// Scripted tells that the file is TorchScript: Modules have the constants that its code shows,
	// and what calls what isn't read.
	Scripted bool

	closer io.Closer
}

// Module is a part of a network that was pickled as a whole.
type Module struct {
	// Name is the dotted name, as its tensors have before theirs; "" is the network itself.
	Name string
	// Class is the name of its class, such as torch.nn.modules.conv.Conv2d.
	Class string
	// Attributes are its plain values, as in [Checkpoint.Meta]: for a Conv2d stride, padding and so
	// on.
	Attributes map[string]any
}

// Open reads the checkpoint in a file, whose format its content tells. The tensors' elements are
// read when they are asked for, so the file must stay open until then: call Close at the end.
func Open(path string) (*Checkpoint, error) { return OpenWith(path, Options{}) }

// Options say what to read of a file.
type Options struct {
	// Weights is the key of the weights to take, where a training has saved several, such as
	// state_dict and state_dict_ema; "" takes the average where there is one.
	Weights string
}

// OpenWith is Open with options.
func OpenWith(path string, opt Options) (*Checkpoint, error) {
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
	c, err := readWith(filepath.Base(path), f, info.Size(), opt)
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

// Read reads the checkpoint in the size bytes of r, which must stay readable while its tensors are
// in use. name is what errors call it.
//
// Training scripts save the weights alone, or in a dict under state_dict, model, model_state_dict,
// network or net, with their average over the training under state_dict_ema, model_ema or ema, or
// the whole network: all are found, the average first. The prefixes module. and _orig_mod., which
// PyTorch's wrappers for training give all names, are taken off. Any other nested dicts give dotted
// names.
//
// An error names the file and what is wrong with it: it is of another kind, cut short, damaged,
// hostile, or has no tensors.
func Read(name string, r io.ReaderAt, size int64) (*Checkpoint, error) {
	return readWith(name, r, size, Options{})
}

// ErrFault is in the error for a file that a reader here failed on without having found out why.
var ErrFault = errors.New("the reader has failed on it; it is damaged or made to do harm, or the reader has a fault")

func readWith(name string, r io.ReaderAt, size int64, opt Options) (c *Checkpoint, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			c, err = nil, fmt.Errorf("%s: %w (%v)", name, ErrFault, fault)
		}
	}()
	c = &Checkpoint{Meta: make(map[string]any)}
	f := newFinder(name, c)
	f.weights = opt.Weights
	head := make([]byte, min(size, headSize))
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
	if says := otherKind(f.file, head, r, size); says != "" {
		return errors.New(says)
	}
	if head[0] == 0x80 || strings.IndexByte("(lcdL]})I", head[0]) >= 0 {
		return readPickle(f, r, size)
	}
	if isText(head) {
		return fmt.Errorf("it is text, not a checkpoint: it begins with %q", clip(firstLine(head)))
	}
	return fmt.Errorf("it isn't a checkpoint of a kind that is known here (PyTorch, safetensors, numpy; ONNX by a name that ends in .onnx): it begins with %q", head[:min(len(head), 8)])
}

// strip takes a prefix off all tensors' and modules' names, if all have it. AveragedModel's own
// count doesn't matter.
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
