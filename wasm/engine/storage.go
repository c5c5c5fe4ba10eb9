//go:build js && wasm

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"slices"
	"syscall/js"
	"time"
	"unsafe"

	"homeroom/core/fault"
	"homeroom/core/feature"
	"homeroom/core/project"
	"homeroom/wasm/blob"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
)

// What the browser keeps goes from its store into this worker and back, and into files, without
// passing through the page: of tens of thousands of photos that would be hundreds of megabytes on
// the page's own thread.

// storage is the browser's store.
func (e *engine) storage() (*store.Store, error) {
	if e.taught.store == nil {
		s, err := store.Open()
		if err != nil {
			return nil, err
		}
		e.taught.store = s
	}
	return e.taught.store, nil
}

// fetch gives samples what they lack of some photos and the store has.
func (e *engine) fetch(ctx context.Context, samples *Samples, project string, spaces []feature.Space, ids []int) error {
	if project == "" {
		return nil
	}
	s, err := e.storage()
	if err != nil {
		return err
	}
	for again := true; again; {
		losses := samples.losses
		for _, space := range spaces {
			lacks := samples.Lacks(space, ids)
			if len(lacks) == 0 {
				continue
			}
			if err = notes(s, samples, project, lacks); err == nil {
				err = fetchSpace(ctx, s, samples, project, space, lacks, len(ids))
			}
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return fault.Errorf("the features could not be read from the browser's store: %w", err)
			}
		}
		again = samples.losses != losses // some were forgotten meanwhile
	}
	return nil
}

// fetchSpace fetches the vectors of photos in a space; of is how many photos there are about.
func fetchSpace(ctx context.Context, s *store.Store, samples *Samples, project string, space feature.Space, lacks []int, of int) error {
	take := func(ids []int, values []js.Value) error {
		if len(ids) == 0 {
			return ctx.Err()
		}
		n := values[0].Get("byteLength").Int() / 4
		slab := make([]float32, n*len(ids))
		for i, id := range ids {
			row := slab[i*n : (i+1)*n : (i+1)*n]
			if got := values[i].Get("byteLength").Int(); got != 4*n {
				return fault.Errorf("photo %d has %d bytes of %s where others have %d", id, got, space, 4*n)
			}
			copyFloats(row, values[i])
			store.Release(values[i])
			samples.put(space, id, row)
		}
		return ctx.Err()
	}
	if 4*len(lacks) < of {
		keys := make([][]any, len(lacks))
		for i, id := range lacks {
			keys[i] = []any{project, space.String(), id}
		}
		return s.Each(store.Features, keys, func(keys [][]any, values []js.Value) error {
			var ids []int
			var there []js.Value
			for i, v := range values {
				if v.Truthy() {
					ids, there = append(ids, keys[i][2].(int)), append(there, v)
				}
			}
			return take(ids, there)
		})
	}
	wanted := make(map[int]bool, len(lacks))
	for _, id := range lacks {
		wanted[id] = true
	}
	return s.All(store.Features, []any{project, space.String()}, func(keys, values []js.Value) error {
		var ids []int
		var there []js.Value
		for i, k := range keys {
			if id := k.Index(2).Int(); wanted[id] {
				ids, there = append(ids, id), append(there, values[i])
			}
		}
		return take(ids, there)
	})
}

// notes fetches what is known of photos.
func notes(s *store.Store, samples *Samples, of string, ids []int) error {
	take := func(text string) error {
		ph, err := project.DecodePhoto([]byte(text))
		if err != nil {
			return err
		}
		samples.note(ph)
		return nil
	}
	var keys [][]any
	for _, id := range ids {
		if _, ok := samples.notes[id]; !ok {
			keys = append(keys, []any{of, id})
		}
	}
	return s.Each(store.Photos, keys, func(_ [][]any, values []js.Value) error {
		for _, v := range values {
			if v.Type() != js.TypeString {
				continue // it is not saved yet, and the page has told of it
			}
			if err := take(v.String()); err != nil {
				return err
			}
		}
		return nil
	})
}

func copyFloats(to []float32, buffer js.Value) {
	if len(to) > 0 {
		js.CopyBytesToGo(unsafe.Slice((*byte)(unsafe.Pointer(&to[0])), 4*len(to)), js.Global().Get("Uint8Array").New(buffer))
	}
}

// writeFile makes a project file.
func (e *engine) writeFile(m protocol.WriteFile) (any, error) {
	samples := &e.taught.samples
	if m.Project == "" {
		samples = new(Samples) // that of the worker is of another project
		if err := e.stored(&m); err != nil {
			return nil, err
		}
	}
	p, err := records(m.Project, m.Photos)
	if err != nil {
		return nil, err
	}
	photos, _ := p.Examples()
	photos = append(photos, p.ReadUnlabelled()...)
	slices.SortStableFunc(photos, func(a, b *project.Photo) int { return a.ID - b.ID }) // as they are written
	pictures := pictures{project: m.Stored, waiting: map[int]js.Value{}, got: map[int][]byte{}}
	for _, ph := range photos {
		pictures.ids = append(pictures.ids, ph.ID)
		samples.note(ph)
	}
	for _, thumb := range m.Thumbs {
		pictures.waiting[thumb.ID] = protocol.Value(thumb.Picture)
	}
	if m.Stored != "" {
		s, err := e.storage()
		if err != nil {
			return nil, err
		}
		pictures.store = s
	}
	spaces := spacesOf(photos)
	if err := e.fetch(context.Background(), samples, m.Stored, spaces, pictures.ids); err != nil {
		return nil, err
	}
	var learnt []project.Learnt
	for _, v := range m.Versions {
		learnt = append(learnt, project.Learnt{Number: v.Number, Best: bytesOf(v.Best), Last: bytesOf(v.Last), Quick: bytesOf(v.Quick), Figures: []byte(v.Figures)})
	}
	networks := slices.DeleteFunc(m.Networks, func(n project.Network) bool {
		return !slices.ContainsFunc(spaces, func(s feature.Space) bool { return s.Network == n.Name })
	})
	f, err := samples.file(p, time.Now(), networks, learnt)
	if err != nil {
		return nil, err
	}
	chunks := &pieces{array: js.Global().Get("Array").New()}
	if err := project.WriteWith(chunks, f, pictures.of); err != nil {
		return nil, err
	}
	if err := chunks.flush(); err != nil {
		return nil, err
	}
	file := js.Global().Get("Blob").New(chunks.array, map[string]any{"type": "application/octet-stream"})
	// It is said to be saved once it is known that the browser has all of it.
	written := blob.NewReader(file)
	defer written.Close()
	if err := project.Verify(written, written.Size()); err != nil {
		return nil, fault.Errorf("what was written cannot be read back (%w); free space on the device, or close other tabs, and try again", err)
	}
	return protocol.FileWritten{Done: done(m.Job), File: protocol.Of(file), Name: p.Name, Bytes: written.Size()}, nil
}

// stored reads the records of a project that the page does not have open.
func (e *engine) stored(m *protocol.WriteFile) error {
	s, err := e.storage()
	if err != nil {
		return err
	}
	itself, err := s.Read(store.Projects, m.Stored)
	if err != nil {
		return err
	}
	if itself.Type() != js.TypeString {
		return errors.New("the project is not in the browser's store any more")
	}
	m.Project = protocol.Text(itself.String())
	if err := s.All(store.Photos, []any{m.Stored}, func(_, values []js.Value) error {
		some := make([]json.RawMessage, len(values))
		for i, v := range values {
			some[i] = json.RawMessage(v.String())
		}
		text, err := json.Marshal(some)
		m.Photos = append(m.Photos, protocol.Text(text))
		return err
	}); err != nil {
		return err
	}
	return s.All(store.Heads, []any{m.Stored}, func(keys, values []js.Value) error {
		for i, v := range values {
			one := protocol.Version{Number: keys[i].Index(1).Int(), Figures: protocol.Text(v.Get("result").String())}
			one.Best, one.Last, one.Quick = protocol.Of(v.Get("head")), protocol.Of(v.Get("last")), protocol.Of(v.Get("quick"))
			m.Versions = append(m.Versions, one)
		}
		return nil
	})
}

// pictures gives thumbnails one after the other, and fetches some at a time.
type pictures struct {
	store   *store.Store // nil where there is none
	project string
	ids     []int            // that are still to come, in order
	waiting map[int]js.Value // Blobs that are not in the store
	got     map[int][]byte
}

// picturesAhead is how many thumbnails are in memory at once, at about 10 KB each.
const picturesAhead = 200

func (p *pictures) of(photo uint64) ([]byte, error) {
	id := int(photo)
	if len(p.ids) > 0 && p.ids[0] == id {
		some := p.ids[:min(picturesAhead, len(p.ids))]
		p.ids = p.ids[len(some):]
		clear(p.got)
		var ids []int
		blobs := []any{}
		take := func(id int, picture js.Value) {
			if picture.Truthy() {
				ids, blobs = append(ids, id), append(blobs, picture)
			}
		}
		var keys [][]any
		for _, id := range some {
			if picture, ok := p.waiting[id]; ok {
				take(id, picture)
			} else {
				keys = append(keys, []any{p.project, id})
			}
		}
		if p.store != nil {
			if err := p.store.Each(store.Thumbs, keys, func(keys [][]any, values []js.Value) error {
				for i, v := range values {
					take(keys[i][1].(int), v)
				}
				return nil
			}); err != nil {
				return nil, err
			}
		}
		// All of them are read in one go.
		data, err := blob.Bytes(js.Global().Get("Blob").New(blobs))
		if err != nil {
			return nil, err
		}
		for i, id := range ids {
			n := blobs[i].(js.Value).Get("size").Int()
			p.got[id], data = data[:n:n], data[n:]
		}
	}
	return p.got[id], nil
}

// pieces collects what is written as Blobs, so that the browser holds it and not the program.
type pieces struct {
	array   js.Value
	held    []byte
	scratch blob.Scratch
}

const pieceBytes = 1 << 20

func (p *pieces) Write(data []byte) (int, error) {
	p.held = append(p.held, data...)
	if len(p.held) >= pieceBytes {
		return len(data), p.flush()
	}
	return len(data), nil
}

func (p *pieces) flush() error {
	piece := js.Global().Get("Blob").New([]any{p.scratch.Of(p.held)})
	p.held = p.held[:0]
	p.array.Call("push", piece)
	// What was asked back has gone where the browser keeps it: else all of the file would wait in
	// this process.
	if _, err := promise.Await(piece.Call("slice", 0, 1).Call("arrayBuffer")); err != nil {
		return fault.Errorf("the browser could not keep the file (%w)", err)
	}
	return nil
}

// readFile reads a project file into the store. What can't be shown is refused before anything of
// it is listed there.
func (e *engine) readFile(m protocol.ReadFile) (answer any, err error) {
	if m.File == nil {
		return nil, errors.New("there is no file to read")
	}
	file := m.File.Value
	in := blob.NewReader(file)
	defer in.Close()
	if in.Size() > project.DefaultLimits.Bytes {
		return nil, fault.Errorf("the file has %.0f MB, more than is read", float64(in.Size())/1e6)
	}
	s, err := e.storage()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = s.Clear(m.Stored) // where that fails, the page does it when it is opened again
		}
	}()
	to := &intake{store: s, project: m.Stored}
	name := file.Get("name").String()
	f, err := project.ReadFrom(name, in, in.Size(), project.Limits{}, to.thumb)
	if err != nil {
		return nil, err
	}
	p, figures, err := f.Open(m.Stored)
	if err != nil {
		return nil, fault.Errorf("%s: %w", name, err)
	}
	p.Name = project.FreeName(p.Name, m.Taken)
	for i, space := range f.Bank.Spaces {
		for _, ph := range slices.Concat(f.Bank.Photos, f.Unlabelled) {
			if i < len(ph.Features) && ph.Features[i] != nil {
				if err := to.put(store.Features, []any{m.Stored, space.Name.String(), int(ph.ID)}, ph.Features[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	for ph := range p.Photos() {
		if err := to.put(store.Photos, []any{m.Stored, ph.ID}, string(ph.Encode())); err != nil {
			return nil, err
		}
	}
	for i := range f.Versions {
		t := &f.Versions[i]
		kept, err := heads(t)
		if err != nil {
			return nil, err
		}
		if err := to.put(store.Heads, []any{m.Stored, t.ID}, map[string]any{
			"head": protocol.Value(arrayOf(kept.Best)), "last": protocol.Value(arrayOf(kept.Last)), "quick": protocol.Value(arrayOf(kept.Quick)), "result": string(figures[t.ID]),
		}); err != nil {
			return nil, err
		}
	}
	if err := to.write(); err != nil {
		return nil, err
	}
	// By this it is listed.
	if err := s.Write([]store.Record{{Kind: store.Projects, Key: []any{m.Stored}, Value: string(p.Encode(time.Now()))}}); err != nil {
		return nil, err
	}
	f = nil
	runtime.GC() // else the features are still there when they are fetched to be learnt from
	return protocol.FileRead{Done: done(m.Job)}, nil
}

// intake writes what comes out of a file into the store, some at a time.
type intake struct {
	store   *store.Store
	project string
	records []store.Record
	writes  int
}

func (in *intake) thumb(id uint64, jpeg []byte) error {
	return in.put(store.Thumbs, []any{in.project, int(id)}, protocol.Value(blobOf(jpeg, "image/jpeg")))
}

func (in *intake) put(kind string, key []any, value any) error {
	in.records = append(in.records, store.Record{Kind: kind, Key: key, Value: value})
	if len(in.records) < 500 {
		return nil
	}
	return in.write()
}

func (in *intake) write() error {
	err := in.store.Write(in.records)
	clear(in.records)
	in.records = in.records[:0]
	if in.writes++; in.writes%4 == 0 {
		runtime.GC() // the browser frees what was written only once this program has let go of it
	}
	return err
}

// restore writes features again that are held here.
func (e *engine) restore(m protocol.Restore) (any, error) {
	s, err := e.storage()
	if err != nil {
		return nil, err
	}
	to := &intake{store: s, project: m.Project}
	out := protocol.Restored{Done: done(m.Job)}
	for _, space := range m.Task.Spaces {
		w := protocol.Written{Space: space.String()}
		for _, id := range m.Task.IDs {
			row, ok := e.taught.samples.rows[space][id]
			if !ok {
				continue
			}
			if err := to.put(store.Features, []any{m.Project, space.String(), id}, row); err != nil {
				return nil, err
			}
			w.IDs = append(w.IDs, id)
		}
		out.Written = append(out.Written, w)
	}
	return out, to.write()
}
