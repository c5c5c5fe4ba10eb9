package checkpoint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"

	"homeroom/tools/checkpoint/pickle"
)

// legacyMagic is the first of the pickles of PyTorch's format before 1.6.
var legacyMagic, _ = new(big.Int).SetString("1950a86a20f9469cfc6c", 16)

const legacyProtocol = 1001

// errElsewhere is for the pickle out of an archive of torch.save's: it names its tensors' elements,
// which are beside it.
var errElsewhere = errors.New("its tensors' elements are not in this file: it is the data.pkl out of an archive of torch.save's, which keeps them in a folder named data; give the whole .pt or .pth file, packed as it was")

// readPickle reads a file that begins with a pickle: torch.save's before PyTorch 1.6, or a plain
// one with numpy arrays.
//
// The former is, one after another, pickles of a magic number, a protocol number, facts about the
// system, the object and the list of its storages' keys, and then, for each key, the number of
// elements as a 64 bit integer and the elements. The system's facts include its byte order, but
// PyTorch writes numbers and elements little endian everywhere and ignores that fact on reading; so
// does this.
func readPickle(f *finder, r io.ReaderAt, size int64) error {
	p := pickle.NewReader(r, size)
	l := &legacy{storages: make(map[string]*legacyStorage)}
	opt := pickle.Options{Allow: allow, Persistent: l.persistent}
	first, err := p.Read(opt)
	if err != nil {
		return explained(err)
	}
	if magic, ok := first.(*big.Int); !ok || magic.Cmp(legacyMagic) != 0 {
		f.out.Format = "pickle"
		if len(l.storages) > 0 {
			return errElsewhere
		}
		return f.root(first)
	}
	f.out.Format = "pytorch-legacy"
	protocol, err := p.Read(opt)
	if err != nil {
		return err
	}
	if protocol != int64(legacyProtocol) {
		return fmt.Errorf("its protocol is %v, not %d", protocol, legacyProtocol)
	}
	if _, err := p.Read(opt); err != nil { // the system
		return err
	}
	root, err := p.Read(opt)
	if err != nil {
		return explained(err)
	}
	keys, err := p.Read(opt)
	if err != nil {
		return err
	}
	if err := l.locate(keys, r, p.Offset(), size); err != nil {
		return err
	}
	return f.root(root)
}

// legacy collects the storages that an object refers to, before it is known where they lie.
type legacy struct {
	storages map[string]*legacyStorage
}

type legacyStorage struct {
	dtype DType
	numel int64
	views map[string]*storage // by what the views are called; "" is the whole
	at    map[string][2]int64 // their first and number of elements
}

// persistent reads ('storage', type, key, location, elements, view) and ('module', class, file,
// source).
func (l *legacy) persistent(id any) (any, error) {
	if t, ok := id.(pickle.Tuple); ok && len(t) >= 2 && t[0] == "module" {
		if class, ok := t[1].(pickle.Global); ok {
			return class, nil
		}
	}
	ref, err := parseReference(id)
	if err != nil {
		return nil, err
	}
	s := l.storages[ref.key]
	if s == nil {
		s = &legacyStorage{dtype: ref.dtype, numel: ref.numel, views: make(map[string]*storage), at: make(map[string][2]int64)}
		l.storages[ref.key] = s
	}
	if s.dtype != ref.dtype || s.numel != ref.numel {
		return nil, fmt.Errorf("storage %q is both %d elements of %v and %d of %v", clip(ref.key), s.numel, s.dtype, ref.numel, ref.dtype)
	}
	// Before PyTorch 0.4 a storage could be a part of another: (key, first element, elements).
	name, first, n := "", int64(0), ref.numel
	if len(ref.rest) > 0 && ref.rest[0] != nil {
		view, ok := ref.rest[0].(pickle.Tuple)
		if !ok || len(view) != 3 {
			return nil, fmt.Errorf("storage %q: a view that isn't one", clip(ref.key))
		}
		first, _ = view[1].(int64)
		n, _ = view[2].(int64)
		if first < 0 || n < 0 || first > ref.numel || n > ref.numel-first {
			return nil, fmt.Errorf("storage %q: a view of elements %v to %v of %d", clip(ref.key), view[1], view[2], ref.numel)
		}
		name = fmt.Sprint(first, n)
	}
	if s.views[name] == nil {
		s.views[name] = &storage{dtype: s.dtype, order: littleEndian}
		s.at[name] = [2]int64{first, n}
	}
	return s.views[name], nil
}

// locate finds each storage's elements, from byte at of the file on.
func (l *legacy) locate(keys any, r io.ReaderAt, at, size int64) error {
	list, ok := keys.(*pickle.List)
	if !ok {
		return errors.New("the list of its storages is missing")
	}
	found := make(map[string]bool)
	for _, k := range list.Items {
		key, ok := k.(string)
		if n, isInt := k.(int64); isInt {
			key, ok = fmt.Sprint(n), true
		}
		if !ok {
			return fmt.Errorf("the key of a storage is a %T", k)
		}
		s := l.storages[key]
		if s == nil || found[key] {
			return fmt.Errorf("storage %q is in the file, but no tensor uses it, or it is there twice", clip(key))
		}
		found[key] = true
		var count [8]byte
		if size-at < 8 {
			return fmt.Errorf("it is cut short: %d bytes, before storage %q; download it again", size, clip(key))
		}
		if _, err := r.ReadAt(count[:], at); err != nil {
			return err
		}
		at += 8
		if n := binary.LittleEndian.Uint64(count[:]); n != uint64(s.numel) {
			return fmt.Errorf("storage %q: %d elements where the tensors expect %d; the file is damaged", clip(key), n, s.numel)
		}
		bytes := s.numel * int64(s.dtype.Size())
		if bytes > size-at {
			return fmt.Errorf("it is cut short: %d of at least %d bytes (storage %q); download it again", size, at+bytes, clip(key))
		}
		for name, view := range s.views {
			part := s.at[name]
			view.data = section{r, at + part[0]*int64(s.dtype.Size()), part[1] * int64(s.dtype.Size())}
		}
		at += bytes
	}
	for key := range l.storages {
		if !found[key] {
			return fmt.Errorf("storage %q isn't in the file", clip(key))
		}
	}
	return nil
}
