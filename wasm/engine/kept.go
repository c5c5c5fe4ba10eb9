//go:build js && wasm

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"syscall/js"
	"unsafe"

	"homeroom/core/project"
	"homeroom/wasm/blob"
	"homeroom/wasm/promise"
	"homeroom/wasm/protocol"
	"homeroom/wasm/store"
)

// What the browser keeps goes from its store into this worker and back, and into files, without passing through the page: of
// tens of thousands of photos that would be hundreds of megabytes on the page's own thread.

// kept is the browser's store.
func (e *engine) kept() (*store.Store, error) {
	if e.pupil.store == nil {
		s, err := store.Open()
		if err != nil {
			return nil, err
		}
		e.pupil.store = s
	}
	return e.pupil.store, nil
}

// fetch puts on the shelf what it lacks of some photos and the store has.
func (e *engine) fetch(ctx context.Context, project string, spaces []string, ids []int) error {
	if project == "" {
		return nil
	}
	s, err := e.kept()
	if err != nil {
		return err
	}
	shelf := &e.pupil.shelf
	for again := true; again; {
		losses := shelf.losses
		for _, space := range spaces {
			lacks := shelf.Lacks(space, ids)
			if len(lacks) == 0 {
				continue
			}
			if err = e.notes(s, project, lacks); err == nil {
				err = fetchSpace(ctx, s, shelf, project, space, lacks, len(ids))
			}
			if err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				return fmt.Errorf("the features could not be read from the browser's store: %w", err)
			}
		}
		again = shelf.losses != losses // some were forgotten meanwhile
	}
	return nil
}

// fetchSpace fetches the vectors of photos in a space; of is how many photos there are about.
func fetchSpace(ctx context.Context, s *store.Store, shelf *Shelf, project, space string, lacks []int, of int) error {
	take := func(ids []int, values []js.Value) error {
		if len(ids) == 0 {
			return ctx.Err()
		}
		n := values[0].Get("byteLength").Int() / 4
		slab := make([]float32, n*len(ids))
		for i, id := range ids {
			row := slab[i*n : (i+1)*n : (i+1)*n]
			if got := values[i].Get("byteLength").Int(); got != 4*n {
				return fmt.Errorf("photo %d has %d bytes of %s where others have %d", id, got, space, 4*n)
			}
			copyFloats(row, values[i])
			store.Release(values[i])
			shelf.put(space, id, row)
		}
		return ctx.Err()
	}
	if 4*len(lacks) < of {
		keys := make([][]any, len(lacks))
		for i, id := range lacks {
			keys[i] = []any{project, space, id}
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
	return s.All(store.Features, []any{project, space}, func(keys, values []js.Value) error {
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
func (e *engine) notes(s *store.Store, project string, ids []int) error {
	shelf := &e.pupil.shelf
	take := func(text string) error {
		var n protocol.Note
		if err := json.Unmarshal([]byte(text), &n); err != nil {
			return err
		}
		shelf.note(n)
		return nil
	}
	var keys [][]any
	for _, id := range ids {
		if _, ok := shelf.notes[id]; !ok {
			keys = append(keys, []any{project, id})
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

// bundle makes a project file.
func (e *engine) bundle(m protocol.Bundle) (any, error) {
	var b Bundle
	if err := json.Unmarshal([]byte(m.Project), &b); err != nil {
		return nil, err
	}
	for _, text := range m.Sheaves {
		var s Sheaf
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			return nil, err
		}
		b.Photos, b.Labels, b.Sizes = append(b.Photos, s.Photos...), append(b.Labels, s.Labels...), append(b.Sizes, s.Sizes...)
	}
	pictures := pictures{project: b.Project, waiting: map[int]js.Value{}, got: map[int][]byte{}}
	for _, n := range b.Photos {
		pictures.ids = append(pictures.ids, n.ID)
	}
	for _, thumb := range m.Thumbs {
		pictures.waiting[thumb.ID] = protocol.Value(thumb.Picture)
	}
	if b.Project != "" {
		s, err := e.kept()
		if err != nil {
			return nil, err
		}
		pictures.store = s
	}
	if err := e.fetch(context.Background(), b.Project, b.Spaces, pictures.ids); err != nil {
		return nil, err
	}
	var volumes []Volume
	for _, v := range m.Heads {
		volume := Volume{States: States{Best: bytesOf(v.Best), Last: bytesOf(v.Last), Quick: bytesOf(v.Quick)}}
		if v.Result != "" {
			volume.Result = []byte(v.Result)
		}
		volumes = append(volumes, volume)
	}
	p, err := b.file(&e.pupil.shelf, volumes)
	if err != nil {
		return nil, err
	}
	chunks := &pieces{array: js.Global().Get("Array").New()}
	if err := project.WriteWith(chunks, p, pictures.of); err != nil {
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
		return nil, fmt.Errorf("what was written cannot be read back (%w); free space on the device, or close other tabs, and try again", err)
	}
	return protocol.Bundled{Done: done(m.Job), File: protocol.Of(file)}, nil
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
	// What was asked back has gone where the browser keeps it: else all of the file would wait in this process.
	if _, err := promise.Await(piece.Call("slice", 0, 1).Call("arrayBuffer")); err != nil {
		return fmt.Errorf("the browser could not keep the file (%w)", err)
	}
	return nil
}

// unbundle reads a project file into the store.
func (e *engine) unbundle(m protocol.Unbundle) (any, error) {
	if m.File == nil {
		return nil, errors.New("there is no file to read")
	}
	file := m.File.Value
	in := blob.NewReader(file)
	defer in.Close()
	if in.Size() > project.DefaultLimits.Bytes {
		return nil, fmt.Errorf("the file has %.0f MB, more than is read", float64(in.Size())/1e6)
	}
	s, err := e.kept()
	if err != nil {
		return nil, err
	}
	to := &intake{store: s, project: m.Project}
	p, err := project.ReadFrom(file.Get("name").String(), in, in.Size(), project.Limits{}, to.thumb)
	if err != nil {
		return nil, err
	}
	for i, space := range p.Bank.Spaces {
		for _, ph := range p.Bank.Photos {
			if i < len(ph.Features) && ph.Features[i] != nil {
				if err := to.put(store.Features, []any{to.project, space.Name.String(), int(ph.ID)}, ph.Features[i]); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := to.write(); err != nil {
		return nil, err
	}
	b, volumes, sheaves, err := bundleOf(p)
	if err != nil {
		return nil, err
	}
	data, err := json.Marshal(b)
	if err != nil {
		return nil, err
	}
	out := protocol.Unbundled{Project: protocol.Text(data)}
	for _, s := range sheaves {
		text, err := json.Marshal(s)
		if err != nil {
			return nil, err
		}
		out.Sheaves = append(out.Sheaves, protocol.Text(text))
	}
	for _, v := range volumes {
		out.Heads = append(out.Heads, protocol.Volume{Best: arrayOf(v.Best), Last: arrayOf(v.Last), Quick: arrayOf(v.Quick), Result: protocol.Text(v.Result)})
	}
	runtime.GC() // else the features are still there when they are fetched to be learnt from
	out.Done = done(m.Job)
	return out, nil
}

// intake writes what comes out of a file into the store, some at a time.
type intake struct {
	store   *store.Store
	project string
	records []store.Record
	writes  int
}

func (in *intake) thumb(id uint64, jpeg []byte) error {
	array := js.Global().Get("Uint8Array").New(len(jpeg))
	js.CopyBytesToJS(array, jpeg)
	picture := js.Global().Get("Blob").New([]any{array}, map[string]any{"type": "image/jpeg"})
	return in.put(store.Thumbs, []any{in.project, int(id)}, picture)
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
	s, err := e.kept()
	if err != nil {
		return nil, err
	}
	to := &intake{store: s, project: m.Project}
	var out protocol.Restored
	for _, space := range m.Task.Spaces {
		w := protocol.Written{Space: space}
		for _, id := range m.Task.IDs {
			row, ok := e.pupil.shelf.rows[space][id]
			if !ok {
				continue
			}
			if err := to.put(store.Features, []any{m.Project, space, id}, row); err != nil {
				return nil, err
			}
			w.IDs = append(w.IDs, id)
		}
		out.Written = append(out.Written, w)
	}
	return out, to.write()
}
