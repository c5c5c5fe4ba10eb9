//go:build js && wasm

package handles

import (
	"bytes"
	"errors"
	"path"
	"strings"
	"syscall/js"
	"time"

	"homeroom/wasm/app/outside"
	"homeroom/wasm/blob"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
)

// A fault is an error that the program tells apart.
type fault struct {
	kind outside.Fault
	text string
}

func (f fault) Error() string { return f.text }

// FaultOf says what an error of the browser's is.
func FaultOf(err error) (outside.Fault, string) {
	var own fault
	var thrown *promise.Error
	switch {
	case err == nil:
		return outside.Fine, ""
	case errors.As(err, &own):
		return own.kind, own.text
	case errors.As(err, &thrown):
		switch thrown.Name {
		case "NotFoundError":
			return outside.Gone, thrown.Text
		case "NotAllowedError", "SecurityError":
			return outside.Denied, thrown.Text
		case "QuotaExceededError":
			return outside.Full, thrown.Text
		}
	}
	return outside.Failed, err.Error()
}

// Folder finds a folder by its path, or makes it.
func Folder(root js.Value, at string, make bool) (js.Value, error) {
	if at == "." || at == "" {
		return root, nil
	}
	for part := range strings.SplitSeq(at, "/") {
		next, err := promise.AwaitCall(root, "getDirectoryHandle", part, map[string]any{"create": make})
		if err != nil {
			return next, err
		}
		root = next
	}
	return root, nil
}

// An entry is a file's place, with the file's handle where it is there.
type entry struct {
	dir, handle js.Value
	name        string
}

// fileAt finds a file. The error says where none is there.
func fileAt(root js.Value, at string) (entry, outside.File, error) {
	out := entry{name: path.Base(at)}
	var err error
	if out.dir, err = Folder(root, path.Dir(at), false); err != nil {
		return out, outside.File{}, err
	}
	if out.handle, err = promise.AwaitCall(out.dir, "getFileHandle", out.name); err != nil {
		return out, outside.File{}, err
	}
	file, err := promise.AwaitCall(out.handle, "getFile")
	if err != nil {
		return out, outside.File{}, err
	}
	return out, FileOf(file, at), nil
}

// fileOnly finds a file of this size and time; size is below 0 for any.
func fileOnly(root js.Value, at string, size, changed int64) (entry, outside.File, error) {
	e, f, err := fileAt(root, at)
	if err == nil && size >= 0 && (f.Bytes != size || f.Changed != changed) {
		err = fault{kind: outside.Altered}
	}
	return e, f, err
}

// free finds a place where nothing is, and makes the folders that it lies in.
func free(root js.Value, at string) (entry, error) {
	out := entry{name: path.Base(at)}
	var err error
	if out.dir, err = Folder(root, path.Dir(at), true); err != nil {
		return out, err
	}
	_, err = promise.AwaitCall(out.dir, "getFileHandle", out.name)
	var thrown *promise.Error
	switch {
	case err == nil, errors.As(err, &thrown) && thrown.Name == "TypeMismatchError":
		return out, fault{kind: outside.Taken}
	case errors.As(err, &thrown) && thrown.Name == "NotFoundError":
		return out, nil
	}
	return out, err
}

// Read does what is asked for.
func Read(e outside.ReadFile, out *outside.FileDone) (err error) {
	if out.File = (outside.File{}); e.File != nil {
		out.File = FileOf(e.File.Value, "")
	} else if _, out.File, err = fileAt(e.Folder.Value, e.Path); err != nil {
		return err
	}
	if out.File.Bytes > e.Most {
		return fault{outside.Failed, "it is too long for what it is"}
	}
	out.Data, err = blob.Bytes(out.File.Object.Value)
	return err
}

// Write does what is asked for.
func Write(e outside.WriteFile, out *outside.FileDone) error {
	var at entry
	var err error
	if e.Fresh {
		if at, err = free(e.Folder.Value, e.Path); err != nil {
			return err
		}
	} else {
		var f outside.File
		var was []byte
		if at, f, err = fileAt(e.Folder.Value, e.Path); err == nil {
			was, err = blob.Bytes(f.Object.Value)
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(was, e.Old) {
			return fault{kind: outside.Altered}
		}
	}
	var scratch blob.Scratch
	if err := write(at, func(to js.Value) error {
		if _, err := promise.AwaitCall(to, "write", scratch.Of(e.Data)); err != nil {
			return err
		}
		_, err := promise.AwaitCall(to, "close")
		return err
	}); err != nil {
		return err
	}
	_, f, err := fileAt(e.Folder.Value, e.Path)
	if err != nil {
		return err
	}
	out.File = f
	if is, err := blob.Bytes(f.Object.Value); err != nil {
		return err
	} else if !bytes.Equal(is, e.Data) {
		return fault{outside.Failed, "what was written reads otherwise"}
	}
	return nil
}

// write has a file written, which stays as it was, or away, where that fails.
func write(at entry, do func(to js.Value) error) error {
	made := at.handle.IsUndefined()
	var err error
	if made {
		if at.handle, err = promise.AwaitCall(at.dir, "getFileHandle", at.name, map[string]any{"create": true}); err != nil {
			return err
		}
	}
	to, err := promise.AwaitCall(at.handle, "createWritable")
	if err == nil {
		if err = do(to); err == nil {
			return nil
		}
		_, _ = promise.AwaitCall(to, "abort")
	}
	if made {
		if file, fault := promise.AwaitCall(at.handle, "getFile"); fault == nil && file.Get("size").Int() == 0 {
			_, _ = promise.AwaitCall(at.dir, "removeEntry", at.name)
		}
	}
	return err
}

// Move does what is asked for.
func Move(e outside.MoveFile, out *outside.FileDone) error {
	from, _, err := fileOnly(e.Folder.Value, e.From, e.Bytes, e.Changed)
	if err != nil {
		return err
	}
	if from.handle.Get("move").IsUndefined() {
		return fault{kind: outside.Unable}
	}
	to, err := free(e.Folder.Value, e.To)
	if err != nil {
		return err
	}
	if _, err := promise.AwaitCall(from.handle, "move", to.dir, to.name); err != nil {
		if kind, _ := FaultOf(err); kind == outside.Full || kind == outside.Gone {
			return err
		}
		return fault{kind: outside.Unable} // where it is not allowed at all, a copy is not either
	}
	_, out.File, err = fileAt(e.Folder.Value, e.To)
	return err
}

// Copy does what is asked for.
func Copy(e outside.CopyFile, out *outside.FileDone) error {
	_, was, err := fileOnly(e.Folder.Value, e.From, e.Bytes, e.Changed)
	if err != nil {
		return err
	}
	to, err := free(e.Folder.Value, e.To)
	if err != nil {
		return err
	}
	if err := write(to, func(stream js.Value) error {
		_, err := promise.AwaitCall(was.Object.Value.Call("stream"), "pipeTo", stream)
		return err
	}); err != nil {
		return err
	}
	out.Was = was
	if _, out.File, err = fileAt(e.Folder.Value, e.To); err != nil {
		return err
	}
	if is, err := same(was, out.File); err != nil || is {
		return err
	}
	return fault{outside.Failed, "the copy reads otherwise"}
}

// same compares the bytes of two files.
func same(a, b outside.File) (bool, error) {
	if a.Bytes != b.Bytes {
		return false, nil
	}
	x, y := blob.NewReader(a.Object.Value), blob.NewReader(b.Object.Value)
	defer x.Close()
	defer y.Close()
	p, q := make([]byte, 1<<20), make([]byte, 1<<20)
	begun := time.Now()
	for at := int64(0); at < a.Bytes; at += int64(len(p)) {
		n := min(int64(len(p)), a.Bytes-at)
		if _, err := x.ReadAt(p[:n], at); err != nil {
			return false, err
		}
		if _, err := y.ReadAt(q[:n], at); err != nil {
			return false, err
		}
		if !bytes.Equal(p[:n], q[:n]) {
			return false, nil
		}
		if time.Since(begun) > 20*time.Millisecond { // others have their turn
			time.Sleep(time.Millisecond)
			begun = time.Now()
		}
	}
	return true, nil
}

// CompareFiles does what is asked for.
func CompareFiles(e outside.CompareFiles, out *outside.FileDone) error {
	for _, one := range []struct {
		path  string
		file  *outside.File
		there *bool
	}{{e.Path, &out.File, &out.There}, {e.Other, &out.Was, &out.Other}} {
		_, f, err := fileAt(e.Folder.Value, one.path)
		if kind, _ := FaultOf(err); kind != outside.Fine && kind != outside.Gone {
			return err
		}
		*one.file, *one.there = f, err == nil
	}
	if !out.There || !out.Other {
		return nil
	}
	var err error
	out.Same, err = same(out.File, out.Was)
	return err
}

// FileOf describes a file by the path that it is known by.
func FileOf(f js.Value, at string) outside.File {
	out := outside.File{Object: protocol.Of(f), Name: path.Base(at), Path: at, Bytes: int64(f.Get("size").Float())}
	if changed := f.Get("lastModified"); changed.Type() == js.TypeNumber {
		out.Changed = int64(changed.Float())
	}
	return out
}

// Remove does what is asked for.
func Remove(e outside.RemoveFile) error {
	at, _, err := fileOnly(e.Folder.Value, e.Path, e.Bytes, e.Changed)
	if err == nil {
		_, err = promise.AwaitCall(at.dir, "removeEntry", at.name)
	}
	return err
}

// RemoveFolder does what is asked for. The browser refuses where something is in the folder.
func RemoveFolder(e outside.RemoveFolder) error {
	dir, err := Folder(e.Folder.Value, path.Dir(e.Path), false)
	if err == nil {
		_, err = promise.AwaitCall(dir, "removeEntry", path.Base(e.Path))
	}
	return err
}

// An Opener opens many files of a folder.
type Opener struct {
	Root js.Value
	dirs map[string]js.Value
}

// File opens one.
func (o *Opener) File(at string) (outside.File, error) {
	dir, known := o.dirs[path.Dir(at)]
	if !known {
		var err error
		if dir, err = Folder(o.Root, path.Dir(at), false); err != nil {
			return outside.File{}, err
		}
		if o.dirs == nil {
			o.dirs = map[string]js.Value{}
		}
		o.dirs[path.Dir(at)] = dir
	}
	handle, err := promise.AwaitCall(dir, "getFileHandle", path.Base(at))
	if err != nil {
		return outside.File{}, err
	}
	file, err := promise.AwaitCall(handle, "getFile")
	if err != nil {
		return outside.File{}, err
	}
	return FileOf(file, at), nil
}
