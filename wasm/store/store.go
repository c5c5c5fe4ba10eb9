//go:build js && wasm

package store

import (
	"errors"
	"math"
	"slices"
	"strings"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/fault"
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

// Errors that are told apart.
var (
	// ErrFull says that the browser has no room left for this page.
	ErrFull = errors.New("the browser has no more room for this page")
	// ErrTaken says that another tab holds the project.
	ErrTaken = errors.New("another tab has taken the project over")
	// ErrCleared says that nobody holds the project any more: what was kept was cleared.
	ErrCleared = errors.New("what the browser kept for this page was cleared")
)

// The kinds of record of the store of sessions. Their keys are arrays, of which the first element
// is the session's ID.
const (
	Sessions = "sessions" // [session]: text
	Cards    = "cards"    // [session, photo]: JSON text
	Pictures = "pictures" // [session, photo]: JPEG, as a Blob
	Files    = "files"    // [session, photo]: the photo itself, as a Blob
	Vectors  = "vectors"  // [session, photo]: features, as an ArrayBuffer
)

var sessionKinds = []string{Cards, Pictures, Files, Vectors, Sessions}

const (
	sessionName    = "homeroom-session"
	sessionVersion = 1
)

// A Store is an open database.
type Store struct {
	db      js.Value
	name    string
	version int
	kinds   []string
	// Closed is called when the browser closes the database, as it does when a person has its data
	// cleared.
	Closed func()
}

// holder is the key of the note that names the tab which holds a project.
func holder(project string) []any { return []any{"holder", project} }

// A Record is something to write. A value that is undefined deletes what is there; floats are
// written as an ArrayBuffer.
type Record struct {
	Kind  string
	Key   []any
	Value any
}

// Open opens the database, which it makes where there is none.
func Open() (*Store, error) { return open(&Store{name: name, version: version, kinds: kinds}) }

// OpenSessions opens the database of what tabs keep for as long as they are open, which it makes
// where there is none.
func OpenSessions() (*Store, error) {
	return open(&Store{name: sessionName, version: sessionVersion, kinds: sessionKinds})
}

// HasSessions tells whether there is such a database, or that this browser does not say.
func HasSessions() bool {
	factory, err := promise.Property(js.Global(), "indexedDB")
	if err != nil || !factory.Truthy() {
		return false
	}
	if factory.Get("databases").IsUndefined() {
		return true
	}
	list, err := promise.AwaitCall(factory, "databases")
	return err == nil && slices.ContainsFunc(elements(list), func(v js.Value) bool { return v.Get("name").String() == sessionName })
}

func open(s *Store) (*Store, error) {
	if err := s.open(); err != nil {
		return nil, err
	}
	return s, nil
}

func (s *Store) open() error {
	factory, err := promise.Property(js.Global(), "indexedDB")
	if err == nil && !factory.Truthy() {
		err = errors.New("it has no IndexedDB, or a private window switched it off")
	}
	var request js.Value
	if err == nil {
		request, err = promise.Try(func() js.Value { return factory.Call("open", s.name, s.version) })
	}
	if err != nil {
		return err
	}
	upgrade := js.FuncOf(func(js.Value, []js.Value) any {
		db := request.Get("result")
		for _, k := range s.kinds {
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
	db.Set("onclose", js.FuncOf(func(js.Value, []js.Value) any {
		if s.Closed != nil {
			go s.Closed()
		}
		return nil
	}))
	return nil
}

// Release gives back the memory of an ArrayBuffer that nobody reads any more: the browser would
// keep it until the collectors of this program and its own have run, which is long where little is
// made here of much that passes through.
func Release(buffer js.Value) {
	if buffer.Get("transfer").Truthy() { // not in browsers of before 2024, which wait for them
		buffer.Call("transfer", 0)
	}
}

// Write writes records, all or none, and releases the features that it wrote. The error is ErrFull
// where there is no room.
func (s *Store) Write(records []Record) error { return s.write("", "", records) }

// WriteAs is Write by the tab that holds a project. Where that is another by now, or none, nothing
// is written, and the error is ErrTaken or ErrCleared. Where tab is "", the store is to have the
// project, whoever holds it; where project is "" too, it is Write.
func (s *Store) WriteAs(project, tab string, records []Record) error {
	return s.write(project, tab, records)
}

func (s *Store) write(project, tab string, records []Record) error {
	if len(records) == 0 {
		return nil
	}
	var touched []any
	for _, k := range s.kinds {
		if slices.ContainsFunc(records, func(r Record) bool { return r.Kind == k }) || (k == Notes || k == Projects) && project != "" {
			touched = append(touched, k)
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
	var held error
	if project != "" {
		request := js.Undefined()
		if tab == "" {
			request = stores[Projects].Call("get", []any{project})
		} else {
			request = stores[Notes].Call("get", holder(project))
		}
		check := js.FuncOf(func(js.Value, []js.Value) any {
			switch by := request.Get("result"); {
			case by.Type() != js.TypeString:
				held = ErrCleared
			case tab != "" && by.String() != tab:
				held = ErrTaken
			default:
				return nil
			}
			t.Call("abort") // and what follows with it
			return nil
		})
		defer check.Release()
		request.Set("onsuccess", check)
	}
	if _, err := promise.Try(func() js.Value { put(stores, records); return js.Undefined() }); err != nil {
		_, _ = promise.Try(func() js.Value { return t.Call("abort") })
		return err
	}
	if _, err = wait(t, "complete", "error", "abort"); held != nil {
		return held
	}
	if err != nil {
		return err
	}
	for _, r := range records {
		if buffer, is := r.Value.(js.Value); is && r.Kind == Features && buffer.Truthy() {
			Release(buffer)
		}
	}
	return nil
}

// put asks for all records to be written.
func put(stores map[string]js.Value, records []Record) {
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
}

// reopening bounds the pauses between attempts to open again a database that the browser closed.
// The first takes a hundredth of a second, each other twice as long as the one before.
const reopening = time.Second

// transaction begins one. A database that the browser closed, as it does where its disk fails or
// its data is cleared, is opened again. While it clears data, it closes what is opened, too.
func (s *Store) transaction(kinds []any, mode string) (js.Value, error) {
	t, err := s.begin(kinds, mode)
	for pause := 10 * time.Millisecond; err != nil; pause *= 2 {
		other := s.open()
		if other == nil {
			if t, other = s.begin(kinds, mode); other == nil {
				return t, nil
			}
		}
		if pause > reopening {
			return js.Undefined(), fault.Errorf("the browser closed its store (%w), and does not open it again (%w); load the page again", err, other)
		}
		time.Sleep(pause)
	}
	return t, nil
}

func (s *Store) begin(kinds []any, mode string) (js.Value, error) {
	return promise.Try(func() js.Value { return s.db.Call("transaction", kinds, mode) })
}

// Read returns a record, undefined where there is none.
func (s *Store) Read(kind string, key ...any) (v js.Value, err error) {
	defer caught(&err)
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

// Each calls do with the records that have the given keys, in batches, in the order of the keys; a
// value is undefined where there is none.
func (s *Store) Each(kind string, keys [][]any, do func(keys [][]any, values []js.Value) error) (err error) {
	defer caught(&err)
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

// All calls do with all records whose keys begin with prefix, in batches, in the order of their
// keys.
func (s *Store) All(kind string, prefix []any, do func(keys, values []js.Value) error) (err error) {
	defer caught(&err)
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
	return s.drop(s.kinds[:len(s.kinds)-1], prefix)
}

// Drop deletes all records of a kind whose keys begin with prefix.
func (s *Store) Drop(kind string, prefix ...any) error { return s.drop([]string{kind}, prefix) }

func (s *Store) drop(which []string, prefix []any) (err error) {
	defer caught(&err)
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

// caught makes an error of what JavaScript throws.
func caught(err *error) {
	if r := recover(); r != nil {
		thrown, is := r.(js.Error)
		if !is {
			panic(r)
		}
		*err = errors.New(strings.TrimRight(promise.Reason(thrown.Value), "."))
	}
}

// Room says how many bytes this page has used and may use; ok is false where the browser does not
// tell.
func Room() (used, quota float64, ok bool) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("estimate").IsUndefined() {
		return 0, 0, false
	}
	v, err := promise.AwaitCall(storage, "estimate")
	if err != nil || v.Get("quota").Type() != js.TypeNumber {
		return 0, 0, false
	}
	return v.Get("usage").Float(), v.Get("quota").Float(), true
}

// Left finds out how many of the wanted bytes the browser lets this page have, where it lets that
// be tried: by making a file of its private file system that long, which takes no time and no room
// before anything is written, and dropping it again. What browsers tell need not be so: Chromium
// tells every page of the same 10 GB, or of the size of the disk. Neither tells of a disk that
// others have filled; that shows when it is written to.
func Left(wanted float64) (left float64, ok bool) {
	storage := js.Global().Get("navigator").Get("storage")
	if !storage.Truthy() || storage.Get("getDirectory").IsUndefined() {
		return 0, false
	}
	directory, err := promise.AwaitCall(storage, "getDirectory")
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
	v, err := promise.AwaitCall(storage, "persist")
	return err == nil && v.Truthy()
}

func elements(v js.Value) []js.Value {
	out := make([]js.Value, v.Length())
	for i := range out {
		out[i] = v.Index(i)
	}
	return out
}

// wait waits for one of the events of a request or transaction; all but the first mean that it
// failed.
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
		cause, _ := promise.Property(target, "error") // a request that is blocked throws
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
