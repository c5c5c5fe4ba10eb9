//go:build js && wasm

package store

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"syscall/js"
	"unsafe"

	"homeroom/wasm/promise"
)

const (
	name    = "homeroom"
	version = 3 // 2 came with Fulls, 3 with Edits
)

// The kinds of record. Their keys are arrays, of which the first element is the project's ID.
const (
	Projects = "projects" // [project]: JSON text of the project
	Photos   = "photos"   // [project, photo]: JSON text of what is known of it
	Thumbs   = "thumbs"   // [project, photo]: JPEG, as a Blob
	Fulls    = "fulls"    // [project, photo]: the photo itself, as a Blob
	Features = "features" // [project, space, photo]: float32 vector, as an ArrayBuffer
	Heads    = "heads"    // [project, version]: {head: Uint8Array, last: Uint8Array or null, result: JSON text}
	Edits    = "edits"    // [project, number]: JSON text of a change that can be undone or done again
	Notes    = "notes"    // [name]: text
)

var kinds = []string{Projects, Photos, Thumbs, Fulls, Features, Heads, Edits, Notes}

// ErrFull says that the browser has no room left for this page.
var ErrFull = errors.New("the browser has no more room for this page")

// A Store is an open database.
type Store struct{ db js.Value }

// A Record is something to write. A value that is undefined deletes what is there; floats are written as an ArrayBuffer.
type Record struct {
	Kind  string
	Key   []any
	Value any
}

// Open opens the database, which it makes where there is none.
func Open() (*Store, error) {
	s := new(Store)
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) open() error {
	factory := js.Global().Get("indexedDB")
	if !factory.Truthy() {
		return errors.New("this browser keeps nothing for pages (it has no IndexedDB, or a private window switched it off)")
	}
	request := factory.Call("open", name, version)
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		db := request.Get("result")
		for _, k := range kinds {
			if !db.Get("objectStoreNames").Call("contains", k).Bool() {
				db.Call("createObjectStore", k)
			}
		}
		return nil
	})
	defer upgrade.Release()
	request.Set("onupgradeneeded", upgrade)
	if _, err := wait(request, "success", "error", "blocked"); err != nil {
		return err
	}
	db := request.Get("result")
	s.db = db
	// A newer page in another tab may need to change the form of the database.
	db.Set("onversionchange", js.FuncOf(func(js.Value, []js.Value) any {
		db.Call("close")
		return nil
	}))
	return nil
}

// Release gives back the memory of an ArrayBuffer that nobody reads any more: the browser would keep it until the collectors of this program and
// its own have run, which is long where little is made here of much that passes through.
func Release(buffer js.Value) {
	if buffer.Get("transfer").Truthy() { // not in browsers of before 2024, which wait for them
		buffer.Call("transfer", 0)
	}
}

// Write writes records, all or none, and releases the features that it wrote. The error is ErrFull where there is no room.
func (s *Store) Write(records []Record) error {
	if len(records) == 0 {
		return nil
	}
	var touched []any
	for _, k := range kinds {
		for _, r := range records {
			if r.Kind == k {
				touched = append(touched, k)
				break
			}
		}
	}
	t, err := s.transaction(touched, "readwrite")
	if err != nil {
		return err
	}
	stores := map[string]js.Value{}
	for _, k := range touched {
		stores[k.(string)] = t.Call("objectStore", k)
	}
	var scratch js.Value // what is put is copied at once, so that one array does for all
	for _, r := range records {
		at := stores[r.Kind]
		if floats, is := r.Value.([]float32); is {
			if bytes := 4 * len(floats); scratch.IsUndefined() || scratch.Length() != bytes {
				scratch = js.Global().Get("Uint8Array").New(bytes)
			}
			js.CopyBytesToJS(scratch, unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(floats))), 4*len(floats)))
			at.Call("put", scratch.Get("buffer"), r.Key)
		} else if v, is := r.Value.(js.Value); is && v.IsUndefined() || r.Value == nil {
			at.Call("delete", r.Key)
		} else {
			at.Call("put", r.Value, r.Key)
		}
	}
	if _, err = wait(t, "complete", "error", "abort"); err != nil {
		return err
	}
	for _, r := range records {
		if buffer, is := r.Value.(js.Value); is && r.Kind == Features && buffer.Truthy() {
			Release(buffer)
		}
	}
	return nil
}

// transaction begins one. A database that the browser closed, as it does where its disk fails, is opened again.
func (s *Store) transaction(kinds []any, mode string) (js.Value, error) {
	t, err := s.begin(kinds, mode)
	if err == nil {
		return t, nil
	}
	if other := s.open(); other != nil {
		return js.Undefined(), fmt.Errorf("the browser closed its store (%w), and does not open it again (%w); load the page again", err, other)
	}
	return s.begin(kinds, mode)
}

func (s *Store) begin(kinds []any, mode string) (t js.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			e, thrown := r.(js.Error)
			if !thrown {
				panic(r)
			}
			err = errors.New(strings.TrimRight(promise.Reason(e.Value), "."))
		}
	}()
	return s.db.Call("transaction", kinds, mode), nil
}

// Read returns a record, undefined where there is none.
func (s *Store) Read(kind string, key ...any) (js.Value, error) {
	t, err := s.transaction([]any{kind}, "readonly")
	if err != nil {
		return js.Undefined(), err
	}
	request := t.Call("objectStore", kind).Call("get", key)
	if _, err := wait(request, "success", "error"); err != nil {
		return js.Undefined(), err
	}
	return request.Get("result"), nil
}

// Each calls do with the records that have the given keys, in batches, in the order of the keys; a value is undefined where
// there is none.
func (s *Store) Each(kind string, keys [][]any, do func(keys [][]any, values []js.Value) error) error {
	for len(keys) > 0 {
		some := keys[:min(batch, len(keys))]
		keys = keys[len(some):]
		t, err := s.transaction([]any{kind}, "readonly")
		if err != nil {
			return err
		}
		at := t.Call("objectStore", kind)
		requests := make([]js.Value, len(some))
		for i, key := range some {
			requests[i] = at.Call("get", key)
		}
		// They are answered in order.
		if _, err := wait(requests[len(some)-1], "success", "error"); err != nil {
			return err
		}
		for i, r := range requests {
			requests[i] = r.Get("result")
		}
		if err := do(some, requests); err != nil {
			return err
		}
	}
	return nil
}

// batch is how many records are read at once, few enough for the page to answer in between.
const batch = 250

// All calls do with all records whose keys begin with prefix, in batches, in the order of their keys.
func (s *Store) All(kind string, prefix []any, do func(keys, values []js.Value) error) error {
	keyRange := js.Global().Get("IDBKeyRange")
	// An empty array is above every number and text.
	end := append(append([]any(nil), prefix...), []any{})
	from, open := any(append([]any(nil), prefix...)), false
	for {
		t, err := s.transaction([]any{kind}, "readonly")
		if err != nil {
			return err
		}
		between := keyRange.Call("bound", from, end, open, false)
		at := t.Call("objectStore", kind)
		keys, values := at.Call("getAllKeys", between, batch), at.Call("getAll", between, batch)
		if _, err := wait(values, "success", "error"); err != nil {
			return err
		}
		k, v := elements(keys.Get("result")), elements(values.Get("result"))
		if len(k) == 0 {
			return nil
		}
		if err := do(k, v); err != nil {
			return err
		}
		from, open = any(k[len(k)-1]), true
	}
}

// Clear deletes all records whose keys begin with prefix, but for notes.
func (s *Store) Clear(prefix ...any) error {
	return s.drop(kinds[:len(kinds)-1], prefix)
}

// Drop deletes all records of a kind whose keys begin with prefix.
func (s *Store) Drop(kind string, prefix ...any) error { return s.drop([]string{kind}, prefix) }

func (s *Store) drop(which []string, prefix []any) error {
	var names []any
	for _, k := range which {
		names = append(names, k)
	}
	t, err := s.transaction(names, "readwrite")
	if err != nil {
		return err
	}
	end := append(append([]any(nil), prefix...), []any{})
	for _, k := range which {
		t.Call("objectStore", k).Call("delete", js.Global().Get("IDBKeyRange").Call("bound", prefix, end))
	}
	_, err = wait(t, "complete", "error", "abort")
	return err
}

// Room says how many bytes this page has used and may use; ok is false where the browser does not tell.
func Room() (used, quota float64, ok bool) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("estimate").IsUndefined() {
		return 0, 0, false
	}
	v, err := promise.Await(storage.Call("estimate"))
	if err != nil || v.Get("quota").Type() != js.TypeNumber {
		return 0, 0, false
	}
	return v.Get("usage").Float(), v.Get("quota").Float(), true
}

// Left finds out how many of the wanted bytes the browser lets this page have, where it lets that be tried: by making a file of its private
// file system that long, which takes no time and no room before anything is written, and dropping it again. What
// browsers tell need not be so: Chromium tells every page of the same 10 GB, or of the size of the disk. Neither tells of a disk that others have
// filled; that shows when it is written to.
func Left(wanted float64) (left float64, ok bool) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("getDirectory").IsUndefined() {
		return 0, false
	}
	directory, err := promise.Await(storage.Call("getDirectory"))
	if err != nil {
		return 0, false
	}
	const trial = "room"
	file, err := promise.Await(directory.Call("getFileHandle", trial, map[string]any{"create": true}))
	if err != nil || file.Get("createWritable").IsUndefined() {
		return 0, false
	}
	defer func() { _, _ = promise.Await(directory.Call("removeEntry", trial)) }()
	fits := func(bytes float64) (yes, ok bool) {
		stream, err := promise.Await(file.Call("createWritable"))
		if err != nil {
			return false, false
		}
		if _, err = promise.Await(stream.Call("truncate", bytes)); err == nil {
			_, _ = promise.Await(stream.Call("abort"))
		}
		return err == nil, true
	}
	if yes, ok := fits(wanted); yes || !ok {
		return wanted, ok
	}
	lo, hi := 0.0, wanted
	for range 6 {
		middle := math.Floor((lo + hi) / 2)
		if yes, _ := fits(middle); yes {
			lo = middle
		} else {
			hi = middle
		}
	}
	return lo, true
}

// Persist asks the browser not to clear what is kept by itself, and says whether it promised.
func Persist() bool {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("persist").IsUndefined() {
		return false
	}
	v, err := promise.Await(storage.Call("persist"))
	return err == nil && v.Truthy()
}

func elements(v js.Value) []js.Value {
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}

// wait waits for one of the events of a request or transaction; all but the first mean that it failed.
func wait(target js.Value, good string, bad ...string) (js.Value, error) {
	type outcome struct {
		target js.Value
		err    error
	}
	done := make(chan outcome, 2)
	yes := js.FuncOf(func(js.Value, []js.Value) any {
		select {
		case done <- outcome{target: target}:
		default:
		}
		return nil
	})
	no := js.FuncOf(func(_ js.Value, args []js.Value) any {
		args[0].Call("preventDefault")
		err := errors.New("the browser's store failed")
		cause := target.Get("error")
		if args[0].Get("type").String() == "blocked" {
			err = errors.New("another tab holds an older version of this page's store open; close it")
		} else if cause.Truthy() {
			reason := promise.Reason(cause)
			err = errors.New(strings.TrimRight(reason, "."))
			// Chromium tells of a full disk by the word of its own file system.
			if cause.Get("name").String() == "QuotaExceededError" || strings.Contains(reason, "NO_SPACE") {
				err = ErrFull
			}
		}
		select {
		case done <- outcome{err: err}:
		default:
		}
		return nil
	})
	target.Call("addEventListener", good, yes)
	for _, event := range bad {
		target.Call("addEventListener", event, no)
	}
	out := <-done
	target.Call("removeEventListener", good, yes)
	for _, event := range bad {
		target.Call("removeEventListener", event, no)
	}
	yes.Release()
	no.Release()
	return out.target, out.err
}
